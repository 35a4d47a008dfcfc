//! Messages that are not acknowledged yet: in order for each chat, one of each under way.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use super::follower::Answer;
use crate::{ChatUri, Error};

/// The messages that are to be sent.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    chats: HashMap<ChatUri, VecDeque<Outgoing>>,
    /// Whose first message may be said now, in this order: no chat waits for another.
    due: VecDeque<ChatUri>,
    /// Whose first message was refused for a while, until then.
    later: HashMap<ChatUri, Duration>,
}

/// A message, and who waits for it to be stored.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) fields: Value,
    pub(super) answer: Answer,
}

impl Outbox {
    pub(super) fn push(&mut self, chat: ChatUri, message: Outgoing) {
        let queue = self.chats.entry(chat).or_default();
        if queue.is_empty() {
            self.due.push_back(chat);
        }
        queue.push_back(message);
    }

    /// The next message to be said; from then on it is under way.
    pub(super) fn next(&mut self) -> Option<(ChatUri, Value)> {
        let chat = self.due.pop_front()?;
        let message = self.chats.get(&chat)?.front()?;
        Some((chat, message.fields.clone()))
    }

    /// The message of this chat that was under way is stored, or refused for good.
    pub(super) fn settle(&mut self, chat: ChatUri, outcome: Result<Value, Error>) {
        let Some(queue) = self.chats.get_mut(&chat) else { return };
        if let Some(message) = queue.pop_front() {
            let _ = message.answer.send(outcome);
        }
        if queue.is_empty() {
            self.chats.remove(&chat);
        } else {
            self.due.push_back(chat);
        }
    }

    /// The message of this chat that was under way is to be said again, but not before this moment.
    pub(super) fn delay(&mut self, chat: ChatUri, until: Duration) {
        self.later.insert(chat, until);
    }

    /// When the next delay ends.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.later.values().min().copied()
    }

    /// Ends the delays that are over.
    pub(super) fn tick(&mut self, now: Duration) {
        let over = self.later.extract_if(|_, until| *until <= now).map(|(chat, _)| chat);
        self.due.extend(over);
    }

    /// Nothing is under way any more: the connection is another.
    pub(super) fn restart(&mut self) {
        self.later.clear();
        self.due = self.chats.keys().copied().collect();
    }

    /// Nothing is sent any more.
    pub(super) fn end(&mut self) {
        for message in self.chats.drain().flat_map(|(_, queue)| queue) {
            let _ = message.answer.send(Err(Error::Ended));
        }
    }
}
