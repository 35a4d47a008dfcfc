//! What a test holds of somebody who follows with `parlor-client`: what was applied so far, and what was sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use parlor_client::{Live, Options, Parlor, Place, SendOptions, Sender, Tokens, Update};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// Where the nodes are; it changes when they are started again.
pub(crate) type Nodes = Arc<Mutex<Vec<SocketAddr>>>;

/// What a subscriber holds.
#[derive(Debug, Default)]
struct Held {
    /// The applied events of each chat, in the order of application, as the log shows them.
    logs: BTreeMap<String, Vec<Value>>,
    /// The seq of each message that was acknowledged, by its `client_id`.
    acknowledged: BTreeMap<String, u64>,
    connections: u32,
}

/// Somebody who follows all their chats.
pub(crate) struct Subscriber {
    held: Arc<Mutex<Held>>,
    changed: Arc<Notify>,
    sender: Sender,
    task: JoinHandle<()>,
}

/// A client that goes from one node to the next, this one first, and does not wait long before it comes back.
pub(crate) fn client_of(nodes: &Nodes, first: usize, options: Options) -> Parlor {
    let nodes = nodes.clone();
    let at = move |turn| {
        let nodes = nodes.lock().unwrap();
        let turn = first + usize::try_from(turn).expect("no test takes as many turns");
        format!("http://{}", nodes[turn % nodes.len()]).parse().unwrap()
    };
    Parlor::among(at, options).expect("a client")
}

/// Options of a client that comes back soon, and goes nowhere else.
pub(crate) fn quick() -> Options {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Options::default().http(http).waits(Duration::from_millis(50), Duration::from_millis(200))
}

impl Subscriber {
    /// Begins to follow, at the node with this number first.
    pub(crate) fn start(nodes: &Nodes, first: usize, token: &str) -> Self {
        let tokens = Tokens { access: token.to_owned(), refresh: String::new() };
        let (held, changed) = (Arc::new(Mutex::new(Held::default())), Arc::new(Notify::new()));
        let live = client_of(nodes, first, quick().tokens(tokens)).follow(Place::default());
        let sender = live.sender();
        let task = tokio::spawn(observe(live, held.clone(), changed.clone()));
        Self { held, changed, sender, task }
    }

    /// Sends a text under this key, until it is acknowledged.
    pub(crate) fn send(&self, chat: &str, key: &str) {
        let options = SendOptions { client_id: Some(key.to_owned()), reply_to: None };
        let sending = self.sender.send_with(chat.parse().unwrap(), key, options);
        let (held, changed, key) = (self.held.clone(), self.changed.clone(), key.to_owned());
        tokio::spawn(async move {
            let sent = sending.await.unwrap_or_else(|error| panic!("{key} was not sent: {error}"));
            held.lock().unwrap().acknowledged.insert(key, sent.seq);
            changed.notify_waiters();
        });
    }

    /// The applied events of a chat.
    pub(crate) fn log(&self, chat: &str) -> Vec<Value> {
        self.held.lock().unwrap().logs.get(chat).cloned().unwrap_or_default()
    }

    /// The acknowledged messages: the seq of each key.
    pub(crate) fn acknowledged(&self) -> BTreeMap<String, u64> {
        self.held.lock().unwrap().acknowledged.clone()
    }

    /// How often it connected.
    pub(crate) fn connections(&self) -> u32 {
        self.held.lock().unwrap().connections
    }

    /// Waits until it applied an event of this chat with at least this seq.
    pub(crate) async fn reaches(&self, chat: &str, seq: u64) {
        self.until(|held| held.logs.get(chat).and_then(|log| log.last()).is_some_and(|e| seq_of(e) >= seq)).await;
    }

    /// Waits until so many messages are acknowledged.
    pub(crate) async fn has_sent(&self, count: usize) {
        self.until(|held| held.acknowledged.len() >= count).await;
    }

    async fn until(&self, done: impl Fn(&Held) -> bool) {
        let end = Instant::now() + Duration::from_secs(120);
        while !done(&self.held.lock().unwrap()) {
            let _ = timeout(Duration::from_millis(200), self.changed.notified()).await;
            let held = self.held.lock().unwrap();
            let logs: Vec<_> = held.logs.iter().map(|(chat, log)| (chat, log.last().map(seq_of))).collect();
            assert!(Instant::now() < end, "the subscriber is stuck at {logs:?}");
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps what is told, to the end.
async fn observe(mut live: Live, held: Arc<Mutex<Held>>, changed: Arc<Notify>) {
    while let Some(update) = live.next().await {
        let mut held = held.lock().unwrap();
        match update {
            Update::Event(event) => {
                let log = held.logs.entry(event.chat.to_string()).or_default();
                log.push(serde_json::to_value(event).unwrap());
            }
            Update::Drop { chat: Some(chat), .. } => drop(held.logs.remove(&chat.to_string())),
            Update::Drop { chat: None, .. } => held.logs.clear(),
            Update::Ready(_) => held.connections += 1,
            _ => {}
        }
        changed.notify_waiters();
    }
}

pub(crate) fn seq_of(event: &Value) -> u64 {
    event["seq"].as_u64().expect("an event has a seq")
}
