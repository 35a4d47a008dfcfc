//! Events of kinds that no call of the ports causes yet, as they are stored, and how they are read.

use diesel::connection::SimpleConnection;
use std::sync::Arc;

use parlor_domain::ports::{LiveRepository, MessageRepository};
use parlor_domain::{ChatTitle, EventKind, Seq};
use parlor_testkit::StoppedClock;

use crate::fixture::TestDatabase;
use crate::people::{group, message, sign_up};

const ROWS: [(&str, &str, &str); 6] = [
    ("chat.updated", r#"{"title":"Tea"}"#, "NULL"),
    ("chat.updated", r#"{"title":null,"joinable":false}"#, "NULL"),
    ("chat.updated", r#"{"joinable":true}"#, "NULL"),
    ("message.edited", "{}", "2"),
    ("message.deleted", "{}", "2"),
    ("chat.deleted", "{}", "NULL"),
];

async fn come_back(database: TestDatabase) {
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    store.append(message(ann, chat, "the text of today")).await.expect("stored").expect("a member");
    let mut sql = String::new();
    for ((kind, data, target), seq) in ROWS.iter().zip(3..) {
        sql += &format!(
            "INSERT INTO events (chat_id, seq, kind, at, author_id, dedup_key, data, target)
             SELECT id, {seq}, '{kind}', created_at, creator_id, 's:{seq}', '{data}', {target} FROM chats;"
        );
    }
    sql += "UPDATE chats SET head = 8, floor = 2;";
    match &database {
        TestDatabase::Sqlite { .. } => database.connect_to_file().batch_execute(&sql).expect("inserted"),
        TestDatabase::Postgres { .. } => database.connect().batch_execute(&sql).expect("inserted"),
    }
    let after = Seq::new(2).expect("in range");
    let page = store.events(chat, after, 50).await.expect("read").value.expect("a chat");
    let target = after;
    let kinds: Vec<EventKind> = page.events.iter().map(|event| event.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            EventKind::ChatUpdated { title: Some(Some(ChatTitle::stored("Tea".into()))), joinable: None },
            EventKind::ChatUpdated { title: Some(None), joinable: Some(false) },
            EventKind::ChatUpdated { title: None, joinable: Some(true) },
            EventKind::MessageEdited { target, body: "the text of today".into() },
            EventKind::MessageDeleted { target },
            EventKind::ChatDeleted,
        ]
    );
    assert_eq!((page.head.get(), page.floor.get()), (8, 2));
    assert_eq!(
        store.read_log(chat, ann, after, 50).await.expect("read").map(|read| read.value).as_ref(),
        Some(&page),
        "read alike by a member"
    );
    let own = store.memberships(ann).await.expect("read").value;
    assert_eq!(own[0].floor, page.floor);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn come_back_from_sqlite() {
    come_back(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn come_back_from_postgres() {
    come_back(TestDatabase::postgres()).await;
}
