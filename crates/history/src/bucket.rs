//! One bucket of customers, rebuilt: staged facts merged in, or an import taken out, then everything derived again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, SchemaRef, UInt32Type};
use store::{FileRow, NewFile};
use terms::Zone;

use crate::HistoryError;
use crate::intact::Intact;
use crate::schema::{Attribute, Table, stored_schema};
use crate::write::{
    DERIVED, FileWriter, Merge, MergeCounts, Names, Staged, Written, derive, derived_schema, drop_import, merge,
    read_batches,
};

/// What all buckets of one change have in common.
pub(crate) struct Change<'a> {
    /// The history folder; without one, tables stay in memory.
    pub(crate) folder: Option<&'a Path>,
    /// What is known of the files in it.
    pub(crate) intact: Option<&'a Intact>,
    pub(crate) buckets: u32,
    pub(crate) zone: &'a Zone,
    /// Names new files apart from all others: the number of the import or undo.
    pub(crate) number: i64,
    /// The source of each file imported, in their order.
    pub(crate) sources: &'a [&'a str],
    pub(crate) received_at: i64,
    /// Whether the same files were imported before: see [`Merge`].
    pub(crate) told_before: bool,
    /// The attributes of each table after the change.
    pub(crate) attributes: &'a BTreeMap<Table, Vec<Attribute>>,
}

/// How far ahead of our clock a fact may be and yet have happened: a day, for clocks and zones that differ.
pub(crate) const AHEAD: i64 = 86_400_000_000;

/// Takes the batches of a table, in order.
type Emit<'a> = dyn FnMut(RecordBatch) -> Result<(), HistoryError> + 'a;

/// A bucket being rebuilt.
pub(crate) struct Bucket<'a> {
    change: &'a Change<'a>,
    number: u32,
    live: HashMap<&'a str, Vec<&'a FileRow>>,
    fresh: HashMap<String, Fresh>,
    names: Names,
    counts: MergeCounts,
    /// Damaged files, of which nothing is read.
    lost: Vec<i64>,
}

enum Fresh {
    File(Written),
    Memory(Vec<RecordBatch>),
    /// The table has no rows in this bucket any more.
    Nothing,
}

/// What rebuilding a bucket came to.
#[derive(Default)]
pub(crate) struct Rebuilt {
    pub(crate) add: Vec<NewFile>,
    pub(crate) remove: Vec<i64>,
    /// The latest instant of the facts in the added files that had happened by now.
    pub(crate) happened: Option<i64>,
    pub(crate) memory: HashMap<String, Vec<RecordBatch>>,
    pub(crate) counts: MergeCounts,
    pub(crate) currencies: HashMap<String, u64>,
}

impl<'a> Change<'a> {
    fn attributes_of(&self, table: Table) -> Vec<Attribute> {
        self.attributes.get(&table).cloned().unwrap_or_default()
    }
}

impl<'a> Bucket<'a> {
    /// The bucket as it is now, with the names of its customers.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Damaged`] when the list of its customers is: every key would be another's.
    pub(crate) fn open(change: &'a Change<'a>, number: u32, files: &'a [FileRow]) -> Result<Bucket<'a>, HistoryError> {
        let mut bucket = Bucket::of(change, number, files, &HashSet::new());
        bucket.names = bucket.known_names()?;
        Ok(bucket)
    }

    /// What is left of a bucket without its damaged files. When the list of its customers is among them, it is made
    /// again from the facts.
    pub(crate) fn salvage(
        change: &'a Change<'a>,
        number: u32,
        files: &'a [FileRow],
        damaged: &HashSet<i64>,
    ) -> Result<Bucket<'a>, HistoryError> {
        let mut bucket = Bucket::of(change, number, files, damaged);
        if bucket.live.contains_key("customers") {
            bucket.names = bucket.known_names()?;
        } else {
            bucket.name_again()?;
        }
        Ok(bucket)
    }

    fn of(change: &'a Change<'a>, number: u32, files: &'a [FileRow], damaged: &HashSet<i64>) -> Bucket<'a> {
        let (mut live, mut lost): (HashMap<&str, Vec<&FileRow>>, Vec<i64>) = (HashMap::new(), Vec::new());
        for file in files.iter().filter(|file| file.bucket == number as i32) {
            if damaged.contains(&file.id) {
                lost.push(file.id);
            } else {
                live.entry(file.table_name.as_str()).or_default().push(file);
            }
        }
        let (names, counts) = (Names::default(), MergeCounts::default());
        Bucket { change, number, live, fresh: HashMap::new(), names, counts, lost }
    }

    /// The customers in the order of their keys, as the last change listed them.
    fn known_names(&self) -> Result<Names, HistoryError> {
        let mut names = Names::default();
        for batch in self.read("customers", &["customer_id"])? {
            let ids = arrow::compute::cast(batch.column(0), &DataType::Utf8)?;
            for id in ids.as_string::<i32>().iter().flatten() {
                names.key(id);
            }
        }
        Ok(names)
    }

    /// Lists the customers again from the facts, which carry key and identifier. Keys have no gaps: where a customer
    /// is gone, all behind move up, and since the order of keys stays, so does the order of the rows.
    fn name_again(&mut self) -> Result<(), HistoryError> {
        let mut found: BTreeMap<u32, String> = BTreeMap::new();
        for table in Table::ALL {
            for batch in self.read(table.name(), &["customer", "customer_id"])? {
                let ids = arrow::compute::cast(batch.column(1), &DataType::Utf8)?;
                for (key, id) in
                    batch.column(0).as_primitive::<UInt32Type>().values().iter().zip(ids.as_string::<i32>())
                {
                    found.entry(*key).or_insert_with(|| id.unwrap_or_default().to_owned());
                }
            }
        }
        let moved: HashMap<u32, u32> = found
            .iter()
            .map(|(key, id)| (*key, self.names.key(id) * self.change.buckets + self.number))
            .filter(|(before, after)| before != after)
            .collect();
        if moved.is_empty() {
            return Ok(());
        }
        for table in Table::ALL {
            let old = self.read(table.name(), &[])?;
            let Some(first) = old.first() else { continue };
            let fresh = self.write(table.name(), &first.schema(), &mut |emit| {
                old.iter().try_for_each(|batch| emit(with_keys(batch, &moved)?))
            })?;
            self.fresh.insert(table.name().to_owned(), fresh);
        }
        Ok(())
    }

    /// Merges staged facts in. Headers come last: which of them withdraw an order is known when its lines are there.
    pub(crate) fn merge(&mut self, mut staged: BTreeMap<Table, Staged>) -> Result<(), HistoryError> {
        let headers = staged.remove(&Table::OrderHeaders).map(Staged::read).transpose()?;
        let mut withdrawn = Withdrawn::of(headers.as_deref().unwrap_or_default())?;
        for (table, staged) in staged {
            let new = staged.read()?;
            if table == Table::OrderLines {
                withdrawn.keep_told(&new)?;
            }
            self.merge_table(table, new)?;
        }
        if let Some(headers) = headers {
            withdrawn.keep_told(&headers)?;
            let told = self.without_strangers(withdrawn.leave_out(headers)?)?;
            self.merge_table(Table::OrderHeaders, told)?;
        }
        Ok(())
    }

    fn merge_table(&mut self, table: Table, new: Vec<(u32, RecordBatch)>) -> Result<(), HistoryError> {
        let attributes = self.change.attributes_of(table);
        let old = self.read(table.name(), &[])?;
        let what = Merge {
            table,
            attributes: &attributes,
            bucket: self.number,
            buckets: self.change.buckets,
            import: self.change.number,
            sources: self.change.sources,
            received_at: self.change.received_at,
            told_before: self.change.told_before,
        };
        let mut names = std::mem::take(&mut self.names);
        let mut counts = MergeCounts::default();
        let fresh = self.write(table.name(), &stored_schema(table, &attributes), &mut |emit| {
            counts = merge(&what, &mut names, old.clone(), new.clone(), emit)?;
            Ok(())
        })?;
        self.names = names;
        self.counts.added += counts.added;
        self.counts.duplicates += counts.duplicates;
        self.fresh.insert(table.name().to_owned(), fresh);
        Ok(())
    }

    /// The staged headers without withdrawals of orders that nobody told: an order that was called off before it was
    /// ever imported is no fact, and makes no customer.
    fn without_strangers(&self, new: Vec<(u32, RecordBatch)>) -> Result<Vec<(u32, RecordBatch)>, HistoryError> {
        let mut strangers = Strangers::of(&new)?;
        if strangers.orders.is_empty() {
            return Ok(new);
        }
        new.iter().try_for_each(|(_, batch)| strangers.meet(batch))?;
        for table in [Table::OrderHeaders, Table::OrderLines] {
            for batch in self.read(table.name(), &["customer_id", "order_id", "withdrawn"])? {
                strangers.meet(&batch)?;
            }
        }
        new.into_iter().map(|(file, batch)| Ok((file, strangers.leave_out(&batch)?))).collect()
    }

    /// Takes an import out of every table.
    pub(crate) fn undo(&mut self, import: i64) -> Result<(), HistoryError> {
        for table in Table::ALL {
            let old = self.read(table.name(), &[])?;
            if old.is_empty() {
                continue;
            }
            let schema = old[0].schema();
            let fresh = self.write(table.name(), &schema, &mut |emit| drop_import(import, &old, emit).map(|_| ()))?;
            self.fresh.insert(table.name().to_owned(), fresh);
        }
        Ok(())
    }

    /// Derives what follows from the facts, and says what changed.
    pub(crate) fn finish(mut self) -> Result<Rebuilt, HistoryError> {
        let attributes = |table| self.change.attributes_of(table);
        let read = |table: Table, columns: &[&str]| self.read(table.name(), columns);
        let derived = derive(&self.names, self.number, self.change.buckets, self.change.zone, &attributes, &read)?;
        let mut rebuilt = Rebuilt { counts: self.counts, ..Rebuilt::default() };
        for name in DERIVED {
            let batch = derived.tables.iter().find(|(table, _)| *table == name).map(|(_, batch)| batch);
            if let Some(orders) = batch.filter(|_| name == "orders") {
                count_currencies(orders, &mut rebuilt.currencies)?;
            }
            let schema = batch.map_or_else(|| derived_schema(name, &attributes), RecordBatch::schema);
            let fresh = self.write(name, &schema, &mut |emit| batch.map_or(Ok(()), |batch| emit(batch.clone())))?;
            self.fresh.insert(name.to_owned(), fresh);
        }
        self.say(&mut rebuilt);
        Ok(rebuilt)
    }

    fn say(self, rebuilt: &mut Rebuilt) {
        rebuilt.remove.extend(&self.lost);
        for (table, fresh) in self.fresh {
            rebuilt.remove.extend(self.live.get(table.as_str()).into_iter().flatten().map(|file| file.id));
            if let Fresh::File(written) = &fresh
                && Table::from_name(&table).is_some()
            {
                rebuilt.happened = rebuilt.happened.max(written.happened);
            }
            match fresh {
                Fresh::File(written) => rebuilt.add.push(NewFile {
                    table_name: table,
                    bucket: self.number as i32,
                    path: written.name,
                    rows: written.rows,
                    bytes: written.bytes,
                    min_at: written.at.map(|at| at.0),
                    max_at: written.at.map(|at| at.1),
                    min_customer: written.customers.0,
                    max_customer: written.customers.1,
                    checksum: written.checksum,
                }),
                Fresh::Memory(batches) => {
                    rebuilt.memory.insert(table, batches);
                }
                Fresh::Nothing => {}
            }
        }
    }

    /// The rows of a table as they are after what was done so far.
    fn read(&self, table: &str, columns: &[&str]) -> Result<Vec<RecordBatch>, HistoryError> {
        let wanted = (!columns.is_empty()).then_some(columns);
        match self.fresh.get(table) {
            Some(Fresh::Memory(batches)) => batches.iter().map(|batch| project(batch, columns)).collect(),
            Some(Fresh::Nothing) => Ok(Vec::new()),
            Some(Fresh::File(written)) => self.read_file(&written.name, wanted),
            None => {
                let mut batches = Vec::new();
                let files = self.live.get(table).map_or(&[][..], Vec::as_slice);
                if let Some(intact) = self.change.intact {
                    intact.check(&files.iter().map(|file| (*file).clone()).collect::<Vec<_>>())?;
                }
                for file in files {
                    batches.extend(self.read_file(&file.path, wanted)?);
                }
                Ok(batches)
            }
        }
    }

    fn read_file(&self, name: &str, columns: Option<&[&str]>) -> Result<Vec<RecordBatch>, HistoryError> {
        let folder = self.change.folder.ok_or_else(|| HistoryError::internal("a history in memory has no files"))?;
        read_batches(folder, name, columns)
    }

    fn write(
        &self,
        table: &str,
        schema: &SchemaRef,
        fill: &mut dyn FnMut(&mut Emit<'_>) -> Result<(), HistoryError>,
    ) -> Result<Fresh, HistoryError> {
        let Some(folder) = self.change.folder else {
            let mut batches = Vec::new();
            fill(&mut |batch| {
                batches.push(batch);
                Ok(())
            })?;
            return Ok(if batches.is_empty() { Fresh::Nothing } else { Fresh::Memory(batches) });
        };
        let name = format!("{table}/{:04}-{:08}.parquet", self.number, self.change.number);
        let until = self.change.received_at.saturating_add(AHEAD);
        let mut writer = FileWriter::create(folder, name, schema, until)?;
        fill(&mut |batch| writer.write(&batch))?;
        Ok(writer.finish()?.map_or(Fresh::Nothing, Fresh::File))
    }
}

/// Orders that a file withdraws in one row and tells in another: a line that was called off leaves the order with its
/// other lines.
struct Withdrawn {
    /// File, customer and number of orders with a row that withdraws them.
    orders: HashSet<(u32, (String, String))>,
    /// Of these, those that the same file tells as well.
    told: HashSet<(u32, (String, String))>,
}

impl Withdrawn {
    fn of(headers: &[(u32, RecordBatch)]) -> Result<Withdrawn, HistoryError> {
        let mut orders = HashSet::new();
        for (file, batch) in headers {
            each_order(batch, &mut |order, withdrawn| {
                if withdrawn {
                    orders.insert((*file, order));
                }
            })?;
        }
        Ok(Withdrawn { orders, told: HashSet::new() })
    }

    fn keep_told(&mut self, batches: &[(u32, RecordBatch)]) -> Result<(), HistoryError> {
        if self.orders.is_empty() {
            return Ok(());
        }
        let Withdrawn { orders, told } = self;
        for (file, batch) in batches {
            each_order(batch, &mut |order, withdrawn| {
                let order = (*file, order);
                if !withdrawn && orders.contains(&order) {
                    told.insert(order);
                }
            })?;
        }
        Ok(())
    }

    /// The rows without those that withdraw what their own file tells.
    fn leave_out(&self, headers: Vec<(u32, RecordBatch)>) -> Result<Vec<(u32, RecordBatch)>, HistoryError> {
        if self.told.is_empty() {
            return Ok(headers);
        }
        let without = |(file, batch): (u32, RecordBatch)| {
            let mut keep = Vec::with_capacity(batch.num_rows());
            each_order(&batch, &mut |order, withdrawn| keep.push(!withdrawn || !self.told.contains(&(file, order))))?;
            Ok((file, arrow::compute::filter_record_batch(&batch, &BooleanArray::from(keep))?))
        };
        headers.into_iter().map(without).collect()
    }
}

/// Orders that staged rows withdraw and that nobody told so far: customer and number.
struct Strangers {
    orders: HashSet<(String, String)>,
}

impl Strangers {
    fn of(batches: &[(u32, RecordBatch)]) -> Result<Strangers, HistoryError> {
        let mut orders = HashSet::new();
        for (_, batch) in batches {
            each_order(batch, &mut |order, withdrawn| {
                if withdrawn {
                    orders.insert(order);
                }
            })?;
        }
        Ok(Strangers { orders })
    }

    /// Takes the orders of these rows out of the list, but for rows that are withdrawals themselves.
    fn meet(&mut self, batch: &RecordBatch) -> Result<(), HistoryError> {
        each_order(batch, &mut |order, withdrawn| {
            if !withdrawn {
                self.orders.remove(&order);
            }
        })
    }

    /// The rows without those that withdraw an order of the list.
    fn leave_out(&self, batch: &RecordBatch) -> Result<RecordBatch, HistoryError> {
        let mut keep = Vec::with_capacity(batch.num_rows());
        each_order(batch, &mut |order, withdrawn| keep.push(!withdrawn || !self.orders.contains(&order)))?;
        Ok(arrow::compute::filter_record_batch(batch, &BooleanArray::from(keep))?)
    }
}

/// Hands out customer and number of the order of each row, and whether the row withdraws it.
fn each_order(batch: &RecordBatch, take: &mut dyn FnMut((String, String), bool)) -> Result<(), HistoryError> {
    let text = |name: &str| -> Result<ArrayRef, HistoryError> {
        let column = batch.column_by_name(name).ok_or_else(|| HistoryError::internal(format!("no column {name}")))?;
        Ok(arrow::compute::cast(column, &DataType::Utf8)?)
    };
    let (customers, orders) = (text("customer_id")?, text("order_id")?);
    let (customers, orders) = (customers.as_string::<i32>(), orders.as_string::<i32>());
    let withdrawn = batch.column_by_name("withdrawn").and_then(|column| column.as_boolean_opt());
    for row in 0..batch.num_rows() {
        let says = withdrawn.is_some_and(|column| column.is_valid(row) && column.value(row));
        take((customers.value(row).to_owned(), orders.value(row).to_owned()), says);
    }
    Ok(())
}

/// The batch with other customer keys where they moved.
fn with_keys(batch: &RecordBatch, moved: &HashMap<u32, u32>) -> Result<RecordBatch, HistoryError> {
    let keys = batch.column(0).as_primitive::<UInt32Type>().values().iter();
    let keys = UInt32Array::from_iter_values(keys.map(|key| moved.get(key).copied().unwrap_or(*key)));
    let mut columns = batch.columns().to_vec();
    columns[0] = Arc::new(keys);
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

fn project(batch: &RecordBatch, columns: &[&str]) -> Result<RecordBatch, HistoryError> {
    if columns.is_empty() {
        return Ok(batch.clone());
    }
    let places: Vec<usize> = columns.iter().filter_map(|name| batch.schema().index_of(name).ok()).collect();
    Ok(batch.project(&places)?)
}

fn count_currencies(orders: &RecordBatch, counts: &mut HashMap<String, u64>) -> Result<(), HistoryError> {
    if let Some(column) = orders.column_by_name("currency") {
        let words = arrow::compute::cast(column, &DataType::Utf8)?;
        for word in words.as_string::<i32>().iter().flatten() {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    Ok(())
}
