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

/// Things that belong to a customer and are named by rows of other tables: about 80 bytes each, 240 MB at most.
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

/// What one of them passes on to the rows that name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned<'a> {
    /// Whose it is.
    pub customer: &'a str,
    /// Since when, in microseconds.
    pub at: i64,
    /// In which currency it is, where that is known.
    pub currency: Option<&'a str>,
}

/// Whose each of them is, and since when. The earliest time counts, then the first customer by name, so that the order
/// in which rows come changes nothing.
#[derive(Debug, Default)]
pub struct Owners {
    /// Customers and currencies, each once.
    names: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, u32>,
    /// By 128 bits of hash, which 3 million numbers do not share in the life of the universe.
    known: HashMap<u128, Known>,
    kinds: Vec<Owner>,
}

impl Owners {
    /// What this order, subscription or invoice passes on.
    pub fn of(&self, owner: Owner, id: &str) -> Option<Owned<'_>> {
        let known = self.known.get(&key(owner, id))?;
        let currency = known.currency.and_then(|number| self.name(number));
        Some(Owned { customer: self.name(known.customer)?, at: known.at, currency })
    }

    fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(AsRef::as_ref)
    }

    /// Adds one; `false` when there is no more room.
    pub fn add(&mut self, owner: Owner, id: &str, owned: Owned<'_>) -> bool {
        if !self.kinds.contains(&owner) {
            self.kinds.push(owner);
        }
        let currency = owned.currency.map(|currency| self.number(currency));
        let new = Known { at: owned.at, customer: self.number(owned.customer), currency };
        let (key, room) = (key(owner, id), self.known.len() < KNOWN_MAX);
        let Some(old) = self.known.get(&key).copied() else {
            self.known.insert(key, new);
            return room;
        };
        let name = |number: u32| self.name(number);
        let earlier = (new.at, name(new.customer)) < (old.at, name(old.customer));
        let first = [new.currency, old.currency].into_iter().flatten().min_by_key(|number| name(*number));
        self.known.insert(key, Known { currency: first, ..if earlier { new } else { old } });
        true
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        let (name, number) = (Arc::<str>::from(name), self.names.len() as u32);
        self.names.push(name.clone());
        self.by_name.insert(name, number);
        number
    }

    /// Takes what facts of a table tell; `false` when there is no more room.
    pub(crate) fn take(&mut self, wanted: &[Owner], table: Table, batch: &RecordBatch) -> bool {
        let text = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        let at = batch.column_by_name("at").and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
        let (Some(customers), Some(at)) = (text("customer_id"), at) else { return true };
        let currencies = text("currency");
        for owner in wanted {
            let Some(ids) = owner.column(table).and_then(text) else { continue };
            for row in (0..batch.num_rows()).filter(|row| ids.is_valid(*row)) {
                let currency = currencies.filter(|all| all.is_valid(row)).map(|all| all.value(row));
                let owned = Owned { customer: customers.value(row), at: at.value(row), currency };
                if !self.add(*owner, ids.value(row), owned) {
                    return false;
                }
            }
        }
        true
    }
}

/// As kept: names by their numbers.
#[derive(Debug, Clone, Copy)]
struct Known {
    at: i64,
    customer: u32,
    currency: Option<u32>,
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
        let rows = [("ben", 20, Some("USD")), ("ana", 10, None), ("cem", 10, Some("EUR"))];
        for turn in 0..3 {
            let mut owners = Owners::default();
            for at in 0..3 {
                let (customer, at, currency) = rows[(at + turn) % 3];
                assert!(owners.add(Owner::Order, "7", Owned { customer, at, currency }));
            }
            let expected = Owned { customer: "ana", at: 10, currency: Some("EUR") };
            assert_eq!(owners.of(Owner::Order, "7"), Some(expected));
            assert_eq!(owners.of(Owner::Subscription, "7"), None);
            assert_eq!(owners.of(Owner::Order, "8"), None);
        }
    }
}
