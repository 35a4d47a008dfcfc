//! The reference client: the contract's client rule, and no more than that.
//!
//! It keeps, for each chat, the events that it applied. An event is applied only if its seq is one more than the last;
//! when one is missing, or the server says `behind`, it asks with `sync`. It reconnects for ever, to one node after the
//! other, and sends what was not acknowledged again under the same `client_id`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::{Live, event_of};

/// Where the nodes are; it changes when they are started again.
pub(crate) type Nodes = Arc<Mutex<Vec<SocketAddr>>>;

/// What a subscriber holds.
#[derive(Debug, Default)]
struct Held {
    epoch: Option<String>,
    /// The applied events of each chat, in the order of application.
    logs: BTreeMap<String, Vec<Value>>,
    /// The seq of each message that was acknowledged, by its `client_id`.
    acknowledged: BTreeMap<String, u64>,
    connections: u32,
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
        let client = Client {
            nodes: nodes.clone(),
            token: token.to_owned(),
            held: held_there,
            changed: changed_there,
            sends: receiver,
            unsent: VecDeque::new(),
            syncing: HashMap::new(),
            requests: 0,
        };
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

struct Client {
    nodes: Nodes,
    token: String,
    held: Arc<Mutex<Held>>,
    changed: Arc<Notify>,
    sends: mpsc::UnboundedReceiver<(String, String)>,
    unsent: VecDeque<(String, String)>,
    /// The chats of open `sync` requests.
    syncing: HashMap<String, String>,
    requests: u64,
}

impl Client {
    async fn run(mut self, mut node: usize) {
        loop {
            let address = {
                let nodes = self.nodes.lock().unwrap();
                nodes[node % nodes.len()]
            };
            if let Ok(live) = Live::attempt(address, &[]).await {
                self.follow(live).await;
            }
            node += 1;
            sleep(Duration::from_millis(20 + 30 * (node as u64 % 3))).await;
        }
    }

    /// One connection, to its end.
    async fn follow(&mut self, mut live: Live) {
        self.syncing.clear();
        let hello = {
            let mut held = self.held.lock().unwrap();
            held.connections += 1;
            let cursor = |(chat, log): (&String, &Vec<Value>)| Some((chat.clone(), json!(seq_of(log.last()?))));
            let cursors: serde_json::Map<_, _> = held.logs.iter().filter_map(cursor).collect();
            json!({"type": "hello", "token": self.token, "cursors": cursors, "epoch": held.epoch})
        };
        live.say(hello).await;
        let mut in_flight = None;
        loop {
            if in_flight.is_none()
                && let Some((chat, key)) = self.unsent.front()
            {
                in_flight = Some(key.clone());
                live.say(json!({"type": "send", "id": key, "chat": chat, "message": key, "client_id": key})).await;
            }
            tokio::select! {
                Some(send) = self.sends.recv() => self.unsent.push_back(send),
                frame = live.try_next() => {
                    let Ok(frame) = frame else { return };
                    if frame["type"] == "reply" && in_flight.as_deref() == frame["id"].as_str() && in_flight.is_some() {
                        in_flight = None;
                        if frame["ok"] == true {
                            let (_, key) = self.unsent.pop_front().unwrap();
                            let seq = frame["result"]["seq"].as_u64().unwrap();
                            self.held.lock().unwrap().acknowledged.insert(key, seq);
                        } else {
                            sleep(Duration::from_millis(50)).await;
                        }
                    } else {
                        self.take(&mut live, &frame).await;
                    }
                    self.changed.notify_waiters();
                }
            }
        }
    }

    async fn take(&mut self, live: &mut Live, frame: &Value) {
        let chat = frame["chat"].as_str().unwrap_or_default().to_owned();
        match frame["type"].as_str().unwrap() {
            "ready" => {
                let epoch = frame["epoch"].as_str().unwrap().to_owned();
                let behind: Vec<_> =
                    frame["chats"].as_array().unwrap().iter().filter(|c| c["state"] == "behind").collect();
                {
                    let mut held = self.held.lock().unwrap();
                    if held.epoch.as_ref().is_some_and(|old| *old != epoch) {
                        held.logs.clear();
                    }
                    held.epoch = Some(epoch);
                    for gone in frame["gone"].as_array().unwrap() {
                        held.logs.remove(gone.as_str().unwrap());
                    }
                }
                for chat in behind {
                    self.sync(live, chat["chat"].as_str().unwrap()).await;
                }
            }
            "event" => {
                if !self.apply(frame) {
                    self.sync(live, &chat).await
                }
            }
            "behind" => self.sync(live, &chat).await,
            "gone" => drop(self.held.lock().unwrap().logs.remove(&chat)),
            "ping" => live.say(json!({"type": "pong"})).await,
            "reply" => {
                let Some(chat) = self.syncing.remove(frame["id"].as_str().unwrap_or_default()) else { return };
                if frame["ok"] == true {
                    let whole = frame["result"]["events"].as_array().unwrap().iter().all(|event| self.apply(event));
                    if !whole || frame["result"]["reached"] == false {
                        self.sync(live, &chat).await;
                    }
                } else if matches!(frame["error"]["code"].as_str(), Some("cursor_ahead" | "log_pruned" | "not_found")) {
                    self.held.lock().unwrap().logs.remove(&chat);
                } else {
                    self.sync(live, &chat).await;
                }
            }
            _ => {}
        }
    }

    /// Applies an event if it is the next one; false if one is missing before it.
    fn apply(&self, event: &Value) -> bool {
        let mut held = self.held.lock().unwrap();
        let log = held.logs.entry(event["chat"].as_str().unwrap().to_owned()).or_default();
        let seq = seq_of(event);
        match log.last().map(seq_of) {
            Some(last) if seq > last + 1 => return false,
            Some(last) if seq <= last => {}
            _ => log.push(event_of(event.clone())),
        }
        true
    }

    async fn sync(&mut self, live: &mut Live, chat: &str) {
        if self.syncing.values().any(|syncing| syncing == chat) {
            return;
        }
        self.requests += 1;
        let id = format!("sync{}", self.requests);
        let after = self.held.lock().unwrap().logs.get(chat).and_then(|log| log.last().map(seq_of)).unwrap_or(0);
        live.say(json!({"type": "sync", "id": id, "chat": chat, "after": after})).await;
        self.syncing.insert(id, chat.to_owned());
    }
}
