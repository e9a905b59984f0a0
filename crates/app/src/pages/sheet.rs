//! Rows for a file, put together column by column.

use history::{Column, Rows};

use crate::Problem;

/// Columns of rows of one length, put together by name.
#[derive(Default)]
pub(super) struct Sheet(Vec<(String, Column)>);

impl Sheet {
    pub fn text<T>(mut self, name: &str, rows: &[T], of: impl Fn(&T) -> Option<String>) -> Sheet {
        self.0.push((name.to_owned(), Column::Text(rows.iter().map(of).collect())));
        self
    }

    pub fn whole<T>(mut self, name: &str, rows: &[T], of: impl Fn(&T) -> Option<u64>) -> Sheet {
        let whole = |row: &T| of(row).and_then(|value| i64::try_from(value).ok());
        self.0.push((name.to_owned(), Column::Whole(rows.iter().map(whole).collect())));
        self
    }

    /// Whole numbers that can lie below zero.
    pub fn signed<T>(mut self, name: &str, rows: &[T], of: impl Fn(&T) -> i64) -> Sheet {
        self.0.push((name.to_owned(), Column::Whole(rows.iter().map(|row| Some(of(row))).collect())));
        self
    }

    pub fn number<T>(mut self, name: &str, rows: &[T], of: impl Fn(&T) -> Option<f64>) -> Sheet {
        self.0.push((name.to_owned(), Column::Number(rows.iter().map(of).collect())));
        self
    }

    pub fn flag<T>(mut self, name: &str, rows: &[T], of: impl Fn(&T) -> bool) -> Sheet {
        self.0.push((name.to_owned(), Column::Flag(rows.iter().map(|row| Some(of(row))).collect())));
        self
    }

    pub fn rows(self) -> Result<Rows, Problem> {
        Ok(Rows::from_columns(self.0)?)
    }
}
