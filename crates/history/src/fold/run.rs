//! What a machine sees of one customer: slices of columns.

use std::ops::Range;

use arrow::array::{Array, AsArray, BooleanArray, DictionaryArray, RecordBatch, StringArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt32Type};

use crate::HistoryError;

/// The place of a column in the scan, counted from the first column after `customer`.
pub type Slot = usize;

/// A record batch opened up for folding. Its first column is the dense customer key.
pub(crate) struct Block {
    customers: ScalarBuffer<u32>,
    columns: Vec<Values>,
}

struct Values {
    data: Data,
    nulls: Option<NullBuffer>,
}

enum Data {
    I64(ScalarBuffer<i64>),
    I32(ScalarBuffer<i32>),
    U32(ScalarBuffer<u32>),
    F64(ScalarBuffer<f64>),
    Flag(BooleanArray),
    Word(ScalarBuffer<i32>, StringArray),
    Text(StringArray),
}

impl Block {
    /// Opens a batch whose first column is `customer`.
    pub(crate) fn open(batch: &RecordBatch) -> Result<Block, HistoryError> {
        let wrong = || HistoryError::internal("a fold needs the customer key as its first column");
        let key = batch.columns().first().ok_or_else(wrong)?;
        let customers = key.as_primitive_opt::<UInt32Type>().ok_or_else(wrong)?.values().clone();
        let columns = batch.columns()[1..].iter().map(|column| values(column.as_ref())).collect::<Result<_, _>>()?;
        Ok(Block { customers, columns })
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.customers.len()
    }

    /// The first row after `from` that belongs to another customer.
    pub(crate) fn end_of_customer(&self, from: usize) -> usize {
        let keys = &self.customers[from..];
        let first = keys[0];
        from + keys.iter().position(|key| *key != first).unwrap_or(keys.len())
    }

    /// The first row of the last customer.
    pub(crate) fn start_of_last_customer(&self) -> usize {
        let last = self.customers[self.customers.len() - 1];
        self.customers.iter().rposition(|key| *key != last).map_or(0, |row| row + 1)
    }

    /// The rows of one customer.
    pub(crate) fn run(&self, rows: Range<usize>) -> Run<'_> {
        Run { customer: self.customers[rows.start], block: self, rows }
    }
}

fn values(column: &dyn Array) -> Result<Values, HistoryError> {
    let data = match column.data_type() {
        DataType::Int64 => Data::I64(column.as_primitive::<Int64Type>().values().clone()),
        DataType::Timestamp(..) => Data::I64(column.as_primitive::<TimestampMicrosecondType>().values().clone()),
        DataType::Int32 => Data::I32(column.as_primitive::<Int32Type>().values().clone()),
        DataType::Date32 => Data::I32(column.as_primitive::<Date32Type>().values().clone()),
        DataType::UInt32 => Data::U32(column.as_primitive::<UInt32Type>().values().clone()),
        DataType::Float64 => Data::F64(column.as_primitive::<Float64Type>().values().clone()),
        DataType::Boolean => Data::Flag(column.as_boolean().clone()),
        DataType::Utf8 => Data::Text(column.as_string::<i32>().clone()),
        DataType::Dictionary(..) => {
            let words: &DictionaryArray<Int32Type> = column
                .as_dictionary_opt()
                .ok_or_else(|| HistoryError::internal("a fold reads dictionaries with 32-bit keys only"))?;
            let names = words.values().as_string_opt::<i32>();
            let names = names.ok_or_else(|| HistoryError::internal("a fold reads dictionaries of text only"))?;
            Data::Word(words.keys().values().clone(), names.clone())
        }
        other => return Err(HistoryError::internal(format!("a fold cannot read a column of type {other}"))),
    };
    Ok(Values { data, nulls: column.logical_nulls() })
}

/// All rows of one customer, in time order.
///
/// Columns are asked for by [`Slot`]: their place in the scan's list. Asking for a column as something it is not gives
/// an empty slice, which a test notices at once.
pub struct Run<'a> {
    /// The customer's dense key.
    pub customer: u32,
    block: &'a Block,
    rows: Range<usize>,
}

impl<'a> Run<'a> {
    /// Number of rows, at least one.
    #[allow(clippy::len_without_is_empty)] // a customer without rows is never seen
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// A column of money, whole numbers or instants.
    pub fn i64(&self, slot: Slot) -> &'a [i64] {
        match &self.block.columns[slot].data {
            Data::I64(values) => &values[self.rows.clone()],
            _ => &[],
        }
    }

    /// A column of dates.
    pub fn i32(&self, slot: Slot) -> &'a [i32] {
        match &self.block.columns[slot].data {
            Data::I32(values) => &values[self.rows.clone()],
            _ => &[],
        }
    }

    /// A column of counts or codes.
    pub fn u32(&self, slot: Slot) -> &'a [u32] {
        match &self.block.columns[slot].data {
            Data::U32(values) => &values[self.rows.clone()],
            _ => &[],
        }
    }

    /// A column of decimal numbers.
    pub fn f64(&self, slot: Slot) -> &'a [f64] {
        match &self.block.columns[slot].data {
            Data::F64(values) => &values[self.rows.clone()],
            _ => &[],
        }
    }

    /// Whether the value in `row` (0 is the customer's first) is unknown.
    pub fn is_null(&self, slot: Slot, row: usize) -> bool {
        self.block.columns[slot].nulls.as_ref().is_some_and(|nulls| nulls.is_null(self.rows.start + row))
    }

    /// Yes, no, or unknown.
    pub fn flag(&self, slot: Slot, row: usize) -> Option<bool> {
        match &self.block.columns[slot].data {
            Data::Flag(values) if !self.is_null(slot, row) => Some(values.value(self.rows.start + row)),
            _ => None,
        }
    }

    /// A word or text, or nothing when unknown. Numbers and flags are no text.
    pub fn text(&self, slot: Slot, row: usize) -> Option<&'a str> {
        if self.is_null(slot, row) {
            return None;
        }
        match &self.block.columns[slot].data {
            Data::Word(keys, names) => Some(names.value(keys[self.rows.start + row] as usize)),
            Data::Text(values) => Some(values.value(self.rows.start + row)),
            _ => None,
        }
    }
}
