//! What was edited away or deleted is in no column of the database, and in nothing that a search goes by.

use std::fs;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use parlor_domain::MessageBody;
use parlor_domain::message::{ChangeMessage, MessageCommand, NewMessage};
use parlor_domain::ports::{MessageRepository, SearchRepository};
use parlor_domain::search::{SearchMessages, SearchQuery};
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
    let where_it_is = format!("events WHERE coalesce(body, '') LIKE '%{text}%' OR coalesce(data, '') LIKE '%{text}%'");
    count(database, &where_it_is)
}

/// How many rows of the index do.
fn entries_with(database: &TestDatabase, text: &str) -> i64 {
    count(database, &format!("search_words WHERE CAST(keys AS text) LIKE '%{text}%'"))
}

fn count(database: &TestDatabase, of: &str) -> i64 {
    let sql = format!("SELECT count(*) AS count FROM {of}");
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

/// Changes messages of whose words some were in the index and some not yet.
async fn leave_nothing_to_find(database: &TestDatabase) {
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let search = async |word: &str| {
        let query = SearchQuery::new(word).expect("a word");
        let search = SearchMessages { reader: ann, query, chat: None, after: None, limit: 9 };
        store.search(search).await.expect("read").expect("no chat was named").items.len()
    };
    for indexed in [true, false] {
        let mut sent = Vec::new();
        for (place, text) in ["quokka first", "Zanzibar kept", "wombat first", "Zanzibar too"].into_iter().enumerate() {
            // The name that the client gives stays.
            let named = message(ann, chat, &format!("{place} {indexed}"));
            let named = NewMessage { body: MessageBody::new(text).expect("a text"), ..named };
            let message = store.append(named).await.expect("stored").expect("a member").message;
            sent.push((message.seq, message.created_at));
        }
        if indexed {
            assert_eq!((search("quokka").await, search("zanzibar").await, search("wombat").await), (1, 2, 1));
            assert_eq!((entries_with(database, "quokka"), entries_with(database, "wombat")), (1, 1));
        }
        for (place, command) in
            [(0, MessageCommand::Edit(MessageBody::new("another text").expect("a text"))), (2, MessageCommand::Delete)]
        {
            let (target, at) = sent[place];
            let change = ChangeMessage { chat, target, by: ann, command, condition: None, at };
            store.change_message(change).await.expect("stored").expect("her own");
        }
        assert_eq!((entries_with(database, "quokka"), entries_with(database, "wombat")), (0, 0));
    }
    assert_eq!((search("quokka").await, search("zanzibar").await, search("wombat").await), (0, 4, 0));
    assert_eq!(search("another").await, 2);
    assert_eq!((entries_with(database, "quokka"), entries_with(database, "zanzibar")), (0, 4));
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leave_nothing_to_find_in_the_file_of_sqlite() {
    let database = TestDatabase::sqlite();
    leave_nothing_to_find(&database).await;
    database.connect_to_file().batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").expect("all in one file");
    let file = fs::read(database.path()).expect("read").to_ascii_lowercase();
    let holds = |text: &str| file.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("zanzibar"), "what is kept is seen");
    for gone in ["quok", "womb"] {
        assert!(!holds(gone), "{gone}");
    }
    let index = |text: &str| count(&database, &format!("search_words_data WHERE instr(block, CAST('{text}' AS BLOB))"));
    assert!(index("zanzibar") > 0, "what is kept is seen");
    assert_eq!((index("quok"), index("womb")), (0, 0));
    let check = "INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)";
    database.connect_to_file().batch_execute(check).expect("the index is whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leave_nothing_to_find_in_postgres() {
    leave_nothing_to_find(&TestDatabase::postgres()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leave_nothing_in_sqlite() {
    leave_nothing(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leave_nothing_in_postgres() {
    leave_nothing(TestDatabase::postgres()).await;
}
