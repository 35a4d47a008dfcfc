//! Asking for the password once more, before what cannot be taken back.

use super::{Accounts, PasswordAttempt, PasswordHash, UserId};
use crate::ports::HasherError;
use crate::{DomainError, ErrorKind, StoreError};

/// Why somebody is not taken for the owner of the account that they are signed in to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// It is another password, or the account is gone.
    #[error("this is not the account's password")]
    WrongPassword,
    /// The password could not be checked.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DomainError for ConfirmError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::WrongPassword => ErrorKind::Forbidden,
            Self::Hasher(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::Hasher(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl Accounts {
    /// Checks that this is the password of the account. Returns what was kept of it when it was checked.
    pub(super) async fn confirm(&self, user: UserId, attempt: PasswordAttempt) -> Result<PasswordHash, ConfirmError> {
        let kept = self.ports.users.find_password(user).await?.ok_or(ConfirmError::WrongPassword)?;
        let verified = self.ports.hasher.verify(attempt, Some(kept.clone())).await?;
        if verified.matches { Ok(kept) } else { Err(ConfirmError::WrongPassword) }
    }
}
