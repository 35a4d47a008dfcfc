//! Messages before and after they are stored.

use time::OffsetDateTime;

use super::{ClientId, Emoji, MessageBody};
use crate::account::{UserId, UserRef};
use crate::{ChatUri, Seq};

/// A message as the log shows it today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number in the chat's log.
    pub seq: Seq,
    /// Who wrote it.
    pub author: UserRef,
    /// The text; empty once deleted.
    pub body: String,
    /// The name that its client gave it.
    pub client_id: Option<ClientId>,
    /// The message of the same chat that it answers.
    pub reply_to: Option<Seq>,
    /// What people reacted with, the emoji that has stood longest first; none once deleted.
    pub reactions: Vec<Reaction>,
    /// When it was stored.
    pub created_at: OffsetDateTime,
    /// When its text was last changed.
    pub edited_at: Option<OffsetDateTime>,
    /// Whether its text is gone.
    pub deleted: bool,
}

/// One emoji under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// Who reacted with it, in the order of doing so; at least one.
    pub users: Vec<UserId>,
}

impl Message {
    /// How many different emoji there can be under a message.
    pub const MAX_REACTIONS: usize = 20;

    /// Whether this user reacted with this emoji.
    pub fn has_reaction(&self, emoji: &Emoji, user: UserId) -> bool {
        self.reactions.iter().any(|reaction| reaction.emoji == *emoji && reaction.users.contains(&user))
    }

    /// Adds a reaction that is later than all others.
    pub fn add_reaction(&mut self, emoji: Emoji, user: UserId) {
        match self.reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
            Some(reaction) => reaction.users.push(user),
            None => self.reactions.push(Reaction { emoji, users: vec![user] }),
        }
    }
}

/// What makes a second copy of the same message recognisable. Unique by chat and author.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DedupKey {
    /// The client named the message: the name is shown with it and kept as long as it.
    Client(ClientId),
    /// It did not; drawn at random, so that a store which runs a batch again stores nothing twice. Never shown.
    Random([u8; 16]),
}

/// A message that is about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Into which chat.
    pub chat: ChatUri,
    /// By whom.
    pub author: UserId,
    /// The text.
    pub body: MessageBody,
    /// What tells it from a copy of itself.
    pub key: DedupKey,
    /// Which message it answers.
    pub reply_to: Option<Seq>,
    /// When it is sent.
    pub at: OffsetDateTime,
}

/// A message that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message as the log shows it.
    pub message: Message,
    /// Whether it had been stored before, by an earlier call with the same key.
    pub duplicate: bool,
}

impl NewMessage {
    /// Whether a stored message with this one's key is the same message: same text, same answer. Once it was edited or
    /// deleted, the key alone decides.
    pub fn is_repeated_by(&self, stored: &Message) -> bool {
        stored.deleted
            || stored.edited_at.is_some()
            || (stored.body == self.body.as_str() && stored.reply_to == self.reply_to)
    }

    /// The name that the client gave it, if it did.
    pub fn client_id(&self) -> Option<&ClientId> {
        match &self.key {
            DedupKey::Client(id) => Some(id),
            DedupKey::Random(_) => None,
        }
    }
}
