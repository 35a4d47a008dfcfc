//! Tokens that can be read with the naked eye.

use parlor_domain::account::{InvalidToken, TokenGrant, TokenKind};
use parlor_domain::ports::Tokens;
use parlor_domain::{SessionId, TokenId, UserId};
use time::OffsetDateTime;

/// Writes grants out in clear, unsigned: for tests. What it did not write itself, it does not take.
///
/// The text is `access.<user>.<session>.<id>.<issued at>.<expires at>`, or the same with `refresh`.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainTokens;

impl Tokens for PlainTokens {
    fn sign(&self, kind: TokenKind, grant: &TokenGrant) -> String {
        let TokenGrant { user, session, id, issued_at, expires_at } = grant;
        let (issued_at, expires_at) = (issued_at.unix_timestamp(), expires_at.unix_timestamp());
        format!("{}.{}.{session}.{id}.{issued_at}.{expires_at}", name(kind), user.get())
    }

    fn verify(&self, kind: TokenKind, token: &str) -> Result<TokenGrant, InvalidToken> {
        let grant = parse(token).ok_or(InvalidToken::Malformed)?;
        // There is one way to write a grant: whatever else parses (`+1`, `01`, the other kind) was not written here.
        if self.sign(kind, &grant) == token { Ok(grant) } else { Err(InvalidToken::Malformed) }
    }
}

fn name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "access",
        TokenKind::Refresh => "refresh",
    }
}

fn parse(token: &str) -> Option<TokenGrant> {
    let parts: Vec<&str> = token.split('.').collect();
    let [_kind, user, session, id, issued_at, expires_at] = parts[..] else { return None };
    let time = |text: &str| OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok();
    Some(TokenGrant {
        user: UserId::new(user.parse().ok()?).ok()?,
        session: session.parse::<SessionId>().ok()?,
        id: id.parse::<TokenId>().ok()?,
        issued_at: time(issued_at)?,
        expires_at: time(expires_at)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_was_signed_and_cannot_stand_in_for_the_other_kind() {
        let grant = TokenGrant {
            user: UserId::new(7).unwrap(),
            session: SessionId::from_bytes([1; 16]),
            id: TokenId::from_bytes([255; 16]),
            issued_at: OffsetDateTime::UNIX_EPOCH,
            expires_at: OffsetDateTime::UNIX_EPOCH + time::Duration::HOUR,
        };
        for (kind, other) in [(TokenKind::Access, TokenKind::Refresh), (TokenKind::Refresh, TokenKind::Access)] {
            let token = PlainTokens.sign(kind, &grant);
            assert_eq!(PlainTokens.verify(kind, &token), Ok(grant));
            assert_eq!(PlainTokens.verify(other, &token), Err(InvalidToken::Malformed));
            for garbage in
                ["".into(), "null".into(), format!("{token} "), token.replace(".7.", ".+7."), token[1..].into()]
            {
                assert_eq!(PlainTokens.verify(kind, &garbage), Err(InvalidToken::Malformed), "{garbage}");
            }
        }
    }
}
