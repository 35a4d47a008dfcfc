//! Requests byte by byte, for what a well-behaved client cannot send.

use std::net::SocketAddr;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::Answer;
use super::command::PATIENCE;

/// Sends the bytes on a connection of their own and reads the answer.
pub(crate) async fn raw(server: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    let mut connection = Connection::open(server).await;
    // The server may answer and close before it has read everything.
    let _ = connection.write(request.as_ref()).await;
    connection.answer(&first_line(request.as_ref())).await
}

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connection {
    input: BufReader<OwnedReadHalf>,
    output: OwnedWriteHalf,
}

impl Connection {
    pub(crate) async fn open(server: SocketAddr) -> Self {
        let (input, output) = TcpStream::connect(server).await.expect("the server listens").into_split();
        Self { input: BufReader::new(input), output }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.output.write_all(bytes).await
    }

    /// Writes the piece over and over until there is an answer, or there have been `times` of them.
    pub(crate) async fn write_until_answered(&mut self, piece: &[u8], times: usize, call: &str) -> Answer {
        let Self { input, output } = self;
        let writing = async {
            for _ in 0..times {
                if output.write_all(piece).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = answer(input, call) => answer,
            () = writing => unreachable!("the writing never ends"),
        }
    }

    /// Reads the next answer; one with an interim status (100 Continue) counts as none.
    pub(crate) async fn answer(&mut self, call: &str) -> Answer {
        answer(&mut self.input, call).await
    }

    /// Reads the head of an interim answer: `HTTP/1.1 100 Continue`.
    pub(crate) async fn interim(&mut self) -> u16 {
        let (status, _) = timeout(PATIENCE, head(&mut self.input)).await.expect("an answer in time");
        status
    }
}

async fn answer(input: &mut BufReader<OwnedReadHalf>, call: &str) -> Answer {
    let reading = async {
        loop {
            let (status, headers) = head(input).await;
            if status >= 200 {
                let body = body(input, call, status, &headers).await;
                return Answer::new(call, status, headers, body);
            }
        }
    };
    timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("no answer to {call}"))
}

async fn head(input: &mut BufReader<OwnedReadHalf>) -> (u16, HeaderMap) {
    let first = line(input).await;
    let status = first.strip_prefix("HTTP/1.1 ").or(first.strip_prefix("HTTP/1.0 "));
    let status = status.and_then(|rest| rest.get(..3)).and_then(|digits| digits.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer of HTTP: {first:?}"));
    let mut headers = HeaderMap::new();
    loop {
        let line = line(input).await;
        if line.is_empty() {
            return (status, headers);
        }
        let (name, value) = line.split_once(':').expect("a header");
        let name = HeaderName::try_from(name).expect("a header's name");
        headers.append(name, HeaderValue::from_str(value.trim()).expect("a header's value"));
    }
}

async fn body(input: &mut BufReader<OwnedReadHalf>, call: &str, status: u16, headers: &HeaderMap) -> Vec<u8> {
    let mut body = Vec::new();
    if call.starts_with("HEAD ") || matches!(status, 204 | 304) {
        return body;
    }
    if let Some(length) = headers.get("content-length") {
        body.resize(length.to_str().unwrap().parse().expect("a length"), 0);
        input.read_exact(&mut body).await.expect("the whole body");
        return body;
    }
    assert!(headers.contains_key("transfer-encoding"), "a body of unknown length: {headers:?}");
    loop {
        let size = usize::from_str_radix(&line(input).await, 16).expect("the size of a chunk");
        let mut chunk = vec![0; size + 2];
        input.read_exact(&mut chunk).await.expect("a whole chunk");
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&chunk[..size]);
    }
}

async fn line(input: &mut BufReader<OwnedReadHalf>) -> String {
    let mut line = Vec::new();
    let read = input.read_until(b'\n', &mut line).await.expect("the server answers");
    assert!(read > 0, "the server closed the connection without an answer");
    String::from_utf8(line).expect("a head in UTF-8").trim_end().to_owned()
}

fn first_line(request: &[u8]) -> String {
    let line = request.split(|&byte| byte == b'\r').next().unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}
