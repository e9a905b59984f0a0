//! One customer: key numbers, what happened, orders by month, facts.

use maud::{Markup, html};
use reports::pages::customer::{CustomerPage, Happening, HappeningKind};
use terms::{Date, Grain, WeekStart};

use crate::Lang;
use crate::cards::freshness;
use crate::cards::groups::family;
use crate::cards::overdue::gap;
use crate::charts::bars::heights;
use crate::parts::icon;
use crate::shell::{View, shell};

/// Height of the tallest bar, in pixels.
const BAR: f64 = 84.0;

/// The page.
pub fn page(view: &View<'_>, page: &CustomerPage) -> Markup {
    let lang = view.lang;
    let name = page.name.as_deref().unwrap_or(&page.id);
    let title = page.name.clone().unwrap_or_else(|| lang.f("customer.title", &[("id", &page.id)]));
    shell(
        view,
        &page.workspace,
        "nav.customers",
        &title,
        html! {
            p.crumb { a href="/customers?who=all" { (lang.t("nav.customers")) } }
            header.head {
                div.idline {
                    span.ava aria-hidden="true" { (initials(name)) }
                    div { h1 { (title) } (tags(lang, page)) }
                }
            }
            section.card.kpis aria-label=(lang.t("customer.numbers")) { (numbers(lang, page)) }
            div.c360 {
                section.card aria-labelledby="timeline" {
                    header { div { h2 #timeline { (lang.t("customer.timeline")) } } }
                    div.pad { (timeline(lang, page)) }
                }
                div.stack {
                    section.card aria-labelledby="months" {
                        header { div { h2 #months { (lang.t("customer.months")) } } }
                        div.pad { (months(lang, page)) }
                    }
                    section.card aria-labelledby="facts" {
                        header { div { h2 #facts { (lang.t("customer.facts")) } } }
                        div.pad { (facts(lang, page)) }
                    }
                }
            }
            (freshness(lang, &page.freshness))
        },
    )
}

fn initials(name: &str) -> String {
    let words: String = name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    if words.chars().all(|c| c.is_ascii_digit()) { "#".to_owned() } else { words }
}

fn tags(lang: Lang, page: &CustomerPage) -> Markup {
    html! {
        div.tags {
            @if page.name.is_some() { span.badge { (page.id) } }
            @if let Some(country) = &page.country { span.badge { (country) } }
            @if page.active { span.badge.kept { (lang.t("customer.active")) } }
            @else { span.badge.lost { (lang.t("customer.left")) } }
            @if page.overdue { span.badge.watch { (lang.t("customer.overdue")) } }
            @if let Some((group, of)) = &page.group {
                span.badge.(family(*of)) { (lang.f("customer.group", &[("group", &lang.word_or("group", group))])) }
            }
        }
    }
}

fn numbers(lang: Lang, page: &CustomerPage) -> Markup {
    let unknown = || "–".to_owned();
    let per_order = (page.orders > 0)
        .then(|| terms::Money { minor: page.spend.minor / page.orders as i64, currency: page.spend.currency });
    let numbers = [
        (
            "customer.spend",
            lang.money(page.spend),
            lang.f("customer.refunded", &[("amount", &lang.money(page.refunded))]),
        ),
        ("customer.orders", lang.count(page.orders), since(lang, page)),
        ("customer.per_order", per_order.map_or_else(unknown, |money| lang.money(money)), String::new()),
        (
            "column.days_since",
            page.days_since.map_or_else(unknown, |days| lang.n("unit.days", u64::from(days), &[])),
            page.last_order.map_or_else(String::new, |day| lang.date(day)),
        ),
        ("column.usual_gap", page.usual_gap_days.map_or_else(unknown, |days| gap(lang, days)), String::new()),
    ];
    html! {
        @for (label, value, below) in numbers {
            article.kpi.plain { h2.lab { span { (lang.t(label)) } } p.val.num { (value) } p.delta.num { (below) } }
        }
    }
}

fn since(lang: Lang, page: &CustomerPage) -> String {
    page.first_order.map_or_else(String::new, |day| lang.f("customer.since", &[("date", &lang.date(day))]))
}

fn timeline(lang: Lang, page: &CustomerPage) -> Markup {
    let month = |date: Date| Grain::Month.index(date, WeekStart::Monday);
    let heads = |at: usize| at == 0 || month(page.timeline[at].date) != month(page.timeline[at - 1].date);
    html! {
        @if page.timeline.is_empty() { div.empty { p { (lang.t("customer.nothing")) } } }
        ul.tl {
            @for (at, happening) in page.timeline.iter().enumerate() {
                @if heads(at) { li.head { h3 { (lang.month(happening.date)) } } }
                (one(lang, happening))
            }
        }
        @if page.timeline_left_out > 0 { p.small { (lang.n("customer.more", page.timeline_left_out, &[])) } }
    }
}

fn one(lang: Lang, happening: &Happening) -> Markup {
    let (drawing, tone, text) = match happening.kind {
        HappeningKind::Order => ("coins", "kept", lang.f("customer.order", &[("id", &happening.name)])),
        HappeningKind::Refund => ("undo", "lost", lang.f("customer.refund", &[("id", &happening.name)])),
        HappeningKind::Event => ("pulse", "", happening.name.clone()),
    };
    html! {
        li {
            time datetime=(happening.date) { (lang.day(happening.date)) }
            span.dot.(tone) { (icon(drawing)) }
            span { (text) @if let Some(lines) = happening.lines { " " small { (lang.n("unit.lines", lines, &[])) } } }
            span.num { @if let Some(amount) = happening.amount {
                (if happening.kind == HappeningKind::Refund { "−" } else { "" }) (lang.money_exact(amount))
            } }
        }
    }
}

fn months(lang: Lang, page: &CustomerPage) -> Markup {
    let values: Vec<f64> = page.months.iter().map(|month| month.orders as f64).collect();
    let tall = heights(&values);
    html! {
        ul.cols {
            @for (month, height) in page.months.iter().zip(&tall) {
                li {
                    b.num { (month.orders) }
                    i.z[month.orders == 0] style={ "height:" (crate::charts::short(height * BAR)) "px" } {}
                    span title=(lang.month(month.month.start)) { (lang.month_short(month.month.start)) }
                }
            }
        }
    }
}

fn facts(lang: Lang, page: &CustomerPage) -> Markup {
    html! {
        dl.kv {
            dt { (lang.t("customer.id")) } dd { (page.id) }
            @if let Some(country) = &page.country { dt { (lang.t("column.country")) } dd { (country) } }
            @if let Some(day) = page.first_order { dt { (lang.t("column.first_order")) } dd.num { (lang.date(day)) } }
            @if let Some(day) = page.last_order { dt { (lang.t("column.last_order")) } dd.num { (lang.date(day)) } }
            dt { (lang.t("customer.rule")) }
            dd { (lang.n("customer.rule_text", u64::from(page.active_days), &[])) }
            @for (label, text) in &page.facts { dt { (lang.label(label)) } dd { (text) } }
        }
    }
}
