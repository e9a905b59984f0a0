//! Two groups beside each other: whether more of one came back than of the other, and how sure that is.

use history::Snapshot;
use models::interval;
use models::proportions::{self, Tested};
use serde::{Deserialize, Serialize};
use terms::{Date, Estimate, Period};

use crate::cohorts::CohortKey;
use crate::doing::{Facts, WORDS_MAX};
use crate::event_retention::{EventCell, EventRetentionAsk, EventRow, event_retention};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "cohort-difference",
    title: "Difference of two groups",
    question: "Do more of one group come back than of another, or is it chance?",
    formula: "returned of a − returned of b, with Newcombe's interval; p by chi-square, by Fisher's exact test where fewer \
              than 5 are expected",
    source: "Newcombe, Statistics in Medicine 17 (1998), 873–890, method 10; Pearson 1900; Fisher 1934; Cochran 1954",
    unit: Unit::Share,
    example: "100 of 1,000 return in one group, 120 of 1,000 in the other: 2 points less, between 4.8 less and 0.7 more, p = \
              0.15. Chance may well have done it.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortDifferenceAsk {
    /// How returns are counted. With a column the groups are its words; without one they are the steps in which entries
    /// were made, as in `2024-03`.
    pub retention: EventRetentionAsk,
    /// The two groups, as the rows of event retention name them.
    pub groups: (String, String),
    /// Which cell.
    pub cell: u32,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct CohortDifference {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Which facts.
    pub facts: Facts,
    /// The cell of each group.
    pub cells: (EventCell, EventCell),
    /// By how much the rate of the first is larger; nothing while one of them has nobody whose step is over.
    pub difference: Option<Estimate>,
    /// How likely chance alone sets two equal rates so far apart.
    pub tested: Option<Tested>,
}

/// Compares one cell of event retention between two groups.
///
/// The groups must hold different customers. The words of a column do when entries are first entries; where customers
/// enter again and again the test takes each entry for a customer of its own, and is too sure of itself.
///
/// # Errors
///
/// Those of event retention; an unknown group.
pub async fn cohort_difference(
    snapshot: &Snapshot,
    ask: &CohortDifferenceAsk,
) -> Result<CohortDifference, MetricError> {
    let all = EventRetentionAsk { rows_max: WORDS_MAX as u32, ..ask.retention.clone() };
    let found = event_retention(snapshot, &all).await?;
    let cell = |name: &str| {
        let row = found.rows.iter().find(|row| is_called(row, name));
        let row = row.ok_or_else(|| MetricError::NoSuchGroup(name.to_owned()))?;
        Ok::<EventCell, MetricError>(row.cells.get(ask.cell as usize).copied().unwrap_or_default())
    };
    let (a, b) = (cell(&ask.groups.0)?, cell(&ask.groups.1)?);
    let difference = interval::difference(a.share, b.share);
    let tested = proportions::test(a.share, b.share);
    Ok(CohortDifference { as_of: found.as_of, facts: found.facts, cells: (a, b), difference, tested })
}

fn is_called(row: &EventRow, name: &str) -> bool {
    match &row.key {
        CohortKey::Word(word) => word == name,
        CohortKey::Start(period) => name.parse::<Period>().is_ok_and(|named| named == *period),
        CohortKey::Unknown => name == "(unknown)",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doing::Doing;
    use crate::testing::{answer, events};
    use models::proportions::Method;
    use terms::{Grain, Share};

    fn app(groups: &[(&str, usize, usize)]) -> Snapshot {
        let mut lines = "zoe 2024-01-09 other\n".to_owned();
        for (group, people, back) in groups {
            for who in 0..*people {
                lines += &format!("{group}{who} 2024-01-01 join arm={group}\n");
                if who < *back {
                    lines += &format!("{group}{who} 2024-01-02 use\n");
                }
            }
        }
        events(&lines)
    }

    fn ask(groups: (&str, &str)) -> CohortDifferenceAsk {
        let (begin, back) = (Doing::named("join"), Doing::named("use"));
        let retention = EventRetentionAsk { begin, back, by: Some("arm".into()), ..EventRetentionAsk::of(Grain::Day) };
        CohortDifferenceAsk { retention, groups: (groups.0.into(), groups.1.into()), cell: 1 }
    }

    #[test]
    fn worked_example() {
        // The figures of statsmodels and SciPy for the same counts; the interval is theirs turned around.
        let found = answer(cohort_difference(&app(&[("a", 1_000, 100), ("b", 1_000, 120)]), &ask(("a", "b")))).unwrap();
        assert_eq!(found.cells.0.share, Share { part: 100, whole: 1_000 });
        let difference = found.difference.unwrap();
        assert!((difference.value + 0.02).abs() < 1e-12);
        assert!((difference.low + 0.047_550_667_456_339).abs() < 1e-12);
        assert!((difference.high - 0.007_492_167_515_211).abs() < 1e-12);
        let tested = found.tested.unwrap();
        assert_eq!(tested.method, Method::ChiSquare);
        assert!((tested.p_value - 0.152_917_781_863_942).abs() < 1e-12);
    }

    #[test]
    fn few_are_tested_exactly_and_nobody_not_at_all() {
        let small = app(&[("a", 4, 3), ("b", 4, 1)]);
        let tested = answer(cohort_difference(&small, &ask(("a", "b")))).unwrap().tested.unwrap();
        assert_eq!(tested.method, Method::Fisher);
        assert!((tested.p_value - 34.0 / 70.0).abs() < 1e-12);
        assert_eq!(answer(cohort_difference(&small, &ask(("a", "c")))).unwrap_err().code(), "no_such_group");
        let far = CohortDifferenceAsk { cell: 20, ..ask(("a", "b")) };
        let found = answer(cohort_difference(&small, &far)).unwrap();
        assert_eq!((found.difference, found.tested), (None, None));
        let starts = CohortDifferenceAsk {
            retention: EventRetentionAsk { by: None, ..far.retention },
            ..ask(("2024-01-01", "2024-01-01"))
        };
        assert_eq!(answer(cohort_difference(&small, &starts)).unwrap().cells.0.share, Share { part: 4, whole: 8 });
    }
}
