//! Use cases: wiring, the folder of an installation, imports, questions. Here the clock is read and nowhere below.

mod ask;
mod behaviour;
pub mod bench;
mod byhand;
mod condition;
mod config;
mod definitions;
mod explain;
mod imports;
mod install;
mod matching;
mod notes;
mod pages;
mod problem;
mod recurring;
mod sample;
mod segments;
mod settings;
mod shares;
mod simulate;

pub use self::segments::{Moves, Preview, SegmentShown};
pub use ::segments::{Definition, SegmentError};
pub use ask::{Ask, cards};
pub use byhand::is_role;
pub use config::{Config, Place};
pub use explain::{Explained, Sql};
pub use history::read::{Answers, Condition, Origin, Question};
pub use history::{Column, ImportReport, Inspection, Limits, Progress, Repair, Rows};
pub use imports::{Found, Import};
pub use install::{App, Health, ImportAgain, ServeLock, rfc3339};
pub use matching::Choice;
pub use pages::{
    CohortsQuery, CustomerQuery, INTERVALS, Narrowed, PEOPLE_ROWS_MAX, PageQuery, PeopleQuery, SegmentsQuery,
    SettingsQuery, UPLOAD_BYTES_MAX,
};
pub use problem::{Kind, Problem};
pub use reports::{Answer, Flat, Value};
pub use sample::Sample;
pub use settings::{Refused, SETTINGS};
pub use shares::{SHARE_DAYS, Shared};
pub use simulate::{SimulateAsk, SimulatedFile, Trade, simulate};
pub use store::NoteRow;
