//! Whole files through the front door.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;

use super::*;
use crate::schema::Table;

/// Keeps everything, for tests.
#[derive(Default)]
pub struct Kept {
    pub batches: Mutex<Vec<(Table, RecordBatch)>>,
    pub rejects: Mutex<Vec<Reject>>,
}

impl Sink for Kept {
    fn facts(&self, table: Table, batch: RecordBatch) -> Result<(), SinkError> {
        self.batches.lock().unwrap().push((table, batch));
        Ok(())
    }
    fn reject(&self, reject: Reject) -> Result<(), SinkError> {
        self.rejects.lock().unwrap().push(reject);
        Ok(())
    }
    fn progress(&self, _: u64, _: u64) {}
}

impl Kept {
    /// Values of a text column, all rows of a table.
    pub fn texts(&self, table: Table, column: &str) -> Vec<String> {
        let batches = self.batches.lock().unwrap();
        let of = |batch: &RecordBatch| -> Vec<String> {
            let values = batch.column_by_name(column).unwrap().as_string::<i32>().clone();
            values.iter().map(|value| value.unwrap_or("").to_owned()).collect()
        };
        batches.iter().filter(|(t, _)| *t == table).flat_map(|(_, batch)| of(batch)).collect()
    }

    pub fn sum(&self, table: Table, column: &str) -> i64 {
        let batches = self.batches.lock().unwrap();
        let of = |batch: &RecordBatch| {
            batch.column_by_name(column).unwrap().as_primitive::<Int64Type>().iter().flatten().sum::<i64>()
        };
        batches.iter().filter(|(t, _)| *t == table).map(|(_, batch)| of(batch)).sum()
    }

    pub fn distinct(&self, table: Table, column: &str) -> usize {
        self.texts(table, column).into_iter().collect::<BTreeSet<_>>().len()
    }

    /// Every fact as one line of text, sorted: for comparing whole readings.
    pub fn lines(&self) -> Vec<String> {
        let batches = self.batches.lock().unwrap();
        let mut lines = Vec::new();
        for (table, batch) in batches.iter() {
            let options = arrow::util::display::FormatOptions::default();
            let text = |c| arrow::util::display::ArrayFormatter::try_new(c, &options).unwrap();
            let columns: Vec<_> = batch.columns().iter().map(|c| text(c.as_ref())).collect();
            let schema = batch.schema();
            for row in 0..batch.num_rows() {
                let cells =
                    schema.fields().iter().zip(batch.columns()).zip(&columns).filter(|((_, c), _)| c.is_valid(row));
                let cells: Vec<String> =
                    cells.map(|((field, _), text)| format!("{}={}", field.name(), text.value(row))).collect();
                lines.push(format!("{}: {}", table.name(), cells.join(" ")));
            }
        }
        lines.sort();
        lines
    }

    pub fn rejects(&self) -> Vec<Reject> {
        let mut rejects = self.rejects.lock().unwrap().clone();
        rejects.sort();
        rejects
    }
}

/// The test data beside the workspace; `None`, loudly, where it is absent.
pub fn data(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if !found.exists() {
        eprintln!("SKIPPED: ../shared/data/{path} is not there");
        return None;
    }
    Some(found)
}

fn read_file(path: &Path, wish: &Wish) -> (Inspection, Kept, ReadReport) {
    let inspection = inspect(path, wish).unwrap_or_else(|error| panic!("{error} {} ({})", error.hint, error.code));
    let kept = Kept::default();
    let report = read(path, &inspection, 2, &kept).unwrap_or_else(|error| panic!("{error} ({})", error.code));
    let counted: BTreeMap<Table, u64> =
        kept.batches.lock().unwrap().iter().fold(BTreeMap::new(), |mut all, (table, batch)| {
            *all.entry(*table).or_default() += batch.num_rows() as u64;
            all
        });
    assert_eq!(
        report.facts.iter().filter(|(_, n)| **n > 0).map(|(t, n)| (*t, *n)).collect::<BTreeMap<_, _>>(),
        counted
    );
    (inspection, kept, report)
}

#[test]
fn online_retail_is_read_exactly() {
    let Some(path) = data("online_retail/online_retail.csv.gz") else { return };
    let (inspection, kept, report) = read_file(&path, &Wish::default());
    assert!(matches!(inspection.origin, Origin::Preset(_)), "{:?}", inspection.origin);
    assert_eq!(report.rows, 541_909);
    assert_eq!(report.facts[&Table::OrderLines], 397_884);
    assert_eq!(kept.distinct(Table::OrderLines, "order_id"), 18_532);
    assert_eq!(kept.distinct(Table::OrderLines, "customer_id"), 4_338);
    assert_eq!(kept.sum(Table::OrderLines, "amount"), 891_140_790);
    let rejected: u64 = report.rejects.values().sum();
    assert_eq!(rejected + report.facts[&Table::OrderLines] + report.facts[&Table::Refunds], report.rows);
    assert_eq!(report.rejects["no_customer"], 135_080);
    assert_eq!(kept.rejects().len() as u64, rejected);
    let estimate = inspection.rows_estimate.unwrap();
    assert!((400_000..700_000).contains(&estimate), "{estimate}");
}

#[test]
fn cdnow_is_read_exactly() {
    for (file, rows, customers, orders, cents) in [
        ("btyd/cdnow_master_transactions.csv", 69_659, 23_570, 67_591, Some(250_031_563)),
        ("btyd/cdnow_sample_transactions.csv", 6_919, 2_357, 6_696, None),
    ] {
        let Some(path) = data(file) else { return };
        let (inspection, kept, report) = read_file(&path, &Wish::default());
        assert!(matches!(inspection.origin, Origin::Preset(_)), "{:?}", inspection.origin);
        assert_eq!(report.facts[&Table::OrderLines], rows);
        assert_eq!(kept.distinct(Table::OrderLines, "customer_id"), customers);
        assert_eq!(kept.distinct(Table::OrderLines, "order_id"), orders, "{file}");
        assert!(cents.is_none_or(|cents| kept.sum(Table::OrderLines, "amount") == cents));
        assert!(report.rejects.is_empty(), "{:?}", report.rejects);
    }
}
