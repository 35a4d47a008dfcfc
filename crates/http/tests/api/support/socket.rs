//! A client of the socket, written byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Person, Server};

/// What the server sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Frame {
    Text(Value),
    Pong(Vec<u8>),
    Close(Option<u16>),
    /// The connection has ended.
    End,
}

/// An open socket.
pub(crate) struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// The head of the answer to the handshake.
    pub(crate) head: String,
}

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

impl Socket {
    /// Shakes hands, with these headers beside the necessary ones, and expects 101.
    pub(crate) fn open(address: SocketAddr, headers: &[(&str, &str)]) -> Self {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let mut request = "GET /api/v1/live/ HTTP/1.1\r\nHost: parlor\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            .to_owned();
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut socket = Self { stream, buffer: Vec::new(), head: String::new() };
        let end = loop {
            if let Some(end) = socket.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(socket.fill(), "no whole head: {}", String::from_utf8_lossy(&socket.buffer));
        };
        socket.head = String::from_utf8(socket.buffer.drain(..end).collect()).expect("a head of ASCII");
        assert!(socket.head.starts_with("HTTP/1.1 101 "), "{}{}", socket.head, String::from_utf8_lossy(&socket.buffer));
        socket
    }

    /// A socket that is `ready`, and its first frame.
    pub(crate) fn ready(server: &Server, person: &Person) -> (Self, Value) {
        Self::hello(server, person, &json!({}))
    }

    /// The same, with more in its hello.
    pub(crate) fn hello(server: &Server, person: &Person, more: &Value) -> (Self, Value) {
        let mut socket = Self::open(server.address, &[]);
        let mut hello = json!({"type": "hello", "token": person.token});
        for (key, value) in more.as_object().expect("an object") {
            hello[key] = value.clone();
        }
        socket.say(&hello);
        let ready = socket.text();
        assert_eq!(ready["type"], "ready", "{ready}");
        (socket, ready)
    }

    pub(crate) fn say(&mut self, frame: &Value) {
        self.send(0x81, frame.to_string().as_bytes());
    }

    /// Sends one masked frame.
    pub(crate) fn send(&mut self, first: u8, data: &[u8]) {
        let mut bytes = vec![first];
        match (u8::try_from(data.len()), u16::try_from(data.len())) {
            (Ok(len), _) if len < 126 => bytes.push(0x80 | len),
            (_, Ok(len)) => {
                bytes.push(0x80 | 126);
                bytes.extend_from_slice(&len.to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend_from_slice(&(data.len() as u64).to_be_bytes());
            }
        }
        bytes.extend_from_slice(&MASK);
        bytes.extend(data.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.send_raw(&bytes);
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        // A server that has closed does not listen any more: what it said is there all the same.
        let _ = self.stream.write_all(bytes);
    }

    /// The next frame.
    pub(crate) fn next(&mut self) -> Frame {
        let Some(head) = self.take(2) else { return Frame::End };
        assert_eq!(head[1] & 0x80, 0, "a server does not mask");
        let len = match head[1] {
            126 => u64::from(u16::from_be_bytes(self.take(2).expect("a length").try_into().expect("two"))),
            127 => u64::from_be_bytes(self.take(8).expect("a length").try_into().expect("eight")),
            len => u64::from(len),
        };
        let data = self.take(usize::try_from(len).expect("a length")).expect("a whole frame");
        match head[0] {
            0x81 => Frame::Text(serde_json::from_slice(&data).expect("JSON")),
            0x8a => Frame::Pong(data),
            0x88 => Frame::Close(data.first_chunk().map(|code| u16::from_be_bytes(*code))),
            other => panic!("a frame that begins with {other:#x}"),
        }
    }

    /// The next frame, which is JSON.
    pub(crate) fn text(&mut self) -> Value {
        match self.next() {
            Frame::Text(value) => value,
            other => panic!("{other:?}"),
        }
    }

    /// The next frame of this type; others are passed over.
    pub(crate) fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.text();
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Says something and returns its reply.
    pub(crate) fn ask(&mut self, request: Value) -> Value {
        let mut request = request;
        request["id"] = json!("q");
        self.say(&request);
        loop {
            let reply = self.wait_for("reply");
            if reply["id"] == "q" {
                return reply;
            }
        }
    }

    /// The code that the server closes with; what comes before is passed over.
    pub(crate) fn closed(&mut self) -> Option<u16> {
        loop {
            match self.next() {
                Frame::Close(code) => return code,
                Frame::End => panic!("the connection ended without a close"),
                _ => {}
            }
        }
    }

    /// Waits, without reading anything, until the server has broken the connection off.
    pub(crate) fn wait_for_reset(&self) {
        let begun = Instant::now();
        while self.stream.take_error().expect("an open socket").is_none() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the server keeps the connection");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < len {
            if !self.fill() {
                return None;
            }
        }
        Some(self.buffer.drain(..len).collect())
    }

    fn fill(&mut self) -> bool {
        let mut chunk = [0; 16 * 1024];
        let read = match self.stream.read(&mut chunk) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("the server says nothing: {error}"),
        };
        self.buffer.extend_from_slice(&chunk[..read]);
        read > 0
    }
}
