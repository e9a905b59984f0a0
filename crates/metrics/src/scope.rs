//! What every question carries: as of when, and about which facts.

use history::Snapshot;
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Instant, Period, WeekStart};

use crate::MetricError;

/// Most steps that one series or one row of a matrix may have.
pub(crate) const STEPS_MAX: usize = 20_000;

/// As of when, and about which facts, a question is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Facts on this day or later are ignored. Without it, everything that is known counts.
    pub as_of: Option<Date>,
    /// A condition in SQL over the view the metric reads, as in `country = 'Finland'`.
    pub filter: Option<String>,
}

impl Scope {
    /// Everything up to, and not including, a day.
    pub fn as_of(date: Date) -> Scope {
        Scope { as_of: Some(date), filter: None }
    }
}

/// Up to where we can see.
#[derive(Debug, Clone)]
pub(crate) struct Horizon {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The last instant we know to be complete.
    pub seen: Option<Instant>,
    zone: terms::Zone,
}

impl Horizon {
    /// The horizon of a question. Without an `as_of` it is the day after the last fact.
    pub fn of(snapshot: &Snapshot, as_of: Option<Date>) -> Horizon {
        let zone = snapshot.zone().clone();
        let watermark = snapshot.watermark();
        let known = watermark.map_or(Date(0), |at| zone.date(at).plus(1));
        let asked = as_of.map(|date| zone.start_of(date));
        let seen = watermark.map(|at| asked.map_or(at, |asked| asked.min(at)));
        Horizon { as_of: as_of.unwrap_or(known), seen, zone }
    }

    /// Whether a period that ends before `end` is over: its end is not after the last thing we know.
    pub fn complete(&self, end: Date) -> bool {
        self.seen.is_some_and(|seen| self.zone.start_of(end) <= seen)
    }

    /// How many leading days of sorted `days` lie before the horizon.
    pub fn visible(&self, days: &[i32]) -> usize {
        match days.last() {
            Some(last) if *last >= self.as_of.0 => days.partition_point(|day| *day < self.as_of.0),
            _ => days.len(),
        }
    }

    /// The last day that counts.
    pub fn last_day(&self) -> Date {
        self.as_of.plus(-1)
    }
}

/// The steps of a period: which one a day falls in.
///
/// Calendar arithmetic for every row would cost more than the counting, so the last 32 years are looked up.
#[derive(Debug, Clone)]
pub(crate) struct Steps {
    grain: Option<Grain>,
    week: WeekStart,
    from: i32,
    to: i32,
    base: i32,
    table: Vec<i32>,
}

/// Days in the look-up table.
const TABLE_DAYS: i32 = 32 * 366;

impl Steps {
    /// The steps of `grain` (one single step without it) in `period` (all days without it) before the horizon.
    pub fn new(grain: Option<Grain>, week: WeekStart, period: Option<Period>, horizon: &Horizon) -> Steps {
        let to = period.map_or(horizon.as_of, |period| period.end.min(horizon.as_of));
        let from = period.map_or(i32::MIN, |period| period.start.0);
        let base = to.0 - TABLE_DAYS;
        let index = |day: i32| grain.map_or(0, |grain| grain.index(Date(day), week));
        Steps { grain, week, from, to: to.0, base, table: (base..to.0).map(index).collect() }
    }

    /// The number of the step that holds `day`; nothing outside the period.
    pub fn index(&self, day: i32) -> Option<i32> {
        if day < self.from || day >= self.to {
            return None;
        }
        let place = day - self.base;
        let known = usize::try_from(place).ok().and_then(|place| self.table.get(place));
        Some(known.copied().unwrap_or_else(|| self.grain.map_or(0, |grain| grain.index(Date(day), self.week))))
    }

    /// The number of the last step.
    pub fn last(&self) -> i32 {
        self.grain.map_or(0, |grain| grain.index(Date(self.to - 1), self.week))
    }

    /// The calendar step of that number, or the whole run of days where there is only one.
    pub fn period(&self, index: i32) -> Period {
        match self.grain {
            Some(grain) => {
                Period { start: grain.start(index, self.week), end: grain.start(index.saturating_add(1), self.week) }
            }
            None => Period { start: Date(self.from), end: Date(self.to) },
        }
    }
}

/// One cell for every step, counted back from the last, growing as earlier steps are met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timeline<T> {
    last: i32,
    cells: Vec<T>,
}

impl<T: Default + Clone> Timeline<T> {
    /// Nothing yet, up to the step numbered `last`.
    pub fn new(last: i32) -> Timeline<T> {
        Timeline { last, cells: Vec::new() }
    }

    /// The cell of a step not after the last.
    pub fn at(&mut self, index: i32) -> &mut T {
        let place = (self.last - index).max(0) as usize;
        if place >= self.cells.len() {
            self.cells.resize(place + 1, T::default());
        }
        &mut self.cells[place]
    }

    /// Merges another one cell by cell.
    pub fn merge(&mut self, other: Timeline<T>, add: impl Fn(&mut T, T)) {
        if other.cells.len() > self.cells.len() {
            self.cells.resize(other.cells.len(), T::default());
        }
        for (cell, more) in self.cells.iter_mut().zip(other.cells) {
            add(cell, more);
        }
    }

    /// Every step with its cell, the earliest first, without a gap.
    pub fn ascending(self) -> impl Iterator<Item = (i32, T)> {
        let last = self.last;
        self.cells.into_iter().enumerate().rev().map(move |(back, cell)| (last - back as i32, cell))
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }
}

/// Refuses more steps than anybody could read.
pub(crate) fn check_steps(steps: usize) -> Result<(), MetricError> {
    if steps > STEPS_MAX { Err(MetricError::TooManySteps { steps, max: STEPS_MAX }) } else { Ok(()) }
}
