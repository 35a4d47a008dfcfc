//! Stopping: requests in flight are answered, and the exit code is 0 (I15).

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::harness::{Connection, Database, Person, Server, Storage, on_both_databases};

on_both_databases!(a_request_in_flight_is_answered_before_the_end, a_server_ends_at_either_signal);

async fn a_request_in_flight_is_answered_before_the_end(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let path = format!("/api/v1/chats/{}/messages/", &*uri);
    let body = r#"{"message":"the last word"}"#;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        mabel.access,
        body.len()
    );
    let mut in_flight = Connection::open(server.address()).await;
    in_flight.write(head.as_bytes()).await.unwrap();
    assert_eq!(in_flight.interim().await, 100, "the server has the request and waits for the body");
    in_flight.write(&body.as_bytes()[..5]).await.unwrap();
    // A connection that asks for nothing holds nobody up.
    let _idle = Connection::open(server.address()).await;

    server.terminate();
    timeout(Duration::from_secs(30), no_longer_listens(server.address())).await.expect("it listens no more");
    in_flight.write(&body.as_bytes()[5..]).await.unwrap();
    in_flight.answer(&format!("POST {path}")).await.expect_status(200);
    let (status, written) = server.ended().await;
    assert_eq!(status.code(), Some(0), "{written}");

    let server = Server::start(&storage).await;
    assert_eq!(mabel.on(&server).messages(&uri, "").await.ok()[0].message, "the last word");
}

async fn a_server_ends_at_either_signal(on: Database) {
    let storage = Storage::new(on);
    for signal in [Server::terminate, Server::interrupt] {
        let server = Server::start(&storage).await;
        server.client().hello().await.ok();
        signal(&server);
        let (status, written) = server.ended().await;
        assert_eq!(status.code(), Some(0), "{written}");
    }
}

async fn no_longer_listens(address: SocketAddr) {
    while TcpStream::connect(address).await.is_ok() {
        sleep(Duration::from_millis(10)).await;
    }
}
