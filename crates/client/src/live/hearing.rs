//! What is heard over the connection: the client rule of `docs/LIVE.md`.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::follower::{Follower, Output, Request, State};
use super::frame::{Behind, Frame, Reply, SyncPage};
use super::{ChatState, DropReason, End, Ready, Status, Update};
use crate::error::Refusal;
use crate::{ChatUri, Error, Event};

/// What was refused for a while and says not for how long.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Errors of a request that pass by themselves.
const PASSING: [&str; 4] = ["rate_limited", "busy", "unavailable", "internal"];

impl Follower {
    /// The server says something.
    pub(super) fn heard(&mut self, text: &str, now: Duration) {
        self.now = now;
        match Frame::read(text) {
            Ok(frame) => self.take(frame),
            Err(_) => return self.end(End::Refused),
        }
        if self.state == State::Live {
            // It says something every `heartbeat`: twice as long without a word, and a little, is too long.
            self.alive_by = Some(now + self.heartbeat.mul_f64(2.4));
        }
        self.pump();
    }

    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Ready(ready) => self.ready(ready),
            Frame::Event(event) => self.event(event),
            Frame::Signal(signal) if self.has_room => self.tell(Update::Signal(signal)),
            Frame::Behind(Behind { chat, head }) => self.behind(chat, head),
            Frame::Gone(chat) => self.gone(chat),
            Frame::Reply(reply) => self.reply(reply),
            Frame::Ping => self.say(&json!({"type": "pong"})),
            Frame::AuthExpiring => self.renew(),
            Frame::Bye(retry_after) => self.retry_after = retry_after,
            Frame::Signal(_) | Frame::Other => {}
        }
    }

    fn ready(&mut self, ready: Ready) {
        (self.attempts, self.is_refused, self.ready_by, self.state) = (0, false, None, State::Live);
        self.heartbeat = Duration::from_secs(ready.heartbeat.into());
        if self.place.epoch().is_some_and(|epoch| epoch != ready.epoch) {
            self.tell(Update::Drop { chat: None, reason: DropReason::Epoch, head: None });
        }
        let behind: Vec<_> = ready.chats.iter().filter(|chat| self.is_behind(chat)).map(|c| (c.chat, c.head)).collect();
        let listed: HashSet<_> = ready.chats.iter().map(|chat| &chat.chat).chain(&ready.gone).copied().collect();
        let gone = ready.gone.clone();
        self.tell(Update::Ready(ready));
        self.tell(Update::Status(Status::Live));
        behind.into_iter().for_each(|(chat, head)| self.behind(chat, head));
        gone.into_iter().for_each(|chat| self.gone(chat));
        // What did not fit into the first frame, and is not listed either.
        let unsaid = |(chat, _): &(ChatUri, u64)| !self.said.contains(chat) && !listed.contains(chat);
        let unsaid: Vec<_> = self.place.cursors().into_iter().filter(unsaid).collect();
        unsaid.into_iter().for_each(|(chat, _)| self.syncs.want(chat));
    }

    /// Whether events of a chat are missing that do not come by themselves.
    fn is_behind(&self, listed: &super::ReadyChat) -> bool {
        let cursor = self.place.cursor(listed.chat);
        let is_unsaid = !self.said.contains(&listed.chat);
        cursor.is_some_and(|seq| listed.state == ChatState::Behind || (is_unsaid && listed.head > seq))
    }

    /// The client rule: an event is applied if it is the next one, and asked for if one is missing before it. One that
    /// there is no room for is as one that did not come.
    fn event(&mut self, event: Event) {
        match self.place.cursor(event.chat) {
            Some(last) if event.seq <= last => {}
            Some(last) if event.seq > last + 1 || !self.has_room => self.syncs.want(event.chat),
            _ => self.tell(Update::Event(event)),
        }
    }

    fn behind(&mut self, chat: ChatUri, head: u64) {
        let missed = self.place.cursor(chat).map(|seq| head.saturating_sub(seq));
        match missed {
            Some(missed) if self.catch_up.is_none_or(|most| missed <= most) => self.syncs.want(chat),
            _ => self.restart(chat, head, DropReason::FarBehind),
        }
    }

    fn gone(&mut self, chat: ChatUri) {
        self.tell(Update::Drop { chat: Some(chat), reason: DropReason::Gone, head: None });
    }

    /// Goes on from the head: what is held of the chat is worth nothing.
    fn restart(&mut self, chat: ChatUri, head: u64, reason: DropReason) {
        self.tell(Update::Drop { chat: Some(chat), reason, head: Some(head) });
        self.syncs.want(chat);
    }

    /// The connection's token is at its end.
    fn renew(&mut self) {
        if self.state == State::Live {
            self.outputs.push_back(Output::Renew);
        }
    }

    fn reply(&mut self, reply: Reply) {
        let id = reply.id.as_deref().and_then(|id| id.parse().ok());
        let Some(request) = id.and_then(|id: u64| self.open.remove(&id)) else { return };
        match (request, reply.outcome()) {
            (Request::Ask(answer), outcome) => drop(answer.send(outcome.map_err(Error::from))),
            (Request::Send(chat), outcome) => self.sent(chat, outcome),
            (Request::Sync(chat), outcome) => self.synced(chat, outcome),
            (Request::Auth, _) => {}
        }
    }

    fn sent(&mut self, chat: ChatUri, outcome: Result<Value, Box<Refusal>>) {
        match outcome {
            Err(refusal) if PASSING.contains(&refusal.code.as_str()) => {
                self.outbox.delay(chat, self.now + refusal.retry_after.unwrap_or(TRY_AGAIN));
            }
            outcome => self.outbox.settle(chat, outcome.map_err(Error::from)),
        }
    }

    fn synced(&mut self, chat: ChatUri, outcome: Result<Value, Box<Refusal>>) {
        self.syncs.done(chat);
        // Meanwhile it may have been left.
        if self.place.cursor(chat).is_none() {
            return;
        }
        let refusal = match outcome {
            Ok(page) => return self.page(chat, page),
            Err(refusal) => refusal,
        };
        let reason = if refusal.code == "log_pruned" { DropReason::LogPruned } else { DropReason::CursorAhead };
        match refusal.head {
            _ if refusal.code == "not_found" => self.gone(chat),
            Some(head) => self.restart(chat, head, reason),
            None => self.syncs.delay(chat, self.now + refusal.retry_after.unwrap_or(TRY_AGAIN)),
        }
    }

    fn page(&mut self, chat: ChatUri, page: Value) {
        let Ok(SyncPage { events, reached }) = serde_json::from_value(page) else { return self.end(End::Refused) };
        // There was room when it was asked for.
        let had_room = std::mem::replace(&mut self.has_room, true);
        events.into_iter().for_each(|event| self.event(event));
        self.has_room = had_room;
        if !reached && self.place.cursor(chat).is_some() {
            self.syncs.want(chat);
        }
    }
}
