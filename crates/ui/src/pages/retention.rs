//! The Retention page: summary, figures, cohorts, curves, flow, groups, concentration, customers overdue.

use maud::{Markup, html};
use reports::pages::retention::RetentionPage;
use reports::pages::{FirstRun, Rule};

use crate::cards::{cohorts, concentration, curves, figures, flow, freshness, groups, head, overdue};
use crate::parts::{icon, too_little};
use crate::shell::{View, shell};

/// The names of the parts that can be asked for alone, by the header `x-part`.
pub const PARTS: [&str; 2] = ["cohorts", "overdue"];

/// The whole page.
pub fn page(view: &View<'_>, page: &RetentionPage) -> Markup {
    let (lang, frame) = (view.lang, &page.frame);
    shell(
        view,
        &frame.workspace,
        "nav.retention",
        &lang.t("retention.title"),
        html! {
            (head::head(view, frame, "retention", "/retention.csv"))
            (head::brief(view, frame, &page.brief))
            (figures::strip(view, frame, &page.figures))
            (cohorts::card(view, frame, &page.cohorts))
            div.two { (curves::daily(view, &page.daily)) (curves::survival(view, frame.rule, &page.survival)) }
            // Contracts have no orders to come or not to come; groups, shares of revenue and rhythms are those of orders.
            @if frame.rule != Rule::Contract {
                div.two {
                    (flow::card(view, frame, &page.flow))
                    @if frame.sold { (groups::card(view, frame, &page.groups)) }
                }
            }
            @if frame.sold {
                @if frame.rule == Rule::Contract { (groups::card(view, frame, &page.groups)) }
                (concentration::card(view, frame, &page.concentration))
                (overdue::card(view, frame, &page.overdue))
            }
            (freshness(lang, &frame.freshness))
        },
    )
}

/// One part of the page, by its name in [`PARTS`].
pub fn part(name: &str, view: &View<'_>, page: &RetentionPage) -> Option<Markup> {
    match name {
        "cohorts" => Some(cohorts::card(view, &page.frame, &page.cohorts)),
        "overdue" => Some(overdue::body(view, &page.overdue)),
        _ => None,
    }
}

/// The page before there is anything to show: never a wall of zeros.
///
/// `here` is the page's name in the keys of its title, its question and its entry in the sidebar.
pub fn first_run(view: &View<'_>, first: &FirstRun, here: &str) -> Markup {
    let lang = view.lang;
    shell(
        view,
        &first.workspace,
        &format!("nav.{here}"),
        &lang.word_or(here, "title"),
        html! {
            header.head { div { h1 { (lang.word_or(here, "title")) } p { (lang.word_or(here, "question")) } } }
            @if let Some(missing) = &first.too_little {
                section.card { (too_little(lang, missing)) }
            } @else {
                section.card.welcome aria-labelledby="welcome" {
                    h2 #welcome { (lang.t("welcome.title")) }
                    p { (lang.t("welcome.text")) }
                    div.choices {
                        @for sample in ["shop", "subscriptions"] {
                            form method="post" action="/sample" {
                                input type="hidden" name="csrf" value=(view.csrf);
                                input type="hidden" name="sample" value=(sample);
                                h3 { (lang.word_or("welcome.sample", sample)) }
                                p { (lang.word_or("welcome.sample_text", sample)) }
                                button.btn.pri[sample == "shop"] { (icon("loop")) (lang.word_or("welcome.sample_button", sample)) }
                            }
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
