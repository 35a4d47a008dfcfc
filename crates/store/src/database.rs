//! Which database, and how much of it to use.

use std::fmt;
use std::path::PathBuf;

/// Where a store keeps its data.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file; it is made, readable by its owner alone, if there is none.
    Sqlite(PathBuf),
    /// A PostgreSQL database, by its URL: `postgres://user:password@host:port/name?parameters` (PostgreSQL manual,
    /// 34.1.1.2).
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            // The URL may hold a password.
            Self::Postgres(_) => f.write_str("Postgres(***)"),
        }
    }
}

/// How many threads a store works with, and how much work may wait for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreOptions {
    /// Threads that read, each with a connection of its own, beside the one that writes. 0 for what suits the database:
    /// 4 on PostgreSQL, 3 on SQLite.
    pub readers: usize,
    /// How many calls may wait for a reading thread; one more is refused as busy.
    pub read_queue: usize,
    /// How many calls may wait for the writing thread; one more is refused as busy.
    pub write_queue: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { readers: 0, read_queue: 1024, write_queue: 2048 }
    }
}

impl StoreOptions {
    pub(crate) fn readers_for(&self, database: &Database) -> usize {
        match (self.readers, database) {
            (0, Database::Sqlite(_)) => 3,
            (0, Database::Postgres(_)) => 4,
            (chosen, _) => chosen,
        }
    }
}
