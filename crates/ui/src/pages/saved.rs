//! The page of saved segments: a list, and a sentence-shaped form that works without script.

use maud::{Markup, html};
use reports::pages::saved::{Draft, DraftRow, Fitting, KINDS, Names, ROWS_MAX, SavedPage, SavedRow};

use crate::parts::{icon, trouble_text};
use crate::shell::{View, shell};
use crate::{Here, Lang};

/// Stretches of time that are offered; others can be written.
const SPANS: [&str; 6] = ["7d", "30d", "90d", "6m", "12m", "2y"];

/// The page.
pub fn page(view: &View<'_>, page: &SavedPage) -> Markup {
    let lang = view.lang;
    shell(
        view,
        &page.workspace,
        "nav.segments",
        &lang.t("saved.title"),
        html! {
            header.head {
                div { h1 { (lang.t("saved.title")) } p { (lang.t("saved.question")) } }
                div.tools { a.btn href="/segments" { (icon("rows")) (lang.t("segments.title")) } }
            }
            (list(view, &page.segments))
            (editor(view, page))
        },
    )
}

fn list(view: &View<'_>, segments: &[SavedRow]) -> Markup {
    let lang = view.lang;
    html! {
        section.card aria-labelledby="saved-title" {
            header { div { h2 #saved-title { (lang.t("saved.list")) } p { (lang.t("saved.list_text")) } } }
            @if segments.is_empty() { div.empty { h3 { (lang.t("saved.none")) } p { (lang.t("saved.none_text")) } } } @else {
                div.tblwrap tabindex="0" role="group" aria-labelledby="saved-title" { table.tbl {
                    caption.sr { (lang.t("saved.list")) }
                    thead { tr {
                        th scope="col" { (lang.t("saved.name")) } th.r scope="col" { (lang.t("segments.column.customers")) }
                        th scope="col" { span.sr { (lang.t("saved.use")) } } th scope="col" { span.sr { (lang.t("saved.remove")) } }
                    } }
                    tbody { @for one in segments { (line(view, one)) } }
                } }
            }
        }
    }
}

fn line(view: &View<'_>, one: &SavedRow) -> Markup {
    let lang = view.lang;
    let on = |path: &str| Here::new(path, [("segment".to_owned(), format!("segment:{}", one.slug))]).url();
    let edit = Here::new("/segments/saved", [("edit".to_owned(), one.slug.clone())]).url();
    html! {
        tr {
            th.wrap scope="row" { (one.name) @if !one.about.is_empty() { small { (one.about) } } }
            td.r.num { @match one.customers {
                Some(customers) => {
                    a href=(on("/customers")) { (lang.count(customers)) }
                    small { (lang.pct(customers as f64 / one.of.max(1) as f64, 1)) }
                },
                None => "–",
            } }
            td {
                a.btn href=(on("/retention")) { (icon("loop")) (lang.t("nav.retention")) } " "
                a.btn href=(edit) aria-label=(lang.f("saved.edit_of", &[("name", &one.name)])) { (lang.t("saved.edit")) }
            }
            td.r { form method="post" action="/segments/saved/remove" {
                input type="hidden" name="csrf" value=(view.csrf);
                input type="hidden" name="slug" value=(one.slug);
                button.btn aria-label=(lang.f("saved.remove_of", &[("name", &one.name)])) { (icon("x")) (lang.t("saved.remove")) }
            } }
        }
    }
}

fn editor(view: &View<'_>, page: &SavedPage) -> Markup {
    let (lang, draft) = (view.lang, &page.draft);
    let title = if draft.slug.is_empty() { "saved.new" } else { "saved.change" };
    html! {
        section.card aria-labelledby="draft-title" {
            header { div { h2 #draft-title { (lang.t(title)) } p { (lang.t("saved.new_text")) } } }
            @if let Some(trouble) = &page.trouble { div.pad.bad role="alert" { (trouble_text(lang, trouble)) } }
            @if let Some(found) = &page.found { (fitting(lang, found)) }
            @if draft.only_text { p.pad { (lang.t("saved.only_text")) } } @else { (sentences(view, draft, &page.names)) }
            @if !draft.text.is_empty() { (as_text(view, draft)) }
            (names(&page.names))
        }
    }
}

fn fitting(lang: Lang, found: &Fitting) -> Markup {
    html! {
        div.pad role="status" {
            p { b { (lang.n("saved.fits", found.customers, &[("of", &lang.count(found.of)), ("date", &lang.date(found.as_of))])) } }
            @if !found.sample.is_empty() { p.small { (lang.t("saved.sample")) " " (found.sample.join(", ")) } }
        }
    }
}

/// The conditions, one a line: those that are said, and one more.
fn sentences(view: &View<'_>, draft: &Draft, names: &Names) -> Markup {
    let lang = view.lang;
    let shown = (draft.rows.len() + 1).clamp(3, ROWS_MAX);
    let blank = DraftRow::default();
    html! {
        form.pad.form.rule method="post" action="/segments/saved" {
            input type="hidden" name="csrf" value=(view.csrf);
            input type="hidden" name="edit" value=(draft.slug);
            div.fld { label for="name" { (lang.t("saved.name")) } input #name name="name" maxlength="100" value=(draft.name); }
            div.fld {
                label for="any" { (lang.t("saved.who")) }
                select #any name="any" {
                    option value="0" selected[!draft.any] { (lang.t("saved.all")) }
                    option value="1" selected[draft.any] { (lang.t("saved.any")) }
                }
            }
            @for number in 0..shown { (condition(lang, number, draft.rows.get(number).unwrap_or(&blank), names)) }
            div.buttons {
                button.btn name="do" value="count" { (lang.t("saved.count")) } " "
                button.btn.pri { (lang.t("saved.save")) }
            }
        }
    }
}

fn condition(lang: Lang, number: usize, row: &DraftRow, names: &Names) -> Markup {
    let id = |part: &str| format!("{part}{number}");
    let label = |key: &str| lang.f(key, &[("n", &(number + 1).to_string())]);
    let offered = |kind: &&&str| match **kind {
        "event" => !names.events.is_empty() || row.kind == "event",
        "segment" => !names.segments.is_empty() || row.kind == "segment",
        _ => true,
    };
    html! {
        fieldset.cond {
            legend.sr { (label("saved.condition")) }
            select name=(id("not")) aria-label=(label("saved.whether")) {
                option value="0" selected[!row.not] { (lang.t("saved.fit")) }
                option value="1" selected[row.not] { (lang.t("saved.fit_not")) }
            }
            select name=(id("kind")) aria-label=(label("saved.kind")) {
                option value="" selected[row.kind.is_empty()] { (lang.t("saved.kind.none")) }
                @for kind in KINDS.iter().filter(offered) {
                    option value=(kind) selected[row.kind == *kind] { (lang.t(&format!("saved.kind.{kind}"))) }
                }
            }
            input name=(id("of")) list="rule-names" value=(row.of) aria-label=(label("saved.of")) placeholder=(lang.t("saved.of_short"));
            input name=(id("value")) value=(row.value) aria-label=(label("saved.value")) placeholder=(lang.t("saved.value_short"));
            input name=(id("within")) list="rule-spans" value=(row.within) aria-label=(label("saved.within")) placeholder=(lang.t("saved.within_short"));
        }
    }
}

fn names(names: &Names) -> Markup {
    html! {
        datalist #rule-names {
            @for name in names.columns.iter().chain(&names.events) { option value=(name) {} }
            @for one in &names.segments { option value=(one.value) {} }
        }
        datalist #rule-spans { @for span in SPANS { option value=(span) {} } }
    }
}

/// All a rule can say, for those who know how.
fn as_text(view: &View<'_>, draft: &Draft) -> Markup {
    let lang = view.lang;
    html! {
        details.pad open[draft.only_text] {
            summary { (lang.t("saved.as_text")) }
            form.form method="post" action="/segments/saved" {
                input type="hidden" name="csrf" value=(view.csrf);
                input type="hidden" name="edit" value=(draft.slug);
                input type="hidden" name="as" value="text";
                div.fld { label for="text" { (lang.t("saved.text")) } textarea #text name="text" rows="14" spellcheck="false" { (draft.text) } }
                div.buttons { button.btn.pri { (lang.t("saved.save")) } }
            }
        }
    }
}
