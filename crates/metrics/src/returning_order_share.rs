//! Returning-order share: how much of the order book comes from people who had ordered before.

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Date, Share};

use crate::order_counts::OrdersAsk;
use crate::scope::Horizon;
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "returning-order-share",
    title: "Returning-order share",
    question: "How many of our orders come from customers who had bought before?",
    formula: "orders that are not the customer's first / all orders",
    source: "also called share of returning orders; not the repeat purchase rate, which counts customers",
    unit: Unit::Share,
    example: "In February Ana places her third order, Ben his second, Cem his first: 2 of 3.",
};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturningOrderShare {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Whether the period is over; without a period, always.
    pub complete: bool,
    /// Orders that are not their customer's first, of all orders.
    pub returning: Share,
}

/// Of the orders of a period, those that were not their customer's first ever.
///
/// ```text
/// returning-order share = |orders numbered 2 or more| / |orders|
/// ```
///
/// An order is numbered by when it was placed among all orders of the customer, also those outside the period or the
/// filter.
pub async fn returning_order_share(snapshot: &Snapshot, ask: &OrdersAsk) -> Result<ReturningOrderShare, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let from = ask.period.map_or(i32::MIN, |period| period.start.0);
    let to = ask.period.map_or(horizon.as_of, |period| period.end.min(horizon.as_of)).0;
    let scan = Scan::of("orders", &["day", "number"]).with_filter(ask.scope.filter.clone());
    let returning = snapshot.fold(&scan, NumberMachine { from, to }).await?;
    let complete = ask.period.is_none_or(|period| horizon.complete(period.end));
    Ok(ReturningOrderShare { as_of: horizon.as_of, complete, returning })
}

struct NumberMachine {
    from: i32,
    to: i32,
}

const DAY: Slot = 0;
const NUMBER: Slot = 1;

impl Machine for NumberMachine {
    type Partial = Share;

    fn start(&self) -> Share {
        Share::default()
    }

    fn customer(&self, partial: &mut Share, run: &Run<'_>) {
        for (day, number) in run.i32(DAY).iter().zip(run.u32(NUMBER)) {
            let inside = self.from <= *day && *day < self.to;
            partial.whole += u64::from(inside);
            partial.part += u64::from(inside && *number > 1);
        }
    }

    fn merge(&self, into: &mut Share, other: Share) {
        into.part += other.part;
        into.whole += other.whole;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;
    use crate::testing::{answer, date, orders, period};

    fn check(ask: OrdersAsk, part: u64, whole: u64) {
        let lines = "ana 2024-01-01\nana 2024-01-01T10:00\nana 2024-02-01 5 country=FI\nben 2024-01-31\n\
                     ben 2024-02-29\ncem 2024-02-20 5 country=FI\ncem 2024-03-01";
        let found = answer(returning_order_share(&orders(lines), &ask)).unwrap();
        assert_eq!(found.returning, Share { part, whole }, "{ask:?}");
    }

    #[test]
    fn worked_example() {
        check(OrdersAsk { period: Some(period("2024-02")), ..OrdersAsk::default() }, 2, 3);
        check(OrdersAsk::default(), 4, 7);
        check(OrdersAsk { scope: Scope::as_of(date("2024-02-01")), period: None }, 1, 3);
        // Ana's Finnish order is her third, though the first one from Finland.
        check(OrdersAsk { scope: Scope { filter: Some("country = 'FI'".into()), as_of: None }, period: None }, 1, 2);
        check(OrdersAsk { period: Some(period("2020")), ..OrdersAsk::default() }, 0, 0);
    }
}
