//! Names to keys: who the customers of a list are.

use std::collections::{HashMap, HashSet};

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Date, Instant};

use crate::Problem;

/// What a customer is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Name {
    /// The identifier of the source.
    pub id: String,
    /// Name, where there is one.
    pub name: Option<String>,
    /// Country, where it is known.
    pub country: Option<String>,
    /// Instants of the first and the last fact, in microseconds.
    pub seen: (i64, i64),
    /// What else was asked for, in that order.
    pub more: Vec<Option<String>>,
}

impl Name {
    /// The days of the first and the last fact.
    pub fn days(&self, snapshot: &Snapshot) -> (Date, Date) {
        let day = |at: i64| snapshot.zone().date(Instant(at));
        (day(self.seen.0), day(self.seen.1))
    }
}

/// The names of customers by key. One pass over the customers; for a page of them, over the rows that hold them alone.
pub(crate) async fn names(snapshot: &Snapshot, keys: HashSet<u32>) -> Result<HashMap<u32, Name>, Problem> {
    names_with(snapshot, keys, &[]).await
}

/// The same with further columns of text.
pub(super) async fn names_with(
    snapshot: &Snapshot,
    keys: HashSet<u32>,
    more: &[String],
) -> Result<HashMap<u32, Name>, Problem> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut scan = Scan::of("customers", &["customer_id", "name", "country", "first_at", "last_at"]);
    scan.columns.extend(more.iter().cloned());
    // The key of a customer whose facts were all taken back stays; the customer does not.
    let scan = scan.with_filter(Some(few(&keys).unwrap_or_else(|| "facts > 0".to_owned())));
    Ok(snapshot.fold(&scan, NameMachine { keys, more: more.len() }).await?.into_iter().collect())
}

/// Rows of a page, as a condition: with it, only their text is decoded.
const FEW: usize = 60;

fn few(keys: &HashSet<u32>) -> Option<String> {
    let mut list: Vec<u32> = keys.iter().copied().collect();
    list.sort_unstable();
    let list: Vec<String> = list.iter().map(u32::to_string).collect();
    (keys.len() <= FEW).then(|| format!("facts > 0 and customer in ({})", list.join(", ")))
}

struct NameMachine {
    keys: HashSet<u32>,
    more: usize,
}

const ID: Slot = 0;
const NAME: Slot = 1;
const COUNTRY: Slot = 2;
const FIRST: Slot = 3;
const LAST: Slot = 4;
const MORE: Slot = 5;

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
        let more = (MORE..MORE + self.more).map(text).collect();
        let name = Name { id, name: text(NAME), country: text(COUNTRY), seen: (at(FIRST), at(LAST)), more };
        partial.push((run.customer, name));
    }

    fn merge(&self, into: &mut Vec<(u32, Name)>, other: Vec<(u32, Name)>) {
        into.extend(other);
    }
}

/// Finds customers by what is written of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wording {
    /// Text the id, the name or the e-mail address must contain, in lower case; empty for any.
    pub q: String,
    /// Columns with the word they must hold.
    pub words: Vec<(String, String)>,
    /// Exactly these ids; any without.
    pub ids: Option<HashSet<String>>,
}

impl Wording {
    /// Whether it lets everybody through.
    pub fn is_any(&self) -> bool {
        *self == Wording::default()
    }

    /// The keys of those it fits, rising: one pass over the customers.
    pub async fn keys(&self, snapshot: &Snapshot) -> Result<Vec<u32>, Problem> {
        let mut scan = Scan::of("customers", &["customer_id"]);
        if !self.q.is_empty() {
            scan.columns.extend(["name", "email"].map(str::to_owned));
        }
        let first = scan.columns.len();
        scan.columns.extend(self.words.iter().map(|(column, _)| column.clone()));
        let scan = scan.with_filter(Some("facts > 0".to_owned()));
        let mut keys = snapshot.fold(&scan, WordingMachine { wording: self.clone(), first }).await?;
        keys.sort_unstable();
        Ok(keys)
    }
}

struct WordingMachine {
    wording: Wording,
    /// The slot of the first column of words.
    first: Slot,
}

impl Machine for WordingMachine {
    type Partial = Vec<u32>;

    fn start(&self) -> Vec<u32> {
        Vec::new()
    }

    fn customer(&self, partial: &mut Vec<u32>, run: &Run<'_>) {
        let Wording { q, words, ids } = &self.wording;
        let holds = |(at, (_, word)): (usize, &(String, String))| run.text(self.first + at, 0) == Some(word.as_str());
        let says = |slot: Slot| run.text(slot, 0).is_some_and(|text| contains(text, q));
        let fits = ids.as_ref().is_none_or(|ids| run.text(ID, 0).is_some_and(|id| ids.contains(id)))
            && words.iter().enumerate().all(holds)
            && (q.is_empty() || (ID..self.first).any(says));
        if fits {
            partial.push(run.customer);
        }
    }

    fn merge(&self, into: &mut Vec<u32>, other: Vec<u32>) {
        into.extend(other);
    }
}

/// Whether a text says `q`, whatever the case. `q` is in lower case; plain letters are compared without a copy.
fn contains(text: &str, q: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(q);
    }
    let (text, q) = (text.as_bytes(), q.as_bytes());
    q.is_empty() || text.windows(q.len()).any(|part| part.eq_ignore_ascii_case(q))
}

/// A text of every customer, for those who sort by it.
pub(super) async fn texts(snapshot: &Snapshot, columns: &[&str]) -> Result<Vec<(u32, String)>, Problem> {
    let scan = Scan::of("customers", columns).with_filter(Some("facts > 0".to_owned()));
    Ok(snapshot.fold(&scan, TextMachine { columns: columns.len() }).await?)
}

/// The first of some columns that says anything, in lower case.
struct TextMachine {
    columns: usize,
}

impl Machine for TextMachine {
    type Partial = Vec<(u32, String)>;

    fn start(&self) -> Vec<(u32, String)> {
        Vec::new()
    }

    fn customer(&self, partial: &mut Vec<(u32, String)>, run: &Run<'_>) {
        let said = (0..self.columns).find_map(|slot| run.text(slot, 0).filter(|text| !text.is_empty()));
        partial.extend(said.map(|text| (run.customer, text.to_lowercase())));
    }

    fn merge(&self, into: &mut Vec<(u32, String)>, other: Vec<(u32, String)>) {
        into.extend(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_whatever_its_case() {
        for (text, q, found) in [
            ("O'Neil", "o'n", true),
            ("O'Neil", "", true),
            ("", "", true),
            ("ab", "abc", false),
            ("ÅSA", "åsa", true),
            ("王 Åsa", "王", true),
            ("Asa", "å", false),
        ] {
            assert_eq!(contains(text, q), found, "{text:?} {q:?}");
        }
    }

    #[test]
    fn a_condition_is_short_enough_for_the_guard() {
        let widest: HashSet<u32> = (0..FEW as u32).map(|at| u32::MAX - at).collect();
        assert!(few(&widest).unwrap().len() < 1_000);
        assert_eq!(few(&HashSet::from([3, 1])).unwrap(), "facts > 0 and customer in (1, 3)");
        assert_eq!(few(&(0..61).collect()), None);
    }
}
