//! Who may sign up, and the codes that let people in where not everybody may.

use std::num::NonZeroU32;
use std::sync::Arc;

use time::Duration;

use super::{Accounts, Device, NewUser, SignedIn, Signup, SignupError, Taken};
use crate::hex_id::hex_id;
use crate::ports::{Clock, PasswordHasher, RegistrationRepository, UserRepository};
use crate::{DomainError, ErrorKind, StoreError};

hex_id! {
    /// A code that lets somebody sign up. An invite to a group is another thing.
    RegistrationCode
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RegistrationMode {
    /// Everybody.
    #[default]
    Open,
    /// Whoever has a code.
    ByCode,
    /// Nobody.
    Closed,
}

/// A code that is about to be given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRegistrationCode {
    /// The code.
    pub code: RegistrationCode,
    /// How many accounts it is good for.
    pub uses: NonZeroU32,
    /// For how long it is good.
    pub lifetime: Duration,
}

/// Why a store did not make an account by a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationRefused {
    /// The code is unknown, used up or expired.
    InvalidCode,
    /// Somebody has the e-mail address, the user name or both.
    Taken(Taken),
}

/// Why somebody could not sign up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// Nobody may.
    #[error("this server takes no new accounts")]
    Closed,
    /// There is no code, or it is unknown, used up or expired.
    #[error("this invitation is not valid")]
    InvalidCode,
    /// The account was not made.
    #[error(transparent)]
    Signup(#[from] SignupError),
}

impl From<StoreError> for RegisterError {
    fn from(error: StoreError) -> Self {
        Self::Signup(error.into())
    }
}

impl DomainError for RegisterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Closed => ErrorKind::Forbidden,
            Self::InvalidCode => ErrorKind::Invalid,
            Self::Signup(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Closed => "registration_closed",
            Self::InvalidCode => "invalid",
            Self::Signup(error) => error.code(),
        }
    }
}

/// The door to the accounts, as wide open as it was set.
#[derive(Clone)]
pub struct Registration {
    accounts: Accounts,
    codes: Arc<dyn RegistrationRepository>,
    mode: RegistrationMode,
}

impl Registration {
    /// The door to these accounts.
    pub fn new(accounts: Accounts, codes: Arc<dyn RegistrationRepository>, mode: RegistrationMode) -> Self {
        Self { accounts, codes, mode }
    }

    /// Who may sign up.
    pub fn mode(&self) -> RegistrationMode {
        self.mode
    }

    /// Makes an account and signs it in, if that is open to whoever calls. Where a code is asked for, it is used up by
    /// the account that it made, and by nothing else; elsewhere it counts for nothing.
    ///
    /// # Errors
    /// [`RegisterError`]; no account exists then that did not exist before.
    pub async fn sign_up(
        &self,
        signup: Signup,
        code: Option<RegistrationCode>,
        device: Device,
    ) -> Result<SignedIn, RegisterError> {
        match self.mode {
            RegistrationMode::Open => Ok(self.accounts.sign_up(signup, device).await?),
            RegistrationMode::ByCode => self.sign_up_by(code.ok_or(RegisterError::InvalidCode)?, signup, device).await,
            RegistrationMode::Closed => Err(RegisterError::Closed),
        }
    }

    /// The code is looked at before the names: whoever has none does not learn who is here, and costs no hash.
    async fn sign_up_by(
        &self,
        code: RegistrationCode,
        signup: Signup,
        device: Device,
    ) -> Result<SignedIn, RegisterError> {
        if !self.codes.is_good(code).await? {
            return Err(RegisterError::InvalidCode);
        }
        let user = self.accounts.new_user(signup).await?;
        let session = self.accounts.new_session(device, user.created_at);
        match self.codes.create_with_code(code, user, session.clone()).await? {
            Ok(user) => Ok(self.accounts.signed_in(user, &session)),
            Err(RegistrationRefused::InvalidCode) => Err(RegisterError::InvalidCode),
            Err(RegistrationRefused::Taken(taken)) => Err(SignupError::Taken(taken).into()),
        }
    }
}

/// The account that a signup asks for, with its password hashed; refused early where its names are taken already, since a
/// hash costs a quarter of a second. The store decides once more when it inserts.
pub(super) async fn new_user(
    users: &dyn UserRepository,
    hasher: &dyn PasswordHasher,
    clock: &dyn Clock,
    signup: Signup,
) -> Result<NewUser, SignupError> {
    let Signup { email, username, password } = signup;
    let taken = users.find_taken(email.clone(), username.clone()).await?;
    if taken.any() {
        return Err(SignupError::Taken(taken));
    }
    let password = hasher.hash(password).await?;
    Ok(NewUser { email, username, password, created_at: clock.now() })
}

impl Accounts {
    pub(super) async fn new_user(&self, signup: Signup) -> Result<NewUser, SignupError> {
        new_user(&*self.ports.users, &*self.ports.hasher, &*self.ports.clock, signup).await
    }
}
