//! Settings, notes and links for others: what people decide, write down and give away.

use app::{CohortsQuery, PageQuery, Problem, SegmentsQuery, SettingsQuery};
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reports::pages::settings::{Part, SettingsPage};
use reports::pages::{Sentence, Value};
use ui::pages;
use ui::pages::shared::PATHS;

use crate::failure::Failure;
use crate::meet::Said;
use crate::pages::{Answer, Seen, Sent, html, see};
use crate::routes::Site;
use crate::visit::{self, Visit};

/// The parts that have a form of their own to save.
const SAVED: [&str; 2] = ["workspace", "definitions"];

/// The first part.
pub async fn first() -> Response {
    see("/settings/workspace")
}

/// A part of the settings. With `?preview`, also what the definition in the address would do; nothing is kept by that.
pub async fn page(
    State(site): State<Site>,
    Extension(visit): Seen,
    part: Result<Path<String>, PathRejection>,
) -> Answer {
    let part = known(part)?;
    let preview = visit.get("preview").is_some();
    let fields = if preview { visit.here.pairs().to_vec() } else { Vec::new() };
    let mut page = asked(&site, &part, &SettingsQuery { fields, preview }, Vec::new()).await?;
    page.done = visit.get("done").and_then(|done| {
        let key = ["settings.saved", "note.added", "note.removed", "share.revoked"];
        key.into_iter().find(|key| key.rsplit('.').next() == Some(done)).map(|key| Sentence::new(key, []))
    });
    Ok(html(pages::settings::page(&visit.view(), &page)))
}

fn known(part: Result<Path<String>, PathRejection>) -> Result<String, Failure> {
    part.ok().map(|Path(part)| part).filter(|part| Part::WORDS.contains(&part.as_str())).ok_or_else(Failure::nowhere)
}

async fn asked(
    site: &Site,
    part: &str,
    query: &SettingsQuery,
    refused: Vec<app::Refused>,
) -> Result<SettingsPage, Failure> {
    site.app.settings_page(part, query, refused).await?.ok_or_else(Failure::nowhere)
}

/// Keeps what a form says. What cannot be kept is shown again beside its field.
pub async fn save(
    State(site): State<Site>,
    Extension(visit): Seen,
    part: Result<Path<String>, PathRejection>,
    sent: Sent,
) -> Answer {
    let part = known(part)?;
    if !SAVED.contains(&part.as_str()) {
        return Err(Failure::nowhere());
    }
    let query = SettingsQuery { fields: sent.0, preview: false };
    let changes = match part.as_str() {
        "definitions" => vec![("customer".to_owned(), query.customer())],
        _ => workspace_changes(&query),
    };
    let refused = site.app.change_settings(&changes).await?;
    if refused.is_empty() {
        return Ok(see(&format!("/settings/{part}?done=saved")));
    }
    let page = asked(&site, &part, &query, refused).await?;
    let mut response = html(pages::settings::page(&visit.view(), &page));
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response.extensions_mut().insert(Said);
    Ok(response)
}

/// The fields of the workspace that were sent: what `regulars.toml` decides is not.
fn workspace_changes(query: &SettingsQuery) -> Vec<(String, String)> {
    let own = |name: &str| app::SETTINGS.contains(&name) && name != "customer";
    query.fields.iter().filter(|(name, _)| own(name)).cloned().collect()
}

/// Pins a note to a day, and leads back to the page it was written on.
pub async fn add_note(State(site): State<Site>, sent: Sent) -> Answer {
    site.app.add_note(sent.get("date"), sent.get("text")).await?;
    let to = Some(sent.get("to")).filter(|to| visit::is_local(to)).unwrap_or("/settings/notes?done=added");
    Ok(see(if to.starts_with("/settings") { "/settings/notes?done=added" } else { to }))
}

/// Takes a note away.
pub async fn remove_note(State(site): State<Site>, sent: Sent) -> Answer {
    let gone = || Problem::not_found("no_note", "there is no such note", "see the list at /settings/notes");
    let id: i64 = sent.get("note").parse().map_err(|_| gone())?;
    site.app.remove_note(id).await?;
    Ok(see("/settings/notes?done=removed"))
}

/// Makes a link to a page for others and shows its address, this once.
pub async fn share(State(site): State<Site>, Extension(visit): Seen, headers: HeaderMap, sent: Sent) -> Answer {
    let to = sent.get("to");
    let path = to.split('?').next().unwrap_or_default();
    if !visit::is_local(to) || !PATHS.contains(&path) {
        let hint = "pages that name customers are for the team alone";
        return Err(Problem::invalid("not_shareable", "this page cannot be read by a link", hint).into());
    }
    let days = sent.get("days").parse().unwrap_or(0);
    let secret = visit::token();
    if !visit::is_token(&secret) {
        let problem = Problem::invalid("internal", "the system gives no random numbers", "");
        return Err(Problem { kind: app::Kind::Ours, ..problem }.into());
    }
    let made = site.app.share(&secret, to, days).await?;
    let mut page = asked(&site, "links", &SettingsQuery::default(), Vec::new()).await?;
    page.done = Some(Sentence::new("share.made_until", [("date", Value::Date(made.until))]));
    let address = format!("{}/s/{secret}", origin(&headers));
    Ok(html(pages::settings::link_made(&visit.view(), &page, &address)))
}

/// Where the person sees this site: as the browser says, which was held against our own name before.
fn origin(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), _) => origin.to_owned(),
        (None, Some(host)) => format!("http://{host}"),
        (None, None) => String::new(),
    }
}

/// Takes a link back.
pub async fn revoke(State(site): State<Site>, sent: Sent) -> Answer {
    let gone = || Problem::not_found("no_link", "there is no such link", "see the list at /settings/links");
    let id: i64 = sent.get("link").parse().map_err(|_| gone())?;
    site.app.revoke_share(id).await?;
    Ok(see("/settings/links?done=revoked"))
}

/// The page behind a link, for anybody who has it. Nothing is counted and nothing is changed by reading.
pub async fn shared(
    State(site): State<Site>,
    Extension(visit): Seen,
    secret: Result<Path<String>, PathRejection>,
) -> Answer {
    let Ok(Path(secret)) = secret else { return Err(Failure::nowhere()) };
    if !visit::is_token(&secret) {
        return Err(Failure::nowhere());
    }
    let shared = site.app.shared(&secret).await?.ok_or_else(Failure::nowhere)?;
    let here = visit::here_of(&shared.path).ok_or_else(Failure::nowhere)?;
    let view = ui::View { here: &here, csrf: "", ..visit.view() };
    let (pairs, until) = (here.pairs(), shared.until);
    let page = PageQuery::from_pairs(pairs);
    let markup = match here.path() {
        "/" => site.app.overview_page(&page).await?.map(|page| pages::shared::overview(&view, &page, until)),
        "/retention" => site.app.retention_page(&page).await?.map(|page| pages::shared::retention(&view, &page, until)),
        "/revenue" => site.app.revenue_page(&page).await?.map(|page| pages::shared::revenue(&view, &page, until)),
        "/cohorts" => {
            let page = site.app.cohorts_page(&CohortsQuery::from_pairs(pairs)).await?;
            page.map(|page| pages::shared::cohorts(&view, &page, until))
        }
        "/segments" => {
            let page = site.app.segments_page(&SegmentsQuery::from_pairs(pairs)).await?;
            page.map(|page| pages::shared::segments(&view, &page, until))
        }
        _ => return Err(Failure::nowhere()),
    };
    let markup = match markup {
        Some(markup) => markup,
        None => pages::shared::nothing_yet(&view, &site.workspace().await?, until),
    };
    Ok(html(markup))
}

/// Whether an address is one that strangers are given.
pub fn for_strangers(visit: &Visit) -> bool {
    visit.here.path().starts_with("/s/")
}

/// What strangers are told when something went wrong.
pub fn refused(visit: &Visit, status: StatusCode, number: &str) -> Response {
    let view = visit.view();
    let page =
        if status.is_server_error() { pages::shared::trouble(&view, Some(number)) } else { pages::shared::gone(&view) };
    html(page).into_response()
}
