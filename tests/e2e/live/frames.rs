//! Frames that are not as they should be.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Database, Live, Person, shared};

#[tokio::test]
async fn a_frame_that_is_no_object_with_a_type_is_malformed() {
    let server = shared(Database::Sqlite).await;
    let mabel = Person::new(&server, "mabel").await;
    for text in
        ["", "nonsense", "[]", "7", "{}", "{\"type\": 7}", "{\"type\": \"ping\"} and more", "{\"type\": \"ping\""]
    {
        let mut live = Live::of(&server, &mabel).await;
        live.send(Message::text(text)).await;
        assert_eq!(live.closed().await.0, 4400, "{text}");
    }
}

#[tokio::test]
async fn the_first_frame_is_hello() {
    let server = shared(Database::Sqlite).await;
    let mabel = Person::new(&server, "mabel").await;
    let mut live = Live::open(&server).await;
    live.say(json!({"type": "ping"})).await;
    assert_eq!(live.closed().await.0, 4400);
    let mut live = Live::of(&server, &mabel).await;
    assert_eq!(live.ask_refused(json!({"type": "hello", "token": mabel.access})).await, "already_started");
    live.is_quiet().await;
}

#[tokio::test]
async fn what_is_not_known_is_answered() {
    let server = shared(Database::Sqlite).await;
    let mabel = Person::new(&server, "mabel").await;
    let mut live = Live::of(&server, &mabel).await;
    assert_eq!(live.ask_refused(json!({"type": "dance"})).await, "unknown_type");
    assert_eq!(live.ask_refused(json!({"type": "sync"})).await, "invalid");
    live.say(json!({"type": "dance", "id": "x".repeat(65)})).await;
    let reply = live.next_of("reply").await;
    assert_eq!((&reply["ok"], &reply["error"]["code"]), (&json!(false), &json!("invalid")), "{reply}");
    live.say(json!({"type": "dance"})).await;
    let reply = live.next_of("reply").await;
    assert_eq!(reply["error"]["code"], "unknown_type", "without an id, too");
    live.is_quiet().await;
}

#[tokio::test]
async fn what_a_websocket_may_not_do_is_closed_with_its_own_code() {
    let server = shared(Database::Sqlite).await;
    let mabel = Person::new(&server, "mabel").await;
    let mut live = Live::of(&server, &mabel).await;
    live.send(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(live.closed().await.0, 1003, "a binary frame");
    let mut live = Live::of(&server, &mabel).await;
    live.send(Message::text(format!("{{\"type\": \"ping\", \"x\": \"{}\"}}", "x".repeat(64 * 1024)))).await;
    assert_eq!(live.closed().await.0, 1009, "a large frame");
}

/// Frames byte by byte, as a client's library would never send them: what, and with which code it is closed.
#[tokio::test]
async fn frames_that_break_the_protocol_are_closed() {
    let server = shared(Database::Sqlite).await;
    let frames: [(&str, &[u8], u16); 7] = [
        ("bad UTF-8", &[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], 1007),
        ("a reserved bit", &[0xc1, 0x82, 0, 0, 0, 0, b'{', b'}'], 1002),
        ("an unknown opcode", &[0x83, 0x80, 0, 0, 0, 0], 1002),
        ("no mask", &[0x81, 0x02, b'{', b'}'], 1002),
        ("a large control frame", &[0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002),
        ("a continuation of nothing", &[0x80, 0x80, 0, 0, 0, 0], 1002),
        ("2 GiB to come", &[0x81, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], 1009),
    ];
    for (what, frame, code) in frames {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let handshake = "GET /api/v1/live/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(handshake.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        stream.write_all(frame).await.unwrap();
        let mut rest = Vec::new();
        let read = stream.read_to_end(&mut rest);
        let _ = timeout(std::time::Duration::from_secs(30), read).await.unwrap_or_else(|_| panic!("{what}: no end"));
        assert_eq!(rest.first(), Some(&0x88), "{what}: a close frame, not {rest:?}");
        assert_eq!(u16::from_be_bytes([rest[2], rest[3]]), code, "{what}");
    }
}
