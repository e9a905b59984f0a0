//! Overdue customers: quiet for much longer than their own rhythm. A rule, not a prediction.

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use models::quantile::quantile_of_whole;
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Share};

use crate::activity::{Activity, ActivityRule};
use crate::money::{Excluded, Purse};
use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "overdue",
    title: "Customers overdue",
    question: "Who has been quiet for longer than they usually are?",
    formula: "days since the last order > 2 × the median of the customer's own gaps between days with an order",
    source: "a rule of thumb, named as such: it compares customers with themselves and predicts nothing",
    unit: Unit::Customers,
    example: "Ana orders every 10 days and has been quiet for 25: overdue, since 25 > 2 × 10. Ben orders every 60 days \
              and has been quiet for 100: not yet.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OverdueAsk {
    /// Overdue when the last order is older than the usual gap times this.
    pub times: f64,
    /// Only customers with at least this many orders have a rhythm; 3 or more.
    pub orders_min: u32,
    /// Leave out those who are no longer customers by the purchase rule: only people who can still be kept.
    pub only_active: bool,
    /// The purchase rule that says who is still a customer; the business's own without it.
    pub activity: Option<Activity>,
    /// As of when, and about which orders.
    pub scope: Scope,
}

impl Default for OverdueAsk {
    fn default() -> OverdueAsk {
        OverdueAsk { times: 2.0, orders_min: 3, only_active: false, activity: None, scope: Scope::default() }
    }
}

/// One customer past the usual gap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OverdueCustomer {
    /// The dense key.
    pub customer: u32,
    /// The day of the last order.
    pub last_day: Date,
    /// Days from it to the last day that counts.
    pub days_since_last_order: i32,
    /// The median of the customer's gaps between days with an order, in days.
    pub usual_gap_days: f64,
    /// Orders so far.
    pub orders: u32,
    /// Paid for goods so far, in minor units.
    pub spend_minor: i64,
    /// Whether the purchase rule still counts them as a customer on the last day.
    pub active: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overdue {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The purchase rule that decides who is still a customer.
    pub rule: ActivityRule,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// Overdue customers, of those with a rhythm.
    pub overdue: Share,
    /// The overdue, by spend, the largest first.
    pub customers: Vec<OverdueCustomer>,
    /// Orders left out of the sums of money.
    pub excluded: Excluded,
}

/// Customers whose last order is older than `times` their own usual gap.
///
/// ```text
/// overdue  ⇔  days since last order > times × median(gaps between the customer's own days with an order)
/// ```
///
/// Useful for a list of people to write to today. Not useful as a forecast: it has not been tested on what happened
/// afterwards. Several orders on one day are one day, so that no gap is zero.
///
/// # Errors
///
/// When `times` is no positive number.
pub async fn overdue(snapshot: &Snapshot, ask: &OverdueAsk) -> Result<Overdue, MetricError> {
    if !ask.times.is_finite() || ask.times <= 0.0 {
        return Err(MetricError::Zero { what: "the number of times" });
    }
    let asked = match &ask.activity {
        Some(rule @ Activity::Purchase { .. }) => rule.clone(),
        _ => Activity::Purchase { window_days: None },
    };
    let rule = Activity::settle(Some(&asked), snapshot, &ask.scope).await?;
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let window_days = rule.window.map_or(0, |window| window.days.min(1_000_000) as i32);
    let columns = ["day", "amount", "currency"];
    let scan = Scan::of("orders", &columns).with_filter(ask.scope.filter.clone());
    let purse = Purse::new(snapshot, AMOUNT, CURRENCY);
    let machine = OverdueMachine { ask: ask.clone(), horizon: horizon.clone(), window_days, purse };
    let mut found = snapshot.fold(&scan, machine).await?;
    found.list.sort_unstable_by_key(|customer| (std::cmp::Reverse(customer.spend_minor), customer.customer));
    let overdue = Share { part: found.list.len() as u64, whole: found.with_rhythm };
    let currency = snapshot.currency();
    Ok(Overdue { as_of: horizon.as_of, rule, currency, overdue, customers: found.list, excluded: found.excluded })
}

struct OverdueMachine {
    ask: OverdueAsk,
    horizon: Horizon,
    window_days: i32,
    purse: Purse,
}

const DAY: Slot = 0;
const AMOUNT: Slot = 1;
const CURRENCY: Slot = 2;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Found {
    with_rhythm: u64,
    list: Vec<OverdueCustomer>,
    excluded: Excluded,
    #[serde(skip)]
    gaps: Vec<i64>,
}

impl Machine for OverdueMachine {
    type Partial = Found;

    fn start(&self) -> Found {
        Found::default()
    }

    fn customer(&self, partial: &mut Found, run: &Run<'_>) {
        let Found { with_rhythm, list, excluded, gaps } = partial;
        let days = run.i32(DAY);
        let days = &days[..self.horizon.visible(days)];
        gaps.clear();
        gaps.extend(days.windows(2).map(|pair| i64::from(pair[1] - pair[0])).filter(|gap| *gap > 0));
        let (Some(last), Some(usual)) = (days.last(), quantile_of_whole(gaps, 0.5)) else { return };
        if days.len() < self.ask.orders_min.max(2) as usize {
            return;
        }
        let since = self.horizon.last_day().0 - last;
        let active = since < self.window_days;
        if self.ask.only_active && !active {
            return;
        }
        *with_rhythm += 1;
        if f64::from(since) <= self.ask.times * usual {
            return;
        }
        let mut spend = 0i64;
        for row in 0..days.len() {
            spend = spend.saturating_add(self.purse.amount(run, row, excluded).unwrap_or(0));
        }
        list.push(OverdueCustomer {
            customer: run.customer,
            last_day: Date(*last),
            days_since_last_order: since,
            usual_gap_days: usual,
            orders: days.len() as u32,
            spend_minor: spend,
            active,
        });
    }

    fn merge(&self, into: &mut Found, other: Found) {
        into.with_rhythm += other.with_rhythm;
        into.list.extend(other.list);
        into.excluded.add(other.excluded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, orders};

    const SHOP: &str = "ana 2024-01-01 5\nana 2024-01-11 5\nana 2024-01-11 5\nana 2024-01-21 5\n\
                        ben 2023-07-01 9\nben 2023-09-01 9\nben 2023-11-01 9\n\
                        cem 2024-01-01\ncem 2024-01-02\ndia 2024-01-01\ndia 2024-01-01\ndia 2024-01-01";

    /// Customers as `days gap orders spend`, `overdue/with a rhythm`.
    fn check(as_of: &str, change: impl Fn(&mut OverdueAsk), expected: &[&str], share: (u64, u64)) {
        let mut ask = OverdueAsk { scope: Scope::as_of(date(as_of)), ..OverdueAsk::default() };
        ask.activity = Some(Activity::Purchase { window_days: Some(60) });
        change(&mut ask);
        let found = answer(overdue(&orders(SHOP), &ask)).unwrap();
        let line = |c: &OverdueCustomer| {
            format!("{} {} {} {}", c.days_since_last_order, c.usual_gap_days, c.orders, c.spend_minor)
        };
        assert_eq!(found.customers.iter().map(line).collect::<Vec<_>>(), expected, "{as_of}");
        assert_eq!((found.overdue.part, found.overdue.whole), share);
    }

    #[test]
    fn worked_example() {
        check("2024-02-11", |_| (), &[], (0, 2)); // exactly 20 days: not more than twice the gap
        check("2024-02-12", |_| (), &["21 10 4 2000"], (1, 2));
        // Ben's gaps are 62 and 61 days: 123 days is exactly twice their median of 61.5.
        check("2024-03-04", |_| (), &["42 10 4 2000"], (1, 2));
        check("2024-03-05", |_| (), &["124 61.5 3 2700", "43 10 4 2000"], (2, 2));
        check("2024-03-05", |ask| ask.only_active = true, &["43 10 4 2000"], (1, 1));
        check("2024-03-05", |ask| ask.orders_min = 4, &["43 10 4 2000"], (1, 1));
        check("2024-02-12", |ask| ask.times = 3.0, &[], (0, 2));
    }

    #[test]
    fn a_number_that_means_nothing_is_refused() {
        let ask = OverdueAsk { times: f64::NAN, ..OverdueAsk::default() };
        assert_eq!(answer(overdue(&orders(SHOP), &ask)).unwrap_err().code(), "zero");
    }
}
