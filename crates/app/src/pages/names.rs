//! Names to keys: who the customers of a list are.

use std::collections::{HashMap, HashSet};

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Date, Instant};

use crate::Problem;

/// What a customer is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Name {
    /// The identifier of the source.
    pub id: String,
    /// Name, where there is one.
    pub name: Option<String>,
    /// Country, where it is known.
    pub country: Option<String>,
    /// Instants of the first and the last fact, in microseconds.
    pub seen: (i64, i64),
}

impl Name {
    /// The days of the first and the last fact.
    pub fn days(&self, snapshot: &Snapshot) -> (Date, Date) {
        let day = |at: i64| snapshot.zone().date(Instant(at));
        (day(self.seen.0), day(self.seen.1))
    }
}

/// The names of customers by key. One pass over the customers, whatever the number of keys.
pub(super) async fn names(snapshot: &Snapshot, keys: HashSet<u32>) -> Result<HashMap<u32, Name>, Problem> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let scan = Scan::of("customers", &["customer_id", "name", "country", "first_at", "last_at"]);
    // The key of a customer whose facts were all taken back stays; the customer does not.
    let scan = scan.with_filter(Some("facts > 0".to_owned()));
    Ok(snapshot.fold(&scan, NameMachine { keys }).await?.into_iter().collect())
}

struct NameMachine {
    keys: HashSet<u32>,
}

const ID: Slot = 0;
const NAME: Slot = 1;
const COUNTRY: Slot = 2;
const FIRST: Slot = 3;
const LAST: Slot = 4;

impl Machine for NameMachine {
    type Partial = Vec<(u32, Name)>;

    fn start(&self) -> Vec<(u32, Name)> {
        Vec::new()
    }

    fn customer(&self, partial: &mut Vec<(u32, Name)>, run: &Run<'_>) {
        if !self.keys.contains(&run.customer) {
            return;
        }
        let text = |slot: Slot| run.text(slot, 0).filter(|text| !text.is_empty()).map(str::to_owned);
        let at = |slot: Slot| run.i64(slot).first().copied().unwrap_or_default();
        let id = text(ID).unwrap_or_default();
        let name = Name { id, name: text(NAME), country: text(COUNTRY), seen: (at(FIRST), at(LAST)) };
        partial.push((run.customer, name));
    }

    fn merge(&self, into: &mut Vec<(u32, Name)>, other: Vec<(u32, Name)>) {
        into.extend(other);
    }
}
