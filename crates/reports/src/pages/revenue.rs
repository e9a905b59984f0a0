//! The Revenue page: where does recurring revenue come from, and where does it go?

use serde::{Deserialize, Serialize};
use terms::{Date, Money, Period};

use super::{Figure, Frame, Sentence, Slot, Who};

/// All there is on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RevenuePage {
    /// What stands around the numbers.
    #[serde(flatten)]
    pub frame: Frame,
    /// In short, each sentence with its people.
    pub brief: Vec<(Sentence, Option<Who>)>,
    /// The strip.
    pub figures: Vec<Figure>,
    /// Movements, step by step.
    pub movements: Slot<Movements>,
    /// Why revenue was lost in the period, and what is known to go.
    pub lost: Slot<Lost>,
    /// Revenue by plan.
    pub plans: Slot<Plans>,
}

/// Movements, step by step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Movements {
    /// Oldest first, without a gap.
    pub steps: Vec<MovementStep>,
    /// Revenue in other currencies when the last step ended: in none of the sums.
    pub others: Vec<Paid>,
    /// Customers with a contract whose revenue is not known.
    pub unknown: u64,
}

/// Customers, and what they pay a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// How many.
    pub customers: u64,
    /// What they pay together.
    pub money: Money,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovementStep {
    /// Its days.
    pub period: Period,
    /// Whether they are over.
    pub complete: bool,
    /// Who paid when it began.
    pub start: Paid,
    /// Who paid when it ended.
    pub end: Paid,
    /// `new`, `expansion`, `reactivation`, `contraction`, `churn`, in this order. Amounts are never below zero.
    pub parts: Vec<(String, Paid)>,
    /// What came from other currencies less what went to them.
    pub fx: Money,
    /// The end less the start.
    pub net: Money,
}

/// Parts that add to revenue; the others take away.
pub const GAINS: [&str; 3] = ["new", "expansion", "reactivation"];

/// Why revenue was lost, and what is known to go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lost {
    /// `voluntary`, `involuntary`, `dispute`, `unknown`.
    pub classes: Vec<(String, Paid)>,
    /// Cancelled, and still paying when the period ended.
    pub scheduled: Paid,
}

/// Revenue by plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plans {
    /// The largest first.
    pub rows: Vec<PlanRow>,
    /// Plans left out below the ones shown.
    pub rows_left_out: u64,
    /// Many customers who went from one plan to another at once.
    pub migrations: Vec<Migration>,
}

/// One plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRow {
    /// Its name; empty where the facts say none.
    pub plan: String,
    /// Who paid for it when the period began.
    pub start: Paid,
    /// Who paid for it when the period ended.
    pub end: Paid,
}

/// Many customers who went from one plan to another at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// The day.
    pub day: Date,
    /// The plan they had.
    pub from: String,
    /// The plan they have.
    pub to: String,
    /// Who, and what they paid before.
    pub before: Paid,
    /// What they pay now.
    pub after: Money,
}
