//! Examples of rows that were set aside, from the list an import left.

use std::fs::File;
use std::io::BufReader;

use crate::history::blocking;
use crate::{History, HistoryError};

/// Rows of the list that are looked at: every reason usually comes up early.
const LOOK: usize = 200_000;

/// One row that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectExample {
    /// The stable name of the reason.
    pub code: String,
    /// What it says.
    pub reason: String,
    /// The line of the file.
    pub line: u64,
    /// What stood there.
    pub value: String,
}

impl History {
    /// The first row set aside for each reason, from the list of that name, until `reasons` different ones were seen.
    ///
    /// # Errors
    ///
    /// When the list cannot be read.
    pub async fn reject_examples(&self, name: &str, reasons: usize) -> Result<Vec<RejectExample>, HistoryError> {
        let path = self.rejects_file(name);
        blocking(move || {
            let failed = |error: std::io::Error| HistoryError::file("read", &path, error);
            let file = File::open(&path).map_err(failed)?;
            let mut found: Vec<RejectExample> = Vec::new();
            for row in csv::Reader::from_reader(BufReader::new(file)).records().take(LOOK) {
                if found.len() >= reasons {
                    break;
                }
                let row = row.map_err(|error| failed(std::io::Error::other(error)))?;
                // file, line, field, value, code, reason, hint
                let field = |at: usize| row.get(at).unwrap_or_default();
                if found.iter().all(|example| example.code != field(4)) {
                    let line = field(1).parse().unwrap_or_default();
                    let (code, reason, value) = (field(4).to_owned(), field(5).to_owned(), field(3).to_owned());
                    found.push(RejectExample { code, reason, line, value });
                }
            }
            Ok(found)
        })
        .await
    }
}
