//! What live delivery is made of: the life of the database, snapshots of memberships, announcements and signals.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::account::{UserId, UserRef};
use crate::chat_session::{ChatUri, ReadState};
use crate::{Event, InvalidValue, Seq};

/// The name of one life of the database.
///
/// A database that lost what it had acknowledged (a standby that was promoted too early, a backup that was restored)
/// begins a new life: seqs are given a second time then, and a cursor of an earlier life means nothing.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(Arc<str>);

impl Epoch {
    /// How long a name may be.
    pub const MAX_CHARS: usize = 64;

    /// The life with this name: ASCII letters, digits and hyphens.
    ///
    /// # Errors
    /// [`InvalidValue::Hex`] for any other text, and for an empty or too long one.
    pub fn new(name: &str) -> Result<Self, InvalidValue> {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if plain && (1..=Self::MAX_CHARS).contains(&name.len()) {
            Ok(Self(name.into()))
        } else {
            Err(InvalidValue::Hex)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch({})", self.0)
    }
}

/// What a database said at one moment of one life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot<T> {
    /// The life that it said it in.
    pub epoch: Epoch,
    /// What it said.
    pub value: T,
}

impl<T> Deref for Snapshot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Somebody's place in a chat, and where the chat's log stood when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The chat.
    pub chat: ChatUri,
    /// The last seq of its log.
    pub head: Seq,
    /// The first seq that its log still holds.
    pub floor: Seq,
    /// How many members it has.
    pub member_count: u32,
    /// The event that made them a member.
    pub joined: Seq,
    /// How far they have read.
    pub read_state: ReadState,
}

/// Events of one chat that were just stored, in seq order and without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The life of the database that they were stored in.
    pub epoch: Epoch,
    /// The chat.
    pub chat: ChatUri,
    /// The events; at least one.
    pub events: Vec<Arc<Event>>,
}

/// Something that is true for a moment: never stored, never repeated, and dropped before anything else is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Who it is about.
    pub by: UserRef,
    /// What it says.
    pub kind: SignalKind,
}

/// What a signal can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignalKind {
    /// They write, or have stopped.
    Typing {
        /// Where.
        chat: ChatUri,
        /// Whether they write.
        on: bool,
    },
    /// They have read up to here.
    Read {
        /// Where.
        chat: ChatUri,
        /// Up to which event.
        seq: Seq,
    },
    /// They came, or have been gone for a while.
    Presence {
        /// Whether they are here.
        online: bool,
        /// Those of their chats whose members may know it.
        chats: Vec<ChatUri>,
        /// The only one who is told: somebody who came later, and would not know.
        to: Option<UserId>,
    },
}

/// What a node wants to hear of from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// All that happens in a chat.
    Chat(ChatUri),
    /// That somebody was put into a chat, or taken out of one.
    User(UserId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_has_a_plain_name() {
        assert_eq!(Epoch::new("4fa0-17").map(|epoch| epoch.to_string()), Ok("4fa0-17".to_owned()));
        for bad in ["", "a.b", "a b", "*", &"x".repeat(65)] {
            assert!(Epoch::new(bad).is_err(), "{bad}");
        }
    }
}
