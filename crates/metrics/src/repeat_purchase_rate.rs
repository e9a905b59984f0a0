//! Repeat purchase rate: of those who bought, how many did so at least twice.

use history::fold::{Machine, Run};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Date, Share};

use crate::order_counts::{OrderCounts, OrdersAsk, count_orders};
use crate::scope::{Horizon, Scope};
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

/// The repeat purchase rate as it stood on each of some mornings: of those who had ordered before, those who had done
/// so at least twice. One pass, however many mornings.
///
/// # Errors
///
/// When the filter makes no sense to orders.
pub async fn repeat_by(snapshot: &Snapshot, mornings: &[Date], scope: &Scope) -> Result<Vec<Share>, MetricError> {
    let horizon = Horizon::of(snapshot, scope.as_of);
    let mornings: Vec<i32> = mornings.iter().map(|day| (*day).min(horizon.as_of).0).collect();
    let scan = Scan::of("orders", &["day"]).with_filter(scope.filter.clone());
    let counts = snapshot.fold(&scan, TwoDays { mornings: mornings.clone() }).await?;
    Ok(mornings.iter().zip(counts).map(|(_, (whole, part))| Share { part, whole }).collect())
}

/// Counts, for each morning, customers whose first and whose second order lie before it.
struct TwoDays {
    mornings: Vec<i32>,
}

impl Machine for TwoDays {
    type Partial = Vec<(u64, u64)>;

    fn start(&self) -> Vec<(u64, u64)> {
        vec![(0, 0); self.mornings.len()]
    }

    fn customer(&self, partial: &mut Vec<(u64, u64)>, run: &Run<'_>) {
        let mut days = run.i32(0).iter();
        let (first, second) = (days.next(), days.next());
        let before = |day: Option<&i32>, morning: i32| u64::from(day.is_some_and(|day| *day < morning));
        for (counts, morning) in partial.iter_mut().zip(&self.mornings) {
            counts.0 += before(first, *morning);
            counts.1 += before(second, *morning);
        }
    }

    fn merge(&self, into: &mut Vec<(u64, u64)>, other: Vec<(u64, u64)>) {
        for (mine, theirs) in into.iter_mut().zip(other) {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn many_mornings_in_one_pass_are_as_many_questions() {
        let shop = orders(SHOP);
        let mornings =
            ["2023-12-31", "2024-01-01", "2024-01-02", "2024-02-01", "2024-02-29", "2024-03-01", "2025-01-01"];
        let mornings = mornings.map(date);
        for filter in [None, Some("country = 'FI'".to_owned())] {
            let scope = Scope { filter, as_of: None };
            let found = answer(repeat_by(&shop, &mornings, &scope)).unwrap();
            for (morning, share) in mornings.iter().zip(found) {
                let ask = OrdersAsk { period: None, scope: Scope { as_of: Some(*morning), ..scope.clone() } };
                assert_eq!(share, answer(repeat_purchase_rate(&shop, &ask)).unwrap().repeat, "{morning}");
            }
        }
        assert_eq!(answer(repeat_by(&orders(""), &mornings, &Scope::default())).unwrap()[0].rate(), None);
    }

    #[test]
    fn a_shop_without_orders_has_no_rate() {
        let found = answer(repeat_purchase_rate(&orders(""), &OrdersAsk::default())).unwrap();
        assert_eq!(found.repeat.rate(), None);
    }
}
