//! Bodies that are too large, and one that is too slow.

use serde_json::{Value, json};

use super::doors::Doors;
use crate::harness::{Connection, Database, Person, on_both_databases, shared};

const MAX_BYTES: usize = 64 * 1024;

on_both_databases!(
    a_body_of_64_kib_is_taken_and_one_byte_more_is_not,
    a_body_that_says_it_is_huge_is_refused_on_every_door,
    a_body_without_end_is_refused_on_every_door,
    a_body_in_chunks_is_a_body,
);

async fn a_body_of_64_kib_is_taken_and_one_byte_more_is_not(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let body = |bytes: usize| {
        let empty = json!({"message": "hello", "padding": ""}).to_string();
        json!({"message": "hello", "padding": "x".repeat(bytes - empty.len())}).to_string()
    };
    assert_eq!(body(MAX_BYTES).len(), MAX_BYTES);
    mabel.send(&uri, Value::Null).body(body(MAX_BYTES)).await.ok();
    for bytes in [MAX_BYTES + 1, 2 * MAX_BYTES, 10 * MAX_BYTES] {
        mabel.send(&uri, Value::Null).body(body(bytes)).await.problem(413, "payload_too_large");
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 2);
}

async fn a_body_that_says_it_is_huge_is_refused_on_every_door(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        for length in ["65537", "10000000000", "18446744073709551615"] {
            let headers = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
            let mut connection = Connection::open(server.address()).await;
            connection.write(door.head(&headers).as_bytes()).await.unwrap();
            connection.answer(&door.name()).await.problem(413, "payload_too_large");
        }
    }
    assert_eq!(doors.state().await, before);
}

async fn a_body_without_end_is_refused_on_every_door(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        let head = door.head("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n");
        let mut connection = Connection::open(server.address()).await;
        connection.write(head.as_bytes()).await.unwrap();
        let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
        let answer = connection.write_until_answered(chunk.as_bytes(), 10_000, &door.name()).await;
        answer.problem(413, "payload_too_large");
    }
    assert_eq!(doors.state().await, before);
}

async fn a_body_in_chunks_is_a_body(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let head = |kind: &str| {
        let (path, access) = (format!("/api/v1/chats/{}/messages/", &*uri), &mabel.access);
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {access}\r\nTransfer-Encoding: chunked\r\n{kind}\r\n"
        )
    };
    let chunks = "b\r\n{\"message\":\r\n8\r\n\"hello\"}\r\n0\r\n\r\n";
    let call = "POST …/messages/";
    let mut connection = Connection::open(server.address()).await;
    connection.write((head("Content-Type: application/json\r\n") + chunks).as_bytes()).await.unwrap();
    connection.answer(call).await.expect_status(200);
    let mut connection = Connection::open(server.address()).await;
    connection.write((head("") + chunks).as_bytes()).await.unwrap();
    connection.answer(call).await.problem(415, "unsupported_media_type");
    assert_eq!(mabel.chat(&uri).await.ok().head, 2);
}

/// The database has no part in it: once is enough.
#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_for_ever() {
    let server = shared(Database::Sqlite).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    let mut waiting = Vec::new();
    for door in &doors.doors {
        let mut connection = Connection::open(server.address()).await;
        let head = door.head("Content-Type: application/json\r\nContent-Length: 20\r\n");
        connection.write(format!("{head}{{\"a\":").as_bytes()).await.unwrap();
        waiting.push((connection, door.name()));
    }
    for (mut connection, name) in waiting {
        connection.answer(&name).await.problem(408, "request_timeout");
    }
    assert_eq!(doors.state().await, before);
}
