//! What imports took for granted: the zone and currency their files were read with.

use serde::{Deserialize, Serialize};

use crate::engine::Tx;
use crate::{Store, StoreError, change, on};

/// How one file of an import was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReading {
    /// The layout: the same for every file with these columns.
    pub fingerprint: String,
    /// A checksum of the file's bytes.
    pub content: String,
    /// A checksum of the map it was read with.
    pub map_key: String,
    /// The tables it brought facts for, joined by commas.
    pub tables: String,
    /// The zone of times that name none.
    pub zone: String,
    /// The currency of amounts that name none.
    pub currency: Option<String>,
}

/// How one file of an import in force was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Reading {
    /// The import.
    pub import_id: i64,
    /// A checksum of the map it was read with.
    pub map_key: String,
    /// The tables it brought facts for, joined by commas.
    pub tables: String,
    /// The zone of times that name none.
    pub zone: String,
    /// The currency of amounts that name none.
    pub currency: Option<String>,
}

/// The columns of a [`Reading`], of imports in force.
macro_rules! reading_columns {
    () => {
        "select r.import_id, r.map_key, r.tables, r.zone, r.currency from readings as r
            join imports as i on i.workspace = r.workspace and i.id = r.import_id and i.undone_version is null "
    };
}

impl Store {
    /// How the latest file with this layout was read, of the imports in force.
    pub async fn reading_of_layout(&self, fingerprint: &str) -> Result<Option<Reading>, StoreError> {
        let sql = concat!(
            reading_columns!(),
            "where r.workspace = $1 and r.fingerprint = $2 order by r.import_id desc, r.position desc limit 1"
        );
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(fingerprint)
            .fetch_optional(p).await)
    }

    /// How files with exactly these bytes were read, by the imports in force that found facts in them, oldest first.
    pub async fn readings_of_content(&self, content: &str) -> Result<Vec<Reading>, StoreError> {
        let sql = concat!(
            reading_columns!(),
            "where r.workspace = $1 and r.content = $2 and i.facts + i.duplicates > 0 order by r.import_id, r.position"
        );
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(content).fetch_all(p).await)
    }

    /// Notes inside a commit how the files of an import were read.
    pub(crate) async fn add_readings(&self, tx: &mut Tx, import: i64, all: &[NewReading]) -> Result<(), StoreError> {
        let sql = "insert into readings
                (workspace, import_id, position, fingerprint, content, map_key, tables, zone, currency)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        for (position, reading) in (0_i32..).zip(all) {
            change!(
                self,
                &mut *tx,
                sqlx::query(sql)
                    .bind(self.workspace)
                    .bind(import)
                    .bind(position)
                    .bind(&reading.fingerprint)
                    .bind(&reading.content)
                    .bind(&reading.map_key)
                    .bind(&reading.tables)
                    .bind(&reading.zone)
                    .bind(&reading.currency)
            )?;
        }
        Ok(())
    }
}
