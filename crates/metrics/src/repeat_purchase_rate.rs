//! Repeat purchase rate: of those who bought, how many did so at least twice.

use history::Snapshot;
use serde::{Deserialize, Serialize};
use terms::{Date, Share};

use crate::order_counts::{OrderCounts, OrdersAsk, count_orders};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "repeat-purchase-rate",
    title: "Repeat purchase rate",
    question: "How many of our buyers bought more than once?",
    formula: "customers with two or more orders / customers with one or more",
    source: "Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics (2010)",
    unit: Unit::Share,
    example: "Ana ordered three times, Ben twice, Cem once: 2 of 3.",
};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatPurchaseRate {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Whether the period is over; without a period, always.
    pub complete: bool,
    /// Customers with two or more orders, of those with one or more.
    pub repeat: Share,
    /// Customers by their number of orders.
    pub counts: OrderCounts,
}

/// Of the customers who ordered in the period, those who did so at least twice in it.
///
/// ```text
/// repeat purchase rate = |orders ≥ 2| / |orders ≥ 1|
/// ```
///
/// Both orders lie within the period; without one, within everything known. Two orders on one day are two orders. Not
/// the share of *orders* that come from returning customers: that is
/// [`returning_order_share`](crate::returning_order_share::returning_order_share).
pub async fn repeat_purchase_rate(snapshot: &Snapshot, ask: &OrdersAsk) -> Result<RepeatPurchaseRate, MetricError> {
    let (horizon, period, counts) = count_orders(snapshot, ask).await?;
    let repeat = Share { part: counts.at_least(2), whole: counts.at_least(1) };
    let complete = ask.period.is_none() || horizon.complete(period.end);
    Ok(RepeatPurchaseRate { as_of: horizon.as_of, complete, repeat, counts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;
    use crate::testing::{answer, date, orders, period};

    const SHOP: &str = "ana 2024-01-01 5\nana 2024-01-01T10:00 5\nana 2024-02-01 5\nben 2024-01-31 5\n\
                        ben 2024-02-29 5 country=FI\ncem 2024-01-20 5 country=FI";

    fn check(ask: OrdersAsk, part: u64, whole: u64) {
        for ask in [ask.clone(), OrdersAsk { scope: filtered(&ask.scope), ..ask }] {
            let found = answer(repeat_purchase_rate(&orders(SHOP), &ask)).unwrap();
            assert_eq!(found.repeat, Share { part, whole }, "{ask:?}");
        }
    }

    /// The same question with a condition that holds for every row: it takes the other road through the views.
    fn filtered(scope: &Scope) -> Scope {
        let all = Some(scope.filter.clone().unwrap_or_else(|| "currency = 'EUR'".to_owned()));
        Scope { filter: all, ..scope.clone() }
    }

    #[test]
    fn worked_example() {
        check(OrdersAsk::default(), 2, 3);
        check(OrdersAsk { period: Some(period("2024-01")), ..OrdersAsk::default() }, 1, 3);
        check(OrdersAsk { period: Some(period("2024-02")), ..OrdersAsk::default() }, 0, 2);
        check(OrdersAsk { period: Some(period("2023-02")), ..OrdersAsk::default() }, 0, 0);
        check(OrdersAsk { scope: Scope::as_of(date("2024-02-01")), ..OrdersAsk::default() }, 1, 3);
        check(OrdersAsk { scope: Scope { filter: Some("country = 'FI'".into()), as_of: None }, period: None }, 0, 2);
    }

    #[test]
    fn a_shop_without_orders_has_no_rate() {
        let found = answer(repeat_purchase_rate(&orders(""), &OrdersAsk::default())).unwrap();
        assert_eq!(found.repeat.rate(), None);
    }
}
