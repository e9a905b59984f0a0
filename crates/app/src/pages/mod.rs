//! The pages: from what an address asks to everything a page shows, numbers and keys, no words.
//!
//! Each page starts from one [`Ground`](ground::Ground): the history at one version, one rule of who is a customer, one
//! horizon. All numbers of a page, and the lists behind them, take these and the same segment; so they cannot disagree.

mod cards;
mod customer;
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
mod people;
mod query;
mod retention;
mod settings;
#[cfg(test)]
mod tests;
mod who;
mod whose;

pub use data::UPLOAD_BYTES_MAX;
pub(crate) use kept::Kept;
pub use people::PEOPLE_ROWS_MAX;
pub use query::{PageQuery, PeopleQuery};
pub use settings::SettingsQuery;
