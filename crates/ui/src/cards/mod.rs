//! Cards: one question each, drawn the same way on every page that asks it.

pub mod balance;
pub mod cohorts;
pub mod compare;
pub mod concentration;
pub mod curves;
pub mod figures;
pub mod flow;
pub mod groups;
pub mod head;
pub mod moves;
pub mod overdue;
pub mod recurring;
pub mod squares;
pub mod trend;

use maud::{Markup, html};
use reports::pages::{Frame, Freshness, Slot, Who};

use crate::shell::View;
use crate::{Here, Lang};

/// How current the numbers are, and what was left out of them.
pub(crate) fn freshness(lang: Lang, freshness: &Freshness) -> Markup {
    html! {
        p.foot-note.num {
            span { (lang.f("freshness.up_to", &[("moment", &lang.moment(freshness.up_to))])) }
            @if freshness.set_aside > 0 {
                span data-act { (lang.n("freshness.set_aside", freshness.set_aside, &[])) " "
                    a href="/data" { (lang.t("freshness.why")) } }
            }
        }
    }
}

/// The address of the people behind a number of this page.
pub(crate) fn people(frame: &Frame, who: &Who) -> String {
    Here::people(who, &frame.asked.segment).url()
}

/// The file of one part of the page. A page below another (`/segments/loyal`) has its file there, and says which one it is
/// by the parameter `of`.
fn file(view: &View<'_>, part: &str, ending: &str) -> Here {
    let path = view.here.path().trim_start_matches('/');
    let (page, of) = path.split_once('/').unwrap_or((path, ""));
    let page = if page.is_empty() { "overview" } else { page };
    let here = view.here.without(&["sort", "dir", "page", "q", "country"]).on(&format!("/{page}.{ending}"));
    here.with("part", part).with("of", of)
}

/// The file with the numbers of one part of the page.
pub(crate) fn csv(view: &View<'_>, part: &str) -> String {
    file(view, part, "csv").url()
}

/// One chart of the page as an image, in the colours of the page.
pub(crate) fn png(view: &View<'_>, part: &str) -> String {
    file(view, part, "png").with("theme", view.theme.word()).url()
}

/// The ways to keep a chart: its numbers, and its image.
pub(crate) fn files(view: &View<'_>, part: &str) -> Markup {
    let lang = view.lang;
    html! {
        span.files {
            a.csv href=(csv(view, part)) { (lang.t("chart.csv")) }
            a.csv href=(png(view, part)) { (lang.t("chart.png")) }
        }
    }
}

/// What a slot holds, where it holds anything: all an image can be made from.
pub(crate) fn ready<T>(slot: &Slot<T>) -> Option<&T> {
    match slot {
        Slot::Ready(content) => Some(content),
        _ => None,
    }
}

/// "Show as table" with the table behind it, and the files.
pub(crate) fn as_table(view: &View<'_>, part: &str, table: Markup) -> Markup {
    let lang = view.lang;
    html! {
        details.astable {
            summary { (lang.t("chart.table")) }
            div.tblwrap tabindex="0" role="group" aria-label=(lang.t("chart.table")) { (table) }
        }
        (files(view, part))
    }
}
