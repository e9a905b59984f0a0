//! Whether a row fits a condition of the map.

use super::Fields;
use super::blank::is_blank;
use crate::read::map::State;
use crate::read::number::Decimal;
use crate::read::plan::Test;

#[inline]
pub(super) fn holds(test: &Test, fields: Fields<'_>, new: bool) -> bool {
    let text = fields.get(test.column);
    let is = |word: &String| {
        text.eq_ignore_ascii_case(word) || (!word.is_ascii() && text.to_lowercase() == word.to_lowercase())
    };
    let number = || Decimal::parse(text.as_bytes(), test.decimal).map(Decimal::float);
    let state = match test.is {
        Some(State::Empty) => is_blank(text),
        Some(State::Filled) => !is_blank(text),
        Some(State::New) => new,
        None => true,
    };
    let all = state
        && (test.one_of.is_empty() || test.one_of.iter().any(is))
        && (test.none_of.is_empty() || !test.none_of.iter().any(is))
        && test
            .starts_with
            .as_ref()
            .is_none_or(|start| text.get(..start.len()).is_some_and(|s| s.eq_ignore_ascii_case(start)))
        && test.above.is_none_or(|bound| number().is_some_and(|n| n > bound))
        && test.below.is_none_or(|bound| number().is_some_and(|n| n < bound));
    all != test.not
}
