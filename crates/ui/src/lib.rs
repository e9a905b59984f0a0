//! Pages as HTML, charts as shapes, words in four languages. Pure: numbers in, markup out; no I/O, no clock.
//!
//! `web` makes a [`View`] from the request (language, theme, address) and hands it with a view model of `reports` to
//! one of the functions in [`pages`].

pub mod assets;
mod cards;
pub mod charts;
pub mod here;
pub mod pages;
mod parts;
mod shell;
pub mod words;

pub use here::{Here, customer_path};
pub use shell::{Theme, View};
pub use words::Lang;
