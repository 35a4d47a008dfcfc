use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use parlor_domain::{SessionId, TokenId};
use serde_json::{Value, json};
use time::Duration;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// `grant()` as an access token, signed by Python's hmac.
const SIGNED: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJwYXJsb3IiLCJhdWQiOiJwYXJsb3IiLCJzdWIiOiI3Iiwic2lkIjoiMDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGYiLCJpYXQiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyOTIwMCwianRpIjoiMTAxMTEyMTMxNDE1MTYxNzE4MTkxYTFiMWMxZDFlMWYiLCJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.jg7h9fWlst32L7BrQwxkm7xw2TJaXWr49UkXAqKEuh0";

fn tokens() -> JwtTokens {
    JwtTokens::new(SECRET).expect("a long secret")
}

fn grant() -> TokenGrant {
    let issued_at = OffsetDateTime::from_unix_timestamp(1_767_225_600).expect("2026");
    TokenGrant {
        user: UserId::new(7).expect("a user"),
        session: SessionId::from_bytes(std::array::from_fn(|i| i as u8)),
        id: TokenId::from_bytes(std::array::from_fn(|i| i as u8 + 16)),
        issued_at,
        expires_at: issued_at + Duration::HOUR,
    }
}

fn claims() -> Value {
    json!({
        "iss": "parlor", "aud": "parlor", "sub": "7", "sid": "000102030405060708090a0b0c0d0e0f",
        "iat": 1_767_225_600, "exp": 1_767_229_200, "jti": "101112131415161718191a1b1c1d1e1f", "token_type": "access",
    })
}

/// A token over any header and claims, rightly signed with HMAC-SHA-256 under the secret.
fn forge(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn forge_claims(claims: &Value) -> String {
    forge(r#"{"typ":"JWT","alg":"HS256"}"#, &claims.to_string())
}

fn read(token: &str) -> Result<TokenGrant, InvalidToken> {
    tokens().verify(TokenKind::Access, token)
}

fn refused(token: &str) {
    assert_eq!(read(token), Err(InvalidToken::Malformed), "{token}");
}

#[test]
fn reads_what_it_signed() {
    for kind in [TokenKind::Access, TokenKind::Refresh] {
        assert_eq!(tokens().verify(kind, &tokens().sign(kind, &grant())), Ok(grant()));
    }
}

#[test]
fn agrees_with_a_token_made_by_another_program() {
    assert_eq!(tokens().sign(TokenKind::Access, &grant()), SIGNED);
    assert_eq!(read(SIGNED), Ok(grant()));
    assert_eq!(read(&forge_claims(&claims())), Ok(grant()), "the order of claims does not matter to the reader");
}

#[test]
fn signs_the_same_grant_the_same_way() {
    assert_eq!(tokens().sign(TokenKind::Refresh, &grant()), tokens().sign(TokenKind::Refresh, &grant()));
}

#[test]
fn one_kind_never_stands_in_for_the_other() {
    let (access, refresh) = (tokens().sign(TokenKind::Access, &grant()), tokens().sign(TokenKind::Refresh, &grant()));
    assert_eq!(tokens().verify(TokenKind::Refresh, &access), Err(InvalidToken::Malformed));
    assert_eq!(tokens().verify(TokenKind::Access, &refresh), Err(InvalidToken::Malformed));
}

#[test]
fn leaves_it_to_the_caller_whether_a_token_has_ended() {
    let past = TokenGrant { expires_at: OffsetDateTime::from_unix_timestamp(1).expect("1970"), ..grant() };
    assert_eq!(read(&tokens().sign(TokenKind::Access, &past)), Ok(past));
}

#[test]
fn every_claim_is_required_and_has_its_type() {
    for name in claims().as_object().expect("an object").keys() {
        let mut without = claims();
        without.as_object_mut().expect("an object").remove(name);
        refused(&forge_claims(&without));
        for wrong in
            [json!(null), json!(true), json!(1.5), json!([]), json!({}), json!("x"), json!(-1), json!([claims()[name]])]
        {
            let mut other = claims();
            other[name] = wrong.clone();
            // A time before 1970 is a whole number like any other.
            if !(wrong == json!(-1) && name == "iat") {
                refused(&forge_claims(&other));
            }
        }
    }
}

#[test]
fn claims_out_of_range_are_refused() {
    for (name, wrong) in [
        ("sub", json!("-1")),
        ("sub", json!("")),
        ("sub", json!("9007199254740992")),
        ("sub", json!("7.0")),
        ("sid", json!("000102030405060708090A0B0C0D0E0F")),
        ("jti", json!("00")),
        ("exp", json!(u64::MAX)),
        ("exp", json!(i64::MAX)),
        ("iat", json!(i64::MIN)),
        ("iss", json!("parlour")),
        ("aud", json!(["parlor", "elsewhere"])),
        ("token_type", json!("Access")),
        ("token_type", json!("refresh")),
    ] {
        let mut other = claims();
        other[name] = wrong;
        refused(&forge_claims(&other));
    }
    let twice = claims().to_string().replacen('{', r#"{"sub":"8","#, 1);
    refused(&forge(r#"{"alg":"HS256"}"#, &twice));
}

#[test]
fn no_other_algorithm_is_taken() {
    for alg in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", ""] {
        let token = forge(&format!(r#"{{"typ":"JWT","alg":"{alg}"}}"#), &claims().to_string());
        refused(&token);
        let (message, _) = token.rsplit_once('.').expect("three segments");
        refused(&format!("{message}."));
    }
    refused(&forge("{}", &claims().to_string()));
    let message = SIGNED.rsplit_once('.').expect("three segments").0;
    let hs512 =
        jsonwebtoken::encode(&Header::new(Algorithm::HS512), &claims(), &EncodingKey::from_secret(SECRET.as_bytes()));
    refused(&hs512.expect("signed"));
    refused(message);
}

#[test]
fn a_change_of_any_character_is_noticed() {
    for at in 0..SIGNED.len() {
        for with in [b'A', b'B', b'.', b'=', b'-'] {
            let mut bytes = SIGNED.as_bytes().to_vec();
            if std::mem::replace(&mut bytes[at], with) != with {
                refused(std::str::from_utf8(&bytes).expect("ASCII"));
            }
        }
    }
    // The last character holds two bits of the signature and four that must be zero.
    for last in ('a'..='z').chain('A'..='Z').chain('0'..='9').filter(|c| !SIGNED.ends_with(*c)) {
        refused(&format!("{}{last}", &SIGNED[..SIGNED.len() - 1]));
    }
}

#[test]
fn what_is_no_token_is_refused_quietly() {
    for text in ["", ".", "..", "...", "null", "a.b.c", "😀.😀.😀", "\0", " "] {
        refused(text);
    }
    for text in [".x", "x.", "x.y.", "x.", "a.b.c.d."] {
        refused(&format!("{text}{SIGNED}"));
    }
    for text in [".", ".x", "=", " ", "\n", "x", ".x.y"] {
        refused(&format!("{SIGNED}{text}"));
    }
    refused(&"x.".repeat(10_000_000));
    let mut large = claims();
    large["more"] = json!("x".repeat(MAX_BYTES));
    refused(&forge_claims(&large));
}

#[test]
fn another_secret_reads_nothing() {
    let other = JwtTokens::new("0123456789abcdef0123456789abcdeF").expect("a long secret");
    assert_eq!(other.verify(TokenKind::Access, SIGNED), Err(InvalidToken::Malformed));
}

#[test]
fn a_secret_has_32_bytes_or_more() {
    assert_eq!(JwtTokens::new(&"x".repeat(31)).err(), Some(WeakSecret { bytes: 31 }));
    assert!(JwtTokens::new(&"x".repeat(32)).is_ok());
    assert!(JwtTokens::new(&"é".repeat(16)).is_ok(), "bytes are counted");
    let told = WeakSecret { bytes: 3 }.to_string();
    assert_eq!(told, "a secret of 3 bytes is too short: 32 or more are needed (RFC 7518, section 3.2)");
}

#[test]
fn never_prints_its_secret() {
    assert_eq!(format!("{:?}", tokens()), "JwtTokens(***)");
}
