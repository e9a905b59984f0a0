//! The strip of figures. Every number opens: what it is, its formula in words and in figures, and its people.

use maud::{Markup, html};
use reports::pages::{Better, Compare, Figure, Frame, Value};

use super::{people, png};
use crate::Lang;
use crate::charts::{Size, spark::spark};
use crate::images::{self, Image, Ink};
use crate::parts::icon;
use crate::shell::View;

/// Values with more characters than this are written smaller, so that none is cut off.
const LONG: usize = 10;
const SPARK: Size = Size { w: 100.0, h: 36.0 };

/// A difference in the words of its kind: points for shares, per cent for everything else.
struct Change {
    way: Way,
    text: String,
}

/// Which way a figure went, as far as its rounded difference shows.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Same,
    Better { up: bool },
    Worse { up: bool },
}

impl Way {
    fn of(difference: f64, shown: f64, better: Better) -> Way {
        let up = difference > 0.0;
        match up == (better == Better::Up) {
            _ if shown == 0.0 => Way::Same,
            true => Way::Better { up },
            false => Way::Worse { up },
        }
    }

    /// The class of what is coloured by it.
    fn mood(self) -> &'static str {
        match self {
            Way::Same => "",
            Way::Better { .. } => "good",
            Way::Worse { .. } => "bad",
        }
    }

    /// The arrow, and the keys of its words.
    fn words(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Way::Same => ("=", "figures.same", None),
            Way::Better { up: true } => ("↑", "figures.up", Some("figures.better")),
            Way::Better { up: false } => ("↓", "figures.down", Some("figures.better")),
            Way::Worse { up: true } => ("↑", "figures.up", Some("figures.worse")),
            Way::Worse { up: false } => ("↓", "figures.down", Some("figures.worse")),
        }
    }
}

/// The strip.
pub fn strip(view: &View<'_>, frame: &Frame, figures: &[Figure]) -> Markup {
    html! {
        section.card.kpis aria-label=(view.lang.t("figures.title")) {
            @for one in figures { (figure(view, frame, one)) }
        }
    }
}

/// One figure of the strip.
fn figure(view: &View<'_>, frame: &Frame, figure: &Figure) -> Markup {
    let lang = view.lang;
    let name = lang.t(&format!("kpi.{}.name", figure.id));
    let pop = format!("about-{}", figure.id);
    let change = change(lang, figure);
    let value = value_text(lang, figure);
    let mood = change.as_ref().map_or("", |change| change.way.mood());
    html! {
        article.kpi.(mood) {
            h2.lab {
                span { (name) }
                button.q type="button" popovertarget=(pop) aria-label=(lang.f("figures.about", &[("name", &name)])) {
                    (icon("info"))
                }
            }
            p.val.num.long[value.chars().count() > LONG] { (value) }
            p.delta.num.(mood) { (delta(lang, frame, change.as_ref())) }
            div.spark aria-hidden="true" {
                @if let Some(shape) = spark(&figure.history, SPARK) {
                    svg viewBox="0 0 100 36" preserveAspectRatio="none" {
                        path.ar d=(shape.area) {} path.ln d=(shape.line) {}
                    }
                    span.pt style={ "left:100%;top:" (crate::charts::short(shape.end.y)) "px" } {}
                }
            }
            (about(view, frame, figure, &name, &pop))
        }
    }
}

/// The line of a figure as an image, its end in the colour of the news: for mail, where figures stand in the text.
/// `part` is `figure-` and its id.
pub(crate) fn image(part: &str, view: &View<'_>, figures: &[Figure]) -> Option<Image> {
    let id = part.strip_prefix("figure-")?;
    let figure = figures.iter().find(|figure| figure.id == id)?;
    let ink = Ink::of(view.theme);
    let end = match change(view.lang, figure).map(|change| change.way) {
        Some(Way::Better { .. }) => ink.kept,
        Some(Way::Worse { .. }) => ink.lost,
        Some(Way::Same) | None => ink.ink,
    };
    images::spark(ink, &figure.history, end)
}

fn value_text(lang: Lang, figure: &Figure) -> String {
    figure.value.as_ref().map_or_else(|| "–".to_owned(), |value| lang.value(value))
}

fn change(lang: Lang, figure: &Figure) -> Option<Change> {
    let (value, before) = (figure.value.as_ref()?, figure.before.as_ref()?);
    let (now, then) = (value.number()?, before.number()?);
    let difference = now - then;
    let percent = match value {
        Value::Share(_) | Value::Rate(_) => difference * 100.0,
        _ if then == 0.0 => return None,
        _ => difference / then * 100.0,
    };
    let shown = (percent.abs() * 10.0).round() / 10.0;
    let text = match value {
        Value::Share(_) | Value::Rate(_) => lang.f("figures.points", &[("points", &lang.num(shown, 1))]),
        _ => lang.pct(shown / 100.0, 1),
    };
    Some(Change { way: Way::of(difference, shown, figure.better), text })
}

fn delta(lang: Lang, frame: &Frame, change: Option<&Change>) -> Markup {
    let asked = &frame.asked;
    html! {
        @match (change, asked.compared) {
            (Some(change), Some(period)) => {
                @let (arrow, went, judged) = change.way.words();
                b {
                    span aria-hidden="true" { (arrow) }
                    span.sr { (lang.t(went)) " " }
                    " " (change.text)
                    @if let Some(judged) = judged { span.sr { ", " (lang.t(judged)) } }
                }
                " " span { (lang.f("figures.versus", &[("period", &versus(lang, frame, period))])) }
            }
            _ if asked.compare == Compare::None => {}
            _ => span { (lang.t("figures.nothing_before")) },
        }
    }
}

/// Short where it is clear: the month alone when it lies within a year.
fn versus(lang: Lang, frame: &Frame, period: terms::Period) -> String {
    let month = period.grain() == Some(terms::Grain::Month) && frame.asked.compare == Compare::Prev;
    if month { lang.month_short(period.start) } else { lang.period(period) }
}

fn about(view: &View<'_>, frame: &Frame, figure: &Figure, name: &str, pop: &str) -> Markup {
    let lang = view.lang;
    let key = |part: &str| format!("kpi.{}.{part}", figure.id);
    let terms: Vec<String> = figure.terms.iter().map(|value| lang.value(value)).collect();
    let value = value_text(lang, figure);
    let mut values: Vec<(&str, &str)> =
        ["a", "b", "c"].into_iter().zip(&terms).map(|(name, text)| (name, text.as_str())).collect();
    values.push(("value", &value));
    html! {
        div.pop popover id=(pop) {
            h3 { (name) }
            p { (what(lang, frame, &key("what"))) }
            div.fx {
                div { (lang.t(&key("formula"))) }
                @if figure.value.is_some() { div { (lang.f(&key("figures"), &values)) } }
            }
            dl.kv {
                dt { (lang.t("about.n")) } dd.num { (lang.n(&key("n"), figure.n, &[])) }
                @if let Some(interval) = figure.interval {
                    dt { (lang.t("about.interval")) }
                    dd.num { (lang.f("about.between", &[
                        ("low", &lang.pct(interval.low, 1)), ("high", &lang.pct(interval.high, 1)),
                    ])) }
                }
                dt { (lang.t("about.complete")) }
                dd { (lang.t(if frame.asked.complete { "about.complete_yes" } else { "about.complete_no" })) }
                dt { (lang.t("about.fresh")) } dd.num { (lang.moment(frame.freshness.up_to)) }
                dt { (lang.t("about.source")) } dd { (lang.f(&lang.suited(frame.rule, "about.orders_of"), &[("name", &frame.workspace.name)])) }
            }
            div.row {
                a href={ "/help/metrics#" (figure.id) } { (lang.t("about.definition")) }
                a href=(people(frame, &figure.people)) data-drawer { (lang.t("about.people")) }
                @if figure.history.len() > 1 { a href=(png(view, &format!("figure-{}", figure.id))) { (lang.t("chart.png")) } }
            }
        }
    }
}

/// What a figure means, in the words of this business.
pub(crate) fn what(lang: Lang, frame: &Frame, key: &str) -> String {
    lang.f(&lang.suited(frame.rule, key), &[("days", &lang.count(u64::from(frame.active_days)))])
}
