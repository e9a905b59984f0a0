//! Settings: what people decide about a workspace, and what each decision does to the figures.

use serde::{Deserialize, Serialize};
use terms::{Date, Period, Share, WeekStart};

use super::{Moment, Rule, Sentence, Trouble, Workspace};

/// The languages pages can be read in, by their BCP 47 tags.
pub const LANGUAGES: [&str; 4] = ["en", "fi", "zh-Hant", "zh-Hans"];

/// The page, one part of it at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingsPage {
    /// Whose settings.
    pub workspace: Workspace,
    /// What is shown.
    pub part: Part,
    /// What the last action did.
    pub done: Option<Sentence>,
    /// What was wrong with what was sent, by field.
    pub wrong: Vec<Wrong>,
}

/// The parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Name, zone, currency, week, language.
    Workspace(Place),
    /// Who is a customer.
    Definitions(Definitions),
    /// Notes on dates.
    Notes(Vec<NoteLine>),
    /// Links for others.
    Links(Vec<LinkLine>),
}

impl Part {
    /// The parts in the order they are offered, by the word of their address.
    pub const WORDS: [&'static str; 4] = ["workspace", "definitions", "notes", "links"];

    /// The word of its address.
    pub fn word(&self) -> &'static str {
        match self {
            Part::Workspace(_) => "workspace",
            Part::Definitions(_) => "definitions",
            Part::Notes(_) => "notes",
            Part::Links(_) => "links",
        }
    }
}

/// Something sent that cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// The field; empty when it is none in particular.
    pub field: String,
    /// What is wrong with it.
    pub trouble: Trouble,
}

/// What can be said of a workspace. Texts are those of the form: what is kept, or what was sent and refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its name; empty for that of the folder.
    pub name: String,
    /// The zone in which days begin.
    pub zone: String,
    /// What amounts are reported in.
    pub currency: String,
    /// The first day of a week.
    pub week_start: WeekStart,
    /// The language of pages for people whose browser asks for none of ours.
    pub language: String,
    /// The fields that `regulars.toml` decides.
    pub fixed: Vec<String>,
    /// Every zone there is.
    pub zones: Vec<String>,
    /// Every currency there is.
    pub currencies: Vec<String>,
}

/// Who is a customer: what is in force, what the form says, and what that would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definitions {
    /// What is asked in the form.
    pub asked: CustomerAsked,
    /// Whether somebody chose the definition in force; otherwise it follows from the facts.
    pub chosen: bool,
    /// The rules this business has facts for.
    pub rules: Vec<Rule>,
    /// The names of its events.
    pub events: Vec<String>,
    /// The figures under the definition in force; nothing while there are no facts.
    pub now: Option<Effect>,
    /// The figures under the definition of the form, where it differs and can be counted.
    pub then: Option<Effect>,
}

/// The fields of the form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CustomerAsked {
    /// `auto`, `contract`, `purchase`, `event`.
    pub rule: String,
    /// Days; empty to find them from the data.
    pub window: String,
    /// The event; empty for any.
    pub event: String,
}

/// Who counts as a customer, with the window that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The rule.
    pub rule: Rule,
    /// By which event, where one is named.
    pub event: Option<String>,
    /// For how many days; nothing for contracts.
    pub window_days: Option<u32>,
    /// Where the window comes from: `asked`, `all_gaps`, `ended_gaps`, `minimum`; empty for contracts.
    pub basis: String,
}

/// The figures under one definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Who counts.
    pub by: Counted,
    /// Customers after the last day with facts.
    pub customers: u64,
    /// The last month that is over.
    pub period: Period,
    /// Customers at its start who were still customers at its end.
    pub retention: Share,
    /// Those who were not.
    pub churn: Share,
}

/// A note in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteLine {
    /// What `remove` is told.
    pub id: String,
    /// The day.
    pub date: Date,
    /// What it says.
    pub text: String,
}

/// A link that others can read a page by. Its secret part is shown once, when it is made, and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkLine {
    /// What `revoke` is told.
    pub id: String,
    /// The page and what was asked of it.
    pub path: String,
    /// When it was made.
    pub created: Moment,
    /// When it ends.
    pub until: Moment,
}
