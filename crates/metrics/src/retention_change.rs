//! Why retention changed between two periods: groups that grew and shrank, and groups that kept more or fewer.

use history::Snapshot;
use models::mix::{Effects, of_rates};
use serde::{Deserialize, Serialize};
use terms::{Date, Period, Share};

use crate::activity::{Activity, ActivityRule};
use crate::groups_of::{ChangeGroup, groups_of, rows_of};
use crate::people::{Behind, RetentionPart, customers};
use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "retention-change",
    title: "Why retention changed",
    question: "Did we keep a different share of customers because they are others, or because we keep them differently?",
    formula: "for each group: mix = change of its share × (its mean rate − the mean rate of all); rate = change of its rate × \
              its mean share; both over all groups add up to the change",
    source: "Kitagawa, Components of a Difference Between Two Rates, JASA 50 (1955)",
    unit: Unit::Share,
    example: "Of Finns 80 % stay and of Swedes 40 %. Half and half, 60 % stay; with three Swedes of four, 50 %: all of the \
              change is mix, none is rate.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionChangeAsk {
    /// The period.
    pub period: Period,
    /// The one it is held against.
    pub before: Period,
    /// The column that makes the groups: of the view `customers`, or of `orders` as of the first order.
    pub by: String,
    /// The rule; the business's own without it.
    pub activity: Option<Activity>,
    /// As of when, and about which facts.
    pub scope: Scope,
}

/// What one group adds to the change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetentionChangeRow {
    /// Who.
    pub group: ChangeGroup,
    /// Kept of those there at the start of the period before.
    pub before: Share,
    /// Kept of those there at the start of the period.
    pub after: Share,
    /// Because its share of all customers changed, as a share of 1.
    pub mix: f64,
    /// Because it kept more or fewer, as a share of 1.
    pub rate: f64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetentionChange {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The rule that was used.
    pub rule: ActivityRule,
    /// The two periods, the earlier first.
    pub periods: (Period, Period),
    /// Retention of all in each.
    pub shares: (Share, Share),
    /// Whether both are over.
    pub complete: bool,
    /// The groups, the largest effect first; none when nobody was there at one of the starts.
    pub rows: Vec<RetentionChangeRow>,
}

/// Which groups retention changed by.
///
/// # Errors
///
/// When a period has not begun; when no view has the column.
pub async fn retention_change(snapshot: &Snapshot, ask: &RetentionChangeAsk) -> Result<RetentionChange, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let rule = Activity::settle(ask.activity.as_ref(), snapshot, &ask.scope).await?;
    let (names, group_of) = groups_of(snapshot, &ask.by, &ask.scope).await?.by_key();
    let mut counts = vec![[Share { part: 0, whole: 0 }; 2]; names.len() + 1];
    for (number, period) in [ask.before, ask.period].into_iter().enumerate() {
        for part in [RetentionPart::Start, RetentionPart::Retained] {
            let activity = Some(rule.settled());
            let behind = Behind::Retention { period, part, activity, scope: ask.scope.clone() };
            for key in customers(snapshot, &behind).await? {
                let place = group_of.get(&key).map_or(names.len(), |place| *place as usize);
                let share = &mut counts[place][number];
                match part {
                    RetentionPart::Start => share.whole += 1,
                    _ => share.part += 1,
                }
            }
        }
    }
    let (rows, groups) = rows_of(&names, &|place| counts[place][0].whole + counts[place][1].whole);
    let mut shares = vec![(Share { part: 0, whole: 0 }, Share { part: 0, whole: 0 }); groups.len()];
    for (row, counted) in rows.into_iter().zip(&counts) {
        add(&mut shares[row].0, counted[0]);
        add(&mut shares[row].1, counted[1]);
    }
    let whole = shares.iter().fold((Share { part: 0, whole: 0 }, Share { part: 0, whole: 0 }), |mut sum, one| {
        add(&mut sum.0, one.0);
        add(&mut sum.1, one.1);
        sum
    });
    let effects = of_rates(&shares).unwrap_or_default();
    let mut rows: Vec<RetentionChangeRow> = groups
        .into_iter()
        .zip(shares)
        .zip(effects)
        .filter(|((_, (before, after)), _)| before.whole + after.whole > 0)
        .map(|((group, (before, after)), Effects { mix, rate })| RetentionChangeRow { group, before, after, mix, rate })
        .collect();
    rows.sort_by(|a, b| (b.mix + b.rate).abs().total_cmp(&(a.mix + a.rate).abs()));
    let complete = horizon.complete(ask.period.end) && horizon.complete(ask.before.end);
    Ok(RetentionChange { as_of: horizon.as_of, rule, periods: (ask.before, ask.period), shares: whole, complete, rows })
}

fn add(into: &mut Share, other: Share) {
    into.part += other.part;
    into.whole += other.whole;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, orders, period};

    /// One day's window: whoever orders on the morning is there, and stays by ordering on the last.
    fn shop(lines: &[(&str, &str, u32, u32)]) -> String {
        let mut text = String::new();
        for (day, country, there, kept) in lines {
            for number in 0..*there {
                let who = format!("{country}{day}{number}");
                text.push_str(&format!("{who} {day} 1 country={country}\n"));
                if number < *kept {
                    let later = day.replace("-01-31", "-02-29").replace("-02-29T", "-03-31T");
                    text.push_str(&format!("{who} {later} 1 country={country}\n"));
                }
            }
        }
        text
    }

    #[test]
    fn worked_example() {
        // January to February: 10 Finns of whom 8 stay, 10 Swedes of whom 4 stay. Then 5 and 15 with the same rates.
        let mut text = shop(&[("2024-01-31", "FI", 10, 8), ("2024-01-31", "SE", 10, 4)]);
        for (country, there, kept) in [("FI", 5, 4), ("SE", 15, 6)] {
            for number in 0..there {
                text.push_str(&format!("late{country}{number} 2024-05-31 1 country={country}\n"));
                if number < kept {
                    text.push_str(&format!("late{country}{number} 2024-06-30 1 country={country}\n"));
                }
            }
        }
        text.push_str("end 2024-07-05 1 country=FI\n");
        let ask = RetentionChangeAsk {
            before: period("2024-02-01..2024-03-01"),
            period: period("2024-06-01..2024-07-01"),
            by: "country".to_owned(),
            activity: Some(Activity::Purchase { window_days: Some(1) }),
            scope: Scope::default(),
        };
        let found = answer(retention_change(&orders(&text), &ask)).unwrap();
        assert_eq!(found.shares, (Share { part: 12, whole: 20 }, Share { part: 10, whole: 20 }));
        assert!(found.complete);
        let sum: f64 = found.rows.iter().map(|row| row.mix + row.rate).sum();
        assert!((sum + 0.1).abs() < 1e-12, "{found:?}");
        assert!(found.rows.iter().all(|row| row.rate.abs() < 1e-12 && row.mix < 0.0), "{found:?}");
        let unknown = RetentionChangeAsk { by: "planet".to_owned(), ..ask };
        assert!(matches!(answer(retention_change(&orders(&text), &unknown)), Err(MetricError::UnknownColumn { .. })));
    }
}
