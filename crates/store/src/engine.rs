//! The two databases behind one shape. Every statement is one text that both understand; [`on!`] runs it on the
//! one that is there, with that database's own types.

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

/// The same thing of SQLite or of PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) enum Engine<L, P> {
    Lite(L),
    Pg(P),
}

/// Connections.
pub(crate) type Db = Engine<SqlitePool, PgPool>;

/// A transaction: undone unless committed.
pub(crate) type Tx = Engine<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;

/// Runs one expression on whichever engine is there and sorts the error by what somebody can do about it.
macro_rules! on {
    ($store:expr, $engine:expr, $handle:ident => $call:expr) => {
        match $engine {
            $crate::engine::Engine::Lite($handle) => $call.map_err(|error| $store.fault(error)),
            $crate::engine::Engine::Pg($handle) => $call.map_err(|error| $store.fault(error)),
        }
    };
}

/// Runs one changing statement in a transaction and counts the rows it changed.
macro_rules! change {
    ($store:expr, $tx:expr, $query:expr) => {
        $crate::engine::on!($store, $tx, t => $query.execute(&mut **t).await.map(|done| done.rows_affected()))
    };
}

/// Runs one changing statement by itself, which needs no transaction, and counts the rows it changed.
macro_rules! change_alone {
    ($store:expr, $query:expr) => {
        $crate::engine::on!($store, $store.writer(), p => $query.execute(p).await.map(|done| done.rows_affected()))
    };
}

pub(crate) use {change, change_alone, on};

impl Db {
    /// A transaction that sees one state of the database from its first statement to its last.
    pub(crate) async fn begin_read(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Engine::Lite(pool) => pool.begin_with("begin").await.map(Engine::Lite),
            Engine::Pg(pool) => {
                pool.begin_with("begin transaction isolation level repeatable read read only").await.map(Engine::Pg)
            }
        }
    }

    /// A transaction that may write. SQLite takes its write lock at once: upgrading later can fail half-way.
    pub(crate) async fn begin_write(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Engine::Lite(pool) => pool.begin_with("begin immediate").await.map(Engine::Lite),
            Engine::Pg(pool) => {
                pool.begin_with("begin transaction isolation level read committed").await.map(Engine::Pg)
            }
        }
    }
}

impl Tx {
    /// Makes everything done in this transaction last.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Engine::Lite(tx) => tx.commit().await,
            Engine::Pg(tx) => tx.commit().await,
        }
    }
}
