//! Lists of customers: the people behind a number, filtered and found; drawer, list and file.

use serde::{Deserialize, Serialize};
use terms::{Date, Money, Share};

use super::{Choice, Freshness, Label, ListAsked, Rule, Sentence, Value, Who, Workspace};

/// A list of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// Whose customers.
    pub workspace: Workspace,
    /// Who is a customer: decides the words.
    #[serde(default)]
    pub rule: Rule,
    /// Which customers.
    pub who: Who,
    /// What they have in common.
    pub title: Sentence,
    /// How many of how many, where the group is part of another and nothing is filtered.
    pub share: Option<Share>,
    /// Only this segment; empty for everybody.
    pub segment: String,
    /// What can be shown of a customer, in the order of the table; the customer stands before all of them.
    #[serde(default)]
    pub columns: Vec<PersonColumn>,
    /// Rows of this page.
    pub rows: Vec<PersonRow>,
    /// Rows in all, after the filters.
    pub total: u64,
    /// What all of them bring: their spend, or their monthly revenue where contracts say who is a customer; nothing
    /// where money plays no part.
    #[serde(default)]
    pub worth: Option<Money>,
    /// What narrows the list, each to be taken away on its own.
    #[serde(default)]
    pub chips: Vec<Chip>,
    /// What it can be narrowed by.
    #[serde(default)]
    pub filters: Filters,
    /// Lists that were saved.
    #[serde(default)]
    pub views: Vec<SavedView>,
    /// The list as asked.
    pub list: ListAsked,
    /// How current it is.
    pub freshness: Freshness,
}

/// A column of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonColumn {
    /// What the address says.
    pub id: String,
    /// What the person reads.
    pub label: Label,
    /// Whether it holds numbers.
    pub number: bool,
    /// Whether it is shown.
    pub shown: bool,
}

/// One customer in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Customer.
    pub id: String,
    /// Name, where there is one.
    pub name: Option<String>,
    /// Country, where it is known.
    pub country: Option<String>,
    /// Orders so far.
    pub orders: u64,
    /// Spend so far, refunds taken off.
    pub spend: Money,
    /// First order; the first day with a fact of whoever ordered nothing.
    pub first_order: Date,
    /// Last order; the last day with a fact of whoever ordered nothing.
    pub last_order: Date,
    /// Days from then to the last day with data.
    pub days_since: u32,
    /// What this customer brings, as the sum over the list counts it.
    #[serde(default)]
    pub worth: Option<Money>,
    /// The values of the columns that are shown; nothing where unknown.
    #[serde(default)]
    pub cells: Vec<Option<Value>>,
}

/// Something that narrows the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chip {
    /// The parameters of the address that go with it.
    pub params: Vec<String>,
    /// What it says.
    pub label: Sentence,
}

/// What a list can be narrowed by, with what was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// One choice of several each: state, group, plan, and every column of words.
    pub choices: Vec<ChoiceFilter>,
    /// Whether orders and money can be asked for.
    pub orders: bool,
    /// At least so many orders.
    pub orders_min: String,
    /// Spend from, in whole units of the currency.
    pub spend_min: String,
    /// Spend up to.
    pub spend_max: String,
    /// Last order (or sign of life) within so many days.
    pub within: String,
    /// Last order (or sign of life) more than so many days ago.
    pub quiet: String,
    /// First order (or beginning) on this day or later.
    pub first_from: String,
    /// First order (or beginning) on this day or earlier.
    pub first_to: String,
}

/// A filter that takes one of several values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceFilter {
    /// The parameter of the address.
    pub param: String,
    /// What the person reads.
    pub label: Label,
    /// The values, the most frequent first; the first is empty and means any.
    pub choices: Vec<Choice>,
    /// The one that was chosen.
    pub current: String,
}

/// A list that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Its number.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// The parameters of its address.
    pub pairs: Vec<(String, String)>,
    /// Whether it is the list that is shown.
    pub current: bool,
}
