//! Who is a customer "now": three rules, all turned into spells of days.
//!
//! Every rule becomes, for each customer, sorted disjoint runs of days *at whose start the customer is active*. Active
//! customers, retention and churn are then counts over such runs, the same for a shop, a subscription and an app.

use history::Scan;
use std::fmt;
use std::str::FromStr;

use history::Snapshot;
use history::fold::{Machine, Run, Slot};
use serde::{Deserialize, Serialize};
use terms::{Instant, Zone};

use crate::MetricError;
use crate::scope::{Horizon, Scope};

/// The rule asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Activity {
    /// Active from the day after the start of service to the day it ends; several subscriptions count as one.
    Contract,
    /// Active for `window_days` after a purchase.
    Purchase {
        /// The window; without it, found from this business's own gaps: see [`Window`].
        window_days: Option<u32>,
    },
    /// Active for `window_days` after an event.
    Event {
        /// The window; without it, found from this business's own gaps.
        window_days: Option<u32>,
        /// Only events of this name; any without it.
        name: Option<String>,
    },
}

/// As an address and the command line write it: `contract`, `purchase`, `purchase:90`, `event`, `event:30`,
/// `event:30:login`.
impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, days, name) = match self {
            Activity::Contract => ("contract", None, None),
            Activity::Purchase { window_days } => ("purchase", *window_days, None),
            Activity::Event { window_days, name } => ("event", *window_days, name.as_deref()),
        };
        f.write_str(word)?;
        match (days, name) {
            (None, None) => Ok(()),
            (Some(days), None) => write!(f, ":{days}"),
            (days, Some(name)) => write!(f, ":{}:{name}", days.map(|days| days.to_string()).unwrap_or_default()),
        }
    }
}

impl FromStr for Activity {
    type Err = MetricError;

    fn from_str(text: &str) -> Result<Activity, MetricError> {
        let wrong = || MetricError::UnknownRule(text.to_owned());
        let mut parts = text.splitn(3, ':');
        let (word, days, name) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let window_days = days.filter(|days| !days.is_empty()).map(str::parse).transpose().map_err(|_| wrong())?;
        match (word, name) {
            ("contract", None) if days.is_none() => Ok(Activity::Contract),
            ("purchase", None) => Ok(Activity::Purchase { window_days }),
            ("event", name) => Ok(Activity::Event { window_days, name: name.map(str::to_owned) }),
            _ => Err(wrong()),
        }
    }
}

/// The rule that was used, its window found. Shown with every figure it decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityRule {
    /// The rule.
    #[serde(flatten)]
    pub activity: Activity,
    /// The window and where it comes from; nothing for contracts.
    pub window: Option<Window>,
}

/// How long a customer stays one without buying, and why so long.
///
/// Nine tenths of this business's gaps between two days with an order (or event) are no longer than it. Customers who
/// have not come back count with the gap that is still open (Kaplan–Meier over all gaps), because leaving them out
/// would make everybody look faster than they are. Never less than 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Days.
    pub days: u32,
    /// Where the number comes from.
    pub basis: WindowBasis,
    /// Gaps that ended, and gaps still open, that it rests on.
    pub gaps: (u64, u64),
}

/// Where a window comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowBasis {
    /// It was asked for.
    Asked,
    /// The 90th percentile of all gaps, open ones included.
    AllGaps,
    /// The 90th percentile of the gaps that ended: so many customers never came back that all gaps have none.
    EndedGaps,
    /// The least there is: 30 days. The percentile was shorter, or there are no gaps to learn from.
    Minimum,
}

/// The shortest window that is ever chosen.
pub const WINDOW_MIN_DAYS: u32 = 30;

/// Days `d` with `from ≤ d < to` at whose start a customer is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spell {
    pub from: i32,
    pub to: i32,
}

/// The spells of one customer. Reused from customer to customer, so that a fold allocates nothing for each.
#[derive(Debug, Default)]
pub(crate) struct Spells {
    /// The first day of activity: of the first purchase, event or start of service.
    pub first: i32,
    /// Sorted, disjoint, never touching.
    pub list: Vec<Spell>,
    days: Vec<i32>,
}

impl Spells {
    /// Whether the customer is active at the start of `day`.
    pub fn holds(&self, day: i32) -> bool {
        let after = self.list.partition_point(|spell| spell.to <= day);
        self.list.get(after).is_some_and(|spell| spell.from <= day)
    }
}

impl Activity {
    /// The rule for this business when none is asked for: contracts if there are any, then orders, then events.
    pub fn of(snapshot: &Snapshot) -> Activity {
        if snapshot.has("subscription_changes") {
            Activity::Contract
        } else if snapshot.has("orders") || !snapshot.has("events") {
            Activity::Purchase { window_days: None }
        } else {
            Activity::Event { window_days: None, name: None }
        }
    }

    /// Settles the rule: finds the window where none is given. One pass when it has to be found, none otherwise.
    pub async fn settle(
        asked: Option<&Activity>,
        snapshot: &Snapshot,
        scope: &Scope,
    ) -> Result<ActivityRule, MetricError> {
        let activity = asked.cloned().unwrap_or_else(|| Activity::of(snapshot));
        let days = match &activity {
            Activity::Contract => return Ok(ActivityRule { activity, window: None }),
            Activity::Purchase { window_days } | Activity::Event { window_days, .. } => *window_days,
        };
        let window = match days {
            Some(0) => return Err(MetricError::Zero { what: "the window" }),
            Some(days) => Window { days, basis: WindowBasis::Asked, gaps: (0, 0) },
            None => {
                let horizon = Horizon::of(snapshot, scope.as_of);
                let reader = DayReader::new(&activity, snapshot, scope, &horizon);
                let scan = reader.scan.clone();
                Gaps::window(&snapshot.fold(&scan, GapMachine { reader }).await?)
            }
        };
        Ok(ActivityRule { activity, window: Some(window) })
    }
}

impl ActivityRule {
    /// The rule with the window that was found written into it: whoever is given it finds none again.
    pub fn settled(&self) -> Activity {
        let window_days = self.window.map(|window| window.days);
        match self.activity.clone() {
            Activity::Contract => Activity::Contract,
            Activity::Purchase { .. } => Activity::Purchase { window_days },
            Activity::Event { name, .. } => Activity::Event { window_days, name },
        }
    }

    /// The facts it needs, for people.
    pub(crate) fn facts(&self) -> &'static str {
        match self.activity {
            Activity::Contract => "subscription changes",
            Activity::Purchase { .. } => "orders",
            Activity::Event { .. } => "events",
        }
    }

    /// Refuses a rule whose facts are not there at all.
    pub(crate) fn check(&self, snapshot: &Snapshot) -> Result<(), MetricError> {
        let view = match self.activity {
            Activity::Contract => "subscription_changes",
            Activity::Purchase { .. } => "orders",
            Activity::Event { .. } => "events",
        };
        if snapshot.has(view) { Ok(()) } else { Err(MetricError::NoFacts { facts: self.facts() }) }
    }
}

/// Reads the days on which a customer ordered or did something, sorted; a day may come twice.
#[derive(Debug, Clone)]
pub(crate) struct DayReader {
    /// What to scan.
    pub scan: Scan,
    horizon: Horizon,
    /// Where days must be made of instants: the zone.
    instants: Option<Zone>,
}

/// Which views days are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Views {
    /// The small views of distinct days where they can answer.
    Smallest,
    /// The facts themselves, for those who need another column of them.
    Facts,
}

const FIRST: Slot = 0;

impl DayReader {
    /// For the days of a rule. Contracts have no such days: theirs are the days of any change.
    pub fn new(activity: &Activity, snapshot: &Snapshot, scope: &Scope, horizon: &Horizon) -> DayReader {
        DayReader::over(activity, snapshot, scope, horizon, Views::Smallest)
    }

    /// The same, over the views of one's choice.
    pub fn over(activity: &Activity, snapshot: &Snapshot, scope: &Scope, horizon: &Horizon, views: Views) -> DayReader {
        let filter = scope.filter.clone();
        // Without a condition the small views of distinct days answer, whatever the number of facts.
        let small = filter.is_none() && views == Views::Smallest;
        let (view, column, filter) = match activity {
            Activity::Purchase { .. } if small => ("order_days", "day", None),
            Activity::Purchase { .. } => ("orders", "day", filter),
            Activity::Event { name: None, .. } if small => ("event_days", "day", None),
            Activity::Event { name, .. } => ("events", "at", named(name.as_deref(), filter)),
            Activity::Contract => ("subscription_changes", "at", filter),
        };
        let scan = Scan::of(view, &[column]).with_filter(filter);
        let instants = (column == "at").then(|| snapshot.zone().clone());
        DayReader { scan, horizon: horizon.clone(), instants }
    }

    /// The first day of one customer, if it lies before the horizon.
    pub fn first(&self, run: &Run<'_>) -> Option<i32> {
        let first = match &self.instants {
            None => run.i32(FIRST).first().copied(),
            Some(zone) => run.i64(FIRST).first().map(|at| zone.date(Instant(*at)).0),
        };
        first.filter(|day| *day < self.horizon.as_of.0)
    }

    /// The days of one customer before the horizon.
    pub fn days<'a>(&self, run: &Run<'a>, scratch: &'a mut Vec<i32>) -> &'a [i32] {
        let days: &'a [i32] = match &self.instants {
            None => run.i32(FIRST),
            Some(zone) => {
                scratch.clear();
                scratch.extend(run.i64(FIRST).iter().map(|at| zone.date(Instant(*at)).0));
                scratch
            }
        };
        &days[..self.horizon.visible(days)]
    }
}

/// A condition with an event name in it. Quotes are doubled, so that a name can hold any character.
fn named(name: Option<&str>, filter: Option<String>) -> Option<String> {
    let Some(name) = name else { return filter };
    let named = format!("name = '{}'", name.replace('\'', "''"));
    Some(filter.map_or(named.clone(), |filter| format!("({filter}) and {named}")))
}

/// Turns the rows of one customer into spells, by any rule.
#[derive(Debug, Clone)]
pub(crate) struct SpellReader {
    kind: SpellKind,
    /// What to scan.
    pub scan: Scan,
}

#[derive(Debug, Clone)]
enum SpellKind {
    Window { reader: DayReader, days: i32 },
    Contract { reader: ContractReader },
}

impl SpellReader {
    /// A reader for a settled rule.
    pub fn new(rule: &ActivityRule, snapshot: &Snapshot, scope: &Scope, horizon: &Horizon) -> SpellReader {
        match rule.window {
            Some(window) => {
                let reader = DayReader::new(&rule.activity, snapshot, scope, horizon);
                // A window longer than any calendar is as good as for ever.
                let days = window.days.min(1_000_000) as i32;
                SpellReader { scan: reader.scan.clone(), kind: SpellKind::Window { reader, days } }
            }
            None => {
                let columns = ["at", "subscription_id", "kind", "mrr_after"];
                let scan = Scan::of("subscription_changes", &columns).with_filter(scope.filter.clone());
                let reader = ContractReader { zone: snapshot.zone().clone(), as_of: horizon.as_of.0 };
                SpellReader { scan, kind: SpellKind::Contract { reader } }
            }
        }
    }

    /// The spells of one customer; false when nothing of them lies before the horizon.
    pub fn read(&self, run: &Run<'_>, spells: &mut Spells) -> bool {
        spells.list.clear();
        match &self.kind {
            SpellKind::Window { reader, days } => {
                let Spells { first, list, days: scratch } = spells;
                let seen = reader.days(run, scratch);
                let Some(day) = seen.first() else { return false };
                *first = *day;
                spells_of_days(seen, *days, list);
                true
            }
            SpellKind::Contract { reader } => reader.read(run, spells),
        }
    }
}

/// A purchase on day x makes a customer active at the start of the days x + 1 … x + window.
pub(crate) fn spells_of_days(days: &[i32], window: i32, into: &mut Vec<Spell>) {
    let mut days = days.iter();
    let Some(first) = days.next() else { return };
    let spell = |day: i32| Spell { from: day + 1, to: day.saturating_add(window).saturating_add(1) };
    let mut open = spell(*first);
    for day in days {
        let next = spell(*day);
        if next.from > open.to {
            into.push(open);
            open = next;
        } else {
            open.to = next.to;
        }
    }
    into.push(open);
}

/// Reads subscription changes.
#[derive(Debug, Clone)]
struct ContractReader {
    zone: Zone,
    as_of: i32,
}

/// One change of a subscription, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) subscription: &'a str,
    pub(crate) day: i32,
    pub(crate) kind: &'a str,
    pub(crate) mrr: Option<i64>,
}

impl<'a> Change<'a> {
    /// The change in a row of a scan of at, subscription_id, kind, mrr_after.
    pub(crate) fn of(run: &Run<'a>, row: usize, day: i32) -> Change<'a> {
        Change {
            subscription: run.text(1, row).unwrap_or(""),
            day,
            kind: run.text(2, row).unwrap_or(""),
            mrr: if run.is_null(3, row) { None } else { run.i64(3).get(row).copied() },
        }
    }
}

impl Change<'_> {
    /// Whether there is service after this change, given the later changes of the subscription, whether there was service
    /// before it, and whether there ever was.
    ///
    /// A `cancel` announces an end, which is looked up even beyond the horizon: it was known when the customer cancelled.
    pub(crate) fn serves(&self, later: &[Change<'_>], was: bool, ever: bool) -> bool {
        let paying = self.mrr.is_none_or(|mrr| mrr > 0);
        match self.kind {
            "end" | "pause" => false,
            "cancel" => was && paying && (self.mrr.is_some() || ends_later(later)),
            "change" if self.mrr.is_none() => was || !ever,
            _ => paying,
        }
    }
}

impl ContractReader {
    fn read(&self, run: &Run<'_>, spells: &mut Spells) -> bool {
        let mut changes: Vec<Change<'_>> =
            (0..run.len()).map(|row| Change::of(run, row, self.zone.date(Instant(run.i64(0)[row])).0)).collect();
        // Rows come in time order; a stable sort keeps it within each subscription.
        changes.sort_by(|a, b| a.subscription.cmp(b.subscription));
        let mut first = None;
        for one in changes.chunk_by(|a, b| a.subscription == b.subscription) {
            let started = spells_of_subscription(one, self.as_of, &mut spells.list);
            first = first.into_iter().chain(started).min();
        }
        unite(&mut spells.list);
        spells.first = first.unwrap_or_default();
        first.is_some()
    }
}

/// The spells of one subscription, and the day its service first began.
///
/// Service runs from a `start` (or any change that brings revenue) to an `end`; `pause` and `resume` interrupt it. A
/// `cancel` announces an end: when the end itself is in the history it counts, otherwise the cancellation does, unless
/// revenue is stated to go on. Revenue of exactly zero (a trial) is no contract; unknown revenue is one.
pub(crate) fn spells_of_subscription(changes: &[Change<'_>], as_of: i32, into: &mut Vec<Spell>) -> Option<i32> {
    let mut since: Option<i32> = None;
    let mut first = None;
    for (i, change) in changes.iter().enumerate() {
        if change.day >= as_of {
            break;
        }
        let serves = change.serves(&changes[i + 1..], since.is_some(), first.is_some());
        match (since, serves) {
            (None, true) => {
                since = Some(change.day);
                first = first.or(since);
            }
            (Some(day), false) => {
                into.push(Spell { from: day + 1, to: change.day + 1 });
                since = None;
            }
            _ => {}
        }
    }
    into.extend(since.map(|day| Spell { from: day + 1, to: i32::MAX }));
    first
}

fn ends_later(changes: &[Change<'_>]) -> bool {
    changes.iter().any(|change| change.kind == "end")
}

/// Sorts spells, drops empty ones and joins those that overlap or touch.
fn unite(spells: &mut Vec<Spell>) {
    spells.retain(|spell| spell.from < spell.to);
    spells.sort_unstable_by_key(|spell| spell.from);
    spells.dedup_by(|next, before| {
        let joins = next.from <= before.to;
        if joins {
            before.to = before.to.max(next.to);
        }
        joins
    });
}

/// Counts the gaps between days with an order, by length.
struct GapMachine {
    reader: DayReader,
}

/// How many gaps of each length in days ended, and how many are still open.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Gaps {
    ended: Vec<u64>,
    open: Vec<u64>,
    #[serde(skip)]
    scratch: Vec<i32>,
}

impl Gaps {
    fn window(&self) -> Window {
        let total = |counts: &[u64]| counts.iter().sum::<u64>();
        let gaps = (total(&self.ended), total(&self.open));
        let all = models::survival::kaplan_meier_of_counts(&self.ended, &self.open).falls_to(0.1);
        let only_ended = || models::survival::kaplan_meier_of_counts(&self.ended, &[]).falls_to(0.1);
        let found = match all {
            Some(at) => Some((at.time, WindowBasis::AllGaps)),
            None => only_ended().map(|at| (at.time, WindowBasis::EndedGaps)),
        };
        match found {
            Some((days, basis)) if days as u32 >= WINDOW_MIN_DAYS => Window { days: days as u32, basis, gaps },
            _ => Window { days: WINDOW_MIN_DAYS, basis: WindowBasis::Minimum, gaps },
        }
    }
}

fn count(counts: &mut Vec<u64>, length: i32) {
    let length = length.max(0) as usize;
    if length >= counts.len() {
        counts.resize(length + 1, 0);
    }
    counts[length] += 1;
}

impl Machine for GapMachine {
    type Partial = Gaps;

    fn start(&self) -> Gaps {
        Gaps::default()
    }

    fn customer(&self, partial: &mut Gaps, run: &Run<'_>) {
        let Gaps { ended, open, scratch } = partial;
        let days = self.reader.days(run, scratch);
        let Some(last) = days.last() else { return };
        for pair in days.windows(2).filter(|pair| pair[1] > pair[0]) {
            count(ended, pair[1] - pair[0]);
        }
        count(open, self.reader.horizon.last_day().0 - last);
    }

    fn merge(&self, into: &mut Gaps, other: Gaps) {
        for (mine, theirs) in [(&mut into.ended, other.ended), (&mut into.open, other.open)] {
            if theirs.len() > mine.len() {
                mine.resize(theirs.len(), 0);
            }
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_days(days: &[i32], window: i32, expected: &[(i32, i32)]) {
        let mut found = Vec::new();
        spells_of_days(days, window, &mut found);
        let found: Vec<_> = found.iter().map(|spell| (spell.from, spell.to)).collect();
        assert_eq!(found, expected, "{days:?} within {window}");
    }

    #[test]
    fn purchases_make_spells() {
        check_days(&[10], 30, &[(11, 41)]);
        check_days(&[10, 10], 30, &[(11, 41)]);
        check_days(&[10, 39], 30, &[(11, 70)]);
        check_days(&[10, 40], 30, &[(11, 71)]); // active at the start of day 40, and again from 41: no hole
        check_days(&[10, 41], 30, &[(11, 41), (42, 72)]); // at the start of day 41 nobody knew of that purchase
        check_days(&[], 30, &[]);
    }

    /// Subscription changes as `subscription day kind [mrr]`.
    fn check_changes(text: &str, expected: &[(i32, i32)], first: Option<i32>) {
        let mut changes: Vec<Change<'_>> = text
            .split(';')
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let mrr = words.get(3).map(|mrr| mrr.parse().unwrap());
                Change { subscription: words[0], day: words[1].parse().unwrap(), kind: words[2], mrr }
            })
            .collect();
        changes.sort_by(|a, b| a.subscription.cmp(b.subscription));
        let mut list = Vec::new();
        let mut found = None;
        for one in changes.chunk_by(|a, b| a.subscription == b.subscription) {
            found = found.into_iter().chain(spells_of_subscription(one, 100, &mut list)).min();
        }
        unite(&mut list);
        assert_eq!(list.iter().map(|spell| (spell.from, spell.to)).collect::<Vec<_>>(), expected, "{text}");
        assert_eq!(found, first, "{text}");
    }

    #[test]
    fn contracts_make_spells() {
        let open = i32::MAX;
        check_changes("a 5 start 100", &[(6, open)], Some(5));
        check_changes("a 5 start; a 9 end", &[(6, 10)], Some(5));
        check_changes("a 5 start 0", &[], None); // a trial
        check_changes("a 5 start 0; a 19 change 300", &[(20, open)], Some(19));
        check_changes("a 5 start; a 5 end", &[], Some(5)); // came and went within a day: acquired, never active
        check_changes("a 5 start; a 9 cancel", &[(6, 10)], Some(5));
        check_changes("a 5 start; a 9 cancel; a 20 end", &[(6, 21)], Some(5)); // paid to the end
        check_changes("a 5 start; a 9 cancel; a 120 end", &[(6, open)], Some(5)); // the end lies ahead
        check_changes("a 5 start 10; a 9 cancel 10", &[(6, open)], Some(5));
        check_changes("a 5 start 10; a 9 cancel 0", &[(6, 10)], Some(5));
        check_changes("a 5 start; a 9 pause; a 15 resume", &[(6, 10), (16, open)], Some(5));
        check_changes("a 5 start; a 9 pause; a 9 resume", &[(6, open)], Some(5));
        check_changes("a 5 start; b 8 start; a 9 end; b 12 end", &[(6, 13)], Some(5));
        check_changes("a 5 start; a 9 end; b 20 start", &[(6, 10), (21, open)], Some(5));
        check_changes("a 5 start; a 7 change; a 100 end", &[(6, open)], Some(5)); // day 100 is not counted
        check_changes("a 5 change; a 9 end; a 11 change", &[(6, 10)], Some(5)); // an ended one stays ended
        check_changes("a 5 start; a 9 end; a 11 start", &[(6, 10), (12, open)], Some(5));
    }

    #[test]
    fn rules_are_read_as_they_are_written() {
        for text in ["contract", "purchase", "purchase:90", "event", "event:30", "event:30:log:in", "event::view"] {
            assert_eq!(text.parse::<Activity>().unwrap().to_string(), text);
        }
        for text in ["", "contract:3", "purchase:x", "purchase:3:shoes", "orders", "event:-1", "purchase:4294967296"] {
            assert_eq!(text.parse::<Activity>().unwrap_err().code(), "unknown_rule", "{text}");
        }
    }

    #[test]
    fn names_with_quotes_stay_names() {
        assert_eq!(named(Some("o'clock"), None).as_deref(), Some("name = 'o''clock'"));
        assert_eq!(named(Some("a"), Some("b = 1 or c = 2".into())).as_deref(), Some("(b = 1 or c = 2) and name = 'a'"));
        assert_eq!(named(None, None), None);
    }

    fn check_window(ended: &[(usize, u64)], open: &[(usize, u64)], days: u32, basis: WindowBasis) {
        let counts = |list: &[(usize, u64)]| {
            let mut counts = vec![0; 400];
            list.iter().for_each(|(length, n)| counts[*length] = *n);
            counts
        };
        let gaps = Gaps { ended: counts(ended), open: counts(open), scratch: Vec::new() };
        let window = gaps.window();
        assert_eq!((window.days, window.basis), (days, basis), "{ended:?} {open:?}");
    }

    #[test]
    fn the_window_fits_the_business() {
        // Nine of ten gaps are 40 days or shorter, the tenth 90.
        check_window(&[(20, 5), (40, 4), (90, 1)], &[], 40, WindowBasis::AllGaps);
        // The same with ten customers still waiting for 60 days: S(60) = 10/20 · … stays above a tenth until 90.
        check_window(&[(20, 5), (40, 4), (90, 1)], &[(60, 10)], 90, WindowBasis::AllGaps);
        // Half never came back in the 300 days we could see: no 90th percentile of all gaps.
        check_window(&[(20, 9), (40, 1)], &[(300, 10)], 30, WindowBasis::Minimum);
        check_window(&[(50, 9), (70, 1)], &[(300, 10)], 50, WindowBasis::EndedGaps);
        check_window(&[(1, 100)], &[], 30, WindowBasis::Minimum);
        check_window(&[], &[], 30, WindowBasis::Minimum);
    }

    proptest! {
        #[test]
        fn spells_are_the_days_within_the_window(mut days in prop::collection::vec(0i32..200, 1..30), window in 1i32..60) {
            days.sort_unstable();
            let mut spells = Spells { first: days[0], ..Spells::default() };
            spells_of_days(&days, window, &mut spells.list);
            for day in -5..300 {
                let active = days.iter().any(|x| *x < day && day <= x + window);
                prop_assert_eq!(spells.holds(day), active, "day {}", day);
            }
            prop_assert!(spells.list.windows(2).all(|pair| pair[0].to < pair[1].from));
        }
    }
}
