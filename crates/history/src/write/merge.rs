//! Merging one table of one bucket: what was there, what came, each fact once, sorted by customer and time.
//!
//! **What makes two facts the same.** A fact with a `source_id` is the same as another of the same customer, source and
//! `source_id`. A fact without one is identified by its whole content, and a file may hold the same content more than
//! once (two identical lines of one order): the k-th copy is the same fact as the k-th copy known before. So importing
//! a file twice, or two exports that overlap, adds nothing twice, and true repetitions inside one file are kept.
//!
//! Every row carries the set of imports that delivered it. Undoing an import takes it out of the sets; a row whose set
//! is empty goes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt32Array,
};
use arrow::compute::{cast, interleave};
use arrow::datatypes::{DataType, Int32Type, SchemaRef, TimestampMicrosecondType, UInt32Type};
use arrow::row::{RowConverter, Rows, SortField};
use twox_hash::XxHash3_64;

use super::{Names, stage::conform};
use crate::HistoryError;
use crate::schema::{Attribute, Table, staged_schema, stored_schema};

/// Rows of a batch that goes to the file.
const CHUNK: usize = 64 << 10;
/// Columns of stored facts before the table's own: customer, customer_id, at, source, source_id, imports, received_at.
const HEAD: usize = 7;

/// One merge: a table of a bucket.
pub(crate) struct Merge<'a> {
    pub(crate) table: Table,
    pub(crate) attributes: &'a [Attribute],
    pub(crate) bucket: u32,
    pub(crate) buckets: u32,
    /// The import the new rows come with, the source of each of its files, and when it was received.
    pub(crate) import: i64,
    pub(crate) sources: &'a [&'a str],
    pub(crate) received_at: i64,
    /// Whether the same files were imported before, and only bring back what damage took: then no version in them is
    /// newer than those that are there.
    pub(crate) told_before: bool,
}

impl Merge<'_> {
    /// Where the rows of a file come from; the first file has the number 1.
    fn origin_of(&self, file: u32) -> Result<Origin, HistoryError> {
        let source = (file as usize).checked_sub(1).and_then(|place| self.sources.get(place));
        let source = source.ok_or_else(|| HistoryError::internal("facts of a file that was not announced"))?;
        Ok(Origin { source: (*source).to_owned(), imports: self.import.to_string(), received_at: self.received_at })
    }
}

/// What a merge did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MergeCounts {
    pub(crate) added: u64,
    pub(crate) duplicates: u64,
}

/// Merges `new` (staged form) into `old` (stored form) and hands out stored batches, sorted.
pub(crate) fn merge(
    what: &Merge<'_>,
    names: &mut Names,
    old: Vec<RecordBatch>,
    new: Vec<(u32, RecordBatch)>,
    emit: &mut dyn FnMut(RecordBatch) -> Result<(), HistoryError>,
) -> Result<MergeCounts, HistoryError> {
    let mut rows = Pool::new(what, names, old, new)?;
    let counts = rows.drop_duplicates(what)?;
    let order = rows.sorted(names.len());
    for chunk in order.chunks(CHUNK) {
        emit(rows.batch(what, names, chunk)?)?;
    }
    Ok(counts)
}

/// Takes an import out of stored rows; hands out what remains and returns how many rows went.
pub(crate) fn drop_import(
    import: i64,
    old: &[RecordBatch],
    emit: &mut dyn FnMut(RecordBatch) -> Result<(), HistoryError>,
) -> Result<u64, HistoryError> {
    let mark = import.to_string();
    let mut gone = 0;
    for batch in old {
        let imports = words(batch, "imports")?;
        let left: Vec<Option<String>> = imports.iter().map(|set| set.map(|set| without(set, &mark))).collect();
        let keep: arrow::array::BooleanArray =
            left.iter().map(|set| Some(set.as_ref().is_some_and(|set| !set.is_empty()))).collect();
        gone += (batch.num_rows() - keep.true_count()) as u64;
        let place = batch.schema().index_of("imports")?;
        let mut columns = batch.columns().to_vec();
        columns[place] = Arc::new(left.iter().map(Option::as_deref).collect::<DictionaryArray<Int32Type>>());
        let marked = RecordBatch::try_new(batch.schema(), columns)?;
        let kept = arrow::compute::filter_record_batch(&marked, &keep)?;
        if kept.num_rows() > 0 {
            emit(kept)?;
        }
    }
    Ok(gone)
}

fn without(set: &str, mark: &str) -> String {
    set.split(',').filter(|import| *import != mark).collect::<Vec<_>>().join(",")
}

/// A dictionary-coded column as plain text.
fn words(batch: &RecordBatch, name: &str) -> Result<StringArray, HistoryError> {
    let column = batch.column_by_name(name).ok_or_else(|| HistoryError::internal(format!("no column {name}")))?;
    Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// All rows of a merge, old ones first, numbered in a row.
struct Pool {
    /// Columns `source_id`, the table's own, the attributes; words as plain text.
    batches: Vec<RecordBatch>,
    /// The first row of each batch.
    starts: Vec<u32>,
    /// The file each batch came from: 0 for what was there before, then in the order they were given.
    files: Vec<u32>,
    key: Vec<u32>,
    at: Vec<i64>,
    /// How many rows are old.
    old: usize,
    /// Per old row: source, imports, received_at.
    origin: Vec<Origin>,
    origin_of: Vec<u32>,
    dropped: Vec<bool>,
}

/// Where rows come from. Few distinct ones, so rows carry a number.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Origin {
    source: String,
    imports: String,
    received_at: i64,
}

/// A fact among those of the same content.
struct Copy {
    row: u32,
    /// The file it came from: 0 for what was there before.
    file: u32,
    /// The last file that repeated it: each file repeats a copy once, and the next one may again.
    taken_by: u32,
}

impl Pool {
    fn new(
        what: &Merge<'_>,
        names: &mut Names,
        old: Vec<RecordBatch>,
        new: Vec<(u32, RecordBatch)>,
    ) -> Result<Pool, HistoryError> {
        let staged = staged_schema(what.table, what.attributes);
        let mut pool = Pool {
            batches: Vec::with_capacity(old.len() + new.len()),
            starts: Vec::new(),
            files: Vec::new(),
            key: Vec::new(),
            at: Vec::new(),
            old: 0,
            origin: Vec::new(),
            origin_of: Vec::new(),
            dropped: Vec::new(),
        };
        let mut known = HashMap::new();
        for batch in old {
            pool.files.push(0);
            pool.add_old(what, &staged, &batch, &mut known)?;
        }
        pool.old = pool.key.len();
        for (file, batch) in new {
            let origin = pool.origin_number(what.origin_of(file)?, &mut known);
            pool.files.push(file);
            pool.add_new(&staged, &batch, names, origin)?;
        }
        pool.dropped = vec![false; pool.key.len()];
        Ok(pool)
    }

    fn origin_number(&mut self, origin: Origin, known: &mut HashMap<Origin, u32>) -> u32 {
        *known.entry(origin).or_insert_with_key(|origin| {
            self.origin.push(origin.clone());
            self.origin.len() as u32 - 1
        })
    }

    fn add_old(
        &mut self,
        what: &Merge<'_>,
        staged: &SchemaRef,
        batch: &RecordBatch,
        known: &mut HashMap<Origin, u32>,
    ) -> Result<(), HistoryError> {
        let keys = batch.column(0).as_primitive::<UInt32Type>().values();
        self.starts.push(self.key.len() as u32);
        self.key.extend(keys.iter().map(|key| key / what.buckets));
        let (source, imports) = (words(batch, "source")?, words(batch, "imports")?);
        let received =
            batch.column_by_name("received_at").ok_or_else(|| HistoryError::internal("no column received_at"))?;
        let received = received.as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            let (source, imports) = (source.value(row).to_owned(), imports.value(row).to_owned());
            let number = self.origin_number(Origin { source, imports, received_at: received.value(row) }, known);
            self.origin_of.push(number);
        }
        let mut plain = conform(staged, batch)?; // customer_id becomes text again, missing attributes unknown
        self.at.extend(plain.column(1).as_primitive::<TimestampMicrosecondType>().values());
        plain = plain.project(&(2..plain.num_columns()).collect::<Vec<_>>())?;
        self.batches.push(plain);
        Ok(())
    }

    fn add_new(
        &mut self,
        staged: &SchemaRef,
        batch: &RecordBatch,
        names: &mut Names,
        origin: u32,
    ) -> Result<(), HistoryError> {
        let batch = conform(staged, batch)?;
        self.starts.push(self.key.len() as u32);
        let ids = batch.column(0).as_string::<i32>();
        let mut before: Option<(&str, u32)> = None;
        for row in 0..ids.len() {
            let id = ids.value(row);
            let key = match before {
                Some((same, key)) if same == id => key,
                _ => names.key(id),
            };
            before = Some((id, key));
            self.key.push(key);
        }
        self.at.extend(batch.column(1).as_primitive::<TimestampMicrosecondType>().values());
        self.origin_of.resize(self.key.len(), origin);
        self.batches.push(batch.project(&(2..batch.num_columns()).collect::<Vec<_>>())?);
        Ok(())
    }

    /// Finds new rows that are known already, marks them dropped and adds the import to the row they repeat.
    fn drop_duplicates(&mut self, what: &Merge<'_>) -> Result<MergeCounts, HistoryError> {
        let new = self.key.len() - self.old;
        let named = self.batches.iter().any(|batch| batch.column(0).null_count() < batch.num_rows());
        let mut counts = MergeCounts { added: new as u64, duplicates: 0 };
        if new == 0 || (self.files.first() == self.files.last() && !named) {
            return Ok(counts); // one file and nothing before, without identifiers: every row is a fact of its own
        }
        let content = Content::new(&self.batches)?;
        let keep_versions = what.table.keeps_versions();
        let mut known: HashMap<(u32, u64), Vec<Copy>> = HashMap::new();
        let mut joined: HashMap<u32, u32> = HashMap::new();
        for row in 0..self.key.len() {
            let (batch, place) = self.place(row as u32);
            let source = &self.origin[self.origin_of[row] as usize].source;
            let identity = content.identity(batch, place, self.at[row], source, keep_versions);
            let named = content.source_id(batch, place).is_some();
            let same = known.entry((self.key[row], identity)).or_default();
            if row < self.old {
                same.push(Copy { row: row as u32, file: 0, taken_by: 0 });
                continue;
            }
            let file = self.files[batch];
            // The first copy of an earlier file that this file has not repeated yet is the one this row repeats; a named
            // fact may be repeated any number of times.
            let Some(copy) = same.iter_mut().find(|copy| named || (copy.file < file && copy.taken_by < file)) else {
                same.push(Copy { row: row as u32, file, taken_by: 0 });
                continue;
            };
            copy.taken_by = file;
            let other = copy.row;
            self.dropped[row] = true;
            counts.duplicates += 1;
            if (other as usize) < self.old {
                joined.insert(other, what.import as u32);
            }
        }
        if let (true, Some(id)) = (counts.duplicates > 0 && !what.told_before, what.table.versions_of()) {
            counts.duplicates -= self.tell_again(&content, id)?;
        }
        counts.added -= counts.duplicates;
        self.join_imports(what, &joined);
        Ok(counts)
    }

    /// Takes back what was dropped of things that a source told again as they were before their latest version, so that
    /// the version told last is the latest: an order that was corrected and then corrected back. Returns how many.
    fn tell_again(&mut self, content: &Content, id: &str) -> Result<u64, HistoryError> {
        let ids: Vec<&StringArray> = self
            .batches
            .iter()
            .map(|batch| batch.column_by_name(id).and_then(|ids| ids.as_string_opt::<i32>()))
            .collect::<Option<_>>()
            .ok_or_else(|| HistoryError::internal(format!("no column {id}")))?;
        let thing = |row: u32| {
            let (batch, place) = self.place(row);
            (self.key[row as usize], ids[batch].value(place))
        };
        let age = |row: u32| (self.received_at(row), self.at[row as usize], row);
        let rows = 0..self.key.len() as u32;
        // The row of this import that counts for each thing, and the one that would be shown.
        let mut told: HashMap<(u32, &str), u32> = HashMap::new();
        for row in rows.clone().skip(self.old) {
            let last = told.entry(thing(row)).or_insert(row);
            *last = if age(row) > age(*last) { row } else { *last };
        }
        told.retain(|_, row| self.dropped[*row as usize]);
        let mut shown: HashMap<(u32, &str), u32> = HashMap::new();
        for row in rows.filter(|row| !self.dropped[*row as usize]) {
            if told.contains_key(&thing(row)) {
                let last = shown.entry(thing(row)).or_insert(row);
                *last = if age(row) > age(*last) { row } else { *last };
            }
        }
        let differ = |one: u32, other: u32| {
            let ((a, b), (c, d)) = (self.place(one), self.place(other));
            content.rows[a].row(b) != content.rows[c].row(d) || self.at[one as usize] != self.at[other as usize]
        };
        let again: Vec<u32> = told
            .into_iter()
            .filter(|(thing, row)| shown.get(thing).is_some_and(|shown| differ(*row, *shown)))
            .map(|(_, row)| row)
            .collect();
        again.iter().for_each(|row| self.dropped[*row as usize] = false);
        Ok(again.len() as u64)
    }

    fn received_at(&self, row: u32) -> i64 {
        self.origin[self.origin_of[row as usize] as usize].received_at
    }

    /// Adds this import to the sets of the rows it repeated.
    fn join_imports(&mut self, what: &Merge<'_>, joined: &HashMap<u32, u32>) {
        let mut known: HashMap<Origin, u32> = self.origin.iter().cloned().zip(0..).collect();
        for row in joined.keys() {
            let mut origin = self.origin[self.origin_of[*row as usize] as usize].clone();
            origin.imports = format!("{},{}", origin.imports, what.import);
            self.origin_of[*row as usize] = self.origin_number(origin, &mut known);
        }
    }

    /// The batch and the row in it.
    fn place(&self, row: u32) -> (usize, usize) {
        let batch = self.starts.partition_point(|start| *start <= row) - 1;
        (batch, (row - self.starts[batch]) as usize)
    }

    /// Row numbers by customer, then time, then the order they came in. Rows usually come in time order already, so a
    /// counting sort by customer does nearly all the work.
    fn sorted(&self, customers: usize) -> Vec<u32> {
        let mut ends = vec![0u32; customers + 1];
        for (key, dropped) in self.key.iter().zip(&self.dropped) {
            ends[*key as usize + 1] += u32::from(!dropped);
        }
        for customer in 0..customers {
            ends[customer + 1] += ends[customer];
        }
        let mut next = ends.clone();
        let mut order = vec![0u32; ends[customers] as usize];
        for (row, (key, dropped)) in self.key.iter().zip(&self.dropped).enumerate() {
            if !dropped {
                let place = &mut next[*key as usize];
                order[*place as usize] = row as u32;
                *place += 1;
            }
        }
        for customer in 0..customers {
            let rows = &mut order[ends[customer] as usize..ends[customer + 1] as usize];
            if !rows.is_sorted_by_key(|row| self.at[*row as usize]) {
                rows.sort_by_key(|row| self.at[*row as usize]);
            }
        }
        order
    }

    /// The stored batch of these rows.
    fn batch(&self, what: &Merge<'_>, names: &Names, rows: &[u32]) -> Result<RecordBatch, HistoryError> {
        let schema = stored_schema(what.table, what.attributes);
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        columns.push(Arc::new(UInt32Array::from_iter_values(
            rows.iter().map(|row| self.key[*row as usize] * what.buckets + what.bucket),
        )));
        columns.push(self.customer_ids(names, rows)?);
        let at = TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| self.at[*row as usize]));
        columns.push(Arc::new(at.with_timezone("UTC")));
        let origin = |of: &dyn Fn(&Origin) -> String| -> Result<ArrayRef, HistoryError> {
            let values: StringArray = self.origin.iter().map(|origin| Some(of(origin))).collect();
            let keys = Int32Array::from_iter_values(rows.iter().map(|row| self.origin_of[*row as usize] as i32));
            Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(values))?))
        };
        let places: Vec<(usize, usize)> = rows.iter().map(|row| self.place(*row)).collect();
        let gather = |column: usize, kind: &DataType| -> Result<ArrayRef, HistoryError> {
            let parts: Vec<&dyn Array> = self.batches.iter().map(|batch| batch.column(column).as_ref()).collect();
            let values = interleave(&parts, &places)?;
            Ok(if values.data_type() == kind { values } else { cast(&values, kind)? })
        };
        columns.push(origin(&|origin| origin.source.clone())?);
        columns.push(gather(0, &DataType::Utf8)?);
        columns.push(origin(&|origin| origin.imports.clone())?);
        let received = rows.iter().map(|row| self.origin[self.origin_of[*row as usize] as usize].received_at);
        columns.push(Arc::new(TimestampMicrosecondArray::from_iter_values(received).with_timezone("UTC")));
        for (column, field) in schema.fields()[HEAD..].iter().enumerate() {
            columns.push(gather(column + 1, field.data_type())?);
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    /// The outer identifiers of sorted rows: each customer's once, in a dictionary.
    fn customer_ids(&self, names: &Names, rows: &[u32]) -> Result<ArrayRef, HistoryError> {
        let mut ids: Vec<&str> = Vec::new();
        let mut last = None;
        let keys: Vec<i32> = rows
            .iter()
            .map(|row| {
                let key = self.key[*row as usize];
                if last != Some(key) {
                    ids.push(names.id(key));
                    last = Some(key);
                }
                ids.len() as i32 - 1
            })
            .collect();
        let values = Arc::new(StringArray::from(ids));
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(Int32Array::from(keys), values)?))
    }
}

/// The content of rows as comparable bytes.
struct Content {
    rows: Vec<Rows>,
    source_ids: Vec<StringArray>,
}

impl Content {
    fn new(batches: &[RecordBatch]) -> Result<Content, HistoryError> {
        let Some(first) = batches.first() else { return Ok(Content { rows: Vec::new(), source_ids: Vec::new() }) };
        let fields = first.columns().iter().map(|column| SortField::new(column.data_type().clone())).collect();
        let converter = RowConverter::new(fields)?;
        let rows = batches.iter().map(|batch| converter.convert_columns(batch.columns())).collect::<Result<_, _>>()?;
        let source_ids = batches.iter().map(|batch| batch.column(0).as_string::<i32>().clone()).collect();
        Ok(Content { rows, source_ids })
    }

    fn source_id(&self, batch: usize, row: usize) -> Option<&str> {
        let ids = &self.source_ids[batch];
        (!ids.is_null(row)).then(|| ids.value(row))
    }

    /// 64 bits that stand for a fact among the facts of one customer. Two different facts of one customer share them
    /// with a probability of 3 in 10⁸ for a customer of a million facts.
    fn identity(&self, batch: usize, row: usize, at: i64, source: &str, keep_versions: bool) -> u64 {
        match self.source_id(batch, row) {
            Some(id) if !keep_versions => {
                XxHash3_64::oneshot_with_seed(XxHash3_64::oneshot(source.as_bytes()), id.as_bytes())
            }
            _ => XxHash3_64::oneshot_with_seed(at as u64, self.rows[batch].row(row).as_ref()),
        }
    }
}

impl Table {
    /// Whether a source may tell the same fact again in a newer version (an order that was paid meanwhile). The versions
    /// are all kept and the views show the latest received; other facts never change, and a repetition is dropped.
    pub(crate) fn keeps_versions(self) -> bool {
        matches!(self, Table::OrderHeaders | Table::Invoices | Table::Tickets | Table::Profiles)
    }

    /// The column that names the thing which is told in versions; profiles add up instead.
    fn versions_of(self) -> Option<&'static str> {
        match self {
            Table::OrderHeaders => Some("order_id"),
            Table::Invoices => Some("invoice_id"),
            Table::Tickets => Some("ticket_id"),
            _ => None,
        }
    }
}
