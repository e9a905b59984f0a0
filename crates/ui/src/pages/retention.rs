//! The Retention page: summary, figures, cohorts, curves, flow, groups, concentration, customers overdue.

use maud::{Markup, html};
use reports::pages::Rule;
use reports::pages::retention::RetentionPage;

use crate::cards::{cohorts, concentration, curves, figures, flow, freshness, groups, head, overdue};
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
