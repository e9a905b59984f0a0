//! The customers behind a number of recurring revenue, and revenue by plan: one period, looked at customer by customer.

use std::collections::{BTreeMap, BTreeSet};

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Period};

use crate::MetricError;
use crate::contract_levels::{CustomerLevels, LevelReader};
use crate::mrr_movements::{Moved, MrrMove, Tally, count};
use crate::mrr_profile::MrrProfile;
use crate::revenue_churn::ChurnClass;
use crate::scope::{Horizon, Scope};

/// Which customers of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MrrPart {
    /// Who pays when it begins.
    Start,
    /// Who pays when it ends.
    End,
    /// Who pays at both.
    Stayed,
    /// Who pays more, or less, when it ends than when it begins.
    Changed,
    /// One movement.
    Moved(MrrMove),
    /// Of churn, one class.
    Lost(ChurnClass),
    /// Who has cancelled and still pays when it ends.
    Scheduled,
    /// Who pays for a plan when it ends.
    Plan(String),
}

/// What is asked of one period in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MrrPeriodAsk {
    /// The period.
    pub period: Period,
    /// Whose definitions.
    pub profile: MrrProfile,
    /// The currency.
    pub currency: Currency,
    /// As of when, and about which changes.
    pub scope: Scope,
}

impl MrrPeriodAsk {
    pub(crate) async fn reader(&self, snapshot: &Snapshot) -> Result<(LevelReader, (i32, i32)), MetricError> {
        let horizon = Horizon::of(snapshot, self.scope.as_of);
        if self.period.start >= horizon.as_of {
            return Err(MetricError::NotYet { period: self.period, as_of: horizon.as_of });
        }
        let definitions = self.profile.definitions();
        let reader = LevelReader::new(snapshot, definitions, &self.scope, &horizon, Some(self.currency)).await?;
        Ok((reader, (self.period.start.0, self.period.end.min(horizon.as_of).0)))
    }
}

/// What one customer did between two mornings, in one currency.
pub(crate) fn moved_between(levels: &CustomerLevels<'_>, (start, end): (i32, i32), currency: &str) -> Option<Moved> {
    let after = levels.row_before(end)?;
    let before = levels.row_before(start);
    let newcomer =
        levels.first_paid().is_some_and(|first| before.is_none_or(|before| first > before) && first <= after);
    let mut found = None;
    count(levels, (before, after), newcomer, |other, moved| {
        if other == currency {
            found = Some(moved);
        }
    });
    found
}

/// The keys of the customers a number of recurring revenue counted, rising.
///
/// # Errors
///
/// `no_facts` without subscription changes; `period_not_begun`; those of a filter.
pub async fn mrr_customers(snapshot: &Snapshot, ask: &MrrPeriodAsk, part: &MrrPart) -> Result<Vec<u32>, MetricError> {
    let (reader, days) = ask.reader(snapshot).await?;
    let scan = reader.scan.clone();
    let machine = PickMachine { reader, days, currency: ask.currency, part: part.clone() };
    let mut keys = snapshot.fold(&scan, machine).await?;
    keys.sort_unstable();
    Ok(keys)
}

struct PickMachine {
    reader: LevelReader,
    days: (i32, i32),
    currency: Currency,
    part: MrrPart,
}

impl PickMachine {
    fn fits(&self, levels: &CustomerLevels<'_>) -> bool {
        let (code, end) = (self.currency.code(), self.days.1);
        let Some(moved) = moved_between(levels, self.days, code) else { return false };
        let own = || levels.contracts.iter().filter(|one| !one.unknown && one.currency == code);
        match &self.part {
            MrrPart::Start => moved.from > 0,
            MrrPart::End => moved.to > 0,
            MrrPart::Stayed => moved.from > 0 && moved.to > 0,
            MrrPart::Changed => moved.what.is_some(),
            MrrPart::Moved(what) => moved.what == Some(*what),
            MrrPart::Lost(class) => moved.what == Some(MrrMove::Churn) && moved.class == *class,
            MrrPart::Scheduled => own().any(|one| {
                one.minor_before(end) > 0 && one.scheduled.iter().any(|spell| spell.from <= end && end < spell.to)
            }),
            MrrPart::Plan(plan) => {
                own().filter_map(|one| one.before(levels.held(end))).any(|piece| piece.minor > 0 && piece.plan == plan)
            }
        }
    }
}

impl Machine for PickMachine {
    type Partial = Vec<u32>;

    fn start(&self) -> Vec<u32> {
        Vec::new()
    }

    fn customer(&self, partial: &mut Vec<u32>, run: &Run<'_>) {
        if self.fits(&self.reader.read(run)) {
            partial.push(run.customer);
        }
    }

    fn merge(&self, into: &mut Vec<u32>, other: Vec<u32>) {
        into.extend(other);
    }
}

/// One plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// Its name as the facts write it; empty where they say none.
    pub plan: String,
    /// Who paid for it when the period began.
    pub start: Tally,
    /// Who pays for it when the period ends. A customer of two plans counts for both.
    pub end: Tally,
}

/// Many customers who went from one plan to another on one day: a migration, not so many decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// The day.
    pub day: Date,
    /// The plan they had.
    pub from: String,
    /// The plan they have.
    pub to: String,
    /// Who, and what they paid before.
    pub before: Tally,
    /// What they pay after it, in minor units.
    pub after_minor: i64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MrrPlans {
    /// Plans, the largest at the end first.
    pub plans: Vec<PlanRow>,
    /// Migrations within the period, by day.
    pub migrations: Vec<Migration>,
}

/// So many customers on one day are a migration,
const MIGRATED_MIN: u64 = 10;
/// when they are at least this share of all who paid for the plan at any time in the period,
const MIGRATED_SHARE: f64 = 0.05;
/// and at least this share of all who went from the one plan to the other in it.
const MIGRATED_AT_ONCE: f64 = 0.5;

/// Recurring revenue by plan at both ends of a period, and the migrations between plans within it.
///
/// A migration is at least 10 customers going from one plan to the same other plan on one day, when they are a twentieth of
/// the plan's customers and half of all who went that way in the period. They are counted as expansion and contraction by what they pay before and after, never as churn and new.
///
/// # Errors
///
/// As [`mrr_customers`].
pub async fn mrr_plans(snapshot: &Snapshot, ask: &MrrPeriodAsk) -> Result<MrrPlans, MetricError> {
    let (reader, days) = ask.reader(snapshot).await?;
    let scan = reader.scan.clone();
    let found = snapshot.fold(&scan, PlanMachine { reader, days, currency: ask.currency }).await?;
    let mut plans: Vec<PlanRow> = found
        .plans
        .iter()
        .filter(|(_, one)| one.0.customers + one.1.customers > 0)
        .map(|(plan, (start, end, _))| PlanRow { plan: plan.clone(), start: *start, end: *end })
        .collect();
    plans.sort_by(|a, b| (b.end.minor, b.start.minor, &a.plan).cmp(&(a.end.minor, a.start.minor, &b.plan)));
    let many = |(key, one): (&(i32, String, String), &(Tally, i64))| {
        let ever = found.plans.get(&key.1).map_or(0, |plan| plan.2) as f64;
        let alike = found.changes.iter().filter(|(other, _)| (&other.1, &other.2) == (&key.1, &key.2));
        let all = alike.map(|(_, one)| one.0.customers).sum::<u64>() as f64;
        let (n, least) = (one.0.customers as f64, MIGRATED_SHARE * ever);
        let enough = one.0.customers >= MIGRATED_MIN && n >= least && n >= MIGRATED_AT_ONCE * all;
        let (from, to) = (key.1.clone(), key.2.clone());
        enough.then_some(Migration { day: Date(key.0), from, to, before: one.0, after_minor: one.1 })
    };
    let migrations = found.changes.iter().filter_map(many).collect();
    Ok(MrrPlans { plans, migrations })
}

struct PlanMachine {
    reader: LevelReader,
    days: (i32, i32),
    currency: Currency,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Plans {
    /// At the start, at the end, and customers at any time in the period.
    plans: BTreeMap<String, (Tally, Tally, u64)>,
    /// Changes of plan by day and plans: who with what before, and what after.
    changes: BTreeMap<(i32, String, String), (Tally, i64)>,
}

/// Plans a customer pays for at the start of a day, with what they pay.
fn plans_before<'a>(levels: &CustomerLevels<'a>, day: i32, currency: &str) -> BTreeMap<&'a str, i64> {
    let (mut plans, day) = (BTreeMap::new(), levels.held(day));
    let own = levels.contracts.iter().filter(|one| !one.unknown && one.currency == currency);
    for piece in own.filter_map(|one| one.before(day)).filter(|piece| piece.minor > 0) {
        *plans.entry(piece.plan).or_insert(0i64) += piece.minor;
    }
    plans
}

impl Machine for PlanMachine {
    type Partial = Plans;

    fn start(&self) -> Plans {
        Plans::default()
    }

    fn customer(&self, partial: &mut Plans, run: &Run<'_>) {
        let (levels, code, (start, end)) = (self.reader.read(run), self.currency.code(), self.days);
        let at_start = plans_before(&levels, start, code);
        let mut ever: BTreeSet<&str> = at_start.keys().copied().collect();
        for (plan, minor) in &at_start {
            partial.plan(plan).0.add(*minor);
        }
        let mut before = at_start;
        for day in levels.days.iter().copied().filter(|day| start <= *day && *day < end) {
            let after = plans_before(&levels, day + 1, code);
            ever.extend(after.keys());
            let gone: Vec<_> = before.iter().filter(|(plan, _)| !after.contains_key(*plan)).collect();
            let came: Vec<_> = after.iter().filter(|(plan, _)| !before.contains_key(*plan)).collect();
            if let ([(from, minor)], [(to, now)]) = (gone.as_slice(), came.as_slice()) {
                let change = partial.changes.entry((day, (**from).to_owned(), (**to).to_owned())).or_default();
                change.0.add(**minor);
                change.1 = change.1.saturating_add(**now);
            }
            before = after;
        }
        for (plan, minor) in plans_before(&levels, end, code) {
            ever.insert(plan);
            partial.plan(plan).1.add(minor);
        }
        for plan in ever {
            partial.plan(plan).2 += 1;
        }
    }

    fn merge(&self, into: &mut Plans, other: Plans) {
        for (plan, (start, end, ever)) in other.plans {
            let mine = into.plan(&plan);
            mine.0.join(start);
            mine.1.join(end);
            mine.2 += ever;
        }
        for (key, (before, after)) in other.changes {
            let mine = into.changes.entry(key).or_default();
            mine.0.join(before);
            mine.1 = mine.1.saturating_add(after);
        }
    }
}

impl Plans {
    fn plan(&mut self, plan: &str) -> &mut (Tally, Tally, u64) {
        if !self.plans.contains_key(plan) {
            self.plans.insert(plan.to_owned(), Default::default());
        }
        self.plans.entry(plan.to_owned()).or_default()
    }
}
