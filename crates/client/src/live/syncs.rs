//! The chats whose missing events are asked for: one request for each at a time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use crate::ChatUri;

/// The server answers eight requests at once; this many of them may be for missing events.
const OPEN: usize = 4;

/// What is asked for, and what is to be.
#[derive(Debug, Default)]
pub(super) struct Syncs {
    open: HashSet<ChatUri>,
    wanted: VecDeque<ChatUri>,
    /// What was refused for a while, until then.
    later: HashMap<ChatUri, Duration>,
}

impl Syncs {
    /// Asks for what is missing of this chat, unless that is under way.
    pub(super) fn want(&mut self, chat: ChatUri) {
        if !self.open.contains(&chat) && !self.wanted.contains(&chat) {
            self.later.remove(&chat);
            self.wanted.push_back(chat);
        }
    }

    /// The next chat to ask for; from then on that is under way.
    pub(super) fn next(&mut self) -> Option<ChatUri> {
        if self.open.len() >= OPEN {
            return None;
        }
        let chat = self.wanted.pop_front()?;
        self.open.insert(chat);
        Some(chat)
    }

    /// It is not under way any more.
    pub(super) fn done(&mut self, chat: ChatUri) {
        self.open.remove(&chat);
    }

    /// It is to be asked for, but not before this moment.
    pub(super) fn delay(&mut self, chat: ChatUri, until: Duration) {
        self.later.insert(chat, until);
    }

    /// When the next delay ends.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.later.values().min().copied()
    }

    /// Ends the delays that are over.
    pub(super) fn tick(&mut self, now: Duration) {
        let over: Vec<_> = self.later.extract_if(|_, until| *until <= now).map(|(chat, _)| chat).collect();
        over.into_iter().for_each(|chat| self.want(chat));
    }
}
