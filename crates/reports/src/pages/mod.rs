//! What each page needs in order to be drawn. Numbers and keys only: `ui` adds language, theme and addresses.

mod frame;
mod parts;

pub mod brief;
pub mod cohorts;
pub mod customer;
pub mod data;
pub mod metrics;
pub mod overview;
pub mod people;
pub mod retention;
pub mod revenue;
pub mod saved;
pub mod segments;
pub mod settings;
pub mod who;

pub use frame::{Asked, Brief, Cells, Compare, Figure, FirstRun, Frame, ListAsked, Rule};
pub use parts::{
    Better, Choice, Freshness, Label, Moment, Note, Sentence, Slot, TooLittle, Trouble, Value, Workspace, interval,
};
pub use who::{Counting, DID, DID_METRICS, DID_PARTS, MRR_PARTS, Who};
