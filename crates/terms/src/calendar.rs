//! Instants, dates and the steps of the calendar. Plain integers underneath, so that millions of them are cheap.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::TermError;

/// A moment in time: microseconds since 1970-01-01T00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

/// A calendar date in the workspace's zone: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

impl Date {
    /// The date of a year, month (1 to 12) and day (1 to 31) of the Gregorian calendar; `None` when there is no such day.
    ///
    /// ```
    /// use terms::Date;
    /// assert_eq!(Date::new(1970, 1, 2), Some(Date(1)));
    /// assert_eq!(Date::new(2023, 2, 29), None);
    /// ```
    pub fn new(year: i32, month: u32, day: u32) -> Option<Date> {
        let known = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        (known && (-9999..=9999).contains(&year)).then(|| Date(days_from_civil(year, month, day)))
    }

    /// Year, month (1 to 12) and day of the month.
    pub fn civil(self) -> (i32, u32, u32) {
        civil_from_days(self.0)
    }

    /// The date `days` later (earlier when negative).
    pub fn plus(self, days: i32) -> Date {
        Date(self.0 + days)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.civil();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl FromStr for Date {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Date, TermError> {
        let mut parts = text.trim().splitn(3, '-').map(|part| part.parse::<i32>().ok());
        match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
            (Some(y), Some(m), Some(d)) if m > 0 && d > 0 => Date::new(y, m as u32, d as u32),
            _ => None,
        }
        .ok_or_else(|| TermError::Date(text.to_owned()))
    }
}

impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { to.serialize_i32(self.0) }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        if from.is_human_readable() {
            String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
        } else {
            i32::deserialize(from).map(Date)
        }
    }
}

/// The day a week begins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeekStart {
    /// ISO 8601, and what Regulars assumes.
    #[default]
    Monday,
    /// As in North America and much of Asia.
    Sunday,
    /// As in much of the Middle East.
    Saturday,
}

impl WeekStart {
    /// Days from this start back to the Monday on or before 1970-01-05, modulo 7.
    fn shift(self) -> i32 {
        // 1970-01-01 was a Thursday: three days after a Monday.
        match self {
            WeekStart::Monday => 3,
            WeekStart::Sunday => 4,
            WeekStart::Saturday => 5,
        }
    }
}

/// The step of a series or a cohort matrix.
///
/// Every step of the calendar has a number ([`Grain::index`]) that grows by one from step to step, so that
/// "three months after joining" is a subtraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// A calendar day.
    Day,
    /// Seven days from the workspace's week start.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months from January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

impl Grain {
    /// The number of the step that holds `date`.
    ///
    /// ```
    /// use terms::{Date, Grain, WeekStart};
    /// let index = |text: &str| Grain::Month.index(text.parse::<Date>().unwrap(), WeekStart::Monday);
    /// assert_eq!(index("2024-03-01") - index("2023-12-31"), 3);
    /// ```
    pub fn index(self, date: Date, week: WeekStart) -> i32 {
        match self {
            Grain::Day => date.0,
            Grain::Week => (date.0 + week.shift()).div_euclid(7),
            _ => {
                let (year, month, _) = date.civil();
                let months = (year - 1970) * 12 + month as i32 - 1;
                months.div_euclid(self.months())
            }
        }
    }

    /// The first date of the step numbered `index`.
    pub fn start(self, index: i32, week: WeekStart) -> Date {
        match self {
            Grain::Day => Date(index),
            Grain::Week => Date(index * 7 - week.shift()),
            _ => {
                let months = index * self.months();
                let (year, month) = (1970 + months.div_euclid(12), months.rem_euclid(12) + 1);
                Date(days_from_civil(year, month as u32, 1))
            }
        }
    }

    /// How the step that starts at `date` is written for programs: `2024-03-01`, `2024-03`, `2024-Q1`, `2024`.
    /// A week is written by its first day.
    pub fn label(self, date: Date) -> String {
        let (year, month, _) = date.civil();
        match self {
            Grain::Day | Grain::Week => date.to_string(),
            Grain::Month => format!("{year:04}-{month:02}"),
            Grain::Quarter => format!("{year:04}-Q{}", (month - 1) / 3 + 1),
            Grain::Year => format!("{year:04}"),
        }
    }

    /// Months in one step; for days and weeks, which are no number of months, 1.
    fn months(self) -> i32 {
        match self {
            Grain::Day | Grain::Week | Grain::Month => 1,
            Grain::Quarter => 3,
            Grain::Year => 12,
        }
    }

    /// The word of the command line and the API.
    pub fn word(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
        }
    }
}

impl FromStr for Grain {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Grain, TermError> {
        [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year]
            .into_iter()
            .find(|grain| grain.word() == text)
            .ok_or_else(|| TermError::Grain(text.to_owned()))
    }
}

impl fmt::Display for Grain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    let next = if month == 12 { days_from_civil(year + 1, 1, 1) } else { days_from_civil(year, month + 1, 1) };
    (next - days_from_civil(year, month, 1)) as u32
}

/// Days since 1970-01-01 of a proleptic Gregorian date. Howard Hinnant, "chrono-compatible low-level date
/// algorithms" (2021): years begin in March, so that the leap day is the last day of the year.
fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let month_from_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The reverse of [`days_from_civil`], from the same source.
fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_jiff_for_eight_centuries() {
        let mut date = jiff::civil::date(1600, 1, 1);
        for days in days_from_civil(1600, 1, 1)..days_from_civil(2400, 1, 1) {
            assert_eq!(Date(days).civil(), (date.year().into(), date.month() as u32, date.day() as u32));
            assert_eq!(Date::new(date.year().into(), date.month() as u32, date.day() as u32), Some(Date(days)));
            date = date.tomorrow().unwrap();
        }
    }

    #[test]
    fn a_step_starts_inside_itself_and_the_day_before_belongs_to_the_one_before() {
        for week in [WeekStart::Monday, WeekStart::Sunday, WeekStart::Saturday] {
            for grain in [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
                for days in -800..20_000 {
                    let index = grain.index(Date(days), week);
                    let start = grain.start(index, week);
                    assert!(start <= Date(days));
                    assert_eq!(grain.index(start, week), index);
                    assert_eq!(grain.index(start.plus(-1), week), index - 1);
                }
            }
        }
    }

    #[test]
    fn weeks_start_where_the_workspace_says() {
        let date: Date = "2024-03-06".parse().unwrap(); // a Wednesday
        for (week, first) in
            [(WeekStart::Monday, "2024-03-04"), (WeekStart::Sunday, "2024-03-03"), (WeekStart::Saturday, "2024-03-02")]
        {
            assert_eq!(Grain::Week.start(Grain::Week.index(date, week), week).to_string(), first);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["2023-02-29", "2023-13-01", "yesterday", "2023-1", "-5", "2023-00-10", ""] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
