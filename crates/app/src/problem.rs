//! What a surface says when something cannot be done: what happened, whose turn it is, what to do next.

use history::HistoryError;
use metrics::MetricError;
use serde::Serialize;
use store::StoreError;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The question or the file must change.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// Later it will work.
    Busy,
    /// There is no room left on the disk.
    Full,
    /// Files on the disk are not what was written: whoever runs the installation must act.
    Damaged,
    /// We made a mistake.
    Ours,
}

/// Something that could not be done.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// Whose turn it is.
    #[serde(skip)]
    pub kind: Kind,
    /// A name for programs; it never changes.
    pub code: String,
    /// What happened and where.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

impl Problem {
    /// A question that cannot be answered as it was asked.
    pub fn invalid(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem { kind: Kind::Invalid, code: code.to_owned(), message: message.into(), hint: hint.into() }
    }

    /// Something that is not there.
    pub fn not_found(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem { kind: Kind::NotFound, ..Problem::invalid(code, message, hint) }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// An error with all its causes, innermost last.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

impl From<HistoryError> for Problem {
    fn from(error: HistoryError) -> Problem {
        let kind = match &error {
            HistoryError::Busy => Kind::Busy,
            HistoryError::Full => Kind::Full,
            HistoryError::NoImport(_) => Kind::NotFound,
            HistoryError::Query { .. }
            | HistoryError::Limit { .. }
            | HistoryError::Read { .. }
            | HistoryError::ReadDifferently { .. }
            | HistoryError::AlreadyUndone(_) => Kind::Invalid,
            HistoryError::Damaged { .. } => Kind::Damaged,
            HistoryError::Store(error) => store_kind(error),
            HistoryError::Foreign(_)
            | HistoryError::File { .. }
            | HistoryError::Undecodable { .. }
            | HistoryError::Internal(_) => Kind::Ours,
        };
        Problem { kind, code: error.code().to_owned(), hint: error.hint(), message: with_causes(&error) }
    }
}

fn store_kind(error: &StoreError) -> Kind {
    match error {
        StoreError::Full { .. } => Kind::Full,
        StoreError::Input { .. } => Kind::Invalid,
        _ if error.is_passing() => Kind::Busy,
        _ => Kind::Ours,
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Problem {
            kind: store_kind(&error),
            code: error.code().to_owned(),
            hint: error.hint().to_owned(),
            message: with_causes(&error),
        }
    }
}

impl From<MetricError> for Problem {
    fn from(error: MetricError) -> Problem {
        match error {
            MetricError::History(inner) => inner.into(),
            other => Problem::invalid(other.code(), with_causes(&other), other.hint()),
        }
    }
}

impl From<terms::TermError> for Problem {
    fn from(error: terms::TermError) -> Problem {
        Problem::invalid("not_understood", error.to_string(), "run the command with --help for what is understood")
    }
}
