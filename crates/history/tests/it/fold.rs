//! The timeline fold: whole customers, once, in time order, whatever the batches and filters.

use history::fold::{Machine, Run};
use history::{Scan, Snapshot};
use proptest::prelude::*;

/// Writes down what it sees: customer key, and the days in the order they came.
struct Diary;

impl Machine for Diary {
    type Partial = Vec<(u32, Vec<i64>)>;

    fn start(&self) -> Self::Partial {
        Vec::new()
    }

    fn customer(&self, partial: &mut Self::Partial, run: &Run<'_>) {
        partial.push((run.customer, run.i64(0).to_vec()));
    }

    fn merge(&self, into: &mut Self::Partial, other: Self::Partial) {
        into.extend(other);
    }
}

async fn diary(text: &str, filter: Option<&str>) -> Vec<Vec<i64>> {
    let snapshot = Snapshot::from_orders(text).unwrap();
    let scan = Scan::of("orders", &["at"]).with_filter(filter.map(str::to_owned));
    let mut seen = snapshot.fold(&scan, Diary).await.unwrap();
    let customers = seen.len();
    seen.sort();
    seen.dedup_by_key(|(customer, _)| *customer);
    assert_eq!(seen.len(), customers, "a customer was seen twice");
    seen.into_iter().map(|(_, at)| at).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_order_is_seen_once_and_in_time_order(orders in prop::collection::vec((0..30u32, 0..300i32), 0..200)) {
        let text: String = orders.iter().map(|(customer, day)| format!("c{customer} {} 1\n", terms::Date(19_000 + day))).collect();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let seen = runtime.block_on(diary(&text, None));
        prop_assert_eq!(seen.iter().map(Vec::len).sum::<usize>(), orders.len());
        prop_assert!(seen.iter().all(|at| at.is_sorted()));
    }
}

#[tokio::test]
async fn a_filter_is_a_predicate_over_the_view() {
    let text = "ana 2024-01-01 5 country=Finland\nana 2024-01-02 5 country=Sweden\nben 2024-01-03 5 country=Sweden";
    assert_eq!(diary(text, Some("country = 'Sweden'")).await.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    assert!(diary(text, Some("amount > 1000")).await.is_empty());
    let snapshot = Snapshot::from_orders(text).unwrap();
    for wrong in ["colour = 'red'", "country =", "1"] {
        let scan = Scan::of("orders", &["at"]).with_filter(Some(wrong.to_owned()));
        assert_eq!(snapshot.fold(&scan, Diary).await.expect_err(wrong).code(), "query");
    }
}
