//! "In short": at most three sentences made from the numbers of the Retention page.

use terms::{Money, Period, Share};

use super::{Sentence, Value};

/// Differences below this many points are "about the same": what a page shows with one decimal would read 0.0.
const SAME_POINTS: f64 = 0.000_5;

/// The numbers the sentences are made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// Retention of the period.
    pub retention: Share,
    /// Retention of the period compared with, and that period.
    pub before: Option<(Share, Period)>,
    /// Revenue of the period; nothing when it could not be found out.
    pub revenue: Option<Money>,
    /// Revenue of the period compared with.
    pub revenue_before: Option<Money>,
    /// Customers past their own rhythm, and what they have spent so far.
    pub overdue: Option<(u64, Money)>,
}

/// Says first what the page then shows: retention and losses, revenue, and who needs a word now.
///
/// Sentences about a change are made only where there is something to compare with; with nobody at risk there is
/// no sentence about retention at all.
pub fn sentences(told: &Told) -> Vec<Sentence> {
    [retention(told), revenue(told), overdue(told)].into_iter().flatten().collect()
}

fn retention(told: &Told) -> Option<Sentence> {
    let rate = told.retention.rate()?;
    let lost = told.retention.rest().part;
    let now = ("rate", Value::Share(told.retention));
    let Some((before, period, earlier)) = told.before.and_then(|(share, period)| Some((share, period, share.rate()?)))
    else {
        return Some(Sentence::new("brief.retention.alone", [now, ("n", Value::Count(lost))]));
    };
    let points = rate - earlier;
    let key = match () {
        () if points.abs() < SAME_POINTS => "brief.retention.same",
        () if points > 0.0 => "brief.retention.rose",
        () => "brief.retention.fell",
    };
    let values = [
        now,
        ("points", Value::Points(points.abs())),
        ("n", Value::Count(lost)),
        ("before", Value::Count(before.rest().part)),
        ("period", Value::Period(period)),
    ];
    Some(Sentence::new(key, values))
}

fn revenue(told: &Told) -> Option<Sentence> {
    let now = told.revenue?;
    let before = told.revenue_before.filter(|before| before.minor > 0 && before.currency == now.currency)?;
    let change = now.minor as f64 / before.minor as f64 - 1.0;
    let key = match () {
        () if change.abs() < SAME_POINTS => "brief.revenue.same",
        () if change > 0.0 => "brief.revenue.rose",
        () => "brief.revenue.fell",
    };
    Some(Sentence::new(key, [("change", Value::Change(change.abs())), ("revenue", Value::Money(now))]))
}

fn overdue(told: &Told) -> Option<Sentence> {
    let (n, spend) = told.overdue.filter(|(n, _)| *n > 0)?;
    Some(Sentence::new("brief.overdue", [("n", Value::Count(n)), ("spend", Value::Money(spend))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pounds(minor: i64) -> Money {
        Money { minor, currency: "GBP".parse().unwrap() }
    }

    fn check(now: (u64, u64), before: Option<(u64, u64)>, revenue: (i64, Option<i64>), overdue: u64, keys: &[&str]) {
        let share = |(part, whole)| Share { part, whole };
        let told = Told {
            retention: share(now),
            before: before.map(|before| (share(before), "2011-10".parse().unwrap())),
            revenue: Some(pounds(revenue.0)),
            revenue_before: revenue.1.map(pounds),
            overdue: Some((overdue, pounds(1))),
        };
        let found = sentences(&told);
        assert_eq!(found.iter().map(|sentence| sentence.key.as_str()).collect::<Vec<_>>(), keys);
    }

    #[test]
    fn what_is_said_follows_the_numbers() {
        check(
            (8, 10),
            Some((9, 10)),
            (90, Some(100)),
            4,
            &["brief.retention.fell", "brief.revenue.fell", "brief.overdue"],
        );
        check((9, 10), Some((8, 10)), (110, Some(100)), 0, &["brief.retention.rose", "brief.revenue.rose"]);
        check((9, 10), Some((90, 100)), (100, Some(100)), 0, &["brief.retention.same", "brief.revenue.same"]);
        check((9, 10), None, (100, None), 0, &["brief.retention.alone"]);
    }

    #[test]
    fn nothing_is_said_of_nobody() {
        check((0, 0), Some((8, 10)), (0, None), 0, &[]);
        check((9, 10), Some((0, 0)), (0, Some(0)), 0, &["brief.retention.alone"]);
    }

    #[test]
    fn the_customers_lost_are_those_not_kept() {
        let told = Told {
            retention: Share { part: 7, whole: 10 },
            before: None,
            revenue: None,
            revenue_before: None,
            overdue: None,
        };
        assert_eq!(sentences(&told)[0].values[1], ("n".to_owned(), Value::Count(3)));
    }
}
