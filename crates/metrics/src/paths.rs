//! Paths: what customers do after one event, or before it, step by step.

use std::collections::HashMap;

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Date, Instant, Period, Share, Zone};

use crate::doing::{Act, Doing, DoingReader, Facts, Sees, WORDS_MAX};
use crate::names::{Code, Names};
use crate::people::Pick;
use crate::scope::{Horizon, Scope};
use crate::sessions::{Cutter, GAP};
use crate::span::Span;
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "paths",
    title: "Paths",
    question: "What do customers do next, or what did they do before?",
    formula: "ways that go on with an event / ways that came as far; the rest and the ends are shown too, so each step adds up",
    source: "sequences from an anchor event within a session, repeats in a row taken as one",
    unit: Unit::Share,
    example: "After a search three sessions view, and one ends. Two of the three then buy. First step: view 3 of 4, end 1 \
              of 4. After viewing: buy 2 of 3, end 1 of 3.",
};

/// Which way to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// At what came after.
    #[default]
    Forward,
    /// At what came before.
    Backward,
}

/// How far a way reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reach", rename_all = "kebab-case")]
pub enum Reach {
    /// To the end of the session; a way for every session with the anchor, from the first of it.
    Session {
        /// The longest pause within a session.
        gap: Span,
    },
    /// So long from the anchor, whatever the pauses; one way for each customer, from the first anchor.
    Within {
        /// How long, that instant included.
        within: Span,
    },
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathsAsk {
    /// Which facts; the business's own without it.
    pub facts: Option<Facts>,
    /// Where ways begin, or end when looking back.
    pub anchor: Doing,
    /// Which way to look.
    pub direction: Direction,
    /// How far.
    pub reach: Reach,
    /// How many steps, at most [`DEPTH_MAX`].
    pub depth: u32,
    /// How many events to show at each step; all others together are one.
    pub top: u32,
    /// Whether an event that is repeated in a row counts as often as it was done.
    pub keep_loops: bool,
    /// How many of the most frequent whole ways to list.
    pub ways_max: u32,
    /// Also ways that may still go on, as they are so far.
    pub also_open: bool,
    /// Only anchors in these days.
    pub over: Option<Period>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

impl PathsAsk {
    /// Three steps forward in the session, the three most frequent events at each.
    pub fn from_anchor(anchor: Doing) -> PathsAsk {
        PathsAsk {
            facts: None,
            anchor,
            direction: Direction::Forward,
            reach: Reach::Session { gap: GAP },
            depth: 3,
            top: 3,
            keep_loops: false,
            ways_max: 10,
            also_open: false,
            over: None,
            scope: Scope::default(),
        }
    }
}

/// Most steps of a way.
pub const DEPTH_MAX: u32 = 8;
/// Most different ways that are counted: 24 bytes each.
const WAYS_MAX: usize = 1_000_000;
/// Most nodes of an answer.
const NODES_MAX: u64 = 20_000;

/// What comes next at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next {
    /// An event.
    Event(String),
    /// All events that are not shown.
    Rest {
        /// How many.
        events: u64,
    },
    /// Nothing more: the session ends, or the time is over.
    End,
}

/// One branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathNode {
    /// The events on the way here from the anchor, without it.
    pub after: Vec<String>,
    /// What comes next.
    pub next: Next,
    /// Ways that go on so, of those that came as far.
    pub share: Share,
}

/// A whole way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The events from the anchor on (or back), without it.
    pub events: Vec<String>,
    /// How many, of all ways.
    pub share: Share,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paths {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Which facts.
    pub facts: Facts,
    /// Customers with a way.
    pub customers: u64,
    /// Ways.
    pub ways: u64,
    /// Ways that may still go on; in no share unless they were asked for.
    pub still_open: u64,
    /// How many different ways there are.
    pub different: u64,
    /// The branches: at each place the most frequent first, then the rest, then the end; places in the order of the way.
    pub nodes: Vec<PathNode>,
    /// The most frequent whole ways.
    pub top: Vec<Way>,
}

/// Ways from an anchor.
///
/// ```text
/// share(next | so far) = |ways so far that go on with next| / |ways so far|      Σ over next, rest and end = 1
/// ```
///
/// A way of `depth` steps ends there without an end of its own: what came later is not looked at. Facts of one instant
/// are taken in the order of their names.
///
/// One pass; memory: 24 bytes for each different way, at most a million.
///
/// # Errors
///
/// More steps than 8 or none; an unknown column; more than a million ways, 10,000 names or 20,000 branches.
pub async fn paths(snapshot: &Snapshot, ask: &PathsAsk) -> Result<Paths, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    let reader = WayReader::new(snapshot, ask, facts, &horizon)?;
    let scan = reader.reader.scan.clone();
    let counted = snapshot.fold(&scan, PathMachine { reader, also_open: ask.also_open }).await?;
    if counted.names.len() >= WORDS_MAX {
        return Err(MetricError::TooManyWords { max: WORDS_MAX });
    }
    if counted.ways.len() > WAYS_MAX {
        return Err(MetricError::TooManyWays { max: WAYS_MAX });
    }
    let ways: u64 = counted.ways.values().sum();
    let different = counted.ways.len() as u64;
    let mut all: Vec<Told<'_>> =
        counted.ways.iter().map(|(key, count)| (names(*key, &counted.names), *count)).collect();
    all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut nodes = Vec::new();
    branch(&all, &mut Vec::new(), ask, &mut nodes)?;
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let whole = |(events, part): &(Vec<&str>, u64)| Way {
        events: events.iter().map(|name| (*name).to_owned()).collect(),
        share: Share { part: *part, whole: ways },
    };
    let top = all.iter().take(ask.ways_max as usize).map(whole).collect();
    let (customers, still_open) = (counted.customers, counted.still_open);
    Ok(Paths { as_of: horizon.as_of, facts, customers, ways, still_open, different, nodes, top })
}

/// The keys of the customers with a way that begins with these events; with `ends` those of a way that has no others.
pub(crate) async fn path_customers(
    snapshot: &Snapshot,
    ask: &PathsAsk,
    begins: &[String],
    ends: bool,
) -> Result<Vec<u32>, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    let reader = WayReader::new(snapshot, ask, facts, &horizon)?;
    let (scan, also_open, begins) = (reader.reader.scan.clone(), ask.also_open, begins.to_vec());
    let pick = Pick::new(move |run: &Run<'_>, acts: &mut Vec<Act>| {
        let mut found = false;
        reader.each(run, acts, |rows, over| {
            let same = rows.len() >= begins.len()
                && begins.iter().zip(rows).all(|(name, row)| reader.reader.name(run, *row as usize) == name);
            found |= (over || also_open) && same && (!ends || rows.len() == begins.len());
        });
        found
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

/// A way by its names, and how often it was gone.
type Told<'a> = (Vec<&'a str>, u64);

/// The branches at one place, and below it. `ways` are sorted, and all begin with `after`.
fn branch<'a>(
    ways: &[Told<'a>],
    after: &mut Vec<&'a str>,
    ask: &PathsAsk,
    nodes: &mut Vec<PathNode>,
) -> Result<(), MetricError> {
    let place = after.len();
    if place == ask.depth as usize || ways.is_empty() {
        return Ok(());
    }
    let whole: u64 = ways.iter().map(|(_, count)| count).sum();
    let mut next: Vec<(&'a str, u64, &[Told<'a>])> = Vec::new();
    let mut ended = 0;
    for same in ways.chunk_by(|a, b| a.0.get(place) == b.0.get(place)) {
        let count: u64 = same.iter().map(|(_, count)| count).sum();
        match same[0].0.get(place) {
            Some(name) => next.push((*name, count, same)),
            None => ended = count,
        }
    }
    next.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let rest = next.split_off(next.len().min(ask.top.max(1) as usize));
    let here: Vec<String> = after.iter().map(|name| (*name).to_owned()).collect();
    let mut tell = |next: Next, part: u64| {
        nodes.push(PathNode { after: here.clone(), next, share: Share { part, whole } });
    };
    next.iter().for_each(|(name, count, _)| tell(Next::Event((*name).to_owned()), *count));
    if !rest.is_empty() {
        tell(Next::Rest { events: rest.len() as u64 }, rest.iter().map(|(_, count, _)| count).sum());
    }
    if ended > 0 {
        tell(Next::End, ended);
    }
    if nodes.len() as u64 > NODES_MAX {
        return Err(MetricError::TooManyCells { cells: nodes.len() as u64, max: NODES_MAX });
    }
    for (name, _, same) in next {
        after.push(name);
        branch(same, after, ask, nodes)?;
        after.pop();
    }
    Ok(())
}

/// Up to eight codes, the first in the highest bits.
type Key = (u64, u64);

fn key_of(codes: &[Code; DEPTH_MAX as usize]) -> Key {
    let half = |codes: &[Code]| codes.iter().fold(0u64, |key, code| key << 16 | u64::from(*code));
    (half(&codes[..4]), half(&codes[4..]))
}

fn codes_of(key: Key) -> [Code; DEPTH_MAX as usize] {
    let code = |half: u64, place: usize| (half >> (48 - 16 * place)) as Code;
    std::array::from_fn(|place| if place < 4 { code(key.0, place) } else { code(key.1, place - 4) })
}

fn names(key: Key, names: &Names) -> Vec<&str> {
    codes_of(key).into_iter().take_while(|code| *code > 0).map(|code| names.name(code)).collect()
}

/// Reads the ways of customers.
#[derive(Debug, Clone)]
struct WayReader {
    reader: DoingReader,
    direction: Direction,
    reach: Reach,
    depth: usize,
    keep_loops: bool,
    over: Option<Period>,
    zone: Zone,
    cutter: Cutter,
    seen: Option<Instant>,
}

impl WayReader {
    fn new(snapshot: &Snapshot, ask: &PathsAsk, facts: Facts, horizon: &Horizon) -> Result<WayReader, MetricError> {
        if ask.depth == 0 {
            return Err(MetricError::Zero { what: "the number of steps" });
        }
        if ask.depth > DEPTH_MAX {
            return Err(MetricError::TooManySteps { steps: ask.depth as usize, max: DEPTH_MAX as usize });
        }
        let anchor = std::slice::from_ref(&ask.anchor);
        let reader = DoingReader::new(facts, anchor, Sees::All, snapshot, &ask.scope, horizon)?;
        let zone = snapshot.zone().clone();
        let gap = if let Reach::Session { gap } = ask.reach { gap } else { GAP };
        Ok(WayReader {
            reader,
            direction: ask.direction,
            reach: ask.reach,
            depth: ask.depth as usize,
            keep_loops: ask.keep_loops,
            over: ask.over,
            cutter: Cutter::new(gap, horizon, &zone),
            zone,
            seen: horizon.seen,
        })
    }

    /// Every way of one customer: its rows from the anchor on, without it, and whether it is over.
    fn each(&self, run: &Run<'_>, acts: &mut Vec<Act>, mut tell: impl FnMut(&[u32], bool)) {
        let ats = self.reader.ats(run);
        // Most customers never come by the anchor: nothing more is read of them.
        if !(0..ats.len()).any(|row| self.reader.mask(run, row) != 0) {
            return;
        }
        self.reader.acts(run, Sees::All, acts);
        if acts.windows(2).any(|pair| pair[0].at == pair[1].at) {
            // By name within an instant; of one name the anchor first, where conditions choose among them.
            acts.sort_by(|a, b| {
                let name = |act: &Act| self.reader.name(run, act.row as usize);
                a.at.cmp(&b.at).then_with(|| name(a).cmp(name(b))).then(b.mask.cmp(&a.mask))
            });
        }
        let mut rows = [0u32; DEPTH_MAX as usize];
        match self.reach {
            Reach::Session { .. } => {
                let mut from = 0;
                while from < acts.len() {
                    let end = self.cutter.end(ats, from);
                    let session = &acts[from..end];
                    from = end;
                    let Some(anchor) = session.iter().position(|act| self.is_anchor(act)) else { continue };
                    let count = match self.direction {
                        Direction::Forward => self.follow(run, &session[anchor..], &mut rows),
                        Direction::Backward => self.follow_back(run, &session[..=anchor], &mut rows),
                    };
                    // What came before the anchor is known as soon as it is done.
                    let over = self.direction == Direction::Backward || self.cutter.over(session[session.len() - 1].at);
                    tell(&rows[..count], over);
                }
            }
            Reach::Within { within } => {
                let Some(anchor) = acts.iter().position(|act| self.is_anchor(act)) else { return };
                let at = acts[anchor].at;
                let count = match self.direction {
                    Direction::Forward => {
                        let end = acts.partition_point(|act| act.at - at <= within.micros());
                        self.follow(run, &acts[anchor..end], &mut rows)
                    }
                    Direction::Backward => {
                        let start = acts.partition_point(|act| at - act.at > within.micros());
                        self.follow_back(run, &acts[start..=anchor], &mut rows)
                    }
                };
                let until = at.saturating_add(within.micros());
                let over = self.direction == Direction::Backward || self.seen.is_some_and(|seen| until < seen.0);
                tell(&rows[..count], over);
            }
        }
    }

    fn is_anchor(&self, act: &Act) -> bool {
        let inside = |period: &Period| period.contains(self.zone.date(Instant(act.at)));
        act.mask != 0 && self.over.as_ref().is_none_or(inside)
    }

    /// The rows after the first act, as many as are asked for; how many there are.
    fn follow(&self, run: &Run<'_>, acts: &[Act], rows: &mut [u32; DEPTH_MAX as usize]) -> usize {
        self.walk(run, acts.iter(), rows)
    }

    /// The rows before the last act, the latest first.
    fn follow_back(&self, run: &Run<'_>, acts: &[Act], rows: &mut [u32; DEPTH_MAX as usize]) -> usize {
        self.walk(run, acts.iter().rev(), rows)
    }

    fn walk<'a>(
        &self,
        run: &Run<'_>,
        mut acts: impl Iterator<Item = &'a Act>,
        rows: &mut [u32; DEPTH_MAX as usize],
    ) -> usize {
        let Some(anchor) = acts.next() else { return 0 };
        let (mut last, mut count) = (self.reader.name(run, anchor.row as usize), 0);
        for act in acts {
            if count == self.depth {
                break;
            }
            let name = self.reader.name(run, act.row as usize);
            if self.keep_loops || name != last {
                rows[count] = act.row;
                count += 1;
                last = name;
            }
        }
        count
    }
}

struct PathMachine {
    reader: WayReader,
    also_open: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Counted {
    names: Names,
    ways: HashMap<Key, u64>,
    customers: u64,
    still_open: u64,
    #[serde(skip)]
    acts: Vec<Act>,
}

impl Machine for PathMachine {
    type Partial = Counted;

    fn start(&self) -> Counted {
        Counted::default()
    }

    fn customer(&self, partial: &mut Counted, run: &Run<'_>) {
        let Counted { names, ways, customers, still_open, acts } = partial;
        let mut counted = false;
        self.reader.each(run, acts, |rows, over| {
            *still_open += u64::from(!over);
            // Past the bound the answer is a refusal: no more is kept than shows it.
            if !(over || self.also_open) || ways.len() > WAYS_MAX {
                return;
            }
            counted = true;
            let mut codes = [0; DEPTH_MAX as usize];
            for (code, row) in codes.iter_mut().zip(rows) {
                *code = names.code(self.reader.reader.name(run, *row as usize));
            }
            *ways.entry(key_of(&codes)).or_default() += 1;
        });
        *customers += u64::from(counted);
    }

    fn merge(&self, into: &mut Counted, other: Counted) {
        into.customers += other.customers;
        into.still_open += other.still_open;
        let translated = into.names.translate(&other.names);
        for (key, count) in other.ways {
            if into.ways.len() > WAYS_MAX {
                break;
            }
            let code = |code: Code| usize::from(code).checked_sub(1).map_or(0, |place| translated[place]);
            *into.ways.entry(key_of(&codes_of(key).map(code))).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, events};
    use proptest::prelude::*;

    fn ask(anchor: &str) -> PathsAsk {
        PathsAsk::from_anchor(anchor.parse().unwrap())
    }

    /// Branches as `after > next part/whole`.
    fn check(snapshot: &Snapshot, ask: &PathsAsk, expected: &[&str]) -> Paths {
        let found = answer(paths(snapshot, ask)).unwrap();
        assert_eq!(found.nodes.iter().map(node).collect::<Vec<_>>(), expected);
        found
    }

    fn node(node: &PathNode) -> String {
        let next = match &node.next {
            Next::Event(name) => name.clone(),
            Next::Rest { events } => format!("({events} others)"),
            Next::End => "(end)".to_owned(),
        };
        let after: String = node.after.iter().map(|name| format!("{name} > ")).collect();
        format!("{after}{next} {}/{}", node.share.part, node.share.whole)
    }

    const LATER: &str = "\nzoe 2024-12-31 other";

    fn shop(lines: &str) -> Snapshot {
        events(&(lines.to_owned() + LATER))
    }

    const SEARCHES: &str = "ana 2024-01-01T10:00 home\nana 2024-01-01T10:01 search\nana 2024-01-01T10:02 view\n\
                            ana 2024-01-01T10:03 view\nana 2024-01-01T10:04 buy\nana 2024-01-02T10:00 search\n\
                            ben 2024-01-01T10:00 search\nben 2024-01-01T10:01 view\nben 2024-01-01T11:00 buy\n\
                            cem 2024-01-01T10:00 search\ncem 2024-01-01T10:05 view\ncem 2024-01-01T10:09 buy\n\
                            cem 2024-01-01T10:10 search\ncem 2024-01-01T10:11 view";

    #[test]
    fn worked_example() {
        // Ben buys an hour later, in another session. Cem's second search belongs to the way of the first.
        let found = check(
            &shop(SEARCHES),
            &ask("search"),
            &[
                "view 3/4",
                "(end) 1/4",
                "view > buy 2/3",
                "view > (end) 1/3",
                "view > buy > search 1/2",
                "view > buy > (end) 1/2",
            ],
        );
        assert_eq!((found.ways, found.customers, found.different), (4, 3, 4));
        let kept = PathsAsk { keep_loops: true, depth: 2, ..ask("search") };
        check(
            &shop(SEARCHES),
            &kept,
            &["view 3/4", "(end) 1/4", "view > buy 1/3", "view > view 1/3", "view > (end) 1/3"],
        );
    }

    #[test]
    fn backward_by_days_and_with_the_rest_in_one() {
        let back = PathsAsk { direction: Direction::Backward, depth: 2, ..ask("buy") };
        // Ana: view, search. Ben buys in a session of its own. Cem: view, search.
        check(&shop(SEARCHES), &back, &["view 2/3", "(end) 1/3", "view > search 2/2"]);
        let day = PathsAsk { reach: Reach::Within { within: Span::days(1) }, depth: 3, ..ask("search") };
        let found = check(
            &shop(SEARCHES),
            &day,
            &["view 3/3", "view > buy 3/3", "view > buy > search 2/3", "view > buy > (end) 1/3"],
        );
        assert_eq!((found.ways, found.customers), (3, 3));
        let few = shop(
            "ana 2024-01-01 x\nana 2024-01-01T00:01 a\nben 2024-01-01 x\nben 2024-01-01T00:01 b\n\
                        cem 2024-01-01 x\ncem 2024-01-01T00:01 c",
        );
        let one = PathsAsk { top: 1, depth: 1, ..ask("x") };
        let found = check(&few, &one, &["a 1/3", "(2 others) 2/3"]);
        assert_eq!(found.top.len(), 3);
    }

    #[test]
    fn whatever_may_go_on_is_in_no_share() {
        let young = events("ana 2024-01-01T10:00 search\nben 2024-01-01T10:20 search\nben 2024-01-01T10:40 view");
        let found = check(&young, &ask("search"), &["(end) 1/1"]);
        // Ana's session would have gone on by 10:30; Ben's may.
        assert_eq!((found.ways, found.still_open), (1, 1));
        let also = PathsAsk { also_open: true, ..ask("search") };
        check(&young, &also, &["view 1/2", "(end) 1/2", "view > (end) 1/1"]);
        let within = PathsAsk { reach: Reach::Within { within: Span::days(1) }, ..ask("search") };
        assert_eq!(check(&young, &within, &[]).still_open, 2);
        for (depth, code) in [(0, "zero"), (9, "too_many_steps")] {
            let wrong = PathsAsk { depth, ..ask("search") };
            assert_eq!(answer(paths(&young, &wrong)).unwrap_err().code(), code);
        }
    }

    #[test]
    fn eight_steps_are_kept_apart() {
        let lines: String = (0..9).map(|place| format!("ana 2024-01-01T00:0{place} e{place}\n")).collect();
        let found = answer(paths(&shop(&lines), &PathsAsk { depth: 8, ..ask("e0") })).unwrap();
        assert_eq!(found.top[0].events.join(""), "e1e2e3e4e5e6e7e8");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Any lives: the branches at each place add up to what came there, the whole ways are those of the sessions one
        /// by one, lists are as long as their customers, and the order of rows is nothing.
        #[test]
        fn shares_add_up(
            facts in prop::collection::vec((0u8..4, 0i64..600, 0usize..4), 1..60), depth in 1u32..5, top in 1u32..4,
            keep_loops: bool, backward: bool,
        ) {
            let names = ["a", "b", "c", "d"];
            let line = |(who, minute, name): &(u8, i64, usize)| {
                format!("c{who} 2024-01-01T{:02}:{:02} {}", minute / 60, minute % 60, names[*name])
            };
            let mut lines: Vec<String> = facts.iter().map(line).collect();
            lines.push("zoe 2024-12-31 other".into());
            let direction = if backward { Direction::Backward } else { Direction::Forward };
            let ask = PathsAsk { depth, top, keep_loops, direction, ways_max: 1_000, ..ask("a") };
            let found = answer(paths(&events(&lines.join("\n")), &ask)).unwrap();
            let mut places: std::collections::BTreeMap<Vec<String>, (u64, u64)> = Default::default();
            for node in &found.nodes {
                let sums = places.entry(node.after.clone()).or_default();
                *sums = (sums.0 + node.share.part, node.share.whole);
            }
            for (after, (parts, whole)) in &places {
                prop_assert_eq!(parts, whole, "{:?}", after);
            }
            let mut ways: std::collections::BTreeMap<Vec<String>, u64> = Default::default();
            for who in 0..4u8 {
                let mut life: Vec<(i64, usize)> = facts.iter().filter(|f| f.0 == who).map(|f| (f.1, f.2)).collect();
                life.sort_unstable();
                for session in life.chunk_by(|a, b| b.0 - a.0 <= 30) {
                    let Some(anchor) = session.iter().position(|act| act.1 == 0) else { continue };
                    let mut way: Vec<usize> = if backward {
                        session[..=anchor].iter().rev().map(|act| act.1).collect()
                    } else {
                        session[anchor..].iter().map(|act| act.1).collect()
                    };
                    if !keep_loops { way.dedup() }
                    let way = way.iter().skip(1).take(depth as usize).map(|name| names[*name].to_owned()).collect();
                    *ways.entry(way).or_default() += 1;
                }
            }
            let found_ways: std::collections::BTreeMap<Vec<String>, u64> =
                found.top.iter().map(|way| (way.events.clone(), way.share.part)).collect();
            prop_assert_eq!(&found_ways, &ways);
            prop_assert_eq!(found.ways, ways.values().sum::<u64>());
            let shop = events(&lines.join("\n"));
            prop_assert_eq!(answer(path_customers(&shop, &ask, &[], false)).unwrap().len() as u64, found.customers);
            if let Some(way) = found.top.first() {
                let keys = answer(path_customers(&shop, &ask, &way.events, true)).unwrap().len() as u64;
                prop_assert!(1 <= keys && keys <= way.share.part);
            }
            lines.reverse();
            prop_assert_eq!(answer(paths(&events(&lines.join("\n")), &ask)).unwrap(), found);
        }
    }

    #[test]
    fn only_anchors_of_the_days_asked_for() {
        let over = Some(crate::testing::period("2024-01-02"));
        let found = check(&shop(SEARCHES), &PathsAsk { over, ..ask("search") }, &["(end) 1/1"]);
        assert_eq!(found.as_of, date("2025-01-01"));
    }
}
