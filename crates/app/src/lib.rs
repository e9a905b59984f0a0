//! Use cases: wiring, the folder of an installation, imports, questions. Here the clock is read and nowhere below.

mod ask;
pub mod bench;
mod config;
mod imports;
mod install;
mod matching;
mod pages;
mod problem;
mod sample;

pub use ask::{Ask, cards};
pub use config::{Config, Place};
pub use history::read::{Answers, Condition, OPEN, Origin};
pub use history::{Column, ImportReport, Inspection, Progress, Rows};
pub use imports::{Found, Import};
pub use install::{App, Health, ServeLock, rfc3339};
pub use matching::Choice;
pub use pages::{PEOPLE_ROWS_MAX, PeopleQuery, RetentionQuery, UPLOAD_BYTES_MAX};
pub use problem::{Kind, Problem};
pub use reports::{Answer, Flat, Value};
