//! Files, streams and our own actions become one checked history of each customer: asked with SQL, folded by customer.

mod error;
pub mod fold;
pub mod schema;

pub use error::HistoryError;
