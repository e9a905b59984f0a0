//! Customers by what a column says of their facts: the segments somebody can choose from.

use std::collections::BTreeMap;

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};

use crate::MetricError;

/// How many customers have facts in `view` of which `column` says each word, the most frequent word first. Facts of which
/// it says nothing count for none; one customer may count for several.
///
/// # Errors
///
/// [`MetricError::UnknownColumn`] when the view has no such column.
pub async fn customers_by_word(
    snapshot: &Snapshot,
    view: &'static str,
    column: &str,
) -> Result<Vec<(String, u64)>, MetricError> {
    if !snapshot.has(view) {
        return Ok(Vec::new());
    }
    if !snapshot.columns(view).iter().any(|(name, _)| name == column) {
        return Err(MetricError::UnknownColumn { column: column.to_owned(), view });
    }
    let counts = snapshot.fold(&Scan::of(view, &[column]), WordMachine).await?;
    let mut words: Vec<(String, u64)> = counts.into_iter().collect();
    words.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    Ok(words)
}

struct WordMachine;

const WORD: Slot = 0;

impl Machine for WordMachine {
    type Partial = BTreeMap<String, u64>;

    fn start(&self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }

    fn customer(&self, partial: &mut BTreeMap<String, u64>, run: &Run<'_>) {
        let mut seen: Vec<&str> = Vec::new();
        for row in 0..run.len() {
            let Some(word) = run.text(WORD, row) else { continue };
            if !seen.contains(&word) {
                seen.push(word);
            }
        }
        for word in seen {
            match partial.get_mut(word) {
                Some(count) => *count += 1,
                None => {
                    partial.insert(word.to_owned(), 1);
                }
            }
        }
    }

    fn merge(&self, into: &mut BTreeMap<String, u64>, other: BTreeMap<String, u64>) {
        for (word, count) in other {
            *into.entry(word).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, orders};

    #[test]
    fn a_customer_counts_once_for_each_word() {
        let shop = orders(
            "ana 2024-01-01 1 country=FI\nana 2024-01-02 1 country=FI\nana 2024-01-03 1 country=SE\n\
             ben 2024-01-01 1 country=FI\ncem 2024-01-01 1",
        );
        let found = answer(customers_by_word(&shop, "orders", "country")).unwrap();
        assert_eq!(found, [("FI".to_owned(), 2), ("SE".to_owned(), 1)]);
        assert_eq!(answer(customers_by_word(&shop, "events", "country")).unwrap(), []);
        assert_eq!(answer(customers_by_word(&shop, "orders", "planet")).unwrap_err().code(), "unknown_column");
    }
}
