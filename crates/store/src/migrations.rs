//! Bringing the schema up to date.

use std::collections::HashSet;
use std::path::Path;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::OpenError;
use crate::connection::{connect_postgres_to_migrate, connect_sqlite_to_migrate, make_file};
use crate::database::Database;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The lock on which nodes that start at once wait for each other; a number of our own: "parlor" in ASCII.
const ADVISORY_LOCK: i64 = 0x7061_726c_6f72;

/// Brings the schema of a database up to date, and returns the names of the migrations that this took. A SQLite file is
/// made if there is none. Several may do this at once: one migrates, and the others wait for it.
///
/// # Errors
/// [`OpenError`]. A migration is done whole or not at all; the next call goes on from there.
pub fn migrate(database: &Database) -> Result<Vec<String>, OpenError> {
    match database {
        Database::Sqlite(path) => migrate_sqlite(&make_file(path)?),
        Database::Postgres(url) => migrate_postgres(url),
    }
}

fn migrate_sqlite(path: &Path) -> Result<Vec<String>, OpenError> {
    let mut conn = connect_sqlite_to_migrate(path)?;
    // One lock around the look at what is missing and the doing of it.
    conn.exclusive_transaction::<_, Stopped, _>(|conn: &mut SqliteConnection| Ok(run_missing(conn, SQLITE)?))
        .map_err(|Stopped(error)| error)
}

fn migrate_postgres(url: &str) -> Result<Vec<String>, OpenError> {
    let mut conn: PgConnection = connect_postgres_to_migrate(url)?;
    let lock = format!("SELECT pg_advisory_lock({ADVISORY_LOCK})");
    conn.batch_execute(&lock).map_err(|error| OpenError::Migration(error.into()))?;
    // The end of the connection gives the lock back, however it comes.
    run_missing(&mut conn, POSTGRES)
}

fn run_missing<DB: Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
    source: EmbeddedMigrations,
) -> Result<Vec<String>, OpenError> {
    let known: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(OpenError::Migration)?;
    let known: HashSet<MigrationVersion<'static>> = known.iter().map(|it| it.name().version().as_owned()).collect();
    let applied = conn.applied_migrations().map_err(OpenError::Migration)?;
    if let Some(newer) = applied.iter().find(|version| !known.contains(*version)) {
        return Err(OpenError::NewerSchema(newer.to_string()));
    }
    let mut names = Vec::new();
    for migration in conn.pending_migrations(source).map_err(OpenError::Migration)? {
        conn.run_migration(&migration).map_err(OpenError::Migration)?;
        names.push(migration.name().to_string());
        tracing::info!(migration = %migration.name(), "The database schema was brought up to date.");
    }
    Ok(names)
}

/// An error that ends a transaction of diesel, which wants it to be made of its own.
struct Stopped(OpenError);

impl From<diesel::result::Error> for Stopped {
    fn from(error: diesel::result::Error) -> Self {
        Self(OpenError::Migration(error.into()))
    }
}

impl From<OpenError> for Stopped {
    fn from(error: OpenError) -> Self {
        Self(error)
    }
}
