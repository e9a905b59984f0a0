//! Retention that is always on: for every day, week or month one rate, all of them counted in one pass.

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Period};

use crate::activity::{Activity, ActivityRule, Spell, SpellReader, Spells};
use crate::customer_retention::RetentionCounts;
use crate::first_day::first_day;
use crate::scope::{Horizon, Scope, check_steps};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "retention-series",
    title: "Retention over time",
    question: "Are we getting better or worse at keeping customers?",
    formula: "for each day: customers active at the start of the window and at its end / customers active at its start",
    source: "as customer retention, over a trailing window that ends on every day, or over calendar periods",
    unit: Unit::Share,
    example: "Window of 30 days. Ana buys on 1 and 25 January, Ben on 1 January only. For the 30 days that end with \
              1 February both were customers on the morning of 3 January, and on that of 2 February \
              Ana still is: 1 of 2.",
};

/// Which periods a series holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum Shape {
    /// Windows of `days` days, one ending with each day, week or month.
    Trailing {
        /// Length of the window; without it, the window of the activity rule (30 days for contracts).
        days: Option<u32>,
        /// How often a window ends.
        every: Grain,
    },
    /// Each calendar step against itself: the customers of its first morning, on the morning after it.
    Calendar {
        /// The step.
        grain: Grain,
    },
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionSeriesAsk {
    /// The rule; the business's own without it.
    pub activity: Option<Activity>,
    /// The periods.
    pub shape: Shape,
    /// Only periods that lie in these days; everything since the first fact without it.
    pub over: Option<Period>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

/// One period of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionPoint {
    /// The period.
    pub period: Period,
    /// Whether it is over. If not, its end is counted as of the last day that is known.
    pub complete: bool,
    /// The counts.
    #[serde(flatten)]
    pub counts: RetentionCounts,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionSeries {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The rule that was used.
    pub rule: ActivityRule,
    /// The periods, by time.
    pub points: Vec<RetentionPoint>,
}

/// Retention for every step of a series.
///
/// For each period `[s, e)` with S the customers active at the start of s and E those active at the start of e:
///
/// ```text
/// retention = |S ∩ E| / |S|        churn = |S \ E| / |S|
/// ```
///
/// One pass over the days of each customer, whatever the number of periods: a customer's spell of activity adds one at
/// the first period it holds and takes one away after the last (difference arrays), and the sums are run up at the end.
/// An always-on series over trailing 30-day windows is `Shape::Trailing { days: Some(30), every: Grain::Day }` with
/// a purchase or event window of 30 days.
///
/// # Errors
///
/// When the facts of the rule are missing, or there would be more than 20,000 periods.
pub async fn retention_series(snapshot: &Snapshot, ask: &RetentionSeriesAsk) -> Result<RetentionSeries, MetricError> {
    let rule = Activity::settle(ask.activity.as_ref(), snapshot, &ask.scope).await?;
    rule.check(snapshot)?;
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let over = match ask.over {
        Some(over) => Some(Period { start: over.start, end: over.end.min(horizon.as_of) }),
        None => first_day(&rule.activity, snapshot, &ask.scope, &horizon)
            .await?
            .map(|first| Period { start: first, end: horizon.as_of }),
    };
    let periods = match over {
        Some(over) if over.start < over.end => periods(ask.shape, &rule, over, snapshot)?,
        _ => Vec::new(),
    };
    let points = count_periods(snapshot, &rule, &ask.scope, &horizon, &periods).await?;
    Ok(RetentionSeries { as_of: horizon.as_of, rule, points })
}

/// Retention of any periods, each against itself, in one pass. Starts and ends must both rise from one period to the
/// next; periods that have not begun by the horizon are left out.
///
/// # Errors
///
/// When the facts of the rule are missing.
pub async fn retention_of_periods(
    snapshot: &Snapshot,
    rule: &ActivityRule,
    periods: &[Period],
    scope: &Scope,
) -> Result<Vec<RetentionPoint>, MetricError> {
    rule.check(snapshot)?;
    count_periods(snapshot, rule, scope, &Horizon::of(snapshot, scope.as_of), periods).await
}

/// The periods of a shape within some days.
fn periods(shape: Shape, rule: &ActivityRule, over: Period, snapshot: &Snapshot) -> Result<Vec<Period>, MetricError> {
    let week = snapshot.week();
    match shape {
        Shape::Trailing { days: Some(0), .. } => Err(MetricError::Zero { what: "the window" }),
        Shape::Trailing { days, every } => {
            let window = rule.window.map_or(30, |window| window.days);
            let days = days.unwrap_or(window).min(1_000_000) as i32;
            // A window ends with a step: on the first morning after it.
            let first = every.index(over.start.plus(days - 1), week);
            let last = every.index(over.end, week);
            check_steps(usize::try_from(last.saturating_sub(first)).unwrap_or(0))?;
            let ends = (first..=last).map(|index| every.start(index, week));
            let inside = ends.filter(|end| *end <= over.end && end.0 - days >= over.start.0);
            Ok(inside.map(|end| Period::trailing(days, end)).collect())
        }
        Shape::Calendar { grain } => {
            let (first, last) = (grain.index(over.start, week), grain.index(over.end.plus(-1), week));
            check_steps(usize::try_from(last.saturating_sub(first)).unwrap_or(0) + 1)?;
            let step = |index: i32| Period { start: grain.start(index, week), end: grain.start(index + 1, week) };
            Ok((first..=last).map(step).collect())
        }
    }
}

/// Counts any periods whose starts and ends both rise, in one pass. The end of a period that is not over is counted as
/// of the horizon; a period that has not begun is left out.
pub(crate) async fn count_periods(
    snapshot: &Snapshot,
    rule: &ActivityRule,
    scope: &Scope,
    horizon: &Horizon,
    periods: &[Period],
) -> Result<Vec<RetentionPoint>, MetricError> {
    let begun: Vec<Period> = periods.iter().copied().filter(|period| period.start < horizon.as_of).collect();
    if begun.is_empty() {
        return Ok(Vec::new());
    }
    let reader = SpellReader::new(rule, snapshot, scope, horizon);
    let scan = reader.scan.clone();
    let marks = Marks::new(&begun, horizon.as_of);
    let counted = snapshot.fold(&scan, SeriesMachine { reader, marks }).await?;
    let point = |(period, counts): (Period, RetentionCounts)| RetentionPoint {
        period,
        complete: horizon.complete(period.end),
        counts,
    };
    Ok(begun.into_iter().zip(counted.totals()).map(point).collect())
}

/// The mornings at which periods start and end, with a look-up from a day to the first period that starts, or ends, on
/// it or later.
#[derive(Debug, Clone)]
pub(crate) struct Marks {
    count: usize,
    base: i32,
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl Marks {
    /// For periods whose starts and ends both rise; ends after `limit` are moved to it.
    pub fn new(periods: &[Period], limit: Date) -> Marks {
        let base = periods.first().map_or(0, |period| period.start.0);
        let top = periods.last().map_or(0, |period| period.end.min(limit).0.max(period.start.0));
        let table = |of: &dyn Fn(&Period) -> i32| {
            let mut next = 0;
            let mut first_from = |day: i32| {
                while next < periods.len() && of(&periods[next]) < day {
                    next += 1;
                }
                next as u32
            };
            (base..=top + 1).map(&mut first_from).collect()
        };
        let starts = table(&|period: &Period| period.start.0);
        let ends = table(&|period: &Period| period.end.min(limit).0);
        Marks { count: periods.len(), base, starts, ends }
    }

    /// Looks up a day: before the table it is the first entry, after it the last.
    fn look(&self, table: &[u32], day: i32) -> usize {
        let place = (day.max(self.base) - self.base) as usize;
        table.get(place).or(table.last()).map_or(0, |first| *first as usize)
    }

    /// The periods whose first morning lies in a spell.
    fn starting_in(&self, spell: &Spell) -> (usize, usize) {
        (self.look(&self.starts, spell.from), self.look(&self.starts, spell.to))
    }

    /// The periods whose last morning (the one after them) lies in a spell.
    fn ending_in(&self, spell: &Spell) -> (usize, usize) {
        (self.look(&self.ends, spell.from), self.look(&self.ends, spell.to))
    }

    /// The periods that hold `day`.
    fn holding(&self, day: i32) -> (usize, usize) {
        let next = day.saturating_add(1);
        (self.look(&self.ends, next), self.look(&self.starts, next))
    }
}

/// Counts S, E and what lies between them for all periods.
struct SeriesMachine {
    reader: SpellReader,
    marks: Marks,
}

/// What is counted, as places in one row of the difference array.
const START: usize = 0;
const END: usize = 1;
const RETAINED: usize = 2;
const ACQUIRED: usize = 3;
const FIRST: usize = 4;

/// Differences from each period to the next. Five counts side by side, so that a spell touches one cache line.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Differences {
    rows: Vec<[i64; 5]>,
    #[serde(skip)]
    spells: Spells,
}

impl Differences {
    fn add(&mut self, which: usize, (from, to): (usize, usize)) {
        if from < to {
            self.rows[from][which] += 1;
            self.rows[to][which] -= 1;
        }
    }

    /// Runs the differences up to counts.
    fn totals(self) -> Vec<RetentionCounts> {
        let periods = self.rows.len().saturating_sub(1);
        let mut sum = [0i64; 5];
        let mut next = |row: [i64; 5]| {
            sum.iter_mut().zip(row).for_each(|(sum, more)| *sum += more);
            let count = |which: usize| sum[which].max(0) as u64;
            RetentionCounts {
                start: count(START),
                end: count(END),
                retained: count(RETAINED),
                acquired: count(ACQUIRED),
                first_time: count(FIRST),
            }
        };
        self.rows.into_iter().take(periods).map(&mut next).collect()
    }
}

impl Machine for SeriesMachine {
    type Partial = Differences;

    fn start(&self) -> Differences {
        Differences { rows: vec![[0; 5]; self.marks.count + 1], spells: Spells::default() }
    }

    fn customer(&self, partial: &mut Differences, run: &Run<'_>) {
        let mut spells = std::mem::take(&mut partial.spells);
        if self.reader.read(run, &mut spells) {
            count_customer(&self.marks, spells.first, &spells.list, partial);
        }
        partial.spells = spells;
    }

    fn merge(&self, into: &mut Differences, other: Differences) {
        for (mine, theirs) in into.rows.iter_mut().zip(other.rows) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}

/// One customer: every run of periods in which something is true of them adds one difference at each end.
fn count_customer(marks: &Marks, first: i32, spells: &[Spell], into: &mut Differences) {
    let acquired = marks.holding(first);
    into.add(ACQUIRED, acquired);
    for spell in spells {
        let ending = marks.ending_in(spell);
        into.add(START, marks.starting_in(spell));
        into.add(END, ending);
        into.add(FIRST, (ending.0.max(acquired.0), ending.1.min(acquired.1)));
    }
    // Retained: a spell at the start, a spell at the end, perhaps another one. Both run through the periods in order.
    let (mut i, mut j) = (0, 0);
    while i < spells.len() && j < spells.len() {
        let (starts, ends) = (marks.starting_in(&spells[i]), marks.ending_in(&spells[j]));
        into.add(RETAINED, (starts.0.max(ends.0), starts.1.min(ends.1)));
        if starts.1 <= ends.1 { i += 1 } else { j += 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, changes, date, orders, period};
    use proptest::prelude::*;

    #[test]
    fn worked_example() {
        let snapshot = orders("ana 2024-01-01\nana 2024-01-25\nben 2024-01-01\ncem 2024-02-02");
        let ask = RetentionSeriesAsk {
            activity: Some(Activity::Purchase { window_days: Some(30) }),
            shape: Shape::Trailing { days: Some(30), every: Grain::Day },
            over: Some(period("2024-01-01..2024-02-03")),
            scope: Scope::default(),
        };
        let series = answer(retention_series(&snapshot, &ask)).unwrap();
        let ends: Vec<String> = series.points.iter().map(|point| point.period.end.to_string()).collect();
        assert_eq!(ends, ["2024-01-31", "2024-02-01", "2024-02-02", "2024-02-03"]);
        // The 30 days 3 January to 1 February end with the morning of 2 February: both were there, Ana still is.
        let point = &series.points[2];
        assert_eq!(point.period, period("2024-01-03..2024-02-02"));
        assert_eq!((point.counts.start, point.counts.retained, point.counts.end), (2, 1, 1));
        // Ben's purchase counts to the 30th day after it: the morning of 31 January.
        assert_eq!((series.points[0].counts.start, series.points[0].counts.end), (0, 2));
        assert_eq!((series.points[1].counts.start, series.points[1].counts.end), (2, 1));
        assert_eq!(series.points[3].counts.first_time, 1);
        assert!(series.points[2].complete && !series.points[3].complete);
    }

    #[test]
    fn calendar_months_of_contracts() {
        let snapshot = changes(
            "ana 2024-01-10 start 10\nben 2024-01-20 start 10\nben 2024-02-15 end 0\ncem 2024-02-03 start 10\n\
             cem 2024-02-20 end 0\nben 2024-03-05 start 10\ndia 2024-03-31 start 10",
        );
        let ask = RetentionSeriesAsk {
            activity: None,
            shape: Shape::Calendar { grain: Grain::Month },
            over: None,
            scope: Scope::default(),
        };
        let series = answer(retention_series(&snapshot, &ask)).unwrap();
        assert_eq!(series.rule.activity, Activity::Contract);
        let counts: Vec<_> = series.points.iter().map(|point| point.counts).collect();
        let wanted = [(0, 2, 0, 2, 2), (2, 1, 1, 1, 0), (1, 3, 1, 1, 1)];
        let wanted = wanted.map(|(start, end, retained, acquired, first_time)| RetentionCounts {
            start,
            end,
            retained,
            acquired,
            first_time,
        });
        assert_eq!(counts, wanted);
        assert_eq!(series.points.iter().map(|point| point.complete).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn nothing_before_the_horizon_and_too_much_after_it() {
        let snapshot = orders("ana 2024-01-01");
        let mut ask = RetentionSeriesAsk {
            activity: None,
            shape: Shape::Calendar { grain: Grain::Day },
            over: Some(period("2030-01-01..2030-02-01")),
            scope: Scope::as_of(date("2024-01-01")),
        };
        assert!(answer(retention_series(&snapshot, &ask)).unwrap().points.is_empty());
        ask.over = Some(period("1900-01-01..2024-01-01"));
        assert_eq!(answer(retention_series(&snapshot, &ask)).unwrap_err().code(), "too_many_steps");
    }

    /// Any purchases, any rising periods: the same as asking each customer about each period.
    fn brute(days: &[Vec<i32>], window: i32, period: Period, limit: i32) -> RetentionCounts {
        let active = |days: &[i32], at: i32| days.iter().any(|x| *x < at && at <= x + window);
        let end = period.end.0.min(limit);
        let mut counts = RetentionCounts::default();
        for days in days {
            let (s, e) = (active(days, period.start.0), active(days, end));
            let acquired = period.start.0 <= days[0] && days[0] < end;
            counts.start += u64::from(s);
            counts.end += u64::from(e);
            counts.retained += u64::from(s && e);
            counts.acquired += u64::from(acquired);
            counts.first_time += u64::from(e && acquired);
        }
        counts
    }

    proptest! {
        #[test]
        fn one_pass_equals_one_question_a_day(
            mut days in prop::collection::vec(prop::collection::vec(0i32..120, 1..12), 1..12),
            window in 1i32..50,
            length in 1i32..50,
            calendar in any::<bool>(),
            limit in 60i32..200,
        ) {
            days.iter_mut().for_each(|days| days.sort_unstable());
            let start = |k: i32| if calendar { k * length } else { k };
            let periods: Vec<Period> = (-5..40)
                .map(|k| Period { start: Date(start(k)), end: Date(start(k) + length) })
                .filter(|period| period.start.0 < limit)
                .collect();
            let marks = Marks::new(&periods, Date(limit));
            let mut all = Differences { rows: vec![[0; 5]; periods.len() + 1], spells: Spells::default() };
            for days in &days {
                let mut list = Vec::new();
                crate::activity::spells_of_days(days, window, &mut list);
                count_customer(&marks, days[0], &list, &mut all);
            }
            for (period, counts) in periods.iter().zip(all.totals()) {
                prop_assert_eq!(counts, brute(&days, window, *period, limit), "{}", period);
                prop_assert_eq!(counts.retained + counts.lost(), counts.start);
                prop_assert_eq!(counts.end, counts.retained + counts.first_time + counts.returned());
            }
        }
    }
}
