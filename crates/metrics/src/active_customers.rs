//! Active customers: how many customers we have.

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Period, Share};

use crate::activity::{Activity, ActivityRule, SpellReader, Spells};
use crate::first_day::first_day;
use crate::scope::{Horizon, Scope, check_steps};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "active-customers",
    title: "Active customers",
    question: "How many customers do we have?",
    formula: "customers active on the morning of the day, of all who ever were customers by then",
    source: "three rules: under contract, a purchase within the window, an event within the window",
    unit: Unit::Customers,
    example: "Window of 30 days. Ana bought on 1 January, Ben on 20 January. On the morning of 31 January both are \
              active; on that of 1 February Ana's purchase is 31 days old: 1 of 2.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActiveCustomersAsk {
    /// The rule; the business's own without it.
    pub activity: Option<Activity>,
    /// One point for the first morning of each step, and one for the horizon; only the latter without it.
    pub grain: Option<Grain>,
    /// Only mornings in these days; everything since the first fact without it.
    pub over: Option<Period>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

/// One morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivePoint {
    /// The day at whose start they are counted.
    pub date: Date,
    /// Whether everything before that morning is known.
    pub complete: bool,
    /// The active, of all who became customers before that morning.
    pub active: Share,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveCustomers {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The rule that was used.
    pub rule: ActivityRule,
    /// The mornings, by time; the last is the horizon.
    pub points: Vec<ActivePoint>,
}

/// Customers active at the start of a day, or of the first day of each step.
///
/// # Errors
///
/// When the facts of the rule are missing, or there would be more than 20,000 points.
pub async fn active_customers(snapshot: &Snapshot, ask: &ActiveCustomersAsk) -> Result<ActiveCustomers, MetricError> {
    let rule = Activity::settle(ask.activity.as_ref(), snapshot, &ask.scope).await?;
    rule.check(snapshot)?;
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let dates = dates(snapshot, ask, &rule, &horizon).await?;
    let reader = SpellReader::new(&rule, snapshot, &ask.scope, &horizon);
    let scan = reader.scan.clone();
    let counts = snapshot.fold(&scan, ActiveMachine { reader, dates: dates.clone() }).await?;
    let mut sums = (0i64, 0i64);
    let points = dates.into_iter().zip(counts.differences).map(|(day, (active, ever))| {
        sums = (sums.0 + active, sums.1 + ever);
        let active = Share { part: sums.0.max(0) as u64, whole: sums.1.max(0) as u64 };
        ActivePoint { date: Date(day), complete: horizon.complete(Date(day)), active }
    });
    Ok(ActiveCustomers { as_of: horizon.as_of, points: points.collect(), rule })
}

/// The mornings asked for, rising.
async fn dates(
    snapshot: &Snapshot,
    ask: &ActiveCustomersAsk,
    rule: &ActivityRule,
    horizon: &Horizon,
) -> Result<Vec<i32>, MetricError> {
    let Some(grain) = ask.grain else { return Ok(vec![horizon.as_of.0]) };
    let start = match ask.over {
        Some(over) => Some(over.start),
        None => first_day(&rule.activity, snapshot, &ask.scope, horizon).await?,
    };
    let end = ask.over.map_or(horizon.as_of, |over| over.end.min(horizon.as_of));
    let Some(start) = start.filter(|start| *start <= end) else { return Ok(vec![horizon.as_of.0]) };
    let week = snapshot.week();
    let (first, last) = (grain.index(start, week), grain.index(end, week));
    check_steps(usize::try_from(last - first).unwrap_or(0))?;
    let mornings = (first..=last).map(|index| grain.start(index, week)).filter(|date| *date >= start);
    let mut dates: Vec<i32> = mornings.chain(std::iter::once(end)).map(|date| date.0).collect();
    dates.dedup();
    Ok(dates)
}

struct ActiveMachine {
    reader: SpellReader,
    dates: Vec<i32>,
}

/// Differences from one morning to the next of (active, ever a customer).
#[derive(Debug, Serialize, Deserialize)]
struct Mornings {
    differences: Vec<(i64, i64)>,
    #[serde(skip)]
    spells: Spells,
}

impl Machine for ActiveMachine {
    type Partial = Mornings;

    fn start(&self) -> Mornings {
        Mornings { differences: vec![(0, 0); self.dates.len() + 1], spells: Spells::default() }
    }

    fn customer(&self, partial: &mut Mornings, run: &Run<'_>) {
        let Mornings { differences, spells } = partial;
        if !self.reader.read(run, spells) {
            return;
        }
        let first_from = |day: i32| self.dates.partition_point(|date| *date < day);
        differences[first_from(spells.first.saturating_add(1))].1 += 1;
        for spell in &spells.list {
            differences[first_from(spell.from)].0 += 1;
            differences[first_from(spell.to)].0 -= 1;
        }
    }

    fn merge(&self, into: &mut Mornings, other: Mornings) {
        for (mine, theirs) in into.differences.iter_mut().zip(other.differences) {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, changes, date, events, orders, period};

    /// Points as `date active/ever`.
    fn check(snapshot: &Snapshot, ask: &ActiveCustomersAsk, expected: &[&str]) {
        let found = answer(active_customers(snapshot, ask)).unwrap();
        let point = |p: &ActivePoint| format!("{} {}/{}", p.date, p.active.part, p.active.whole);
        assert_eq!(found.points.iter().map(point).collect::<Vec<_>>(), expected, "{ask:?}");
    }

    fn purchase(days: u32) -> Option<Activity> {
        Some(Activity::Purchase { window_days: Some(days) })
    }

    #[test]
    fn worked_example() {
        let shop = orders("ana 2024-01-01\nben 2024-01-20");
        for (day, expected) in [
            ("2024-01-01", "2024-01-01 0/0"),
            ("2024-01-02", "2024-01-02 1/1"),
            ("2024-01-31", "2024-01-31 2/2"),
            ("2024-02-01", "2024-02-01 1/2"),
            ("2024-03-01", "2024-03-01 0/2"),
        ] {
            let ask =
                ActiveCustomersAsk { activity: purchase(30), scope: Scope::as_of(date(day)), ..Default::default() };
            check(&shop, &ask, &[expected]);
        }
        let ask = ActiveCustomersAsk { activity: purchase(10), grain: Some(Grain::Week), ..Default::default() };
        let weeks = ["2024-01-01 0/0", "2024-01-08 1/1", "2024-01-15 0/1", "2024-01-21 1/2"];
        check(&shop, &ask, &weeks);
        let over = ActiveCustomersAsk { over: Some(period("2024-01-05..2024-01-10")), ..ask };
        check(&shop, &over, &["2024-01-08 1/1", "2024-01-10 1/1"]);
    }

    #[test]
    fn contracts_and_events() {
        let contracts =
            changes("ana 2024-01-05 start 10\nben 2024-01-06 start\nana 2024-01-08 end 0\ncem 2024-01-08 start 0");
        let ask = ActiveCustomersAsk { grain: Some(Grain::Day), ..Default::default() };
        let days = ["2024-01-05 0/0", "2024-01-06 1/1", "2024-01-07 2/2", "2024-01-08 2/2", "2024-01-09 1/2"];
        check(&contracts, &ask, &days);
        let app = events("ana 2024-01-05T08:00 login\nana 2024-01-05T09:00 login\nben 2024-01-07 view");
        let login = Activity::Event { window_days: Some(1), name: Some("login".into()) };
        check(
            &app,
            &ActiveCustomersAsk { activity: Some(login), ..ask.clone() },
            &["2024-01-05 0/0", "2024-01-06 1/1", "2024-01-07 0/1", "2024-01-08 0/1"],
        );
        let any = Activity::Event { window_days: Some(2), name: None };
        check(&app, &ActiveCustomersAsk { activity: Some(any), ..Default::default() }, &["2024-01-08 1/2"]);
    }
}
