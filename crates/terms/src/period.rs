//! A period: a half-open run of days in the workspace's zone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Date, Grain, TermError, WeekStart};

/// The days from `start` up to, and not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    /// The first day.
    pub start: Date,
    /// The first day after.
    pub end: Date,
}

impl Period {
    /// The period, unless it would be empty.
    pub fn new(start: Date, end: Date) -> Result<Period, TermError> {
        if end > start { Ok(Period { start, end }) } else { Err(TermError::EmptyPeriod(format!("{start}..{end}"))) }
    }

    /// The calendar step of `grain` that holds `date`.
    pub fn of(grain: Grain, date: Date, week: WeekStart) -> Period {
        let index = grain.index(date, week);
        Period { start: grain.start(index, week), end: grain.start(index + 1, week) }
    }

    /// The `days` days that end before `end`.
    pub fn trailing(days: i32, end: Date) -> Period {
        Period { start: end.plus(-days.max(1)), end }
    }

    /// Number of days.
    pub fn days(self) -> i32 {
        self.end.0 - self.start.0
    }

    /// The period of the same kind just before: the month before a month, otherwise as many days before.
    pub fn previous(self) -> Period {
        self.grain().map_or_else(
            || Period { start: self.start.plus(-self.days()), end: self.start },
            |grain| Period::of(grain, self.start.plus(-1), WeekStart::Monday),
        )
    }

    /// The period of the same kind just after.
    pub fn next(self) -> Period {
        self.grain().map_or_else(
            || Period { start: self.end, end: self.end.plus(self.days()) },
            |grain| Period::of(grain, self.end, WeekStart::Monday),
        )
    }

    /// The same days one year earlier; 29 February becomes 28 February.
    pub fn year_before(self) -> Period {
        let back = |date: Date| {
            let (y, m, d) = date.civil();
            Date::new(y - 1, m, d).or_else(|| Date::new(y - 1, m, d - 1)).unwrap_or(date)
        };
        Period { start: back(self.start), end: back(self.end) }
    }

    /// Whether `date` lies in it.
    pub fn contains(self, date: Date) -> bool {
        self.start <= date && date < self.end
    }

    /// Month, quarter or year, when the period is exactly one of the calendar.
    pub fn grain(self) -> Option<Grain> {
        // No calendar step is longer, and beyond it lie the open ends of "everything so far".
        if self.start.0 < -5_000_000 || self.end.0 > 5_000_000 {
            return None;
        }
        [Grain::Month, Grain::Quarter, Grain::Year]
            .into_iter()
            .find(|grain| Period::of(*grain, self.start, WeekStart::Monday) == self)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.grain() {
            Some(grain) => f.write_str(&grain.label(self.start)),
            None => write!(f, "{}..{}", self.start, self.end),
        }
    }
}

impl FromStr for Period {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Period, TermError> {
        let text = text.trim();
        if let Some((start, end)) = text.split_once("..") {
            return Period::new(start.parse()?, end.parse()?);
        }
        calendar_step(text).ok_or_else(|| TermError::Period(text.to_owned()))
    }
}

/// `2024`, `2024-03`, `2024-Q1`, `2024-W09` or `2024-03-05`.
fn calendar_step(text: &str) -> Option<Period> {
    let week = WeekStart::Monday;
    let (year, rest) = match text.split_once('-') {
        None => (text, None),
        Some((year, rest)) => (year, Some(rest)),
    };
    let year: i32 = (year.len() == 4).then(|| year.parse().ok())??;
    let first = |month: u32| Date::new(year, month, 1);
    match rest {
        None => Some(Period::of(Grain::Year, first(1)?, week)),
        Some(rest) if rest.starts_with(['Q', 'q']) => {
            let quarter: u32 = rest[1..].parse().ok().filter(|q| (1..=4).contains(q))?;
            Some(Period::of(Grain::Quarter, first(quarter * 3 - 2)?, week))
        }
        Some(rest) if rest.starts_with(['W', 'w']) => {
            // ISO 8601: week 1 is the week that holds 4 January.
            let number: i32 = rest[1..].parse().ok().filter(|w| (1..=53).contains(w))?;
            let fourth = Date::new(year, 1, 4)?;
            let start = Period::of(Grain::Week, fourth, week).start.plus(7 * (number - 1));
            Some(Period { start, end: start.plus(7) })
        }
        Some(rest) if rest.contains('-') => {
            let day: Date = text.parse().ok()?;
            Some(Period { start: day, end: day.plus(1) })
        }
        Some(month) => Some(Period::of(Grain::Month, first(month.parse().ok()?)?, week)),
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{}..{}", self.start, self.end))
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Period, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, days: &str, previous: &str) {
        let period: Period = text.parse().unwrap();
        assert_eq!(format!("{}..{}", period.start, period.end), days);
        assert_eq!(period.previous().to_string(), previous);
        assert_eq!(period.previous().next(), period);
    }

    #[test]
    fn what_people_write() {
        check("2024-03", "2024-03-01..2024-04-01", "2024-02");
        check("2024-Q1", "2024-01-01..2024-04-01", "2023-Q4");
        check("2024", "2024-01-01..2025-01-01", "2023");
        check("2024-W01", "2024-01-01..2024-01-08", "2023-12-25..2024-01-01");
        check("2024-02-10..2024-02-20", "2024-02-10..2024-02-20", "2024-01-31..2024-02-10");
        check("2024-02-29", "2024-02-29..2024-03-01", "2024-02-28..2024-02-29");
    }

    #[test]
    fn what_is_no_period_is_refused_with_a_hint() {
        for text in [
            "",
            "2024-13",
            "24",
            "2024-Q5",
            "2024-02-01..2024-02-01",
            "2024-02-02..2024-02-01",
            "May",
            "2024-W54",
            "é-Q1",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn everything_so_far_can_be_written() {
        let open = Period { start: Date(i32::MIN), end: Date(15_000) };
        assert!(open.to_string().ends_with("..2011-01-26"));
    }

    #[test]
    fn a_year_before_a_leap_day() {
        let period: Period = "2024-02-29..2024-03-01".parse().unwrap();
        assert_eq!(period.year_before().to_string(), "2023-02-28..2023-03-01");
    }
}
