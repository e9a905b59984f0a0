//! Small pieces that every page uses: icons, selects, states, pagers, links to people.

use maud::{Markup, html};
use reports::pages::{Choice, ListAsked, Slot, TooLittle, Trouble};

use crate::shell::View;
use crate::{Here, Lang};

/// A drawing of 16 by 16, told by its word.
pub fn icon(name: &str) -> Markup {
    let d = match name {
        "grid" => "M2.5 2.5H7V7H2.5zM9 2.5h4.500V7H9zM2.5 9H7v4.500H2.500zM9 9h4.500v4.500H9z",
        "loop" => "M13 8a5 5 0 0 1-9 3M3 8a5 5 0 0 1 9-3M12 2v3H9M4 14v-3h3",
        "coins" => "M8 2.5v11M11 5c0-1.2-1.3-1.8-3-1.8S5 4 5 5.3C5 8.6 11 7 11 10.500c0 1.4-1.3 2.2-3 2.200s-3-.7-3-2",
        "rows" => "M2.5 3.500h11M2.5 6.500h8.500M2.5 9.500h6M2.5 12.500h3.5",
        "path" => "M2.5 4h3c3 0 2 8 5 8h3M11.5 10l2 2-2 2M2.5 12h2.5",
        "gem" => "M4.5 3h7L14 6.500l-6 7-6-7zM2 6.500h12",
        "people" => {
            "M6 7.500a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600zM1.8 13c.3-2.5 2-3.8 4.2-3.800s3.9 1.3 4.2 3.8\
             M10.5 3.200a2.2 2.2 0 0 1 0 4.200M12 9.600c1.3.5 2.1 1.7 2.3 3.4"
        }
        "pie" => "M8 2.500V8l4.8 2.700A5.5 5.5 0 1 1 8 2.500zM10.5 2.600a5.5 5.5 0 0 1 3 5.4",
        "pulse" => "M1.5 8.500h3l2-5 3 9 2-4h3",
        "send" => "M14 2 7 9M14 2 9.5 14 7 9 2 6.500z",
        "gift" => "M2.5 6h11v2.500h-11zM3.5 8.500v5h9v-5M8 6v7.500M8 6S6.8 2.5 5 3s0 3 3 3zM8 6s1.2-3.5 3-3 0 3-3 3z",
        "heart" => "M8 13.500S2.2 10 2.2 6.200A2.9 2.9 0 0 1 8 5.200a2.9 2.9 0 0 1 5.8 1C13.8 10 8 13.5 8 13.500z",
        "chat" => "M2.5 3.500h11v7h-6L4.5 13v-2.500h-2z",
        "flask" => "M6 2.500h4M6.8 2.500v4L3 13h10L9.2 6.500v-4M5 10h6",
        "db" => {
            "M8 6c3 0 5-.8 5-1.800S11 2.5 8 2.500s-5 .8-5 1.700S5 6 8 6zM3 4.200v7.600c0 1 2 1.7 5 1.700s5-.8 5-1.700V4.2\
             M3 8c0 1 2 1.8 5 1.800S13 9 13 8"
        }
        "gear" => {
            "M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 1.800v2M8 12.200v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4\
             M12.4 3.6 11 5M5 11l-1.4 1.4"
        }
        "search" => "M7 11.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5 14 14",
        "down" => "M4.5 6.5 8 10l3.5-3.5",
        "sun" => {
            "M8 10.800a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.600zM8 1.500v1.300M8 13.200v1.300M1.5 8h1.300M13.2 8h1.3\
             M3.4 3.400l.9.9M11.7 11.700l.9.9M12.6 3.400l-.9.9M4.3 11.700l-.9.9"
        }
        "share" => "M8 9.500v-7M5.5 4.8 8 2.300l2.5 2.500M4.5 7.500h-1v6h9v-6h-1",
        "export" => "M8 2.500v7M5.5 7.2 8 9.700l2.5-2.500M3 11.500v2h10v-2",
        "info" => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.300v3.500M8 5.100v.1",
        "menu" => "M2.5 4.500h11M2.5 8h11M2.5 11.500h11",
        "x" => "M4 4l8 8M12 4l-8 8",
        "undo" => "M3 6.500h6.500a3.5 3.5 0 0 1 0 7H6M5.5 4 3 6.5 5.5 9",
        "left" => "M9.5 4.5 6 8l3.5 3.5",
        "right" => "M6.5 4.5 10 8l-3.5 3.5",
        "plus" => "M8 3v10M3 8h10",
        "pin" => "M4.5 2.500h7v11L8 11l-3.5 2.500z",
        "upload" => "M8 10V3M5.5 5.3 8 2.800l2.5 2.500M3 11.500v2h10v-2",
        _ => "",
    };
    html! { svg.i viewBox="0 0 16 16" aria-hidden="true" { path d=(d) {} } }
}

/// A native select in the look of a button. With `shown`, its label stands in front of the value.
pub fn select(lang: Lang, label: &str, name: &str, choices: &[Choice], current: &str, shown: bool) -> Markup {
    let options: Vec<(&str, String)> =
        choices.iter().map(|choice| (choice.value.as_str(), lang.label(&choice.label))).collect();
    select_of(label, name, &options, current, shown)
}

/// The same from texts.
pub fn select_of(label: &str, name: &str, options: &[(&str, String)], current: &str, shown: bool) -> Markup {
    html! {
        label.sel {
            span.sr[!shown] { (label) }
            select name=(name) {
                @for (value, text) in options { option value=(value) selected[*value == current] { (text) } }
            }
            (icon("down"))
        }
    }
}

/// The parameters of an address as hidden fields, except those the form itself has.
pub fn hidden(here: &Here, except: &[&str]) -> Markup {
    html! {
        @for (name, value) in here.pairs().iter().filter(|pair| !except.contains(&pair.0.as_str())) {
            input type="hidden" name=(name) value=(value);
        }
    }
}

/// A button for forms that otherwise send themselves: only seen without script.
pub fn go(lang: Lang) -> Markup {
    html! { noscript { button.btn type="submit" { (lang.t("form.show")) } } }
}

/// The way to pin a note to a day: seen on every chart with an axis of time. Opens and works without script.
pub fn note_form(view: &View<'_>) -> Markup {
    let lang = view.lang;
    html! {
        details.more.note-form {
            summary { (lang.t("note.add")) }
            form.form method="post" action="/notes" autocomplete="off" {
                input type="hidden" name="csrf" value=(view.csrf);
                input type="hidden" name="to" value=(view.here.url());
                label.fld { span { (lang.t("note.date")) } input type="date" name="date" required; }
                label.fld { span { (lang.t("note.text")) } input name="text" maxlength="280" required; }
                div { button.btn.pri { (lang.t("note.save")) } }
            }
        }
    }
}

/// What is there, or why there is nothing.
pub fn slot<T>(view: &View<'_>, slot: &Slot<T>, ready: impl FnOnce(&T) -> Markup) -> Markup {
    match slot {
        Slot::Ready(content) => ready(content),
        Slot::TooLittle(too_little) => self::too_little(view.lang, too_little),
        Slot::Failed(trouble) => failed(view, trouble),
    }
}

/// What is missing, and when it will be enough.
pub fn too_little(lang: Lang, too_little: &TooLittle) -> Markup {
    html! {
        div.empty {
            h3 { (lang.t("empty.too_little")) }
            p {
                (lang.sentence(&too_little.why))
                @if let Some(day) = too_little.ready_on {
                    (lang.gap()) (lang.f("empty.ready_on", &[("date", &lang.date(day))]))
                }
            }
        }
    }
}

/// What failed, what still holds, and the way to try again.
pub fn failed(view: &View<'_>, trouble: &Trouble) -> Markup {
    let lang = view.lang;
    html! {
        div.empty role="status" {
            h3 { (lang.t("error.card")) }
            (trouble_text(lang, trouble))
            p { (lang.t("error.rest_holds")) }
            a.btn href=(view.here.url()) { (lang.t("error.again")) }
        }
    }
}

/// Errors whose own words name columns or files beside ours.
const DETAILED: [&str; 4] = ["layout_unknown", "map_incomplete", "needs_other_table", "read_differently"];

/// What clicking does. Others, who may click nothing, do not see it.
pub fn hint(lang: Lang, what: &str) -> Markup {
    html! { span.click { " " (lang.word_or("hint", what)) } }
}

/// The words of an error: ours where we have them, otherwise its own, which are English.
pub fn trouble_text(lang: Lang, trouble: &Trouble) -> Markup {
    let key = format!("error.code.{}", trouble.code);
    let english = (lang != Lang::En).then_some("en");
    html! {
        @if lang.knows(&key) {
            p { (lang.t(&key)) }
            @if DETAILED.contains(&trouble.code.as_str()) { p.small lang=[english] { (trouble.message) } }
        } @else {
            p lang=[english] { (trouble.message) }
            @if let Some(hint) = &trouble.hint { p lang=[english] { (hint) } }
        }
        p.small.num { (lang.f("error.code_is", &[("code", &trouble.code)]))
            @if let Some(number) = &trouble.number { " · " (lang.f("error.number", &[("number", number)])) }
        }
    }
}

/// The heading of a sortable column: a link that sorts by it, and turns the order when it already does.
pub fn sort_header(view: &View<'_>, list: &ListAsked, column: &str, label: &str, right: bool) -> Markup {
    let current = list.sort == column;
    let next = if current && !list.ascending { "asc" } else { "desc" };
    let href = view.here.with("sort", column).with("dir", next).without(&["page"]).url();
    let order = current.then_some(if list.ascending { "ascending" } else { "descending" });
    html! {
        th.r[right] scope="col" aria-sort=[order] {
            a href=(href) data-swap { (label) @if current {
                span aria-hidden="true" { (if list.ascending { "↑" } else { "↓" }) }
            } }
        }
    }
}

/// Which rows are shown, and the way to the others.
pub fn pager(view: &View<'_>, list: &ListAsked, shown: usize, total: u64) -> Markup {
    let lang = view.lang;
    let first = u64::from(list.page.saturating_sub(1)) * u64::from(list.page_rows) + 1;
    let last = first + shown as u64 - u64::from(shown > 0);
    let to = |page: u32| view.here.with("page", &page.to_string()).url();
    html! {
        div.pager {
            span.num { (lang.f("pager.of", &[
                ("from", &lang.count(first)), ("to", &lang.count(last)), ("n", &lang.count(total)),
            ])) }
            @if list.page > 1 { a.btn href=(to(list.page - 1)) rel="prev" data-swap { (lang.t("pager.prev")) } }
            @if last < total { a.btn href=(to(list.page + 1)) rel="next" data-swap { (lang.t("pager.next")) } }
        }
    }
}

/// A customer: the name or the id as a link, and what tells them apart below.
pub fn customer(id: &str, name: Option<&str>, below: &str) -> Markup {
    html! {
        a.who href=(crate::here::customer_path(id)) { (name.unwrap_or(id)) }
        @if name.is_some() || !below.is_empty() {
            small { @if name.is_some() { (id) @if !below.is_empty() { " · " } } (below) }
        }
    }
}
