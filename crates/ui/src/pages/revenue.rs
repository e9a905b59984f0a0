//! The Revenue page: summary, figures, movements, what was lost, plans.

use maud::{Markup, html};
use reports::pages::revenue::RevenuePage;

use crate::Image;
use crate::cards::{figures, freshness, head, recurring};
use crate::shell::{View, shell};

/// One figure of the page as an image, by `figure-` and its id.
pub fn image(part: &str, view: &View<'_>, page: &RevenuePage) -> Option<Image> {
    figures::image(part, view, &page.figures)
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
            (head::head(view, frame, "revenue.page", "/revenue.csv"))
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
