//! The pages. Each is a function from a view model and a [`View`](crate::View) to markup; parts that the script
//! replaces are functions of their own, so that a fragment is the same markup as in the page.

pub mod customer;
pub mod data;
pub mod metrics;
pub mod people;
pub mod retention;
pub mod settings;
pub mod shared;
pub mod trouble;
