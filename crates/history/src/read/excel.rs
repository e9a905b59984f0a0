//! Workbooks: the sheet with the table, row by row.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use calamine::{Cell, Data, DataRef, Dimensions, ExcelDateTime, Ods, Range, Reader, Sheets, Xls, Xlsb, Xlsx};
use serde::{Deserialize, Serialize};

use super::crew::{Crew, Hand, PieceError};
use super::csv::{Shape, sheet_shape};
use super::error::ReadError;
use super::fill::{Fields, Filler, Span};
use super::map::FileHints;
use super::sink::ReadReport;

/// Which part of a workbook is the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcelFormat {
    /// The sheet.
    pub sheet: String,
    /// The first row of the table that is no header, the first row of the sheet being 1.
    pub body_row: u64,
}

/// Rows looked at, and rows handed over at once.
const ROWS: usize = 1_000;
const PIECE: usize = 4_096;
/// Sheets are held in memory by the older formats, and shared texts by all: larger files are refused.
const BYTES_MAX: u64 = 300 << 20;
/// Workbooks that unpack to no more than this may be packed as tightly as they like.
const UNPACKED_FREE: u64 = 32 << 20;
/// Others may be so many times as large unpacked; those of spreadsheet programs are 5 to 20 times as large.
const UNPACKED_TIMES: u64 = 100;

/// Cells of some rows.
#[derive(Default)]
struct Rows {
    scratch: String,
    spans: Vec<Span>,
    numbers: Vec<u64>,
    width: usize,
}

impl Rows {
    fn new(width: usize) -> Rows {
        Rows { width, ..Rows::default() }
    }

    fn begin(&mut self, number: u64) {
        self.numbers.push(number);
        self.spans.resize(self.numbers.len() * self.width, Span::default());
    }

    fn put(&mut self, column: usize, write: impl FnOnce(&mut String)) {
        if column < self.width {
            let start = self.scratch.len() as u32;
            write(&mut self.scratch);
            let at = (self.numbers.len() - 1) * self.width + column;
            self.spans[at] = Span { start, end: self.scratch.len() as u32, scratch: true };
        }
    }

    fn fields(&self, row: usize) -> Fields<'_> {
        Fields { block: "", scratch: &self.scratch, spans: &self.spans[row * self.width..(row + 1) * self.width] }
    }

    fn blank(&self, row: usize) -> bool {
        self.spans[row * self.width..(row + 1) * self.width].iter().all(|span| span.start == span.end)
    }
}

/// The table of a workbook: its sheet, columns, first rows and about how many there are.
pub fn sniff(path: &Path, hints: &FileHints) -> Result<(ExcelFormat, Shape, u64), ReadError> {
    guarded(path, || {
        let mut book = open(path)?;
        let sheets = book.sheet_names();
        let sheet = match &hints.sheet {
            Some(name) => sheets.iter().find(|sheet| sheet.eq_ignore_ascii_case(name)).cloned().ok_or_else(|| {
                let what = format!("there is no sheet '{name}'; there are: {}", sheets.join(", "));
                ReadError::new("sheet_missing", path, what, "correct `file = { sheet = … }` in the map")
            })?,
            None => fullest(&mut book, &sheets).ok_or_else(|| {
                ReadError::new("no_rows", path, "this workbook has no table in it", "export it again with data in it")
            })?,
        };
        let mut first = Vec::new();
        let mut rows = 0;
        each_row(path, &mut book, &sheet, 16_384, 1, &mut |piece| {
            for row in 0..piece.numbers.len() {
                if first.len() <= ROWS {
                    let fields = piece.fields(row);
                    let mut cells: Vec<String> = (0..piece.width).map(|at| fields.get(at).replace('\n', " ")).collect();
                    let end = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1);
                    cells.truncate(end);
                    first.push((piece.numbers[row], cells));
                }
                rows = piece.numbers[row];
            }
            first.len() <= ROWS
        })?;
        let (body_row, mut shape) = sheet_shape(first, hints).map_err(|(code, what, hint)| {
            let error = ReadError::new(code, path, what, hint).at(format!("sheet '{sheet}'"));
            if sheets.len() > 1 { error.or(others(&sheets, &sheet)) } else { error }
        })?;
        if sheets.len() > 1 {
            shape.notes.push(format!("of {} sheets, '{sheet}' is read; {}", sheets.len(), others(&sheets, &sheet)));
        }
        let end = dimensions(&mut book, &sheet).map_or(rows, |d| u64::from(d.end.0) + 1);
        Ok((ExcelFormat { sheet, body_row }, shape, end.max(rows).saturating_sub(body_row - 1)))
    })
}

/// The other sheets, and how to choose one.
fn others(sheets: &[String], sheet: &str) -> String {
    let names: Vec<&String> = sheets.iter().filter(|other| *other != sheet).take(20).collect();
    let first = names.first().map_or("…", |name| name.as_str());
    let all = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    format!("the others are {all}: to choose one, give a map with the line file = {{ sheet = \"{first}\" }}")
}

/// Reads a workbook.
pub fn read(crew: &Crew<'_>, format: &ExcelFormat) -> Result<ReadReport, ReadError> {
    let width = crew.plan.columns.len();
    let bytes = std::fs::metadata(crew.path).map(|data| data.len()).unwrap_or(0);
    let apart = |hand: &Hand<Rows>| {
        let mut book = open(crew.path)?;
        let last = dimensions(&mut book, &format.sheet).map_or(1, |d| u64::from(d.end.0) + 1);
        each_row(crew.path, &mut book, &format.sheet, width, format.body_row, &mut |piece| {
            let share = bytes as f64 * *piece.numbers.last().unwrap_or(&0) as f64 / last.max(1) as f64;
            crew.counter.store(share as u64, std::sync::atomic::Ordering::Relaxed);
            hand.over(piece)
        })
    };
    let take = |filler: &mut Filler<'_>, (): &mut (), piece: Rows| -> Result<(), PieceError> {
        for row in (0..piece.numbers.len()).filter(|row| !piece.blank(*row)) {
            filler.row(piece.fields(row), piece.numbers[row])?;
        }
        Ok(())
    };
    crew.run(apart, || (), take)
}

/// A workbook that unpacks to very much more than it is holds nothing a person wrote, and would fill the memory: texts
/// of it take many times their length while they are read.
fn refuse_bombs(path: &Path, bytes: u64) -> Result<(), ReadError> {
    let file = File::open(path).map(BufReader::new).map_err(|cause| ReadError::io(path, cause))?;
    let Ok(mut archive) = zip::ZipArchive::new(file) else { return Ok(()) }; // the older formats are no archives
    let unpacked = (0..archive.len())
        .fold(0u64, |sum, at| sum.saturating_add(archive.by_index_raw(at).map_or(0, |entry| entry.size())));
    if unpacked > UNPACKED_FREE && unpacked / bytes.max(1) > UNPACKED_TIMES {
        return Err(ReadError::new(
            "workbook_too_large",
            path,
            format!("this workbook unpacks to {} MB, more than {UNPACKED_TIMES} times what it is", unpacked >> 20),
            "save the sheet as CSV",
        ));
    }
    Ok(())
}

fn open(path: &Path) -> Result<Sheets<BufReader<File>>, ReadError> {
    let mut file = File::open(path).map_err(|cause| ReadError::io(path, cause))?;
    let bytes = file.metadata().map_err(|cause| ReadError::io(path, cause))?.len();
    if bytes > BYTES_MAX {
        return Err(ReadError::new(
            "workbook_too_large",
            path,
            "this workbook is larger than 300 MB",
            "save the sheet as CSV",
        ));
    }
    refuse_bombs(path, bytes)?;
    let mut start = vec![0; 64 << 10];
    let count = file.read(&mut start).map_err(|cause| ReadError::io(path, cause))?;
    let wide: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if memchr::memmem::find(&start[..count], &wide).is_some() {
        return Err(locked(path));
    }
    if is_archive(&start[..count]) {
        let (code, what, hint) = super::foreign::ARCHIVE;
        return Err(ReadError::new(code, path, what, hint));
    }
    let again = || File::open(path).map(BufReader::new).map_err(|cause| ReadError::io(path, cause));
    if start.starts_with(b"\xd0\xcf\x11\xe0") {
        return Xls::new(again()?).map(Sheets::Xls).map_err(|cause| damaged(path, calamine::Error::Xls(cause)));
    }
    match Xlsx::new(again()?) {
        Ok(book) => Ok(Sheets::Xlsx(book)),
        Err(cause) => {
            let xlsb = Xlsb::new(again()?).map(Sheets::Xlsb).ok();
            let other = if xlsb.is_some() { xlsb } else { Ods::new(again()?).map(Sheets::Ods).ok() };
            other
                .filter(|book| !book.sheet_names().is_empty())
                .ok_or_else(|| damaged(path, calamine::Error::Xlsx(cause)))
        }
    }
}

/// Whether a zip file begins with files that no workbook has.
fn is_archive(start: &[u8]) -> bool {
    const HEADER: &[u8] = b"PK\x03\x04";
    const OF_WORKBOOKS: [&str; 9] = [
        "[Content_Types].xml",
        "_rels/",
        "xl/",
        "docProps/",
        "mimetype",
        "content.xml",
        "META-INF/",
        "customXml/",
        "settings.xml",
    ];
    let names: Vec<&str> = memchr::memmem::find_iter(start, HEADER)
        .filter_map(|at| {
            let length = start.get(at + 26..at + 28)?;
            let end = at + 30 + usize::from(u16::from_le_bytes([length[0], length[1]]));
            std::str::from_utf8(start.get(at + 30..end)?).ok()
        })
        .filter(|name| (1..300).contains(&name.len()) && !name.chars().any(char::is_control))
        .collect();
    start.starts_with(HEADER)
        && !names.is_empty()
        && !names.iter().any(|name| OF_WORKBOOKS.iter().any(|own| name.starts_with(own)))
}

fn locked(path: &Path) -> ReadError {
    ReadError::new(
        "workbook_locked",
        path,
        "this workbook is protected by a password",
        "remove the password in your spreadsheet program, or save the sheet as CSV",
    )
}

fn damaged(path: &Path, cause: impl Into<calamine::Error>) -> ReadError {
    let cause: calamine::Error = cause.into();
    if cause.to_string().contains("password") {
        return locked(path);
    }
    ReadError::new(
        "workbook_damaged",
        path,
        "this is not a workbook, or a damaged one",
        "open it in a spreadsheet program and save it again, or save the sheet as CSV",
    )
    .because(cause)
}

fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    result.unwrap_or_else(|_| Err(damaged(path, calamine::Error::Msg("the workbook library gave up"))))
}

fn dimensions(book: &mut Sheets<BufReader<File>>, sheet: &str) -> Option<Dimensions> {
    match book {
        Sheets::Xlsx(book) => book.worksheet_cells_reader(sheet).ok().map(|reader| reader.dimensions()),
        other => {
            let range = other.worksheet_range(sheet).ok()?;
            Some(Dimensions { start: range.start()?, end: range.end()? })
        }
    }
}

/// Columns up to the last one filled in the first thousand rows, or stated.
fn widest(path: &Path, book: &mut Xlsx<BufReader<File>>, sheet: &str) -> Result<usize, ReadError> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|cause| damaged(path, calamine::Error::Xlsx(cause)))?;
    let mut last = cells.dimensions().end.1;
    while let Some(cell) = cells.next_cell().map_err(|cause| damaged(path, calamine::Error::Xlsx(cause)))? {
        let (row, column) = cell.get_position();
        if row > 1_000 {
            break;
        }
        last = last.max(column);
    }
    Ok(last as usize + 1)
}

/// Rows with something in them, as far as anybody needs to know which sheet has most.
fn counted(book: &mut Sheets<BufReader<File>>, sheet: &str) -> Option<u32> {
    const ENOUGH: u32 = 100_000;
    let Sheets::Xlsx(book) = book else { return None };
    let mut cells = book.worksheet_cells_reader(sheet).ok()?;
    let (mut rows, mut last) = (0, None);
    while let Ok(Some(cell)) = cells.next_cell() {
        let row = cell.get_position().0;
        let filled = !matches!(cell.get_value(), DataRef::Empty | DataRef::Error(_));
        if filled && last != Some(row) {
            (rows, last) = (rows + 1, Some(row));
        }
        if rows >= ENOUGH {
            break;
        }
    }
    Some(rows)
}

/// The sheet with most rows; the first of equals.
fn fullest(book: &mut Sheets<BufReader<File>>, sheets: &[String]) -> Option<String> {
    let rows = |book: &mut Sheets<BufReader<File>>, sheet: &String| {
        let stated = dimensions(book, sheet).map_or(0, |d| d.end.0 - d.start.0 + u32::from(d.end.1 > 0));
        // The extent need not be stated, and is sometimes that of the first cell: then the rows are counted.
        if stated <= 1 { counted(book, sheet).unwrap_or(stated) } else { stated }
    };
    let mut best = None;
    for sheet in sheets {
        let count = rows(book, sheet);
        if count > 0 && best.as_ref().is_none_or(|(most, _)| count > *most) {
            best = Some((count, sheet.clone()));
        }
    }
    best.map(|(_, sheet)| sheet).or_else(|| sheets.first().cloned())
}

/// Gives rows from `first` on in pieces, until `give` says no.
fn each_row(
    path: &Path,
    book: &mut Sheets<BufReader<File>>,
    sheet: &str,
    width: usize,
    first: u64,
    give: &mut impl FnMut(Rows) -> bool,
) -> Result<(), ReadError> {
    match book {
        Sheets::Xlsx(book) => streamed(path, book, sheet, width, first, give),
        other => {
            let range = other.worksheet_range(sheet).map_err(|cause| damaged(path, cause))?;
            held(&range, width, first, give);
            Ok(())
        }
    }
}

fn streamed(
    path: &Path,
    book: &mut Xlsx<BufReader<File>>,
    sheet: &str,
    width: usize,
    first: u64,
    give: &mut impl FnMut(Rows) -> bool,
) -> Result<(), ReadError> {
    // The extent a workbook states is optional and sometimes too small: the cells themselves say how wide it is.
    let width = if width < 16_384 { width } else { widest(path, book, sheet)? };
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|cause| damaged(path, calamine::Error::Xlsx(cause)))?;
    let (mut piece, mut current) = (Rows::new(width), 0);
    while let Some(cell) = cells.next_cell().map_err(|cause| damaged(path, calamine::Error::Xlsx(cause)))? {
        let (row, column) = cell.get_position();
        let number = u64::from(row) + 1;
        if number < first {
            continue;
        }
        if number != current {
            if piece.numbers.len() >= PIECE && !give(std::mem::replace(&mut piece, Rows::new(width))) {
                return Ok(());
            }
            piece.begin(number);
            current = number;
        }
        let cell: &Cell<DataRef<'_>> = &cell;
        piece.put(column as usize, |out| write(out, cell.get_value()));
    }
    give(piece);
    Ok(())
}

fn held(range: &Range<Data>, width: usize, first: u64, give: &mut impl FnMut(Rows) -> bool) {
    let (start, end) = (range.start().unwrap_or((0, 0)), range.end().unwrap_or((0, 0)));
    let width = if width < 16_384 { width } else { end.1 as usize + 1 };
    let mut piece = Rows::new(width);
    for (at, row) in range.rows().enumerate() {
        let number = u64::from(start.0) + at as u64 + 1;
        if number < first {
            continue;
        }
        if piece.numbers.len() >= PIECE && !give(std::mem::replace(&mut piece, Rows::new(width))) {
            return;
        }
        piece.begin(number);
        for (column, cell) in row.iter().enumerate() {
            piece.put(start.1 as usize + column, |out| write(out, &borrowed(cell)));
        }
    }
    give(piece);
}

fn borrowed(cell: &Data) -> DataRef<'_> {
    match cell {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => DataRef::SharedString(text),
        Data::Bool(flag) => DataRef::Bool(*flag),
        Data::DateTime(time) => DataRef::DateTime(*time),
        Data::Error(_) | Data::Empty => DataRef::Empty,
    }
}

fn write(out: &mut String, cell: &DataRef<'_>) {
    // Writing to a string cannot fail.
    let _ = match cell {
        DataRef::Int(number) => write!(out, "{number}"),
        DataRef::Float(number) => write!(out, "{number}"),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => write!(out, "{text}"),
        DataRef::SharedString(text) => write!(out, "{text}"),
        DataRef::Bool(flag) => write!(out, "{flag}"),
        DataRef::DateTime(time) => write_time(out, time),
        DataRef::Error(_) | DataRef::Empty => Ok(()),
    };
}

fn write_time(out: &mut String, time: &ExcelDateTime) -> std::fmt::Result {
    if time.is_duration() {
        return write!(out, "{}", time.as_f64());
    }
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    write!(out, "{year:04}-{month:02}-{day:02}")?;
    if hour + minute + second > 0 || milli > 0 {
        write!(out, " {hour:02}:{minute:02}:{second:02}.{milli:03}")
    } else {
        Ok(())
    }
}
