//! Text in rows and fields: found out how it is written, cut at record ends by one thread, read by many.

mod cut;
mod dialect;
mod run;
mod scan;

pub use dialect::{CsvFormat, NoTable, Shape, sheet_shape, sniff};
pub use run::{BLOCK, Piece, RECORD_MAX, cut, read};
