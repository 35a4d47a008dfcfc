//! The name of a request, in its answer and in the log.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use parlor_domain::ports::Entropy;

/// The header that carries it, both ways.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest name that is taken over from the caller.
const MAX_BYTES: usize = 64;

/// The caller's name for its request, if it gave a sane one, else a random one.
#[derive(Debug)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap, entropy: &dyn Entropy) -> Self {
        match headers.get(X_REQUEST_ID) {
            Some(given) if is_sane(given.as_bytes()) => Self(given.clone()),
            _ => Self::random(entropy.bytes()),
        }
    }

    fn random(bytes: [u8; 16]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(HeaderValue::from_bytes(&text).expect("hexadecimal digits"))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().expect("checked, or made of digits")
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn is_sane(given: &[u8]) -> bool {
    (1..=MAX_BYTES).contains(&given.len())
        && given.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Entropy for Sevens {
        fn bytes(&self) -> [u8; 16] {
            [0xa7; 16]
        }
    }

    fn id(given: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(given).expect("a header"));
        RequestId::of(&headers, &Sevens).as_str().to_owned()
    }

    #[test]
    fn a_sane_name_is_taken_over_and_any_other_replaced() {
        let longest = "a".repeat(64);
        for sane in ["a", "A-b_c.9", &longest] {
            assert_eq!(id(sane.as_bytes()), sane);
        }
        let too_long = "a".repeat(65);
        for odd in ["", "a b", "a\"b", "a/b", &too_long, "é"] {
            assert_eq!(id(odd.as_bytes()), "a7".repeat(16), "{odd}");
        }
        assert_eq!(id(b"\xff"), "a7".repeat(16));
        assert_eq!(RequestId::of(&HeaderMap::new(), &Sevens).as_str(), "a7".repeat(16));
    }
}
