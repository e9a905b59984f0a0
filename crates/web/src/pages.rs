//! Pages that are read: retention, definitions; and the two things every page needs, assets and preferences.

use std::sync::Arc;

use app::{CohortsQuery, Kind, PageQuery, Problem, Rows};
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::Markup;
use reports::pages::FirstRun;
use ui::pages::{cohorts as cohorts_page, metrics, overview, retention, revenue as revenue_page};
use ui::{Image, Lang, Theme, View, assets};

use crate::data::file;
use crate::failure::Failure;
use crate::routes::Site;
use crate::uploads;
use crate::visit::{self, Visit};

/// How long a browser remembers language and theme: a year.
const YEAR_SECONDS: u32 = 31_536_000;

/// The visit of this request.
pub type Seen = Extension<Arc<Visit>>;
/// What a handler answers.
pub type Answer = Result<Response, Failure>;

/// A page, or a part of one.
pub fn html(markup: Markup) -> Response {
    Html(markup.into_string()).into_response()
}

/// The way to another page of ours.
pub fn see(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// A form of ours: its fields, sent from one of our pages.
pub struct Sent(pub Vec<(String, String)>);

impl Sent {
    /// A field; empty when it is absent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|pair| pair.0 == name).map_or("", |pair| pair.1.as_str())
    }
}

impl FromRequest<Site> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site) -> Result<Sent, Failure> {
        let visit = request.extensions().get::<Arc<Visit>>().cloned();
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, site).await;
        let sent = Sent(form.map_err(|error| unreadable(error.status()))?.0);
        let ours = visit.is_some_and(|visit| !visit.token_is_new && uploads::same(sent.get("csrf"), &visit.token));
        if ours { Ok(sent) } else { Err(Failure::foreign_form()) }
    }
}

fn unreadable(status: StatusCode) -> Failure {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Failure::new(status, "too_large", "the form is too large", "send less at once")
        }
        // A form of an unknown kind carries no token that could be read.
        _ => Failure::foreign_form(),
    }
}

/// How are we doing, and what needs me today? Before there are facts, where to begin.
pub async fn overview(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    match site.app.overview_page(&PageQuery::from_pairs(visit.here.pairs())).await? {
        Some(page) => Ok(html(overview::page(&visit.view(), &page))),
        None => nothing_yet(&site, &visit, "nav.overview", "overview").await,
    }
}

/// The numbers of one part of it as a file: the main number step by step without a part.
pub async fn overview_csv(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let part = visit.get("part").unwrap_or_default();
    let rows = site.app.overview_csv(part, &PageQuery::from_pairs(visit.here.pairs())).await?;
    csv(if part.is_empty() { "overview" } else { part }, &rows)
}

/// One chart of it as an image.
pub async fn overview_png(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let page = site.app.overview_page(&PageQuery::from_pairs(visit.here.pairs())).await?;
    png(&visit, page.as_ref(), "overview", overview::image).await
}

/// Before there are facts: where to begin; while the first ones come, how far they are.
pub async fn nothing_yet(site: &Site, visit: &Visit, nav: &str, page: &str) -> Answer {
    if site.jobs.progress().is_some() {
        return Ok(see("/data"));
    }
    let first = FirstRun { workspace: site.workspace().await?, too_little: None };
    Ok(html(ui::pages::first_run(&visit.view(), &first, nav, page)))
}

/// Language and theme, remembered by the browser alone.
pub async fn preferences(sent: Sent) -> Response {
    let to = Some(sent.get("to")).filter(|to| visit::is_local(to)).unwrap_or("/");
    let mut response = see(to);
    let lang = Lang::from_tag(sent.get("lang")).map(|lang| ("lang", lang.tag()));
    let theme =
        Some(Theme::from_word(sent.get("theme")).word()).filter(|word| !word.is_empty()).map(|word| ("theme", word));
    for (name, value) in lang.into_iter().chain(theme) {
        let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Style sheet, script, font: under the hash of their content, so they may be kept for ever.
pub async fn asset(path: Result<Path<String>, PathRejection>) -> Answer {
    let asset = path.ok().and_then(|Path(path)| assets::get(&path)).ok_or_else(Failure::nowhere)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok((headers, asset.body.clone().into_owned()).into_response())
}

/// Do customers stay?
pub async fn retention(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let view = visit.view();
    let Some(page) = site.app.retention_page(&PageQuery::from_pairs(visit.here.pairs())).await? else {
        return nothing_yet(&site, &visit, "nav.retention", "retention").await;
    };
    match &visit.part {
        Some(part) => retention::part(part, &view, &page).map(html).ok_or_else(no_part),
        None => Ok(html(retention::page(&view, &page))),
    }
}

/// Where does recurring revenue come from and go?
pub async fn revenue(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    match site.app.revenue_page(&PageQuery::from_pairs(visit.here.pairs())).await? {
        Some(page) => Ok(html(revenue_page::page(&visit.view(), &page))),
        None => nothing_yet(&site, &visit, "nav.revenue", "revenue.page").await,
    }
}

/// The numbers of one part of it as a file.
pub async fn revenue_csv(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let part = visit.get("part").unwrap_or_default();
    let rows = site.app.revenue_csv(part, &PageQuery::from_pairs(visit.here.pairs())).await?;
    csv(if part.is_empty() { "movements" } else { part }, &rows)
}

/// One figure of it as an image.
pub async fn revenue_png(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let page = site.app.revenue_page(&PageQuery::from_pairs(visit.here.pairs())).await?;
    png(&visit, page.as_ref(), "revenue", revenue_page::image).await
}

/// Do newer customers stay better? The sentence of the address says what is counted.
pub async fn cohorts(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let view = visit.view();
    let Some(page) = site.app.cohorts_page(&CohortsQuery::from_pairs(visit.here.pairs())).await? else {
        return nothing_yet(&site, &visit, "nav.cohorts", "cohorts.page").await;
    };
    match &visit.part {
        Some(part) => cohorts_page::part(part, &view, &page).map(html).ok_or_else(no_part),
        None => Ok(html(cohorts_page::page(&view, &page))),
    }
}

/// The numbers of one part of it as a file.
pub async fn cohorts_csv(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let part = visit.get("part").unwrap_or_default();
    let rows = site.app.cohorts_csv(part, &CohortsQuery::from_pairs(visit.here.pairs())).await?;
    csv(if part.is_empty() { "cohorts" } else { part }, &rows)
}

/// One chart of it as an image.
pub async fn cohorts_png(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let page = site.app.cohorts_page(&CohortsQuery::from_pairs(visit.here.pairs())).await?;
    png(&visit, page.as_ref(), "cohorts", cohorts_page::image).await
}

/// A part of a page that there is not.
pub fn no_part() -> Failure {
    Problem::not_found("unknown_part", "this page has no such part", "ask for the page without x-part").into()
}

/// The numbers of the page, or of one part of it, as a file.
pub async fn retention_csv(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let part = visit.get("part").unwrap_or_default();
    let rows = site.app.retention_csv(part, &PageQuery::from_pairs(visit.here.pairs())).await?;
    csv(if part.is_empty() { "retention" } else { part }, &rows)
}

/// One chart of it as an image.
pub async fn retention_png(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let page = site.app.retention_page(&PageQuery::from_pairs(visit.here.pairs())).await?;
    png(&visit, page.as_ref(), "retention", retention::image).await
}

/// What the numbers mean.
pub async fn metrics(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    Ok(html(metrics::page(&visit.view(), &site.app.metrics_page().await?)))
}

/// CSV with a mark that tells spreadsheets it is UTF-8.
pub fn csv(name: &str, rows: &Rows) -> Answer {
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    rows.write_csv(&mut bytes).map_err(Problem::from)?;
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    Ok(file(&format!("{name}.csv"), "text/csv; charset=utf-8", bytes))
}

/// How a page draws the chart of a part.
type Draw<T> = fn(&str, &View<'_>, &T) -> Option<Image>;

/// The chart of the part an address names, in the colours of its `theme`; without one on white, as paper is.
pub async fn png<T>(visit: &Visit, page: Option<&T>, name: &str, draw: Draw<T>) -> Answer {
    let theme = Theme::from_word(visit.get("theme").unwrap_or_default());
    let part = visit.get("part").unwrap_or_default();
    let image = page.and_then(|page| draw(part, &View { theme, ..visit.view() }, page)).ok_or_else(|| {
        Problem::not_found(
            "no_image",
            "there is no such chart, or nothing in it",
            "take the address from below a chart",
        )
    })?;
    // Tens of milliseconds of arithmetic: other requests go on meanwhile.
    let drawn = tokio::task::spawn_blocking(move || image.png()).await.map_err(|error| error.to_string());
    let bytes = drawn.and_then(|drawn| drawn.map_err(|error| error.to_string()));
    let bytes = bytes.map_err(|error| Problem {
        kind: Kind::Ours,
        ..Problem::invalid("not_drawn", error, "take the numbers of the chart instead")
    })?;
    let safe: String =
        format!("{name}-{part}").chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    Ok(file(&format!("{safe}.png"), "image/png", bytes))
}
