//! Is a history file what was written? Each is held against its checksum once, before a process first uses it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::hash::Hasher;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use store::FileRow;
use twox_hash::XxHash3_64;

use crate::HistoryError;
use crate::history::{in_parallel, lock};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// What a process knows of the files it has used. Clones share it.
#[derive(Clone)]
pub(crate) struct Intact {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    threads: usize,
    /// By the number of the file, which no other file ever has.
    seen: Mutex<HashMap<i64, Arc<Seen>>>,
    /// What was found damaged: path and why.
    damaged: Mutex<BTreeMap<String, String>>,
}

/// One file: whether it was found intact, and whose turn it is to look.
#[derive(Default)]
struct Seen {
    intact: AtomicBool,
    turn: Mutex<()>,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is not there.
    Missing,
    /// Its bytes are others.
    Changed(String),
    /// The disk does not give it.
    Unreadable(std::io::Error),
}

impl Fault {
    /// In words that follow the file's name.
    pub(crate) fn words(&self) -> String {
        match self {
            Fault::Missing => "it is missing".to_owned(),
            Fault::Changed(how) => how.clone(),
            Fault::Unreadable(error) => format!("it cannot be read ({error})"),
        }
    }
}

impl Intact {
    /// Nothing is known yet of the files in `folder`.
    pub(crate) fn new(folder: &Path, threads: usize) -> Intact {
        let inner = Inner {
            folder: folder.to_owned(),
            threads: threads.max(1),
            seen: Mutex::default(),
            damaged: Mutex::default(),
        };
        Intact { inner: Arc::new(inner) }
    }

    /// Holds those files that are new to this process against their checksums; blocks while it reads.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Damaged`] with every file that is not what was written.
    pub(crate) fn check(&self, files: &[FileRow]) -> Result<(), HistoryError> {
        let fresh = self.fresh(files);
        if fresh.is_empty() {
            return Ok(());
        }
        let faults = in_parallel(self.inner.threads, fresh.len(), |place| Ok(self.look(&fresh[place])))?;
        let damaged: Vec<(String, String)> = faults.into_iter().flatten().collect();
        if damaged.is_empty() { Ok(()) } else { Err(HistoryError::Damaged { files: damaged }) }
    }

    /// Whether all of these files were found intact before.
    pub(crate) fn knows(&self, files: &[FileRow]) -> bool {
        self.fresh(files).is_empty()
    }

    /// Forgets files that are no more: a server lives through many imports.
    pub(crate) fn keep(&self, live: &[FileRow]) {
        let ids: HashSet<i64> = live.iter().map(|file| file.id).collect();
        lock(&self.inner.seen).retain(|id, _| ids.contains(id));
        let paths: HashSet<&str> = live.iter().map(|file| file.path.as_str()).collect();
        lock(&self.inner.damaged).retain(|path, _| paths.contains(path.as_str()));
    }

    /// What was found damaged since this process began, and is among these files.
    pub(crate) fn damaged_among(&self, files: &[FileRow]) -> Vec<(String, String)> {
        let damaged = lock(&self.inner.damaged);
        files.iter().filter_map(|file| Some((file.path.clone(), damaged.get(&file.path)?.clone()))).collect()
    }

    fn fresh(&self, files: &[FileRow]) -> Vec<(FileRow, Arc<Seen>)> {
        let mut seen = lock(&self.inner.seen);
        let entries = files.iter().map(|file| (file, seen.entry(file.id).or_default().clone()));
        entries
            .filter(|(_, seen)| !seen.intact.load(Ordering::Acquire))
            .map(|(file, seen)| (file.clone(), seen))
            .collect()
    }

    /// Looks at one file, unless somebody else did meanwhile.
    fn look(&self, (file, seen): &(FileRow, Arc<Seen>)) -> Option<(String, String)> {
        let _turn = lock(&seen.turn);
        if seen.intact.load(Ordering::Acquire) {
            return None;
        }
        match fault(&self.inner.folder, file) {
            None => {
                seen.intact.store(true, Ordering::Release);
                lock(&self.inner.damaged).remove(&file.path);
                None
            }
            Some(fault) => {
                let words = fault.words();
                lock(&self.inner.damaged).insert(file.path.clone(), words.clone());
                Some((file.path.clone(), words))
            }
        }
    }
}

/// What is wrong with a file of the history as far as its folder tells.
pub(crate) fn visible_fault(folder: &Path, row: &FileRow) -> Option<Fault> {
    match std::fs::metadata(folder.join(&row.path)) {
        Ok(about) if about.len() == row.bytes as u64 => None,
        Ok(about) => Some(Fault::Changed(format!("it has {} bytes instead of {}", about.len(), row.bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(Fault::Missing),
        Err(error) => Some(Fault::Unreadable(error)),
    }
}

/// What is wrong with a file of the history, or nothing.
pub(crate) fn fault(folder: &Path, row: &FileRow) -> Option<Fault> {
    if let Some(fault) = visible_fault(folder, row) {
        return Some(fault);
    }
    match File::open(folder.join(&row.path)).and_then(checksum) {
        Ok(sum) if sum == row.checksum => None,
        Ok(_) => Some(Fault::Changed("its content is not what was written".to_owned())),
        Err(error) => Some(Fault::Unreadable(error)),
    }
}

fn checksum(mut file: File) -> std::io::Result<String> {
    let mut hash = XxHash3_64::with_seed(0);
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(format!("{:016x}", hash.finish()));
        }
        hash.write(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, bytes: &[u8]) -> FileRow {
        FileRow {
            id: 1,
            table_name: "orders".to_owned(),
            bucket: 0,
            path: path.to_owned(),
            rows: 1,
            bytes: bytes.len() as i64,
            min_at: None,
            max_at: None,
            min_customer: 0,
            max_customer: 0,
            checksum: format!("{:016x}", XxHash3_64::oneshot_with_seed(0, bytes)),
        }
    }

    #[test]
    fn a_file_is_looked_at_until_it_is_found_intact_and_then_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let (path, bytes) = (folder.path().join("a.parquet"), b"what was written".as_slice());
        let (intact, files) = (Intact::new(folder.path(), 2), [row("a.parquet", bytes)]);
        let words = |found: Result<(), HistoryError>| match found {
            Err(HistoryError::Damaged { files }) => files[0].1.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(words(intact.check(&files)), "it is missing");
        std::fs::write(&path, b"what was writtem").unwrap();
        assert_eq!(words(intact.check(&files)), "its content is not what was written");
        assert_eq!(intact.damaged_among(&files).len(), 1);
        std::fs::write(&path, b"what").unwrap();
        assert_eq!(words(intact.check(&files)), "it has 4 bytes instead of 16");
        std::fs::write(&path, bytes).unwrap(); // put back from a backup: no restart is needed
        intact.check(&files).unwrap();
        assert!(intact.knows(&files) && intact.damaged_among(&files).is_empty());
        std::fs::remove_file(&path).unwrap(); // not looked at again
        intact.check(&files).unwrap();
        intact.keep(&[]);
        assert!(!intact.knows(&files));
    }
}
