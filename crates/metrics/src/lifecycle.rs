//! Lifecycle: who is new, returning, resurrected, and who fell silent.

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Period};

use crate::activity::{Activity, Views};
use crate::scope::{Horizon, Scope, Steps, Timeline, check_steps};
use crate::steps_of::{StepReader, Visited};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "lifecycle",
    title: "Lifecycle",
    question: "Do we grow because new customers come, because old ones stay, or because lost ones return?",
    formula: "active = new + returning + resurrected; dormant = active in the step before − returning",
    source: "growth accounting: each active customer is in exactly one of three states, and whoever drops out is dormant",
    unit: Unit::Customers,
    example: "Ana orders in January, February and April. January: new. February: returning. March: dormant. \
              April: resurrected.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleAsk {
    /// Which facts make a customer active in a step; the business's own without it. The window plays no part.
    pub activity: Option<Activity>,
    /// The step.
    pub grain: Grain,
    /// Only steps that begin in these days; everything since the first fact without it.
    pub over: Option<Period>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleRow {
    /// The days.
    pub period: Period,
    /// Whether they are over. Dormant customers of a step still running may yet come.
    pub complete: bool,
    /// The counts.
    pub counts: LifecycleCounts,
}

/// Customers of one step, each in exactly one of the first three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LifecycleCounts {
    /// Active for the first time.
    pub new: u64,
    /// Active in this step and the one before.
    pub returning: u64,
    /// Active in this step, not in the one before, but earlier.
    pub resurrected: u64,
    /// Active in the step before and not in this one.
    pub dormant: u64,
}

impl LifecycleCounts {
    /// Everybody active in the step.
    pub fn active(self) -> u64 {
        self.new + self.returning + self.resurrected
    }

    fn add(&mut self, other: LifecycleCounts) {
        self.new += other.new;
        self.returning += other.returning;
        self.resurrected += other.resurrected;
        self.dormant += other.dormant;
    }
}

/// The state of a customer in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LifecycleState {
    /// Active for the first time.
    New,
    /// Active in this step and the one before.
    Returning,
    /// Active in this step, not in the one before, but earlier.
    Resurrected,
    /// Active in the step before and not in this one.
    Dormant,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The facts counted.
    pub activity: Activity,
    /// The step.
    pub grain: Grain,
    /// The steps, by time, without a gap.
    pub rows: Vec<LifecycleRow>,
}

/// New, returning, resurrected and dormant customers of every step.
///
/// ```text
/// active(t) = new(t) + returning(t) + resurrected(t)        dormant(t) = active(t − 1) − returning(t)
/// ```
///
/// A customer is active in a step with an order (or event) in it; under contract, when it runs at the end of the step.
///
/// # Errors
///
/// When there would be more than 20,000 steps.
pub async fn lifecycle(snapshot: &Snapshot, ask: &LifecycleAsk) -> Result<Lifecycle, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let activity = ask.activity.clone().unwrap_or_else(|| Activity::of(snapshot));
    // Steps before the period still decide who is new in it: only the answer is cut.
    let steps = Steps::new(Some(ask.grain), snapshot.week(), None, &horizon);
    let reader = StepReader::new(&activity, snapshot, &ask.scope, &horizon, steps.clone(), Views::Smallest);
    let scan = reader.scan.clone();
    let counted = snapshot.fold(&scan, LifecycleMachine { reader }).await?;
    check_steps(counted.rows.len())?;
    let row = |(index, counts): (i32, LifecycleCounts)| {
        let period = steps.period(index);
        LifecycleRow { period, complete: horizon.complete(period.end), counts }
    };
    let asked = |row: &LifecycleRow| ask.over.is_none_or(|over| over.contains(row.period.start));
    let rows = counted.rows.ascending().map(row).filter(asked).collect();
    Ok(Lifecycle { as_of: horizon.as_of, activity, grain: ask.grain, rows })
}

/// The state of a customer in `step`, given the steps in which the customer was active.
pub(crate) fn state_in(step: i32, active: &[i32]) -> Option<LifecycleState> {
    let next = active.partition_point(|other| *other < step);
    let before = next.checked_sub(1).map(|place| active[place]);
    match (active.get(next) == Some(&step), before) {
        (true, None) => Some(LifecycleState::New),
        (true, Some(before)) if before == step - 1 => Some(LifecycleState::Returning),
        (true, Some(_)) => Some(LifecycleState::Resurrected),
        (false, Some(before)) if before == step - 1 => Some(LifecycleState::Dormant),
        (false, _) => None,
    }
}

struct LifecycleMachine {
    reader: StepReader,
}

#[derive(Debug, Serialize, Deserialize)]
struct Counted {
    rows: Timeline<LifecycleCounts>,
    #[serde(skip)]
    visited: Visited,
}

impl Machine for LifecycleMachine {
    type Partial = Counted;

    fn start(&self) -> Counted {
        Counted { rows: Timeline::new(self.reader.steps.last()), visited: Visited::default() }
    }

    fn customer(&self, partial: &mut Counted, run: &Run<'_>) {
        let Counted { rows, visited } = partial;
        if self.reader.read(run, visited) {
            count(&visited.steps, self.reader.steps.last(), rows);
        }
    }

    fn merge(&self, into: &mut Counted, other: Counted) {
        into.rows.merge(other.rows, |mine, theirs| mine.add(theirs));
    }
}

/// One customer: one state for each active step, and dormant in the step after each run of them.
fn count(active: &[i32], last: i32, rows: &mut Timeline<LifecycleCounts>) {
    let mut before: Option<i32> = None;
    for step in active {
        let counts = rows.at(*step);
        match before {
            None => counts.new += 1,
            Some(before) if before == step - 1 => counts.returning += 1,
            Some(_) => counts.resurrected += 1,
        }
        if let Some(before) = before.filter(|before| *before < step - 1) {
            rows.at(before + 1).dormant += 1;
        }
        before = Some(*step);
    }
    if let Some(before) = before.filter(|before| *before < last) {
        rows.at(before + 1).dormant += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, changes, orders, period};
    use proptest::prelude::*;

    /// Rows as `period new returning resurrected dormant`.
    fn check(snapshot: &Snapshot, over: Option<Period>, expected: &[&str]) {
        let ask = LifecycleAsk { activity: None, grain: Grain::Month, over, scope: Scope::default() };
        let found = answer(lifecycle(snapshot, &ask)).unwrap();
        let row = |row: &LifecycleRow| {
            let c = row.counts;
            format!("{} {} {} {} {}", row.period, c.new, c.returning, c.resurrected, c.dormant)
        };
        assert_eq!(found.rows.iter().map(row).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn worked_example() {
        let shop = orders("ana 2024-01-31\nana 2024-02-01\nana 2024-02-29\nana 2024-04-01\nben 2024-02-10");
        let rows = ["2024-01 1 0 0 0", "2024-02 1 1 0 0", "2024-03 0 0 0 2", "2024-04 0 0 1 0"];
        check(&shop, None, &rows);
        check(&shop, Some(period("2024-02-01..2024-04-01")), &rows[1..3]);
        check(&orders(""), None, &[]);
    }

    #[test]
    fn contracts_are_looked_at_when_a_month_ends() {
        let business = changes(
            "ana 2024-01-10 start 9\nana 2024-02-10 pause\nana 2024-03-10 resume\nben 2024-02-01 start 9\n\
             ben 2024-02-05 end\ncem 2024-02-29 start 9\ncem 2024-04-02 end",
        );
        let rows = ["2024-01 1 0 0 0", "2024-02 1 0 0 1", "2024-03 0 1 1 0", "2024-04 0 1 0 1"];
        check(&business, None, &rows);
    }

    proptest! {
        #[test]
        fn the_identity_holds(people in prop::collection::vec(prop::collection::btree_set(0i32..20, 1..12), 1..20)) {
            let last = 19;
            let mut rows = Timeline::new(last);
            for steps in &people {
                let steps: Vec<i32> = steps.iter().copied().collect();
                count(&steps, last, &mut rows);
            }
            let mut before = 0;
            for (step, counts) in rows.ascending() {
                let active = people.iter().filter(|steps| steps.contains(&step)).count() as u64;
                prop_assert_eq!(counts.active(), active);
                prop_assert_eq!(counts.dormant + counts.returning, before);
                // The state of each customer alone, counted.
                for (state, count) in [
                    (LifecycleState::New, counts.new),
                    (LifecycleState::Returning, counts.returning),
                    (LifecycleState::Resurrected, counts.resurrected),
                    (LifecycleState::Dormant, counts.dormant),
                ] {
                    let steps = |steps: &std::collections::BTreeSet<i32>| steps.iter().copied().collect::<Vec<_>>();
                    let alone = people.iter().filter(|p| state_in(step, &steps(p)) == Some(state)).count() as u64;
                    prop_assert_eq!(alone, count, "{:?} in {}", state, step);
                }
                before = active;
            }
        }
    }
}
