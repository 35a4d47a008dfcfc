//! Entity tags, and what is done only if they are these or others (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2).

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH, LINK};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest as _, Sha256};

use crate::wire::json_bytes;

/// How much of the digest a tag has, in bytes.
const TAG_BYTES: usize = 16;

/// Answers with the bytes and their tag, or with 304 when the caller has them already.
pub(crate) fn answer(request: &HttpRequest, body: Vec<u8>, link: Option<HeaderValue>) -> HttpResponse {
    let tag = tag_of(&body);
    let mut response = if is_known(request.headers(), &tag) {
        HttpResponse::NotModified().finish()
    } else {
        json_bytes(StatusCode::OK, body)
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, header(tag));
    if let Some(link) = link {
        headers.insert(LINK, link);
    }
    response
}

/// Answers with the bytes and their tag, whatever the caller has.
pub(crate) fn tagged(body: Vec<u8>) -> HttpResponse {
    let tag = tag_of(&body);
    let mut response = json_bytes(StatusCode::OK, body);
    response.headers_mut().insert(ETAG, header(tag));
    response
}

fn header(tag: String) -> HeaderValue {
    HeaderValue::try_from(tag).expect("hexadecimal digits in quotes")
}

/// The tags that `If-Match` lists.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IfMatch(Vec<String>);

impl IfMatch {
    /// What the request says; nothing, if it has no such header.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let lists: Vec<_> = headers.get_all(IF_MATCH).map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let tags = lists.iter().flat_map(|list| list.split(',')).map(|tag| tag.trim().to_owned());
        (!lists.is_empty()).then(|| Self(tags.collect()))
    }

    /// Whether these bytes have one of the tags. A weak tag is never one of theirs (RFC 9110, section 8.8.3.2).
    pub(crate) fn holds(&self, body: &[u8]) -> bool {
        let tag = tag_of(body);
        self.0.iter().any(|listed| listed == "*" || *listed == tag)
    }
}

/// The strong tag of these bytes: the same on every node and after every restart.
fn tag_of(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let mut tag = String::with_capacity(2 * TAG_BYTES + 2);
    tag.push('"');
    for byte in &digest[..TAG_BYTES] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Whether `If-None-Match` names the tag; weak tags count too (RFC 9110, section 8.8.3.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_have_the_same_tag() {
        assert_eq!(tag_of(b"[]"), "\"4f53cda18c2baa0c0354bb5f9a3ecbe5\"");
        assert_ne!(tag_of(b"[]"), tag_of(b"[ ]"));
    }

    #[test]
    fn a_change_may_hang_on_the_strong_tag_only() {
        let if_match = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IF_MATCH, HeaderValue::from_static(value));
            }
            IfMatch::of(&headers)
        };
        assert_eq!(if_match(&[]), None);
        let tag = "\"4f53cda18c2baa0c0354bb5f9a3ecbe5\"";
        for yes in [&[tag][..], &["*"], &["\"x\"", tag], &["\"x\", \"4f53cda18c2baa0c0354bb5f9a3ecbe5\" "]] {
            assert!(if_match(yes).expect("a header").holds(b"[]"), "{yes:?}");
        }
        for no in
            [&[""][..], &["\"x\""], &["W/\"4f53cda18c2baa0c0354bb5f9a3ecbe5\""], &["4f53cda18c2baa0c0354bb5f9a3ecbe5"]]
        {
            assert!(!if_match(no).expect("a header").holds(b"[]"), "{no:?}");
        }
        assert!(!if_match(&[tag]).expect("a header").holds(b"[ ]"));
    }

    #[test]
    fn a_known_tag_is_found_in_any_list() {
        let known = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IF_NONE_MATCH, HeaderValue::from_static(value));
            }
            is_known(&headers, "\"ab\"")
        };
        for yes in [&["\"ab\""][..], &["W/\"ab\""], &["\"x\", \"ab\""], &["\"x\"", "W/\"y\" ,W/\"ab\""], &["*"]] {
            assert!(known(yes), "{yes:?}");
        }
        for no in [&[][..], &["ab"], &["\"abc\""], &["\"AB\""], &[""], &["w/\"ab\""]] {
            assert!(!known(no), "{no:?}");
        }
    }
}
