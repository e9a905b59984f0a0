//! One customer: key numbers, what happened, what it was worth, all we know, and what the team wrote.

use maud::{Markup, html};
use reports::pages::customer::{
    CustomerPage, GroupThen, Happening, HappeningKind, Known, OrderLine, State, Timeline, Tone, Worth,
};
use reports::pages::{Rule, Sentence, Value};
use terms::{Date, Grain, Money, WeekStart};

use crate::cards::freshness;
use crate::cards::groups::family;
use crate::charts::bars::heights;
use crate::here::customer_path;
use crate::parts::icon;
use crate::shell::{View, shell};
use crate::{Here, Lang};

/// Height of the tallest bar, in pixels.
const BAR: f64 = 84.0;
/// The parts of this page that can be asked for alone.
pub const PARTS: [&str; 1] = ["timeline"];

/// The page.
pub fn page(view: &View<'_>, page: &CustomerPage) -> Markup {
    let lang = view.lang;
    let name = page.name.as_deref().unwrap_or(&page.id);
    let title = page.name.clone().unwrap_or_else(|| lang.f("customer.title", &[("id", &page.id)]));
    let export = format!("{}.json", customer_path(&page.id));
    shell(
        view,
        &page.workspace,
        "nav.customers",
        &title,
        html! {
            p.crumb { a href="/customers" { (lang.t("people.title")) } }
            header.head {
                div.idline {
                    span.ava aria-hidden="true" { (initials(name)) }
                    div { h1 { (title) } (tags(lang, page)) p.small { (why(lang, page)) } }
                }
                div.tools { a.btn href=(export) { (icon("export")) (lang.t("customer.export")) } }
            }
            section.card.kpis aria-label=(lang.t("customer.numbers")) { (tiles(lang, page)) }
            div.c360 {
                div.stack { (timeline(view, page)) }
                div.stack {
                    (months(lang, page))
                    (worth(lang, page))
                    (groups(lang, page))
                    (notes(view, page))
                    (facts(lang, page))
                }
            }
            (freshness(lang, &page.freshness))
        },
    )
}

/// One part alone; nothing for a name that is no part.
pub fn part(name: &str, view: &View<'_>, page: &CustomerPage) -> Option<Markup> {
    (name == "timeline").then(|| timeline(view, page))
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
            @match page.state {
                State::Active(_) => span.badge.kept { (lang.t("customer.active")) },
                State::Left(day) => span.badge.lost { (lang.f("customer.left_on", &[("date", &lang.date(day))])) },
                State::Never => span.badge { (lang.t("status.never")) },
            }
            @if page.overdue { span.badge.watch { (lang.t("customer.overdue")) } }
            @if let Some((group, of)) = &page.group {
                span.badge.(family(*of)) { (lang.f("customer.group", &[("group", &lang.word_or("group", group))])) }
            }
        }
    }
}

/// Why the state is what it is.
fn why(lang: Lang, page: &CustomerPage) -> String {
    let days = u64::from(page.active_days);
    let key = |word: &str| lang.suited(page.rule, &format!("customer.why_{word}"));
    match (page.state, &page.reason) {
        (State::Active(day), _) => lang.n(&key("active"), days, &[("date", &lang.date(day))]),
        (State::Left(_), Some(reason)) => lang.f("customer.why_reason", &[("reason", reason)]),
        (State::Left(_), None) => lang.n(&key("left"), days, &[]),
        (State::Never, _) => lang.t(&key("never")),
    }
}

fn tiles(lang: Lang, page: &CustomerPage) -> Markup {
    let shown = |value: &Option<Value>| match value {
        None => "–".to_owned(),
        Some(Value::Money(money)) => lang.money(*money),
        Some(value) => lang.value(value),
    };
    html! {
        @for tile in &page.tiles {
            @let long = matches!(tile.value, Some(Value::Date(_) | Value::Text(_)));
            article.kpi.plain {
                h2.lab { span { (lang.t(&tile.label)) } }
                p.val.num.long[long] { (shown(&tile.value)) }
                p.delta.num { @if let Some(below) = &tile.below { (lang.sentence(below)) } }
            }
        }
    }
}

/// What happened. This is the part `timeline`.
fn timeline(view: &View<'_>, page: &CustomerPage) -> Markup {
    let lang = view.lang;
    let of = &page.timeline;
    html! {
        section.card #timeline data-part="timeline" aria-labelledby="timeline-title" {
            header { div { h2 #timeline-title { (lang.t("customer.timeline")) } p.num role="status" {
                (lang.n("customer.entries", of.total, &[])) } } }
            @if of.kinds.len() > 1 { (kinds(view, of)) }
            div.pad {
                @if of.entries.is_empty() { div.empty { p { (lang.t("customer.nothing")) } } }
                (entries(view, of))
                (turn(view, of))
                @if of.cut { p.small { (lang.t("customer.cut")) } }
            }
        }
    }
}

/// The address of the timeline with one parameter changed.
fn at(here: &Here, name: &str, value: &str, without: &[&str]) -> String {
    format!("{}#timeline", here.without(without).with(name, value).url())
}

fn kinds(view: &View<'_>, of: &Timeline) -> Markup {
    let lang = view.lang;
    let all: u64 = of.kinds.iter().map(|(_, n)| n).sum();
    let href = |word: &str| at(view.here, "kind", word, &["page", "order"]);
    html! {
        nav.seg.tabs aria-label=(lang.t("customer.kinds")) {
            a href=(href("")) data-swap aria-current=[of.kind.is_none().then_some("true")] {
                (lang.t("customer.kind.all")) " " small { (lang.count(all)) } }
            @for (kind, n) in &of.kinds {
                a href=(href(kind.word())) data-swap aria-current=[(of.kind == Some(*kind)).then_some("true")] {
                    (lang.word_or("customer.kind", kind.word())) " " small { (lang.count(*n)) } }
            }
        }
    }
}

fn entries(view: &View<'_>, of: &Timeline) -> Markup {
    let lang = view.lang;
    let month = |date: Date| Grain::Month.index(date, WeekStart::Monday);
    let mut months: Vec<(Date, Vec<&Happening>)> = Vec::new();
    for entry in &of.entries {
        match months.last_mut() {
            Some((first, list)) if month(*first) == month(entry.at.date) => list.push(entry),
            _ => months.push((entry.at.date, vec![entry])),
        }
    }
    html! {
        @for (first, list) in months {
            h3.when { (lang.month(first)) }
            ul.tl { @for entry in list { (one(view, entry)) } }
        }
    }
}

/// Later and earlier.
fn turn(view: &View<'_>, of: &Timeline) -> Markup {
    let lang = view.lang;
    let to = |page: u32| at(view.here, "page", &page.to_string(), &["order"]);
    let last = u64::from(of.page) * u64::from(of.page_rows);
    html! {
        @if of.page > 1 || last < of.total {
            div.pager {
                @if of.page > 1 { a.btn href=(to(of.page - 1)) rel="prev" data-swap { (lang.t("customer.later")) } }
                @if last < of.total { a.btn href=(to(of.page + 1)) rel="next" data-swap { (lang.t("customer.earlier")) } }
            }
        }
    }
}

fn drawing(kind: HappeningKind) -> &'static str {
    match kind {
        HappeningKind::Order => "coins",
        HappeningKind::Refund => "undo",
        HappeningKind::Subscription => "loop",
        HappeningKind::Invoice => "rows",
        HappeningKind::Event => "pulse",
        HappeningKind::Ticket => "chat",
        HappeningKind::Response => "heart",
        HappeningKind::Cost => "gem",
        HappeningKind::Profile => "people",
    }
}

fn one(view: &View<'_>, entry: &Happening) -> Markup {
    let lang = view.lang;
    let tone = match entry.tone {
        Tone::Kept => "kept",
        Tone::Lost => "lost",
        Tone::Plain => "",
    };
    let minus = matches!(entry.kind, HappeningKind::Refund | HappeningKind::Cost);
    html! {
        li {
            time datetime=(stamp(entry)) title=(lang.moment(entry.at)) { (lang.day(entry.at.date)) }
            span.dot.(tone) { (icon(drawing(entry.kind))) }
            div {
                (lang.sentence(&entry.what))
                @if let Some((id, lines)) = entry.order.as_ref().filter(|order| order.1 > 0) { " "
                    (opener(view, id, *lines, !entry.lines.is_empty())) }
                @if !entry.more.is_empty() { p.small { (more(lang, &entry.more)) } }
                @if let Some(quote) = &entry.quote { blockquote { (quote) } }
                @if !entry.lines.is_empty() { (lines_of(lang, &entry.lines)) }
            }
            span.num { @if let Some(amount) = entry.amount { (if minus { "−" } else { "" }) (lang.money_exact(amount)) } }
        }
    }
}

fn stamp(entry: &Happening) -> String {
    format!("{}T{:02}:{:02}", entry.at.date, entry.at.minute / 60, entry.at.minute % 60)
}

fn more(lang: Lang, sentences: &[Sentence]) -> String {
    sentences.iter().map(|sentence| lang.sentence(sentence)).collect::<Vec<_>>().join(" · ")
}

/// The link that shows the lines of an order, or hides them again.
fn opener(view: &View<'_>, id: &str, lines: u64, open: bool) -> Markup {
    let lang = view.lang;
    let label = lang.n("unit.lines", lines, &[]);
    let spoken = lang.f(if open { "customer.lines_hide" } else { "customer.lines_show" }, &[("id", id)]);
    html! {
        a.small href=(at(view.here, "order", if open { "" } else { id }, &[])) data-swap
            aria-expanded=(if open { "true" } else { "false" }) role="button" aria-label={ (label) ": " (spoken) } { (label) }
    }
}

fn lines_of(lang: Lang, lines: &[OrderLine]) -> Markup {
    html! {
        div.tblwrap { table.tbl.lines {
            caption.sr { (lang.t("customer.lines")) }
            thead { tr { th scope="col" { (lang.t("meaning.product")) } th.r scope="col" { (lang.t("meaning.quantity")) }
                th.r scope="col" { (lang.t("meaning.amount")) } } }
            tbody { @for line in lines { tr {
                td { (line.product) }
                td.r { (line.quantity.map_or_else(|| "–".to_owned(), |n| quantity(lang, n))) }
                td.r { (line.amount.map_or_else(|| "–".to_owned(), |money| lang.money_exact(money))) }
            } } }
        } }
    }
}

fn quantity(lang: Lang, n: f64) -> String {
    lang.num(n, if n.fract() == 0.0 { 0 } else { 2 })
}

fn months(lang: Lang, page: &CustomerPage) -> Markup {
    let values: Vec<f64> = page.months.iter().map(|month| month.orders as f64).collect();
    if values.iter().all(|value| *value == 0.0) && page.orders == 0 {
        return html! {};
    }
    let tall = heights(&values);
    let (title, total) = match page.counted {
        HappeningKind::Event => ("customer.months_events", "customer.months_events_says"),
        _ => ("customer.months", "customer.months_says"),
    };
    let sum = page.months.iter().map(|month| month.orders).sum();
    html! {
        section.card aria-labelledby="months" {
            header { div { h2 #months { (lang.t(title)) } p #months-says { (lang.n(total, sum, &[])) } } }
            div.pad {
                ul.cols aria-describedby="months-says" {
                    @for (month, height) in page.months.iter().zip(&tall) {
                        li aria-label={ (lang.month(month.month.start)) ": " (lang.count(month.orders)) } {
                            b.num { (lang.count(month.orders)) }
                            i.z[month.orders == 0] style={ "height:" (crate::charts::short(height * BAR)) "px" } {}
                            span title=(lang.month(month.month.start)) { (lang.month_narrow(month.month.start)) }
                        }
                    }
                }
            }
        }
    }
}

fn worth(lang: Lang, page: &CustomerPage) -> Markup {
    let Worth { paid, refunded, goods, costs, margin, invoiced, other_currency } = &page.value;
    if paid.is_none() && invoiced.is_none() && costs.is_empty() && *other_currency == 0 {
        return html! {};
    }
    let minus = |money: &Money| format!("−{}", lang.money_exact(*money));
    html! {
        section.card aria-labelledby="worth" {
            header { div { h2 #worth { (lang.t("customer.worth")) } } }
            div.pad {
                dl.kv {
                    @if let Some(invoiced) = invoiced { dt { (lang.t("customer.invoiced")) } dd.num { (lang.money_exact(*invoiced)) } }
                    @if let Some(paid) = paid {
                        dt { (lang.t("customer.paid")) } dd.num { (lang.money_exact(*paid)) }
                        @if refunded.minor > 0 { dt { (lang.t("customer.paid_back")) } dd.num { (minus(refunded)) } }
                        dt { (lang.t("customer.spend_net")) } dd.num { b { (lang.money_exact(page.spend)) } }
                    }
                    @if let Some(goods) = goods { dt { (lang.t("customer.goods")) } dd.num { (minus(goods)) } }
                    @for (kind, money) in costs { dt { (lang.word_or("customer.cost", kind)) } dd.num { (minus(money)) } }
                    @if let Some(margin) = margin { dt { (lang.t("customer.margin")) } dd.num { b { (lang.money_exact(*margin)) } } }
                }
                @if paid.is_some() && margin.is_none() { p.small { (lang.t("customer.no_margin")) } }
                @if *other_currency > 0 { p.small { (lang.n("customer.other_currency", *other_currency, &[])) } }
            }
        }
    }
}

fn groups(lang: Lang, page: &CustomerPage) -> Markup {
    if page.groups.is_empty() {
        return html! {};
    }
    let last = page.groups.len() - 1;
    let when = |place: usize, then: &GroupThen| {
        if place == last {
            lang.t("customer.group_now")
        } else {
            lang.f("customer.group_end", &[("month", &lang.month(then.as_of.plus(-1)))])
        }
    };
    html! {
        section.card aria-labelledby="groups" {
            header { div { h2 #groups { (lang.t("customer.groups")) } } }
            div.pad { dl.kv {
                @for (place, then) in page.groups.iter().enumerate().rev() {
                    dt { (when(place, then)) }
                    dd { @match &then.group {
                        Some((group, of)) => span.badge.(family(*of)) { (lang.word_or("group", group)) },
                        None => "–",
                    } }
                }
            } }
        }
    }
}

fn notes(view: &View<'_>, page: &CustomerPage) -> Markup {
    let lang = view.lang;
    let action = customer_path(&page.id);
    html! {
        section.card aria-labelledby="notes" {
            header { div { h2 #notes { (lang.t("customer.notes")) } p { (lang.t("customer.notes_text")) } } }
            div.pad {
                form.in2 method="post" action=(action) autocomplete="off" {
                    input type="hidden" name="csrf" value=(view.csrf);
                    label { span.sr { (lang.t("customer.note")) }
                        textarea name="note" rows="2" maxlength="2000" required placeholder=(lang.t("customer.note")) {} }
                    button.btn type="submit" { (lang.t("customer.note_add")) }
                }
                ul.plain.notes { @for note in &page.notes { li {
                    form.row method="post" action=(action) {
                        input type="hidden" name="csrf" value=(view.csrf);
                        input type="hidden" name="remove" value=(note.id);
                        small.num { (lang.moment(note.at)) }
                        button.btn.ico.ghost type="submit"
                            aria-label=(lang.f("customer.note_remove", &[("moment", &lang.moment(note.at))])) { (icon("x")) }
                    }
                    p { (note.text) }
                } } }
            }
        }
    }
}

fn facts(lang: Lang, page: &CustomerPage) -> Markup {
    let known = |one: &Known| {
        html! {
            dt { (lang.label(&one.label)) }
            dd { (one.value) @if let Some(source) = &one.source { br; small { (lang.f("customer.from", &[("file", source)])) } } }
        }
    };
    html! {
        section.card aria-labelledby="facts" {
            header { div { h2 #facts { (lang.t("customer.facts")) } } }
            div.pad {
                dl.kv {
                    dt { (lang.t("customer.id")) } dd { (page.id) }
                    @if page.rule != Rule::Contract {
                        dt { (lang.t("customer.rule")) }
                        dd { (lang.n(&lang.suited(page.rule, "customer.rule_text"), u64::from(page.active_days), &[])) }
                    }
                    @for one in &page.facts { (known(one)) }
                }
            }
        }
    }
}
