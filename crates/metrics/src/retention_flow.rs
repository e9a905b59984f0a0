//! Flow of one period: where its customers came from, whether they ordered, and whether they stayed.

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Date, Period};

use crate::activity::{Activity, ActivityRule, DayReader, Spells, spells_of_days};
use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "retention-flow",
    title: "Where customers came from and went",
    question: "Who ordered in this period, who waited, and who is still a customer at its end?",
    formula: "customers there at the start, new and returned, by whether they ordered in the period, by whether they are \
              active at its end",
    source: "the same counts as customer retention, with the orders of the period in between",
    unit: Unit::Customers,
    example: "Ana was there, ordered and stays. Ben was there, did not order and is gone. Cem ordered for the first time: \
              start → ordered 1, start → waiting 1, first → ordered 1, ordered → active 2, waiting → left 1.",
};

/// Where a customer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Active when the period began.
    Start,
    /// First ever order (or event) in the period.
    First,
    /// Was a customer before, was not when the period began, and came back in it.
    Returned,
}

/// One customer's way through the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Way {
    /// Where from.
    pub from: Origin,
    /// Whether there was an order (or event) in the period.
    pub ordered: bool,
    /// Whether the customer is active at its end.
    pub active: bool,
}

impl Way {
    /// Every way there is: whoever came within the period ordered in it.
    pub const ALL: [Way; 8] = [
        Way { from: Origin::Start, ordered: true, active: true },
        Way { from: Origin::Start, ordered: true, active: false },
        Way { from: Origin::Start, ordered: false, active: true },
        Way { from: Origin::Start, ordered: false, active: false },
        Way { from: Origin::First, ordered: true, active: true },
        Way { from: Origin::First, ordered: true, active: false },
        Way { from: Origin::Returned, ordered: true, active: true },
        Way { from: Origin::Returned, ordered: true, active: false },
    ];

    /// The nodes it passes, as the picture names them: `start`, `first` or `returned`; `ordered` or `waiting`;
    /// `active` or `left`.
    pub fn nodes(self) -> [&'static str; 3] {
        let from = match self.from {
            Origin::Start => "start",
            Origin::First => "first",
            Origin::Returned => "returned",
        };
        [from, if self.ordered { "ordered" } else { "waiting" }, if self.active { "active" } else { "left" }]
    }

    /// Whether it goes from one node straight to the other.
    pub fn passes(self, from: &str, to: &str) -> bool {
        self.nodes().windows(2).any(|pair| pair == [from, to])
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionFlowAsk {
    /// The period.
    pub period: Period,
    /// A rule with a window; the business's own without it.
    pub activity: Option<Activity>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionFlow {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The rule that was used.
    pub rule: ActivityRule,
    /// The period.
    pub period: Period,
    /// Whether it is over.
    pub complete: bool,
    /// Each way with its customers; all eight, in the order of [`Way::ALL`].
    pub ways: Vec<(Way, u64)>,
}

impl RetentionFlow {
    /// Customers who go from one node of the picture straight to another.
    pub fn between(&self, from: &str, to: &str) -> u64 {
        self.ways.iter().filter(|(way, _)| way.passes(from, to)).map(|(_, customers)| customers).sum()
    }
}

/// The customers of a period by where they came from, whether they ordered and whether they stayed.
///
/// # Errors
///
/// When the rule is a contract (nobody orders under it), its facts are missing, or the period has not begun.
pub async fn retention_flow(snapshot: &Snapshot, ask: &RetentionFlowAsk) -> Result<RetentionFlow, MetricError> {
    let rule = Activity::settle(ask.activity.as_ref(), snapshot, &ask.scope).await?;
    rule.check(snapshot)?;
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let reader = WayReader::new(&rule, snapshot, &ask.scope, &horizon, ask.period)?;
    let scan = reader.reader.scan.clone();
    let counts = snapshot.fold(&scan, FlowMachine { reader }).await?;
    let ways = Way::ALL.into_iter().zip(counts.ways).collect();
    let complete = horizon.complete(ask.period.end);
    Ok(RetentionFlow { as_of: horizon.as_of, rule, period: ask.period, complete, ways })
}

/// Finds the way of one customer.
#[derive(Debug, Clone)]
pub(crate) struct WayReader {
    /// Reads the days.
    pub reader: DayReader,
    window: i32,
    from: i32,
    to: i32,
}

impl WayReader {
    pub fn new(
        rule: &ActivityRule,
        snapshot: &Snapshot,
        scope: &Scope,
        horizon: &Horizon,
        period: Period,
    ) -> Result<WayReader, MetricError> {
        let window = rule.window.ok_or(MetricError::NoVisits)?;
        if period.start >= horizon.as_of {
            return Err(MetricError::NotYet { period, as_of: horizon.as_of });
        }
        let reader = DayReader::new(&rule.activity, snapshot, scope, horizon);
        let to = period.end.min(horizon.as_of).0;
        Ok(WayReader { reader, window: window.days.min(1_000_000) as i32, from: period.start.0, to })
    }

    /// The way of one customer; nothing for those who played no part in the period.
    pub fn way(&self, run: &Run<'_>, scratch: &mut Vec<i32>, spells: &mut Spells) -> Option<Way> {
        let days = self.reader.days(run, scratch);
        let first = *days.first()?;
        spells.list.clear();
        spells_of_days(days, self.window, &mut spells.list);
        let next = days.partition_point(|day| *day < self.from);
        let ordered = days.get(next).is_some_and(|day| *day < self.to);
        let from = match (spells.holds(self.from), ordered) {
            (true, _) => Origin::Start,
            (false, true) if first >= self.from => Origin::First,
            (false, true) => Origin::Returned,
            (false, false) => return None,
        };
        Some(Way { from, ordered, active: spells.holds(self.to) })
    }
}

struct FlowMachine {
    reader: WayReader,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Ways {
    ways: [u64; 8],
    #[serde(skip)]
    days: Vec<i32>,
    #[serde(skip)]
    spells: Spells,
}

impl Machine for FlowMachine {
    type Partial = Ways;

    fn start(&self) -> Ways {
        Ways::default()
    }

    fn customer(&self, partial: &mut Ways, run: &Run<'_>) {
        let Ways { ways, days, spells } = partial;
        let way = self.reader.way(run, days, spells);
        if let Some(place) = way.and_then(|way| Way::ALL.iter().position(|other| *other == way)) {
            ways[place] += 1;
        }
    }

    fn merge(&self, into: &mut Ways, other: Ways) {
        into.ways.iter_mut().zip(other.ways).for_each(|(mine, theirs)| *mine += theirs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer_retention::{CustomerRetentionAsk, customer_retention};
    use crate::testing::{answer, orders, period};

    #[test]
    fn worked_example_and_the_same_counts_as_retention() {
        let shop = orders(
            "ana 2023-12-20\nana 2024-01-15\nben 2023-12-10\ncem 2024-01-10\ndia 2023-09-01\ndia 2024-01-31\n\
             eva 2023-12-31\neva 2024-01-01\nfay 2024-01-01\ngus 2023-01-01\nana 2024-03-01\nhal 2024-02-01",
        );
        let rule = Activity::Purchase { window_days: Some(30) };
        let ask = RetentionFlowAsk { period: period("2024-01"), activity: Some(rule.clone()), scope: Scope::default() };
        let flow = answer(retention_flow(&shop, &ask)).unwrap();
        let found = |from, to| flow.between(from, to);
        assert_eq!((found("start", "ordered"), found("start", "waiting")), (2, 1));
        assert_eq!((found("first", "ordered"), found("returned", "ordered")), (2, 1));
        // Ana, Cem and Dia stay; Eva and Fay ordered on 1 January, 31 mornings ago; Ben never did.
        assert_eq!((found("ordered", "active"), found("ordered", "left")), (3, 2));
        assert_eq!((found("waiting", "active"), found("waiting", "left")), (0, 1));
        let ask = CustomerRetentionAsk { period: ask.period, activity: Some(rule), scope: Scope::default() };
        let counts = answer(customer_retention(&shop, &ask)).unwrap().point.counts;
        let sum = |pick: &dyn Fn(Way) -> bool| {
            flow.ways.iter().filter(|(way, _)| pick(*way)).map(|(_, customers)| customers).sum::<u64>()
        };
        assert_eq!(sum(&|way| way.from == Origin::Start), counts.start);
        assert_eq!(sum(&|way| way.active), counts.end);
        assert_eq!(sum(&|way| way.active && way.from == Origin::Start), counts.retained);
        assert_eq!(sum(&|way| way.from == Origin::First), counts.acquired);
        assert_eq!(sum(&|way| way.active && way.from == Origin::Returned), counts.returned());
    }
}
