//! The one way to change the history: a commit, which is kept whole or not at all.

use crate::catalogue::AttributeRow;
use crate::engine::Tx;
use crate::readings::NewReading;
use crate::settings::Settings;
use crate::{Store, StoreError, change, check, on};

/// A change of the history, made for the version it was prepared on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// The version of the catalogue this was prepared on.
    pub base: i64,
    /// Files that become live. They must lie complete and synced on the disk before the commit.
    pub add: Vec<NewFile>,
    /// Ids of live files that stop being live.
    pub remove: Vec<i64>,
    /// The import these changes bring.
    pub import: Option<NewImport>,
    /// The import these changes take back.
    pub undo: Option<i64>,
    /// Attributes that tables have from now on; a known one takes the kind given here.
    pub attributes: Vec<AttributeRow>,
    /// Imports of which these changes lose facts, because a file was damaged: their files can be imported again.
    pub lost: Vec<i64>,
    /// Facts older than this are complete, in microseconds; `None` when there are none any more.
    pub watermark: Option<i64>,
    /// Settings the added files were made for; `None` leaves them as they are.
    pub settings: Option<Settings>,
    /// The currency of reports, taken when none is set.
    pub currency: Option<String>,
    /// When this is committed, in microseconds.
    pub at: i64,
}

/// A history file to be. The fields mean what they mean in [`FileRow`](crate::FileRow).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// The history table it belongs to.
    pub table_name: String,
    /// The bucket of customers it holds; below the number of buckets in the settings.
    pub bucket: i32,
    /// Where it is, relative to the history folder or prefix; never used before.
    pub path: String,
    /// Rows.
    pub rows: i64,
    /// Size in bytes.
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

/// An import to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewImport {
    /// From [`Store::next_import_id`].
    pub id: i64,
    /// When it was made, in microseconds.
    pub at: i64,
    /// Names of the files, rows and refused rows by reason, as JSON.
    pub files: String,
    /// Stands for contents and map. The same key is in force once; an empty one is never compared.
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
    /// How its files were read, one a file.
    pub readings: Vec<NewReading>,
}

/// What a commit became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The version it made: one more than its base.
    pub version: i64,
    /// The import it brought.
    pub import_id: Option<i64>,
}

impl Store {
    /// Changes the history in one transaction: on success everything of it lasts, on any error nothing of it is
    /// there ([`StoreError::Unreachable`] alone leaves it open: read the version). Once begun it comes to its end
    /// even when the caller stops waiting for it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when the version is not `base` any more: read the catalogue and prepare again.
    /// [`StoreError::NotLive`], [`StoreError::PathTaken`], [`StoreError::AlreadyImported`],
    /// [`StoreError::NoImport`] for what their names say; [`StoreError::Input`] for a value out of bounds.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        commit.check()?;
        self.apart(async move |store| store.commit_now(commit).await).await
    }

    async fn commit_now(&self, commit: Commit) -> Result<Committed, StoreError> {
        let mut tx = self.begin_write().await?;
        let turn = self.take_turn(&mut tx, &commit).await?;
        if let Some(settings) = &commit.settings {
            self.keep_settings(&mut tx, settings).await?;
        }
        self.remove_files(&mut tx, &commit, turn.version).await?;
        self.add_files(&mut tx, &commit, &turn).await?;
        self.add_attributes(&mut tx, &commit.attributes).await?;
        if let Some(id) = commit.undo {
            self.undo_import(&mut tx, id, turn.version, commit.at).await?;
        }
        for id in &commit.lost {
            self.lose_facts(&mut tx, *id, commit.at).await?;
        }
        if let Some(import) = &commit.import {
            self.add_import(&mut tx, import, turn.version).await?;
            self.add_readings(&mut tx, import.id, &import.readings).await?;
        }
        self.commit_tx(tx).await?;
        Ok(Committed { version: turn.version, import_id: commit.import.map(|import| import.id) })
    }

    /// The conflict rule: one row, moved on only by whoever still finds the base in it. The row is locked until
    /// the transaction ends, so a second committer waits here, and then finds another version.
    async fn take_turn(&self, tx: &mut Tx, commit: &Commit) -> Result<Turn, StoreError> {
        let sql = "update workspaces set version = version + 1, last_file = last_file + $3,
                watermark = $4, currency = coalesce(currency, $5)
            where workspace = $1 and version = $2 returning version, last_file, buckets";
        let files = commit.add.len() as i64;
        let turn: Option<(i64, i64, i32)> = on!(self, tx, t => sqlx::query_as(sql).bind(self.workspace)
            .bind(commit.base).bind(files).bind(commit.watermark).bind(&commit.currency).fetch_optional(&mut **t).await)?;
        match turn {
            Some((version, last_file, buckets)) => Ok(Turn { version, first_file: last_file - files + 1, buckets }),
            None => Err(StoreError::Conflict { base: commit.base }),
        }
    }

    async fn remove_files(&self, tx: &mut Tx, commit: &Commit, version: i64) -> Result<(), StoreError> {
        let sql = "update files set removed_version = $3, removed_at = $4
            where workspace = $1 and id = $2 and removed_version is null";
        for &id in &commit.remove {
            let removed =
                change!(self, &mut *tx, sqlx::query(sql).bind(self.workspace).bind(id).bind(version).bind(commit.at))?;
            if removed == 0 {
                return Err(StoreError::NotLive { id });
            }
        }
        Ok(())
    }

    async fn add_files(&self, tx: &mut Tx, commit: &Commit, turn: &Turn) -> Result<(), StoreError> {
        let sql = "insert into files (workspace, id, table_name, bucket, path, row_count, byte_count, min_at, max_at,
                min_customer, max_customer, checksum, added_version)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict (workspace, path) do nothing";
        for (id, file) in (turn.first_file..).zip(&commit.add) {
            if !(0..turn.buckets).contains(&file.bucket) {
                return check::refuse("a file's bucket", format!("{} is not below {}", file.bucket, turn.buckets));
            }
            let added = change!(
                self,
                &mut *tx,
                sqlx::query(sql)
                    .bind(self.workspace)
                    .bind(id)
                    .bind(&file.table_name)
                    .bind(file.bucket)
                    .bind(&file.path)
                    .bind(file.rows)
                    .bind(file.bytes)
                    .bind(file.min_at)
                    .bind(file.max_at)
                    .bind(file.min_customer)
                    .bind(file.max_customer)
                    .bind(&file.checksum)
                    .bind(turn.version)
            )?;
            if added == 0 {
                return Err(StoreError::PathTaken { path: file.path.clone() });
            }
        }
        Ok(())
    }

    async fn add_attributes(&self, tx: &mut Tx, attributes: &[AttributeRow]) -> Result<(), StoreError> {
        let sql = "insert into attributes (workspace, table_name, name, kind) values ($1, $2, $3, $4)
            on conflict (workspace, table_name, name) do update set kind = excluded.kind";
        for row in attributes {
            change!(
                self,
                &mut *tx,
                sqlx::query(sql).bind(self.workspace).bind(&row.table_name).bind(&row.name).bind(&row.kind)
            )?;
        }
        Ok(())
    }
}

/// What a committer holds once it is its turn.
struct Turn {
    version: i64,
    first_file: i64,
    buckets: i32,
}

impl Commit {
    fn check(&self) -> Result<(), StoreError> {
        self.add.iter().try_for_each(NewFile::check)?;
        for row in &self.attributes {
            check::filled("an attribute's table", &row.table_name, check::SHORT)?;
            check::filled("an attribute's name", &row.name, check::SHORT)?;
            check::filled("an attribute's kind", &row.kind, check::SHORT)?;
        }
        if let Some(currency) = &self.currency {
            check::currency(currency)?;
        }
        self.settings.iter().try_for_each(Settings::check)?;
        self.import.iter().try_for_each(NewImport::check)
    }
}

impl NewFile {
    fn check(&self) -> Result<(), StoreError> {
        check::filled("a file's table", &self.table_name, check::SHORT)?;
        check::path("a file's path", &self.path)?;
        check::text("a file's checksum", &self.checksum, check::SHORT)?;
        check::count("a file's rows", self.rows)?;
        check::count("a file's bytes", self.bytes)?;
        check::range("a file's time", self.min_at, self.max_at)?;
        check::range("a file's customers", Some(self.min_customer), Some(self.max_customer))
    }
}

impl NewImport {
    fn check(&self) -> Result<(), StoreError> {
        check::json("an import's files", &self.files)?;
        check::text("an import's content key", &self.content_key, check::SHORT)?;
        check::text("an import's map name", &self.map_name, check::SHORT)?;
        check::text("an import's map", &self.map_text, check::LONG)?;
        check::count("an import's facts", self.facts)?;
        check::count("an import's duplicates", self.duplicates)?;
        check::count("an import's rejects", self.rejects)?;
        check::json("an import's counts", &self.counts)?;
        check::text("an import's rejects path", self.rejects_path.as_deref().unwrap_or_default(), check::SHORT)?;
        check::range("an import's time", self.min_at, self.max_at)
    }
}
