//! Why revenue changed between two periods: more or fewer buyers, and what each of them brought, group by group.

use std::sync::Arc;

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use models::mix::of_sums;
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Period};

use crate::groups_of::{ChangeGroup, GroupOf, groups_of, rows_of};
use crate::money::{Excluded, Purse};
use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "revenue-change",
    title: "Why revenue changed",
    question: "Did revenue change because of how many bought, or because of what each of them brought?",
    formula: "for each group: buyers = change of their number × mean revenue of each; each = change of revenue of each × mean \
              number; both over all groups add up to the change",
    source: "Kitagawa, Components of a Difference Between Two Rates, JASA 50 (1955), with sums in place of rates",
    unit: Unit::Money,
    example: "Ten buyers brought 100 each, then twelve brought 90 each: 80 more, of which 190 by two more buyers and −110 by \
              ten less from each.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueChangeAsk {
    /// The period.
    pub period: Period,
    /// The one it is held against.
    pub before: Period,
    /// The column that makes the groups: of the view `customers`, or of `orders` as of the first order.
    pub by: String,
    /// As of when, and about which facts.
    pub scope: Scope,
}

/// Buyers of a period, and what they paid for goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bought {
    /// Distinct buyers.
    pub customers: u64,
    /// Orders.
    pub orders: u64,
    /// Paid for goods, in minor units, before anything was given back.
    pub gross_minor: i64,
}

/// What one group adds to the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueChangeRow {
    /// Who.
    pub group: ChangeGroup,
    /// The period before.
    pub before: Bought,
    /// The period.
    pub after: Bought,
    /// Because more or fewer bought, in minor units.
    pub buyers_minor: i64,
    /// Because each brought more or less, in minor units.
    pub each_minor: i64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueChange {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// The two periods, the earlier first.
    pub periods: (Period, Period),
    /// Everybody in each.
    pub sums: (Bought, Bought),
    /// Whether both are over.
    pub complete: bool,
    /// What is in no sum.
    pub excluded: Excluded,
    /// The groups, the largest effect first.
    pub rows: Vec<RevenueChangeRow>,
}

/// Which groups revenue changed by.
///
/// # Errors
///
/// When no view has the column.
pub async fn revenue_change(snapshot: &Snapshot, ask: &RevenueChangeAsk) -> Result<RevenueChange, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let (names, group_of) = groups_of(snapshot, &ask.by, &ask.scope).await?.by_key();
    let days = [ask.before, ask.period].map(|period| (period.start.0, period.end.min(horizon.as_of).0));
    let scan = Scan::of("orders", &["day", "amount", "currency"]).with_filter(ask.scope.filter.clone());
    let purse = Purse::new(snapshot, AMOUNT, CURRENCY);
    let machine = SumMachine { days, purse, places: names.len() + 1, group_of: Arc::new(group_of) };
    let found = snapshot.fold(&scan, machine).await?;
    let (places, groups) = rows_of(&names, &|place| found.sums[place].iter().map(|one| one.customers).sum());
    let mut sums = vec![[Bought::default(); 2]; groups.len()];
    for (row, counted) in places.into_iter().zip(&found.sums) {
        sums[row].iter_mut().zip(counted).for_each(|(into, other)| into.add(*other));
    }
    let mut whole = [Bought::default(); 2];
    sums.iter().for_each(|row| whole.iter_mut().zip(row).for_each(|(into, other)| into.add(*other)));
    let row = |(group, [before, after]): (ChangeGroup, [Bought; 2])| {
        let (buyers_minor, each_minor) =
            of_sums((before.customers, before.gross_minor), (after.customers, after.gross_minor));
        RevenueChangeRow { group, before, after, buyers_minor, each_minor }
    };
    let mut rows: Vec<RevenueChangeRow> =
        groups.into_iter().zip(sums).map(row).filter(|row| row.before.orders + row.after.orders > 0).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.after.gross_minor - row.before.gross_minor).unsigned_abs()));
    Ok(RevenueChange {
        as_of: horizon.as_of,
        currency: snapshot.currency(),
        periods: (ask.before, ask.period),
        sums: (whole[0], whole[1]),
        complete: horizon.complete(ask.period.end) && horizon.complete(ask.before.end),
        excluded: found.excluded,
        rows,
    })
}

impl Bought {
    fn add(&mut self, other: Bought) {
        self.customers += other.customers;
        self.orders += other.orders;
        self.gross_minor = self.gross_minor.saturating_add(other.gross_minor);
    }
}

struct SumMachine {
    days: [(i32, i32); 2],
    purse: Purse,
    places: usize,
    group_of: Arc<GroupOf>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Sums {
    sums: Vec<[Bought; 2]>,
    excluded: Excluded,
}

const DAY: Slot = 0;
const AMOUNT: Slot = 1;
const CURRENCY: Slot = 2;

impl Machine for SumMachine {
    type Partial = Sums;

    fn start(&self) -> Sums {
        Sums { sums: vec![[Bought::default(); 2]; self.places], excluded: Excluded::default() }
    }

    fn customer(&self, partial: &mut Sums, run: &Run<'_>) {
        let place = self.group_of.get(&run.customer).map_or(self.places - 1, |place| *place as usize);
        let all = run.i32(DAY);
        for ((from, to), sums) in self.days.iter().zip(&mut partial.sums[place]) {
            let rows = all.partition_point(|day| day < from)..all.partition_point(|day| day < to);
            sums.customers += u64::from(!rows.is_empty());
            sums.orders += rows.len() as u64;
            for row in rows {
                let amount = self.purse.amount(run, row, &mut partial.excluded).unwrap_or(0);
                sums.gross_minor = sums.gross_minor.saturating_add(amount);
            }
        }
    }

    fn merge(&self, into: &mut Sums, other: Sums) {
        let pairs = into.sums.iter_mut().flatten().zip(other.sums.into_iter().flatten());
        pairs.for_each(|(mine, theirs)| mine.add(theirs));
        into.excluded.add(other.excluded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, orders, period};

    const SHOP: &str = "ana 2024-01-05 10.00 country=FI\nana 2024-02-05 30.00 country=FI\n\
        ben 2024-01-09 20.00 country=SE\ncem 2024-02-01 5.00 country=SE\ndora 2024-02-02 5.00\neve 2024-02-03 7.00 currency=USD";

    #[test]
    fn what_groups_add_makes_the_change() {
        let ask = RevenueChangeAsk {
            before: period("2024-01"),
            period: period("2024-02"),
            by: "country".to_owned(),
            scope: Scope::default(),
        };
        let found = answer(revenue_change(&orders(SHOP), &ask)).unwrap();
        let said: Vec<String> =
            found.rows.iter().map(|row| format!("{:?} {} {}", row.group, row.buyers_minor, row.each_minor)).collect();
        // Ana brings 20.00 more; one Swede less well; two of unknown country are new, one of them in dollars.
        assert_eq!(said, ["Named(\"FI\") 0 2000", "Named(\"SE\") 0 -1500", "Unknown 500 0"]);
        let change = found.sums.1.gross_minor - found.sums.0.gross_minor;
        assert_eq!((change, found.excluded.currency), (1000, 1));
        assert_eq!(found.rows.iter().map(|row| row.buyers_minor + row.each_minor).sum::<i64>(), change);
    }
}
