//! Connections to either database, and transactions on them.

mod life;
mod pool;
mod postgres;
mod sqlite;

use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

use crate::failure::Failure;

pub(crate) use life::Connected;
pub(crate) use pool::{Held, Pool, Purpose};
pub(crate) use postgres::connect_to_migrate as connect_postgres_to_migrate;
pub(crate) use sqlite::{connect_to_migrate as connect_sqlite_to_migrate, make_file};

/// A connection to one of the two databases; a query that both understand is written once for it.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    /// To PostgreSQL.
    Postgres(PgConnection),
    /// To a SQLite file.
    Sqlite(SqliteConnection),
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Write,
    Snapshot,
}

impl Mode {
    fn begin(self, conn: &mut AnyConnection) -> diesel::QueryResult<()> {
        match (conn, self) {
            // READ COMMITTED: each statement sees what was committed before it, and so what a lock was waited for.
            (AnyConnection::Postgres(conn), Self::Write) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN")
            }
            (AnyConnection::Postgres(conn), Self::Snapshot) => {
                let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                AnsiTransactionManager::begin_transaction_sql(conn, sql)
            }
            // A transaction that reads first and then writes would fail where another has written meanwhile.
            (AnyConnection::Sqlite(conn), Self::Write) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
            }
            (AnyConnection::Sqlite(conn), Self::Snapshot) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN DEFERRED")
            }
        }
    }
}

/// Does `body` as one step: all that it writes is stored, or nothing.
///
/// # Errors
/// What `body` says; [`Failure::CommitLost`] if nobody knows whether it was stored.
pub(crate) fn write<T>(
    conn: &mut AnyConnection,
    body: impl FnOnce(&mut AnyConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    transaction(conn, Mode::Write, body)
}

/// Does `body`, all of whose statements read the database as of one moment.
///
/// # Errors
/// What `body` says.
pub(crate) fn snapshot<T>(
    conn: &mut AnyConnection,
    body: impl FnOnce(&mut AnyConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    transaction(conn, Mode::Snapshot, body).map_err(|failure| match failure {
        Failure::CommitLost(error) => Failure::Lost(error),
        other => other,
    })
}

fn transaction<T>(
    conn: &mut AnyConnection,
    mode: Mode,
    body: impl FnOnce(&mut AnyConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    type Transactions = <AnyConnection as Connection>::TransactionManager;
    mode.begin(conn)?;
    match body(conn) {
        Ok(value) => {
            Transactions::commit_transaction(conn).map_err(|error| Failure::from(error).at_commit())?;
            Ok(value)
        }
        Err(failure) => {
            // Where even this fails the connection counts as broken, and is replaced.
            drop(Transactions::rollback_transaction(conn));
            Err(failure)
        }
    }
}
