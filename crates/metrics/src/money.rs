//! Money of orders, summed only where it may be: in the reporting currency, and known.

use history::Snapshot;
use history::fold::{Run, Slot};
use serde::{Deserialize, Serialize};
use terms::Currency;

/// Which money of an order is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spend {
    /// What was paid for the goods.
    #[default]
    Gross,
    /// What was paid less what was given back.
    Net,
}

/// How many rows are left out of the sums. A surface that shows a sum shows these beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Excluded {
    /// Rows in a currency that is not the reporting currency.
    pub currency: u64,
    /// Rows whose amount is not known.
    pub unknown: u64,
}

impl Excluded {
    /// How many rows in all.
    pub fn rows(self) -> u64 {
        self.currency + self.unknown
    }

    pub(crate) fn add(&mut self, other: Excluded) {
        self.currency += other.currency;
        self.unknown += other.unknown;
    }
}

/// Reads the amount of a row.
#[derive(Debug, Clone)]
pub(crate) struct Purse {
    reporting: Option<Currency>,
    amount: Slot,
    currency: Slot,
}

impl Purse {
    /// For a scan with the amount in slot `amount` and the currency in slot `currency`.
    pub fn new(snapshot: &Snapshot, amount: Slot, currency: Slot) -> Purse {
        Purse::counting(snapshot.currency(), amount, currency)
    }

    /// The same, counting amounts of this currency alone; of any while it is not known.
    pub fn counting(reporting: Option<Currency>, amount: Slot, currency: Slot) -> Purse {
        Purse { reporting, amount, currency }
    }

    /// The amount of a row, or nothing and the reason counted.
    pub fn amount(&self, run: &Run<'_>, row: usize, excluded: &mut Excluded) -> Option<i64> {
        if run.is_null(self.amount, row) {
            excluded.unknown += 1;
            return None;
        }
        if self.is_foreign(run, row) {
            excluded.currency += 1;
            return None;
        }
        run.i64(self.amount).get(row).copied()
    }

    /// Whether the row is in a currency other than the reporting one.
    fn is_foreign(&self, run: &Run<'_>, row: usize) -> bool {
        match (&self.reporting, run.text(self.currency, row)) {
            (Some(reporting), Some(code)) => !code.eq_ignore_ascii_case(reporting.code()),
            _ => false,
        }
    }
}
