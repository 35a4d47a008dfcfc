//! Databases of a test's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, RunQueryDsl, sql_query};

use parlor_domain::ports::Clock;
use parlor_store::{Database, DieselStore, StoreOptions};
use parlor_testkit::RecordingNotifier;

/// A database that is gone when this is dropped.
pub(crate) enum TestDatabase {
    Sqlite { folder: tempfile::TempDir },
    Postgres { name: String },
}

impl TestDatabase {
    /// A SQLite file that is not there yet.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite { folder: tempfile::tempdir().expect("a folder for temporary files") }
    }

    /// An empty database of the test cluster.
    pub(crate) fn postgres() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("parlor_store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut admin = admin();
        sql_query(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).execute(&mut admin).expect("dropped");
        let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        sql_query(create).execute(&mut admin).expect("created");
        Self::Postgres { name }
    }

    /// How to reach it; on PostgreSQL under the name `as_whom`.
    pub(crate) fn database(&self, as_whom: &str) -> Database {
        match self {
            Self::Sqlite { .. } => Database::Sqlite(self.path()),
            Self::Postgres { .. } => Database::Postgres(format!("{}?application_name={as_whom}", self.url())),
        }
    }

    /// The SQLite file.
    pub(crate) fn path(&self) -> PathBuf {
        let Self::Sqlite { folder } = self else { panic!("not a file") };
        folder.path().join("parlor.db")
    }

    /// The name of the PostgreSQL database.
    pub(crate) fn name(&self) -> &str {
        let Self::Postgres { name } = self else { panic!("a file") };
        name
    }

    /// The URL of the PostgreSQL database.
    pub(crate) fn url(&self) -> String {
        url_of(self.name())
    }

    /// A connection to the SQLite file past the store.
    pub(crate) fn connect_to_file(&self) -> SqliteConnection {
        SqliteConnection::establish(self.path().to_str().expect("a path in UTF-8")).expect("the file is there")
    }

    /// A connection to the PostgreSQL database past the store.
    pub(crate) fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url()).expect("the database is there")
    }

    /// A store on it.
    pub(crate) fn open(&self, as_whom: &str, notifier: Arc<RecordingNotifier>, clock: Arc<dyn Clock>) -> DieselStore {
        let options = StoreOptions::default();
        DieselStore::open(&self.database(as_whom), options, notifier, clock).expect("the store opens")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::Postgres { name } = self {
            let drop = sql_query(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            // A test that fails must not be hidden by one that cannot clean up.
            if let Err(error) = drop.execute(&mut admin()) {
                eprintln!("{name} stays: {error}");
            }
        }
    }
}

fn admin_url() -> String {
    std::env::var("PARLOR_TEST_POSTGRES").expect("PARLOR_TEST_POSTGRES is not set: run `make test`")
}

/// A database of the test cluster, by its name.
pub(crate) fn url_of(name: &str) -> String {
    let admin = admin_url();
    let (server, _) = admin.rsplit_once('/').expect("a URL that ends in a database");
    format!("{server}/{name}")
}

/// A connection to the test cluster.
pub(crate) fn admin() -> PgConnection {
    PgConnection::establish(&admin_url()).expect("the PostgreSQL of PARLOR_TEST_POSTGRES answers")
}
