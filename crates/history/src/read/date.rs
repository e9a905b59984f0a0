//! Dates and times as exports write them, over bytes.

use serde::{Deserialize, Serialize};
use terms::{Date, Instant, Zone};

use super::number::{Decimal, DecimalMark};

/// In what order a date is written. The time of day, where there is one, is understood in every form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateForm {
    /// Year first: `2024-03-31`, `2024/3/31`, `20240331`, `2024-03`, with `T10:00:00+02:00` or ` 10:00` behind.
    #[default]
    Iso,
    /// Day first: `31/03/2024`, `31.3.24`.
    Dmy,
    /// Month first: `03/31/2024`, `3/31/24`.
    Mdy,
    /// The month as a word: `31 Mar 2024`, `March 31, 2024`, `Sun, 31 Mar 2024 10:00:00 +0000`.
    Named,
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMillis,
    /// Microseconds since 1970.
    EpochMicros,
    /// Nanoseconds since 1970.
    EpochNanos,
    /// Days since 1899-12-30, as spreadsheets count.
    ExcelDays,
}

impl std::str::FromStr for DateForm {
    type Err = String;

    fn from_str(text: &str) -> Result<DateForm, String> {
        match text.trim().to_lowercase().as_str() {
            "iso" | "ymd" | "year-month-day" => Ok(DateForm::Iso),
            "dmy" | "day-month-year" | "day/month/year" => Ok(DateForm::Dmy),
            "mdy" | "month-day-year" | "month/day/year" => Ok(DateForm::Mdy),
            _ => Err(format!(
                "'{text}' is no order of dates; write dmy (31/12/2024), mdy (12/31/2024) or iso (2024-12-31)"
            )),
        }
    }
}

impl DateForm {
    /// The short word for an order of day, month and year, as it is answered; nothing for other forms.
    pub fn order(self) -> Option<&'static str> {
        match self {
            DateForm::Iso => Some("iso"),
            DateForm::Dmy => Some("dmy"),
            DateForm::Mdy => Some("mdy"),
            _ => None,
        }
    }

    /// Every form, likelier ones first.
    pub const ALL: [DateForm; 9] = [
        DateForm::Iso,
        DateForm::Dmy,
        DateForm::Mdy,
        DateForm::Named,
        DateForm::EpochSeconds,
        DateForm::EpochMillis,
        DateForm::EpochMicros,
        DateForm::EpochNanos,
        DateForm::ExcelDays,
    ];

    /// An example of it, for people.
    pub fn example(self) -> &'static str {
        match self {
            DateForm::Iso => "2024-03-31",
            DateForm::Dmy => "31/03/2024",
            DateForm::Mdy => "03/31/2024",
            DateForm::Named => "31 Mar 2024",
            DateForm::EpochSeconds => "1711843200",
            DateForm::EpochMillis => "1711843200000",
            DateForm::EpochMicros => "1711843200000000",
            DateForm::EpochNanos => "1711843200000000000",
            DateForm::ExcelDays => "45382.5",
        }
    }
}

/// A moment as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970-01-01T00:00 on the clock that wrote it.
    pub local: i64,
    /// That clock's distance from UTC in seconds, where it was written.
    pub offset: Option<i32>,
    /// Whether a time of day was written.
    pub clock: bool,
}

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFault {
    /// Not a date of the expected form.
    Unreadable,
    /// A date outside 1900 to 2100.
    OutOfRange,
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 1900-01-01 and 2101-01-01 in days since 1970.
const DAY_FIRST: i64 = -25_567;
const DAY_END: i64 = 47_847;

/// Reads a date or a date and time of this form.
pub fn parse(text: &[u8], form: DateForm) -> Result<Moment, DateFault> {
    let text = text.trim_ascii();
    let (days, rest) = match form {
        DateForm::Iso => year_first(text),
        DateForm::Dmy => day_or_month_first(text, false),
        DateForm::Mdy => day_or_month_first(text, true),
        DateForm::Named => named(text),
        _ => return counted(text, form),
    }
    .ok_or(DateFault::Unreadable)?;
    let days = in_range(days)?;
    let (of_day, offset, clock) = time_of_day(rest).ok_or(DateFault::Unreadable)?;
    Ok(Moment { local: days * DAY + of_day, offset, clock })
}

/// The civil date of a year, a month and a day given as numbers of their own.
pub fn from_parts(year: i64, month: i64, day: i64) -> Result<Moment, DateFault> {
    let days = civil_days(year, month, day).ok_or(DateFault::Unreadable)?;
    Ok(Moment { local: in_range(days)? * DAY, offset: None, clock: false })
}

/// The same day and time so many months later; the last day of the month where it is shorter.
pub fn months_later(moment: Moment, months: i64) -> Option<Moment> {
    let day = moment.local.div_euclid(DAY);
    let (year, month, of_month) = Date(i32::try_from(day).ok()?).civil();
    let all = (i64::from(year) * 12 + i64::from(month) - 1).checked_add(months)?;
    let (year, month) = (all.div_euclid(12), all.rem_euclid(12) + 1);
    let found = (0..4).find_map(|short| civil_days(year, month, i64::from(of_month) - short))?;
    Some(Moment { local: in_range(found).ok()? * DAY + moment.local.rem_euclid(DAY), ..moment })
}

fn in_range(days: i64) -> Result<i64, DateFault> {
    (DAY_FIRST..DAY_END).contains(&days).then_some(days).ok_or(DateFault::OutOfRange)
}

/// Days since 1970-01-01 of a date that exists (H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil).
fn civil_days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month) || day < 1 || !(0..=9999).contains(&year) {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if day > LENGTHS[month as usize - 1] + i64::from(leap && month == 2) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// One or more digits at the start, at most `most` of them: value, how many, what follows.
fn digits(text: &[u8], most: usize) -> Option<(i64, usize, &[u8])> {
    let count = text.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let value = text[..count].iter().fold(0i64, |sum, b| sum * 10 + i64::from(b - b'0'));
    Some((value, count, &text[count..]))
}

fn separator(text: &[u8]) -> Option<(u8, &[u8])> {
    match text.split_first() {
        Some((&byte @ (b'-' | b'/' | b'.' | b' '), rest)) => Some((byte, rest)),
        _ => None,
    }
}

fn year_first(text: &[u8]) -> Option<(i64, &[u8])> {
    let (year, count, rest) = digits(text, 8)?;
    if count == 8 {
        return Some((civil_days(year / 10_000, year / 100 % 100, year % 100)?, rest));
    }
    if count != 4 {
        return None;
    }
    let (mark, rest) = separator(rest).or_else(|| chinese_mark(rest, '年'))?;
    let (month, _, rest) = digits(rest, 2)?;
    if let Some((_, rest)) = chinese_mark(rest, '月') {
        let (day, _, rest) = digits(rest, 2)?;
        let rest = chinese_mark(rest, '日').map_or(rest, |(_, rest)| rest);
        return Some((civil_days(year, month, day)?, rest));
    }
    match rest.split_first() {
        Some((&byte, rest)) if byte == mark => {
            let (day, _, rest) = digits(rest, 2)?;
            Some((civil_days(year, month, day)?, rest))
        }
        Some(_) => None,
        None => Some((civil_days(year, month, 1)?, rest)), // a month alone is its first day
    }
}

fn chinese_mark(text: &[u8], mark: char) -> Option<(u8, &[u8])> {
    let mut buffer = [0; 4];
    text.strip_prefix(mark.encode_utf8(&mut buffer).as_bytes()).map(|rest| (0, rest))
}

/// Two-digit years: 70 to 99 are the last century.
fn full_year(year: i64, count: usize) -> Option<i64> {
    match count {
        4 => Some(year),
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

fn day_or_month_first(text: &[u8], month_first: bool) -> Option<(i64, &[u8])> {
    let (first, _, rest) = digits(text, 2)?;
    let (mark, rest) = separator(rest)?;
    let (second, _, rest) = digits(rest, 2)?;
    let (again, rest) = separator(rest)?;
    let (year, count, rest) = digits(rest, 4)?;
    let (day, month) = if month_first { (second, first) } else { (first, second) };
    (mark == again).then_some((civil_days(full_year(year, count)?, month, day)?, rest))
}

/// A month by the first letters of its name: English, German, French, Spanish, Italian, Portuguese, Dutch.
fn month_named(word: &str) -> Option<i64> {
    let start: String = word.chars().flat_map(char::to_lowercase).take(4).collect();
    let three: String = start.chars().take(3).collect();
    Some(match (three.as_str(), start.as_str()) {
        ("jan" | "ene" | "gen", _) => 1,
        ("feb" | "fev" | "fév", _) => 2,
        ("mar" | "mär" | "mrz" | "maa" | "mrt", _) => 3,
        ("apr" | "avr" | "abr", _) => 4,
        ("may" | "mai" | "mag" | "mei", _) => 5,
        ("jun" | "giu", _) | (_, "juin") => 6,
        ("jul" | "lug", _) | (_, "juil") => 7,
        ("aug" | "aoû" | "aou" | "ago", _) => 8,
        ("sep" | "set", _) => 9,
        ("oct" | "okt" | "ott" | "out", _) => 10,
        ("nov", _) => 11,
        ("dec" | "dez" | "déc" | "dic", _) => 12,
        _ => return None,
    })
}

/// A word at the start, without its full stop: the word, and what follows after spaces, commas and dashes.
fn word(text: &[u8]) -> Option<(&str, &[u8])> {
    let count = text.iter().take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80).count();
    let found = std::str::from_utf8(&text[..count]).ok().filter(|found| found.len() >= 3)?;
    Some((found, after_gap(&text[count..])))
}

fn after_gap(text: &[u8]) -> &[u8] {
    let gap = text.iter().take_while(|b| matches!(b, b' ' | b',' | b'-' | b'/' | b'.')).count();
    &text[gap..]
}

fn named(text: &[u8]) -> Option<(i64, &[u8])> {
    let text = match word(text) {
        Some((found, rest)) if month_named(found).is_none() || (rest.first()?.is_ascii_alphabetic()) => rest, // Sun,
        Some((found, rest)) => {
            let (day, _, rest) = digits(rest, 2)?; // March 31, 2024
            let rest = rest
                .strip_prefix(b"st")
                .or(rest.strip_prefix(b"nd"))
                .or(rest.strip_prefix(b"rd"))
                .or(rest.strip_prefix(b"th"))
                .unwrap_or(rest);
            let (year, count, rest) = digits(after_gap(rest), 4)?;
            return Some((civil_days(full_year(year, count)?, month_named(found)?, day)?, rest));
        }
        None => text,
    };
    let (day, _, rest) = digits(text, 2)?; // 31 Mar 2024, 31-Mar-24
    let (month, rest) = word(after_gap(rest))?;
    let (year, count, rest) = digits(rest, 4)?;
    Some((civil_days(full_year(year, count)?, month_named(month)?, day)?, rest))
}

/// What follows the date: nothing, or a time of day with perhaps AM/PM, perhaps a distance from UTC.
fn time_of_day(text: &[u8]) -> Option<(i64, Option<i32>, bool)> {
    let start = text.iter().take_while(|b| matches!(b, b' ' | b'T' | b't' | b',' | b'_')).count();
    let text = &text[start..];
    if text.is_empty() {
        return Some((0, None, false));
    }
    if start == 0 {
        return None;
    }
    if let Some(offset) = distance_from_utc(text) {
        return Some((0, offset, false)); // a date with a zone but no time
    }
    let text = text.strip_prefix(b"at ").unwrap_or(text);
    let (mut hour, _, rest) = digits(text, 2)?;
    let (minute, rest) = two_after(rest, b':').or_else(|| two_after(rest, b'.')).unwrap_or((0, rest));
    let (second, mut rest) = two_after(rest, b':').unwrap_or((0, rest));
    let mut fraction = 0i64;
    if let Some((b'.' | b',', after)) = rest.split_first() {
        let count = after.iter().take_while(|b| b.is_ascii_digit()).count();
        fraction =
            (0..6).fold(0, |sum, i| sum * 10 + after.get(i).filter(|_| i < count).map_or(0, |b| i64::from(b - b'0')));
        rest = &after[count..];
    }
    let rest = rest.trim_ascii_start();
    let rest = match rest.get(..2).map(<[u8]>::to_ascii_lowercase).as_deref() {
        Some(b"am") => {
            hour = if hour == 12 { 0 } else { hour };
            &rest[2..]
        }
        Some(b"pm") => {
            hour = if hour == 12 { 12 } else { hour + 12 };
            &rest[2..]
        }
        _ => rest,
    };
    let offset = distance_from_utc(rest.trim_ascii_start())?;
    if hour > 24 || minute > 59 || second > 60 || (hour == 24 && minute + second > 0) {
        return None;
    }
    Some((((hour * 60 + minute) * 60 + second) * SECOND + fraction, offset, true))
}

fn two_after(text: &[u8], mark: u8) -> Option<(i64, &[u8])> {
    match text.split_first() {
        Some((&byte, rest)) if byte == mark => digits(rest, 2).map(|(value, _, rest)| (value, rest)),
        _ => None,
    }
}

/// `Z`, `UTC`, `+02:00`, `-0500`, `+02`, `+0000 UTC`; the outer `None` when the text is something else.
fn distance_from_utc(text: &[u8]) -> Option<Option<i32>> {
    match text {
        b"" => return Some(None),
        b"Z" | b"z" | b"UTC" | b"GMT" | b"(UTC)" => return Some(Some(0)),
        _ => {}
    }
    let (sign, rest) = match text.split_first()? {
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, _, rest) = digits(rest, 2)?;
    let (minutes, rest) =
        two_after(rest, b':').or_else(|| digits(rest, 2).map(|(value, _, rest)| (value, rest))).unwrap_or((0, rest));
    let known = rest.is_empty() || rest.starts_with(b" ") || rest.starts_with(b"[");
    (known && hours <= 18 && minutes <= 59).then_some(Some(sign * (hours * 3600 + minutes * 60) as i32))
}

/// Seconds, milli-, micro-, nanoseconds since 1970, or spreadsheet days.
fn counted(text: &[u8], form: DateForm) -> Result<Moment, DateFault> {
    let text =
        if form == DateForm::EpochNanos { text.get(..text.len().saturating_sub(3)).unwrap_or(b"") } else { text };
    let number = Decimal::parse(text, DecimalMark::Point).ok_or(DateFault::Unreadable)?;
    let (units, per_unit) = match form {
        DateForm::EpochSeconds => (number.minor(6), 1),
        DateForm::EpochMillis => (number.minor(3), 1),
        DateForm::EpochMicros => (number.minor(0), 1),
        DateForm::EpochNanos => (number.minor(0), 1), // its last three digits are already gone
        _ => (number.minor(9), 86_400),
    };
    let units = units.ok_or(DateFault::OutOfRange)?;
    if form == DateForm::ExcelDays {
        // 10^-9 days, on the clock of whoever keeps the sheet; rounded to the second, since that is what sheets mean.
        let seconds = (i128::from(units) * per_unit + 500_000_000).div_euclid(1_000_000_000) as i64 - 25_569 * 86_400;
        in_range(seconds.div_euclid(86_400))?;
        return Ok(Moment { local: seconds * SECOND, offset: None, clock: seconds.rem_euclid(86_400) != 0 });
    }
    in_range(units.div_euclid(DAY))?;
    Ok(Moment { local: units, offset: Some(0), clock: true })
}

/// From clock times of a zone to instants, remembering the days already seen: asking the zone costs more than parsing.
#[derive(Debug)]
pub struct Clock {
    zone: Zone,
    utc: bool,
    /// By day modulo the length: the day, and its distance from UTC where it is the same all day.
    days: Vec<(i64, i64)>,
}

const REMEMBERED: usize = 4096;

impl Clock {
    /// A clock of this zone.
    pub fn new(zone: Zone) -> Clock {
        let utc = zone.name() == "UTC";
        Clock { zone, utc, days: if utc { Vec::new() } else { vec![(i64::MIN, 0); REMEMBERED] } }
    }

    /// The instant of a moment: by its own distance from UTC, else by this zone.
    pub fn instant(&mut self, moment: Moment) -> Instant {
        if let Some(offset) = moment.offset {
            return Instant(moment.local - i64::from(offset) * SECOND);
        }
        if self.utc {
            return Instant(moment.local);
        }
        let day = moment.local.div_euclid(DAY);
        let slot = day.rem_euclid(REMEMBERED as i64) as usize;
        if self.days[slot].0 == day {
            return Instant(moment.local - self.days[slot].1);
        }
        let distance = |local: i64| local - self.zone.instant_of_local(local).0;
        let (from, to) = (distance(day * DAY), distance((day + 1) * DAY));
        if from == to {
            self.days[slot] = (day, from);
        }
        self.zone.instant_of_local(moment.local)
    }

    /// The date of an instant in this zone.
    pub fn date(&self, at: Instant) -> Date {
        self.zone.date(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one door: a text, a form, the instant in Helsinki, `?` for unreadable, `out` for out of range.
    fn check(text: &str, form: DateForm, expected: &str) {
        let mut clock = Clock::new("Europe/Helsinki".parse().unwrap());
        let found = match parse(text.as_bytes(), form) {
            Ok(moment) => {
                let twice = clock.instant(moment);
                assert_eq!(twice, clock.instant(moment));
                jiff::Timestamp::from_microsecond(twice.0).unwrap().to_string()
            }
            Err(DateFault::Unreadable) => "?".to_owned(),
            Err(DateFault::OutOfRange) => "out".to_owned(),
        };
        assert_eq!(found, expected, "{text:?} as {form:?}");
    }

    #[test]
    fn dates_as_people_write_them() {
        use DateForm::*;
        for (text, form, expected) in [
            ("2024-03-31", Iso, "2024-03-30T22:00:00Z"),
            ("2024-04-01", Iso, "2024-03-31T21:00:00Z"),
            ("2024-03-31 03:30", Iso, "2024-03-31T01:30:00Z"), // the hour that was skipped
            ("2024-3-1", Iso, "2024-02-29T22:00:00Z"),
            ("2024/03/01 10:00:00", Iso, "2024-03-01T08:00:00Z"),
            ("20240301", Iso, "2024-02-29T22:00:00Z"),
            ("2024-03", Iso, "2024-02-29T22:00:00Z"),
            ("2024年3月1日 10:00", Iso, "2024-03-01T08:00:00Z"),
            ("2024-03-01T10:00:00Z", Iso, "2024-03-01T10:00:00Z"),
            ("2024-03-01T10:00:00.123456+02:00", Iso, "2024-03-01T08:00:00.123456Z"),
            ("2008-01-10T11:00:00-05:00", Iso, "2008-01-10T16:00:00Z"),
            ("2024-03-01 10:00:00 +0000", Iso, "2024-03-01T10:00:00Z"),
            ("2024-03-01 10:00:00 UTC", Iso, "2024-03-01T10:00:00Z"),
            ("2020-09-11 19:35:42.000 ", Iso, "2020-09-11T16:35:42Z"),
            ("2024-03-01 12:30 AM", Iso, "2024-02-29T22:30:00Z"),
            ("31/03/2024", Dmy, "2024-03-30T22:00:00Z"),
            ("31.3.24 10.15", Dmy, "2024-03-31T07:15:00Z"),
            ("1-2-1999", Dmy, "1999-01-31T22:00:00Z"),
            ("3/31/2024 1:05:09 PM", Mdy, "2024-03-31T10:05:09Z"),
            ("12/1/10 8:26", Mdy, "2010-12-01T06:26:00Z"),
            ("31/03/2024", Mdy, "?"),
            ("31 Mar 2024", Named, "2024-03-30T22:00:00Z"),
            ("Mar 31, 2024", Named, "2024-03-30T22:00:00Z"),
            ("31-Dec-99 23:59", Named, "1999-12-31T21:59:00Z"),
            ("March 1st, 2024 at 10:00", Named, "2024-03-01T08:00:00Z"),
            ("Sun, 31 Mar 2024 10:00:00 +0000", Named, "2024-03-31T10:00:00Z"),
            ("12 décembre 2023", Named, "2023-12-11T22:00:00Z"),
            ("1711843200", EpochSeconds, "2024-03-31T00:00:00Z"),
            ("1711843200.5", EpochSeconds, "2024-03-31T00:00:00.5Z"),
            ("1711843200000", EpochMillis, "2024-03-31T00:00:00Z"),
            ("1711843200000000000", EpochNanos, "2024-03-31T00:00:00Z"),
            ("45382", ExcelDays, "2024-03-30T22:00:00Z"),
            ("45382.5", ExcelDays, "2024-03-31T09:00:00Z"),
            ("2024-02-30", Iso, "?"),
            ("2023-02-29", Iso, "?"),
            ("1899-12-31", Iso, "out"),
            ("2101-01-01", Iso, "out"),
            ("0000-00-00", Iso, "?"),
            ("2024-03-01x", Iso, "?"),
            ("2024-03-01 25:00", Iso, "?"),
            ("", Iso, "?"),
            ("soon", Named, "?"),
        ] {
            check(text, form, expected);
        }
    }
}
