//! Files, streams and our own actions become one checked history of each customer: asked with SQL, folded by customer.

mod bucket;
mod engine;
mod error;
mod folder;
pub mod fold;
mod memory;
pub mod schema;
mod snapshot;
mod write;

pub use error::HistoryError;
pub use snapshot::{Scan, Snapshot};
