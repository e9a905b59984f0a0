//! Small helpers of the tests of this crate.

use std::future::Future;

use history::Snapshot;
use terms::{Date, Period};

/// Runs a question to its end.
pub(crate) fn answer<T>(question: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(question)
}

/// A date from text.
pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A period from text.
pub(crate) fn period(text: &str) -> Period {
    text.parse().unwrap()
}

/// A shop from lines of orders and refunds.
pub(crate) fn orders(text: &str) -> Snapshot {
    Snapshot::from_orders(text).unwrap()
}

/// A subscription business from lines of changes.
pub(crate) fn changes(text: &str) -> Snapshot {
    Snapshot::from_changes(text).unwrap()
}

/// An app from lines of events.
pub(crate) fn events(text: &str) -> Snapshot {
    Snapshot::from_events(text).unwrap()
}
