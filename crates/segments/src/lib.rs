//! Who: groups of customers by rule. A rule is a small typed language over what customers are and did; it is written as
//! TOML or JSON, checked with named errors, and evaluated as of any instant into a set of customers.

mod ago;
mod check;
mod error;
mod evaluate;
mod rule;
mod say;
mod test_of;

pub use ago::Ago;
pub use check::check;
pub use error::SegmentError;
pub use evaluate::{Book, members};
pub use rule::{Definition, Did, Moment, Rule, Sum, Test, What, Words};
pub use say::say;
