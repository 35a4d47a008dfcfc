//! The follower's rules, one by one: no sockets, no time.

mod connections;
mod requests;
mod rule;
mod slow_readers;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::follower::{Ask, Follower, Outcome, Output};
use super::outbox::Outgoing;
use super::{DropReason, Place, Status, Update};
use crate::ChatUri;
use crate::options::Waits;

const ME: u64 = 1;
const EPOCH: &str = "first";

/// A follower, and the hands that drive it.
struct Test {
    follower: Follower,
    now: Duration,
    /// What was told, but for statuses and what every connection begins with.
    told: Vec<Update>,
}

fn chat(number: u32) -> ChatUri {
    format!("{number:032x}").parse().unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn event(chat: ChatUri, seq: u64) -> Value {
    what(chat, seq, "message.created", &json!({"message": "Hi", "client_id": null, "reply_to": null}))
}

fn what(chat: ChatUri, seq: u64, kind: &str, data: &Value) -> Value {
    json!({"type": "event", "chat": chat, "seq": seq, "kind": kind, "at": "2026-11-24T08:00:00.000000Z",
        "by": {"id": 2, "username": "zoë"}, "data": data})
}

fn listed(chat: ChatUri, head: u64, state: &str) -> Value {
    json!({"chat": chat, "head": head, "floor": 1, "read": 0, "unread": 0, "state": state})
}

fn ready(chats: &[Value]) -> Value {
    json!({"type": "ready", "connection": 1, "epoch": EPOCH, "user": {"id": ME, "username": "mabel"},
        "time": "2026-11-24T08:00:00.000000Z", "expires_at": "2026-11-24T09:00:00.000000Z", "heartbeat": 25,
        "limits": {"open_requests": 8}, "chats": chats, "more": false, "gone": []})
}

fn place(cursors: &[(ChatUri, u64)]) -> Place {
    Place::new(Some(EPOCH.to_owned()), cursors.iter().copied())
}

fn dropped(chat: ChatUri, reason: DropReason, head: impl Into<Option<u64>>) -> Update {
    Update::Drop { chat: Some(chat), reason, head: head.into() }
}

impl Test {
    /// A follower whose waits are drawn in the middle, and which has begun to connect.
    fn new(place: Place) -> Self {
        Self::with(place, None)
    }

    fn with(place: Place, catch_up: Option<u64>) -> Self {
        let waits = Waits { first: Duration::from_millis(500), longest: seconds(30) };
        let follower = Follower::new(place, waits, catch_up, || 0.5);
        Self { follower, now: Duration::ZERO, told: Vec::new() }
    }

    /// One that is connected, and was told of these chats.
    fn live(place: Place, chats: &[Value]) -> Self {
        let mut test = Self::new(place);
        test.connects(chats);
        test.said();
        test
    }

    /// Opens the connection, and says that these are the chats; what was said by then.
    fn connects(&mut self, chats: &[Value]) -> Vec<Value> {
        self.follower.opened();
        let mut said = self.said();
        said.extend(self.hears(&ready(chats)));
        said
    }

    /// What the follower wants now, but for what is said and told.
    fn outputs(&mut self) -> Vec<Output> {
        self.drain().into_iter().filter(|output| !matches!(output, Output::Say(_))).collect()
    }

    /// What the follower says now.
    fn said(&mut self) -> Vec<Value> {
        let say = |output| if let Output::Say(text) = output { serde_json::from_str(&text).ok() } else { None };
        self.drain().into_iter().filter_map(say).collect()
    }

    fn drain(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        while let Some(output) = self.follower.poll() {
            match output {
                Output::Tell(Update::Ready(_) | Update::Status(Status::Connecting | Status::Live)) => {}
                Output::Tell(update) => self.told.push(update),
                output => outputs.push(output),
            }
        }
        outputs
    }

    /// Hears a frame; what is said to it.
    fn hears(&mut self, frame: &Value) -> Vec<Value> {
        self.follower.heard(&frame.to_string(), self.now);
        self.said()
    }

    /// Hears that a request is done.
    fn hears_result(&mut self, request: &Value, result: &Value) -> Vec<Value> {
        self.hears(&json!({"type": "reply", "id": request["id"], "ok": true, "result": result}))
    }

    /// Hears that a request is not done.
    fn hears_error(&mut self, request: &Value, mut error: Value) -> Vec<Value> {
        error["detail"] = json!("No.");
        self.hears(&json!({"type": "reply", "id": request["id"], "ok": false, "error": error}))
    }

    /// Hears a page of a log.
    fn hears_page(&mut self, request: &Value, chat: ChatUri, seqs: &[u64], reached: bool) -> Vec<Value> {
        let events: Vec<_> = seqs.iter().map(|seq| event(chat, *seq)).collect();
        self.hears_result(request, &json!({"events": events, "head": 99, "floor": 1, "reached": reached}))
    }

    /// The connection ends; what is wanted then.
    fn closes(&mut self, code: impl Into<Option<u16>>) -> Vec<Output> {
        self.follower.closed(code.into(), self.now);
        self.outputs()
    }

    /// Time passes, up to the follower's deadline; how much, and what is wanted then.
    fn passes(&mut self) -> (Duration, Vec<Output>) {
        let passed = self.follower.deadline().expect("something is to come") - self.now;
        self.now += passed;
        self.follower.tick(self.now);
        (passed, self.drain())
    }

    fn sends(&mut self, chat: ChatUri, text: &str) -> oneshot::Receiver<Outcome> {
        let (answer, outcome) = oneshot::channel();
        let fields = json!({"chat": chat, "message": text, "client_id": text});
        self.follower.send(chat, Outgoing { fields, answer });
        outcome
    }

    fn asks(&mut self, kind: &str) -> oneshot::Receiver<Outcome> {
        let (answer, outcome) = oneshot::channel();
        self.follower.ask(Ask { kind: kind.to_owned(), fields: json!({}), answer });
        outcome
    }

    /// What was told since it was last asked.
    fn told(&mut self) -> Vec<Update> {
        let said = self.drain();
        assert!(!said.iter().any(|output| matches!(output, Output::Say(_))), "said, and nobody listened: {said:?}");
        std::mem::take(&mut self.told)
    }

    /// The seqs of the events that were told since it was last asked; nothing else was.
    fn seqs(&mut self) -> Vec<u64> {
        let seq = |update| match update {
            Update::Event(event) => event.seq,
            other => panic!("{other:?} instead of an event"),
        };
        self.told().into_iter().map(seq).collect()
    }

    fn cursor(&self, chat: ChatUri) -> Option<u64> {
        self.follower.place.cursor(chat)
    }
}

/// A frame asks for what is missing of this chat after this seq.
#[track_caller]
fn asks_for(frames: &[Value], chat: ChatUri, after: u64) -> Value {
    assert_eq!(frames.len(), 1, "{frames:?}");
    let frame = &frames[0];
    assert_eq!((&frame["type"], &frame["chat"], &frame["after"]), (&json!("sync"), &json!(chat), &json!(after)));
    frame.clone()
}
