//! The database goes away and comes back.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::harness::{Answer, Call, Database, Person, Proxy, SECRET, Server, Storage, seqs};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_a_server_refuses_and_loses_nothing() {
    let storage = Storage::new(Database::Postgres);
    let proxy = Proxy::to(address(storage.postgres_url())).await;
    let url =
        storage.postgres_url().replace(&address(storage.postgres_url()).to_string(), &proxy.address().to_string());
    let server = Server::start_with(&storage, &[("PARLOR_DATABASE_URL", &url), ("PARLOR_SECRET", SECRET)]).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let first = mabel.says(&uri, "before").await;
    for round in 0..2 {
        proxy.cut();
        let keyed = json!({"message": format!("during {round}"), "client_id": format!("k{round}")});
        let client = server.client();
        let (sent, opened, read, listed, ready) = tokio::join!(
            mabel.send(&uri, keyed.clone()).into_future(),
            mabel.open_chat(json!({})).into_future(),
            mabel.messages(&uri, "").into_future(),
            mabel.chats("").into_future(),
            client.readyz().into_future(),
        );
        sent.problem(503, "unavailable");
        opened.problem(503, "unavailable");
        read.problem(503, "unavailable");
        listed.problem(503, "unavailable");
        ready.problem(503, "unavailable");
        server.client().healthz().await.expect_status(200);
        server.client().hello().await.ok();
        mabel.without_token().me().await.any_problem(401);
        proxy.mend();
        until_ok(server.client().readyz()).await;
        // The same key again: stored once, whatever became of the first try.
        let sent = until_ok(mabel.send(&uri, keyed.clone())).await.ok();
        assert_eq!(sent.seq, first + 1 + round);
        until_ok(mabel.chats("")).await;
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 4);
    assert_eq!(mabel.chats("").await.ok().len(), 1, "a refused opening opened nothing");
}

/// What happens to the line each time.
#[derive(Clone, Copy)]
enum Tear {
    Cut,
    LoseAnswers,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_over_a_line_that_tears_are_stored_once() {
    const SENDERS: usize = 8;
    const EACH: usize = 40;
    let storage = Storage::new(Database::Postgres);
    let proxy = Arc::new(Proxy::to(address(storage.postgres_url())).await);
    let server = Server::start_with(&storage, &[("PARLOR_DATABASE_URL", &through(&proxy, &storage))]).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (mabel, uri, proxy, acknowledged) = (mabel.clone(), uri.clone(), proxy.clone(), acknowledged.clone());
        senders.spawn(async move {
            let mut sent = Vec::new();
            for n in 0..EACH {
                let key = format!("{sender}-{n}");
                let body = json!({"message": key, "client_id": key});
                sent.push((until_ok(mabel.send(&uri, body)).await.ok().seq, key));
                match tear(acknowledged.fetch_add(1, Ordering::Relaxed)) {
                    Some(Tear::Cut) => {
                        proxy.cut();
                        proxy.mend();
                    }
                    Some(Tear::LoseAnswers) => proxy.lose_the_next_answers(),
                    None => {}
                }
            }
            sent
        });
    }
    let mut sent = senders.join_all().await.concat();
    sent.sort();
    let history = until_ok(mabel.messages(&uri, "")).await.ok();
    let stored: Vec<_> = history.iter().map(|message| (message.seq, message.message.clone())).collect();
    assert_eq!(stored, sent);
    assert_eq!(seqs(&history), (2..2 + (SENDERS * EACH) as u64).collect::<Vec<_>>());
}

/// What happens to the line after so many acknowledgements.
fn tear(acknowledged: usize) -> Option<Tear> {
    match acknowledged % 20 {
        7 => Some(Tear::Cut),
        17 => Some(Tear::LoseAnswers),
        _ => None,
    }
}

#[tokio::test]
async fn a_server_that_cannot_reach_its_database_does_not_start() {
    let storage = Storage::new(Database::Postgres);
    let proxy = Proxy::to(address(storage.postgres_url())).await;
    proxy.cut();
    for url in
        [format!("postgres://parlor:hunter2@{}/x", proxy.address()), "postgres://parlor:hunter2@127.0.0.1:1/x".into()]
    {
        let environment = vec![("PARLOR_DATABASE_URL".into(), url), ("PARLOR_SECRET".into(), SECRET.into())];
        let run = crate::harness::Run { arguments: &["serve", "--listen", "127.0.0.1:0"], environment };
        let outcome = crate::harness::run(storage.directory(), run).await;
        assert!(outcome.code.is_some_and(|code| code != 0), "{outcome:?}");
        assert!(outcome.stderr.contains("database"), "{outcome:?}");
        assert!(!outcome.stderr.contains("hunter2"), "{outcome:?}");
    }
}

/// The URL of the database, by way of the proxy.
fn through(proxy: &Proxy, storage: &Storage) -> String {
    let url = storage.postgres_url();
    url.replace(&address(url).to_string(), &proxy.address().to_string())
}

fn address(url: &str) -> SocketAddr {
    let host = url.rsplit_once('@').and_then(|(_, rest)| rest.split('/').next());
    host.and_then(|host| host.parse().ok()).expect("a URL with an IP address and a port")
}

/// Asks until the server is itself again; every answer before that is a refusal.
async fn until_ok<T: Clone + 'static>(call: Call<T>) -> Answer<T> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = call.clone().await;
        if answer.status == 200 {
            return answer;
        }
        assert!(answer.status == 503 && Instant::now() < end, "{answer}");
        sleep(Duration::from_millis(20)).await;
    }
}
