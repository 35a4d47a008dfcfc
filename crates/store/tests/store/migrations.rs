//! Schemas that are made, brought up to date, or too new.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{RunQueryDsl, dsl, sql_query};

use parlor_domain::UserId;
use parlor_domain::ports::LiveRepository;
use parlor_store::{DieselStore, OpenError, StoreOptions, migrate};
use parlor_testkit::{RecordingNotifier, StoppedClock};
use time::Duration;

use crate::fixture::TestDatabase;
use crate::people::{group, sign_up};

const NAMES: [&str; 10] = [
    "0001_accounts",
    "0002_chats",
    "0003_live",
    "0004_reactions",
    "0005_erasure",
    "0006_invites",
    "0008_registration",
    "0009_blocks",
    "0010_search",
    "0012_export",
];

fn folder(backend: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(backend)
}

fn names(backend: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder(backend)).expect("the folder is there");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// Runs SQL past the store.
fn execute(database: &TestDatabase, sql: &str) {
    match database {
        TestDatabase::Sqlite { .. } => {
            database.connect_to_file().batch_execute(sql).expect("done");
        }
        TestDatabase::Postgres { .. } => database.connect().batch_execute(sql).expect("done"),
    }
}

fn open(database: &TestDatabase) -> Result<DieselStore, OpenError> {
    let (notifier, clock) = (Arc::<RecordingNotifier>::default(), Arc::new(StoppedClock::default()));
    DieselStore::open(&database.database("store"), StoreOptions::default(), notifier, clock)
}

fn are_done_once(database: &TestDatabase) {
    assert_eq!(migrate(&database.database("store")).expect("migrated"), NAMES);
    assert_eq!(migrate(&database.database("store")).expect("migrated"), [""; 0]);
}

/// Of several nodes that start at once on an empty database, one migrates, and all come up.
fn are_done_once_by_nodes_that_start_together(database: &TestDatabase) {
    let applied: Vec<Vec<String>> = std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..6).map(|_| scope.spawn(|| migrate(&database.database("store")))).collect();
        nodes.into_iter().map(|node| node.join().expect("no panic").expect("migrated")).collect()
    });
    let all: Vec<String> = applied.into_iter().flatten().collect();
    assert_eq!(all, NAMES, "each by one node");
    std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..4).map(|_| scope.spawn(|| open(database).expect("opened"))).collect();
        for node in nodes {
            node.join().expect("no panic").close();
        }
    });
}

fn that_are_newer_are_refused(database: &TestDatabase) {
    migrate(&database.database("store")).expect("migrated");
    execute(database, "INSERT INTO __diesel_schema_migrations (version) VALUES ('9000')");
    for error in [open(database).err(), migrate(&database.database("store")).err()] {
        let error = error.expect("refused");
        assert!(matches!(&error, OpenError::NewerSchema(version) if version == "9000"), "{error:?}");
        assert!(error.to_string().contains("9000"), "{error}");
    }
}

/// The way down leaves nothing, and the way up leads from there.
fn can_be_undone_and_done_again(database: &TestDatabase, backend: &str) {
    migrate(&database.database("store")).expect("migrated");
    for name in names(backend).iter().rev() {
        execute(database, &fs::read_to_string(folder(backend).join(name).join("down.sql")).expect("a way down"));
    }
    execute(database, "DELETE FROM __diesel_schema_migrations");
    assert_eq!(migrate(&database.database("store")).expect("migrated"), NAMES);
}

/// A database of before live delivery: a chat of two.
const EARLIER: &str = "
    INSERT INTO users (email, email_key, username, username_key, password_hash, created_at) VALUES
        ('a@b.c', 'a@b.c', 'ann', 'ann', 'x', '2026-01-01 00:00:00'),
        ('b@b.c', 'b@b.c', 'bob', 'bob', 'x', '2026-01-01 00:00:00');
    INSERT INTO chats (uri, kind, joinable, creator_id, head, member_count, created_at, updated_at)
        VALUES ('00000000000000000000000000000001', 'group', true, 1, 3, 2, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
    INSERT INTO members (chat_id, user_id, role, joined_seq, ordinal, read_seq)
        VALUES (1, 1, 'owner', 1, 0, 3), (1, 2, 'member', 2, 0, 2);
";

/// What was there before stays, and nobody in it counts as new.
async fn keep_what_is_there(database: TestDatabase, backend: &str) {
    migrate(&database.database("store")).expect("migrated");
    execute(&database, &fs::read_to_string(folder(backend).join("0003_live/down.sql")).expect("a way down"));
    execute(&database, "DELETE FROM __diesel_schema_migrations WHERE version = '0003'");
    execute(&database, EARLIER);
    assert_eq!(migrate(&database.database("store")).expect("migrated"), ["0003_live"]);
    let store = open(&database).expect("opened");
    let chat = "00000000000000000000000000000001".parse().expect("a uri");
    let people = [1, 2].map(|id| UserId::new(id).expect("in range"));
    let bobs = store.membership(chat, people[1]).await.expect("read").value.expect("his chat");
    assert_eq!((bobs.head.get(), bobs.floor.get(), bobs.member_count), (3, 1, 2));
    assert_eq!((bobs.joined.get(), bobs.read_state.read.get()), (2, 2));
    assert_eq!(store.joined(people.into(), Duration::days(3650)).await.expect("read").value, []);
    let new = group(&store, people[1], &[]).await;
    assert_eq!(store.joined(people.into(), Duration::MINUTE).await.expect("read").value, [(people[1], new)]);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keep_what_is_there_on_sqlite() {
    keep_what_is_there(TestDatabase::sqlite(), "sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keep_what_is_there_on_postgres() {
    keep_what_is_there(TestDatabase::postgres(), "postgres").await;
}

/// A database gets its name once, and no two get the same.
fn name_each_database_once(database: &TestDatabase) {
    let name = |database: &TestDatabase| {
        migrate(&database.database("store")).expect("migrated");
        let sql = "SELECT name FROM database_life";
        match database {
            TestDatabase::Sqlite { .. } => dsl::sql::<Text>(sql).get_result::<String>(&mut database.connect_to_file()),
            TestDatabase::Postgres { .. } => dsl::sql::<Text>(sql).get_result::<String>(&mut database.connect()),
        }
        .expect("one row")
    };
    let first = name(database);
    assert_eq!(name(database), first);
    assert_ne!(name(&TestDatabase::sqlite()), first);
}

macro_rules! on_both {
    ($($case:ident)*) => {$(
        mod $case {
            #[test]
            fn on_sqlite() {
                super::$case(&crate::fixture::TestDatabase::sqlite());
            }

            #[test]
            fn on_postgres() {
                super::$case(&crate::fixture::TestDatabase::postgres());
            }
        }
    )*};
}

on_both! {
    are_done_once
    are_done_once_by_nodes_that_start_together
    that_are_newer_are_refused
    name_each_database_once
}

#[test]
fn can_be_undone_and_done_again_on_sqlite() {
    can_be_undone_and_done_again(&TestDatabase::sqlite(), "sqlite");
}

#[test]
fn can_be_undone_and_done_again_on_postgres() {
    can_be_undone_and_done_again(&TestDatabase::postgres(), "postgres");
}

#[test]
fn have_the_same_names_for_both_databases() {
    assert_eq!(names("sqlite"), names("postgres"));
    assert_eq!(names("sqlite").into_iter().collect::<Vec<_>>(), NAMES);
}

/// A node that dies in the middle of a migration leaves nothing of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_were_cut_off_heal_at_the_next_start() {
    let database = TestDatabase::postgres();
    // Something in the way of the second one, in the middle.
    execute(&database, "CREATE TABLE members (x int)");
    assert!(matches!(open(&database), Err(OpenError::Migration(_))));
    execute(&database, "DROP TABLE members");
    assert_eq!(migrate(&database.database("store")).expect("migrated"), NAMES[1..], "the first was whole");
    let store = open(&database).expect("opened");
    sign_up(&store, "ann").await;
    store.close();
}

#[test]
fn wait_for_a_node_that_is_at_it() {
    let database = TestDatabase::postgres();
    let mut other = database.connect();
    sql_query("SELECT pg_advisory_lock(x'7061726c6f72'::bigint)").execute(&mut other).expect("locked");
    std::thread::scope(|scope| {
        let node = scope.spawn(|| migrate(&database.database("store")));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!node.is_finished(), "it waits");
        drop(other);
        assert_eq!(node.join().expect("no panic").expect("migrated"), NAMES);
    });
}
