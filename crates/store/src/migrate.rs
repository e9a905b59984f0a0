//! Brings a database to the form this release knows, once, in one transaction: a kill in the middle leaves it as
//! it was.

use crate::engine::{Tx, change, on};
use crate::{Store, StoreError};

/// The migrations in order, each with its number. A released one is never edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "state", include_str!("../migrations/0001_state.sql")),
    (2, "lost_facts", include_str!("../migrations/0002_lost_facts.sql")),
    (3, "customers", include_str!("../migrations/0003_customers.sql")),
    (4, "share_links", include_str!("../migrations/0004_share_links.sql")),
    (5, "readings", include_str!("../migrations/0005_readings.sql")),
    (6, "segments", include_str!("../migrations/0006_segments.sql")),
];

/// Where PostgreSQL keeps two starting processes apart: the letters of "regulars" as a number.
const LOCK: i64 = 0x7265_6775_6c61_7273;

/// One row a migration this database has had.
const LEDGER: &str = "create table if not exists migrations (number bigint not null primary key, name text not null)";

const LAST: &str = "select coalesce(max(number), 0) from migrations";

/// Applies the migrations that are missing.
///
/// # Errors
///
/// [`StoreError::NewerDatabase`] when the database has had more than this release knows.
pub(crate) async fn migrate(store: &Store) -> Result<(), StoreError> {
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    // The common case takes no write lock. A database without the table answers with an error: it is a new one.
    let last = on!(store, store.reader(), p => sqlx::query_scalar::<_, i64>(LAST).fetch_one(p).await);
    if let Ok(found) = last
        && found >= known
    {
        return refuse_newer(store, found, known);
    }
    let mut tx = store.begin_write().await?;
    one_at_a_time(store, &mut tx).await?;
    change!(store, &mut tx, sqlx::query(LEDGER))?;
    let found = on!(store, &mut tx, t => sqlx::query_scalar::<_, i64>(LAST).fetch_one(&mut **t).await)?;
    refuse_newer(store, found, known)?;
    for (number, name, sql) in MIGRATIONS.iter().filter(|(number, ..)| *number > found) {
        change!(store, &mut tx, sqlx::raw_sql(*sql))?;
        let row = "insert into migrations (number, name) values ($1, $2)";
        change!(store, &mut tx, sqlx::query(row).bind(*number).bind(*name))?;
    }
    store.commit_tx(tx).await
}

fn refuse_newer(store: &Store, found: i64, known: i64) -> Result<(), StoreError> {
    if found > known {
        return Err(StoreError::NewerDatabase { place: store.place().to_owned(), found, known });
    }
    Ok(())
}

/// SQLite's write lock, already held, lets one process in at a time; PostgreSQL is asked for a lock of its own.
async fn one_at_a_time(store: &Store, tx: &mut Tx) -> Result<(), StoreError> {
    if let crate::engine::Engine::Pg(t) = tx {
        let lock = "select pg_advisory_xact_lock($1)";
        sqlx::query(lock).bind(LOCK).execute(&mut **t).await.map_err(|error| store.fault(error))?;
    }
    Ok(())
}
