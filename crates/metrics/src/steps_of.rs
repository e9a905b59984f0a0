//! In which steps of the calendar a customer was there: what cohorts and lifecycle count.

use history::fold::Run;
use history::{Scan, Snapshot};

use crate::activity::{Activity, ActivityRule, DayReader, SpellReader, Spells, Views};
use crate::scope::{Horizon, Scope, Steps};

/// Turns the rows of a customer into the steps in which the customer was there: those with an order, with an event, or
/// at whose end a contract was running.
#[derive(Debug, Clone)]
pub(crate) struct StepReader {
    kind: StepKind,
    /// What to scan.
    pub scan: Scan,
    /// The calendar.
    pub steps: Steps,
    as_of: i32,
}

#[derive(Debug, Clone)]
enum StepKind {
    Days(DayReader),
    Contract(SpellReader),
}

/// The steps of one customer, reused from customer to customer.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    /// The step in which the customer became one.
    pub entry: i32,
    /// The steps, rising, each once.
    pub steps: Vec<i32>,
    days: Vec<i32>,
    spells: Spells,
}

impl StepReader {
    /// A reader for the facts of an activity rule. Its window plays no part here.
    pub fn new(
        activity: &Activity,
        snapshot: &Snapshot,
        scope: &Scope,
        horizon: &Horizon,
        steps: Steps,
        views: Views,
    ) -> StepReader {
        let as_of = horizon.as_of.0;
        match activity {
            Activity::Contract => {
                let rule = ActivityRule { activity: Activity::Contract, window: None };
                let reader = SpellReader::new(&rule, snapshot, scope, horizon);
                StepReader { scan: reader.scan.clone(), kind: StepKind::Contract(reader), steps, as_of }
            }
            _ => {
                let reader = DayReader::over(activity, snapshot, scope, horizon, views);
                StepReader { scan: reader.scan.clone(), kind: StepKind::Days(reader), steps, as_of }
            }
        }
    }

    /// The steps of one customer; false when there are none before the horizon.
    pub fn read(&self, run: &Run<'_>, into: &mut Visited) -> bool {
        let Visited { entry, steps, days, spells } = into;
        steps.clear();
        match &self.kind {
            StepKind::Days(reader) => {
                // Days come in order: a step is new when it is not the last one.
                let mut last = None;
                for step in reader.days(run, days).iter().filter_map(|day| self.steps.index(*day)) {
                    if last != Some(step) {
                        steps.push(step);
                        last = Some(step);
                    }
                }
                *entry = steps.first().copied().unwrap_or_default();
                !steps.is_empty()
            }
            StepKind::Contract(reader) => {
                if !reader.read(run, spells) {
                    return false;
                }
                self.ends_held(spells, steps);
                let first = self.steps.index(spells.first);
                *entry = first.unwrap_or_default();
                first.is_some()
            }
        }
    }

    /// The steps at whose end (or at the horizon, for the one still running) a contract is active.
    fn ends_held(&self, spells: &Spells, into: &mut Vec<i32>) {
        let last = self.steps.last();
        let step = |day: i32| if day >= self.as_of { last } else { self.steps.index(day).unwrap_or(last) };
        for spell in &spells.list {
            // The step of day d ends on the morning of its next step's first day: at or after d + 1.
            into.extend((step(spell.from - 1)..step(spell.to - 1)).filter(|step| *step < last));
        }
        into.extend(spells.holds(self.as_of.min(self.steps.period(last).end.0)).then_some(last));
    }
}
