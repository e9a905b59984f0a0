//! What must survive a restart, on SQLite or PostgreSQL: settings, the catalogue of history files, imports, saved
//! maps, saved views, notes and links for others.
//!
//! One text of SQL serves both databases. Times are microseconds since 1970-01-01T00:00Z and come in as arguments:
//! this crate reads no clock. Every statement binds the workspace of the handle it is called on, so that no id of
//! another workspace is ever found.
//!
//! Every call may end in one of the passing errors of [`StoreError`] (full, busy, unreachable) or in a lasting one
//! (corrupt, statement); a method's own section on errors names only what is particular to it.

mod catalogue;
mod check;
mod commit;
mod customer_notes;
mod engine;
mod error;
mod imports;
mod maps;
mod migrate;
mod notes;
mod open;
mod readings;
mod segments;
mod settings;
mod shares;
mod views;

use std::sync::Arc;

pub use catalogue::{AttributeRow, Catalogue, FileRow};
pub use commit::{Commit, Committed, NewFile, NewImport};
pub use customer_notes::CustomerNoteRow;
pub use error::{Cause, StoreError};
pub use imports::ImportRow;
pub use maps::MapRow;
pub use notes::NoteRow;
pub use readings::{NewReading, Reading};
pub use segments::{MemberChanges, MembershipRow, SEGMENTS_MAX, SegmentRow};
pub use settings::Settings;
pub use shares::ShareLink;
pub use views::{VIEWS_MAX, ViewRow};

use engine::{Db, Engine, Tx, change, change_alone, on};

/// The state of one workspace. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
    workspace: i64,
}

#[derive(Debug)]
struct Inner {
    write: Db,
    read: Db,
    place: String,
}

impl Store {
    /// Opens the state at `sqlite:/folder/state.db` (created when missing; its folder must exist) or
    /// `postgres://user:password@host/database`, brings it to the form of this release, and enters workspace 1.
    ///
    /// # Errors
    ///
    /// [`StoreError::Address`] for any other address, [`StoreError::NewerDatabase`] when a newer release has
    /// written it, [`StoreError::OldSqlite`] when this build's SQLite cannot be trusted.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        let open::Opened { write, read, place } = open::open(url).await?;
        let store = Store { inner: Arc::new(Inner { write, read, place }), workspace: 1 };
        migrate::migrate(&store).await?;
        store.workspace(1).await
    }

    /// The same state seen by another workspace, which is made with the settings of [`Settings::default`] when it
    /// is new.
    pub async fn workspace(&self, workspace: i64) -> Result<Store, StoreError> {
        let store = Store { inner: self.inner.clone(), workspace };
        settings::create_workspace(&store).await?;
        Ok(store)
    }

    /// Which database this is, as messages name it: a path, or host and database, never a password.
    pub fn place(&self) -> &str {
        &self.inner.place
    }

    /// Closes every connection, for all clones; what was acknowledged is kept without it.
    pub async fn close(&self) {
        for db in [&self.inner.read, &self.inner.write] {
            match db {
                Engine::Lite(pool) => pool.close().await,
                Engine::Pg(pool) => pool.close().await,
            }
        }
    }

    pub(crate) fn reader(&self) -> &Db {
        &self.inner.read
    }

    pub(crate) fn writer(&self) -> &Db {
        &self.inner.write
    }

    pub(crate) fn fault(&self, error: sqlx::Error) -> StoreError {
        StoreError::of(&self.inner.place, error)
    }

    /// Does work that has a transaction on a task of its own, so that it comes to its end even when whoever asked
    /// goes away. Dropped at the wrong moment, the driver for PostgreSQL would keep a connection inside a
    /// transaction that nobody ends, and hand it to the next caller.
    pub(crate) async fn apart<T, Work>(&self, work: impl FnOnce(Store) -> Work) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        match tokio::spawn(work(self.clone())).await {
            Ok(result) => result,
            // The runtime is going down.
            Err(stopped) => Err(StoreError::Unreachable { place: self.place().to_owned(), cause: stopped.into() }),
        }
    }

    pub(crate) async fn begin_read(&self) -> Result<Tx, StoreError> {
        self.inner.read.begin_read().await.map_err(|error| self.fault(error))
    }

    pub(crate) async fn begin_write(&self) -> Result<Tx, StoreError> {
        self.inner.write.begin_write().await.map_err(|error| self.fault(error))
    }

    pub(crate) async fn commit_tx(&self, tx: Tx) -> Result<(), StoreError> {
        tx.commit().await.map_err(|error| self.fault(error))
    }

    /// The next number of a kind, never given out before. Its row stays locked until the transaction ends.
    pub(crate) async fn next(&self, tx: &mut Tx, name: &'static str) -> Result<i64, StoreError> {
        let sql = "insert into counters (workspace, name, last) values ($1, $2, 1)
            on conflict (workspace, name) do update set last = counters.last + 1 returning last";
        on!(self, tx, t => sqlx::query_scalar(sql).bind(self.workspace).bind(name).fetch_one(&mut **t).await)
    }
}
