//! The Cohorts page: a sentence that says what is counted, and the answers to it.

use maud::{Markup, html};
use reports::pages::Choice;
use reports::pages::cohorts::{Builder, CohortsPage};
use terms::Grain;

use crate::Lang;
use crate::cards::{cohorts, compare, curves, freshness, head, ready};
use crate::images::{Image, Ink};
use crate::parts::{go, hidden, select, select_of};
use crate::shell::{View, shell};
use crate::words::Piece;

/// The names of the parts that can be asked for alone, by the header `x-part`.
pub const PARTS: [&str; 3] = ["answer", "cohorts", "compare"];

/// The steps there are.
const GRAINS: [Grain; 5] = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];

/// The whole page.
pub fn page(view: &View<'_>, page: &CohortsPage) -> Markup {
    let (lang, frame) = (view.lang, &page.frame);
    shell(
        view,
        &frame.workspace,
        "nav.cohorts",
        &lang.t("cohorts.page.title"),
        html! {
            (head::timeless(view, frame, "cohorts.page", "/cohorts.csv"))
            (answer(view, page))
            (freshness(lang, &frame.freshness))
        },
    )
}

/// One part of the page, by its name in [`PARTS`].
pub fn part(name: &str, view: &View<'_>, page: &CohortsPage) -> Option<Markup> {
    match name {
        "answer" => Some(answer(view, page)),
        "cohorts" => Some(cohorts::plain(view, &page.frame, &page.cohorts)),
        "compare" => Some(compare::card(view, &page.frame, &page.builder.behind, &page.comparison)),
        _ => None,
    }
}

/// One chart of the page as an image: `cohorts`, `curves`, `survival` or `comparison`.
pub fn image(part: &str, view: &View<'_>, page: &CohortsPage) -> Option<Image> {
    let (ink, lang) = (Ink::of(view.theme), view.lang);
    match part {
        "cohorts" => cohorts::image(ink, lang, &page.frame, ready(&page.cohorts)?),
        "curves" => curves::cohorts_image(ink, lang, ready(&page.curves)?),
        "survival" => curves::survival_image(ink, lang, ready(&page.survival)?),
        "comparison" => compare::image(ink, lang, ready(&page.comparison)?),
        _ => None,
    }
}

/// The sentence and all that follows from it.
fn answer(view: &View<'_>, page: &CohortsPage) -> Markup {
    let frame = &page.frame;
    html! {
        div #answer data-part {
            (head::brief(view, frame, &page.brief))
            (builder(view, page))
            (cohorts::plain(view, frame, &page.cohorts))
            div.two {
                (curves::cohorts(view, frame, &page.curves))
                (curves::survival(view, page.builder.rule, &page.survival))
            }
            (compare::card(view, frame, &page.builder.behind, &page.comparison))
        }
    }
}

/// What others may see of the page: all of it, with the sentence in words.
pub(crate) fn for_others(view: &View<'_>, page: &CohortsPage) -> Markup {
    let frame = &page.frame;
    html! {
        (head::plain(view, frame, "cohorts.page"))
        (head::brief(view, frame, &page.brief))
        section.card.pad { p { (sentence(view.lang, page)) } }
        (cohorts::plain(view, frame, &page.cohorts))
        div.two {
            (curves::cohorts(view, frame, &page.curves))
            (curves::survival(view, page.builder.rule, &page.survival))
        }
        (compare::card(view, frame, &page.builder.behind, &page.comparison))
        (freshness(view.lang, &frame.freshness))
    }
}

/// The sentence as it is read.
fn sentence(lang: Lang, page: &CohortsPage) -> Markup {
    let (counting, asked) = (&page.builder.counting, &page.frame.asked);
    let by = |way: &&Choice| way.value == asked.by;
    html! {
        @for piece in lang.pieces("cohorts.builder") {
            @match piece {
                Piece::Text(text) => (text),
                Piece::Place(name) => b {
                    @match name {
                        "start" => (fact(lang, name, &counting.start)),
                        "here" => (fact(lang, name, &counting.here)),
                        "by" => @if let Some(way) = page.builder.ways.iter().find(by) { (lang.label(&way.label)) },
                        "grain" => (lang.word_or("cohorts.builder.grain", asked.grain.word())),
                        _ => (lang.word_or("cohorts.builder.cells", asked.cells.word())),
                    }
                },
            }
        }
    }
}

/// The sentence as a form. Where it is changed, rows that were chosen are no longer those of the table.
fn builder(view: &View<'_>, page: &CohortsPage) -> Markup {
    let lang = view.lang;
    html! {
        section.card.builder aria-labelledby="builder" {
            h2.sr #builder { (lang.t("cohorts.builder.title")) }
            form action=(view.here.path()) autocomplete="off" data-live="answer" {
                (hidden(view.here, &["start", "by", "grain", "here", "cells", "cohort", "picked"]))
                @for piece in lang.pieces("cohorts.builder") {
                    @match piece {
                        Piece::Text(text) => span { (text) },
                        Piece::Place(name) => (field(lang, page, name)),
                    }
                }
                (go(lang))
            }
        }
    }
}

fn field(lang: Lang, page: &CohortsPage, name: &str) -> Markup {
    let Builder { counting, starts, heres, ways, cells, .. } = &page.builder;
    let asked = &page.frame.asked;
    let label = lang.word_or("cohorts.builder.label", name);
    let facts = |words: &[String], current: &str| {
        let options: Vec<(&str, String)> = words.iter().map(|word| (word.as_str(), fact(lang, name, word))).collect();
        select_of(&label, name, &options, current, false)
    };
    match name {
        "start" => facts(starts, &counting.start),
        "here" => facts(heres, &counting.here),
        "by" => select(lang, &label, name, ways, &asked.by, false),
        "grain" => {
            let grains = GRAINS.map(|grain| (grain.word(), lang.word_or("cohorts.builder.grain", grain.word())));
            select_of(&label, name, &grains, asked.grain.word(), false)
        }
        _ => {
            let shown = |word: &'static str| (word, lang.word_or("cohorts.builder.cells", word));
            let options: Vec<(&str, String)> = cells.iter().map(|cells| shown(cells.word())).collect();
            select_of(&label, name, &options, asked.cells.word(), false)
        }
    }
}

/// What a kind of fact is called as a beginning or as being here; events of one name by their name.
fn fact(lang: Lang, place: &str, word: &str) -> String {
    match word.split_once(':') {
        Some((_, name)) => lang.f(&format!("cohorts.builder.{place}.named"), &[("name", name)]),
        None => lang.t(&format!("cohorts.builder.{place}.{word}")),
    }
}
