//! Instants: from one column, from a date and a time of day, from a year and a month.

use super::blank::is_void;
use super::fault::Fault;
use super::filling::Value;
use super::{Fields, Filler};
use crate::read::date::{self, DateFault, Moment};
use crate::read::number::{Decimal, DecimalMark};
use crate::read::plan::{Cell, Wait, Way};

impl Filler<'_> {
    #[inline]
    pub(super) fn at<'a>(&mut self, cell: &Cell, fields: Fields<'a>) -> Result<Value<'a>, Fault> {
        for way in &cell.ways {
            let (column, moment) = match way {
                Way::Column(at) => {
                    let text = fields.get(*at);
                    // WooCommerce writes 0 for a day that never comes.
                    if is_void(text) || text == "0" {
                        continue;
                    }
                    (Some(*at), date::parse(text.as_bytes(), cell.dates))
                }
                Way::Of(at, owner) => match self.plan.owners.of(*owner, fields.get(*at)) {
                    Some(owned) => return Ok(Value::Whole(owned.at)),
                    None => continue,
                },
                Way::Constant(text) => (None, date::parse(text.as_bytes(), date::DateForm::Iso)),
                Way::Join(many) => {
                    // A date and a time of day in columns of their own.
                    let Some(Value::Made(range)) = self.joined(many, fields) else { continue };
                    let text = self.made.get(range.clone()).unwrap_or("");
                    let moment = date::parse(text.as_bytes(), cell.dates);
                    self.made.truncate(range.start);
                    (many.first().copied(), moment)
                }
                Way::Parts { year, month, day } => match parts(fields, *year, *month, *day) {
                    Some(moment) => (Some(*year), moment),
                    None => continue,
                },
                _ => continue,
            };
            let mut moment = moment.map_err(|fault| Fault { code: date_code(fault), column, missing: false })?;
            if let Some(wait) = cell.wait {
                let Some(waited) = waited(cell, wait, moment, fields)? else { return Ok(Value::None) };
                moment = waited;
            }
            return Ok(Value::Whole(self.clock.instant(moment).0));
        }
        Ok(Value::None)
    }
}

/// `19:30` or `19:30:00`, a stretch of hours, minutes and seconds, in seconds; of up to a million hours.
pub fn seconds_of(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes] => (hours, minutes, 0),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let fits = (0..=1_000_000).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    fits.then_some(hours * 3_600 + minutes * 60 + seconds)
}

/// A time so much later or earlier as a column says; nothing where that is empty.
fn waited(cell: &Cell, wait: Wait, moment: Moment, fields: Fields<'_>) -> Result<Option<Moment>, Fault> {
    let text = fields.get(wait.column);
    if is_void(text) {
        return Ok(None);
    }
    let sign = if wait.back { -1 } else { 1 };
    if let Some(seconds) = seconds_of(text) {
        return Ok(Some(Moment { local: moment.local + sign * seconds * 1_000_000, ..moment }));
    }
    let number = Decimal::parse(text.as_bytes(), cell.decimal);
    let moved = match wait.unit.seconds() {
        Some(seconds) => number
            .and_then(|number| number.minor(6)?.checked_mul(seconds * sign))
            .and_then(|micros| moment.local.checked_add(micros))
            .map(|local| Moment { local, ..moment }),
        None => number.and_then(|number| date::months_later(moment, number.minor(0)?.checked_mul(sign)?)),
    };
    moved.map(Some).ok_or(Fault { code: "bad_number", column: Some(wait.column), missing: false })
}

fn date_code(fault: DateFault) -> &'static str {
    match fault {
        DateFault::Unreadable => "bad_date",
        DateFault::OutOfRange => "date_out_of_range",
    }
}

/// A date from its parts; nothing when the year or the month it should have is empty.
fn parts(
    fields: Fields<'_>,
    year: usize,
    month: Option<usize>,
    day: Option<usize>,
) -> Option<Result<Moment, DateFault>> {
    let part = |at: usize| -> Option<Result<i64, DateFault>> {
        let text = fields.get(at);
        let number = Decimal::parse(text.as_bytes(), DecimalMark::Point).and_then(Decimal::whole);
        (!is_void(text)).then_some(number.ok_or(DateFault::Unreadable))
    };
    let year = part(year)?;
    let month = match month {
        Some(at) => part(at)?,
        None => Ok(1),
    };
    let day = day.and_then(part).unwrap_or(Ok(1));
    Some(year.and_then(|year| date::from_parts(year, month?, day?)))
}

#[cfg(test)]
mod tests {
    use super::seconds_of;

    #[test]
    fn stretches_of_hours_and_minutes() {
        for (text, seconds) in [
            ("01:30:00", Some(5_400)),
            ("19:30", Some(70_200)),
            ("60:00:05", Some(216_005)),
            ("90", None),
            ("1:75", None),
            ("1:2:3:4", None),
            ("-1:30", None),
            ("", None),
        ] {
            assert_eq!(seconds_of(text), seconds, "{text}");
        }
    }
}
