//! Where what was read goes: facts in batches, refused rows one by one, progress now and then.

use std::collections::BTreeMap;
use std::error::Error;

use arrow::array::RecordBatch;

use crate::schema::Table;

/// Any error of whoever receives the facts.
pub type SinkError = Box<dyn Error + Send + Sync>;

/// Receives what is read, from several threads at once and in no particular order.
pub trait Sink: Sync {
    /// Facts of one table, in [`staged_schema`](crate::schema::staged_schema) with the attributes of the map.
    ///
    /// # Errors
    ///
    /// Whatever the receiver cannot do; reading stops.
    fn facts(&self, table: Table, batch: RecordBatch) -> Result<(), SinkError>;

    /// A row that is no fact.
    ///
    /// # Errors
    ///
    /// As [`facts`](Sink::facts).
    fn reject(&self, reject: Reject<'_>) -> Result<(), SinkError>;

    /// How far reading has come: bytes of the file as it lies on disk, and rows.
    fn progress(&self, bytes_done: u64, rows_done: u64);
}

/// A row that was set aside or refused, with what a person needs to find and mend it.
///
/// Borrowed: a quarter of a file may be set aside, and six texts a row would cost more than reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reject<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// The line it begins on, the first line of the file being 1; in Parquet and workbooks the number of the row,
    /// in JSON the line of the record.
    pub line: u64,
    /// The column at fault; empty when it is the whole row.
    pub field: &'a str,
    /// What stood there, cut at 200 characters.
    pub value: &'a str,
    /// Stable and short, as in `bad_date`.
    pub code: &'a str,
    /// The same in words.
    pub reason: &'a str,
    /// What to do.
    pub hint: &'a str,
}

/// What a finished reading amounts to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// Rows of the file, the header and blank lines not counted.
    pub rows: u64,
    /// Facts made, by table.
    pub facts: BTreeMap<Table, u64>,
    /// Rows that made none, by code.
    pub rejects: BTreeMap<String, u64>,
    /// Values that did not fit the kind of their attribute and were left empty, by attribute.
    pub unfit: BTreeMap<String, u64>,
}

impl ReadReport {
    /// Adds the counts of another part of the same file.
    pub fn add(&mut self, other: &ReadReport) {
        self.rows += other.rows;
        for (table, count) in &other.facts {
            *self.facts.entry(*table).or_default() += count;
        }
        for (code, count) in &other.rejects {
            *self.rejects.entry(code.clone()).or_default() += count;
        }
        for (name, count) in &other.unfit {
            *self.unfit.entry(name.clone()).or_default() += count;
        }
    }
}
