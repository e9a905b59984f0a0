//! Whole files through the front door.

mod bad;
mod layouts;
mod splits;
mod unseen;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};

use super::*;
use crate::schema::Table;

/// Keeps everything, for tests.
#[derive(Default)]
pub struct Kept {
    pub batches: Mutex<Vec<(Table, RecordBatch)>>,
    pub rejects: Mutex<Vec<Reject<'static>>>,
}

impl Sink for Kept {
    fn facts(&self, table: Table, batch: RecordBatch) -> Result<(), SinkError> {
        // What withdraws an order is no fact, and is not counted as one.
        let withdrawn = batch.column_by_name("withdrawn").map(|column| column.as_boolean().clone());
        let told = |row: usize| withdrawn.as_ref().is_none_or(|flags| flags.is_null(row) || !flags.value(row));
        let keep: arrow::array::BooleanArray = (0..batch.num_rows()).map(|row| Some(told(row))).collect();
        let facts = arrow::compute::filter_record_batch(&batch, &keep).unwrap();
        if facts.num_rows() > 0 {
            self.batches.lock().unwrap().push((table, facts));
        }
        Ok(())
    }
    fn reject(&self, reject: Reject<'_>) -> Result<(), SinkError> {
        // Tests keep rows for longer than the reader does.
        let kept = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let Reject { file, line, field, value, code, reason, hint } = reject;
        let (file, field, value) = (kept(file), kept(field), kept(value));
        let (code, reason, hint) = (kept(code), kept(reason), kept(hint));
        self.rejects.lock().unwrap().push(Reject { file, line, field, value, code, reason, hint });
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
            let schema = batch.schema();
            for row in 0..batch.num_rows() {
                let cells = schema.fields().iter().zip(batch.columns()).filter(|(_, column)| column.is_valid(row));
                let cells = cells.map(|(field, column)| format!("{}={}", field.name(), shown(column.as_ref(), row)));
                lines.push(format!("{}: {}", table.name(), cells.collect::<Vec<_>>().join(" ")));
            }
        }
        lines.sort();
        lines
    }

    pub fn rejects(&self) -> Vec<Reject<'static>> {
        let mut rejects = self.rejects.lock().unwrap().clone();
        rejects.sort();
        rejects
    }
}

fn shown(column: &dyn Array, row: usize) -> String {
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => format!("{:?}", column.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        _ => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            jiff::Timestamp::from_microsecond(micros).unwrap().to_string()
        }
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

#[test]
fn other_sets_are_read_exactly() {
    if let Some(path) = data("complete_journey/transactions.parquet") {
        let (_, kept, report) = read_file(&path, &Wish::default());
        assert_eq!((report.rows, report.facts[&Table::OrderLines]), (1_469_307, 1_469_307));
        assert_eq!(kept.distinct(Table::OrderLines, "customer_id"), 2_469);
        assert_eq!(kept.distinct(Table::OrderLines, "order_id"), 155_848);
        assert_eq!(kept.sum(Table::OrderLines, "amount"), 459_603_958);
    }
    if let Some(path) = data("git_activity/events.parquet") {
        let (inspection, kept, report) = read_file(&path, &Wish::default());
        assert_eq!(report.facts[&Table::Events], 74_498);
        assert_eq!(kept.distinct(Table::Events, "customer_id"), 3_385);
        let attributes: Vec<String> = inspection.map.attributes(Table::Events).into_iter().map(|a| a.name).collect();
        assert_eq!(attributes, ["is_bot", "tz_offset_min", "workspace"]);
    }
    if let Some(path) = data("airline_loyalty/customer_loyalty_history.csv.gz") {
        let (_, kept, report) = read_file(&path, &Wish::default());
        let kinds = kept.texts(Table::SubscriptionChanges, "kind");
        let count = |word: &str| kinds.iter().filter(|kind| *kind == word).count();
        assert_eq!((count("start"), count("cancel")), (16_737, 2_067));
        assert!(report.rejects.is_empty());
    }
    if let Some(path) = data("ravenstack/ravenstack_subscriptions.csv") {
        let (_, kept, _) = read_file(&path, &Wish::default());
        let kinds = kept.texts(Table::SubscriptionChanges, "kind");
        assert_eq!(kinds.iter().filter(|kind| *kind == "cancel").count(), 486);
        assert_eq!(kept.sum(Table::SubscriptionChanges, "mrr_after"), 1_133_874_700);
    }
}

/// Every file of the shared data: facts by table, or the code of its error. With UPDATE_EXPECTED=1 the table is
/// written anew, to be read before it is committed.
#[test]
fn every_file_gives_facts_or_a_clear_error() {
    let expected = include_str!("tests/expected_files.txt");
    let Some(root) = data(".") else { return };
    let mut found = String::new();
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace("./", "");
        let line = match inspect(&path, &Wish::default()) {
            Err(error) => {
                assert!(!error.hint.is_empty() && !error.what.is_empty(), "{name}");
                format!("error {}", error.code)
            }
            Ok(inspection) => {
                let kept = Kept::default();
                match read(&path, &inspection, 2, &kept) {
                    Err(error) => format!("error {}", error.code),
                    Ok(report) => {
                        let facts = report
                            .facts
                            .iter()
                            .map(|(table, count)| format!(" {} {count}", table.name()))
                            .collect::<String>();
                        let rejects =
                            report.rejects.iter().map(|(code, count)| format!(" {code} {count}")).collect::<String>();
                        let origin = if let Origin::Preset(_) = inspection.origin { "preset" } else { "guess" };
                        format!("{origin}{facts}{}{rejects}", if rejects.is_empty() { "" } else { " |" })
                    }
                }
            }
        };
        found.push_str(&format!("{name}: {line}\n"));
    }
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/read/tests/expected_files.txt"), &found)
            .unwrap();
        return;
    }
    if found != expected {
        let wrong =
            found.lines().filter(|line| !expected.lines().any(|other| other == *line)).collect::<Vec<_>>().join("\n");
        let missing =
            expected.lines().filter(|line| !found.lines().any(|other| other == *line)).collect::<Vec<_>>().join("\n");
        panic!("found and not expected:\n{wrong}\nexpected and not found:\n{missing}");
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}

/// The map of the documentation is one that can be read, and that reads a file.
#[test]
fn the_documented_map_works() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/import.md");
    let page = std::fs::read_to_string(page).unwrap();
    let start = page.find("```toml\n").unwrap() + 8;
    let map = Map::from_toml(&page[start..start + page[start..].find("```").unwrap()]).unwrap();
    let text = "Teeladen\n\nBestellnummer;Kundennummer;E-Mail;Vorname;Nachname;Bestelldatum;Status;Artikelnummer;Artikel;Menge;Einzelpreis;Rabatt;Land;Filiale;Gewicht (kg)\n\
        1;K1;A@x.org;Ada;Öz;31.03.2024 10:00;bezahlt;T1;Tee;2;3,50;0,50;Deutschland;Mitte;0,2\n\
        2;;b@x.org;;;01.04.2024;bezahlt;T1;Tee;-1;3,50;;Österreich;Mitte;0,1\n\
        3;K1;;;;02.04.2024;storniert;T1;Tee;1;3,50;;Deutschland;Mitte;0,1\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.csv");
    std::fs::write(&path, encoding_rs::WINDOWS_1252.encode(text).0).unwrap();
    let (_, kept, report) = read_file(&path, &Wish { map: Some(map), ..Wish::default() });
    assert_eq!(report.rejects.keys().collect::<Vec<_>>(), ["not_bought"]);
    assert_eq!(
        kept.lines(),
        [
            "order_lines: customer_id=k1 at=2024-03-31T08:00:00Z order_id=1 product=T1 product_name=Tee quantity=2.0 unit_price=350 amount=650 discount=50 currency=EUR country=DE filiale=Mitte gewicht_kg=0.2",
            "profiles: customer_id=b@x.org at=2024-03-31T22:00:00Z email=b@x.org",
            "profiles: customer_id=k1 at=2024-03-31T08:00:00Z email=a@x.org name=Ada Öz",
            "refunds: customer_id=b@x.org at=2024-03-31T22:00:00Z order_id=2 product=T1 amount=350 currency=EUR",
        ]
    );
}

/// The list of meanings in the documents is that of the program.
#[test]
fn every_meaning_of_a_column_is_documented() {
    let text = include_str!("../../../../docs/import.md");
    let (_, list) = text.split_once("The meanings a column can have:").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let mut documented: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    let mut meanings = meanings();
    documented.sort_unstable();
    meanings.sort_unstable();
    assert_eq!(documented, meanings);
}
