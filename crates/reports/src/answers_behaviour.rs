//! From what a question about behaviour counted to an answer.

use metrics::cohort_difference::{self, CohortDifference, CohortDifferenceAsk};
use metrics::cohorts::CohortKey;
use metrics::event_retention::{self, Clock, Entry, EventRetention, EventRetentionAsk, EventRow, Measure};
use metrics::friction::{self, Friction, FrictionAsk};
use metrics::funnel::{self, Funnel, FunnelAsk, FunnelGroup, FunnelMode};
use metrics::paths::{self, Next, PathNode, Paths, PathsAsk, Reach};
use metrics::sessions::{self, Sessions, SessionsRow};
use metrics::stayed_did::{self, StayedDid, StayedDidAsk};
use metrics::{Doing, Facts, doing};
use terms::{Estimate, Share};

use crate::answers::{cohort_name, days, few};
use crate::{Answer, Value};

/// What the row of all together is called where it is no average.
const ALL: &str = "(all)";

fn facts_word(facts: Facts) -> &'static str {
    facts.view()
}

/// Says that some may still go on, when there are any.
fn still_open(answer: Answer, open: u64, what: &str) -> Answer {
    let words = format!("{open} {what} may still go on: they are in no share");
    answer.flag("still_open", (open > 0).then_some(words))
}

fn value_of(estimate: Option<Estimate>, of: fn(Estimate) -> f64) -> Value {
    estimate.map(of).into()
}

/// A funnel: everybody, then each group.
pub fn funnel_answer(found: &Funnel, ask: &FunnelAsk) -> Answer {
    let mode = FunnelMode::ALL.iter().find(|(mode, _)| *mode == ask.mode).map(|(_, word)| *word);
    let (first, last) = (found.total.steps.first(), found.total.steps.last());
    let conversion = last.map(|step| step.conversion).unwrap_or_default();
    let mut answer = Answer::of(&funnel::CARD, found.as_of)
        .term("through", "the steps, in order", doing::joined(&ask.steps))
        .term("within", "how long after the first step the last may come", ask.within.to_string())
        .term("mode", "what may lie between, and which start counts", mode)
        .term("facts", "which facts are steps", facts_word(found.facts))
        .term("started", "customers who did the first step", first.map(|step| step.customers))
        .term("finished", "customers who did them all", last.map(|step| step.customers))
        .term("conversion", "finished, of those whose time is over", conversion)
        .term("still_open", "customers whose time since their first start is not over", found.still_open)
        .columns(&["group", "step", "event", "customers", "conversion", "from_previous", "median_seconds"]);
    answer.rows =
        std::iter::once(&found.total).chain(&found.groups).flat_map(|group| funnel_rows(group, &ask.steps)).collect();
    few(still_open(answer, found.still_open, "customers"), conversion)
}

fn funnel_rows(group: &FunnelGroup, steps: &[Doing]) -> Vec<Vec<Value>> {
    let name = if group.key == CohortKey::Everybody { ALL.to_owned() } else { cohort_name(&group.key) };
    let row = |(place, (step, doing)): (usize, (&funnel::FunnelStep, &Doing))| {
        vec![
            name.clone().into(),
            Value::Count(place as u64 + 1),
            doing.to_string().into(),
            step.customers.into(),
            step.conversion.into(),
            step.from_previous.into(),
            step.median_seconds.into(),
        ]
    };
    group.steps.iter().zip(steps).enumerate().map(row).collect()
}

/// Event retention, one row a cell; the pooled row last.
pub fn event_retention_answer(found: &EventRetention, ask: &EventRetentionAsk) -> Answer {
    let median = found.without_return.median().map(|median| median.time);
    let mut answer = Answer::of(&event_retention::CARD, found.as_of)
        .term("begin", "what an entry is", ask.begin.to_string())
        .term("back", "what a return is", ask.back.to_string())
        .term("facts", "which facts", facts_word(found.facts))
        .term("entry", "which starts are entries", entry_word(ask.entry))
        .term("clock", "how steps are counted", clock_words(ask.clock))
        .term("measure", "what counts as returned", measure_word(&ask.measure))
        .term("customers", "customers who entered", found.customers)
        .term("entries", "entries", found.average.size)
        .term("median_step", "step by which half have returned, by Kaplan–Meier", median)
        .columns(&[
            "cohort",
            "size",
            "step",
            "complete",
            "eligible",
            "returned",
            "retention",
            "open",
            "open_returned",
            "returned_by_then",
        ]);
    answer.rows = found.rows.iter().flat_map(|row| event_rows(row, found, ask)).collect();
    answer.rows.extend(event_rows(&found.average, found, ask));
    answer
}

fn event_rows(row: &EventRow, found: &EventRetention, ask: &EventRetentionAsk) -> Vec<Vec<Value>> {
    let name = cohort_name(&row.key);
    let pooled = row.key == CohortKey::Everybody;
    let cell = |(place, cell): (usize, &event_retention::EventCell)| {
        let (step, last) = step_of(&ask.measure, place);
        let by_then = (pooled && found.without_return.total > 0).then(|| 1.0 - found.without_return.at(last).value);
        vec![
            name.clone().into(),
            row.size.into(),
            step,
            cell.complete().into(),
            cell.share.whole.into(),
            cell.share.part.into(),
            cell.share.into(),
            cell.open.whole.into(),
            cell.open.part.into(),
            by_then.into(),
        ]
    };
    row.cells.iter().enumerate().map(cell).collect()
}

/// How a cell is called, and its last step.
fn step_of(measure: &Measure, place: usize) -> (Value, f64) {
    match measure {
        Measure::Brackets { bounds } => match bounds.get(place..place + 2) {
            Some([from, to]) => (format!("{from}..{to}").into(), f64::from(*to) - 1.0),
            _ => (Value::Unknown, 0.0),
        },
        _ => (Value::Count(place as u64), place as f64),
    }
}

fn entry_word(entry: Entry) -> &'static str {
    match entry {
        Entry::First => "first",
        Entry::Every => "every",
    }
}

fn clock_words(clock: Clock) -> String {
    match clock {
        Clock::Calendar { grain } => format!("calendar {}", grain.word()),
        Clock::Rolling { days } => format!("rolling, {} hours a step", u64::from(days) * 24),
    }
}

fn measure_word(measure: &Measure) -> &'static str {
    match measure {
        Measure::On => "on",
        Measure::OnOrAfter => "on-or-after",
        Measure::OnOrBefore => "on-or-before",
        Measure::Streak => "streak",
        Measure::Brackets { .. } => "brackets",
    }
}

/// Sessions.
pub fn sessions_answer(found: &Sessions) -> Answer {
    let total = &found.total;
    let each = (total.customers > 0).then(|| total.sessions as f64 / total.customers as f64);
    let mut answer = Answer::of(&sessions::CARD, found.as_of)
        .term("gap", "the longest pause within a session", found.gap.to_string())
        .term("facts", "which facts", facts_word(found.facts))
        .term("period", "the days in which they began", days(total.period))
        .term("sessions", "sessions that are over", total.sessions)
        .term("customers", "customers with one", total.customers)
        .term("events", "what was done in them", total.events)
        .term("sessions_per_customer", "sessions for each customer, mean", each)
        .term("single", "sessions of a single event", total.single)
        .term("median_events", "events of the session in the middle", total.median_events)
        .term("median_seconds", "its length, from the first to the last event", total.median_seconds)
        .term("still_open", "sessions that may still go on", found.still_open)
        .columns(&[
            "period",
            "complete",
            "sessions",
            "customers",
            "events",
            "single",
            "median_events",
            "median_seconds",
        ]);
    let row = |row: &SessionsRow| {
        vec![
            row.period.into(),
            row.complete.into(),
            row.sessions.into(),
            row.customers.into(),
            row.events.into(),
            row.single.into(),
            row.median_events.into(),
            row.median_seconds.into(),
        ]
    };
    answer.rows = found.rows.iter().map(row).collect();
    if answer.rows.is_empty() {
        answer.columns.clear();
    }
    still_open(answer, found.still_open, "sessions")
}

/// Paths: branches first, then the most frequent whole ways.
pub fn paths_answer(found: &Paths, ask: &PathsAsk) -> Answer {
    let reach = match ask.reach {
        Reach::Session { gap } => format!("the session, pauses up to {gap}"),
        Reach::Within { within } => format!("{within} from the anchor"),
    };
    let direction = match ask.direction {
        paths::Direction::Forward => "forward",
        paths::Direction::Backward => "backward",
    };
    let mut answer = Answer::of(&paths::CARD, found.as_of)
        .term("anchor", "where ways begin", ask.anchor.to_string())
        .term("direction", "which way to look", direction)
        .term("reach", "how far", reach)
        .term("facts", "which facts", facts_word(found.facts))
        .term("customers", "customers with a way", found.customers)
        .term("ways", "ways", found.ways)
        .term("different", "different ways", found.different)
        .term("still_open", "ways that may still go on", found.still_open)
        .columns(&["kind", "step", "after", "next", "ways", "share", "of_all"]);
    let branch = |node: &PathNode| {
        let (kind, next) = match &node.next {
            Next::Event(name) => ("event", Value::from(name.as_str())),
            Next::Rest { events } => ("rest", format!("(everything else: {events})").into()),
            Next::End => ("end", "(end)".into()),
        };
        let of_all = Share { part: node.share.part, whole: found.ways };
        vec![
            kind.into(),
            Value::Count(node.after.len() as u64 + 1),
            way_text(&node.after).into(),
            next,
            node.share.part.into(),
            node.share.into(),
            of_all.into(),
        ]
    };
    let way = |way: &paths::Way| {
        let steps = Value::Count(way.events.len() as u64);
        vec![
            "way".into(),
            steps,
            way_text(&way.events).into(),
            Value::Unknown,
            way.share.part.into(),
            way.share.into(),
            way.share.into(),
        ]
    };
    answer.rows = found.nodes.iter().map(branch).chain(found.top.iter().map(way)).collect();
    still_open(answer, found.still_open, "ways")
}

/// A way as text that can be asked for again.
fn way_text(events: &[String]) -> String {
    doing::joined(&events.iter().map(|name| Doing::named(name)).collect::<Vec<_>>())
}

/// Friction.
pub fn friction_answer(found: &Friction, ask: &FrictionAsk) -> Answer {
    let mut answer = Answer::of(&friction::CARD, found.as_of)
        .term("gap", "the longest pause within a session", ask.gap.to_string())
        .term("stall", "a pause longer than this is a wait", ask.stall.to_string())
        .term("goal", "what sessions are for", ask.goal.as_ref().map(ToString::to_string))
        .term("facts", "which facts", facts_word(found.facts))
        .term("sessions", "sessions that are over", found.sessions.whole)
        .term("reached", "of these, with the goal", ask.goal.as_ref().map(|_| found.sessions))
        .term("still_open", "sessions that may still go on", found.still_open)
        .columns(&["event", "visits", "went_on", "turned_back", "ended", "repeated", "stalled", "sessions", "reached"]);
    let row = |row: &friction::FrictionRow| {
        let counts = row.counts;
        let of_visits = |part: u64| Value::from(counts.of_visits(part));
        let reached = Share { part: counts.reached, whole: counts.sessions };
        vec![
            row.name.clone().into(),
            counts.visits.into(),
            of_visits(counts.went_on),
            of_visits(counts.turned_back),
            of_visits(counts.ended),
            of_visits(counts.repeated),
            of_visits(counts.stalled),
            counts.sessions.into(),
            ask.goal.as_ref().map(|_| reached).into(),
        ]
    };
    answer.rows = found.rows.iter().map(row).collect();
    still_open(answer, found.still_open, "sessions")
}

/// What those who stayed did, with the figures of the half that was not searched.
pub fn stayed_did_answer(found: &StayedDid, ask: &StayedDidAsk) -> Answer {
    let confirmed = found.found.iter().filter(|done| done.confirmed).count() as u64;
    let mut answer = Answer::of(&stayed_did::CARD, found.as_of)
        .term("begin", "what makes somebody begin", ask.begin.to_string())
        .term("back", "what somebody who stayed did later", ask.back.to_string())
        .term("within", "the first days", ask.within.to_string())
        .term(
            "stayed_days",
            "when after the beginning it must have been",
            format!("{}..{}", ask.stayed_from, ask.stayed_until),
        )
        .term("facts", "which facts", facts_word(found.facts))
        .term("stayed", "those who stayed, of all of whom it can be told", found.stayed)
        .term("not_yet", "began too recently to tell", found.not_yet)
        .term("looked_at", "how many things were looked at", found.looked_at)
        .term("found", "found on the half that was searched", found.found.len() as u64)
        .term("confirmed", "of these, confirmed on the other half", confirmed)
        .columns(&[
            "event",
            "times",
            "customers",
            "stayed_of_those_who_did",
            "stayed_of_the_others",
            "difference",
            "difference_low",
            "difference_high",
            "lift",
            "lift_low",
            "lift_high",
            "adjusted_p",
            "adjusted_p_held_out",
            "confirmed",
        ]);
    let row = |done: &stayed_did::Done| {
        vec![
            done.name.clone().into(),
            u64::from(done.times).into(),
            done.customers.into(),
            done.held_out.0.into(),
            done.held_out.1.into(),
            value_of(done.difference, |estimate| estimate.value),
            value_of(done.difference, |estimate| estimate.low),
            value_of(done.difference, |estimate| estimate.high),
            value_of(done.lift, |estimate| estimate.value),
            value_of(done.lift, |estimate| estimate.low),
            value_of(done.lift, |estimate| estimate.high),
            done.adjusted.into(),
            done.adjusted_held_out.into(),
            done.confirmed.into(),
        ]
    };
    answer.rows = found.found.iter().map(row).collect();
    let words = "correlation, not cause: those who did it stayed more or less often; only an experiment can say why";
    few(answer.flag("correlation", (!found.found.is_empty()).then(|| words.to_owned())), found.stayed)
}

/// Two groups beside each other.
pub fn cohort_difference_answer(found: &CohortDifference, ask: &CohortDifferenceAsk) -> Answer {
    let (a, b) = found.cells;
    let (step, _) = step_of(&ask.retention.measure, ask.cell as usize);
    let answer = Answer::of(&cohort_difference::CARD, found.as_of)
        .term("begin", "what an entry is", ask.retention.begin.to_string())
        .term("back", "what a return is", ask.retention.back.to_string())
        .term("facts", "which facts", facts_word(found.facts))
        .term("step", "which cell of event retention", step)
        .term("group_a", "the first group", ask.groups.0.clone())
        .term("group_b", "the second", ask.groups.1.clone())
        .term("returned_a", "returned, of the first", a.share)
        .term("returned_b", "returned, of the second", b.share)
        .term("difference", "by how much the rate of the first is larger", value_of(found.difference, |one| one.value))
        .term("difference_low", "lower end of its 95 % interval", value_of(found.difference, |one| one.low))
        .term("difference_high", "upper end of its 95 % interval", value_of(found.difference, |one| one.high))
        .term("test", "which test", found.tested.map(|tested| tested.method.word()))
        .term(
            "p_value",
            "how often chance alone sets equal rates so far apart",
            found.tested.map(|tested| tested.p_value),
        )
        .term("chi_square", "the statistic", found.tested.and_then(|tested| tested.chi_square));
    let open = a.open.whole + b.open.whole;
    let again = ask.retention.entry == Entry::Every;
    let repeated =
        again.then(|| "customers enter more than once: the test takes each entry for a customer of its own".to_owned());
    few(still_open(answer, open, "entries").flag("repeated_entries", repeated), smaller(a.share, b.share))
}

fn smaller(a: Share, b: Share) -> Share {
    if a.whole <= b.whole { a } else { b }
}
