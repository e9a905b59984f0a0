//! Money, numbers and flags: read exactly, or not at all.

use super::Fields;
use super::blank::{flag_of, is_blank, is_void};
use super::fault::Fault;
use super::filling::Value;
use crate::read::map::MoneyUnit;
use crate::read::number::{Decimal, DecimalMark};
use crate::read::plan::{Cell, Way, months_of};

#[inline]
pub(super) fn money<'a>(cell: &Cell, fields: Fields<'a>, digits: u32) -> Result<Value<'a>, Fault> {
    let digits = if cell.money == MoneyUnit::Minor { 0 } else { digits };
    for way in &cell.ways {
        let Some(found) = sum_of(cell, way, fields, digits)? else { continue };
        let mut minor = found;
        for at in &cell.minus {
            minor -= amount_at(cell, *at, fields)?.and_then(|d| d.minor(digits)).unwrap_or(0);
        }
        return Ok(Value::Whole(if cell.absolute { minor.saturating_abs() } else { minor }));
    }
    Ok(Value::None)
}

#[inline]
fn amount_at(cell: &Cell, at: usize, fields: Fields<'_>) -> Result<Option<Decimal>, Fault> {
    let text = fields.get(at);
    if is_void(text) {
        return Ok(None);
    }
    Decimal::parse(text.as_bytes(), cell.decimal).map(Some).ok_or(Fault {
        code: "bad_number",
        column: Some(at),
        missing: false,
    })
}

fn large(column: usize) -> Fault {
    Fault { code: "number_too_large", column: Some(column), missing: false }
}

#[inline]
fn sum_of(cell: &Cell, way: &Way, fields: Fields<'_>, digits: u32) -> Result<Option<i64>, Fault> {
    match way {
        Way::Column(at) => match amount_at(cell, *at, fields)? {
            Some(found) => found.minor(digits).map(Some).ok_or(large(*at)),
            None => Ok(None),
        },
        Way::Times(many) => product(cell, many, fields, digits),
        Way::Plus(many) => sum(cell, many, fields, digits),
        Way::Monthly { .. } => monthly(cell, way, fields, digits),
        Way::Constant(text) => Ok(Decimal::parse(text.as_bytes(), cell.decimal).and_then(|d| d.minor(digits))),
        _ => Ok(None),
    }
}

fn product(cell: &Cell, many: &[usize], fields: Fields<'_>, digits: u32) -> Result<Option<i64>, Fault> {
    let mut factors = Vec::with_capacity(2);
    for at in many {
        match amount_at(cell, *at, fields)? {
            Some(found) => factors.push(found),
            None => return Ok(None),
        }
    }
    Decimal::product_minor(factors, digits).map(Some).ok_or(large(many.first().copied().unwrap_or_default()))
}

fn sum(cell: &Cell, many: &[usize], fields: Fields<'_>, digits: u32) -> Result<Option<i64>, Fault> {
    let (mut sum, mut any) = (0i64, false);
    for at in many {
        if let Some(found) = amount_at(cell, *at, fields)? {
            sum = found.minor(digits).and_then(|m| sum.checked_add(m)).ok_or(large(*at))?;
            any = true;
        }
    }
    Ok(any.then_some(sum))
}

/// A price for some interval as a price a month, rounded halves away from zero.
fn monthly(cell: &Cell, way: &Way, fields: Fields<'_>, digits: u32) -> Result<Option<i64>, Fault> {
    let Way::Monthly { amount, interval, every, count, quantity } = way else { return Ok(None) };
    let Some(price) = amount_at(cell, *amount, fields)? else { return Ok(None) };
    let months = match interval.map(|at| (at, fields.get(at))).filter(|(_, text)| !is_blank(text)) {
        Some((at, text)) => months_of(text).ok_or(Fault { code: "bad_interval", column: Some(at), missing: false })?,
        None => *every,
    };
    let whole = |at: Option<usize>| -> Result<i64, Fault> {
        let found = at.map(|at| amount_at(cell, at, fields)).transpose()?.flatten();
        Ok(found.and_then(Decimal::whole).unwrap_or(1))
    };
    let (count, quantity) = (whole(*count)?.max(1), whole(*quantity)?);
    let minor = price.minor(digits).ok_or(large(*amount))?;
    let top = i128::from(minor) * i128::from(quantity) * i128::from(months.1);
    let bottom = i128::from(months.0) * i128::from(count);
    let half = if top < 0 { -(bottom / 2) } else { bottom / 2 };
    i64::try_from((top + half) / bottom).map(Some).map_err(|_| large(*amount))
}

/// The number that the map gives for a word, as in `words = { happy = "5" }`; an empty one is no number.
fn translated<'c>(cell: &'c Cell, text: &str) -> Option<&'c str> {
    if cell.words.is_empty() || is_void(text) {
        return None;
    }
    cell.words.get(&text.to_lowercase()).or(cell.otherwise.as_ref()).map(String::as_str)
}

pub(super) fn number<'a>(
    cell: &Cell,
    fields: Fields<'a>,
    make: impl Fn(Decimal) -> Option<Value<'a>>,
) -> Result<Value<'a>, Fault> {
    for way in &cell.ways {
        match way {
            Way::Column(at) => {
                if let Some(word) = translated(cell, fields.get(*at)) {
                    return Ok(Decimal::parse(word.as_bytes(), DecimalMark::Point)
                        .and_then(make)
                        .unwrap_or(Value::None));
                }
                if let Some(found) = amount_at(cell, *at, fields)? {
                    let found = if cell.absolute {
                        Decimal { mantissa: found.mantissa.saturating_abs(), ..found }
                    } else {
                        found
                    };
                    return make(found).ok_or(Fault { code: "bad_number", column: Some(*at), missing: false });
                }
            }
            Way::Constant(text) => {
                return Ok(Decimal::parse(text.as_bytes(), cell.decimal).and_then(make).unwrap_or(Value::None));
            }
            _ => {}
        }
    }
    Ok(Value::None)
}

pub(super) fn flag<'a>(cell: &Cell, fields: Fields<'a>) -> Result<Value<'a>, Fault> {
    if let Some(Way::Constant(text)) = cell.ways.first() {
        return Ok(flag_of(text).map_or(Value::None, Value::Flag));
    }
    for at in cell.ways.iter().flat_map(Way::columns) {
        let text = fields.get(at);
        if !is_void(text) {
            return flag_of(text).map(Value::Flag).ok_or(Fault { code: "bad_flag", column: Some(at), missing: false });
        }
    }
    Ok(Value::None)
}
