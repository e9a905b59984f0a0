//! Where to begin, in the place of any page that measures: a sample, or one's own files.

use maud::{Markup, html};
use reports::pages::FirstRun;

use crate::parts::{icon, too_little};
use crate::shell::{View, shell};

/// The page before there is anything to show: never a wall of zeros.
///
/// `nav` is the key of the entry in the sidebar, `page` the beginning of the keys of title and question.
pub fn first_run(view: &View<'_>, first: &FirstRun, nav: &str, page: &str) -> Markup {
    let lang = view.lang;
    let title = lang.word_or(page, "title");
    shell(
        view,
        &first.workspace,
        nav,
        &title,
        html! {
            header.head { div { h1 { (title) } p { (lang.word_or(page, "question")) } } }
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
