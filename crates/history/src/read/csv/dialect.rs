//! How a text file is written: encoding, delimiter, quotation marks, line ends, where the header stands.

use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};

use super::scan::Scanner;
use crate::read::guess::look;
use crate::read::map::FileHints;

/// Everything needed to cut a text file into rows and fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvFormat {
    /// As in `UTF-8` or `windows-1252`.
    pub encoding: String,
    /// Between fields.
    pub delimiter: u8,
    /// Around fields that hold delimiters or line ends.
    pub quote: Option<u8>,
    /// Whether a backslash before a quotation mark makes it part of the field.
    pub escape: bool,
    /// The byte that ends a line: `\n`, or `\r` in very old files.
    pub line_end: u8,
    /// Whether the columns have names.
    pub header: bool,
    /// Lines before the header that are no table.
    pub skip_lines: u64,
    /// Whether rows may have fewer fields than the header.
    pub ragged: bool,
    /// Bytes of decoded text before the first row.
    pub body_at: usize,
    /// The line of the first row.
    pub body_line: u64,
}

impl Default for CsvFormat {
    fn default() -> CsvFormat {
        CsvFormat {
            encoding: "UTF-8".to_owned(),
            delimiter: b',',
            quote: Some(b'"'),
            escape: false,
            line_end: b'\n',
            header: true,
            skip_lines: 0,
            ragged: false,
            body_at: 0,
            body_line: 1,
        }
    }
}

impl CsvFormat {
    /// The encoding itself.
    pub fn encoding(&self) -> &'static Encoding {
        Encoding::for_label(self.encoding.as_bytes()).unwrap_or(encoding_rs::UTF_8)
    }
}

/// What the beginning of a table shows.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// The names of the columns, each different.
    pub columns: Vec<String>,
    /// Rows of the sample.
    pub rows: Vec<Vec<String>>,
    /// Bytes the rows of the sample take, to estimate how many there are.
    pub rows_bytes: usize,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Rows looked at.
const ROWS: usize = 1_000;
/// Columns a table may have.
pub const COLUMNS_MAX: usize = 10_000;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Why a text is no table: a code, what, and a hint.
pub type NoTable = (&'static str, String, &'static str);

/// Finds out how a text is written. `whole` says that the sample is the whole file.
pub fn sniff(sample: &str, encoding: &str, whole: bool, hints: &FileHints) -> Result<(CsvFormat, Shape), NoTable> {
    if sample.trim().is_empty() {
        return Err(("file_empty", "there is nothing in this file".to_owned(), "export it again"));
    }
    let mut format = CsvFormat { encoding: encoding.to_owned(), ..CsvFormat::default() };
    format.line_end = if !sample.contains('\n') && sample.contains('\r') { b'\r' } else { b'\n' };
    let (sample, told) = told_delimiter(sample, &mut format);
    quotation(sample, hints, &mut format);
    format.delimiter = match (&hints.delimiter, told) {
        (Some(word), _) if word == "tab" || word == "\\t" => b'\t',
        (Some(word), _) if word.len() == 1 => word.as_bytes()[0],
        (_, Some(delimiter)) => delimiter,
        _ => best_delimiter(sample, &format),
    };
    let cut = sample_end(sample, &format, whole);
    let records = records(&sample[..cut], &format);
    if records.is_empty() {
        return Err((
            "file_empty",
            "there is no complete row in the first megabyte of this file".to_owned(),
            "check its quotation marks",
        ));
    }
    shape(records, format, hints)
}

/// Spreadsheets write `sep=;` as a first line.
fn told_delimiter<'s>(sample: &'s str, format: &mut CsvFormat) -> (&'s str, Option<u8>) {
    let told = sample
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="))
        .and_then(|_| sample.as_bytes().get(4).copied());
    let Some(delimiter) = told.filter(u8::is_ascii) else { return (sample, None) };
    let end = sample.find(['\n', '\r']).unwrap_or(sample.len());
    let after =
        sample[end..].char_indices().find(|(_, c)| !matches!(c, '\n' | '\r')).map_or(sample.len(), |(at, _)| end + at);
    format.body_at = after;
    format.body_line = 2;
    (&sample[after..], Some(delimiter))
}

fn quotation(sample: &str, hints: &FileHints, format: &mut CsvFormat) {
    if let Some(word) = &hints.quote {
        format.quote = if word == "none" { None } else { word.bytes().next() };
        return;
    }
    let around = |quote: &str| {
        DELIMITERS.iter().map(|d| sample.matches(&format!("{quote}{}{quote}", char::from(*d))).count()).sum::<usize>()
    };
    if around("'") > 20 && around("\"") == 0 {
        format.quote = Some(b'\'');
    }
    // Quotation marks after a backslash: data bases write them so. In a doubled style they would be rare accidents.
    format.escape = sample.matches("\\\"").count() > sample.matches("\"\"").count() && !sample.contains("\\\",");
}

/// The delimiter under which most rows have the same, and many, fields.
fn best_delimiter(sample: &str, format: &CsvFormat) -> u8 {
    let score = |delimiter: u8| {
        let format = CsvFormat { delimiter, ..format.clone() };
        let counts: Vec<usize> = records(sample, &format).iter().take(200).map(|record| record.fields.len()).collect();
        let (most, share) = most_common(&counts);
        if most < 2 { 0.0 } else { share * share * (most as f64).ln_1p() }
    };
    let scored = DELIMITERS.map(|delimiter| (score(delimiter), delimiter));
    scored.into_iter().fold((0.0, b','), |best, next| if next.0 > best.0 { next } else { best }).1
}

fn most_common(counts: &[usize]) -> (usize, f64) {
    let mut by_count = std::collections::BTreeMap::new();
    for count in counts {
        *by_count.entry(*count).or_insert(0usize) += 1;
    }
    let best = by_count.into_iter().max_by_key(|(count, times)| (*times, *count)).unwrap_or((0, 0));
    (best.0, best.1 as f64 / counts.len().max(1) as f64)
}

/// Where the last whole record of the sample ends.
fn sample_end(sample: &str, format: &CsvFormat, whole: bool) -> usize {
    if whole {
        return sample.len();
    }
    let end = super::cut::Cutter::new(format).cut(sample.as_bytes()).whole;
    if end == 0 { sample.len() } else { end }
}

struct Row {
    line: u64,
    end: usize,
    fields: Vec<String>,
}

fn records(sample: &str, format: &CsvFormat) -> Vec<Row> {
    let mut rows = Vec::new();
    let _ = Scanner::new(format).scan(sample, 1, |record| {
        let text = |span: &crate::read::fill::Span| {
            let from = if span.scratch { record.scratch } else { sample };
            from.get(span.start as usize..span.end as usize).unwrap_or("").trim().to_owned()
        };
        let fields = record.spans.iter().take(COLUMNS_MAX + 1).map(text).collect();
        rows.push(Row { line: record.line, end: record.end, fields });
        if rows.len() > ROWS { Err(()) } else { Ok(()) }
    });
    rows
}

fn shape(records: Vec<Row>, mut format: CsvFormat, hints: &FileHints) -> Result<(CsvFormat, Shape), NoTable> {
    let mut notes = Vec::new();
    let counts: Vec<usize> = records.iter().map(|row| row.fields.len()).collect();
    let (most, _) = most_common(&counts);
    if most > COLUMNS_MAX || counts[0] > COLUMNS_MAX {
        let what = format!("this table has more than {COLUMNS_MAX} columns");
        return Err((
            "too_many_columns",
            what,
            "is the delimiter right, and are rows and columns the right way round? export fewer columns",
        ));
    }
    let first = match hints.skip_lines {
        Some(lines) => records.iter().position(|row| row.line > lines).unwrap_or(0),
        None => after_titles(&records, first_of_table(&counts, most)),
    };
    let (base_at, base_line) = (format.body_at, format.body_line - 1);
    format.skip_lines = records[first].line - 1 + base_line;
    if first > 0 {
        notes.push(format!("{} before the table were left out", lines_in_words(format.skip_lines)));
    }
    format.header = hints.header.unwrap_or_else(|| has_header(&records[first..]));
    let body = &records[first + usize::from(format.header)..];
    let named = if format.header { records[first].fields.clone() } else { Vec::new() };
    let width = most.max(named.len());
    let short = body.iter().filter(|row| row.fields.len() < width).count();
    format.ragged = short * 20 > body.len();
    if format.ragged && short > 0 {
        notes.push("many rows have fewer fields than the header; the missing ones are taken as empty".to_owned());
    }
    let start = if format.header {
        records[first].end
    } else if first > 0 {
        records[first - 1].end
    } else {
        0
    };
    format.body_at = base_at + start;
    let ends_before = if format.header { Some(first) } else { first.checked_sub(1) };
    // The line after the header: blank lines between it and the first row are counted by the reader.
    format.body_line = base_line + ends_before.map_or(1, |at| line_after(&records, at));
    if !format.header {
        notes.push("the columns have no names in this file; they are called column_1, column_2, …".to_owned());
    }
    if body.is_empty() {
        return Err((
            "no_rows",
            "this file has names of columns and no rows".to_owned(),
            "export it again with data in it",
        ));
    }
    let columns = column_names(&named, width, &mut notes);
    let rows_bytes = body.last().map_or(0, |row| row.end) - start;
    let rows = body.iter().map(|row| row.fields.clone()).collect();
    Ok((format, Shape { columns, rows, rows_bytes, notes }))
}

/// The table of a sheet: its first row after the header, and what it shows.
pub fn sheet_shape(rows: Vec<(u64, Vec<String>)>, hints: &FileHints) -> Result<(u64, Shape), NoTable> {
    let rows = rows.into_iter().filter(|(_, fields)| !fields.is_empty());
    let rows: Vec<Row> = rows.map(|(line, fields)| Row { line, end: 0, fields }).collect();
    if rows.is_empty() {
        return Err(("no_rows", "there is nothing in this sheet".to_owned(), "export it again with data in it"));
    }
    let (format, mut shape) = shape(rows, CsvFormat::default(), hints)?;
    shape.notes.retain(|note| !note.contains("fewer fields")); // empty cells at the end of a row are not written down
    Ok((format.body_line, shape))
}

/// The line on which the row after `at` would begin: its own line plus the line ends inside it.
fn line_after(records: &[Row], at: usize) -> u64 {
    let inside: usize = records[at].fields.iter().map(|field| field.matches('\n').count()).sum();
    records[at].line + inside as u64 + 1
}

fn lines_in_words(lines: u64) -> String {
    if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }
}

/// The first record that is as wide as the table: what stands before is a title.
fn first_of_table(counts: &[usize], most: usize) -> usize {
    if counts[0] + 1 >= most || most < 2 {
        return 0;
    }
    counts.iter().take(30).position(|count| *count == most).unwrap_or(0)
}

/// Spreadsheets pad titles to the width of the table: rows with one cell or none before a row with most of them.
fn after_titles(records: &[Row], first: usize) -> usize {
    let filled = |row: &Row| row.fields.iter().filter(|field| !field.is_empty()).count();
    let Some(start) = records.get(first).filter(|row| row.fields.len() > 2 && filled(row) <= 1) else { return first };
    let width = start.fields.len();
    let header = records.iter().skip(first).take(30).position(|row| filled(row) * 2 > width);
    header.map_or(first, |at| first + at)
}

/// A first row names the columns unless its cells look like those below them.
fn has_header(records: &[Row]) -> bool {
    let Some((first, body)) = records.split_first() else { return true };
    let data = |text: &str| !text.is_empty() && look::is_data(text);
    let filled: Vec<&String> = first.fields.iter().filter(|field| !field.is_empty()).collect();
    if filled.is_empty() {
        return false;
    }
    let data_cells = filled.iter().filter(|field| data(field)).count();
    if data_cells == 0 {
        return true;
    }
    // Some cells are numbers or dates: a header only if the rows below are text in those places.
    let alike = first.fields.iter().enumerate().filter(|(_, field)| data(field)).filter(|(at, _)| {
        body.iter().take(20).filter_map(|row| row.fields.get(*at)).filter(|field| data(field)).count() * 2
            > body.len().min(20)
    });
    alike.count() * 2 < data_cells || (body.is_empty() && data_cells * 2 < filled.len())
}

/// Names that are all there and all different.
pub fn column_names(given: &[String], width: usize, notes: &mut Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(width);
    let mut seen = std::collections::HashSet::new();
    for at in 0..width {
        let given =
            given.get(at).map(|name| name.trim_matches(['\u{feff}', ' ', '\t', '\0'])).filter(|name| !name.is_empty());
        let mut name = given.map_or_else(|| format!("column_{}", at + 1), str::to_owned);
        if !seen.insert(name.clone()) {
            let again = (2..).map(|n| format!("{name}_{n}")).find(|other| !seen.contains(other)).unwrap_or_default();
            notes.push(format!("two columns are called '{name}'; the second is '{again}' here"));
            seen.insert(again.clone());
            name = again;
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text and what should be found: delimiter, names of columns, line of the first row.
    fn check(text: &str, delimiter: char, columns: &str, body_line: u64) {
        let (format, shape) = sniff(text, "UTF-8", true, &FileHints::default()).unwrap();
        let found = (char::from(format.delimiter), shape.columns.join("|"), format.body_line);
        assert_eq!(found, (delimiter, columns.to_owned(), body_line), "{text:?}");
        let body = &text[format.body_at..];
        assert!(!body.trim().is_empty() && !body.contains(&shape.columns[0]), "{body:?}");
    }

    #[test]
    fn dialects() {
        check("a,b\n1,2\n", ',', "a|b", 2);
        check("a;b;c\n1,5;2,5;x\n3,5;4,5;y\n", ';', "a|b|c", 2);
        check("a\tb\n1\t2\n", '\t', "a|b", 2);
        check("a|b\n1|2\n", '|', "a|b", 2);
        check("sep=;\na;b\n1;2\n", ';', "a|b", 3);
        check("Orders of March\n\na,b,c\n1,2,3\n4,5,6\n", ',', "a|b|c", 4);
        check("17,2024-01-01,3.50\n18,2024-01-02,4.50\n", ',', "column_1|column_2|column_3", 1);
        check("a,a,\n1,2,3\n", ',', "a|a_2|column_3", 2);
        check("\"a\nb\",c\n1,2\n", ',', "a\nb|c", 3);
        check("name;note\n\"Doe, J\";\"x, y\"\n\"Roe, K\";\"z, w\"\n", ';', "name|note", 2);
        check("email\nx@y.z\n", ',', "email", 2);
    }

    #[test]
    fn what_is_no_table() {
        for (text, code) in [("", "file_empty"), ("\n\n  \n", "file_empty"), ("a,b,c\n", "no_rows")] {
            assert_eq!(sniff(text, "UTF-8", true, &FileHints::default()).unwrap_err().0, code, "{text:?}");
        }
    }
}
