//! The log of a chat: every durable change, numbered 1, 2, 3 … without a gap.

use std::fmt;

use time::OffsetDateTime;

use crate::InvalidValue;
use crate::account::UserRef;
use crate::chat_session::{ChatKind, ChatTitle, ChatUri, Member};
use crate::message::{ClientId, Emoji};

/// A place in a chat's log. Events have 1 and up; 0 stands before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Seq(i64);

impl Seq {
    /// Before the first event.
    pub const START: Self = Self(0);
    /// The largest place: JSON readers keep whole numbers up to 2^53 exact (RFC 8259, section 6).
    pub const MAX: i64 = (1 << 53) - 1;

    /// The place with this number.
    ///
    /// # Errors
    /// [`InvalidValue::Range`] outside 0 … 2^53 - 1.
    pub fn new(number: i64) -> Result<Self, InvalidValue> {
        if (0..=Self::MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(InvalidValue::Range { min: 0, max: Self::MAX })
        }
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One durable change of a chat, as it is shown today: a created or edited message has its current text, and names are
/// today's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The chat.
    pub chat: ChatUri,
    /// Its number.
    pub seq: Seq,
    /// When it was stored.
    pub at: OffsetDateTime,
    /// Who did it.
    pub by: UserRef,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen to a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// It was made. Always the event 1, and the first members are in it.
    ChatCreated {
        /// Direct or group.
        kind: ChatKind,
        /// Its title at that time.
        title: Option<ChatTitle>,
        /// Whether it could be joined by its uri at that time.
        joinable: bool,
        /// The first members, the maker first.
        members: Vec<Member>,
    },
    /// Somebody became a member.
    MemberAdded(Member),
    /// Somebody is no longer a member; the role is the one that they had.
    MemberRemoved(Member),
    /// Somebody's role is another from now on.
    MemberRole(Member),
    /// Its settings are others from now on.
    ChatUpdated {
        /// The new title, if that changed; it can be taken away.
        title: Option<Option<ChatTitle>>,
        /// Whether it can be joined by its uri, if that changed.
        joinable: Option<bool>,
    },
    /// It is no more. Always the last event.
    ChatDeleted,
    /// Somebody wrote.
    MessageCreated {
        /// The text; empty once deleted.
        body: String,
        /// The name that the client gave it.
        client_id: Option<ClientId>,
        /// The message that it answers.
        reply_to: Option<Seq>,
    },
    /// A message has another text.
    MessageEdited {
        /// The message.
        target: Seq,
        /// Its text of today; empty once deleted.
        body: String,
    },
    /// A message's text is gone.
    MessageDeleted {
        /// The message.
        target: Seq,
    },
    /// Somebody reacted to a message.
    ReactionAdded {
        /// The message.
        target: Seq,
        /// With what.
        emoji: Emoji,
    },
    /// Somebody took their reaction away.
    ReactionRemoved {
        /// The message.
        target: Seq,
        /// Which.
        emoji: Emoji,
    },
}

impl EventKind {
    /// The message that it changes, if it changes one.
    pub fn target(&self) -> Option<Seq> {
        match self {
            Self::MessageEdited { target, .. }
            | Self::MessageDeleted { target }
            | Self::ReactionAdded { target, .. }
            | Self::ReactionRemoved { target, .. } => Some(*target),
            _ => None,
        }
    }

    /// Its name on the wire and in the store.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::ChatCreated { .. } => "chat.created",
            Self::ChatUpdated { .. } => "chat.updated",
            Self::ChatDeleted => "chat.deleted",
            Self::MemberAdded(_) => "member.added",
            Self::MemberRemoved(_) => "member.removed",
            Self::MemberRole(_) => "member.role",
            Self::MessageCreated { .. } => "message.created",
            Self::MessageEdited { .. } => "message.edited",
            Self::MessageDeleted { .. } => "message.deleted",
            Self::ReactionAdded { .. } => "reaction.added",
            Self::ReactionRemoved { .. } => "reaction.removed",
        }
    }
}

/// A part of a chat's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The events, oldest first, without a gap.
    pub events: Vec<Event>,
    /// The last seq of the chat, read in the same statement or snapshot as the events.
    pub head: Seq,
    /// The first seq that the log still holds: what came before it was pruned.
    pub floor: Seq,
}
