//! Cohorts by revenue: of what customers paid who began together, how much do they pay later?

use std::collections::BTreeMap;

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Grain, Period};

use crate::contract_levels::LevelReader;
use crate::mrr_movements::Tally;
use crate::mrr_profile::MrrProfile;
use crate::revenue_retention::Ratio;
use crate::scope::{Horizon, Scope, Steps, check_steps};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "revenue-cohorts",
    title: "Revenue retention by cohort",
    question: "Of what customers paid who began in the same month, how much do they pay later?",
    formula: "net(k) = Σ MRR at the end of the k-th step after the one they began in / Σ MRR they began with; gross(k) takes of \
              each customer at most what they began with; the average is pooled over cohorts whose k-th step is over",
    source: "net and gross revenue retention over cohorts of first recurring revenue, as in the SaaS Metrics Standards Board's \
             definitions; customers in other currencies are not in the sums",
    unit: Unit::Money,
    example: "Ana and Ben begin in January with 10.00 each. Ana pays 15.00 from February on, Ben leaves in March. Net: January \
              100 %, February 125 %, March 75 %. Gross: 100 %, 100 %, 50 %.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueCohortsAsk {
    /// The step.
    pub grain: Grain,
    /// Only cohorts that begin in these days.
    pub entered: Option<Period>,
    /// Most steps of a cohort after the one it begins in.
    pub steps_max: Option<u32>,
    /// Whose definitions.
    pub profile: MrrProfile,
    /// The currency; that of reports without it.
    pub currency: Option<Currency>,
    /// As of when, and about which changes.
    pub scope: Scope,
}

/// One cohort, or all of them pooled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueCohort {
    /// When they began.
    pub period: Period,
    /// Who, and what they began with.
    pub began: Tally,
    /// From the step they began in on.
    pub cells: Vec<RevenueCell>,
}

/// A cohort at one age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RevenueCell {
    /// Whether the step is over.
    pub complete: bool,
    /// Who pays at its end, and what.
    pub pays: Tally,
    /// Of that, at most what each began with.
    pub kept_minor: i64,
    /// What they began with.
    pub began_minor: i64,
}

impl RevenueCell {
    /// What they pay, of what they began with.
    pub fn net(self) -> Ratio {
        Ratio { part_minor: self.pays.minor, whole_minor: self.began_minor }
    }

    /// The same without what anybody pays more.
    pub fn gross(self) -> Ratio {
        Ratio { part_minor: self.kept_minor, whole_minor: self.began_minor }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueCohorts {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The step.
    pub grain: Grain,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// Whose definitions were used.
    pub profile: MrrProfile,
    /// By beginning.
    pub rows: Vec<RevenueCohort>,
    /// Pooled over complete cells: sums over sums. As long as any row has a complete one.
    pub average: Vec<RevenueCell>,
}

/// Revenue of the customers who began together, step by step.
///
/// Who began is a customer's first recurring revenue ever in the currency; what they began with, their revenue at the end
/// of that day.
///
/// # Errors
///
/// `no_facts` without subscription changes; more than 20,000 steps; those of a filter.
pub async fn revenue_cohorts(snapshot: &Snapshot, ask: &RevenueCohortsAsk) -> Result<RevenueCohorts, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let currency = ask.currency.or_else(|| snapshot.currency());
    let reader = LevelReader::new(snapshot, ask.profile.definitions(), &ask.scope, &horizon, currency).await?;
    let steps = Steps::new(Some(ask.grain), snapshot.week(), None, &horizon);
    let (last, as_of) = (steps.last(), horizon.as_of.0);
    let scan = reader.scan.clone();
    let most = ask.steps_max.unwrap_or(u32::MAX);
    let machine = CohortMachine { reader, steps: steps.clone(), currency, most, as_of };
    let found = snapshot.fold(&scan, machine).await?;
    let mut rows = Vec::new();
    for (index, cohort) in found.0 {
        let period = steps.period(index);
        if ask.entered.is_some_and(|entered| !entered.contains(period.start)) {
            continue;
        }
        check_steps(usize::try_from(last - index).unwrap_or(0))?;
        let cell = |(k, cell): (usize, &Cell)| RevenueCell {
            complete: horizon.complete(steps.period(index + k as i32).end),
            pays: cell.pays,
            kept_minor: cell.kept_minor,
            began_minor: cohort.began.minor,
        };
        let cells = cohort.cells.iter().enumerate().map(cell).collect();
        rows.push(RevenueCohort { period, began: cohort.began, cells });
    }
    let average = pooled(&rows);
    Ok(RevenueCohorts { as_of: horizon.as_of, grain: ask.grain, currency, profile: ask.profile, rows, average })
}

/// Sums over sums, of complete cells alone.
fn pooled(rows: &[RevenueCohort]) -> Vec<RevenueCell> {
    let longest = rows.iter().map(|row| row.cells.iter().take_while(|cell| cell.complete).count()).max().unwrap_or(0);
    let at = |k: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(k)).filter(|cell| cell.complete);
        cells.fold(RevenueCell { complete: true, ..RevenueCell::default() }, |mut sum, cell| {
            sum.pays.join(cell.pays);
            sum.kept_minor = sum.kept_minor.saturating_add(cell.kept_minor);
            sum.began_minor = sum.began_minor.saturating_add(cell.began_minor);
            sum
        })
    };
    (0..longest).map(at).collect()
}

struct CohortMachine {
    reader: LevelReader,
    steps: Steps,
    currency: Option<Currency>,
    most: u32,
    as_of: i32,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Cell {
    pays: Tally,
    kept_minor: i64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Cohort {
    began: Tally,
    cells: Vec<Cell>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Cohorts(BTreeMap<i32, Cohort>);

impl Machine for CohortMachine {
    type Partial = Cohorts;

    fn start(&self) -> Cohorts {
        Cohorts::default()
    }

    fn customer(&self, partial: &mut Cohorts, run: &Run<'_>) {
        let levels = self.reader.read(run);
        let Some(code) =
            self.currency.map(|one| one.to_string()).or(levels.currencies.first().map(|one| (*one).to_owned()))
        else {
            return;
        };
        let after = |day: i32| levels.minor_before(day.saturating_add(1), &code);
        let Some(day) = levels.days.iter().copied().find(|day| after(*day) > 0) else { return };
        let Some(index) = self.steps.index(day) else { return };
        let began = after(day);
        let cohort = partial.0.entry(index).or_default();
        cohort.began.add(began);
        let steps = (self.steps.last() - index).min(i32::try_from(self.most).unwrap_or(i32::MAX));
        if cohort.cells.len() <= steps as usize {
            cohort.cells.resize(steps as usize + 1, Cell::default());
        }
        for (k, cell) in (0..).zip(&mut cohort.cells) {
            let end = self.steps.period(index + k).end.0.min(self.as_of);
            let minor = levels.minor_before(end, &code);
            if minor > 0 {
                cell.pays.add(minor);
                cell.kept_minor = cell.kept_minor.saturating_add(minor.min(began));
            }
        }
    }

    fn merge(&self, into: &mut Cohorts, other: Cohorts) {
        for (index, cohort) in other.0 {
            let mine = into.0.entry(index).or_default();
            mine.began.join(cohort.began);
            if cohort.cells.len() > mine.cells.len() {
                mine.cells.resize(cohort.cells.len(), Cell::default());
            }
            for (cell, more) in mine.cells.iter_mut().zip(cohort.cells) {
                cell.pays.join(more.pays);
                cell.kept_minor = cell.kept_minor.saturating_add(more.kept_minor);
            }
        }
    }
}
