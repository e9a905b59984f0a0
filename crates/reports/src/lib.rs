//! From figures to what a surface shows: panels for programs, view models for pages. Numbers and keys, no words.

pub mod pages;
pub mod panel;
