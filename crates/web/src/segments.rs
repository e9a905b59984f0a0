//! The pages of groups: all of them, one, and their numbers as files.

use app::SegmentsQuery;
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use ui::pages::segments as pages;

use crate::failure::Failure;
use crate::pages::{Answer, Seen, csv, html, no_part, nothing_yet, png};
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
