//! An answer, and what every answer of the server owes its reader.

use std::marker::PhantomData;

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

use super::Problem;

/// An answer whose body has the shape `T` if the call went well. Making one checks the rules that hold for all.
#[derive(Debug, Clone)]
pub(crate) struct Answer<T = Value> {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    call: String,
    shape: PhantomData<fn() -> T>,
}

impl<T> Answer<T> {
    /// The answer to `call` (method and path).
    pub(crate) fn new(call: &str, status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        let text = String::from_utf8(body).expect("a body in UTF-8");
        let answer = Self { status, headers, text, call: call.to_owned(), shape: PhantomData };
        answer.check_headers();
        answer.check_body();
        answer
    }

    /// The header's value, if it is there; it is there once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        assert!(values.next().is_none(), "{name} came twice: {self}");
        first.map(|value| value.to_str().expect("a header in ASCII"))
    }

    /// The words of a header that holds a list, in lower case.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let list = self.header(name).unwrap_or_default();
        list.split(',').map(|word| word.trim().to_ascii_lowercase()).filter(|word| !word.is_empty()).collect()
    }

    /// The target of the link with this relation (RFC 8288).
    pub(crate) fn link(&self, rel: &str) -> Option<String> {
        self.header("link")?.split(',').map(str::trim).find_map(|link| {
            let (target, parameters) = link.split_once(';').unwrap_or_else(|| panic!("a link without rel: {self}"));
            let target = target.trim().strip_prefix('<').and_then(|target| target.strip_suffix('>'));
            parameters.contains(&format!("rel=\"{rel}\"")).then(|| target.expect("a target in <>").to_owned())
        })
    }

    /// Whether the body says so.
    #[track_caller]
    pub(crate) fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The problem that the body describes, after checking its status and code.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Problem {
        let problem = self.any_problem(status);
        assert_eq!(problem.code, code, "{self}");
        problem
    }

    /// The problem that the body describes, after checking its status.
    #[track_caller]
    pub(crate) fn any_problem(&self, status: u16) -> Problem {
        assert_eq!(self.status, status, "{self}");
        self.read()
    }

    /// The problem's body without what differs from request to request.
    #[track_caller]
    pub(crate) fn problem_but_for_its_id(&self) -> Value {
        let mut body = self.json();
        body.as_object_mut().expect("a problem").remove("request_id").expect("a request id");
        body
    }

    /// The body of a validation error: only this field is wrong, and this is said of it.
    #[track_caller]
    pub(crate) fn invalid(&self, field: &str, message: &str) {
        let problem = self.problem(400, "invalid");
        assert_eq!(problem.detail, format!("{field}: {message}"), "{self}");
        assert_eq!(problem.errors.len(), 1, "{self}");
        assert_eq!(problem.errors.get(field).map(Vec::as_slice), Some([message.to_owned()].as_slice()), "{self}");
    }

    #[track_caller]
    fn read<S: DeserializeOwned>(&self) -> S {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Contract, section 1: what every answer carries.
    fn check_headers(&self) {
        let id = self.header("x-request-id").unwrap_or_else(|| panic!("no request id: {self}"));
        assert!(!id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic()), "an odd request id: {self}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self}");
        let cache = if self.headers.contains_key("etag") { "private, no-cache" } else { "no-store" };
        assert_eq!(self.header("cache-control"), Some(cache), "{self}");
        assert!(self.status < 500 || self.status == 503, "the server failed: {self}");
        assert!(![301, 302, 307, 308, 422].contains(&self.status), "a status that is never used: {self}");
        match self.status {
            401 => {
                // With or without an error attribute (RFC 6750, section 3).
                let challenge = self.header("www-authenticate").unwrap_or_else(|| panic!("no challenge: {self}"));
                assert_eq!(challenge.split(' ').next(), Some("Bearer"), "{self}");
            }
            405 => assert!(!self.words("allow").is_empty(), "no Allow: {self}"),
            429 | 503 => {
                let after = self.header("retry-after").unwrap_or_else(|| panic!("no Retry-After: {self}"));
                assert!(after.parse::<u32>().is_ok(), "{self}");
            }
            _ => {}
        }
    }

    fn check_body(&self) {
        let without_body = self.call.starts_with("HEAD ") || self.call.starts_with("OPTIONS ");
        if without_body || matches!(self.status, 204 | 304) {
            assert_eq!(self.text, "", "a body where none belongs: {self}");
            return;
        }
        let media_type = self.header("content-type").unwrap_or_else(|| panic!("no Content-Type: {self}"));
        if self.status < 400 && media_type == "application/jsonl" {
            for line in self.text.lines() {
                check_numbers(&serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
            }
            return;
        }
        // The pages of the reference and of the web client, and what they are made of.
        if self.status < 400 && self.headers.contains_key("content-security-policy") {
            assert!(!self.call.contains("/api/"), "{self}");
            let essence = media_type.split(';').next().unwrap_or_default();
            assert!(["text/html", "text/css", "text/javascript", "text/plain"].contains(&essence), "{self}");
            return;
        }
        let body = self.json();
        check_numbers(&body);
        if self.status < 400 {
            assert!(media_type.starts_with("application/json"), "{self}");
            return;
        }
        assert_eq!(media_type, "application/problem+json", "{self}");
        assert!(self.text.starts_with(r#"{"detail":""#), "detail is not the first key: {self}");
        let problem: Problem = self.read();
        assert_eq!(problem.status, self.status, "{self}");
        assert_eq!(Some(problem.request_id.as_str()), self.header("x-request-id"), "{self}");
        assert!(!problem.detail.is_empty() && !problem.title.is_empty(), "{self}");
        assert!(is_documented(&problem.code, self.status), "not in docs/API.md: {self}");
        assert!(problem.errors.is_empty() || self.status == 400, "{self}");
    }
}

impl<T: DeserializeOwned> Answer<T> {
    /// What a 200 holds.
    #[track_caller]
    pub(crate) fn ok(&self) -> T {
        assert_eq!(self.status, 200, "{self}");
        self.read()
    }

    /// What a 201 holds.
    #[track_caller]
    pub(crate) fn created(&self) -> T {
        assert_eq!(self.status, 201, "{self}");
        self.read()
    }
}

impl<T> std::fmt::Display for Answer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, headers, text, call, .. } = self;
        let call: String = call.chars().take(300).collect();
        write!(f, "{call} -> {status}\n{headers:?}\n{}", text.chars().take(2000).collect::<String>())
    }
}

/// Whether the list of codes in the documentation has this one, with this status: a line ``| `code` | status | …``.
fn is_documented(code: &str, status: u16) -> bool {
    let line = format!("| `{code}` | {status} |");
    include_str!("../../../docs/API.md").lines().any(|documented| documented.starts_with(&line))
}

/// All numbers are integers that JavaScript counts exactly.
fn check_numbers(value: &Value) {
    let exact = |number: &Number| number.as_u64().is_some_and(|number| number < 1 << 53);
    match value {
        Value::Number(number) => assert!(exact(number), "{number} is no integer below 2^53"),
        Value::Array(items) => items.iter().for_each(check_numbers),
        Value::Object(fields) => fields.values().for_each(check_numbers),
        _ => {}
    }
}
