//! Who calls: the `Authorization` header (RFC 6750, section 2.1).

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use parlor_domain::account::TokenGrant;
use parlor_domain::{Accounts, Caller, DomainError as _};

use crate::problem::{Problem, sentence};

/// The caller, by the access token that came with the request.
pub(crate) fn authenticate(request: &HttpRequest, accounts: &Accounts) -> Result<Caller, Problem> {
    read_grant(request, accounts).map(|grant| Caller { user: grant.user, session: grant.session })
}

/// What the access token says that came with the request.
pub(crate) fn read_grant(request: &HttpRequest, accounts: &Accounts) -> Result<TokenGrant, Problem> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let value = values.next().ok_or_else(Problem::not_authenticated)?;
    if values.next().is_some() {
        return Err(Problem::token_not_valid("There is more than one Authorization header."));
    }
    let token = bearer(value).ok_or_else(Problem::not_authenticated)?;
    accounts.read_access(token).map_err(|error| {
        debug_assert_eq!(error.code(), "token_not_valid");
        Problem::token_not_valid(sentence(&error.to_string()))
    })
}

/// The token behind the scheme, whose name has no case (RFC 9110, section 11.1).
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bearer_scheme_holds_a_token() {
        for good in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(bearer(&HeaderValue::from_static(good)), Some("abc"), "{good}");
        }
        for bad in ["", "abc", "Bearer", "Bearer ", "Basic abc", "Bearerabc"] {
            assert_eq!(bearer(&HeaderValue::from_static(bad)), None, "{bad}");
        }
        assert_eq!(bearer(&HeaderValue::from_bytes(b"Bearer \xff").expect("a header")), None);
    }
}
