//! The main number of the business, step by step, as bars from zero.

use maud::{Markup, html};
use reports::pages::overview::{Trend, TrendStep};
use reports::pages::{Frame, Slot, Value};
use terms::Date;

use super::{as_table, people};
use crate::Lang;
use crate::charts::bars::{Bar, Bars, bars};
use crate::charts::{Size, short};
use crate::images::{self, Image, Ink};
use crate::parts::slot;
use crate::shell::View;

const BOX: Size = Size { w: 1000.0, h: 220.0 };
/// Labels under the bars, at most.
const LABELS_MAX: usize = 9;

/// The card.
pub fn card(view: &View<'_>, frame: &Frame, content: &Slot<Trend>) -> Markup {
    let lang = view.lang;
    let what = match content {
        Slot::Ready(trend) => trend.what.word(),
        _ => "active",
    };
    html! {
        section.card aria-labelledby="trend-title" {
            header { div {
                h2 #trend-title { (lang.word_or("trend.title", what)) }
                p { (lang.word_or("trend.sub", what)) }
            } }
            (slot(view, content, |trend| chart(view, frame, trend)))
        }
    }
}

fn number(step: &TrendStep) -> f64 {
    step.value.number().unwrap_or(f64::NAN)
}

fn chart(view: &View<'_>, frame: &Frame, trend: &Trend) -> Markup {
    let lang = view.lang;
    let values: Vec<f64> = trend.steps.iter().map(number).collect();
    let Some(drawn) = bars(&values, BOX) else { return html! {} };
    html! {
        (plot(lang, frame, trend, &drawn))
        p.says { (says(lang, trend)) @if trend.steps.iter().any(|step| !step.complete) { (lang.gap()) (lang.t("trend.open")) } }
        div.under { (as_table(view, "trend", table(lang, trend))) }
    }
}

fn plot(lang: Lang, frame: &Frame, trend: &Trend, drawn: &Bars) -> Markup {
    let every = trend.steps.len().div_ceil(LABELS_MAX).max(1);
    let last = trend.steps.len().saturating_sub(1);
    let percent = |part: f64| format!("{:.2}%", part * 100.0);
    html! {
        div.plot.bars {
            @for (value, y) in &drawn.marks {
                i.grid style={ "top:" (short(*y)) "px" } {}
                span.ylab.num aria-hidden="true" style={ "top:" (short(*y)) "px" } { (mark(lang, trend, *value)) }
            }
            svg viewBox={ "0 0 " (BOX.w) " " (BOX.h) } preserveAspectRatio="none" role="group" aria-labelledby="trend-title" {
                // Hatched: still counting.
                pattern #still width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect width="12" height="12" {} path d="M0 0V12" {}
                }
                @for (step, bar) in trend.steps.iter().zip(&drawn.bars) { (one(lang, frame, step, bar)) }
            }
            @for note in &trend.notes {
                @if let Some(at) = trend.steps.iter().position(|step| step.period.contains(note.date)) {
                    @let across = drawn.bars.get(at).map_or(0.0, |bar| bar.across);
                    span.mark.flip[across > 0.6] style={ "left:" (percent(across)) } {
                        span { (lang.day(note.date)) " " (note.text) } }
                }
            }
            @for (at, (step, bar)) in trend.steps.iter().zip(&drawn.bars).enumerate() {
                @if (last - at).is_multiple_of(every) {
                    @let back = (last - at) / every;
                    // Where there is less room, every second or fourth label is enough.
                    span.xlab.num.thin[back % 2 == 1].thinner[back % 4 == 2] aria-hidden="true" style={ "left:" (percent(bar.across)) } { (lang.period(step.period)) }
                }
            }
        }
    }
}

fn one(lang: Lang, frame: &Frame, step: &TrendStep, bar: &Bar) -> Markup {
    let mut label = lang.f("trend.bar", &[("period", &lang.period(step.period)), ("value", &lang.value(&step.value))]);
    if !step.complete {
        label.push_str(&lang.t("cohorts.comma"));
        label.push_str(&lang.t("trend.running"));
    }
    html! {
        a href=(people(frame, &step.people)) data-drawer aria-label=(label) {
            // The whole height can be hit, so that a small bar is no small target.
            rect.hit x=(short(bar.x)) y="0" width=(short(bar.w)) height=(BOX.h) {}
            rect.bar.open[!step.complete] x=(short(bar.x)) y=(short(bar.y)) width=(short(bar.w)) height=(short(bar.h)) {}
        }
    }
}

/// A mark of the axis, in the unit of the values.
fn mark(lang: Lang, trend: &Trend, value: f64) -> String {
    match trend.steps.first().map(|step| &step.value) {
        Some(Value::Money(money)) => {
            let minor = value * 10f64.powi(money.currency.minor_digits() as i32);
            lang.money_short(terms::Money { minor: minor as i64, ..*money })
        }
        _ => lang.num(value, 0),
    }
}

/// The same as an image.
pub(crate) fn image(ink: &Ink, lang: Lang, trend: &Trend) -> Option<Image> {
    let values: Vec<f64> = trend.steps.iter().map(number).collect();
    let open: Vec<bool> = trend.steps.iter().map(|step| !step.complete).collect();
    let labels: Vec<String> = trend.steps.iter().map(|step| images::period(step.period)).collect();
    let at = |date: Date| trend.steps.iter().position(|step| step.period.contains(date));
    let noted: Vec<usize> = trend.notes.iter().filter_map(|note| at(note.date)).collect();
    images::bars(ink, &values, &open, &labels, &noted, &|value| images::amount(lang, value))
}

/// The last step that is over, beside the one before and the best one.
fn says(lang: Lang, trend: &Trend) -> String {
    let over: Vec<&TrendStep> =
        trend.steps.iter().filter(|step| step.complete && step.value.number().is_some()).collect();
    let best = over.iter().max_by(|a, b| number(a).total_cmp(&number(b)));
    let [.., last] = over.as_slice() else { return String::new() };
    let Some(best) = best else { return String::new() };
    let key = if best.period == last.period { "trend.says_best" } else { "trend.says" };
    lang.f(
        key,
        &[
            ("period", &lang.period(last.period)),
            ("value", &lang.value(&last.value)),
            ("best", &lang.period(best.period)),
            ("best_value", &lang.value(&best.value)),
        ],
    )
}

fn table(lang: Lang, trend: &Trend) -> Markup {
    html! {
        table.tbl {
            caption.sr { (lang.word_or("trend.title", trend.what.word())) }
            thead { tr { th scope="col" { (lang.t("head.period")) }
                th.r scope="col" { (lang.word_or("trend.column", trend.what.word())) } } }
            tbody { @for step in &trend.steps { tr {
                th scope="row" { (lang.period(step.period)) @if !step.complete { " " small { (lang.t("trend.running")) } } }
                td.r { (lang.value(&step.value)) }
            } } }
        }
    }
}
