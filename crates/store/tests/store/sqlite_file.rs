//! The SQLite file itself.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use diesel::RunQueryDsl;
use diesel::sql_types::Text;

use parlor_domain::ports::{Readiness, UserRepository};
use parlor_store::{Database, DieselStore, OpenError, StoreOptions};
use parlor_testkit::{RecordingNotifier, StoppedClock};

use crate::fixture::TestDatabase;
use crate::people::sign_up;

fn open(path: &std::path::Path) -> Result<DieselStore, OpenError> {
    let (notifier, clock) = (Arc::<RecordingNotifier>::default(), Arc::new(StoppedClock::default()));
    DieselStore::open(&Database::Sqlite(path.to_owned()), StoreOptions::default(), notifier, clock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_its_owners_alone_and_in_wal_mode() {
    let database = TestDatabase::sqlite();
    let store = open(&database.path()).expect("opened");
    sign_up(&store, "ann").await;
    for file in ["parlor.db", "parlor.db-wal", "parlor.db-shm"] {
        let path = database.path().with_file_name(file);
        let mode = path.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let mut conn = database.connect_to_file();
    let mode: String =
        diesel::dsl::sql::<Text>("SELECT journal_mode FROM pragma_journal_mode").get_result(&mut conn).expect("asked");
    assert_eq!(mode, "wal");
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_what_was_stored_from_one_opening_to_the_next() {
    let database = TestDatabase::sqlite();
    let store = open(&database.path()).expect("opened");
    let ann = sign_up(&store, "ann").await;
    store.close();
    let store = open(&database.path()).expect("opened again");
    let found = UserRepository::find(&store, ann).await.expect("read").expect("ann");
    assert_eq!(found.username.as_str(), "ann");
    assert!(sign_up(&store, "bob").await > ann);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn may_have_any_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [":memory:", "file:x?mode=memory", "a b%20c.db", "ü.db"] {
        let path = folder.path().join(name);
        let store = open(&path).expect("opened");
        store.check().await.expect("it answers");
        assert!(path.metadata().expect("a file of this name").len() > 0, "{name}");
        store.close();
    }
}

#[test]
fn that_cannot_be_made_is_told_in_a_sentence() {
    let error = open("/nowhere/at/all/parlor.db".as_ref()).expect_err("there is no such folder");
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
    let said = "The database file /nowhere/at/all/parlor.db cannot be opened: ";
    assert!(error.to_string().starts_with(said), "{error}");
}

#[test]
fn that_is_no_database_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("parlor.db");
    std::fs::write(&path, "x".repeat(5000)).expect("written");
    let error = open(&path).expect_err("it is no database");
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("not a database"), "{error}");
}
