//! Time between orders: how long a customer waits, seen two ways.

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use models::quantile::quantile_of_whole;
use models::survival::{Crossing, Lifetime, kaplan_meier};
use serde::{Deserialize, Serialize};
use terms::Date;

use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "time-between-orders",
    title: "Time between orders",
    question: "How long does it take until a customer orders again?",
    formula: "median of the times between consecutive orders of a customer; beside it the Kaplan–Meier median, in which \
              customers who have not come back count as still waiting",
    source: "Kaplan & Meier, JASA 53 (1958), 457–481, for the median with those still waiting",
    unit: Unit::Days,
    example: "Ana orders on days 0, 10 and 30, Ben on day 0 only; we look on day 60. Waits that ended: 10 and 20, \
              median 15. With Ana waiting 30 days and Ben 60 so far, half of all waits are longer than 20 days.",
};

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeBetweenOrders {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The median of the waits that ended, in days.
    pub median_days: Option<f64>,
    /// The median of all waits in days, with its interval; nothing when half of them last longer than we can see.
    pub median_days_all: Option<Crossing>,
    /// Waits that ended in another order.
    pub ended: u64,
    /// Waits still going: one for each customer, since the last order.
    pub waiting: u64,
}

/// Days from each order of a customer to the next.
///
/// ```text
/// median_days     = median(atᵢ₊₁ − atᵢ)
/// median_days_all = first t with S(t) ≤ ½, S by Kaplan–Meier over ended and open waits
/// ```
///
/// The plain median speaks only of those who came back, and is always too short; the second keeps those who did not.
/// Measured from instant to instant, in days of 24 hours with their fraction. An open wait lasts until the last fact
/// that is known.
pub async fn time_between_orders(snapshot: &Snapshot, scope: &Scope) -> Result<TimeBetweenOrders, MetricError> {
    let horizon = Horizon::of(snapshot, scope.as_of);
    let until = horizon.seen.map_or(i64::MIN, |seen| seen.0);
    let before = snapshot.zone().start_of(horizon.as_of).0;
    let scan = Scan::of("orders", &["at"]).with_filter(scope.filter.clone());
    let mut waits = snapshot.fold(&scan, WaitMachine { before, until }).await?;
    let median = quantile_of_whole(&mut waits.ended, 0.5).map(days);
    let (ended, waiting) = (waits.ended.len() as u64, waits.open.len() as u64);
    let as_lifetimes = |waits: Vec<i64>, ended: bool| {
        waits.into_iter().map(move |micros| Lifetime { duration: days(micros as f64), ended })
    };
    let mut all: Vec<Lifetime> = as_lifetimes(waits.ended, true).chain(as_lifetimes(waits.open, false)).collect();
    let median_days_all = kaplan_meier(&mut all).median();
    Ok(TimeBetweenOrders { as_of: horizon.as_of, median_days: median, median_days_all, ended, waiting })
}

fn days(micros: f64) -> f64 {
    micros / 86_400_000_000.0
}

struct WaitMachine {
    /// Orders at this instant or later are not counted.
    before: i64,
    /// Open waits last until this instant.
    until: i64,
}

/// Waits in microseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Waits {
    ended: Vec<i64>,
    open: Vec<i64>,
}

const AT: Slot = 0;

impl Machine for WaitMachine {
    type Partial = Waits;

    fn start(&self) -> Waits {
        Waits::default()
    }

    fn customer(&self, partial: &mut Waits, run: &Run<'_>) {
        let at = run.i64(AT);
        let at = &at[..at.partition_point(|at| *at < self.before)];
        partial.ended.extend(at.windows(2).map(|pair| pair[1] - pair[0]));
        partial.open.extend(at.last().map(|last| (self.until - last).max(0)));
    }

    fn merge(&self, into: &mut Waits, other: Waits) {
        into.ended.extend(other.ended);
        into.open.extend(other.open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, orders};

    fn check(lines: &str, scope: Scope, median: Option<f64>, all: Option<f64>, counts: (u64, u64)) {
        let found = answer(time_between_orders(&orders(lines), &scope)).unwrap();
        assert_eq!(found.median_days, median, "{lines}");
        assert_eq!(found.median_days_all.map(|median| median.time), all, "{lines}");
        assert_eq!((found.ended, found.waiting), counts, "{lines}");
    }

    #[test]
    fn worked_example() {
        let lines = "ana 2024-01-01\nana 2024-01-11\nana 2024-01-31\nben 2024-01-01\ncem 2024-03-01";
        // Waits: 10, 20 ended; 30 (Ana), 60 (Ben), 0 (Cem) open. S(10) = 3/4, S(20) = 3/4 · 2/3 = 1/2.
        check(lines, Scope::default(), Some(15.0), Some(20.0), (2, 3));
        check(lines, Scope::as_of(date("2024-01-31")), Some(10.0), None, (1, 2));
    }

    #[test]
    fn fractions_ties_and_nobody() {
        check("ana 2024-01-01\nana 2024-01-02T12:00", Scope::default(), Some(1.5), Some(1.5), (1, 1));
        check("ana 2024-01-01\nana 2024-01-01", Scope::default(), Some(0.0), Some(0.0), (1, 1));
        check("ana 2024-01-01", Scope::default(), None, None, (0, 1));
        check("", Scope::default(), None, None, (0, 0));
    }
}
