//! Data and import: what came in, what was set aside and why, how to bring more, how to take it back.

use maud::{Markup, html};
use reports::pages::data::{DataPage, ImportRow, MatchColumn, MatchPage, Meaning};

use crate::Lang;
use crate::parts::{icon, trouble_text};
use crate::shell::{View, shell};

/// The list of imports and the upload form.
pub fn page(view: &View<'_>, page: &DataPage) -> Markup {
    let lang = view.lang;
    shell(
        view,
        &page.workspace,
        "nav.data",
        &lang.t("data.title"),
        html! {
            header.head { div { h1 { (lang.t("data.title")) } p { (lang.t("data.question")) } } }
            @if let Some(done) = &page.done { p.banner role="status" { (lang.sentence(done)) } }
            @if let Some(trouble) = &page.trouble { div.banner.bad role="alert" { (trouble_text(lang, trouble)) } }
            (upload(view, page))
            section.card aria-labelledby="imports" {
                header { div { h2 #imports { (lang.t("data.imports")) } p { (lang.t("data.imports_text")) } } }
                @if page.imports.is_empty() {
                    div.empty { h3 { (lang.t("data.none")) } p { (lang.t("data.none_text")) } }
                } @else {
                    div.tblwrap { (imports(view, &page.imports)) }
                }
            }
        },
    )
}

fn upload(view: &View<'_>, page: &DataPage) -> Markup {
    let lang = view.lang;
    let mega = lang.count(page.upload_bytes_max / 1_000_000);
    html! {
        section.card aria-labelledby="upload" {
            header { div { h2 #upload { (lang.t("data.upload")) } p { (lang.f("data.upload_text", &[("size", &mega)])) } } }
            form.pad.upload method="post" action="/data/upload" enctype="multipart/form-data" {
                input type="hidden" name="csrf" value=(view.csrf);
                label { span { (lang.t("data.file")) }
                    input type="file" name="file" required accept=".csv,.tsv,.txt,.gz,.json,.jsonl,.ndjson,.parquet,.xlsx,.xls"; }
                button.btn.pri { (icon("upload")) (lang.t("data.upload_button")) }
            }
        }
    }
}

fn imports(view: &View<'_>, imports: &[ImportRow]) -> Markup {
    let lang = view.lang;
    html! {
        table.tbl.imports {
            caption.sr { (lang.t("data.imports")) }
            thead { tr {
                th scope="col" { (lang.t("data.file")) } th scope="col" { (lang.t("data.when")) }
                th scope="col" { (lang.t("data.days")) }
                th.r scope="col" { (lang.t("data.rows")) } th.r scope="col" { (lang.t("data.kept")) }
                th.r scope="col" { (lang.t("data.known")) } th.r scope="col" { (lang.t("data.set_aside")) }
                th scope="col" { span.sr { (lang.t("data.undo")) } }
            } }
            tbody { @for import in imports { (one(view, import)) } }
        }
    }
}

fn one(view: &View<'_>, import: &ImportRow) -> Markup {
    let lang = view.lang;
    html! {
        tr.undone[import.undone] {
            th scope="row" { b { (import.file) } small { (lang.f("data.read_as", &[("layout", &import.layout)])) } }
            td { (lang.moment(import.at)) }
            td { @if let Some((first, last)) = import.days { (lang.date(first)) "–" (lang.date(last)) } @else { "–" } }
            td.r { (lang.count(import.rows)) } td.r { (lang.count(import.kept)) }
            td.r { (lang.count(import.known)) } td.r { (lang.count(import.set_aside)) }
            td.r { @if import.undone { span.badge { (lang.t("data.undone")) } } @else { (undo(view, import)) } }
        }
        @if !import.reasons.is_empty() { tr.why { td colspan="8" { (reasons(view, import)) } } }
    }
}

fn undo(view: &View<'_>, import: &ImportRow) -> Markup {
    let lang = view.lang;
    html! {
        form method="post" action="/data/undo" {
            input type="hidden" name="csrf" value=(view.csrf);
            input type="hidden" name="import" value=(import.id);
            button.btn aria-label=(lang.f("data.undo_of", &[("file", &import.file)])) { (icon("undo")) (lang.t("data.undo")) }
        }
    }
}

fn reasons(view: &View<'_>, import: &ImportRow) -> Markup {
    let lang = view.lang;
    let file = format!("/data/rejects.csv?import={}", crate::here::segment(&import.id));
    html! {
        details {
            summary { (lang.n("data.why", import.set_aside, &[])) }
            ul.reasons { @for reason in &import.reasons { li {
                b.num { (lang.count(reason.rows)) } " "
                @let key = format!("reject.{}", reason.code);
                @if lang.knows(&key) { (lang.t(&key)) } @else { span lang=[(lang != Lang::En).then_some("en")] { (reason.message) } }
                @if let Some((line, value)) = &reason.example {
                    " " small { (lang.f("data.example", &[("line", &lang.count(*line)), ("value", value)])) }
                }
            } } }
            a href=(file) { (lang.t("data.rejects")) }
        }
    }
}

/// Which column means what, before anything is imported.
pub fn match_columns(view: &View<'_>, page: &MatchPage) -> Markup {
    let lang = view.lang;
    shell(
        view,
        &page.workspace,
        "nav.data",
        &lang.t("match.title"),
        html! {
            p.crumb { a href="/data" { (lang.t("data.title")) } " / " span { (page.file) } }
            header.head { div { h1 { (lang.t("match.title")) } p { (lang.t("match.question")) } } }
            @if let Some(trouble) = &page.trouble { div.banner.bad role="alert" { (trouble_text(lang, trouble)) } }
            form method="post" action="/data/match" {
                input type="hidden" name="csrf" value=(view.csrf);
                input type="hidden" name="upload" value=(page.upload);
                section.card aria-labelledby="columns" {
                    header {
                        div { h2 #columns { (page.file) } p { (read_as(lang, page)) } }
                        div.tools { label.sel { span { (lang.t("match.rows_are")) }
                            select name="kind" { @for kind in &page.kinds {
                                option value=(kind) selected[*kind == page.kind] { (lang.word_or("kind", kind)) }
                            } } (icon("down")) } }
                    }
                    div.tblwrap { table.tbl {
                        caption.sr { (lang.t("match.question")) }
                        thead { tr { th scope="col" { (lang.t("match.column")) } th scope="col" { (lang.t("match.samples")) }
                            th scope="col" { (lang.t("match.means")) } } }
                        tbody { @for (at, column) in page.columns.iter().enumerate() { (one_column(lang, page, at, column)) } }
                    } }
                    p.says { (required(lang, &page.meanings)) }
                    div.pad.row {
                        button.btn.pri { (lang.t("match.import")) }
                        a.btn href="/data" { (lang.t("match.cancel")) }
                    }
                }
            }
        },
    )
}

fn read_as(lang: Lang, page: &MatchPage) -> Markup {
    html! {
        @for (at, (what, how)) in page.read_as.iter().enumerate() {
            @if at > 0 { " · " }
            (lang.word_or("match.read", what)) " " code { (how) }
        }
    }
}

fn one_column(lang: Lang, page: &MatchPage, at: usize, column: &MatchColumn) -> Markup {
    let field = format!("column-{at}");
    html! {
        tr {
            th scope="row" { label for=(field) { (column.name) } }
            td { @for sample in column.samples.iter().filter(|sample| !sample.is_empty()) { code.chip { (sample) } " " } }
            td { span.sel {
                select id=(field) name=(field) {
                    option value="" selected[column.meaning.is_none()] { (lang.t("match.leave_out")) }
                    @for meaning in &page.meanings {
                        option value=(meaning.id) selected[column.meaning.as_ref() == Some(&meaning.id)] {
                            (means(lang, &meaning.id)) @if meaning.required { " *" }
                        }
                    }
                } (icon("down"))
            } }
        }
    }
}

/// What a column means, in words; of another table than the rows are, with that table behind it.
fn means(lang: Lang, id: &str) -> String {
    match id.split_once('.') {
        Some((table, column)) => lang.f("match.of", &[("meaning", &lang.word_or("meaning", column)), ("table", table)]),
        None => lang.word_or("meaning", id),
    }
}

fn required(lang: Lang, meanings: &[Meaning]) -> String {
    let names: Vec<String> =
        meanings.iter().filter(|meaning| meaning.required).map(|meaning| means(lang, &meaning.id)).collect();
    lang.f("match.required", &[("names", &names.join(&lang.t("cohorts.comma")))])
}
