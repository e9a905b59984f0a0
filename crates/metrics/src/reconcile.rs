//! Two definitions of recurring revenue side by side: where they differ, line by line down to the subscription, and why.

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Period};

use crate::contract_levels::{Contract, CustomerLevels, LevelReader};
use crate::mrr_movements::{MrrMove, Tally};
use crate::mrr_people::moved_between;
use crate::mrr_profile::{Definitions, MrrProfile};
use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this comparison.
pub const CARD: Card = Card {
    id: "mrr-reconcile",
    title: "Two definitions of recurring revenue",
    question: "Why do two definitions give different recurring revenue?",
    formula: "each line of the movements under the one and under the other definition; subscriptions whose revenue differs at \
              either end, each with the definitions that alone make it differ",
    source: "the differences are those of the profiles: churn moment, past due, coupons",
    unit: Unit::Money,
    example: "Ana cancels on 20 January and has paid until 10 February. At the end of January regulars counts her 10.00, stripe \
              does not: end −10.00, churn +10.00, one subscription, because of churn_moment.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconcileAsk {
    /// The period.
    pub period: Period,
    /// The one.
    pub a: MrrProfile,
    /// The other.
    pub b: MrrProfile,
    /// The currency.
    pub currency: Currency,
    /// As of when, and about which changes.
    pub scope: Scope,
}

/// One line of the movements, twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReconcileLine {
    /// `start`, a movement, or `end`.
    pub line: &'static str,
    /// By the one.
    pub a: Tally,
    /// By the other.
    pub b: Tally,
}

/// A definition that makes a subscription differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// When cancelled revenue is gone.
    ChurnMoment,
    /// What an unpaid invoice does.
    PastDue,
    /// What coupons do.
    Coupons,
}

impl Because {
    /// Its word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Because::ChurnMoment => "churn_moment",
            Because::PastDue => "past_due",
            Because::Coupons => "coupons",
        }
    }
}

/// A subscription that brings something else by the other definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing {
    /// The dense key of its customer; `app` joins names to it.
    pub customer: u32,
    /// The subscription.
    pub subscription: String,
    /// What it brings at the start by the one and the other, in minor units.
    pub start_minor: (i64, i64),
    /// The same at the end.
    pub end_minor: (i64, i64),
    /// The definitions that alone make it differ; all of them together where none does alone.
    pub because: Vec<Because>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Whether the period is over.
    pub complete: bool,
    /// Start, movements, end.
    pub lines: Vec<ReconcileLine>,
    /// By customer and subscription.
    pub subscriptions: Vec<Differing>,
}

/// Movements of a period under two definitions, and the subscriptions that make the difference.
///
/// The differences of the subscriptions at the end add up to the difference of the line `end`, as do those at the start:
/// a difference without a subscription does not exist.
///
/// # Errors
///
/// As [`crate::mrr_people::mrr_customers`].
pub async fn reconcile(snapshot: &Snapshot, ask: &ReconcileAsk) -> Result<Reconciled, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    if ask.period.start >= horizon.as_of {
        return Err(MetricError::NotYet { period: ask.period, as_of: horizon.as_of });
    }
    let (one, other) = (ask.a.definitions(), ask.b.definitions());
    // Unpaid invoices are read where either of them asks.
    let past_due_days = one.past_due_days.or(other.past_due_days);
    let both = Definitions { past_due_days, ..one };
    let reader = LevelReader::new(snapshot, both, &ask.scope, &horizon, Some(ask.currency)).await?;
    let scan = reader.scan.clone();
    let days = (ask.period.start.0, ask.period.end.min(horizon.as_of).0);
    let alone = changes(one, other).into_iter().map(|(because, by)| (because, reader.by(by))).collect();
    let machine = SideMachine { a: reader.by(one), b: reader.by(other), alone, days, currency: ask.currency };
    let Sides { lines, mut differing } = snapshot.fold(&scan, machine).await?;
    differing.sort_by(|x, y| (x.customer, &x.subscription).cmp(&(y.customer, &y.subscription)));
    let line = |(line, (a, b)): (&'static str, (Tally, Tally))| ReconcileLine { line, a, b };
    let lines = LINES.into_iter().zip(lines).map(line).collect();
    Ok(Reconciled { as_of: horizon.as_of, complete: horizon.complete(ask.period.end), lines, subscriptions: differing })
}

/// The lines, in the order of the movements.
const LINES: [&str; 9] =
    ["start", "new", "expansion", "reactivation", "contraction", "churn", "fx_in", "fx_out", "end"];

/// The one definitions with a single one of the other's in place of its own.
fn changes(one: Definitions, other: Definitions) -> Vec<(Because, Definitions)> {
    let all = [
        (Because::ChurnMoment, Definitions { churn_moment: other.churn_moment, ..one }),
        (Because::PastDue, Definitions { past_due_days: other.past_due_days, ..one }),
        (Because::Coupons, Definitions { coupons: other.coupons, ..one }),
    ];
    all.into_iter().filter(|(_, by)| *by != one).collect()
}

struct SideMachine {
    a: LevelReader,
    b: LevelReader,
    alone: Vec<(Because, LevelReader)>,
    days: (i32, i32),
    currency: Currency,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Sides {
    lines: [(Tally, Tally); 9],
    differing: Vec<Differing>,
}

impl Machine for SideMachine {
    type Partial = Sides;

    fn start(&self) -> Sides {
        Sides::default()
    }

    fn customer(&self, partial: &mut Sides, run: &Run<'_>) {
        let (a, b) = (self.a.read(run), self.b.read(run));
        self.add_lines(&a, &mut partial.lines, |line| &mut line.0);
        self.add_lines(&b, &mut partial.lines, |line| &mut line.1);
        for contract in a.contracts.iter().filter(|one| self.counts(one)) {
            let (own, others) = (self.ends(&a, contract), self.found(&b, contract.subscription));
            if own == others {
                continue;
            }
            let differs = |reader: &LevelReader| self.found(&reader.read(run), contract.subscription) != own;
            let because = self.alone.iter().filter(|(_, reader)| differs(reader)).map(|(because, _)| *because);
            let mut because: Vec<Because> = because.collect();
            if because.is_empty() {
                because = self.alone.iter().map(|(because, _)| *because).collect();
            }
            partial.differing.push(Differing {
                customer: run.customer,
                subscription: contract.subscription.to_owned(),
                start_minor: (own.0, others.0),
                end_minor: (own.1, others.1),
                because,
            });
        }
    }

    fn merge(&self, into: &mut Sides, other: Sides) {
        for (mine, theirs) in into.lines.iter_mut().zip(other.lines) {
            mine.0.join(theirs.0);
            mine.1.join(theirs.1);
        }
        into.differing.extend(other.differing);
    }
}

impl SideMachine {
    fn counts(&self, contract: &Contract<'_>) -> bool {
        !contract.unknown && contract.currency == self.currency.code()
    }

    /// What a contract brings at both ends.
    fn ends(&self, levels: &CustomerLevels<'_>, contract: &Contract<'_>) -> (i64, i64) {
        (levels.bridged(contract, self.days.0), levels.bridged(contract, self.days.1))
    }

    /// The same of the contract of that subscription.
    fn found(&self, levels: &CustomerLevels<'_>, subscription: &str) -> (i64, i64) {
        let contract = levels.contracts.iter().find(|one| one.subscription == subscription && self.counts(one));
        contract.map_or((0, 0), |contract| self.ends(levels, contract))
    }

    fn add_lines(
        &self,
        levels: &CustomerLevels<'_>,
        lines: &mut [(Tally, Tally); 9],
        side: impl Fn(&mut (Tally, Tally)) -> &mut Tally,
    ) {
        let Some(moved) = moved_between(levels, self.days, self.currency.code()) else { return };
        if moved.from > 0 {
            side(&mut lines[0]).add(moved.from);
        }
        if moved.to > 0 {
            side(&mut lines[8]).add(moved.to);
        }
        let place = moved.what.and_then(|what| MrrMove::ALL.iter().position(|other| *other == what));
        if let Some(place) = place {
            side(&mut lines[place + 1]).add((moved.to - moved.from).abs());
        }
    }
}
