//! Opening the state: the address, the settings each database needs to keep its promises, and the checks before
//! anything is touched.

use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};

use crate::StoreError;
use crate::engine::{Db, Engine};

/// Before this one, a reset of the write-ahead log could damage the database (sqlite.org/releaselog/3_51_3.html).
const SQLITE_NEEDED: (&str, [u32; 3]) = ("3.51.3", [3, 51, 3]);

/// How long a statement waits for somebody else's lock.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// How long an opening waits before it tries again.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a call waits for a free connection to SQLite. There is one writer, so others' commits come first.
const LITE_WAIT: Duration = Duration::from_secs(10);

/// How long a call waits for a free connection to PostgreSQL, or for a server that does not answer: short enough
/// to say so while somebody is still looking.
const PG_WAIT: Duration = Duration::from_secs(5);

/// Connections that read at the same time on SQLite.
const LITE_READERS: u32 = 4;

/// Connections to PostgreSQL.
const PG_CONNECTIONS: u32 = 8;

/// Whether a connection of the pool can be used again.
type Usable<'c> = Pin<Box<dyn Future<Output = Result<bool, sqlx::Error>> + Send + 'c>>;

/// Where statements go, and how messages name the place.
pub(crate) struct Opened {
    pub(crate) write: Db,
    pub(crate) read: Db,
    pub(crate) place: String,
}

/// Connects to the database at `url`.
pub(crate) async fn open(url: &str) -> Result<Opened, StoreError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        open_sqlite(url, path.strip_prefix("//").unwrap_or(path)).await
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        open_postgres(url).await
    } else {
        Err(StoreError::Address { url: without_password(url), cause: None })
    }
}

/// What follows the scheme is the path as it is: folders may have `?`, `%` or spaces in their names.
async fn open_sqlite(url: &str, path: &str) -> Result<Opened, StoreError> {
    if path.is_empty() || path.starts_with(':') {
        // A database in memory would be another one for each connection, and would not survive a restart.
        return Err(StoreError::Address { url: url.to_owned(), cause: None });
    }
    let fault = |error| StoreError::of(path, error);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(LOCK_WAIT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = || SqlitePoolOptions::new().acquire_timeout(LITE_WAIT).test_before_acquire(false).before_acquire(usable);
    let write = patiently(|| pool().max_connections(1).connect_with(options.clone())).await.map_err(fault)?;
    let found: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&write).await.map_err(fault)?;
    refuse_old_sqlite(found)?;
    let readers = options.create_if_missing(false).pragma("query_only", "on");
    let read = pool().max_connections(LITE_READERS).connect_with(readers).await.map_err(fault)?;
    Ok(Opened { write: Engine::Lite(write), read: Engine::Lite(read), place: path.to_owned() })
}

/// Opens while others open too. Going over to the write-ahead log is the one step at which SQLite answers "busy" at
/// once instead of waiting its turn.
async fn patiently<Opening>(open: impl Fn() -> Opening) -> Result<SqlitePool, sqlx::Error>
where
    Opening: Future<Output = Result<SqlitePool, sqlx::Error>>,
{
    let mut turns = LOCK_WAIT.as_millis() / PAUSE.as_millis();
    loop {
        match open().await {
            Err(error) if turns > 0 && StoreError::is_busy(&error) => turns -= 1,
            result => return result,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// When a write fails, SQLite ends the transaction itself, and the driver goes on believing in it: such a connection
/// could never begin another one. It is replaced.
fn usable(connection: &mut SqliteConnection, _: PoolConnectionMetadata) -> Usable<'_> {
    let usable = !connection.is_in_transaction();
    Box::pin(async move { Ok(usable) })
}

fn refuse_old_sqlite(found: String) -> Result<(), StoreError> {
    let mut parts = found.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = [(); 3].map(|()| parts.next().unwrap_or(0));
    if version < SQLITE_NEEDED.1 {
        return Err(StoreError::OldSqlite { found, needed: SQLITE_NEEDED.0 });
    }
    Ok(())
}

async fn open_postgres(url: &str) -> Result<Opened, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Address { url: without_password(url), cause: Some(error.into()) })?
        .application_name("regulars")
        // What we acknowledge is on the disk, whatever the server's default.
        .options([("synchronous_commit", "on"), ("lock_timeout", "10s"), ("statement_timeout", "60s")]);
    let database = options.get_database().unwrap_or(options.get_username()).to_owned();
    let place = format!("{}:{}/{database}", options.get_host(), options.get_port());
    let pool = PgPoolOptions::new()
        .max_connections(PG_CONNECTIONS)
        .acquire_timeout(PG_WAIT)
        .connect_with(options)
        .await
        .map_err(|error| StoreError::of(&place, error))?;
    Ok(Opened { write: Engine::Pg(pool.clone()), read: Engine::Pg(pool), place })
}

/// The address as it may be shown: everything between the scheme and the last `@` is left out.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_sqlite_is_refused() {
        for (version, accepted) in
            [("3.51.3", true), ("3.52.0", true), ("4.0", true), ("3.51.2", false), ("3.9.99", false), ("", false)]
        {
            assert_eq!(refuse_old_sqlite(version.to_owned()).is_ok(), accepted, "{version}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("mysql://ana:secret@host/db", "mysql://…@host/db"),
            ("mysql://ana:p@ss@host/db", "mysql://…@host/db"),
            ("state.db", "state.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[tokio::test]
    async fn both_kinds_of_sqlite_connection_keep_the_promises() {
        let folder = tempfile::TempDir::new().unwrap();
        let opened = open(&format!("sqlite:{}", folder.path().join("state.db").display())).await.unwrap();
        for (db, query_only) in [(opened.write, 0), (opened.read, 1)] {
            let Engine::Lite(pool) = db else { panic!("not SQLite") };
            let mode: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&pool).await.unwrap();
            assert_eq!(mode, "wal");
            for (pragma, expected) in [
                ("pragma synchronous", 2), // FULL
                ("pragma foreign_keys", 1),
                ("pragma busy_timeout", 10_000),
                ("pragma query_only", query_only),
            ] {
                let found: i64 = sqlx::query_scalar(pragma).fetch_one(&pool).await.unwrap();
                assert_eq!(found, expected, "{pragma}");
            }
        }
    }
}
