//! The rule of who may change a message, as a function of what the store sees under the chat's lock.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

use super::{Emoji, Message, MessageBody};
use crate::account::UserId;
use crate::chat_session::{Action, ChatKind, Role};
use crate::{ChatUri, DomainError, ErrorKind, Seq};

/// A wish to change a message that is stored.
#[derive(Debug, Clone)]
pub struct ChangeMessage {
    /// In which chat.
    pub chat: ChatUri,
    /// Which message.
    pub target: Seq,
    /// Who wishes it.
    pub by: UserId,
    /// What.
    pub command: MessageCommand,
    /// What must hold of the message at that moment.
    pub condition: Option<MessageCondition>,
    /// When.
    pub at: OffsetDateTime,
}

/// What can be wished of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageCommand {
    /// To give it this text.
    Edit(MessageBody),
    /// To take its text away.
    Delete,
    /// To put an emoji under it.
    React(Emoji),
    /// To take one's own emoji away.
    Unreact(Emoji),
}

/// A question about a message, asked under the chat's lock: nothing comes between its answer and the change.
#[derive(Clone)]
pub struct MessageCondition(Arc<dyn Fn(&Message) -> bool + Send + Sync>);

impl MessageCondition {
    /// The condition that this says yes.
    pub fn new(holds: impl Fn(&Message) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(holds))
    }

    /// Whether it holds of the message.
    pub fn holds(&self, message: &Message) -> bool {
        (self.0)(message)
    }
}

impl fmt::Debug for MessageCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageCondition")
    }
}

/// What the decision needs to know, read under the chat's lock in the transaction that acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageContext {
    /// The chat's kind.
    pub kind: ChatKind,
    /// The caller's role; none for outsiders.
    pub caller: Option<Role>,
    /// Whether it is the direct chat of two of whom one has blocked the other.
    pub blocked: bool,
    /// The message, if the chat has one of this seq.
    pub message: Option<Message>,
}

/// One change of a message: one event of the chat's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageChange {
    /// It has another text.
    Edited(MessageBody),
    /// Its text is gone, and what people reacted with.
    Deleted,
    /// The caller reacted.
    Reacted(Emoji),
    /// The caller's reaction is gone.
    Unreacted(Emoji),
}

/// A message after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedMessage {
    /// The message as the log shows it now.
    pub message: Message,
    /// The event that tells of the change; none, when all was as wished already.
    pub event: Option<Seq>,
}

/// Why a message was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeMessageRefused {
    /// There is no such chat, the caller is not in it, or it has no such message.
    #[error("there is no such message")]
    NotFound,
    /// It is somebody else's, and the caller's role does not make up for that.
    #[error("this message is somebody else's")]
    NotAllowed,
    /// One of the direct chat's two has blocked the other: what is new is not for either; what one wrote can be taken away.
    #[error("one of you has blocked the other")]
    Blocked,
    /// Its text is gone: there is nothing to edit or to react to any more.
    #[error("this message was deleted")]
    Deleted,
    /// There are as many different emoji under it as there can be.
    #[error("this message has {} different reactions already", Message::MAX_REACTIONS)]
    TooManyReactions,
    /// The caller's condition does not hold.
    #[error("this message has changed since you read it")]
    ConditionFailed,
}

impl DomainError for ChangeMessageRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::NotAllowed | Self::Blocked => ErrorKind::Forbidden,
            Self::Deleted | Self::TooManyReactions => ErrorKind::Conflict,
            Self::ConditionFailed => ErrorKind::PreconditionFailed,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NotAllowed => "not_allowed",
            Self::Blocked => "blocked",
            Self::Deleted => "message_deleted",
            Self::TooManyReactions => "too_many_reactions",
            Self::ConditionFailed => "precondition_failed",
        }
    }
}

impl ChangeMessage {
    /// What is to be stored; nothing, when all is as wished already. The condition is asked last: whoever may not do it
    /// at all is told that.
    ///
    /// # Errors
    /// [`ChangeMessageRefused`].
    pub fn decide(&self, context: &MessageContext) -> Result<Option<MessageChange>, ChangeMessageRefused> {
        let caller = context.caller.ok_or(ChangeMessageRefused::NotFound)?;
        let message = context.message.as_ref().ok_or(ChangeMessageRefused::NotFound)?;
        let own = message.author.id == self.by;
        match &self.command {
            MessageCommand::Edit(body) => {
                if !own {
                    return Err(ChangeMessageRefused::NotAllowed);
                }
                if context.blocked {
                    return Err(ChangeMessageRefused::Blocked);
                }
                if message.deleted {
                    return Err(ChangeMessageRefused::Deleted);
                }
                self.check_condition(message)?;
                Ok((message.body != body.as_str()).then(|| MessageChange::Edited(body.clone())))
            }
            MessageCommand::Delete => {
                let moderates = context.kind == ChatKind::Group && caller.may(Action::DeleteMessage);
                if !own && !moderates {
                    return Err(ChangeMessageRefused::NotAllowed);
                }
                if message.deleted {
                    return Ok(None);
                }
                self.check_condition(message)?;
                Ok(Some(MessageChange::Deleted))
            }
            MessageCommand::React(emoji) => {
                if context.blocked {
                    return Err(ChangeMessageRefused::Blocked);
                }
                if message.deleted {
                    return Err(ChangeMessageRefused::Deleted);
                }
                if message.has_reaction(emoji, self.by) {
                    return Ok(None);
                }
                let is_new = message.reactions.iter().all(|reaction| reaction.emoji != *emoji);
                if is_new && message.reactions.len() >= Message::MAX_REACTIONS {
                    return Err(ChangeMessageRefused::TooManyReactions);
                }
                self.check_condition(message)?;
                Ok(Some(MessageChange::Reacted(emoji.clone())))
            }
            MessageCommand::Unreact(emoji) => {
                if !message.has_reaction(emoji, self.by) {
                    return Ok(None);
                }
                self.check_condition(message)?;
                Ok(Some(MessageChange::Unreacted(emoji.clone())))
            }
        }
    }

    fn check_condition(&self, message: &Message) -> Result<(), ChangeMessageRefused> {
        let holds = self.condition.as_ref().is_none_or(|condition| condition.holds(message));
        if holds { Ok(()) } else { Err(ChangeMessageRefused::ConditionFailed) }
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
