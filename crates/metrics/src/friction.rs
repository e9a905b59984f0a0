//! Friction: where sessions turn back, are repeated, stall or end.

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
    id: "friction",
    title: "Friction",
    question: "Where do customers turn back, wait, try again or give up?",
    formula: "visits = went on to something new + turned back to something done before + ended there; each of visits",
    source: "sessions by inactivity; repeats in a row are one visit; what comes after the goal is not looked at",
    unit: Unit::Share,
    example: "Ana views, adds, views again and leaves. Ben views, adds and pays. Adding: 2 visits, 1 went on, 1 turned back. \
              Viewing: 3 visits, 2 went on, 1 ended.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrictionAsk {
    /// Which facts; the business's own without it.
    pub facts: Option<Facts>,
    /// The longest pause within a session.
    pub gap: Span,
    /// A pause longer than this is a wait.
    pub stall: Span,
    /// What sessions are for: once it is done they are not looked at any further.
    pub goal: Option<Doing>,
    /// Only sessions that begin in these days.
    pub over: Option<Period>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

impl Default for FrictionAsk {
    fn default() -> FrictionAsk {
        let stall = "5m".parse().unwrap_or(GAP);
        FrictionAsk { facts: None, gap: GAP, stall, goal: None, over: None, scope: Scope::default() }
    }
}

/// What became of the visits to one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FrictionCounts {
    /// Visits: the event, repeats in a row taken as one.
    pub visits: u64,
    /// Next came something that was new in the session.
    pub went_on: u64,
    /// Next came something that had been done before in the session.
    pub turned_back: u64,
    /// The session ended.
    pub ended: u64,
    /// Of the visits, those in which it was done again at once.
    pub repeated: u64,
    /// Of the visits, those after which the next event was long in coming.
    pub stalled: u64,
    /// Sessions with a visit.
    pub sessions: u64,
    /// Of these, those that reached the goal later.
    pub reached: u64,
}

impl FrictionCounts {
    /// A part of the visits.
    pub fn of_visits(self, part: u64) -> Share {
        Share { part, whole: self.visits }
    }

    fn add(&mut self, other: FrictionCounts) {
        self.visits += other.visits;
        self.went_on += other.went_on;
        self.turned_back += other.turned_back;
        self.ended += other.ended;
        self.repeated += other.repeated;
        self.stalled += other.stalled;
        self.sessions += other.sessions;
        self.reached += other.reached;
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrictionRow {
    /// Its name.
    pub name: String,
    /// What became of its visits.
    pub counts: FrictionCounts,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Friction {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Which facts.
    pub facts: Facts,
    /// Sessions that are over, and of them those that reached the goal; without a goal none does.
    pub sessions: Share,
    /// Sessions that may still go on: in no figure.
    pub still_open: u64,
    /// Events, those first at which most visits turned back or ended.
    pub rows: Vec<FrictionRow>,
}

/// Where sessions turn back or end.
///
/// ```text
/// visits = went on + turned back + ended
/// ```
///
/// Events of one instant are taken in the order of their names. The goal itself has no row.
///
/// One pass; memory: 64 bytes for each name, at most 10,000 names.
///
/// # Errors
///
/// No facts; an unknown column; more than 10,000 names.
pub async fn friction(snapshot: &Snapshot, ask: &FrictionAsk) -> Result<Friction, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    let reader = VisitReader::new(snapshot, ask, facts, &horizon)?;
    let scan = reader.reader.scan.clone();
    let counted = snapshot.fold(&scan, FrictionMachine { reader }).await?;
    if counted.names.len() >= WORDS_MAX {
        return Err(MetricError::TooManyWords { max: WORDS_MAX });
    }
    let named = counted.counts.iter().zip(1..).filter(|(counts, _)| counts.visits > 0);
    let row = |(counts, code): (&FrictionCounts, Code)| FrictionRow {
        name: counted.names.name(code).to_owned(),
        counts: *counts,
    };
    let mut rows: Vec<FrictionRow> = named.map(row).collect();
    let lost = |row: &FrictionRow| row.counts.turned_back + row.counts.ended;
    rows.sort_by(|a, b| lost(b).cmp(&lost(a)).then_with(|| a.name.cmp(&b.name)));
    let (sessions, still_open) = (counted.sessions, counted.still_open);
    Ok(Friction { as_of: horizon.as_of, facts, sessions, still_open, rows })
}

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// Something new came next.
    WentOn,
    /// Something done before came next.
    TurnedBack,
    /// The session ended.
    Ended,
}

/// The keys of the customers with a visit to an event that became this, or with any.
pub(crate) async fn friction_customers(
    snapshot: &Snapshot,
    ask: &FrictionAsk,
    name: &str,
    became: Option<Became>,
) -> Result<Vec<u32>, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    let reader = VisitReader::new(snapshot, ask, facts, &horizon)?;
    let (scan, name) = (reader.reader.scan.clone(), name.to_owned());
    let pick = Pick::new(move |run: &Run<'_>, scratch: &mut VisitScratch| {
        let mut found = false;
        reader.each(run, scratch, |seen| {
            if let Seen::Session { visits, .. } = seen {
                let is = |visit: &Visit| reader.reader.name(run, visit.row as usize) == name;
                found |= visits.iter().any(|visit| is(visit) && became.is_none_or(|became| visit.became == became));
            }
        });
        found
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

/// Reads the visits of customers, session by session.
#[derive(Debug, Clone)]
struct VisitReader {
    reader: DoingReader,
    cutter: Cutter,
    stall: i64,
    over: Option<Period>,
    zone: Zone,
}

/// One visit.
#[derive(Debug, Clone, Copy)]
struct Visit {
    row: u32,
    became: Became,
    repeated: bool,
    stalled: bool,
}

#[derive(Debug, Default)]
struct VisitScratch {
    acts: Vec<Act>,
    visits: Vec<Visit>,
    codes: Vec<Code>,
}

/// One session.
enum Seen<'a> {
    /// It may still go on.
    Open,
    /// It is over.
    Session { visits: &'a [Visit], reached: bool },
}

impl VisitReader {
    fn new(
        snapshot: &Snapshot,
        ask: &FrictionAsk,
        facts: Facts,
        horizon: &Horizon,
    ) -> Result<VisitReader, MetricError> {
        let goal: Vec<Doing> = ask.goal.iter().cloned().collect();
        let reader = DoingReader::new(facts, &goal, Sees::All, snapshot, &ask.scope, horizon)?;
        let zone = snapshot.zone().clone();
        let cutter = Cutter::new(ask.gap, horizon, &zone);
        Ok(VisitReader { reader, cutter, stall: ask.stall.micros(), over: ask.over, zone })
    }

    /// Every session of one customer.
    fn each(&self, run: &Run<'_>, scratch: &mut VisitScratch, mut tell: impl FnMut(Seen<'_>)) {
        let VisitScratch { acts, visits, .. } = scratch;
        self.reader.acts(run, Sees::All, acts);
        if acts.windows(2).any(|pair| pair[0].at == pair[1].at) {
            acts.sort_by(|a, b| {
                let name = |act: &Act| self.reader.name(run, act.row as usize);
                a.at.cmp(&b.at).then_with(|| name(a).cmp(name(b))).then(b.mask.cmp(&a.mask))
            });
        }
        let ats = self.reader.ats(run);
        let mut from = 0;
        while from < acts.len() {
            let end = self.cutter.end(ats, from);
            let session = &acts[from..end];
            from = end;
            let began = self.zone.date(Instant(session[0].at));
            if self.over.is_some_and(|over| !over.contains(began)) {
                continue;
            }
            if !self.cutter.over(session[session.len() - 1].at) {
                tell(Seen::Open);
                continue;
            }
            let goal = session.iter().position(|act| act.mask != 0);
            self.visits(run, session, goal, visits);
            tell(Seen::Session { visits, reached: goal.is_some() });
        }
    }

    /// The visits of a session before its goal.
    fn visits(&self, run: &Run<'_>, session: &[Act], goal: Option<usize>, into: &mut Vec<Visit>) {
        into.clear();
        let name = |act: &Act| self.reader.name(run, act.row as usize);
        let end = goal.unwrap_or(session.len());
        let mut from = 0;
        while from < end {
            let same = session[from..end].iter().take_while(|act| name(act) == name(&session[from])).count();
            let (last, next) = (&session[from + same - 1], session.get(from + same));
            let known = |next: &Act| into.iter().any(|visit| self.reader.name(run, visit.row as usize) == name(next));
            let became = match next {
                None => Became::Ended,
                Some(next) if goal != Some(from + same) && known(next) => Became::TurnedBack,
                Some(_) => Became::WentOn,
            };
            let stalled = next.is_some_and(|next| next.at - last.at > self.stall);
            into.push(Visit { row: session[from].row, became, repeated: same > 1, stalled });
            from += same;
        }
    }
}

struct FrictionMachine {
    reader: VisitReader,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Counted {
    names: Names,
    /// By code, the first for code 1.
    counts: Vec<FrictionCounts>,
    sessions: Share,
    still_open: u64,
    #[serde(skip)]
    scratch: VisitScratch,
}

fn at(list: &mut Vec<FrictionCounts>, code: Code) -> &mut FrictionCounts {
    let place = usize::from(code.max(1)) - 1;
    if place >= list.len() {
        list.resize(place + 1, FrictionCounts::default());
    }
    &mut list[place]
}

impl Machine for FrictionMachine {
    type Partial = Counted;

    fn start(&self) -> Counted {
        Counted::default()
    }

    fn customer(&self, partial: &mut Counted, run: &Run<'_>) {
        let mut scratch = std::mem::take(&mut partial.scratch);
        let mut codes = std::mem::take(&mut scratch.codes);
        self.reader.each(run, &mut scratch, |seen| {
            let Seen::Session { visits, reached } = seen else {
                partial.still_open += 1;
                return;
            };
            partial.sessions.whole += 1;
            partial.sessions.part += u64::from(reached);
            codes.clear();
            for visit in visits {
                let code = partial.names.code(self.reader.reader.name(run, visit.row as usize));
                let first = !codes.contains(&code);
                codes.extend(first.then_some(code));
                at(&mut partial.counts, code).add(FrictionCounts {
                    visits: 1,
                    went_on: u64::from(visit.became == Became::WentOn),
                    turned_back: u64::from(visit.became == Became::TurnedBack),
                    ended: u64::from(visit.became == Became::Ended),
                    repeated: u64::from(visit.repeated),
                    stalled: u64::from(visit.stalled),
                    sessions: u64::from(first),
                    reached: u64::from(first && reached),
                });
            }
        });
        scratch.codes = codes;
        partial.scratch = scratch;
    }

    fn merge(&self, into: &mut Counted, other: Counted) {
        into.sessions.part += other.sessions.part;
        into.sessions.whole += other.sessions.whole;
        into.still_open += other.still_open;
        let translated = into.names.translate(&other.names);
        for (counts, code) in other.counts.into_iter().zip(translated) {
            at(&mut into.counts, code).add(counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, events};
    use proptest::prelude::*;

    /// Rows as `name visits on back ended repeated stalled sessions reached`.
    fn check(lines: &str, ask: &FrictionAsk, expected: &[&str]) -> Friction {
        let found = answer(friction(&events(&(lines.to_owned() + "\nzoe 2024-12-31 other")), ask)).unwrap();
        let row = |row: &FrictionRow| {
            let c = row.counts;
            let numbers = [c.visits, c.went_on, c.turned_back, c.ended, c.repeated, c.stalled, c.sessions, c.reached];
            format!("{} {}", row.name, numbers.map(|number| number.to_string()).join(" "))
        };
        assert_eq!(found.rows.iter().map(row).collect::<Vec<_>>(), expected);
        found
    }

    const TWO: &str = "ana 2024-01-01T10:00 view\nana 2024-01-01T10:01 add\nana 2024-01-01T10:02 view\n\
                       ben 2024-01-01T10:00 view\nben 2024-01-01T10:01 add\nben 2024-01-01T10:07 add\nben 2024-01-01T10:13 pay\n\
                       ben 2024-01-01T10:14 view";

    #[test]
    fn worked_example() {
        let goal = FrictionAsk { goal: Some(Doing::named("pay")), ..FrictionAsk::default() };
        let found = check(TWO, &goal, &["add 2 1 1 0 1 1 2 1", "view 3 2 0 1 0 0 2 1"]);
        assert_eq!((found.sessions, found.still_open), (Share { part: 1, whole: 2 }, 1));
        // Without a goal Ben's way back from paying counts too.
        check(TWO, &FrictionAsk::default(), &["view 4 2 0 2 0 0 2 0", "add 2 1 1 0 1 1 2 0", "pay 1 0 1 0 0 0 1 0"]);
        let shop = events(&format!("{TWO}\nzoe 2024-12-31 other"));
        let customers = |became| answer(friction_customers(&shop, &goal, "add", became)).unwrap().len();
        assert_eq!((customers(None), customers(Some(Became::TurnedBack)), customers(Some(Became::Ended))), (2, 1, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Each visit became exactly one thing, every session that is over ends once or reaches the goal, and the order of
        /// rows is nothing.
        #[test]
        fn visits_add_up(facts in prop::collection::vec((0u8..4, 0i64..600, 0usize..4), 1..60), with_goal: bool) {
            let names = ["a", "b", "c", "d"];
            let line = |(who, minute, name): &(u8, i64, usize)| {
                format!("c{who} 2024-01-01T{:02}:{:02} {}", minute / 60, minute % 60, names[*name])
            };
            let mut lines: Vec<String> = facts.iter().map(line).collect();
            lines.push("zoe 2024-12-31 other".into());
            let goal = with_goal.then(|| Doing::named("d"));
            let ask = FrictionAsk { goal, ..FrictionAsk::default() };
            let found = answer(friction(&events(&lines.join("\n")), &ask)).unwrap();
            let mut ended = 0;
            for row in &found.rows {
                let c = row.counts;
                prop_assert_eq!(c.visits, c.went_on + c.turned_back + c.ended, "{}", row.name);
                prop_assert!(c.repeated <= c.visits && c.stalled <= c.visits - c.ended && c.reached <= c.sessions && c.sessions <= c.visits);
                ended += c.ended;
            }
            prop_assert_eq!(ended + found.sessions.part, found.sessions.whole);
            lines.reverse();
            prop_assert_eq!(answer(friction(&events(&lines.join("\n")), &ask)).unwrap(), found);
        }
    }
}
