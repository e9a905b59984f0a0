//! The history at one version: what metrics fold over and people query.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type, UInt32Type};
use datafusion::prelude::{col, ident, lit};
use terms::{Currency, Instant, WeekStart, Zone};
use tokio::sync::OnceCell;

use crate::HistoryError;
use crate::audience::{Audience, Audiences};
use crate::engine::{Engine, Source};
use crate::fold::{Machine, Way, fold_plan};
use crate::guard::{Among, no_segments, split_filter};
use crate::limits::{self, Limits, bound_growth};
use crate::schema::Kind;
use crate::write::{bucket_of, customer_hash};

/// The history at one version. Cheap to clone; never changes, whatever is imported meanwhile.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) inner: Arc<Inner>,
    /// Whom folds see; everybody without it.
    pub(crate) among: Option<Arc<Audience>>,
    /// What `segment('…')` means in filters.
    pub(crate) named: Option<Arc<dyn Audiences>>,
}

pub(crate) struct Inner {
    pub(crate) version: i64,
    pub(crate) zone: Zone,
    pub(crate) week: WeekStart,
    pub(crate) currency: Option<Currency>,
    pub(crate) watermark: Option<Instant>,
    pub(crate) buckets: u32,
    pub(crate) tables: HashMap<String, Source>,
    pub(crate) rows: HashMap<String, u64>,
    pub(crate) engine: Engine,
    pub(crate) sql: OnceCell<datafusion::prelude::SessionContext>,
    pub(crate) customers: OnceCell<u64>,
}

/// What a fold reads.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The view: `orders`, `order_days`, `event_days`, `order_lines`, `refunds`, `subscription_changes`, `events`, …
    pub view: &'static str,
    /// The columns after the customer key, in the order of their slots.
    pub columns: Vec<String>,
    /// Only rows for which this SQL predicate over the view holds.
    pub filter: Option<String>,
    /// Whether the predicate was made from something checked, and is no text that somebody wrote.
    checked: bool,
}

impl Scan {
    /// A scan of these columns of a view.
    pub fn of(view: &'static str, columns: &[&str]) -> Scan {
        Scan {
            view,
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            filter: None,
            checked: false,
        }
    }

    /// The same, only of rows for which `filter` holds.
    pub fn with_filter(mut self, filter: Option<String>) -> Scan {
        self.filter = filter;
        self
    }

    /// The same with a predicate that was made from something checked: it may be as long as it must.
    pub fn with_checked(self, filter: Option<String>) -> Scan {
        Scan { filter, checked: true, ..self }
    }
}

impl Snapshot {
    /// The same history, of these customers alone: whatever is folded over it sees nobody else. SQL sees everybody.
    pub fn among(&self, audience: Arc<Audience>) -> Snapshot {
        Snapshot { among: Some(audience), ..self.clone() }
    }

    /// The same history, with meanings for `segment('…')` in filters.
    pub fn with_audiences(&self, named: Arc<dyn Audiences>) -> Snapshot {
        Snapshot { named: Some(named), ..self.clone() }
    }

    /// The set of customers that `segment('…')` means.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Query`] when there is none of that name.
    pub async fn audience(&self, name: &str) -> Result<Arc<Audience>, HistoryError> {
        self.named.as_ref().ok_or_else(no_segments)?.audience(name).await
    }

    /// Whom a fold sees, of the names in its filter and of what the snapshot is restricted to.
    async fn seen(&self, asked: &[Among]) -> Result<Option<Arc<Audience>>, HistoryError> {
        let mut seen = self.among.clone();
        for among in asked {
            let audience = self.audience(&among.name).await?;
            seen = Some(match (seen, among.inside) {
                (None, true) => audience,
                (Some(before), true) => {
                    let mut both = (*before).clone();
                    both.keep(&audience);
                    Arc::new(both)
                }
                (before, false) => {
                    let mut others = match before {
                        Some(before) => (*before).clone(),
                        None => self.everybody().await?,
                    };
                    others.leave_out(&audience);
                    Arc::new(others)
                }
            });
        }
        Ok(seen)
    }

    /// Every key there is.
    async fn everybody(&self) -> Result<Audience, HistoryError> {
        let Some(source) = self.inner.tables.get("customers") else { return Ok(Audience::default()) };
        let frame = self.inner.engine.folds().read_table(source.provider())?.select(vec![col("customer")])?;
        let batches = frame.collect().await?;
        Ok(batches.iter().flat_map(|batch| batch.column(0).as_primitive::<UInt32Type>().values().to_vec()).collect())
    }

    /// The version of the history: it grows by one with every import or undo.
    pub fn version(&self) -> i64 {
        self.inner.version
    }

    /// The zone that decides where a day begins.
    pub fn zone(&self) -> &Zone {
        &self.inner.zone
    }

    /// The day a week begins on.
    pub fn week(&self) -> WeekStart {
        self.inner.week
    }

    /// The currency reports are in; unknown before the first money was imported.
    pub fn currency(&self) -> Option<Currency> {
        self.inner.currency
    }

    /// The last instant anything happened at: the data watermark.
    pub fn watermark(&self) -> Option<Instant> {
        self.inner.watermark
    }

    /// Whether a view has any rows.
    pub fn has(&self, view: &str) -> bool {
        self.rows(view) > 0
    }

    /// How many rows a view has, all versions of facts included.
    pub fn rows(&self, view: &str) -> u64 {
        self.inner.rows.get(view).copied().unwrap_or(0)
    }

    /// The names and kinds of a view's columns, attributes included.
    pub fn columns(&self, view: &str) -> Vec<(String, Kind)> {
        let Some(source) = self.inner.tables.get(view) else { return Vec::new() };
        source.schema().fields().iter().map(|field| (field.name().clone(), kind_of(field.data_type()))).collect()
    }

    /// Hands every customer of the scan to the machine once, and returns what it counted.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Query`] when the view or a column is unknown, or the filter is no predicate over them.
    pub async fn fold<M: Machine>(&self, scan: &Scan, machine: M) -> Result<M::Partial, HistoryError> {
        let Some(source) = self.inner.tables.get(scan.view).filter(|_| self.has(scan.view)) else {
            return Ok(machine.start());
        };
        let context = self.inner.engine.folds();
        let mut frame = context.read_table(source.provider())?;
        let mut among = Vec::new();
        if let Some(filter) = &scan.filter {
            let plain = if scan.checked {
                Some(filter.clone())
            } else {
                let (named, plain) = split_filter(filter)?;
                among = named;
                plain
            };
            if let Some(plain) = plain {
                let predicate = context.parse_sql_expr(&plain, frame.schema())?;
                frame = frame.filter(predicate)?;
            }
        }
        let among = self.seen(&among).await?;
        let columns = std::iter::once("customer").chain(scan.columns.iter().map(String::as_str));
        let plan = frame.select(columns.map(ident).collect::<Vec<_>>())?.create_physical_plan().await?;
        let way = if matches!(source, Source::Memory(_)) { Way::Packed } else { Way::Handed };
        fold_plan(plan, context.task_ctx(), machine, way, among).await
    }

    /// Runs a query over the views. Only reading statements are let through, and no file or network is within reach.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Query`] with what is wrong with the text.
    pub async fn sql(&self, text: &str) -> Result<Vec<RecordBatch>, HistoryError> {
        self.sql_within(text, Limits::default()).await
    }

    /// The same as [`sql`](Snapshot::sql) within other limits.
    ///
    /// # Errors
    ///
    /// As [`sql`](Snapshot::sql), and [`HistoryError::Limit`] when it would cost more.
    pub async fn sql_within(&self, text: &str, limits: Limits) -> Result<Vec<RecordBatch>, HistoryError> {
        let context = self.inner.sql.get_or_try_init(|| async { self.views().await }).await?;
        limits::run(context.clone(), text.to_owned(), limits).await
    }

    /// The same as [`sql_within`](Snapshot::sql_within), ready to be written.
    ///
    /// # Errors
    ///
    /// As [`sql_within`](Snapshot::sql_within).
    pub async fn rows_of(&self, text: &str, limits: Limits) -> Result<crate::Rows, HistoryError> {
        crate::Rows::of(&self.sql_within(text, limits).await?)
    }

    /// How many customers have facts. Those of whom an undo left none are in the files and in no list.
    ///
    /// # Errors
    ///
    /// When the files cannot be read.
    pub async fn customers(&self) -> Result<u64, HistoryError> {
        self.inner.customers.get_or_try_init(|| self.count_customers()).await.copied()
    }

    async fn count_customers(&self) -> Result<u64, HistoryError> {
        if !self.has("customers") {
            return Ok(0);
        }
        let found = self.sql("select count(*) as customers from customers").await?;
        let count = found.first().and_then(|batch| batch.column(0).as_primitive_opt::<Int64Type>());
        Ok(count.filter(|count| !count.is_empty()).map_or(0, |count| count.value(0) as u64))
    }

    /// The published views: the tables, without customers that have no fact left and without older versions of facts
    /// that a source told again.
    async fn views(&self) -> Result<datafusion::prelude::SessionContext, HistoryError> {
        let mut tables = self.inner.tables.clone();
        let versioned = [("tickets", "ticket_id"), ("invoices", "invoice_id")];
        let hidden = |name: &str| format!("{name}_all");
        for name in ["customers", "tickets", "invoices"] {
            if let Some(source) = tables.remove(name) {
                tables.insert(hidden(name), source);
            }
        }
        let context = self.inner.engine.sql(&tables)?;
        bound_growth(&context);
        if tables.contains_key("customers_all") {
            context.sql("create view customers as select * from customers_all where facts > 0").await?;
        }
        for (name, id) in versioned {
            if let Some(source) = tables.get(&hidden(name)) {
                let columns: Vec<String> =
                    source.schema().fields().iter().map(|field| format!("\"{}\"", field.name())).collect();
                let (columns, all) = (columns.join(", "), hidden(name));
                context
                    .sql(&format!(
                        "create view {name} as select {columns} from (select *, row_number() over (partition by customer, {id} \
                         order by received_at desc, at desc) as version_age from {all}) where version_age = 1"
                    ))
                    .await?;
            }
        }
        Ok(context)
    }

    /// The dense key of a customer, or nothing when nobody has that identifier.
    ///
    /// # Errors
    ///
    /// When the files cannot be read.
    pub async fn customer_key(&self, customer_id: &str) -> Result<Option<u32>, HistoryError> {
        let bucket = bucket_of(customer_hash(customer_id), self.inner.buckets);
        let Some(source) = self.inner.tables.get("customers") else { return Ok(None) };
        let context = self.inner.engine.folds();
        let frame = context.read_table(source.bucket(bucket).provider())?;
        let found =
            frame.filter(col("customer_id").eq(lit(customer_id)))?.select(vec![col("customer")])?.collect().await?;
        let keys = found.iter().find(|batch| batch.num_rows() > 0);
        Ok(keys.map(|batch| batch.column(0).as_primitive::<UInt32Type>().value(0)))
    }

    /// The last `most` rows of one customer in a view, the newest first; nothing for somebody unknown.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Query`] when a column is unknown.
    pub async fn latest_of_customer(
        &self,
        view: &str,
        customer_id: &str,
        columns: &[&str],
        most: usize,
    ) -> Result<crate::Rows, HistoryError> {
        let Some(key) = self.customer_key(customer_id).await? else { return crate::Rows::of(&[]) };
        self.latest_rows(view, key, columns, most).await
    }

    /// The same of a customer whose key is known; without columns, all of them.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Query`] when a column is unknown.
    pub async fn latest_rows(
        &self,
        view: &str,
        customer: u32,
        columns: &[&str],
        most: usize,
    ) -> Result<crate::Rows, HistoryError> {
        let batches = self.of_customer(view, customer, columns).await?;
        let Some(first) = batches.first() else { return crate::Rows::of(&[]) };
        let all = arrow::compute::concat_batches(&first.schema(), &batches)?;
        let kept = all.num_rows().min(most) as u32;
        let newest = arrow::array::UInt32Array::from_iter_values((0..all.num_rows() as u32).rev().take(kept as usize));
        crate::Rows::of(&[arrow::compute::take_record_batch(&all, &newest)?])
    }

    /// The outer identifiers of a set of customers, in the order of the keys. Those of whom no fact is left are not in it.
    ///
    /// # Errors
    ///
    /// When the files cannot be read.
    pub async fn ids_of(&self, audience: &Audience) -> Result<Vec<String>, HistoryError> {
        let Some(source) = self.inner.tables.get("customers") else { return Ok(Vec::new()) };
        let frame = self.inner.engine.folds().read_table(source.provider())?;
        let frame = frame.filter(col("facts").gt(lit(0u32)))?.select(vec![col("customer"), col("customer_id")])?;
        let mut found: Vec<(u32, String)> = Vec::new();
        for batch in frame.collect().await? {
            let ids = arrow::compute::cast(batch.column(1), &DataType::Utf8)?;
            let keys = batch.column(0).as_primitive::<UInt32Type>().values().iter();
            let pairs = keys.zip(ids.as_string::<i32>()).filter(|(key, _)| audience.contains(**key));
            found.extend(pairs.map(|(key, id)| (*key, id.unwrap_or_default().to_owned())));
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// The outer identifiers of customers as numbers, in the order of the keys; nothing where one is no number.
    ///
    /// # Errors
    ///
    /// When the files cannot be read.
    pub async fn customer_numbers(&self, keys: impl Iterator<Item = u32>) -> Result<Vec<Option<i64>>, HistoryError> {
        let Some(source) = self.inner.tables.get("customers") else { return Ok(keys.map(|_| None).collect()) };
        let frame = self.inner.engine.folds().read_table(source.provider())?;
        let batches = frame.select(vec![col("customer"), col("customer_id")])?.collect().await?;
        let mut numbers: Vec<Option<i64>> = Vec::new();
        for batch in &batches {
            let ids = arrow::compute::cast(batch.column(1), &DataType::Utf8)?;
            for (key, id) in batch.column(0).as_primitive::<UInt32Type>().values().iter().zip(ids.as_string::<i32>()) {
                let place = *key as usize;
                if numbers.len() <= place {
                    numbers.resize(place + 1, None);
                }
                numbers[place] = id.and_then(|id| id.parse().ok());
            }
        }
        Ok(keys.map(|key| numbers.get(key as usize).copied().flatten()).collect())
    }

    /// The rows of one customer in a view, in time order; only that customer's pages are read.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Query`] when a column is unknown.
    pub async fn of_customer(
        &self,
        view: &str,
        customer: u32,
        columns: &[&str],
    ) -> Result<Vec<RecordBatch>, HistoryError> {
        let Some(source) = self.inner.tables.get(view) else { return Ok(Vec::new()) };
        let bucket = customer % self.inner.buckets;
        let frame = self.inner.engine.folds().read_table(source.bucket(bucket).provider())?;
        let frame = frame.filter(col("customer").eq(lit(customer)))?;
        let frame = if columns.is_empty() {
            frame
        } else {
            frame.select(columns.iter().map(|name| ident(*name)).collect::<Vec<_>>())?
        };
        Ok(frame.collect().await?)
    }
}

fn kind_of(kind: &DataType) -> Kind {
    match kind {
        DataType::Dictionary(..) => Kind::Word,
        DataType::Utf8 => Kind::Text,
        DataType::Float64 => Kind::Number,
        DataType::Boolean => Kind::Flag,
        DataType::Timestamp(..) => Kind::At,
        DataType::Int64 => Kind::Minor,
        _ => Kind::Whole,
    }
}
