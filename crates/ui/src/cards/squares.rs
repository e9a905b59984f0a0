//! Recency against frequency: a table whose cells are groups of people, and what each score stands for.

use maud::{Markup, html};
use reports::pages::retention::Family;
use reports::pages::segments::{Between, Bounds, GridChoice, Scored, Square};
use reports::pages::{Frame, Who};

use super::{csv, files, people};
use crate::Lang;
use crate::charts::grid::{Entry, grid};
use crate::charts::short;
use crate::images::{self, Image, Ink};
use crate::parts::{go, hidden, hint, select};
use crate::shell::View;

/// Recency against frequency.
pub fn card(view: &View<'_>, frame: &Frame, choice: &GridChoice, scored: &Scored) -> Markup {
    let lang = view.lang;
    let entries: Vec<Entry> = scored.squares.iter().map(entry).collect();
    let side = choice.grid.scores;
    let drawn = grid(&entries, side);
    html! {
        section.card aria-labelledby="squares-title" {
            header { div { h2 #squares-title { (lang.t("squares.title")) } p { (lang.t("squares.sub")) (hint(lang, "square")) } } }
            div.heatwrap tabindex="0" role="group" aria-labelledby="squares-title" {
                table.heat.rf style={ "--n:" (side) } {
                    caption.sr { (lang.t("squares.title")) }
                    colgroup { col.c1; col.c2; col span=(side); }
                    thead {
                        tr {
                            th.l scope="col" rowspan="2" { (lang.t("squares.recency")) }
                            th.r scope="col" rowspan="2" { (lang.t("cohorts.size")) }
                            th scope="colgroup" colspan=(side) { (lang.t("squares.frequency")) }
                        }
                        tr { @for score in 1..=side { th scope="col" { (head(lang, &scored.bounds, score)) } } }
                    }
                    tbody {
                        @for (score, cells) in &drawn.rows {
                            tr {
                                th scope="row" { b { "R" (score) } " " small { (recency(lang, &scored.bounds, *score)) } }
                                td.size { (lang.count(cells.iter().map(|cell| cell.count).sum())) }
                                @for cell in cells {
                                    @match cell.index.and_then(|index| scored.squares.get(index)) {
                                        Some(square) => (one(lang, frame, choice, square, cell.length)),
                                        None => td.c { span.none { "–" } },
                                    }
                                }
                            }
                        }
                    }
                    tfoot { tr {
                        th scope="row" { (lang.t("squares.all")) }
                        td.size { (lang.count(scored.buyers)) }
                        @for sum in &drawn.columns { td { (lang.count(*sum)) } }
                    } }
                }
            }
            div.legend { span { (lang.t("squares.bar")) } (files(view, "squares")) }
        }
    }
}

fn entry(square: &Square) -> Entry {
    Entry { up: square.r, right: square.f, count: square.customers }
}

/// The same as an image.
pub(crate) fn image(ink: &Ink, lang: Lang, choice: &GridChoice, scored: &Scored) -> Option<Image> {
    let colours = |family: Family| match family {
        Family::Kept => (ink.kept_weak, ink.kept),
        Family::Watch => (ink.warn_weak, ink.warn),
        Family::Lost => (ink.lost_weak, ink.lost),
    };
    let square = |square: &Square| images::Square {
        entry: entry(square),
        label: lang.count(square.customers),
        colours: colours(square.family),
    };
    let squares: Vec<images::Square> = scored.squares.iter().map(square).collect();
    images::grid(ink, &squares, choice.grid.scores)
}

fn head(lang: Lang, bounds: &[Bounds], score: u8) -> Markup {
    html! { b { "F" (score) } " " small { (frequency(lang, bounds, score)) } }
}

fn one(lang: Lang, frame: &Frame, choice: &GridChoice, square: &Square, length: f64) -> Markup {
    let who = Who::Scored { grid: choice.grid, on: choice.on, r: square.r, f: square.f };
    let name = |id: &str| lang.word_or("group", id);
    let first = square.groups.first().map(|(id, _)| name(id)).unwrap_or_default();
    let names: Vec<String> = square.groups.iter().map(|(id, _)| name(id)).collect();
    let says = lang.n(
        "squares.says",
        square.customers,
        &[
            ("r", &square.r.to_string()),
            ("f", &square.f.to_string()),
            ("groups", &names.join(&lang.t("cohorts.comma"))),
            ("spend", &lang.money_short(square.spend)),
        ],
    );
    html! {
        td.c.(square.family.word()) {
            // What is said is longer than what is seen, and in another order; the tooltip repeats it.
            a href=(people(frame, &who)) data-drawer data-tip=(says) {
                span.sr { (says) }
                b aria-hidden="true" { (first) @if square.groups.len() > 1 { " +" (square.groups.len() - 1) } }
                span.num aria-hidden="true" { (lang.count(square.customers)) }
                small.num aria-hidden="true" { (lang.money_short(square.spend)) }
                i style={ "width:" (short(length * 100.0)) "%" } {}
            }
        }
    }
}

/// How groups are made: what can be chosen, and what the scores stand for.
pub fn made(view: &View<'_>, choice: &GridChoice, scored: Option<&Scored>) -> Markup {
    let lang = view.lang;
    let [preset, window, scores] = &choice.asked;
    html! {
        section.card aria-labelledby="made-title" {
            header {
                div {
                    h2 #made-title { (lang.t("segments.made")) }
                    p { (lang.word_or("segments.rule", choice.grid.preset.id())) (lang.gap()) (lang.t("segments.ties")) }
                }
            }
            form.bar action=(view.here.path()) autocomplete="off" data-auto {
                (hidden(view.here, &["grid", "window", "scores", "page"]))
                (select(lang, &lang.t("segments.preset"), "grid", &choice.presets, preset, true))
                (select(lang, &lang.t("segments.window"), "window", &choice.windows, window, true))
                (select(lang, &lang.t("segments.scores"), "scores", &choice.scores, scores, true))
                (go(lang))
            }
            @if let Some(scored) = scored {
                div.under {
                    details.astable {
                        summary { (lang.t("segments.thresholds")) }
                        div.tblwrap tabindex="0" role="group" aria-label=(lang.t("segments.thresholds")) {
                            (thresholds(lang, &scored.bounds))
                        }
                    }
                    a.csv href=(csv(view, "scores")) { (lang.t("chart.csv")) }
                }
            }
        }
    }
}

fn thresholds(lang: Lang, bounds: &[Bounds]) -> Markup {
    html! {
        table.tbl {
            caption.sr { (lang.t("segments.thresholds")) }
            thead { tr {
                th scope="col" { (lang.t("segments.score")) } th scope="col" { (lang.t("squares.recency")) }
                th scope="col" { (lang.t("squares.frequency")) } th scope="col" { (lang.t("segments.money")) }
            } }
            tbody { @for one in bounds { tr {
                th scope="row" { (one.score) }
                td { (recency(lang, bounds, one.score)) }
                td { (frequency(lang, bounds, one.score)) }
                td { (one.spend.as_ref().map_or_else(|| lang.t("segments.range.nobody"), |spend| money(lang, spend))) }
            } } }
        }
    }
}

fn of(bounds: &[Bounds], score: u8) -> Option<&Bounds> {
    bounds.iter().find(|one| one.score == score)
}

/// `ordered within 12 days`.
fn recency(lang: Lang, bounds: &[Bounds], score: u8) -> String {
    of(bounds, score).and_then(|one| one.days).map_or_else(
        || lang.t("segments.range.nobody"),
        |days| match (days.low, days.high) {
            (None, Some(high)) => lang.n("segments.days.within", u64::from(high), &[]),
            (Some(low), Some(high)) => between(lang, "segments.days.between", u64::from(low), u64::from(high)),
            (Some(low), None) => lang.n("segments.days.from", u64::from(low), &[]),
            (None, None) => lang.t("segments.range.any"),
        },
    )
}

/// `3–5 orders`.
fn frequency(lang: Lang, bounds: &[Bounds], score: u8) -> String {
    of(bounds, score).and_then(|one| one.orders).map_or_else(
        || lang.t("segments.range.nobody"),
        |orders| match (orders.low, orders.high) {
            (None, Some(high)) if high <= 1 => lang.n("unit.orders", high, &[]),
            (None, Some(high)) => between(lang, "segments.orders.between", 1, high),
            (Some(low), Some(high)) if low == high => lang.n("unit.orders", low, &[]),
            (Some(low), Some(high)) => between(lang, "segments.orders.between", low, high),
            (Some(low), None) => lang.n("segments.orders.from", low, &[]),
            (None, None) => lang.t("segments.range.any"),
        },
    )
}

fn between(lang: Lang, key: &str, low: u64, high: u64) -> String {
    lang.n(key, high, &[("low", &lang.count(low))])
}

fn money(lang: Lang, spend: &Between<terms::Money>) -> String {
    match (spend.low, spend.high) {
        (None, Some(high)) => lang.f("segments.money.to", &[("high", &lang.money(high))]),
        (Some(low), Some(high)) => {
            lang.f("segments.money.between", &[("low", &lang.money(low)), ("high", &lang.money(high))])
        }
        (Some(low), None) => lang.f("segments.money.from", &[("low", &lang.money(low))]),
        (None, None) => lang.t("segments.range.any"),
    }
}
