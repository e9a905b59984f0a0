//! The people behind a number: a drawer beside the page, and the same people as a page of their own.

use maud::{Markup, html};
use reports::pages::people::{PeoplePage, PersonRow};

use crate::Lang;
use crate::cards::{freshness, overdue};
use crate::parts::{customer, go, hidden, icon, pager, sort_header};
use crate::shell::{View, shell};

/// How many people the drawer names before it points to the full list.
pub const DRAWER_ROWS: usize = 25;

/// The page.
pub fn page(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    let title = lang.sentence(&page.title);
    shell(
        view,
        &page.workspace,
        "nav.customers",
        &title,
        html! {
            p.crumb { a href="/retention" { (lang.t("retention.title")) } " / " span { (lang.t("nav.customers_group")) } }
            header.head {
                div { h1 { (title) } p.num { (how_many(lang, page)) } }
                div.tools { a.btn href=(csv(view)) { (icon("export")) (lang.t("bulk.export_all")) } }
            }
            section.card #people { (list(view, page)) }
            (freshness(lang, &page.freshness))
        },
    )
}

/// The list of the page, which is also the part `people`.
pub fn list(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    html! {
        div #people-part data-part="people" {
            form.bar action=(view.here.path()) autocomplete="off" data-live="people" {
                (hidden(view.here, &["q", "page"]))
                label.field { (icon("search")) span.sr { (lang.t("overdue.filter")) }
                    input type="search" name="q" value=(page.list.q) placeholder=(lang.t("overdue.filter")) data-filter; }
                (go(lang))
                span.cnt.num role="status" { (lang.n("people.count", page.total, &[])) }
            }
            @if page.rows.is_empty() {
                div.empty { h3 { (lang.t("list.none")) } p { (lang.t("list.none_text")) }
                    a.btn href=(view.here.without(&["q", "country", "page"]).url()) data-swap { (lang.t("list.clear")) } }
            } @else {
                form action="/customers.csv" data-bulk {
                    div.tblwrap { (table(view, page)) }
                    (pager(view, &page.list, page.rows.len(), page.total))
                    (overdue::bulk(lang))
                }
            }
        }
    }
}

fn table(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    let sort =
        |column: &str, right: bool| sort_header(view, &page.list, column, &lang.word_or("column", column), right);
    html! {
        table.tbl.pick {
            caption.sr { (lang.sentence(&page.title)) }
            thead { tr {
                th { input type="checkbox" data-all aria-label=(lang.t("bulk.all")); }
                (sort("customer", false)) (sort("country", false)) (sort("first_order", false))
                (sort("last_order", false)) (sort("days_since", true)) (sort("orders", true)) (sort("spend", true))
            } }
            tbody { @for row in &page.rows { tr {
                td { input type="checkbox" name="id" value=(row.id)
                    aria-label=(lang.f("bulk.select", &[("name", row.name.as_deref().unwrap_or(&row.id))])); }
                td { (customer(&row.id, row.name.as_deref(), "")) }
                td { (row.country.as_deref().unwrap_or("–")) }
                td { (lang.date(row.first_order)) } td { (lang.date(row.last_order)) }
                td.r { (lang.n("unit.days", u64::from(row.days_since), &[])) }
                td.r { (lang.count(row.orders)) } td.r { (lang.money_whole(row.spend)) }
            } } }
        }
    }
}

/// The drawer: the first people, and the way to all of them. This is the part `drawer`.
pub fn drawer(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    html! {
        header {
            div { h2 #drawer-title { (lang.sentence(&page.title)) } p.num { (how_many(lang, page)) } }
            button.btn.ico.ghost type="button" data-close aria-label=(lang.t("drawer.close")) { (icon("x")) }
        }
        @if page.rows.is_empty() {
            div.empty { h3 { (lang.t("people.nobody")) } p { (lang.t("people.nobody_text")) } }
        } @else {
            ul.list { @for row in page.rows.iter().take(DRAWER_ROWS) { (person(lang, row)) } }
        }
        footer {
            a.btn.pri href=(view.here.url()) { (icon("people")) (lang.n("people.all", page.total, &[])) }
            a.btn href=(csv(view)) { (icon("export")) (lang.t("bulk.export")) }
        }
    }
}

fn person(lang: Lang, row: &PersonRow) -> Markup {
    let orders = lang.n("unit.orders", row.orders, &[]);
    let below = match &row.country {
        Some(country) => format!("{country} · {orders}"),
        None => orders,
    };
    html! {
        li {
            span { (customer(&row.id, row.name.as_deref(), &below)) }
            span.num { (lang.money_whole(row.spend)) br; small { (lang.n("unit.days_ago", u64::from(row.days_since), &[])) } }
        }
    }
}

fn how_many(lang: Lang, page: &PeoplePage) -> String {
    match page.share {
        Some(share) => {
            let rate = share.rate().map_or_else(|| "–".to_owned(), |rate| lang.pct(rate, 1));
            lang.n("people.of", share.part, &[("whole", &lang.count(share.whole)), ("rate", &rate)])
        }
        None => lang.n("people.count", page.total, &[]),
    }
}

fn csv(view: &View<'_>) -> String {
    view.here.without(&["page"]).on("/customers.csv").url()
}
