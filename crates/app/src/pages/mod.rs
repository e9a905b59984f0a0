//! The pages: from what an address asks to everything a page shows, numbers and keys, no words.
//!
//! Each page starts from one [`Ground`](ground::Ground): the history at one version, one rule of who is a customer, one
//! horizon. All numbers of a page, and the lists behind them, take these and the same segment; so they cannot disagree.

mod cards;
mod cohorts;
mod columns;
mod customer;
mod customer_facts;
mod data;
mod figures;
mod files;
mod findings;
mod ground;
mod held;
mod kept;
mod list;
mod metrics;
mod names;
mod overdue;
mod overview;
mod people;
mod query;
mod retention;
mod revenue;
mod roster;
mod saved;
mod segments;
mod settings;
mod sheet;
#[cfg(test)]
mod tests;
mod timeline;
mod views;
mod who;
mod whose;
mod wish;

pub use cohorts::CohortsQuery;
pub use customer::CustomerQuery;
pub use data::{INTERVALS, UPLOAD_BYTES_MAX};
pub(crate) use ground::files_of;
pub(crate) use kept::Kept;
pub(crate) use names::names;
pub use people::PEOPLE_ROWS_MAX;
pub use query::{Narrowed, PageQuery, PeopleQuery};
pub use segments::SegmentsQuery;
pub use settings::SettingsQuery;
