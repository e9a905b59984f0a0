//! The rows of an answer, ready to be written: JSON, CSV, Parquet, text. So no surface needs to know columns in memory.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use serde_json::{Map, Number, Value};

use crate::HistoryError;
use crate::import::harmless;

/// Rows with named columns.
#[derive(Debug, Clone)]
pub struct Rows {
    batch: RecordBatch,
}

/// A column to make rows of.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Text.
    Text(Vec<Option<String>>),
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Decimal numbers.
    Number(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
}

impl Rows {
    /// Rows of a query.
    pub(crate) fn of(batches: &[RecordBatch]) -> Result<Rows, HistoryError> {
        let Some(first) = batches.first() else {
            return Ok(Rows { batch: RecordBatch::new_empty(Arc::new(Schema::empty())) });
        };
        Ok(Rows { batch: concat_batches(&first.schema(), batches)? })
    }

    /// Rows of columns of one length.
    ///
    /// # Errors
    ///
    /// When the columns differ in length.
    pub fn from_columns(columns: Vec<(String, Column)>) -> Result<Rows, HistoryError> {
        let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        for (name, column) in columns {
            let array: ArrayRef = match column {
                Column::Text(values) => Arc::new(StringArray::from(values)),
                Column::Whole(values) => Arc::new(Int64Array::from(values)),
                Column::Number(values) => Arc::new(Float64Array::from(values)),
                Column::Flag(values) => Arc::new(BooleanArray::from(values)),
            };
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        Ok(Rows { batch: RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)? })
    }

    /// All rows of several answers with the same columns.
    ///
    /// # Errors
    ///
    /// When the columns differ.
    pub fn concat(parts: &[Rows]) -> Result<Rows, HistoryError> {
        Rows::of(&parts.iter().map(|rows| rows.batch.clone()).collect::<Vec<_>>())
    }

    /// The same rows under other names, in the same order.
    ///
    /// # Errors
    ///
    /// When there are not as many names as columns.
    pub fn rename(&self, names: &[&str]) -> Result<Rows, HistoryError> {
        let schema = self.batch.schema();
        let fields = schema.fields().iter().zip(names).map(|(field, name)| field.as_ref().clone().with_name(*name));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Rows { batch: RecordBatch::try_new(schema, self.batch.columns().to_vec())? })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the columns.
    pub fn names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// A column as whole numbers; nothing where it holds none.
    ///
    /// # Errors
    ///
    /// When there is no such column, or it holds no numbers.
    pub fn whole(&self, column: usize) -> Result<Vec<Option<i64>>, HistoryError> {
        let column = self.batch.columns().get(column);
        let column = column.ok_or_else(|| HistoryError::internal("an answer with fewer columns than asked for"))?;
        Ok(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().iter().collect())
    }

    /// Which columns hold numbers, which tables for people set to the right.
    pub fn numeric(&self) -> Vec<bool> {
        self.batch.schema().fields().iter().map(|field| field.data_type().is_numeric()).collect()
    }

    /// The first `most` rows as text; what is unknown is empty.
    ///
    /// # Errors
    ///
    /// When a value cannot be shown.
    pub fn text(&self, most: usize) -> Result<Vec<Vec<String>>, HistoryError> {
        let options = FormatOptions::default();
        let columns = self
            .batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        let row = |row: usize| columns.iter().map(|column| column.value(row).to_string()).collect();
        Ok((0..self.len().min(most)).map(row).collect())
    }

    /// The rows as JSON objects: numbers as numbers, instants as RFC 3339, what is unknown as null.
    ///
    /// # Errors
    ///
    /// When a value cannot be shown.
    pub fn json(&self) -> Result<Vec<Value>, HistoryError> {
        let names = self.names();
        let columns = self.batch.columns().iter().map(json_column).collect::<Result<Vec<_>, _>>()?;
        let mut rows = Vec::with_capacity(self.len());
        for row in 0..self.len() {
            let pairs = names.iter().zip(&columns).map(|(name, column)| (name.clone(), column[row].clone()));
            rows.push(Value::Object(pairs.collect::<Map<_, _>>()));
        }
        Ok(rows)
    }

    /// Writes CSV: raw numbers, ISO dates, UTF-8. Text that a spreadsheet would run as a formula is quoted.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_csv(&self, out: &mut dyn Write) -> Result<(), HistoryError> {
        let failed = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(error) => HistoryError::file("write", Path::new("the CSV"), error),
            other => HistoryError::internal(format!("the CSV cannot be written: {other:?}")),
        };
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(self.names().iter().map(|name| harmless(name).into_owned())).map_err(failed)?;
        for row in self.text(usize::MAX)? {
            csv.write_record(row.iter().map(|cell| harmless(cell).into_owned())).map_err(failed)?;
        }
        csv.flush().map_err(|error| HistoryError::file("write", Path::new("the CSV"), error))
    }

    /// Writes a Parquet file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_parquet(&self, path: &Path) -> Result<(), HistoryError> {
        let file = File::create(path).map_err(|error| HistoryError::file("write", path, error))?;
        let mut writer = ArrowWriter::try_new(file, self.batch.schema(), None)?;
        writer.write(&self.batch)?;
        writer.close()?;
        Ok(())
    }
}

fn json_column(column: &ArrayRef) -> Result<Vec<Value>, HistoryError> {
    let known = |row: usize, value: Value| if column.is_null(row) { Value::Null } else { value };
    Ok(match column.data_type() {
        kind if kind.is_integer() => {
            let whole = cast(column, &DataType::Int64)?;
            let values = whole.as_primitive::<arrow::datatypes::Int64Type>();
            (0..column.len()).map(|row| known(row, values.value(row).into())).collect()
        }
        DataType::Float64 | DataType::Float32 | DataType::Decimal128(..) => {
            let numbers = cast(column, &DataType::Float64)?;
            let values = numbers.as_primitive::<arrow::datatypes::Float64Type>();
            let number = |row: usize| Number::from_f64(values.value(row)).map_or(Value::Null, Value::Number);
            (0..column.len()).map(|row| known(row, number(row))).collect()
        }
        DataType::Boolean => {
            let values = column.as_boolean();
            (0..column.len()).map(|row| known(row, values.value(row).into())).collect()
        }
        _ => {
            let options = FormatOptions::default();
            let shown = ArrayFormatter::try_new(column.as_ref(), &options)?;
            (0..column.len()).map(|row| known(row, shown.value(row).to_string().into())).collect()
        }
    })
}
