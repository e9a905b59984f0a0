//! Pages as HTML, charts as shapes and as PNG, words in four languages. Pure: numbers in, markup out; no I/O, no clock.
//!
//! `web` makes a [`View`] from the request (language, theme, address) and hands it with a view model of `reports` to
//! one of the functions in [`pages`].

pub mod assets;
mod cards;
pub mod charts;
pub mod here;
mod images;
pub mod pages;
mod parts;
mod shell;
pub mod words;

pub use here::{Here, customer_path};
pub use images::{Image, NotDrawn};
pub use shell::{Theme, View};
pub use words::Lang;
