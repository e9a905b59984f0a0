//! Movements of monthly recurring revenue: where it came from and where it went, closing exactly.

use std::collections::BTreeMap;

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Grain, Period};

use crate::contract_levels::{CustomerLevels, LevelReader};
use crate::mrr_profile::MrrProfile;
use crate::revenue_churn::ChurnClass;
use crate::scope::{Horizon, Scope, Steps, Timeline, check_steps};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "mrr-movements",
    title: "Recurring revenue movements",
    question: "Where does recurring revenue come from, and where does it go?",
    formula: "end = start + new + expansion + reactivation − contraction − churn + fx, for each currency: a customer's MRR at \
              the end less that at the start is one movement; fx is MRR of customers who changed currency, 0 where none did",
    source: "the five movements of ChartMogul and ProfitWell; MRR = contract value ÷ months with all discounts taken off, \
             without taxes, one-off fees, metered usage and trials. Contracts whose MRR is not known are in no sum",
    unit: Unit::Money,
    example: "At the start Ana pays 100, Ben 50, Cem 70, Dia 60. At the end Ana 100, Ben 80 (expansion 30), Cem 40 (contraction \
              30), Dia nothing (churn 60), Eva 90 (new), and Fay, who had left, 30 (reactivation): 280 + 90 + 30 + 30 − 30 − 60 = 340.",
};

/// What a customer's revenue did in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MrrMove {
    /// From nothing, for the first time ever.
    New,
    /// More than at the start.
    Expansion,
    /// From nothing, not for the first time.
    Reactivation,
    /// Less than at the start.
    Contraction,
    /// To nothing.
    Churn,
    /// Came into this currency from another one.
    FxIn,
    /// Went from this currency into another one.
    FxOut,
}

impl MrrMove {
    /// Every movement: what adds, what takes away, what only changes currency.
    pub const ALL: [MrrMove; 7] = [
        MrrMove::New,
        MrrMove::Expansion,
        MrrMove::Reactivation,
        MrrMove::Contraction,
        MrrMove::Churn,
        MrrMove::FxIn,
        MrrMove::FxOut,
    ];

    /// Its word for programs and addresses.
    pub fn word(self) -> &'static str {
        match self {
            MrrMove::New => "new",
            MrrMove::Expansion => "expansion",
            MrrMove::Reactivation => "reactivation",
            MrrMove::Contraction => "contraction",
            MrrMove::Churn => "churn",
            MrrMove::FxIn => "fx_in",
            MrrMove::FxOut => "fx_out",
        }
    }

    fn place(self) -> usize {
        MrrMove::ALL.iter().position(|other| *other == self).unwrap_or(0)
    }
}

/// Which periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MrrSteps {
    /// The steps of the calendar.
    Calendar {
        /// The step.
        grain: Grain,
        /// Only steps that begin in these days; all without it.
        over: Option<Period>,
    },
    /// These, each beginning where the one before ends.
    Periods(Vec<Period>),
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MrrAsk {
    /// Which periods.
    pub steps: MrrSteps,
    /// Whose definitions.
    pub profile: MrrProfile,
    /// The currency that is looked at first; that of reports, or the one most customers pay in, without it.
    pub currency: Option<Currency>,
    /// As of when, and about which changes.
    pub scope: Scope,
}

impl MrrAsk {
    /// One period by our own definitions, everything known.
    pub fn of(period: Period) -> MrrAsk {
        let steps = MrrSteps::Periods(vec![period]);
        MrrAsk { steps, profile: MrrProfile::Regulars, currency: None, scope: Scope::default() }
    }
}

/// Customers, and what they bring together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub customers: u64,
    /// Minor units a month.
    pub minor: i64,
}

impl Tally {
    pub(crate) fn add(&mut self, minor: i64) {
        self.customers += 1;
        self.minor = self.minor.saturating_add(minor);
    }

    pub(crate) fn join(&mut self, other: Tally) {
        self.customers += other.customers;
        self.minor = self.minor.saturating_add(other.minor);
    }
}

/// The movements of a period in one currency. Amounts are never below zero; the word says which way they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MrrSums {
    moves: [Tally; 7],
    lost: [Tally; 4],
    /// Cancelled contracts that still run when the period ends, by customer.
    pub scheduled: Tally,
    /// Customers whose first contracts came and went within the period: in no movement.
    pub came_and_went: u64,
    /// Customers who began, and stopped, to pay in this currency.
    joined: u64,
    parted: u64,
}

impl MrrSums {
    /// One movement.
    pub fn of(&self, what: MrrMove) -> Tally {
        self.moves[what.place()]
    }

    /// Of churn, that of one class.
    pub fn lost(&self, class: ChurnClass) -> Tally {
        self.lost[class.place()]
    }

    /// What changed currency: what came in less what went out.
    pub fn fx_minor(&self) -> i64 {
        self.of(MrrMove::FxIn).minor.saturating_sub(self.of(MrrMove::FxOut).minor)
    }

    /// New, expansion and reactivation.
    pub fn gained_minor(&self) -> i64 {
        [MrrMove::New, MrrMove::Expansion, MrrMove::Reactivation].iter().map(|what| self.of(*what).minor).sum()
    }

    /// Contraction and churn.
    pub fn lost_minor(&self) -> i64 {
        [MrrMove::Contraction, MrrMove::Churn].iter().map(|what| self.of(*what).minor).sum()
    }

    /// By how much the end is above the start.
    pub fn net_minor(&self) -> i64 {
        self.gained_minor().saturating_sub(self.lost_minor()).saturating_add(self.fx_minor())
    }

    fn join(&mut self, other: &MrrSums) {
        self.moves.iter_mut().zip(other.moves).for_each(|(mine, theirs)| mine.join(theirs));
        self.lost.iter_mut().zip(other.lost).for_each(|(mine, theirs)| mine.join(theirs));
        self.scheduled.join(other.scheduled);
        self.came_and_went += other.came_and_went;
        self.joined += other.joined;
        self.parted += other.parted;
    }
}

/// One period in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MrrRow {
    /// The days.
    pub period: Period,
    /// Whether they are over.
    pub complete: bool,
    /// Who pays when the period begins.
    pub start: Tally,
    /// Who pays when it ends.
    pub end: Tally,
    /// What happened between.
    pub sums: MrrSums,
}

/// The answer for one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MrrBridge {
    /// The currency, as the facts write it; `XXX` where they say none.
    pub currency: String,
    /// By time, without a gap.
    pub rows: Vec<MrrRow>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MrrMovements {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Whose definitions were used.
    pub profile: MrrProfile,
    /// The currency looked at first comes first, then those with most customers. Never added up: no rate is known.
    pub bridges: Vec<MrrBridge>,
    /// Customers with a contract whose revenue is not known: it is in no sum.
    pub unknown: u64,
    /// Whether list prices can be told from paid ones.
    pub knows_coupons: bool,
}

impl MrrMovements {
    /// The bridge of the currency looked at first.
    pub fn main(&self) -> Option<&MrrBridge> {
        self.bridges.first()
    }
}

/// Movements of recurring revenue for every period, each customer in at most one of them for each currency, in one pass.
///
/// ```text
/// start + new + expansion + reactivation − contraction − churn + fx = end        (each currency, each period, exactly)
/// ```
///
/// A customer's revenue is the sum of all contracts; a second contract is an expansion, one of several cancelled a
/// contraction. Whoever pays in another currency at the end than at the start did neither come nor go: `fx` tells of them,
/// at what they paid and pay, unconverted. A plan that ends while the next one starts by the day after is no churn.
///
/// # Errors
///
/// `no_facts` without subscription changes; more than 20,000 periods; those of a filter.
pub async fn mrr_movements(snapshot: &Snapshot, ask: &MrrAsk) -> Result<MrrMovements, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let definitions = ask.profile.definitions();
    let reader = LevelReader::new(snapshot, definitions, &ask.scope, &horizon, ask.currency).await?;
    let (scan, knows_coupons) = (reader.scan.clone(), reader.knows_coupons());
    let cut = Cut::new(snapshot, &ask.steps, &horizon);
    let found = snapshot.fold(&scan, MoveMachine { reader, cut: cut.clone() }).await?;
    let mut bridges = Vec::new();
    for (currency, cells) in found.cells {
        check_steps(cells.len())?;
        bridges.push(MrrBridge { currency, rows: rows(cells, &cut, &ask.steps, &horizon) });
    }
    let first = ask.currency.or_else(|| snapshot.currency());
    let ever = |bridge: &MrrBridge| found.ever.get(&bridge.currency).copied().unwrap_or(0);
    bridges.sort_by_key(|bridge| {
        let other = first.is_none_or(|first| first.code() != bridge.currency);
        (other, u64::MAX - ever(bridge), bridge.currency.clone())
    });
    Ok(MrrMovements { as_of: horizon.as_of, profile: ask.profile, bridges, unknown: found.unknown, knows_coupons })
}

/// Runs the movements up to what is paid at each end.
fn rows(cells: Timeline<MrrSums>, cut: &Cut, steps: &MrrSteps, horizon: &Horizon) -> Vec<MrrRow> {
    let mut level = Tally::default();
    let row = |(index, sums): (i32, MrrSums)| {
        let start = level;
        level.customers = (level.customers + sums.joined).saturating_sub(sums.parted);
        level.minor = level.minor.saturating_add(sums.net_minor());
        let period = cut.period(index)?;
        let asked = match steps {
            MrrSteps::Calendar { over: Some(over), .. } => over.contains(period.start),
            _ => true,
        };
        asked.then_some(MrrRow { period, complete: horizon.complete(period.end), start, end: level, sums })
    };
    cells.ascending().filter_map(row).collect()
}

/// Which period a day belongs to.
#[derive(Debug, Clone)]
pub(crate) enum Cut {
    Calendar { steps: Steps, as_of: i32 },
    Periods { periods: Vec<Period>, as_of: i32 },
}

impl Cut {
    pub fn new(snapshot: &Snapshot, steps: &MrrSteps, horizon: &Horizon) -> Cut {
        let as_of = horizon.as_of.0;
        match steps {
            MrrSteps::Calendar { grain, .. } => {
                Cut::Calendar { steps: Steps::new(Some(*grain), snapshot.week(), None, horizon), as_of }
            }
            MrrSteps::Periods(periods) => {
                let begun = periods.iter().copied().filter(|period| period.start.0 < as_of).collect();
                Cut::Periods { periods: begun, as_of }
            }
        }
    }

    /// The number of the period of a day; a number before all of them for days before, nothing after the last.
    fn index(&self, day: i32) -> Option<i32> {
        match self {
            Cut::Calendar { steps, .. } => steps.index(day),
            Cut::Periods { periods, .. } => {
                let last = periods.last()?;
                let begun = periods.partition_point(|period| period.start.0 <= day);
                (day < last.end.0).then_some(begun as i32 - 1)
            }
        }
    }

    fn last(&self) -> i32 {
        match self {
            Cut::Calendar { steps, .. } => steps.last(),
            Cut::Periods { periods, .. } => periods.len() as i32 - 1,
        }
    }

    fn period(&self, index: i32) -> Option<Period> {
        match self {
            Cut::Calendar { steps, .. } => Some(steps.period(index)),
            Cut::Periods { periods, .. } => usize::try_from(index).ok().and_then(|at| periods.get(at)).copied(),
        }
    }

    /// The first morning after a period, as far as we can see.
    fn end(&self, index: i32) -> Option<i32> {
        let as_of = match self {
            Cut::Calendar { as_of, .. } | Cut::Periods { as_of, .. } => *as_of,
        };
        self.period(index).map(|period| period.end.0.min(as_of))
    }
}

struct MoveMachine {
    reader: LevelReader,
    cut: Cut,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Moves {
    cells: BTreeMap<String, Timeline<MrrSums>>,
    /// Customers who ever paid in a currency.
    ever: BTreeMap<String, u64>,
    unknown: u64,
}

impl Moves {
    fn at(&mut self, currency: &str, index: i32, last: i32) -> &mut MrrSums {
        if !self.cells.contains_key(currency) {
            self.cells.insert(currency.to_owned(), Timeline::new(last));
        }
        self.cells.entry(currency.to_owned()).or_insert_with(|| Timeline::new(last)).at(index)
    }
}

impl Machine for MoveMachine {
    type Partial = Moves;

    fn start(&self) -> Moves {
        Moves::default()
    }

    fn customer(&self, partial: &mut Moves, run: &Run<'_>) {
        let levels = self.reader.read(run);
        partial.unknown += u64::from(levels.contracts.iter().any(|contract| contract.unknown));
        let Some(first) = levels.first_paid() else { return };
        for currency in &levels.currencies {
            *partial.ever.entry((*currency).to_owned()).or_default() += 1;
        }
        let last = self.cut.last();
        let mut row = 0;
        while row < levels.days.len() {
            let Some(index) = self.cut.index(levels.days[row]) else { break };
            let same = levels.days[row..].iter().take_while(|day| self.cut.index(**day) == Some(index)).count();
            let end = row + same - 1;
            let newcomer = (row..=end).contains(&first);
            count(&levels, (row.checked_sub(1), end), newcomer, |currency, moved| {
                if moved.what.is_some() || moved.brief {
                    note(partial.at(currency, index, last), moved);
                }
            });
            row += same;
        }
        self.schedule(&levels, partial);
        // Every currency has a row for the last period, so that no bridge ends early.
        for currency in &levels.currencies {
            partial.at(currency, last, last);
        }
    }

    fn merge(&self, into: &mut Moves, other: Moves) {
        for (currency, cells) in other.cells {
            let mine = into.cells.entry(currency).or_insert_with(|| Timeline::new(self.cut.last()));
            mine.merge(cells, |mine, theirs| mine.join(&theirs));
        }
        for (currency, customers) in other.ever {
            *into.ever.entry(currency).or_default() += customers;
        }
        into.unknown += other.unknown;
    }
}

impl MoveMachine {
    /// Adds what is cancelled and still runs at the end of each period.
    fn schedule(&self, levels: &CustomerLevels<'_>, partial: &mut Moves) {
        let last = self.cut.last();
        let mut sums: BTreeMap<(i32, &str), i64> = BTreeMap::new();
        for contract in levels.contracts.iter().filter(|contract| !contract.unknown) {
            for spell in &contract.scheduled {
                let first = self.cut.index(spell.from - 1).unwrap_or(last + 1);
                for index in first..=last {
                    let Some(end) = self.cut.end(index).filter(|end| *end >= spell.from) else { continue };
                    if end >= spell.to {
                        break;
                    }
                    let minor = contract.minor_before(end);
                    if minor > 0 {
                        *sums.entry((index, contract.currency)).or_default() += minor;
                    }
                }
            }
        }
        for ((index, currency), minor) in sums {
            partial.at(currency, index, last).scheduled.add(minor);
        }
    }
}

/// What one customer's revenue in one currency did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub from: i64,
    pub to: i64,
    pub what: Option<MrrMove>,
    pub class: ChurnClass,
    /// Paid for the first time in this period, and not any more when it ended.
    pub brief: bool,
}

/// The movements between two rows of a customer's levels, a currency at a time. `newcomer`: revenue began in between.
pub(crate) fn count<'a>(
    levels: &CustomerLevels<'a>,
    (before, after): (Option<usize>, usize),
    newcomer: bool,
    mut tell: impl FnMut(&'a str, Moved),
) {
    let at = |row: Option<usize>, column: usize| row.and_then(|row| levels.row(row).get(column)).copied().unwrap_or(0);
    let columns = 0..levels.currencies.len();
    let paid = columns.clone().any(|column| at(before, column) > 0);
    let pays = columns.clone().any(|column| at(Some(after), column) > 0);
    let left = columns.clone().any(|column| at(before, column) > 0 && at(Some(after), column) == 0);
    let came = columns.clone().any(|column| at(before, column) == 0 && at(Some(after), column) > 0);
    let day = levels.days.get(after).map_or(i32::MAX, |day| day.saturating_add(1));
    for column in columns {
        let (from, to) = (at(before, column), at(Some(after), column));
        let what = match (from, to) {
            _ if from == to => None,
            (0, _) if !paid => Some(if newcomer { MrrMove::New } else { MrrMove::Reactivation }),
            (0, _) if left => Some(MrrMove::FxIn),
            (_, 0) if !pays => Some(MrrMove::Churn),
            (_, 0) if came => Some(MrrMove::FxOut),
            _ if to > from => Some(MrrMove::Expansion),
            _ => Some(MrrMove::Contraction),
        };
        let class = if what == Some(MrrMove::Churn) { levels.class_before(day) } else { ChurnClass::Unknown };
        tell(levels.currencies[column], Moved { from, to, what, class, brief: newcomer && !paid && !pays });
    }
}

fn note(sums: &mut MrrSums, moved: Moved) {
    let Moved { from, to, what, class, brief } = moved;
    sums.came_and_went += u64::from(brief);
    sums.joined += u64::from(from == 0 && to > 0);
    sums.parted += u64::from(from > 0 && to == 0);
    let Some(what) = what else { return };
    let minor = to.abs_diff(from).min(i64::MAX as u64) as i64;
    sums.moves[what.place()].add(minor);
    if what == MrrMove::Churn {
        sums.lost[class.place()].add(minor);
    }
}

#[cfg(test)]
mod tests;
