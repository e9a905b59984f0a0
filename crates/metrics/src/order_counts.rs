//! How many customers ordered how often: the count under repeat purchase rate and purchase frequency.

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Date, Period};

use crate::MetricError;
use crate::scope::{Horizon, Scope};

/// A question about the orders of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OrdersAsk {
    /// Only orders of these days; all without it.
    pub period: Option<Period>,
    /// As of when, and about which orders.
    pub scope: Scope,
}

/// Customers by their number of orders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OrderCounts {
    /// `by_orders[n]` customers have n orders; nobody has none, so the first place is empty.
    pub by_orders: Vec<u64>,
}

impl OrderCounts {
    /// Customers with at least `orders` orders.
    pub fn at_least(&self, orders: usize) -> u64 {
        self.by_orders.iter().skip(orders.max(1)).sum()
    }

    /// All orders.
    pub fn orders(&self) -> u64 {
        self.by_orders.iter().zip(0u64..).map(|(customers, orders)| customers * orders).sum()
    }

    /// The number of orders of the customer in the middle; between two of them, their mean.
    pub fn median(&self) -> Option<f64> {
        let customers = self.at_least(1);
        let nth = |place: u64| {
            let mut seen = 0;
            self.by_orders.iter().position(|customers| {
                seen += customers;
                seen > place
            })
        };
        let (low, high) = (nth(customers.checked_sub(1)? / 2)?, nth(customers / 2)?);
        Some((low + high) as f64 / 2.0)
    }
}

/// The first day that is not counted, the days that are, and the counts, in one pass.
pub(crate) async fn count_orders(
    snapshot: &Snapshot,
    ask: &OrdersAsk,
) -> Result<(Horizon, Period, OrderCounts), MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let days = ask.period.unwrap_or(Period { start: Date(i32::MIN), end: horizon.as_of });
    let period = Period { start: days.start, end: days.end.min(horizon.as_of) };
    // Without a condition the view of distinct days is enough, and much smaller.
    let (scan, per_day) = match &ask.scope.filter {
        None => (Scan::of("order_days", &["day", "orders"]), true),
        filter => (Scan::of("orders", &["day"]).with_filter(filter.clone()), false),
    };
    let counts = snapshot.fold(&scan, CountMachine { from: period.start.0, to: period.end.0, per_day }).await?;
    Ok((horizon, days, counts))
}

struct CountMachine {
    from: i32,
    to: i32,
    per_day: bool,
}

const DAY: Slot = 0;
const ORDERS: Slot = 1;

impl Machine for CountMachine {
    type Partial = OrderCounts;

    fn start(&self) -> OrderCounts {
        OrderCounts::default()
    }

    fn customer(&self, partial: &mut OrderCounts, run: &Run<'_>) {
        let days = run.i32(DAY);
        let inside = days.partition_point(|day| *day < self.from)..days.partition_point(|day| *day < self.to);
        let orders = match self.per_day {
            true => run.u32(ORDERS).get(inside).map_or(0, |orders| orders.iter().map(|n| *n as usize).sum()),
            false => inside.len(),
        };
        if orders == 0 {
            return;
        }
        if orders >= partial.by_orders.len() {
            partial.by_orders.resize(orders + 1, 0);
        }
        partial.by_orders[orders] += 1;
    }

    fn merge(&self, into: &mut OrderCounts, other: OrderCounts) {
        if other.by_orders.len() > into.by_orders.len() {
            into.by_orders.resize(other.by_orders.len(), 0);
        }
        into.by_orders.iter_mut().zip(other.by_orders).for_each(|(mine, theirs)| *mine += theirs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(by_orders: &[u64], orders: u64, repeat: u64, median: Option<f64>) {
        let counts = OrderCounts { by_orders: by_orders.to_vec() };
        assert_eq!((counts.orders(), counts.at_least(2), counts.median()), (orders, repeat, median), "{by_orders:?}");
    }

    #[test]
    fn by_hand() {
        check(&[], 0, 0, None);
        check(&[0, 1], 1, 0, Some(1.0));
        check(&[0, 2, 0, 1], 5, 1, Some(1.0));
        check(&[0, 1, 1], 3, 1, Some(1.5));
        check(&[0, 1, 0, 1], 4, 1, Some(2.0));
    }
}
