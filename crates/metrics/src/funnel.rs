//! Funnel: how far customers get through steps in order, and how long each step takes them.

use std::collections::BTreeMap;

use history::Snapshot;
use history::fold::{Machine, Run, Slot};
use models::quantile::quantile_of_whole;
use serde::{Deserialize, Serialize};
use terms::{Date, Instant, Period, Share, Zone};

use crate::cohorts::CohortKey;
use crate::doing::{Act, Doing, DoingReader, Facts, Sees, WORDS_MAX};
use crate::people::Pick;
use crate::scope::{Horizon, Scope};
use crate::span::Span;
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "funnel",
    title: "Funnel",
    question: "How far do customers get through these steps, and where do they stop?",
    formula: "customers who did step i after step i − 1, all within the window of the first / customers whose window is over",
    source: "the furthest run of each customer, best of all starts (windowFunnel of ClickHouse); medians of the waits of \
             that run",
    unit: Unit::Share,
    example: "Ana views, adds and buys on one day. Ben views on Monday and adds on Wednesday. Cem views and, nine days \
              later, adds. Within 7 days: 3 viewed, 2 of 3 added, 1 of 3 bought.",
};

/// Which runs of steps count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FunnelMode {
    /// Anything may lie between the steps; every first step is a new start, and the run that gets furthest counts.
    #[default]
    Between,
    /// Nothing may lie between the steps.
    Strict,
    /// Anything may lie between, and only the very first start of a customer's life counts.
    FirstTouch,
}

impl FunnelMode {
    /// Each with its word.
    pub const ALL: [(FunnelMode, &'static str); 3] =
        [(FunnelMode::Between, "between"), (FunnelMode::Strict, "strict"), (FunnelMode::FirstTouch, "first-touch")];
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunnelAsk {
    /// Which facts are steps; the business's own without it.
    pub facts: Option<Facts>,
    /// The steps, in order: two or more. One fact is never two steps.
    pub steps: Vec<Doing>,
    /// How long after the first step the last may come, that instant included.
    pub within: Span,
    /// Which runs count.
    pub mode: FunnelMode,
    /// Only starts in these days.
    pub entered: Option<Period>,
    /// Apart by what a column said at the customer's first start.
    pub by: Option<String>,
    /// How many groups to keep by size; the rest are added up in one.
    pub groups_max: u32,
    /// As of when, and about which facts.
    pub scope: Scope,
}

impl FunnelAsk {
    /// These steps within a week.
    pub fn of(steps: Vec<Doing>) -> FunnelAsk {
        FunnelAsk {
            facts: None,
            steps,
            within: Span::days(7),
            mode: FunnelMode::Between,
            entered: None,
            by: None,
            groups_max: 50,
            scope: Scope::default(),
        }
    }
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FunnelStep {
    /// Customers who got so far, also those who may still go on.
    pub customers: u64,
    /// Of the customers whose window is over, those who got so far.
    pub conversion: Share,
    /// Of those of them who did the step before, those who did this one; the first step of itself.
    pub from_previous: Share,
    /// Median wait since the step before, in seconds, of all who got so far; nothing for the first step.
    pub median_seconds: Option<f64>,
}

/// Customers with the same word, or all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunnelGroup {
    /// Which.
    pub key: CohortKey,
    /// One for each step.
    pub steps: Vec<FunnelStep>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Funnel {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Which facts were steps.
    pub facts: Facts,
    /// Customers whose first start is so recent that its window is not over: in no conversion.
    pub still_open: u64,
    /// Everybody.
    pub total: FunnelGroup,
    /// The largest groups first; empty without a breakdown.
    pub groups: Vec<FunnelGroup>,
}

/// How far customers get.
///
/// ```text
/// conversion(i) = |customers who got to step i| / |customers who started|     over customers whose window is over
/// ```
///
/// A start is a fact that is step 1. A run follows it through the next steps, each later in time than the one before (or
/// at the same instant), the last no later than `within` after the start. The furthest run of a customer counts; of
/// equally far ones, the first that got there. Whether somebody's window is over is told by their first start alone,
/// never by how far they got, so that quick customers do not count earlier than slow ones.
///
/// One pass; memory: 4 bytes for each step a customer did, and 10,000 words of a breakdown.
///
/// # Errors
///
/// Fewer than 2 or more than 12 steps; an unknown column; a breakdown of more than 10,000 words.
pub async fn funnel(snapshot: &Snapshot, ask: &FunnelAsk) -> Result<Funnel, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    let machine = FunnelMachine { runs: RunReader::new(snapshot, ask, facts, &horizon)? };
    let scan = machine.runs.reader.scan.clone();
    let counted = snapshot.fold(&scan, machine).await?;
    if counted.words.len() > WORDS_MAX {
        return Err(MetricError::TooManyWords { max: WORDS_MAX });
    }
    let steps = ask.steps.len();
    let mut total = Counts::new(steps);
    counted.words.values().for_each(|counts| total.add(counts));
    let still_open = total.open.iter().sum();
    let groups = if ask.by.is_some() { largest(counted.words, steps, ask.groups_max) } else { Vec::new() };
    let total = total.group(CohortKey::Everybody);
    Ok(Funnel { as_of: horizon.as_of, facts, still_open, total, groups })
}

/// The keys of the customers of one number: those who got to a step (counted from 1), or those of them who got no further.
pub(crate) async fn funnel_customers(
    snapshot: &Snapshot,
    ask: &FunnelAsk,
    group: &CohortKey,
    step: u32,
    stopped: bool,
) -> Result<Vec<u32>, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    let runs = RunReader::new(snapshot, ask, facts, &horizon)?;
    let (scan, step) = (runs.reader.scan.clone(), step.max(1) as usize);
    if step > ask.steps.len() {
        return Err(MetricError::UnknownGroup(format!("step {step}")));
    }
    let group = group.clone();
    let pick = Pick::new(move |run: &Run<'_>, scratch: &mut RunScratch| {
        let Some(best) = runs.read(run, scratch) else { return false };
        let inside = match &group {
            CohortKey::Word(word) => best.word.as_ref() == Some(word),
            CohortKey::Unknown => best.word.is_none(),
            _ => true,
        };
        inside && if stopped { best.level == step } else { best.level >= step }
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

/// Reads how far one customer got.
#[derive(Debug, Clone)]
struct RunReader {
    reader: DoingReader,
    sees: Sees,
    steps: usize,
    within: i64,
    mode: FunnelMode,
    entered: Option<Period>,
    by: Option<Slot>,
    zone: Zone,
    /// Up to when the facts are known; nothing when there are none.
    seen: Option<Instant>,
}

/// The run of a customer that counts.
struct Best {
    level: usize,
    /// Whether the window of the first start is over.
    over: bool,
    word: Option<String>,
}

/// What the reader writes on, reused from customer to customer.
#[derive(Debug, Default)]
struct RunScratch {
    acts: Vec<Act>,
    chains: Vec<Chain>,
    /// When each step of the run that counts was done.
    best: Vec<i64>,
}

/// The latest run that got as far as one step: when it did each step so far.
#[derive(Debug, Clone, Default)]
struct Chain {
    ats: Vec<i64>,
}

impl RunReader {
    fn new(snapshot: &Snapshot, ask: &FunnelAsk, facts: Facts, horizon: &Horizon) -> Result<RunReader, MetricError> {
        if ask.steps.len() < 2 {
            return Err(MetricError::TooFewSteps);
        }
        let sees = if ask.mode == FunnelMode::Strict { Sees::All } else { Sees::Wanted };
        let mut reader = DoingReader::new(facts, &ask.steps, sees, snapshot, &ask.scope, horizon)?;
        let by = ask.by.as_deref().map(|column| reader.column(column, snapshot)).transpose()?;
        Ok(RunReader {
            reader,
            sees,
            steps: ask.steps.len(),
            within: ask.within.micros(),
            mode: ask.mode,
            entered: ask.entered,
            by,
            zone: snapshot.zone().clone(),
            seen: horizon.seen,
        })
    }

    fn is_start(&self, act: &Act) -> bool {
        let inside = |period: &Period| period.contains(self.zone.date(Instant(act.at)));
        act.mask & 1 != 0 && self.entered.as_ref().is_none_or(inside)
    }

    /// How far one customer got; nothing for those who never started. The times of the run are left in the scratch.
    fn read(&self, run: &Run<'_>, scratch: &mut RunScratch) -> Option<Best> {
        let RunScratch { acts, chains, best } = scratch;
        self.reader.acts(run, self.sees, acts);
        chains.resize(self.steps, Chain::default());
        chains.iter_mut().for_each(|chain| chain.ats.clear());
        best.clear();
        let (mut first, mut touched): (Option<i64>, bool) = (None, false);
        for act in acts.iter() {
            let start = self.is_start(act) && (self.mode != FunnelMode::FirstTouch || !touched);
            touched |= act.mask & 1 != 0;
            self.advance(act, start, chains, best);
            if start {
                first = first.or(Some(act.at));
            }
        }
        let first = first?;
        let over = self.seen.is_some_and(|seen| first.saturating_add(self.within) < seen.0);
        Some(Best { level: best.len(), over, word: self.word(run, acts, first) })
    }

    /// One fact: the latest run that did step i goes on to i + 1. From the last step back, so that a fact is one step.
    fn advance(&self, act: &Act, start: bool, chains: &mut [Chain], best: &mut Vec<i64>) {
        for step in (1..self.steps).rev() {
            let (before, after) = chains.split_at_mut(step);
            let (from, to) = (&before[step - 1].ats, &mut after[0].ats);
            let goes_on = act.mask >> step & 1 != 0 && from.first().is_some_and(|at| act.at - at <= self.within);
            if !goes_on {
                if self.mode == FunnelMode::Strict {
                    to.clear();
                }
                continue;
            }
            // The same start has done this step before: the earlier time stands.
            if self.mode != FunnelMode::Strict && to.first() == from.first() {
                continue;
            }
            to.clone_from(from);
            to.push(act.at);
            if to.len() > best.len() {
                best.clone_from(to);
            }
        }
        if start {
            chains[0].ats.clear();
            chains[0].ats.push(act.at);
            if best.is_empty() {
                best.push(act.at);
            }
        } else if self.mode == FunnelMode::Strict {
            chains[0].ats.clear();
        }
    }

    /// What the column said at the first start; of several at one instant, the first word.
    fn word(&self, run: &Run<'_>, acts: &[Act], first: i64) -> Option<String> {
        let slot = self.by?;
        let starts = acts.iter().filter(|act| act.at == first && act.mask & 1 != 0);
        starts.filter_map(|act| self.reader.word(run, act.row as usize, slot)).min()
    }
}

struct FunnelMachine {
    runs: RunReader,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Counted {
    words: BTreeMap<Option<String>, Counts>,
    #[serde(skip)]
    scratch: RunScratch,
}

/// Customers of a group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Counts {
    /// By how far they got, where their window is over: `over[i]` did i + 1 steps and no more.
    over: Vec<u64>,
    /// The same where it is not.
    open: Vec<u64>,
    /// Waits before each step, in seconds.
    waits: Vec<Vec<u32>>,
}

impl Counts {
    fn new(steps: usize) -> Counts {
        Counts { over: vec![0; steps], open: vec![0; steps], waits: vec![Vec::new(); steps] }
    }

    fn add(&mut self, other: &Counts) {
        for (mine, theirs) in [(&mut self.over, &other.over), (&mut self.open, &other.open)] {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        self.waits.iter_mut().zip(&other.waits).for_each(|(mine, theirs)| mine.extend(theirs));
    }

    fn got_to(counts: &[u64], step: usize) -> u64 {
        counts[step..].iter().sum()
    }

    fn group(mut self, key: CohortKey) -> FunnelGroup {
        let whole = Counts::got_to(&self.over, 0);
        let step = |step: usize, median_seconds: Option<f64>| {
            let part = Counts::got_to(&self.over, step);
            let before = Counts::got_to(&self.over, step.saturating_sub(1));
            FunnelStep {
                customers: part + Counts::got_to(&self.open, step),
                conversion: Share { part, whole },
                from_previous: Share { part, whole: before },
                median_seconds,
            }
        };
        let medians: Vec<Option<f64>> = std::mem::take(&mut self.waits).into_iter().map(median).collect();
        FunnelGroup { key, steps: medians.into_iter().enumerate().map(|(place, median)| step(place, median)).collect() }
    }

    fn size(&self) -> u64 {
        Counts::got_to(&self.over, 0) + Counts::got_to(&self.open, 0)
    }
}

fn median(seconds: Vec<u32>) -> Option<f64> {
    let mut seconds: Vec<i64> = seconds.into_iter().map(i64::from).collect();
    quantile_of_whole(&mut seconds, 0.5)
}

/// The largest groups, and one for all others.
fn largest(words: BTreeMap<Option<String>, Counts>, steps: usize, groups_max: u32) -> Vec<FunnelGroup> {
    let mut list: Vec<(Option<String>, Counts)> = words.into_iter().collect();
    list.sort_by(|a, b| b.1.size().cmp(&a.1.size()).then_with(|| a.0.cmp(&b.0)));
    let rest = list.split_off(list.len().min(groups_max.max(1) as usize));
    let key = |word: Option<String>| word.map_or(CohortKey::Unknown, CohortKey::Word);
    let mut groups: Vec<FunnelGroup> = list.into_iter().map(|(word, counts)| counts.group(key(word))).collect();
    if !rest.is_empty() {
        let mut others = Counts::new(steps);
        rest.iter().for_each(|(_, counts)| others.add(counts));
        groups.push(others.group(CohortKey::Rest { cohorts: rest.len() as u64 }));
    }
    groups
}

impl Machine for FunnelMachine {
    type Partial = Counted;

    fn start(&self) -> Counted {
        Counted::default()
    }

    fn customer(&self, partial: &mut Counted, run: &Run<'_>) {
        let Counted { words, scratch } = partial;
        let Some(best) = self.runs.read(run, scratch) else { return };
        // Words past the bound are refused at the end: no more of them are kept than show that there are too many.
        if words.len() > WORDS_MAX && !words.contains_key(&best.word) {
            return;
        }
        let counts = words.entry(best.word).or_insert_with(|| Counts::new(self.runs.steps));
        let place = best.level - 1;
        let counted = if best.over { &mut counts.over } else { &mut counts.open };
        counted[place] += 1;
        for (step, pair) in scratch.best.windows(2).enumerate() {
            let seconds = (pair[1] - pair[0]) / 1_000_000;
            counts.waits[step + 1].push(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
    }

    fn merge(&self, into: &mut Counted, other: Counted) {
        for (word, counts) in other.words {
            if into.words.len() <= WORDS_MAX || into.words.contains_key(&word) {
                into.words.entry(word).or_insert_with(|| Counts::new(self.runs.steps)).add(&counts);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, events, orders, period};
    use proptest::prelude::*;

    fn ask(steps: &str) -> FunnelAsk {
        FunnelAsk::of(Doing::several(steps).unwrap())
    }

    /// Steps as `customers part/whole median`, the median in hours.
    fn check(snapshot: &Snapshot, ask: &FunnelAsk, expected: &[&str]) -> Funnel {
        let found = answer(funnel(snapshot, ask)).unwrap();
        assert_eq!(steps_of(&found.total), expected);
        found
    }

    fn steps_of(group: &FunnelGroup) -> Vec<String> {
        let hours = |seconds: Option<f64>| seconds.map_or("-".to_owned(), |seconds| (seconds / 3600.0).to_string());
        let one = |step: &FunnelStep| {
            format!(
                "{} {}/{} {}",
                step.customers,
                step.conversion.part,
                step.conversion.whole,
                hours(step.median_seconds)
            )
        };
        group.steps.iter().map(one).collect()
    }

    /// Long enough after everything else that every window is over.
    const LATER: &str = "\nzoe 2024-12-31 other";

    fn shop(lines: &str) -> Snapshot {
        events(&(lines.to_owned() + LATER))
    }

    const THREE: &str = "ana 2024-01-01T10:00 view\nana 2024-01-01T10:30 look\nana 2024-01-01T11:00 add\n\
                         ana 2024-01-01T12:00 buy\nben 2024-01-01 view\nben 2024-01-03 add\ncem 2024-01-01 view\n\
                         cem 2024-01-10 add";

    #[test]
    fn worked_example() {
        // Waits before adding: 1 and 48 hours, the median between them; Cem's nine days are no run.
        check(&shop(THREE), &ask("view > add > buy"), &["3 3/3 -", "2 2/3 24.5", "1 1/3 1"]);
        // Nothing between: Ana looks between viewing and adding.
        let strict = FunnelAsk { mode: FunnelMode::Strict, ..ask("view > add > buy") };
        check(&shop(THREE), &strict, &["3 3/3 -", "1 1/3 48", "0 0/3 -"]);
    }

    #[test]
    fn the_window_holds_its_last_instant_and_not_the_next() {
        let to_the_second =
            shop("ana 2024-01-01 view\nana 2024-01-08 add\nben 2024-01-01 view\nben 2024-01-08T00:00:01 add");
        check(&to_the_second, &ask("view > add"), &["2 2/2 -", "1 1/2 168"]);
        // The window runs from the first step, not from the one before.
        let slow = shop("ana 2024-01-01 view\nana 2024-01-07 add\nana 2024-01-09 buy");
        check(&slow, &ask("view > add > buy"), &["1 1/1 -", "1 1/1 144", "0 0/1 -"]);
    }

    #[test]
    fn best_of_all_starts_or_the_very_first() {
        let twice = shop("ana 2024-01-01 view\nana 2024-02-01 view\nana 2024-02-02 add");
        check(&twice, &ask("view > add"), &["1 1/1 -", "1 1/1 24"]);
        let first = FunnelAsk { mode: FunnelMode::FirstTouch, ..ask("view > add") };
        check(&twice, &first, &["1 1/1 -", "0 0/1 -"]);
        // A new start in between does not break the run that goes on from the old one.
        let restarted = shop("ana 2024-01-01 view\nana 2024-01-02 add\nana 2024-01-03 view\nana 2024-01-04 buy");
        check(&restarted, &ask("view > add > buy"), &["1 1/1 -", "1 1/1 24", "1 1/1 48"]);
        // Only starts of the days asked for; later steps may come after them.
        let january = FunnelAsk { entered: Some(period("2024-01")), ..ask("view > add") };
        check(&twice, &january, &["1 1/1 -", "0 0/1 -"]);
        // Ana's first start lies before February: by first touch she never starts in it.
        let february = FunnelAsk { entered: Some(period("2024-02")), ..ask("view > add") };
        check(&twice, &february, &["1 1/1 -", "1 1/1 24"]);
        check(&twice, &FunnelAsk { mode: FunnelMode::FirstTouch, ..february }, &["0 0/0 -", "0 0/0 -"]);
    }

    #[test]
    fn one_fact_is_one_step_and_facts_of_one_instant_may_follow_each_other() {
        check(
            &shop("ana 2024-01-01 view\nben 2024-01-01 view\nben 2024-01-02 view"),
            &ask("view > view"),
            &["2 2/2 -", "1 1/2 24"],
        );
        for lines in ["ana 2024-01-01 view\nana 2024-01-01 add", "ana 2024-01-01 add\nana 2024-01-01 view"] {
            check(&shop(lines), &ask("view > add"), &["1 1/1 -", "1 1/1 0"]);
        }
        // Strict runs overlap: a a b holds the run of the second a.
        let strict = FunnelAsk { mode: FunnelMode::Strict, ..ask("a > a > b") };
        check(
            &shop("x 2024-01-01 a\nx 2024-01-02 a\nx 2024-01-03 a\nx 2024-01-04 b"),
            &strict,
            &["1 1/1 -", "1 1/1 24", "1 1/1 24"],
        );
    }

    #[test]
    fn whoever_may_still_go_on_is_in_no_conversion() {
        let young = events(
            "ana 2024-01-01 view\nana 2024-01-02 add\nben 2024-01-05 view\nben 2024-01-05 add\ncem 2024-01-08T00:01 use",
        );
        let found = check(&young, &ask("view > add"), &["2 1/1 -", "2 1/1 12"]);
        assert_eq!(found.still_open, 1);
        let as_of = FunnelAsk { scope: Scope::as_of(date("2024-01-02")), ..ask("view > add") };
        let found = check(&young, &as_of, &["1 0/0 -", "0 0/0 -"]);
        assert_eq!((found.still_open, found.total.steps[0].conversion.rate()), (1, None));
    }

    #[test]
    fn groups_are_those_of_the_first_start_and_conditions_choose_steps() {
        let lines = shop(
            "ana 2024-01-01 view country=FI\nana 2024-01-02 buy country=SE\nben 2024-01-01 view country=SE\n\
             cem 2024-01-01 view\ncem 2024-01-02 view country=FI\ncem 2024-01-03 buy country=FI",
        );
        let by = FunnelAsk { by: Some("country".into()), ..ask("view > buy") };
        let found = check(&lines, &by, &["3 3/3 -", "2 2/3 24"]);
        let groups: Vec<_> = found.groups.iter().map(|group| (group.key.clone(), group.steps[1].customers)).collect();
        let word = |word: &str| CohortKey::Word(word.into());
        assert_eq!(groups, [(CohortKey::Unknown, 1), (word("FI"), 1), (word("SE"), 0)]);
        let found = answer(funnel(&lines, &FunnelAsk { groups_max: 1, ..by.clone() })).unwrap();
        assert_eq!(found.groups[1].key, CohortKey::Rest { cohorts: 2 });
        assert_eq!(steps_of(&found.groups[1]), ["2 2/2 -", "1 1/2 24"]);
        check(&lines, &ask("view[country = FI] > buy"), &["2 2/2 -", "2 2/2 24"]);
        check(&lines, &ask("view > buy[country != FI]"), &["3 3/3 -", "1 1/3 24"]);
        let unknown = FunnelAsk { by: Some("planet".into()), ..ask("view > buy") };
        assert_eq!(answer(funnel(&lines, &unknown)).unwrap_err().code(), "unknown_column");
        for (steps, code) in [("view", "too_few_steps"), ("view > buy[country < FI]", "bad_doing")] {
            assert_eq!(answer(funnel(&lines, &ask(steps))).unwrap_err().code(), code);
        }
    }

    #[test]
    fn orders_are_steps_too() {
        let shop = orders("ana 2024-01-01 5\nana 2024-01-05 20\nben 2024-01-01 5\nzoe 2024-12-31 1");
        check(&shop, &ask("order > order[amount >= 1000]"), &["3 2/2 -", "1 1/2 96"]);
        assert_eq!(answer(funnel(&events(""), &ask("a > b"))).unwrap_err().code(), "no_facts");
    }

    #[test]
    fn a_number_opens_to_its_customers() {
        let lines = shop(THREE);
        let ask = ask("view > add > buy");
        let keys = |step, stopped| {
            answer(funnel_customers(&lines, &ask, &CohortKey::Everybody, step, stopped)).map(|keys| keys.len())
        };
        for (step, reached, stopped) in [(1, 3, 1), (2, 2, 1), (3, 1, 1)] {
            assert_eq!((keys(step, false).unwrap(), keys(step, true).unwrap()), (reached, stopped), "{step}");
        }
        assert_eq!(keys(4, false).unwrap_err().code(), "unknown_group");
    }

    /// How far a customer gets, by trying every choice of facts.
    fn furthest(acts: &[(i64, usize)], steps: usize, within: i64, strict: bool) -> usize {
        let mut best = 0;
        for (place, start) in acts.iter().enumerate().filter(|(_, act)| act.1 == 0) {
            best = best.max(1 + go_on(&acts[place + 1..], 1, steps, start.0 + within, strict));
        }
        best
    }

    fn go_on(acts: &[(i64, usize)], step: usize, steps: usize, until: i64, strict: bool) -> usize {
        if step == steps {
            return 0;
        }
        let next = acts.iter().enumerate().take(if strict { 1 } else { acts.len() });
        let fits = next.filter(|(_, act)| act.1 == step && act.0 <= until);
        fits.map(|(place, _)| 1 + go_on(&acts[place + 1..], step + 1, steps, until, strict)).max().unwrap_or(0)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Any lives: each level as found by trying everything; and steps never grow, groups add up, order of rows is nothing.
        #[test]
        fn levels_are_those_of_the_best_choice(
            lives in prop::collection::vec(prop::collection::btree_map(0i64..200, (0usize..4, 0u8..3), 0..14), 1..7),
            within in 1u32..60, strict: bool, turn in 0usize..50,
        ) {
            let names = ["a", "b", "c", "d"];
            let base = date("2024-01-01");
            let mut lines: Vec<String> = lives.iter().enumerate().flat_map(|(who, life)| life.iter().map(move |(hour, (name, word))| {
                let day = base.plus((hour / 24) as i32);
                format!("c{who} {day}T{:02}:00 {} word=w{word}", hour % 24, names[*name])
            })).collect();
            lines.push("zoe 2024-12-31 other word=w0".into());
            let mode = if strict { FunnelMode::Strict } else { FunnelMode::Between };
            let within_hours: Span = format!("{within}h").parse().unwrap();
            let ask = FunnelAsk { mode, within: within_hours, by: Some("word".into()), ..ask("a > b > c") };
            let found = answer(funnel(&events(&lines.join("\n")), &ask)).unwrap();
            let levels: Vec<usize> = lives.iter().map(|life| {
                let acts: Vec<(i64, usize)> = life.iter().map(|(hour, (name, _))| (*hour, *name)).collect();
                furthest(&acts, 3, i64::from(within), strict)
            }).collect();
            for (place, step) in found.total.steps.iter().enumerate() {
                let part = levels.iter().filter(|level| **level > place).count() as u64;
                prop_assert_eq!(step.customers, part);
                prop_assert_eq!(step.conversion, Share { part, whole: found.total.steps[0].customers });
                prop_assert_eq!(found.groups.iter().map(|group| group.steps[place].customers).sum::<u64>(), part);
            }
            let turned = turn % lines.len();
            lines.rotate_left(turned);
            prop_assert_eq!(answer(funnel(&events(&lines.join("\n")), &ask)).unwrap(), found);
        }
    }
}
