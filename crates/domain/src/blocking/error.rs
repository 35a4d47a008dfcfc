//! What can go wrong with a block.

use crate::error::refused_or_failed;
use crate::{DomainError, ErrorKind};

/// Why somebody was not blocked. Decided in the transaction that would have stored the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockRefused {
    /// It would be oneself.
    #[error("you cannot block yourself")]
    Oneself,
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// As many are blocked as can be.
    #[error("you have blocked {} users already", super::Block::MAX_PER_USER)]
    TooMany,
}

impl DomainError for BlockRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Oneself => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::TooMany => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Oneself => "invalid",
            Self::NotFound => "not_found",
            Self::TooMany => "too_many_blocks",
        }
    }
}

refused_or_failed! {
    /// Why somebody was not blocked.
    BlockError(BlockRefused)
}
