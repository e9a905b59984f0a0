//! Why a figure changed, as an answer: what each group adds, the largest first.

use metrics::retention_change::{self, RetentionChange};
use metrics::revenue_change::{self, Bought, RevenueChange};
use metrics::{ChangeGroup, Excluded};

use crate::answers::{excluded, rule_words};
use crate::{Answer, Value};

/// Who a row is about, in a word.
fn named(group: &ChangeGroup) -> Value {
    match group {
        ChangeGroup::Named(word) => word.as_str().into(),
        ChangeGroup::Others(groups) => format!("({groups} smaller groups)").into(),
        ChangeGroup::Unknown => Value::Unknown,
    }
}

fn still_counting(answer: Answer, complete: bool) -> Answer {
    answer.flag("incomplete", (!complete).then(|| "a period is not over: these figures still change".to_owned()))
}

/// Why retention changed.
pub fn retention_change_answer(found: &RetentionChange, by: &str) -> Answer {
    let (before, after) = found.shares;
    let change = before.rate().zip(after.rate()).map(|(before, after)| after - before);
    let sum = |of: fn(&metrics::retention_change::RetentionChangeRow) -> f64| {
        change.map(|_| found.rows.iter().map(of).sum::<f64>())
    };
    let mut answer = Answer::of(&retention_change::CARD, found.as_of)
        .term("rule", "who counts as a customer", rule_words(&found.rule))
        .term("before", "the period before", found.periods.0)
        .term("period", "the period", found.periods.1)
        .term("by", "the column that makes the groups", by)
        .term("retention_before", "customers kept in the period before", before)
        .term("retention", "customers kept in the period", after)
        .term("change", "the difference, as a share of 1", change)
        .term("mix", "of it, because groups grew and shrank", sum(|row| row.mix))
        .term("rate", "of it, because groups kept more or fewer", sum(|row| row.rate));
    answer = still_counting(answer, found.complete).columns(&["group", "before", "after", "mix", "rate", "effect"]);
    answer.rows = found
        .rows
        .iter()
        .map(|row| {
            let effect = row.mix + row.rate;
            vec![named(&row.group), row.before.into(), row.after.into(), row.mix.into(), row.rate.into(), effect.into()]
        })
        .collect();
    answer
}

/// Why revenue changed.
pub fn revenue_change_answer(found: &RevenueChange, by: &str) -> Answer {
    let money = |minor: i64| Value::Money(minor, found.currency);
    let (before, after) = found.sums;
    let sum = |of: fn(&metrics::revenue_change::RevenueChangeRow) -> i64| {
        money(found.rows.iter().map(of).fold(0, i64::saturating_add))
    };
    let each = |bought: Bought| match bought.customers {
        0 => Value::Unknown,
        customers => Value::Mean(bought.gross_minor as f64 / customers as f64, found.currency),
    };
    let mut answer = Answer::of(&revenue_change::CARD, found.as_of)
        .term("before", "the period before", found.periods.0)
        .term("period", "the period", found.periods.1)
        .term("by", "the column that makes the groups", by)
        .term("revenue_before", "paid for goods in the period before", money(before.gross_minor))
        .term("revenue", "paid for goods in the period", money(after.gross_minor))
        .term("buyers_before", "buyers of the period before", before.customers)
        .term("buyers", "buyers of the period", after.customers)
        .term("change", "the difference", money(after.gross_minor.saturating_sub(before.gross_minor)))
        .term("by_buyers", "of it, because more or fewer bought", sum(|row| row.buyers_minor))
        .term("by_each", "of it, because each brought more or less", sum(|row| row.each_minor));
    let left_out: Excluded = found.excluded;
    answer = still_counting(excluded(answer, left_out), found.complete).columns(&[
        "group",
        "buyers_before",
        "buyers",
        "revenue_before",
        "revenue",
        "each_before",
        "each",
        "by_buyers",
        "by_each",
        "effect",
    ]);
    answer.rows = found
        .rows
        .iter()
        .map(|row| {
            vec![
                named(&row.group),
                row.before.customers.into(),
                row.after.customers.into(),
                money(row.before.gross_minor),
                money(row.after.gross_minor),
                each(row.before),
                each(row.after),
                money(row.buyers_minor),
                money(row.each_minor),
                money(row.buyers_minor.saturating_add(row.each_minor)),
            ]
        })
        .collect();
    answer
}
