//! Requests, written byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::{Answer, Person};

/// A request that is about to be sent, on a connection of its own.
pub(crate) struct Request {
    address: SocketAddr,
    method: String,
    path: String,
    headers: Vec<u8>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(super) fn new(address: SocketAddr, method: &str, path: &str) -> Self {
        let path = if path.starts_with('/') || path == "*" { path.to_owned() } else { format!("/api/v1/{path}") };
        Self { address, method: method.to_owned(), path, headers: Vec::new(), body: None }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.raw_header(name, value.as_bytes())
    }

    pub(crate) fn raw_header(mut self, name: &str, value: &[u8]) -> Self {
        self.headers.extend_from_slice(name.as_bytes());
        self.headers.extend_from_slice(b": ");
        self.headers.extend_from_slice(value);
        self.headers.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn by(self, person: &Person) -> Self {
        self.header("Authorization", &format!("Bearer {}", person.token))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        if !content_type.is_empty() {
            self = self.header("Content-Type", content_type);
        }
        self.body = Some(body.into());
        self
    }

    /// Sends it and expects this status.
    pub(crate) fn gives(self, status: u16) -> Answer {
        let what = format!("{} {}", self.method, self.path);
        let answer = self.send();
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        answer
    }

    /// Sends it.
    pub(crate) fn send(self) -> Answer {
        let mut bytes =
            format!("{} {} HTTP/1.1\r\nHost: parlor\r\nConnection: close\r\n", self.method, self.path).into_bytes();
        bytes.extend_from_slice(&self.headers);
        if let Some(body) = &self.body {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        let answer = Answer::parse(&exchange(self.address, &bytes));
        answer.check(&self.method);
        answer
    }
}

/// Sends these bytes and returns all that comes back until the server ends the connection.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    // A server that refuses a large body may stop reading it: what it answered is there all the same.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let _ = stream.shutdown(Shutdown::Both);
    answer
}
