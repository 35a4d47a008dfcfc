//! Two nodes, PostgreSQL and NATS, all of which die and come back while people write: at the end everybody holds the
//! same log, without a hole, and what was acknowledged is in it once (I1 to I6).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::harness::{Database, Live, OwnNats, OwnPostgres, Person, SECRET, Server, Storage, Subscriber, Uri, seq_of};

const WRITERS: usize = 4;
const EACH: usize = 300;

/// The two nodes, and what they stand on.
struct World {
    postgres: OwnPostgres,
    nats: OwnNats,
    storage: Storage,
    nodes: [Server; 2],
    addresses: crate::harness::Nodes,
}

impl World {
    async fn start() -> Self {
        let (postgres, nats) = (OwnPostgres::start(), OwnNats::start());
        // The directory alone: the database is the test's own.
        let storage = Storage::new(Database::Sqlite);
        let nodes = [node(&storage, &postgres, &nats).await, node(&storage, &postgres, &nats).await];
        let addresses = Arc::new(Mutex::new(nodes.iter().map(Server::address).collect()));
        Self { postgres, nats, storage, nodes, addresses }
    }

    async fn restart(&mut self, which: usize) {
        let new = node(&self.storage, &self.postgres, &self.nats).await;
        self.addresses.lock().unwrap()[which] = new.address();
        self.nodes[which] = new;
    }

    /// Waits until both nodes answer.
    async fn until_ready(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        for node in &self.nodes {
            while node.client().readyz().attempt().await.is_ok_and(|answer| answer.status != 200) {
                assert!(Instant::now() < end, "a node does not come back to its database");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn node(storage: &Storage, postgres: &OwnPostgres, nats: &OwnNats) -> Server {
    let environment = [
        ("PARLOR_DATABASE_URL", postgres.url()),
        ("PARLOR_SECRET", SECRET.to_owned()),
        ("PARLOR_NATS_URL", nats.url()),
    ];
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Server::start_with(storage, &environment).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_dies_everybody_ends_with_the_same_log() {
    let mut world = World::start().await;
    let mut people = Vec::new();
    for _ in 0..WRITERS {
        people.push(Person::new(&world.nodes[0], "writer").await);
    }
    let everybody: Vec<_> = people[1..].iter().collect();
    let uri = people[0].group(&everybody).await.uri;
    let subscribers: Vec<_> =
        (0..2 * WRITERS).map(|n| Subscriber::start(&world.addresses, n, &people[n % WRITERS].access)).collect();
    let stalled = stall(&world.nodes[1], &people[0]).await;
    for (writer, subscriber) in subscribers.iter().take(WRITERS).enumerate() {
        (0..EACH).for_each(|n| subscriber.send(&uri, &format!("{writer}/{n}")));
    }

    let some = Duration::from_millis(400);
    sleep(some).await;
    world.nodes[0].kill();
    sleep(some).await;
    world.restart(0).await;
    world.nats.kill();
    sleep(some).await;
    world.nodes[1].kill();
    world.restart(1).await;
    world.nats.run();
    sleep(some).await;
    world.postgres.kill();
    sleep(some).await;
    world.postgres.run();
    world.until_ready().await;
    world.nats.freeze();
    sleep(some).await;
    world.nodes[0].kill();
    world.restart(0).await;
    world.nats.thaw();
    drop(stalled);

    for subscriber in subscribers.iter().take(WRITERS) {
        subscriber.has_sent(EACH).await;
    }
    let log = whole_log(&people[0].on(&world.nodes[0]), &uri).await;
    check_log(&log, &subscribers);
    for (n, subscriber) in subscribers.iter().enumerate() {
        subscriber.reaches(&uri, log.len() as u64).await;
        // The first event that a client sees of a chat sets its place in it.
        let applied = subscriber.log(&uri);
        let first = usize::try_from(seq_of(&applied[0])).unwrap() - 1;
        assert!(subscriber.connections() > 1, "subscriber {n} lived through no death at all");
        assert_eq!(applied, log[first..], "subscriber {n}");
    }
}

/// A connection that takes nothing.
async fn stall(server: &Server, person: &Person) -> Live {
    let mut live = Live::open(server).await;
    live.say(json!({"type": "hello", "token": person.access})).await;
    live
}

async fn whole_log(person: &Person, uri: &Uri) -> Vec<Value> {
    let mut log: Vec<Value> = Vec::new();
    loop {
        let page = person.events(uri, &format!("?after={}", log.len())).await.ok();
        log.extend(page["events"].as_array().unwrap().iter().cloned());
        if page["reached"] == true {
            return log;
        }
    }
}

/// Every message once, in the order in which its writer wrote, with the seq that was acknowledged.
fn check_log(log: &[Value], subscribers: &[Subscriber]) {
    let seqs: Vec<_> = log.iter().map(seq_of).collect();
    assert_eq!(seqs, (1..=log.len() as u64).collect::<Vec<_>>());
    let messages: Vec<_> = log.iter().filter(|event| event["kind"] == "message.created").collect();
    let stored: BTreeMap<_, _> =
        messages.iter().map(|event| (event["data"]["client_id"].as_str().unwrap(), seq_of(event))).collect();
    assert_eq!(stored.len(), messages.len(), "each once");
    assert_eq!(messages.len(), WRITERS * EACH);
    for (writer, subscriber) in subscribers.iter().take(WRITERS).enumerate() {
        let acknowledged = subscriber.acknowledged();
        let mut last = 0;
        for n in 0..EACH {
            let key = format!("{writer}/{n}");
            let seq = stored[key.as_str()];
            assert_eq!(acknowledged.get(&key), Some(&seq), "{key}");
            assert!(seq > last, "{key} is in its place");
            last = seq;
        }
    }
}
