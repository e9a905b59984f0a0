//! The way out of damage: damaged files are set aside, what follows from facts is derived again, and the imports whose
//! facts are lost can be made again.
//!
//! Facts that are intact stay where they are, so importing the same files again adds exactly those that are missing:
//! a damaged file held all facts of its table for the customers of its bucket, and copies are counted against what is
//! left. The versions of an order or invoice come back in the order of the imports, so the oldest goes first.

use std::collections::{BTreeMap, HashSet};

use store::{Commit, FileRow, ImportRow};
use terms::Instant;

use crate::bucket::{Bucket, Rebuilt};
use crate::history::{blocking, commit_of, in_parallel};
use crate::intact::{Fault, fault};
use crate::schema::Table;
use crate::{History, HistoryError};

/// What a repair did.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Repair {
    /// Damaged files, each with what was wrong with it. They lie in the folder `damaged` now, unless they were missing.
    pub damaged: Vec<(String, String)>,
    /// How many of them held facts; everything else was derived again.
    pub of_facts: usize,
    /// Facts that are not in the history any more.
    pub facts_lost: u64,
}

impl History {
    /// Sets damaged files aside and brings the rest in order again, all of it as one commit. Which imports to make
    /// again is what [`Store::imports_with_lost_facts`](store::Store::imports_with_lost_facts) says.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Busy`] while an import runs; [`HistoryError::File`] when a file may not be read: that is no
    /// damage. The history is as it was then.
    pub async fn repair(&self, now: Instant) -> Result<Repair, HistoryError> {
        let (lock, number) = self.begin_writing(now).await?;
        let (settings, catalogue) = (self.store.settings().await?, self.store.catalogue().await?);
        let damaged = self.faults(&catalogue.files).await?;
        if damaged.is_empty() {
            return Ok(Repair::default());
        }
        let imports = self.store.imports_in_force().await?;
        let of_facts: Vec<&FileRow> = damaged.iter().map(|(file, _)| file).filter(|file| holds_facts(file)).collect();
        let lost = imports.iter().filter(|import| of_facts.iter().any(|file| may_be_in(import, file)));
        let lost = lost.map(|import| import.id).collect();
        let repair = Repair {
            damaged: damaged.iter().map(|(file, fault)| (file.path.clone(), fault.words())).collect(),
            of_facts: of_facts.len(),
            facts_lost: of_facts.iter().map(|file| file.rows as u64).sum(),
        };
        let (ids, files): (HashSet<i64>, _) =
            (damaged.iter().map(|(file, _)| file.id).collect(), catalogue.files.clone());
        let touched: HashSet<i32> = damaged.iter().map(|(file, _)| file.bucket).collect();
        let work = self.of_buckets(number, now, &settings, &catalogue, move |change, bucket| {
            if !touched.contains(&(bucket as i32)) {
                return Ok(Rebuilt::default());
            }
            Bucket::salvage(change, bucket, &files, &ids)?.finish()
        });
        let commit = commit_of(&catalogue, work.await?, now);
        // Before the commit: after it they would be removed like any replaced file. Stopped in between, they are
        // missing instead of damaged, and the next repair goes on.
        for (path, _) in &repair.damaged {
            self.folder.set_aside(&lock, path)?;
        }
        self.folder.sync()?;
        self.store.commit(Commit { lost, ..commit }).await?;
        self.refresh();
        Ok(repair)
    }

    /// Every file that is not what was written.
    async fn faults(&self, files: &[FileRow]) -> Result<Vec<(FileRow, Fault)>, HistoryError> {
        let (files, history, threads) = (files.to_vec(), self.folder.history(), self.threads());
        blocking(move || {
            let found = in_parallel(threads, files.len(), |place| match fault(&history, &files[place]) {
                Some(Fault::Unreadable(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    Err(HistoryError::file("read", &history.join(&files[place].path), error))
                }
                found => Ok(found),
            })?;
            Ok(files.into_iter().zip(found).filter_map(|(file, fault)| Some((file, fault?))).collect())
        })
        .await
    }
}

fn holds_facts(file: &FileRow) -> bool {
    Table::from_name(&file.table_name).is_some()
}

/// Whether facts of the import may have been in a file that nobody can read any more. The ledger knows the tables and
/// the time of each import; one too many costs a repetition that changes nothing.
fn may_be_in(import: &ImportRow, file: &FileRow) -> bool {
    let counts: BTreeMap<String, u64> = serde_json::from_str(&import.counts).unwrap_or_default();
    let of_table = counts.get(&file.table_name).is_some_and(|facts| *facts > 0);
    let apart = match (import.min_at, import.max_at, file.min_at, file.max_at) {
        (Some(import_min), Some(import_max), Some(file_min), Some(file_max)) => {
            import_max < file_min || file_max < import_min
        }
        _ => false,
    };
    of_table && !apart
}
