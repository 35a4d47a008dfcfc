//! What a test holds of a [reference client](super::reference): what it has applied so far, and what it sends.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::reference::Client;

/// Where the nodes are; it changes when they are started again.
pub(crate) type Nodes = Arc<Mutex<Vec<SocketAddr>>>;

/// What a subscriber holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) epoch: Option<String>,
    /// The applied events of each chat, in the order of application.
    pub(super) logs: BTreeMap<String, Vec<Value>>,
    /// The seq of each message that was acknowledged, by its `client_id`.
    pub(super) acknowledged: BTreeMap<String, u64>,
    pub(super) connections: u32,
}

/// A client that follows all chats of its user.
pub(crate) struct Subscriber {
    held: Arc<Mutex<Held>>,
    changed: Arc<Notify>,
    sends: mpsc::UnboundedSender<(String, String)>,
    task: JoinHandle<()>,
}

impl Subscriber {
    /// Begins to follow, at the node with this number first.
    pub(crate) fn start(nodes: &Nodes, first: usize, token: &str) -> Self {
        let (held, changed) = (Arc::new(Mutex::new(Held::default())), Arc::new(Notify::new()));
        let (sends, receiver) = mpsc::unbounded_channel();
        let (held_there, changed_there) = (held.clone(), changed.clone());
        let client = Client::new(nodes.clone(), token, held_there, changed_there, receiver);
        Self { held, changed, sends, task: tokio::spawn(client.run(first)) }
    }

    /// Sends a text under this key, until it is acknowledged.
    pub(crate) fn send(&self, chat: &str, key: &str) {
        self.sends.send((chat.to_owned(), key.to_owned())).unwrap();
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

pub(crate) fn seq_of(event: &Value) -> u64 {
    event["seq"].as_u64().expect("an event has a seq")
}
