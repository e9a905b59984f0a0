//! JSON: one object a line, a list of objects, or an object that holds such a list.

mod flat;
mod split;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::crew::{Crew, Hand, PieceError, Returns};
use super::csv::{self, CsvFormat, Piece, Shape};
use super::error::ReadError;
use super::fill::{Fields, Filler};
use super::map::FileHints;
use super::open::{fill, open_text};
use super::sink::ReadReport;
use flat::Row;
use split::Splitter;

/// How a JSON file is laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonFormat {
    /// As in `UTF-8`.
    pub encoding: String,
    /// Whether every record is a line of its own.
    pub lines: bool,
    /// Where the records are inside the document, or inside each line: keys from the outside in.
    pub path: Vec<String>,
    /// Whether what lies there is a list of records rather than a record.
    pub list: bool,
}

/// Records looked at.
const RECORDS: usize = 1_000;
/// Keys under which documents keep their records.
const HOLDERS: [&str; 30] = [
    "orders",
    "customers",
    "subscriptions",
    "invoices",
    "events",
    "messages",
    "batch",
    "refunds",
    "data",
    "results",
    "items",
    "records",
    "rows",
    "list",
    "tickets",
    "responses",
    "transactions",
    "users",
    "values",
    "entries",
    "sales",
    "purchases",
    "line_items",
    "payload",
    "resources",
    "docs",
    "hits",
    "people",
    "contacts",
    "payments",
];
/// Keys under which a single record is wrapped.
const WRAPPERS: [&str; 12] = [
    "order",
    "customer",
    "subscription",
    "invoice",
    "event",
    "message",
    "refund",
    "ticket",
    "response",
    "user",
    "record",
    "body",
];

/// Finds out how JSON text is laid out.
pub fn sniff(
    sample: &str,
    encoding: &str,
    whole: bool,
    hints: &FileHints,
) -> Result<(JsonFormat, Shape), csv::NoTable> {
    let format = layout(sample, encoding, whole, hints)?;
    let mut records = Vec::new();
    let mut damaged: Option<(u64, serde_json::Error)> = None;
    let mut keep = |text: &[u8], line: u64| match serde_json::from_slice::<Value>(text) {
        Ok(value) => each_record(&value, &format, |record| records.push(record.clone())),
        Err(error) => damaged = damaged.take().or(Some((line, error))),
    };
    let mut end = 0;
    if format.lines {
        for (line, number) in sample.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()).take(RECORDS) {
            keep(line.as_bytes(), number);
            end += line.len() + 1;
        }
    } else {
        let mut splitter = Splitter::new(&format);
        let _ = splitter.push(sample.as_bytes(), &mut keep);
        splitter.end(&mut keep);
        end = sample.len();
    }
    records.truncate(RECORDS);
    if let (Some((line, error)), true) = (&damaged, records.is_empty()) {
        let what = format!("the JSON of line {line} is broken or cut short ({})", what_of(error));
        return Err(("bad_json", what, "export it again; write one object a line, or one list of objects"));
    }
    if records.is_empty()
        && whole
        && let Err(error) = serde_json::from_str::<Value>(sample)
    {
        let what = format!("the JSON is broken or cut short at line {} ({})", error.line(), what_of(&error));
        return Err(("bad_json", what, "export it again; write one object a line, or one list of objects"));
    }
    if records.is_empty() {
        return Err((
            "no_rows",
            "there are no records in this JSON".to_owned(),
            "say where they are with `file = { records = \"…\" }` in a map",
        ));
    }
    let (columns, rows) = flat::table(&records);
    let mut notes = Vec::new();
    if !format.path.is_empty() {
        notes.push(format!("the records are taken from '{}'", format.path.join(".")));
    }
    Ok((format, Shape { columns, rows, rows_bytes: end, notes }))
}

/// What is wrong in JSON, and at which sign of its line.
fn what_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{what}, at sign {}", error.column())
}

/// Hands over the record, or the records, of a parsed value.
fn each_record(value: &Value, format: &JsonFormat, mut give: impl FnMut(&Value)) {
    let inner =
        if format.lines { format.path.iter().try_fold(value, |value, key| value.get(key)) } else { Some(value) };
    match inner {
        Some(Value::Array(list)) => list.iter().filter(|v| v.is_object()).for_each(give),
        Some(record @ Value::Object(_)) => give(record),
        _ => {}
    }
}

fn layout(sample: &str, encoding: &str, whole: bool, hints: &FileHints) -> Result<JsonFormat, csv::NoTable> {
    let mut format = JsonFormat { encoding: encoding.to_owned(), lines: false, path: Vec::new(), list: false };
    if let Some(path) = &hints.records {
        format.path = path.split('.').filter(|key| !key.is_empty()).map(str::to_owned).collect();
    }
    let text = sample.trim_start();
    let first_line = text.lines().next().unwrap_or("");
    let line_is_whole = serde_json::from_str::<Value>(first_line).is_ok_and(|v| v.is_object());
    let more_lines = text.lines().nth(1).is_some_and(|line| !line.trim().is_empty());
    // A first line that is damaged must not hide that the others are objects.
    let others_are_whole = || {
        text.lines()
            .skip(1)
            .take(5)
            .filter(|line| serde_json::from_str::<Value>(line).is_ok_and(|v| v.is_object()))
            .count()
            >= 2
    };
    if (line_is_whole && more_lines) || (text.starts_with('{') && more_lines && others_are_whole()) {
        format.lines = true;
        if hints.records.is_none() {
            format.path = wrapped_in(text);
        }
        return Ok(format);
    }
    if text.starts_with('[') {
        format.list = true;
        return Ok(format);
    }
    if hints.records.is_some() {
        format.list = true;
        return Ok(format);
    }
    // One object: the record itself, a wrapped record, or the holder of a list.
    if let Some(path) = holder(text, whole) {
        (format.path, format.list) = path;
    }
    Ok(format)
}

/// Lines such as `{"page": …, "message": {…}}` wrap what they are about.
fn wrapped_in(text: &str) -> Vec<String> {
    let first: Vec<Value> = text.lines().take(20).filter_map(|line| serde_json::from_str(line).ok()).collect();
    let path = only_keys(&first);
    if !path.is_empty() {
        return path;
    }
    let wrapper = WRAPPERS.iter().find(|key| {
        !first.is_empty()
            && first.iter().all(|value| {
                value.get(key).is_some_and(Value::is_object) && value.as_object().is_some_and(|o| o.len() <= 4)
            })
    });
    let batch = |value: &Value| {
        value.as_object().is_some_and(|o| o.len() <= 6) && value.get("batch").is_some_and(Value::is_array)
    };
    match wrapper {
        Some(key) => vec![(*key).to_owned()],
        None if !first.is_empty() && first.iter().all(batch) => vec!["batch".to_owned()],
        None => Vec::new(),
    }
}

/// The keys that stand alone around every record, from the outside in: `{"data": {"order": {…}}}`.
fn only_keys(records: &[Value]) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    let inner = |value: &Value, path: &[String]| -> Option<String> {
        let object = path.iter().try_fold(value, |value, key| value.get(key))?.as_object()?;
        let (key, value) = object.iter().next().filter(|_| object.len() == 1)?;
        (value.is_object() || value.as_array().is_some_and(|list| list.iter().any(Value::is_object)))
            .then(|| key.clone())
    };
    while let Some(key) = records.first().and_then(|value| inner(value, &path)).filter(|_| path.len() < 8) {
        if !records.iter().all(|value| inner(value, &path).as_ref() == Some(&key)) {
            break;
        }
        path.push(key);
    }
    path
}

/// Where a single object keeps its records.
fn holder(text: &str, whole: bool) -> Option<(Vec<String>, bool)> {
    if let Some(value) = Some(text).filter(|_| whole).and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        let object = value.as_object()?;
        let is_record = object.contains_key("id") || object.contains_key("ID");
        // A list inside a wrapper: `{"data": {"orders": […]}, "meta": {…}}`.
        let deeper = |outer: &str| {
            let inner = object.get(outer)?.as_object()?;
            let list = |key: &&str| {
                inner.get(*key).and_then(Value::as_array).is_some_and(|list| list.iter().any(Value::is_object))
            };
            let key = HOLDERS.iter().find(|key| list(key))?;
            (!inner.contains_key("id")).then(|| vec![outer.to_owned(), (*key).to_owned()])
        };
        let outers = ["data", "result", "results", "payload", "body", "response", "_embedded", "export"];
        if let Some(path) = outers.iter().find_map(|outer| deeper(outer)).filter(|_| !is_record) {
            return Some((path, true));
        }
        let lists =
            |key: &str| object.get(key).and_then(Value::as_array).is_some_and(|list| list.iter().any(Value::is_object));
        if let Some(key) = HOLDERS.iter().find(|key| !is_record && lists(key)) {
            return Some((vec![(*key).to_owned()], true));
        }
        if let Some(key) = WRAPPERS
            .iter()
            .find(|key| !is_record && object.len() <= 4 && object.get(**key).is_some_and(Value::is_object))
        {
            return Some((vec![(*key).to_owned()], false));
        }
        let mut all = object.keys().filter(|key| lists(key));
        return match (all.next(), all.next()) {
            (Some(key), None) if !is_record && object.len() <= 6 => Some((vec![key.clone()], true)),
            _ => None,
        };
    }
    // Too long to be parsed whole: the first key that opens a list of objects.
    let key = HOLDERS.iter().filter_map(|key| text.find(&format!("\"{key}\"")).map(|at| (at, *key))).min()?;
    let after = text[key.0 + key.1.len() + 2..].trim_start().strip_prefix(':')?.trim_start();
    after.strip_prefix('[').filter(|list| list.trim_start().starts_with('{')).map(|_| (vec![key.1.to_owned()], true))
}

/// Records of a document, one after the other, with their lines.
type Records = (Vec<u8>, Vec<(usize, usize, u64)>);

/// Reads a JSON file.
pub fn read(crew: &Crew<'_>, format: &JsonFormat) -> Result<ReadReport, ReadError> {
    let encoding = encoding_rs::Encoding::for_label(format.encoding.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let mut text = open_text(crew.path, encoding, &crew.counter)?;
    let io = |cause| ReadError::io(crew.path, cause);
    if format.lines {
        let lines = CsvFormat { quote: None, ..CsvFormat::default() };
        let returns = Returns::new();
        let take = |filler: &mut Filler<'_>, row: &mut Row, piece: Piece| -> Result<(), PieceError> {
            match piece {
                Piece::Block(bytes, line) => {
                    for (at, text) in
                        bytes.split(|b| *b == b'\n').enumerate().filter(|(_, text)| !text.trim_ascii().is_empty())
                    {
                        one(filler, row, format, text, line + at as u64)?;
                    }
                    returns.give(bytes);
                    Ok(())
                }
                Piece::Broken(line, code, start) => Ok(filler.broken(line, code, &start)?),
            }
        };
        return crew.run(
            |hand| csv::cut(text.as_mut(), &lines, csv::BLOCK, hand, &returns).map_err(io),
            || Row::new(crew.plan),
            take,
        );
    }
    let take = |filler: &mut Filler<'_>, row: &mut Row, (bytes, records): Records| -> Result<(), PieceError> {
        for (start, end, line) in records {
            if start == end {
                filler.broken(line, "record_too_long", "")?;
            } else {
                one(filler, row, format, &bytes[start..end], line)?;
            }
        }
        Ok(())
    };
    crew.run(|hand| apart(crew, text.as_mut(), format, hand), || Row::new(crew.plan), take)
}

/// Hands over the records of a document in blocks.
fn apart(
    crew: &Crew<'_>,
    text: &mut dyn std::io::Read,
    format: &JsonFormat,
    hand: &Hand<Records>,
) -> Result<(), ReadError> {
    let mut splitter = Splitter::new(format);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let ended = fill(text, &mut buffer, csv::BLOCK / 2).map_err(|cause| ReadError::io(crew.path, cause))?;
        let mut piece: Records = (Vec::new(), Vec::new());
        let mut keep = |record: &[u8], line: u64| {
            let start = piece.0.len();
            piece.0.extend_from_slice(record);
            piece.1.push((start, piece.0.len(), line));
        };
        let pushed = splitter.push(&buffer, &mut keep);
        if ended {
            splitter.end(&mut keep);
        }
        if !piece.1.is_empty() && !hand.over(piece) {
            return Ok(());
        }
        if let Err(line) = pushed {
            return Err(ReadError::new("bad_json", crew.path, "this is not valid JSON", "export it again")
                .at(format!("line {line}")));
        }
        if ended {
            return match splitter.unfinished() {
                Some(line) => Err(ReadError::new(
                    "json_cut_short",
                    crew.path,
                    "the JSON ends in the middle of a record",
                    "export or download it again",
                )
                .at(format!("line {line}"))),
                None => Ok(()),
            };
        }
    }
}

fn one(filler: &mut Filler<'_>, row: &mut Row, format: &JsonFormat, text: &[u8], line: u64) -> Result<(), PieceError> {
    let shown = || String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned();
    let value = match serde_json::from_slice::<Value>(text) {
        Ok(value) => value,
        Err(error) => {
            let code = if error.to_string().contains("recursion limit") { "json_too_deep" } else { "bad_json" };
            return Ok(filler.broken(line, code, &shown())?);
        }
    };
    let (mut result, mut any) = (Ok(()), false);
    each_record(&value, format, |record| {
        any = true;
        if result.is_ok() {
            result = record_of(filler, row, record, line);
        }
    });
    if !any && !value.is_array() {
        return Ok(filler.broken(line, "bad_json", &shown())?);
    }
    result
}

/// A record and the elements of its lists.
fn record_of(filler: &mut Filler<'_>, row: &mut Row, record: &Value, line: u64) -> Result<(), PieceError> {
    row.fill(record);
    if !filler.head(row.fields(), line)? {
        return Ok(());
    }
    for list in 0..row.lists() {
        row.elements(record, list, &mut |fields: Fields<'_>| filler.element(fields, line, list))?;
    }
    Ok(())
}
