//! Why a store could not be opened.

use std::path::PathBuf;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a store could not be opened: a sentence for whoever runs the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The SQLite file can be neither opened nor made.
    #[error("The database file {} cannot be opened: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system or SQLite said.
        reason: String,
    },
    /// SQLite is older than what the store can be trusted to.
    #[error("SQLite {found} is too old: versions before {required} can corrupt a database in WAL mode")]
    SqliteTooOld {
        /// The version that this program was built with.
        found: String,
        /// The oldest version that is safe.
        required: &'static str,
    },
    /// Not a URL of a PostgreSQL database.
    #[error("The database URL is not one of PostgreSQL: it must begin with postgres:// or postgresql://")]
    Url,
    /// The URL asks for TLS, and this program was built without it.
    #[error(
        "The database URL asks for an encrypted connection (sslmode), but this build of Parlor has no TLS: use a build \
         with TLS, or a database on this host or a private network with sslmode=disable"
    )]
    NoTls,
    /// The PostgreSQL server cannot be reached, or does not let us in.
    #[error("The PostgreSQL database cannot be reached: {0}")]
    Unreachable(String),
    /// The PostgreSQL database does not keep text in UTF-8.
    #[error("The PostgreSQL database keeps text in {0}, but Parlor needs one with the encoding UTF8")]
    Encoding(String),
    /// The database was made by a newer version of this program.
    #[error(
        "The database has the schema version {0}, which this version of Parlor does not know: use the newer version \
         that was running before"
    )]
    NewerSchema(String),
    /// The schema could not be brought up to date. What was not done is undone; the next start tries again.
    #[error("The database schema cannot be brought up to date: {0}")]
    Migration(#[source] Source),
    /// The system gives no thread.
    #[error("No thread can be started for the database: {0}")]
    Thread(#[source] std::io::Error),
}
