//! Request bodies, good and bad, as they come over a wire.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Answer, Request, Server, exchange};

fn login(server: &Server) -> Request {
    server.post("users/login/")
}

/// A login whose body is fine but for what is wrong with its fields: it was read.
fn was_read(answer: &Answer) -> bool {
    answer.status == 400 && answer.json()["errors"].is_object()
}

fn chunked(server: &Server, head: &str, body: &[u8]) -> Answer {
    let mut bytes = format!(
        "POST /api/v1/users/login/ HTTP/1.1\r\nHost: parlor\r\nConnection: close\r\n{head}Transfer-Encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    let answer = Answer::parse(&exchange(server.address, &bytes));
    answer.check("POST");
    answer
}

fn padded(bytes: usize) -> String {
    let frame = r#"{"x":""}"#.len();
    format!(r#"{{"x":"{}"}}"#, "a".repeat(bytes - frame))
}

#[test]
fn no_body_is_an_empty_object() {
    let server = Server::start();
    assert!(was_read(&login(&server).send()));
    assert!(was_read(&login(&server).body("", "").send()));
    assert!(was_read(&login(&server).header("Content-Encoding", "gzip").body("text/plain", "").send()));
    assert!(was_read(&chunked(&server, "", b"0\r\n\r\n")));
}

#[test]
fn malformed_bodies_are_bad_input() {
    let server = Server::start();
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(32), "]".repeat(32));
    let very_deep = "[".repeat(60_000);
    for bad in [
        &b"[]"[..],
        b"[\"a@b.c\",\"12345678\"]",
        b"null",
        b"5",
        b"\"email\"",
        b" ",
        b"{",
        b"{} {}",
        b"{}x",
        b"{\"email\":1,\"email\":2}",
        b"{\"x\":{\"y\":1,\"y\":2}}",
        b"{\"email\":\"\xff\"}",
        b"{\"x\":\"\xc3\x28\"}",
        b"{\"x\":\"\\ud800\"}",
        b"{\"\\udfff\":1}",
        b"{\"x\":1e400}",
        b"\xef\xbb\xbf{}",
        b"{}\0",
        deep.as_bytes(),
        very_deep.as_bytes(),
    ] {
        let answer = login(&server).body("application/json", bad).gives(400);
        assert_eq!(answer.code(), "invalid");
        assert!(!was_read(&answer), "{}", String::from_utf8_lossy(&bad[..bad.len().min(80)]));
    }
}

#[test]
fn a_body_is_plain_json() {
    let server = Server::start();
    for good in ["application/json", "Application/Json", "application/json;charset=utf-8", "application/json; a=b; c"] {
        assert!(was_read(&login(&server).body(good, "{}").send()), "{good}");
        assert!(was_read(&chunked(&server, &format!("Content-Type: {good}\r\n"), b"2\r\n{}\r\n0\r\n\r\n")), "{good}");
    }
    for bad in ["text/plain", "", "application/jsonx", "application/x-www-form-urlencoded", "*/*"] {
        let answer = login(&server).body(bad, "{}").gives(415);
        assert_eq!(answer.code(), "unsupported_media_type");
    }
    assert_eq!(chunked(&server, "", b"2\r\n{}\r\n0\r\n\r\n").status, 415);
    login(&server).header("Content-Type", "application/json").body("text/plain", "{}").gives(415);
    for bad in ["gzip", "br", "deflate", "identity", "identity, gzip", "x", ""] {
        login(&server).header("Content-Encoding", bad).body("application/json", "{}").gives(415);
    }
}

#[test]
fn a_body_has_64_kib_at_most() {
    let server = Server::start();
    assert!(was_read(&login(&server).body("application/json", padded(65_536)).send()));
    login(&server).body("application/json", padded(65_537)).gives(413);
    let whole = padded(65_536);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let (one, two) = whole.split_at(40_000);
    let json = "Content-Type: application/json\r\n";
    assert!(was_read(&chunked(&server, json, format!("{}{}0\r\n\r\n", chunk(one), chunk(two)).as_bytes())));
    let more = format!("{}{}{}0\r\n\r\n", chunk(one), chunk(two), chunk(" "));
    assert_eq!(chunked(&server, json, more.as_bytes()).code(), "payload_too_large");
}

#[test]
fn a_declared_length_above_the_limit_is_refused_at_once() {
    let server = Server::start();
    let begun = Instant::now();
    for length in ["65537", "99999999999", "18446744073709551615"] {
        let request = login(&server).header("Content-Type", "application/json");
        let answer = request.header("Content-Length", length).gives(413);
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "nobody waited for the bodies: {:?}", begun.elapsed());
}

#[test]
fn an_endless_chunked_body_is_cut_off() {
    let server = Server::start();
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    let head = "POST /api/v1/users/login/ HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("sent");
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) && stream.write_all(chunk.as_bytes()).is_ok() {}
    assert!(begun.elapsed() < Duration::from_secs(10), "the server ended the connection");
}

#[test]
fn a_body_that_does_not_come_in_time_is_not_waited_for() {
    let server = Server::with(|_, options| options.body_timeout = Duration::from_millis(300));
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    let head =
        "POST /api/v1/users/login/ HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("sent");
    let begun = Instant::now();
    for byte in b"{\"email\"" {
        std::thread::sleep(Duration::from_millis(50));
        let _ = stream.write_all(&[*byte]);
    }
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let answer = Answer::parse(&bytes);
    answer.check("POST");
    assert_eq!((answer.status, answer.code().as_str()), (408, "request_timeout"));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_broken_chunk_is_bad_input() {
    let server = Server::start();
    for broken in [&b"zz\r\n{}\r\n0\r\n\r\n"[..], b"2\r\n{}xx0\r\n\r\n", b"-1\r\n"] {
        let head = "POST /api/v1/users/login/ HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = exchange(server.address, &[head.as_bytes(), broken].concat());
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
    }
}

#[test]
fn a_refused_body_does_not_spoil_the_next_request() {
    let server = Server::start();
    let hello = b"GET /api/v1/users/hello/ HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n";
    let body = br#"{"email":[],"x":"GET / HTTP/1.1"}"#;
    let head = format!(
        "POST /api/v1/users/login/ HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(server.address, &[head.as_bytes(), body, hello].concat());
    let text = String::from_utf8(answer).expect("UTF-8");
    let statuses: Vec<&str> = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["400", "200"], "{text}");
}
