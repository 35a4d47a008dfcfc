//! kill -9 in the middle of a stream of sends: what was acknowledged is there, once and in order (I1, I3).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::harness::{Database, Message, Person, Server, Storage, Uri, on_both_databases, seqs};

on_both_databases!(
    what_was_acknowledged_survives_kill_9,
    an_account_and_a_chat_that_were_acknowledged_survive_kill_9,
    a_start_that_was_killed_is_healed_by_the_next,
);

const SENDERS: usize = 12;
const ROUNDS: usize = 4;

/// A send: its key, and the seq that it was acknowledged with.
type Send = (String, Option<u64>);

async fn what_was_acknowledged_survives_kill_9(on: Database) {
    let storage = Storage::new(on);
    let mut server = Arc::new(Server::start(&storage).await);
    let mabel = Person::new(&server, "mabel").await;
    let uris = [mabel.group(&[]).await.uri, mabel.group(&[]).await.uri];
    let mut sends: [BTreeMap<String, u64>; 2] = Default::default();
    for round in 0..ROUNDS {
        // A different moment each time: after so many acknowledgements, with the other senders' calls in flight.
        let crash = Crash { after: 30 + 37 * round, acknowledged: Arc::default(), server: server.clone() };
        let senders = spawn_senders(&crash, &mabel.on(&server), &uris, round);
        let sent = senders.join_all().await;
        drop(crash);
        Arc::into_inner(server).expect("nobody uses it any more").ended().await;
        server = Arc::new(Server::start(&storage).await);
        let mabel = mabel.on(&server);
        for (chat, sent) in sent {
            for (key, seq) in sent {
                let again = mabel.send(&uris[chat], json!({"message": key, "client_id": key})).await.ok();
                if let Some(seq) = seq {
                    assert_eq!((again.duplicate, again.seq), (true, seq), "{key} was acknowledged");
                }
                assert!(sends[chat].insert(key, again.seq).is_none());
            }
        }
        for (uri, sends) in uris.iter().zip(&sends) {
            check(&whole(&mabel, uri).await, sends);
        }
    }
}

async fn an_account_and_a_chat_that_were_acknowledged_survive_kill_9(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let group = mabel.group(&[&nina]).await.uri;
    mabel.remove_member(&group, nina.id).await.expect_status(204);
    let direct = mabel.direct(&nina).await.uri;
    mabel.says(&direct, "hello").await;
    nina.mark_read(&direct, 2).await.ok();
    let phone = nina.again(&server).await;
    phone.logout().await.expect_status(204);
    server.kill();
    server.ended().await;

    let server = Server::start(&storage).await;
    let (mabel, nina, phone) = (mabel.on(&server), nina.on(&server), phone.on(&server));
    phone.me().await.problem(401, "token_not_valid");
    server.client().refresh(&phone.refresh).await.problem(401, "token_not_valid");
    nina.chat(&group).await.problem(404, "not_found");
    let chat = nina.chat(&direct).await.ok();
    assert_eq!((chat.head, chat.read, chat.unread), (2, 2, 0));
    assert_eq!(mabel.chat(&group).await.ok().member_count, 1);
    nina.again(&server).await.me().await.ok();
    server.client().refresh(&mabel.refresh).await.ok();
}

async fn a_start_that_was_killed_is_healed_by_the_next(on: Database) {
    let storage = Storage::new(on);
    for moment in 1..=10 {
        // Given up a little later each time, wherever the migrations are by then: dropping a server kills it.
        let start = timeout(Duration::from_millis(3 * moment), Server::start(&storage));
        drop(start.await);
    }
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    assert_eq!(mabel.says(&uri, "all is well").await, 2);
}

/// Kills the server once it has acknowledged so many sends.
#[derive(Clone)]
struct Crash {
    after: usize,
    acknowledged: Arc<AtomicUsize>,
    server: Arc<Server>,
}

impl Crash {
    fn acknowledge(&self) {
        if self.acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == self.after {
            self.server.kill();
        }
    }
}

/// Senders that send one message after another until they get no answer; to which of the chats, and what.
fn spawn_senders(crash: &Crash, mabel: &Person, uris: &[Uri; 2], round: usize) -> JoinSet<(usize, Vec<Send>)> {
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (crash, mabel, uri) = (crash.clone(), mabel.clone(), uris[sender % 2].clone());
        senders.spawn(async move {
            let mut sent = Vec::new();
            loop {
                let key = format!("{round}-{sender}-{}", sent.len());
                let answer = mabel.send_minimal(&uri, json!({"message": key, "client_id": key})).attempt().await;
                let Ok(answer) = answer else {
                    sent.push((key, None));
                    return (sender % 2, sent);
                };
                sent.push((key, Some(answer.created().seq)));
                crash.acknowledge();
            }
        });
    }
    senders
}

/// Every message once, in the order of seqs, without a hole, and nothing besides.
fn check(history: &[Message], sends: &BTreeMap<String, u64>) {
    assert_eq!(seqs(history), (2..2 + sends.len() as u64).collect::<Vec<_>>());
    for message in history {
        assert_eq!(sends.get(&message.message), Some(&message.seq));
        assert_eq!(message.client_id.as_deref(), Some(message.message.as_str()));
    }
}

async fn whole(person: &Person, uri: &str) -> Vec<Message> {
    let mut history: Vec<Message> = Vec::new();
    loop {
        let after = history.last().map_or(0, |message| message.seq);
        let page = person.messages(uri, &format!("?after={after}")).await.ok();
        if page.is_empty() {
            return history;
        }
        history.extend(page);
    }
}
