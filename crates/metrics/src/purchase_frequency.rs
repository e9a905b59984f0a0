//! Purchase frequency: how many orders a buyer places.

use history::Snapshot;
use serde::{Deserialize, Serialize};
use terms::Date;

use crate::order_counts::{OrderCounts, OrdersAsk, count_orders};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "purchase-frequency",
    title: "Purchase frequency",
    question: "How often does a buyer order?",
    formula: "orders / customers with at least one order, in the same period",
    source: "Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics (2010)",
    unit: Unit::OrdersPerCustomer,
    example: "Ana ordered three times, Ben twice, Cem once: 6 orders of 3 customers, 2 each; the middle one ordered 2.",
};

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseFrequency {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Whether the period is over; without a period, always.
    pub complete: bool,
    /// Orders of the period.
    pub orders: u64,
    /// Customers who placed them.
    pub customers: u64,
    /// The number of orders of the customer in the middle.
    pub median: Option<f64>,
    /// Customers by their number of orders.
    pub counts: OrderCounts,
}

impl PurchaseFrequency {
    /// Orders for each customer; nothing when nobody ordered.
    pub fn mean(&self) -> Option<f64> {
        (self.customers > 0).then(|| self.orders as f64 / self.customers as f64)
    }
}

/// Orders for each customer who ordered.
///
/// ```text
/// purchase frequency = orders / customers
/// ```
///
/// The mean is pulled up by a few heavy buyers; the median beside it says how often the customer in the middle orders.
pub async fn purchase_frequency(snapshot: &Snapshot, ask: &OrdersAsk) -> Result<PurchaseFrequency, MetricError> {
    let (horizon, period, counts) = count_orders(snapshot, ask).await?;
    Ok(PurchaseFrequency {
        as_of: horizon.as_of,
        complete: ask.period.is_none() || horizon.complete(period.end),
        orders: counts.orders(),
        customers: counts.at_least(1),
        median: counts.median(),
        counts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, orders, period};

    fn check(lines: &str, ask: OrdersAsk, mean: Option<f64>, median: Option<f64>) {
        let found = answer(purchase_frequency(&orders(lines), &ask)).unwrap();
        assert_eq!((found.mean(), found.median), (mean, median), "{lines}");
    }

    #[test]
    fn worked_example() {
        let lines = "ana 2024-01-01\nana 2024-01-01\nana 2024-02-01\nben 2024-01-31\nben 2024-02-29\ncem 2024-01-20";
        check(lines, OrdersAsk::default(), Some(2.0), Some(2.0));
        let january = OrdersAsk { period: Some(period("2024-01")), ..OrdersAsk::default() };
        check(lines, january, Some(4.0 / 3.0), Some(1.0));
        check("", OrdersAsk::default(), None, None);
    }
}
