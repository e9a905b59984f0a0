//! The Retention page: summary, figures, cohorts, curves, flow, groups, concentration, customers overdue.

mod cohorts;
mod concentration;
mod curves;
mod figures;
mod flow;
pub(crate) mod groups;
mod head;
pub(crate) mod overdue;

use maud::{Markup, html};
use reports::pages::Freshness;
use reports::pages::retention::{FirstRun, RetentionPage};

use crate::parts::{icon, too_little};
use crate::shell::{View, shell};
use crate::{Here, Lang};

/// The names of the parts that can be asked for alone, by the header `x-part`.
pub const PARTS: [&str; 2] = ["cohorts", "overdue"];

/// The whole page.
pub fn page(view: &View<'_>, page: &RetentionPage) -> Markup {
    let lang = view.lang;
    shell(
        view,
        &page.workspace,
        "nav.retention",
        &lang.t("retention.title"),
        html! {
            (head::head(view, page))
            (head::brief(view, page))
            section.card.kpis aria-label=(lang.t("figures.title")) {
                @for figure in &page.figures { (figures::figure(view, page, figure)) }
            }
            (cohorts::card(view, page))
            div.two { (curves::daily(view, page)) (curves::survival(view, page)) }
            div.two { (flow::card(view, page)) (groups::card(view, page)) }
            (concentration::card(view, page))
            (overdue::card(view, page))
            (freshness(lang, &page.freshness))
        },
    )
}

/// One part of the page, by its name in [`PARTS`].
pub fn part(name: &str, view: &View<'_>, page: &RetentionPage) -> Option<Markup> {
    match name {
        "cohorts" => Some(cohorts::card(view, page)),
        "overdue" => Some(overdue::body(view, page)),
        _ => None,
    }
}

/// The page before there is anything to show: never a wall of zeros.
pub fn first_run(view: &View<'_>, first: &FirstRun) -> Markup {
    let lang = view.lang;
    shell(
        view,
        &first.workspace,
        "nav.retention",
        &lang.t("retention.title"),
        html! {
            header.head { div { h1 { (lang.t("retention.title")) } p { (lang.t("retention.question")) } } }
            @if let Some(missing) = &first.too_little {
                section.card { (too_little(lang, missing)) }
            } @else {
                section.card.welcome aria-labelledby="welcome" {
                    h2 #welcome { (lang.t("welcome.title")) }
                    p { (lang.t("welcome.text")) }
                    div.choices {
                        form method="post" action="/sample" {
                            input type="hidden" name="csrf" value=(view.csrf);
                            h3 { (lang.t("welcome.sample")) }
                            p { (lang.t("welcome.sample_text")) }
                            button.btn.pri { (icon("loop")) (lang.t("welcome.sample_button")) }
                        }
                        div {
                            h3 { (lang.t("welcome.import")) }
                            p { (lang.t("welcome.import_text")) }
                            a.btn href="/data" { (icon("upload")) (lang.t("welcome.import_button")) }
                        }
                    }
                }
            }
        },
    )
}

/// How current the numbers are, and what was left out of them.
pub(crate) fn freshness(lang: Lang, freshness: &Freshness) -> Markup {
    html! {
        p.foot-note.num {
            span { (lang.f("freshness.up_to", &[("moment", &lang.moment(freshness.up_to))])) }
            @if freshness.set_aside > 0 {
                span { (lang.n("freshness.set_aside", freshness.set_aside, &[])) " "
                    a href="/data" { (lang.t("freshness.why")) } }
            }
        }
    }
}

/// The address of the people behind a number of this page.
pub(crate) fn people(page: &RetentionPage, who: &reports::pages::Who) -> String {
    Here::people(who, &page.asked.segment).url()
}

/// The file with the numbers of one part of the page.
fn csv(view: &View<'_>, part: &str) -> String {
    view.here.without(&["sort", "dir", "page"]).on("/retention.csv").with("part", part).url()
}

/// "Show as table" with the table behind it, and the file.
fn as_table(view: &View<'_>, part: &str, table: Markup) -> Markup {
    let lang = view.lang;
    html! {
        details.astable {
            summary { (lang.t("chart.table")) }
            div.tblwrap tabindex="0" role="group" aria-label=(lang.t("chart.table")) { (table) }
        }
        a.csv href=(csv(view, part)) { (lang.t("chart.csv")) }
    }
}
