//! The Overview page: how are we doing, and what needs me today?

use serde::{Deserialize, Serialize};
use terms::{Money, Period};

use super::people::PersonRow;
use super::{Brief, Figure, Frame, Note, Sentence, Slot, Value, Who};

/// All there is on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverviewPage {
    /// What stands around the numbers.
    #[serde(flatten)]
    pub frame: Frame,
    /// In short.
    pub brief: Brief,
    /// The strip.
    pub figures: Vec<Figure>,
    /// The main number over time.
    pub trend: Slot<Trend>,
    /// What needs somebody today, the most urgent first; at most [`TASKS_MAX`].
    pub today: Slot<Vec<Task>>,
    /// Who left last.
    pub left: Slot<Recent>,
    /// Who came back last.
    pub back: Slot<Recent>,
}

/// More than this many things are no list for one day.
pub const TASKS_MAX: usize = 5;

/// The main number of the business, step by step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// What is counted.
    pub what: Counted,
    /// Oldest first, without gaps.
    pub steps: Vec<TrendStep>,
    /// What the team wrote.
    pub notes: Vec<Note>,
}

/// What the steps of the trend count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Revenue of the step.
    Revenue,
    /// Customers active when the step ended.
    Active,
}

impl Counted {
    /// Its word in message keys.
    pub fn word(self) -> &'static str {
        match self {
            Counted::Revenue => "revenue",
            Counted::Active => "active",
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrendStep {
    /// Its days.
    pub period: Period,
    /// The number.
    pub value: Value,
    /// Whether its days are over.
    pub complete: bool,
    /// The people counted.
    pub people: Who,
}

/// Something to do today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The key of its words: `overdue`, `slipped`, `first`, `returned`, `rejects`, `stale`.
    pub id: String,
    /// What there is, with its numbers.
    pub says: Sentence,
    /// Where it is done.
    pub go: Go,
}

/// Where a task leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Go {
    /// To people.
    People(Who),
    /// To a page of the product.
    Page(String),
}

/// The people who did something lately, those who had spent most first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// Which people.
    pub who: Who,
    /// How many.
    pub n: u64,
    /// What they bring together, as sums over lists count it; nothing where money plays no part.
    pub worth: Option<Money>,
    /// The first few of them.
    pub people: Vec<PersonRow>,
}
