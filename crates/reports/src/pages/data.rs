//! Data and import: is the data complete and right?

use serde::{Deserialize, Serialize};
use terms::{Date, Share};

use super::{Moment, Sentence, Trouble, Workspace};

/// The list of imports, and the way to a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataPage {
    /// Whose data.
    pub workspace: Workspace,
    /// Imports, newest first.
    pub imports: Vec<ImportRow>,
    /// The largest file that can be uploaded here, in bytes.
    pub upload_bytes_max: u64,
    /// What the last action did, as a sentence.
    pub done: Option<Sentence>,
    /// What went wrong with the last action.
    pub trouble: Option<Trouble>,
    /// The import that runs.
    #[serde(default)]
    pub running: Option<Running>,
    /// What is worth knowing of the data before anybody trusts a figure.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What the history holds; nothing while it holds nothing.
    #[serde(default)]
    pub held: Option<Held>,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// The file.
    pub file: String,
    /// Whether it is read already and is being sorted by customer.
    pub writing: bool,
    /// The done part of this step, 0 to 1.
    pub done: f64,
    /// Rows read so far.
    pub rows: u64,
    /// Rows read in a second; nothing in the first moments.
    pub rows_per_second: Option<u64>,
    /// Seconds this step will still take if it goes on as so far; nothing as long as nobody can tell.
    pub seconds_left: Option<u64>,
}

/// Something about the data, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub what: Sentence,
    /// The key of what to do.
    pub fix: String,
}

/// What the history holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Facts by table, the most first.
    pub tables: Vec<TableLine>,
    /// What files said beside the columns every table has.
    pub attributes: Vec<AttributeLine>,
    /// The names of events, the most frequent first.
    pub events: Vec<EventLine>,
    /// Names of events that are not listed.
    pub events_left_out: u64,
}

/// The facts of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLine {
    /// The name of its view.
    pub name: String,
    /// Facts.
    pub facts: u64,
    /// Days of the first and the last one.
    pub days: Option<(Date, Date)>,
}

/// A further column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeLine {
    /// The view.
    pub table: String,
    /// The column.
    pub name: String,
    /// Facts of which it says something.
    pub known: Share,
}

/// One kind of event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// Its name in the source; empty for events without one.
    pub name: String,
    /// How many there were.
    pub events: u64,
    /// By how many customers.
    pub customers: u64,
    /// Days of the first and the last one.
    pub days: Option<(Date, Date)>,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// What `undo` is told.
    pub id: String,
    /// The file's name.
    pub file: String,
    /// The layout it was read as: `online-retail`, `shopify-orders`, ... or the name of a saved mapping.
    pub layout: String,
    /// When it was done.
    pub at: Moment,
    /// Rows in the file.
    pub rows: u64,
    /// Rows that became facts.
    pub kept: u64,
    /// Rows that were known already.
    pub known: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// Why, most frequent first.
    pub reasons: Vec<RejectReason>,
    /// The days its facts lie on.
    pub days: Option<(Date, Date)>,
    /// Whether it was taken back.
    pub undone: bool,
}

/// Why rows were set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectReason {
    /// The stable name of the reason.
    pub code: String,
    /// What it says, in English, for reasons the page has no words for.
    pub message: String,
    /// How many rows.
    pub rows: u64,
    /// A line of the file where it happened, and what stood there.
    pub example: Option<(u64, String)>,
}

/// The step before an import: which column means what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchPage {
    /// Whose data.
    pub workspace: Workspace,
    /// The upload that waits.
    pub upload: String,
    /// The file's name.
    pub file: String,
    /// What its rows are: `orders`, `order_lines`, `subscriptions`, `events`, ...
    pub kind: String,
    /// What rows can be.
    pub kinds: Vec<String>,
    /// How the file was read: encoding, delimiter, date form, as found.
    pub read_as: Vec<(String, String)>,
    /// Columns, in the order of the file.
    pub columns: Vec<MatchColumn>,
    /// Whether it is read as a file with these columns was before, as somebody confirmed it then.
    #[serde(default)]
    pub as_before: bool,
    /// What only the person can know, in the order it is asked.
    #[serde(default)]
    pub asks: Vec<MatchAsk>,
    /// What else there is to know of how the file is read, in English.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What a column can mean for this kind of rows: `customer_id`, `at`, `amount`, ...
    pub meanings: Vec<Meaning>,
    /// What stands in the way of the import.
    pub trouble: Option<Trouble>,
}

/// The step before matching where nothing can be guessed: what each row is, and what the columns are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandPage {
    /// Whose data.
    pub workspace: Workspace,
    /// The upload that waits.
    pub upload: String,
    /// The file's name.
    pub file: String,
    /// What its rows were said to be; empty before anybody said it.
    pub kind: String,
    /// What rows can be.
    pub kinds: Vec<HandKind>,
    /// What columns can be.
    pub groups: Vec<RoleGroup>,
    /// Columns, in the order of the file; their meaning is what was said of them.
    pub columns: Vec<MatchColumn>,
    /// Why the file could not be read as it was said.
    pub trouble: Option<Trouble>,
}

/// A kind of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandKind {
    /// Its word: `orders`, `events`, ...
    pub id: String,
    /// What has to be among its columns, by the keys of their words.
    pub needs: Vec<String>,
}

/// Things a column can be that are read together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGroup {
    /// The key of its heading.
    pub id: String,
    /// What is in it.
    pub roles: Vec<Role>,
}

/// Something a column can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its word: `customer`, `amount`, ...
    pub id: String,
    /// The key of its words.
    pub words: String,
}

/// Something that no column says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchAsk {
    /// What is asked, and the name of its field: `currency`, `dates`, `per`, `as_of`.
    pub id: String,
    /// What can be answered; none where a day is asked for.
    pub answers: Vec<String>,
    /// What was answered, or is taken without an answer.
    pub said: Option<String>,
    /// Whether nothing is imported without an answer.
    pub required: bool,
}

/// One column of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchColumn {
    /// Its heading.
    pub name: String,
    /// A few of its values.
    pub samples: Vec<String>,
    /// What it seems to mean; nothing to leave it out.
    pub meaning: Option<String>,
}

/// What a column can mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meaning {
    /// The key of its words.
    pub id: String,
    /// Whether the import needs it.
    pub required: bool,
}
