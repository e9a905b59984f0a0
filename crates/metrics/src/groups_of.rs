//! Customers by what a column says of them: the groups a change is explained by.

use std::collections::HashMap;

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};

use crate::MetricError;
use crate::scope::Scope;

/// Groups that are told apart; smaller ones are one group of others.
pub(crate) const GROUPS_MAX: usize = 30;

/// The group of every customer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Groups {
    /// What the column says, each once.
    names: Vec<String>,
    /// Customers with the place of their name.
    list: Vec<(u32, u32)>,
}

/// The group of each customer by key; whoever is not in it has none.
pub(crate) type GroupOf = HashMap<u32, u32>;

impl Groups {
    /// The names, and the place of the name of each customer.
    pub fn by_key(self) -> (Vec<String>, GroupOf) {
        (self.names, self.list.into_iter().collect())
    }
}

/// Groups by a column of the view `customers`, or of `orders` as of the first order.
///
/// # Errors
///
/// [`MetricError::UnknownColumn`] when neither has it.
pub(crate) async fn groups_of(snapshot: &Snapshot, column: &str, scope: &Scope) -> Result<Groups, MetricError> {
    let has = |view: &str| snapshot.columns(view).iter().any(|(name, _)| name == column);
    let scan = if has("customers") {
        Scan::of("customers", &[column])
    } else if has("orders") {
        Scan::of("orders", &[column]).with_filter(scope.filter.clone())
    } else {
        return Err(MetricError::UnknownColumn { column: column.to_owned(), view: "customers" });
    };
    Ok(snapshot.fold(&scan, GroupMachine).await?)
}

struct GroupMachine;

const WORD: Slot = 0;

impl Machine for GroupMachine {
    type Partial = Groups;

    fn start(&self) -> Groups {
        Groups::default()
    }

    fn customer(&self, partial: &mut Groups, run: &Run<'_>) {
        let Some(word) = run.text(WORD, 0) else { return };
        let place = place_of(&mut partial.names, word);
        partial.list.push((run.customer, place));
    }

    fn merge(&self, into: &mut Groups, other: Groups) {
        let places: Vec<u32> = other.names.iter().map(|name| place_of(&mut into.names, name)).collect();
        into.list.extend(other.list.into_iter().map(|(customer, place)| (customer, places[place as usize])));
    }
}

/// The place of a name, which is added if it is new. Columns to group by have few words.
fn place_of(names: &mut Vec<String>, word: &str) -> u32 {
    let known = names.iter().rposition(|name| name == word);
    known.unwrap_or_else(|| {
        names.push(word.to_owned());
        names.len() - 1
    }) as u32
}

/// Which groups are told by name: the largest by `size`. Returns for every place of a name, and for those without one
/// behind them, its row; the rows are the large groups in the order of `names`, then the others, then the unknown.
pub(crate) fn rows_of(names: &[String], size: &dyn Fn(usize) -> u64) -> (Vec<usize>, Vec<ChangeGroup>) {
    let mut by_size: Vec<usize> = (0..names.len()).collect();
    by_size.sort_by(|a, b| size(*b).cmp(&size(*a)).then_with(|| names[*a].cmp(&names[*b])));
    let mut rows = vec![usize::MAX; names.len() + 1];
    let mut groups = Vec::new();
    for place in by_size.iter().take(GROUPS_MAX) {
        rows[*place] = groups.len();
        groups.push(ChangeGroup::Named(names[*place].clone()));
    }
    if by_size.len() > GROUPS_MAX {
        by_size[GROUPS_MAX..].iter().for_each(|place| rows[*place] = groups.len());
        groups.push(ChangeGroup::Others(by_size.len() - GROUPS_MAX));
    }
    rows[names.len()] = groups.len();
    groups.push(ChangeGroup::Unknown);
    (rows, groups)
}

/// Whom a row of an explanation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeGroup {
    /// Those of whom the column says this.
    Named(String),
    /// The customers of so many smaller groups.
    Others(usize),
    /// Those of whom it says nothing.
    Unknown,
}
