//! `regulars import`: from a shop's files to its history.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use app::{Answers, Found, ImportReport, Origin, Problem, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::output::{self, say};
use crate::{FOLDER, PlaceArgs};

/// Import files: CSV, JSON lines, Parquet, Excel, plain or gzipped
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    chore: Option<Chore>,
    /// The files
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
    /// What they hold: orders, order_lines, refunds, subscriptions, invoices, events, customers, tickets, responses, costs
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<String>,
    /// A map that says which column means what (docs/import.md)
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Only show how the files would be read
    #[arg(long)]
    look: bool,
    /// The currency of the amounts, where no column says it: EUR
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// How dates are written, where the file does not tell: dmy (31/12/2024), mdy (12/31/2024), iso
    #[arg(long, value_name = "ORDER")]
    dates: Option<String>,
    /// For how long a price is, where no column says it: month, quarter, year, week, day
    #[arg(long, value_name = "INTERVAL")]
    price_per: Option<String>,
    /// The day on which a list without dates was true: 2024-06-30
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// What a column is: "Total Paid=amount", "Ref=order"; "Notes=skip" leaves it out. May be given several times
    #[arg(long = "column", value_name = "NAME=MEANING")]
    columns: Vec<String>,
    /// Write the proposed map to a file, to be edited and given with --map
    #[arg(long, value_name = "FILE")]
    save_map: Option<PathBuf>,
    /// Do not ask, import as proposed; stops where a question has no safe answer
    #[arg(long, short)]
    yes: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Chore {
    /// Show all imports
    List {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Take an import back
    Undo {
        /// Its number
        id: i64,
    },
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    match args.chore {
        Some(Chore::List { json }) => list(place, json).await,
        Some(Chore::Undo { id }) => undo(place, id).await,
        None => import(place, args).await,
    }
}

async fn import(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    let map = args.map.as_ref().map(std::fs::read_to_string).transpose().map_err(|error| {
        Problem::invalid("bad_map", format!("cannot read the map: {error}"), "check the path given with --map")
    })?;
    let found = app.inspect_with(&args.files, args.kind.as_deref(), map.as_deref(), &answers(&args)?).await?;
    if !args.json {
        found.iter().for_each(show);
    }
    if let Some(path) = &args.save_map {
        save_map(path, &found)?;
    }
    if args.look {
        if args.json {
            return output::json(&found.iter().map(looked).collect::<Vec<_>>());
        }
        say!("Nothing was stored. {HOW_TO_GO_ON}");
        return Ok(());
    }
    let unanswered: Vec<String> = found.iter().flat_map(questions).map(|question| question.text.clone()).collect();
    confirm(&args, &found)?;
    for file in found.iter().filter(|file| matches!(file.inspection.origin, Origin::Guess { .. })) {
        app.remember(file).await?;
    }
    let bar = bar(args.json);
    let watched = bar.clone();
    let shown = Mutex::new(0u8);
    let report = app.import(found, move |progress| advance(&watched, &shown, progress)).await?;
    bar.finish_and_clear();
    if args.json {
        let mut told = told(&report);
        told["unanswered"] = json!(unanswered);
        return output::json(&told);
    }
    say(&report)?;
    if args.yes && !report.repeated {
        unanswered.iter().for_each(|question| say!("taken without an answer: {question}"));
    }
    Ok(())
}

const HOW_TO_GO_ON: &str = "\
To import like this: the same command without --look.
If a column is read wrongly: --column \"Its name=amount\", or =customer, order, at, product, refund, status, … or =skip.
If the file is taken for the wrong thing: --as orders, order_lines, refunds, subscriptions, events, customers, …
For anything else: --save-map map.toml writes all of it down, to be changed and given with --map map.toml.";

/// What somebody said on the command line in answer to questions.
fn answers(args: &Args) -> Result<Answers, Problem> {
    let bad = |error: String, hint: &str| Problem::invalid("bad_answer", error, hint);
    let currency = args
        .currency
        .as_deref()
        .map(str::trim)
        .map(str::to_uppercase)
        .map(|code| code.parse::<terms::Currency>())
        .transpose();
    let mut columns = Vec::new();
    for said in &args.columns {
        let (name, meaning) = said.rsplit_once('=').ok_or_else(|| {
            bad(format!("'{said}' does not say what the column is"), "write --column \"Total Paid=amount\"")
        })?;
        columns.push((name.trim().to_owned(), meaning.trim().to_lowercase().replace(['-', ' '], "_")));
    }
    if let Some(every) = &args.price_per
        && !["day", "week", "month", "quarter", "year"].contains(&every.as_str())
    {
        return Err(bad(format!("'{every}' is no interval"), "write day, week, month, quarter or year"));
    }
    if let Some(day) = &args.as_of
        && day.parse::<terms::Date>().is_err()
    {
        return Err(bad(format!("'{day}' is no day"), "write --as-of 2024-06-30"));
    }
    Ok(Answers {
        currency: currency
            .map_err(|error: terms::TermError| bad(error.to_string(), "write three letters such as EUR"))?,
        dates: args.dates.as_deref().map(str::parse).transpose().map_err(|error| bad(error, "write --dates dmy"))?,
        price_per: args.price_per.clone(),
        as_of: args.as_of.clone(),
        columns,
    })
}

/// What a guess leaves open.
fn questions(found: &Found) -> &[app::Question] {
    match &found.inspection.origin {
        Origin::Guess { questions, .. } if !found.saved => questions,
        _ => &[],
    }
}

/// What is shown before anything is stored.
fn show(found: &Found) {
    let inspection = &found.inspection;
    let name = found.path.file_name().unwrap_or_default().to_string_lossy();
    let how = match &inspection.origin {
        _ if found.saved => "read as the last file with these columns".to_owned(),
        Origin::Preset(title) => format!("recognised as {title}"),
        Origin::Given => "read with the given map".to_owned(),
        Origin::Guess { confidence, .. } => format!("guessed ({:.0} % sure)", confidence * 100.0),
    };
    let rows = inspection.rows_estimate.map_or(String::new(), |rows| format!(", about {rows} rows"));
    say!("{name}: {}{rows}; {how}", inspection.format.describe());
    if !matches!(inspection.origin, Origin::Preset(_)) || found.saved {
        let lines = inspection.columns.iter().map(|column| {
            let meaning = found.meaning(&column.name).unwrap_or_else(|| "(left out)".to_owned());
            vec![column.name.clone(), meaning, column.values.join(" · ").chars().take(60).collect()]
        });
        becomes(found).iter().for_each(|line| say!("  {line}"));
        let head = ["column", "read as", "for example"].map(str::to_owned).to_vec();
        say!("{}", output::table(head, &[false; 3], lines.collect()));
    }
    inspection.notes.iter().for_each(|note| say!("note: {note}"));
    if let Origin::Guess { questions, .. } = &inspection.origin {
        questions.iter().enumerate().for_each(|(at, question)| say!("question {}: {}", at + 1, question.text));
    }
}

/// What rows will become, a sentence for each rule.
fn becomes(found: &Found) -> Vec<String> {
    let map = &found.inspection.map;
    let aside = map.set_aside.iter().map(|aside| format!("set aside: rows where {}", tests(&aside.when)));
    let rules = map.facts.iter().map(|rule| {
        let each = rule.each.as_ref().map_or(String::new(), |list| format!(" for each of {list}"));
        let when = if rule.when.is_empty() { String::new() } else { format!(", where {}", tests(&rule.when)) };
        format!("a row becomes {}{each}{when}", word_of(rule.table.name()))
    });
    aside.chain(rules).collect()
}

fn word_of(table: &str) -> &str {
    match table {
        "order_headers" => "an order",
        "order_lines" => "a line of an order",
        "refunds" => "a refund",
        "subscription_changes" => "a change of a subscription",
        "invoices" => "an invoice",
        "events" => "an event",
        "tickets" => "a ticket",
        "responses" => "an answer to a survey",
        "costs" => "a cost",
        "profiles" => "a note of who the customer is",
        other => other,
    }
}

/// Conditions as a clause: `'Status' is 'paid' or 'shipped', and 'Amount' is not below 0`.
fn tests(conditions: &[app::Condition]) -> String {
    let words = |words: &[String]| {
        let shown: Vec<String> = words.iter().take(3).map(|word| format!("'{word}'")).collect();
        let more = if words.len() > 3 { format!(" or another of {} such words", words.len()) } else { String::new() };
        format!("{}{more}", shown.join(" or "))
    };
    let test = |test: &app::Condition| {
        let mut parts = Vec::new();
        parts.extend((!test.one_of.is_empty()).then(|| words(&test.one_of)));
        parts.extend((!test.none_of.is_empty()).then(|| format!("none of {}", words(&test.none_of))));
        parts.extend(test.starts_with.as_ref().map(|start| format!("a text that begins with '{start}'")));
        parts.extend(test.above.map(|bound| format!("above {bound}")));
        parts.extend(test.below.map(|bound| format!("below {bound}")));
        parts.extend(test.is.map(|state| format!("{state:?}").to_lowercase()));
        let is = if test.not { "is not" } else { "is" };
        format!("'{}' {is} {}", test.column, parts.join(" and "))
    };
    conditions.iter().map(test).collect::<Vec<_>>().join(", and ")
}

fn looked(found: &Found) -> serde_json::Value {
    let inspection = &found.inspection;
    json!({
        "file": found.path.file_name().unwrap_or_default().to_string_lossy(),
        "format": inspection.format.describe(),
        "origin": inspection.origin,
        "columns": inspection.columns,
        "notes": inspection.notes,
        "rows_estimate": inspection.rows_estimate,
        "map": inspection.map.to_toml(),
    })
}

fn save_map(path: &PathBuf, found: &[Found]) -> Result<(), Problem> {
    let text = found.first().map(|file| file.inspection.map.to_toml()).unwrap_or_default();
    std::fs::write(path, text).map_err(|error| {
        Problem::invalid(
            "no_folder",
            format!("cannot write {}: {error}", path.display()),
            "choose another file with --save-map",
        )
    })?;
    eprintln!("The map is in {}: change it if needed and import again with --map {}", path.display(), path.display());
    Ok(())
}

/// A guess is confirmed by a person, or by `--yes`.
fn confirm(args: &Args, found: &[Found]) -> Result<(), Problem> {
    let open = found.iter().flat_map(questions).find(|question| question.open);
    if let (Some(question), true) = (open, args.yes) {
        return Err(Problem::invalid(
            "question_open",
            format!("nothing was imported: a question has two answers that give other numbers. {}", question.text),
            "answer it on the command line; --yes then takes the rest as proposed",
        ));
    }
    let guessed = found.iter().any(|file| matches!(file.inspection.origin, Origin::Guess { .. }) && !file.saved);
    if args.yes || !guessed {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Problem::invalid(
            "not_confirmed",
            "nothing was imported: how to read a file was guessed, and nobody is here to confirm it",
            "look at the table above; add --yes to accept it, or correct it with --column \"Name=meaning\", --as or --save-map map.toml",
        ));
    }
    say!("Nothing is stored yet. An import can be taken back with `regulars import undo`.");
    print!("Import like this? Type y to import, anything else to stop: ");
    let _ = std::io::stdout().flush();
    let mut answer = String::new();
    let _ = std::io::stdin().read_line(&mut answer);
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Problem::invalid(
        "not_confirmed",
        "nothing was imported",
        "answer or correct with --column \"Name=meaning\", --currency, --dates or --as; or change all of it with --save-map map.toml and --map map.toml",
    ))
}

/// A bar for [`advance`].
pub(crate) fn bar(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(1);
    let style = "{msg:>8} [{bar:32}] {percent:>3} %  {prefix}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style.progress_chars("█▉ "));
    }
    bar
}

/// Shows how far an import is.
pub(crate) fn advance(bar: &ProgressBar, shown: &Mutex<u8>, progress: Progress) {
    let mut stage = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match progress {
        Progress::Reading { bytes, of, rows } => {
            if *stage == 0 {
                *stage = 1;
                bar.set_message("reading");
                bar.set_length(of);
            }
            bar.set_position(bytes.min(of));
            let speed = rows as f64 / bar.elapsed().as_secs_f64().max(0.001);
            bar.set_prefix(format!("{rows} rows, {speed:.0}/s"));
        }
        Progress::Writing { done, of } => {
            if *stage < 2 {
                *stage = 2;
                bar.set_message("sorting");
                bar.set_length(of as u64);
                bar.reset_eta();
            }
            bar.set_position(done as u64);
        }
    }
}

fn say(report: &ImportReport) -> Result<(), Problem> {
    if report.repeated {
        say!("These files are in the history already, as import {}; nothing was changed.", report.id);
        return Ok(());
    }
    say!("Import {}: {} rows read, {} new facts", report.id, report.rows, report.added);
    for (table, rows) in &report.facts {
        say!("  {:<24}{rows:>12}", table.name());
    }
    if report.duplicates > 0 {
        say!("{} facts were known already and are there once.", report.duplicates);
    }
    for (attribute, values) in &report.unfit {
        say!("{values} values of {attribute} did not fit and were left empty.");
    }
    if let Some(path) = &report.rejects_file {
        say!("{} rows set aside:", report.rejects.values().sum::<u64>());
        let mut reasons: Vec<_> = report.rejects.iter().collect();
        reasons.sort_by_key(|(_, rows)| std::cmp::Reverse(**rows));
        reasons.iter().for_each(|(code, rows)| say!("  {code:<24}{rows:>12}"));
        say!("They are listed with line and reason in {}", path.display());
    }
    say!("Take it back with: regulars import undo {}", report.id);
    Ok(())
}

fn told(report: &ImportReport) -> serde_json::Value {
    let facts: serde_json::Map<_, _> =
        report.facts.iter().map(|(table, rows)| (table.name().to_owned(), json!(rows))).collect();
    json!({
        "id": report.id,
        "repeated": report.repeated,
        "rows": report.rows,
        "added": report.added,
        "duplicates": report.duplicates,
        "facts": facts,
        "rejects": report.rejects,
        "rejects_file": report.rejects_file,
        "unfit": report.unfit,
    })
}

async fn list(place: &PlaceArgs, as_json: bool) -> Result<(), Problem> {
    let imports = place.open(FOLDER).await?.imports().await?;
    if as_json {
        return output::json(&imports);
    }
    let head = ["id", "when", "files", "read as", "facts", "known before", "set aside", ""].map(str::to_owned).to_vec();
    let rows = imports.into_iter().map(|import| {
        let undone = import.undone_at.map_or(String::new(), |at| format!("undone {at}"));
        let numbers = [import.facts, import.duplicates, import.rejects].map(|number| number.to_string());
        let [facts, known, aside] = numbers;
        vec![import.id.to_string(), import.at, import.files.join(", "), import.map, facts, known, aside, undone]
    });
    say!("{}", output::table(head, &[true, false, false, false, true, true, true, false], rows.collect()));
    Ok(())
}

async fn undo(place: &PlaceArgs, id: i64) -> Result<(), Problem> {
    place.open(FOLDER).await?.undo_import(id).await?;
    say!("Import {id} is undone: facts that only it delivered are gone.");
    Ok(())
}
