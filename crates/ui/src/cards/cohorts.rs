//! The cohort table: a real table, every cell a link to its people.

use maud::{Markup, html};
use reports::pages::retention::{CohortCell, CohortRow, Cohorts};
use reports::pages::{Cells, Choice, Frame, Label, Slot, Who};
use terms::Grain;

use super::{csv, people};
use crate::Lang;
use crate::charts::heat::{STEPS, Scale};
use crate::parts::{go, hidden, note_form, select, select_of, slot};
use crate::shell::View;

/// Below this many customers a share says little: it is written in grey, without colour.
pub const FEW: u64 = 30;
/// A note needs this many empty cells to its right.
const NOTE_CELLS: usize = 3;

/// The card, which is also the part `cohorts`.
pub fn card(view: &View<'_>, frame: &Frame, content: &Slot<Cohorts>) -> Markup {
    let lang = view.lang;
    html! {
        section.card #cohorts data-part aria-labelledby="cohorts-title" {
            header {
                div {
                    h2 #cohorts-title { (lang.t("cohorts.title")) }
                    p { (lang.word_or("cohorts.sub", &subtitle(frame))) }
                }
                (tools(view, frame, content))
            }
            (slot(view, content, |cohorts| table(view, frame, cohorts)))
        }
    }
}

fn subtitle(frame: &Frame) -> String {
    if frame.asked.by == "start" { format!("start.{}", frame.asked.grain) } else { "other".to_owned() }
}

fn tools(view: &View<'_>, frame: &Frame, content: &Slot<Cohorts>) -> Markup {
    let lang = view.lang;
    let asked = &frame.asked;
    let ways: &[Choice] = match content {
        Slot::Ready(cohorts) => &cohorts.ways,
        _ => &[],
    };
    let grains: Vec<(&str, String)> = [Grain::Week, Grain::Month, Grain::Quarter]
        .map(|grain| (grain.word(), lang.word_or("grain", grain.word())))
        .to_vec();
    html! {
        div.tools {
            form.tools action={ (view.here.path()) "#cohorts" } autocomplete="off" data-live="cohorts" {
                (hidden(view.here, &["by", "grain"]))
                @if !ways.is_empty() { (select(lang, &lang.t("cohorts.by"), "by", ways, &asked.by, false)) }
                (select_of(&lang.t("cohorts.grain"), "grain", &grains, asked.grain.word(), false))
                (go(lang))
            }
            div.seg role="group" aria-label=(lang.t("cohorts.cells")) {
                @for cells in [Cells::Percent, Cells::Customers, Cells::Revenue] {
                    @let word = cells.word();
                    a href={ (view.here.with("cells", word).url()) "#cohorts" } data-swap
                        aria-current=[(cells == asked.cells).then_some("true")] { (lang.word_or("cohorts.cells", word)) }
                }
            }
        }
    }
}

fn table(view: &View<'_>, frame: &Frame, cohorts: &Cohorts) -> Markup {
    let lang = view.lang;
    let columns = cohorts.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let grain = frame.asked.grain.word();
    let later = cohorts.rows.iter().flat_map(|row| row.cells.iter().skip(1));
    let scale = Scale::of(later.filter(|cell| cell.share.whole >= FEW).filter_map(|cell| cell.share.rate()));
    let first = if frame.asked.by == "start" { "cohorts.first_order" } else { "cohorts.group" };
    html! {
        div.heatwrap tabindex="0" role="group" aria-labelledby="cohorts-title" {
            table.heat style={ "--n:" (columns) } {
                caption.sr { (lang.t("cohorts.title")) " " (lang.word_or("cohorts.sub", &subtitle(frame))) }
                colgroup { col.c1; col.c2; col span=(columns.max(1)); }
                thead {
                    tr {
                        th.l scope="col" rowspan="2" { (lang.t(first)) }
                        th.r scope="col" rowspan="2" { (lang.t("cohorts.size")) }
                        th colspan=(columns.max(1)) scope="colgroup" { (lang.word_or("cohorts.axis", grain)) }
                    }
                    tr { @for step in 0..columns { th scope="col" { (step) } } }
                }
                tbody {
                    (average(lang, frame, cohorts))
                    @for row in &cohorts.rows { (cohort(lang, frame, cohorts, row, columns, scale)) }
                }
            }
        }
        div.legend {
            div.steps {
                (lang.t("cohorts.legend"))
                div.sw aria-hidden="true" {
                    @for (step, text) in scale.labels().iter().enumerate() { i.{ "q" (step) } { (text) } }
                }
                "%"
            }
            span { i.open {} (lang.t("cohorts.open")) }
            span { i.few {} (lang.n("cohorts.few", FEW, &[])) }
            @if cohorts.rows_left_out > 0 {
                span { (lang.n("cohorts.left_out", u64::from(cohorts.rows_left_out), &[])) }
            }
            a.csv href=(csv(view, "cohorts")) { (lang.t("chart.csv")) }
            @if frame.asked.by == "start" { (note_form(view)) }
        }
    }
}

fn average(lang: Lang, frame: &Frame, cohorts: &Cohorts) -> Markup {
    let all: u64 = cohorts.rows.iter().map(|row| row.size).sum();
    html! {
        tr.avg {
            th scope="row" { (lang.t("cohorts.average")) }
            td.size { (lang.count(all)) }
            @for cell in &cohorts.average {
                td.c { @if let Some(cell) = cell {
                    @match frame.asked.cells {
                        Cells::Percent => (cell.share.rate().map_or_else(String::new, |rate| lang.num(rate * 100.0, 0))),
                        Cells::Customers => (lang.count(cell.share.part)),
                        Cells::Revenue => (lang.money_short(cell.revenue)),
                    }
                } }
            }
        }
    }
}

fn cohort(lang: Lang, frame: &Frame, cohorts: &Cohorts, row: &CohortRow, columns: usize, scale: Scale) -> Markup {
    let name = lang.label(&row.label);
    let empty = columns.saturating_sub(row.cells.len());
    html! {
        tr {
            th scope="row" title=[matches!(row.label, Label::Text(_)).then_some(&name)] { (name) }
            td.size { (lang.count(row.size)) }
            @for (step, cell) in row.cells.iter().enumerate() {
                (one(lang, frame, cohorts, row, &name, step, cell, scale))
            }
            @if empty > 0 {
                @match row.note.as_ref().filter(|_| empty >= NOTE_CELLS) {
                    Some(note) => td.note colspan=(empty) { span { (note) } },
                    None => td colspan=(empty) {},
                }
            }
        }
    }
}

#[allow(clippy::too_many_arguments)] // One cell is where row, column, page and language meet.
fn one(
    lang: Lang,
    frame: &Frame,
    cohorts: &Cohorts,
    row: &CohortRow,
    name: &str,
    step: usize,
    cell: &CohortCell,
    scale: Scale,
) -> Markup {
    let Some(rate) = cell.share.rate() else { return html! { td.c {} } };
    let few = cell.share.whole < FEW;
    let class = match step {
        0 => "m0".to_owned(),
        _ if few => "few".to_owned(),
        _ => format!("q{}", scale.step(rate).min(STEPS - 1)),
    };
    let text = match frame.asked.cells {
        Cells::Percent => lang.num(rate * 100.0, 0),
        Cells::Customers => lang.count(cell.share.part),
        Cells::Revenue => lang.money_short(cell.revenue),
    };
    let who = Who::Cohort {
        by: frame.asked.by.clone(),
        grain: frame.asked.grain,
        key: row.key.clone(),
        step: u32::try_from(step).unwrap_or(u32::MAX),
    };
    let average = cohorts.average.get(step).and_then(Option::as_ref).and_then(|cell| cell.share.rate());
    let against = average
        .filter(|_| step > 0 && frame.asked.cells == Cells::Percent)
        .map(|average| lang.f("cohorts.against", &[("points", &lang.signed_points(rate - average))]));
    html! {
        td.c.(class).open[cell.open && step > 0] {
            a href=(people(frame, &who)) data-drawer data-more=[against]
                aria-label=(label(lang, frame, name, step, cell, rate, few)) { (text) }
        }
    }
}

/// What a screen reader says of a cell, and what the tooltip repeats: head, colon, rest.
fn label(lang: Lang, frame: &Frame, name: &str, step: usize, cell: &CohortCell, rate: f64, few: bool) -> String {
    let head_key = format!("cohorts.cell.{}", frame.asked.grain);
    let head = lang.f(&head_key, &[("cohort", name), ("step", &step.to_string())]);
    let (rate, part, whole) = (lang.pct(rate, 0), lang.count(cell.share.part), lang.count(cell.share.whole));
    // Written as in the cell: what is seen must be part of what is said (WCAG 2.5.3).
    let revenue = lang.money_short(cell.revenue);
    let mut text = lang.f("cohorts.says", &[("cell", &head), ("rate", &rate), ("part", &part), ("whole", &whole)]);
    let mut add = |more: String| {
        text.push_str(&lang.t("cohorts.comma"));
        text.push_str(&more);
    };
    if let Some((low, high)) = cell.interval.filter(|_| step > 0) {
        add(lang.f("cohorts.between", &[("low", &lang.pct(low, 0)), ("high", &lang.pct(high, 0))]));
    }
    if frame.asked.cells == Cells::Revenue {
        add(lang.f("cohorts.revenue", &[("revenue", &revenue)]));
    }
    if few {
        add(lang.t("cohorts.few_short"));
    }
    if cell.open && step > 0 {
        add(lang.t("cohorts.open"));
    }
    text
}
