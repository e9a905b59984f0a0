//! Imports: a ledger of what was brought in, and what of it was taken back.

use serde::{Deserialize, Serialize};

use crate::commit::NewImport;
use crate::engine::Tx;
use crate::{Store, StoreError, change, on};

/// The most imports one call lists.
const LIST_MAX: i64 = 1_000;

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct ImportRow {
    /// Its number in the workspace, never used twice.
    pub id: i64,
    /// When it was made, in microseconds.
    #[sqlx(rename = "imported_at")]
    pub at: i64,
    /// Names of the files, rows and refused rows by reason, as JSON.
    pub files: String,
    /// Stands for contents and map; whoever imports chooses how.
    pub content_key: String,
    /// The map's name.
    pub map_name: String,
    /// The map itself.
    pub map_text: String,
    /// Facts added.
    pub facts: i64,
    /// Facts that were known already.
    pub duplicates: i64,
    /// Rows refused.
    pub rejects: i64,
    /// Facts by table, as JSON.
    pub counts: String,
    /// Where the refused rows are listed, relative to the state's folder.
    pub rejects_path: Option<String>,
    /// The earliest instant imported, in microseconds.
    pub min_at: Option<i64>,
    /// The latest instant imported, in microseconds.
    pub max_at: Option<i64>,
    /// The version of the history it made.
    pub version: i64,
    /// The version that undid it; `None` while it is in force.
    pub undone_version: Option<i64>,
    /// When it was undone, in microseconds; `None` while it is in force.
    pub undone_at: Option<i64>,
}

/// The columns of an [`ImportRow`].
macro_rules! import_columns {
    () => {
        "select id, imported_at, files, content_key, map_name, map_text, facts, duplicates, rejects, counts,
            rejects_path, min_at, max_at, version, undone_version, undone_at from imports "
    };
}

impl Store {
    /// Reserves the number of an import, because the facts it writes carry it. Numbers of imports that were never
    /// committed stay unused.
    pub async fn next_import_id(&self) -> Result<i64, StoreError> {
        self.apart(async move |store| store.next_import_id_now().await).await
    }

    /// The last number that was given to an import, made or not; 0 before the first.
    pub async fn last_import_id(&self) -> Result<i64, StoreError> {
        let sql = "select last from counters where workspace = $1 and name = 'import'";
        let last: Option<i64> = on!(self, self.reader(), p => sqlx::query_scalar(sql).bind(self.workspace)
            .fetch_optional(p).await)?;
        Ok(last.unwrap_or(0))
    }

    /// The latest imports, undone ones among them, newest first; at most 1,000.
    pub async fn imports(&self, limit: i64) -> Result<Vec<ImportRow>, StoreError> {
        let sql = concat!(import_columns!(), "where workspace = $1 order by id desc limit $2");
        let limit = limit.clamp(0, LIST_MAX);
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(limit).fetch_all(p).await)
    }

    /// An import by its number, in force or undone.
    pub async fn import(&self, id: i64) -> Result<Option<ImportRow>, StoreError> {
        let sql = concat!(import_columns!(), "where workspace = $1 and id = $2");
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(id).fetch_optional(p).await)
    }

    /// The import in force that brought exactly this content with this map.
    pub async fn import_with_content(&self, content_key: &str) -> Result<Option<ImportRow>, StoreError> {
        let sql = concat!(
            import_columns!(),
            "where workspace = $1 and content_key = $2 and content_key <> '' and undone_version is null"
        );
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(content_key)
            .fetch_optional(p).await)
    }

    /// Every import in force, oldest first.
    pub async fn imports_in_force(&self) -> Result<Vec<ImportRow>, StoreError> {
        let sql = concat!(import_columns!(), "where workspace = $1 and undone_version is null order by id");
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).fetch_all(p).await)
    }

    /// The imports in force of which facts are lost and have not been imported again, oldest first: importing their
    /// files again in this order brings the facts back.
    pub async fn imports_with_lost_facts(&self) -> Result<Vec<ImportRow>, StoreError> {
        let sql = concat!(
            import_columns!(),
            "where workspace = $1 and undone_version is null and exists (select 1 from lost_facts as l
                where l.workspace = imports.workspace and l.import_id = imports.id and not exists (
                    select 1 from imports as again where again.workspace = l.workspace
                        and again.content_key = l.content_key and again.undone_version is null))
            order by id"
        );
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).fetch_all(p).await)
    }

    async fn next_import_id_now(&self) -> Result<i64, StoreError> {
        let mut tx = self.begin_write().await?;
        let id = self.next(&mut tx, "import").await?;
        self.commit_tx(tx).await?;
        Ok(id)
    }

    /// Writes the ledger row of an import inside a commit.
    pub(crate) async fn add_import(&self, tx: &mut Tx, import: &NewImport, version: i64) -> Result<(), StoreError> {
        let sql = "insert into imports (workspace, id, imported_at, files, content_key, map_name, map_text, facts,
                duplicates, rejects, counts, rejects_path, min_at, max_at, version)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            on conflict do nothing";
        let added = change!(
            self,
            tx,
            sqlx::query(sql)
                .bind(self.workspace)
                .bind(import.id)
                .bind(import.at)
                .bind(&import.files)
                .bind(&import.content_key)
                .bind(&import.map_name)
                .bind(&import.map_text)
                .bind(import.facts)
                .bind(import.duplicates)
                .bind(import.rejects)
                .bind(&import.counts)
                .bind(&import.rejects_path)
                .bind(import.min_at)
                .bind(import.max_at)
                .bind(version)
        )?;
        if added == 0 {
            // The number or the content is in the ledger already: either way it has been brought in before.
            return Err(StoreError::AlreadyImported { content_key: import.content_key.clone() });
        }
        Ok(())
    }

    /// Notes inside a commit that facts of an import are lost: its content key is free again. One that lost facts
    /// before keeps the key noted then.
    pub(crate) async fn lose_facts(&self, tx: &mut Tx, id: i64, at: i64) -> Result<(), StoreError> {
        let sql = "insert into lost_facts (workspace, import_id, content_key, noticed_at)
            select workspace, id, content_key, $3 from imports
            where workspace = $1 and id = $2 and undone_version is null and content_key <> ''
            on conflict (workspace, import_id) do nothing";
        change!(self, &mut *tx, sqlx::query(sql).bind(self.workspace).bind(id).bind(at))?;
        let sql = "update imports set content_key = '' where workspace = $1 and id = $2 and undone_version is null";
        let freed = change!(self, tx, sqlx::query(sql).bind(self.workspace).bind(id))?;
        if freed == 0 { Err(StoreError::NoImport { id }) } else { Ok(()) }
    }

    /// Marks an import undone inside a commit.
    pub(crate) async fn undo_import(&self, tx: &mut Tx, id: i64, version: i64, at: i64) -> Result<(), StoreError> {
        let sql = "update imports set undone_version = $3, undone_at = $4
            where workspace = $1 and id = $2 and undone_version is null";
        let undone = change!(self, tx, sqlx::query(sql).bind(self.workspace).bind(id).bind(version).bind(at))?;
        if undone == 0 { Err(StoreError::NoImport { id }) } else { Ok(()) }
    }
}
