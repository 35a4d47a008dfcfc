//! Passwords and tokens.

use async_trait::async_trait;

use crate::account::{InvalidToken, Password, PasswordAttempt, PasswordHash, TokenGrant, TokenKind, Verification};
use crate::{DomainError, ErrorKind};

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HasherError {
    /// The queue of passwords to hash is full.
    #[error("too many passwords are being checked; try again in a moment")]
    Busy,
    /// Hashing failed, or the kept hash does not parse.
    #[error("the password cannot be hashed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl DomainError for HasherError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Busy,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Failed(_) => "internal",
        }
    }
}

/// Hashing passwords, slowly and on purpose.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// What to keep of a password.
    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError>;

    /// Compares an attempt with what was kept. Without anything to compare with, the same work is done, and nothing
    /// matches.
    async fn verify(
        &self,
        attempt: PasswordAttempt,
        against: Option<PasswordHash>,
    ) -> Result<Verification, HasherError>;
}

/// Signing tokens and reading signed ones.
#[cfg_attr(test, mockall::automock)]
pub trait Tokens: Send + Sync + 'static {
    /// The token that says this. The same grant always gives the same text.
    fn sign(&self, kind: TokenKind, grant: &TokenGrant) -> String;

    /// What a token says, if it was signed here and is of this kind. Whether it has ended is not looked at.
    fn verify(&self, kind: TokenKind, token: &str) -> Result<TokenGrant, InvalidToken>;
}
