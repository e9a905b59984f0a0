//! Lists of customers: found, filtered, saved; a drawer beside a page, and the same people as a page of their own.

use maud::{Markup, html};
use reports::pages::people::{PeoplePage, PersonColumn, PersonRow};
use reports::pages::{Rule, Value, Who};

use crate::cards::freshness;
use crate::parts::{customer, go, hidden, icon, pager, select, sort_header};
use crate::shell::{View, shell};
use crate::{Here, Lang};

/// How many people the drawer names before it points to the full list.
pub const DRAWER_ROWS: usize = 25;
/// Parameters that narrow the list, besides the columns of words.
const NARROWING: [&str; 13] = [
    "q",
    "country",
    "status",
    "rfm",
    "plan",
    "orders",
    "spend_min",
    "spend_max",
    "within",
    "quiet",
    "first_from",
    "first_to",
    "page",
];

/// The page.
pub fn page(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    let everybody = page.who == Who::All && page.segment.is_empty();
    let title = if everybody { lang.t("people.title") } else { lang.sentence_of(page.rule, &page.title) };
    shell(
        view,
        &page.workspace,
        "nav.customers",
        &title,
        html! {
            @if !everybody { p.crumb { a href="/customers" { (lang.t("people.title")) } } }
            header.head {
                div { h1 { (title) }
                    @if everybody { p { (lang.t("people.question")) } } @else { p.num { (how_many(lang, page)) } } }
                div.tools { a.btn href=(view.here.url()) data-share { (icon("share")) (lang.t("head.share")) } }
            }
            section.card #people aria-label=(title) { (list(view, page)) }
            (freshness(lang, &page.freshness))
        },
    )
}

/// The list of the page, which is also the part `people`.
pub fn list(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    html! {
        div #people-part data-part="people" {
            (views(view, page))
            div.bar {
                form.find action="/customers" autocomplete="off" data-live="people" {
                    (hidden(view.here, &["q", "page"]))
                    label.field { (icon("search")) span.sr { (lang.t("people.find")) }
                        input type="search" name="q" value=(page.list.q) placeholder=(lang.t("people.find")) data-filter; }
                    (go(lang))
                }
                (filters(view, page))
                (columns(view, page))
                (save(view, page))
                a.btn href=(csv(view, page)) { (icon("export")) (lang.t("bulk.export_all")) }
                span.cnt.num role="status" { (counted(lang, page)) }
            }
            (chips(view, page))
            @if page.rows.is_empty() {
                div.empty { h2 { (lang.t("list.none")) } p { (lang.t("list.none_text")) }
                    @if page.chips.is_empty() { a.btn href="/data" { (lang.t("sample.own")) } } @else {
                        a.btn href=(cleared(view).url()) data-swap { (lang.t("list.clear")) } } }
            } @else {
                form action="/customers.csv" data-bulk {
                    (hidden(view.here, &["id", "all", "page", "cols"]))
                    input type="hidden" name="cols" value=(shown_columns(page));
                    div.tblwrap { (table(view, page)) }
                    (pager(view, &page.list, page.rows.len(), page.total))
                    (bulk(lang, page))
                }
            }
        }
    }
}

/// The list as a part of another page, about people who are chosen there: it is found in, sorted and exported.
pub(crate) fn within(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    let these = Here::people(&page.who, &page.segment);
    html! {
        div #people-part data-part="people" {
            form.bar action=(view.here.path()) autocomplete="off" data-live="people" {
                (hidden(view.here, &["q", "page"]))
                label.field { (icon("search")) span.sr { (lang.t("people.find")) }
                    input type="search" name="q" value=(page.list.q) placeholder=(lang.t("people.find")) data-filter; }
                (go(lang))
                span.cnt.num role="status" { (counted(lang, page)) }
            }
            @if page.rows.is_empty() {
                div.empty { p { (lang.t("list.none")) }
                    a.btn href=(view.here.without(&["q", "page"]).url()) data-swap { (lang.t("list.clear")) } }
            } @else {
                form action="/customers.csv" data-bulk {
                    (hidden(&these, &["id", "all"]))
                    input type="hidden" name="cols" value=(shown_columns(page));
                    div.tblwrap { (table(view, page)) }
                    (pager(view, &page.list, page.rows.len(), page.total))
                    (bulk(lang, page))
                }
            }
        }
    }
}

/// How many fit, and what they bring.
fn counted(lang: Lang, page: &PeoplePage) -> String {
    match page.worth {
        Some(worth) => {
            let key = lang.suited(page.rule, "people.worth");
            lang.n(&key, page.total, &[("worth", &lang.money(worth))])
        }
        None => lang.n("people.count", page.total, &[]),
    }
}

/// The list without anything that narrows it further than the number it was opened from.
fn cleared(view: &View<'_>) -> Here {
    let pairs = view.here.pairs().iter();
    let kept = pairs.filter(|pair| !NARROWING.contains(&pair.0.as_str()) && !pair.0.starts_with("is.")).cloned();
    let cleared = Here::new("/customers", kept);
    // Nothing to clear there: the way out is everybody.
    if cleared == view.here.without(&["page"]) { Here::new("/customers", []) } else { cleared }
}

/// Saved lists as tabs.
fn views(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    if page.views.is_empty() {
        return html! {};
    }
    let whole = page.chips.is_empty() && !page.views.iter().any(|one| one.current);
    html! {
        nav.seg.tabs aria-label=(lang.t("views.title")) {
            a href="/customers" aria-current=[whole.then_some("page")] { (lang.t("who.all")) }
            @for one in &page.views {
                a href=(Here::new("/customers", one.pairs.iter().cloned()).url())
                    aria-current=[one.current.then_some("page")] { (one.name) }
            }
        }
    }
}

/// What narrows the list; each goes away on its own.
fn chips(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    html! {
        @if !page.chips.is_empty() {
            ul.chips aria-label=(lang.t("filter.active")) {
                @for chip in &page.chips {
                    @let params: Vec<&str> = chip.params.iter().map(String::as_str).chain(["page"]).collect();
                    @let text = lang.sentence(&chip.label);
                    li { a.chip href=(view.here.without(&params).on("/customers").url())
                        aria-label=(lang.f("filter.remove", &[("filter", &text)])) { (text) (icon("x")) } }
                }
            }
        }
    }
}

/// The form that narrows the list: native fields, and a button for those without script as well.
fn filters(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    let filters = &page.filters;
    let of_words = filters.choices.iter().map(|one| one.param.as_str());
    let own: Vec<&str> = NARROWING.into_iter().filter(|name| *name != "q").chain(of_words).collect();
    let number = |name: &str, label: String, value: &str, step: &str| {
        html! { label.in2 { span { (label) }
        input type="number" name=(name) value=(value) min="0" step=(step) inputmode="decimal"; } }
    };
    let date = |name: &str, label: String, value: &str| {
        html! { label.in2 { span { (label) } input type="date" name=(name) value=(value); } }
    };
    let suited = |key: &str| lang.t(&lang.suited(page.rule, key));
    html! {
        details.more {
            summary.btn { (icon("plus")) (lang.t("filter.add")) }
            form.panel action="/customers" autocomplete="off" {
                (hidden(view.here, &own))
                @for one in &filters.choices {
                    div.in2 { (select(lang, &lang.label(&one.label), &one.param, &one.choices, &one.current, true)) }
                }
                @if filters.orders {
                    (number("orders", lang.t("filter.orders"), &filters.orders_min, "1"))
                    (number("spend_min", lang.t("filter.spend_min"), &filters.spend_min, "any"))
                    (number("spend_max", lang.t("filter.spend_max"), &filters.spend_max, "any"))
                }
                (number("within", suited("filter.within"), &filters.within, "1"))
                (number("quiet", suited("filter.quiet"), &filters.quiet, "1"))
                (date("first_from", suited("filter.first_from"), &filters.first_from))
                (date("first_to", suited("filter.first_to"), &filters.first_to))
                button.btn.pri type="submit" { (lang.t("filter.apply")) }
            }
        }
    }
}

/// Which columns are shown.
fn columns(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    html! {
        details.more {
            summary.btn { (icon("rows")) (lang.t("columns.choose")) }
            form.panel.narrow action="/customers" autocomplete="off" {
                (hidden(view.here, &["cols"]))
                // Without a tick the customer alone is shown, and not the usual columns.
                input type="hidden" name="cols" value="none";
                @for column in &page.columns {
                    label.tick { input type="checkbox" name="cols" value=(column.id) checked[column.shown];
                        (lang.label(&column.label)) }
                }
                button.btn.pri type="submit" { (lang.t("columns.show")) }
            }
        }
    }
}

/// Keeps the list under a name, and takes kept ones away.
fn save(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    html! {
        details.more {
            summary.btn { (icon("pin")) (lang.t("views.save")) }
            div.panel.narrow {
                form method="post" action="/customers" autocomplete="off" {
                    input type="hidden" name="csrf" value=(view.csrf);
                    (hidden(view.here, &["page", "csrf", "view", "remove"]))
                    label.in2 { span { (lang.t("views.name")) }
                        input type="text" name="view" maxlength="60" required; }
                    button.btn.pri type="submit" { (lang.t("views.save")) }
                }
                @if !page.views.is_empty() {
                    ul.plain { @for one in &page.views { li { form.row method="post" action="/customers" {
                        input type="hidden" name="csrf" value=(view.csrf);
                        input type="hidden" name="remove" value=(one.id);
                        span { (one.name) }
                        button.btn.ico.ghost type="submit"
                            aria-label=(lang.f("views.remove", &[("name", &one.name)])) { (icon("x")) }
                    } } } }
                }
            }
        }
    }
}

fn table(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    let shown: Vec<&PersonColumn> = page.columns.iter().filter(|column| column.shown).collect();
    html! {
        table.tbl.pick {
            caption.sr { (lang.sentence_of(page.rule, &page.title)) }
            thead { tr {
                th { input type="checkbox" data-all aria-label=(lang.t("bulk.all")); }
                (sort_header(view, &page.list, "customer", &lang.t("column.customer"), false))
                @for column in &shown {
                    (sort_header(view, &page.list, &column.id, &lang.label(&column.label), column.number))
                }
            } }
            tbody { @for row in &page.rows { tr {
                td { input type="checkbox" name="id" value=(row.id)
                    data-worth=[row.worth.map(|worth| worth.decimal())]
                    aria-label=(lang.f("bulk.select", &[("name", row.name.as_deref().unwrap_or(&row.id))])); }
                th scope="row" { (customer(&row.id, row.name.as_deref(), "")) }
                @for (column, value) in shown.iter().zip(&row.cells) { (cell(lang, column, value.as_ref())) }
            } } }
        }
    }
}

fn cell(lang: Lang, column: &PersonColumn, value: Option<&Value>) -> Markup {
    let text = match value {
        None => "–".to_owned(),
        Some(Value::Money(money)) => lang.money(*money),
        Some(Value::Number(times)) if column.id == "times_over" => {
            lang.f("unit.times", &[("times", &lang.num(*times, 1))])
        }
        Some(value) => lang.value(value),
    };
    let tone = match value {
        Some(Value::Word(key)) if key == "status.active" => Some("kept"),
        Some(Value::Word(key)) if key == "status.left" => Some("lost"),
        _ => None,
    };
    html! {
        td.r[column.number] { @if let Some(tone) = tone { span.badge.(tone) { (text) } } @else { (text) } }
    }
}

/// What can be done with those who are ticked, or with all.
fn bulk(lang: Lang, page: &PeoplePage) -> Markup {
    html! {
        div.acts role="group" aria-label=(lang.t("bulk.label")) {
            b.num data-one=(lang.n("bulk.selected", 1, &[])) data-many=(lang.f("bulk.selected", &[])) {}
            @if let Some(worth) = page.worth { span.num data-sum=(worth.currency.code()) {} }
            label.tick { input type="checkbox" name="all" value="1"; (lang.n("bulk.all_of", page.total, &[])) }
            button.btn type="submit" { (icon("export")) (lang.t("bulk.export")) }
        }
    }
}

/// The drawer: the first people, and the way to all of them. This is the part `drawer`.
pub fn drawer(view: &View<'_>, page: &PeoplePage) -> Markup {
    let lang = view.lang;
    html! {
        header {
            div { h2 #drawer-title { (lang.sentence_of(page.rule, &page.title)) } p.num { (how_many(lang, page)) } }
            button.btn.ico.ghost type="button" data-close aria-label=(lang.t("drawer.close")) { (icon("x")) }
        }
        @if page.rows.is_empty() {
            div.empty { h3 { (lang.t("people.nobody")) } p { (lang.t("people.nobody_text")) } }
        } @else {
            ul.list { @for row in page.rows.iter().take(DRAWER_ROWS) { (person(lang, page.rule, row)) } }
        }
        footer {
            a.btn.pri href=(view.here.url()) { (icon("people")) (lang.n("people.all", page.total, &[])) }
            a.btn href=(csv(view, page)) { (icon("export")) (lang.t("bulk.export")) }
        }
    }
}

fn person(lang: Lang, rule: Rule, row: &PersonRow) -> Markup {
    let orders = (row.orders > 0 || rule == Rule::Purchase).then(|| lang.n("unit.orders", row.orders, &[]));
    let below: Vec<String> = row.country.iter().cloned().chain(orders).collect();
    html! {
        li {
            span { (customer(&row.id, row.name.as_deref(), &below.join(" · "))) }
            span.num {
                @if let Some(worth) = row.worth { (lang.money_whole(worth)) br; }
                small { (lang.n("unit.days_ago", u64::from(row.days_since), &[])) } }
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

/// The columns that are shown, as an address says them.
fn shown_columns(page: &PeoplePage) -> String {
    let shown: Vec<&str> = page.columns.iter().filter(|one| one.shown).map(|one| one.id.as_str()).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(",") }
}

fn csv(view: &View<'_>, page: &PeoplePage) -> String {
    view.here.without(&["page", "cols"]).on("/customers.csv").with("cols", &shown_columns(page)).url()
}
