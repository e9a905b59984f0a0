//! What every number means: the rule in force, the figures of the pages, and every metric's card; printable.

use std::collections::BTreeSet;

use maud::{Markup, html};
use reports::pages::Rule;
use reports::pages::metrics::{Card, MetricsPage};

use crate::Lang;
use crate::pages::settings::{rule, window};
use crate::shell::{View, shell};

/// The figures of the strip, in its order; those of other pages follow.
const FIGURES: [&str; 8] = ["retention", "active", "churn", "repeat", "order_value", "revenue", "first", "returned"];

/// Cards by what they are about. A card that is in none of these stands in the last group.
const GROUPS: [(&str, &[&str]); 6] = [
    (
        "stay",
        &[
            "customer-retention",
            "retention-series",
            "retention-flow",
            "retention-change",
            "active-customers",
            "cohorts",
            "survival",
            "lifecycle",
            "stickiness",
        ],
    ),
    (
        "buy",
        &[
            "repeat-purchase-rate",
            "returning-order-share",
            "purchase-frequency",
            "time-between-orders",
            "average-order-value",
            "revenue",
            "revenue-change",
        ],
    ),
    ("recurring", &["mrr-movements", "revenue-retention", "revenue-churn", "revenue-cohorts"]),
    ("who", &["rfm", "concentration", "overdue"]),
    ("did", &["event-retention", "funnel", "sessions", "paths", "friction", "stayed-did", "cohort-difference"]),
    ("more", &[]),
];

/// The page.
pub fn page(view: &View<'_>, page: &MetricsPage) -> Markup {
    let lang = view.lang;
    let groups = grouped(&page.cards);
    let figures = figures();
    shell(
        view,
        &page.workspace,
        "",
        &lang.t("metrics.title"),
        html! {
            header.head { div { h1 { (lang.t("metrics.title")) } p { (lang.t("metrics.question")) } } }
            (in_force(lang, page))
            (contents(lang, &figures, &groups))
            section.defs aria-labelledby="figures" {
                h2 #figures { (lang.t("metrics.figures")) }
                @for id in &figures { (figure(lang, page, id)) }
            }
            @for (group, cards) in &groups {
                section.defs aria-labelledby={ "group-" (group) } {
                    h2 id={ "group-" (group) } { (lang.t(&format!("metrics.group.{group}"))) }
                    @for card in cards { (one(lang, card)) }
                }
            }
        },
    )
}

/// Every figure a page shows in its strip, by its id.
fn figures() -> Vec<String> {
    let mut ids: Vec<String> = FIGURES.map(str::to_owned).to_vec();
    let others: BTreeSet<String> = Lang::En
        .keys()
        .filter_map(|key| key.strip_prefix("kpi.")?.strip_suffix(".name"))
        .filter(|id| !FIGURES.contains(id))
        .map(str::to_owned)
        .collect();
    ids.extend(others);
    ids
}

fn grouped(cards: &[Card]) -> Vec<(&'static str, Vec<&Card>)> {
    let of = |ids: &[&str]| ids.iter().filter_map(|id| cards.iter().find(|card| card.id == *id)).collect();
    let grouped = |id: &str| GROUPS.iter().any(|(_, ids)| ids.contains(&id));
    let all = GROUPS.iter().map(|(group, ids)| match *group {
        "more" => (*group, cards.iter().filter(|card| !grouped(&card.id)).collect()),
        group => (group, of(ids)),
    });
    all.filter(|(_, cards): &(_, Vec<&Card>)| !cards.is_empty()).collect()
}

/// By which rule customers are counted here, and where to change it.
fn in_force(lang: Lang, page: &MetricsPage) -> Markup {
    html! {
        section.card.pad aria-labelledby="in-force" {
            h2 #in-force { (lang.t("metrics.in_force")) }
            @if let Some(by) = &page.by {
                dl.kv {
                    dt { (lang.t("settings.rule")) } dd { (rule(lang, by)) }
                    dt { (lang.t("settings.window")) } dd { (window(lang, by)) }
                    dt { (lang.t("metrics.profile")) } dd { code { "regulars" } }
                }
                p.small { (lang.t(if page.chosen { "settings.is_chosen" } else { "settings.is_found" })) " "
                    a href="/settings/definitions" { (lang.t("metrics.change")) } }
            } @else { p { (lang.t("settings.no_facts")) } }
        }
    }
}

fn contents(lang: Lang, figures: &[String], groups: &[(&str, Vec<&Card>)]) -> Markup {
    html! {
        nav.card.pad.toc aria-labelledby="contents" {
            h2 #contents { (lang.t("metrics.contents")) }
            div.tocs {
                div { h3 { a href="#figures" { (lang.t("metrics.figures")) } }
                    ul { @for id in figures { li { a href={ "#" (id) } { (lang.t(&format!("kpi.{id}.name"))) } } } } }
                @for (group, cards) in groups {
                    div { h3 { a href={ "#group-" (group) } { (lang.t(&format!("metrics.group.{group}"))) } }
                        ul { @for card in cards { li { a href={ "#card-" (card.id) } { (word(lang, card, "title")) } } } } }
                }
            }
        }
    }
}

fn figure(lang: Lang, page: &MetricsPage, id: &str) -> Markup {
    let kind = page.by.as_ref().map_or(Rule::Purchase, |by| by.rule);
    let days =
        page.by.as_ref().and_then(|by| by.window_days).map_or_else(|| "–".to_owned(), |days| lang.count(days.into()));
    let text = |part: &str| lang.f(&lang.suited(kind, &format!("kpi.{id}.{part}")), &[("days", &days)]);
    html! {
        article.card.pad id=(id) {
            h3 { (text("name")) }
            p { (text("what")) }
            p.fx { (text("formula")) }
            p.small { (text("example")) }
        }
    }
}

fn one(lang: Lang, card: &Card) -> Markup {
    let english = (lang != Lang::En).then_some("en");
    html! {
        article.card.pad id={ "card-" (card.id) } {
            h3 { (word(lang, card, "title")) " " code.small { (card.id) } }
            p { (word(lang, card, "question")) }
            p.fx { (word(lang, card, "formula")) }
            p { span.small { (lang.t("metrics.example")) } " " (word(lang, card, "example")) }
            p.small { (lang.t("metrics.unit")) " " (lang.word_or("metrics.unit", &card.unit)) " · "
                (lang.t("metrics.source")) " " span lang=[english] { (card.source) } }
        }
    }
}

/// A text of a card in the language, or its own.
fn word(lang: Lang, card: &Card, part: &str) -> String {
    let key = format!("card.{}.{part}", card.id);
    if lang.knows(&key) {
        return lang.t(&key);
    }
    match part {
        "title" => card.title.clone(),
        "question" => card.question.clone(),
        "formula" => card.formula.clone(),
        _ => card.example.clone(),
    }
}
