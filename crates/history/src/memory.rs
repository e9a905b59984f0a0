//! A history in memory, from a few lines of text: for tests and worked examples. It goes through the same merge and
//! the same derivation as files do.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder, new_null_array,
};
use terms::{Date, Instant, WeekStart, Zone};
use tokio::sync::OnceCell;

use crate::HistoryError;
use crate::bucket::{Bucket, Change};
use crate::engine::{Engine, Source};
use crate::schema::{Attribute, AttributeKind, FACT, Kind, Table, staged_schema, stored_schema};
use crate::snapshot::{Inner, Snapshot};
use crate::write::{DERIVED, Stage, derived_schema};

/// Buckets of a history in memory: more than one, so that every test also tests merging.
const BUCKETS: u32 = 4;

impl Snapshot {
    /// Orders from text, one a line: `customer date [amount] [column=value …]`, and refunds: `customer date refund
    /// amount [order=…]`. Dates may carry a clock (`2024-01-01T10:00`). Amounts are decimal, in the currency of a
    /// `currency=` or else EUR. Lines without an `order=` are orders of their own. Everything in UTC.
    ///
    /// # Errors
    ///
    /// When a line cannot be understood.
    pub fn from_orders(text: &str) -> Result<Snapshot, HistoryError> {
        let mut rows = Vec::new();
        for (number, line) in lines(text) {
            let mut row = Row::of(line)?;
            if row.words.first().is_some_and(|word| word == "refund") {
                row.table = Table::Refunds;
                row.words.remove(0);
                row.rename("order", "order_id");
            } else {
                row.table = Table::OrderHeaders;
                row.rename("order", "order_id");
                row.values.entry("order_id".to_owned()).or_insert_with(|| format!("o{number}"));
            }
            if !row.words.is_empty() {
                let amount = row.words.remove(0);
                row.values.insert("amount".to_owned(), amount);
            }
            row.values.entry("currency".to_owned()).or_insert_with(|| "EUR".to_owned());
            rows.push(row);
        }
        build(rows)
    }

    /// Changes of subscriptions from text, one a line: `customer date kind [mrr] [plan=…] [subscription=…]`, and attempts to
    /// collect an invoice: `customer date invoice outcome [invoice_id=…] [subscription=…]`.
    ///
    /// # Errors
    ///
    /// When a line cannot be understood.
    pub fn from_changes(text: &str) -> Result<Snapshot, HistoryError> {
        let mut rows = Vec::new();
        for (_, line) in lines(text) {
            let mut row = Row::of(line)?;
            if row.words.first().is_some_and(|word| word == "invoice") {
                row.table = Table::Invoices;
                row.words.remove(0);
                row.take_word("outcome")?;
                row.rename("subscription", "subscription_id");
                row.values.entry("invoice_id".to_owned()).or_insert_with(|| "i".to_owned());
                rows.push(row);
                continue;
            }
            row.table = Table::SubscriptionChanges;
            row.take_word("kind")?;
            if !row.words.is_empty() {
                row.take_word("mrr_after")?;
            }
            row.rename("subscription", "subscription_id");
            let customer = row.customer.clone();
            row.values.entry("subscription_id".to_owned()).or_insert(customer);
            row.values.entry("currency".to_owned()).or_insert_with(|| "EUR".to_owned());
            rows.push(row);
        }
        build(rows)
    }

    /// Events from text, one a line: `customer date name [column=value …]`.
    ///
    /// # Errors
    ///
    /// When a line cannot be understood.
    pub fn from_events(text: &str) -> Result<Snapshot, HistoryError> {
        let mut rows = Vec::new();
        for (_, line) in lines(text) {
            let mut row = Row::of(line)?;
            row.table = Table::Events;
            row.take_word("name")?;
            rows.push(row);
        }
        build(rows)
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

struct Row {
    table: Table,
    customer: String,
    at: i64,
    words: Vec<String>,
    values: BTreeMap<String, String>,
}

impl Row {
    fn of(line: &str) -> Result<Row, HistoryError> {
        let wrong = || HistoryError::internal(format!("a test line needs a customer and a date: {line}"));
        let mut parts = line.split_whitespace();
        let (customer, at) = (parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?);
        let (values, words) = parts.map(str::to_owned).partition::<Vec<_>, _>(|part| part.contains('='));
        let values =
            values.iter().filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let at = instant(at).ok_or_else(wrong)?;
        Ok(Row { table: Table::Events, customer: customer.to_owned(), at, words, values })
    }

    fn rename(&mut self, from: &str, to: &str) {
        if let Some(value) = self.values.remove(from) {
            self.values.insert(to.to_owned(), value);
        }
    }

    fn take_word(&mut self, column: &str) -> Result<(), HistoryError> {
        if self.words.is_empty() {
            return Err(HistoryError::internal(format!("a test line has no {column}")));
        }
        let word = self.words.remove(0);
        self.values.insert(column.to_owned(), word);
        Ok(())
    }
}

fn instant(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once('T').unwrap_or((text, "00:00"));
    let date: Date = date.parse().ok()?;
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0));
    Some(i64::from(date.0) * 86_400_000_000 + ((hours * 60 + minutes) * 60 + seconds) * 1_000_000)
}

fn build(rows: Vec<Row>) -> Result<Snapshot, HistoryError> {
    let mut attributes: BTreeMap<Table, Vec<Attribute>> = BTreeMap::new();
    for row in &rows {
        let known = attributes.entry(row.table).or_default();
        for name in row.values.keys() {
            let canonical = FACT.iter().chain(row.table.columns()).any(|column| column.name == name);
            if !canonical && !known.iter().any(|attribute| attribute.name == *name) {
                known.push(Attribute { name: name.clone(), kind: AttributeKind::Word });
            }
        }
    }
    let zone = Zone::utc();
    let change = Change {
        folder: None,
        intact: None,
        buckets: BUCKETS,
        zone: &zone,
        number: 1,
        sources: &["text"],
        received_at: 0,
        told_before: false,
        attributes: &attributes,
    };
    let stage = Stage::new(None, BUCKETS, usize::MAX, &attributes)?;
    for table in attributes.keys() {
        let of_table: Vec<&Row> = rows.iter().filter(|row| row.table == *table).collect();
        stage.push(*table, batch(*table, &attributes[table], &of_table)?)?;
    }
    let watermark = stage.span().map(|span| Instant(span.1));
    let mut memory: HashMap<String, Vec<Vec<RecordBatch>>> = HashMap::new();
    let mut currencies: HashMap<String, u64> = HashMap::new();
    for (number, staged) in stage.finish()?.into_iter().enumerate() {
        let mut bucket = Bucket::open(&change, number as u32, &[])?;
        bucket.merge(staged)?;
        let rebuilt = bucket.finish()?;
        rebuilt.memory.into_iter().for_each(|(table, batches)| memory.entry(table).or_default().push(batches));
        rebuilt.currencies.into_iter().for_each(|(currency, count)| *currencies.entry(currency).or_default() += count);
    }
    let most = currencies.into_iter().max_by_key(|(currency, count)| (*count, currency.clone()));
    let engine = Engine::new(None, 2)?;
    let (mut tables, mut counts) = (HashMap::new(), HashMap::new());
    let of = |table: Table| attributes.get(&table).cloned().unwrap_or_default();
    let facts = Table::ALL.iter().map(|table| (table.name(), stored_schema(*table, &of(*table))));
    let derived = DERIVED.iter().map(|name| (*name, derived_schema(name, &of)));
    for (name, schema) in facts.chain(derived) {
        let buckets = memory.remove(name).unwrap_or_else(|| vec![Vec::new()]);
        let rows: usize = buckets.iter().flatten().map(RecordBatch::num_rows).sum();
        counts.insert(name.to_owned(), rows as u64);
        tables.insert(name.to_owned(), Source::memory(schema, buckets)?);
    }
    Ok(Snapshot {
        inner: Arc::new(Inner {
            version: 1,
            zone,
            week: WeekStart::Monday,
            currency: most.and_then(|(currency, _)| currency.parse().ok()),
            watermark,
            buckets: BUCKETS,
            tables,
            rows: counts,
            engine,
            sql: OnceCell::new(),
            customers: OnceCell::new(),
        }),
        among: None,
        named: None,
    })
}

fn batch(table: Table, attributes: &[Attribute], rows: &[&Row]) -> Result<RecordBatch, HistoryError> {
    let schema = staged_schema(table, attributes);
    let kinds: HashMap<&str, Kind> = table
        .columns()
        .iter()
        .map(|column| (column.name, column.kind))
        .chain(attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.kind.kind())))
        .collect();
    let columns = schema.fields().iter().map(|field| {
        let name = field.name().as_str();
        let value = |row: &Row| row.values.get(name).cloned();
        Ok(match (name, kinds.get(name)) {
            ("customer_id", _) => texts(rows.iter().map(|row| Some(row.customer.clone()))),
            ("at", _) => {
                let mut builder = TimestampMicrosecondBuilder::new().with_timezone("UTC");
                rows.iter().for_each(|row| builder.append_value(row.at));
                Arc::new(builder.finish()) as ArrayRef
            }
            (_, Some(Kind::Word | Kind::Text)) => texts(rows.iter().map(|row| value(row))),
            (_, Some(Kind::Minor)) => {
                let mut builder = Int64Builder::new();
                for row in rows {
                    builder.append_option(
                        value(row).and_then(|text| text.parse::<f64>().ok()).map(|v| (v * 100.0).round() as i64),
                    );
                }
                Arc::new(builder.finish())
            }
            (_, Some(Kind::Number)) => {
                let mut builder = Float64Builder::new();
                rows.iter().for_each(|row| builder.append_option(value(row).and_then(|text| text.parse().ok())));
                Arc::new(builder.finish())
            }
            _ => new_null_array(field.data_type(), rows.len()),
        })
    });
    Ok(RecordBatch::try_new(schema.clone(), columns.collect::<Result<Vec<_>, HistoryError>>()?)?)
}

fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    let mut builder = StringBuilder::new();
    values.for_each(|value| builder.append_option(value));
    Arc::new(builder.finish())
}
