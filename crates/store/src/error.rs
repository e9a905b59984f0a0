//! What can go wrong with the state, sorted by what somebody can do about it.

use std::error::Error;

/// The cause below an error, for the log; its text may hold SQL and paths and is not for strangers.
pub type Cause = Box<dyn Error + Send + Sync>;

/// What went wrong. The text says what and where, [`StoreError::hint`] what to do next, and
/// [`StoreError::code`] is a name that programs may rely on.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else committed since the catalogue was read. Nothing of this commit was kept.
    #[error("the history changed while this was being prepared (it was made for version {base})")]
    Conflict {
        /// The version the commit was made for.
        base: i64,
    },
    /// A commit removes a file that is not live. Nothing of the commit was kept.
    #[error("history file {id} is not live, so it cannot be removed")]
    NotLive {
        /// The file's id.
        id: i64,
    },
    /// A commit adds a path that the catalogue knows already. Nothing of the commit was kept.
    #[error("history file '{path}' is already in the catalogue")]
    PathTaken {
        /// The path, relative to the history folder.
        path: String,
    },
    /// The same content was imported already and is in force. Nothing of the commit was kept.
    #[error("this content was imported already")]
    AlreadyImported {
        /// The key of the content.
        content_key: String,
    },
    /// No import of this number is in force: it never was, or it was undone already.
    #[error("import {id} is not in force")]
    NoImport {
        /// The import's id.
        id: i64,
    },
    /// The number of buckets cannot change once there are history files.
    #[error("the history is kept in a fixed number of buckets, which cannot become {wanted} any more")]
    BucketsFixed {
        /// The number that was asked for.
        wanted: i32,
    },
    /// A value that cannot be kept.
    #[error("{what} cannot be kept: {why}")]
    Input {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The address names no kind of database we know.
    #[error("'{url}' is not the address of a state database")]
    Address {
        /// The address, without its password.
        url: String,
        /// What the driver said.
        #[source]
        cause: Option<Cause>,
    },
    /// The disk is full, over quota or read-only: nothing can be written, reading goes on.
    #[error("nothing can be written to {place}: the disk is full or read-only")]
    Full {
        /// Which database.
        place: String,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// Somebody else held the database for too long.
    #[error("{place} is busy")]
    Busy {
        /// Which database.
        place: String,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// The database does not answer, or does not let us in. A commit that ends so may have been kept: read
    /// [`Store::version`](crate::Store::version) before repeating it.
    #[error("{place} cannot be reached")]
    Unreachable {
        /// Which database.
        place: String,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// The database is damaged, or is no database.
    #[error("{place} is damaged or is not a state database")]
    Corrupt {
        /// Which database.
        place: String,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// A newer release has written this database.
    #[error("{place} was written by a newer release (its form is {found}, this release knows up to {known})")]
    NewerDatabase {
        /// Which database.
        place: String,
        /// The last migration it has had.
        found: i64,
        /// The last migration this release has.
        known: i64,
    },
    /// The SQLite in this build is too old to be trusted.
    #[error("this build has SQLite {found}; {needed} or newer is needed")]
    OldSqlite {
        /// Its version.
        found: String,
        /// The oldest version accepted.
        needed: &'static str,
    },
    /// The database refused a statement: an error of ours.
    #[error("{place} refused a statement")]
    Statement {
        /// Which database.
        place: String,
        /// What the database said.
        #[source]
        cause: Cause,
    },
}

impl StoreError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Conflict { .. } => "store-conflict",
            StoreError::NotLive { .. } => "store-file-not-live",
            StoreError::PathTaken { .. } => "store-path-taken",
            StoreError::AlreadyImported { .. } => "store-already-imported",
            StoreError::NoImport { .. } => "store-no-such-import",
            StoreError::BucketsFixed { .. } => "store-buckets-fixed",
            StoreError::Input { .. } => "store-bad-value",
            StoreError::Address { .. } => "store-bad-address",
            StoreError::Full { .. } => "store-full",
            StoreError::Busy { .. } => "store-busy",
            StoreError::Unreachable { .. } => "store-unreachable",
            StoreError::Corrupt { .. } => "store-corrupt",
            StoreError::NewerDatabase { .. } => "store-newer-database",
            StoreError::OldSqlite { .. } => "store-old-sqlite",
            StoreError::Statement { .. } => "store-statement",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            StoreError::Conflict { .. } => "read the catalogue again and repeat the work on it",
            StoreError::NotLive { .. } => "read the catalogue again: the file was removed, or never belonged to it",
            StoreError::PathTaken { .. } => "give every history file a name of its own",
            StoreError::AlreadyImported { .. } => "nothing to do; undo the earlier import first to bring it in anew",
            StoreError::NoImport { .. } => "list the imports to see which are in force",
            StoreError::BucketsFixed { .. } => "start an empty workspace with the wanted number and import again",
            StoreError::Input { .. } => "correct the value and try again",
            StoreError::Address { .. } => "write sqlite:/folder/state.db or postgres://user:password@host/database",
            StoreError::Full { .. } => "free space or make the folder writable, then try again; no restart is needed",
            StoreError::Busy { .. } => "try again in a few seconds; see that no other program keeps the database open",
            StoreError::Unreachable { .. } => {
                "see that the folder or server exists, runs and lets us in, then try again"
            }
            StoreError::Corrupt { .. } => "keep a copy of the file and restore the last backup",
            StoreError::NewerDatabase { .. } => "start the newer release, or restore a backup from before the upgrade",
            StoreError::OldSqlite { .. } => "build with the bundled SQLite",
            StoreError::Statement { .. } => "this is an error in Regulars: please report it with the log",
        }
    }

    /// Whether the same call may succeed later with nobody doing anything to the data.
    pub fn is_passing(&self) -> bool {
        matches!(self, StoreError::Full { .. } | StoreError::Busy { .. } | StoreError::Unreachable { .. })
    }

    /// Whether the driver says that somebody else holds the database.
    pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
        Fault::of(error) == Fault::Busy
    }

    /// Sorts what the driver said of the database at `place`.
    pub(crate) fn of(place: &str, error: sqlx::Error) -> StoreError {
        let fault = Fault::of(&error);
        let (place, cause) = (place.to_owned(), Cause::from(error));
        match fault {
            Fault::Full => StoreError::Full { place, cause },
            Fault::Busy => StoreError::Busy { place, cause },
            Fault::Unreachable => StoreError::Unreachable { place, cause },
            Fault::Corrupt => StoreError::Corrupt { place, cause },
            Fault::Statement => StoreError::Statement { place, cause },
        }
    }
}

/// The kinds of trouble a driver can report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Full,
    Busy,
    Unreachable,
    Corrupt,
    Statement,
}

impl Fault {
    fn of(error: &sqlx::Error) -> Fault {
        use sqlx::Error as E;
        match error {
            E::Database(said) => Fault::of_code(said.code().as_deref().unwrap_or_default()),
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Fault::Unreachable
            }
            E::Protocol(_) => Fault::Unreachable,
            E::ColumnDecode { .. } | E::Decode(_) => Fault::Corrupt,
            _ => Fault::Statement,
        }
    }

    /// SQLite's result codes are numbers of up to four digits, PostgreSQL's have five characters: they cannot be
    /// mistaken for one another. (sqlite.org/rescode.html; PostgreSQL manual, appendix A)
    fn of_code(code: &str) -> Fault {
        match code.parse::<u32>() {
            Ok(number) if code.len() < 5 => Fault::of_sqlite(number),
            _ => Fault::of_postgres(code),
        }
    }

    fn of_sqlite(code: u32) -> Fault {
        match (code & 0xff, code >> 8) {
            // Full; read-only; a write, fsync, folder fsync, truncate or growth of the shared memory that failed.
            (13, _) | (8, _) | (10, 3 | 4 | 5 | 6 | 19) => Fault::Full,
            (5 | 6, _) => Fault::Busy,
            (11 | 26, _) => Fault::Corrupt,
            (10 | 14 | 3 | 23, _) => Fault::Unreachable,
            _ => Fault::Statement,
        }
    }

    fn of_postgres(code: &str) -> Fault {
        match code {
            // Disk full; read-only transaction (a standby, or default_transaction_read_only).
            "53100" | "25006" => Fault::Full,
            // Serialization failure, deadlock, lock not available, query cancelled by a time-out.
            "40001" | "40P01" | "55P03" | "57014" => Fault::Busy,
            "XX001" | "XX002" => Fault::Corrupt,
            // No such database; no permission.
            "3D000" | "42501" => Fault::Unreachable,
            // Connection, credentials, resources, operator intervention, system error.
            _ if ["08", "28", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => Fault::Unreachable,
            _ => Fault::Statement,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_sorted_by_what_can_be_done() {
        for (code, expected) in [
            ("13", Fault::Full),           // SQLITE_FULL
            ("1032", Fault::Full),         // SQLITE_READONLY_DBMOVED
            ("778", Fault::Full),          // SQLITE_IOERR_WRITE
            ("1034", Fault::Full),         // SQLITE_IOERR_FSYNC
            ("4874", Fault::Full),         // SQLITE_IOERR_SHMSIZE
            ("266", Fault::Unreachable),   // SQLITE_IOERR_READ
            ("5", Fault::Busy),            // SQLITE_BUSY
            ("517", Fault::Busy),          // SQLITE_BUSY_SNAPSHOT
            ("11", Fault::Corrupt),        // SQLITE_CORRUPT
            ("26", Fault::Corrupt),        // SQLITE_NOTADB
            ("14", Fault::Unreachable),    // SQLITE_CANTOPEN
            ("1", Fault::Statement),       // SQLITE_ERROR
            ("1555", Fault::Statement),    // SQLITE_CONSTRAINT_PRIMARYKEY
            ("53100", Fault::Full),        // disk_full
            ("25006", Fault::Full),        // read_only_sql_transaction
            ("40001", Fault::Busy),        // serialization_failure
            ("57P01", Fault::Unreachable), // admin_shutdown
            ("53300", Fault::Unreachable), // too_many_connections
            ("28P01", Fault::Unreachable), // invalid_password
            ("XX001", Fault::Corrupt),     // data_corrupted
            ("42P01", Fault::Statement),   // undefined_table
            ("23505", Fault::Statement),   // unique_violation
        ] {
            assert_eq!(Fault::of_code(code), expected, "{code}");
        }
    }
}
