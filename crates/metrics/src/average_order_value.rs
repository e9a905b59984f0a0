//! Average order value: what an order brings.

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date};

use crate::later_refunds::LaterRefunds;
use crate::money::{Excluded, Purse};
use crate::order_counts::OrdersAsk;
use crate::scope::Horizon;
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "average-order-value",
    title: "Average order value",
    question: "How much does a customer spend in one order?",
    formula: "what was paid for goods / orders",
    source: "Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics (2010)",
    unit: Unit::Money,
    example: "Orders of 10.00, 20.00 and 60.00: 90.00 / 3 = 30.00. Returns do not change it; they are shown beside it.",
};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AverageOrderValue {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Whether the period is over; without a period, always.
    pub complete: bool,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// What was paid for goods, in minor units.
    pub gross_minor: i64,
    /// What has been given back of these same orders, in minor units.
    pub refunded_minor: i64,
    /// The orders summed.
    pub orders: u64,
    /// Orders left out of the sums.
    pub excluded: Excluded,
}

impl AverageOrderValue {
    /// Minor units for each order; nothing without orders.
    pub fn mean_minor(&self) -> Option<f64> {
        (self.orders > 0).then(|| self.gross_minor as f64 / self.orders as f64)
    }
}

/// What was paid for the goods of a period's orders, for each order.
///
/// ```text
/// average order value = Σ amount / orders
/// ```
///
/// The amount is what was paid for goods after discounts, before anything was given back. Orders in another currency,
/// or without an amount, are in neither sum and are counted apart.
pub async fn average_order_value(snapshot: &Snapshot, ask: &OrdersAsk) -> Result<AverageOrderValue, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let from = ask.period.map_or(i32::MIN, |period| period.start.0);
    let to = ask.period.map_or(horizon.as_of, |period| period.end.min(horizon.as_of)).0;
    let mut columns = vec!["day", "amount", "currency", "refunded"];
    let later = LaterRefunds::of(snapshot, &ask.scope, &mut columns).await?;
    let scan = Scan::of("orders", &columns).with_filter(ask.scope.filter.clone());
    let purse = Purse::new(snapshot, AMOUNT, CURRENCY);
    let sums = snapshot.fold(&scan, ValueMachine { from, to, purse, later }).await?;
    Ok(AverageOrderValue {
        as_of: horizon.as_of,
        complete: ask.period.is_none_or(|period| horizon.complete(period.end)),
        currency: snapshot.currency(),
        gross_minor: sums.gross,
        refunded_minor: sums.refunded,
        orders: sums.orders,
        excluded: sums.excluded,
    })
}

struct ValueMachine {
    from: i32,
    to: i32,
    purse: Purse,
    later: LaterRefunds,
}

const DAY: Slot = 0;
const AMOUNT: Slot = 1;
const CURRENCY: Slot = 2;
const REFUNDED: Slot = 3;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Sums {
    gross: i64,
    refunded: i64,
    orders: u64,
    excluded: Excluded,
}

impl Machine for ValueMachine {
    type Partial = Sums;

    fn start(&self) -> Sums {
        Sums::default()
    }

    fn customer(&self, partial: &mut Sums, run: &Run<'_>) {
        for (row, day) in run.i32(DAY).iter().enumerate() {
            if *day < self.from || *day >= self.to {
                continue;
            }
            if let Some(amount) = self.purse.amount(run, row, &mut partial.excluded) {
                partial.orders += 1;
                partial.gross = partial.gross.saturating_add(amount);
                let back = run.i64(REFUNDED).get(row).copied().unwrap_or(0);
                partial.refunded = partial.refunded.saturating_add(self.later.known(run, row, back));
            }
        }
    }

    fn merge(&self, into: &mut Sums, other: Sums) {
        into.gross = into.gross.saturating_add(other.gross);
        into.refunded = into.refunded.saturating_add(other.refunded);
        into.orders += other.orders;
        into.excluded.add(other.excluded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, orders, period};

    fn check(lines: &str, period: Option<terms::Period>, mean: Option<f64>, refunded: i64, excluded: (u64, u64)) {
        let ask = OrdersAsk { period, ..OrdersAsk::default() };
        let found = answer(average_order_value(&orders(lines), &ask)).unwrap();
        assert_eq!((found.mean_minor(), found.refunded_minor), (mean, refunded), "{lines}");
        let Excluded { currency, unknown } = found.excluded;
        assert_eq!((currency, unknown), excluded, "{lines}");
    }

    #[test]
    fn worked_example() {
        let shop = "ana 2024-01-01 10.00\nana 2024-01-31 20.00\nben 2024-01-05 60.00 order=b1\n\
                    ben 2024-02-01 refund 60.00 order=b1";
        check(shop, None, Some(3000.0), 6000, (0, 0));
        check(shop, Some(period("2024-01-01..2024-01-31")), Some(3500.0), 6000, (0, 0));
        check(shop, Some(period("2024-02")), None, 0, (0, 0));
        check("", None, None, 0, (0, 0));
        // On the last day of January nobody knew of the return of February.
        let scope = crate::Scope::as_of(crate::testing::date("2024-02-01"));
        let early = answer(average_order_value(&orders(shop), &OrdersAsk { scope, ..OrdersAsk::default() })).unwrap();
        assert_eq!((early.orders, early.gross_minor, early.refunded_minor), (3, 9000, 0));
    }

    #[test]
    fn other_currencies_and_unknown_amounts_are_told_apart() {
        check(
            "ana 2024-01-01 10.00\nben 2024-01-01 99.00 currency=USD\ncem 2024-01-01\nana 2024-01-03 5",
            None,
            Some(750.0),
            0,
            (1, 1),
        );
    }
}
