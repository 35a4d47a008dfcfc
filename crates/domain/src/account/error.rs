//! What can go wrong with an account, use case by use case.

use super::{InvalidToken, Taken};
use crate::ports::HasherError;
use crate::{DomainError, ErrorKind, StoreError};

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignupError {
    /// Somebody has the e-mail address, the user name or both.
    #[error("the e-mail address or user name is taken")]
    Taken(Taken),
    /// The password could not be hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// No such account, or another password: the two look the same.
    #[error("no account has this e-mail address and password")]
    InvalidCredentials,
    /// The password is right, and the account is suspended.
    #[error("this account is suspended")]
    Suspended,
    /// The password could not be checked.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a refresh token bought nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The token is not valid.
    #[error(transparent)]
    Token(#[from] InvalidToken),
    /// The token's session has ended.
    #[error("the session of this token has ended")]
    SessionEnded,
    /// The token had been used up before, and its session was ended for it.
    #[error("the token was used before; its session is ended")]
    Reused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an access token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticateError {
    /// The token is not valid.
    #[error(transparent)]
    Token(#[from] InvalidToken),
    /// The token's session has ended.
    #[error("the session of this token has ended")]
    SessionEnded,
}

impl DomainError for SignupError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Taken(_) => ErrorKind::Invalid,
            Self::Hasher(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Taken(_) => "invalid",
            Self::Hasher(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl DomainError for LoginError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidCredentials => ErrorKind::Unauthenticated,
            Self::Suspended => ErrorKind::Forbidden,
            Self::Hasher(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid_credentials",
            Self::Suspended => "account_suspended",
            Self::Hasher(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl DomainError for RefreshError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token(_) | Self::SessionEnded | Self::Reused => ErrorKind::Unauthenticated,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Token(_) | Self::SessionEnded | Self::Reused => "token_not_valid",
            Self::Store(error) => error.code(),
        }
    }
}

impl DomainError for AuthenticateError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unauthenticated
    }

    fn code(&self) -> &'static str {
        "token_not_valid"
    }
}
