//! What the values of a column look like: numbers, dates, addresses, few words or many.

use std::collections::HashSet;

use serde::Serialize;

use crate::read::date::{self, DateForm};
use crate::read::fill::{flag_of, is_void};
use crate::read::number::{Decimal, DecimalMark};

/// What most values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Looks {
    /// Nothing in it.
    Empty,
    /// Yes or no.
    Flag,
    /// Whole numbers.
    Whole,
    /// Numbers with decimals.
    Decimal,
    /// Dates, with or without a time.
    Date,
    /// E-mail addresses.
    Email,
    /// The same few words again and again.
    Word,
    /// Texts or identifiers that differ.
    Text,
}

/// A column of a sample, looked at.
#[derive(Debug, Clone)]
pub struct Look {
    pub looks: Looks,
    /// Values that are there.
    pub filled: usize,
    /// Whether every value that is there is a number.
    pub all_numbers: bool,
    pub distinct: usize,
    /// The decimal mark, where the values show one.
    pub mark: Option<DecimalMark>,
    /// Forms in which the values are dates; for plain numbers only where the name says so too.
    pub forms: Vec<DateForm>,
    /// Whether the dates carry a time of day.
    pub clock: bool,
    /// Whether every number is 0 or 1.
    pub bit: bool,
    /// Whether some number is below zero.
    pub negative: bool,
    /// Whether every number ends in `.0`.
    pub point_zero: bool,
    /// The largest number.
    pub largest: f64,
    /// Greatest length of a value.
    pub longest: usize,
}

impl Look {
    /// Every value differs from the others.
    pub fn unique(&self) -> bool {
        self.filled > 1 && self.distinct == self.filled
    }

    /// Whether it holds numbers.
    pub fn numeric(&self) -> bool {
        matches!(self.looks, Looks::Whole | Looks::Decimal)
    }
}

/// Whether a cell is data for sure rather than the name of a column.
pub fn is_data(text: &str) -> bool {
    let number = |mark| Decimal::parse(text.as_bytes(), mark).is_some();
    let digits = text.bytes().any(|b| b.is_ascii_digit());
    let number = number(DecimalMark::Point) || number(DecimalMark::Comma);
    (digits && (number || is_written_date(text))) || is_email(text)
}

fn is_written_date(text: &str) -> bool {
    DateForm::ALL[..4].iter().any(|form| date::parse(text.as_bytes(), *form).is_ok())
}

/// Something at something with a dot.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !text.contains([' ', ',', '<', '/'])
}

/// Looks at the values of one column.
pub fn look<'a>(values: impl Iterator<Item = &'a str>) -> Look {
    let all = without_zero_dates(values.filter(|text| !is_void(text)).collect());
    let distinct: HashSet<&str> = all.iter().copied().collect();
    let mut look = Look {
        looks: Looks::Empty,
        filled: all.len(),
        all_numbers: false,
        largest: 0.0,
        distinct: distinct.len(),
        mark: None,
        forms: Vec::new(),
        clock: false,
        bit: false,
        negative: false,
        point_zero: false,
        longest: all.iter().map(|text| text.len()).max().unwrap_or(0),
    };
    if all.is_empty() {
        return look;
    }
    let most = |count: usize| nearly_all(count, all.len());
    let emails = all.iter().filter(|text| is_email(text)).count();
    let flags = all
        .iter()
        .filter(|text| flag_of(text).is_some() && Decimal::parse(text.as_bytes(), DecimalMark::Point).is_none())
        .count();
    look.forms = date_forms(&all);
    let numbers = numbers(&all, &mut look);
    look.looks = if most(emails) {
        Looks::Email
    } else if most(flags) && distinct.len() <= 4 {
        Looks::Flag
    } else if let Some(looks) = numbers {
        looks
    } else if !look.forms.is_empty() {
        Looks::Date
    } else if distinct.len() * 2 <= all.len() || (distinct.len() <= 3 && distinct.len() < all.len()) {
        Looks::Word
    } else {
        Looks::Text
    };
    if let Some(form) = look.forms.first() {
        look.clock = all.iter().any(|text| {
            date::parse(text.as_bytes(), *form).is_ok_and(|moment| moment.clock && moment.local % 86_400_000_000 != 0)
        });
    }
    look
}

/// Some programs write 0 beside written dates where there is none.
fn without_zero_dates(all: Vec<&str>) -> Vec<&str> {
    let rest: Vec<&str> = all.iter().copied().filter(|text| *text != "0").collect();
    let plain = |text: &&str| text.bytes().all(|b| b.is_ascii_digit());
    let dates =
        rest.len() < all.len() && !rest.is_empty() && rest.iter().all(|text| !plain(text) && is_written_date(text));
    if dates { rest } else { all }
}

/// Nine of ten; of a handful of values two of three, for there one bad cell must not hide what a column is.
fn nearly_all(count: usize, of: usize) -> bool {
    count * 10 >= of * 9 || (of < 30 && count * 3 >= of * 2)
}

/// Whole or decimal numbers, and by which mark; nothing when they are not numbers.
fn numbers(all: &[&str], look: &mut Look) -> Option<Looks> {
    let parsed =
        |mark| -> Vec<Decimal> { all.iter().filter_map(|text| Decimal::parse(text.as_bytes(), mark)).collect() };
    let (point, comma) = (parsed(DecimalMark::Point), parsed(DecimalMark::Comma));
    // A code such as 0012 or 85123A is no number even if some of it could be read as one.
    let best = point.len().max(comma.len());
    if !nearly_all(best, all.len())
        || (all
            .iter()
            .filter(|text| text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()))
            .count()
            * 2
            > all.len())
    {
        return None;
    }
    let numbers = if comma.len() > point.len() { &comma } else { &point };
    let ends_like_cents = |text: &&&str, mark: char| {
        text.rsplit_once(mark)
            .is_some_and(|(_, end)| (1..=2).contains(&end.trim_end_matches(|c: char| !c.is_ascii_digit()).len()))
    };
    if comma.len() > point.len() || (comma.len() == point.len() && all.iter().any(|text| ends_like_cents(&text, ','))) {
        look.mark = Some(DecimalMark::Comma);
    } else if point.len() > comma.len() || all.iter().any(|text| ends_like_cents(&text, '.')) {
        look.mark = Some(DecimalMark::Point);
    }
    look.all_numbers = best == all.len();
    look.largest = numbers.iter().map(|n| n.float()).fold(0.0, f64::max);
    look.bit = look.all_numbers && numbers.iter().all(|n| n.scale == 0 && (n.mantissa == 0 || n.mantissa == 1));
    look.negative = numbers.iter().any(|n| n.mantissa < 0);
    look.point_zero = all.iter().all(|text| text.ends_with(".0"));
    Some(if numbers.iter().all(|n| n.scale == 0) { Looks::Whole } else { Looks::Decimal })
}

/// Forms under which (nearly) all values are dates. Both day-first and month-first may fit.
fn date_forms(all: &[&str]) -> Vec<DateForm> {
    let counts: Vec<(usize, DateForm)> = DateForm::ALL
        .iter()
        .filter(|form| plausible(all, **form))
        .map(|form| (all.iter().filter(|text| date::parse(text.as_bytes(), *form).is_ok()).count(), *form))
        .collect();
    let best = counts.iter().map(|(count, _)| *count).max().unwrap_or(0);
    if !nearly_all(best, all.len()) {
        return Vec::new();
    }
    counts.into_iter().filter(|(count, _)| *count == best).map(|(_, form)| form).collect()
}

/// Plain numbers are dates only within the decades a business lives in.
fn plausible(all: &[&str], form: DateForm) -> bool {
    let (low, high) = match form {
        DateForm::EpochSeconds => (6e8, 2.5e9),
        DateForm::EpochMillis => (6e11, 2.5e12),
        DateForm::EpochMicros => (6e14, 2.5e15),
        DateForm::EpochNanos => (6e17, 2.5e18),
        DateForm::ExcelDays => (25_000.0, 62_000.0),
        DateForm::Iso if all.iter().all(|text| text.bytes().all(|b| b.is_ascii_digit())) => {
            (19_500_101.0, 20_991_231.0)
        }
        _ => return true,
    };
    let inside = |text: &&&str| text.parse::<f64>().is_ok_and(|n| n >= low && n <= high);
    all.iter().filter(inside).count() * 10 >= all.len() * 9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str], looks: Looks) {
        assert_eq!(look(values.iter().copied()).looks, looks, "{values:?}");
    }

    #[test]
    fn values_tell_what_they_are() {
        check(&["", "NULL", ""], Looks::Empty);
        check(&["1", "22", "3"], Looks::Whole);
        check(&["1.5", "22", "3"], Looks::Decimal);
        check(&["1,5", "22,25", "3,00"], Looks::Decimal);
        check(&["$1,500.00", "$2.00"], Looks::Decimal);
        check(&["00012", "00013", "00015"], Looks::Text);
        check(&["85123A", "71053", "84406B"], Looks::Text);
        check(&["2024-01-01", "2024-02-01 10:00"], Looks::Date);
        check(&["31/12/2024", "1/2/2024"], Looks::Date);
        check(&["0", "2024-01-01 10:00:00", "0", "0"], Looks::Date);
        check(&["0", "20240101", "0", "0"], Looks::Whole);
        check(&["2024-01-01", "2024-02-01", "soon"], Looks::Date);
        check(&["10.00", "lots", "5.00"], Looks::Decimal);
        check(&["a@b.co", "c@d.org"], Looks::Email);
        check(&["TRUE", "FALSE", "TRUE"], Looks::Flag);
        check(&["yes", "no"], Looks::Flag);
        check(&["red", "blue", "red", "blue"], Looks::Word);
        check(&["one thing", "another", "a third", "more"], Looks::Text);
    }

    #[test]
    fn the_order_of_day_and_month_is_seen_where_it_can_be() {
        use DateForm::*;
        for (values, forms) in [
            (&["31/12/2024", "01/02/2024"][..], &[Dmy][..]),
            (&["12/31/2024", "01/02/2024"], &[Mdy]),
            (&["01/02/2024", "03/04/2024"], &[Dmy, Mdy]),
            (&["20240131", "20240201"], &[Iso]),
            (&["1711843200", "1711843300"], &[EpochSeconds]),
            (&["100", "200"], &[]),
        ] {
            assert_eq!(look(values.iter().copied()).forms, forms, "{values:?}");
        }
    }
}
