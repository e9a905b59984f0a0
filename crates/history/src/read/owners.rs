//! Whose an order, a subscription or an invoice is: for rows that name one of these and no customer.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use serde::{Deserialize, Serialize};

use super::error::{ReadError, name_of};
use super::map::Map;
use super::sink::{Reject, Sink, SinkError};
use super::{Inspection, read};
use crate::schema::Table;

/// Things that belong to a customer and are named by rows of other tables: about 60 bytes each, 180 MB at most.
pub(crate) const KNOWN_MAX: usize = 3_000_000;

/// What a row may name in place of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// An order, by its number.
    Order,
    /// A subscription, by its number.
    Subscription,
    /// An invoice, by its number.
    Invoice,
}

impl Owner {
    /// Several of them, for people.
    pub fn plural(self) -> &'static str {
        match self {
            Owner::Order => "orders",
            Owner::Subscription => "subscriptions",
            Owner::Invoice => "invoices",
        }
    }

    /// Where facts carry its number.
    fn column(self, table: Table) -> Option<&'static str> {
        match (self, table) {
            (Owner::Order, Table::OrderHeaders | Table::OrderLines) => Some("order_id"),
            (Owner::Subscription, Table::SubscriptionChanges) => Some("subscription_id"),
            (Owner::Invoice, Table::Invoices) => Some("invoice_id"),
            _ => None,
        }
    }

    /// The tables that know it.
    pub(crate) fn tables(self) -> impl Iterator<Item = (Table, &'static str)> {
        Table::ALL.into_iter().filter_map(move |table| Some((table, self.column(table)?)))
    }
}

/// Whose each of them is, and since when. The earliest time counts, then the first customer by name, so that the order
/// in which rows come changes nothing.
#[derive(Debug, Default)]
pub struct Owners {
    customers: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, u32>,
    /// By 128 bits of hash, which 3 million numbers do not share in the life of the universe.
    known: HashMap<u128, (i64, u32)>,
    kinds: Vec<Owner>,
}

impl Owners {
    /// The customer of it, and its time in microseconds.
    pub fn of(&self, owner: Owner, id: &str) -> Option<(&str, i64)> {
        let (at, customer) = self.known.get(&key(owner, id))?;
        Some((self.customers.get(*customer as usize)?, *at))
    }

    /// Adds one; `false` when there is no more room.
    pub fn add(&mut self, owner: Owner, id: &str, customer: &str, at: i64) -> bool {
        if !self.kinds.contains(&owner) {
            self.kinds.push(owner);
        }
        let customer = self.number(customer);
        let known = self.known.len();
        let entry = self.known.entry(key(owner, id)).or_insert((at, customer));
        let name = |number: u32| self.customers.get(number as usize);
        if (at, name(customer)) < (entry.0, name(entry.1)) {
            *entry = (at, customer);
        }
        known < KNOWN_MAX
    }

    fn number(&mut self, customer: &str) -> u32 {
        if let Some(number) = self.by_name.get(customer) {
            return *number;
        }
        let (name, number) = (Arc::<str>::from(customer), self.customers.len() as u32);
        self.customers.push(name.clone());
        self.by_name.insert(name, number);
        number
    }

    /// Takes what facts of a table tell; `false` when there is no more room.
    pub(crate) fn take(&mut self, wanted: &[Owner], table: Table, batch: &RecordBatch) -> bool {
        let text = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        let at = batch.column_by_name("at").and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
        let (Some(customers), Some(at)) = (text("customer_id"), at) else { return true };
        for owner in wanted {
            let Some(ids) = owner.column(table).and_then(text) else { continue };
            for row in (0..batch.num_rows()).filter(|row| ids.is_valid(*row)) {
                if !self.add(*owner, ids.value(row), customers.value(row), at.value(row)) {
                    return false;
                }
            }
        }
        true
    }
}

fn key(owner: Owner, id: &str) -> u128 {
    let half = |seed: u64| twox_hash::XxHash3_64::oneshot_with_seed(seed, id.as_bytes());
    let seed = owner as u64 * 2 + 1;
    u128::from(half(seed)) << 64 | u128::from(half(seed + 1))
}

/// What the rows of a map name in place of a customer.
pub(crate) fn needed(map: &Map) -> Vec<Owner> {
    let mut needed: Vec<Owner> =
        map.facts.iter().flat_map(|rule| rule.columns.values()).filter_map(|s| s.of()).collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// What all the files of an import name in place of a customer.
pub fn wanted(files: &[(PathBuf, Inspection)]) -> Vec<Owner> {
    let mut wanted: Vec<Owner> = files.iter().flat_map(|(_, inspection)| needed(&inspection.map)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// Lets files that name no customers find them in the other files of the same import, beside what is `known` of the
/// history. Files that others lean on are read once more for it; where nothing leans, nothing is done.
///
/// # Errors
///
/// When such a file cannot be read, leans on more than fits into memory, or on nothing that is there.
pub fn together(files: &mut [(PathBuf, Inspection)], known: Owners) -> Result<(), ReadError> {
    let wanted = wanted(files);
    if wanted.is_empty() {
        return Ok(());
    }
    let told = Told { owners: Mutex::new(known), wanted: &wanted };
    for (path, inspection) in files.iter().filter(|(_, inspection)| needed(&inspection.map).is_empty()) {
        let tells = |owner: &Owner| owner.tables().any(|(table, _)| inspection.map.tables().contains(&table));
        if wanted.iter().any(tells) {
            read(path, inspection, 1, &told)?;
        }
    }
    let owners = Arc::new(told.owners.into_inner().unwrap_or_else(PoisonError::into_inner));
    for (path, inspection) in files.iter_mut() {
        let lacking = needed(&inspection.map).into_iter().find(|owner| !owners.kinds.contains(owner));
        if let Some(owner) = lacking {
            return Err(nobody_tells(path, owner));
        }
        inspection.owners = Some(owners.clone());
    }
    Ok(())
}

/// The error of a file that leans on others which are not there.
pub(crate) fn nobody_tells(path: &std::path::Path, owner: Owner) -> ReadError {
    let (file, all) = (name_of(path), owner.plural());
    let what = format!("its rows name {all} and no customers, and no {all} are known yet");
    let hint = format!(
        "add the file with the {all} to the same import, as in `import {file} {all}.csv`, or import that file first"
    );
    ReadError::new("needs_other_table", path, what, hint)
}

/// Keeps of what is read only whose it is.
struct Told<'a> {
    owners: Mutex<Owners>,
    wanted: &'a [Owner],
}

impl Sink for Told<'_> {
    fn facts(&self, table: Table, batch: RecordBatch) -> Result<(), SinkError> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if owners.take(self.wanted, table, &batch) { Ok(()) } else { Err(FULL.into()) }
    }

    fn reject(&self, _: Reject<'_>) -> Result<(), SinkError> {
        Ok(()) // it will be listed when the file is read for its own sake
    }

    fn progress(&self, _: u64, _: u64) {}
}

/// Why looking up customers stops.
pub(crate) const FULL: &str =
    "more than 3 million orders or subscriptions would have to be looked up to find the customers of these rows";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_counts_in_any_order() {
        let rows = [("ben", 20), ("ana", 10), ("cem", 10)];
        for turn in 0..3 {
            let mut owners = Owners::default();
            for at in 0..3 {
                let (customer, day) = rows[(at + turn) % 3];
                assert!(owners.add(Owner::Order, "7", customer, day));
            }
            assert_eq!(owners.of(Owner::Order, "7"), Some(("ana", 10)));
            assert_eq!(owners.of(Owner::Subscription, "7"), None);
            assert_eq!(owners.of(Owner::Order, "8"), None);
        }
    }
}
