//! The commands, one file each.

pub(crate) mod bench_worker;
pub(crate) mod customers;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod metric;
pub(crate) mod note;
pub(crate) mod reconcile;
pub(crate) mod segment;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod simulate;
pub(crate) mod sql;
