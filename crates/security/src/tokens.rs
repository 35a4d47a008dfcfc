//! Tokens, signed as JSON Web Tokens (RFC 7519).

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use parlor_domain::UserId;
use parlor_domain::account::{InvalidToken, TokenGrant, TokenKind};
use parlor_domain::ports::Tokens;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Who issues the tokens, and who they are for: this server, both times.
const PARLOR: &str = "parlor";

/// The longest token that is looked at, in bytes. Those that are signed here have less than 500.
const MAX_BYTES: usize = 2048;

/// A secret that could be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret of {bytes} bytes is too short: {} or more are needed (RFC 7518, section 3.2)",
    JwtTokens::MIN_SECRET_BYTES
)]
pub struct WeakSecret {
    /// How long it is.
    pub bytes: usize,
}

/// Signs and reads tokens with HMAC-SHA-256 (`HS256`), and no other way, under one secret.
///
/// A token says `iss`, `aud`, `sub` (the user's number as text), `sid` (the login session), `iat`, `exp`, `jti` and
/// `token_type` (`access` or `refresh`); one that leaves out any of these is not taken. Whether it has ended is for the
/// caller to see.
pub struct JwtTokens {
    sign: EncodingKey,
    verify: DecodingKey,
    header: Header,
    validation: Validation,
}

impl JwtTokens {
    /// The shortest secret, in bytes (RFC 7518, section 3.2: as long as the hash).
    pub const MIN_SECRET_BYTES: usize = 32;

    /// Signs with the UTF-8 bytes of `secret`, as they are.
    ///
    /// # Errors
    /// [`WeakSecret`] when there are fewer than [`Self::MIN_SECRET_BYTES`] of them.
    pub fn new(secret: &str) -> Result<Self, WeakSecret> {
        let key = secret.as_bytes();
        if key.len() < Self::MIN_SECRET_BYTES {
            return Err(WeakSecret { bytes: key.len() });
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[PARLOR]);
        validation.set_audience(&[PARLOR]);
        // The other claims are required by their type.
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false;
        Ok(Self {
            sign: EncodingKey::from_secret(key),
            verify: DecodingKey::from_secret(key),
            header: Header::new(Algorithm::HS256),
            validation,
        })
    }
}

impl fmt::Debug for JwtTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtTokens(***)")
    }
}

impl Tokens for JwtTokens {
    fn sign(&self, kind: TokenKind, grant: &TokenGrant) -> String {
        jsonwebtoken::encode(&self.header, &Claims::new(kind, grant), &self.sign)
            .expect("the key fits the algorithm, and the claims are text and whole numbers")
    }

    fn verify(&self, kind: TokenKind, token: &str) -> Result<TokenGrant, InvalidToken> {
        if token.len() > MAX_BYTES {
            return Err(InvalidToken::Malformed);
        }
        let data = jsonwebtoken::decode::<Claims>(token, &self.verify, &self.validation)
            .map_err(|_| InvalidToken::Malformed)?;
        if data.claims.token_type != kind.into() {
            return Err(InvalidToken::Malformed);
        }
        data.claims.grant().ok_or(InvalidToken::Malformed)
    }
}

/// What a token says, on the wire. The order of the fields is part of what is signed.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
    jti: String,
    token_type: TokenType,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TokenType {
    Access,
    Refresh,
}

impl From<TokenKind> for TokenType {
    fn from(kind: TokenKind) -> Self {
        match kind {
            TokenKind::Access => Self::Access,
            TokenKind::Refresh => Self::Refresh,
        }
    }
}

impl Claims {
    fn new(kind: TokenKind, grant: &TokenGrant) -> Self {
        Self {
            iss: PARLOR.to_owned(),
            aud: PARLOR.to_owned(),
            sub: grant.user.get().to_string(),
            sid: grant.session.to_string(),
            iat: grant.issued_at.unix_timestamp(),
            exp: grant.expires_at.unix_timestamp(),
            jti: grant.id.to_string(),
            token_type: kind.into(),
        }
    }

    fn grant(&self) -> Option<TokenGrant> {
        Some(TokenGrant {
            user: read_user(&self.sub)?,
            session: self.sid.parse().ok()?,
            id: self.jti.parse().ok()?,
            issued_at: OffsetDateTime::from_unix_timestamp(self.iat).ok()?,
            expires_at: OffsetDateTime::from_unix_timestamp(self.exp).ok()?,
        })
    }
}

fn read_user(sub: &str) -> Option<UserId> {
    sub.parse().ok().and_then(|number: i64| UserId::new(number).ok())
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
