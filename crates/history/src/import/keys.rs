//! What makes an import the same as another: the bytes of its files, and how they are read.

use std::fs::File;
use std::hash::Hasher;
use std::io::Read;

use store::NewReading;
use twox_hash::XxHash3_64;

use super::{Plan, name_of};
use crate::read::{Inspection, Map};
use crate::{History, HistoryError};

/// The longest list of files' keys that is kept as it is: the state takes 1,024 bytes.
const BYTES_MAX: usize = 1_000;

/// A checksum of the bytes of every file of a plan.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    content: String,
    map: String,
}

impl Keys {
    /// Reads every file once.
    pub(super) fn of(plan: &Plan) -> Result<Keys, HistoryError> {
        let mut keys = Vec::new();
        for (path, inspection) in &plan.files {
            let failed = |error| HistoryError::file("read", path, error);
            let mut hash = XxHash3_64::with_seed(0);
            let mut file = File::open(path).map_err(failed)?;
            let mut buffer = vec![0; 1 << 20];
            loop {
                let read = file.read(&mut buffer).map_err(failed)?;
                if read == 0 {
                    break;
                }
                hash.write(&buffer[..read]);
            }
            let content = format!("{}-{:016x}", inspection.bytes, hash.finish());
            keys.push(Key { content, map: map_key(&inspection.map) });
        }
        Ok(Keys(keys))
    }

    /// One key for all: the same means the same import, in whatever order its files were named.
    pub(super) fn all(&self) -> String {
        let mut keys: Vec<String> = self.0.iter().map(|key| format!("{}-{}", key.content, key.map)).collect();
        keys.sort();
        let all = keys.join("+");
        if all.len() <= BYTES_MAX {
            return all;
        }
        format!("{}-files-{:016x}", keys.len(), XxHash3_64::oneshot_with_seed(0, all.as_bytes()))
    }

    /// How each file is read, for the ledger.
    pub(super) fn readings(&self, plan: &Plan) -> Vec<NewReading> {
        let files = plan.files.iter().zip(&self.0);
        files.map(|((_, inspection), key)| reading(inspection, key)).collect()
    }
}

fn reading(inspection: &Inspection, key: &Key) -> NewReading {
    NewReading {
        fingerprint: inspection.fingerprint.clone(),
        content: key.content.clone(),
        map_key: key.map.clone(),
        tables: table_names(&inspection.map).join(","),
        zone: inspection.zone().name().to_owned(),
        currency: inspection.currency().map(|currency| currency.code().to_owned()),
    }
}

fn table_names(map: &Map) -> Vec<&'static str> {
    map.tables().into_iter().map(|table| table.name()).collect()
}

/// Stands for what a map makes of a row: its name and the form of the file do not matter, nor whether what is set aside
/// withdraws what another file told.
pub fn map_key(map: &Map) -> String {
    let mut told = Map { name: String::new(), file: Default::default(), ..map.clone() };
    told.set_aside.iter_mut().for_each(|aside| aside.withdraws = false);
    format!("{:016x}", XxHash3_64::oneshot_with_seed(0, told.to_toml().as_bytes()))
}

/// Whether a map brings facts for one of these tables, which are joined by commas.
pub fn shares_tables(map: &Map, tables: &str) -> bool {
    table_names(map).iter().any(|name| tables.split(',').any(|other| other == *name))
}

impl History {
    /// Whether all of these files were imported before and are told once more, as after damage: then they tell no newer
    /// version of anything.
    pub(super) async fn were_told(&self, keys: &Keys) -> Result<bool, HistoryError> {
        for key in &keys.0 {
            if self.store.readings_of_content(&key.content).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(!keys.0.is_empty())
    }

    /// The same bytes read in another way are other facts, beside those that are there: never what somebody wants.
    pub(super) async fn refuse_other_readings(&self, plan: &Plan, keys: &Keys) -> Result<(), HistoryError> {
        for ((path, inspection), key) in plan.files.iter().zip(&keys.0) {
            let before = self.store.readings_of_content(&key.content).await?;
            let other = before
                .iter()
                .find(|reading| reading.map_key != key.map && shares_tables(&inspection.map, &reading.tables));
            if let Some(reading) = other {
                return Err(HistoryError::ReadDifferently { file: name_of(path), import: reading.import_id });
            }
        }
        Ok(())
    }
}
