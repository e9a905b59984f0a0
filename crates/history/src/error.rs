//! What can go wrong in the history: what happened, where, what to do next, and a name for programs.

use std::path::Path;

/// An error of the history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A file or folder could not be read or written.
    #[error("cannot {doing} {path}")]
    File {
        /// What was being done: "read", "write", "open".
        doing: &'static str,
        /// The file, as the user knows it.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The state database said no.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A query could not be planned or run.
    #[error("the query could not be answered: {message}")]
    Query {
        /// What the engine says of it, without internals.
        message: String,
    },
    /// A query asked for more than it may have: time, memory, length or depth.
    #[error("{message}")]
    Limit {
        /// Which limit, and how far it reaches.
        message: String,
        /// What to do.
        hint: &'static str,
    },
    /// Files of the history are not what was written.
    #[error("{}", damaged_words(files))]
    Damaged {
        /// Each file, relative to the history folder, and what is wrong with it.
        files: Vec<(String, String)>,
    },
    /// A Parquet file of ours cannot be decoded.
    #[error("a history file cannot be read")]
    Undecodable {
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// The disk is full.
    #[error("the disk is full; nothing was changed")]
    Full,
    /// Somebody else is writing to this folder.
    #[error("another import is running in this folder")]
    Busy,
    /// A file to import cannot be read.
    #[error("{message}")]
    Read {
        /// What and where.
        message: String,
        /// The reader's code.
        code: &'static str,
        /// What to do.
        hint: String,
    },
    /// The same file is in the history already, read with another map: its facts would count twice.
    #[error("{file} was imported before and read differently then (import {import}): what it says would count twice")]
    ReadDifferently {
        /// The file's name.
        file: String,
        /// The import that read it.
        import: i64,
    },
    /// A history file that this state database never wrote.
    #[error("the folder holds history files that its state database does not know, such as {0}; nothing was changed")]
    Foreign(String),
    /// There is no such import.
    #[error("there is no import {0}")]
    NoImport(i64),
    /// That import was undone before.
    #[error("import {0} is undone already")]
    AlreadyUndone(i64),
    /// A mistake of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

impl HistoryError {
    /// A mistake of ours, in words for the log.
    pub(crate) fn internal(words: impl Into<String>) -> HistoryError {
        HistoryError::Internal(words.into())
    }

    /// An error of the file system; a full disk gets its own name.
    pub(crate) fn file(doing: &'static str, path: &Path, source: std::io::Error) -> HistoryError {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => HistoryError::Full,
            _ => HistoryError::File { doing, path: path.display().to_string(), source },
        }
    }

    /// A name for programs; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            HistoryError::File { .. } => "file",
            HistoryError::Store(error) => error.code(),
            HistoryError::Query { .. } => "query",
            HistoryError::Limit { .. } => "query_limit",
            HistoryError::Damaged { .. } | HistoryError::Undecodable { .. } => "history_damaged",
            HistoryError::Full => "disk_full",
            HistoryError::Busy => "busy",
            HistoryError::Read { code, .. } => code,
            HistoryError::ReadDifferently { .. } => "read_differently",
            HistoryError::Foreign(_) => "foreign_history",
            HistoryError::NoImport(_) => "no_such_import",
            HistoryError::AlreadyUndone(_) => "already_undone",
            HistoryError::Internal(_) => "internal",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            HistoryError::File { .. } => "check that the file is there and that you may read and write it".to_owned(),
            HistoryError::Store(error) => error.hint().to_string(),
            HistoryError::Query { .. } => {
                "run `regulars sql \"show tables\"` to see the views, and \"describe NAME\" for their columns"
                    .to_owned()
            }
            HistoryError::Limit { hint, .. } => (*hint).to_owned(),
            HistoryError::Damaged { .. } | HistoryError::Undecodable { .. } => {
                "put the file back from a backup if you have one, or run `regulars doctor --repair`: it sets damaged \
                 files aside and says which files to import again; questions about other tables still work"
                    .to_owned()
            }
            HistoryError::Full => {
                "free some space and run the same command again: what was imported before is safe".to_owned()
            }
            HistoryError::Busy => "wait until it has finished, then try again".to_owned(),
            HistoryError::Read { hint, .. } => hint.clone(),
            HistoryError::ReadDifferently { import, .. } => {
                format!("undo that import first (`regulars import undo {import}`), then import the file again")
            }
            HistoryError::Foreign(_) => {
                "put back the state database these files belong to (--database, or state.db in the folder), or move \
                 the folder `history` aside and import your sources again"
                    .to_owned()
            }
            HistoryError::NoImport(_) | HistoryError::AlreadyUndone(_) => {
                "run `regulars import list` to see all imports".to_owned()
            }
            HistoryError::Internal(_) => "this is our mistake; please report it with the command you ran".to_owned(),
        }
    }
}

/// The damaged files by name, the first of many.
fn damaged_words(files: &[(String, String)]) -> String {
    let named: Vec<String> = files.iter().take(3).map(|(file, why)| format!("{file} ({why})")).collect();
    let more = files.len().saturating_sub(named.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("the question needs history files that are damaged: {}{more}", named.join(", "))
}

/// The error of ours inside one of the engine, or the error as it was.
fn own_error(error: datafusion::error::DataFusionError) -> Result<HistoryError, datafusion::error::DataFusionError> {
    use datafusion::error::DataFusionError as Fault;
    match error {
        Fault::External(inner) => inner.downcast::<HistoryError>().map(|own| *own).map_err(Fault::External),
        Fault::Context(_, inner) | Fault::Diagnostic(_, inner) => own_error(*inner),
        // Several parts of a plan wait for the same work: none of them owns its error.
        Fault::Shared(inner) => match inner.find_root() {
            Fault::External(own) => match own.downcast_ref::<HistoryError>() {
                Some(HistoryError::Damaged { files }) => Ok(HistoryError::Damaged { files: files.clone() }),
                _ => Err(Fault::Shared(inner)),
            },
            _ => Err(Fault::Shared(inner)),
        },
        other => Err(other),
    }
}

impl From<arrow::error::ArrowError> for HistoryError {
    fn from(error: arrow::error::ArrowError) -> HistoryError {
        match error {
            arrow::error::ArrowError::IoError(_, source) => {
                HistoryError::file("write", Path::new("a working file"), source)
            }
            other => HistoryError::Internal(other.to_string()),
        }
    }
}

impl From<datafusion::error::DataFusionError> for HistoryError {
    fn from(error: datafusion::error::DataFusionError) -> HistoryError {
        use arrow::error::ArrowError;
        use datafusion::error::DataFusionError as Fault;
        // Our own error went through the engine and comes back as it was.
        let error = match own_error(error) {
            Ok(own) => return own,
            Err(other) => other,
        };
        // Only the innermost cause speaks of the query; the wrappers speak of the engine.
        let root = error.find_root();
        let message = root.strip_backtrace();
        // What goes to the disk has a bound too; the engine says so in the words of a file that could not be written.
        if matches!(root, Fault::ResourcesExhausted(_)) || message.contains("during the spilling process") {
            return HistoryError::Limit {
                message: "the query needs more memory than a query may have".to_owned(),
                hint: "ask for less at once (a shorter period, fewer columns, a limit), or raise sql_memory_mb in \
                       regulars.toml",
            };
        }
        let is_of_files = match root {
            Fault::ObjectStore(_) | Fault::IoError(_) | Fault::ParquetError(_) => true,
            Fault::ArrowError(inner, _) => matches!(**inner, ArrowError::ParquetError(_) | ArrowError::IoError(..)),
            _ => false,
        };
        if let Some(fault) = arithmetic(root) {
            // The words of the engine would name what stands in somebody's row.
            return HistoryError::Query { message: fault.to_owned() };
        }
        if is_of_files {
            // No fault of the question, and its words name folders of this machine.
            let source = parquet::errors::ParquetError::General(message);
            return HistoryError::Undecodable { source };
        }
        HistoryError::Query { message }
    }
}

/// What a calculation could not do with some row. A condition is worked out while a file is read, so that its error comes
/// back as one of the file.
fn arithmetic(error: &datafusion::error::DataFusionError) -> Option<&'static str> {
    use arrow::error::ArrowError;
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<ArrowError>() {
            Some(ArrowError::DivideByZero) => return Some("it divides by zero in some row"),
            Some(ArrowError::CastError(_) | ArrowError::ParseError(_)) => {
                return Some("it turns a value of some row into a kind it cannot be");
            }
            Some(ArrowError::ComputeError(_) | ArrowError::ArithmeticOverflow(_)) => {
                return Some("it cannot be worked out for some row");
            }
            _ => cause = error.source(),
        }
    }
    let words = error.to_string();
    let says = |part: &str| words.contains(part);
    match () {
        () if says("Divide by zero") => Some("it divides by zero in some row"),
        () if says("Cast error") || says("Cannot cast") => {
            Some("it turns a value of some row into a kind it cannot be")
        }
        () if says("Overflow happened") => Some("it cannot be worked out for some row"),
        () => None,
    }
}

impl From<parquet::errors::ParquetError> for HistoryError {
    fn from(error: parquet::errors::ParquetError) -> HistoryError {
        let damaged = |source| HistoryError::Undecodable { source };
        match error {
            parquet::errors::ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
                Ok(cause) => HistoryError::file("write", Path::new("a Parquet file"), *cause),
                Err(inner) => damaged(parquet::errors::ParquetError::External(inner)),
            },
            other => damaged(other),
        }
    }
}
