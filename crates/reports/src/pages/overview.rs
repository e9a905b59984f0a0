//! The Overview page: how are we doing, and what needs me today?

use metrics::customer_retention::RetentionCounts;
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
    /// How the number of customers changed over the period.
    pub balance: Slot<Balance>,
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

/// From the customers at the start of a period to those at its end. It closes: start and steps add up to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// How many there were.
    pub start: BalancePart,
    /// Who came and who went; gains first.
    pub steps: Vec<BalancePart>,
    /// How many there are.
    pub end: BalancePart,
}

/// One number of a [`Balance`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancePart {
    /// The key of its words: `start`, `first`, `returned`, `lost`, `gone_again`, `end`.
    pub id: String,
    /// How many customers: of a step that takes away below zero.
    pub customers: i64,
    /// The people counted.
    pub people: Who,
}

impl Balance {
    /// The balance of a period from the counts of its retention.
    ///
    /// New customers are all who came for the first time, as their list has them. Those of them who were gone again by the
    /// end were never there at the start, so they are no part of those lost: they are a step of their own, where there are any.
    pub fn of(period: Period, counts: RetentionCounts) -> Balance {
        let part = |id: &str, customers: i64, people: Who| BalancePart { id: id.to_owned(), customers, people };
        let n = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut steps = vec![
            part("first", n(counts.acquired), Who::First(period)),
            part("returned", n(counts.returned()), Who::Returned(period)),
            part("lost", -n(counts.lost()), Who::Lost(period)),
        ];
        if counts.gone_again() > 0 {
            steps.push(part("gone_again", -n(counts.gone_again()), Who::GoneAgain(period)));
        }
        Balance {
            start: part("start", n(counts.start), Who::AtStart(period)),
            steps,
            end: part("end", n(counts.end), Who::AtEnd(period)),
        }
    }

    /// Start, steps and end, in order.
    pub fn parts(&self) -> impl Iterator<Item = &BalancePart> {
        std::iter::once(&self.start).chain(&self.steps).chain([&self.end])
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(start: u64, end: u64, retained: u64, acquired: u64, first_time: u64) -> Balance {
        Balance::of("2011-11".parse().unwrap(), RetentionCounts { start, end, retained, acquired, first_time })
    }

    fn numbers(balance: &Balance) -> Vec<(&str, i64)> {
        balance.parts().map(|part| (part.id.as_str(), part.customers)).collect()
    }

    #[test]
    fn the_sample_in_november_closes() {
        let balance = of(2_639, 2_997, 2_440, 323, 323);
        let wanted = [("start", 2_639), ("first", 323), ("returned", 234), ("lost", -199), ("end", 2_997)];
        assert_eq!(numbers(&balance), wanted);
    }

    #[test]
    fn who_came_and_went_within_the_period_is_a_step_of_its_own() {
        // Ten there, four of them gone. Five new, two of them gone again; one came back.
        let balance = of(10, 10, 6, 5, 3);
        let wanted = [("start", 10), ("first", 5), ("returned", 1), ("lost", -4), ("gone_again", -2), ("end", 10)];
        assert_eq!(numbers(&balance), wanted);
    }

    #[test]
    fn start_and_steps_are_the_end() {
        for balance in [of(0, 0, 0, 0, 0), of(0, 3, 0, 7, 2), of(9, 0, 0, 0, 0), of(5, 5, 5, 0, 0), of(7, 8, 3, 9, 4)] {
            let sum: i64 = balance.start.customers + balance.steps.iter().map(|step| step.customers).sum::<i64>();
            assert_eq!(sum, balance.end.customers, "{balance:?}");
        }
    }
}
