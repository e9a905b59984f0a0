//! The cohort table: a real table, every cell a link to its people.

use maud::{Markup, html};
use reports::pages::retention::{AverageCell, CohortCell, CohortRow, Cohorts};
use reports::pages::{Cells, Choice, Frame, Label, Rule, Slot, Who};
use terms::{Grain, Money, Share};

use super::{files, people};
use crate::Lang;
use crate::charts::heat::{STEPS, Scale};
use crate::images::{self, Cell, Fill, Image, Ink, Row};
use crate::parts::{go, hidden, hint, note_form, select, select_of, slot};
use crate::shell::View;

/// Below this many customers a share says little: it is written in grey, without colour.
pub const FEW: u64 = 30;
/// The most rows that can be drawn as lines beside the average.
const CHOSEN_MAX: usize = 4;
/// A note needs this many empty cells to its right.
const NOTE_CELLS: usize = 3;

/// The card, which is also the part `cohorts`.
pub fn card(view: &View<'_>, frame: &Frame, content: &Slot<Cohorts>) -> Markup {
    let sub = match frame.rule {
        Rule::Purchase => view.lang.word_or("cohorts.sub", &subtitle(frame)),
        _ => view.lang.t("cohorts.sub.any"),
    };
    around(view, frame, content, &sub, tools(view, frame, content))
}

/// The same below a sentence that says what is counted: without tools, and in words that suit whatever it says.
pub fn plain(view: &View<'_>, frame: &Frame, content: &Slot<Cohorts>) -> Markup {
    around(view, frame, content, &view.lang.t("cohorts.sub.any"), html! {})
}

fn around(view: &View<'_>, frame: &Frame, content: &Slot<Cohorts>, sub: &str, tools: Markup) -> Markup {
    html! {
        section.card #cohorts data-part aria-labelledby="cohorts-title" {
            header {
                div { h2 #cohorts-title { (title(view.lang, frame)) } p { (sub) (hint(view.lang, "cell")) } }
                (tools)
            }
            (slot(view, content, |cohorts| table(view, frame, cohorts, sub)))
        }
    }
}

fn title(lang: Lang, frame: &Frame) -> String {
    lang.t(&lang.suited(frame.rule, "cohorts.title"))
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

fn table(view: &View<'_>, frame: &Frame, cohorts: &Cohorts, sub: &str) -> Markup {
    let lang = view.lang;
    let columns = cohorts.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let grain = frame.asked.grain.word();
    let scale = scale(cohorts);
    let any = cohorts.chosen.is_some();
    // Only where orders alone are counted do the words speak of orders.
    let ordered = !any && frame.rule == Rule::Purchase;
    let first = match frame.asked.by.as_str() {
        "start" if !ordered => "cohorts.began",
        "start" => "cohorts.first_order",
        _ => "cohorts.group",
    };
    let (axis, legend) = if ordered { ("cohorts.axis", "cohorts.legend") } else { ("cohorts.since", "cohorts.here") };
    html! {
        div.heatwrap tabindex="0" role="group" aria-labelledby="cohorts-title" {
            table.heat.ticks[any] style={ "--n:" (columns) } {
                caption.sr { (title(lang, frame)) " " (sub) }
                colgroup { col.c1; col.c2; col span=(columns.max(1)); }
                thead {
                    tr {
                        th.l scope="col" rowspan="2" { (lang.t(first)) }
                        th.r scope="col" rowspan="2" { (lang.t("cohorts.size")) }
                        th colspan=(columns.max(1)) scope="colgroup" { (lang.word_or(axis, grain)) }
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
                (lang.t(legend))
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
            @if any { (chooser(view)) }
            (files(view, "cohorts"))
            @if frame.asked.by == "start" { (note_form(view)) }
        }
    }
}

/// The colours of the whole table, from all cells that have one.
fn scale(cohorts: &Cohorts) -> Scale {
    let later = cohorts.rows.iter().flat_map(|row| row.cells.iter().skip(1));
    Scale::of(later.filter(|cell| cell.share.whole >= FEW).filter_map(|cell| cell.share.rate()))
}

/// The same as an image. The row without a name is the pooled one.
pub(crate) fn image(ink: &Ink, lang: Lang, frame: &Frame, cohorts: &Cohorts) -> Option<Image> {
    let scale = scale(cohorts);
    let text = |share: Share, revenue: Money, spend: Option<Money>| match frame.asked.cells {
        Cells::Revenue => images::amount(lang, revenue.decimal()),
        Cells::Spend => spend.map_or_else(|| "–".to_owned(), |spend| images::amount(lang, spend.decimal())),
        _ => says(lang, frame, share, revenue, spend),
    };
    let pooled = |cell: &AverageCell| Cell { text: text(cell.share, cell.revenue, cell.spend), fill: Fill::Grey };
    let one = |(step, cell): (usize, &CohortCell)| {
        let rate = cell.share.rate()?;
        let fill = match step {
            0 => Fill::Grey,
            _ if cell.share.whole < FEW => Fill::Few,
            _ => Fill::Step(scale.step(rate), cell.open),
        };
        Some(Cell { text: text(cell.share, cell.revenue, cell.spend), fill })
    };
    let all: u64 = cohorts.rows.iter().map(|row| row.size).sum();
    let average = cohorts.average.iter().map(|cell| cell.as_ref().map(pooled)).collect();
    let row = |(at, row): (usize, &CohortRow)| Row {
        name: images::named(&row.label, at),
        size: lang.count(row.size),
        cells: row.cells.iter().enumerate().map(one).collect(),
    };
    let first = Row { name: String::new(), size: lang.count(all), cells: average };
    let rows: Vec<Row> = std::iter::once(first).chain(cohorts.rows.iter().enumerate().map(row)).collect();
    images::heat(ink, &rows)
}

/// The form the ticks of the rows belong to: it sends itself, and has a button without script.
fn chooser(view: &View<'_>) -> Markup {
    let lang = view.lang;
    html! {
        form #pick action=(view.here.path()) autocomplete="off" data-live="answer" {
            (hidden(view.here, &["cohort", "picked"]))
            input type="hidden" name="picked" value="1";
            (lang.n("cohorts.pick", CHOSEN_MAX as u64, &[])) " " (go(lang))
        }
    }
}

/// What a cell says: the share, how many, or money.
fn says(lang: Lang, frame: &Frame, share: Share, revenue: Money, spend: Option<Money>) -> String {
    match frame.asked.cells {
        Cells::Percent => share.rate().map_or_else(|| "–".to_owned(), |rate| lang.num(rate * 100.0, 0)),
        Cells::Customers => lang.count(share.part),
        Cells::Revenue => lang.money_short(revenue),
        Cells::Spend => spend.map_or_else(|| "–".to_owned(), |spend| lang.money_short(spend)),
    }
}

fn average(lang: Lang, frame: &Frame, cohorts: &Cohorts) -> Markup {
    let all: u64 = cohorts.rows.iter().map(|row| row.size).sum();
    html! {
        tr.avg {
            th scope="row" { (lang.t("cohorts.average")) }
            td.size { (lang.count(all)) }
            @for (step, cell) in cohorts.average.iter().enumerate() {
                td.c { @if let Some(cell) = cell { (pooled(lang, frame, cohorts, step, cell)) } }
            }
        }
    }
}

/// A cell of the pooled row, with its people where the table says who they are.
fn pooled(lang: Lang, frame: &Frame, cohorts: &Cohorts, step: usize, cell: &AverageCell) -> Markup {
    let text = says(lang, frame, cell.share, cell.revenue, cell.spend);
    let (Some(Who::Cohort { by, grain, key, counting, .. }), Some(rate)) = (&cohorts.together, cell.share.rate())
    else {
        return html! { (text) };
    };
    let (by, key, counting) = (by.clone(), key.clone(), counting.clone());
    let who = Who::Cohort { by, grain: *grain, key, step: u32::try_from(step).unwrap_or(u32::MAX), counting };
    let interval = reports::pages::interval(cell.share).map(|found| (found.low, found.high));
    let whole = CohortCell { share: cell.share, interval, revenue: cell.revenue, spend: cell.spend, open: false };
    let few = cell.share.whole < FEW;
    html! {
        a href=(people(frame, &who)) data-drawer
            aria-label=(label(lang, frame, &lang.t("cohorts.average"), step, &whole, rate, few)) { (text) }
    }
}

fn cohort(lang: Lang, frame: &Frame, cohorts: &Cohorts, row: &CohortRow, columns: usize, scale: Scale) -> Markup {
    let name = lang.label(&row.label);
    let empty = columns.saturating_sub(row.cells.len());
    html! {
        tr {
            th scope="row" title=[matches!(row.label, Label::Text(_)).then_some(&name)] {
                @match &cohorts.chosen { Some(chosen) => (tick(lang, row, &name, chosen)), None => (name) }
            }
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

/// The name of a row with the tick that draws it as a line.
fn tick(lang: Lang, row: &CohortRow, name: &str, chosen: &[String]) -> Markup {
    let is = chosen.contains(&row.key);
    html! {
        label {
            input type="checkbox" form="pick" name="cohort" value=(row.key) checked[is]
                disabled[!is && chosen.len() >= CHOSEN_MAX] aria-label=(lang.f("cohorts.draw", &[("cohort", name)]));
            span { (name) }
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
    let text = says(lang, frame, cell.share, cell.revenue, cell.spend);
    let who = Who::Cohort {
        by: frame.asked.by.clone(),
        grain: frame.asked.grain,
        key: row.key.clone(),
        step: u32::try_from(step).unwrap_or(u32::MAX),
        counting: cohorts.counting.clone(),
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
    match (frame.asked.cells, cell.spend) {
        (Cells::Revenue, _) => add(lang.f("cohorts.revenue", &[("revenue", &revenue)])),
        (Cells::Spend, Some(spend)) => add(lang.f("cohorts.spend", &[("revenue", &lang.money_short(spend))])),
        _ => {}
    }
    if few {
        add(lang.t("cohorts.few_short"));
    }
    if cell.open && step > 0 {
        add(lang.t("cohorts.open"));
    }
    text
}
