//! The timeline fold: whole customers, in time order, handed to a small state machine in one pass.
//!
//! A [`Machine`] sees each customer exactly once, with all of that customer's rows of one table as column slices, and
//! keeps only what it counts. Partitions (buckets of customers) are folded independently and their partial results
//! merged, so the answer never depends on how many there are or in which order they finish.

mod exec;
mod run;

pub(crate) use exec::{Way, fold_plan};
pub(crate) use run::Block;
pub use run::{Run, Slot};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A small state machine over the customers of one table.
///
/// Useful for whatever is counted per customer and then added up: cohorts, lifecycle, retention, recency. Not useful
/// for questions about rows alone, which are shorter in SQL.
///
/// `merge` must be associative and must not depend on order: partial results arrive as partitions finish.
pub trait Machine: Send + Sync + 'static {
    /// What one partition has counted. It crosses threads (and, later, machines) as bytes.
    type Partial: Serialize + DeserializeOwned + Send + 'static;

    /// A partial result that has seen nobody.
    fn start(&self) -> Self::Partial;

    /// One customer: all rows of the scan, in time order, at least one.
    fn customer(&self, partial: &mut Self::Partial, run: &Run<'_>);

    /// Adds the count of another partition.
    fn merge(&self, into: &mut Self::Partial, other: Self::Partial);
}
