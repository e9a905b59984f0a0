//! Saved maps: how files with a known set of columns are read, once somebody has confirmed it.

use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, change_alone, check, on};

/// The most maps one call lists.
const LIST_MAX: i64 = 1_000;

/// A saved map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct MapRow {
    /// Which columns it is for.
    pub fingerprint: String,
    /// What people call it.
    pub name: String,
    /// The map itself.
    #[sqlx(rename = "body")]
    pub text: String,
    /// When it was last saved, in microseconds.
    #[sqlx(rename = "saved_at")]
    pub at: i64,
}

impl Store {
    /// Keeps a map for files with this fingerprint; an earlier one for the same fingerprint is replaced.
    ///
    /// # Errors
    ///
    /// [`StoreError::Input`] when a text is empty or too long.
    pub async fn save_map(&self, fingerprint: &str, name: &str, text: &str, at: i64) -> Result<(), StoreError> {
        check::filled("a map's fingerprint", fingerprint, check::SHORT)?;
        check::text("a map's name", name, check::SHORT)?;
        check::filled("a map", text, check::LONG)?;
        let sql = "insert into maps (workspace, fingerprint, name, body, saved_at) values ($1, $2, $3, $4, $5)
            on conflict (workspace, fingerprint) do update
            set name = excluded.name, body = excluded.body, saved_at = excluded.saved_at";
        change_alone!(self, sqlx::query(sql).bind(self.workspace).bind(fingerprint).bind(name).bind(text).bind(at))?;
        Ok(())
    }

    /// The map saved for files with this fingerprint.
    pub async fn map(&self, fingerprint: &str) -> Result<Option<MapRow>, StoreError> {
        let sql = "select fingerprint, name, body, saved_at from maps where workspace = $1 and fingerprint = $2";
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(fingerprint)
            .fetch_optional(p).await)
    }

    /// The saved maps, last saved first; at most 1,000.
    pub async fn maps(&self) -> Result<Vec<MapRow>, StoreError> {
        let sql = "select fingerprint, name, body, saved_at from maps where workspace = $1
            order by saved_at desc limit $2";
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(LIST_MAX).fetch_all(p).await)
    }
}
