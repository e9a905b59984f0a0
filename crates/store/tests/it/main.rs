//! The state on both databases: the same cases, and what a kill leaves.

// Seeds, skips and counts are printed: a test that fails is repeated by what it printed.
#![allow(clippy::print_stdout)]

mod cases;
mod kills;
mod model;
mod postgres;
mod samples;
mod sqlite;
