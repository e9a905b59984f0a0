//! One customer: who is this, what did they buy, and when?

use serde::{Deserialize, Serialize};
use terms::{Date, Money, Period};

use super::{Freshness, Label, Workspace};
use crate::pages::retention::Family;

/// The page of one customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerPage {
    /// Whose customer.
    pub workspace: Workspace,
    /// Customer.
    pub id: String,
    /// Name, where there is one.
    pub name: Option<String>,
    /// Country, where it is known.
    pub country: Option<String>,
    /// Whether active by the rule of the workspace.
    pub active: bool,
    /// The window of that rule.
    pub active_days: u32,
    /// The group by recency, frequency and spend, and its family.
    pub group: Option<(String, Family)>,
    /// Whether past their own rhythm.
    pub overdue: bool,
    /// Orders so far.
    pub orders: u64,
    /// Spend so far, refunds taken off.
    pub spend: Money,
    /// What was paid back, as a positive amount.
    pub refunded: Money,
    /// First order.
    pub first_order: Option<Date>,
    /// Last order.
    pub last_order: Option<Date>,
    /// Days from the last order to the last day with data.
    pub days_since: Option<u32>,
    /// The median of the gaps between orders, in days; nothing below two orders.
    pub usual_gap_days: Option<f64>,
    /// Orders in each month, oldest first, every month named.
    pub months: Vec<CustomerMonth>,
    /// What happened, newest first.
    pub timeline: Vec<Happening>,
    /// How many more there are than shown.
    pub timeline_left_out: u64,
    /// Anything else that is known, by name.
    pub facts: Vec<(Label, String)>,
    /// How current it is.
    pub freshness: Freshness,
}

/// A month of one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerMonth {
    /// The month.
    pub month: Period,
    /// Orders in it.
    pub orders: u64,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// The day.
    pub date: Date,
    /// What it was.
    pub kind: HappeningKind,
    /// The number of the order or refund, or the name of the event.
    pub name: String,
    /// Its amount, where there is one; positive for refunds as well.
    pub amount: Option<Money>,
    /// Lines of the order, where they are known.
    pub lines: Option<u64>,
}

/// Kinds of things that happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HappeningKind {
    /// An order.
    Order,
    /// A refund.
    Refund,
    /// Anything else.
    Event,
}
