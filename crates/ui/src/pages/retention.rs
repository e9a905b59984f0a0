//! The Retention page: summary, figures, cohorts, curves, flow, groups, concentration, customers overdue.

use maud::{Markup, html};
use reports::pages::Rule;
use reports::pages::retention::RetentionPage;

use crate::cards::{cohorts, concentration, curves, figures, flow, freshness, groups, head, overdue, ready};
use crate::images::{Image, Ink};
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
            (where_to(view, page))
            @if frame.sold {
                (concentration::card(view, frame, &page.concentration))
                (overdue::card(view, frame, &page.overdue))
            }
            (freshness(lang, &frame.freshness))
        },
    )
}

/// Where customers went, and which groups they are in. Contracts have no orders to come or not to come; groups are those of
/// orders.
fn where_to(view: &View<'_>, page: &RetentionPage) -> Markup {
    let frame = &page.frame;
    html! {
        @if frame.rule == Rule::Contract {
            @if frame.sold { (groups::card(view, frame, &page.groups)) }
        } @else {
            div.two {
                (flow::card(view, frame, &page.flow))
                @if frame.sold { (groups::card(view, frame, &page.groups)) }
            }
        }
    }
}

/// What others may see of the page: everything but the list of people.
pub(crate) fn for_others(view: &View<'_>, page: &RetentionPage) -> Markup {
    let (lang, frame) = (view.lang, &page.frame);
    html! {
        (head::plain(view, frame, "retention"))
        (head::brief(view, frame, &page.brief))
        (figures::strip(view, frame, &page.figures))
        (cohorts::card(view, frame, &page.cohorts))
        div.two { (curves::daily(view, &page.daily)) (curves::survival(view, frame.rule, &page.survival)) }
        (where_to(view, page))
        @if frame.sold { (concentration::card(view, frame, &page.concentration)) }
        (freshness(lang, &frame.freshness))
    }
}

/// One part of the page, by its name in [`PARTS`].
pub fn part(name: &str, view: &View<'_>, page: &RetentionPage) -> Option<Markup> {
    match name {
        "cohorts" => Some(cohorts::card(view, &page.frame, &page.cohorts)),
        "overdue" => Some(overdue::body(view, &page.overdue)),
        _ => None,
    }
}

/// One chart of the page as an image: `cohorts`, `daily`, `survival`, `flow`, `groups`, `concentration`, or `figure-` and the id
/// of a figure.
pub fn image(part: &str, view: &View<'_>, page: &RetentionPage) -> Option<Image> {
    let (ink, lang, frame) = (Ink::of(view.theme), view.lang, &page.frame);
    match part {
        "cohorts" => cohorts::image(ink, lang, frame, ready(&page.cohorts)?),
        "daily" => curves::daily_image(ink, lang, ready(&page.daily)?),
        "survival" => curves::survival_image(ink, lang, ready(&page.survival)?),
        "flow" => flow::image(ink, lang, frame, ready(&page.flow)?),
        "groups" => groups::image(ink, lang, ready(&page.groups)?),
        "concentration" => concentration::image(ink, lang, ready(&page.concentration)?),
        _ => figures::image(part, view, &page.figures),
    }
}
