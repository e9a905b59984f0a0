//! Lines: retention on every day, how long customers stay, and cohorts step by step.

use maud::{Markup, html};
use reports::pages::cohorts::{Curve, Curves};
use reports::pages::retention::{Daily, Survival};
use reports::pages::{Frame, Note, Rule, Slot, interval};
use terms::{Date, Estimate, Grain, Period, Share, WeekStart};

use super::as_table;
use crate::Lang;
use crate::charts::line::{At, Axis, Floor, Line, Shape, line};
use crate::charts::lines::{Lines, Series, lines};
use crate::charts::{Size, path};
use crate::images::{self, Image, Ink, Named, Run};
use crate::parts::{note_form, slot};
use crate::shell::View;

pub(crate) const BOX: Size = Size { w: 1000.0, h: 220.0 };
/// Days between the marks of the survival curve's axis.
const SURVIVAL_MARK: u32 = 60;

/// Retention over a trailing window, for every day.
pub fn daily(view: &View<'_>, content: &Slot<Daily>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="daily-title" {
            header { div {
                h2 #daily-title { (lang.t("daily.title")) }
                @if let Slot::Ready(daily) = content {
                    p { (lang.n("daily.sub", u64::from(daily.window_days), &[])) }
                }
            } }
            (slot(view, content, |daily| daily_chart(view, daily)))
        }
    }
}

fn daily_values(daily: &Daily) -> Vec<At> {
    let at = |(date, share): &(Date, Share)| Some(At { x: f64::from(date.0), y: share.rate()?, interval: None });
    daily.points.iter().filter_map(at).collect()
}

/// The same as an image.
pub(crate) fn daily_image(ink: &Ink, lang: Lang, daily: &Daily) -> Option<Image> {
    let values = daily_values(daily);
    let end = lang.pct(values.last()?.y, 1);
    let run = Run { values: &values, shape: Shape::Straight, floor: Floor::Near };
    images::line(
        ink,
        &run,
        &|axis, value| shares(lang, axis)(value),
        &month_numbers,
        &|drawn| noted(drawn, &daily.notes),
        &end,
    )
}

fn daily_chart(view: &View<'_>, daily: &Daily) -> Markup {
    let lang = view.lang;
    let values = daily_values(daily);
    let Some(drawn) = line(&values, BOX, Shape::Straight, Floor::Near) else { return nothing(lang) };
    let months = month_marks(lang, &drawn);
    let notes = note_marks(lang, &drawn, &daily.notes);
    let end = values.last().map_or(0.0, |at| at.y);
    html! {
        (plot(&drawn, &months, &notes, Some(lang.pct(end, 1)), &shares(lang, &drawn.axis)))
        p.says #daily-says { (daily_says(lang, daily)) (lang.gap()) (lang.t("chart.not_zero")) }
        @if !notes.is_empty() {
            ul.sr aria-label=(lang.t("settings.notes")) { @for (_, note) in &notes { li { (note) } } }
        }
        div.under { (as_table(view, "daily", daily_table(lang, daily))) (note_form(view)) }
    }
}

fn daily_says(lang: Lang, daily: &Daily) -> String {
    let rated: Vec<(Date, f64)> =
        daily.points.iter().filter_map(|(date, share)| Some((*date, share.rate()?))).collect();
    let by = |a: &&(Date, f64), b: &&(Date, f64)| a.1.total_cmp(&b.1);
    let (Some(low), Some(high), Some(last)) = (rated.iter().min_by(by), rated.iter().max_by(by), rated.last()) else {
        return String::new();
    };
    lang.f(
        "daily.says",
        &[
            ("now", &lang.pct(last.1, 1)),
            ("date", &lang.date(last.0)),
            ("low", &lang.pct(low.1, 1)),
            ("low_date", &lang.date(low.0)),
            ("high", &lang.pct(high.1, 1)),
            ("high_date", &lang.date(high.0)),
        ],
    )
}

/// The last day of each month; every day is in the file.
fn daily_table(lang: Lang, daily: &Daily) -> Markup {
    let month = |date: Date| Grain::Month.index(date, WeekStart::Monday);
    let last_of_month =
        |at: usize, date: Date| daily.points.get(at + 1).is_none_or(|next| month(next.0) != month(date));
    let rows: Vec<&(Date, Share)> = daily
        .points
        .iter()
        .enumerate()
        .filter(|(at, point)| last_of_month(*at, point.0))
        .map(|(_, point)| point)
        .collect();
    html! {
        table.tbl {
            caption.sr { (lang.t("daily.title")) }
            thead { tr {
                th scope="col" { (lang.t("daily.day")) }
                th.r scope="col" { (lang.t("daily.share")) }
                th.r scope="col" { (lang.t("daily.stayed")) }
                th.r scope="col" { (lang.t("daily.at_risk")) }
            } }
            tbody { @for (date, share) in rows { tr {
                th scope="row" { (lang.date(*date)) }
                td.r { (share.rate().map_or_else(|| "–".to_owned(), |rate| lang.pct(rate, 1))) }
                td.r { (lang.count(share.part)) } td.r { (lang.count(share.whole)) }
            } } }
        }
    }
}

/// How long customers stay.
pub fn survival(view: &View<'_>, rule: Rule, content: &Slot<Survival>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="survival-title" {
            header { div {
                h2 #survival-title { (lang.t("survival.title")) }
                p { (lang.t(&lang.suited(rule, "survival.sub"))) }
            } }
            (slot(view, content, |survival| survival_chart(view, rule, survival)))
        }
    }
}

fn survival_values(survival: &Survival) -> Vec<At> {
    let at = |(day, share): &(u32, Estimate)| At {
        x: f64::from(*day),
        y: share.value,
        interval: Some((share.low, share.high)),
    };
    survival.points.iter().map(at).collect()
}

/// Days along the axis of the curve of staying.
fn survival_marks(lang: Lang, drawn: &Line) -> Vec<(f64, String)> {
    let last = drawn.span.1 as u32;
    let each = if last > 900 { 365 } else { SURVIVAL_MARK };
    let mark = |mark: u32| (drawn.across(f64::from(mark * each)), lang.count(u64::from(mark * each)));
    (0..=last / each).map(mark).collect()
}

/// The same as an image.
pub(crate) fn survival_image(ink: &Ink, lang: Lang, survival: &Survival) -> Option<Image> {
    let values = survival_values(survival);
    let end = lang.pct(values.last()?.y, 0);
    let run = Run { values: &values, shape: Shape::Steps, floor: Floor::Whole };
    let below = |drawn: &Line| survival_marks(lang, drawn);
    images::line(ink, &run, &|axis, value| shares(lang, axis)(value), &below, &|_| Vec::new(), &end)
}

fn survival_chart(view: &View<'_>, rule: Rule, survival: &Survival) -> Markup {
    let lang = view.lang;
    let values = survival_values(survival);
    let Some(drawn) = line(&values, BOX, Shape::Steps, Floor::Whole) else { return nothing(lang) };
    let marks = survival_marks(lang, &drawn);
    let end = values.last().map_or(0.0, |at| at.y);
    html! {
        (plot(&drawn, &marks, &[], Some(lang.pct(end, 0)), &shares(lang, &drawn.axis)))
        p.axis { (lang.t(&lang.suited(rule, "survival.axis"))) }
        p.says { (survival_says(lang, survival)) }
        div.under { (as_table(view, "survival", survival_table(lang, survival))) }
    }
}

fn survival_says(lang: Lang, survival: &Survival) -> String {
    let (customers, left) = (lang.count(survival.customers), lang.count(survival.left));
    match survival.median_days {
        Some(days) => lang
            .f("survival.says", &[("days", &lang.count(u64::from(days))), ("customers", &customers), ("left", &left)]),
        None => {
            let end = survival.points.last().map_or(1.0, |point| point.1.value);
            let day = survival.points.last().map_or(0, |point| point.0);
            lang.f(
                "survival.says_no_median",
                &[
                    ("rate", &lang.pct(end, 0)),
                    ("days", &lang.count(u64::from(day))),
                    ("customers", &customers),
                    ("left", &left),
                ],
            )
        }
    }
}

/// The curve at every mark of its axis; every step is in the file.
fn survival_table(lang: Lang, survival: &Survival) -> Markup {
    let last = survival.points.last().map_or(0, |point| point.0);
    let at = |day: u32| survival.points.iter().rev().find(|point| point.0 <= day);
    html! {
        table.tbl {
            caption.sr { (lang.t("survival.title")) }
            thead { tr {
                th scope="col" { (lang.t("survival.day")) }
                th.r scope="col" { (lang.t("survival.here")) }
                th.r scope="col" { (lang.t("survival.interval")) }
            } }
            tbody { @for day in (0..=last).step_by(30) { @if let Some((_, share)) = at(day) { tr {
                th scope="row" { (lang.count(u64::from(day))) }
                td.r { (lang.pct(share.value, 1)) }
                td.r { (lang.pct(share.low, 1)) "–" (lang.pct(share.high, 1)) }
            } } } }
        }
    }
}

/// How a value of the axis is written where it is a share.
fn shares(lang: Lang, axis: &Axis) -> impl Fn(f64) -> String + use<> {
    let step = axis.marks.windows(2).next().map_or(0.25, |pair| pair[1].0 - pair[0].0);
    // Whole per cents where every mark is one; the difference of two marks is not quite the step in binary.
    let decimals = usize::from((step * 100.0 - (step * 100.0).round()).abs() > 1e-6);
    move |value| lang.pct(value, decimals)
}

/// The picture: stretched shapes under labels in HTML, so that words never distort.
pub(crate) fn plot(
    drawn: &Line,
    marks: &[(f64, String)],
    notes: &[(f64, String)],
    end: Option<String>,
    label: &dyn Fn(f64) -> String,
) -> Markup {
    html! {
        div.plot aria-hidden="true" {
            (heights(&drawn.axis, label))
            svg viewBox={ "0 0 " (BOX.w) " " (BOX.h) } preserveAspectRatio="none" {
                @if !drawn.band.is_empty() { path.band d=(drawn.band) {} }
                path.ln d=(drawn.line) {}
            }
            @for (across, note) in notes {
                span.mark.flip[*across > 0.6] style={ "left:" (percent(*across)) } { span { (note) } }
            }
            @for (at, (across, text)) in marks.iter().enumerate() {
                span.xlab.num.dated.thin[at % 2 == 1].thinner[at % 4 == 2] style={ "left:" (percent(*across)) } { (text) }
            }
            span.pt style={ "left:100%;top:" (px(drawn.end.y)) "px" } {}
            @if let Some(end) = end { b.end.num style={ "top:" (px(drawn.end.y)) "px" } { (end) } }
        }
    }
}

fn px(y: f64) -> String {
    crate::charts::short(y)
}

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

/// The marks of the vertical axis.
fn heights(axis: &Axis, label: &dyn Fn(f64) -> String) -> Markup {
    html! {
        @for (value, y) in &axis.marks {
            i.grid style={ "top:" (px(*y)) "px" } {}
            span.ylab.num style={ "top:" (px(*y)) "px" } { (label(*value)) }
        }
    }
}

/// The average and the chosen cohorts, step by step.
pub fn cohorts(view: &View<'_>, frame: &Frame, content: &Slot<Curves>) -> Markup {
    let lang = view.lang;
    html! {
        section.card #curves aria-labelledby="curves-title" {
            header { div { h2 #curves-title { (lang.t("curves.title")) } p { (lang.t("curves.sub")) } } }
            (slot(view, content, |curves| cohorts_chart(view, frame, curves)))
        }
    }
}

fn cohorts_chart(view: &View<'_>, frame: &Frame, curves: &Curves) -> Markup {
    let lang = view.lang;
    let (skip, series) = all_series(curves);
    let Some(drawn) = lines(&series, BOX, 17.0) else { return nothing(lang) };
    html! {
        (lines_plot(lang, curves, &drawn))
        p.axis { (lang.word_or("cohorts.since", frame.asked.grain.word())) }
        p.says {
            @for (at, curve) in curves.lines.iter().enumerate() {
                @if at > 0 { (lang.gap()) }
                (curve_says(lang, curve, skip))
            }
        }
        div.under { (as_table(view, "curves", curves_table(lang, frame, curves, skip))) }
    }
}

/// How many steps are left out at the beginning, and the lines from there. Where everybody is here in the step in which they
/// begin, that step is no news and would flatten the rest.
fn all_series(curves: &Curves) -> (usize, Vec<Series>) {
    let certain = |curve: &Curve| curve.points.first().is_none_or(|point| point.1.part == point.1.whole);
    let skip = usize::from(curves.lines.iter().all(certain));
    (skip, curves.lines.iter().enumerate().map(|(at, curve)| series(curve, skip, at == 0)).collect())
}

/// The same as an image. The average has no name in it: it is the dashed line with the band.
pub(crate) fn cohorts_image(ink: &Ink, lang: Lang, curves: &Curves) -> Option<Image> {
    let name = |(at, curve): (usize, &Curve)| {
        let rate = curve.points.last().and_then(|point| point.1.rate()).map(|rate| lang.pct(rate, 0));
        let own = (at > 0).then(|| images::named(&curve.label, at - 1));
        own.into_iter().chain(rate).collect::<Vec<_>>().join("  ")
    };
    let names = curves.lines.iter().enumerate().map(name);
    let all: Vec<Named> =
        all_series(curves).1.into_iter().zip(names).map(|(series, name)| Named { series, name }).collect();
    let mark = |drawn: &Lines, step: u32| (drawn.across(f64::from(step)), step.to_string());
    let below = |drawn: &Lines| step_marks(drawn).map(|step| mark(drawn, step)).collect::<Vec<_>>();
    images::lines(ink, &all, &|axis, value| shares(lang, axis)(value), &below)
}

/// The steps along the axis that have room for their number.
fn step_marks(drawn: &Lines) -> impl Iterator<Item = u32> + use<> {
    let (first, last) = (drawn.span.0 as u32, drawn.span.1 as u32);
    (first..=last).step_by(((last - first) / 12 + 1) as usize)
}

fn series(curve: &Curve, skip: usize, banded: bool) -> Series {
    let at = |(step, share): &(u32, Share)| {
        let found = interval(*share)?;
        Some(At { x: f64::from(*step), y: found.value, interval: Some((found.low, found.high)) })
    };
    Series { values: curve.points.iter().skip(skip).filter_map(at).collect(), banded }
}

/// The average first, with a band; each cohort in a colour of its own, with whiskers and its name at its end.
fn lines_plot(lang: Lang, curves: &Curves, drawn: &Lines) -> Markup {
    let dots = |points: &[crate::charts::Point]| points.iter().map(|point| path([*point, *point])).collect::<String>();
    html! {
        div.plot.many aria-hidden="true" {
            (heights(&drawn.axis, &shares(lang, &drawn.axis)))
            svg viewBox={ "0 0 " (BOX.w) " " (BOX.h) } preserveAspectRatio="none" {
                @for (at, one) in drawn.lines.iter().enumerate() { @if let Some(one) = one {
                    g.{ "s" (at) } {
                        path.{ (if at == 0 { "band" } else { "wh" }) } d=(one.spread) {}
                        path.ln d=(one.line) {}
                        path.dots d=(dots(&one.points)) {}
                    }
                } }
            }
            @for step in step_marks(drawn) {
                span.xlab.num style={ "left:" (percent(drawn.across(f64::from(step)))) } { (step) }
            }
            @for (at, (curve, one)) in curves.lines.iter().zip(&drawn.lines).enumerate() { @if let Some(one) = one {
                @let end = one.points.last().map_or(0.0, |point| point.x / BOX.w);
                @let rate = curve.points.last().and_then(|point| point.1.rate());
                b.end.num.{ "s" (at) } style={ "left:" (percent(end)) ";top:" (px(one.label)) "px" } {
                    span { (lang.label(&curve.label)) } em { (rate.map_or_else(String::new, |rate| lang.pct(rate, 0))) }
                }
            } }
        }
    }
}

fn curve_says(lang: Lang, curve: &Curve, skip: usize) -> String {
    let rated: Vec<(u32, f64)> =
        curve.points.iter().skip(skip).filter_map(|(step, share)| Some((*step, share.rate()?))).collect();
    let (Some(first), Some(last)) = (rated.first(), rated.last()) else { return String::new() };
    let name = lang.label(&curve.label);
    let (from, to) = (first.0.to_string(), last.0.to_string());
    let (high, low) = (lang.pct(first.1, 0), lang.pct(last.1, 0));
    lang.f("curves.says", &[("cohort", &name), ("first", &high), ("from", &from), ("last", &low), ("to", &to)])
}

/// Steps down, lines across: the share with its interval.
fn curves_table(lang: Lang, frame: &Frame, curves: &Curves, skip: usize) -> Markup {
    let steps = curves.lines.iter().map(|curve| curve.points.len()).max().unwrap_or(0);
    let text = |share: &Share| {
        interval(*share).map(|found| {
            format!("{} ({}–{})", lang.pct(found.value, 1), lang.pct(found.low, 0), lang.pct(found.high, 0))
        })
    };
    html! {
        table.tbl {
            caption.sr { (lang.t("curves.title")) }
            thead { tr {
                th scope="col" { (lang.word_or("cohorts.since", frame.asked.grain.word())) }
                @for curve in &curves.lines { th.r scope="col" { (lang.label(&curve.label)) } }
            } }
            tbody { @for step in skip..steps { tr {
                th scope="row" { (step) }
                @for curve in &curves.lines {
                    td.r { (curve.points.get(step).and_then(|point| text(&point.1)).unwrap_or_else(|| "–".to_owned())) }
                }
            } } }
        }
    }
}

/// What the team wrote, where it lies on the axis.
pub(crate) fn note_marks(lang: Lang, drawn: &Line, notes: &[Note]) -> Vec<(f64, String)> {
    let text = |note: &Note| format!("{} {}", lang.day(note.date), note.text);
    within(drawn, notes).map(|note| (drawn.across(f64::from(note.date.0)), text(note))).collect()
}

/// The places of the same, for an image.
pub(crate) fn noted(drawn: &Line, notes: &[Note]) -> Vec<f64> {
    within(drawn, notes).map(|note| drawn.across(f64::from(note.date.0))).collect()
}

fn within<'a>(drawn: &Line, notes: &'a [Note]) -> impl Iterator<Item = &'a Note> + use<'a> {
    let (first, last) = drawn.span;
    notes.iter().filter(move |note| (first..=last).contains(&f64::from(note.date.0)))
}

/// The first day of every month on the axis, thinned out so that labels do not touch.
pub(crate) fn month_marks(lang: Lang, drawn: &Line) -> Vec<(f64, String)> {
    let starts = month_starts(drawn);
    // Names of months alone are short; with their years half as many fit.
    let every = if starts.len() > 12 { starts.len().div_ceil(6) } else { 1 };
    let text = |date: Date| {
        let january = date.civil().1 == 1;
        if january || every > 1 { lang.month(date) } else { lang.month_short(date) }
    };
    starts.into_iter().step_by(every).map(|date| (drawn.across(f64::from(date.0)), text(date))).collect()
}

/// The same in numerals, for an image.
pub(crate) fn month_numbers(drawn: &Line) -> Vec<(f64, String)> {
    let starts = month_starts(drawn);
    let every = starts.len().div_ceil(8).max(1);
    let text = |date: Date| images::period(Period::of(Grain::Month, date, WeekStart::Monday));
    starts.into_iter().step_by(every).map(|date| (drawn.across(f64::from(date.0)), text(date))).collect()
}

fn month_starts(drawn: &Line) -> Vec<Date> {
    let (first, last) = (Date(drawn.span.0 as i32), Date(drawn.span.1 as i32));
    let week = WeekStart::Monday;
    (Grain::Month.index(first, week)..=Grain::Month.index(last, week))
        .map(|index| Grain::Month.start(index, week))
        .filter(|date| *date >= first && *date <= last)
        .collect()
}

fn nothing(lang: Lang) -> Markup {
    html! { div.empty { h3 { (lang.t("empty.too_little")) } p { (lang.t("empty.one_point")) } } }
}
