//! Whether a row fits a condition of the map.

use std::cmp::Ordering;

use super::Fields;
use super::blank::{is_blank, is_void};
use crate::read::date::{self, Moment};
use crate::read::map::State;
use crate::read::number::Decimal;
use crate::read::plan::Test;

#[inline]
pub(super) fn holds(test: &Test, fields: Fields<'_>, new: bool) -> bool {
    let text = fields.get(test.column);
    let number = || Decimal::parse(text.as_bytes(), test.decimal).map(Decimal::float);
    let state = match test.is {
        Some(State::Empty) => is_blank(text),
        Some(State::Filled) => !is_blank(text),
        Some(State::New) => new,
        None => true,
    };
    let all = state
        && (test.one_of.is_empty() || test.one_of.has(text))
        && (test.none_of.is_empty() || !test.none_of.has(text))
        && test
            .starts_with
            .as_ref()
            .is_none_or(|start| text.get(..start.len()).is_some_and(|s| s.eq_ignore_ascii_case(start)))
        && test.above.is_none_or(|bound| number().is_some_and(|n| n > bound))
        && test.below.is_none_or(|bound| number().is_some_and(|n| n < bound))
        && test.after.is_none_or(|other| in_time(test, fields, other).is_some_and(Ordering::is_gt))
        && test.until.is_none_or(|other| in_time(test, fields, other).is_some_and(Ordering::is_le))
        && test.unlike.is_none_or(|other| differs(test, text, fields.get(other)));
    all != test.not
}

/// Whether two cells say different things: 12.0 is 12.00.
fn differs(test: &Test, one: &str, other: &str) -> bool {
    let number = |text: &str| Decimal::parse(text.as_bytes(), test.decimal).map(Decimal::float);
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_ne(),
        _ => one != other,
    }
}

/// How the date of a cell stands to that of another; nothing where either is missing. Where one of them is only a day,
/// days are compared.
fn in_time(test: &Test, fields: Fields<'_>, other: usize) -> Option<Ordering> {
    let moment = |at: usize| -> Option<Moment> {
        let text = fields.get(at);
        if is_void(text) { None } else { date::parse(text.as_bytes(), test.dates).ok() }
    };
    let (one, other) = (moment(test.column)?, moment(other)?);
    let exact = |moment: Moment| {
        if one.clock && other.clock {
            moment.local - moment.offset.map_or(0, |offset| i64::from(offset) * 1_000_000)
        } else {
            moment.local.div_euclid(86_400_000_000)
        }
    };
    Some(exact(one).cmp(&exact(other)))
}
