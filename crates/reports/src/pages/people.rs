//! The people behind a number: drawer, list and file.

use serde::{Deserialize, Serialize};
use terms::{Date, Money, Share};

use super::{Freshness, ListAsked, Sentence, Who, Workspace};

/// A list of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// Whose customers.
    pub workspace: Workspace,
    /// Which customers.
    pub who: Who,
    /// What they have in common.
    pub title: Sentence,
    /// How many of how many, where the group is part of another.
    pub share: Option<Share>,
    /// Only this segment; empty for everybody.
    pub segment: String,
    /// Rows of this page.
    pub rows: Vec<PersonRow>,
    /// Rows in all, after the filters.
    pub total: u64,
    /// The list as asked.
    pub list: ListAsked,
    /// How current it is.
    pub freshness: Freshness,
}

/// One customer in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// First order.
    pub first_order: Date,
    /// Last order.
    pub last_order: Date,
    /// Days from the last order to the last day with data.
    pub days_since: u32,
}
