//! Where a server keeps its data: a temporary directory, or a PostgreSQL database made for the test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;

/// The secret of servers that share a database.
pub(crate) const SECRET: &str = "a secret of the black-box tests, long enough";

const SUPERUSER_URL: &str = "PARLOR_TEST_POSTGRES";

/// The two databases that every promise holds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// The data of one server, or of several on PostgreSQL. Gone when dropped.
#[derive(Debug)]
pub(crate) struct Storage {
    directory: TempDir,
    postgres: Option<PostgresDatabase>,
}

impl Storage {
    /// An empty one.
    pub(crate) fn new(on: Database) -> Self {
        let directory = tempfile::Builder::new().prefix("parlor-e2e-").tempdir().expect("a temporary directory");
        let postgres = (on == Database::Postgres).then(PostgresDatabase::create);
        Self { directory, postgres }
    }

    /// A directory of the test's own.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The data directory of a server with the embedded database; made by the server.
    pub(crate) fn data_directory(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The URL of the PostgreSQL database.
    pub(crate) fn postgres_url(&self) -> &str {
        &self.postgres.as_ref().expect("a test on PostgreSQL").url
    }

    /// As after bringing back an older copy of the data: `docs/DATABASE.md` has the statements. No server may run.
    pub(crate) fn begin_another_life(&self) {
        let changed = match &self.postgres {
            None => {
                let file = self.data_directory().join("parlor.db");
                let mut file = SqliteConnection::establish(file.to_str().expect("a path in UTF-8")).unwrap();
                diesel::sql_query("UPDATE database_life SET name = lower(hex(randomblob(16)))").execute(&mut file)
            }
            Some(database) => {
                let mut connection = PgConnection::establish(&database.url).unwrap();
                let statement = "UPDATE database_life SET name = replace(gen_random_uuid()::text, '-', '')";
                diesel::sql_query(statement).execute(&mut connection)
            }
        };
        assert_eq!(changed, Ok(1));
    }

    /// What tells a server to keep its data here.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match &self.postgres {
            None => vec![pair("PARLOR_DATA_DIR", self.data_directory().to_str().expect("a path in UTF-8"))],
            Some(database) => vec![pair("PARLOR_DATABASE_URL", &database.url), pair("PARLOR_SECRET", SECRET)],
        }
    }

    /// What tells a command of the operator where a server keeps its data: no command needs the secret.
    pub(crate) fn environment_of_commands(&self) -> Vec<(String, String)> {
        let mut environment = self.environment();
        environment.retain(|(name, _)| name != "PARLOR_SECRET");
        environment
    }
}

#[derive(Debug)]
struct PostgresDatabase {
    name: String,
    url: String,
}

impl PostgresDatabase {
    fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("parlor_e2e_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        administer(&format!("CREATE DATABASE {name}")).expect("a database for the test");
        let superuser = superuser_url();
        let (server, _) = superuser.rsplit_once('/').expect("a URL that ends in /postgres");
        let url = format!("{server}/{name}");
        Self { name, url }
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        if let Err(error) = administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)) {
            eprintln!("the database {} could not be dropped: {error}", self.name);
        }
    }
}

fn administer(statement: &str) -> diesel::QueryResult<usize> {
    let mut connection = PgConnection::establish(&superuser_url()).expect("a connection to PARLOR_TEST_POSTGRES");
    diesel::sql_query(statement).execute(&mut connection)
}

fn superuser_url() -> String {
    match std::env::var(SUPERUSER_URL) {
        Ok(url) => url,
        Err(_) => panic!("{SUPERUSER_URL} is not set: run `make test`"),
    }
}
