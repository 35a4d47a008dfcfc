//! What can go wrong with a message.

use super::ChangeMessageRefused;
use crate::{DomainError, ErrorKind, StoreError};

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

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The rules do not allow it; nothing was stored.
    #[error(transparent)]
    Refused(#[from] SendRefused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DomainError for SendError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(SendRefused::NotFound) => ErrorKind::NotFound,
            Self::Refused(SendRefused::ClientIdReused) => ErrorKind::Conflict,
            Self::Refused(SendRefused::Blocked) => ErrorKind::Forbidden,
            Self::Refused(SendRefused::NoSuchReplyTarget) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(SendRefused::NotFound) => "not_found",
            Self::Refused(SendRefused::ClientIdReused) => "client_id_reused",
            Self::Refused(SendRefused::Blocked) => "blocked",
            Self::Refused(SendRefused::NoSuchReplyTarget) => "invalid",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a message was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeMessageError {
    /// The rules do not allow it; nothing was stored.
    #[error(transparent)]
    Refused(#[from] ChangeMessageRefused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DomainError for ChangeMessageError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refused) => refused.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.code(),
            Self::Store(error) => error.code(),
        }
    }
}
