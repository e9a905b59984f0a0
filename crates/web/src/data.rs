//! Data and import: upload, match columns, import, undo, and the rows that were set aside.

use std::path::Path;

use app::{Answers, Choice, Found, INTERVALS, Origin, Problem, is_role};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Multipart, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reports::pages::data::MatchPage;
use reports::pages::{Sentence, Trouble, Value};
use tokio::io::AsyncReadExt;
use ui::{Here, pages};

use crate::failure::Failure;
use crate::jobs::{Ended, Work};
use crate::meet::Said;
use crate::pages::{Answer, Seen, Sent, html, no_part, see};
use crate::routes::Site;
use crate::uploads;
use crate::visit::Visit;

/// Bytes of a file that are sent at a time.
const PIECE: usize = 64 << 10;
/// The most columns the page to match them shows.
const COLUMNS_MAX: usize = 1_000;

/// Imports, with the progress of the one that runs. Asked for alone, the progress is there as long as something runs.
pub async fn page(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let view = visit.view();
    let running = site.jobs.progress();
    match (visit.part.as_deref(), &running) {
        (Some("progress"), Some(running)) => return Ok(html(pages::data::progress(&view, running))),
        // Nothing runs any more: the page is asked for again, and says how it ended.
        (Some("progress"), None) => return Ok(StatusCode::NO_CONTENT.into_response()),
        (Some(_), _) => return Err(no_part()),
        _ => {}
    }
    let mut page = site.app.data_page().await?;
    page.done = undone(&site, &visit).await;
    page.running = running;
    if page.running.is_none()
        && let Some(ended) = site.jobs.ended()
    {
        if ended.sample && ended.outcome.is_ok() {
            return Ok(see("/"));
        }
        (page.done, page.trouble) = told(ended);
    }
    Ok(html(pages::data::page(&view, &page)))
}

fn told(ended: Ended) -> (Option<Sentence>, Option<Trouble>) {
    let file = ("file", Value::Text(ended.file));
    match ended.outcome {
        Ok(report) if report.repeated => (Some(Sentence::new("data.done.repeated", [file])), None),
        Ok(report) => {
            let aside: u64 = report.rejects.values().sum();
            let n = ("n", Value::Count(report.rows.saturating_sub(aside)));
            (Some(Sentence::new("data.done.imported", [file, n])), None)
        }
        Err(problem) => (None, Some(trouble(problem))),
    }
}

fn trouble(problem: Problem) -> Trouble {
    let (message, hint) = Failure::from(problem.clone()).for_strangers();
    Trouble { code: problem.code, message, hint: Some(hint), number: None }
}

/// What `?undone=3` says, when it is so.
async fn undone(site: &Site, visit: &Visit) -> Option<Sentence> {
    let id: i64 = visit.get("undone")?.parse().ok()?;
    let import = site.app.import_of(id).await.ok()?.filter(|import| import.undone_at.is_some())?;
    Some(Sentence::new("data.done.undone", [("file", Value::Text(import.files.join(", ")))]))
}

/// Takes a file in and leads to the page that shows how it would be read.
pub async fn upload(State(site): State<Site>, Extension(visit): Seen, form: Multipart) -> Answer {
    let upload = uploads::receive(site.app.data(), &visit, form).await?;
    Ok(see(&format!("/data/match?upload={upload}")))
}

/// How a file would be read: which column means what.
pub async fn match_columns(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let upload = visit.get("upload").unwrap_or_default().to_owned();
    let path = uploads::find(site.app.data(), &upload).await?;
    let asked = Asked::of(|name| visit.get(name).unwrap_or_default());
    if visit.get("hand").is_some() {
        return by_hand(&site, &visit, (&upload, &asked), &path, None).await;
    }
    match look(&site, &path, &asked).await {
        Ok(found) => shown(&site, &visit, (&upload, &asked), &found, None).await,
        Err(problem) => by_hand(&site, &visit, (&upload, &asked), &path, Some(problem)).await,
    }
}

/// What a person said of a file before it was looked at. Nonsense is as good as nothing.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    kind: String,
    answers: Answers,
    /// What columns are, by their place: of files whose names say nothing.
    roles: Vec<(usize, String)>,
    /// As if nobody had confirmed how such files are read.
    anew: bool,
}

impl Asked {
    /// Reads it from named values, empty where there are none.
    fn of<'a>(get: impl Fn(&str) -> &'a str) -> Asked {
        let some = |name: &str| Some(get(name).to_owned()).filter(|value| !value.is_empty());
        let answers = Answers {
            dates: get("dates").parse().ok(),
            price_per: some("per").filter(|per| INTERVALS.contains(&per.as_str())),
            as_of: some("as_of").filter(|day| day.parse::<terms::Date>().is_ok()),
            ..Answers::default()
        };
        let role = |word: &str| {
            let (at, role) = word.split_once(':')?;
            Some((at.parse().ok().filter(|at| *at < COLUMNS_MAX)?, role.to_owned())).filter(|(_, role)| is_role(role))
        };
        let roles = get("roles").split(',').filter_map(role).collect();
        Asked { kind: get("kind").to_owned(), answers, roles, anew: !get("anew").is_empty() }
    }

    /// What a person said by hand.
    fn by_hand(sent: &Sent) -> Asked {
        let role = |at: usize| Some((at, sent.get(&format!("role-{at}")).to_owned())).filter(|(_, role)| is_role(role));
        let last = sent.0.iter().filter_map(|(name, _)| name.strip_prefix("role-")?.parse().ok()).max();
        let roles = (0..last.map_or(0, |last: usize| last + 1).min(COLUMNS_MAX)).filter_map(role).collect();
        Asked { roles, ..Asked::of(|name| if name == "kind" { sent.get(name) } else { "" }) }
    }

    /// The address of the page that shows the file looked at like this.
    fn address(&self, upload: &str) -> Here {
        let Answers { dates, price_per, as_of, .. } = &self.answers;
        let order = dates.and_then(|form| form.order()).unwrap_or_default();
        let roles: Vec<String> = self.roles.iter().map(|(at, role)| format!("{at}:{role}")).collect();
        let roles = roles.join(",");
        let pairs = [
            ("upload", upload),
            ("kind", &self.kind),
            ("roles", &roles),
            ("anew", if self.anew { "1" } else { "" }),
            ("dates", order),
            ("per", price_per.as_deref().unwrap_or_default()),
            ("as_of", as_of.as_deref().unwrap_or_default()),
        ];
        Here::new("/data/match", pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }
}

async fn look(site: &Site, path: &Path, asked: &Asked) -> Result<Found, Problem> {
    let kind = Some(asked.kind.as_str()).filter(|kind| !kind.is_empty());
    let mut answers = asked.answers.clone();
    if !asked.roles.is_empty() {
        let columns = site.app.columns_of(path).await?.inspection.columns;
        let named = |(at, role): &(usize, String)| Some((columns.get(*at)?.name.clone(), role.clone()));
        answers.columns = asked.roles.iter().filter_map(named).collect();
    }
    let path = [path.to_owned()];
    let mut found = match asked.anew {
        true => site.app.inspect_anew(&path, kind, &answers).await?,
        false => site.app.inspect_with(&path, kind, None, &answers).await?,
    };
    found.pop().ok_or_else(|| Problem::invalid("no_file", "no file was chosen", "choose a file and send it again"))
}

async fn shown(
    site: &Site,
    visit: &Visit,
    (upload, asked): (&str, &Asked),
    found: &Found,
    trouble: Option<Trouble>,
) -> Answer {
    let mut page = site.app.match_page(upload, found, &asked.answers).await?;
    page.columns.truncate(COLUMNS_MAX);
    let wrong = trouble.is_some();
    page.trouble = trouble;
    let here = asked.address(upload);
    let response = html(pages::data::match_columns(&ui::View { here: &here, ..visit.view() }, &page));
    Ok(if wrong { refused(response) } else { response })
}

/// A file that nothing can be guessed from, or not what a person said: they say what it holds. Less than two columns are
/// no table of anything.
async fn by_hand(
    site: &Site,
    visit: &Visit,
    (upload, asked): (&str, &Asked),
    path: &Path,
    problem: Option<Problem>,
) -> Answer {
    let mut found = match site.app.columns_of(path).await {
        Ok(found) if found.inspection.columns.len() > 1 => found,
        Ok(_) => return unreadable(site, visit, upload, problem.unwrap_or_else(one_column)).await,
        Err(unread) => return unreadable(site, visit, upload, problem.unwrap_or(unread)).await,
    };
    found.inspection.columns.truncate(COLUMNS_MAX);
    let mut page = site.app.hand_page(upload, &found, &asked.kind, &asked.roles).await?;
    // Before anybody said anything, it is a question and no mistake.
    page.trouble = problem.filter(|_| !asked.kind.is_empty() || !asked.roles.is_empty()).map(trouble);
    let here = asked.address(upload);
    let response = html(pages::data::by_hand(&ui::View { here: &here, ..visit.view() }, &page));
    Ok(if page.trouble.is_some() { refused(response) } else { response })
}

fn one_column() -> Problem {
    Problem::invalid("layout_unknown", "the file has one column", "it needs a customer and a date at least")
}

/// A file that cannot be read at all: said on the page where another one can be chosen.
async fn unreadable(site: &Site, visit: &Visit, upload: &str, problem: Problem) -> Answer {
    uploads::remove(site.app.data(), upload).await;
    let mut page = site.app.data_page().await?;
    page.trouble = Some(trouble(problem));
    let here = Here::new("/data", []);
    Ok(refused(html(pages::data::page(&ui::View { here: &here, ..visit.view() }, &page))))
}

fn refused(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response.extensions_mut().insert(Said);
    response
}

/// Imports a file as its columns were matched. Another kind of rows, and a list that gets its day, have other columns:
/// the page is shown again then.
pub async fn import(State(site): State<Site>, Extension(visit): Seen, sent: Sent) -> Answer {
    let upload = sent.get("upload").to_owned();
    let path = uploads::find(site.app.data(), &upload).await?;
    if !sent.get("hand").is_empty() {
        return Ok(see(&Asked::by_hand(&sent).address(&upload).url()));
    }
    let before = Asked::of(|name| sent.get(&format!("looked-{name}")));
    let mut asked = Asked {
        kind: before.kind.clone(),
        roles: before.roles.clone(),
        anew: before.anew,
        ..Asked::of(|name| sent.get(name))
    };
    let found = match look(&site, &path, &before).await {
        Ok(found) => found,
        Err(problem) => return by_hand(&site, &visit, (&upload, &before), &path, Some(problem)).await,
    };
    let page = site.app.match_page(&upload, &found, &before.answers).await?;
    let other_kind = sent.get("kind") != page.kind && page.kinds.iter().any(|kind| kind == sent.get("kind"));
    if other_kind {
        sent.get("kind").clone_into(&mut asked.kind);
    }
    if other_kind || asked.answers.as_of != before.answers.as_of {
        return Ok(see(&asked.address(&upload).url()));
    }
    if let Some(open) = page.asks.iter().find(|ask| ask.required && sent.get(&ask.id).is_empty()) {
        let words = trouble(unanswered(&open.id));
        return shown(&site, &visit, (&upload, &asked), &found, Some(words)).await;
    }
    let changes = changes(&page, &sent);
    let map = found.inspection.map.clone();
    let currency = sent.get("currency").parse().ok();
    let matched = match as_matched(&site, &path, (&before, &asked), found, &changes, currency).await {
        Ok(matched) => matched,
        Err(problem) => {
            let found = look(&site, &path, &before).await?;
            return shown(&site, &visit, (&upload, &asked), &found, Some(trouble(problem))).await;
        }
    };
    let changed = matched.inspection.map != map;
    if changed || matches!(matched.inspection.origin, Origin::Guess { .. }) {
        site.app.remember(&matched).await?;
    }
    // One's own data beside a sample would be a business that does not exist.
    site.app.remove_sample().await?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    site.jobs.begin(&site.app, Work::Upload(Box::new(matched), folder))?;
    Ok(see("/data"))
}

/// The file as the person wants it read: looked at again when they answered something since.
async fn as_matched(
    site: &Site,
    path: &Path,
    (before, asked): (&Asked, &Asked),
    found: Found,
    changes: &[Choice],
    currency: Option<terms::Currency>,
) -> Result<Found, Problem> {
    let found = if before == asked { found } else { look(site, path, asked).await? };
    site.app.matched(found, changes, currency).await
}

fn unanswered(what: &str) -> Problem {
    let message = format!("a question has two answers that give other numbers: {what}");
    Problem::invalid("question_open", message, "answer it above; then import")
}

/// The columns whose meaning the person changed. Meanings the page did not offer change nothing.
fn changes(page: &MatchPage, sent: &Sent) -> Vec<Choice> {
    let mut changes = Vec::new();
    for (at, column) in page.columns.iter().enumerate().take(COLUMNS_MAX) {
        let Some((_, said)) = sent.0.iter().find(|(name, _)| *name == format!("column-{at}")) else { continue };
        let meaning = Some(said.clone()).filter(|said| !said.is_empty());
        let offered = meaning.is_none() || page.meanings.iter().any(|known| known.id == *said);
        if offered && meaning != column.meaning {
            changes.push((column.name.clone(), meaning));
        }
    }
    changes
}

/// A sample, from the first page.
pub async fn sample(State(site): State<Site>, sent: Sent) -> Answer {
    let sample = sent.get("sample").parse()?;
    site.app.remove_sample().await?;
    // A page that was open since before the first import may still offer it.
    if site.app.imports().await?.iter().any(|import| import.undone_at.is_none()) {
        let hint = "take your imports back at /data first, or use another folder";
        return Err(Problem::invalid("has_own_data", "a sample beside your own data would be no business", hint).into());
    }
    site.jobs.begin(&site.app, Work::Sample(sample))?;
    Ok(see("/data"))
}

/// Takes the sample away again.
pub async fn remove_sample(State(site): State<Site>, _sent: Sent) -> Answer {
    site.app.remove_sample().await?;
    Ok(see("/"))
}

/// Takes an import back.
pub async fn undo(State(site): State<Site>, sent: Sent) -> Answer {
    let gone = || Problem::not_found("no_import", "there is no such import", "see the list at /data");
    let id: i64 = sent.get("import").parse().map_err(|_| gone())?;
    site.app.undo_import(id).await?;
    Ok(see(&format!("/data?undone={id}")))
}

/// The rows of an import that were set aside, with line, field, value, reason and hint.
pub async fn rejects(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let gone =
        || Problem::not_found("no_rejects", "this import has no rows that were set aside", "see the list at /data");
    let id: i64 = visit.get("import").and_then(|id| id.parse().ok()).ok_or_else(gone)?;
    let path = site.app.import_of(id).await?.and_then(|import| import.rejects_file).ok_or_else(gone)?;
    let open = tokio::fs::File::open(path).await.map_err(|_| gone())?;
    Ok(file(&format!("rejects-{id}.csv"), "text/csv; charset=utf-8", Body::from_stream(pieces(open))))
}

/// A file piece by piece: it may be larger than anybody wants in memory.
fn pieces(file: tokio::fs::File) -> impl futures::Stream<Item = std::io::Result<Vec<u8>>> {
    futures::stream::try_unfold(file, async |mut file| {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await?;
        Ok((read > 0).then_some((piece, file)))
    })
}

/// A file to be kept, never shown in the page's own origin.
pub fn file(name: &str, content_type: &'static str, content: impl Into<Body>) -> Response {
    let mut response = content.into().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
