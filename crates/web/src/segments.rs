//! The pages of groups: all of them, one, and their numbers as files.

use app::SegmentsQuery;
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use ui::Here;
use ui::pages::segments as pages;

use crate::failure::Failure;
use crate::pages::{Answer, Seen, Sent, csv, html, no_part, nothing_yet, png, see};
use crate::routes::Site;

/// Who are our groups, and how do they move? Before there are facts, where to begin.
pub async fn segments(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let view = visit.view();
    let Some(page) = site.app.segments_page(&SegmentsQuery::from_pairs(visit.here.pairs())).await? else {
        return nothing_yet(&site, &visit, "nav.segments", "segments").await;
    };
    match &visit.part {
        Some(part) => pages::part(part, &view, &page).map(html).ok_or_else(no_part),
        None => Ok(html(pages::page(&view, &page))),
    }
}

/// One group.
pub async fn group(
    State(site): State<Site>,
    Extension(visit): Seen,
    group: Result<Path<String>, PathRejection>,
) -> Answer {
    let Ok(Path(group)) = group else { return Err(Failure::nowhere()) };
    let query = SegmentsQuery::from_pairs(visit.here.pairs());
    let page = site.app.group_page(&group, &query).await?.ok_or_else(Failure::nowhere)?;
    let view = visit.view();
    match &visit.part {
        Some(part) => pages::group_part(part, &view, &page).map(html).ok_or_else(no_part),
        None => Ok(html(pages::group(&view, &page))),
    }
}

/// The numbers of one part of these pages as a file.
pub async fn segments_csv(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let part = visit.get("part").unwrap_or("groups");
    let group = visit.get("of").unwrap_or_default();
    let rows = site.app.segments_csv(part, group, &SegmentsQuery::from_pairs(visit.here.pairs())).await?;
    csv(&format!("segments-{part}"), &rows)
}

/// One chart of these pages as an image; with `of`, the chart of the page of that group.
pub async fn segments_png(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    let query = SegmentsQuery::from_pairs(visit.here.pairs());
    match visit.get("of") {
        Some(group) => {
            let page = site.app.group_page(group, &query).await?;
            png(&visit, page.as_ref(), &format!("segments-{group}"), pages::group_image).await
        }
        None => png(&visit, site.app.segments_page(&query).await?.as_ref(), "segments", pages::image).await,
    }
}

/// The segments somebody made, and one being written.
pub async fn saved(State(site): State<Site>, Extension(visit): Seen) -> Answer {
    if site.app.snapshot().await?.watermark().is_none() {
        return nothing_yet(&site, &visit, "nav.segments", "segments").await;
    }
    let page = site.app.saved_page(visit.here.pairs()).await?;
    Ok(html(ui::pages::saved::page(&visit.view(), &page)))
}

/// Saves a segment; one that cannot be asked is shown again with what is wrong.
pub async fn save(State(site): State<Site>, Extension(visit): Seen, sent: Sent) -> Answer {
    if sent.get("do") == "count" {
        // The draft goes into the address, where it can be kept and shared; the token does not.
        let said =
            sent.0.into_iter().filter(|(name, value)| !["csrf", "do"].contains(&name.as_str()) && !value.is_empty());
        return Ok(see(&Here::new("/segments/saved", said).with("count", "1").url()));
    }
    match site.app.save_draft(&sent.0).await {
        Ok(_) => Ok(see("/segments/saved")),
        Err(problem) if matches!(problem.kind, app::Kind::Invalid | app::Kind::NotFound) => {
            let page = site.app.refused_page(&sent.0, problem).await?;
            let mut response = html(ui::pages::saved::page(&visit.view(), &page));
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            response.extensions_mut().insert(crate::meet::Said);
            Ok(response)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Takes a segment away.
pub async fn remove(State(site): State<Site>, sent: Sent) -> Answer {
    site.app.remove_segment(sent.get("slug")).await?;
    Ok(see("/segments/saved"))
}
