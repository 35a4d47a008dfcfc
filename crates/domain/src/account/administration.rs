//! What the operator of a server does past its API.

use std::num::NonZeroU32;
use std::sync::Arc;

use time::Duration;

use super::registration::new_user;
use super::{
    AccountName, AccountState, NewRegistrationCode, Password, RegistrationCode, Signup, SignupError, User, UserId,
};
use crate::chat_session::{Chat, ChatUri};
use crate::ports::{
    AdminRepository, Clock, Entropy, HasherError, PasswordHasher, RegistrationRepository, UserRepository,
};
use crate::{DomainError, ErrorKind, Page, StoreError};

/// What [`Administration`] needs from outside.
#[derive(Clone)]
pub struct AdministrationPorts {
    /// Where accounts are found.
    pub users: Arc<dyn UserRepository>,
    /// What nobody but the operator does with them.
    pub admin: Arc<dyn AdminRepository>,
    /// Where codes are kept.
    pub codes: Arc<dyn RegistrationRepository>,
    /// How passwords are hashed.
    pub hasher: Arc<dyn PasswordHasher>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where random numbers come from.
    pub entropy: Arc<dyn Entropy>,
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdministrationError {
    /// There is no such account.
    #[error("there is no such account")]
    NoAccount,
    /// The password could not be hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DomainError for AdministrationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoAccount => ErrorKind::NotFound,
            Self::Hasher(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoAccount => "not_found",
            Self::Hasher(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// The operator's commands. Whoever can give them may do everything: nobody's right is checked.
#[derive(Clone)]
pub struct Administration {
    ports: AdministrationPorts,
}

impl Administration {
    /// The commands over these ports.
    pub fn new(ports: AdministrationPorts) -> Self {
        Self { ports }
    }

    /// Makes a code that is good for so many accounts and for so long.
    ///
    /// # Errors
    /// [`StoreError`]; there is no code then.
    pub async fn invite(&self, uses: NonZeroU32, lifetime: Duration) -> Result<RegistrationCode, StoreError> {
        let code = RegistrationCode::from_bytes(self.ports.entropy.bytes());
        self.ports.codes.add_code(NewRegistrationCode { code, uses, lifetime }).await?;
        Ok(code)
    }

    /// The accounts that are not erased, by number, from right behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_accounts(&self, after: Option<UserId>, limit: u32) -> Result<Page<AccountState>, StoreError> {
        self.ports.admin.list_accounts(after, limit).await
    }

    /// Makes an account, whoever may sign up; it is not signed in.
    ///
    /// # Errors
    /// [`SignupError`]; no account exists then that did not exist before.
    pub async fn create_account(&self, signup: Signup) -> Result<User, SignupError> {
        let AdministrationPorts { users, hasher, clock, .. } = &self.ports;
        let user = new_user(&**users, &**hasher, &**clock, signup).await?;
        self.ports.admin.create_account(user).await?.map_err(SignupError::Taken)
    }

    /// Suspends an account: nobody logs in to it, and its sessions have ended. What it wrote stays, and it stays in its
    /// chats.
    ///
    /// # Errors
    /// [`AdministrationError`]; the account is as it was then.
    pub async fn suspend(&self, account: AccountName) -> Result<(), AdministrationError> {
        let user = self.find(account).await?;
        found(self.ports.admin.suspend(user).await?)
    }

    /// Takes a suspension back. Who has the account logs in anew.
    ///
    /// # Errors
    /// [`AdministrationError`]; the account is as it was then.
    pub async fn unsuspend(&self, account: AccountName) -> Result<(), AdministrationError> {
        let user = self.find(account).await?;
        found(self.ports.admin.unsuspend(user).await?)
    }

    /// Gives an account a new password, and ends all its sessions.
    ///
    /// # Errors
    /// [`AdministrationError`]; the account is as it was then.
    pub async fn reset_password(&self, account: AccountName, password: Password) -> Result<(), AdministrationError> {
        let user = self.find(account).await?;
        let hash = self.ports.hasher.hash(password).await?;
        found(self.ports.admin.reset_password(user, hash).await?)
    }

    /// The chats that have members, by uri, from right behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_chats(&self, after: Option<ChatUri>, limit: u32) -> Result<Page<Chat>, StoreError> {
        self.ports.admin.list_chats(after, limit).await
    }

    async fn find(&self, account: AccountName) -> Result<UserId, AdministrationError> {
        match account {
            AccountName::Id(user) => Ok(user),
            AccountName::Email(email) => {
                let known = self.ports.users.find_credentials(email).await?;
                known.map(|known| known.user.id).ok_or(AdministrationError::NoAccount)
            }
        }
    }
}

fn found(is_there: bool) -> Result<(), AdministrationError> {
    if is_there { Ok(()) } else { Err(AdministrationError::NoAccount) }
}
