//! Two lines: retention on every day, and how long customers stay.

use maud::{Markup, html};
use reports::pages::Slot;
use reports::pages::retention::{Daily, Survival};
use terms::{Date, Grain, Share, WeekStart};

use super::as_table;
use crate::Lang;
use crate::charts::Size;
use crate::charts::line::{At, Floor, Line, Shape, line};
use crate::parts::{note_form, slot};
use crate::shell::View;

const BOX: Size = Size { w: 1000.0, h: 220.0 };
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

fn daily_chart(view: &View<'_>, daily: &Daily) -> Markup {
    let lang = view.lang;
    let values: Vec<At> = daily
        .points
        .iter()
        .filter_map(|(date, share)| Some(At { x: f64::from(date.0), y: share.rate()?, interval: None }))
        .collect();
    let Some(drawn) = line(&values, BOX, Shape::Straight, Floor::Near) else { return nothing(lang) };
    let months = month_marks(lang, &drawn);
    let notes: Vec<(f64, String)> = daily
        .notes
        .iter()
        .filter(|note| (drawn.span.0..=drawn.span.1).contains(&f64::from(note.date.0)))
        .map(|note| (drawn.across(f64::from(note.date.0)), format!("{} {}", lang.day(note.date), note.text)))
        .collect();
    let end = values.last().map_or(0.0, |at| at.y);
    html! {
        (plot(lang, &drawn, &months, &notes, Some(lang.pct(end, 1))))
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
pub fn survival(view: &View<'_>, content: &Slot<Survival>) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="survival-title" {
            header { div { h2 #survival-title { (lang.t("survival.title")) } p { (lang.t("survival.sub")) } } }
            (slot(view, content, |survival| survival_chart(view, survival)))
        }
    }
}

fn survival_chart(view: &View<'_>, survival: &Survival) -> Markup {
    let lang = view.lang;
    let values: Vec<At> = survival
        .points
        .iter()
        .map(|(day, share)| At { x: f64::from(*day), y: share.value, interval: Some((share.low, share.high)) })
        .collect();
    let Some(drawn) = line(&values, BOX, Shape::Steps, Floor::Whole) else { return nothing(lang) };
    let last = drawn.span.1 as u32;
    let each = if last > 900 { 365 } else { SURVIVAL_MARK };
    let marks: Vec<(f64, String)> = (0..=last / each)
        .map(|mark| (drawn.across(f64::from(mark * each)), lang.count(u64::from(mark * each))))
        .collect();
    let end = values.last().map_or(0.0, |at| at.y);
    html! {
        (plot(lang, &drawn, &marks, &[], Some(lang.pct(end, 0))))
        p.axis { (lang.t("survival.axis")) }
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

/// The picture: stretched shapes under labels in HTML, so that words never distort.
fn plot(lang: Lang, drawn: &Line, marks: &[(f64, String)], notes: &[(f64, String)], end: Option<String>) -> Markup {
    let px = |y: f64| crate::charts::short(y);
    let percent = |part: f64| format!("{:.2}%", part * 100.0);
    let step = drawn.axis.marks.windows(2).next().map_or(0.25, |pair| pair[1].0 - pair[0].0);
    // Whole per cents where every mark is one; the difference of two marks is not quite the step in binary.
    let decimals = usize::from((step * 100.0 - (step * 100.0).round()).abs() > 1e-6);
    html! {
        div.plot aria-hidden="true" {
            @for (value, y) in &drawn.axis.marks {
                i.grid style={ "top:" (px(*y)) "px" } {}
                span.ylab.num style={ "top:" (px(*y)) "px" } { (lang.pct(*value, decimals)) }
            }
            svg viewBox={ "0 0 " (BOX.w) " " (BOX.h) } preserveAspectRatio="none" {
                @if !drawn.band.is_empty() { path.band d=(drawn.band) {} }
                path.ln d=(drawn.line) {}
            }
            @for (across, note) in notes {
                span.mark.flip[*across > 0.6] style={ "left:" (percent(*across)) } { span { (note) } }
            }
            @for (across, text) in marks { span.xlab.num style={ "left:" (percent(*across)) } { (text) } }
            span.pt style={ "left:100%;top:" (px(drawn.end.y)) "px" } {}
            @if let Some(end) = end { b.end.num style={ "top:" (px(drawn.end.y)) "px" } { (end) } }
        }
    }
}

/// The first day of every month on the axis, thinned out so that labels do not touch.
fn month_marks(lang: Lang, drawn: &Line) -> Vec<(f64, String)> {
    let (first, last) = (Date(drawn.span.0 as i32), Date(drawn.span.1 as i32));
    let week = WeekStart::Monday;
    let starts: Vec<Date> = (Grain::Month.index(first, week)..=Grain::Month.index(last, week))
        .map(|index| Grain::Month.start(index, week))
        .filter(|date| *date >= first && *date <= last)
        .collect();
    let every = starts.len().div_ceil(12).max(1);
    starts
        .into_iter()
        .step_by(every)
        .map(|date| {
            let january = date.civil().1 == 1;
            let text = if january || every > 1 { lang.month(date) } else { lang.month_short(date) };
            (drawn.across(f64::from(date.0)), text)
        })
        .collect()
}

fn nothing(lang: Lang) -> Markup {
    html! { div.empty { h3 { (lang.t("empty.too_little")) } p { (lang.t("empty.one_point")) } } }
}
