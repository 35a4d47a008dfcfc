//! Bodies of other kinds than they say, or of other kinds than are taken.

use super::doors::Doors;
use crate::harness::{Connection, Database, Person, on_both_databases, raw, shared};

on_both_databases!(
    a_body_of_another_type_is_refused_on_every_door,
    a_body_that_is_encoded_is_refused_on_every_door,
    the_type_may_have_parameters_and_any_case,
    malformed_requests_leave_the_server_standing,
);

async fn a_body_of_another_type_is_refused_on_every_door(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        for media in [
            "text/plain",
            "text/plain; application/json",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonx",
            "application/json5",
            "application/problem+json",
            "application/octet-stream",
            "application",
            "json",
            "*/*",
            "",
        ] {
            let answer = door.call().json(door.valid.clone()).header("Content-Type", media).await;
            answer.problem(415, "unsupported_media_type");
        }
        let untyped = door.call().json(door.valid.clone()).without("Content-Type").await;
        untyped.problem(415, "unsupported_media_type");
    }
    assert_eq!(doors.state().await, before);
}

async fn a_body_that_is_encoded_is_refused_on_every_door(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        for coding in ["gzip", "br", "deflate", "zstd", "identity", "gzip, gzip", "x"] {
            let answer = door.call().json(door.valid.clone()).header("Content-Encoding", coding).await;
            answer.problem(415, "unsupported_media_type");
        }
    }
    assert_eq!(doors.state().await, before);
}

async fn the_type_may_have_parameters_and_any_case(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for media in [
        "application/json",
        "application/json;charset=utf-8",
        "application/json; charset=UTF-8",
        "Application/JSON",
        "application/json ; charset=\"utf-8\"; x=y",
    ] {
        let call = mabel.send(&uri, serde_json::json!({"message": "hello"}));
        call.header("Content-Type", media).await.ok();
    }
}

/// What is no HTTP is answered before the server reads a path, if at all: only its life is asked for.
async fn malformed_requests_leave_the_server_standing(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(500_000));
    for bytes in [
        &b"\r\n\r\n"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: \0\r\n\r\n",
        b"POST /api/v1/chats/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/chats/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /api/v1/chats/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /api/v1/chats/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/v1/chats/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"POST /api/v1/chats/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        long.as_bytes(),
    ] {
        let mut connection = Connection::open(server.address()).await;
        let _ = connection.write(bytes).await;
        drop(connection);
        mabel.me().await.ok();
    }
    // A body cut off in the middle changes nothing.
    let head = "POST /api/v1/chats/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n";
    let mut connection = Connection::open(server.address()).await;
    let request = format!("{head}Authorization: Bearer {}\r\n\r\n{{}}", mabel.access);
    connection.write(request.as_bytes()).await.unwrap();
    drop(connection);
    // Of two requests in one piece, both are answered.
    let hello = "GET /api/v1/users/hello/ HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut connection = Connection::open(server.address()).await;
    connection.write(hello.repeat(2).as_bytes()).await.unwrap();
    for _ in 0..2 {
        connection.answer("GET /api/v1/users/hello/").await.expect_status(200);
    }
    raw(server.address(), hello.replace("1.1", "1.0")).await.expect_status(200);
    assert_eq!(mabel.chats("").await.ok(), []);
}
