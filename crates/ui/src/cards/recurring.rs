//! Movements of recurring revenue as bars and as a table, what was lost and why, and revenue by plan.

use maud::{Markup, html};
use reports::pages::revenue::{GAINS, Lost, Migration, MovementStep, Movements, Paid, Plans};
use reports::pages::{Frame, Slot, Who};
use terms::{Currency, Money, Period};

use super::{csv, files, people};
use crate::charts::stacks::{Stack, Stacks, Step, stacks};
use crate::charts::{Size, path, short};
use crate::images::{self, Ink};
use crate::parts::slot;
use crate::shell::View;
use crate::{Image, Lang};

const BOX: Size = Size { w: 1000.0, h: 260.0 };
/// Labels under the bars, at most.
const LABELS_MAX: usize = 7;

/// Movements, step by step.
pub fn movements(view: &View<'_>, frame: &Frame, content: &Slot<Movements>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="movements-title" {
            header { div {
                h2 #movements-title { (lang.t("movements.title")) }
                p { (lang.t("movements.sub")) }
            } }
            (slot(view, content, |found| chart(view, frame, found)))
        }
    }
}

fn chart(view: &View<'_>, frame: &Frame, found: &Movements) -> Markup {
    let lang = view.lang;
    let steps: Vec<Step> = found.steps.iter().map(step_of).collect();
    html! {
        @if let Some(drawn) = stacks(&steps, BOX) { (plot(lang, frame, found, &drawn)) }
        div.leg {
            @for (word, _) in found.steps.first().map(|step| step.parts.as_slice()).unwrap_or_default() {
                span { i.(format!("m-{word}")) {} (lang.word_or("movements.part", word)) }
            }
            span { i.net {} (lang.t("movements.net")) }
        }
        p.says { (says(lang, found)) }
        div.tblwrap tabindex="0" role="group" aria-label=(lang.t("movements.title")) { (table(lang, frame, found)) }
        @if !found.others.is_empty() {
            p.says { (lang.t("movements.others")) " "
                @for (at, other) in found.others.iter().enumerate() { @if at > 0 { (lang.t("cohorts.comma")) } (paid(lang, *other)) } }
        }
        @if found.unknown > 0 { p.says { (lang.n("movements.unknown", found.unknown, &[])) } }
        div.under { (files(view, "movements")) }
    }
}

/// The chart as an image.
pub fn image(ink: &Ink, lang: Lang, found: &Movements) -> Option<Image> {
    let steps: Vec<Step> = found.steps.iter().map(step_of).collect();
    let below: Vec<String> = found.steps.iter().map(|step| images::period(step.period)).collect();
    let open = found.steps.last().is_some_and(|step| !step.complete);
    images::stacks(ink, &steps, &below, open, &|value| images::amount(lang, value))
}

/// An amount on an axis.
fn minor(value: f64, currency: Currency) -> Money {
    Money { minor: (value * 10f64.powi(currency.minor_digits() as i32)).round() as i64, currency }
}

fn step_of(step: &MovementStep) -> Step {
    let side = |gains: bool| {
        let parts = step.parts.iter().filter(|(word, _)| GAINS.contains(&word.as_str()) == gains);
        parts.map(|(_, paid)| paid.money.decimal()).collect()
    };
    Step { gains: side(true), losses: side(false), net: step.net.decimal() }
}

fn plot(lang: Lang, frame: &Frame, found: &Movements, drawn: &Stacks) -> Markup {
    let every = found.steps.len().div_ceil(LABELS_MAX).max(1);
    let last = found.steps.len().saturating_sub(1);
    let percent = |part: f64| format!("{:.2}%", part * 100.0);
    let currency = frame.workspace.currency;
    html! {
        div.plot.bars.stacks {
            @for (value, y) in &drawn.marks {
                i.grid style={ "top:" (short(*y)) "px" } {}
                span.ylab.num aria-hidden="true" style={ "top:" (short(*y)) "px" } { (lang.money_short(minor(*value, currency))) }
            }
            svg viewBox={ "0 0 " (BOX.w) " " (BOX.h) } preserveAspectRatio="none" role="group" aria-labelledby="movements-title" {
                // Hatched: still counting.
                pattern #counting width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" { path d="M0 0V8" {} }
                @for (step, stack) in found.steps.iter().zip(&drawn.stacks) { (one(lang, frame, step, stack)) }
                path.zero d={ "M0 " (short(drawn.zero)) "H" (BOX.w) } {}
                path.net d=(path(drawn.stacks.iter().map(|stack| stack.net))) {}
            }
            @for (at, (step, stack)) in found.steps.iter().zip(&drawn.stacks).enumerate() {
                @if (last - at).is_multiple_of(every) {
                    @let back = (last - at) / every;
                    // Where there is less room, every second or fourth label is enough.
                    span.xlab.num.thin[back % 2 == 1].thinner[back % 4 == 2] aria-hidden="true"
                        style={ "left:" (percent(stack.across)) } { (lang.period(step.period)) }
                }
            }
        }
    }
}

fn one(lang: Lang, frame: &Frame, step: &MovementStep, stack: &Stack) -> Markup {
    let gained = sum(step, true);
    let lost = sum(step, false);
    let values = [
        ("period", lang.period(step.period)),
        ("gained", lang.money(gained)),
        ("lost", lang.money(lost)),
        ("net", lang.money(step.net)),
    ];
    let values = values.each_ref().map(|(name, text)| (*name, text.as_str()));
    let mut label = lang.f("movements.bar", &values);
    if !step.complete {
        label.push_str(&lang.t("cohorts.comma"));
        label.push_str(&lang.t("trend.running"));
    }
    html! {
        a href=(people(frame, &who(frame, step.period, "changed"))) data-drawer aria-label=(label) {
            rect.hit x=(short(stack.x)) y="0" width=(short(stack.w)) height=(BOX.h) {}
            @for ((word, _), (y, h)) in step.parts.iter().zip(&stack.parts) {
                rect.(format!("m-{word}")) x=(short(stack.x)) y=(short(*y)) width=(short(stack.w)) height=(short(*h)) {}
            }
            @if !step.complete {
                @let top = stack.parts.iter().map(|part| part.0).fold(BOX.h, f64::min);
                @let bottom = stack.parts.iter().map(|part| part.0 + part.1).fold(0.0, f64::max);
                rect.counting x=(short(stack.x)) y=(short(top)) width=(short(stack.w)) height=(short(bottom - top)) {}
            }
        }
    }
}

fn sum(step: &MovementStep, gains: bool) -> Money {
    let parts = step.parts.iter().filter(|(word, _)| GAINS.contains(&word.as_str()) == gains);
    let minor = parts.fold(0i64, |sum, (_, paid)| sum.saturating_add(paid.money.minor));
    Money { minor, currency: step.net.currency }
}

fn who(frame: &Frame, period: Period, part: &str) -> Who {
    Who::Mrr { period, part: part.to_owned(), plan: None, profile: frame.asked.profile }
}

fn paid(lang: Lang, paid: Paid) -> String {
    lang.n("movements.paid", paid.customers, &[("mrr", &lang.money(paid.money))])
}

/// The last step that is over.
fn says(lang: Lang, found: &Movements) -> String {
    let Some(step) = found.steps.iter().rev().find(|step| step.complete).or(found.steps.last()) else {
        return String::new();
    };
    let values = [
        ("period", lang.period(step.period)),
        ("start", lang.money(step.start.money)),
        ("gained", lang.money(sum(step, true))),
        ("lost", lang.money(sum(step, false))),
        ("end", lang.money(step.end.money)),
    ];
    lang.f("movements.says", &values.each_ref().map(|(name, text)| (*name, text.as_str())))
}

fn table(lang: Lang, frame: &Frame, found: &Movements) -> Markup {
    let moved = found.steps.iter().any(|step| step.fx.minor != 0);
    let words: Vec<&str> =
        found.steps.first().into_iter().flat_map(|step| step.parts.iter().map(|part| part.0.as_str())).collect();
    html! {
        table.tbl {
            caption.sr { (lang.t("movements.title")) }
            thead { tr {
                th scope="col" { (lang.t("head.period")) }
                th.r scope="col" { (lang.t("movements.start")) }
                @for word in &words { th.r scope="col" { (lang.word_or("movements.part", word)) } }
                @if moved { th.r scope="col" { (lang.t("movements.fx")) } }
                th.r scope="col" { (lang.t("movements.end")) }
                th.r scope="col" { (lang.t("movements.customers")) }
            } }
            tbody { @for step in found.steps.iter().rev() { tr {
                th scope="row" { (lang.period(step.period)) @if !step.complete { " " small { (lang.t("trend.running")) } } }
                td.r { (cell(lang, frame, step.period, "start", step.start, false)) }
                @for (word, part) in &step.parts {
                    td.r { (cell(lang, frame, step.period, word, *part, !GAINS.contains(&word.as_str()))) }
                }
                @if moved { td.r { (lang.money(step.fx)) } }
                td.r { (cell(lang, frame, step.period, "end", step.end, false)) }
                td.r { (lang.count(step.end.customers)) }
            } } }
        }
    }
}

/// A number that opens; nothing to open where there is nobody.
fn cell(lang: Lang, frame: &Frame, period: Period, part: &str, paid: Paid, loss: bool) -> Markup {
    if paid.customers == 0 {
        return html! { "–" };
    }
    let shown = Money { minor: if loss { -paid.money.minor } else { paid.money.minor }, ..paid.money };
    let who = who(frame, period, part);
    let label = lang.n(
        "movements.cell",
        paid.customers,
        &[("what", &lang.sentence(&who.title())), ("mrr", &lang.money(shown))],
    );
    html! { a href=(people(frame, &who)) data-drawer aria-label=(label) { (lang.money(shown)) } }
}

/// Why revenue was lost, and what is known to go.
pub fn lost(view: &View<'_>, frame: &Frame, content: &Slot<Lost>) -> Markup {
    let lang = view.lang;
    let period = frame.asked.period;
    html! {
        section.card aria-labelledby="lost-title" {
            header { div {
                h2 #lost-title { (lang.t("lost.title")) }
                p { (lang.f("lost.sub", &[("period", &lang.period(period))])) }
            } }
            (slot(view, content, |found| html! {
                div.tblwrap tabindex="0" role="group" aria-label=(lang.t("lost.title")) { table.tbl {
                    caption.sr { (lang.t("lost.title")) }
                    thead { tr { th scope="col" { (lang.t("lost.why")) }
                        th.r scope="col" { (lang.t("movements.customers")) } th.r scope="col" { (lang.t("lost.mrr")) } } }
                    tbody {
                        @for (word, paid) in &found.classes { (loss(lang, frame, word, *paid)) }
                        (loss(lang, frame, "scheduled", found.scheduled))
                    }
                } }
                // What other profiles differ in stands at the head of the page.
                @if frame.asked.profile.id() == "regulars" { p.says.last { (lang.t("lost.says")) } }
            }))
        }
    }
}

fn loss(lang: Lang, frame: &Frame, word: &str, paid: Paid) -> Markup {
    html! { tr {
        th.wrap scope="row" { (lang.word_or("lost.class", word)) }
        td.r { (lang.count(paid.customers)) }
        td.r { (cell(lang, frame, frame.asked.period, word, paid, false)) }
    } }
}

/// Revenue by plan.
pub fn plans(view: &View<'_>, frame: &Frame, content: &Slot<Plans>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="plans-title" {
            header { div {
                h2 #plans-title { (lang.t("plans.title")) }
                p { (lang.f("plans.sub", &[("period", &lang.period(frame.asked.period))])) }
            } }
            (slot(view, content, |found| html! {
                @for one in &found.migrations { p.says { (migrated(lang, one)) } }
                div.tblwrap tabindex="0" role="group" aria-label=(lang.t("plans.title")) { (plan_table(lang, frame, found)) }
                @if found.rows_left_out > 0 { p.says { (lang.n("plans.more", found.rows_left_out, &[])) } }
                div.under { a.csv href=(csv(view, "plans")) { (lang.t("chart.csv")) } }
            }))
        }
    }
}

fn migrated(lang: Lang, one: &Migration) -> String {
    let values = [
        ("from", one.from.clone()),
        ("to", one.to.clone()),
        ("date", lang.date(one.day)),
        ("before", lang.money(one.before.money)),
        ("after", lang.money(one.after)),
    ];
    lang.n("plans.migration", one.before.customers, &values.each_ref().map(|(name, text)| (*name, text.as_str())))
}

fn plan_table(lang: Lang, frame: &Frame, found: &Plans) -> Markup {
    html! {
        table.tbl {
            caption.sr { (lang.t("plans.title")) }
            thead { tr {
                th scope="col" { (lang.t("column.plan")) }
                th.r scope="col" { (lang.t("movements.customers")) }
                th.r scope="col" { (lang.t("movements.start")) }
                th.r scope="col" { (lang.t("movements.end")) }
                th.r scope="col" { (lang.t("plans.change")) }
            } }
            tbody { @for row in &found.rows {
                @let change = Money { minor: row.end.money.minor - row.start.money.minor, ..row.end.money };
                tr {
                    th scope="row" { (if row.plan.is_empty() { "–" } else { row.plan.as_str() }) }
                    td.r { (lang.count(row.end.customers)) }
                    td.r { (of_plan(lang, frame, &row.plan, "plan_start", row.start)) }
                    td.r { (of_plan(lang, frame, &row.plan, "plan", row.end)) }
                    td.r { (lang.money(change)) }
                }
            } }
        }
    }
}

/// What is paid for a plan; it opens where somebody pays and the plan has a name.
fn of_plan(lang: Lang, frame: &Frame, plan: &str, part: &str, paid: Paid) -> Markup {
    if paid.customers == 0 || plan.is_empty() {
        return html! { (lang.money(paid.money)) };
    }
    let asked = &frame.asked;
    let (part, plan) = (part.to_owned(), Some(plan.to_owned()));
    let who = Who::Mrr { period: asked.period, part, plan, profile: asked.profile };
    let values = [("what", lang.sentence(&who.title())), ("mrr", lang.money(paid.money))];
    let values = values.each_ref().map(|(name, text)| (*name, text.as_str()));
    let label = lang.n("movements.cell", paid.customers, &values);
    html! { a href=(people(frame, &who)) data-drawer aria-label=(label) { (lang.money(paid.money)) } }
}
