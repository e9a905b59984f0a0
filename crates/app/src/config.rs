//! Where an installation lies and what its `regulars.toml` says.

use std::path::{Path, PathBuf};
use std::time::Duration;

use history::Limits;
use serde::Deserialize;

use crate::Problem;

/// Where an installation lies.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder.
    pub data: PathBuf,
    /// The state database; the folder's own without it.
    pub database: Option<String>,
    /// Cores to use; all without it.
    pub threads: Option<usize>,
}

impl Place {
    /// An installation in a folder, everything else by default.
    pub fn folder(data: impl Into<PathBuf>) -> Place {
        Place { data: data.into(), database: None, threads: None }
    }
}

/// What `regulars.toml` in the folder may say. Everything has a default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `postgres://…`; SQLite in the folder without it.
    pub database: Option<String>,
    /// The name of the business.
    pub name: Option<String>,
    /// IANA zone in which days begin.
    pub zone: Option<String>,
    /// Reporting currency, ISO 4217.
    pub currency: Option<String>,
    /// `monday`, `sunday` or `saturday`.
    pub week_start: Option<terms::WeekStart>,
    /// Cores to use.
    pub threads: Option<usize>,
    /// Seconds a query in SQL may take.
    pub sql_seconds: Option<u64>,
    /// Megabytes a query in SQL may hold in memory.
    pub sql_memory_mb: Option<u64>,
}

/// Megabytes below which the engine cannot sort anything.
const MEMORY_MB_MIN: u64 = 16;

impl Config {
    /// Reads `regulars.toml` in `folder`; a missing file says nothing.
    ///
    /// # Errors
    ///
    /// `bad_config` with the line, when it cannot be understood.
    pub fn read(folder: &Path) -> Result<Config, Problem> {
        let path = folder.join("regulars.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(error) => {
                let message = format!("cannot read {}: {error}", path.display());
                return Err(Problem::invalid("bad_config", message, "check that you may read it"));
            }
        };
        let config: Config = toml::from_str(&text).map_err(|error| {
            let message = format!("{} cannot be understood: {error}", path.display());
            Problem::invalid("bad_config", message, "correct the line, or remove it to use the default")
        })?;
        if config.sql_seconds == Some(0) || config.sql_memory_mb.is_some_and(|mb| mb < MEMORY_MB_MIN) {
            let message = format!("{} gives queries too little to answer anything", path.display());
            let hint = format!("give sql_seconds 1 or more and sql_memory_mb {MEMORY_MB_MIN} or more");
            return Err(Problem::invalid("bad_config", message, hint));
        }
        Ok(config)
    }

    /// What a query in SQL may cost.
    pub(crate) fn limits(&self) -> Limits {
        let usual = Limits::default();
        let megabytes = |mb: u64| usize::try_from(mb.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
        Limits {
            time: self.sql_seconds.map_or(usual.time, Duration::from_secs),
            memory: self.sql_memory_mb.map_or(usual.memory, megabytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn what_is_not_known_is_refused_and_what_is_missing_has_a_default() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Config::read(folder.path()).unwrap().database.is_none());
        std::fs::write(folder.path().join("regulars.toml"), "zone = \"Europe/Helsinki\"\nthreads = 1\n").unwrap();
        let config = Config::read(folder.path()).unwrap();
        assert_eq!((config.zone.as_deref(), config.threads), (Some("Europe/Helsinki"), Some(1)));
        std::fs::write(folder.path().join("regulars.toml"), "colour = 3").unwrap();
        let problem = Config::read(folder.path()).unwrap_err();
        assert_eq!(problem.code, "bad_config");
        assert!(problem.message.contains("line 1"), "{problem}");
        for (text, understood) in
            [("sql_seconds = 5\nsql_memory_mb = 64", true), ("sql_seconds = 0", false), ("sql_memory_mb = 1", false)]
        {
            std::fs::write(folder.path().join("regulars.toml"), text).unwrap();
            assert_eq!(Config::read(folder.path()).is_ok(), understood, "{text}");
        }
        let limits = Config { sql_seconds: Some(5), sql_memory_mb: Some(64), ..Config::default() }.limits();
        assert_eq!((limits.time.as_secs(), limits.memory), (5, 64 << 20));
    }
}
