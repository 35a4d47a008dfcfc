//! What people see and change of their own accounts, and what others see of them.

use super::{
    Accounts, Caller, ConfirmError, DisplayName, Email, Password, PasswordAttempt, RunningSession, SessionCursor,
    SessionId, Taken, User, UserCard, UserId, Username,
};
use crate::{DomainError, ErrorKind, Page, StoreError};

impl Accounts {
    /// The running sessions of the caller, latest use first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_sessions(
        &self,
        caller: Caller,
        after: Option<SessionCursor>,
        limit: u32,
    ) -> Result<Page<RunningSession>, StoreError> {
        self.ports.sessions.list_running(caller.user, after, limit).await
    }

    /// Ends a running session of the caller, which may be the one that they call in; whether it was one.
    ///
    /// # Errors
    /// [`StoreError`]; the session goes on then.
    pub async fn end_session(&self, caller: Caller, session: SessionId) -> Result<bool, StoreError> {
        let was_running = self.ports.sessions.end_running(caller.user, session).await?;
        if was_running {
            self.note_ended(&[session]);
        }
        Ok(was_running)
    }

    /// Ends all sessions of the caller but the one that they call in.
    ///
    /// # Errors
    /// [`StoreError`]; the sessions go on then.
    pub async fn end_other_sessions(&self, caller: Caller) -> Result<(), StoreError> {
        let ended = self.ports.sessions.end_others(caller.user, caller.session).await?;
        self.note_ended(&ended);
        Ok(())
    }

    /// A user as everybody may see them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_card(&self, user: UserId) -> Result<Option<UserCard>, StoreError> {
        Ok(self.ports.users.find(user).await?.map(UserCard::from))
    }
}

/// What is to be another than before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// The name to be shown by; `Some(None)` takes it away.
    pub display_name: Option<Option<DisplayName>>,
    /// The address.
    pub email: Option<Email>,
    /// The user name.
    pub username: Option<Username>,
}

impl ProfileChange {
    /// Whether the password is asked for: whoever found an open window must not be able to take the account over.
    pub fn needs_password(&self) -> bool {
        self.email.is_some() || self.username.is_some()
    }
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeAccountError {
    /// The caller did not prove that it is theirs.
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    /// Somebody else has the e-mail address, the user name or both.
    #[error("the e-mail address or user name is taken")]
    Taken(Taken),
    /// The account is gone.
    #[error("the account is gone")]
    NoAccount,
    /// The password was changed as fast as it was checked.
    #[error("the password is being changed elsewhere right now")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DomainError for ChangeAccountError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Confirm(error) => error.kind(),
            Self::Taken(_) => ErrorKind::Invalid,
            Self::NoAccount => ErrorKind::Unauthenticated,
            Self::Busy => ErrorKind::Busy,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Confirm(error) => error.code(),
            Self::Taken(_) => "invalid",
            Self::NoAccount => "token_not_valid",
            Self::Busy => "busy",
            Self::Store(error) => error.code(),
        }
    }
}

impl Accounts {
    /// How often a password is checked once more that was changed while it was checked.
    pub(super) const ATTEMPTS: u32 = 4;

    /// Changes the caller's address, name or display name, and returns the account as it is then. An address and a user
    /// name are changed only with the password.
    ///
    /// # Errors
    /// [`ChangeAccountError`]; nothing changed then.
    pub async fn change_profile(
        &self,
        caller: Caller,
        change: ProfileChange,
        password: Option<PasswordAttempt>,
    ) -> Result<User, ChangeAccountError> {
        if change.needs_password() {
            let password = password.ok_or(ConfirmError::WrongPassword)?;
            self.confirm(caller.user, password).await?;
        }
        let changed = self.ports.users.change_profile(caller.user, change).await?;
        changed.ok_or(ChangeAccountError::NoAccount)?.map_err(ChangeAccountError::Taken)
    }

    /// Changes the caller's password. All their sessions end but the one that they call in.
    ///
    /// # Errors
    /// [`ChangeAccountError`]; nothing changed then.
    pub async fn change_password(
        &self,
        caller: Caller,
        password: PasswordAttempt,
        new: Password,
    ) -> Result<(), ChangeAccountError> {
        for _ in 0..Self::ATTEMPTS {
            let old = self.confirm(caller.user, password.clone()).await?;
            let hash = self.ports.hasher.hash(new.clone()).await.map_err(ConfirmError::Hasher)?;
            let changed = self.ports.users.change_password(caller.user, old, hash, caller.session).await?;
            if let Some(ended) = changed {
                self.note_ended(&ended);
                return Ok(());
            }
        }
        Err(ChangeAccountError::Busy)
    }
}
