//! Tests of columns as conditions the history can read.

use history::Snapshot;
use history::schema::Kind;
use terms::Currency;

use crate::SegmentError;
use crate::rule::Test;

/// Columns that hold money, in minor units.
const MONEY: [&str; 12] = [
    "amount",
    "amount_paid",
    "discount",
    "tax",
    "shipping",
    "unit_price",
    "unit_cost",
    "mrr_after",
    "mrr_discount",
    "spent",
    "refunded",
    "cost",
];
/// What a column can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Text,
    Number,
    Flag,
    Time,
}

/// The sort of a column of a view.
pub(crate) fn sort_of(
    snapshot: &Snapshot,
    view: &'static str,
    column: &str,
    place: &str,
) -> Result<Sort, SegmentError> {
    let columns = snapshot.columns(view);
    let found = columns.iter().find(|(name, _)| name == column).map(|(_, kind)| *kind);
    Ok(match found {
        Some(Kind::Word | Kind::Text) => Sort::Text,
        Some(Kind::Minor | Kind::Whole | Kind::Number) => Sort::Number,
        Some(Kind::Flag) => Sort::Flag,
        Some(Kind::At) => Sort::Time,
        None => {
            let known = columns.into_iter().map(|(name, _)| name).filter(|name| name != "customer").collect();
            return Err(SegmentError::Column { place: place.to_owned(), column: column.to_owned(), view, known });
        }
    })
}

/// Minor units for one whole unit of a column: 1 where it holds no money.
pub(crate) fn units(column: &str, currency: Option<Currency>) -> f64 {
    let digits = currency.map_or(2, Currency::minor_digits);
    if MONEY.contains(&column) { 10f64.powi(digits as i32) } else { 1.0 }
}

/// One condition that says the same as the tests; nothing without any.
pub(crate) fn condition(tests: &[Test], currency: Option<Currency>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for test in tests {
        let column = format!("\"{}\"", test.column.replace('"', "\"\""));
        let lower = format!("lower({column})");
        let minor = |number: f64| number * units(&test.column, currency);
        all.extend(test.is.as_ref().map(|words| list(&lower, words.all())));
        all.extend(test.is_not.as_ref().map(|words| format!("not ({})", list(&lower, words.all()))));
        all.extend(test.contains.as_ref().map(|part| format!("{lower} like {}", quoted(&pattern(part)))));
        all.extend(test.at_least.map(|number| format!("{column} >= {}", minor(number))));
        all.extend(test.at_most.map(|number| format!("{column} <= {}", minor(number))));
        all.extend(test.known.map(|known| format!("{column} is {}null", if known { "not " } else { "" })));
        all.extend(test.yes.map(|yes| format!("{column} = {yes}")));
    }
    (!all.is_empty()).then(|| all.join(" and "))
}

fn list(column: &str, words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(&word.to_lowercase())).collect();
    format!("{column} in ({})", words.join(", "))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A pattern that finds the text anywhere, its own signs taken as they are.
fn pattern(text: &str) -> String {
    let text = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{text}%")
}
