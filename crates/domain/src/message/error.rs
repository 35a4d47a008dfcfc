//! What can go wrong with a message.

use super::ChangeMessageRefused;
use crate::error::refused_or_failed;
use crate::{DomainError, ErrorKind};

/// Why a message was not stored. Decided in the transaction that would have stored it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendRefused {
    /// There is no such chat, or the author is not in it.
    #[error("there is no such chat")]
    NotFound,
    /// The author gave the same name to another message of this chat.
    #[error("this client_id names another message")]
    ClientIdReused,
    /// One of the direct chat's two has blocked the other.
    #[error("one of you has blocked the other")]
    Blocked,
    /// There is no such message in this chat to answer.
    #[error("there is no such message to reply to")]
    NoSuchReplyTarget,
}

impl DomainError for SendRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::ClientIdReused => ErrorKind::Conflict,
            Self::Blocked => ErrorKind::Forbidden,
            Self::NoSuchReplyTarget => ErrorKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::ClientIdReused => "client_id_reused",
            Self::Blocked => "blocked",
            Self::NoSuchReplyTarget => "invalid",
        }
    }
}

refused_or_failed! {
    /// Why a message was not sent.
    SendError(SendRefused)
}

refused_or_failed! {
    /// Why a message was not changed.
    ChangeMessageError(ChangeMessageRefused)
}
