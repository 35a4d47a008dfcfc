//! What can go wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

/// Why something was not done, or may not have been.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server answered that it does not do this.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No whole answer came: it may have been done.
    #[error("the server cannot be reached")]
    Unreachable(#[source] Arc<reqwest::Error>),
    /// There is no connection, or it broke before the reply: it may have been done.
    #[error("there is no connection to the server")]
    Disconnected,
    /// Following has ended, and what was not acknowledged before is not sent any more.
    #[error("following has ended")]
    Ended,
    /// Nobody is signed in: there are no tokens, or those that there were are worth nothing any more.
    #[error("nobody is signed in")]
    SignedOut,
    /// The answer is not what this client knows it to be.
    #[error("the answer of the server cannot be read")]
    Unreadable(#[source] Arc<serde_json::Error>),
    /// This leads to no server.
    #[error("{0} is no address of a server")]
    Address(String),
}

/// What a server says when it does not do something.
#[derive(Debug, Clone, PartialEq, Deserialize, thiserror::Error)]
#[error("{detail} ({code})")]
#[non_exhaustive]
pub struct Refusal {
    /// The status of the answer; none for what was asked over a live connection.
    #[serde(default)]
    pub status: Option<u16>,
    /// One of those in `docs/API.md`. There may come further ones.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// For each wrong field what is wrong.
    #[serde(default)]
    pub errors: BTreeMap<String, Vec<String>>,
    /// How long to wait before trying again.
    #[serde(default, deserialize_with = "seconds")]
    pub retry_after: Option<Duration>,
    /// The last seq of the chat's log, with `cursor_ahead` and `log_pruned`.
    #[serde(default)]
    pub head: Option<u64>,
    /// The first seq that the log still holds, with `log_pruned`.
    #[serde(default)]
    pub floor: Option<u64>,
}

impl Error {
    /// What the server said, if it said anything.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the server refused it with this code.
    pub fn is_code(&self, code: &str) -> bool {
        self.refusal().is_some_and(|refusal| refusal.code == code)
    }

    /// Whether somebody has to log in before this can be done.
    pub(crate) fn is_signed_out(&self) -> bool {
        matches!(self, Self::SignedOut) || self.refusal().is_some_and(|refusal| refusal.status == Some(401))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Box<Refusal>> for Error {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(refusal)
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        // An address may hold what nobody else is to know.
        Self::Unreachable(Arc::new(error.without_url()))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(Arc::new(error))
    }
}

impl Refusal {
    /// The refusal of an answer with this status and body, which may not come from Parlor at all.
    pub(crate) fn read(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let read = serde_json::from_slice::<Self>(body).unwrap_or_else(|_| Self::unknown(status));
        Self { status: Some(status), retry_after: read.retry_after.or(retry_after), ..read }
    }

    /// What the server would answer if it took as much: over a socket it closes that instead.
    pub(crate) fn too_large() -> Self {
        Self::new("payload_too_large", "the request is over 64 KiB".to_owned())
    }

    fn unknown(status: u16) -> Self {
        Self::new("internal", format!("the server answered {status}"))
    }

    fn new(code: &str, detail: String) -> Self {
        let (code, errors) = (code.to_owned(), BTreeMap::new());
        Self { status: None, code, detail, errors, retry_after: None, head: None, floor: None }
    }
}

/// Seconds, which may have a fraction.
pub(crate) fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let seconds = Option::<f64>::deserialize(deserializer)?;
    Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_what_the_server_said() {
        let body = br#"{"detail": "username: no", "code": "invalid", "status": 400, "title": "Bad Request",
            "request_id": "1", "errors": {"username": ["no"]}}"#;
        let error = Error::from(Refusal::read(400, None, body));
        assert!(error.is_code("invalid") && !error.is_code("internal"));
        let refusal = error.refusal().unwrap();
        assert_eq!((refusal.status, refusal.errors["username"].as_slice()), (Some(400), &["no".to_owned()][..]));
    }

    #[test]
    fn an_answer_of_something_else_is_a_refusal_too() {
        let wait = Some(Duration::from_secs(3));
        let refusal = Refusal::read(502, wait, b"<h1>Bad gateway</h1>");
        assert_eq!((refusal.status, refusal.code.as_str(), refusal.retry_after), (Some(502), "internal", wait));
    }
}
