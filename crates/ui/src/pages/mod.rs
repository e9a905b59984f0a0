//! The pages. Each is a function from a view model and a [`View`](crate::View) to markup; parts that the script
//! replaces are functions of their own, so that a fragment is the same markup as in the page.

pub mod cohorts;
pub mod customer;
pub mod data;
mod first;
pub mod metrics;
pub mod overview;
pub mod people;
pub mod retention;
pub mod revenue;
pub mod saved;
pub mod segments;
pub mod settings;
pub mod shared;
pub mod trouble;

pub use first::first_run;
