//! The page of saved segments: which there are, and one being written.

use serde::{Deserialize, Serialize};
use terms::Date;

use super::{Choice, Trouble, Workspace};

/// Conditions a draft shows at most; a rule with more is written as text.
pub const ROWS_MAX: usize = 8;

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedPage {
    /// Whose page it is.
    pub workspace: Workspace,
    /// The segments, by name.
    pub segments: Vec<SavedRow>,
    /// The one being written.
    pub draft: Draft,
    /// What a draft can name.
    pub names: Names,
    /// Who would be in it, once it was asked.
    pub found: Option<Fitting>,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
}

/// A saved segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRow {
    /// Its short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Its members; nothing where it cannot be asked of this history.
    pub customers: Option<u64>,
    /// Everybody.
    pub of: u64,
}

/// A segment being written, as its form has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Draft {
    /// The short name of the one that is changed; empty for a new one.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Whether one fitting condition is enough.
    pub any: bool,
    /// Its conditions.
    pub rows: Vec<DraftRow>,
    /// The whole as text.
    pub text: String,
    /// Whether the text says more than conditions can.
    pub only_text: bool,
}

/// One condition of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DraftRow {
    /// Whether those are meant whom it does not fit.
    pub not: bool,
    /// What it asks, one of [`KINDS`]; empty for none.
    pub kind: String,
    /// The column, event or segment it asks of, where its kind needs one.
    pub of: String,
    /// The number or the words.
    pub value: String,
    /// Only within so long before, as in `90d`; with `quiet` longer ago than that.
    pub within: String,
}

/// What a condition can ask.
pub const KINDS: [&str; 9] =
    ["ordered", "spent", "quiet", "trait", "event", "returned", "asked", "answered", "segment"];

/// What a draft can name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Names {
    /// Columns of customers that hold words.
    pub columns: Vec<String>,
    /// Events, the most frequent first.
    pub events: Vec<String>,
    /// Other segments.
    pub segments: Vec<Choice>,
}

/// Who would be in a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fitting {
    /// How many.
    pub customers: u64,
    /// Of how many.
    pub of: u64,
    /// The first day that is not counted.
    pub as_of: Date,
    /// Some of them.
    pub sample: Vec<String>,
}
