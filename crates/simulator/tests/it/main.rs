//! The simulator through its door: files in memory, lives, and what is known to be true of them.

mod files;
mod means;
mod saas;
mod shop;
