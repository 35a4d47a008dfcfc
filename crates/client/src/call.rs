//! A call of the HTTP API and its answer.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
pub use reqwest::Method;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Refusal;
use crate::{Error, Parlor};

/// What stands for itself in a path and a query: the unreserved characters of RFC 3986, section 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as it stands in a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A call that can be made more than once.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

/// What came back, if it is a success.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None, headers: Vec::new() }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Adds a parameter to the query, if there is a value.
    pub(crate) fn query(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            let mark = if self.path.contains('?') { '&' } else { '?' };
            self.path.push_str(&format!("{mark}{name}={}", encoded(&value.to_string())));
        }
        self
    }

    pub(crate) fn json(self, body: &impl Serialize) -> Self {
        let body = serde_json::to_value(body).expect("what is sent is plain data with texts as keys");
        Self { body: Some(body), ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Answer {
    /// The JSON of the answer; null if there is none.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let body = if self.body.is_empty() { b"null" } else { self.body.as_slice() };
        Ok(serde_json::from_slice(body)?)
    }

    /// A header, if it is there and readable.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Parlor {
    /// Any call of the API; `path` is what follows `/api/v1/`, and [`Value`] or `()` will do for `T`. Where there is a
    /// method for it, that is to be preferred. If the access token is at its end it is renewed, and the call made again.
    ///
    /// # Errors
    /// [`Error`]: all calls fail in the same ways.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, Error> {
        let call = Call::new(method, path);
        self.ask(body.into_iter().fold(call, Call::json)).await
    }

    /// Makes a call, and reads the answer.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        self.answer(&call).await?.read()
    }

    /// Makes a call with the access token; with a new one, if that is at its end.
    pub(crate) async fn answer(&self, call: &Call) -> Result<Answer, Error> {
        let answer = self.respond(call).await?;
        whole(answer).await
    }

    /// The same, before the body has come.
    pub(crate) async fn respond(&self, call: &Call) -> Result<reqwest::Response, Error> {
        let access = self.tokens().map(|tokens| tokens.access);
        match (self.attempt(call, access.as_deref()).await, access) {
            (Err(error), Some(stale)) if error.is_code("token_not_valid") => {
                let access = self.renew(&stale).await?;
                self.attempt(call, Some(&access)).await
            }
            (outcome, _) => outcome,
        }
    }

    /// Makes a call once.
    pub(crate) async fn make(&self, call: &Call, access: Option<&str>) -> Result<Answer, Error> {
        let answer = self.attempt(call, access).await?;
        whole(answer).await
    }

    async fn attempt(&self, call: &Call, access: Option<&str>) -> Result<reqwest::Response, Error> {
        let (turn, url) = self.address(&call.path)?;
        let mut request = self.inner.http.request(call.method.clone(), url).timeout(self.inner.options.timeout);
        if let Some(access) = access {
            request = request.bearer_auth(access);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.inspect_err(|_| self.failed(turn))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let refusal = Refusal::read(status.as_u16(), retry_after.map(Duration::from_secs), &answer.bytes().await?);
        Err(refusal.into())
    }
}

async fn whole(answer: reqwest::Response) -> Result<Answer, Error> {
    let headers = answer.headers().clone();
    Ok(Answer { headers, body: answer.bytes().await?.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_whatever_it_is_given() {
        let call = Call::get("search/").query("q", Some("a&b=c 東")).query("limit", None::<u32>).query("chat", Some(1));
        assert_eq!(call.path, "search/?q=a%26b%3Dc%20%E6%9D%B1&chat=1");
    }
}
