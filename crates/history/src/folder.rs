//! The folder of an installation: where files lie, who may write, what is left over from a crash.

use std::collections::HashSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::HistoryError;

/// The folders of one installation.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

/// Held while somebody writes; the operating system releases it when the process ends, however it ends.
pub(crate) struct WriteLock {
    _file: File,
}

impl Folder {
    /// The folder at `root`, made if missing.
    pub(crate) fn open(root: &Path) -> Result<Folder, HistoryError> {
        let folder = Folder { root: root.to_owned() };
        for path in [folder.history(), folder.rejects()] {
            std::fs::create_dir_all(&path).map_err(|error| HistoryError::file("create", &path, error))?;
        }
        Ok(folder)
    }

    /// Where history files lie.
    pub(crate) fn history(&self) -> PathBuf {
        self.root.join("history")
    }

    /// Where rejects files lie.
    pub(crate) fn rejects(&self) -> PathBuf {
        self.root.join("rejects")
    }

    /// Where an import keeps its working files.
    pub(crate) fn work(&self, import: i64) -> PathBuf {
        self.root.join("work").join(import.to_string())
    }

    /// Waits for nobody: an import that is running in another process is told at once.
    pub(crate) fn lock(&self) -> Result<WriteLock, HistoryError> {
        let path = self.root.join("write.lock");
        let file = File::create(&path).map_err(|error| HistoryError::file("write", &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(WriteLock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(HistoryError::Busy),
            Err(std::fs::TryLockError::Error(error)) => Err(HistoryError::file("lock", &path, error)),
        }
    }

    /// Makes the names of new files last: a power cut may lose the name of a file whose content is on the disk.
    pub(crate) fn sync(&self) -> Result<(), HistoryError> {
        let history = self.history();
        entries(&history)?.into_iter().chain([history]).try_for_each(|folder| sync_folder(&folder))
    }

    /// Sets a file of the history aside, where nothing removes it; says where, or nothing when it is not there.
    pub(crate) fn set_aside(&self, _: &WriteLock, name: &str) -> Result<Option<PathBuf>, HistoryError> {
        let (from, damaged) = (self.history().join(name), self.root.join("damaged"));
        let mut to = damaged.join(name);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(|error| HistoryError::file("create", parent, error))?;
        }
        // One that was put back from here and found damaged again takes nobody's place.
        let mut copy = 1;
        while to.exists() {
            copy += 1;
            to = damaged.join(format!("{name}.{copy}"));
        }
        match std::fs::rename(&from, &to) {
            Ok(()) => {
                to.parent().map_or(Ok(()), sync_folder)?;
                Ok(Some(to))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(HistoryError::file("set aside", &from, error)),
        }
    }

    /// Removes what a killed import left: its working files, and history files the catalogue does not know. Only
    /// whoever holds the lock may do this.
    ///
    /// Every change takes a new number from the state database before it writes, and its files carry it. A file with a
    /// number this database has not given out yet was written under another one: the state was lost, exchanged or is
    /// older than the files. Then nothing is removed and nothing may be written.
    pub(crate) fn sweep(&self, _: &WriteLock, known: &HashSet<String>) -> Result<(), HistoryError> {
        let work = self.root.join("work");
        if work.exists() {
            std::fs::remove_dir_all(&work).map_err(|error| HistoryError::file("remove", &work, error))?;
        }
        for (_, file) in self.files()?.into_iter().filter(|(name, _)| !known.contains(name)) {
            std::fs::remove_file(&file).map_err(|error| HistoryError::file("remove", &file, error))?;
        }
        Ok(())
    }

    /// The files of the history, by their names in the catalogue.
    pub(crate) fn files(&self) -> Result<Vec<(String, PathBuf)>, HistoryError> {
        let history = self.history();
        let mut files = Vec::new();
        for table in entries(&history)?.into_iter().filter(|table| table.is_dir()) {
            for file in entries(&table)? {
                let name = file.strip_prefix(&history).unwrap_or(&file).to_string_lossy().replace('\\', "/");
                files.push((name, file));
            }
        }
        Ok(files)
    }
}

fn sync_folder(folder: &Path) -> Result<(), HistoryError> {
    // Only Unix opens folders as files.
    if !cfg!(unix) || !folder.is_dir() {
        return Ok(());
    }
    match File::open(folder).and_then(|opened| opened.sync_all()) {
        // Some file systems of networks know no such thing.
        Err(error) if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Err(HistoryError::file("write", folder, error))
        }
        _ => Ok(()),
    }
}

/// The first of the files that was written by a change after `last`, and so by nobody this state database knows.
pub(crate) fn foreign(files: &[(String, PathBuf)], known: &HashSet<String>, last: i64) -> Option<String> {
    let strange = |name: &&String| number_of(name).is_some_and(|of_file| of_file > last) && !known.contains(*name);
    files.iter().map(|(name, _)| name).find(strange).cloned()
}

/// The number of the change that wrote a file: `orders/0003-00000007.parquet` is of change 7.
fn number_of(name: &str) -> Option<i64> {
    name.strip_suffix(".parquet")?.rsplit_once('-')?.1.parse().ok()
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, HistoryError> {
    let list = std::fs::read_dir(path).map_err(|error| HistoryError::file("read", path, error))?;
    list.map(|entry| entry.map(|entry| entry.path()).map_err(|error| HistoryError::file("read", path, error))).collect()
}
