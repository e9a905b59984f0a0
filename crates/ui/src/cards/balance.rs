//! How the number of customers changed over the period: a start, who came, who went, an end.

use maud::{Markup, html};
use reports::pages::overview::{Balance, BalancePart};
use reports::pages::{Frame, Slot};

use super::{as_table, people};
use crate::Lang;
use crate::charts::waterfall::{Bar, Waterfall, waterfall};
use crate::charts::{Size, short};
use crate::images::{self, Image, Ink};
use crate::parts::slot;
use crate::shell::View;

const BOX: Size = Size { w: 1000.0, h: 220.0 };

/// The card.
pub fn card(view: &View<'_>, frame: &Frame, content: &Slot<Balance>) -> Markup {
    let lang = view.lang;
    let period = lang.period(frame.asked.period);
    html! {
        section.card aria-labelledby="balance-title" {
            header { div {
                h2 #balance-title { (lang.t("balance.title")) }
                p { (lang.f("balance.sub", &[("period", &period)])) }
            } }
            (slot(view, content, |balance| chart(view, frame, balance)))
        }
    }
}

fn drawn(balance: &Balance, size: Size) -> Option<Waterfall> {
    let steps: Vec<f64> = balance.steps.iter().map(|step| step.customers as f64).collect();
    waterfall(balance.start.customers as f64, &steps, size)
}

fn chart(view: &View<'_>, frame: &Frame, balance: &Balance) -> Markup {
    let lang = view.lang;
    let Some(drawn) = drawn(balance, BOX) else { return html! {} };
    html! {
        div.wide tabindex="0" role="group" aria-labelledby="balance-title" { (plot(lang, frame, balance, &drawn)) }
        p.says #balance-says {
            (says(lang, balance))
            @if !frame.asked.complete { (lang.gap()) (lang.t("balance.open")) }
        }
        div.under { (as_table(view, "balance", table(lang, frame, balance))) }
    }
}

fn plot(lang: Lang, frame: &Frame, balance: &Balance, drawn: &Waterfall) -> Markup {
    let percent = |part: f64| format!("{:.2}%", part * 100.0);
    html! {
        div.plot.bars.falls style={ "--n:" (drawn.bars.len()) } {
            @for (value, y) in &drawn.marks {
                i.grid style={ "top:" (short(*y)) "px" } {}
                span.ylab.num aria-hidden="true" style={ "top:" (short(*y)) "px" } { (lang.num(*value, 0)) }
            }
            svg viewBox={ "0 0 " (BOX.w) " " (BOX.h) } preserveAspectRatio="none" role="group" aria-labelledby="balance-title"
                aria-describedby="balance-says" {
                pattern #moving width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect width="12" height="12" {} path d="M0 0V12" {}
                }
                path.link d=(drawn.links) {}
                @for (part, bar) in balance.parts().zip(&drawn.bars) { (one(lang, frame, part, bar)) }
            }
            @for (part, bar) in balance.parts().zip(&drawn.bars) {
                b.over.num aria-hidden="true" style={ "left:" (percent(bar.across)) ";top:" (short(bar.y)) "px" } {
                    (number(lang, part))
                }
                span.xlab aria-hidden="true" style={ "left:" (percent(bar.across)) } { (name(lang, part)) }
            }
        }
    }
}

/// Gains and losses have a colour; what there was and what there is has none.
fn tone(part: &BalancePart) -> &'static str {
    match part.id.as_str() {
        "start" | "end" => "n",
        _ if part.customers < 0 => "x",
        _ => "k",
    }
}

fn one(lang: Lang, frame: &Frame, part: &BalancePart, bar: &Bar) -> Markup {
    let moving = part.id == "end" && !frame.asked.complete;
    html! {
        a href=(people(frame, &part.people)) data-drawer aria-label=(label(lang, part)) {
            // The whole height can be hit, so that a small bar is no small target.
            rect.hit x=(short(bar.x)) y="0" width=(short(bar.w)) height=(BOX.h) {}
            rect.bar.(tone(part)).open[moving] x=(short(bar.x)) y=(short(bar.y)) width=(short(bar.w)) height=(short(bar.h.max(1.0))) {}
        }
    }
}

fn name(lang: Lang, part: &BalancePart) -> String {
    lang.word_or("balance.part", &part.id)
}

/// How many there were and are; by how many more or fewer, with its sign.
fn number(lang: Lang, part: &BalancePart) -> String {
    let number = lang.num(part.customers as f64, 0);
    if tone(part) == "k" && part.customers > 0 { format!("+{number}") } else { number }
}

/// What a screen reader says of a bar.
fn label(lang: Lang, part: &BalancePart) -> String {
    let values = [("part", name(lang, part)), ("customers", number(lang, part))];
    let [a, b] = &values;
    lang.n("balance.bar", part.customers.unsigned_abs(), &[(a.0, &a.1), (b.0, &b.1)])
}

fn says(lang: Lang, balance: &Balance) -> String {
    let (start, end) = (balance.start.customers, balance.end.customers);
    let key = match end - start {
        0 => "balance.says_same",
        1.. => "balance.says_more",
        _ => "balance.says_fewer",
    };
    let of = |id: &str| {
        let step = balance.steps.iter().find(|step| step.id == id);
        step.map_or(0, |step| step.customers.unsigned_abs())
    };
    let [from, to] = [start, end].map(|n| lang.count(n.unsigned_abs()));
    let mut text = lang.n(key, end.abs_diff(start), &[("start", &from), ("end", &to)]);
    let [first, returned, lost] = ["first", "returned", "lost"].map(|id| lang.count(of(id)));
    text.push_str(lang.gap());
    text.push_str(&lang.f("balance.says_why", &[("first", &first), ("returned", &returned), ("lost", &lost)]));
    if of("gone_again") > 0 {
        text.push_str(lang.gap());
        text.push_str(&lang.n("balance.says_gone", of("gone_again"), &[]));
    }
    text
}

fn table(lang: Lang, frame: &Frame, balance: &Balance) -> Markup {
    html! {
        table.tbl {
            caption.sr { (lang.t("balance.title")) }
            thead { tr {
                th scope="col" { (lang.t("balance.step")) } th.r scope="col" { (lang.t("cohorts.size")) }
            } }
            tbody { @for part in balance.parts() { tr {
                th scope="row" { (name(lang, part)) }
                td.r { a href=(people(frame, &part.people)) data-drawer { (number(lang, part)) } }
            } } }
        }
    }
}

/// The same as an image, with the first and the last day below its ends.
pub(crate) fn image(ink: &Ink, lang: Lang, frame: &Frame, balance: &Balance) -> Option<Image> {
    let period = frame.asked.period;
    let step = |part: &BalancePart| images::Step { change: part.customers as f64, label: number(lang, part) };
    let steps: Vec<images::Step> = balance.steps.iter().map(step).collect();
    let (start, end) = (number(lang, &balance.start), number(lang, &balance.end));
    let (since, until) = (period.start.to_string(), period.end.plus(-1).to_string());
    images::waterfall(
        ink,
        (balance.start.customers as f64, &start, &since),
        &steps,
        (&end, &until, !frame.asked.complete),
        &|value| images::amount(lang, value),
    )
}
