//! Staging: facts as they are parsed, divided by bucket, held in memory up to a budget and in working files beyond it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array, new_null_array};
use arrow::compute::take;
use arrow::datatypes::{SchemaRef, TimestampMicrosecondType};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use super::{bucket_of, customer_hash};
use crate::HistoryError;
use crate::schema::{Attribute, Table, staged_schema};

/// Facts divided by bucket.
pub(crate) struct Stage {
    folder: Option<PathBuf>,
    buckets: u32,
    budget: usize,
    held: AtomicUsize,
    file: AtomicU32,
    first: AtomicI64,
    last: AtomicI64,
    tables: BTreeMap<Table, Mutex<TableStage>>,
}

struct TableStage {
    schema: SchemaRef,
    rows: u64,
    held: usize,
    memory: Vec<Vec<(u32, RecordBatch)>>,
    files: BTreeMap<(usize, u32), StreamWriter<BufWriter<File>>>,
}

/// What was staged for one table in one bucket.
#[derive(Default)]
pub(crate) struct Staged {
    files: Vec<(u32, PathBuf)>,
    memory: Vec<(u32, RecordBatch)>,
}

impl Stage {
    /// A stage for these tables. Without a folder everything stays in memory.
    pub(crate) fn new(
        folder: Option<PathBuf>,
        buckets: u32,
        budget: usize,
        tables: &BTreeMap<Table, Vec<Attribute>>,
    ) -> Result<Stage, HistoryError> {
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder).map_err(|error| HistoryError::file("create", folder, error))?;
        }
        let tables = tables
            .iter()
            .map(|(table, attributes)| {
                let stage = TableStage {
                    schema: staged_schema(*table, attributes),
                    rows: 0,
                    held: 0,
                    memory: vec![Vec::new(); buckets as usize],
                    files: BTreeMap::new(),
                };
                (*table, Mutex::new(stage))
            })
            .collect();
        let (first, last) = (AtomicI64::new(i64::MAX), AtomicI64::new(i64::MIN));
        Ok(Stage { folder, buckets, budget, held: AtomicUsize::new(0), file: AtomicU32::new(1), first, last, tables })
    }

    /// What is pushed from now on comes from the next file: copies are counted file by file.
    pub(crate) fn next_file(&self) {
        self.file.fetch_add(1, Ordering::Relaxed);
    }

    /// The earliest and the latest instant staged.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        let span = (self.first.load(Ordering::Relaxed), self.last.load(Ordering::Relaxed));
        (span.0 <= span.1).then_some(span)
    }

    /// Facts per table.
    pub(crate) fn counts(&self) -> BTreeMap<Table, u64> {
        self.tables.iter().map(|(table, stage)| (*table, lock(stage).rows)).filter(|(_, rows)| *rows > 0).collect()
    }

    /// Takes a batch of staged facts; called from many threads.
    pub(crate) fn push(&self, table: Table, batch: RecordBatch) -> Result<(), HistoryError> {
        let stage =
            self.tables.get(&table).ok_or_else(|| HistoryError::internal("facts of a table that was not announced"))?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let batch = conform(&lock(stage).schema.clone(), &batch)?;
        self.note_span(&batch);
        let (batch, ends) = self.divide(&batch)?;
        let bytes = batch.get_array_memory_size();
        let file = self.file.load(Ordering::Relaxed);
        let mut stage = lock(stage);
        stage.rows += (batch.num_rows() - withdrawals(&batch)) as u64;
        stage.held += bytes;
        let mut start = 0;
        for (bucket, end) in ends.into_iter().enumerate() {
            if end > start {
                stage.memory[bucket].push((file, batch.slice(start, end - start)));
            }
            start = end;
        }
        if self.held.fetch_add(bytes, Ordering::Relaxed) + bytes > self.budget {
            self.spill(table, &mut stage)?;
        }
        Ok(())
    }

    fn note_span(&self, batch: &RecordBatch) {
        let at = batch.column(1).as_primitive::<TimestampMicrosecondType>();
        if let (Some(first), Some(last)) = (arrow::compute::min(at), arrow::compute::max(at)) {
            self.first.fetch_min(first, Ordering::Relaxed);
            self.last.fetch_max(last, Ordering::Relaxed);
        }
    }

    /// Reorders rows by bucket, keeping their order within one; returns where each bucket ends.
    fn divide(&self, batch: &RecordBatch) -> Result<(RecordBatch, Vec<usize>), HistoryError> {
        let ids = batch.column(0).as_string::<i32>();
        let mut ends = vec![0usize; self.buckets as usize];
        let mut before = ("", 0u32);
        let of_row: Vec<u32> = (0..ids.len())
            .map(|row| {
                let id = ids.value(row);
                if row == 0 || before.0 != id {
                    before = (id, bucket_of(customer_hash(id), self.buckets)); // lines of an order come together
                }
                ends[before.1 as usize] += 1;
                before.1
            })
            .collect();
        let mut next = 0;
        let mut places: Vec<usize> = ends
            .iter_mut()
            .map(|end| {
                let start = next;
                next += *end;
                *end = next;
                start
            })
            .collect();
        let mut order = vec![0u32; ids.len()];
        for (row, bucket) in of_row.into_iter().enumerate() {
            let place = &mut places[bucket as usize];
            order[*place] = row as u32;
            *place += 1;
        }
        let order = UInt32Array::from(order);
        let columns = batch.columns().iter().map(|column| take(column, &order, None)).collect::<Result<Vec<_>, _>>()?;
        Ok((RecordBatch::try_new(batch.schema(), columns)?, ends))
    }

    /// Moves what a table holds in memory to its working files.
    fn spill(&self, table: Table, stage: &mut TableStage) -> Result<(), HistoryError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let TableStage { schema, memory, files, .. } = stage;
        for (bucket, batches) in memory.iter_mut().enumerate() {
            for (number, batch) in batches.drain(..) {
                let writer = match files.entry((bucket, number)) {
                    Entry::Occupied(open) => open.into_mut(),
                    Entry::Vacant(place) => {
                        let path = spill_path(folder, table, bucket, number);
                        let file = File::create(&path).map_err(|error| HistoryError::file("write", &path, error))?;
                        let out = BufWriter::with_capacity(64 << 10, file);
                        place.insert(StreamWriter::try_new(out, schema)?)
                    }
                };
                writer.write(&batch)?;
            }
        }
        self.held.fetch_sub(stage.held, Ordering::Relaxed);
        stage.held = 0;
        Ok(())
    }

    /// Ends staging: what each bucket holds, per table.
    pub(crate) fn finish(self) -> Result<Vec<BTreeMap<Table, Staged>>, HistoryError> {
        let mut buckets: Vec<BTreeMap<Table, Staged>> = (0..self.buckets).map(|_| BTreeMap::new()).collect();
        for (table, stage) in self.tables {
            let stage = stage.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
            for ((bucket, number), mut writer) in stage.files {
                writer.finish()?;
                if let Some(folder) = &self.folder {
                    let path = spill_path(folder, table, bucket, number);
                    buckets[bucket].entry(table).or_default().files.push((number, path));
                }
            }
            for (bucket, memory) in stage.memory.into_iter().enumerate().filter(|(_, memory)| !memory.is_empty()) {
                buckets[bucket].entry(table).or_default().memory = memory;
            }
        }
        Ok(buckets)
    }
}

impl Staged {
    /// The staged batches with the number of their file, file by file in the order they came.
    pub(crate) fn read(self) -> Result<Vec<(u32, RecordBatch)>, HistoryError> {
        let mut batches = Vec::new();
        for (number, path) in self.files {
            let file = File::open(&path).map_err(|error| HistoryError::file("read", &path, error))?;
            for batch in StreamReader::try_new(BufReader::with_capacity(1 << 20, file), None)? {
                batches.push((number, batch?));
            }
            // Working files are read once; dropping them early keeps the disk free for the real ones.
            std::fs::remove_file(&path).map_err(|error| HistoryError::file("remove", &path, error))?;
        }
        batches.extend(self.memory);
        batches.sort_by_key(|(number, _)| *number);
        Ok(batches)
    }
}

/// Rows that only say of an order that it does not count any more: no facts of their own.
fn withdrawals(batch: &RecordBatch) -> usize {
    let column = batch.column_by_name("withdrawn").and_then(|column| column.as_boolean_opt());
    column.map_or(0, BooleanArray::true_count)
}

fn spill_path(folder: &Path, table: Table, bucket: usize, file: u32) -> PathBuf {
    folder.join(format!("{}-{bucket}-{file}.arrow", table.name()))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A thread that panicked while staging has ended the import already; its half-pushed batch is never committed.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The batch with exactly the columns of `schema`: missing ones are unknown.
pub(crate) fn conform(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, HistoryError> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
            Some(column) => Ok(arrow::compute::cast(column, field.data_type())?),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        })
        .collect::<Result<_, HistoryError>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}
