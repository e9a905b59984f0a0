//! The history of one installation: opened, read at its newest version, added to, taken back.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use store::{AttributeRow, Catalogue, Commit, FileRow, Settings, Store};
use terms::{Currency, Instant, Zone};
use tokio::sync::OnceCell;

use crate::HistoryError;
use crate::bucket::{AHEAD, Bucket, Change, Rebuilt};
use crate::engine::{Engine, Source};
use crate::folder::{Folder, WriteLock, foreign};
use crate::intact::{Intact, fault, visible_fault};
use crate::schema::{Attribute, AttributeKind, Table, stored_schema};
use crate::snapshot::{Inner, Snapshot};
use crate::write::{DERIVED, Staged, derived_schema};

/// A customer history: files in a folder, their catalogue in the state database. Cheap to clone.
#[derive(Clone)]
pub struct History {
    pub(crate) store: Store,
    pub(crate) folder: Folder,
    pub(crate) intact: Intact,
    engine: Engine,
    threads: usize,
    latest: Arc<Mutex<Option<Snapshot>>>,
}

impl History {
    /// The history in `folder` with its catalogue in `store`; `threads` is how many cores it may use.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made or opened.
    pub fn open(folder: &Path, store: Store, threads: usize) -> Result<History, HistoryError> {
        let folder = Folder::open(folder)?;
        let engine = Engine::new(Some(&folder.history()), threads)?;
        let intact = Intact::new(&folder.history(), threads);
        Ok(History { store, folder, intact, engine, threads: threads.max(1), latest: Arc::default() })
    }

    /// The state database beside it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Cores it may use.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The history as it is now. When nothing changed since the last call, the same snapshot.
    ///
    /// # Errors
    ///
    /// When the state database cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, HistoryError> {
        let version = self.store.version().await?;
        if let Some(latest) = lock(&self.latest).as_ref().filter(|latest| latest.version() == version) {
            return Ok(latest.clone());
        }
        let (settings, catalogue) = self.state().await?;
        self.intact.keep(&catalogue.files);
        let snapshot = self.snapshot_of(&settings, catalogue)?;
        *lock(&self.latest) = Some(snapshot.clone());
        Ok(snapshot)
    }

    /// Settings and catalogue that belong together: days are told in the zone they were derived for, and a commit that
    /// changes both moves the version.
    async fn state(&self) -> Result<(Settings, Catalogue), HistoryError> {
        loop {
            let catalogue = self.store.catalogue().await?;
            let settings = self.store.settings().await?;
            if self.store.version().await? == catalogue.version {
                return Ok((settings, catalogue));
            }
        }
    }

    /// Forgets the snapshot kept, for when settings changed.
    pub fn refresh(&self) {
        *lock(&self.latest) = None;
    }

    fn snapshot_of(&self, settings: &Settings, catalogue: Catalogue) -> Result<Snapshot, HistoryError> {
        let attributes = attributes_of(&catalogue.attributes);
        let of = |table: Table| attributes.get(&table).cloned().unwrap_or_default();
        let mut files: HashMap<String, Vec<FileRow>> = HashMap::new();
        for file in catalogue.files {
            files.entry(file.table_name.clone()).or_default().push(file);
        }
        let facts = Table::ALL.iter().map(|table| (table.name(), stored_schema(*table, &of(*table))));
        let derived = DERIVED.iter().map(|name| (*name, derived_schema(name, &of)));
        let (mut tables, mut rows) = (HashMap::new(), HashMap::new());
        for (name, schema) in facts.chain(derived) {
            let files = files.remove(name).unwrap_or_default();
            rows.insert(name.to_owned(), files.iter().map(|file| file.rows as u64).sum());
            tables.insert(name.to_owned(), Source::files(schema, files, self.intact.clone()));
        }
        let inner = Inner {
            version: catalogue.version,
            zone: zone_of(settings),
            week: settings.week_start,
            currency: settings.currency.as_deref().and_then(|code| code.parse().ok()),
            watermark: catalogue.watermark.map(Instant),
            buckets: settings.buckets as u32,
            tables,
            rows,
            engine: self.engine.clone(),
            sql: OnceCell::new(),
            customers: OnceCell::new(),
        };
        Ok(Snapshot { inner: Arc::new(inner), among: None, named: None })
    }

    /// Takes an import back: its facts go, those that another import delivered too stay.
    ///
    /// # Errors
    ///
    /// [`HistoryError::NoImport`], [`HistoryError::AlreadyUndone`]; [`HistoryError::Busy`] while an import runs.
    pub async fn undo(&self, import: i64, now: Instant) -> Result<(), HistoryError> {
        let (_lock, number) = self.begin_writing(now).await?;
        let row = self.store.import(import).await?.ok_or(HistoryError::NoImport(import))?;
        if row.undone_at.is_some() {
            return Err(HistoryError::AlreadyUndone(import));
        }
        let (settings, catalogue) = (self.store.settings().await?, self.store.catalogue().await?);
        let rebuilt = self.rebuild(number, now, &settings, &catalogue, move |bucket| bucket.undo(import)).await?;
        let commit = commit_of(&catalogue, rebuilt, now);
        self.folder.sync()?;
        self.store.commit(Commit { undo: Some(import), ..commit }).await?;
        Ok(())
    }

    /// Keeps settings. Another zone moves the days of everything that is known: they are derived again for it, and
    /// settings and days are one commit.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Busy`] when the zone changes while an import runs; all is as before then.
    pub async fn save_settings(&self, settings: &Settings, now: Instant) -> Result<(), HistoryError> {
        if self.store.settings().await?.zone == settings.zone {
            self.store.save_settings(settings).await?;
        } else {
            let (_lock, commit) = self.in_zone_of(settings, now).await?;
            self.store.commit(commit).await?;
        }
        self.refresh();
        Ok(())
    }

    /// The commit that changes the zone; its files lie on the disk, and nobody knows them yet.
    async fn in_zone_of(&self, settings: &Settings, now: Instant) -> Result<(WriteLock, Commit), HistoryError> {
        let (lock, number) = self.begin_writing(now).await?;
        let catalogue = self.store.catalogue().await?;
        let rebuilt = self.rebuild(number, now, settings, &catalogue, |_| Ok(())).await?;
        let commit = commit_of(&catalogue, rebuilt, now);
        self.folder.sync()?;
        Ok((lock, Commit { settings: Some(settings.clone()), ..commit }))
    }

    /// Does something to every bucket that has files and derives again what follows from its facts.
    async fn rebuild(
        &self,
        number: i64,
        now: Instant,
        settings: &Settings,
        catalogue: &Catalogue,
        each: impl Fn(&mut Bucket<'_>) -> Result<(), HistoryError> + Send + Sync + 'static,
    ) -> Result<Vec<Rebuilt>, HistoryError> {
        let files = catalogue.files.clone();
        let work = self.of_buckets(number, now, settings, catalogue, move |change, number| {
            if !files.iter().any(|file| file.bucket == number as i32) {
                return Ok(Rebuilt::default());
            }
            let mut bucket = Bucket::open(change, number, &files)?;
            each(&mut bucket)?;
            bucket.finish()
        });
        work.await
    }

    /// Does `work` for every bucket, on threads of its own.
    pub(crate) async fn of_buckets(
        &self,
        number: i64,
        now: Instant,
        settings: &Settings,
        catalogue: &Catalogue,
        work: impl Fn(&Change<'_>, u32) -> Result<Rebuilt, HistoryError> + Send + Sync + 'static,
    ) -> Result<Vec<Rebuilt>, HistoryError> {
        let attributes = attributes_of(&catalogue.attributes);
        let (history, intact, threads) = (self.folder.history(), self.intact.clone(), self.threads);
        let (zone, buckets) = (zone_of(settings), settings.buckets as u32);
        blocking(move || {
            let change = Change {
                folder: Some(&history),
                intact: Some(&intact),
                buckets,
                zone: &zone,
                number,
                sources: &[],
                received_at: now.0,
                told_before: false,
                attributes: &attributes,
            };
            in_parallel(threads, buckets as usize, |bucket| work(&change, bucket as u32))
        })
        .await
    }

    /// Takes the write lock, a number no other change has, and clears away what a crash left behind.
    pub(crate) async fn begin_writing(&self, now: Instant) -> Result<(WriteLock, i64), HistoryError> {
        let lock = self.folder.lock()?;
        // Before a number is taken: a second try must not take the files of the first for leftovers.
        self.refuse_foreign().await?;
        let number = self.store.next_import_id().await?;
        // Readers of other processes may still be on files removed a moment ago.
        let old = self.store.removed_files(now.0 - GRACE).await?;
        for file in &old {
            let path = self.folder.history().join(&file.path);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(HistoryError::file("remove", &path, error));
                }
                _ => {}
            }
        }
        self.store.forget_files(&old.iter().map(|file| file.id).collect::<Vec<_>>()).await?;
        // Where a file we live by is missing or another one, the rest may be somebody's: nothing is cleared away.
        let (live, history) = (self.store.catalogue().await?.files, self.folder.history());
        if live.iter().all(|file| visible_fault(&history, file).is_none()) {
            self.folder.sweep(&lock, &self.known_files().await?)?;
        }
        Ok((lock, number))
    }

    /// Every file the state database knows, those that readers may still be on among them.
    async fn known_files(&self) -> Result<HashSet<String>, HistoryError> {
        let live = self.store.catalogue().await?.files;
        let waiting = self.store.removed_files(i64::MAX).await?;
        Ok(live.into_iter().chain(waiting).map(|file| file.path).collect())
    }

    /// Refuses a folder whose files another state database wrote: this one was lost, is older, or belongs elsewhere.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Foreign`] with one of the files.
    pub async fn refuse_foreign(&self) -> Result<(), HistoryError> {
        // Files are listed before the number is read: a file somebody is writing now has a number given before.
        let files = self.folder.files()?;
        let last = self.store.last_import_id().await?;
        if foreign(&files, &HashSet::new(), last).is_none() {
            return Ok(());
        }
        match foreign(&files, &self.known_files().await?, last) {
            Some(file) => Err(HistoryError::Foreign(file)),
            None => Ok(()),
        }
    }

    /// The files of the history whose bytes are not what was written: name and what is wrong with it.
    ///
    /// # Errors
    ///
    /// When the catalogue cannot be read.
    pub async fn damaged_files(&self) -> Result<Vec<(String, String)>, HistoryError> {
        let files = self.store.catalogue().await?.files;
        let (history, threads) = (self.folder.history(), self.threads);
        blocking(move || {
            let found = in_parallel(threads, files.len(), |place| Ok(fault(&history, &files[place])))?;
            let damaged = files.iter().zip(found).filter_map(|(file, fault)| Some((file.path.clone(), fault?.words())));
            Ok(damaged.collect())
        })
        .await
    }

    /// The same as far as it shows without reading them: missing, of another length, or found damaged when a question
    /// of this process first used them.
    ///
    /// # Errors
    ///
    /// When the catalogue cannot be read.
    pub async fn known_damage(&self) -> Result<Vec<(String, String)>, HistoryError> {
        let files = self.store.catalogue().await?.files;
        let mut damaged: BTreeMap<String, String> = self.intact.damaged_among(&files).into_iter().collect();
        let history = self.folder.history();
        for file in files {
            if let Some(fault) = visible_fault(&history, &file) {
                damaged.insert(file.path, fault.words());
            }
        }
        Ok(damaged.into_iter().collect())
    }

    /// Where rejects files lie, relative names resolved.
    pub fn rejects_file(&self, name: &str) -> PathBuf {
        self.folder.rejects().join(name)
    }
}

/// How long a removed file stays for readers that are still on it: ten minutes.
const GRACE: i64 = 600_000_000;

/// Runs work that would hold up the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, HistoryError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| HistoryError::internal(format!("a worker stopped: {error}")))?
}

/// Does `work` for 0..`count` on up to `threads` threads; the results are in order. The first error ends it.
pub(crate) fn in_parallel<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T, HistoryError> + Sync,
) -> Result<Vec<T>, HistoryError> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    let failed: Mutex<Option<HistoryError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count).max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || lock(&failed).is_some() {
                        return;
                    }
                    match work(number) {
                        Ok(result) => lock(&done).push((number, result)),
                        Err(error) => *lock(&failed) = Some(error),
                    }
                }
            });
        }
    });
    if let Some(error) = lock(&failed).take() {
        return Err(error);
    }
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// The files that change, as one commit.
pub(crate) fn commit_of(catalogue: &Catalogue, rebuilt: Vec<Rebuilt>, now: Instant) -> Commit {
    let watermark = latest_after(catalogue, &rebuilt, now.0.saturating_add(AHEAD));
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for bucket in rebuilt {
        add.extend(bucket.add);
        remove.extend(bucket.remove);
    }
    Commit { base: catalogue.version, add, remove, watermark, at: now.0, ..Commit::default() }
}

/// The last instant, up to `until`, of any fact after files were replaced: a planned end and a mistyped year lie beyond
/// and say nothing about how far we know. Where all facts do, it is the last of them.
fn latest_after(catalogue: &Catalogue, rebuilt: &[Rebuilt], until: i64) -> Option<i64> {
    let gone: HashSet<i64> = rebuilt.iter().flat_map(|bucket| bucket.remove.iter().copied()).collect();
    let is_fact = |table: &str| Table::from_name(table).is_some();
    let kept: Vec<i64> = catalogue
        .files
        .iter()
        .filter(|file| !gone.contains(&file.id) && is_fact(&file.table_name))
        .filter_map(|file| file.max_at)
        .collect();
    // What had happened in a file that stays had happened when the watermark was set.
    let known = kept.iter().map(|at| catalogue.watermark.map_or(*at, |before| before.min(*at)));
    let happened = known.filter(|at| *at <= until).chain(rebuilt.iter().filter_map(|bucket| bucket.happened)).max();
    let new = rebuilt.iter().flat_map(|bucket| &bucket.add).filter(|file| is_fact(&file.table_name));
    happened.or_else(|| kept.iter().copied().chain(new.filter_map(|file| file.max_at)).max())
}

/// The workspace's zone; what cannot be understood any more is UTC.
pub(crate) fn zone_of(settings: &Settings) -> Zone {
    settings.zone.parse().unwrap_or_else(|_| Zone::utc())
}

/// The currency most orders are in.
pub(crate) fn usual_currency(rebuilt: &[Rebuilt]) -> Option<Currency> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (currency, count) in rebuilt.iter().flat_map(|bucket| &bucket.currencies) {
        *counts.entry(currency).or_default() += count;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).and_then(|(currency, _)| currency.parse().ok())
}

pub(crate) fn attributes_of(rows: &[AttributeRow]) -> BTreeMap<Table, Vec<Attribute>> {
    let mut attributes: BTreeMap<Table, Vec<Attribute>> = BTreeMap::new();
    for row in rows {
        let kind = match row.kind.as_str() {
            "number" => AttributeKind::Number,
            "flag" => AttributeKind::Flag,
            _ => AttributeKind::Word,
        };
        if let Some(table) = Table::from_name(&row.table_name) {
            attributes.entry(table).or_default().push(Attribute { name: row.name.clone(), kind });
        }
    }
    attributes
}

pub(crate) fn attribute_rows(attributes: &BTreeMap<Table, Vec<Attribute>>) -> Vec<AttributeRow> {
    let word = |kind| match kind {
        AttributeKind::Word => "word",
        AttributeKind::Number => "number",
        AttributeKind::Flag => "flag",
    };
    let rows =
        attributes.iter().flat_map(|(table, attributes)| attributes.iter().map(move |attribute| (table, attribute)));
    rows.map(|(table, attribute)| AttributeRow {
        table_name: table.name().to_owned(),
        name: attribute.name.clone(),
        kind: word(attribute.kind).to_owned(),
    })
    .collect()
}

/// Rebuilds the buckets that were staged for.
pub(crate) fn merge_buckets(
    threads: usize,
    change: &Change<'_>,
    files: &[FileRow],
    staged: Vec<BTreeMap<Table, Staged>>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Rebuilt>, HistoryError> {
    let count = staged.len();
    let waiting: Vec<Mutex<Option<BTreeMap<Table, Staged>>>> =
        staged.into_iter().map(|bucket| Mutex::new(Some(bucket))).collect();
    let done = AtomicUsize::new(0);
    in_parallel(threads, count, |number| {
        let staged = lock(&waiting[number]).take().unwrap_or_default();
        let rebuilt = if staged.is_empty() {
            Rebuilt::default()
        } else {
            let mut bucket = Bucket::open(change, number as u32, files)?;
            bucket.merge(staged)?;
            bucket.finish()?
        };
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, count);
        Ok(rebuilt)
    })
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plan;
    use crate::read::{self, Wish};

    const HELSINKI: &str = "Europe/Helsinki";

    async fn open(folder: &Path) -> History {
        let url = format!("sqlite:{}", folder.join("state.db").display());
        History::open(folder, Store::open(&url).await.unwrap(), 2).unwrap()
    }

    /// One order, half an hour before midnight in UTC.
    async fn shop(folder: &Path) -> History {
        let file = folder.join("orders.csv");
        let text = "order id,customer,date,total,currency\n1,ana,2024-01-01T23:30:00Z,10.00,EUR\n";
        std::fs::write(&file, text).unwrap();
        let wish = Wish { holds: None, map: None, zone: Zone::utc(), currency: None, answers: Default::default() };
        let inspection = read::inspect(&file, &wish).unwrap();
        let history = open(folder).await;
        history.import(Plan { files: vec![(file, inspection)], now: Instant(1) }, |_| {}).await.unwrap();
        history
    }

    /// The zone as settings and snapshot say it, and the day of the order.
    async fn told(folder: &Path) -> (String, String, String) {
        let history = open(folder).await;
        let snapshot = history.snapshot().await.unwrap();
        let rows = snapshot.rows_of("select day from orders", crate::Limits::default()).await.unwrap();
        let zone = history.store().settings().await.unwrap().zone;
        (zone, snapshot.zone().name().to_owned(), rows.text(1).unwrap()[0][0].clone())
    }

    fn all_of(zone: &str, day: &str) -> (String, String, String) {
        (zone.to_owned(), zone.to_owned(), day.to_owned())
    }

    /// Stopped between any two lasting steps: the days are those of the zone, before as after.
    #[tokio::test]
    async fn a_zone_and_its_days_change_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let history = shop(folder.path()).await;
        let settings = |zone: &str| Settings { zone: zone.to_owned(), ..Settings::default() };
        assert_eq!(told(folder.path()).await, all_of("UTC", "2024-01-01"));
        // Every file is written, and nobody knows it yet.
        let (lock, commit) = history.in_zone_of(&settings(HELSINKI), Instant(2)).await.unwrap();
        assert_eq!(commit.add.len(), 4 - 1, "orders, order_days and customers; there are no events");
        assert_eq!(told(folder.path()).await, all_of("UTC", "2024-01-01"));
        // Whoever comes second while it runs is told, and changes nothing.
        let busy = open(folder.path()).await.save_settings(&settings("Asia/Tokyo"), Instant(3)).await;
        assert_eq!(busy.unwrap_err().code(), "busy");
        drop(lock); // as the operating system does when the process is killed
        assert_eq!(told(folder.path()).await, all_of("UTC", "2024-01-01"));
        // The one lasting step, and nothing after it.
        let (lock, commit) = history.in_zone_of(&settings(HELSINKI), Instant(4)).await.unwrap();
        history.store.commit(commit).await.unwrap();
        assert_eq!(told(folder.path()).await, all_of(HELSINKI, "2024-01-02"));
        drop(lock);
        history.save_settings(&settings("UTC"), Instant(5)).await.unwrap();
        assert_eq!(told(folder.path()).await, all_of("UTC", "2024-01-01"));
        assert_eq!(history.damaged_files().await.unwrap(), []);
    }
}
