//! Two groups side by side: the pooled row of each, and their difference step by step with its interval.

use maud::{Markup, html};
use reports::pages::cohorts::{Compared, Comparison, Group, Verdict};
use reports::pages::{Counting, Frame, Slot, Who};
use terms::Share;

use super::cohorts::FEW;
use super::files;
use crate::charts::interval::Scale;
use crate::images::{self, Estimated, Image, Ink};
use crate::parts::{go, hidden, select, slot};
use crate::shell::View;
use crate::{Here, Lang};

/// The card, which is also the part `compare`.
pub fn card(view: &View<'_>, frame: &Frame, counting: &Counting, content: &Slot<Comparison>) -> Markup {
    let lang = view.lang;
    html! {
        section.card #compare data-part aria-labelledby="compare-title" {
            header {
                div { h2 #compare-title { (lang.t("compare.title")) } p { (lang.t("compare.sub")) } }
                @if let Slot::Ready(found) = content { (chooser(view, found)) }
            }
            (slot(view, content, |found| table(view, frame, counting, found)))
        }
    }
}

fn chooser(view: &View<'_>, found: &Comparison) -> Markup {
    let lang = view.lang;
    html! {
        div.tools {
            form.tools action={ (view.here.path()) "#compare" } autocomplete="off" data-live="compare" {
                (hidden(view.here, &["a", "b"]))
                (select(lang, &lang.t("compare.a"), "a", &found.choices, &found.a.value, false))
                (select(lang, &lang.t("compare.b"), "b", &found.choices, &found.b.value, true))
                (go(lang))
            }
        }
    }
}

fn table(view: &View<'_>, frame: &Frame, counting: &Counting, found: &Comparison) -> Markup {
    let lang = view.lang;
    let ends = found.steps.iter().filter_map(|step| step.difference).map(|one| (one.low, one.value, one.high));
    let scale = Scale::of(ends);
    let (a, b) = (lang.label(&found.a.label), lang.label(&found.b.label));
    html! {
        p.says { (says(lang, found, &a, &b)) }
        div.tblwrap tabindex="0" role="group" aria-labelledby="compare-title" {
            table.tbl.pair {
                caption.sr { (lang.t("compare.title")) }
                thead { tr {
                    th scope="col" { (lang.t("compare.step")) }
                    (heading(lang, &found.a, &a)) (heading(lang, &found.b, &b))
                    th scope="col" { (lang.t("compare.difference")) (axis(lang, &scale)) }
                    th scope="col" { (lang.t("compare.words")) }
                } }
                tbody { @for step in &found.steps { tr {
                    th scope="row" { (lang.f(&format!("compare.step.{}", frame.asked.grain), &[("step", &step.step.to_string())])) }
                    (share(lang, frame, counting, &found.a, step.step, step.a))
                    (share(lang, frame, counting, &found.b, step.step, step.b))
                    td { (difference(lang, &scale, step)) }
                    td { (verdict(lang, step, &a, &b)) }
                } } }
            }
        }
        div.under { p.small { (lang.t("compare.chance")) } (files(view, "comparison")) }
    }
}

/// A group, and how many began in it in which days.
fn heading(lang: Lang, group: &Group, name: &str) -> Markup {
    let began = group.began.parse().map_or_else(|_| group.began.clone(), |period| lang.period(period));
    html! {
        th.r scope="col" { (name) small { (lang.n("compare.size", group.size, &[("period", &began)])) } }
    }
}

fn axis(lang: Lang, scale: &Scale) -> Markup {
    html! {
        span.iv aria-hidden="true" {
            @for (value, at) in &scale.marks {
                small.num style={ "left:" (percent(*at)) } { (mark(lang, *value, scale)) }
            }
        }
    }
}

/// A mark of the axis, without decimals where no mark has any.
fn mark(lang: Lang, value: f64, scale: &Scale) -> String {
    let fine = scale.marks.iter().any(|(mark, _)| (mark * 100.0 - (mark * 100.0).round()).abs() > 1e-6);
    lang.num(value * 100.0, usize::from(fine))
}

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

/// The share of a group at a step, with its people.
fn share(lang: Lang, frame: &Frame, counting: &Counting, group: &Group, step: u32, share: Share) -> Markup {
    let Some(rate) = share.rate() else { return html! { td.r { "–" } } };
    let who = Who::Cohort {
        by: "together".to_owned(),
        grain: frame.asked.grain,
        key: group.began.clone(),
        step,
        counting: counting.clone(),
    };
    html! {
        td.r.dim[share.whole < FEW] {
            a href=(Here::people(&who, &group.segment).url()) data-drawer {
                (lang.pct(rate, 1))
                small { (lang.f("compare.of", &[("part", &lang.count(share.part)), ("whole", &lang.count(share.whole))])) }
            }
            @if share.whole < FEW { small { (lang.t("cohorts.few_short")) } }
        }
    }
}

/// The differences as an image: steps at the left, points along the axis.
pub(crate) fn image(ink: &Ink, lang: Lang, found: &Comparison) -> Option<Image> {
    let row = |step: &Compared| {
        let one = step.difference?;
        let [value, low, high] = [one.value, one.low, one.high].map(|points| lang.signed_points(points));
        Some(Estimated {
            label: step.step.to_string(),
            ends: (one.low, one.value, one.high),
            figures: format!("{value}  ({low} – {high})"),
            clear: step.verdict() != Verdict::Unclear,
        })
    };
    let rows: Vec<Estimated> = found.steps.iter().filter_map(row).collect();
    images::interval(ink, &rows, &|scale, value| mark(lang, value, scale))
}

/// The dot with its interval, and the same in figures.
fn difference(lang: Lang, scale: &Scale, step: &Compared) -> Markup {
    let Some(found) = step.difference else { return html! { "–" } };
    let figures = [
        ("points", lang.signed_points(found.value)),
        ("low", lang.signed_points(found.low)),
        ("high", lang.signed_points(found.high)),
    ];
    let values: Vec<(&str, &str)> = figures.iter().map(|(name, text)| (*name, text.as_str())).collect();
    html! {
        @if let Some(at) = scale.place(found.low, found.value, found.high) {
            span.iv.clear[step.verdict() != Verdict::Unclear] aria-hidden="true" {
                i.zero style={ "left:" (percent(scale.zero)) } {}
                i.bar style={ "left:" (percent(at.low)) ";width:" (percent(at.high - at.low)) } {}
                i.dot style={ "left:" (percent(at.dot)) } {}
            }
        }
        small { (lang.f("compare.points", &values)) }
    }
}

fn verdict(lang: Lang, step: &Compared, a: &str, b: &str) -> String {
    let key = match step.verdict() {
        Verdict::More => "compare.more",
        Verdict::Fewer => "compare.fewer",
        Verdict::Unclear => "compare.unclear",
    };
    lang.f(key, &[("a", a), ("b", b)])
}

/// How many steps say what.
fn says(lang: Lang, found: &Comparison, a: &str, b: &str) -> String {
    let count = |verdict| found.steps.iter().filter(|step| step.verdict() == verdict).count() as u64;
    let (more, fewer) = (count(Verdict::More), count(Verdict::Fewer));
    let all = found.steps.len() as u64;
    if more + fewer == 0 {
        return lang.n("compare.says_none", all, &[("a", a), ("b", b)]);
    }
    let counts = [more, fewer, all - more - fewer].map(|n| lang.count(n));
    lang.n(
        "compare.says",
        all,
        &[("a", a), ("b", b), ("more", &counts[0]), ("fewer", &counts[1]), ("unclear", &counts[2])],
    )
}
