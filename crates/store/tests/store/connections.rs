//! A database that is gone for a while, or was never there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::{Connection, RunQueryDsl, sql_query};

use parlor_domain::StoreError;
use parlor_domain::ports::{LiveRepository, MessageRepository, Readiness, UserRepository};
use parlor_store::{Database, DieselStore, OpenError, StoreOptions};
use parlor_testkit::{RecordingNotifier, StoppedClock};

use crate::fixture::{TestDatabase, admin};
use crate::people::{group, message, sign_up};

/// Ends all connections of a name to a PostgreSQL database, whatever they are doing.
pub(crate) fn cut(database: &TestDatabase, as_whom: &str) {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity";
    let cut = format!("{cut} WHERE datname = '{}' AND application_name = '{as_whom}'", database.name());
    sql_query(cut).execute(&mut admin()).expect("cut");
}

fn allow_connections(database: &TestDatabase, allowed: bool, admin: &mut PgConnection) {
    sql_query(format!("ALTER DATABASE {} ALLOW_CONNECTIONS {allowed}", database.name())).execute(admin).expect("set");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_calls_fail_soon_and_afterwards_they_succeed() {
    let database = TestDatabase::postgres();
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let mut admin = admin();
    allow_connections(&database, false, &mut admin);
    cut(&database, "store");
    let start = Instant::now();
    let calls: Vec<_> = (0..50)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                if number % 2 == 0 {
                    store.check().await
                } else {
                    store.append(message(ann, chat, &format!("text {number}"))).await.map(drop)
                }
            })
        })
        .collect();
    for call in calls {
        let answer = call.await.expect("no panic");
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    allow_connections(&database, true, &mut admin);
    store.check().await.expect("the store answers again");
    store.append(message(ann, chat, "text 1")).await.expect("the store answers again").expect("a member");
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_costs_an_idle_store_nothing() {
    let database = TestDatabase::postgres();
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    for round in 0..3 {
        cut(&database, "store");
        UserRepository::find(&store, ann).await.expect("read with a new connection").expect("ann");
        let sent = store.append(message(ann, chat, &format!("text {round}"))).await.expect("stored with a new one");
        assert!(!sent.expect("a member").duplicate);
    }
    store.close();
}

/// What a node does after a failover: its connections are new, and say so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_connection_knows_the_life_that_it_leads_to() {
    let database = TestDatabase::postgres();
    let announced = Arc::<RecordingNotifier>::default();
    let store = database.open("store", announced.clone(), Arc::new(StoppedClock::default()));
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let first = store.epoch().await.expect("read");
    assert!(first.as_str().ends_with("-1"), "a new cluster writes the timeline 1: {first}");
    let rename = "UPDATE database_life SET name = repeat('f', 32)";
    sql_query(rename).execute(&mut database.connect()).expect("renamed");
    cut(&database, "store");
    store.append(message(ann, chat, "in another life")).await.expect("stored").expect("a member");
    let second = store.epoch().await.expect("read");
    assert_eq!(second.as_str(), format!("{}-1", "f".repeat(32)));
    assert_eq!(store.heads(vec![chat]).await.expect("read").epoch, second);
    let told: Vec<_> = announced.announcements().into_iter().map(|it| it.epoch).collect();
    assert_eq!(told, [first, second]);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_finishes_what_waits_and_takes_nothing_more() {
    let database = TestDatabase::sqlite();
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let sent: Vec<_> = (0..50)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.append(message(ann, chat, &format!("text {number}"))).await })
        })
        .collect();
    tokio::task::yield_now().await;
    tokio::task::block_in_place(|| store.close());
    for task in sent {
        match task.await.expect("no panic") {
            Ok(sent) => assert!(!sent.expect("a member").duplicate),
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
        }
    }
    assert!(matches!(store.check().await, Err(StoreError::Unavailable(_))));
}

#[test]
fn a_database_that_is_not_there_is_told_in_a_sentence() {
    let open = |url: &str| {
        let (notifier, clock) = (Arc::<RecordingNotifier>::default(), Arc::new(StoppedClock::default()));
        DieselStore::open(&Database::Postgres(url.into()), StoreOptions::default(), notifier, clock)
            .expect_err("there is no such database")
    };
    let error = open("postgres://somebody:secret@127.0.0.1:1/nothing");
    assert!(matches!(error, OpenError::Unreachable(_)), "{error:?}");
    assert!(error.to_string().starts_with("The PostgreSQL database cannot be reached: "), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = open("postgres://127.0.0.1:1/nothing?sslmode=require");
    assert!(matches!(error, OpenError::NoTls), "{error:?}");
}

#[test]
fn a_database_that_is_not_utf8_is_refused() {
    let mut admin = admin();
    let name = format!("parlor_ascii_{}", std::process::id());
    sql_query(format!("DROP DATABASE IF EXISTS {name}")).execute(&mut admin).expect("dropped");
    sql_query(format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"))
        .execute(&mut admin)
        .expect("created");
    let url = crate::fixture::url_of(&name);
    let migrated = parlor_store::migrate(&Database::Postgres(url.clone()));
    assert!(PgConnection::establish(&url).is_ok());
    sql_query(format!("DROP DATABASE {name} WITH (FORCE)")).execute(&mut admin).expect("dropped");
    assert!(matches!(migrated, Err(OpenError::Encoding(found)) if found == "SQL_ASCII"));
}
