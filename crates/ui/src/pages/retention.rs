//! The Retention page: summary, figures, cohorts, curves, flow, groups, concentration, customers overdue.

use maud::{Markup, html};
use reports::pages::FirstRun;
use reports::pages::retention::RetentionPage;

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
            div.two { (curves::daily(view, &page.daily)) (curves::survival(view, &page.survival)) }
            div.two { (flow::card(view, frame, &page.flow)) (groups::card(view, frame, &page.groups)) }
            (concentration::card(view, frame, &page.concentration))
            (overdue::card(view, frame, &page.overdue))
            (freshness(lang, &frame.freshness))
        },
    )
}

/// What others may see of the page: everything but the list of people.
pub(crate) fn for_others(view: &View<'_>, page: &RetentionPage) -> Markup {
    let (lang, frame) = (view.lang, &page.frame);
    html! {
        (head::plain(view, frame, "retention"))
        (head::brief(view, frame, &page.brief))
        (figures::strip(view, frame, &page.figures))
        (cohorts::card(view, frame, &page.cohorts))
        div.two { (curves::daily(view, &page.daily)) (curves::survival(view, &page.survival)) }
        div.two { (flow::card(view, frame, &page.flow)) (groups::card(view, frame, &page.groups)) }
        (concentration::card(view, frame, &page.concentration))
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
