//! A small HTTP client on one kept-alive connection, so that what is measured is the server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP socket");
        Self { stream: BufReader::new(stream) }
    }

    pub(crate) fn get(&mut self, path: &str, token: Option<&str>) -> String {
        self.call("GET", path, token, "", "")
    }

    /// The same, or nothing if the server is busy.
    pub(crate) fn get_if_not_busy(&mut self, path: &str, token: &str) -> Option<String> {
        self.write("GET", path, Some(token), "", "");
        let (head, body) = self.read();
        if head.starts_with("HTTP/1.1 503") {
            return None;
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}{body}");
        Some(body)
    }

    /// Sends a message of 100 bytes and waits for the answer, which comes after the commit.
    pub(crate) fn send(&mut self, chat: &str, token: &str) {
        self.say(chat, token, &"m".repeat(100));
    }

    /// Sends this text.
    pub(crate) fn say(&mut self, chat: &str, token: &str, text: &str) {
        let body = format!(r#"{{"message":"{text}"}}"#);
        self.call("POST", &format!("/api/v1/chats/{chat}/messages/"), Some(token), "Prefer: return=minimal\r\n", &body);
    }

    /// Opens a new group and returns its uri.
    pub(crate) fn open_chat(&mut self, token: &str) -> String {
        field(&self.call("POST", "/api/v1/chats/", Some(token), "", "{}"), "uri")
    }

    /// Opens a new group with these others: quoted names, with commas between them.
    pub(crate) fn open_chat_with(&mut self, token: &str, names: &str) -> String {
        let body = format!(r#"{{"usernames":[{names}]}}"#);
        field(&self.call("POST", "/api/v1/chats/", Some(token), "", &body), "uri")
    }

    /// The last seq of a chat.
    pub(crate) fn head(&mut self, chat: &str, token: &str) -> u64 {
        let chat = self.get(&format!("/api/v1/chats/{chat}/"), Some(token));
        let value: serde_json::Value = serde_json::from_str(&chat).expect("JSON");
        value["head"].as_u64().expect("a number")
    }

    /// Has the bare server hand this text to everybody.
    pub(crate) fn send_bare(&mut self, text: &str) {
        self.call("POST", "/send", None, "", text);
    }

    fn call(&mut self, method: &str, path: &str, token: Option<&str>, headers: &str, body: &str) -> String {
        self.write(method, path, token, headers, body);
        let (head, body) = self.read();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {head}{body}");
        body
    }

    fn write(&mut self, method: &str, path: &str, token: Option<&str>, headers: &str, body: &str) {
        let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: parlor\r\n{authorization}{headers}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("the server reads");
    }

    /// The head and the body of an answer.
    fn read(&mut self) -> (String, String) {
        let mut head = String::new();
        let mut length = 0;
        loop {
            let from = head.len();
            self.stream.read_line(&mut head).expect("the server answers");
            let line = head[from..].trim_end();
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length");
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole body");
        (head, String::from_utf8(body).expect("UTF-8"))
    }
}

/// Signs somebody up and returns their access token.
pub(crate) fn sign_up(client: &mut Client, name: &str) -> String {
    let body = format!(
        r#"{{"email":"{name}@example.com","username":"{name}","password":"correct horse","password2":"correct horse"}}"#
    );
    field(&client.call("POST", "/api/v1/users/signup/", None, "", &body), "access")
}

fn field(json: &str, name: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
    value[name].as_str().expect("a text").to_owned()
}
