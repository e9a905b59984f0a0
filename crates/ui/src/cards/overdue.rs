//! Customers past their own rhythm: a rule that says so, sorted, filtered and paged by the server.

use maud::{Markup, html};
use reports::pages::retention::{Overdue, OverdueRow};
use reports::pages::{Frame, Slot, Who};

use super::people;
use crate::Lang;
use crate::parts::{customer, go, hidden, icon, pager, select, slot, sort_header};
use crate::shell::View;

/// The card.
pub fn card(view: &View<'_>, frame: &Frame, found: &Slot<Overdue>) -> Markup {
    let lang = view.lang;
    html! {
        section.card #overdue aria-labelledby="overdue-title" {
            header {
                div {
                    h2 #overdue-title { (lang.t("overdue.title")) }
                    @if let Slot::Ready(content) = found {
                        p { (lang.n("overdue.rule", u64::from(content.orders_min), &[("times", &lang.num(content.times, 0))]))
                            " " span.badge { (lang.t("overdue.is_rule")) } }
                    }
                }
                div.tools { a.btn.ghost href=(people(frame, &Who::Overdue)) { (lang.t("overdue.all")) } }
            }
            (body(view, found))
        }
    }
}

/// The part `overdue`: what sorting, filtering and paging replace.
pub fn body(view: &View<'_>, found: &Slot<Overdue>) -> Markup {
    html! {
        div #overdue-part data-part="overdue" {
            (slot(view, found, |content| list(view, content)))
        }
    }
}

fn list(view: &View<'_>, content: &Overdue) -> Markup {
    let lang = view.lang;
    let clear = format!("{}#overdue", view.here.without(&["q", "country", "page"]).url());
    html! {
        form.bar action={ (view.here.path()) "#overdue" } autocomplete="off" data-live="overdue" {
            (hidden(view.here, &["q", "country", "page"]))
            label.field { (icon("search")) span.sr { (lang.t("overdue.filter")) }
                input type="search" name="q" value=(content.list.q) placeholder=(lang.t("overdue.filter")) data-filter; }
            (select(lang, &lang.t("column.country"), "country", &content.countries, &content.list.country, false))
            (go(lang))
            span.cnt.num role="status" { (lang.n("overdue.count", content.total, &[("spend", &lang.money(content.spend))])) }
        }
        @if content.rows.is_empty() {
            div.empty {
                h3 { (lang.t("list.none")) } p { (lang.t("list.none_text")) }
                a.btn href=(clear) data-swap { (lang.t("list.clear")) }
            }
        } @else {
            form action="/customers.csv" data-bulk {
                div.tblwrap { (table(view, content)) }
                (pager(view, &content.list, content.rows.len(), content.total))
                (bulk(lang))
            }
        }
    }
}

/// What can be done with the chosen ones; appears with the first tick, with or without script.
pub(crate) fn bulk(lang: Lang) -> Markup {
    html! {
        div.acts role="toolbar" aria-label=(lang.t("bulk.label")) {
            b.num data-one=(lang.n("bulk.selected", 1, &[])) data-many=(lang.f("bulk.selected", &[])) {}
            button.btn.pri { (icon("export")) (lang.t("bulk.export")) }
        }
    }
}

fn table(view: &View<'_>, content: &Overdue) -> Markup {
    let lang = view.lang;
    let sort =
        |column: &str, right: bool| sort_header(view, &content.list, column, &lang.word_or("column", column), right);
    html! {
        table.tbl.pick {
            caption.sr { (lang.t("overdue.title")) }
            thead { tr {
                th { input type="checkbox" data-all aria-label=(lang.t("bulk.all")); }
                (sort("customer", false)) (sort("country", false))
                (sort("days_since", true)) (sort("usual_gap", true)) (sort("times_over", false))
                (sort("orders", true)) (sort("spend", true))
            } }
            tbody { @for row in &content.rows { (one(lang, row)) } }
        }
    }
}

fn one(lang: Lang, row: &OverdueRow) -> Markup {
    let times = (row.usual_gap_days > 0.0).then(|| f64::from(row.days_since) / row.usual_gap_days);
    let name = row.name.as_deref().unwrap_or(&row.id);
    html! {
        tr {
            td { input type="checkbox" name="id" value=(row.id) aria-label=(lang.f("bulk.select", &[("name", name)])); }
            td { (customer(&row.id, row.name.as_deref(), "")) }
            td { (row.country.as_deref().unwrap_or("–")) }
            td.r { (lang.n("unit.days", u64::from(row.days_since), &[])) }
            td.r { (gap(lang, row.usual_gap_days)) }
            td { @if let Some(times) = times { (over(lang, times)) } }
            td.r { (lang.count(row.orders)) }
            td.r { (lang.money_whole(row.spend)) }
        }
    }
}

/// A usual gap in days: halves happen with an even number of gaps.
pub(crate) fn gap(lang: Lang, days: f64) -> String {
    if days.fract() == 0.0 && days >= 0.0 {
        return lang.n("unit.days", days as u64, &[]);
    }
    lang.f("unit.days_usual", &[("days", &lang.num(days, 1))])
}

/// How many usual gaps ago the last order was, with a bar that is full at six.
fn over(lang: Lang, times: f64) -> Markup {
    let level = if times >= 4.0 { "high" } else { "mid" };
    html! {
        span.lv.(level) {
            span.mt aria-hidden="true" { i style={ "width:" (crate::charts::short((times / 6.0).clamp(0.0, 1.0) * 100.0)) "%" } {} }
            em { (lang.f("unit.times", &[("times", &lang.num(times, 1))])) }
        }
    }
}
