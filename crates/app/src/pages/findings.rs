//! Is the data complete and right? What was found, in words, each with what to do about it.

use history::{HistoryError, Limits, Snapshot};
use reports::pages::data::Finding;
use reports::pages::{Sentence, Value};
use store::ImportRow;
use terms::{Currency, Date, Instant};

use super::ground::files_of;
use super::held::count;

/// Days in a row without any fact that are worth a word.
const GAP_DAYS: i32 = 7;
/// Gaps that are named, the longest ones.
const GAPS_MAX: usize = 3;
/// Imports that brought late facts and are named, the newest ones.
const LATE_MAX: usize = 3;

/// What was found, what concerns most facts first among its kind.
pub(super) async fn findings(
    snapshot: &Snapshot,
    imports: &[ImportRow],
    currency: Currency,
    today: Date,
) -> Result<Vec<Finding>, HistoryError> {
    let mut found = of_imports(imports);
    if let Some(last) =
        latest_of(imports).map(|at| snapshot.zone().date(Instant(at))).filter(|last| *last > today.plus(1))
    {
        found.push(finding("future", [("date", Value::Date(last))]));
    }
    if snapshot.has("orders") {
        amounts(snapshot, currency, &mut found).await?;
    }
    if snapshot.has("refunds") {
        refunds(snapshot, &mut found).await?;
    }
    found.extend(gaps(&days(snapshot).await?).into_iter().map(|(first, last)| {
        let n = ("n", Value::Count((last.0 - first.0 + 1).unsigned_abs().into()));
        finding("gap", [n, ("from", Value::Date(first)), ("to", Value::Date(last))])
    }));
    found.extend(late(imports).into_iter().map(|(file, from, known)| {
        let day = |at: i64| Value::Date(snapshot.zone().date(Instant(at)));
        finding("late", [("file", Value::Text(file)), ("from", day(from)), ("known", day(known))])
    }));
    Ok(found)
}

fn finding<const N: usize>(name: &str, values: [(&str, Value); N]) -> Finding {
    Finding { what: Sentence::new(&format!("found.{name}"), values), fix: format!("found.{name}.fix") }
}

/// The last instant that a live import brought. Changes of subscriptions are left out: the end of what was paid for is
/// known ahead.
fn latest_of(imports: &[ImportRow]) -> Option<i64> {
    let planned = |row: &&ImportRow| {
        let counts: serde_json::Value = serde_json::from_str(&row.counts).unwrap_or_default();
        counts.as_object().is_some_and(|tables| tables.keys().all(|table| table == "subscription_changes"))
    };
    imports.iter().filter(|row| row.undone_at.is_none()).filter(|row| !planned(row)).filter_map(|row| row.max_at).max()
}

/// Why the reader refuses a row that says too little or says it wrongly. Any other code is that of a rule which sets rows
/// aside on purpose, such as cancelled orders.
const FAULTS: [&str; 15] = [
    "missing_value",
    "bad_date",
    "date_out_of_range",
    "bad_number",
    "number_too_large",
    "bad_currency",
    "bad_interval",
    "bad_flag",
    "field_count",
    "quote_not_closed",
    "record_too_long",
    "bad_json",
    "json_too_deep",
    "no_fact",
    "end_before_start",
];

/// Rows that were set aside: without a customer, of an order nobody knows, with a fault, or on purpose.
fn of_imports(imports: &[ImportRow]) -> Vec<Finding> {
    let mut all = [("nobody", 0), ("orphans", 0), ("faulty", 0), ("aside", 0)];
    for row in imports.iter().filter(|row| row.undone_at.is_none()) {
        let about: serde_json::Value = serde_json::from_str(&row.files).unwrap_or_default();
        for (code, rows) in about["rejects"].as_object().into_iter().flatten() {
            let kind = match code.as_str() {
                "no_customer" => 0,
                "owner_unknown" => 1,
                code if FAULTS.contains(&code) => 2,
                _ => 3,
            };
            all[kind].1 += rows.as_u64().unwrap_or_default();
        }
    }
    all.into_iter().filter(|(_, n)| *n > 0).map(|(name, n)| finding(name, [("n", Value::Count(n))])).collect()
}

/// Orders whose money is not in the sums.
async fn amounts(snapshot: &Snapshot, currency: Currency, found: &mut Vec<Finding>) -> Result<(), HistoryError> {
    let rows = snapshot.rows_of(include_str!("sql/amounts.sql"), Limits::default()).await?.json()?;
    let (mut untold, mut unknown) = (0, 0);
    for row in &rows {
        unknown += count(row, "unknown");
        match row["currency"].as_str() {
            None => untold += count(row, "orders"),
            Some(code) if code == currency.code() => {}
            Some(code) => {
                let n = ("n", Value::Count(count(row, "orders")));
                let words =
                    [n, ("other", Value::Text(code.to_owned())), ("own", Value::Text(currency.code().to_owned()))];
                found.push(finding("other_currency", words));
            }
        }
    }
    let both = [("no_currency", untold), ("no_amount", unknown)];
    found.extend(both.into_iter().filter(|(_, n)| *n > 0).map(|(name, n)| finding(name, [("n", Value::Count(n))])));
    Ok(())
}

async fn refunds(snapshot: &Snapshot, found: &mut Vec<Finding>) -> Result<(), HistoryError> {
    let rows = snapshot.rows_of(include_str!("sql/refunds.sql"), Limits::default()).await?.json()?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (alone, all) = (count(row, "alone"), count(row, "refunds"));
    if alone > 0 {
        found.push(finding("refunds_alone", [("n", Value::Count(alone)), ("all", Value::Count(all))]));
    }
    Ok(())
}

/// The days with an order or an event, the earliest first.
async fn days(snapshot: &Snapshot) -> Result<Vec<Date>, HistoryError> {
    let mut days: Vec<Date> = Vec::new();
    for view in ["order_days", "event_days"].into_iter().filter(|view| snapshot.has(view)) {
        let rows = snapshot.rows_of(&format!("select distinct day from {view}"), Limits::default()).await?.json()?;
        days.extend(rows.iter().filter_map(|row| row["day"].as_str()?.parse::<Date>().ok()));
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

/// The longest runs of days without any fact between two days with some: their first and their last day.
fn gaps(days: &[Date]) -> Vec<(Date, Date)> {
    let run = |pair: &[Date]| match pair {
        [before, after] => Some((before.plus(1), after.plus(-1))),
        _ => None,
    };
    let mut gaps: Vec<(Date, Date)> =
        days.windows(2).filter_map(run).filter(|(first, last)| last.0 - first.0 + 1 >= GAP_DAYS).collect();
    gaps.sort_by_key(|(first, last)| (first.0 - last.0, first.0));
    gaps.truncate(GAPS_MAX);
    gaps
}

/// Imports whose facts begin before the end of what was known: the file, its first instant, and that end.
fn late(imports: &[ImportRow]) -> Vec<(String, i64, i64)> {
    let mut live: Vec<&ImportRow> = imports.iter().filter(|row| row.undone_at.is_none() && row.facts > 0).collect();
    live.sort_by_key(|row| row.id);
    let mut late = Vec::new();
    let mut known: Option<i64> = None;
    for row in live {
        let Some((first, last)) = row.min_at.zip(row.max_at) else { continue };
        if let Some(known) = known.filter(|known| first < *known) {
            late.push((files_of(row).join(", "), first, known));
        }
        known = known.max(Some(last));
    }
    late.reverse();
    late.truncate(LATE_MAX);
    late
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_silences_are_named_the_longest_first() {
        let named = |days: &[i32]| {
            let days: Vec<Date> = days.iter().map(|day| Date(*day)).collect();
            gaps(&days).into_iter().map(|(first, last)| (first.0, last.0)).collect::<Vec<_>>()
        };
        assert_eq!(named(&[]), []);
        assert_eq!(named(&[5]), []);
        assert_eq!(named(&[0, 1, 8]), [], "six silent days");
        assert_eq!(named(&[0, 1, 9]), [(2, 8)], "seven silent days");
        assert_eq!(named(&[0, 10, 30, 40, 50]), [(11, 29), (1, 9), (31, 39)]);
    }
}
