//! Data and import: upload, match columns, import, undo, and the rows that were set aside.

use std::path::Path;

use app::{Choice, Found, Origin, Problem};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Multipart, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reports::pages::data::MatchPage;
use reports::pages::{Sentence, Trouble, Value};
use ui::{Here, pages};

use crate::failure::Failure;
use crate::jobs::{Ended, Work};
use crate::meet::Said;
use crate::pages::{Answer, Seen, Sent, html, no_part, see};
use crate::routes::Site;
use crate::uploads;
use crate::visit::Visit;

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
    let import =
        site.app.imports().await.ok()?.into_iter().find(|import| import.id == id && import.undone_at.is_some())?;
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
    match look(&site, &path, visit.get("kind")).await {
        Ok(found) => shown(&site, &visit, &upload, &found, None).await,
        Err(problem) => unreadable(&site, &visit, &upload, problem).await,
    }
}

async fn look(site: &Site, path: &Path, kind: Option<&str>) -> Result<Found, Problem> {
    let mut found = site.app.inspect(&[path.to_owned()], kind, None).await?;
    found.pop().ok_or_else(|| Problem::invalid("no_file", "no file was chosen", "choose a file and send it again"))
}

async fn shown(site: &Site, visit: &Visit, upload: &str, found: &Found, trouble: Option<Trouble>) -> Answer {
    let mut page = site.app.match_page(upload, found).await?;
    page.columns.truncate(COLUMNS_MAX);
    let wrong = trouble.is_some();
    page.trouble = trouble;
    let here = Here::new("/data/match", [("upload".to_owned(), upload.to_owned())]);
    let response = html(pages::data::match_columns(&ui::View { here: &here, ..visit.view() }, &page));
    Ok(if wrong { refused(response) } else { response })
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

/// Imports a file as its columns were matched. Another kind of rows has other columns: the page is shown again then.
pub async fn import(State(site): State<Site>, Extension(visit): Seen, sent: Sent) -> Answer {
    let upload = sent.get("upload").to_owned();
    let path = uploads::find(site.app.data(), &upload).await?;
    let kind = visit.get("kind");
    let found = match look(&site, &path, kind).await {
        Ok(found) => found,
        Err(problem) => return unreadable(&site, &visit, &upload, problem).await,
    };
    let page = site.app.match_page(&upload, &found).await?;
    if sent.get("kind") != page.kind && page.kinds.iter().any(|kind| kind == sent.get("kind")) {
        let to =
            Here::new("/data/match", [("upload".to_owned(), upload), ("kind".to_owned(), sent.get("kind").to_owned())]);
        return Ok(see(&to.url()));
    }
    let changes = changes(&page, &sent);
    let changed = !changes.is_empty();
    let matched = match site.app.matched(found, &changes).await {
        Ok(matched) => matched,
        Err(problem) => {
            let found = look(&site, &path, kind).await?;
            return shown(&site, &visit, &upload, &found, Some(trouble(problem))).await;
        }
    };
    if changed || matches!(matched.inspection.origin, Origin::Guess { .. }) {
        site.app.remember(&matched).await?;
    }
    // One's own data beside a sample would be a business that does not exist.
    site.app.remove_sample().await?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    site.jobs.begin(&site.app, Work::Upload(Box::new(matched), folder))?;
    Ok(see("/data"))
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
    let import = site.app.imports().await?.into_iter().find(|import| import.id == id);
    let path = import.and_then(|import| import.rejects_file).ok_or_else(gone)?;
    let bytes = tokio::fs::read(path).await.map_err(|_| gone())?;
    Ok(file(&format!("rejects-{id}.csv"), "text/csv; charset=utf-8", bytes))
}

/// A file to be kept, never shown in the page's own origin.
pub fn file(name: &str, content_type: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
