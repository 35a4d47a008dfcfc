//! Erasing accounts.

use std::sync::Arc;

use time::Duration;

use super::{Accounts, Caller, ConfirmError, PasswordAttempt, UserId, UserRef, Username};
use crate::chat_session::{ChangeChatError, ChatSessions};
use crate::ports::ErasureRepository;
use crate::{DomainError, ErrorKind, StoreError};

/// For how long the address and the name of an erased account stay taken: so long nobody else appears in its place.
pub const HELD_AFTER_ERASURE: Duration = Duration::days(30);

/// What came of erasing an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasing {
    /// It is nobody's any more.
    Erased,
    /// It is still in a group, and stays as it was.
    InGroup,
}

impl UserRef {
    /// How every erased account appears.
    pub fn deleted() -> Self {
        Self { id: UserId::DELETED, username: Username::stored(Username::DELETED) }
    }
}

/// Why an account was not erased.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EraseError {
    /// The caller did not prove that it is theirs.
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    /// A group could not be left.
    #[error(transparent)]
    Leave(#[from] ChangeChatError),
    /// Others put the account into groups as fast as it left them.
    #[error("others are adding you to groups right now")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DomainError for EraseError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Confirm(error) => error.kind(),
            Self::Leave(error) => error.kind(),
            Self::Busy => ErrorKind::Busy,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Confirm(error) => error.code(),
            Self::Leave(error) => error.code(),
            Self::Busy => "busy",
            Self::Store(error) => error.code(),
        }
    }
}

/// The end of an account.
#[derive(Clone)]
pub struct Erasure {
    accounts: Accounts,
    chats: ChatSessions,
    erasures: Arc<dyn ErasureRepository>,
}

impl Erasure {
    /// How often what others do meanwhile is caught up with.
    const ATTEMPTS: u32 = 8;

    /// The accounts and chats of these services, and what ends an account.
    pub fn new(accounts: Accounts, chats: ChatSessions, erasures: Arc<dyn ErasureRepository>) -> Self {
        Self { accounts, chats, erasures }
    }

    /// Erases the caller's account: they leave all their groups, handing over what they own, then the account is nobody's,
    /// and its sessions have ended. See [`ErasureRepository::erase`] for what stays.
    ///
    /// # Errors
    /// [`EraseError`]. The account is as it was then, but for the groups that it has left; the call can be repeated.
    pub async fn erase(&self, caller: Caller, password: PasswordAttempt) -> Result<(), EraseError> {
        self.accounts.confirm(caller.user, password).await?;
        for _ in 0..Self::ATTEMPTS {
            self.chats.leave_groups(caller.user).await?;
            if self.erasures.erase(caller.user).await? == Erasing::Erased {
                self.accounts.note_ended(&[caller.session]);
                return Ok(());
            }
        }
        Err(EraseError::Busy)
    }
}
