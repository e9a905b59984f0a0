//! What can go wrong with a whole file. What goes wrong with a row is a [`Reject`](super::Reject).

use std::error::Error;
use std::fmt;
use std::path::Path;

/// A file that cannot be read, or not be read on: what happened, where, what to do next, a code for programs.
#[derive(Debug)]
pub struct ReadError {
    /// Stable and short, as in `file_empty`.
    pub code: &'static str,
    /// What happened, in words.
    pub what: String,
    /// The file, and the place inside it where one is known.
    pub place: String,
    /// What to do next.
    pub hint: String,
    /// The cause underneath, where there is one.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl ReadError {
    /// An error about a file.
    pub fn new(code: &'static str, path: &Path, what: impl Into<String>, hint: impl Into<String>) -> ReadError {
        ReadError { code, what: what.into(), place: name_of(path), hint: hint.into(), cause: None }
    }

    /// The same error, further inside the file.
    pub fn at(mut self, place: impl fmt::Display) -> ReadError {
        self.place = format!("{}, {place}", self.place);
        self
    }

    /// The same error with another way out of it.
    pub fn or(mut self, hint: impl fmt::Display) -> ReadError {
        self.hint = format!("{}; {hint}", self.hint);
        self
    }

    /// The same error with its cause.
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> ReadError {
        self.cause = Some(cause.into());
        self
    }

    /// The receiver of the facts refused them; its own error is the cause.
    pub fn sink(path: &Path, cause: Box<dyn Error + Send + Sync>) -> ReadError {
        ReadError::new(
            "not_stored",
            path,
            "what was read could not be stored",
            "see the cause; nothing of this file counts until its import is complete",
        )
        .because(cause)
    }

    /// Opening or reading failed.
    pub fn io(path: &Path, cause: std::io::Error) -> ReadError {
        use std::io::ErrorKind as Kind;
        let (code, what, hint) = match cause.kind() {
            Kind::NotFound => ("file_missing", "there is no such file", "check the path"),
            Kind::PermissionDenied => ("file_forbidden", "this file may not be read", "check its permissions"),
            Kind::IsADirectory => ("file_is_folder", "this is a folder", "name the files inside it"),
            Kind::UnexpectedEof | Kind::InvalidInput | Kind::InvalidData => {
                ("gzip_damaged", "the compressed file is damaged or cut short", "export or download it again")
            }
            _ => ("file_unreadable", "the file could not be read", "see the cause, then try again"),
        };
        ReadError::new(code, path, what, hint).because(cause)
    }
}

/// The last part of a path: messages do not carry the folders of a machine.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
