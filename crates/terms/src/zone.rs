//! The workspace's time zone: which date an instant falls on, and when a date begins.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;

use crate::{Date, Instant, TermError};

/// Microseconds in a day of 24 hours.
const DAY: i64 = 86_400_000_000;

/// A time zone of the IANA database.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    zone: TimeZone,
    is_utc: bool,
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Zone {
        Zone { name: "UTC".to_owned(), zone: TimeZone::UTC, is_utc: true }
    }

    /// The name, as in `Europe/Helsinki`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The calendar date at this instant in this zone.
    pub fn date(&self, at: Instant) -> Date {
        if self.is_utc {
            return Date(at.0.div_euclid(DAY) as i32);
        }
        Date((at.0 + self.offset(at)).div_euclid(DAY) as i32)
    }

    /// The first instant of a date. Where clocks jump over midnight, the first instant there is.
    pub fn start_of(&self, date: Date) -> Instant {
        let midnight = i64::from(date.0) * DAY;
        if self.is_utc {
            return Instant(midnight);
        }
        let (year, month, day) = date.civil();
        let civil = jiff::civil::Date::new(year as i16, month as i8, day as i8);
        match civil.and_then(|civil| civil.to_zoned(self.zone.clone())) {
            Ok(zoned) => Instant(zoned.timestamp().as_microsecond()),
            Err(_) => Instant(midnight),
        }
    }

    /// The instant of a wall-clock time given as microseconds since 1970-01-01T00:00 on the clock of this zone.
    /// A time that does not exist (clocks forward) or exists twice (clocks back) is read as before the jump.
    pub fn instant_of_local(&self, local: i64) -> Instant {
        if self.is_utc {
            return Instant(local);
        }
        let date = Date(local.div_euclid(DAY) as i32);
        let (year, month, day) = date.civil();
        let of_day = jiff::SignedDuration::from_micros(local.rem_euclid(DAY));
        let civil = jiff::civil::Date::new(year as i16, month as i8, day as i8)
            .map(|civil| civil.at(0, 0, 0, 0))
            .and_then(|civil| civil.checked_add(of_day))
            .and_then(|civil| self.zone.to_ambiguous_zoned(civil).compatible());
        civil.map_or(Instant(local), |zoned| Instant(zoned.timestamp().as_microsecond()))
    }

    /// Microseconds to add to UTC at this instant.
    fn offset(&self, at: Instant) -> i64 {
        jiff::Timestamp::from_microsecond(at.0)
            .map_or(0, |timestamp| i64::from(self.zone.to_offset(timestamp).seconds()) * 1_000_000)
    }
}

impl FromStr for Zone {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Zone, TermError> {
        let name = text.trim();
        if name.eq_ignore_ascii_case("utc") || name == "Etc/UTC" {
            return Ok(Zone::utc());
        }
        let zone = TimeZone::get(name).map_err(|_| TermError::Zone(text.to_owned()))?;
        Ok(Zone { name: name.to_owned(), zone, is_utc: false })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_shop_is() {
        for (zone, date, start) in [
            ("UTC", "2024-03-31", "2024-03-31T00:00:00Z"),
            ("Europe/Helsinki", "2024-03-31", "2024-03-30T22:00:00Z"),
            ("Europe/Helsinki", "2024-04-01", "2024-03-31T21:00:00Z"),
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"), // no midnight that day
            ("Asia/Taipei", "2024-01-01", "2023-12-31T16:00:00Z"),
        ] {
            let (zone, date): (Zone, Date) = (zone.parse().unwrap(), date.parse().unwrap());
            let start: jiff::Timestamp = start.parse().unwrap();
            assert_eq!(zone.start_of(date), Instant(start.as_microsecond()));
            assert_eq!(zone.date(zone.start_of(date)), date);
            assert_eq!(zone.date(Instant(zone.start_of(date).0 - 1)), date.plus(-1));
        }
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert!("Mars/Olympus".parse::<Zone>().is_err());
    }
}
