//! Where a follower is in the logs of its chats.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{DropReason, Update};
use crate::ChatUri;

/// Where a follower is: for each chat the last seq that it has, and the life of the database that these are of.
///
/// Kept beside what was made of the events (it can be serialized) it makes a program go on where it stopped:
/// [`Live::place`](super::Live::place) and [`Parlor::follow`](crate::Parlor::follow).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(into = "Saved", from = "Saved")]
pub struct Place {
    epoch: Option<String>,
    cursors: HashMap<ChatUri, Cursor>,
    /// How many cursors were set so far.
    sets: u64,
    /// Who follows, once that is known.
    me: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Cursor {
    seq: u64,
    set: u64,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    epoch: Option<String>,
    cursors: Vec<(ChatUri, u64)>,
}

impl Place {
    /// A place in these chats, the latest last; 0 is the beginning of a chat.
    pub fn new(epoch: Option<String>, cursors: impl IntoIterator<Item = (ChatUri, u64)>) -> Self {
        let mut place = Self { epoch, ..Self::default() };
        cursors.into_iter().for_each(|(chat, seq)| place.set(chat, seq));
        place
    }

    /// The life of the database, once that is known.
    pub fn epoch(&self) -> Option<&str> {
        self.epoch.as_deref()
    }

    /// The last seq that the follower has of a chat.
    pub fn cursor(&self, chat: ChatUri) -> Option<u64> {
        self.cursors.get(&chat).map(|cursor| cursor.seq)
    }

    /// The same of all chats, the latest last.
    pub fn cursors(&self) -> Vec<(ChatUri, u64)> {
        let mut cursors: Vec<_> = self.cursors.iter().collect();
        cursors.sort_unstable_by_key(|(_, cursor)| cursor.set);
        cursors.into_iter().map(|(chat, cursor)| (*chat, cursor.seq)).collect()
    }

    /// The place after this update: whoever follows, and whoever takes the updates, each goes by it.
    pub(super) fn note(&mut self, update: &Update) {
        match update {
            Update::Event(event) => {
                self.set(event.chat, event.seq);
                // Should the chat come back, its events begin anew.
                if event.is_last_for(self.me) {
                    self.cursors.remove(&event.chat);
                }
            }
            Update::Drop { chat: None, .. } => self.cursors.clear(),
            Update::Drop { chat: Some(chat), reason: DropReason::Gone, .. } => drop(self.cursors.remove(chat)),
            Update::Drop { chat: Some(chat), head, .. } => self.set(*chat, head.unwrap_or(0)),
            Update::Ready(ready) => {
                self.epoch = Some(ready.epoch.clone());
                self.me = Some(ready.user.id);
                for chat in &ready.chats {
                    if self.cursor(chat.chat).is_none() {
                        self.set(chat.chat, chat.head);
                    }
                }
            }
            Update::Signal(_) | Update::Status(_) => {}
        }
    }

    fn set(&mut self, chat: ChatUri, seq: u64) {
        self.sets += 1;
        self.cursors.insert(chat, Cursor { seq, set: self.sets });
    }
}

impl From<Place> for Saved {
    fn from(place: Place) -> Self {
        Self { cursors: place.cursors(), epoch: place.epoch }
    }
}

impl From<Saved> for Place {
    fn from(saved: Saved) -> Self {
        Self::new(saved.epoch, saved.cursors)
    }
}
