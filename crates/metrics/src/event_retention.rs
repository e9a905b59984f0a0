//! Event retention: of those who did one thing, how many did another (or the same again) k steps later.

use std::collections::BTreeMap;

use history::Snapshot;
use history::fold::{Machine, Run, Slot};
use models::survival::{Survival, kaplan_meier_of_counts};
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Instant, Period, Share, Zone};

use crate::cohorts::CohortKey;
use crate::doing::{Act, Doing, DoingReader, Facts, Sees, WORDS_MAX};
use crate::people::Pick;
use crate::scope::{Horizon, Scope, Steps, check_steps};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "event-retention",
    title: "Event retention",
    question: "Of those who did this, how many came back to do that, and when?",
    formula: "entries with a return in step k / entries whose step k is over",
    source: "n-day, unbounded and bracket retention of product analytics; the average row is pooled: Σ returns / Σ \
             eligible",
    unit: Unit::Share,
    example: "500 sign up on Monday and 200 of them return on the next day; 1,000 sign up on Tuesday and 700 return. \
              After one day: 900 of 1,500, which is 60 %.",
};

/// Which start of a customer is an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// The first of their life.
    #[default]
    First,
    /// The first in every step of the calendar that has one: a customer enters again and again.
    Every,
}

/// How the steps after an entry are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "clock", rename_all = "kebab-case")]
pub enum Clock {
    /// In runs of 24 hours that begin with the entry itself: k = ⌊(t − t₀) / length⌋.
    Rolling {
        /// How many days one step has.
        days: u32,
    },
    /// In steps of the calendar: k = step(t) − step(t₀).
    Calendar {
        /// The step.
        grain: Grain,
    },
}

impl Clock {
    /// The step of the calendar in which entries stand together in a row, and in which every one of them is one entry.
    pub fn rows(self) -> Grain {
        match self {
            Clock::Calendar { grain } => grain,
            Clock::Rolling { days: 0..=6 } => Grain::Day,
            Clock::Rolling { days: 7..=27 } => Grain::Week,
            Clock::Rolling { .. } => Grain::Month,
        }
    }
}

/// What counts as having returned by cell k.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "measure", rename_all = "kebab-case")]
pub enum Measure {
    /// A return in step k.
    #[default]
    On,
    /// A return in step k or later. Those who may yet return count as not returned.
    OnOrAfter,
    /// A return in step k or earlier.
    OnOrBefore,
    /// A return in each of the steps 1 to k.
    Streak,
    /// A return in any step from one bound up to, and not including, the next.
    Brackets {
        /// The bounds, rising: n bounds are n − 1 cells.
        bounds: Vec<u32>,
    },
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRetentionAsk {
    /// Which facts; the business's own without it.
    pub facts: Option<Facts>,
    /// What an entry is.
    pub begin: Doing,
    /// What a return is: later than the entry, at whatever distance.
    pub back: Doing,
    /// Which starts are entries.
    pub entry: Entry,
    /// How steps are counted.
    pub clock: Clock,
    /// What counts as having returned.
    pub measure: Measure,
    /// Rows by what a column said at the entry, as of then; rows by start without it.
    pub by: Option<String>,
    /// Only entries in these days.
    pub entered: Option<Period>,
    /// The last step k.
    pub steps_max: u32,
    /// How many rows to keep by size when they are made by a column; the rest are added up in one row.
    pub rows_max: u32,
    /// As of when, and about which facts.
    pub scope: Scope,
}

impl EventRetentionAsk {
    /// Everything after the first of anything, in steps of the calendar, 30 of them.
    pub fn of(grain: Grain) -> EventRetentionAsk {
        EventRetentionAsk {
            facts: None,
            begin: Doing::anything(),
            back: Doing::anything(),
            entry: Entry::First,
            clock: Clock::Calendar { grain },
            measure: Measure::On,
            by: None,
            entered: None,
            steps_max: 30,
            rows_max: 50,
            scope: Scope::default(),
        }
    }
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EventCell {
    /// Entries that returned, of those whose step is over. While it is over for none, nothing of nothing: unknown.
    pub share: Share,
    /// The same of entries whose step is not over: they may still return, and are in no average.
    pub open: Share,
}

impl EventCell {
    /// Whether the step is over for every entry of the row.
    pub fn complete(self) -> bool {
        self.open.whole == 0 && self.share.whole > 0
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Which entries.
    pub key: CohortKey,
    /// How many.
    pub size: u64,
    /// From step 0 as far as the history reaches; of brackets one for each.
    pub cells: Vec<EventCell>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRetention {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Which facts.
    pub facts: Facts,
    /// Customers who entered.
    pub customers: u64,
    /// Rows by start, the earliest first; otherwise by size, the largest first.
    pub rows: Vec<EventRow>,
    /// All entries together, pooled over those whose step is over.
    pub average: EventRow,
    /// The share of entries without a return after step k, by Kaplan–Meier: entries count as far as they were seen.
    pub without_return: Survival,
}

/// Most steps after an entry.
pub const STEPS_AFTER_MAX: u32 = 1_000;
/// Most cells of an answer, and what one partition keeps.
const CELLS_MAX: u64 = 100_000;

/// The matrix of returns.
///
/// ```text
/// cell(row, k) = |entries of the row that returned in step k| / |entries of the row whose step k is over|
/// ```
///
/// By a rolling clock each entry has its own steps, so a row may hold entries whose step k is over and others whose is
/// not: only the first are counted, whatever the others did. Return and entry may be the same doing; a return is later
/// than the instant of the entry.
///
/// One pass; memory: 100,000 cells of 24 bytes.
///
/// # Errors
///
/// An unknown column; more steps than 1,000; bounds that do not rise; more than 100,000 cells or 10,000 words.
pub async fn event_retention(snapshot: &Snapshot, ask: &EventRetentionAsk) -> Result<EventRetention, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    let entries = EntriesReader::new(snapshot, ask, facts, &horizon)?;
    let scan = entries.reader.scan.clone();
    let counted = snapshot.fold(&scan, ReturnMachine { entries: entries.clone() }).await?;
    if counted.by_word.len() > WORDS_MAX {
        return Err(MetricError::TooManyWords { max: WORDS_MAX });
    }
    if counted.size() > CELLS_MAX {
        return Err(MetricError::TooManyCells { cells: counted.size(), max: CELLS_MAX });
    }
    check_steps(counted.by_start.len())?;
    let without_return = kaplan_meier_of_counts(&counted.ended, &counted.censored);
    let mut all = Tally::default();
    counted.by_start.values().chain(counted.by_word.values()).for_each(|tally| all.add(tally));
    let first = counted.first.unwrap_or(i64::MAX);
    let customers = counted.customers;
    let average = all.row(CohortKey::Everybody, entries.reach(first));
    let rows = if ask.by.is_some() {
        largest(counted.by_word, ask.rows_max, entries.reach(first))
    } else {
        counted.by_start.iter().map(|(step, tally)| entries.row_of_start(*step, tally)).collect()
    };
    Ok(EventRetention { as_of: horizon.as_of, facts, customers, rows, average, without_return })
}

/// The keys of the customers of a cell: those with an entry of the row, its step over, that returned, or that did not.
/// Without a cell all with an entry in the row. Where customers enter again and again, one may be in both lists.
pub(crate) async fn event_retention_customers(
    snapshot: &Snapshot,
    ask: &EventRetentionAsk,
    key: &CohortKey,
    cell: Option<u32>,
    there: bool,
) -> Result<Vec<u32>, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    let entries = EntriesReader::new(snapshot, ask, facts, &horizon)?;
    let (scan, key) = (entries.reader.scan.clone(), key.clone());
    let pick = Pick::new(move |run: &Run<'_>, scratch: &mut EntryScratch| {
        let mut found = false;
        entries.each(run, scratch, |entry| {
            let inside = match &key {
                CohortKey::Start(period) => entries.steps.period(entry.step) == *period,
                CohortKey::Word(word) => entry.word.as_ref() == Some(word),
                CohortKey::Unknown => entry.word.is_none(),
                _ => true,
            };
            let returned = |cell: u32| entry.returned.iter().any(|(from, to)| (*from..*to).contains(&cell));
            found |= inside && cell.is_none_or(|cell| cell < entry.over && returned(cell) == there);
        });
        found
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

/// Reads the entries of customers, and what became of each.
#[derive(Debug, Clone)]
struct EntriesReader {
    reader: DoingReader,
    entry: Entry,
    clock: Clock,
    measure: Measure,
    entered: Option<Period>,
    by: Option<Slot>,
    zone: Zone,
    /// The steps entries stand together in.
    steps: Steps,
    /// The last of these steps that is over.
    last_over: i32,
    /// How many steps after an entry are counted: steps_max + 1.
    counted: u32,
    /// How many cells a row has.
    cells: u32,
    seen: Option<Instant>,
    before: Instant,
}

const DAY: i64 = 86_400_000_000;

/// One entry.
struct Entered<'a> {
    /// The step of the calendar.
    step: i32,
    at: i64,
    word: Option<String>,
    /// How many cells are over.
    over: u32,
    /// The cells in which it counts as returned, as runs.
    returned: &'a [(u32, u32)],
    /// The step of the first return, and how many steps are over: for Kaplan–Meier.
    first_return: Option<u32>,
    steps_over: u32,
}

/// What the reader writes on, reused from customer to customer.
#[derive(Debug, Default)]
struct EntryScratch {
    acts: Vec<Act>,
    /// Starts with their step, one for each entry.
    starts: Vec<(Act, i32)>,
    /// Returns with their step.
    returns: Vec<(i64, i32)>,
    hits: Vec<u32>,
    returned: Vec<(u32, u32)>,
}

impl EntriesReader {
    fn new(
        snapshot: &Snapshot,
        ask: &EventRetentionAsk,
        facts: Facts,
        horizon: &Horizon,
    ) -> Result<EntriesReader, MetricError> {
        let cells = cells_of(ask)?;
        if let Clock::Rolling { days: 0 } = ask.clock {
            return Err(MetricError::Zero { what: "the days of a step" });
        }
        let doings = [ask.begin.clone(), ask.back.clone()];
        let mut reader = DoingReader::new(facts, &doings, Sees::Wanted, snapshot, &ask.scope, horizon)?;
        let by = ask.by.as_deref().map(|column| reader.column(column, snapshot)).transpose()?;
        let steps = Steps::new(Some(ask.clock.rows()), snapshot.week(), None, horizon);
        let zone = snapshot.zone().clone();
        // The step that holds the last known instant is not over, all before it are.
        let step_of = |seen: Instant| ask.clock.rows().index(zone.date(seen), snapshot.week());
        let last_over = horizon.seen.map_or(i32::MIN, |seen| step_of(seen) - 1);
        let before = zone.start_of(horizon.as_of);
        let bounds = if let Measure::Brackets { bounds } = &ask.measure { bounds.last().copied() } else { None };
        Ok(EntriesReader {
            reader,
            entry: ask.entry,
            clock: ask.clock,
            measure: ask.measure.clone(),
            entered: ask.entered,
            by,
            zone,
            steps,
            last_over,
            counted: bounds.unwrap_or(ask.steps_max + 1),
            cells,
            seen: horizon.seen,
            before,
        })
    }

    /// Every entry of one customer, with what became of it.
    fn each(&self, run: &Run<'_>, scratch: &mut EntryScratch, mut tell: impl FnMut(&Entered<'_>)) {
        let EntryScratch { acts, starts, returns, hits, returned } = scratch;
        self.reader.acts(run, Sees::Wanted, acts);
        starts.clear();
        returns.clear();
        for act in acts.iter() {
            let day = self.zone.date(Instant(act.at));
            let Some(step) = self.steps.index(day.0) else { continue };
            if act.mask & 2 != 0 {
                returns.push((act.at, step));
            }
            let again = match self.entry {
                Entry::First => !starts.is_empty(),
                Entry::Every => starts.last().is_some_and(|(_, last)| *last == step),
            };
            if act.mask & 1 != 0 && !again {
                starts.push((*act, step));
            }
        }
        for (start, step) in starts.iter() {
            let day = || self.zone.date(Instant(start.at));
            if self.entered.is_some_and(|entered| !entered.contains(day())) {
                continue;
            }
            let later = &returns[returns.partition_point(|(at, _)| *at <= start.at)..];
            let k = |(at, other): &(i64, i32)| self.step_after(start.at, *step, *at, *other);
            hits.clear();
            hits.extend(later.iter().map(k).take_while(|k| *k < self.counted));
            hits.dedup();
            let steps_over = self.steps_over(start.at, *step);
            returned.clear();
            self.ranges(hits, later.last().map(k), returned);
            tell(&Entered {
                step: *step,
                at: start.at,
                word: self.word(run, acts, start.at),
                over: self.cells_over(steps_over),
                returned,
                first_return: hits.first().copied(),
                steps_over,
            });
        }
    }

    /// What the column said at the entry; of several at one instant, the first word.
    fn word(&self, run: &Run<'_>, acts: &[Act], at: i64) -> Option<String> {
        let slot = self.by?;
        let starts = acts.iter().filter(|act| act.at == at && act.mask & 1 != 0);
        starts.filter_map(|act| self.reader.word(run, act.row as usize, slot)).min()
    }

    /// Which step after the entry a return is in.
    fn step_after(&self, start: i64, step: i32, at: i64, other: i32) -> u32 {
        match self.clock {
            Clock::Rolling { days } => u32::try_from((at - start) / (DAY * i64::from(days))).unwrap_or(u32::MAX),
            Clock::Calendar { .. } => (other - step).max(0) as u32,
        }
    }

    /// How many steps after the entry are over.
    fn steps_over(&self, start: i64, step: i32) -> u32 {
        match (self.clock, self.seen) {
            (Clock::Calendar { .. }, _) => self.last_over.saturating_sub(step).saturating_add(1).max(0) as u32,
            (Clock::Rolling { days }, Some(seen)) => {
                u32::try_from((seen.0 - start).max(0) / (DAY * i64::from(days))).unwrap_or(u32::MAX)
            }
            (Clock::Rolling { .. }, None) => 0,
        }
    }

    /// How many cells are over when so many steps are.
    fn cells_over(&self, steps: u32) -> u32 {
        match &self.measure {
            Measure::Brackets { bounds } => bounds[1..].partition_point(|bound| *bound <= steps) as u32,
            _ => steps.min(self.cells),
        }
    }

    /// The cells in which an entry with these returns counts as returned.
    fn ranges(&self, hits: &[u32], last: Option<u32>, into: &mut Vec<(u32, u32)>) {
        match &self.measure {
            Measure::On => into.extend(hits.iter().map(|hit| (*hit, hit + 1))),
            Measure::OnOrAfter => into.extend(last.map(|last| (0, last.min(self.cells - 1) + 1))),
            Measure::OnOrBefore => into.extend(hits.first().map(|first| (*first, self.cells))),
            Measure::Streak => {
                let held =
                    hits.iter().skip_while(|hit| **hit == 0).zip(1u32..).take_while(|(hit, k)| *hit == k).count();
                into.push((0, (held as u32 + 1).min(self.cells)));
            }
            Measure::Brackets { bounds } => {
                for hit in hits.iter().filter(|hit| **hit >= bounds[0]) {
                    let cell = bounds.partition_point(|bound| bound <= hit) as u32 - 1;
                    if into.last() != Some(&(cell, cell + 1)) {
                        into.push((cell, cell + 1));
                    }
                }
            }
        }
    }

    /// How many cells of a row have begun whose first entry is at `first`.
    fn reach(&self, first: i64) -> usize {
        if first >= self.before.0 {
            return 0;
        }
        let step = |at: i64| self.steps.index(self.zone.date(Instant(at)).0).unwrap_or_default();
        let last = self.before.0 - 1;
        let begun = self.step_after(first, step(first), last, step(last)).saturating_add(1);
        match &self.measure {
            Measure::Brackets { bounds } => bounds[..bounds.len() - 1].partition_point(|bound| *bound < begun),
            _ => begun.min(self.cells) as usize,
        }
    }

    fn row_of_start(&self, step: i32, tally: &Tally) -> EventRow {
        let period = self.steps.period(step);
        tally.row(CohortKey::Start(period), self.reach(tally.first))
    }
}

/// How many cells a row has.
fn cells_of(ask: &EventRetentionAsk) -> Result<u32, MetricError> {
    let last = match &ask.measure {
        Measure::Brackets { bounds } => {
            if bounds.len() < 2 || !bounds.windows(2).all(|pair| pair[0] < pair[1]) {
                return Err(MetricError::NotRising { what: "the bounds of brackets" });
            }
            bounds.last().copied().unwrap_or_default()
        }
        _ => ask.steps_max,
    };
    if last > STEPS_AFTER_MAX {
        return Err(MetricError::TooManySteps { steps: last as usize, max: STEPS_AFTER_MAX as usize });
    }
    Ok(if let Measure::Brackets { bounds } = &ask.measure { bounds.len() as u32 - 1 } else { last + 1 })
}

struct ReturnMachine {
    entries: EntriesReader,
}

/// Entries of one row.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tally {
    size: u64,
    /// The earliest of them.
    first: i64,
    /// `over[n]` entries have exactly n cells that are over.
    over: Vec<u64>,
    /// Returns in cells that are over, as differences from cell to cell.
    returned: Vec<i64>,
    /// The same in cells that are not.
    open: Vec<i64>,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { size: 0, first: i64::MAX, over: Vec::new(), returned: Vec::new(), open: Vec::new() }
    }
}

/// A place of a list that grows as far as it is written.
fn at<T: Clone + Default>(list: &mut Vec<T>, place: u32) -> &mut T {
    let place = place as usize;
    if place >= list.len() {
        list.resize(place + 1, T::default());
    }
    &mut list[place]
}

fn add_range(list: &mut Vec<i64>, from: u32, to: u32) {
    if from < to {
        *at(list, from) += 1;
        *at(list, to) -= 1;
    }
}

impl Tally {
    fn count(&mut self, entry: &Entered<'_>) {
        self.size += 1;
        self.first = self.first.min(entry.at);
        *at(&mut self.over, entry.over) += 1;
        for (from, to) in entry.returned {
            add_range(&mut self.returned, *from, (*to).min(entry.over));
            add_range(&mut self.open, (*from).max(entry.over), *to);
        }
    }

    fn add(&mut self, other: &Tally) {
        self.size += other.size;
        self.first = self.first.min(other.first);
        other.over.iter().zip(0u32..).for_each(|(count, place)| *at(&mut self.over, place) += count);
        other.returned.iter().zip(0u32..).for_each(|(count, place)| *at(&mut self.returned, place) += count);
        other.open.iter().zip(0u32..).for_each(|(count, place)| *at(&mut self.open, place) += count);
    }

    /// Numbers kept.
    fn kept(&self) -> u64 {
        self.over.len().max(self.returned.len()).max(self.open.len()) as u64
    }

    fn row(&self, key: CohortKey, cells: usize) -> EventRow {
        let (mut returned, mut open, mut over) = (0i64, 0i64, self.size);
        let number = |list: &[i64], place: usize| list.get(place).copied().unwrap_or(0);
        let cell = |place: usize| {
            returned += number(&self.returned, place);
            open += number(&self.open, place);
            // Cell n is over for those with more than n cells over.
            over -= self.over.get(place).copied().unwrap_or(0);
            EventCell {
                share: Share { part: returned.max(0) as u64, whole: over },
                open: Share { part: open.max(0) as u64, whole: self.size - over },
            }
        };
        EventRow { key, size: self.size, cells: (0..cells).map(cell).collect() }
    }
}

/// The largest rows, and one for all others.
fn largest(words: BTreeMap<Option<String>, Tally>, rows_max: u32, cells: usize) -> Vec<EventRow> {
    let mut list: Vec<(Option<String>, Tally)> = words.into_iter().collect();
    list.sort_by(|a, b| b.1.size.cmp(&a.1.size).then_with(|| a.0.cmp(&b.0)));
    let rest = list.split_off(list.len().min(rows_max.max(1) as usize));
    let key = |word: Option<String>| word.map_or(CohortKey::Unknown, CohortKey::Word);
    let mut rows: Vec<EventRow> = list.into_iter().map(|(word, tally)| tally.row(key(word), cells)).collect();
    if !rest.is_empty() {
        let mut others = Tally::default();
        rest.iter().for_each(|(_, tally)| others.add(tally));
        rows.push(others.row(CohortKey::Rest { cohorts: rest.len() as u64 }, cells));
    }
    rows
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Counted {
    by_start: BTreeMap<i32, Tally>,
    by_word: BTreeMap<Option<String>, Tally>,
    customers: u64,
    /// The earliest entry.
    first: Option<i64>,
    /// Entries by the step of their first return.
    ended: Vec<u64>,
    /// Entries without one, by the last step they were seen in.
    censored: Vec<u64>,
    /// Whether there was more than may be kept: the answer is a refusal, and nothing more is kept.
    full: bool,
    #[serde(skip)]
    scratch: EntryScratch,
}

impl Counted {
    fn size(&self) -> u64 {
        self.by_start.values().chain(self.by_word.values()).map(Tally::kept).sum()
    }

    fn survived(&mut self, entry: &Entered<'_>, counted: u32) {
        let seen = entry.steps_over.min(counted);
        match entry.first_return.filter(|first| *first < seen) {
            Some(first) => *at(&mut self.ended, first) += 1,
            None if seen > 0 => *at(&mut self.censored, seen - 1) += 1,
            None => {}
        }
    }

    /// What is counted is bounded: a partition past it can only end in a refusal.
    fn check(&mut self) {
        self.full = self.by_word.len() > WORDS_MAX || self.size() > CELLS_MAX;
    }
}

/// After so many customers a partition looks whether it holds too much.
const CHECK_EVERY: u64 = 4_096;

impl Machine for ReturnMachine {
    type Partial = Counted;

    fn start(&self) -> Counted {
        Counted::default()
    }

    fn customer(&self, partial: &mut Counted, run: &Run<'_>) {
        if partial.full {
            return;
        }
        let mut scratch = std::mem::take(&mut partial.scratch);
        let mut entered = false;
        self.entries.each(run, &mut scratch, |entry| {
            entered = true;
            partial.first = partial.first.into_iter().chain([entry.at]).min();
            partial.survived(entry, self.entries.counted);
            let tally = match self.entries.by {
                None => partial.by_start.entry(entry.step).or_default(),
                Some(_) => partial.by_word.entry(entry.word.clone()).or_default(),
            };
            tally.count(entry);
        });
        partial.scratch = scratch;
        partial.customers += u64::from(entered);
        if entered && partial.customers.is_multiple_of(CHECK_EVERY) {
            partial.check();
        }
    }

    fn merge(&self, into: &mut Counted, other: Counted) {
        into.customers += other.customers;
        into.first = into.first.into_iter().chain(other.first).min();
        other.by_start.iter().for_each(|(step, tally)| into.by_start.entry(*step).or_default().add(tally));
        other.by_word.into_iter().for_each(|(word, tally)| into.by_word.entry(word).or_default().add(&tally));
        other.ended.iter().zip(0u32..).for_each(|(count, place)| *at(&mut into.ended, place) += count);
        other.censored.iter().zip(0u32..).for_each(|(count, place)| *at(&mut into.censored, place) += count);
        into.full |= other.full;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, events, period};
    use proptest::prelude::*;

    fn ask(begin: &str, back: &str, clock: Clock) -> EventRetentionAsk {
        let (begin, back) = (begin.parse().unwrap(), back.parse().unwrap());
        EventRetentionAsk { begin, back, clock, ..EventRetentionAsk::of(Grain::Day) }
    }

    const DAYS: Clock = Clock::Calendar { grain: Grain::Day };
    const HOURS_24: Clock = Clock::Rolling { days: 1 };

    /// A row as `key size: part/whole+open part/whole ...`; what is open only where there is any.
    fn row(row: &EventRow) -> String {
        let key = match &row.key {
            CohortKey::Start(period) => period.start.to_string(),
            CohortKey::Word(word) => word.clone(),
            other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
        };
        let cell = |cell: &EventCell| {
            let open =
                if cell.open.whole > 0 { format!("+{}/{}", cell.open.part, cell.open.whole) } else { String::new() };
            format!("{}/{}{open}", cell.share.part, cell.share.whole)
        };
        format!("{key} {}: {}", row.size, row.cells.iter().map(cell).collect::<Vec<_>>().join(" "))
    }

    fn check(snapshot: &Snapshot, ask: &EventRetentionAsk, expected: &[&str]) -> EventRetention {
        let found = answer(event_retention(snapshot, ask)).unwrap();
        assert_eq!(found.rows.iter().chain([&found.average]).map(row).collect::<Vec<_>>(), expected);
        found
    }

    #[test]
    fn worked_example() {
        let mut lines = String::new();
        for (day, people, back) in [("2024-01-01", 500, 200), ("2024-01-02", 1_000, 700)] {
            for who in 0..people {
                lines += &format!("d{day}c{who} {day} join\n");
                if who < back {
                    lines += &format!("d{day}c{who} {} come\n", date(day).plus(1));
                }
            }
        }
        let app = events(&(lines + "zoe 2024-01-04 other"));
        let days = EventRetentionAsk { steps_max: 1, ..ask("join", "come", DAYS) };
        let rows =
            ["2024-01-01 500: 0/500 200/500", "2024-01-02 1000: 0/1000 700/1000", "Everybody 1500: 0/1500 900/1500"];
        let found = check(&app, &days, &rows);
        assert_eq!(found.average.cells[1].share.rate(), Some(0.6));
        // Everybody was seen for as long: Kaplan–Meier says the same.
        assert!((found.without_return.at(1.0).value - 0.4).abs() < 1e-12);
    }

    const LIVES: &str = "ana 2024-01-01T20:00 join plan=a\nana 2024-01-02T10:00 use\nana 2024-01-04T21:00 use\n\
                         ben 2024-01-02T12:00 join plan=b\nben 2024-01-02T13:00 use\nben 2024-01-03T13:00 use\n\
                         cem 2024-01-03T09:00 join plan=a\ncem 2024-01-05T12:00 use plan=b";

    #[test]
    fn calendar_days_and_days_of_24_hours() {
        // Known to Friday the 5th, 12:00: that day is not over.
        let app = events(LIVES);
        let rows = [
            "2024-01-01 1: 0/1 1/1 0/1 1/1 0/0+0/1",
            "2024-01-02 1: 1/1 1/1 0/1 0/0+0/1",
            "2024-01-03 1: 0/1 0/1 0/0+1/1",
            "Everybody 3: 1/3 2/3 0/2+1/1 1/1+0/2 0/0+0/3",
        ];
        let found = check(&app, &ask("join", "use", DAYS), &rows);
        assert!(found.rows[0].cells[3].complete() && !found.rows[0].cells[4].complete());
        // Ana's use on the next morning is 14 hours later: step 0. Ben's third step ends on Friday at 12:00, just seen.
        let rows = [
            "2024-01-01 1: 1/1 0/1 0/1 0/0+1/1 0/0+0/1",
            "2024-01-02 1: 1/1 1/1 0/1 0/0+0/1",
            "2024-01-03 1: 0/1 0/1 0/0+1/1",
            "Everybody 3: 2/3 1/3 0/2+1/1 0/0+1/3 0/0+0/3",
        ];
        check(&app, &ask("join", "use", HOURS_24), &rows);
    }

    #[test]
    fn each_measure_in_its_own_words() {
        let app = events(LIVES);
        let measured = |measure| EventRetentionAsk {
            measure,
            entered: Some(period("2024-01-01..2024-01-03")),
            ..ask("join", "use", DAYS)
        };
        for (measure, ana, ben) in [
            (Measure::OnOrAfter, "1/1 1/1 1/1 1/1 0/0+0/1", "1/1 1/1 0/1 0/0+0/1"),
            (Measure::OnOrBefore, "0/1 1/1 1/1 1/1 0/0+1/1", "1/1 1/1 1/1 0/0+1/1"),
            (Measure::Streak, "1/1 1/1 0/1 0/1 0/0+0/1", "1/1 1/1 0/1 0/0+0/1"),
            (Measure::Brackets { bounds: vec![1, 2, 4, 6] }, "1/1 1/1 0/0+0/1", "1/1 0/0+0/1"),
        ] {
            let found = answer(event_retention(&app, &measured(measure.clone()))).unwrap();
            let rows: Vec<String> = found.rows.iter().map(row).collect();
            assert_eq!(rows, [format!("2024-01-01 1: {ana}"), format!("2024-01-02 1: {ben}")], "{measure:?}");
        }
        for bounds in [vec![], vec![1], vec![3, 3], vec![3, 2]] {
            let wrong = answer(event_retention(&app, &measured(Measure::Brackets { bounds })));
            assert_eq!(wrong.unwrap_err().code(), "not_rising");
        }
        let far = EventRetentionAsk { steps_max: 1_001, ..ask("join", "use", DAYS) };
        assert_eq!(answer(event_retention(&app, &far)).unwrap_err().code(), "too_many_steps");
        let none = ask("join", "use", Clock::Rolling { days: 0 });
        assert_eq!(answer(event_retention(&app, &none)).unwrap_err().code(), "zero");
    }

    #[test]
    fn rows_are_as_of_entry_and_conditions_choose() {
        let app = events(LIVES);
        let by = EventRetentionAsk { by: Some("plan".into()), steps_max: 2, ..ask("join", "use", DAYS) };
        check(&app, &by, &["a 2: 0/2 1/2 0/1+1/1", "b 1: 1/1 1/1 0/1", "Everybody 3: 1/3 2/3 0/2+1/1"]);
        let only = EventRetentionAsk { steps_max: 2, ..ask("join[plan = a]", "use[plan = b]", DAYS) };
        check(
            &app,
            &only,
            &["2024-01-01 1: 0/1 0/1 0/1", "2024-01-03 1: 0/1 0/1 0/0+1/1", "Everybody 2: 0/2 0/2 0/1+1/1"],
        );
        let one_row = EventRetentionAsk { rows_max: 1, ..by };
        let found = answer(event_retention(&app, &one_row)).unwrap();
        assert_eq!(found.rows[1].key, CohortKey::Rest { cohorts: 1 });
    }

    #[test]
    fn the_first_time_or_every_time() {
        let app = events(
            "ana 2024-01-01 use\nana 2024-01-02 use\nana 2024-01-02T08:00 use\nana 2024-01-04 use\nzoe 2024-01-06 other",
        );
        let first = EventRetentionAsk { steps_max: 2, ..ask("use", "use", DAYS) };
        check(&app, &first, &["2024-01-01 1: 0/1 1/1 0/1", "Everybody 1: 0/1 1/1 0/1"]);
        let every = EventRetentionAsk { entry: Entry::Every, ..first };
        let rows = [
            "2024-01-01 1: 0/1 1/1 0/1",
            "2024-01-02 1: 1/1 0/1 1/1",
            "2024-01-04 1: 0/1 0/1 0/0+0/1",
            "Everybody 3: 1/3 1/3 1/2+0/1",
        ];
        let found = check(&app, &every, &rows);
        assert_eq!(found.customers, 1);
    }

    #[test]
    fn nobody_is_unknown_and_not_zero() {
        let app = events("ana 2024-01-01 use");
        let found = check(&app, &ask("join", "use", DAYS), &["Everybody 0: "]);
        assert_eq!((found.customers, found.rows.len()), (0, 0));
        assert_eq!(answer(event_retention(&events(""), &ask("a", "b", DAYS))).unwrap_err().code(), "no_facts");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Any lives, measure and clock: each cell and the pooled row recounted from the facts, the lists as long as the
        /// numbers, and the order of rows is nothing.
        #[test]
        fn cells_are_recounted(
            facts in prop::collection::vec((0u8..5, 0i64..400, 0u8..2, 0u8..2), 1..50),
            until in 5i32..20, measure in 0usize..5, rolling: bool, every: bool, k in 0u32..8, turn in 0usize..40,
        ) {
            let base = date("2024-01-01");
            let name = |name: u8| ["join", "use"][usize::from(name)];
            let mut lines: Vec<String> = facts.iter().map(|(who, hour, what, plan)| {
                let day = base.plus((hour / 24) as i32);
                format!("c{who} {day}T{:02}:00 {} plan=p{plan}", hour % 24, name(*what))
            }).collect();
            let app = events(&lines.join("\n"));
            let measure = [Measure::On, Measure::OnOrAfter, Measure::OnOrBefore, Measure::Streak,
                Measure::Brackets { bounds: vec![0, 1, 3, 6, 9] }][measure].clone();
            let clock = if rolling { HOURS_24 } else { DAYS };
            let entry = if every { Entry::Every } else { Entry::First };
            let scope = Scope::as_of(base.plus(until));
            let ask = EventRetentionAsk { measure: measure.clone(), entry, scope, steps_max: 8, ..ask("join", "use", clock) };
            let found = answer(event_retention(&app, &ask)).unwrap();

            let end = i64::from(until) * 24;
            let seen = facts.iter().map(|fact| fact.1).max().unwrap().min(end);
            let of = |who: u8, what: u8| {
                let mut hours: Vec<i64> = facts.iter().filter(|f| f.0 == who && f.2 == what && f.1 < end).map(|f| f.1).collect();
                hours.sort_unstable();
                hours
            };
            let mut entries: Vec<(i64, Vec<i64>)> = Vec::new();
            for who in 0..5u8 {
                let mut starts = of(who, 0);
                if every { starts.dedup_by_key(|hour| *hour / 24) } else { starts.truncate(1) }
                entries.extend(starts.into_iter().map(|start| (start, of(who, 1).into_iter().filter(|hour| *hour > start).collect())));
            }
            let step = |start: i64, hour: i64| if rolling { (hour - start) / 24 } else { hour / 24 - start / 24 };
            let over = |start: i64, k: i64| if rolling { start + (k + 1) * 24 <= seen } else { (start / 24 + k + 1) * 24 <= seen };
            let bounds = [0, 1, 3, 6, 9];
            let returned = |entry: &(i64, Vec<i64>), cell: i64| {
                let steps: Vec<i64> = entry.1.iter().map(|hour| step(entry.0, *hour)).collect();
                match measure {
                    Measure::On => steps.contains(&cell),
                    Measure::OnOrAfter => steps.iter().any(|step| *step >= cell),
                    Measure::OnOrBefore => steps.iter().any(|step| *step <= cell),
                    Measure::Streak => (1..=cell).all(|step| steps.contains(&step)),
                    Measure::Brackets { .. } => steps.iter().any(|step| (bounds[cell as usize]..bounds[cell as usize + 1]).contains(step)),
                }
            };
            let cell_over = |start: i64, cell: i64| match measure {
                Measure::Brackets { .. } => over(start, bounds[cell as usize + 1] - 1),
                _ => over(start, cell),
            };
            let recount = |inside: &dyn Fn(i64) -> bool, cell: usize| {
                let mut counted = EventCell::default();
                for entry in entries.iter().filter(|entry| inside(entry.0)) {
                    let share = if cell_over(entry.0, cell as i64) { &mut counted.share } else { &mut counted.open };
                    share.whole += 1;
                    share.part += u64::from(returned(entry, cell as i64));
                }
                counted
            };
            for row in found.rows.iter().chain([&found.average]) {
                let inside = |start: i64| match row.key {
                    CohortKey::Start(period) => period.start.0 - base.0 == (start / 24) as i32,
                    _ => true,
                };
                prop_assert_eq!(row.size, entries.iter().filter(|entry| inside(entry.0)).count() as u64);
                for (cell, counted) in row.cells.iter().enumerate() {
                    prop_assert_eq!(*counted, recount(&inside, cell), "{:?} {}", row.key, cell);
                }
            }
            prop_assert_eq!(found.rows.iter().map(|row| row.size).sum::<u64>(), found.average.size);
            if !every && let Some(cell) = found.average.cells.get(k as usize) {
                for (there, number) in [(true, cell.share.part), (false, cell.share.rest().part)] {
                    let keys = answer(event_retention_customers(&app, &ask, &CohortKey::Everybody, Some(k), there)).unwrap();
                    prop_assert_eq!(keys.len() as u64, number);
                }
            }
            let turned = turn % lines.len();
            lines.rotate_left(turned);
            prop_assert_eq!(answer(event_retention(&events(&lines.join("\n")), &ask)).unwrap(), found);
        }
    }
}
