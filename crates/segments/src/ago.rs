//! Stretches of time before the instant of a question: `90d`, `12w`, `6m`, `1y`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use terms::{Date, Instant, Zone};

use crate::SegmentError;

/// A stretch of time that ends at the instant of the question.
///
/// Days are calendar days of the workspace's zone, so that a day of 23 hours is a day; months and years go by the
/// calendar, and one that has no such day ends on its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ago {
    number: u16,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Ago {
    /// So many days.
    pub fn days(number: u16) -> Ago {
        Ago { number, unit: Unit::Day }
    }

    /// The instant at which the stretch begins.
    pub fn before(self, at: Instant, zone: &Zone) -> Instant {
        let day = zone.date(at);
        let clock = at.0 - zone.start_of(day).0;
        let number = i32::from(self.number);
        let begins = match self.unit {
            Unit::Day => day.plus(-number),
            Unit::Week => day.plus(-7 * number),
            Unit::Month => months_before(day, number),
            Unit::Year => months_before(day, 12 * number),
        };
        Instant(zone.start_of(begins).0 + clock)
    }

    /// The number and the word of its unit, in English: `90 days`.
    pub fn words(self) -> String {
        let unit = match self.unit {
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Year => "year",
        };
        format!("{} {unit}{}", self.number, if self.number == 1 { "" } else { "s" })
    }
}

fn months_before(day: Date, months: i32) -> Date {
    let (year, month, of_month) = day.civil();
    let count = year * 12 + month as i32 - 1 - months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
    (1..=of_month).rev().find_map(|of_month| Date::new(year, month, of_month)).unwrap_or(day)
}

impl FromStr for Ago {
    type Err = SegmentError;

    fn from_str(text: &str) -> Result<Ago, SegmentError> {
        let wrong = || SegmentError::Ago(text.to_owned());
        let short = text.trim();
        let digits = short.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u16 = short[..digits].parse().map_err(|_| wrong())?;
        let unit = match short[digits..].trim() {
            "d" | "day" | "days" => Unit::Day,
            "w" | "week" | "weeks" => Unit::Week,
            "m" | "month" | "months" => Unit::Month,
            "y" | "year" | "years" => Unit::Year,
            _ => return Err(wrong()),
        };
        // Further back than any fact: 1900 is the earliest that is imported.
        let days = u32::from(number) * [1, 7, 31, 366][unit as usize];
        if number == 0 || days > 80_000 { Err(wrong()) } else { Ok(Ago { number, unit }) }
    }
}

impl TryFrom<String> for Ago {
    type Error = SegmentError;

    fn try_from(text: String) -> Result<Ago, SegmentError> {
        text.parse()
    }
}

impl From<Ago> for String {
    fn from(ago: Ago) -> String {
        ago.to_string()
    }
}

impl fmt::Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = ['d', 'w', 'm', 'y'][self.unit as usize];
        write!(f, "{}{unit}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(at: &str, ago: &str, begins: &str) {
        let zone: Zone = "Europe/Helsinki".parse().unwrap();
        let start = |date: &str| zone.start_of(date.parse::<Date>().unwrap());
        let ago: Ago = ago.parse().unwrap();
        assert_eq!(ago.before(start(at), &zone), start(begins), "{ago} before {at}");
        assert_eq!(ago.to_string().parse::<Ago>().unwrap(), ago);
    }

    #[test]
    fn stretches_go_by_the_calendar() {
        check("2024-03-31", "1m", "2024-02-29");
        check("2024-01-15", "2 months", "2023-11-15");
        check("2024-02-29", "1y", "2023-02-28");
        check("2024-04-01", "2d", "2024-03-30"); // a day of 23 hours between
        check("2024-01-08", "1w", "2024-01-01");
        for wrong in ["", "90", "d", "0d", "-3d", "3 fortnights", "99999d", "300y"] {
            assert!(wrong.parse::<Ago>().is_err(), "{wrong}");
        }
    }
}
