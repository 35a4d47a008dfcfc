//! Cross-origin requests from browsers (Fetch Standard, section 3.3, "CORS protocol").
//!
//! Tokens travel in a header that no browser adds by itself, so no answer allows credentials, and any origin may call
//! unless the configuration names a few. An origin that is not allowed simply gets no permission: its browser then keeps
//! the answer from the page.

use std::str::FromStr;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue,
    ORIGIN, VARY,
};
use actix_web::{HttpRequest, HttpResponse};

use super::no_content;

const ANY: HeaderValue = HeaderValue::from_static("*");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer, X-Request-Id",
);
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
const EXPOSED_HEADERS: HeaderValue =
    HeaderValue::from_static("ETag, Idempotent-Replayed, Link, Location, Retry-After, X-Request-Id");
/// How long a browser keeps the permission, in seconds: Chromium takes no longer than two hours.
const MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("7200");

/// Which web pages may call, by the origin that they came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CorsOrigins {
    /// Those of every origin.
    #[default]
    Any,
    /// Those of these origins, each as a browser writes it in `Origin`.
    List(Vec<String>),
}

/// Why a text names no origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOrigin {
    /// There is nothing between two commas, or nothing at all.
    #[error("an origin is missing; write * or origins such as https://chat.example, with commas between them")]
    Missing,
    /// The star stands beside other origins.
    #[error("* stands for all origins and cannot be listed beside others")]
    Star,
    /// The origin of pages that have none.
    #[error("the origin \"null\" is that of any sandboxed page and is never allowed")]
    Null,
    /// Not `scheme://host` or `scheme://host:port`.
    #[error("{0:?} is not an origin such as https://chat.example or http://localhost:5173")]
    Malformed(String),
}

impl FromStr for CorsOrigins {
    type Err = InvalidOrigin;

    /// Reads `*`, or origins with commas between them.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        text.split(',').map(|origin| parse_origin(origin.trim())).collect::<Result<_, _>>().map(Self::List)
    }
}

/// The origin as browsers write it: in lower case, and without the port that its scheme has anyway.
fn parse_origin(text: &str) -> Result<String, InvalidOrigin> {
    match text {
        "" => return Err(InvalidOrigin::Missing),
        "*" => return Err(InvalidOrigin::Star),
        _ if text.eq_ignore_ascii_case("null") => return Err(InvalidOrigin::Null),
        _ => {}
    }
    let malformed = || InvalidOrigin::Malformed(text.to_owned());
    let origin = text.to_ascii_lowercase();
    let (scheme, authority) = origin.split_once("://").ok_or_else(malformed)?;
    let (host, port) = split_port(authority);
    let is_valid = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && is_host(host)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
    match (scheme, port) {
        _ if !is_valid => Err(malformed()),
        ("http", Some("80")) | ("https", Some("443")) => Ok(format!("{scheme}://{host}")),
        _ => Ok(origin),
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_host(host: &str) -> bool {
    let is_ipv6 = |inner: &str| inner.parse::<std::net::Ipv6Addr>().is_ok();
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inner) => is_ipv6(inner),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')),
    }
}

/// Whether a browser asks if it may ask.
pub(super) fn is_preflight(request: &HttpRequest) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The rule, as answers carry it.
pub(crate) struct Cors {
    origins: CorsOrigins,
}

impl Cors {
    pub(super) fn new(origins: CorsOrigins) -> Self {
        Self { origins }
    }

    /// The answer to a preflight. The path does not matter: the browser is to see what the call itself answers.
    pub(super) fn preflight(&self, request: &HeaderMap) -> HttpResponse {
        let mut response = no_content();
        if self.allowed(request).is_some() {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
        }
        response
    }

    /// Says in an answer whether the page that asked may see it.
    pub(super) fn stamp(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        if matches!(self.origins, CorsOrigins::List(_)) {
            answer.append(VARY, VARY_ORIGIN);
        }
        if let Some(origin) = self.allowed(request) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        }
    }

    /// Whether a page of this origin may open a socket: no browser keeps a page from that, as it does with other
    /// answers. Who sends no origin is no page.
    pub(crate) fn allows_socket(&self, request: &HeaderMap) -> bool {
        !request.contains_key(ORIGIN) || self.allowed(request).is_some()
    }

    fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let CorsOrigins::List(origins) = &self.origins else { return Some(ANY) };
        let mut given = request.get_all(ORIGIN);
        let (origin, None) = (given.next()?, given.next()) else { return None };
        let is_listed = |listed: &String| listed.as_bytes() == origin.as_bytes() && listed != "null";
        origins.iter().any(is_listed).then(|| origin.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<String>, InvalidOrigin> {
        match text.parse()? {
            CorsOrigins::Any => Ok(vec!["*".into()]),
            CorsOrigins::List(origins) => Ok(origins),
        }
    }

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (text, expected) in [
            ("*", &["*"][..]),
            (" * ", &["*"]),
            ("https://chat.example", &["https://chat.example"]),
            ("HTTPS://Chat.Example:443, http://localhost:5173", &["https://chat.example", "http://localhost:5173"]),
            ("http://[::1]:3000,http://[::1]", &["http://[::1]:3000", "http://[::1]"]),
            ("http://a:443", &["http://a:443"]),
            ("capacitor://localhost", &["capacitor://localhost"]),
        ] {
            assert_eq!(parsed(text).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_is_named() {
        assert_eq!(parsed(""), Err(InvalidOrigin::Missing));
        assert_eq!(parsed("https://a.b,"), Err(InvalidOrigin::Missing));
        assert_eq!(parsed("https://a.b,*"), Err(InvalidOrigin::Star));
        assert_eq!(parsed("Null"), Err(InvalidOrigin::Null));
        for bad in [
            "chat.example",
            "https://chat.example/",
            "https://chat.example/path",
            "https://",
            "https://a b",
            "https://a:99999",
            "https://a:",
            "https://a:+80",
            "https://u@a",
            "https://[::1",
            "https://*.example",
            "https://é.example",
            "://a",
        ] {
            assert_eq!(parsed(bad), Err(InvalidOrigin::Malformed(bad.into())), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_allowed_only_as_it_is_listed() {
        let allowed = |origins: CorsOrigins, given: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for origin in given {
                headers.append(ORIGIN, HeaderValue::from_static(origin));
            }
            Cors::new(origins).allowed(&headers).map(|origin| origin.to_str().expect("ASCII").to_owned())
        };
        let list = || CorsOrigins::List(vec!["https://a.b".into(), "null".into()]);
        assert_eq!(allowed(CorsOrigins::Any, &[]).as_deref(), Some("*"));
        assert_eq!(allowed(CorsOrigins::Any, &["null"]).as_deref(), Some("*"));
        assert_eq!(allowed(list(), &["https://a.b"]).as_deref(), Some("https://a.b"));
        for refused in [&[][..], &["null"], &["https://a.b.c"], &["http://a.b"], &["https://a.b", "https://a.b"]] {
            assert_eq!(allowed(list(), refused), None, "{refused:?}");
        }
    }
}
