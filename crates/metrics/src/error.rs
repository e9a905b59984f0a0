//! What can be wrong with a question: each with what, where, what next, and a code that stays.

use history::HistoryError;
use terms::{Date, Period};

use crate::Span;

/// Why a metric gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum MetricError {
    /// The history could not be read, or the filter makes no sense to it.
    #[error("the history could not be asked")]
    History(#[from] HistoryError),
    /// No facts the rule could use.
    #[error("there are no {facts} in the history, so nobody can be active by this rule")]
    NoFacts {
        /// What is missing: orders, events, subscription changes.
        facts: &'static str,
    },
    /// A question about visits, asked of contracts.
    #[error("a contract runs without a break: it has no days on which somebody comes, and this counts such days")]
    NoVisits,
    /// The period begins after the last day that is known.
    #[error("the period {period} has not begun by {as_of}")]
    NotYet {
        /// The period asked for.
        period: Period,
        /// The first day that is not counted.
        as_of: Date,
    },
    /// A series or matrix that nobody could read.
    #[error("{steps} steps are more than the {max} one answer may hold")]
    TooManySteps {
        /// How many were asked for.
        steps: usize,
        /// How many there may be.
        max: usize,
    },
    /// A matrix that nobody could read.
    #[error("{cells} cells are more than the {max} one answer may hold")]
    TooManyCells {
        /// How many were asked for.
        cells: u64,
        /// How many there may be.
        max: u64,
    },
    /// A column that the table does not have.
    #[error("there is no column '{column}' in {view}")]
    UnknownColumn {
        /// The name asked for.
        column: String,
        /// The view it was looked for in.
        view: &'static str,
    },
    /// Thresholds of RFM scores that are not four rising numbers.
    #[error("the {which} thresholds must be four numbers, each larger than the one before")]
    Thresholds {
        /// Recency, frequency or monetary.
        which: &'static str,
    },
    /// A number that must be at least one.
    #[error("{what} must be at least 1")]
    Zero {
        /// Which number.
        what: &'static str,
    },
    /// A group that the grid does not have.
    #[error("there is no group '{0}' in this grid")]
    UnknownGroup(String),
    /// A group that no row of the answer is about.
    #[error("there is no group '{0}' among the rows")]
    NoSuchGroup(String),
    /// Not a rule of activity.
    #[error("'{0}' is no rule of who is a customer")]
    UnknownRule(String),
    /// Not a profile of definitions of recurring revenue.
    #[error("'{0}' is no profile of recurring revenue")]
    UnknownProfile(String),
    /// Not a length of time.
    #[error("'{0}' is no length of time")]
    BadSpan(String),
    /// Not something that somebody does.
    #[error("'{text}' cannot be read: {why}")]
    BadDoing {
        /// What was written.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// More events or conditions than one question may name.
    #[error("{found} events or conditions are more than the {max} one question may name")]
    TooManyDoings {
        /// How many were named.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// A way of one step.
    #[error("a way has two steps or more")]
    TooFewSteps,
    /// A breakdown, or names of events, that would fill the memory.
    #[error("there are more than {max} different words to count apart")]
    TooManyWords {
        /// How many there may be.
        max: usize,
    },
    /// More different ways than are counted apart.
    #[error("there are more than {max} different ways to count apart")]
    TooManyWays {
        /// How many there may be.
        max: usize,
    },
    /// First days that end after the days of staying begin, or days of staying that end before.
    #[error("the first {within} and staying from {from} to {until} do not follow each other")]
    SpansOverlap {
        /// The first days.
        within: Span,
        /// Where the days of staying begin.
        from: Span,
        /// Where they end.
        until: Span,
    },
    /// Numbers that must rise and do not, or too few of them.
    #[error("{what} must be rising numbers, two or more")]
    NotRising {
        /// Which numbers.
        what: &'static str,
    },
}

impl MetricError {
    /// A name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            MetricError::History(_) => "history",
            MetricError::NoFacts { .. } => "no_facts",
            MetricError::NoVisits => "no_visits",
            MetricError::NotYet { .. } => "period_not_begun",
            MetricError::TooManySteps { .. } => "too_many_steps",
            MetricError::TooManyCells { .. } => "too_many_cells",
            MetricError::UnknownColumn { .. } => "unknown_column",
            MetricError::Thresholds { .. } => "bad_thresholds",
            MetricError::Zero { .. } => "zero",
            MetricError::UnknownGroup(_) => "unknown_group",
            MetricError::NoSuchGroup(_) => "no_such_group",
            MetricError::UnknownRule(_) => "unknown_rule",
            MetricError::UnknownProfile(_) => "unknown_profile",
            MetricError::BadSpan(_) => "bad_span",
            MetricError::BadDoing { .. } => "bad_doing",
            MetricError::TooManyDoings { .. } => "too_many_doings",
            MetricError::TooFewSteps => "too_few_steps",
            MetricError::TooManyWords { .. } => "too_many_words",
            MetricError::TooManyWays { .. } => "too_many_ways",
            MetricError::NotRising { .. } => "not_rising",
            MetricError::SpansOverlap { .. } => "spans_overlap",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            MetricError::History(_) => {
                "look at the cause; if a filter was given, check its column names and quotes".into()
            }
            MetricError::NoFacts { facts } => format!("import {facts}, or choose another rule"),
            MetricError::NoVisits => "ask by orders or by events: --rule purchase or --rule event".into(),
            MetricError::NotYet { as_of, .. } => format!("choose a period that starts before {as_of}"),
            MetricError::TooManySteps { .. } => "choose a longer step or a shorter period".into(),
            MetricError::TooManyCells { .. } => {
                "choose a longer step, a shorter period, or fewer steps after the beginning".into()
            }
            MetricError::UnknownColumn { view, .. } => format!("list the columns of {view} with: describe {view}"),
            MetricError::Thresholds { .. } => "write four rising numbers, as in 30,60,90,180".into(),
            MetricError::Zero { what } => format!("give {what} of 1 or more"),
            MetricError::NoSuchGroup(_) => "name a group as the rows of event-retention do".into(),
            MetricError::UnknownRule(_) => {
                "write contract, purchase, purchase:90 (days), event, event:30 or event:30:login".into()
            }
            MetricError::UnknownProfile(_) => {
                "use one of: regulars, chartmogul, stripe, profitwell, baremetrics".into()
            }
            MetricError::UnknownGroup(_) => "use one of the names in the answer of the grid".into(),
            MetricError::BadSpan(_) => "write a number and a unit, as in 30m, 12h, 7d or 2w".into(),
            MetricError::BadDoing { .. } => {
                "write the name of an event, * for any, conditions in brackets: purchase[country = FI, revenue >= 10]; \
                 put words with signs in them in double quotes"
                    .into()
            }
            MetricError::TooManyDoings { .. } => "ask about fewer events at a time".into(),
            MetricError::TooFewSteps => "write the steps in order, as in \"view > add > buy\"".into(),
            MetricError::TooManyWords { .. } => {
                "break down by a column with fewer words, or choose facts with a filter".into()
            }
            MetricError::TooManyWays { .. } => "ask for fewer steps, or choose facts with a filter".into(),
            MetricError::SpansOverlap { .. } => {
                "let the first days end before the days of staying begin, as in 7d and 28d..56d".into()
            }
            MetricError::NotRising { .. } => "write them as in 0,1,3,7,14,30".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_and_what_next() {
        let day = Date(0);
        let period = Period { start: day, end: day.plus(1) };
        let errors = [
            MetricError::NoFacts { facts: "orders" },
            MetricError::NoVisits,
            MetricError::NotYet { period, as_of: day },
            MetricError::TooManySteps { steps: 2, max: 1 },
            MetricError::TooManyCells { cells: 2, max: 1 },
            MetricError::UnknownColumn { column: "planet".into(), view: "orders" },
            MetricError::Thresholds { which: "recency" },
            MetricError::Zero { what: "the window" },
            MetricError::UnknownGroup("x".into()),
            MetricError::NoSuchGroup("x".into()),
            MetricError::UnknownRule("x".into()),
            MetricError::UnknownProfile("x".into()),
            MetricError::BadSpan("x".into()),
            MetricError::BadDoing { text: "x".into(), why: "so" },
            MetricError::TooManyDoings { found: 2, max: 1 },
            MetricError::TooFewSteps,
            MetricError::TooManyWords { max: 1 },
            MetricError::TooManyWays { max: 1 },
            MetricError::NotRising { what: "brackets" },
            MetricError::SpansOverlap { within: Span::days(9), from: Span::days(2), until: Span::days(3) },
        ];
        let mut codes: Vec<_> = errors.iter().map(MetricError::code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), errors.len());
        assert!(errors.iter().all(|error| !error.hint().is_empty() && !error.to_string().is_empty()));
    }
}
