//! The opening handshake (RFC 6455, section 4.2).

use actix_web::HttpRequest;
use actix_web::http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use actix_web::http::{Method, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use crate::problem::Problem;

/// The protocol that is spoken over the socket.
pub(crate) const SUBPROTOCOL: &str = "chat.v1";
/// What a browser, which can set no other header, puts before a token among the protocols.
const TOKEN_PREFIX: &str = "bearer.";
/// What the key is hashed with (RFC 6455, section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What a good handshake asks for.
#[derive(Debug)]
pub(crate) struct Handshake {
    /// The answer to its key.
    pub(crate) accept: HeaderValue,
    /// Whether it names our protocol, and wants to hear it.
    pub(crate) names_protocol: bool,
    /// The token among the protocols.
    pub(crate) token: Option<String>,
}

impl Handshake {
    /// Reads a request that is one.
    pub(crate) fn read(request: &HttpRequest) -> Result<Self, Problem> {
        Self::of(request.method(), request.version(), request.headers())
    }

    fn of(method: &Method, version: Version, headers: &HeaderMap) -> Result<Self, Problem> {
        let upgrades = has(headers, UPGRADE, "websocket") && has(headers, CONNECTION, "upgrade");
        if method != Method::GET || version != Version::HTTP_11 || !upgrades {
            return Err(Problem::upgrade_required());
        }
        if only(headers, &SEC_WEBSOCKET_VERSION).is_none_or(|version| version.trim() != "13") {
            return Err(Problem::websocket_version());
        }
        let accept = only(headers, &SEC_WEBSOCKET_KEY).and_then(accept);
        let accept = accept.ok_or_else(|| Problem::invalid("The Sec-WebSocket-Key is not 16 bytes in Base64."))?;
        let (mut names_protocol, mut other, mut token) = (false, false, None);
        for protocol in items(headers, SEC_WEBSOCKET_PROTOCOL) {
            match protocol.strip_prefix(TOKEN_PREFIX) {
                _ if protocol == SUBPROTOCOL => names_protocol = true,
                Some(given) if token.is_none() => token = Some(given.to_owned()),
                _ => other = true,
            }
        }
        if !names_protocol && (other || token.is_some()) {
            return Err(Problem::invalid("The only subprotocol is chat.v1."));
        }
        Ok(Self { accept, names_protocol, token })
    }
}

/// The answer to a key, if it is one.
fn accept(key: &str) -> Option<HeaderValue> {
    let key = key.trim();
    if STANDARD.decode(key).ok()?.len() != 16 {
        return None;
    }
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    HeaderValue::try_from(STANDARD.encode(digest)).ok()
}

/// The value of a header that comes once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let (value, None) = (values.next()?, values.next()) else { return None };
    value.to_str().ok()
}

/// The items of a header that holds a list.
fn items(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lists = headers.get_all(name).filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

fn has(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    items(headers, name).any(|item| item.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(HeaderName, &str); 4] = [
        (CONNECTION, "keep-alive, Upgrade"),
        (UPGRADE, "WebSocket"),
        (SEC_WEBSOCKET_VERSION, "13"),
        (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    /// A good handshake in which one header is another, or is left out.
    fn with(name: &HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (known, value) in GOOD.into_iter().filter(|(known, _)| known != name) {
            headers.insert(known, HeaderValue::from_static(value));
        }
        for value in values {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    fn read(headers: &HeaderMap) -> Result<Handshake, String> {
        Handshake::of(&Method::GET, Version::HTTP_11, headers)
            .map_err(|problem| String::from_utf8(problem.body("r")).expect("UTF-8"))
    }

    #[test]
    fn the_answer_to_the_example_of_rfc_6455_is_its_own() {
        let handshake = read(&with(&SEC_WEBSOCKET_PROTOCOL, &[])).expect("a handshake");
        assert_eq!(handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!((handshake.names_protocol, handshake.token), (false, None));
    }

    #[test]
    fn a_browser_brings_its_token_among_the_protocols() {
        for protocols in [&["chat.v1, bearer.a.b-c_d"][..], &["bearer.a.b-c_d", "chat.v2,chat.v1"]] {
            let handshake = read(&with(&SEC_WEBSOCKET_PROTOCOL, protocols)).expect("a handshake");
            assert_eq!((handshake.names_protocol, handshake.token.as_deref()), (true, Some("a.b-c_d")));
        }
        for unknown in [&["chat.v2"][..], &["bearer.abc"], &["CHAT.V1"], &["chat.v2, bearer.abc"]] {
            let refused = read(&with(&SEC_WEBSOCKET_PROTOCOL, unknown)).expect_err("only unknown protocols");
            assert!(refused.contains("\"status\":400"), "{refused}");
        }
        read(&with(&SEC_WEBSOCKET_PROTOCOL, &[""])).expect("none is named");
    }

    #[test]
    fn what_is_no_handshake_is_told_what_would_be() {
        for (name, values, status) in [
            (UPGRADE, &[][..], 426),
            (UPGRADE, &["h2c"], 426),
            (CONNECTION, &["keep-alive"], 426),
            (SEC_WEBSOCKET_VERSION, &[], 400),
            (SEC_WEBSOCKET_VERSION, &["8"], 400),
            (SEC_WEBSOCKET_VERSION, &["13", "13"], 400),
            (SEC_WEBSOCKET_KEY, &[], 400),
            (SEC_WEBSOCKET_KEY, &["c2hvcnQ="], 400),
            (SEC_WEBSOCKET_KEY, &["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="], 400),
            (SEC_WEBSOCKET_KEY, &["not base 64 at all, my friend"], 400),
        ] {
            let refused = read(&with(&name, values)).expect_err("no handshake");
            assert!(refused.contains(&format!("\"status\":{status}")), "{name} {values:?}: {refused}");
        }
        let good = with(&SEC_WEBSOCKET_PROTOCOL, &[]);
        assert!(Handshake::of(&Method::HEAD, Version::HTTP_11, &good).is_err());
        assert!(Handshake::of(&Method::GET, Version::HTTP_10, &good).is_err());
    }
}
