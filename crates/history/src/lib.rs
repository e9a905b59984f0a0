//! Files, streams and our own actions become one checked history of each customer: asked with SQL, folded by customer.

mod audience;
mod bucket;
mod engine;
mod error;
pub mod fold;
mod folder;
mod guard;
mod history;
mod import;
mod intact;
mod limits;
mod memory;
mod owners;
pub mod read;
mod rejects;
mod repair;
mod rows;
pub mod schema;
mod snapshot;
mod write;

pub use audience::{Audience, Audiences};
pub use error::HistoryError;
pub use history::History;
pub use import::{ImportReport, Plan, Progress, map_key, shares_tables};
pub use limits::Limits;
pub use read::Inspection;
pub use rejects::RejectExample;
pub use repair::Repair;
pub use rows::{Column, Rows};
pub use snapshot::{Scan, Snapshot};
