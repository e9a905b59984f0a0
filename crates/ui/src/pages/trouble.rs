//! A page that could not be made: what happened, what next, a number to quote.

use maud::{Markup, html};
use reports::pages::{Trouble, Workspace};

use crate::parts::trouble_text;
use crate::shell::{View, shell};

/// The page.
pub fn page(view: &View<'_>, workspace: &Workspace, trouble: &Trouble) -> Markup {
    let lang = view.lang;
    shell(
        view,
        workspace,
        "",
        &lang.t("error.page"),
        html! {
            section.card.empty {
                h1 { (lang.t("error.page")) }
                (trouble_text(lang, trouble))
                p { a.btn href=(view.here.url()) { (lang.t("error.again")) } " " a.btn href="/retention" { (lang.t("retention.title")) } }
            }
        },
    )
}

/// An address that leads nowhere.
pub fn not_found(view: &View<'_>, workspace: &Workspace) -> Markup {
    let lang = view.lang;
    shell(
        view,
        workspace,
        "",
        &lang.t("error.not_found"),
        html! {
            section.card.empty {
                h1 { (lang.t("error.not_found")) }
                p { (lang.t("error.not_found_text")) }
                a.btn href="/retention" { (lang.t("retention.title")) }
            }
        },
    )
}
