//! The answer to a question about a metric, in the one form that every surface for programs shows: card, as_of, profile,
//! terms, rows. Each rate with both counts and its interval; what was left out is said.

use metrics::Card;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use terms::{Currency, Date, Period, Share};

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the metric is.
    pub card: &'static Card,
    /// The first day that is not counted.
    pub as_of: Date,
    /// The profile of definitions, and the rule where one decides who is a customer.
    pub profile: String,
    /// The figures of the formula.
    pub terms: Vec<Term>,
    /// The names of the columns of `rows`.
    pub columns: Vec<String>,
    /// A series, a matrix or a list.
    pub rows: Vec<Vec<Value>>,
    /// What a reader must know to use the figures.
    pub flags: Vec<Flag>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Its name for programs.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// The figure.
    pub value: Value,
}

/// Something a reader must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// Its name for programs.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

/// A figure or a word.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not known: no figure, and not zero.
    Unknown,
    /// How many.
    Count(u64),
    /// A whole number that may be below zero.
    Whole(i64),
    /// A decimal number.
    Number(f64),
    /// Money in minor units.
    Money(i64, Option<Currency>),
    /// Money for each of something: a mean, so not a whole number of minor units.
    Mean(f64, Option<Currency>),
    /// A part of a whole, with its 95 % Wilson interval.
    Share(Share),
    /// A word.
    Text(String),
    /// A date.
    Date(Date),
    /// A run of days.
    Period(Period),
    /// Yes or no.
    Flag(bool),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Unknown, Into::into)
    }
}

macro_rules! from {
    ($($kind:ty => $variant:ident),*) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Value {
                Value::$variant(value)
            }
        })*
    };
}
from!(u64 => Count, i64 => Whole, f64 => Number, Share => Share, String => Text, Date => Date, Period => Period, bool => Flag);

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

/// Minor units as a decimal number.
fn decimal(minor: f64, currency: Option<Currency>) -> f64 {
    minor / 10f64.powi(currency.map_or(2, |currency| currency.minor_digits() as i32))
}

impl Value {
    /// For programs: a share keeps its counts and interval, money its minor units and currency.
    pub fn json(&self) -> Json {
        match self {
            Value::Unknown => Json::Null,
            Value::Count(count) => json!(count),
            Value::Whole(whole) => json!(whole),
            Value::Number(number) => json!(number),
            Value::Money(minor, currency) => {
                json!({ "minor": minor, "currency": currency, "decimal": decimal(*minor as f64, *currency) })
            }
            Value::Mean(minor, currency) => json!({ "currency": currency, "decimal": decimal(*minor, *currency) }),
            Value::Share(share) => {
                let interval = models::interval::wilson(*share);
                json!({
                    "part": share.part, "whole": share.whole, "rate": share.rate(),
                    "low": interval.map(|interval| interval.low), "high": interval.map(|interval| interval.high),
                })
            }
            Value::Text(text) => json!(text),
            Value::Date(date) => json!(date),
            Value::Period(period) => json!(period),
            Value::Flag(flag) => json!(flag),
        }
    }

    /// For people, without a language: `94.6 % (2845 of 4338; 95 % interval 93.1 to 95.9)`.
    pub fn text(&self) -> String {
        match self {
            Value::Unknown => "unknown".to_owned(),
            Value::Count(count) => count.to_string(),
            Value::Whole(whole) => whole.to_string(),
            Value::Number(number) => short(*number),
            Value::Money(minor, currency) => money(decimal(*minor as f64, *currency), *currency),
            Value::Mean(minor, currency) => money(decimal(*minor, *currency), *currency),
            Value::Share(share) => match (share.rate(), models::interval::wilson(*share)) {
                (Some(rate), Some(interval)) => format!(
                    "{:.1} % ({} of {}; 95 % interval {:.1} to {:.1})",
                    rate * 100.0,
                    share.part,
                    share.whole,
                    interval.low * 100.0,
                    interval.high * 100.0
                ),
                _ => "unknown (0 of 0)".to_owned(),
            },
            Value::Text(text) => text.clone(),
            Value::Date(date) => date.to_string(),
            Value::Period(period) => period.to_string(),
            Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        }
    }

    /// In a cell of a table for people, where there is no room for counts.
    pub fn cell(&self) -> String {
        match self {
            Value::Unknown => String::new(),
            Value::Share(share) => share.rate().map_or(String::new(), |rate| format!("{:.1} %", rate * 100.0)),
            other => other.text(),
        }
    }

    /// Whether tables set it to the right.
    pub fn is_number(&self) -> bool {
        !matches!(self, Value::Text(_) | Value::Date(_) | Value::Period(_) | Value::Flag(_))
    }
}

fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn money(amount: f64, currency: Option<Currency>) -> String {
    let digits = currency.map_or(2, |currency| currency.minor_digits() as usize);
    let code = currency.map_or(String::new(), |currency| format!(" {currency}"));
    format!("{amount:.digits$}{code}")
}

/// One column of an answer laid flat, for CSV and Parquet.
#[derive(Debug, Clone, PartialEq)]
pub enum Flat {
    /// Text.
    Text(Vec<Option<String>>),
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Decimal numbers.
    Number(Vec<Option<f64>>),
    /// Yes or no.
    Yes(Vec<Option<bool>>),
}

impl Answer {
    /// An answer without figures yet.
    pub(crate) fn of(card: &'static Card, as_of: Date) -> Answer {
        let (terms, columns, rows, flags) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Answer { card, as_of, profile: "regulars".to_owned(), terms, columns, rows, flags }
    }

    /// Adds a figure.
    pub(crate) fn term(mut self, name: &'static str, about: &'static str, value: impl Into<Value>) -> Answer {
        self.terms.push(Term { name, about, value: value.into() });
        self
    }

    /// Says something more of a term, right after it; at the end where there is no such term.
    #[must_use]
    pub fn said_after(
        mut self,
        term: &str,
        name: &'static str,
        about: &'static str,
        value: impl Into<Value>,
    ) -> Answer {
        let place = self.terms.iter().position(|known| known.name == term).map_or(self.terms.len(), |at| at + 1);
        self.terms.insert(place, Term { name, about, value: value.into() });
        self
    }

    /// Adds what must be known, when there is something.
    pub(crate) fn flag(mut self, code: &'static str, text: Option<String>) -> Answer {
        self.flags.extend(text.map(|text| Flag { code, text }));
        self
    }

    /// Names the columns of the rows.
    pub(crate) fn columns(mut self, names: &[&str]) -> Answer {
        self.columns = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// The form of the API and of `--json`, which stays as it is: docs/json.md.
    pub fn json(&self, data_until: Option<&str>) -> Json {
        let terms: Map<String, Json> =
            self.terms.iter().map(|term| (term.name.to_owned(), term.value.json())).collect();
        let row = |row: &Vec<Value>| {
            let pairs = self.columns.iter().zip(row).map(|(name, value)| (name.clone(), value.json()));
            Json::Object(pairs.collect())
        };
        json!({
            "card": self.card,
            "as_of": self.as_of,
            "data_until": data_until,
            "profile": self.profile,
            "terms": terms,
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "flags": self.flags,
        })
    }

    /// The rows, or where there are none the terms, as flat columns: a share becomes its rate, counts and interval.
    pub fn flat(&self) -> Vec<(String, Flat)> {
        if self.columns.is_empty() {
            let columns = self.terms.iter().flat_map(|term| flatten(term.name, std::iter::once(&term.value)));
            return columns.collect();
        }
        let column = |(place, name): (usize, &String)| flatten(name, self.rows.iter().map(move |row| &row[place]));
        self.columns.iter().enumerate().flat_map(column).collect()
    }
}

fn flatten<'a>(name: &str, values: impl Iterator<Item = &'a Value>) -> Vec<(String, Flat)> {
    let values: Vec<&Value> = values.collect();
    let is = |test: fn(&Value) -> bool| values.iter().any(|value| test(value));
    let named = |suffix: &str| format!("{name}{suffix}");
    if is(|value| matches!(value, Value::Share(_))) {
        let share = |value: &&Value| if let Value::Share(share) = value { Some(*share) } else { None };
        let shares: Vec<Option<Share>> = values.iter().map(share).collect();
        let each =
            |of: &dyn Fn(Share) -> Option<f64>| Flat::Number(shares.iter().map(|share| share.and_then(of)).collect());
        let count = |of: fn(Share) -> u64| {
            Flat::Whole(shares.iter().map(|share| share.map(|share| of(share) as i64)).collect())
        };
        return vec![
            (named(""), each(&|share| share.rate())),
            (named("_part"), count(|share| share.part)),
            (named("_whole"), count(|share| share.whole)),
            (named("_low"), each(&|share| models::interval::wilson(share).map(|interval| interval.low))),
            (named("_high"), each(&|share| models::interval::wilson(share).map(|interval| interval.high))),
        ];
    }
    let flat = if is(|value| matches!(value, Value::Money(..) | Value::Mean(..) | Value::Number(_))) {
        Flat::Number(values.iter().map(|value| number(value)).collect())
    } else if is(|value| matches!(value, Value::Count(_) | Value::Whole(_))) {
        Flat::Whole(values.iter().map(|value| whole(value)).collect())
    } else if is(|value| matches!(value, Value::Flag(_))) {
        Flat::Yes(values.iter().map(|value| if let Value::Flag(flag) = value { Some(*flag) } else { None }).collect())
    } else {
        let known = |value: &&Value| (!matches!(value, Value::Unknown)).then(|| value.text());
        Flat::Text(values.iter().map(known).collect())
    };
    vec![(named(""), flat)]
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Money(minor, currency) => Some(decimal(*minor as f64, *currency)),
        Value::Mean(minor, currency) => Some(decimal(*minor, *currency)),
        Value::Count(count) => Some(*count as f64),
        Value::Whole(whole) => Some(*whole as f64),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Count(count) => Some(*count as i64),
        Value::Whole(whole) => Some(*whole),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_for_people_and_for_programs() {
        let eur = "EUR".parse().ok();
        for (value, text, json) in [
            (Value::Unknown, "unknown", "null"),
            (Value::Share(Share { part: 1, whole: 2 }), "50.0 % (1 of 2; 95 % interval 9.5 to 90.5)", ""),
            (Value::Share(Share::default()), "unknown (0 of 0)", ""),
            (Value::Money(-1_050, eur), "-10.50 EUR", r#"{"minor":-1050,"currency":"EUR","decimal":-10.5}"#),
            (Value::Number(0.5), "0.5", "0.5"),
            (Value::Number(-0.00001), "0", "-0.00001"),
            (Value::Flag(true), "yes", "true"),
        ] {
            assert_eq!(value.text(), text);
            if !json.is_empty() {
                assert_eq!(value.json().to_string(), json);
            }
        }
    }

    #[test]
    fn a_share_laid_flat_keeps_its_counts() {
        let columns = flatten("rate", [Value::Share(Share { part: 1, whole: 4 }), Value::Unknown].iter());
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["rate", "rate_part", "rate_whole", "rate_low", "rate_high"]);
        assert_eq!(columns[0].1, Flat::Number(vec![Some(0.25), None]));
        assert_eq!(columns[2].1, Flat::Whole(vec![Some(4), None]));
    }
}
