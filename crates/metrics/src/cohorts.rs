//! Cohorts: customers who began together, and how many of them are still there later.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Grain, Period, Share};

use crate::activity::{Activity, Views};
use crate::later_refunds::LaterRefunds;
use crate::money::{Excluded, Purse, Spend};
use crate::scope::{Horizon, Scope, Steps, Timeline, check_steps};
use crate::steps_of::{StepReader, Visited};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "cohorts",
    title: "Cohorts",
    question: "Of the customers who began together, how many are still there later, and what did they bring?",
    formula: "customers of the cohort active k steps after they began / customers of the cohort whose k-th step is over",
    source: "cohort tables by calendar step; the average row is pooled: Σ returns / Σ eligible over complete cells",
    unit: Unit::Share,
    example: "Ana and Ben begin in January, Cem in February. Ana orders again in February, Cem in March. After one \
              step: January 1 of 2, February 1 of 1, together 2 of 3.",
};

/// How customers are put together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum CohortBy {
    /// By the step in which they began.
    #[default]
    Start,
    /// By what a column said when they began, as in `first_product`, `country` or an attribute. As of entry: what it
    /// says later changes nothing.
    Column {
        /// The column, of the view the facts come from.
        column: String,
    },
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortsAsk {
    /// Which facts make a customer begin and be there: orders, events or contracts; the business's own without it. The
    /// window plays no part.
    pub activity: Option<Activity>,
    /// Which facts make a customer begin, where they are others than those that make one be there: a first order, then
    /// days with an event. The scope's filter then says which customers begin, and what they do later counts whatever it
    /// says; a column is one of the facts they begin with.
    pub begin: Option<Activity>,
    /// How customers are put together.
    pub by: CohortBy,
    /// The step of the calendar.
    pub grain: Grain,
    /// Only customers who began in these days; all without it.
    pub entered: Option<Period>,
    /// How many steps after the beginning to show; all without it.
    pub steps_max: Option<u32>,
    /// How many rows to keep by size when they are not made by start; the rest are added up in one row.
    pub rows_max: u32,
    /// Which money of orders is summed; none for the fastest answer.
    pub spend: Option<Spend>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

impl CohortsAsk {
    /// By start, with gross revenue, everything there is.
    pub fn of(grain: Grain) -> CohortsAsk {
        CohortsAsk {
            activity: None,
            begin: None,
            by: CohortBy::Start,
            grain,
            entered: None,
            steps_max: None,
            rows_max: 50,
            spend: Some(Spend::Gross),
            scope: Scope::default(),
        }
    }
}

/// Which cohort a row is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CohortKey {
    /// Those who began in this step.
    Start(Period),
    /// Those whose column said this when they began.
    Word(String),
    /// Those whose column said nothing.
    Unknown,
    /// All who began in the days asked for, together: the pooled row.
    Everybody,
    /// Several small ones together.
    Rest {
        /// How many.
        cohorts: u64,
    },
}

/// One cell: a cohort k steps after it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CohortCell {
    /// Customers there in their k-th step, of those whose k-th step is over. While it is over for nobody, of all.
    pub share: Share,
    /// Orders in that step by those counted.
    pub orders: u64,
    /// What they brought in that step, in minor units.
    pub spend_minor: i64,
    /// What they brought from their beginning up to that step, in minor units. Divide by `share.whole` for each.
    pub cumulative_minor: i64,
    /// Whether the step is over for those counted. An open cell is still filling: it is no drop and in no average.
    pub complete: bool,
    /// Customers of the row whose k-th step is not over, and who are not counted while it is for others.
    pub not_yet: u64,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortRow {
    /// Which cohort.
    pub key: CohortKey,
    /// How many customers began in it.
    pub size: u64,
    /// From step 0 as far as the history reaches.
    pub cells: Vec<CohortCell>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohorts {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The facts counted.
    pub activity: Activity,
    /// The step.
    pub grain: Grain,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// Rows by start, the earliest first; otherwise by size, the largest first.
    pub rows: Vec<CohortRow>,
    /// The pooled row: all customers whose k-th step is over, together. Nothing where it is over for nobody.
    pub average: Vec<Option<CohortCell>>,
    /// Orders left out of the sums of money.
    pub excluded: Excluded,
}

/// The cohort matrix.
///
/// ```text
/// cell(c, k) = |customers of c active in step(t₀) + k| / |customers of c with step(t₀) + k complete|
/// ```
///
/// A customer begins with the first order, event or contract the filter lets through; steps are calendar steps, so
/// k = step(t) − step(t₀). Under contract a customer is there in a step when it runs at its end. Rows by start hold
/// customers who all reach step k together; rows by a column hold customers of many starts, so each cell counts only
/// those old enough.
///
/// Where the beginning has facts of its own ([`CohortsAsk::begin`]), t₀ is the step of the first of them, and a customer
/// counts in the whole of a cell whether or not there is any fact of the other kind. Steps are whole: what was done
/// earlier in the step of the beginning counts in step 0, what was done in earlier steps does not.
///
/// # Errors
///
/// When the column does not exist, or there would be more than 20,000 steps.
pub async fn cohorts(snapshot: &Snapshot, ask: &CohortsAsk) -> Result<Cohorts, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let activity = ask.activity.clone().unwrap_or_else(|| Activity::of(snapshot));
    let begun = begun(snapshot, ask, &activity, &horizon).await?.map(Arc::new);
    let machine = CohortMachine::new(snapshot, ask, &activity, &horizon, begun.clone()).await?;
    let (scan, steps) = (machine.reader.scan(), machine.reader.steps().clone());
    let entered = machine.entered;
    let mut counted = snapshot.fold(&scan, machine).await?;
    if let Some(begun) = begun {
        counted.add_sizes(&begun, entered, steps.last());
    }
    let table = Table { horizon: &horizon, steps: &steps, last: steps.last(), steps_max: ask.steps_max };
    let excluded = counted.excluded;
    let (rows, average) = table.fill(counted, ask)?;
    Ok(Cohorts {
        as_of: horizon.as_of,
        activity,
        grain: ask.grain,
        currency: snapshot.currency(),
        rows,
        average,
        excluded,
    })
}

/// When and as what customers began, where that is told by other facts than those counted later.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    customers: HashMap<u32, Beginning>,
    /// Whether cohorts are made by a column.
    by_column: bool,
}

/// One customer's beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Beginning {
    /// The step.
    pub step: i32,
    /// What the column said.
    word: Option<String>,
}

impl Begun {
    /// The beginning of one customer.
    pub fn of(&self, customer: u32) -> Option<&Beginning> {
        self.customers.get(&customer)
    }

    /// What the column said of a beginning; the outer nothing when cohorts are made by start.
    pub fn word<'a>(&self, beginning: &'a Beginning) -> Option<Option<&'a str>> {
        self.by_column.then_some(beginning.word.as_deref())
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Beginning)> {
        self.customers.iter().map(|(customer, beginning)| (*customer, beginning))
    }
}

/// Whether two rules are about the same facts; windows play no part in cohorts.
fn same_facts(a: &Activity, b: &Activity) -> bool {
    match (a, b) {
        (Activity::Event { name: a, .. }, Activity::Event { name: b, .. }) => a == b,
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

/// The beginnings, in a pass of their own; nothing when the facts counted later tell them too.
pub(crate) async fn begun(
    snapshot: &Snapshot,
    ask: &CohortsAsk,
    activity: &Activity,
    horizon: &Horizon,
) -> Result<Option<Begun>, MetricError> {
    let Some(begin) = ask.begin.as_ref().filter(|begin| !same_facts(begin, activity)) else { return Ok(None) };
    let ask = CohortsAsk { spend: None, ..ask.clone() };
    let reader = EntryReader::new(snapshot, &ask, begin, horizon).await?;
    let scan = reader.scan();
    let found = snapshot.fold(&scan, BeginMachine { reader }).await?;
    let by_column = ask.by != CohortBy::Start;
    Ok(Some(Begun { customers: found.list.into_iter().collect(), by_column }))
}

struct BeginMachine {
    reader: EntryReader,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Beginnings {
    list: Vec<(u32, Beginning)>,
    #[serde(skip)]
    entry: Entry,
}

impl Machine for BeginMachine {
    type Partial = Beginnings;

    fn start(&self) -> Beginnings {
        Beginnings::default()
    }

    fn customer(&self, partial: &mut Beginnings, run: &Run<'_>) {
        let Beginnings { list, entry } = partial;
        if !self.reader.read(run, entry, &mut Excluded::default()) {
            return;
        }
        let word = self.reader.word(run).flatten().map(str::to_owned);
        list.push((run.customer, Beginning { step: entry.visited.entry, word }));
    }

    fn merge(&self, into: &mut Beginnings, other: Beginnings) {
        into.list.extend(other.list);
    }
}

/// The question about what is done after the beginning, where that has facts of its own: neither filter nor column are
/// about it.
pub(crate) fn later(ask: &CohortsAsk) -> CohortsAsk {
    let scope = Scope { filter: None, ..ask.scope.clone() };
    CohortsAsk { by: CohortBy::Start, scope, ..ask.clone() }
}

/// Reads one customer: by steps alone, or by orders with their money.
#[derive(Debug, Clone)]
pub(crate) enum EntryReader {
    /// Steps, and perhaps a column of the first row.
    Steps { reader: Box<StepReader>, scan: Scan, column: Option<Slot> },
    /// Orders with money, and perhaps a column of the first one.
    Orders { scan: Scan, steps: Steps, purse: Purse, spend: Spend, later: LaterRefunds, column: Option<Slot> },
}

const DAY: Slot = 0;
const AMOUNT: Slot = 1;
const CURRENCY: Slot = 2;
const REFUNDED: Slot = 3;

/// What was read of one customer.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// The step in which the customer began, and the others with what was bought in them.
    pub visited: Visited,
    /// Orders and money of each step.
    sums: Vec<(u64, i64)>,
}

impl EntryReader {
    pub async fn new(
        snapshot: &Snapshot,
        ask: &CohortsAsk,
        activity: &Activity,
        horizon: &Horizon,
    ) -> Result<EntryReader, MetricError> {
        let steps = Steps::new(Some(ask.grain), snapshot.week(), None, horizon);
        let column = match &ask.by {
            CohortBy::Start => None,
            CohortBy::Column { column } => Some(column.clone()),
        };
        let view = match activity {
            Activity::Contract => "subscription_changes",
            Activity::Purchase { .. } => "orders",
            Activity::Event { .. } => "events",
        };
        if let Some(column) = &column
            && snapshot.has(view)
            && !snapshot.columns(view).iter().any(|(name, _)| name == column)
        {
            return Err(MetricError::UnknownColumn { column: column.clone(), view });
        }
        if let (Activity::Purchase { .. }, Some(spend)) = (activity, ask.spend) {
            let mut columns = vec!["day", "amount", "currency", "refunded"];
            let later = match spend {
                Spend::Net => LaterRefunds::of(snapshot, &ask.scope, &mut columns).await?,
                Spend::Gross => LaterRefunds::default(),
            };
            let mut scan = Scan::of("orders", &columns).with_filter(ask.scope.filter.clone());
            let column = column.map(|column| add_column(&mut scan, column));
            return Ok(EntryReader::Orders {
                scan,
                steps,
                purse: Purse::new(snapshot, AMOUNT, CURRENCY),
                spend,
                later,
                column,
            });
        }
        // The small views of days hold no other columns.
        let views = if column.is_some() { Views::Facts } else { Views::Smallest };
        let reader = StepReader::new(activity, snapshot, &ask.scope, horizon, steps, views);
        let mut scan = reader.scan.clone();
        let column = column.map(|column| add_column(&mut scan, column));
        Ok(EntryReader::Steps { reader: Box::new(reader), scan, column })
    }

    pub fn scan(&self) -> Scan {
        match self {
            EntryReader::Steps { scan, .. } | EntryReader::Orders { scan, .. } => scan.clone(),
        }
    }

    pub fn steps(&self) -> &Steps {
        match self {
            EntryReader::Steps { reader, .. } => &reader.steps,
            EntryReader::Orders { steps, .. } => steps,
        }
    }

    /// What the column said when the customer began; the outer nothing when cohorts are made by start.
    pub fn word<'a>(&self, run: &Run<'a>) -> Option<Option<&'a str>> {
        let (EntryReader::Steps { column, .. } | EntryReader::Orders { column, .. }) = self;
        column.map(|slot| run.text(slot, 0))
    }

    /// Reads one customer; false when nothing lies before the horizon.
    pub fn read(&self, run: &Run<'_>, entry: &mut Entry, excluded: &mut Excluded) -> bool {
        let Entry { visited, sums } = entry;
        sums.clear();
        match self {
            EntryReader::Steps { reader, .. } => reader.read(run, visited),
            EntryReader::Orders { steps, purse, spend, later, .. } => {
                visited.steps.clear();
                for (row, day) in run.i32(DAY).iter().enumerate() {
                    let Some(step) = steps.index(*day) else { break };
                    if visited.steps.last() != Some(&step) {
                        visited.steps.push(step);
                        sums.push((0, 0));
                    }
                    let mut amount = purse.amount(run, row, excluded).unwrap_or(0);
                    if *spend == Spend::Net {
                        let back = run.i64(REFUNDED).get(row).copied().unwrap_or(0);
                        amount = amount.saturating_sub(later.known(run, row, back));
                    }
                    if let Some((orders, money)) = sums.last_mut() {
                        *orders += 1;
                        *money = money.saturating_add(amount);
                    }
                }
                visited.entry = visited.steps.first().copied().unwrap_or_default();
                !visited.steps.is_empty()
            }
        }
    }
}

fn add_column(scan: &mut Scan, column: String) -> Slot {
    scan.columns.push(column);
    scan.columns.len() - 1
}

struct CohortMachine {
    reader: EntryReader,
    begun: Option<Arc<Begun>>,
    entered: (i32, i32),
    steps_max: usize,
}

impl CohortMachine {
    async fn new(
        snapshot: &Snapshot,
        ask: &CohortsAsk,
        activity: &Activity,
        horizon: &Horizon,
        begun: Option<Arc<Begun>>,
    ) -> Result<CohortMachine, MetricError> {
        let reader = match begun {
            Some(_) => EntryReader::new(snapshot, &later(ask), activity, horizon).await?,
            None => EntryReader::new(snapshot, ask, activity, horizon).await?,
        };
        let entered = entered_steps(ask, snapshot);
        let steps_max = ask.steps_max.map_or(usize::MAX, |steps| steps as usize);
        Ok(CohortMachine { reader, begun, entered, steps_max })
    }
}

/// The first and last step in which customers may begin.
pub(crate) fn entered_steps(ask: &CohortsAsk, snapshot: &Snapshot) -> (i32, i32) {
    let step = |date: Date| ask.grain.index(date, snapshot.week());
    ask.entered.map_or((i32::MIN, i32::MAX), |entered| (step(entered.start), step(entered.end.plus(-1))))
}

/// The customers who began in one step, by what they did k steps later.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Cohort {
    size: u64,
    cells: Vec<(u64, u64, i64)>,
}

impl Cohort {
    fn at(&mut self, k: usize) -> &mut (u64, u64, i64) {
        if k >= self.cells.len() {
            self.cells.resize(k + 1, (0, 0, 0));
        }
        &mut self.cells[k]
    }

    fn add(&mut self, other: Cohort) {
        self.size += other.size;
        for (k, (customers, orders, money)) in other.cells.into_iter().enumerate() {
            let cell = self.at(k);
            *cell = (cell.0 + customers, cell.1 + orders, cell.2.saturating_add(money));
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Counted {
    by_start: Timeline<Cohort>,
    by_word: BTreeMap<String, Timeline<Cohort>>,
    /// Those whose column said nothing.
    unknown: Timeline<Cohort>,
    excluded: Excluded,
    #[serde(skip)]
    entry: Entry,
}

impl Machine for CohortMachine {
    type Partial = Counted;

    fn start(&self) -> Counted {
        let nobody = Timeline::new(self.reader.steps().last());
        Counted {
            by_start: nobody.clone(),
            by_word: BTreeMap::new(),
            unknown: nobody,
            excluded: Excluded::default(),
            entry: Entry::default(),
        }
    }

    fn customer(&self, partial: &mut Counted, run: &Run<'_>) {
        let Counted { by_start, by_word, unknown, excluded, entry } = partial;
        if !self.reader.read(run, entry, excluded) {
            return;
        }
        let (first, word) = match &self.begun {
            None => (entry.visited.entry, self.reader.word(run)),
            Some(begun) => match begun.of(run.customer) {
                Some(beginning) => (beginning.step, begun.word(beginning)),
                None => return,
            },
        };
        if first < self.entered.0 || first > self.entered.1 {
            return;
        }
        let timeline = match word {
            None => Some(by_start),
            Some(None) => Some(unknown),
            Some(Some(word)) => timeline_of(by_word, word, self.reader.steps().last()),
        };
        let Some(timeline) = timeline else { return };
        let cohort = timeline.at(first);
        // Beginnings of their own are added at the end: also of those who did nothing later.
        cohort.size += u64::from(self.begun.is_none());
        for (place, step) in entry.visited.steps.iter().enumerate().filter(|(_, step)| **step >= first) {
            let k = (step - first) as usize;
            if k > self.steps_max {
                break;
            }
            let (orders, money) = entry.sums.get(place).copied().unwrap_or_default();
            let cell = cohort.at(k);
            *cell = (cell.0 + 1, cell.1 + orders, cell.2.saturating_add(money));
        }
    }

    fn merge(&self, into: &mut Counted, other: Counted) {
        into.excluded.add(other.excluded);
        into.by_start.merge(other.by_start, |mine, theirs| mine.add(theirs));
        into.unknown.merge(other.unknown, |mine, theirs| mine.add(theirs));
        for (word, timeline) in other.by_word {
            match into.by_word.get_mut(&word) {
                Some(mine) => mine.merge(timeline, |mine, theirs| mine.add(theirs)),
                None => {
                    into.by_word.insert(word, timeline);
                }
            }
        }
    }
}

impl Counted {
    /// Adds those who began to the sizes of their cohorts, whether or not they did anything later.
    fn add_sizes(&mut self, begun: &Begun, entered: (i32, i32), last: i32) {
        let inside = |beginning: &Beginning| entered.0 <= beginning.step && beginning.step <= entered.1;
        for (_, beginning) in begun.iter().filter(|(_, beginning)| inside(beginning)) {
            let timeline = match begun.word(beginning) {
                None => Some(&mut self.by_start),
                Some(None) => Some(&mut self.unknown),
                Some(Some(word)) => timeline_of(&mut self.by_word, word, last),
            };
            if let Some(timeline) = timeline {
                timeline.at(beginning.step).size += 1;
            }
        }
    }
}

/// The timeline of a word. A word is copied only when it is met for the first time.
fn timeline_of<'a>(
    by_word: &'a mut BTreeMap<String, Timeline<Cohort>>,
    word: &str,
    last: i32,
) -> Option<&'a mut Timeline<Cohort>> {
    if !by_word.contains_key(word) {
        by_word.insert(word.to_owned(), Timeline::new(last));
    }
    by_word.get_mut(word)
}

/// Cells of one answer: a year by day has 66,795, which take 18 MB as JSON.
const CELLS_MAX: u64 = 100_000;

/// Fills the table from the counts.
struct Table<'a> {
    horizon: &'a Horizon,
    steps: &'a Steps,
    last: i32,
    steps_max: Option<u32>,
}

impl Table<'_> {
    fn fill(
        &self,
        counted: Counted,
        ask: &CohortsAsk,
    ) -> Result<(Vec<CohortRow>, Vec<Option<CohortCell>>), MetricError> {
        let starts = started(counted.by_start);
        let words = counted.by_word.into_iter().map(|(word, timeline)| (CohortKey::Word(word), started(timeline)));
        let unknown = (CohortKey::Unknown, started(counted.unknown));
        let words: Vec<_> = words.chain(std::iter::once(unknown).filter(|(_, starts)| !starts.is_empty())).collect();
        let everybody: Vec<&(i32, Cohort)> = starts.iter().chain(words.iter().flat_map(|(_, starts)| starts)).collect();
        let first = everybody.iter().map(|(start, _)| *start).min().unwrap_or(self.last);
        check_steps((self.last - first).max(0) as usize)?;
        self.check_cells(&starts, words.len(), ask)?;
        let average = self.cells(&everybody);
        let average = average.into_iter().map(|cell| cell.complete.then_some(cell)).collect();
        let rows = match ask.by {
            CohortBy::Start => {
                let key = |start: i32| CohortKey::Start(self.steps.period(start));
                starts.iter().map(|one| self.row(key(one.0), &[one])).collect()
            }
            CohortBy::Column { .. } => self.largest(words, ask.rows_max.max(1) as usize),
        };
        Ok((rows, average))
    }

    /// Refuses a matrix that nobody could read, and that would fill the memory.
    fn check_cells(&self, starts: &[(i32, Cohort)], words: usize, ask: &CohortsAsk) -> Result<(), MetricError> {
        let reach = |start: i32| {
            let all = u64::try_from(self.last - start + 1).unwrap_or_default();
            all.min(self.steps_max.map_or(u64::MAX, |steps| u64::from(steps) + 1))
        };
        let longest = starts.iter().map(|(start, _)| reach(*start)).max().unwrap_or_default();
        let cells = match ask.by {
            CohortBy::Start => starts.iter().map(|(start, _)| reach(*start)).sum(),
            CohortBy::Column { .. } => longest * (words.min(ask.rows_max as usize) as u64 + 1),
        };
        if cells > CELLS_MAX { Err(MetricError::TooManyCells { cells, max: CELLS_MAX }) } else { Ok(()) }
    }

    /// The largest rows, and one for all others.
    fn largest(&self, mut words: Vec<(CohortKey, Vec<(i32, Cohort)>)>, rows_max: usize) -> Vec<CohortRow> {
        let size = |starts: &[(i32, Cohort)]| starts.iter().map(|(_, cohort)| cohort.size).sum::<u64>();
        words.sort_by(|a, b| size(&b.1).cmp(&size(&a.1)).then_with(|| order(&a.0).cmp(order(&b.0))));
        let rest = words.split_off(words.len().min(rows_max));
        let mut rows: Vec<CohortRow> =
            words.into_iter().map(|(key, starts)| self.row(key, &starts.iter().collect::<Vec<_>>())).collect();
        if !rest.is_empty() {
            let key = CohortKey::Rest { cohorts: rest.len() as u64 };
            rows.push(self.row(key, &rest.iter().flat_map(|(_, starts)| starts).collect::<Vec<_>>()));
        }
        rows
    }

    fn row(&self, key: CohortKey, starts: &[&(i32, Cohort)]) -> CohortRow {
        CohortRow { key, size: starts.iter().map(|(_, cohort)| cohort.size).sum(), cells: self.cells(starts) }
    }

    /// The cells of customers who began in these steps.
    fn cells(&self, starts: &[&(i32, Cohort)]) -> Vec<CohortCell> {
        let Some(first) = starts.iter().map(|(start, _)| *start).min() else { return Vec::new() };
        let reach = (self.last - first).min(self.steps_max.map_or(i32::MAX, |steps| steps.min(1 << 20) as i32));
        let size: u64 = starts.iter().map(|(_, cohort)| cohort.size).sum();
        (0..=reach)
            .map(|k| {
                let over = |start: i32| self.horizon.complete(self.steps.period(start + k).end);
                let complete = starts.iter().any(|(start, _)| over(*start));
                let counted =
                    starts.iter().filter(|(start, _)| if complete { over(*start) } else { start + k <= self.last });
                let mut cell = CohortCell { complete, ..CohortCell::default() };
                for (_, cohort) in counted {
                    cell.add(cohort, k as usize);
                }
                cell.not_yet = size - cell.share.whole.min(size);
                cell
            })
            .collect()
    }
}

/// The steps in which somebody began.
fn started(timeline: Timeline<Cohort>) -> Vec<(i32, Cohort)> {
    timeline.ascending().filter(|(_, cohort)| cohort.size > 0).collect()
}

impl CohortCell {
    fn add(&mut self, cohort: &Cohort, k: usize) {
        let (customers, orders, money) = cohort.cells.get(k).copied().unwrap_or_default();
        self.share.part += customers;
        self.share.whole += cohort.size;
        self.orders += orders;
        self.spend_minor = self.spend_minor.saturating_add(money);
        let so_far = cohort.cells.iter().take(k + 1).fold(0i64, |sum, cell| sum.saturating_add(cell.2));
        self.cumulative_minor = self.cumulative_minor.saturating_add(so_far);
    }
}

/// The order of rows of equal size.
fn order(key: &CohortKey) -> &str {
    match key {
        CohortKey::Word(word) => word,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, changes, date, events, orders, period};
    use proptest::prelude::*;

    /// A cell as `part/whole money+cumulative`, with `?` when it is open.
    fn text(cell: &CohortCell) -> String {
        let open = if cell.complete { "" } else { "?" };
        format!("{}/{}{open} {}+{}", cell.share.part, cell.share.whole, cell.spend_minor, cell.cumulative_minor)
    }

    /// Rows as `key size: cells`, and the average.
    fn check(snapshot: &Snapshot, ask: &CohortsAsk, rows: &[&str], average: &str) {
        let found = answer(cohorts(snapshot, ask)).unwrap();
        let key = |key: &CohortKey| match key {
            CohortKey::Start(period) => period.to_string(),
            CohortKey::Word(word) => word.clone(),
            CohortKey::Unknown => "?".to_owned(),
            CohortKey::Everybody => "all".to_owned(),
            CohortKey::Rest { cohorts } => format!("{cohorts} more"),
        };
        let cells = |cells: &[CohortCell]| cells.iter().map(text).collect::<Vec<_>>().join(", ");
        let row = |row: &CohortRow| format!("{} {}: {}", key(&row.key), row.size, cells(&row.cells));
        assert_eq!(found.rows.iter().map(row).collect::<Vec<_>>(), rows, "{ask:?}");
        let pooled = |cell: &Option<CohortCell>| cell.as_ref().map_or("-".to_owned(), text);
        assert_eq!(found.average.iter().map(pooled).collect::<Vec<_>>().join(", "), average, "{ask:?}");
    }

    const SHOP: &str = "ana 2024-01-31T23:59 1 country=FI\nana 2024-02-01 2 country=SE\nben 2024-01-01 1 country=SE\n\
                        cem 2024-02-29 4 country=FI\ncem 2024-03-01 8 country=FI\ncem 2024-03-01 8\ndia 2024-03-31 9 currency=USD";

    #[test]
    fn worked_example() {
        check(
            &orders(SHOP),
            &CohortsAsk::of(Grain::Month),
            &[
                "2024-01 2: 2/2 200+200, 1/2 200+400, 0/2? 0+400",
                "2024-02 1: 1/1 400+400, 1/1? 1600+2000",
                "2024-03 1: 1/1? 0+0",
            ],
            "3/3 600+600, 1/2 200+400, -",
        );
        let shown = CohortsAsk { steps_max: Some(0), entered: Some(period("2024-02")), ..CohortsAsk::of(Grain::Month) };
        check(&orders(SHOP), &shown, &["2024-02 1: 1/1 400+400"], "1/1 400+400");
        let earlier = CohortsAsk { scope: Scope::as_of(date("2024-02-01")), ..CohortsAsk::of(Grain::Quarter) };
        check(&orders(SHOP), &earlier, &["2024-Q1 2: 2/2? 200+200"], "-");
        check(&orders(""), &CohortsAsk::of(Grain::Day), &[], "");
    }

    /// A year of newcomers by day is a matrix somebody can still read; more would only fill the memory.
    #[test]
    fn a_matrix_nobody_could_read_is_refused() {
        let days = |days: i32| -> String {
            let first = date("2022-01-01");
            let line = |day: i32| format!("c{day} {} 1\n", first.plus(day));
            (0..days).map(line).collect()
        };
        let by_day = CohortsAsk::of(Grain::Day);
        let refused = answer(cohorts(&orders(&days(900)), &by_day)).unwrap_err();
        assert_eq!(
            (refused.code(), refused.to_string().as_str()),
            ("too_many_cells", "405450 cells are more than the 100000 one answer may hold")
        );
        let few = CohortsAsk { steps_max: Some(30), ..by_day };
        assert_eq!(answer(cohorts(&orders(&days(900)), &few)).unwrap().rows.len(), 900);
    }

    #[test]
    fn without_money_the_same_customers() {
        let ask = CohortsAsk { spend: None, ..CohortsAsk::of(Grain::Month) };
        let rows = ["2024-01 2: 2/2 0+0, 1/2 0+0, 0/2? 0+0", "2024-02 1: 1/1 0+0, 1/1? 0+0", "2024-03 1: 1/1? 0+0"];
        check(&orders(SHOP), &ask, &rows, "3/3 0+0, 1/2 0+0, -");
    }

    #[test]
    fn by_a_column_as_of_entry() {
        let by = |column: &str| CohortBy::Column { column: column.into() };
        let ask = CohortsAsk { by: by("country"), ..CohortsAsk::of(Grain::Month) };
        // Ana began in Finland and is counted there, wherever she buys later. Of Ana and Cem only Ana's second step is
        // over.
        let rows =
            ["FI 2: 2/2 500+500, 1/1 200+300, 0/1? 0+300", "? 1: 1/1? 0+0", "SE 1: 1/1 100+100, 0/1 0+100, 0/1? 0+100"];
        check(&orders(SHOP), &ask, &rows, "3/3 600+600, 1/2 200+400, -");
        let few = CohortsAsk { rows_max: 1, ..ask.clone() };
        let rows = ["FI 2: 2/2 500+500, 1/1 200+300, 0/1? 0+300", "2 more 2: 1/1 100+100, 0/1 0+100, 0/1? 0+100"];
        check(&orders(SHOP), &few, &rows, "3/3 600+600, 1/2 200+400, -");
        let fast = CohortsAsk { spend: None, ..ask.clone() };
        let rows = ["FI 2: 2/2 0+0, 1/1 0+0, 0/1? 0+0", "? 1: 1/1? 0+0", "SE 1: 1/1 0+0, 0/1 0+0, 0/1? 0+0"];
        check(&orders(SHOP), &fast, &rows, "3/3 0+0, 1/2 0+0, -");
        let wrong = CohortsAsk { by: by("planet"), ..ask };
        assert_eq!(answer(cohorts(&orders(SHOP), &wrong)).unwrap_err().code(), "unknown_column");
    }

    #[test]
    fn events_and_contracts() {
        let app = events(
            "ana 2024-01-01 login plan=a\nana 2024-01-09 view plan=b\nben 2024-01-09 view plan=b\nana 2024-01-15 view",
        );
        let weeks = CohortsAsk::of(Grain::Week);
        let rows =
            ["2024-01-01..2024-01-08 1: 1/1 0+0, 1/1 0+0, 1/1? 0+0", "2024-01-08..2024-01-15 1: 1/1 0+0, 0/1? 0+0"];
        check(&app, &weeks, &rows, "2/2 0+0, 1/1 0+0, -");
        let by = CohortBy::Column { column: "plan".into() };
        let rows = ["a 1: 1/1 0+0, 1/1 0+0, 1/1? 0+0", "b 1: 1/1 0+0, 0/1? 0+0"];
        check(&app, &CohortsAsk { by, ..weeks.clone() }, &rows, "2/2 0+0, 1/1 0+0, -");
        let views = Activity::Event { window_days: None, name: Some("view".into()) };
        let rows = ["2024-01-08..2024-01-15 2: 2/2 0+0, 1/2? 0+0"];
        check(&app, &CohortsAsk { activity: Some(views), ..weeks }, &rows, "2/2 0+0, -");
        let members = changes(
            "ana 2012-05-01 start plan=x\nben 2012-06-01 start plan=y\nben 2013-02-01 end\ncem 2013-03-01 start plan=x\n\
             cem 2013-03-01 end\ndia 2014-01-01 start plan=x",
        );
        let rows = ["2012 2: 2/2 0+0, 1/2 0+0, 1/2? 0+0", "2013 1: 0/1 0+0, 0/1? 0+0", "2014 1: 1/1? 0+0"];
        check(&members, &CohortsAsk::of(Grain::Year), &rows, "2/3 0+0, 1/2 0+0, -");
        let by = CohortBy::Column { column: "plan".into() };
        let rows = ["x 3: 1/2 0+0, 1/1 0+0, 1/1? 0+0", "y 1: 1/1 0+0, 0/1 0+0, 0/1? 0+0"];
        check(&members, &CohortsAsk { by, ..CohortsAsk::of(Grain::Year) }, &rows, "2/3 0+0, 1/2 0+0, -");
    }

    #[test]
    fn a_beginning_with_facts_of_its_own() {
        // Ana signs up in January and uses it in February. Ben signs up in January and never does, Cem in February and
        // does at once; what Cem did in January, before signing up, does not count. Dia never signs up.
        let app = events(
            "ana 2024-01-31 signup plan=a\nana 2024-02-01 use plan=b\nben 2024-01-05 signup plan=b\n\
             cem 2024-01-20 use\ncem 2024-02-10 use\ncem 2024-02-20 signup plan=a\ndia 2024-01-02 use\ncem 2024-03-01 use",
        );
        let named = |name: &str| Some(Activity::Event { window_days: None, name: Some(name.into()) });
        let ask = CohortsAsk { begin: named("signup"), activity: named("use"), ..CohortsAsk::of(Grain::Month) };
        let rows = ["2024-01 2: 0/2 0+0, 1/2 0+0, 0/2? 0+0", "2024-02 1: 1/1 0+0, 1/1? 0+0"];
        check(&app, &ask, &rows, "1/3 0+0, 1/2 0+0, -");
        let by = CohortBy::Column { column: "plan".into() };
        let rows = ["a 2: 1/2 0+0, 1/1 0+0, 0/1? 0+0", "b 1: 0/1 0+0, 0/1 0+0, 0/1? 0+0"];
        check(&app, &CohortsAsk { by, ..ask.clone() }, &rows, "1/3 0+0, 1/2 0+0, -");
        // The filter says who begins; Ana's use under another plan counts all the same.
        let scope = Scope { as_of: None, filter: Some("plan = 'a'".into()) };
        let rows = ["2024-01 1: 0/1 0+0, 1/1 0+0, 0/1? 0+0", "2024-02 1: 1/1 0+0, 1/1? 0+0"];
        check(&app, &CohortsAsk { scope, ..ask.clone() }, &rows, "1/2 0+0, 1/1 0+0, -");
        let entered = Some(period("2024-02"));
        check(&app, &CohortsAsk { entered, ..ask.clone() }, &["2024-02 1: 1/1 0+0, 1/1? 0+0"], "1/1 0+0, -");
        // The same facts for both are no beginning of its own, whatever the window says.
        let same = CohortsAsk {
            begin: Some(Activity::Event { window_days: Some(9), name: None }),
            ..CohortsAsk::of(Grain::Month)
        };
        let plain = CohortsAsk::of(Grain::Month);
        assert_eq!(answer(cohorts(&app, &same)).unwrap(), answer(cohorts(&app, &plain)).unwrap());
        // Facts that are not there at all: nobody began.
        check(&app, &CohortsAsk { begin: Some(Activity::Contract), ..plain }, &[], "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Any shop: each cell recounted from the orders, and the average from the raw orders, not from the cells.
        #[test]
        fn cells_are_recounted(rows in prop::collection::vec((0u8..6, 0i32..200, 0i64..50, 0u8..3), 1..60), until in 100i32..220) {
            let base = date("2024-01-01");
            let lines: Vec<String> = rows
                .iter()
                .map(|(who, day, amount, country)| format!("c{who} {} {amount} country=c{country}", base.plus(*day)))
                .collect();
            let shop = orders(&lines.join("\n"));
            let as_of = base.plus(until);
            let ask = CohortsAsk { scope: Scope::as_of(as_of), ..CohortsAsk::of(Grain::Month) };
            let found = answer(cohorts(&shop, &ask)).unwrap();
            let last_fact = rows.iter().map(|row| row.1).max().unwrap();
            let seen = base.plus(last_fact).min(as_of);
            let step = |day: i32| Grain::Month.index(base.plus(day), terms::WeekStart::Monday);
            let bought = |who: u8| rows.iter().filter(move |row| row.0 == who && row.1 < until);
            let entry = |who: u8| bought(who).map(|row| step(row.1)).min();
            let complete = |step: i32| Grain::Month.start(step + 1, terms::WeekStart::Monday) <= seen;
            let people = |start: i32| (0..6u8).filter(move |who| entry(*who) == Some(start));
            for row in &found.rows {
                let CohortKey::Start(period) = row.key else { panic!("rows are by start") };
                let start = step(period.start.0 - base.0);
                prop_assert_eq!(row.size, people(start).count() as u64);
                for (k, cell) in row.cells.iter().enumerate() {
                    let at = start + k as i32;
                    let there = people(start).filter(|who| bought(*who).any(|row| step(row.1) == at)).count() as u64;
                    prop_assert_eq!(cell.share, Share { part: there, whole: row.size });
                    prop_assert_eq!(cell.complete, complete(at));
                    let money: i64 = people(start).flat_map(bought).filter(|r| step(r.1) <= at).map(|r| r.2 * 100).sum();
                    prop_assert_eq!(cell.cumulative_minor, money);
                }
            }
            let by_country = CohortsAsk { by: CohortBy::Column { column: "country".into() }, ..ask };
            let countries = answer(cohorts(&shop, &by_country)).unwrap();
            prop_assert_eq!(&countries.average, &found.average);
            for (k, cell) in found.average.iter().enumerate() {
                let old_enough = (0..6u8).filter(|who| entry(*who).is_some_and(|start| complete(start + k as i32)));
                let there = |who: &u8| bought(*who).any(|row| Some(step(row.1)) == entry(*who).map(|start| start + k as i32));
                let (whole, part) = (old_enough.clone().count() as u64, old_enough.filter(there).count() as u64);
                prop_assert_eq!(cell.map(|cell| cell.share), (whole > 0).then_some(Share { part, whole }));
            }
        }
    }
}
