//! A length of time that does not depend on the calendar, as questions write it: `30m`, `12h`, `7d`, `2w`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::MetricError;

/// A length of time in microseconds, more than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

const SECOND: i64 = 1_000_000;
/// Each unit with its letter, the longest first.
const UNITS: [(char, i64); 5] =
    [('w', 604_800 * SECOND), ('d', 86_400 * SECOND), ('h', 3_600 * SECOND), ('m', 60 * SECOND), ('s', SECOND)];
/// The longest span: a hundred years, so that sums of an instant and a span never overflow.
const LONGEST: i64 = 36_525 * 86_400 * SECOND;

impl Span {
    /// 30 minutes.
    pub const HALF_HOUR: Span = Span(1_800 * SECOND);

    /// So many days of 24 hours, at least one.
    pub fn days(days: u32) -> Span {
        Span((i64::from(days.max(1)) * 86_400 * SECOND).min(LONGEST))
    }

    /// Its length.
    pub fn micros(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A week is seldom meant by seven days: days are the longest unit written.
        let whole = UNITS.iter().skip(1).find(|(_, length)| self.0 % length == 0);
        let (letter, length) = whole.copied().unwrap_or(('s', SECOND));
        write!(f, "{}{letter}", self.0 / length)
    }
}

impl FromStr for Span {
    type Err = MetricError;

    fn from_str(text: &str) -> Result<Span, MetricError> {
        let wrong = || MetricError::BadSpan(text.to_owned());
        let trimmed = text.trim();
        let (letter, length) = UNITS.into_iter().find(|(letter, _)| trimmed.ends_with(*letter)).ok_or_else(wrong)?;
        let number = trimmed.strip_suffix(letter).unwrap_or_default().trim_end();
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number: i64 = number.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        let micros = number.checked_mul(length).filter(|micros| (1..=LONGEST).contains(micros));
        micros.map(Span).ok_or_else(wrong)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, micros, written) in [
            ("30m", 1_800 * SECOND, "30m"),
            (" 12h ", 43_200 * SECOND, "12h"),
            ("7d", 604_800 * SECOND, "7d"),
            ("2w", 1_209_600 * SECOND, "14d"),
            ("90s", 90 * SECOND, "90s"),
            ("24h", 86_400 * SECOND, "1d"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.micros(), span.to_string().as_str()), (micros, written));
            assert_eq!(written.parse::<Span>().unwrap(), span);
        }
        for text in ["", "7", "d", "0d", "-3d", "+3d", "1.5h", "7 days", "99999999999d", "36526d", "७d"] {
            assert_eq!(text.parse::<Span>().unwrap_err().code(), "bad_span", "{text}");
        }
    }
}
