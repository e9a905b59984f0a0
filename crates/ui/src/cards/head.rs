//! Title, question, what is asked for, and "In short".

use maud::{Markup, html};
use reports::pages::{Brief, Compare, Frame, Sentence, Who};

use super::people;
use crate::pages::shared::PATHS;
use crate::parts::{go, hidden, icon, select, select_of};
use crate::shell::View;

/// Pages of groups say where customers moved since an earlier date: there is always one, so that none is no choice.
const ALWAYS_COMPARED: &str = "/segments";

/// Title and toolbar. Its form sends itself when something is chosen; without script it has a button.
///
/// `page` is the beginning of the keys of its title and question; `csv` the address of the file with its numbers.
pub fn head(view: &View<'_>, frame: &Frame, page: &str, csv: &str) -> Markup {
    head_with(view, frame, page, csv, ("", &html! {}))
}

/// The same with one choice more: the parameter it has, and its control.
pub fn head_with(view: &View<'_>, frame: &Frame, page: &str, csv: &str, choice: (&str, &Markup)) -> Markup {
    let lang = view.lang;
    let csv = view.here.without(&["sort", "dir", "page"]).on(csv).url();
    titled_with(view, frame, (&lang.word_or(page, "title"), &lang.word_or(page, "question")), &csv, choice)
}

/// The same with a title and a line below it that the page has written; `csv` is the whole address of its file.
pub fn titled(view: &View<'_>, frame: &Frame, title: (&str, &str), csv: &str) -> Markup {
    titled_with(view, frame, title, csv, ("", &html! {}))
}

fn titled_with(
    view: &View<'_>,
    frame: &Frame,
    (title, below): (&str, &str),
    csv: &str,
    (choice, control): (&str, &Markup),
) -> Markup {
    let lang = view.lang;
    let asked = &frame.asked;
    let choices = [Compare::Prev, Compare::Year, Compare::None].into_iter();
    let choices = choices.filter(|choice| *choice != Compare::None || !view.here.path().starts_with(ALWAYS_COMPARED));
    let compare: Vec<(&str, String)> =
        choices.map(|choice| (choice.word(), lang.word_or("compare", choice.word()))).collect();
    let own = ["period", "compare", "segment", "from", "to", "sort", "dir", "page", "q", "country", choice];
    html! {
        header.head {
            div { h1 { (title) } p { (below) } }
            div.tools {
                // Without `autocomplete` a browser that goes back would put the later choice over the earlier page.
                form.tools action=(view.here.path()) autocomplete="off" data-auto {
                    (hidden(view.here, &own))
                    @if let Some(earlier) = &asked.earlier { (step(view, earlier, "prev", "head.earlier")) }
                    (select(lang, &lang.t("head.period"), "period", &frame.periods, &asked.period_choice, false))
                    @if let Some(later) = &asked.later { (step(view, later, "next", "head.later")) }
                    @if asked.period_choice == "custom" {
                        label.field.date { span { (lang.t("head.from")) }
                            input type="date" name="from" value=(asked.period.start); }
                        label.field.date { span { (lang.t("head.to")) }
                            input type="date" name="to" value=(asked.period.end.plus(-1)); }
                    }
                    (select_of(&lang.t("head.compare"), "compare", &compare, asked.compare.word(), true))
                    (select(lang, &lang.t("head.segment"), "segment", &frame.segments, &asked.segment, false))
                    (control)
                    (go(lang))
                }
                (share(view))
                a.btn href=(csv) {
                    (icon("export")) (lang.t("head.export")) }
            }
        }
    }
}

/// The same for a page about all that is known: without a period, and with nothing to compare it with.
pub fn timeless(view: &View<'_>, frame: &Frame, page: &str, csv: &str) -> Markup {
    let lang = view.lang;
    html! {
        header.head {
            div { h1 { (lang.word_or(page, "title")) } p { (lang.word_or(page, "question")) } }
            div.tools {
                form.tools action=(view.here.path()) autocomplete="off" data-auto {
                    (hidden(view.here, &["segment"]))
                    (select(lang, &lang.t("head.segment"), "segment", &frame.segments, &frame.asked.segment, false))
                    (go(lang))
                }
                (share(view))
                a.btn href=(view.here.on(csv).url()) { (icon("export")) (lang.t("head.export")) }
            }
        }
    }
}

/// The address of the page for the team; beside it, where a page names nobody, a link for people who cannot sign in here.
fn share(view: &View<'_>) -> Markup {
    let lang = view.lang;
    let copy = |text: &str| html! { a.btn href=(view.here.url()) data-share { (icon("share")) (lang.t(text)) } };
    if !PATHS.contains(&view.here.path()) {
        return copy("head.share");
    }
    html! {
        details.more.for-others {
            summary.btn { (icon("share")) (lang.t("head.share")) }
            div {
                (copy("share.copy"))
                form.form method="post" action="/share" autocomplete="off" {
                    input type="hidden" name="csrf" value=(view.csrf);
                    input type="hidden" name="to" value=(view.here.url());
                    p { b { (lang.t("share.others")) } }
                    p.small { (lang.t("share.others_text")) }
                    label.fld { span { (lang.t("share.days")) }
                        input type="number" name="days" min="1" max="90" value="30" required; }
                    div { button.btn.pri { (lang.t("share.make")) } }
                }
            }
        }
    }
}

/// Title and what was asked for, where nothing can be asked: period, comparison, segment.
pub fn plain(view: &View<'_>, frame: &Frame, page: &str) -> Markup {
    let (lang, asked) = (view.lang, &frame.asked);
    let segment = frame.segments.iter().find(|segment| segment.value == asked.segment);
    html! {
        header.head {
            div { h1 { (lang.word_or(page, "title")) } p { (lang.word_or(page, "question")) } }
            p.num {
                (lang.period(asked.period))
                @if let Some(before) = asked.compared {
                    " · " (lang.f("figures.versus", &[("period", &lang.period(before))]))
                }
                @if let Some(segment) = segment { " · " (lang.label(&segment.label)) }
            }
        }
    }
}

/// One period back or on; the keys `[` and `]` press them.
fn step(view: &View<'_>, period: &str, rel: &str, label: &str) -> Markup {
    let href = view.here.with("period", period).without(&["from", "to", "page"]).url();
    let drawing = if rel == "prev" { "left" } else { "right" };
    html! { a.btn.ico.ghost href=(href) rel=(rel) data-step=(rel) aria-label=(view.lang.t(label)) { (icon(drawing)) } }
}

/// In short, where every sentence has people of its own.
pub fn brief_of(view: &View<'_>, frame: &Frame, sentences: &[(Sentence, Option<Who>)]) -> Markup {
    let lang = view.lang;
    html! {
        @if !sentences.is_empty() {
            section.card.brief aria-labelledby="brief" {
                h2 #brief { (lang.t("brief.title")) }
                p {
                    @for (at, (sentence, who)) in sentences.iter().enumerate() {
                        @if at == 0 { strong { (lang.sentence(sentence)) } } @else { (lang.sentence(sentence)) }
                        @if let Some(who) = who {
                            " " a href=(people(frame, who)) data-drawer data-act
                                aria-label={ (lang.t("brief.see")) ": " (lang.sentence(&who.title())) } {
                                (lang.t("brief.see"))
                            }
                        }
                        " "
                    }
                    @if !frame.asked.complete { (lang.t("brief.running")) }
                }
            }
        }
    }
}

/// In short.
pub fn brief(view: &View<'_>, frame: &Frame, brief: &Brief) -> Markup {
    let lang = view.lang;
    let Some((first, rest)) = brief.sentences.split_first() else { return html! {} };
    html! {
        section.card.brief aria-labelledby="brief" {
            h2 #brief { (lang.t("brief.title")) }
            p {
                strong { (lang.sentence(first)) }
                @for sentence in rest { (lang.gap()) (lang.sentence(sentence)) }
                @if !frame.asked.complete { (lang.gap()) (lang.t("brief.running")) }
                @if let Some((who, n)) = &brief.people {
                    " " a href=(people(frame, who)) data-drawer data-act { (lang.n("brief.see_lost", *n, &[])) }
                }
            }
        }
    }
}
