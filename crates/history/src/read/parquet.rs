//! Parquet: row groups are read side by side, only the columns the map asks for.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use super::crew::{Crew, PieceError};
use super::csv::Shape;
use super::error::ReadError;
use super::fill::{Fields, Filler, Span};
use super::plan::Plan;
use super::sink::ReadReport;

/// Rows of a batch: small, since the fields of a whole batch are held as text.
const BATCH: usize = 8_192;
/// Rows looked at.
const ROWS: usize = 1_000;

/// The columns and first rows of a file, and how many rows it has.
pub fn sniff(path: &Path) -> Result<(Shape, u64), ReadError> {
    guarded(path, || {
        let (file, metadata) = open(path)?;
        let rows = metadata.metadata().file_metadata().num_rows().max(0) as u64;
        let columns = names(metadata.schema());
        if rows == 0 {
            return Err(ReadError::new(
                "no_rows",
                path,
                "this file has columns and no rows",
                "export it again with data in it",
            ));
        }
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata).with_batch_size(ROWS).with_limit(ROWS);
        let reader = reader.build().map_err(|cause| damaged(path, cause))?;
        let mut shape = Shape { columns, ..Shape::default() };
        let wanted: Vec<bool> = vec![true; shape.columns.len()];
        let mut text = BatchText::default();
        for batch in reader {
            text.fill(&batch.map_err(|cause| damaged(path, cause))?, &shape.columns, &wanted);
            for row in 0..text.rows {
                let fields = text.fields(row);
                shape.rows.push((0..shape.columns.len()).map(|at| fields.get(at).to_owned()).collect());
            }
        }
        Ok((shape, rows))
    })
}

/// Reads a Parquet file.
pub fn read(crew: &Crew<'_>) -> Result<ReadReport, ReadError> {
    let (_, metadata) = guarded(crew.path, || open(crew.path))?;
    let wanted = crew.plan.used();
    let mask = projection(&metadata, crew.plan);
    let groups = metadata.metadata().row_groups();
    let sizes: Vec<u64> = groups.iter().map(|group| group.compressed_size().max(0) as u64).collect();
    let mut starts = vec![1u64];
    groups.iter().for_each(|group| starts.push(starts.last().unwrap_or(&1) + group.num_rows().max(0) as u64));
    let wrong = |cause| PieceError::Read(damaged(crew.path, cause));
    let take = |filler: &mut Filler<'_>, text: &mut BatchText, group: usize| -> Result<(), PieceError> {
        let mut row = starts[group];
        let reader = reader_of(crew.path, &metadata, &mask, group).map_err(PieceError::Read)?;
        for batch in reader {
            text.fill(&batch.map_err(wrong)?, &crew.plan.columns, &wanted);
            for at in 0..text.rows {
                filler.row(text.fields(at), row)?;
                row += 1;
            }
            // The counter is advanced by shares of the group: people watch a bar, not a jump.
            let share = sizes[group] * text.rows as u64 / (starts[group + 1] - starts[group]).max(1);
            let done = crew.counter.fetch_add(share, std::sync::atomic::Ordering::Relaxed) + share;
            crew.sink.progress(done, filler.rows());
        }
        Ok(())
    };
    let apart = |hand: &super::crew::Hand<usize>| {
        for group in 0..sizes.len() {
            if !hand.over(group) {
                break;
            }
        }
        Ok(())
    };
    crew.run(apart, BatchText::default, take)
}

fn reader_of(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    mask: &ProjectionMask,
    group: usize,
) -> Result<ParquetRecordBatchReader, ReadError> {
    let file = File::open(path).map_err(|cause| ReadError::io(path, cause))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
    let builder = builder.with_row_groups(vec![group]).with_projection(mask.clone()).with_batch_size(BATCH);
    builder.build().map_err(|cause| damaged(path, cause))
}

fn open(path: &Path) -> Result<(File, ArrowReaderMetadata), ReadError> {
    let file = File::open(path).map_err(|cause| ReadError::io(path, cause))?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|cause| damaged(path, cause))?;
    Ok((file, metadata))
}

fn damaged(path: &Path, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReadError {
    ReadError::new("parquet_damaged", path, "this Parquet file is damaged or cut short", "export or download it again")
        .because(cause)
}

/// The library was not written for strangers' files: what it cannot take becomes an error here, whatever it does.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    result.unwrap_or_else(|_| Err(damaged(path, "the Parquet library gave up")))
}

/// Names of all columns; those inside a group are joined by a dot.
fn names(schema: &Schema) -> Vec<String> {
    let of = |field: &Arc<arrow::datatypes::Field>| match field.data_type() {
        DataType::Struct(inner) => inner.iter().map(|child| format!("{}.{}", field.name(), child.name())).collect(),
        _ => vec![field.name().clone()],
    };
    schema.fields().iter().flat_map(of).collect()
}

/// Only columns that the map reads leave the disk.
fn projection(metadata: &ArrowReaderMetadata, plan: &Plan) -> ProjectionMask {
    let used = plan.used();
    let mut at = 0;
    let mut roots = Vec::new();
    for (root, field) in metadata.schema().fields().iter().enumerate() {
        let width = if let DataType::Struct(inner) = field.data_type() { inner.len() } else { 1 };
        if used[at..(at + width).min(used.len())].contains(&true) {
            roots.push(root);
        }
        at += width;
    }
    ProjectionMask::roots(metadata.parquet_schema(), roots)
}

/// A batch as text, row after row.
#[derive(Default)]
struct BatchText {
    scratch: String,
    spans: Vec<Span>,
    width: usize,
    rows: usize,
}

/// A column in one of few types.
enum Cells {
    Text(ArrayRef),
    Whole(ArrayRef),
    Single(ArrayRef),
    Double(ArrayRef),
    Flag(ArrayRef),
    Time(ArrayRef, bool),
    Other(ArrayRef),
    Absent,
}

impl BatchText {
    fn fields(&self, row: usize) -> Fields<'_> {
        Fields { block: "", scratch: &self.scratch, spans: &self.spans[row * self.width..(row + 1) * self.width] }
    }

    /// Takes a batch. Its columns are found by name among those of the file, since some were left on the disk.
    fn fill(&mut self, batch: &RecordBatch, names: &[String], wanted: &[bool]) {
        (self.width, self.rows) = (wanted.len(), batch.num_rows());
        self.scratch.clear();
        self.spans.clear();
        self.spans.resize(self.width * self.rows, Span::default());
        let mut at = 0;
        for (name, column) in flattened(batch) {
            // Columns keep their order, so the search goes on where it stopped.
            while at < names.len() && names[at] != name {
                at += 1;
            }
            if wanted.get(at) == Some(&true) {
                self.column(at, &cells(&column));
            }
            at += 1;
        }
    }

    fn column(&mut self, at: usize, cells: &Cells) {
        let options = FormatOptions::default();
        let other = if let Cells::Other(array) = cells { ArrayFormatter::try_new(array, &options).ok() } else { None };
        for row in 0..self.rows {
            let start = self.scratch.len() as u32;
            let out = &mut self.scratch;
            // Writing to a string cannot fail.
            match cells {
                Cells::Text(array) if array.is_valid(row) => out.push_str(array.as_string::<i32>().value(row)),
                Cells::Whole(array) if array.is_valid(row) => {
                    let _ = write!(out, "{}", array.as_primitive::<Int64Type>().value(row));
                }
                Cells::Single(array) if array.is_valid(row) => {
                    let _ = write!(out, "{}", array.as_primitive::<Float32Type>().value(row));
                }
                Cells::Double(array) if array.is_valid(row) => {
                    let _ = write!(out, "{}", array.as_primitive::<Float64Type>().value(row));
                }
                Cells::Flag(array) if array.is_valid(row) => {
                    out.push_str(if array.as_boolean().value(row) { "true" } else { "false" })
                }
                Cells::Time(array, zoned) if array.is_valid(row) => {
                    time(out, array.as_primitive::<TimestampMicrosecondType>().value(row), *zoned);
                }
                Cells::Other(array) if array.is_valid(row) => {
                    if let Some(formatter) = &other {
                        let _ = write!(out, "{}", formatter.value(row));
                    }
                }
                _ => {}
            }
            self.spans[row * self.width + at] = Span { start, end: self.scratch.len() as u32, scratch: true };
        }
    }
}

/// Columns of a batch with those of its groups in their place.
fn flattened(batch: &RecordBatch) -> Vec<(String, ArrayRef)> {
    let mut all = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        match column.as_any().downcast_ref::<StructArray>() {
            Some(group) => {
                let name = |child: &Arc<arrow::datatypes::Field>| format!("{}.{}", field.name(), child.name());
                all.extend(group.fields().iter().map(name).zip(group.columns().iter().cloned()));
            }
            None => all.push((field.name().clone(), column.clone())),
        }
    }
    all
}

fn cells(array: &ArrayRef) -> Cells {
    use DataType as T;
    let to = |kind: &DataType| cast(array, kind).ok();
    let found = match array.data_type() {
        T::Utf8
        | T::LargeUtf8
        | T::Utf8View
        | T::Decimal32(..)
        | T::Decimal64(..)
        | T::Decimal128(..)
        | T::Decimal256(..) => to(&T::Utf8).map(Cells::Text),
        T::Dictionary(_, inner) if matches!(inner.as_ref(), T::Utf8 | T::LargeUtf8) => to(&T::Utf8).map(Cells::Text),
        T::Binary | T::LargeBinary | T::BinaryView => to(&T::Utf8).map(Cells::Text),
        T::UInt64 => to(&T::Utf8).map(Cells::Text),
        kind if kind.is_integer() => to(&T::Int64).map(Cells::Whole),
        T::Float32 => Some(Cells::Single(array.clone())),
        T::Float64 => Some(Cells::Double(array.clone())),
        T::Float16 => to(&T::Float32).map(Cells::Single),
        T::Boolean => Some(Cells::Flag(array.clone())),
        T::Date32 | T::Date64 => to(&T::Timestamp(TimeUnit::Microsecond, None)).map(|a| Cells::Time(a, false)),
        T::Timestamp(_, None) => to(&T::Timestamp(TimeUnit::Microsecond, None)).map(|a| Cells::Time(a, false)),
        T::Timestamp(_, Some(zone)) => {
            to(&T::Timestamp(TimeUnit::Microsecond, Some(zone.clone()))).map(|a| Cells::Time(a, true))
        }
        T::Null => Some(Cells::Absent),
        _ => Some(Cells::Other(array.clone())),
    };
    found.unwrap_or_else(|| Cells::Other(array.clone()))
}

/// `2024-03-31 10:00:00.5`, with a `Z` when it is an instant.
fn time(out: &mut String, micros: i64, zoned: bool) {
    let (day, of_day) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    let (year, month, date) = terms::Date(day.clamp(-800_000, 3_000_000) as i32).civil();
    let _ = write!(out, "{year:04}-{month:02}-{date:02}");
    if of_day != 0 || zoned {
        let (second, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
        let _ = write!(out, " {:02}:{:02}:{:02}.{fraction:06}", second / 3600, second / 60 % 60, second % 60);
    }
    if zoned {
        out.push('Z');
    }
}
