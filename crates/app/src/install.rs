//! One installation, opened.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use history::{History, HistoryError, Limits, Repair, Snapshot};
use serde::Serialize;
use store::{Settings, Store};
use terms::Instant;

use crate::pages::Kept;
use crate::{Config, Place, Problem};

/// An installation of Regulars: its state, its history, its settings. Cheap to clone.
#[derive(Clone)]
pub struct App {
    data: PathBuf,
    store: Store,
    history: History,
    limits: Limits,
    /// The settings `regulars.toml` decides.
    fixed: Vec<&'static str>,
    pub(crate) kept: Arc<Kept>,
}

/// Held by the one server of a folder.
pub struct ServeLock {
    _file: File,
}

/// What `doctor` and `/health` say.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// Whether all is well.
    pub ok: bool,
    /// The version of this program.
    pub version: &'static str,
    /// Where the state is, without secrets.
    pub database: String,
    /// The version of the history.
    pub history_version: i64,
    /// The last fact, RFC 3339; empty when there is none.
    pub data_until: Option<String>,
    /// Facts by view.
    pub rows: Vec<(String, u64)>,
    /// Bytes of the live history files.
    pub history_bytes: i64,
    /// Live history files.
    pub history_files: usize,
    /// Imports of which facts were lost with damaged files, oldest first.
    pub import_again: Vec<ImportAgain>,
    /// What is wrong, in words.
    pub problems: Vec<String>,
}

/// An import to make again.
#[derive(Debug, Clone, Serialize)]
pub struct ImportAgain {
    /// Its number.
    pub id: i64,
    /// When it was made, RFC 3339.
    pub at: String,
    /// Its files.
    pub files: Vec<String>,
}

impl App {
    /// Opens the installation at a place; an empty folder becomes one.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made, `regulars.toml` cannot be understood, or the state cannot be opened.
    pub async fn open(place: Place) -> Result<App, Problem> {
        std::fs::create_dir_all(&place.data).map_err(|error| {
            let message = format!("cannot create the folder {}: {error}", place.data.display());
            Problem::invalid("no_folder", message, "choose another folder with --data")
        })?;
        let config = Config::read(&place.data)?;
        let own = || format!("sqlite:{}", place.data.join("state.db").display());
        let url = place.database.clone().or_else(|| config.database.clone()).unwrap_or_else(own);
        let store = Store::open(&url).await?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let threads = place.threads.or(config.threads).unwrap_or(cores).clamp(1, 256);
        let history = History::open(&place.data, store.clone(), threads)?;
        history.refuse_foreign().await?;
        let fixed = crate::settings::fixed_by(&config);
        let limits = config.limits();
        let app = App { data: place.data, store, history, limits, fixed, kept: Arc::default() };
        app.apply(&config).await?;
        Ok(app)
    }

    /// Brings the settings in line with what `regulars.toml` says.
    async fn apply(&self, config: &Config) -> Result<(), Problem> {
        let before = self.store.settings().await?;
        let mut settings = before.clone();
        if let Some(zone) = &config.zone {
            settings.zone = zone.parse::<terms::Zone>()?.name().to_owned();
        }
        if let Some(currency) = &config.currency {
            settings.currency = Some(currency.parse::<terms::Currency>()?.code().to_owned());
        }
        if let Some(name) = &config.name {
            settings.name.clone_from(name);
        }
        if let Some(week) = config.week_start {
            settings.week_start = week;
        }
        if settings != before {
            self.save_settings(&settings).await?;
        }
        Ok(())
    }

    /// The folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The state.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The history.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The settings that `regulars.toml` decides, and nobody else.
    pub fn fixed(&self) -> &[&'static str] {
        &self.fixed
    }

    /// Now.
    pub fn now(&self) -> Instant {
        Instant(jiff::Timestamp::now().as_microsecond())
    }

    /// The settings of the workspace.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn settings(&self) -> Result<Settings, Problem> {
        Ok(self.store.settings().await?)
    }

    /// Saves settings; a new zone moves the days of everything that is known already.
    ///
    /// # Errors
    ///
    /// When the zone or currency is unknown, or the state cannot be written.
    pub async fn save_settings(&self, settings: &Settings) -> Result<(), Problem> {
        let (history, settings, now) = (self.history.clone(), settings.clone(), self.now());
        apart(async move { history.save_settings(&settings, now).await }).await
    }

    /// What a query in SQL may cost here.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Sets damaged history files aside and brings the rest in order again.
    ///
    /// # Errors
    ///
    /// `busy` while an import runs; when a file may not be read or moved. The history is as it was then.
    pub async fn repair(&self) -> Result<Repair, Problem> {
        let (history, now) = (self.history.clone(), self.now());
        apart(async move { history.repair(now).await }).await
    }

    /// The history as it is now.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, Problem> {
        self.snapshot_by(None).await
    }

    /// Makes this process the one server of the folder.
    ///
    /// # Errors
    ///
    /// `already_served` when another one is running.
    pub fn serve_lock(&self) -> Result<ServeLock, Problem> {
        let path = self.data.join("serve.lock");
        let file = File::create(&path).map_err(|error| {
            Problem::invalid(
                "no_folder",
                format!("cannot write {}: {error}", path.display()),
                "choose another folder with --data",
            )
        })?;
        match file.try_lock() {
            Ok(()) => Ok(ServeLock { _file: file }),
            Err(_) => Err(Problem {
                kind: crate::Kind::Busy,
                ..Problem::invalid(
                    "already_served",
                    format!("another Regulars is serving the folder {}", self.data.display()),
                    "stop it, or choose another folder with --data",
                )
            }),
        }
    }

    /// How the installation is. With `deep`, every history file is read and held against its checksum.
    ///
    /// # Errors
    ///
    /// When the state cannot be read at all.
    pub async fn health(&self, deep: bool) -> Result<Health, Problem> {
        let catalogue = self.store.catalogue().await?;
        let snapshot = self.snapshot().await?;
        let customers = match snapshot.customers().await {
            Ok(customers) => Some(customers),
            Err(HistoryError::Damaged { .. }) => None, // named below
            Err(error) => return Err(error.into()),
        };
        let damaged = if deep { self.history.damaged_files().await? } else { self.history.known_damage().await? };
        let import_again: Vec<ImportAgain> =
            self.store.imports_with_lost_facts().await?.iter().map(ImportAgain::of).collect();
        let words = |(file, why)| format!("the history file {file} is damaged: {why}");
        let mut problems: Vec<String> = damaged.into_iter().map(words).collect();
        problems.extend(import_again.iter().map(ImportAgain::words));
        let mut rows: Vec<(String, u64)> = history::schema::Table::ALL
            .iter()
            .map(|table| table.name())
            .chain(["orders"])
            .map(|view| (view.to_owned(), snapshot.rows(view)))
            .chain(customers.map(|customers| ("customers".to_owned(), customers)))
            .filter(|(_, rows)| *rows > 0)
            .collect();
        rows.sort();
        Ok(Health {
            ok: problems.is_empty(),
            version: env!("CARGO_PKG_VERSION"),
            database: self.store.place().to_owned(),
            history_version: catalogue.version,
            data_until: snapshot.watermark().map(rfc3339),
            rows,
            history_bytes: catalogue.files.iter().map(|file| file.bytes).sum(),
            history_files: catalogue.files.len(),
            import_again,
            problems,
        })
    }
}

impl ImportAgain {
    fn of(row: &store::ImportRow) -> ImportAgain {
        ImportAgain { id: row.id, at: rfc3339(Instant(row.at)), files: crate::pages::files_of(row) }
    }

    fn words(&self) -> String {
        let (id, at, files) = (self.id, &self.at, self.files.join(", "));
        format!("facts of import {id} ({at}) were lost with a damaged file: import {files} again")
    }
}

/// Does work on a task of its own: whoever asked may go away, and would let go of the lock in the middle.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, HistoryError>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(work).await {
        Ok(done) => Ok(done?),
        Err(stopped) => Err(Problem {
            kind: crate::Kind::Ours,
            ..Problem::invalid(
                "internal",
                format!("the work stopped: {stopped}"),
                "this is our mistake; please report it",
            )
        }),
    }
}

/// An instant as `2011-12-09T12:50:00Z`.
pub fn rfc3339(at: Instant) -> String {
    jiff::Timestamp::from_microsecond(at.0).map(|timestamp| timestamp.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two servers of one folder, and two imports into it at once: the second is told so, and the first goes on.
    #[tokio::test]
    async fn one_server_and_one_import_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path().join("data"), folder.path().join("orders.csv"));
        let rows: String = (0..60_000).map(|row| format!("{row},c{row},2024-01-05,10.00,EUR\n")).collect();
        std::fs::write(&file, format!("order id,customer,date,total,currency\n{rows}")).unwrap();
        let (first, second) = (
            App::open(Place::folder(data.clone())).await.unwrap(),
            App::open(Place::folder(data.clone())).await.unwrap(),
        );
        let lock = first.serve_lock().unwrap();
        assert_eq!(second.serve_lock().map(|_| ()).unwrap_err().code, "already_served");
        drop(lock);
        assert!(second.serve_lock().is_ok());
        let (one, other) = (
            first.inspect(std::slice::from_ref(&file), None, None).await.unwrap(),
            second.inspect(std::slice::from_ref(&file), None, None).await.unwrap(),
        );
        let (one, other) = tokio::join!(first.import(one, |_| ()), second.import(other, |_| ()));
        let (done, refused) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(done.unwrap().added, 60_000);
        assert_eq!(refused.unwrap_err().code, "busy");
    }
}
