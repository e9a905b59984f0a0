//! The Retention page: do customers stay, who is leaving, and what changed?

use serde::{Deserialize, Serialize};
use terms::{Date, Estimate, Money, Share};

use super::{Brief, Choice, Counting, Figure, Frame, Label, ListAsked, Note, Slot, Who};

/// All there is on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetentionPage {
    /// What stands around the numbers.
    #[serde(flatten)]
    pub frame: Frame,
    /// In short: at most three sentences, and who they are about.
    pub brief: Brief,
    /// The strip of six.
    pub figures: Vec<Figure>,
    /// The cohort table.
    pub cohorts: Slot<Cohorts>,
    /// Retention on every day.
    pub daily: Slot<Daily>,
    /// How long customers stay, with those who are still here counted as such.
    pub survival: Slot<Survival>,
    /// Where the customers of the period came from and went.
    pub flow: Slot<Flow>,
    /// Groups by recency, frequency and spend.
    pub groups: Slot<Groups>,
    /// How much of the revenue comes from how few.
    pub concentration: Slot<Concentration>,
    /// Customers past their own rhythm.
    pub overdue: Slot<Overdue>,
}

/// The cohort table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohorts {
    /// The ways to make cohorts.
    pub ways: Vec<Choice>,
    /// Rows, oldest or largest first.
    pub rows: Vec<CohortRow>,
    /// The pooled row: over complete cells only, returns added up over customers added up.
    pub average: Vec<Option<AverageCell>>,
    /// Rows left out below the ones shown, for instance small countries.
    pub rows_left_out: u32,
    /// Which facts make a customer begin and be there.
    #[serde(default)]
    pub counting: Counting,
    /// The people of the pooled row in step 0; the other steps differ in the step alone.
    #[serde(default)]
    pub together: Option<Who>,
    /// Whether rows can be chosen for the curves, and which are: their keys.
    #[serde(default)]
    pub chosen: Option<Vec<String>>,
}

/// The customers who began together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortRow {
    /// What the address says: `2011-01`, `Germany`.
    pub key: String,
    /// What the person reads.
    pub label: Label,
    /// How many began.
    pub size: u64,
    /// From step 0 on, as far as the data reach.
    pub cells: Vec<CohortCell>,
    /// A note of the team about this cohort.
    pub note: Option<String>,
}

/// One cohort at one age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortCell {
    /// Who ordered, of those old enough to be asked.
    pub share: Share,
    /// 95 % Wilson interval, low and high.
    pub interval: Option<(f64, f64)>,
    /// Revenue from step 0 to this one, per customer of the cohort.
    pub revenue: Money,
    /// Revenue of this step.
    #[serde(default)]
    pub spend: Option<Money>,
    /// Whether the step is still running for anybody in the row.
    pub open: bool,
}

/// The pooled share at one age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AverageCell {
    /// All returns of all customers old enough.
    pub share: Share,
    /// Revenue so far per customer, pooled the same way.
    pub revenue: Money,
    /// Revenue of this step.
    #[serde(default)]
    pub spend: Option<Money>,
}

/// Retention over a trailing window, for every day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Daily {
    /// Length of the window in days: of those active that long ago, who is active now.
    pub window_days: u32,
    /// One point a day, oldest first.
    pub points: Vec<(Date, Share)>,
    /// What the team wrote.
    pub notes: Vec<Note>,
}

/// The Kaplan-Meier curve of staying.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survival {
    /// Customers in it.
    pub customers: u64,
    /// Of them, how many have left by the rule; the others are still here and count as long as they were seen.
    pub left: u64,
    /// Days since the first order, share still here with its interval; from day 0.
    pub points: Vec<(u32, Estimate)>,
    /// The day by which half have left, if that came.
    pub median_days: Option<u32>,
}

/// Where customers came from and went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Nodes, from left to right and from top to bottom.
    pub nodes: Vec<FlowNode>,
    /// Ribbons; each with at least one customer.
    pub links: Vec<FlowLink>,
}

/// A node of the flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowNode {
    /// `start`, `first`, `returned`, `ordered`, `waiting`, `active`, `left`: the key of its words.
    pub id: String,
    /// Column, from 0.
    pub stage: u32,
}

/// A ribbon of the flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLink {
    /// The node it leaves.
    pub from: String,
    /// The node it reaches.
    pub to: String,
    /// How many customers.
    pub customers: u64,
}

/// Groups by recency, frequency and spend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Groups {
    /// Every group with at least one customer.
    pub groups: Vec<Group>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// `champions`, `loyal`, ...: the key of its words.
    pub id: String,
    /// How it is doing.
    pub family: Family,
    /// How many are in it.
    pub customers: u64,
    /// How many were in it when the period compared with ended.
    pub before: Option<u64>,
    /// What they spent in the window of the scores.
    pub spend: Money,
}

/// Three families of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Buying well.
    Kept,
    /// Slowing down.
    Watch,
    /// Slipping away.
    Lost,
}

impl Family {
    /// Its word in addresses, message keys and styles.
    pub fn word(self) -> &'static str {
        match self {
            Family::Kept => "kept",
            Family::Watch => "watch",
            Family::Lost => "lost",
        }
    }

    /// Reads the word of an address.
    pub fn from_word(word: &str) -> Option<Family> {
        [Family::Kept, Family::Watch, Family::Lost].into_iter().find(|family| family.word() == word)
    }
}

/// How much of the revenue comes from how few.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Concentration {
    /// Customers counted.
    pub customers: u64,
    /// What they spent together.
    pub spend: Money,
    /// The Lorenz curve: share of customers, smallest spenders first, and their share of the spend.
    pub lorenz: Vec<(f64, f64)>,
    /// The top percentages, smallest first.
    pub top: Vec<TopShare>,
    /// 0: all spend the same; 1: one customer spends it all.
    pub gini: f64,
}

/// What the largest customers bring.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TopShare {
    /// The top so many per cent.
    pub percent: u32,
    /// That is so many customers.
    pub customers: u64,
    /// Their share of the spend, from 0 to 1.
    pub share: f64,
}

/// Customers past their own rhythm. A rule, not a prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overdue {
    /// Overdue when the last order is older than the usual gap times this.
    pub times: f64,
    /// Only customers with at least this many orders have a usual gap.
    pub orders_min: u32,
    /// Rows of this page.
    pub rows: Vec<OverdueRow>,
    /// Rows in all, after the filters.
    pub total: u64,
    /// What all of them, after the filters, have spent.
    pub spend: Money,
    /// Countries to filter by.
    pub countries: Vec<Choice>,
    /// The list as asked: order, filters, page.
    pub list: ListAsked,
}

/// One overdue customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverdueRow {
    /// Customer.
    pub id: String,
    /// Name, where there is one.
    pub name: Option<String>,
    /// Country, where it is known.
    pub country: Option<String>,
    /// Days since the last order.
    pub days_since: u32,
    /// The median of the customer's own gaps between orders, in days.
    pub usual_gap_days: f64,
    /// Orders so far.
    pub orders: u64,
    /// Spend so far, refunds taken off.
    pub spend: Money,
}
