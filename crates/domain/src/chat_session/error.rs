//! What can go wrong with a chat, use case by use case.

use super::{ChangeRefused, InviteRefused};
use crate::error::refused_or_failed;
use crate::{DomainError, ErrorKind, StoreError};

/// Why a chat was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenChatError {
    /// Nobody has the name given as the other of a direct chat.
    #[error("nobody has this username")]
    UnknownUser,
    /// Nobody has these names, given as members of a group.
    #[error("nobody has the username {0:?}")]
    UnknownMembers(Vec<String>),
    /// A direct chat was asked for, together with what only groups have.
    #[error("a direct chat has no title, no further members and cannot be joined")]
    DirectChatTakesNoSettings,
    /// The name belongs, or once belonged, to somebody else's chat.
    #[error("this uri is taken")]
    UriTaken,
    /// One of the pair has blocked the other.
    #[error("one of you has blocked the other")]
    Blocked,
    /// More members than a group may have.
    #[error("a chat can have at most {max} members")]
    TooManyMembers {
        /// The most members.
        max: u32,
    },
    /// The chat was opened, and the caller removed from it before it could be read.
    #[error("there is no such chat")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a chat was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeChatError {
    /// The rules do not allow it.
    #[error(transparent)]
    Refused(#[from] ChangeRefused),
    /// Nobody has the name of the user to be added.
    #[error("nobody has this username")]
    UnknownUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

refused_or_failed! {
    /// Why an invite was not made, shown or withdrawn.
    InviteError(InviteRefused)
}

impl DomainError for OpenChatError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownUser
            | Self::UnknownMembers(_)
            | Self::DirectChatTakesNoSettings
            | Self::TooManyMembers { .. } => ErrorKind::Invalid,
            Self::UriTaken => ErrorKind::Conflict,
            Self::Blocked => ErrorKind::Forbidden,
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownUser
            | Self::UnknownMembers(_)
            | Self::DirectChatTakesNoSettings
            | Self::TooManyMembers { .. } => "invalid",
            Self::UriTaken => "uri_taken",
            Self::Blocked => "blocked",
            Self::NotFound => "not_found",
            Self::Store(error) => error.code(),
        }
    }
}

impl DomainError for ChangeChatError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refused) => refused.kind(),
            Self::UnknownUser => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.code(),
            Self::UnknownUser => "invalid",
            Self::Store(error) => error.code(),
        }
    }
}
