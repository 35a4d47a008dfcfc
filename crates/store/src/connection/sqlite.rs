//! Connections to a SQLite file.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, RunQueryDsl};

use crate::OpenError;

use super::Purpose;

/// Before it, a checkpoint and a commit at the same time could corrupt the file (sqlite.org/wal.html, "The WAL-Reset
/// Bug").
const REQUIRED: (&str, [u32; 3]) = ("3.51.3", [3, 51, 3]);

/// What every connection needs. Beside the server there is at times another writer, an admin command, which is waited
/// for. `secure_delete`: what is deleted is overwritten, since a deleted message is to be gone from the file.
const ALL: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384;
";

/// FULL: with WAL a commit is on the disk when it is answered (`sqlite.org/pragma.html#pragma_synchronous`). The log is
/// brought home every 4,000 pages, 16 MiB: with the default of 1,000 the same pages are written home several times as
/// often. It is cut back when it has outgrown four times that.
const WRITER: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
";

const READER: &str = "PRAGMA query_only = ON;";

/// How long two servers that start at once wait for each other.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// Makes the file, readable by its owner alone, unless there is one. Returns its absolute path.
///
/// # Errors
/// [`OpenError::File`].
pub(crate) fn make_file(path: &Path) -> Result<PathBuf, OpenError> {
    let fail = |reason: String| OpenError::File { path: path.to_owned(), reason };
    let made = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    made.map_err(|error: io::Error| fail(error.to_string()))?;
    let absolute = path.canonicalize().map_err(|error| fail(error.to_string()))?;
    if absolute.to_str().is_none() {
        return Err(fail("its path is not UTF-8".into()));
    }
    Ok(absolute)
}

/// A connection that runs migrations. Turns WAL on, which is kept in the file.
///
/// # Errors
/// [`OpenError::File`] and [`OpenError::SqliteTooOld`].
pub(crate) fn connect_to_migrate(path: &Path) -> Result<SqliteConnection, OpenError> {
    let fail = |reason: String| OpenError::File { path: path.to_owned(), reason };
    let mut conn = establish(path).map_err(|error| fail(error.to_string()))?;
    let patience = format!("PRAGMA busy_timeout = {};", START_PATIENCE.as_millis());
    let settings = format!("{ALL} {WRITER} {patience}");
    // Patience first: even these may meet a node that is at it.
    let ready = conn.batch_execute(&patience).and_then(|()| conn.batch_execute(&settings));
    ready.map_err(|error| fail(error.to_string()))?;
    check_version(&mut conn)?;
    turn_wal_on(&mut conn).map_err(|error| fail(error.to_string()))?;
    Ok(conn)
}

/// A connection of one of the database threads.
pub(super) fn connect(path: &Path, purpose: Purpose) -> Result<SqliteConnection, diesel::ConnectionError> {
    let mut conn = establish(path)?;
    let settings = match purpose {
        Purpose::Write => WRITER,
        Purpose::Read => READER,
    };
    let ready = conn.batch_execute(ALL).and_then(|()| conn.batch_execute(settings));
    ready.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

fn establish(path: &Path) -> Result<SqliteConnection, diesel::ConnectionError> {
    // Absolute, so never taken for a URI or for `:memory:`.
    let path = path.to_str().ok_or_else(|| diesel::ConnectionError::BadConnection("the path is not UTF-8".into()))?;
    SqliteConnection::establish(path)
}

/// The change to WAL needs the file for itself, and while another connection makes it too it may fail at once, without
/// waiting (`sqlite.org/c3ref/busy_handler.html` speaks of the deadlock that this avoids).
fn turn_wal_on(conn: &mut SqliteConnection) -> diesel::QueryResult<()> {
    let start = Instant::now();
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL;") {
            Err(_) if start.elapsed() < START_PATIENCE => std::thread::sleep(Duration::from_millis(20)),
            result => return result,
        }
    }
}

fn check_version(conn: &mut SqliteConnection) -> Result<(), OpenError> {
    let found: String = diesel::select(diesel::dsl::sql::<Text>("sqlite_version()"))
        .get_result(conn)
        .map_err(|error| OpenError::Migration(error.into()))?;
    let (required, numbers) = REQUIRED;
    if is_at_least(&found, numbers) { Ok(()) } else { Err(OpenError::SqliteTooOld { found, required }) }
}

fn is_at_least(found: &str, required: [u32; 3]) -> bool {
    let mut numbers = found.split('.').map(|part| part.parse().unwrap_or(0));
    let found: [u32; 3] = std::array::from_fn(|_| numbers.next().unwrap_or(0));
    found >= required
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for good in ["3.51.3", "3.51.10", "3.52.0", "4.0"] {
            assert!(is_at_least(good, REQUIRED.1), "{good}");
        }
        for old in ["3.51.2", "3.40.1", "3.9.99", "2"] {
            assert!(!is_at_least(old, REQUIRED.1), "{old}");
        }
    }

    fn setting(conn: &mut SqliteConnection, name: &str) -> String {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        // This one calls its value by another name.
        let sql = sql.replace("CAST(busy_timeout", "CAST(timeout");
        diesel::dsl::sql::<Text>(&sql).get_result(conn).expect("asked")
    }

    #[test]
    fn connections_are_set_up_for_what_they_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = make_file(&folder.path().join("parlor.db")).expect("made");
        drop(connect_to_migrate(&path).expect("opened"));
        let both = [("foreign_keys", "1"), ("busy_timeout", "5000"), ("trusted_schema", "0"), ("journal_mode", "wal")];
        // 2 is FULL.
        let writer = [("synchronous", "2"), ("secure_delete", "1"), ("query_only", "0")];
        for (purpose, own) in [(Purpose::Write, &writer[..]), (Purpose::Read, &[("query_only", "1")])] {
            let mut conn = connect(&path, purpose).expect("connected");
            for (name, value) in both.iter().chain(own) {
                assert_eq!(setting(&mut conn, name), *value, "{name} to {purpose:?}");
            }
        }
    }

    #[test]
    fn the_text_and_the_numbers_of_the_required_version_agree() {
        assert!(is_at_least(REQUIRED.0, REQUIRED.1));
    }
}
