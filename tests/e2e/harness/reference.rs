//! The reference client: the contract's client rule, and no more than that.
//!
//! It keeps, for each chat, the events that it applied. An event is applied only if its seq is one more than the last;
//! when one is missing, or the server says `behind`, it asks with `sync`. It reconnects for ever, to one node after the
//! other, and sends what was not acknowledged again under the same `client_id`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use tokio::time::sleep;

use super::subscriber::{Held, Nodes, seq_of};
use super::{Live, event_of};

/// A client of one user.
pub(super) struct Client {
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
    pub(super) fn new(
        nodes: Nodes,
        token: &str,
        held: Arc<Mutex<Held>>,
        changed: Arc<Notify>,
        sends: mpsc::UnboundedReceiver<(String, String)>,
    ) -> Self {
        let (unsent, syncing) = (VecDeque::new(), HashMap::new());
        Self { nodes, token: token.to_owned(), held, changed, sends, unsent, syncing, requests: 0 }
    }

    /// Follows for ever.
    pub(super) async fn run(mut self, mut node: usize) {
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
            "event" if !self.apply(frame) => self.sync(live, &chat).await,
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
