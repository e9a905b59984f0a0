//! The small pieces that pages share: values, labels, sentences, states.

use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Estimate, Money, Period, Share};

/// A value whose words are chosen where it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A part of a whole; shown as a percentage, unknown when the whole is empty.
    Share(Share),
    /// A rate from 0 to 1 that no longer has counts, such as the share of revenue of the largest customers.
    Rate(f64),
    /// A difference of two rates, as a fraction: 0.008 is shown as 0.8 points.
    Points(f64),
    /// A relative change: 0.046 is shown as 4.6 %.
    Change(f64),
    /// How many.
    Count(u64),
    /// An amount of money.
    Money(Money),
    /// Days.
    Days(u32),
    /// A bare number.
    Number(f64),
    /// A run of days, written after its calendar step where it is one.
    Period(Period),
    /// A day.
    Date(Date),
    /// A string of the data, shown as it is.
    Text(String),
    /// A word of the product, by its message key.
    Word(String),
}

impl Value {
    /// The number behind the value, where there is one: for arrows and comparisons.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Share(share) => share.rate(),
            Value::Rate(x) | Value::Points(x) | Value::Change(x) | Value::Number(x) => Some(*x),
            Value::Count(n) => Some(*n as f64),
            Value::Money(money) => Some(money.decimal()),
            Value::Days(days) => Some(f64::from(*days)),
            Value::Period(_) | Value::Date(_) | Value::Text(_) | Value::Word(_) => None,
        }
    }
}

/// What something is called: a word of the product, a string of the data, or a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// A message key.
    Word(String),
    /// A string of the data, shown as it is.
    Text(String),
    /// A calendar step or a run of days.
    Period(Period),
    /// The days up to the last one with data.
    LastDays(u32),
}

/// One entry of a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the address says.
    pub value: String,
    /// What the person reads.
    pub label: Label,
}

/// A sentence by its message key, with the values it names. The value called `n` decides the plural form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sentence {
    /// Message key.
    pub key: String,
    /// Named values.
    pub values: Vec<(String, Value)>,
}

impl Sentence {
    /// A sentence that names these values.
    pub fn new<const N: usize>(key: &str, values: [(&str, Value); N]) -> Sentence {
        Sentence {
            key: key.to_owned(),
            values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

/// The 95 % Wilson interval of a share, as every page shows it; nothing where there is no whole.
pub fn interval(share: Share) -> Option<Estimate> {
    models::interval::wilson(share)
}

/// Which direction is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    Up,
    /// Less is better.
    Down,
}

/// What stands where a chart or a list goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot<T> {
    /// There is something to show.
    Ready(T),
    /// Not enough data yet, and when it will be enough.
    TooLittle(TooLittle),
    /// It failed; the rest of the page holds.
    Failed(Trouble),
}

/// Why there is nothing to show yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TooLittle {
    /// What is missing, as a sentence.
    pub why: Sentence,
    /// The day it will be enough if customers go on as now, where that is known.
    pub ready_on: Option<Date>,
}

/// What failed, for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The stable name of the error, which is also the key of its sentence where there is one.
    pub code: String,
    /// What happened, in English, as the error says it.
    pub message: String,
    /// What to do next, in English, as the error says it.
    pub hint: Option<String>,
    /// A number that finds the matching line in the log.
    pub number: Option<String>,
}

/// A time on the clock of the workspace's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The day.
    pub date: Date,
    /// Minutes since midnight, 0 to 1,439.
    pub minute: u16,
}

/// How current the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// The time of the last fact.
    pub up_to: Moment,
    /// Rows that were set aside on import, of all imports that stand.
    pub set_aside: u64,
}

/// Something the team wrote on a day: a campaign, a price, a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The day it began.
    pub date: Date,
    /// What was written.
    pub text: String,
}

/// The business whose numbers these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its name.
    pub name: String,
    /// What amounts are reported in.
    pub currency: Currency,
    /// Whether it shows a sample.
    pub sample: bool,
    /// Whether it has contracts: only then there is recurring revenue.
    #[serde(default)]
    pub contracts: bool,
}
