//! Survival: how long customers stay, with those who are still here counted as far as we have seen them.

use history::Snapshot;
use history::fold::{Machine, Run};
use models::survival::{Survival, kaplan_meier_of_counts};
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, WeekStart};

use crate::activity::{Activity, ActivityRule, SpellReader, Spells};
use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "survival",
    title: "Customer lifetime",
    question: "How long does a customer stay?",
    formula: "S(t) = Π (1 − left at age tᵢ / still there before tᵢ), over all ages tᵢ up to t",
    source: "Kaplan & Meier, JASA 53 (1958), 457–481; interval: log-log, Kalbfleisch & Prentice (1980)",
    unit: Unit::Share,
    example: "Four members: one leaves after 2 months, one after 5, two are still here after 3 and 6. \
              S(2) = 3/4, S(5) = 3/4 · 1/2 = 3/8.",
};

/// What ends a lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The last lapse: a customer who left and came back has one lifetime, with the pause in it.
    #[default]
    Last,
    /// The first lapse, whatever came after: what a cohort looks like when nobody is won back.
    First,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurvivalAsk {
    /// The rule; the business's own without it.
    pub activity: Option<Activity>,
    /// The unit of ages: calendar steps between entering and leaving.
    pub grain: Grain,
    /// What ends a lifetime.
    #[serde(default)]
    pub ending: Ending,
    /// As of when, and about which facts.
    pub scope: Scope,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerSurvival {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The rule that was used.
    pub rule: ActivityRule,
    /// The unit of ages.
    pub grain: Grain,
    /// What ends a lifetime.
    pub ending: Ending,
    /// The curve: one step for each age at which somebody left or was last seen.
    pub curve: Survival,
}

/// The share of customers who stay longer than t, by Kaplan–Meier.
///
/// A lifetime runs from the day a customer became one to the day the last spell of activity ended: under contract the
/// end of service, for purchases the last order plus the window. Whoever is still active is censored at the last known
/// day. Ages are differences of calendar steps: from March to May is 2 months. Whether somebody who lapsed and came back
/// ended then or goes on is [`Ending`].
///
/// # Errors
///
/// When the facts of the rule are missing.
pub async fn survival(snapshot: &Snapshot, ask: &SurvivalAsk) -> Result<CustomerSurvival, MetricError> {
    let rule = Activity::settle(ask.activity.as_ref(), snapshot, &ask.scope).await?;
    rule.check(snapshot)?;
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let reader = SpellReader::new(&rule, snapshot, &ask.scope, &horizon);
    let scan = reader.scan.clone();
    let (grain, ending, week, as_of) = (ask.grain, ask.ending, snapshot.week(), horizon.as_of);
    let ages = snapshot.fold(&scan, AgeMachine { reader, grain, ending, week, as_of }).await?;
    let curve = kaplan_meier_of_counts(&ages.ended, &ages.open);
    Ok(CustomerSurvival { as_of, rule, grain, ending, curve })
}

struct AgeMachine {
    reader: SpellReader,
    grain: Grain,
    ending: Ending,
    week: WeekStart,
    as_of: Date,
}

/// How many customers left at each age, and how many were last seen at it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Ages {
    ended: Vec<u64>,
    open: Vec<u64>,
    #[serde(skip)]
    spells: Spells,
}

impl AgeMachine {
    /// The age in steps, and whether the customer left.
    fn age(&self, spells: &Spells) -> (usize, bool) {
        // Without a spell the customer came and went within a day.
        let spell = match self.ending {
            Ending::Last => spells.list.last(),
            Ending::First => spells.list.first(),
        };
        let end = spell.map_or(spells.first, |spell| spell.to - 1);
        let left = end < self.as_of.0;
        let last = if left { Date(end) } else { self.as_of.plus(-1) };
        let step = |date: Date| self.grain.index(date, self.week);
        ((step(last) - step(Date(spells.first))).max(0) as usize, left)
    }
}

impl Machine for AgeMachine {
    type Partial = Ages;

    fn start(&self) -> Ages {
        Ages::default()
    }

    fn customer(&self, partial: &mut Ages, run: &Run<'_>) {
        if !self.reader.read(run, &mut partial.spells) {
            return;
        }
        let (age, left) = self.age(&partial.spells);
        let counts = if left { &mut partial.ended } else { &mut partial.open };
        if age >= counts.len() {
            counts.resize(age + 1, 0);
        }
        counts[age] += 1;
    }

    fn merge(&self, into: &mut Ages, other: Ages) {
        for (mine, theirs) in [(&mut into.ended, other.ended), (&mut into.open, other.open)] {
            if theirs.len() > mine.len() {
                mine.resize(theirs.len(), 0);
            }
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, changes, orders};

    /// Steps as `age at_risk events censored`.
    fn check(snapshot: &Snapshot, activity: Option<Activity>, grain: Grain, expected: &[&str]) -> Survival {
        let ask = SurvivalAsk { activity, grain, ending: Ending::Last, scope: Scope::default() };
        let found = answer(survival(snapshot, &ask)).unwrap().curve;
        let step = |s: &models::survival::Step| format!("{} {} {} {}", s.time, s.at_risk, s.events, s.censored);
        assert_eq!(found.steps.iter().map(step).collect::<Vec<_>>(), expected);
        found
    }

    #[test]
    fn worked_example() {
        // In July: Ana left after 2 months, Ben after 5; Cem has been here for 3, Dia for 6.
        let members = changes(
            "ana 2024-01-01 start\nana 2024-03-01 end\nben 2024-01-01 start\nben 2024-06-01 end\ncem 2024-04-01 start\n\
             dia 2024-01-01 start\neva 2024-07-01 start\neva 2024-07-01 end",
        );
        let curve = check(&members, None, Grain::Month, &["0 5 1 0", "2 4 1 0", "3 3 0 1", "5 2 1 0", "6 1 0 1"]);
        // Eva came and went within July: 4/5 stay beyond month 0.
        assert!((curve.at(2.0).value - 0.8 * 0.75).abs() < 1e-15);
        assert!((curve.at(5.5).value - 0.8 * 0.75 * 0.5).abs() < 1e-15);
    }

    #[test]
    fn buyers_last_until_their_window_has_passed() {
        // Window of 10 days. Ana: 1 and 8 January, gone on the 18th: 17 days. Ben ordered on the 25th: still here.
        let shop = orders("ana 2024-01-01\nana 2024-01-08\nben 2024-01-20\nben 2024-01-25");
        let rule = Some(Activity::Purchase { window_days: Some(10) });
        check(&shop, rule, Grain::Day, &["5 2 0 1", "17 1 1 0"]);
    }

    #[test]
    fn the_first_lapse_or_the_last() {
        let shop = orders("ana 2024-01-01\nana 2024-02-01\nben 2024-02-01");
        let rule = Some(Activity::Purchase { window_days: Some(10) });
        check(&shop, rule.clone(), Grain::Day, &["0 2 0 1", "31 1 0 1"]);
        let ask = SurvivalAsk { activity: rule, grain: Grain::Day, ending: Ending::First, scope: Scope::default() };
        let curve = answer(survival(&shop, &ask)).unwrap().curve;
        assert_eq!(curve.steps.iter().map(|step| (step.time, step.events)).collect::<Vec<_>>(), [(0.0, 0), (10.0, 1)]);
    }

    #[test]
    fn on_the_last_day() {
        // The service ends on the last day that is known: over. One day's window after the last order: still here.
        let last = changes("ana 2024-01-01 start\nana 2024-01-10 end");
        check(&last, None, Grain::Day, &["9 1 1 0"]);
        let rule = Some(Activity::Purchase { window_days: Some(1) });
        check(&orders("ana 2024-01-01"), rule, Grain::Day, &["0 1 0 1"]);
    }
}
