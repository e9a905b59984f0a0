//! One file a metric: card, fold, function, worked example. Metrics read the history and never write it; they know no
//! clock, and answer with counts and sums, never with a bare percentage.
//!
//! Every question carries a [`Scope`] (as of when, about which facts) and every rate both its counts. What is unknown
//! stays unknown: an empty whole has no rate.

mod activity;
mod card;
pub mod customer_retention;
mod error;
mod first_day;
mod money;
pub mod retention_series;
mod scope;
#[cfg(test)]
mod testing;

pub use activity::{Activity, ActivityRule, WINDOW_MIN_DAYS, Window, WindowBasis};
pub use card::{Card, Unit};
pub use error::MetricError;
pub use money::{Excluded, Spend};
pub use scope::Scope;

/// Every metric there is, in the order of the documentation.
pub const ALL: &[&Card] = &[&customer_retention::CARD, &retention_series::CARD];
