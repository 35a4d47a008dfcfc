//! Accounts: who somebody is, how they prove it, and the login sessions in which they do.

mod administration;
mod confirm;
mod display_name;
mod email;
mod ended;
mod erasure;
mod error;
mod password;
mod profile;
mod registration;
mod service;
mod session;
mod standing;
mod user;
mod username;

pub use administration::{Administration, AdministrationError, AdministrationPorts};
pub use confirm::ConfirmError;
pub use display_name::DisplayName;
pub use email::Email;
pub use ended::EndedSessions;
pub use erasure::{EraseError, Erasing, Erasure, HELD_AFTER_ERASURE};
pub use error::{AuthenticateError, LoginError, RefreshError, SignupError};
pub use password::{Password, PasswordAttempt, PasswordHash, Verification};
pub use profile::{ChangeAccountError, ProfileChange};
pub use registration::{
    NewRegistrationCode, RegisterError, Registration, RegistrationCode, RegistrationMode, RegistrationRefused,
};
pub use service::{AccountPorts, Accounts, SignedIn, Signup, TokenLifetimes, TokenPair};
pub use session::{
    AccessToken, Caller, Device, InvalidToken, NewSession, RefreshToken, Rotation, RunningSession, SessionCursor,
    SessionId, TokenGrant, TokenId, TokenKind,
};
pub use standing::{AccountName, AccountState, Opening};
pub use user::{Credentials, DirectoryQuery, NewUser, Taken, User, UserCard, UserId, UserRef};
pub use username::{Username, UsernameKey};
