//! One installation, opened.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use history::{History, Snapshot};
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
    /// What is wrong, in words.
    pub problems: Vec<String>,
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
        let fixed = crate::settings::fixed_by(&config);
        let app = App { data: place.data, store, history, fixed, kept: Arc::default() };
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
        let before = self.store.settings().await?;
        self.store.save_settings(settings).await?;
        self.history.refresh();
        if before.zone != settings.zone
            && !self.store.catalogue().await?.files.is_empty()
            && let Err(error) = self.history.derive_again(self.now()).await
        {
            // Days of one zone under the name of another are wrong numbers: all as before, until it can be done.
            self.store.save_settings(&before).await?;
            self.history.refresh();
            return Err(error.into());
        }
        Ok(())
    }

    /// The history as it is now.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, Problem> {
        Ok(self.history.snapshot().await?)
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
        let mut problems = Vec::new();
        for file in &catalogue.files {
            if !self.data.join("history").join(&file.path).exists() {
                problems.push(format!("the history file {} is missing", file.path));
            }
        }
        if deep {
            let damaged = self.history.damaged_files().await?;
            problems
                .extend(damaged.into_iter().map(|(file, why)| format!("the history file {file} is damaged: {why}")));
        }
        let mut rows: Vec<(String, u64)> = history::schema::Table::ALL
            .iter()
            .map(|table| table.name())
            .chain(["orders", "customers"])
            .map(|view| (view.to_owned(), snapshot.rows(view)))
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
            problems,
        })
    }
}

/// An instant as `2011-12-09T12:50:00Z`.
pub fn rfc3339(at: Instant) -> String {
    jiff::Timestamp::from_microsecond(at.0).map(|timestamp| timestamp.to_string()).unwrap_or_default()
}
