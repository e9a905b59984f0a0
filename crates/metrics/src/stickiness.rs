//! Stickiness: how many come every day, every week, every month.

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Date, Period, Share};

use crate::activity::{Activity, DayReader, Spell, spells_of_days};
use crate::scope::{Horizon, Scope, check_steps};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "stickiness",
    title: "Stickiness",
    question: "Of those who come within a month, how many come on a given day?",
    formula: "distinct customers active on the day / distinct customers active in the trailing days",
    source: "DAU, WAU and MAU over 1, 7 and 28 trailing days that end with the day",
    unit: Unit::Share,
    example: "Ana comes on Monday and Tuesday, Ben on Monday. On Tuesday: 1 in the day, 2 in the week: 1 of 2.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickinessAsk {
    /// Which facts count; the business's own without it. The window plays no part.
    pub activity: Option<Activity>,
    /// The days to answer for.
    pub over: Period,
    /// Length of the middle window, 7 by custom.
    pub week_days: u32,
    /// Length of the long window, 28 by custom: four of each weekday.
    pub month_days: u32,
    /// As of when, and about which facts.
    pub scope: Scope,
}

impl StickinessAsk {
    /// The customary windows of 1, 7 and 28 days.
    pub fn over(over: Period) -> StickinessAsk {
        StickinessAsk { activity: None, over, week_days: 7, month_days: 28, scope: Scope::default() }
    }
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickinessPoint {
    /// The day.
    pub date: Date,
    /// Whether it is over.
    pub complete: bool,
    /// Distinct customers on the day.
    pub day: u64,
    /// Distinct customers in the `week_days` that end with it.
    pub week: u64,
    /// Distinct customers in the `month_days` that end with it.
    pub month: u64,
}

impl StickinessPoint {
    /// Of the customers of the long window, those of the day.
    pub fn share(self) -> Share {
        Share { part: self.day, whole: self.month }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stickiness {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The facts counted.
    pub activity: Activity,
    /// The days, by time.
    pub points: Vec<StickinessPoint>,
    /// `by_days[n]` customers came on exactly n days of the period; nobody came on none.
    pub by_days: Vec<u64>,
}

impl Stickiness {
    /// Customers who came on `days` days of the period or more.
    pub fn at_least(&self, days: usize) -> u64 {
        self.by_days.iter().skip(days.max(1)).sum()
    }
}

/// Distinct customers of each day, and of the days that end with it, in one pass.
///
/// ```text
/// stickiness = customers of the day / customers of the trailing 28 days
/// ```
///
/// # Errors
///
/// When a window is zero days long, the period holds more than 20,000 days, or the rule is a contract, which has no
/// days on which somebody comes.
pub async fn stickiness(snapshot: &Snapshot, ask: &StickinessAsk) -> Result<Stickiness, MetricError> {
    let activity = match ask.activity.clone().unwrap_or_else(|| Activity::of(snapshot)) {
        Activity::Contract => return Err(MetricError::NoVisits),
        activity => activity,
    };
    if ask.week_days.min(ask.month_days) == 0 {
        return Err(MetricError::Zero { what: "each window" });
    }
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let over = Period { start: ask.over.start, end: ask.over.end.min(horizon.as_of) };
    let days = usize::try_from(over.days()).unwrap_or(0);
    check_steps(days)?;
    let reader = DayReader::new(&activity, snapshot, &ask.scope, &horizon);
    let scan = reader.scan.clone();
    let windows = [1, ask.week_days.min(1_000_000) as i32, ask.month_days.min(1_000_000) as i32];
    let counted = snapshot.fold(&scan, StickinessMachine { reader, over, windows }).await?;
    let mut sums = [0i64; 3];
    let points = (0..days).zip(counted.differences).map(|(place, difference)| {
        sums.iter_mut().zip(difference).for_each(|(sum, more)| *sum += more);
        let date = over.start.plus(place as i32);
        let [day, week, month] = sums.map(|sum| sum.max(0) as u64);
        StickinessPoint { date, complete: horizon.complete(date.plus(1)), day, week, month }
    });
    Ok(Stickiness { as_of: horizon.as_of, points: points.collect(), activity, by_days: counted.by_days })
}

struct StickinessMachine {
    reader: DayReader,
    over: Period,
    windows: [i32; 3],
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Counted {
    differences: Vec<[i64; 3]>,
    by_days: Vec<u64>,
    #[serde(skip)]
    days: Vec<i32>,
    #[serde(skip)]
    spells: Vec<Spell>,
}

impl Machine for StickinessMachine {
    type Partial = Counted;

    fn start(&self) -> Counted {
        let days = usize::try_from(self.over.days()).unwrap_or(0);
        Counted { differences: vec![[0; 3]; days + 1], ..Counted::default() }
    }

    fn customer(&self, partial: &mut Counted, run: &Run<'_>) {
        let Counted { differences, by_days, days, spells } = partial;
        let days = self.reader.days(run, days);
        let top = differences.len() as i32 - 1;
        let place = |day: i32| day.saturating_sub(self.over.start.0).clamp(0, top) as usize;
        for (which, window) in self.windows.into_iter().enumerate() {
            spells.clear();
            spells_of_days(days, window, spells);
            for spell in spells.iter() {
                // A spell holds the mornings after; a window that ends with day d is the morning of d + 1.
                differences[place(spell.from - 1)][which] += 1;
                differences[place(spell.to - 1)][which] -= 1;
            }
        }
        let inside =
            days.partition_point(|day| *day < self.over.start.0)..days.partition_point(|day| *day < self.over.end.0);
        let distinct = days[inside].chunk_by(|a, b| a == b).count();
        if distinct > 0 {
            if distinct >= by_days.len() {
                by_days.resize(distinct + 1, 0);
            }
            by_days[distinct] += 1;
        }
    }

    fn merge(&self, into: &mut Counted, other: Counted) {
        for (mine, theirs) in into.differences.iter_mut().zip(other.differences) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        if other.by_days.len() > into.by_days.len() {
            into.by_days.resize(other.by_days.len(), 0);
        }
        into.by_days.iter_mut().zip(other.by_days).for_each(|(mine, theirs)| *mine += theirs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, events, period};

    const APP: &str = "ana 2024-01-01T08:00 view\nana 2024-01-01T23:59 view\nana 2024-01-02 view\nben 2024-01-01 view\n\
                       cem 2023-12-20 view\ncem 2024-01-30 login";

    /// Points as `day/week/month`.
    fn check(activity: Option<Activity>, over: &str, expected: &[&str], by_days: &[u64]) {
        let ask = StickinessAsk { activity, ..StickinessAsk::over(period(over)) };
        let found = answer(stickiness(&events(APP), &ask)).unwrap();
        let point = |p: &StickinessPoint| format!("{}/{}/{}", p.day, p.week, p.month);
        assert_eq!(found.points.iter().map(point).collect::<Vec<_>>(), expected);
        assert_eq!(found.by_days, by_days);
    }

    #[test]
    fn worked_example() {
        check(None, "2024-01-01..2024-01-04", &["2/2/3", "1/2/3", "0/2/3"], &[0, 1, 1]);
        check(None, "2024-01-07..2024-01-10", &["0/2/3", "0/1/3", "0/0/3"], &[]);
        // The 28 days that end with 16 January still hold 20 December; those that end with the 17th do not.
        check(None, "2024-01-16..2024-01-18", &["0/0/3", "0/0/2"], &[]);
        let login = Activity::Event { window_days: None, name: Some("login".into()) };
        check(Some(login), "2024-01-29..2024-02-05", &["0/0/0", "1/1/1"], &[0, 1]);
    }

    #[test]
    fn contracts_have_no_days() {
        let ask = StickinessAsk { activity: Some(Activity::Contract), ..StickinessAsk::over(period("2024-01")) };
        assert_eq!(answer(stickiness(&events(APP), &ask)).unwrap_err().code(), "no_visits");
    }
}
