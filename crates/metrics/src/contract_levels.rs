//! What the contracts of a customer bring a month, after each day on which that changed.
//!
//! Every number about recurring revenue is made from these levels: movements, retention, cohorts, plans and the lists of
//! people behind them. They follow the same changes as spells do, so that who pays and what they pay cannot differ.

use std::collections::HashMap;
use std::sync::Arc;

use history::fold::{Machine, Run, Slot};
use history::schema::Kind;
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Currency, Instant, Zone};

use crate::MetricError;
use crate::activity::{Change, Spell};
use crate::mrr_profile::{ChurnMoment, Coupons, Definitions};
use crate::revenue_churn::ChurnClass;
use crate::scope::{Horizon, Scope};

/// After `day` (to the next piece) a contract brings `minor` a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub day: i32,
    pub minor: i64,
    pub plan: &'a str,
}

/// One contract.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contract<'a> {
    pub subscription: &'a str,
    pub currency: &'a str,
    /// By day, one a day.
    pub pieces: Vec<Piece<'a>>,
    /// Days at whose start it runs though it is cancelled.
    pub scheduled: Vec<Spell>,
    /// Days after which it brings nothing any more, and why.
    pub endings: Vec<(i32, ChurnClass)>,
    /// It runs and nobody knows for how much: it is in no sum.
    pub unknown: bool,
}

impl<'a> Contract<'a> {
    /// What holds at the start of `day`.
    pub fn before(&self, day: i32) -> Option<&Piece<'a>> {
        let next = self.pieces.partition_point(|piece| piece.day < day);
        next.checked_sub(1).and_then(|last| self.pieces.get(last))
    }

    /// What it brings at the start of `day`, in minor units.
    pub fn minor_before(&self, day: i32) -> i64 {
        self.before(day).map_or(0, |piece| piece.minor)
    }

    fn put(&mut self, piece: Piece<'a>) {
        match self.pieces.last_mut().filter(|last| last.day == piece.day) {
            Some(last) => *last = piece,
            None => self.pieces.push(piece),
        }
    }

    /// Takes the revenue away after day `from`, until after day `to`.
    fn suspend(&mut self, from: i32, to: i32) {
        if self.minor_before(from.saturating_add(1)) == 0 {
            return;
        }
        let plan = self.before(from.saturating_add(1)).map_or("", |piece| piece.plan);
        let back = self.before(to.saturating_add(1)).copied();
        self.pieces.retain(|piece| piece.day < from || piece.day > to);
        self.pieces.push(Piece { day: from, minor: 0, plan });
        self.pieces.extend(back.filter(|_| to < i32::MAX).map(|piece| Piece { day: to, ..piece }));
        self.pieces.sort_by_key(|piece| piece.day);
        self.endings.push((from, ChurnClass::Involuntary));
    }
}

/// All contracts of one customer, and their sums for each currency.
#[derive(Debug, Default)]
pub(crate) struct CustomerLevels<'a> {
    pub contracts: Vec<Contract<'a>>,
    /// Currencies, by name.
    pub currencies: Vec<&'a str>,
    /// Days after which a sum is another.
    pub days: Vec<i32>,
    sums: Vec<i64>,
}

impl<'a> CustomerLevels<'a> {
    fn of(contracts: Vec<Contract<'a>>) -> CustomerLevels<'a> {
        let known = || contracts.iter().filter(|contract| !contract.unknown);
        let mut currencies: Vec<&str> = known().map(|contract| contract.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let mut days: Vec<i32> = known().flat_map(|contract| contract.pieces.iter().map(|piece| piece.day)).collect();
        days.sort_unstable();
        days.dedup();
        let mut sums = vec![0i64; days.len() * currencies.len()];
        for contract in known() {
            let Ok(column) = currencies.binary_search(&contract.currency) else { continue };
            for (row, day) in days.iter().enumerate() {
                let sum = &mut sums[row * currencies.len() + column];
                *sum = sum.saturating_add(contract.minor_before(day.saturating_add(1)));
            }
        }
        let mut levels = CustomerLevels { contracts, currencies, days, sums };
        levels.close_gaps();
        levels
    }

    /// A customer whose contract ends on one day and whose next one starts by the day after was never gone: that is how
    /// plans are migrated.
    fn close_gaps(&mut self) {
        let width = self.currencies.len();
        let mut row = 1;
        while row + 1 < self.days.len() {
            let gap = self.days[row + 1] == self.days[row] + 1;
            if gap && !self.pays(row) && self.pays(row - 1) && self.pays(row + 1) {
                self.days.remove(row);
                self.sums.drain(row * width..(row + 1) * width);
            } else {
                row += 1;
            }
        }
    }

    /// The sums after the day of a row.
    pub fn row(&self, row: usize) -> &[i64] {
        let width = self.currencies.len();
        self.sums.get(row * width..(row + 1) * width).unwrap_or(&[])
    }

    /// Whether anything is paid after the day of a row.
    pub fn pays(&self, row: usize) -> bool {
        self.row(row).iter().any(|minor| *minor > 0)
    }

    /// The row that holds at the start of `day`; nothing before the first.
    pub fn row_before(&self, day: i32) -> Option<usize> {
        self.days.partition_point(|other| *other < day).checked_sub(1)
    }

    /// The sum of a currency at the start of `day`.
    pub fn minor_before(&self, day: i32, currency: &str) -> i64 {
        let column = self.currencies.iter().position(|other| *other == currency);
        let sum = self.row_before(day).zip(column).and_then(|(row, column)| self.row(row).get(column));
        sum.copied().unwrap_or(0)
    }

    /// What one contract brings at the start of `day`, with gaps between contracts closed as in the sums.
    pub fn bridged(&self, contract: &Contract<'_>, day: i32) -> i64 {
        contract.minor_before(self.held(day))
    }

    /// The first morning from which on what is paid at the start of `day` was paid: within a closed gap the row before it
    /// holds, and no contract changed between that row and the gap.
    pub fn held(&self, day: i32) -> i32 {
        let at = self.row_before(day).and_then(|row| self.days.get(row));
        at.map_or(day, |at| at.saturating_add(1)).min(day)
    }

    /// The first row with any revenue.
    pub fn first_paid(&self) -> Option<usize> {
        (0..self.days.len()).find(|row| self.pays(*row))
    }

    /// Why the last contract that ended by the start of `day` did.
    pub fn class_before(&self, day: i32) -> ChurnClass {
        let endings = self.contracts.iter().flat_map(|contract| &contract.endings);
        let last = endings.filter(|(at, _)| *at < day).max_by_key(|(at, class)| (*at, *class));
        last.map_or(ChurnClass::Unknown, |(_, class)| *class)
    }
}

/// Reads the contracts of customers.
#[derive(Debug, Clone)]
pub(crate) struct LevelReader {
    /// What to scan.
    pub scan: Scan,
    /// The first day that is not counted.
    pub as_of: i32,
    zone: Zone,
    definitions: Definitions,
    fallback: String,
    discount: bool,
    unpaid: Arc<HashMap<u32, Vec<Unpaid>>>,
}

const AT: Slot = 0;
/// Slots 2 and 3, kind and revenue, are read by [`Change::of`].
const SUBSCRIPTION: Slot = 1;
const PLAN: Slot = 4;
const CURRENCY: Slot = 5;
const REASON: Slot = 6;
const DISCOUNT: Slot = 7;
/// The column of an import that says what coupons take off a month, as a decimal number.
const DISCOUNT_COLUMN: &str = "mrr_discount";

impl LevelReader {
    /// A reader by these definitions. One pass over the invoices where they decide anything, none otherwise. Changes
    /// without a currency are in `fallback`.
    pub async fn new(
        snapshot: &Snapshot,
        definitions: Definitions,
        scope: &Scope,
        horizon: &Horizon,
        fallback: Option<Currency>,
    ) -> Result<LevelReader, MetricError> {
        if !snapshot.has("subscription_changes") {
            return Err(MetricError::NoFacts { facts: "subscription changes" });
        }
        let columns = ["at", "subscription_id", "kind", "mrr_after", "plan", "currency", "reason"];
        let mut scan = Scan::of("subscription_changes", &columns).with_filter(scope.filter.clone());
        let told = (DISCOUNT_COLUMN.to_owned(), Kind::Number);
        let discount = snapshot.columns("subscription_changes").contains(&told);
        if discount {
            scan.columns.push(DISCOUNT_COLUMN.to_owned());
        }
        let zone = snapshot.zone().clone();
        let unpaid = match definitions.past_due_days {
            Some(days) => unpaid(snapshot, days.min(100_000) as i32, horizon).await?,
            None => HashMap::new(),
        };
        let fallback = fallback.or_else(|| snapshot.currency()).map_or("XXX".to_owned(), |one| one.to_string());
        let unpaid = Arc::new(unpaid);
        Ok(LevelReader { scan, as_of: horizon.as_of.0, zone, definitions, fallback, discount, unpaid })
    }

    /// Whether list prices can be told from paid ones.
    pub fn knows_coupons(&self) -> bool {
        self.discount
    }

    /// The same by other definitions. Unpaid invoices stay those of the reader: with `past_due_days` they count, without
    /// they do not.
    pub fn by(&self, definitions: Definitions) -> LevelReader {
        LevelReader { definitions, ..self.clone() }
    }

    /// The contracts of one customer.
    pub fn read<'a>(&'a self, run: &Run<'a>) -> CustomerLevels<'a> {
        let mut rows: Vec<usize> = (0..run.len()).collect();
        // Rows come in time order; a stable sort keeps it within each subscription.
        rows.sort_by_key(|row| run.text(SUBSCRIPTION, *row).unwrap_or(""));
        let same = |a: &usize, b: &usize| run.text(SUBSCRIPTION, *a) == run.text(SUBSCRIPTION, *b);
        let mut contracts: Vec<Contract<'a>> = rows.chunk_by(same).filter_map(|one| self.contract(run, one)).collect();
        self.end_unpaid(run.customer, &mut contracts);
        CustomerLevels::of(contracts)
    }

    fn contract<'a>(&'a self, run: &Run<'a>, rows: &[usize]) -> Option<Contract<'a>> {
        let day = |row: usize| run.i64(AT).get(row).map_or(i32::MAX, |at| self.zone.date(Instant(*at)).0);
        let changes: Vec<Change<'a>> = rows.iter().map(|row| Change::of(run, *row, day(*row))).collect();
        let mut life = Life { by: self.definitions.churn_moment, ..Life::default() };
        for (at, row) in rows.iter().enumerate() {
            let change = changes[at];
            if change.day >= self.as_of {
                break;
            }
            life.plan = run.text(PLAN, *row).unwrap_or(life.plan);
            life.contract.currency = run.text(CURRENCY, *row).unwrap_or(life.contract.currency);
            life.reason = run.text(REASON, *row);
            life.step(change, &changes[at + 1..], self.amount(run, *row, change.mrr));
        }
        life.end();
        let mut contract = life.contract;
        contract.subscription = changes.first()?.subscription;
        if contract.currency.is_empty() {
            contract.currency = &self.fallback;
        }
        Some(contract)
    }

    /// The revenue a row tells of, with what coupons took off put back where they play no part.
    fn amount(&self, run: &Run<'_>, row: usize, mrr: Option<i64>) -> Option<i64> {
        let minor = mrr?;
        if !self.discount || self.definitions.coupons == Coupons::Reduce || minor == 0 {
            return Some(minor);
        }
        let off = run.f64(DISCOUNT).get(row).copied().filter(|off| !run.is_null(DISCOUNT, row) && off.is_finite());
        let currency: Option<Currency> = run.text(CURRENCY, row).and_then(|code| code.parse().ok());
        let digits = currency.map_or(2, |currency| currency.minor_digits());
        Some(minor.saturating_add((off.unwrap_or(0.0) * 10f64.powi(digits as i32)).round() as i64))
    }

    fn end_unpaid(&self, customer: u32, contracts: &mut [Contract<'_>]) {
        let Some(days) = self.definitions.past_due_days else { return };
        let only = contracts.len() == 1;
        for unpaid in self.unpaid.get(&customer).into_iter().flatten() {
            let billed = contracts.iter_mut().find(|one| only || one.subscription == unpaid.subscription);
            if let Some(contract) = billed {
                contract.suspend(unpaid.from.saturating_add(days.min(100_000) as i32), unpaid.to);
            }
        }
    }
}

/// A contract as it is read, change by change.
#[derive(Debug, Default)]
struct Life<'a> {
    by: ChurnMoment,
    contract: Contract<'a>,
    plan: &'a str,
    /// The reason of this change.
    reason: Option<&'a str>,
    /// The reason of the cancellation, until it is taken back.
    why: Option<&'a str>,
    /// The last revenue that was known and more than nothing.
    known: Option<i64>,
    was: bool,
    ever: bool,
    /// The day it was cancelled, while it still runs.
    cancelled: Option<i32>,
    /// Whether the cancellation took the revenue already.
    gone: bool,
}

impl<'a> Life<'a> {
    fn step(&mut self, change: Change<'a>, later: &[Change<'a>], amount: Option<i64>) {
        self.was = change.serves(later, self.was, self.ever);
        self.ever |= self.was;
        self.known = amount.filter(|minor| *minor > 0).or(self.known);
        self.contract.unknown |= self.was && self.known.is_none();
        let comes_back = matches!(change.kind, "start" | "resume");
        match (change.kind, self.was) {
            ("cancel", true) => self.cancelled = self.cancelled.or(Some(change.day)),
            _ if comes_back || !self.was => self.keep_scheduled(change.day),
            _ => {}
        }
        if comes_back {
            self.why = None;
        } else if change.kind == "cancel" {
            self.why = self.reason.or(self.why);
        }
        let cancels = change.kind == "cancel" && self.by == ChurnMoment::Cancel;
        self.gone = (self.gone && !comes_back) || cancels;
        let minor = if self.was && !self.gone { self.known.unwrap_or(0) } else { 0 };
        let before = self.contract.pieces.last().map_or(0, |piece| piece.minor);
        if before > 0 && minor == 0 {
            self.contract.endings.push((change.day, ChurnClass::of(change.kind, self.reason.or(self.why))));
        }
        if minor > 0 || before > 0 {
            self.contract.put(Piece { day: change.day, minor, plan: self.plan });
        }
    }

    fn keep_scheduled(&mut self, day: i32) {
        let spell = self.cancelled.take().map(|from| Spell { from: from + 1, to: day + 1 });
        self.contract.scheduled.extend(spell.filter(|spell| spell.from < spell.to));
    }

    fn end(&mut self) {
        self.keep_scheduled(i32::MAX - 1);
    }
}

/// An invoice that was not paid in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unpaid {
    subscription: String,
    /// The day it was due.
    from: i32,
    /// The day it was paid; never, so far.
    to: i32,
}

/// Invoices that stayed unpaid for more than so many days, by customer.
async fn unpaid(snapshot: &Snapshot, days: i32, horizon: &Horizon) -> Result<HashMap<u32, Vec<Unpaid>>, MetricError> {
    let scan = Scan::of("invoices", &["at", "invoice_id", "subscription_id", "due_at", "outcome"]);
    let machine = UnpaidMachine { zone: snapshot.zone().clone(), days, as_of: horizon.as_of.0 };
    Ok(snapshot.fold(&scan, machine).await?.into_iter().collect())
}

struct UnpaidMachine {
    zone: Zone,
    days: i32,
    as_of: i32,
}

const INVOICE: Slot = 1;
const BILLED: Slot = 2;
const DUE: Slot = 3;
const OUTCOME: Slot = 4;

impl UnpaidMachine {
    fn one(&self, run: &Run<'_>, rows: &[usize]) -> Option<Unpaid> {
        let day = |at: i64| self.zone.date(Instant(at)).0;
        let mut found = Unpaid { subscription: String::new(), from: i32::MAX, to: i32::MAX };
        for row in rows {
            let at = day(*run.i64(AT).get(*row)?);
            if at >= self.as_of {
                continue;
            }
            let settled = matches!(run.text(OUTCOME, *row), Some("paid" | "void"));
            let failed = matches!(run.text(OUTCOME, *row), Some("failed" | "uncollectible"));
            let due = if run.is_null(DUE, *row) { None } else { run.i64(DUE).get(*row).map(|at| day(*at)) };
            let since = due.or(failed.then_some(at)).unwrap_or(i32::MAX);
            found.from = found.from.min(since);
            if settled {
                found.to = found.to.min(at);
            }
            if let Some(subscription) = run.text(BILLED, *row) {
                subscription.clone_into(&mut found.subscription);
            }
        }
        let ends = found.from.saturating_add(self.days);
        (ends < self.as_of && ends < found.to).then_some(found)
    }
}

impl Machine for UnpaidMachine {
    type Partial = Vec<(u32, Vec<Unpaid>)>;

    fn start(&self) -> Self::Partial {
        Vec::new()
    }

    fn customer(&self, partial: &mut Self::Partial, run: &Run<'_>) {
        let mut rows: Vec<usize> = (0..run.len()).collect();
        rows.sort_by_key(|row| run.text(INVOICE, *row).unwrap_or(""));
        let same = |a: &usize, b: &usize| run.text(INVOICE, *a) == run.text(INVOICE, *b);
        let found: Vec<Unpaid> = rows.chunk_by(same).filter_map(|one| self.one(run, one)).collect();
        if !found.is_empty() {
            partial.push((run.customer, found));
        }
    }

    fn merge(&self, into: &mut Self::Partial, other: Self::Partial) {
        into.extend(other);
    }
}
