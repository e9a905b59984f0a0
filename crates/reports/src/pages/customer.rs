//! One customer: who is this, how are they, and what happened?

use serde::{Deserialize, Serialize};
use terms::{Date, Money, Period};

use super::{Freshness, Label, Moment, Rule, Sentence, Value, Workspace};
use crate::pages::retention::Family;

/// The page of one customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerPage {
    /// Whose customer.
    pub workspace: Workspace,
    /// Who is a customer: decides the words.
    pub rule: Rule,
    /// Customer.
    pub id: String,
    /// Name, where there is one.
    pub name: Option<String>,
    /// Country, where it is known.
    pub country: Option<String>,
    /// Whether active by the rule of the workspace, since when, and why not.
    pub state: State,
    /// Why they left, as the source says it.
    pub reason: Option<String>,
    /// Whether active by the rule of the workspace.
    pub active: bool,
    /// The window of that rule.
    pub active_days: u32,
    /// The group by recency, frequency and spend, and its family.
    pub group: Option<(String, Family)>,
    /// Whether past their own rhythm.
    pub overdue: bool,
    /// Key numbers, in the order they are shown.
    pub tiles: Vec<Tile>,
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
    /// What the months count.
    pub counted: HappeningKind,
    /// Orders (or, without orders, events) in each month, oldest first, every month named.
    pub months: Vec<CustomerMonth>,
    /// What happened.
    pub timeline: Timeline,
    /// What the customer brought and cost.
    pub value: Worth,
    /// The group at the end of each of the last months, oldest first; empty where there are no orders to group by.
    pub groups: Vec<GroupThen>,
    /// Anything else that is known, by name, with the file it came from.
    pub facts: Vec<Known>,
    /// What the team wrote, newest first.
    pub notes: Vec<CustomerNote>,
    /// How current it is.
    pub freshness: Freshness,
}

/// How a customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A customer since this day.
    Active(Date),
    /// No longer one since the end of this day.
    Left(Date),
    /// Known, and never a customer.
    Never,
}

/// A key number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// The key of its label.
    pub label: String,
    /// The number; nothing when unknown.
    pub value: Option<Value>,
    /// What stands below it.
    pub below: Option<Sentence>,
}

/// A month of one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerMonth {
    /// The month.
    pub month: Period,
    /// Orders (or events) in it.
    pub orders: u64,
}

/// What happened, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Kinds there are, with how many entries each has.
    pub kinds: Vec<(HappeningKind, u64)>,
    /// Only this kind.
    pub kind: Option<HappeningKind>,
    /// Entries of this page.
    pub entries: Vec<Happening>,
    /// Entries in all, of the kind that was chosen.
    pub total: u64,
    /// Page, from 1: the newest.
    pub page: u32,
    /// Entries of a page.
    pub page_rows: u32,
    /// Whether there are older facts than were looked at here.
    pub cut: bool,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: Moment,
    /// What it was.
    pub kind: HappeningKind,
    /// Whether it speaks for or against the customer staying.
    pub tone: Tone,
    /// What happened.
    pub what: Sentence,
    /// More about it.
    pub more: Vec<Sentence>,
    /// What the customer wrote, as it was written.
    pub quote: Option<String>,
    /// Its amount, where there is one; positive for refunds and costs as well.
    pub amount: Option<Money>,
    /// The order, and how many lines of it are known.
    pub order: Option<(String, u64)>,
    /// The lines of the order, where they were asked for.
    pub lines: Vec<OrderLine>,
}

/// What an entry says about the customer staying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Bought, stayed, is content.
    Kept,
    /// Gave back, left, is not content.
    Lost,
    /// Neither.
    Plain,
}

/// Kinds of things that happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HappeningKind {
    /// Orders.
    Order,
    /// Refunds.
    Refund,
    /// Subscriptions that started, changed or ended.
    Subscription,
    /// Invoices and how their payment went.
    Invoice,
    /// Events, those of one session or day together.
    Event,
    /// Questions to the service desk.
    Ticket,
    /// Answers to surveys.
    Response,
    /// What the customer cost.
    Cost,
    /// Traits that changed.
    Profile,
}

impl HappeningKind {
    /// Every kind, in the order of the filter.
    pub const ALL: [HappeningKind; 9] = [
        HappeningKind::Order,
        HappeningKind::Refund,
        HappeningKind::Subscription,
        HappeningKind::Invoice,
        HappeningKind::Event,
        HappeningKind::Ticket,
        HappeningKind::Response,
        HappeningKind::Cost,
        HappeningKind::Profile,
    ];

    /// The word of the address and of message keys.
    pub fn word(self) -> &'static str {
        match self {
            HappeningKind::Order => "order",
            HappeningKind::Refund => "refund",
            HappeningKind::Subscription => "subscription",
            HappeningKind::Invoice => "invoice",
            HappeningKind::Event => "event",
            HappeningKind::Ticket => "ticket",
            HappeningKind::Response => "response",
            HappeningKind::Cost => "cost",
            HappeningKind::Profile => "profile",
        }
    }

    /// Reads the word of an address.
    pub fn from_word(word: &str) -> Option<HappeningKind> {
        HappeningKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What was bought: its name, or its number.
    pub product: String,
    /// How many.
    pub quantity: Option<f64>,
    /// What was paid for them.
    pub amount: Option<Money>,
}

/// What a customer brought and cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worth {
    /// Paid for orders so far, before refunds; nothing where there are no orders at all.
    pub paid: Option<Money>,
    /// Paid back so far.
    pub refunded: Money,
    /// What the goods cost, where the cost of every line is known.
    pub goods: Option<Money>,
    /// What serving, winning and keeping the customer cost, by kind.
    pub costs: Vec<(String, Money)>,
    /// What is left; only where the cost of the goods is known.
    pub margin: Option<Money>,
    /// Paid invoices so far.
    pub invoiced: Option<Money>,
    /// Rows in other currencies, which are in none of these sums.
    pub other_currency: u64,
}

/// The group at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupThen {
    /// The first day that was not counted.
    pub as_of: Date,
    /// The group and its family; nothing before the first order.
    pub group: Option<(String, Family)>,
}

/// Something that is known of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What it is.
    pub label: Label,
    /// Its value, as it was told.
    pub value: String,
    /// The file it came from, where one told it.
    pub source: Option<String>,
}

/// A note of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerNote {
    /// Its number.
    pub id: i64,
    /// When it was written.
    pub at: Moment,
    /// What it says.
    pub text: String,
}
