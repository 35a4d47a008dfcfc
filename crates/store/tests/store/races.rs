//! Who was removed or blocked writes nothing any more, however the two transactions meet.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use parlor_domain::chat_session::{ChatCreation, NewChat, NewChatKind};
use parlor_domain::message::{ChangeMessage, ChangeMessageRefused, MessageCommand, SendRefused};
use parlor_domain::ports::{ChatRepository, MessageRepository};
use parlor_domain::{ChatUri, UserId};
use parlor_store::DieselStore;
use parlor_testkit::StoppedClock;

use crate::fixture::TestDatabase;
use crate::people::{group, log, message, new_group, sign_up};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Waits until so many of the store's connections wait for a lock.
pub(crate) async fn waiting_for_a_lock(database: &TestDatabase, count: i64) {
    let mut conn = database.connect();
    loop {
        let waiting = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'store' AND wait_event_type = 'Lock'";
        if sql_query(waiting).get_result::<Count>(&mut conn).expect("counted").count >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Begins to remove somebody as another node would, and leaves the transaction open.
fn begin_removal(database: &TestDatabase, chat: ChatUri, user: UserId) -> PgConnection {
    let mut conn = database.connect();
    let id = user.get();
    conn.batch_execute(&format!(
        "BEGIN;
         SELECT id FROM chats WHERE uri = '{chat}' FOR NO KEY UPDATE;
         DELETE FROM members WHERE user_id = {id} AND chat_id = (SELECT id FROM chats WHERE uri = '{chat}');
         INSERT INTO events (chat_id, seq, kind, at, author_id, dedup_key, subject_id, data)
         SELECT id, head + 1, 'member.removed', now() AT TIME ZONE 'UTC', creator_id, 's:' || head + 1, {id},
            '{{\"role\":\"member\"}}' FROM chats WHERE uri = '{chat}';
         UPDATE chats SET head = head + 1, member_count = member_count - 1 WHERE uri = '{chat}';"
    ))
    .expect("begun");
    conn
}

/// Begins to block the other of a direct chat as another node would, and leaves the transaction open.
fn begin_block(database: &TestDatabase, chat: ChatUri, by: UserId, user: UserId) -> PgConnection {
    let mut conn = database.connect();
    let (by, user) = (by.get(), user.get());
    conn.batch_execute(&format!(
        "BEGIN;
         SELECT id FROM users WHERE id IN ({by}, {user}) ORDER BY id FOR NO KEY UPDATE;
         INSERT INTO blocks (blocker_id, blocked_id) VALUES ({by}, {user});
         UPDATE chats SET blocked = true WHERE uri = '{chat}';"
    ))
    .expect("begun");
    conn
}

/// Holds the lock on a chat.
pub(crate) fn lock(database: &TestDatabase, chat: ChatUri) -> PgConnection {
    let mut conn = database.connect();
    conn.batch_execute(&format!("BEGIN; SELECT id FROM chats WHERE uri = '{chat}' FOR NO KEY UPDATE;"))
        .expect("locked");
    conn
}

async fn direct(store: &DieselStore, ann: UserId, bob: UserId) -> NewChat {
    let chat = NewChat { kind: NewChatKind::Direct { with: bob }, ..new_group(ann, &[]) };
    assert_eq!(ChatRepository::create(store, chat.clone()).await.expect("stored"), ChatCreation::Created);
    chat
}

fn open() -> (TestDatabase, DieselStore) {
    let database = TestDatabase::postgres();
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    (database, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_waited_for_its_authors_removal_is_refused() {
    let (database, store) = open();
    let (ann, bob) = (sign_up(&store, "ann").await, sign_up(&store, "bob").await);
    let chat = group(&store, ann, &[bob]).await;
    let mut removal = begin_removal(&database, chat, bob);
    let sender = store.clone();
    let sent = tokio::spawn(async move { sender.append(message(bob, chat, "too late")).await });
    waiting_for_a_lock(&database, 1).await;
    removal.batch_execute("COMMIT").expect("committed");
    assert_eq!(sent.await.expect("no panic").expect("answered"), Err(SendRefused::NotFound));
    assert_eq!(log(&store, ann, chat).await.len(), 2, "the removal is the last");
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_waited_for_its_authors_removal_is_refused() {
    let (database, store) = open();
    let (ann, bob) = (sign_up(&store, "ann").await, sign_up(&store, "bob").await);
    let chat = group(&store, ann, &[bob]).await;
    let sent = store.append(message(bob, chat, "kept")).await.expect("answered").expect("a member").message;
    let mut removal = begin_removal(&database, chat, bob);
    let (target, at) = (sent.seq, sent.created_at);
    let change = ChangeMessage { chat, target, by: bob, command: MessageCommand::Delete, condition: None, at };
    let author = store.clone();
    let changed = tokio::spawn(async move { author.change_message(change).await });
    waiting_for_a_lock(&database, 1).await;
    removal.batch_execute("COMMIT").expect("committed");
    assert_eq!(changed.await.expect("no panic").expect("answered"), Err(ChangeMessageRefused::NotFound));
    assert_eq!(log(&store, ann, chat).await.len(), 3, "the removal is the last");
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_waited_for_a_removal_which_was_undone_is_stored() {
    let (database, store) = open();
    let (ann, bob) = (sign_up(&store, "ann").await, sign_up(&store, "bob").await);
    let chat = group(&store, ann, &[bob]).await;
    let mut removal = begin_removal(&database, chat, bob);
    let sender = store.clone();
    let sent = tokio::spawn(async move { sender.append(message(bob, chat, "in time")).await });
    waiting_for_a_lock(&database, 1).await;
    removal.batch_execute("ROLLBACK").expect("undone");
    let sent = sent.await.expect("no panic").expect("answered").expect("a member");
    assert_eq!((sent.message.seq.get(), sent.duplicate), (2, false));
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_batch_that_waited_for_a_removal_only_the_others_are_stored() {
    let (database, store) = open();
    let (ann, bob) = (sign_up(&store, "ann").await, sign_up(&store, "bob").await);
    let (chat, other) = (group(&store, ann, &[bob]).await, group(&store, ann, &[bob]).await);
    // The writer is kept waiting while the batch gathers.
    let mut busy = lock(&database, other);
    let send = |author, to, text: &'static str| {
        let store = store.clone();
        tokio::spawn(async move { store.append(message(author, to, text)).await.expect("answered") })
    };
    let first = send(bob, other, "first");
    waiting_for_a_lock(&database, 1).await;
    let late: Vec<_> = [(bob, chat, "late 1"), (ann, chat, "kept"), (bob, chat, "late 2"), (bob, other, "elsewhere")]
        .map(|(author, to, text)| send(author, to, text))
        .into();
    // They are in the queue once each of them has been asked for its answer.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut removal = begin_removal(&database, chat, bob);
    busy.batch_execute("COMMIT").expect("let go");
    first.await.expect("no panic").expect("stored");
    waiting_for_a_lock(&database, 1).await;
    removal.batch_execute("COMMIT").expect("committed");
    let mut answers = Vec::new();
    for task in late {
        answers.push(task.await.expect("no panic").map(|sent| sent.message.seq.get()));
    }
    let refused = Err(SendRefused::NotFound);
    assert_eq!(answers, [refused, Ok(3), refused, Ok(3)]);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_stored_by_another_node_while_the_lock_was_waited_for_is_found() {
    let (database, store) = open();
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let mut other_node = lock(&database, chat);
    let sender = store.clone();
    let sent = tokio::spawn(async move { sender.append(message(ann, chat, "once")).await });
    waiting_for_a_lock(&database, 1).await;
    other_node
        .batch_execute(&format!(
            "INSERT INTO events (chat_id, seq, kind, at, author_id, dedup_key, body)
             SELECT id, 2, 'message.created', '2026-01-01', {}, 'c:once', 'once' FROM chats WHERE uri = '{chat}';
             UPDATE chats SET head = 2 WHERE uri = '{chat}';
             COMMIT",
            ann.get()
        ))
        .expect("stored");
    let sent = sent.await.expect("no panic").expect("answered").expect("a member");
    assert_eq!((sent.message.seq.get(), sent.duplicate), (2, true));
    assert_eq!(log(&store, ann, chat).await.len(), 2);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_waited_for_a_block_are_refused_alone_and_in_a_batch() {
    let (database, store) = open();
    let (ann, bob) = (sign_up(&store, "ann").await, sign_up(&store, "bob").await);
    let (chat, other) = (direct(&store, ann, bob).await.uri, group(&store, ann, &[bob]).await);
    let mut block = begin_block(&database, chat, ann, bob);
    let send = |author, to, text: &'static str| {
        let store = store.clone();
        tokio::spawn(async move { store.append(message(author, to, text)).await.expect("answered") })
    };
    let first = send(bob, chat, "alone");
    waiting_for_a_lock(&database, 1).await;
    block.batch_execute("COMMIT").expect("committed");
    assert_eq!(first.await.expect("no panic"), Err(SendRefused::Blocked));
    database.connect().batch_execute("DELETE FROM blocks; UPDATE chats SET blocked = false").expect("lifted");

    let mut busy = lock(&database, other);
    let kept = send(bob, other, "first");
    waiting_for_a_lock(&database, 1).await;
    let late: Vec<_> = [(bob, chat, "late 1"), (bob, other, "kept"), (ann, chat, "late 2")]
        .map(|(author, to, text)| send(author, to, text))
        .into();
    // They are in the queue once each of them has been asked for its answer.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut block = begin_block(&database, chat, ann, bob);
    busy.batch_execute("COMMIT").expect("let go");
    kept.await.expect("no panic").expect("stored");
    waiting_for_a_lock(&database, 1).await;
    block.batch_execute("COMMIT").expect("committed");
    let mut answers = Vec::new();
    for task in late {
        answers.push(task.await.expect("no panic").map(|sent| sent.message.seq.get()));
    }
    assert_eq!(answers, [Err(SendRefused::Blocked), Ok(3), Err(SendRefused::Blocked)]);
    assert_eq!(log(&store, ann, chat).await.len(), 1);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_waited_for_a_block_of_its_pair_is_not_made() {
    let (database, store) = open();
    let (ann, bob) = (sign_up(&store, "ann").await, sign_up(&store, "bob").await);
    let chat = NewChat { kind: NewChatKind::Direct { with: bob }, ..new_group(ann, &[]) };
    let mut block = begin_block(&database, chat.uri, bob, ann);
    let (creator, uri) = (store.clone(), chat.uri);
    let created = tokio::spawn(async move { ChatRepository::create(&creator, chat).await });
    waiting_for_a_lock(&database, 1).await;
    block.batch_execute("COMMIT").expect("committed");
    assert_eq!(created.await.expect("no panic").expect("answered"), ChatCreation::Blocked);
    assert!(ChatRepository::find(&store, uri, ann, 2).await.expect("read").is_none());
    store.close();
}
