//! Sessions: what somebody does without a longer pause, how often, how much and how long.

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use models::quantile::quantile_of_counts;
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Instant, Period, Share, Zone};

use crate::doing::Facts;
use crate::scope::{Horizon, Scope, Steps, Timeline, check_steps};
use crate::span::Span;
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "sessions",
    title: "Sessions",
    question: "How often do customers come, how much do they do, and how long do they stay?",
    formula: "a session ends where the next event comes later than the gap; sessions / customers with one",
    source: "sessions by inactivity, 30 minutes by custom; medians over sessions that are over",
    unit: Unit::Customers,
    example: "Ana does something at 10:00, 10:20, 10:50 and 11:21. With a gap of 30 minutes: two sessions, one of three \
              events and 50 minutes, and one of a single event.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsAsk {
    /// Which facts; the business's own without it.
    pub facts: Option<Facts>,
    /// The longest pause within a session.
    pub gap: Span,
    /// The steps of the answer; one for everything without it.
    pub grain: Option<Grain>,
    /// Only sessions that begin in these days.
    pub over: Option<Period>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

impl Default for SessionsAsk {
    fn default() -> SessionsAsk {
        SessionsAsk { facts: None, gap: GAP, grain: None, over: None, scope: Scope::default() }
    }
}

/// The pause that ends a session, by custom.
pub const GAP: Span = Span::HALF_HOUR;

/// Sessions that began in one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SessionsRow {
    /// The days.
    pub period: Period,
    /// Whether they are over.
    pub complete: bool,
    /// Sessions.
    pub sessions: u64,
    /// Customers who began one.
    pub customers: u64,
    /// What was done in them.
    pub events: u64,
    /// Sessions of a single event.
    pub single: Share,
    /// Events of the session in the middle; more than 10,000 count as that.
    pub median_events: Option<f64>,
    /// Seconds from the first to the last event of the session in the middle; more than four hours count as that.
    pub median_seconds: Option<f64>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sessions {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Which facts.
    pub facts: Facts,
    /// The pause.
    pub gap: Span,
    /// Sessions that may still go on: in no figure.
    pub still_open: u64,
    /// All steps together.
    pub total: SessionsRow,
    /// The steps, by time; empty without a grain.
    pub rows: Vec<SessionsRow>,
}

/// Sessions, by the step in which they begin.
///
/// Two facts of a customer belong to one session when the second comes no later than `gap` after the first. A session is
/// over when its last fact lies longer ago than that.
///
/// One pass; memory: at most 195 KB for each step met, and at most 500 steps.
///
/// # Errors
///
/// No facts; more than 500 steps.
pub async fn sessions(snapshot: &Snapshot, ask: &SessionsAsk) -> Result<Sessions, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let facts = ask.facts.unwrap_or_else(|| Facts::of(snapshot));
    facts.check(snapshot)?;
    let steps = Steps::new(ask.grain, snapshot.week(), ask.over, &horizon);
    let zone = snapshot.zone().clone();
    let machine = SessionMachine {
        cutter: Cutter::new(ask.gap, &horizon, &zone),
        before: zone.start_of(horizon.as_of).0,
        zone,
        steps: steps.clone(),
    };
    let scan = Scan::of(facts.view(), &["at"]).with_filter(ask.scope.filter.clone());
    let counted = snapshot.fold(&scan, machine).await?;
    if counted.full {
        return Err(MetricError::TooManySteps { steps: counted.rows.len(), max: STEPS_MAX });
    }
    check_steps(counted.rows.len())?;
    let period = |index: i32| steps.period(index);
    let mut all = Tally::default();
    let mut rows = Vec::new();
    for (index, tally) in counted.rows.ascending() {
        all.add(&tally);
        if ask.grain.is_some() {
            rows.push(tally.row(period(index), &horizon));
        }
    }
    all.customers = counted.customers;
    let whole = ask.over.unwrap_or(Period { start: Date(i32::MIN), end: horizon.as_of });
    let total = all.row(Period { start: whole.start, end: whole.end.min(horizon.as_of) }, &horizon);
    Ok(Sessions { as_of: horizon.as_of, facts, gap: ask.gap, still_open: counted.still_open, total, rows })
}

/// Cuts the facts of a customer into sessions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cutter {
    gap: i64,
    /// A session whose last fact lies at this instant or later may still go on.
    open_from: i64,
}

impl Cutter {
    pub fn new(gap: Span, horizon: &Horizon, zone: &Zone) -> Cutter {
        // Known up to a day that was asked for, or to the last fact: after that somebody may have gone on.
        let seen = horizon.seen.map_or(zone.start_of(horizon.as_of).0, |seen| seen.0);
        Cutter { gap: gap.micros(), open_from: seen.saturating_sub(gap.micros()) }
    }

    /// The first fact after the session that begins at `from`.
    pub fn end(&self, ats: &[i64], from: usize) -> usize {
        let pauses = ats[from..].windows(2).position(|pair| pair[1] - pair[0] > self.gap);
        pauses.map_or(ats.len(), |place| from + place + 1)
    }

    /// Whether a session with this last fact is over.
    pub fn over(&self, last: i64) -> bool {
        last < self.open_from
    }
}

/// Steps of one answer: each holds its own counts of lengths.
const STEPS_MAX: usize = 500;
/// The largest number of events, and of seconds, that is told apart.
const EVENTS_MAX: usize = 10_000;
const SECONDS_MAX: usize = 14_400;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Tally {
    sessions: u64,
    customers: u64,
    events: u64,
    /// Sessions by their number of events, and by their length in seconds.
    by_events: Vec<u64>,
    by_seconds: Vec<u64>,
}

fn count(list: &mut Vec<u64>, place: usize) {
    if place >= list.len() {
        list.resize(place + 1, 0);
    }
    list[place] += 1;
}

fn add(mine: &mut Vec<u64>, theirs: &[u64]) {
    if theirs.len() > mine.len() {
        mine.resize(theirs.len(), 0);
    }
    mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
}

impl Tally {
    fn count(&mut self, ats: &[i64]) {
        self.sessions += 1;
        self.events += ats.len() as u64;
        count(&mut self.by_events, ats.len().min(EVENTS_MAX));
        let seconds = (ats[ats.len() - 1] - ats[0]) / 1_000_000;
        count(&mut self.by_seconds, usize::try_from(seconds).unwrap_or_default().min(SECONDS_MAX));
    }

    fn add(&mut self, other: &Tally) {
        self.sessions += other.sessions;
        self.customers += other.customers;
        self.events += other.events;
        add(&mut self.by_events, &other.by_events);
        add(&mut self.by_seconds, &other.by_seconds);
    }

    fn row(&self, period: Period, horizon: &Horizon) -> SessionsRow {
        SessionsRow {
            period,
            complete: horizon.complete(period.end),
            sessions: self.sessions,
            customers: self.customers,
            events: self.events,
            single: Share { part: self.by_events.get(1).copied().unwrap_or(0), whole: self.sessions },
            median_events: quantile_of_counts(&self.by_events, 0.5),
            median_seconds: quantile_of_counts(&self.by_seconds, 0.5),
        }
    }
}

struct SessionMachine {
    cutter: Cutter,
    before: i64,
    zone: Zone,
    steps: Steps,
}

#[derive(Debug, Serialize, Deserialize)]
struct Counted {
    rows: Timeline<Tally>,
    /// Customers with a session in any step.
    customers: u64,
    still_open: u64,
    /// Whether there are more steps than may be kept: the answer is a refusal.
    full: bool,
}

const AT: Slot = 0;

impl Machine for SessionMachine {
    type Partial = Counted;

    fn start(&self) -> Counted {
        Counted { rows: Timeline::new(self.steps.last()), customers: 0, still_open: 0, full: false }
    }

    fn customer(&self, partial: &mut Counted, run: &Run<'_>) {
        let ats = run.i64(AT);
        let ats = &ats[..ats.partition_point(|at| *at < self.before)];
        let (mut from, mut last) = (0, None);
        while from < ats.len() && !partial.full {
            let end = self.cutter.end(ats, from);
            let session = &ats[from..end];
            from = end;
            let Some(step) = self.steps.index(self.zone.date(Instant(session[0])).0) else { continue };
            if !self.cutter.over(session[session.len() - 1]) {
                partial.still_open += 1;
                continue;
            }
            let tally = partial.rows.at(step);
            tally.count(session);
            tally.customers += u64::from(last != Some(step));
            partial.customers += u64::from(last.is_none());
            last = Some(step);
            partial.full = partial.rows.len() > STEPS_MAX;
        }
    }

    fn merge(&self, into: &mut Counted, other: Counted) {
        into.rows.merge(other.rows, |mine, theirs| mine.add(&theirs));
        into.customers += other.customers;
        into.still_open += other.still_open;
        into.full |= other.full;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, events, period};
    use proptest::prelude::*;

    /// A row as `sessions customers events single median-events median-seconds`.
    fn row(row: &SessionsRow) -> String {
        let number = |number: Option<f64>| number.map_or("-".to_owned(), |number| number.to_string());
        let (events, seconds) = (number(row.median_events), number(row.median_seconds));
        format!("{} {} {} {} {events} {seconds}", row.sessions, row.customers, row.events, row.single.part)
    }

    const ANA: &str =
        "ana 2024-01-01T10:00 a\nana 2024-01-01T10:20 b\nana 2024-01-01T10:50 a\nana 2024-01-01T11:21 c\n";

    #[test]
    fn worked_example() {
        // Zoe's event is the last that is known: her session may still go on, and Ana's are over.
        let app = events(&format!("{ANA}zoe 2024-01-02 a"));
        let found = answer(sessions(&app, &SessionsAsk::default())).unwrap();
        assert_eq!((row(&found.total).as_str(), found.still_open), ("2 1 4 1 2 1500", 1));
        // A minute more of patience makes one session of it.
        let gap = "31m".parse().unwrap();
        let found = answer(sessions(&app, &SessionsAsk { gap, ..SessionsAsk::default() })).unwrap();
        assert_eq!(row(&found.total), "1 1 4 0 4 4860");
    }

    #[test]
    fn a_session_belongs_to_the_step_it_begins_in() {
        let app = events(
            "ana 2024-01-01T23:50 a\nana 2024-01-02T00:10 a\nana 2024-01-02T09:00 a\nben 2024-01-03 a\nzoe 2024-01-05 a",
        );
        let daily = SessionsAsk { grain: Some(Grain::Day), ..SessionsAsk::default() };
        let found = answer(sessions(&app, &daily)).unwrap();
        let rows: Vec<String> = found.rows.iter().map(row).collect();
        assert_eq!(rows, ["1 1 2 0 2 1200", "1 1 1 1 1 0", "1 1 1 1 1 0", "0 0 0 0 - -", "0 0 0 0 - -"]);
        assert_eq!(row(&found.total), "3 2 4 2 1 0");
        let over = Some(period("2024-01-02"));
        let found = answer(sessions(&app, &SessionsAsk { over, ..daily })).unwrap();
        assert_eq!((found.rows.len(), row(&found.total).as_str()), (1, "1 1 1 1 1 0"));
    }

    #[test]
    fn whoever_may_go_on_is_in_no_figure() {
        // As of midnight: Ana's last event lies exactly 30 minutes ago, so another may come with it; Ben's lies longer ago.
        let app = events("ana 2024-01-01T23:30 a\nben 2024-01-01T23:29 a\nzoe 2024-02-01 a");
        let scope = Scope::as_of(date("2024-01-02"));
        let found = answer(sessions(&app, &SessionsAsk { scope, ..SessionsAsk::default() })).unwrap();
        assert_eq!((found.total.sessions, found.still_open), (1, 1));
        assert_eq!(answer(sessions(&events(""), &SessionsAsk::default())).unwrap_err().code(), "no_facts");
        // Far more days than an answer may hold.
        let long = events("ana 1990-01-01 a\nzoe 2024-02-01 a");
        let daily = SessionsAsk { grain: Some(Grain::Day), ..SessionsAsk::default() };
        assert_eq!(answer(sessions(&long, &daily)).unwrap_err().code(), "too_many_steps");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Sessions cut one by one; every event is in one, and steps add up to the whole.
        #[test]
        fn sessions_are_cut_at_each_long_pause(facts in prop::collection::vec((0u8..4, 0i64..3_000), 1..60), gap in 1i64..200) {
            let base = date("2024-01-01");
            let line = |(who, minute): &(u8, i64)| {
                let day = base.plus((minute / 1_440) as i32);
                format!("c{who} {day}T{:02}:{:02} a", minute / 60 % 24, minute % 60)
            };
            let mut lines: Vec<String> = facts.iter().map(line).collect();
            lines.push("zoe 2024-03-01 a".into());
            let ask = SessionsAsk { gap: format!("{gap}m").parse().unwrap(), grain: Some(Grain::Day), ..SessionsAsk::default() };
            let found = answer(sessions(&events(&lines.join("\n")), &ask)).unwrap();
            let (mut count, mut single, mut people) = (0, 0, 0);
            for who in 0..4u8 {
                // The same minute twice in one import is two facts.
                let mut minutes: Vec<i64> = facts.iter().filter(|f| f.0 == who).map(|f| f.1).collect();
                minutes.sort_unstable();
                let begins = |place: usize| place == 0 || minutes[place] - minutes[place - 1] > gap;
                let ends = |place: usize| place + 1 == minutes.len() || begins(place + 1);
                count += (0..minutes.len()).filter(|place| begins(*place)).count() as u64;
                single += (0..minutes.len()).filter(|place| begins(*place) && ends(*place)).count() as u64;
                people += u64::from(!minutes.is_empty());
            }
            prop_assert_eq!((found.total.sessions, found.total.single.part, found.total.customers), (count, single, people));
            prop_assert_eq!(found.rows.iter().map(|row| row.sessions).sum::<u64>(), count);
            prop_assert_eq!(found.rows.iter().map(|row| row.events).sum::<u64>(), found.total.events);
            lines.reverse();
            prop_assert_eq!(answer(sessions(&events(&lines.join("\n")), &ask)).unwrap(), found);
        }
    }
}
