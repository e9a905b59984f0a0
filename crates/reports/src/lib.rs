//! From figures to what a surface shows: panels for programs, view models for pages. Numbers and keys, no words.

mod answer;
pub mod answers;
pub mod answers_behaviour;
pub mod answers_change;
pub mod answers_mrr;
pub mod pages;
pub mod panel;

pub use answer::Flat;
pub use answer::{Answer, Flag, Term, Value};
