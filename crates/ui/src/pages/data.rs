//! Data and import: what came in, what was set aside and why, how to bring more, how to take it back.

use maud::{Markup, html};
use reports::pages::Value;
use reports::pages::data::{
    DataPage, Finding, HandKind, HandPage, Held, ImportRow, MatchAsk, MatchColumn, MatchPage, Meaning, Running,
};

use crate::Lang;
use crate::parts::{icon, trouble_text};
use crate::shell::{View, shell, shell_with};

/// The parts that can be asked for alone.
pub const PARTS: [&str; 1] = ["progress"];

/// Imports, the way to a new one, what was found, and what the history holds.
pub fn page(view: &View<'_>, page: &DataPage) -> Markup {
    let lang = view.lang;
    // Without script the page asks for itself again; with script only the part about the import is.
    let again = html! { @if page.running.is_some() { noscript { meta http-equiv="refresh" content="1"; } } };
    shell_with(
        view,
        &page.workspace,
        "nav.data",
        &lang.t("data.title"),
        again,
        html! {
            header.head { div { h1 { (lang.t("data.title")) } p { (lang.t("data.question")) } } }
            @if let Some(done) = &page.done { p.banner role="status" { (lang.sentence(done)) } }
            @if let Some(trouble) = &page.trouble { div.banner.bad role="alert" { (trouble_text(lang, trouble)) } }
            @if let Some(running) = &page.running { (progress(view, running)) } @else { (upload(view, page)) }
            @if !page.findings.is_empty() { (findings(lang, &page.findings)) }
            section.card aria-labelledby="imports" {
                header { div { h2 #imports { (lang.t("data.imports")) } p { (lang.t("data.imports_text")) } } }
                @if page.imports.is_empty() {
                    div.empty { h3 { (lang.t("data.none")) } p { (lang.t("data.none_text")) } }
                } @else {
                    div.tblwrap tabindex="0" role="group" aria-labelledby="imports" { (imports(view, &page.imports)) }
                }
            }
            @if let Some(held) = &page.held { (self::held(lang, held)) }
        },
    )
}

/// How far the import is: a bar, rows, speed and the time it will still take.
pub fn progress(view: &View<'_>, running: &Running) -> Markup {
    let lang = view.lang;
    let key = if running.writing { "data.running.writing" } else { "data.running.reading" };
    let done = lang.pct(running.done, 0);
    let says = lang.n(key, running.rows, &[("file", &running.file), ("done", &done)]);
    html! {
        section.card.pad #progress data-part data-poll aria-labelledby="progress-title" {
            h2 #progress-title { (lang.t("data.running")) }
            progress max="1" value=(format!("{:.3}", running.done)) aria-labelledby="progress-title" { (done) }
            p.num { (says) }
            p.small.num {
                @if let Some(speed) = running.rows_per_second { (lang.n("data.running.speed", speed, &[])) }
                @if let Some(left) = running.seconds_left { " · " (left_text(lang, left)) }
            }
        }
    }
}

fn left_text(lang: Lang, seconds: u64) -> String {
    match seconds {
        0..60 => lang.n("data.running.seconds", seconds.max(1), &[]),
        _ => lang.n("data.running.minutes", seconds.div_ceil(60), &[]),
    }
}

/// What is worth knowing before anybody trusts a figure, each with what to do about it.
fn findings(lang: Lang, findings: &[Finding]) -> Markup {
    html! {
        section.card aria-labelledby="findings" {
            header { div { h2 #findings { (lang.t("data.findings")) } p { (lang.t("data.findings_text")) } } }
            ul.pad.found {
                @for finding in findings { li { p { (lang.sentence(&finding.what)) } p.small { (lang.t(&finding.fix)) } } }
            }
        }
    }
}

fn days(lang: Lang, days: Option<(terms::Date, terms::Date)>) -> Markup {
    html! { @if let Some((first, last)) = days { (lang.date(first)) "–" (lang.date(last)) } @else { "–" } }
}

fn held(lang: Lang, held: &Held) -> Markup {
    html! {
        div.two {
            section.card aria-labelledby="tables" {
                header { div { h2 #tables { (lang.t("data.tables")) } p { (lang.t("data.tables_text")) } } }
                div.tblwrap tabindex="0" role="group" aria-labelledby="tables" { table.tbl {
                    caption.sr { (lang.t("data.tables")) }
                    thead { tr { th scope="col" { (lang.t("data.table")) } th.r scope="col" { (lang.t("data.facts")) }
                        th scope="col" { (lang.t("data.days")) } } }
                    tbody { @for table in &held.tables { tr {
                        th scope="row" { (lang.word_or("table", &table.name)) " " code.small { (table.name) } }
                        td.r { (lang.count(table.facts)) } td { (days(lang, table.days)) }
                    } } }
                } }
            }
            section.card aria-labelledby="attributes" {
                header { div { h2 #attributes { (lang.t("data.attributes")) } p { (lang.t("data.attributes_text")) } } }
                @if held.attributes.is_empty() { div.empty { h3 { (lang.t("data.no_attributes")) } } } @else {
                    div.tblwrap tabindex="0" role="group" aria-labelledby="attributes" { table.tbl {
                        caption.sr { (lang.t("data.attributes")) }
                        thead { tr { th scope="col" { (lang.t("data.attribute")) } th scope="col" { (lang.t("data.table")) }
                            th.r scope="col" { (lang.t("data.coverage")) } } }
                        tbody { @for one in &held.attributes { tr {
                            th scope="row" { (one.name) } td { code { (one.table) } }
                            td.r { b { (lang.value(&Value::Share(one.known))) } " "
                                small { (lang.f("settings.of", &[("part", &lang.count(one.known.part)), ("whole", &lang.count(one.known.whole))])) } }
                        } } }
                    } }
                }
            }
        }
        @if !held.events.is_empty() { (events(lang, held)) }
    }
}

fn events(lang: Lang, held: &Held) -> Markup {
    html! {
        section.card aria-labelledby="events" {
            header { div { h2 #events { (lang.t("data.events")) } p { (lang.t("data.events_text")) } } }
            div.tblwrap tabindex="0" role="group" aria-labelledby="events" { table.tbl {
                caption.sr { (lang.t("data.events")) }
                thead { tr { th scope="col" { (lang.t("data.event")) } th.r scope="col" { (lang.t("data.event_count")) }
                    th.r scope="col" { (lang.t("data.event_customers")) } th scope="col" { (lang.t("data.days")) } } }
                tbody { @for event in &held.events { tr {
                    th scope="row" { @if event.name.is_empty() { (lang.t("data.event_unnamed")) } @else { (event.name) } }
                    td.r { (lang.count(event.events)) } td.r { (lang.count(event.customers)) } td { (days(lang, event.days)) }
                } } }
            } }
            @if held.events_left_out > 0 { p.says.last { (lang.n("data.events_left_out", held.events_left_out, &[])) } }
        }
    }
}

fn upload(view: &View<'_>, page: &DataPage) -> Markup {
    let lang = view.lang;
    let mega = lang.count(page.upload_bytes_max / 1_000_000);
    html! {
        section.card aria-labelledby="upload" {
            header { div { h2 #upload { (lang.t("data.upload")) } p { (lang.f("data.upload_text", &[("size", &mega)])) } } }
            form.pad.upload method="post" action="/data/upload" enctype="multipart/form-data"
                data-sent=(lang.f("data.sent", &[("done", "{done}"), ("size", "{size}")])) data-failed=(lang.t("data.not_sent")) {
                input type="hidden" name="csrf" value=(view.csrf);
                label.drop data-drop { span { (lang.t("data.drop")) }
                    input type="file" name="file" required accept=".csv,.tsv,.txt,.gz,.json,.jsonl,.ndjson,.parquet,.xlsx,.xls"; }
                button.btn.pri { (icon("upload")) (lang.t("data.upload_button")) }
                progress.sending max="1" value="0" aria-label=(lang.t("data.sending")) hidden {}
                p.small.num.sending data-sent role="status" hidden {}
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
            td { (days(lang, import.days)) }
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
                @for name in ["kind", "roles", "anew", "dates", "per", "as_of"] {
                    input type="hidden" name=(format!("looked-{name}")) value=(view.here.get(name));
                }
                @if !page.asks.is_empty() { (asks(lang, page)) }
                section.card aria-labelledby="columns" {
                    header {
                        div { h2 #columns { (page.file) } p { (read_as(lang, page)) } }
                        div.tools { label.sel { span { (lang.t("match.rows_are")) }
                            select name="kind" { @for kind in &page.kinds {
                                option value=(kind) selected[*kind == page.kind] { (lang.word_or("kind", kind)) }
                            } } (icon("down")) } }
                    }
                    div.tblwrap { table.tbl.match {
                        caption.sr { (lang.t("match.question")) }
                        thead { tr { th scope="col" { (lang.t("match.column")) } th scope="col" { (lang.t("match.samples")) }
                            th scope="col" { (lang.t("match.means")) } } }
                        tbody { @for (at, column) in page.columns.iter().enumerate() { (one_column(lang, page, at, column)) } }
                    } }
                    p.says { (required(lang, &page.meanings)) }
                    @if page.as_before {
                        p.says { (lang.t("match.as_before")) " "
                            a href=(view.here.with("anew", "1").url()) { (lang.t("match.anew")) } }
                    }
                    p.says { (lang.t("hand.instead")) " "
                        a href=(view.here.with("hand", "1").url()) { (lang.t("hand.link")) } }
                    @if !page.notes.is_empty() { (notes(lang, &page.notes)) }
                    div.pad.row {
                        button.btn.pri { (lang.t("match.import")) }
                        a.btn href="/data" { (lang.t("match.cancel")) }
                    }
                }
            }
        },
    )
}

/// What each row is and what the columns are, said by a person where nothing can be guessed.
pub fn by_hand(view: &View<'_>, page: &HandPage) -> Markup {
    let lang = view.lang;
    shell(
        view,
        &page.workspace,
        "nav.data",
        &lang.t("hand.title"),
        html! {
            p.crumb { a href="/data" { (lang.t("data.title")) } " / " span { (page.file) } }
            header.head { div { h1 { (lang.t("hand.title")) } p { (lang.t("hand.question")) } } }
            @if let Some(trouble) = &page.trouble { div.banner.bad role="alert" { (trouble_text(lang, trouble)) } }
            form method="post" action="/data/match" {
                input type="hidden" name="csrf" value=(view.csrf);
                input type="hidden" name="upload" value=(page.upload);
                input type="hidden" name="hand" value="1";
                section.card aria-labelledby="columns" {
                    header {
                        div { h2 #columns { (page.file) } p { (lang.t("hand.text")) } }
                        div.tools { label.sel { span { (lang.t("match.rows_are")) }
                            select name="kind" required {
                                option value="" selected[page.kind.is_empty()] { (lang.t("match.choose")) }
                                @for kind in &page.kinds {
                                    option value=(kind.id) selected[kind.id == page.kind] { (lang.word_or("kind", &kind.id)) }
                                }
                            } (icon("down")) } }
                    }
                    div.tblwrap tabindex="0" role="group" aria-labelledby="columns" { table.tbl.match {
                        caption.sr { (lang.t("hand.question")) }
                        thead { tr { th scope="col" { (lang.t("match.column")) } th scope="col" { (lang.t("match.samples")) }
                            th scope="col" { (lang.t("match.means")) } } }
                        tbody { @for (at, column) in page.columns.iter().enumerate() { (said_column(lang, page, at, column)) } }
                    } }
                    (needs(lang, &page.kinds))
                    div.pad.row {
                        button.btn.pri { (lang.t("hand.go")) }
                        a.btn href="/data" { (lang.t("match.cancel")) }
                    }
                }
            }
        },
    )
}

fn said_column(lang: Lang, page: &HandPage, at: usize, column: &MatchColumn) -> Markup {
    let field = format!("role-{at}");
    let said = |role: &str| column.meaning.as_deref() == Some(role);
    html! {
        tr {
            th scope="row" { label for=(field) { (column.name) } }
            td { @for sample in column.samples.iter().filter(|sample| !sample.is_empty()) { code.chip { (sample) } " " } }
            td { span.sel {
                select id=(field) name=(field) {
                    option value="" selected[column.meaning.is_none()] { (lang.t("hand.guess")) }
                    option value="skip" selected[said("skip")] { (lang.t("match.leave_out")) }
                    @for group in &page.groups {
                        optgroup label=(lang.t(&format!("hand.group.{}", group.id))) {
                            @for role in &group.roles {
                                option value=(role.id) selected[said(&role.id)] { (lang.word_or("meaning", &role.words)) }
                            }
                        }
                    }
                } (icon("down"))
            } }
        }
    }
}

/// What each kind of rows needs.
fn needs(lang: Lang, kinds: &[HandKind]) -> Markup {
    let comma = lang.t("cohorts.comma");
    html! {
        details.pad {
            summary { (lang.t("hand.needs")) }
            table.tbl {
                caption.sr { (lang.t("hand.needs")) }
                tbody { @for kind in kinds { tr {
                    th scope="row" { (lang.word_or("kind", &kind.id)) }
                    td { (kind.needs.iter().map(|key| lang.word_or("meaning", key)).collect::<Vec<_>>().join(&comma)) }
                } } }
            }
        }
    }
}

/// What no column says, and only the person can know.
fn asks(lang: Lang, page: &MatchPage) -> Markup {
    html! {
        section.card aria-labelledby="asks" {
            header { div { h2 #asks { (lang.t("match.asks")) } p { (lang.t("match.asks_text")) } } }
            div.pad.asks { @for ask in &page.asks { (one_ask(lang, ask)) } }
        }
    }
}

fn one_ask(lang: Lang, ask: &MatchAsk) -> Markup {
    let (field, hint) = (format!("ask-{}", ask.id), format!("ask-{}-hint", ask.id));
    html! {
        div.ask {
            label for=(field) { (lang.t(&format!("match.ask.{}", ask.id))) @if ask.required { " *" } }
            @if ask.answers.is_empty() {
                span.field.date { input type="date" id=(field) name=(ask.id) value=[ask.said.as_ref()]
                    required[ask.required] aria-describedby=(hint); }
            } @else {
                span.sel { select id=(field) name=(ask.id) required[ask.required] aria-describedby=(hint) {
                    @if ask.said.is_none() || !ask.required { option value="" selected[ask.said.is_none()] { (lang.t("match.choose")) } }
                    @for answer in &ask.answers {
                        option value=(answer) selected[ask.said.as_ref() == Some(answer)] { (lang.word_or("match.answer", answer)) }
                    }
                } (icon("down")) }
            }
            p.small id=(hint) { (lang.t(&format!("match.ask.{}_hint", ask.id))) }
        }
    }
}

/// What the reader says of the file. It speaks English.
fn notes(lang: Lang, notes: &[String]) -> Markup {
    html! {
        details.pad open[notes.len() < 4] {
            summary { (lang.n("match.notes", notes.len() as u64, &[])) }
            ul.reasons lang=[(lang != Lang::En).then_some("en")] { @for note in notes { li { (note) } } }
        }
    }
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
