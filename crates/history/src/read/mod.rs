//! From a stranger's file to staged facts: find out what it is, show it, then read it row by row.
//!
//! Every format is turned into rows of text fields, and one engine (`fill`) turns rows into facts by a [`Map`]. So a
//! rule about dates, money or missing customers is written once, and a preset works for CSV, JSON and Parquet alike.
//! Nothing here keeps the file in memory: text is cut into blocks of about 2 MB, batches of facts leave at 65,536 rows.

mod crew;
mod csv;
mod date;
mod error;
mod excel;
mod fill;
mod foreign;
mod guess;
mod json;
mod map;
mod number;
mod open;
pub(crate) mod owners;
mod parquet;
mod plan;
mod presets;
mod sink;

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use terms::{Currency, Zone};

pub use csv::CsvFormat;
pub use date::DateForm;
pub use error::ReadError;
pub use excel::ExcelFormat;
pub use guess::look::Looks;
pub use guess::{About, Question};
pub use json::JsonFormat;
pub use map::{
    Carry, Condition, FileHints, Kept, Made, Map, MoneyUnit, Monthly, OrderPer, Rule, SetAside, Source, State, Unit,
};
pub use number::{Decimal, DecimalMark};
pub use owners::{Owned, Owner, Owners, together};
pub use sink::{ReadReport, Reject, Sink, SinkError};

/// What somebody says a file holds (`--as`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum As {
    /// One row an order, or one a line of an order: the file tells which.
    Orders,
    /// One row a line of an order.
    OrderLines,
    /// Money given back.
    Refunds,
    /// One row a subscription, or one a change of a subscription.
    Subscriptions,
    /// Invoices and their payment.
    Invoices,
    /// Things people did.
    Events,
    /// One row a customer.
    Customers,
    /// Questions to the service desk.
    Tickets,
    /// Answers to surveys.
    Responses,
    /// What customers cost.
    Costs,
}

impl As {
    /// Every word of `--as`, with what it means.
    pub const WORDS: [(&'static str, As); 10] = [
        ("orders", As::Orders),
        ("order_lines", As::OrderLines),
        ("refunds", As::Refunds),
        ("subscriptions", As::Subscriptions),
        ("invoices", As::Invoices),
        ("events", As::Events),
        ("customers", As::Customers),
        ("tickets", As::Tickets),
        ("responses", As::Responses),
        ("costs", As::Costs),
    ];
}

impl std::str::FromStr for As {
    type Err = String;

    fn from_str(text: &str) -> Result<As, String> {
        let word = text.trim().to_lowercase().replace('-', "_");
        let found = As::WORDS.into_iter().find(|(name, _)| *name == word || name.trim_end_matches('s') == word);
        found.map(|(_, kind)| kind).ok_or_else(|| {
            let all = As::WORDS.map(|(name, _)| name).join(", ");
            format!("'{text}' is not a kind of file; use one of: {all}")
        })
    }
}

/// What the caller knows about a file before it is opened.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What it holds, where somebody said so.
    pub holds: Option<As>,
    /// How to read it, where somebody said so or a map was kept for this layout.
    pub map: Option<Map>,
    /// The zone of times without one.
    pub zone: Zone,
    /// The currency of amounts without one.
    pub currency: Option<Currency>,
    /// What a person answered to the questions of a guess.
    pub answers: Answers,
}

impl Default for Wish {
    fn default() -> Wish {
        Wish { holds: None, map: None, zone: Zone::utc(), currency: None, answers: Answers::default() }
    }
}

/// What a person says of a file where a guess would have to ask.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// The currency of its amounts.
    pub currency: Option<Currency>,
    /// In which order its dates are written.
    pub dates: Option<DateForm>,
    /// For how long a price is: `month`, `year`, …
    pub price_per: Option<String>,
    /// The day on which a list without dates was true: `2024-06-30`.
    pub as_of: Option<String>,
    /// What columns are: the name in the file, and one of [`meanings`].
    pub columns: Vec<(String, String)>,
}

impl Answers {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Answers::default()
    }
}

/// What a person may say a column is; `skip` leaves it out.
pub fn meanings() -> Vec<&'static str> {
    guess::names::Role::ALL.iter().map(|role| role.name()).chain(["skip"]).collect()
}

/// What kind of file it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text in rows and fields.
    Csv(CsvFormat),
    /// JSON records.
    Json(JsonFormat),
    /// Parquet.
    Parquet,
    /// A sheet of a workbook.
    Excel(ExcelFormat),
}

impl Format {
    /// What the key says under which JSON keeps its records, where that leaves no doubt.
    fn holds(&self) -> Option<As> {
        let Format::Json(json) = self else { return None };
        match json.path.last()?.as_str() {
            "refund" | "refunds" => Some(As::Refunds),
            "event" | "events" => Some(As::Events),
            "ticket" | "tickets" => Some(As::Tickets),
            _ => None,
        }
    }

    /// In a few words, for people: `CSV, windows-1252, delimiter ";"`.
    pub fn describe(&self) -> String {
        match self {
            Format::Csv(csv) => {
                let tab = csv.delimiter == b'\t';
                let delimiter = if tab { "tab".to_owned() } else { format!("\"{}\"", char::from(csv.delimiter)) };
                let header = if csv.header { "" } else { ", no header" };
                format!("CSV, {}, delimiter {delimiter}{header}", csv.encoding)
            }
            Format::Json(json) if json.lines => "JSON, one object a line".to_owned(),
            Format::Json(json) if json.path.is_empty() => "JSON".to_owned(),
            Format::Json(json) => format!("JSON, records in '{}'", json.path.join(".")),
            Format::Parquet => "Parquet".to_owned(),
            Format::Excel(excel) => format!("Excel, sheet '{}'", excel.sheet),
        }
    }
}

/// A column as the first rows show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnSample {
    /// Its name.
    pub name: String,
    /// Up to five different values.
    pub values: Vec<String>,
    /// What they look like.
    pub looks: Looks,
}

/// Where the map comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A layout that is known, by its title.
    Preset(String),
    /// Somebody gave it.
    Given,
    /// Guessed.
    Guess {
        /// 0 to 1: 1 when every needed column has a name that leaves no doubt.
        confidence: f64,
        /// What a person should confirm or answer.
        questions: Vec<Question>,
    },
}

/// What a file is and how it will be read: shown to a person before anything is stored.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// What kind of file.
    pub format: Format,
    /// Its columns.
    pub columns: Vec<ColumnSample>,
    /// How it will be read.
    pub map: Map,
    /// Where that comes from.
    pub origin: Origin,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Bytes on disk.
    pub bytes: u64,
    /// About how many rows, where that can be told.
    pub rows_estimate: Option<u64>,
    /// The same for every file with these columns: saved maps are found by it.
    pub fingerprint: String,
    /// Whose the things are that its rows name in place of a customer.
    owners: Option<Arc<Owners>>,
    zone: Zone,
    currency: Option<Currency>,
}

impl Inspection {
    /// The zone of times that name none.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The currency of amounts that name none.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }
}

/// Columns and rows of the beginning of a file.
struct Beginning {
    format: Format,
    shape: csv::Shape,
    rows_estimate: Option<u64>,
}

/// Finds out what a file is and how to read it, from about its first thousand rows.
///
/// # Errors
///
/// When it is no table, cannot be opened, does not fit the given map, or nothing can be guessed from it.
pub fn inspect(path: &Path, wish: &Wish) -> Result<Inspection, ReadError> {
    let bytes = std::fs::metadata(path).map_err(|cause| ReadError::io(path, cause))?.len();
    let hints = wish.map.as_ref().map(|map| map.file.clone()).unwrap_or_default();
    let beginning = begin(path, bytes, &hints)?;
    let shape = &beginning.shape;
    let (map, origin, mut notes) = choose(path, wish, shape, &beginning.format).map_err(|error| {
        let sheets = shape.notes.iter().filter(|_| matches!(beginning.format, Format::Excel(_)));
        sheets.filter(|note| note.contains("sheets")).fold(error, |error, note| error.or(note))
    })?;
    notes.splice(0..0, shape.notes.iter().cloned());
    let mut columns: Vec<ColumnSample> =
        shape.columns.iter().enumerate().map(|(at, name)| sample(name, at, &shape.rows)).collect();
    if matches!(beginning.format, Format::Json(_)) {
        // Records of JSON need not have the same keys: what the map asks for may come in later ones.
        let more: Vec<&str> =
            map.columns().into_iter().filter(|name| !shape.columns.iter().any(|c| c == name)).collect();
        columns.extend(more.into_iter().map(|name| ColumnSample {
            name: name.to_owned(),
            values: Vec::new(),
            looks: Looks::Empty,
        }));
    }
    let inspection = Inspection {
        columns,
        map,
        origin,
        notes,
        bytes,
        rows_estimate: beginning.rows_estimate,
        fingerprint: fingerprint(&shape.columns),
        owners: None,
        format: beginning.format,
        zone: wish.zone.clone(),
        currency: wish.currency,
    };
    bind(path, &inspection)?; // a map that does not fit is found now, not when half of the file is stored
    Ok(inspection)
}

/// Reads a file as it was inspected, with so many threads beside the one that reads from disk.
///
/// # Errors
///
/// When the file is damaged or changed, or the sink refuses.
pub fn read(path: &Path, inspection: &Inspection, threads: usize, sink: &dyn Sink) -> Result<ReadReport, ReadError> {
    let mut plan = bind(path, inspection)?;
    match (&inspection.owners, owners::needed(&inspection.map).first()) {
        (None, Some(owner)) => return Err(owners::nobody_tells(path, *owner)),
        (Some(owners), _) => plan.owners = owners.clone(),
        (None, None) => {}
    }
    let crew = crew::Crew { path, plan: &plan, sink, threads, counter: open::Counter::default() };
    match &inspection.format {
        Format::Csv(format) => csv::read(&crew, format, csv::BLOCK),
        Format::Json(format) => json::read(&crew, format),
        Format::Parquet => parquet::read(&crew),
        Format::Excel(format) => excel::read(&crew, format),
    }
}

fn bind(path: &Path, inspection: &Inspection) -> Result<plan::Plan, ReadError> {
    let names: Vec<String> = inspection.columns.iter().map(|c| c.name.clone()).collect();
    plan::Plan::bind(&inspection.map, &names, &inspection.zone, inspection.currency)
        .map_err(|misfit| ReadError::new(misfit.code, path, misfit.what, misfit.hint))
}

/// The given map, a preset, or a guess.
fn choose(
    path: &Path,
    wish: &Wish,
    shape: &csv::Shape,
    format: &Format,
) -> Result<(Map, Origin, Vec<String>), ReadError> {
    let json = matches!(format, Format::Json(_));
    if let Some(map) = wish.map.as_ref().filter(|map| !map.is_only_hints()) {
        return Ok((map.clone(), Origin::Given, Vec::new()));
    }
    let hints = wish.map.as_ref().map(|map| map.file.clone()).unwrap_or_default();
    if let Some((column, meaning)) =
        wish.answers.columns.iter().find(|(_, meaning)| !meanings().contains(&meaning.as_str()))
    {
        let what = format!("'{meaning}', said of the column '{column}', is nothing a column can be");
        return Err(ReadError::new("unknown_meaning", path, what, format!("use one of: {}", meanings().join(", "))));
    }
    if let Some((column, _)) = wish.answers.columns.iter().find(|(column, _)| !shape.columns.contains(column)) {
        let what = format!("there is no column '{column}'");
        let hint =
            format!("its columns are: {}; import files with other columns on their own", shape.columns.join(", "));
        return Err(ReadError::new("no_column", path, what, hint));
    }
    if wish.holds.is_none() && wish.answers.columns.is_empty() {
        if let Some(mut preset) = presets::recognise(&shape.columns, &shape.rows, json) {
            if let Some(currency) = wish.answers.currency {
                preset.map.currency = Some(currency.code().to_owned());
            }
            preset.map.file = hints;
            return Ok((preset.map, Origin::Preset(preset.title), Vec::new()));
        }
        if let Some((what, hint)) = presets::not_alone(&shape.columns) {
            let what = format!("these are {what}: they do not say which customer they belong to");
            return Err(ReadError::new("needs_other_table", path, what, hint));
        }
    }
    let currency = wish.currency.map(|currency| currency.code().to_owned());
    let holds = wish.holds.or_else(|| format.holds());
    match guess::guess(&shape.columns, &shape.rows, holds, currency.as_deref(), &wish.answers) {
        Some(mut guess) => {
            guess.map.file = hints;
            let origin = Origin::Guess { confidence: guess.confidence, questions: guess.questions };
            Ok((guess.map, origin, guess.notes))
        }
        None => {
            let columns = shape.columns.iter().take(40).cloned().collect::<Vec<_>>().join(", ");
            let what = format!("{}; the columns are: {columns}", guess::missing(&shape.columns, &shape.rows));
            let hint = "say what the file holds with --as, or write a map (see docs/import.md) that names the columns of the customer and the time";
            Err(ReadError::new("layout_unknown", path, what, hint))
        }
    }
}

fn sample(name: &str, at: usize, rows: &[Vec<String>]) -> ColumnSample {
    let values = || rows.iter().map(move |row| row.get(at).map_or("", |value| value.trim()));
    let mut shown: Vec<String> = Vec::new();
    for value in values().filter(|value| !value.is_empty()) {
        if shown.len() < 5 && !shown.iter().any(|other| other == value) {
            shown.push(value.chars().take(80).collect());
        }
    }
    ColumnSample { name: name.to_owned(), values: shown, looks: guess::look::look(values()).looks }
}

/// A hash of the sorted names.
fn fingerprint(columns: &[String]) -> String {
    let mut sorted: Vec<&str> = columns.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    format!("{:016x}", twox_hash::XxHash3_64::oneshot(sorted.join("\u{1f}").as_bytes()))
}

fn begin(path: &Path, bytes: u64, hints: &FileHints) -> Result<Beginning, ReadError> {
    let counter = open::Counter::default();
    let mut from = open::open(path, &counter)?;
    let mut raw = Vec::new();
    let ended = open::fill(from.as_mut(), &mut raw, open::SAMPLE).map_err(|cause| ReadError::io(path, cause))?;
    if raw.is_empty() {
        return Err(ReadError::new("file_empty", path, "there is nothing in this file", "export it again"));
    }
    if let Some((code, what, hint)) = foreign::of_bytes(&raw) {
        return Err(ReadError::new(code, path, what, hint));
    }
    if raw.starts_with(b"PAR1") {
        let (shape, rows) = parquet::sniff(path)?;
        return Ok(Beginning { format: Format::Parquet, shape, rows_estimate: Some(rows) });
    }
    if raw.starts_with(b"PK\x03\x04") || raw.starts_with(b"\xd0\xcf\x11\xe0") {
        let (format, shape, rows) = excel::sniff(path, hints)?;
        return Ok(Beginning { format: Format::Excel(format), shape, rows_estimate: Some(rows) });
    }
    begin_text(path, bytes, hints, &raw, ended, counter.load(std::sync::atomic::Ordering::Relaxed))
}

fn begin_text(
    path: &Path,
    bytes: u64,
    hints: &FileHints,
    raw: &[u8],
    ended: bool,
    raw_on_disk: u64,
) -> Result<Beginning, ReadError> {
    let (encoding, _) = match &hints.encoding {
        Some(label) => {
            let named = encoding_rs::Encoding::for_label(label.as_bytes());
            let unknown = || {
                ReadError::new(
                    "encoding_unknown",
                    path,
                    format!("'{label}' is no encoding"),
                    "write utf-8, windows-1252, utf-16le, gb18030, …",
                )
            };
            (named.ok_or_else(unknown)?, 0)
        }
        None => open::encoding_of(raw),
    };
    let (text, _) = encoding.decode_with_bom_removal(raw);
    if open::looks_binary(text.as_bytes()) {
        return Err(ReadError::new(
            "not_text",
            path,
            "this is neither text nor a format Regulars knows",
            "give CSV, JSON, Parquet or Excel; unpack archives first",
        ));
    }
    if let Some((code, what, hint)) = foreign::of_text(&text) {
        return Err(ReadError::new(code, path, what, hint));
    }
    // A character cut in two at the end of the sample would be read as damage.
    let text = if ended { &text[..] } else { text.trim_end_matches('\u{fffd}') };
    let looks_like_json = text.trim_start().starts_with(['{', '[']) && hints.delimiter.is_none();
    let sniffed = if looks_like_json {
        json::sniff(text, encoding.name(), ended, hints).map(|(format, shape)| (Format::Json(format), shape))
    } else {
        csv::sniff(text, encoding.name(), ended, hints).map(|(format, shape)| (Format::Csv(format), shape))
    };
    let (format, shape) = sniffed.map_err(|(code, what, hint)| ReadError::new(code, path, what, hint))?;
    // Rows per byte of text, bytes of text per byte on disk.
    let per_row =
        shape.rows_bytes as f64 / shape.rows.len().max(1) as f64 * raw_on_disk as f64 / text.len().max(1) as f64;
    let rows_estimate = (per_row > 0.0).then(|| (bytes as f64 / per_row).round() as u64);
    let rows_estimate = if ended && shape.rows.len() < 1_000 { Some(shape.rows.len() as u64) } else { rows_estimate };
    Ok(Beginning { format, shape, rows_estimate })
}

#[cfg(test)]
mod tests;
