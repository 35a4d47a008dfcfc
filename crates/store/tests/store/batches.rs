//! Messages that are stored together, and what one of them may cost the others: nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{RunQueryDsl, sql_query};

use parlor_domain::message::Sent;
use parlor_domain::ports::MessageRepository;
use parlor_domain::{ChatUri, StoreError, UserId};
use parlor_store::{DieselStore, StoreOptions};
use parlor_testkit::{RecordingNotifier, StoppedClock};
use tokio::task::JoinHandle;

use crate::fixture::TestDatabase;
use crate::people::{group, log, message, sign_up};
use crate::races;

/// Keeps the writing thread busy until it is dropped.
struct Hold {
    execute: Box<dyn FnMut(&str)>,
}

impl Hold {
    /// On SQLite by the one write lock; on PostgreSQL by the lock on a chat that a message is sent to.
    async fn begin(database: &TestDatabase, store: &DieselStore, author: UserId) -> Self {
        match database {
            TestDatabase::Sqlite { .. } => {
                let mut conn = database.connect_to_file();
                conn.batch_execute("BEGIN IMMEDIATE").expect("locked");
                let hold = Self { execute: Box::new(move |sql| conn.batch_execute(sql).expect("done")) };
                let chat = ChatUri::from_bytes([9; 16]);
                send(store, author, chat, "to nobody");
                tokio::time::sleep(Duration::from_millis(100)).await;
                hold
            }
            TestDatabase::Postgres { .. } => {
                let chat = group(store, author, &[]).await;
                let mut conn = races::lock(database, chat);
                send(store, author, chat, "hold");
                races::waiting_for_a_lock(database, 1).await;
                Self { execute: Box::new(move |sql| conn.batch_execute(sql).expect("done")) }
            }
        }
    }

    async fn end(mut self) {
        // What was sent meanwhile has come to the queue by now.
        tokio::time::sleep(Duration::from_millis(100)).await;
        (self.execute)("ROLLBACK");
    }
}

fn send(store: &DieselStore, author: UserId, chat: ChatUri, text: &str) -> JoinHandle<Result<Sent, StoreError>> {
    let (store, message) = (store.clone(), message(author, chat, text));
    tokio::spawn(async move { Ok(store.append(message).await?.expect("a member")) })
}

/// Lets the database refuse every message `poison`.
fn poison(database: &TestDatabase) {
    match database {
        TestDatabase::Sqlite { .. } => {
            let mut conn = database.connect_to_file();
            let trigger = "CREATE TRIGGER poison BEFORE INSERT ON events WHEN NEW.body = 'poison'
                BEGIN SELECT RAISE(ABORT, 'poison'); END";
            sql_query(trigger).execute(&mut conn).expect("made");
        }
        TestDatabase::Postgres { .. } => {
            let check = "ALTER TABLE events ADD CONSTRAINT poison CHECK (body <> 'poison')";
            sql_query(check).execute(&mut database.connect()).expect("made");
        }
    }
}

fn open(database: &TestDatabase) -> (DieselStore, Arc<RecordingNotifier>) {
    let announced = Arc::<RecordingNotifier>::default();
    (database.open("store", announced.clone(), Arc::new(StoppedClock::default())), announced)
}

/// What waits is stored together, and announced once per chat, in seq order.
async fn what_waits_is_announced_together(database: TestDatabase) {
    let (store, announced) = open(&database);
    let ann = sign_up(&store, "ann").await;
    let chats = [group(&store, ann, &[]).await, group(&store, ann, &[]).await];
    let hold = Hold::begin(&database, &store, ann).await;
    let sent: Vec<_> = (0..40).map(|number| send(&store, ann, chats[number % 2], &format!("text {number}"))).collect();
    hold.end().await;
    for task in sent {
        assert!(!task.await.expect("no panic").expect("stored").duplicate);
    }
    for chat in chats {
        let of_chat: Vec<_> = announced.announcements().into_iter().filter(|it| it.chat == chat).collect();
        assert_eq!(of_chat.len(), 2, "its beginning, and everything else at once");
        let seqs: Vec<i64> = of_chat[1].events.iter().map(|event| event.seq.get()).collect();
        assert_eq!(seqs, (2..=21).collect::<Vec<_>>());
    }
    store.close();
}

/// One row that the database refuses fails alone: the others of its batch are stored, without a gap, and announced.
async fn a_bad_row_fails_alone(database: TestDatabase) {
    let (store, announced) = open(&database);
    poison(&database);
    let ann = sign_up(&store, "ann").await;
    let chats = [group(&store, ann, &[]).await, group(&store, ann, &[]).await];
    let hold = Hold::begin(&database, &store, ann).await;
    let text = |number| if number == 10 { "poison".to_owned() } else { format!("text {number}") };
    let sent: Vec<_> = (0..40).map(|number| send(&store, ann, chats[number % 2], &text(number))).collect();
    hold.end().await;
    for (number, task) in sent.into_iter().enumerate() {
        assert_eq!(task.await.expect("no panic").is_ok(), number != 10, "{number}");
    }
    assert_eq!(log(&store, ann, chats[0]).await.len(), 20);
    assert_eq!(log(&store, ann, chats[1]).await.len(), 21);
    for chat in chats {
        let told: Vec<_> = announced.events_of(chat).iter().map(|event| event.seq).collect();
        let stored: Vec<_> = log(&store, ann, chat).await.iter().map(|event| event.seq).collect();
        assert_eq!(told, stored);
    }
    store.close();
}

/// Two copies of a message in one batch are one message; another text under the same name is refused.
async fn copies_in_one_batch_are_stored_once(database: TestDatabase) {
    let (store, _) = open(&database);
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let hold = Hold::begin(&database, &store, ann).await;
    let copies: Vec<_> = (0..3).map(|_| send(&store, ann, chat, "again")).collect();
    let mut other = message(ann, chat, "again");
    other.body = parlor_domain::MessageBody::new("something else").expect("a text");
    // Behind the copies in the queue.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let sender = store.clone();
    let refused = tokio::spawn(async move { sender.append(other).await.expect("answered") });
    hold.end().await;
    let mut duplicates = 0;
    for copy in copies {
        let sent = copy.await.expect("no panic").expect("stored");
        assert_eq!(sent.message.seq.get(), 2);
        duplicates += usize::from(sent.duplicate);
    }
    assert_eq!(duplicates, 2);
    assert_eq!(refused.await.expect("no panic"), Err(parlor_domain::message::SendRefused::ClientIdReused));
    assert_eq!(log(&store, ann, chat).await.len(), 2);
    store.close();
}

/// A full queue refuses at once, and takes more once it has been worked off.
async fn a_full_queue_refuses_at_once(database: TestDatabase) {
    let options = StoreOptions { write_queue: 3, ..StoreOptions::default() };
    let clock = Arc::new(StoppedClock::default());
    let store = DieselStore::open(&database.database("store"), options, Arc::<RecordingNotifier>::default(), clock)
        .expect("the store opens");
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let hold = Hold::begin(&database, &store, ann).await;
    let taken: Vec<_> = (0..3).map(|number| send(&store, ann, chat, &format!("taken {number}"))).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let start = Instant::now();
    let refused = send(&store, ann, chat, "refused").await.expect("no panic");
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    assert!(start.elapsed() < Duration::from_millis(500));
    hold.end().await;
    for task in taken {
        task.await.expect("no panic").expect("stored");
    }
    send(&store, ann, chat, "again").await.expect("no panic").expect("there is room again");
    store.close();
}

macro_rules! on_both {
    ($($case:ident)*) => {
        mod sqlite {
            use crate::fixture::TestDatabase;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(TestDatabase::sqlite()).await;
            })*
        }
        mod postgres {
            use crate::fixture::TestDatabase;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(TestDatabase::postgres()).await;
            })*
        }
    };
}

on_both! {
    what_waits_is_announced_together
    a_bad_row_fails_alone
    copies_in_one_batch_are_stored_once
    a_full_queue_refuses_at_once
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_whose_lock_is_not_to_be_had_keeps_only_its_own_messages_back() {
    let database = TestDatabase::postgres();
    let (store, _) = open(&database);
    let ann = sign_up(&store, "ann").await;
    let (stuck, free) = (group(&store, ann, &[]).await, group(&store, ann, &[]).await);
    let hold = Hold::begin(&database, &store, ann).await;
    let _lock = races::lock(&database, stuck);
    let refused: Vec<_> = (0..3).map(|number| send(&store, ann, stuck, &format!("stuck {number}"))).collect();
    let sent: Vec<_> = (0..3).map(|number| send(&store, ann, free, &format!("free {number}"))).collect();
    hold.end().await;
    for task in sent {
        task.await.expect("no panic").expect("stored");
    }
    for task in refused {
        let answer = task.await.expect("no panic");
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    store.close();
}
