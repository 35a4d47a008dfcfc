//! A commit whose answer is lost on the way: it happened, and nobody here knows.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use parlor_domain::StoreError;
use parlor_domain::chat_session::{ChangeChat, ChatCommand, ChatCreation};
use parlor_domain::ports::{ChatRepository, MessageRepository};
use parlor_store::{Database, DieselStore, StoreOptions};
use parlor_testkit::{RecordingNotifier, StoppedClock};

use crate::fixture::TestDatabase;
use crate::people::{AT, group, log, message, new_group, sign_up};

/// What a client must say for the answer to be lost.
type Trap = Arc<Mutex<Option<&'static [u8]>>>;

/// Stands between a store and PostgreSQL, and loses an answer when told to.
struct Proxy {
    port: u16,
    trap: Trap,
    lost: Arc<AtomicUsize>,
}

impl Proxy {
    fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (trap, lost) = (Trap::default(), Arc::<AtomicUsize>::default());
        let proxy = Self { port, trap: trap.clone(), lost: lost.clone() };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&server).expect("PostgreSQL listens");
                let (trap, lost) = (trap.clone(), lost.clone());
                thread::spawn(move || drop(pass_on(client, server, &trap, &lost)));
            }
        });
        proxy
    }

    /// Loses the next answer to what holds these bytes.
    fn lose_answer_to(&self, said: &'static [u8]) {
        *self.trap.lock().expect("no panic") = Some(said);
    }
}

/// Passes on what one says to the other, in turns: PostgreSQL's protocol is a dialogue.
fn pass_on(mut client: TcpStream, mut server: TcpStream, trap: &Trap, lost: &AtomicUsize) -> std::io::Result<()> {
    let (mut answers, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let caught = Arc::new(AtomicUsize::new(0));
    let catch = caught.clone();
    thread::spawn(move || {
        let mut buffer = [0; 65536];
        while let Ok(count @ 1..) = answers.read(&mut buffer) {
            if catch.load(Ordering::SeqCst) > 0 {
                // The server has answered, so it has done what it was asked to.
                drop((to_client.shutdown(Shutdown::Both), answers.shutdown(Shutdown::Both)));
                break;
            }
            if to_client.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        drop(to_client.shutdown(Shutdown::Both));
    });
    let mut buffer = [0; 65536];
    while let count @ 1.. = client.read(&mut buffer)? {
        let mut trap = trap.lock().expect("no panic");
        if trap.is_some_and(|said| buffer[..count].windows(said.len()).any(|window| window == said)) {
            *trap = None;
            lost.fetch_add(1, Ordering::SeqCst);
            caught.store(1, Ordering::SeqCst);
        }
        drop(trap);
        server.write_all(&buffer[..count])?;
    }
    server.shutdown(Shutdown::Both)
}

fn open() -> (TestDatabase, Proxy, DieselStore, Arc<RecordingNotifier>) {
    let database = TestDatabase::postgres();
    let url = database.url();
    let (before, behind) = url.rsplit_once('@').expect("a URL with a user");
    let (server, name) = behind.split_once('/').expect("a URL with a database");
    let server = server.replace("localhost", "127.0.0.1");
    let proxy = Proxy::start(server);
    let url = format!("{before}@127.0.0.1:{}/{name}?sslmode=disable&gssencmode=disable", proxy.port);
    let announced = Arc::<RecordingNotifier>::default();
    let clock = Arc::new(StoppedClock::default());
    let store = DieselStore::open(&Database::Postgres(url), StoreOptions::default(), announced.clone(), clock);
    (database, proxy, store.expect("the store opens"), announced)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_answer_is_lost_is_stored_once_and_announced() {
    let (_database, proxy, store, announced) = open();
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    store.append(message(ann, chat, "before")).await.expect("answered").expect("a member");
    proxy.lose_answer_to(b"the lost one");
    let sent = store.append(message(ann, chat, "the lost one")).await.expect("settled").expect("a member");
    assert_eq!(proxy.lost.load(Ordering::SeqCst), 1);
    assert_eq!((sent.message.seq.get(), sent.duplicate), (3, false));
    assert_eq!(log(&store, ann, chat).await.len(), 3);
    let told: Vec<i64> = announced.events_of(chat).iter().map(|event| event.seq.get()).collect();
    assert_eq!(told, [1, 2, 3]);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_whose_commits_answer_is_lost_is_stored_once_and_announced() {
    let (_database, proxy, store, announced) = open();
    let ann = sign_up(&store, "ann").await;
    let chat = group(&store, ann, &[]).await;
    let mut lost = 0;
    let mut expected = 1;
    // Whether messages meet in one batch is up to the threads; a few rounds are enough.
    for round in 0..50 {
        proxy.lose_answer_to(b"COMMIT");
        let sent: Vec<_> = (0..20)
            .map(|number| {
                let (store, message) = (store.clone(), message(ann, chat, &format!("{round}.{number}")));
                tokio::spawn(async move { store.append(message).await.expect("settled").expect("a member") })
            })
            .collect();
        for task in sent {
            assert!(!task.await.expect("no panic").duplicate);
        }
        expected += 20;
        lost = proxy.lost.load(Ordering::SeqCst);
        if lost >= 3 {
            break;
        }
    }
    assert!(lost >= 3, "only {lost} answers were lost");
    assert_eq!(log(&store, ann, chat).await.len(), expected);
    let told: Vec<usize> = announced.events_of(chat).iter().map(|event| event.seq.get() as usize).collect();
    assert_eq!(told, (1..=expected).collect::<Vec<_>>());
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_whose_commits_answer_is_lost_is_made_once_and_announced() {
    let (_database, proxy, store, announced) = open();
    let (ann, bob) = (sign_up(&store, "ann").await, sign_up(&store, "bob").await);
    proxy.lose_answer_to(b"COMMIT");
    let chat = new_group(ann, &[bob]);
    let uri = chat.uri;
    assert_eq!(store.create(chat.clone()).await.expect("settled"), ChatCreation::Created);
    assert_eq!(proxy.lost.load(Ordering::SeqCst), 1);
    assert_eq!(announced.events_of(uri).len(), 1);
    assert_eq!(store.create(chat).await.expect("answered"), ChatCreation::Exists(uri));
    assert_eq!(announced.events_of(uri).len(), 1);
    store.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_commits_answer_is_lost_is_not_tried_again() {
    let (_database, proxy, store, _) = open();
    let (ann, bob) = (sign_up(&store, "ann").await, sign_up(&store, "bob").await);
    let chat = group(&store, ann, &[]).await;
    let join = ChangeChat { uri: chat, by: bob, command: ChatCommand::Join, max_members: 9, at: AT };
    proxy.lose_answer_to(b"COMMIT");
    let answer = store.change(join.clone()).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    store.change(join).await.expect("answered").expect("he is there");
    assert_eq!(log(&store, bob, chat).await.len(), 2);
    store.close();
}
