//! Cards: one question each, drawn the same way on every page that asks it.

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
use reports::pages::{Frame, Freshness, Who};

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

/// The file with the numbers of one part of the page. A page below another (`/segments/loyal`) has its file there, and
/// says which one it is by the parameter `of`.
pub(crate) fn csv(view: &View<'_>, part: &str) -> String {
    let path = view.here.path().trim_start_matches('/');
    let (page, of) = path.split_once('/').unwrap_or((path, ""));
    let here = view.here.without(&["sort", "dir", "page", "q", "country"]).on(&format!("/{page}.csv"));
    here.with("part", part).with("of", of).url()
}

/// "Show as table" with the table behind it, and the file.
pub(crate) fn as_table(view: &View<'_>, part: &str, table: Markup) -> Markup {
    let lang = view.lang;
    html! {
        details.astable {
            summary { (lang.t("chart.table")) }
            div.tblwrap tabindex="0" role="group" aria-label=(lang.t("chart.table")) { (table) }
        }
        a.csv href=(csv(view, part)) { (lang.t("chart.csv")) }
    }
}
