//! Login sessions and the tokens that stand for them.

use std::fmt;

use time::OffsetDateTime;

use super::UserId;
use crate::hex_id::hex_id;

hex_id! {
    /// A login session: one device that somebody signed in from.
    SessionId
}
hex_id! {
    /// One token's own number (`jti`, RFC 7519, section 4.1.7).
    TokenId
}

/// The signed text that a client sends with every call.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

/// The signed text that a client exchanges for new tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(String);

macro_rules! token {
    ($($name:ident),*) => {$(
        impl $name {
            /// Wraps a signed token.
            pub fn new(text: String) -> Self {
                Self(text)
            }

            /// The token in clear.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )*};
}
token!(AccessToken, RefreshToken);

/// What a token is good for. One can never stand in for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Proves who calls.
    Access,
    /// Buys the next pair of tokens.
    Refresh,
}

/// What a token says. Times are whole seconds (RFC 7519, section 2, `NumericDate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenGrant {
    /// Who it was given to.
    pub user: UserId,
    /// In which login session.
    pub session: SessionId,
    /// Its own number.
    pub id: TokenId,
    /// When it was given.
    pub issued_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// Not a token of this server, or of the wrong kind.
    #[error("the token is not one of this server's")]
    Malformed,
    /// It has ended.
    #[error("the token has expired")]
    Expired,
}

/// Who calls, and in which login session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// In which login session.
    pub session: SessionId,
}

/// What a client tells of itself when it signs in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// Its `User-Agent`, at most [`Self::MAX_USER_AGENT_CHARS`] characters of it.
    pub user_agent: Option<String>,
    /// The network address that it called from.
    pub address: Option<String>,
}

impl Device {
    /// How much of a `User-Agent` is kept, in characters.
    pub const MAX_USER_AGENT_CHARS: usize = 255;
}

/// A login session that is about to begin, with the first refresh token that it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its name.
    pub id: SessionId,
    /// The device.
    pub device: Device,
    /// When it begins.
    pub created_at: OffsetDateTime,
    /// The first refresh token's number.
    pub token: TokenId,
    /// When that token was given.
    pub issued_at: OffsetDateTime,
    /// When that token ends.
    pub expires_at: OffsetDateTime,
}

/// A login session that goes on: it was not ended, and its refresh token has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningSession {
    /// Its name.
    pub id: SessionId,
    /// The device, as it was at the sign-in.
    pub device: Device,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it last got new tokens; when it began, if it never did.
    pub last_used_at: OffsetDateTime,
}

/// A place in the list of somebody's sessions, which is ordered by latest use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCursor {
    /// The use of the session at that place.
    pub last_used_at: OffsetDateTime,
    /// The session, for those that were used at the same time.
    pub id: SessionId,
}

/// What came of presenting a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It was the current one: the offered successor took its place.
    Rotated,
    /// It was the predecessor, presented again within the grace time and before its successor was ever used: the
    /// successor that it had been exchanged for stands.
    Repeated(TokenGrant),
    /// It had been used up before: somebody else may hold it, so the whole session ended.
    Reused,
    /// There is no such session, or it has ended.
    NoSession,
}
