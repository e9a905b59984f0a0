//! The Revenue page: summary, figures, movements, what was lost, plans.

use maud::{Markup, html};
use reports::pages::Frame;
use reports::pages::revenue::RevenuePage;

use crate::Image;
use crate::cards::{figures, freshness, head, ready, recurring};
use crate::images::Ink;
use crate::parts::select_of;
use crate::shell::{View, shell};

/// Profiles of definitions, our own first.
const PROFILES: [&str; 5] = ["regulars", "chartmogul", "stripe", "profitwell", "baremetrics"];

/// One chart of the page as an image: `movements`, or `figure-` and the id of a figure.
pub fn image(part: &str, view: &View<'_>, page: &RevenuePage) -> Option<Image> {
    match part {
        "movements" => recurring::image(Ink::of(view.theme), view.lang, ready(&page.movements)?),
        _ => figures::image(part, view, &page.figures),
    }
}

/// The whole page.
pub fn page(view: &View<'_>, page: &RevenuePage) -> Markup {
    let (lang, frame) = (view.lang, &page.frame);
    shell(
        view,
        &frame.workspace,
        "nav.revenue",
        &lang.t("revenue.page.title"),
        html! {
            (head::head_with(view, frame, "revenue.page", "/revenue.csv", ("profile", &profiles(view, frame))))
            (profile_note(view, frame))
            (head::brief_of(view, frame, &page.brief))
            @if !page.figures.is_empty() { (figures::strip(view, frame, &page.figures)) }
            (recurring::movements(view, frame, &page.movements))
            @if frame.workspace.contracts {
                div.two {
                    (recurring::plans(view, frame, &page.plans))
                    (recurring::lost(view, frame, &page.lost))
                }
            }
            (freshness(lang, &frame.freshness))
        },
    )
}

/// The page as others see it: with nothing to click and nobody named.
pub(crate) fn for_others(view: &View<'_>, page: &RevenuePage) -> Markup {
    let frame = &page.frame;
    html! {
        (head::plain(view, frame, "revenue.page"))
        (profile_note(view, frame))
        (head::brief_of(view, frame, &page.brief))
        @if !page.figures.is_empty() { (figures::strip(view, frame, &page.figures)) }
        (recurring::movements(view, frame, &page.movements))
        @if frame.workspace.contracts {
            div.two {
                (recurring::plans(view, frame, &page.plans))
                (recurring::lost(view, frame, &page.lost))
            }
        }
        (freshness(view.lang, &frame.freshness))
    }
}

/// Whose definitions: chosen beside the period. Names of products are the same in every language.
fn profiles(view: &View<'_>, frame: &Frame) -> Markup {
    if !frame.workspace.contracts {
        return html! {};
    }
    let lang = view.lang;
    let names: Vec<(&str, String)> = PROFILES.iter().map(|id| (*id, lang.word_or("revenue.profile", id))).collect();
    select_of(&lang.t("revenue.profile"), "profile", &names, frame.asked.profile.id(), true)
}

/// In which way the numbers differ from our own.
fn profile_note(view: &View<'_>, frame: &Frame) -> Markup {
    let (lang, id) = (view.lang, frame.asked.profile.id());
    let usual = id == PROFILES[0] || !frame.workspace.contracts;
    html! { @if !usual { p.banner { (lang.t(&format!("revenue.profile.{id}_note"))) } } }
}
