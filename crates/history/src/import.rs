//! An import: files are read, staged, merged and committed; all of it or nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use store::{Commit, ImportRow, NewImport, Settings, StoreError};
use terms::Instant;

use crate::bucket::Change;
use crate::history::{
    attribute_rows, attributes_of, blocking, commit_of, lock, merge_buckets, usual_currency, zone_of,
};
use crate::read::{self, Inspection, Reject, Sink, SinkError};
use crate::schema::{Attribute, Table};
use crate::write::Stage;
use crate::{History, HistoryError};

mod keys;
use keys::Keys;
pub use keys::{map_key, shares_tables};

/// Staged facts held in memory before working files are used.
const BUDGET: usize = 144 << 20;
/// Rows of one bucket that merge comfortably; decides the number of buckets of a new history.
const BUCKET_ROWS: u64 = 400_000;

/// Files to import, each with what was found out about it.
pub struct Plan {
    /// The files.
    pub files: Vec<(PathBuf, Inspection)>,
    /// When they were received.
    pub now: Instant,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    /// Reading: bytes done of all bytes, rows so far.
    Reading {
        /// Bytes of the files as they lie on disk.
        bytes: u64,
        /// All bytes.
        of: u64,
        /// Rows so far.
        rows: u64,
    },
    /// Sorting and writing: buckets done of all buckets.
    Writing {
        /// Buckets done.
        done: usize,
        /// All buckets.
        of: usize,
    },
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// Its number; for files that were imported before, the number they had then.
    pub id: i64,
    /// Whether the very same files were imported before, so that nothing was done.
    pub repeated: bool,
    /// Rows read.
    pub rows: u64,
    /// New facts.
    pub added: u64,
    /// Facts that were known already.
    pub duplicates: u64,
    /// Facts read, by table.
    pub facts: BTreeMap<Table, u64>,
    /// Rows set aside or refused, by code.
    pub rejects: BTreeMap<String, u64>,
    /// Where the refused rows are listed.
    pub rejects_file: Option<PathBuf>,
    /// Values left empty because they did not fit their column, by attribute.
    pub unfit: BTreeMap<String, u64>,
}

impl History {
    /// Imports files: every good row becomes facts, every bad one is listed with its reason, and all of it is one
    /// commit. The same files again change nothing; a crash at any moment leaves the history as it was.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Busy`] while another import runs, [`HistoryError::Full`] when the disk is full,
    /// [`HistoryError::Read`] when a file cannot be read. Nothing was changed then.
    pub async fn import(
        &self,
        plan: Plan,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<ImportReport, HistoryError> {
        let (_lock, number) = self.begin_writing(plan.now).await?;
        let plan = Arc::new(self.with_owners(plan).await?);
        let hashed = plan.clone();
        let hashing = tokio::task::spawn_blocking(move || Keys::of(&hashed));
        // An empty history cannot know the files: reading need not wait for their hash.
        let mut hashing = Some(hashing);
        let mut known_keys = None;
        let mut told_before = false;
        if self.store.catalogue().await?.imports > 0
            && let Some(hashing) = hashing.take()
        {
            let keys = joined(hashing).await?;
            if let Some(before) = self.store.import_with_content(&keys.all()).await? {
                return Ok(repeated(&before, &self.folder.rejects()));
            }
            self.refuse_other_readings(&plan, &keys).await?;
            told_before = self.were_told(&keys).await?;
            known_keys = Some(keys);
        }
        let mut settings = self.store.settings().await?;
        let mut catalogue = self.store.catalogue().await?;
        if catalogue.files.is_empty() {
            settings = self.with_buckets(settings, buckets_for(&plan)).await?;
            catalogue = self.store.catalogue().await?; // settings are part of the version
        }
        let mut attributes = attributes_of(&catalogue.attributes);
        add_attributes(&mut attributes, &plan);
        let (work, history, rejects, threads) =
            (self.folder.work(number), self.folder.history(), self.folder.rejects(), self.threads());
        let (files, of_settings, now) = (catalogue.files.clone(), settings.clone(), plan.now);
        let intact = self.intact.clone();
        let read = blocking(move || {
            let buckets = of_settings.buckets as u32;
            let mut touched = attributes.clone();
            touched.retain(|table, _| plan.files.iter().any(|(_, inspection)| inspection.map.tables().contains(table)));
            let stage = Stage::new(Some(work.clone()), buckets, BUDGET, &touched)?;
            let receiver = Receiver::new(stage, rejects.join(format!("{number:06}.csv")), &progress, &plan);
            let report = receiver.read_all(&plan, threads)?;
            let (stage, rejects_file) = receiver.finish()?;
            let (counts, span) = (stage.counts(), stage.span());
            let sources: Vec<&str> = plan.files.iter().map(|(_, inspection)| inspection.map.name.as_str()).collect();
            let zone = zone_of(&of_settings);
            let change = Change {
                folder: Some(&history),
                intact: Some(&intact),
                buckets,
                zone: &zone,
                number,
                sources: &sources,
                received_at: now.0,
                told_before,
                attributes: &attributes,
            };
            let say = |done, of| progress(Progress::Writing { done, of });
            let rebuilt = merge_buckets(threads, &change, &files, stage.finish()?, &say)?;
            let _ = std::fs::remove_dir_all(&work); // what is left is swept before the next import
            Ok((plan, report, rejects_file, counts, span, rebuilt, attributes))
        })
        .await?;
        let (plan, report, rejects_file, counts, span, rebuilt, attributes) = read;
        let keys = match hashing {
            Some(hashing) => joined(hashing).await?,
            None => known_keys.unwrap_or_default(),
        };
        let content_key = keys.all();
        // Rows whose order was not known yet may find it next time: then the same files are not the same import.
        let open = report.rejects.contains_key("owner_unknown");
        let content_key = if open { format!("{content_key}?{number}") } else { content_key };
        let currency = usual_currency(&rebuilt);
        let added = rebuilt.iter().map(|bucket| bucket.counts.added).sum();
        let duplicates = rebuilt.iter().map(|bucket| bucket.counts.duplicates).sum();
        let result = ImportReport {
            id: number,
            repeated: false,
            rows: report.rows,
            added,
            duplicates,
            facts: counts,
            rejects: report.rejects,
            rejects_file,
            unfit: report.unfit,
        };
        let commit = Commit {
            import: Some(NewImport {
                readings: keys.readings(&plan),
                ..import_row(&plan, &content_key, &result, span)
            }),
            attributes: attribute_rows(&attributes),
            currency: currency.map(|currency| currency.code().to_owned()),
            ..commit_of(&catalogue, rebuilt, plan.now)
        };
        self.folder.sync()?;
        self.store.commit(commit).await?;
        Ok(result)
    }

    /// The settings with so many buckets. A history that lost all its files to damage keeps the number it had.
    async fn with_buckets(&self, before: Settings, buckets: i32) -> Result<Settings, HistoryError> {
        let wanted = Settings { buckets, ..before.clone() };
        match self.store.save_settings(&wanted).await {
            Ok(()) => Ok(wanted),
            Err(StoreError::BucketsFixed { .. }) => Ok(before),
            Err(error) => Err(error.into()),
        }
    }
}

async fn joined(hashing: tokio::task::JoinHandle<Result<Keys, HistoryError>>) -> Result<Keys, HistoryError> {
    hashing.await.map_err(|error| HistoryError::internal(format!("a worker stopped: {error}")))?
}

/// The last part of a path.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A power of two, so that a bucket can be split in two when a history outgrows it.
fn buckets_for(plan: &Plan) -> i32 {
    let rows: u64 = plan.files.iter().filter_map(|(_, inspection)| inspection.rows_estimate).sum();
    (rows / BUCKET_ROWS).clamp(16, 256).next_power_of_two() as i32
}

fn add_attributes(attributes: &mut BTreeMap<Table, Vec<Attribute>>, plan: &Plan) {
    for (_, inspection) in &plan.files {
        for table in inspection.map.tables() {
            let known = attributes.entry(table).or_default();
            for attribute in inspection.map.attributes(table) {
                if !known.iter().any(|other| other.name == attribute.name) {
                    known.push(attribute);
                }
            }
        }
    }
}

fn repeated(before: &ImportRow, rejects: &Path) -> ImportReport {
    let counts: BTreeMap<String, u64> = serde_json::from_str(&before.counts).unwrap_or_default();
    ImportReport {
        id: before.id,
        repeated: true,
        rows: 0,
        added: 0,
        duplicates: before.facts as u64,
        facts: counts.into_iter().filter_map(|(name, rows)| Some((Table::from_name(&name)?, rows))).collect(),
        rejects: BTreeMap::new(),
        rejects_file: before.rejects_path.as_ref().map(|name| rejects.join(name)),
        unfit: BTreeMap::new(),
    }
}

fn import_row(plan: &Plan, content_key: &str, report: &ImportReport, span: Option<(i64, i64)>) -> NewImport {
    let names: Vec<String> = plan.files.iter().map(|(path, _)| name_of(path)).collect();
    let counts: BTreeMap<&str, u64> = report.facts.iter().map(|(table, rows)| (table.name(), *rows)).collect();
    let first = plan.files.first().map(|(_, inspection)| &inspection.map);
    let reasons = serde_json::json!({ "files": names, "rows": report.rows, "rejects": report.rejects });
    NewImport {
        id: report.id,
        at: plan.now.0,
        files: reasons.to_string(),
        content_key: content_key.to_owned(),
        map_name: first.map(|map| map.name.clone()).unwrap_or_default(),
        map_text: first.map(|map| map.to_toml()).unwrap_or_default(),
        facts: report.added as i64,
        duplicates: report.duplicates as i64,
        rejects: report.rejects.values().sum::<u64>() as i64,
        counts: serde_json::to_string(&counts).unwrap_or_default(),
        rejects_path: report.rejects_file.as_ref().map(|path| name_of(path)),
        min_at: span.map(|span| span.0),
        max_at: span.map(|span| span.1),
        readings: Vec::new(),
    }
}

/// Takes what the readers hand out: facts to the stage, refused rows to their file, progress to whoever watches.
struct Receiver<'a> {
    stage: Stage,
    rejects: Mutex<Rejects>,
    progress: &'a (dyn Fn(Progress) + Sync),
    bytes_before: AtomicU64,
    rows_before: AtomicU64,
    bytes_all: u64,
}

/// The file of refused rows, written by hand: what follows the value is the same for every row of a reason.
struct Rejects {
    path: PathBuf,
    out: Option<BufWriter<File>>,
    tails: Vec<(String, Vec<u8>)>,
}

impl Rejects {
    fn write(&mut self, reject: &Reject<'_>) -> Result<(), HistoryError> {
        let failed = |error| HistoryError::file("write", &self.path, error);
        if self.out.is_none() {
            let file = File::create(&self.path).map_err(failed)?;
            let mut out = BufWriter::with_capacity(1 << 18, file);
            out.write_all(b"file,line,field,value,code,reason,hint\n").map_err(failed)?;
            self.out = Some(out);
        }
        let tail = match self.tails.iter().position(|(code, _)| code == reject.code) {
            Some(known) => known,
            None => {
                let mut tail = Vec::new();
                for cell in [reject.code, reject.reason, reject.hint] {
                    tail.push(b',');
                    write_cell(&mut tail, cell).map_err(failed)?;
                }
                tail.push(b'\n');
                self.tails.push((reject.code.to_owned(), tail));
                self.tails.len() - 1
            }
        };
        let Some(out) = &mut self.out else { return Ok(()) };
        write_cell(out, reject.file).map_err(failed)?;
        write!(out, ",{},", reject.line).map_err(failed)?;
        write_cell(out, reject.field).map_err(failed)?;
        out.write_all(b",").map_err(failed)?;
        write_cell(out, reject.value).map_err(failed)?;
        out.write_all(&self.tails[tail].1).map_err(failed)
    }
}

/// One cell of CSV: harmless to spreadsheets, quoted where it must be.
fn write_cell(out: &mut impl Write, cell: &str) -> std::io::Result<()> {
    let cell = harmless(cell);
    if !cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return out.write_all(cell.as_bytes());
    }
    write!(out, "\"{}\"", cell.replace('"', "\"\""))
}

impl<'a> Receiver<'a> {
    fn new(stage: Stage, rejects: PathBuf, progress: &'a (dyn Fn(Progress) + Sync), plan: &Plan) -> Receiver<'a> {
        Receiver {
            stage,
            rejects: Mutex::new(Rejects { path: rejects, out: None, tails: Vec::new() }),
            progress,
            bytes_before: AtomicU64::new(0),
            rows_before: AtomicU64::new(0),
            bytes_all: plan.files.iter().map(|(_, inspection)| inspection.bytes).sum(),
        }
    }

    fn read_all(&self, plan: &Plan, threads: usize) -> Result<read::ReadReport, HistoryError> {
        let mut all = read::ReadReport::default();
        for (path, inspection) in &plan.files {
            let report = read::read(path, inspection, threads, self).map_err(HistoryError::from)?;
            self.stage.next_file();
            all.add(&report);
            self.bytes_before.fetch_add(inspection.bytes, Ordering::Relaxed);
            self.rows_before.store(all.rows, Ordering::Relaxed);
        }
        Ok(all)
    }

    fn finish(self) -> Result<(Stage, Option<PathBuf>), HistoryError> {
        let rejects = self.rejects.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let path = match rejects.out {
            Some(mut out) => {
                out.flush().map_err(|error| HistoryError::file("write", &rejects.path, error))?;
                Some(rejects.path)
            }
            None => None,
        };
        Ok((self.stage, path))
    }
}

impl Sink for Receiver<'_> {
    fn facts(&self, table: Table, batch: RecordBatch) -> Result<(), SinkError> {
        Ok(self.stage.push(table, batch)?)
    }

    fn reject(&self, reject: Reject<'_>) -> Result<(), SinkError> {
        lock(&self.rejects).write(&reject)?;
        Ok(())
    }

    fn progress(&self, bytes_done: u64, rows_done: u64) {
        (self.progress)(Progress::Reading {
            bytes: self.bytes_before.load(Ordering::Relaxed) + bytes_done,
            of: self.bytes_all,
            rows: self.rows_before.load(Ordering::Relaxed) + rows_done,
        });
    }
}

/// A cell that a spreadsheet will not run as a formula (CWE-1236): full-width forms and control characters included.
pub(crate) fn harmless(cell: &str) -> std::borrow::Cow<'_, str> {
    match cell.trim_start_matches(' ').chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
            if cell.parse::<f64>().is_err() =>
        {
            format!("'{cell}").into()
        }
        _ => cell.into(),
    }
}

impl From<read::ReadError> for HistoryError {
    fn from(error: read::ReadError) -> HistoryError {
        // What the stage said is the real error, not that the reader could not go on.
        let message = error.to_string();
        match error.cause.map(|cause| cause.downcast::<HistoryError>()) {
            Some(Ok(own)) => *own,
            Some(Err(cause)) if error.code == "file_unreadable" => {
                HistoryError::Read { message: format!("{message} ({cause})"), code: error.code, hint: error.hint }
            }
            _ => HistoryError::Read { message, code: error.code, hint: error.hint },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn cells_that_spreadsheets_would_run_are_quoted() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+HYPERLINK(A1)", "'+HYPERLINK(A1)"),
            ("  @SUM(A1)", "'  @SUM(A1)"),
            ("＝1", "'＝1"),
            ("-12.50", "-12.50"),
            ("tea", "tea"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), written);
        }
    }
}
