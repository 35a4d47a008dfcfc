//! What was edited away or deleted is in no column of the database.

use std::sync::Arc;

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use parlor_domain::MessageBody;
use parlor_domain::message::{ChangeMessage, MessageCommand};
use parlor_domain::ports::MessageRepository;
use parlor_testkit::StoppedClock;

use crate::fixture::TestDatabase;
use crate::people::{group, message, sign_up};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many rows of the log hold this text anywhere.
fn rows_with(database: &TestDatabase, text: &str) -> i64 {
    let sql = format!(
        "SELECT count(*) AS count FROM events
         WHERE coalesce(body, '') LIKE '%{text}%' OR coalesce(data, '') LIKE '%{text}%'"
    );
    let count: Count = match database {
        TestDatabase::Sqlite { .. } => sql_query(sql).get_result(&mut database.connect_to_file()).expect("counted"),
        TestDatabase::Postgres { .. } => sql_query(sql).get_result(&mut database.connect()).expect("counted"),
    };
    count.count
}

async fn leave_nothing(database: TestDatabase) {
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let sent = store.append(message(ann, chat, "first")).await.expect("stored").expect("a member").message;
    let (target, at) = (sent.seq, sent.created_at);
    let change = async |command| {
        let change = ChangeMessage { chat, target, by: ann, command, condition: None, at };
        store.change_message(change).await.expect("stored").expect("her own");
    };
    assert_eq!(rows_with(&database, "first"), 1);
    change(MessageCommand::Edit(MessageBody::new("second").expect("a text"))).await;
    assert_eq!((rows_with(&database, "first"), rows_with(&database, "second")), (0, 1));
    change(MessageCommand::Delete).await;
    assert_eq!((rows_with(&database, "first"), rows_with(&database, "second")), (0, 0));
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leave_nothing_in_sqlite() {
    leave_nothing(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leave_nothing_in_postgres() {
    leave_nothing(TestDatabase::postgres()).await;
}
