//! The catalogue: which files are the history, as of one version.

use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, change, on};

/// A history file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct FileRow {
    /// Its number in the workspace, never used twice.
    pub id: i64,
    /// The history table it belongs to.
    pub table_name: String,
    /// The bucket of customers it holds.
    pub bucket: i32,
    /// Where it is, relative to the history folder or prefix.
    pub path: String,
    /// Rows.
    #[sqlx(rename = "row_count")]
    pub rows: i64,
    /// Size in bytes.
    #[sqlx(rename = "byte_count")]
    pub bytes: i64,
    /// Its earliest instant, in microseconds; `None` when its table has no time.
    pub min_at: Option<i64>,
    /// Its latest instant, in microseconds; `None` when its table has no time.
    pub max_at: Option<i64>,
    /// The smallest customer key in it.
    pub min_customer: i64,
    /// The largest customer key in it.
    pub max_customer: i64,
    /// A checksum of its bytes.
    pub checksum: String,
}

/// An attribute that a history table carries beside its own columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::FromRow)]
pub struct AttributeRow {
    /// The history table.
    pub table_name: String,
    /// The attribute.
    pub name: String,
    /// Its kind, in the words of `history`.
    pub kind: String,
}

/// The history as of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Grows by one with every commit; 0 at first.
    pub version: i64,
    /// The live files, oldest id first.
    pub files: Vec<FileRow>,
    /// The attributes, by table and name in the order of their bytes.
    pub attributes: Vec<AttributeRow>,
    /// Facts older than this are complete, in microseconds; `None` when nobody said so.
    pub watermark: Option<i64>,
    /// Imports in force: made and not undone.
    pub imports: i64,
}

/// The columns of a [`FileRow`].
macro_rules! file_columns {
    () => {
        "select id, table_name, bucket, path, row_count, byte_count, min_at, max_at, min_customer, max_customer,
            checksum from files "
    };
}

impl Store {
    /// The catalogue, all of it as of one version.
    pub async fn catalogue(&self) -> Result<Catalogue, StoreError> {
        self.apart(async move |store| store.catalogue_now().await).await
    }

    async fn catalogue_now(&self) -> Result<Catalogue, StoreError> {
        let mut tx = self.begin_read().await?;
        let sql = "select version, watermark, (select count(*) from imports as i
                where i.workspace = w.workspace and i.undone_version is null)
            from workspaces as w where workspace = $1";
        let (version, watermark, imports): (i64, Option<i64>, i64) =
            on!(self, &mut tx, t => sqlx::query_as(sql).bind(self.workspace).fetch_one(&mut **t).await)?;
        let sql = concat!(file_columns!(), "where workspace = $1 and removed_version is null order by id");
        let files = on!(self, &mut tx, t => sqlx::query_as(sql).bind(self.workspace).fetch_all(&mut **t).await)?;
        let sql = "select table_name, name, kind from attributes where workspace = $1";
        let mut attributes: Vec<AttributeRow> =
            on!(self, &mut tx, t => sqlx::query_as(sql).bind(self.workspace).fetch_all(&mut **t).await)?;
        // Sorted here: the databases disagree on the order of texts.
        attributes.sort();
        self.commit_tx(tx).await?;
        Ok(Catalogue { version, files, attributes, watermark, imports })
    }

    /// The version of the history now; one small read.
    pub async fn version(&self) -> Result<i64, StoreError> {
        let sql = "select version from workspaces where workspace = $1";
        on!(self, self.reader(), p => sqlx::query_scalar(sql).bind(self.workspace).fetch_one(p).await)
    }

    /// Files that were removed before this instant (microseconds) and are still known, oldest id first.
    pub async fn removed_files(&self, before: i64) -> Result<Vec<FileRow>, StoreError> {
        let sql = concat!(file_columns!(), "where workspace = $1 and removed_at < $2 order by id");
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(before).fetch_all(p).await)
    }

    /// Forgets removed files, after they are gone from the disk, and says how many were forgotten. A live file is
    /// never forgotten.
    pub async fn forget_files(&self, ids: &[i64]) -> Result<u64, StoreError> {
        let ids = ids.to_vec();
        self.apart(async move |store| store.forget_files_now(&ids).await).await
    }

    async fn forget_files_now(&self, ids: &[i64]) -> Result<u64, StoreError> {
        let sql = "delete from files where workspace = $1 and id = $2 and removed_version is not null";
        let mut forgotten = 0;
        let mut tx = self.begin_write().await?;
        for id in ids {
            forgotten += change!(self, &mut tx, sqlx::query(sql).bind(self.workspace).bind(id))?;
        }
        self.commit_tx(tx).await?;
        Ok(forgotten)
    }
}
