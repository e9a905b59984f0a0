//! What stands around the numbers of every page that measures: what was asked, what can be chosen, how current it is.

use metrics::MrrProfile;
use serde::{Deserialize, Serialize};
use terms::{Estimate, Grain, Period};

use super::{Better, Choice, Freshness, Sentence, TooLittle, Value, Who, Workspace};

/// The frame of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Whose numbers.
    pub workspace: Workspace,
    /// What was asked.
    pub asked: Asked,
    /// Periods to choose from, the newest first.
    pub periods: Vec<Choice>,
    /// Segments to choose from; the first has an empty value and means everybody.
    pub segments: Vec<Choice>,
    /// Who is a customer.
    #[serde(default)]
    pub rule: Rule,
    /// Whether there are orders: without any, nothing is said of money and baskets.
    #[serde(default = "yes")]
    pub sold: bool,
    /// A customer is active while the last order is at most this many days old; 0 where contracts say who is.
    pub active_days: u32,
    /// How current all of this is.
    pub freshness: Freshness,
}

fn yes() -> bool {
    true
}

/// Who is a customer: decides which words the page uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Whoever has a contract that brings money.
    Contract,
    /// Whoever ordered within the window.
    #[default]
    Purchase,
    /// Whoever did something within the window.
    Event,
}

impl Rule {
    /// Its word in message keys.
    pub fn word(self) -> &'static str {
        match self {
            Rule::Contract => "contract",
            Rule::Purchase => "purchase",
            Rule::Event => "event",
        }
    }
}

/// What the address asked for, after defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The period.
    pub period: Period,
    /// The value of the period in the list: `2011-11`, `90d`, `12m`, `custom`.
    pub period_choice: String,
    /// The period before and after this one, as values of the list, where there is data.
    pub earlier: Option<String>,
    /// See `earlier`.
    pub later: Option<String>,
    /// Compared with what.
    pub compare: Compare,
    /// The period compared with, where there is data for it.
    pub compared: Option<Period>,
    /// The segment's value in the list; empty for everybody.
    pub segment: String,
    /// The step of the cohort table.
    pub grain: Grain,
    /// How cohorts are made: `start`, `country`, `product`.
    pub by: String,
    /// What the cells say.
    pub cells: Cells,
    /// Whose definitions of recurring revenue.
    #[serde(default)]
    pub profile: MrrProfile,
    /// Whether the period has ended within the data. While it has not, its numbers still move.
    pub complete: bool,
}

/// What a period is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The period just before.
    Prev,
    /// The same days a year earlier.
    Year,
    /// Nothing.
    None,
}

impl Compare {
    /// The word of the address.
    pub fn word(self) -> &'static str {
        match self {
            Compare::Prev => "prev",
            Compare::Year => "year",
            Compare::None => "none",
        }
    }

    /// Reads the word of an address.
    pub fn from_word(word: &str) -> Option<Compare> {
        [Compare::Prev, Compare::Year, Compare::None].into_iter().find(|compare| compare.word() == word)
    }
}

/// What the cells of the cohort table say. Their colour always means the share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cells {
    /// The share who ordered.
    Percent,
    /// How many ordered.
    Customers,
    /// Revenue so far per customer of the cohort.
    Revenue,
    /// Revenue of that step.
    Spend,
}

impl Cells {
    /// The word of the address.
    pub fn word(self) -> &'static str {
        match self {
            Cells::Percent => "percent",
            Cells::Customers => "customers",
            Cells::Revenue => "revenue",
            Cells::Spend => "spend",
        }
    }

    /// Reads the word of an address.
    pub fn from_word(word: &str) -> Option<Cells> {
        [Cells::Percent, Cells::Customers, Cells::Revenue, Cells::Spend].into_iter().find(|cells| cells.word() == word)
    }
}

/// In short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// At most three; see [`super::brief`].
    pub sentences: Vec<Sentence>,
    /// The people to look at, and how many they are.
    pub people: Option<(Who, u64)>,
}

/// One number of the strip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// `retention`, `active`, `churn`, `repeat`, `order_value`, `revenue`: the key of its words.
    pub id: String,
    /// The number; nothing when it is unknown.
    pub value: Option<Value>,
    /// The same number of the period compared with.
    pub before: Option<Value>,
    /// Which direction is good news.
    pub better: Better,
    /// The terms of the formula in the order of its words.
    pub terms: Vec<Value>,
    /// The 95 % Wilson interval, for shares.
    pub interval: Option<Estimate>,
    /// How many customers or orders the number rests on.
    pub n: u64,
    /// Up to 18 earlier values of the same grain, oldest first, this period last. Gaps are left out.
    pub history: Vec<f64>,
    /// The people counted.
    pub people: Who,
}

/// The state of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListAsked {
    /// Text the id or the name must contain.
    pub q: String,
    /// Only this country; empty for any.
    pub country: String,
    /// The column it is sorted by.
    pub sort: String,
    /// Whether smallest first.
    pub ascending: bool,
    /// Page, from 1.
    pub page: u32,
    /// Rows on a page.
    pub page_rows: u32,
}

/// What the page is when there is no data yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstRun {
    /// Whose workspace.
    pub workspace: Workspace,
    /// Set when there are customers, but too few or too young for any number on the page.
    pub too_little: Option<TooLittle>,
}
