//! Signing up, in and out.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::{
    AccessToken, AuthenticateError, Caller, Credentials, Device, DirectoryQuery, Email, EndedSessions, LoginError,
    NewSession, Opening, Password, PasswordAttempt, PasswordHash, RefreshError, RefreshToken, Rotation, SessionId,
    SignupError, TokenGrant, TokenId, TokenKind, User, UserCard, UserId, Username,
};
use crate::ports::{Clock, Entropy, PasswordHasher, SessionRepository, Tokens, UserRepository};
use crate::{Page, StoreError};

/// How long tokens live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLifetimes {
    /// An access token.
    pub access: Duration,
    /// A refresh token.
    pub refresh: Duration,
}

impl Default for TokenLifetimes {
    fn default() -> Self {
        Self { access: Duration::minutes(60), refresh: Duration::days(30) }
    }
}

/// What [`Accounts`] needs from outside.
#[derive(Clone)]
pub struct AccountPorts {
    /// Where accounts are kept.
    pub users: Arc<dyn UserRepository>,
    /// Where login sessions are kept.
    pub sessions: Arc<dyn SessionRepository>,
    /// How passwords are hashed.
    pub hasher: Arc<dyn PasswordHasher>,
    /// How tokens are signed.
    pub tokens: Arc<dyn Tokens>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where random numbers come from.
    pub entropy: Arc<dyn Entropy>,
}

/// What somebody signs up with.
#[derive(Debug, Clone)]
pub struct Signup {
    /// The address.
    pub email: Email,
    /// The name.
    pub username: Username,
    /// The password.
    pub password: Password,
}

/// The two tokens that a client holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPair {
    /// Sent with every call.
    pub access: AccessToken,
    /// Exchanged for the next pair.
    pub refresh: RefreshToken,
}

/// Somebody who has just signed up or in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// Their tokens.
    pub tokens: TokenPair,
}

/// The accounts: signing up, in and out, tokens, and the directory.
#[derive(Clone)]
pub struct Accounts {
    pub(super) ports: AccountPorts,
    lifetimes: TokenLifetimes,
    pub(super) ended: Arc<EndedSessions>,
}

impl Accounts {
    /// For how long a refresh token is still taken after it was exchanged, as long as its successor was never used: the
    /// answer may have been lost on its way, and two tabs may renew at once.
    pub const REFRESH_GRACE: Duration = Duration::seconds(30);
    /// How far past its end a token is still taken, for clocks that differ.
    pub const TOKEN_LEEWAY: Duration = Duration::seconds(10);
    /// How far back beyond the last look [`Self::learn_ended_sessions`] reads, for transactions that were still open then.
    const ENDED_OVERLAP: Duration = Duration::seconds(60);

    /// The accounts kept behind these ports.
    pub fn new(ports: AccountPorts, lifetimes: TokenLifetimes) -> Self {
        Self { ports, lifetimes, ended: Arc::default() }
    }

    /// Makes an account and signs it in.
    ///
    /// # Errors
    /// [`SignupError`]; no account exists then that did not exist before.
    pub async fn sign_up(&self, signup: Signup, device: Device) -> Result<SignedIn, SignupError> {
        let user = self.new_user(signup).await?;
        let session = self.new_session(device, user.created_at);
        let user = self.ports.users.create(user, session.clone()).await?.map_err(SignupError::Taken)?;
        Ok(self.signed_in(user, &session))
    }

    /// Signs in. An unknown address takes as long as a wrong password, and only the right one learns of a suspension.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn log_in(
        &self,
        email: &Email,
        attempt: PasswordAttempt,
        device: Device,
    ) -> Result<SignedIn, LoginError> {
        for _ in 0..Self::ATTEMPTS {
            if let Some(signed_in) = self.try_log_in(email, attempt.clone(), device.clone()).await? {
                return Ok(signed_in);
            }
        }
        Err(LoginError::InvalidCredentials)
    }

    /// Signs in; nobody, if the password was changed while it was checked, or what is kept of it was made anew.
    async fn try_log_in(
        &self,
        email: &Email,
        attempt: PasswordAttempt,
        device: Device,
    ) -> Result<Option<SignedIn>, LoginError> {
        let known = self.ports.users.find_credentials(email.clone()).await?;
        let hash = known.as_ref().map(|credentials| credentials.password.clone());
        let verified = self.ports.hasher.verify(attempt.clone(), hash).await?;
        let Some(known) = known.filter(|_| verified.matches) else {
            return Err(LoginError::InvalidCredentials);
        };
        let Credentials { user, password } = known;
        let session = self.new_session(device, self.ports.clock.now());
        match self.ports.sessions.open(user.id, session.clone(), password.clone()).await? {
            Opening::Opened => {}
            Opening::OtherPassword => return Ok(None),
            Opening::Suspended => return Err(LoginError::Suspended),
        }
        if verified.outdated {
            self.renew_hash(user.id, password, attempt).await;
        }
        Ok(Some(self.signed_in(user, &session)))
    }

    /// Takes the work that a login costs for an address that cannot be anybody's, and refuses.
    ///
    /// # Errors
    /// [`LoginError`], always.
    pub async fn refuse_log_in(&self, attempt: PasswordAttempt) -> Result<SignedIn, LoginError> {
        self.ports.hasher.verify(attempt, None).await?;
        Err(LoginError::InvalidCredentials)
    }

    /// Exchanges a refresh token for the next pair.
    ///
    /// The token is used up by this. Its predecessor's holder gets the same successor once more within
    /// [`Self::REFRESH_GRACE`]; any other token that was used up before ends the session.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(&self, token: &str) -> Result<TokenPair, RefreshError> {
        let now = self.ports.clock.now();
        let presented = self.verify(TokenKind::Refresh, token, now)?;
        let offered = self.grant(presented.user, presented.session, now, self.lifetimes.refresh);
        let successor = match self.ports.sessions.rotate(presented, offered, Self::REFRESH_GRACE).await? {
            Rotation::Rotated => offered,
            Rotation::Repeated(successor) => successor,
            Rotation::NoSession => return Err(RefreshError::SessionEnded),
            Rotation::Reused => {
                self.ended.note([presented.session], now);
                return Err(RefreshError::Reused);
            }
        };
        Ok(TokenPair {
            access: self.access_token(presented.user, presented.session, now),
            refresh: RefreshToken::new(self.ports.tokens.sign(TokenKind::Refresh, &successor)),
        })
    }

    /// Ends the caller's session: its tokens are worth nothing from now on.
    ///
    /// # Errors
    /// [`StoreError`]; the session goes on then.
    pub async fn log_out(&self, caller: Caller) -> Result<(), StoreError> {
        self.ports.sessions.end(caller.session).await?;
        self.ended.note([caller.session], self.ports.clock.now());
        Ok(())
    }

    /// Who sends this access token.
    ///
    /// # Errors
    /// [`AuthenticateError`].
    pub fn authenticate(&self, token: &str) -> Result<Caller, AuthenticateError> {
        self.read_access(token).map(|grant| Caller { user: grant.user, session: grant.session })
    }

    /// What this access token says, for a caller who stays: beside who they are, until when.
    ///
    /// # Errors
    /// [`AuthenticateError`].
    pub fn read_access(&self, token: &str) -> Result<TokenGrant, AuthenticateError> {
        let grant = self.verify(TokenKind::Access, token, self.ports.clock.now())?;
        if self.has_ended(grant.session) {
            return Err(AuthenticateError::SessionEnded);
        }
        Ok(grant)
    }

    /// Whether the session is known to have ended.
    pub fn has_ended(&self, session: SessionId) -> bool {
        self.ended.contains(session)
    }

    /// Notes that these sessions have ended, as a store or another node told.
    pub fn note_ended(&self, sessions: &[SessionId]) {
        self.ended.note(sessions.iter().copied(), self.ports.clock.now());
    }

    /// Learns from the store which sessions ended, here or elsewhere, since the time of the `last` look; all that
    /// matters, without one. Returns those that were not known before.
    ///
    /// A node calls this before it takes its first call, and every few seconds from then on.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was learnt then.
    pub async fn learn_ended_sessions(&self, last: Option<OffsetDateTime>) -> Result<Vec<SessionId>, StoreError> {
        let now = self.ports.clock.now();
        let whole = self.lifetimes.access + Self::TOKEN_LEEWAY + Self::ENDED_OVERLAP;
        // A clock that was set back makes `last` lie in the future: then, too, all that matters is read.
        let within = match last {
            Some(last) if last <= now => (now - last + Self::ENDED_OVERLAP).min(whole),
            _ => whole,
        };
        let sessions = self.ports.sessions.list_ended(within).await?;
        self.ended.forget(now - whole);
        Ok(self.ended.note(sessions, now))
    }

    /// The user's own account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self, user: UserId) -> Result<Option<User>, StoreError> {
        self.ports.users.find(user).await
    }

    /// The directory: everybody, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_directory(&self, query: DirectoryQuery) -> Result<Page<UserCard>, StoreError> {
        self.ports.users.list_directory(query).await
    }

    /// Puts a hash of today's kind in the place of an older one. If that fails, the next login tries again: the
    /// password was right, and whoever has it is let in.
    async fn renew_hash(&self, user: UserId, old: PasswordHash, attempt: PasswordAttempt) {
        if let Ok(renewed) = self.ports.hasher.hash(attempt.into_password()).await {
            let _ = self.ports.users.replace_password(user, old, renewed).await;
        }
    }

    fn verify(&self, kind: TokenKind, token: &str, now: OffsetDateTime) -> Result<TokenGrant, super::InvalidToken> {
        let grant = self.ports.tokens.verify(kind, token)?;
        if now >= grant.expires_at + Self::TOKEN_LEEWAY {
            return Err(super::InvalidToken::Expired);
        }
        Ok(grant)
    }

    pub(super) fn new_session(&self, device: Device, now: OffsetDateTime) -> NewSession {
        let issued_at = whole_second(now);
        NewSession {
            id: SessionId::from_bytes(self.ports.entropy.bytes()),
            device,
            created_at: now,
            token: TokenId::from_bytes(self.ports.entropy.bytes()),
            issued_at,
            expires_at: issued_at + self.lifetimes.refresh,
        }
    }

    pub(super) fn signed_in(&self, user: User, session: &NewSession) -> SignedIn {
        let grant = TokenGrant {
            user: user.id,
            session: session.id,
            id: session.token,
            issued_at: session.issued_at,
            expires_at: session.expires_at,
        };
        let refresh = RefreshToken::new(self.ports.tokens.sign(TokenKind::Refresh, &grant));
        let access = self.access_token(user.id, session.id, session.created_at);
        SignedIn { user, tokens: TokenPair { access, refresh } }
    }

    fn access_token(&self, user: UserId, session: SessionId, now: OffsetDateTime) -> AccessToken {
        let grant = self.grant(user, session, now, self.lifetimes.access);
        AccessToken::new(self.ports.tokens.sign(TokenKind::Access, &grant))
    }

    fn grant(&self, user: UserId, session: SessionId, now: OffsetDateTime, lifetime: Duration) -> TokenGrant {
        let issued_at = whole_second(now);
        let id = TokenId::from_bytes(self.ports.entropy.bytes());
        TokenGrant { user, session, id, issued_at, expires_at: issued_at + lifetime }
    }
}

fn whole_second(time: OffsetDateTime) -> OffsetDateTime {
    time - Duration::nanoseconds(i64::from(time.nanosecond()))
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
