//! From what a metric counted to an answer: one short function a metric. Words and order here, arithmetic there.

use metrics::cohorts::{CohortKey, CohortRow, Cohorts};
use metrics::concentration::RevenueConcentration;
use metrics::customer_retention::{CustomerRetention, Profile, RetentionCounts};
use metrics::lifecycle::Lifecycle;
use metrics::overdue::Overdue;
use metrics::purchase_frequency::PurchaseFrequency;
use metrics::repeat_purchase_rate::RepeatPurchaseRate;
use metrics::retention_series::RetentionSeries;
use metrics::returning_order_share::ReturningOrderShare;
use metrics::revenue::Revenue;
use metrics::rfm::{Rfm, RfmMigration};
use metrics::stickiness::Stickiness;
use metrics::survival::CustomerSurvival;
use metrics::time_between_orders::TimeBetweenOrders;
use metrics::{
    Activity, ActivityRule, Excluded, WindowBasis, active_customers, average_order_value, cohorts, concentration,
    customer_retention, lifecycle, overdue, purchase_frequency, repeat_purchase_rate, retention_series,
    returning_order_share, revenue, rfm, stickiness, survival, time_between_orders,
};
use terms::{Currency, Share};

use crate::{Answer, Value};

/// Below so many customers a share says little.
const FEW: u64 = 30;

/// A rule in words: `purchase within 120 days (90th percentile of this business's gaps)`.
pub fn rule_words(rule: &ActivityRule) -> String {
    let basis = |basis: WindowBasis| match basis {
        WindowBasis::Asked => "as asked",
        WindowBasis::AllGaps => "nine of ten gaps between orders are no longer, open ones included",
        WindowBasis::EndedGaps => "nine of ten gaps that ended are no longer",
        WindowBasis::Minimum => "the least there is",
    };
    let within =
        rule.window.map_or(String::new(), |window| format!(" within {} days ({})", window.days, basis(window.basis)));
    match &rule.activity {
        Activity::Contract => "a contract that runs".to_owned(),
        Activity::Purchase { .. } => format!("a purchase{within}"),
        Activity::Event { name: Some(name), .. } => format!("the event {name}{within}"),
        Activity::Event { name: None, .. } => format!("any event{within}"),
    }
}

/// The name for programs of a choice.
fn word(choice: &impl serde::Serialize) -> String {
    serde_json::to_value(choice).ok().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

fn by_rule(mut answer: Answer, profile: &str, rule: &ActivityRule) -> Answer {
    answer.profile = profile.to_owned();
    answer.term("rule", "who counts as a customer", rule_words(rule)).term(
        "window_days",
        "how long a purchase or event counts",
        rule.window.map(|window| u64::from(window.days)),
    )
}

pub(crate) fn excluded(answer: Answer, excluded: Excluded) -> Answer {
    let foreign =
        (excluded.currency > 0).then(|| format!("{} rows in another currency are not in the sums", excluded.currency));
    let unknown =
        (excluded.unknown > 0).then(|| format!("{} rows without an amount are not in the sums", excluded.unknown));
    answer.flag("other_currency", foreign).flag("amount_unknown", unknown)
}

fn still_counting(answer: Answer, complete: bool) -> Answer {
    answer.flag("incomplete", (!complete).then(|| "the period is not over: these figures still change".to_owned()))
}

pub(crate) fn few(answer: Answer, share: Share) -> Answer {
    let words = format!("only {} customers: look at the interval", share.whole);
    answer.flag("few_customers", (share.whole > 0 && share.whole < FEW).then_some(words))
}

/// Retention and churn of a period.
pub fn customer_retention_answer(found: &CustomerRetention, profile: Profile) -> Answer {
    let counts = found.point.counts;
    let name = match profile {
        Profile::Regulars => "regulars",
        Profile::Textbook => "textbook",
    };
    let mut answer = by_rule(Answer::of(&customer_retention::CARD, found.as_of), name, &found.rule)
        .term("period", "the period", found.point.period)
        .term("customers_start", "CS: active at the start", counts.start)
        .term("customers_end", "CE: active at the end", counts.end)
        .term("customers_new", "CN: active at the end and not at the start", counts.new_customers())
        .term("first_time", "of these, new for the first time", counts.first_time)
        .term("returned", "of these, customers who had left and came back", counts.returned())
        .term("acquired", "became customers in the period, also if gone again", counts.acquired)
        .term("retained", "active at both ends", counts.retained)
        .term("lost", "active at the start and not at the end", counts.lost());
    answer = match profile {
        Profile::Regulars => answer.term("retention", "customers kept", counts.retention()).term(
            "churn",
            "customers lost",
            counts.churn(),
        ),
        Profile::Textbook => {
            let rate = counts.rate(profile).value();
            let apart = counts.returned() as i64 - counts.gone_again() as i64;
            answer
                .term("retention", "(CE − CN) / CS with CN as acquired; may leave 0 to 1", rate)
                .term("churn", "1 − retention", rate.map(|rate| 1.0 - rate))
                .term("apart_from_regulars", "customers by whom it differs: returned less gone again", apart)
        }
    };
    if let Some(previous) = &found.previous {
        let share = previous.counts.retention();
        answer = answer.term("retention_previous", "the same for the period before", share);
    }
    few(still_counting(answer, found.point.complete), counts.retention())
}

fn retention_cells(counts: RetentionCounts) -> [Value; 8] {
    [
        counts.start.into(),
        counts.end.into(),
        counts.retained.into(),
        counts.lost().into(),
        counts.first_time.into(),
        counts.returned().into(),
        counts.acquired.into(),
        counts.retention().into(),
    ]
}

/// Retention for every step of a series.
pub fn retention_series_answer(found: &RetentionSeries) -> Answer {
    let answer = by_rule(Answer::of(&retention_series::CARD, found.as_of), "regulars", &found.rule);
    let mut answer = answer.columns(&[
        "period",
        "complete",
        "customers_start",
        "customers_end",
        "retained",
        "lost",
        "first_time",
        "returned",
        "acquired",
        "retention",
    ]);
    answer.rows = found
        .points
        .iter()
        .map(|point| {
            let mut row = vec![point.period.into(), point.complete.into()];
            row.extend(retention_cells(point.counts));
            row
        })
        .collect();
    answer
}

/// Active customers.
pub fn active_customers_answer(found: &active_customers::ActiveCustomers) -> Answer {
    let answer = by_rule(Answer::of(&active_customers::CARD, found.as_of), "regulars", &found.rule);
    let last = found.points.last();
    let mut answer = answer
        .term("active_customers", "active at the start of the day", last.map(|point| point.active.part))
        .term("customers_ever", "became customers before that day", last.map(|point| point.active.whole))
        .term("active_share", "the active, of all there ever were", last.map(|point| point.active))
        .columns(&["date", "complete", "active_customers", "customers_ever", "active_share"]);
    let row = |point: &active_customers::ActivePoint| {
        vec![
            point.date.into(),
            point.complete.into(),
            point.active.part.into(),
            point.active.whole.into(),
            point.active.into(),
        ]
    };
    answer.rows = found.points.iter().map(row).collect();
    answer
}

/// Customers by their number of orders, ten or more together.
fn histogram(answer: Answer, counts: &metrics::OrderCounts) -> Answer {
    let mut answer = answer.columns(&["orders", "customers"]);
    let exactly = |orders: usize| counts.by_orders.get(orders).copied().unwrap_or(0);
    answer.rows = (1..10).map(|orders| vec![orders.to_string().into(), exactly(orders).into()]).collect();
    answer.rows.push(vec!["10 or more".into(), counts.at_least(10).into()]);
    answer
}

/// Repeat purchase rate.
pub fn repeat_purchase_rate_answer(found: &RepeatPurchaseRate) -> Answer {
    let answer = Answer::of(&repeat_purchase_rate::CARD, found.as_of)
        .term("customers", "ordered at least once", found.repeat.whole)
        .term("repeat_customers", "ordered at least twice", found.repeat.part)
        .term("repeat_purchase_rate", "repeat customers of customers", found.repeat);
    few(still_counting(histogram(answer, &found.counts), found.complete), found.repeat)
}

/// Purchase frequency.
pub fn purchase_frequency_answer(found: &PurchaseFrequency) -> Answer {
    let mean = (found.customers > 0).then(|| found.orders as f64 / found.customers as f64);
    let answer = Answer::of(&purchase_frequency::CARD, found.as_of)
        .term("orders", "orders", found.orders)
        .term("customers", "customers who placed them", found.customers)
        .term("purchase_frequency", "orders per customer, mean", mean)
        .term("median_orders", "orders of the customer in the middle", found.median);
    still_counting(histogram(answer, &found.counts), found.complete)
}

/// Returning-order share.
pub fn returning_order_share_answer(found: &ReturningOrderShare) -> Answer {
    let answer = Answer::of(&returning_order_share::CARD, found.as_of)
        .term("orders", "orders", found.returning.whole)
        .term("returning_orders", "orders that are not their customer's first", found.returning.part)
        .term("returning_order_share", "returning orders of orders", found.returning);
    still_counting(answer, found.complete)
}

/// Average order value.
pub fn average_order_value_answer(found: &average_order_value::AverageOrderValue) -> Answer {
    let mean = found.mean_minor().map_or(Value::Unknown, |minor| Value::Mean(minor, found.currency));
    let answer = Answer::of(&average_order_value::CARD, found.as_of)
        .term("revenue", "paid for goods", Value::Money(found.gross_minor, found.currency))
        .term("orders", "orders", found.orders)
        .term("average_order_value", "revenue for each order", mean)
        .term("refunded", "given back of these orders so far", Value::Money(found.refunded_minor, found.currency));
    excluded(still_counting(answer, found.complete), found.excluded)
}

/// Time between orders.
pub fn time_between_orders_answer(found: &TimeBetweenOrders) -> Answer {
    Answer::of(&time_between_orders::CARD, found.as_of)
        .term("median_days", "median of the waits that ended in another order", found.median_days)
        .term(
            "median_days_all",
            "median of all waits, open ones included (Kaplan–Meier)",
            found.median_days_all.map(|all| all.time),
        )
        .term("median_days_all_low", "lower end of its 95 % interval", found.median_days_all.and_then(|all| all.low))
        .term("median_days_all_high", "upper end of its 95 % interval", found.median_days_all.and_then(|all| all.high))
        .term("waits_ended", "waits that ended", found.ended)
        .term("waits_open", "waits still open, one a customer", found.waiting)
}

/// A run of days; without a first day it is everything so far.
pub(crate) fn days(period: terms::Period) -> Value {
    if period.start.0 == i32::MIN { Value::Text(format!("until {}", period.end)) } else { period.into() }
}

/// Revenue.
pub fn revenue_answer(found: &Revenue) -> Answer {
    let money = |minor: i64| Value::Money(minor, found.currency);
    let sum = |of: fn(&metrics::revenue::RevenueRow) -> i64| found.rows.iter().map(of).fold(0, i64::saturating_add);
    let (gross, refunds) = (sum(|row| row.sums.gross_minor), sum(|row| row.sums.refunds_minor));
    let mut answer = Answer::of(&revenue::CARD, found.as_of)
        .term("orders", "orders", found.rows.iter().map(|row| row.sums.orders).sum::<u64>())
        .term("revenue", "paid for goods", money(gross))
        .term("refunds", "given back", money(refunds))
        .term("net_revenue", "revenue less refunds", money(gross.saturating_sub(refunds)));
    if let [only] = found.rows.as_slice() {
        answer = answer.term("customers", "customers who ordered", only.sums.customers);
    }
    let mut left_out = Excluded::default();
    for row in &found.rows {
        left_out.currency += row.sums.excluded.currency;
        left_out.unknown += row.sums.excluded.unknown;
    }
    let mut answer = excluded(answer, left_out).columns(&[
        "period",
        "complete",
        "orders",
        "customers",
        "new_customers",
        "returning_customers",
        "revenue",
        "revenue_new",
        "refunds",
        "net_revenue",
    ]);
    let row = |row: &metrics::revenue::RevenueRow| {
        let sums = row.sums;
        vec![
            days(row.period),
            row.complete.into(),
            sums.orders.into(),
            sums.customers.into(),
            sums.new_customers.into(),
            sums.returning_customers.into(),
            money(sums.gross_minor),
            money(sums.gross_new_minor),
            money(sums.refunds_minor),
            money(sums.net_minor()),
        ]
    };
    answer.rows = found.rows.iter().map(row).collect();
    answer
}

/// A cohort's name: `2011-03`, `Finland`.
pub fn cohort_name(key: &CohortKey) -> String {
    match key {
        CohortKey::Start(period) => period.to_string(),
        CohortKey::Word(word) => word.clone(),
        CohortKey::Unknown => "(unknown)".to_owned(),
        CohortKey::Everybody => "(average)".to_owned(),
        CohortKey::Rest { .. } => "(all others)".to_owned(),
    }
}

/// The cohort matrix, one row a cell.
pub fn cohorts_answer(found: &Cohorts) -> Answer {
    let answer = Answer::of(&cohorts::CARD, found.as_of)
        .term("grain", "the step", found.grain.word())
        .term("cohorts", "number of cohorts", found.rows.len() as u64)
        .term("customers", "customers in all cohorts", found.rows.iter().map(|row| row.size).sum::<u64>());
    let mut answer = excluded(answer, found.excluded).columns(&[
        "cohort",
        "size",
        "step",
        "complete",
        "eligible",
        "customers",
        "retention",
        "orders",
        "revenue",
        "revenue_per_customer",
    ]);
    let average = CohortRow {
        key: CohortKey::Everybody,
        size: found.rows.iter().map(|row| row.size).sum(),
        cells: found.average.iter().map_while(|cell| *cell).collect(),
    };
    answer.rows = found.rows.iter().chain([&average]).flat_map(|row| cohort_cells(row, found.currency)).collect();
    answer
}

fn cohort_cells(row: &CohortRow, currency: Option<Currency>) -> Vec<Vec<Value>> {
    let name = cohort_name(&row.key);
    let cells = row.cells.iter().enumerate().map(|(step, cell)| {
        let whole = cell.share.whole;
        let each = if whole == 0 {
            Value::Unknown
        } else {
            Value::Mean(cell.cumulative_minor as f64 / whole as f64, currency)
        };
        vec![
            name.clone().into(),
            row.size.into(),
            Value::Count(step as u64),
            cell.complete.into(),
            whole.into(),
            cell.share.part.into(),
            cell.share.into(),
            cell.orders.into(),
            Value::Money(cell.spend_minor, currency),
            each,
        ]
    });
    cells.collect()
}

/// Kaplan–Meier curve of customers.
pub fn survival_answer(found: &CustomerSurvival) -> Answer {
    let answer = by_rule(Answer::of(&survival::CARD, found.as_of), "regulars", &found.rule);
    let median = found.curve.median();
    let mut answer = answer
        .term("grain", "the step", found.grain.word())
        .term("customers", "customers", found.curve.total)
        .term("left", "customers who left", found.curve.events)
        .term("median_steps", "step by which half have left", median.map(|median| median.time))
        .columns(&["step", "at_risk", "left", "last_seen", "still_here", "low", "high"]);
    answer.rows = found
        .curve
        .steps
        .iter()
        .map(|step| {
            vec![
                Value::Number(step.time),
                step.at_risk.into(),
                step.events.into(),
                step.censored.into(),
                step.survival.value.into(),
                step.survival.low.into(),
                step.survival.high.into(),
            ]
        })
        .collect();
    answer
}

/// RFM groups.
pub fn rfm_answer(found: &Rfm) -> Answer {
    let money = |minor: i64| Value::Money(minor, found.currency);
    let answer = Answer::of(&rfm::CARD, found.as_of)
        .term("preset", "the grid of names", word(&found.preset))
        .term("scores", "scores per measure", u64::from(found.bins))
        .term("buyers", "customers with an order", found.buyers);
    let mut answer =
        excluded(answer, found.excluded).columns(&["group", "title", "family", "customers", "orders", "net_spend"]);
    let row = |group: &metrics::rfm::RfmGroup| {
        vec![
            group.group.id.into(),
            group.group.title.into(),
            word(&group.group.family).into(),
            group.customers.into(),
            group.orders.into(),
            money(group.spend_minor),
        ]
    };
    answer.rows = found.groups.iter().map(row).collect();
    answer
}

/// Movement between RFM groups.
pub fn rfm_migration_answer(found: &RfmMigration, currency: Option<Currency>) -> Answer {
    let mut answer = Answer::of(&rfm::CARD, found.dates.1)
        .term("preset", "the grid of names", word(&found.preset))
        .term("from", "groups as of", found.dates.0)
        .term("to", "and as of", found.dates.1)
        .columns(&["from", "to", "customers", "net_spend"]);
    let name = |group: Option<&'static metrics::Group>| group.map_or("(no order)", |group| group.id);
    let row = |step: &metrics::rfm::RfmMove| {
        vec![
            name(step.from).into(),
            name(step.to).into(),
            step.customers.into(),
            Value::Money(step.spend_minor, currency),
        ]
    };
    answer.rows = found.moves.iter().map(row).collect();
    answer
}

/// Concentration of revenue.
pub fn concentration_answer(found: &RevenueConcentration) -> Answer {
    let money = |minor: i64| Value::Money(minor, found.currency);
    let part = |minor: i64| (found.spend_minor > 0).then(|| minor as f64 / found.spend_minor as f64);
    let answer = Answer::of(&concentration::CARD, found.as_of)
        .term("customers", "customers", found.customers)
        .term("revenue", "their revenue", money(found.spend_minor))
        .term("gini", "0: all alike, 1: one brings everything", found.gini)
        .term("customers_for_half", "customers who bring half of it", found.customers_for_half);
    let mut answer = excluded(answer, found.excluded).columns(&["top_percent", "customers", "revenue", "share"]);
    let row = |top: &metrics::concentration::TopShare| {
        vec![u64::from(top.percent).into(), top.customers.into(), money(top.spend_minor), part(top.spend_minor).into()]
    };
    answer.rows = found.top.iter().map(row).collect();
    answer
}

/// Lifecycle.
pub fn lifecycle_answer(found: &Lifecycle) -> Answer {
    let mut answer = Answer::of(&lifecycle::CARD, found.as_of)
        .term("grain", "the step", found.grain.word())
        .columns(&["period", "complete", "new", "returning", "resurrected", "dormant", "active"]);
    let row = |row: &lifecycle::LifecycleRow| {
        let counts = row.counts;
        vec![
            row.period.into(),
            row.complete.into(),
            counts.new.into(),
            counts.returning.into(),
            counts.resurrected.into(),
            counts.dormant.into(),
            counts.active().into(),
        ]
    };
    answer.rows = found.rows.iter().map(row).collect();
    answer
}

/// Distinct customers a day, a week, a month.
pub fn stickiness_answer(found: &Stickiness) -> Answer {
    let mut answer =
        Answer::of(&stickiness::CARD, found.as_of).columns(&["date", "complete", "day", "week", "month", "stickiness"]);
    let row = |point: &stickiness::StickinessPoint| {
        vec![
            point.date.into(),
            point.complete.into(),
            point.day.into(),
            point.week.into(),
            point.month.into(),
            point.share().into(),
        ]
    };
    answer.rows = found.points.iter().map(row).collect();
    answer
}

/// Where customers came from and went.
pub fn retention_flow_answer(found: &metrics::retention_flow::RetentionFlow) -> Answer {
    let answer = by_rule(Answer::of(&metrics::retention_flow::CARD, found.as_of), "regulars", &found.rule)
        .term("period", "the period", found.period)
        .columns(&["from", "ordered", "active_at_end", "customers"]);
    let mut answer = still_counting(answer, found.complete);
    let row = |(way, customers): &(metrics::retention_flow::Way, u64)| {
        vec![word(&way.from).into(), way.ordered.into(), way.active.into(), (*customers).into()]
    };
    answer.rows = found.ways.iter().map(row).collect();
    answer
}

/// Overdue customers, by dense key; whoever shows them puts names to the keys.
pub fn overdue_answer(found: &Overdue) -> Answer {
    let answer = by_rule(Answer::of(&overdue::CARD, found.as_of), "rule, not a prediction", &found.rule).term(
        "overdue",
        "customers past their own usual gap, of those it can be told of",
        found.overdue,
    );
    excluded(answer, found.excluded)
}
