//! Customer retention and churn of one period.

use history::Snapshot;
use serde::{Deserialize, Serialize};
use terms::{Date, Period, Share};

use crate::activity::{Activity, ActivityRule};
use crate::retention_series::{RetentionPoint, count_periods};
use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "customer-retention",
    title: "Customer retention",
    question: "Of the customers we had, how many do we still have?",
    formula: "customers active at the start and at the end / customers active at the start; churn is the rest",
    source: "CRR = (CE − CN) / CS: Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics (2010)",
    unit: Unit::Share,
    example: "1,000 customers at the start, 800 at the end, 200 of them new: (800 − 200) / 1,000 = 60 % retained, \
              40 % lost.",
};

/// The counts of one period `[s, e)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RetentionCounts {
    /// CS: active at the start of s.
    pub start: u64,
    /// CE: active at the start of e.
    pub end: u64,
    /// Active at both.
    pub retained: u64,
    /// Became customers for the first time within the period, even if gone again by its end.
    pub acquired: u64,
    /// Became customers for the first time within the period and are active at its end.
    pub first_time: u64,
}

/// Which customers are taken from the end as new: two readings of CN that tools differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// CN = active at the end and not at the start: retention is the share of S that is in E.
    #[default]
    Regulars,
    /// CN = customers acquired in the period, even if gone again; whoever returned counts as kept.
    Textbook,
}

/// A ratio whose part may be negative: (CE − CN) / CS of the textbook profile can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// Above the line.
    pub part: i64,
    /// Below it.
    pub whole: u64,
}

impl Ratio {
    /// The ratio, or nothing when there is no whole.
    pub fn value(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 / self.whole as f64)
    }
}

impl RetentionCounts {
    /// Active at the start, not at the end.
    pub fn lost(self) -> u64 {
        self.start - self.retained.min(self.start)
    }

    /// Active at the end, not at the start, and not for the first time.
    pub fn returned(self) -> u64 {
        self.new_customers() - self.first_time.min(self.new_customers())
    }

    /// CN of the default profile: active at the end and not at the start.
    pub fn new_customers(self) -> u64 {
        self.end - self.retained.min(self.end)
    }

    /// Acquired within the period and gone again by its end: of these, and of those who returned, the two profiles
    /// differ.
    pub fn gone_again(self) -> u64 {
        self.acquired - self.first_time.min(self.acquired)
    }

    /// Retained of those there at the start.
    pub fn retention(self) -> Share {
        Share { part: self.retained, whole: self.start }
    }

    /// Lost of those there at the start.
    pub fn churn(self) -> Share {
        self.retention().rest()
    }

    /// The rate of a profile: `(CE − CN) / CS`.
    pub fn rate(self, profile: Profile) -> Ratio {
        let part = match profile {
            Profile::Regulars => self.retained as i64,
            Profile::Textbook => self.end as i64 - self.acquired as i64,
        };
        Ratio { part, whole: self.start }
    }
}

/// Churn of a year at a steady churn of `rate` (0 to 1) for each of `periods` periods: `1 − (1 − rate)^periods`.
///
/// ```
/// let year = metrics::customer_retention::compounded(0.01, 12.0);
/// assert_eq!((year * 1e4).round() / 1e4, 0.1136); // 1 % a month is 11.36 % a year, not 12 %
/// ```
pub fn compounded(rate: f64, periods: f64) -> f64 {
    1.0 - (1.0 - rate).powf(periods)
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRetentionAsk {
    /// The period.
    pub period: Period,
    /// The rule; the business's own without it.
    pub activity: Option<Activity>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRetention {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The rule that was used.
    pub rule: ActivityRule,
    /// The period and its counts.
    #[serde(flatten)]
    pub point: RetentionPoint,
    /// The period before, for comparison.
    pub previous: Option<RetentionPoint>,
}

/// Of the customers active at the start of a period, those still active at its end.
///
/// ```text
/// retention = |S ∩ E| / |S| = (CE − CN) / CS        churn = |S \ E| / |S|
/// ```
///
/// With CN the customers active at the end and not at the start, both forms are the same (DOMAIN §3). The rate is
/// unknown, not zero, when nobody was there at the start. Profile `textbook` ([`Profile::Textbook`]) takes CN as the
/// customers acquired in the period, so that it differs by those who returned and those who came and went:
/// [`RetentionCounts::returned`] and [`RetentionCounts::gone_again`] say how many.
///
/// # Errors
///
/// When the facts of the rule are missing, or the period begins after the last known day.
pub async fn customer_retention(
    snapshot: &Snapshot,
    ask: &CustomerRetentionAsk,
) -> Result<CustomerRetention, MetricError> {
    let rule = Activity::settle(ask.activity.as_ref(), snapshot, &ask.scope).await?;
    rule.check(snapshot)?;
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    // The period before is adjacent and shorter or longer by days only: starts and ends both rise.
    let periods = [ask.period.previous(), ask.period];
    let mut points = count_periods(snapshot, &rule, &ask.scope, &horizon, &periods).await?.into_iter();
    let (previous, point) = (points.next(), points.next());
    let not_yet = || MetricError::NotYet { period: ask.period, as_of: horizon.as_of };
    let point = point.ok_or_else(not_yet)?;
    Ok(CustomerRetention { as_of: horizon.as_of, rule, point, previous })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, orders, period};

    fn counts(start: u64, end: u64, retained: u64, acquired: u64, first_time: u64) -> RetentionCounts {
        RetentionCounts { start, end, retained, acquired, first_time }
    }

    #[test]
    fn worked_examples_of_the_definition() {
        // CS 1,000, CN 200, CE 800: 60 %.
        let found = counts(1000, 800, 600, 200, 200);
        assert_eq!(found.retention().rate(), Some(0.6));
        assert_eq!(found.rate(Profile::Textbook).value(), Some(0.6));
        assert_eq!((found.lost(), found.new_customers(), found.returned()), (400, 200, 0));
        // CS 1,000, lost 50: churn 5 %.
        assert_eq!(counts(1000, 950, 950, 0, 0).churn().rate(), Some(0.05));
        assert_eq!(RetentionCounts::default().retention().rate(), None);
        assert_eq!(RetentionCounts::default().rate(Profile::Textbook).value(), None);
    }

    fn check(lines: &str, window_days: u32, january: RetentionCounts) {
        let snapshot = orders(lines);
        let ask = CustomerRetentionAsk {
            period: period("2024-01"),
            activity: Some(Activity::Purchase { window_days: Some(window_days) }),
            scope: Scope::default(),
        };
        assert_eq!(answer(customer_retention(&snapshot, &ask)).unwrap().point.counts, january, "{lines}");
    }

    #[test]
    fn by_hand_with_the_edges_of_the_period_in_it() {
        // Ana and Ben are there on 1 January (20 December + 30 days); Ana buys again. Cem bought on 1 January: a new
        // customer of January. Dia bought on 1 February: not yet known on that morning. Eva came on 1 January and, 31
        // mornings later, is gone again. Fay was a customer in October and came back.
        check(
            "ana 2023-12-20\nben 2023-12-20\nana 2024-01-15\ncem 2024-01-01\ncem 2024-01-20\ndia 2024-02-01\n\
             eva 2024-01-01\nfay 2023-10-01\nfay 2024-01-31\nana 2024-03-01",
            30,
            counts(2, 3, 1, 2, 1),
        );
        // With ten days Eva and Cem's first purchase have lapsed by February.
        check(
            "ana 2023-12-20\nben 2023-12-22\ncem 2024-01-01\nfay 2023-10-01\nfay 2024-01-31\nana 2024-03-01",
            10,
            counts(1, 1, 0, 1, 0),
        );
        check("ana 2024-03-01", 30, counts(0, 0, 0, 0, 0));
    }

    #[test]
    fn the_profiles_differ_by_the_returned_and_the_gone_again() {
        let found = counts(10, 9, 6, 4, 2); // 1 returned, 2 came and went
        assert_eq!((found.returned(), found.gone_again()), (1, 2));
        let apart = found.rate(Profile::Textbook).part - found.rate(Profile::Regulars).part;
        assert_eq!(apart, found.returned() as i64 - found.gone_again() as i64);
        // Many come and go: the textbook rate falls below zero and is shown as it is.
        assert_eq!(counts(1, 0, 0, 5, 0).rate(Profile::Textbook).value(), Some(-5.0));
    }

    #[test]
    fn refunds_and_second_currencies_leave_customers_customers() {
        let lines = "ana 2023-12-20 10.00\nana 2023-12-21 refund 10.00\nben 2023-12-20 10.00 currency=USD\n\
                      ana 2024-01-15 10.00\nben 2024-03-01 5.00";
        check(lines, 30, counts(2, 1, 1, 0, 0));
    }

    #[test]
    fn not_yet_and_never() {
        let snapshot = orders("ana 2024-01-15");
        let mut ask = CustomerRetentionAsk { period: period("2024-03"), activity: None, scope: Scope::default() };
        assert_eq!(answer(customer_retention(&snapshot, &ask)).unwrap_err().code(), "period_not_begun");
        ask.activity = Some(Activity::Contract);
        assert_eq!(answer(customer_retention(&snapshot, &ask)).unwrap_err().code(), "no_facts");
        ask.activity = Some(Activity::Purchase { window_days: Some(0) });
        assert_eq!(answer(customer_retention(&snapshot, &ask)).unwrap_err().code(), "zero");
    }

    #[test]
    fn as_of_hides_what_came_later() {
        let lines = "ana 2023-12-20\nana 2024-01-15\nben 2023-12-20\nben 2024-01-25";
        let snapshot = orders(lines);
        let ask = CustomerRetentionAsk {
            period: period("2024-01"),
            activity: Some(Activity::Purchase { window_days: Some(30) }),
            scope: Scope::as_of(date("2024-01-21")),
        };
        let found = answer(customer_retention(&snapshot, &ask)).unwrap();
        // On 21 January Ben's second purchase is not known: of two, one is still there, and January is not over.
        assert_eq!(found.point.counts, counts(2, 1, 1, 0, 0));
        assert!(!found.point.complete);
        assert!(found.previous.unwrap().complete);
    }
}
