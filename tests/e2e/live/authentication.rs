//! The three ways to say who one is, and the ends of a connection that come from that.

use serde_json::json;

use crate::harness::{Database, Live, Person, Server, Storage, on_both_databases, shared};

on_both_databases!(
    a_header_proves_who_one_is,
    a_subprotocol_proves_who_one_is,
    a_token_in_hello_proves_who_one_is,
    the_first_way_that_applies_decides,
    logging_out_closes_the_sessions_connections,
    a_new_token_moves_the_connection_to_its_session,
);

async fn a_header_proves_who_one_is(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let bearer = format!("Bearer {}", mabel.access);
    let mut live = Live::attempt(server.address(), &[("Authorization", &bearer)]).await.expect("taken");
    live.say(json!({"type": "hello"})).await;
    let ready = live.next_of("ready").await;
    assert_eq!(ready["user"], json!({"id": mabel.id, "username": mabel.username}));
    let (status, body) = Live::attempt(server.address(), &[("Authorization", "Bearer nonsense")]).await.err().unwrap();
    assert_eq!(status, 401, "a bad header is refused before the upgrade");
    assert!(body.contains("token_not_valid"), "{body}");
}

async fn a_subprotocol_proves_who_one_is(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let offer = format!("chat.v1, bearer.{}", mabel.access);
    let mut live = Live::attempt(server.address(), &[("Sec-WebSocket-Protocol", &offer)]).await.expect("taken");
    assert_eq!(live.handshake.headers()["sec-websocket-protocol"], "chat.v1", "the token is not said back");
    live.say(json!({"type": "hello"})).await;
    assert_eq!(live.next_of("ready").await["user"]["id"], mabel.id);

    let offer = "chat.v1, bearer.nonsense";
    let mut live = Live::attempt(server.address(), &[("Sec-WebSocket-Protocol", offer)]).await.expect("upgraded");
    live.say(json!({"type": "hello"})).await;
    assert_eq!(live.closed().await.0, 4401);

    let (status, _) = Live::attempt(server.address(), &[("Sec-WebSocket-Protocol", "chat.v9")]).await.err().unwrap();
    assert_eq!(status, 400, "a subprotocol that is not known");
}

async fn a_token_in_hello_proves_who_one_is(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let (_live, ready) = Live::resume(&server, &mabel, json!({}), None).await;
    assert_eq!(ready["user"]["id"], mabel.id);
    assert!(ready["epoch"].as_str().is_some_and(|epoch| !epoch.is_empty()));
    assert!(ready["expires_at"].as_str().is_some_and(|time| time.ends_with('Z')));
    for token in [json!("nonsense"), json!(mabel.refresh), json!(null)] {
        let mut live = Live::open(&server).await;
        live.say(json!({"type": "hello", "token": token})).await;
        assert_eq!(live.closed().await.0, 4401, "{token}");
    }
}

async fn the_first_way_that_applies_decides(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let bearer = format!("Bearer {}", mabel.access);
    let offer = format!("chat.v1, bearer.{}", nina.access);
    let headers = [("Authorization", bearer.as_str()), ("Sec-WebSocket-Protocol", offer.as_str())];
    let mut live = Live::attempt(server.address(), &headers).await.expect("taken");
    live.say(json!({"type": "hello", "token": nina.access})).await;
    assert_eq!(live.next_of("ready").await["user"]["id"], mabel.id);
}

async fn logging_out_closes_the_sessions_connections(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let phone = mabel.again(&server).await;
    let (mut at_desk, mut on_phone) = (Live::of(&server, &mabel).await, Live::of(&server, &phone).await);
    mabel.logout().await.expect_status(204);
    assert_eq!(at_desk.closed().await.0, 4403);
    on_phone.is_quiet().await;
    let mut late = Live::open(&server).await;
    late.say(json!({"type": "hello", "token": mabel.access})).await;
    assert_eq!(late.closed().await.0, 4403, "its token is not taken any more");
}

async fn a_new_token_moves_the_connection_to_its_session(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let phone = mabel.again(&server).await;
    let mut live = Live::of(&server, &mabel).await;
    assert_eq!(live.ask_refused(json!({"type": "auth"})).await, "invalid");
    let renewed = live.ask_ok(json!({"type": "auth", "token": phone.access})).await;
    assert!(renewed["expires_at"].as_str().is_some(), "{renewed}");
    mabel.logout().await.expect_status(204);
    live.is_quiet().await;
    phone.logout().await.expect_status(204);
    assert_eq!(live.closed().await.0, 4403);

    let mut live = Live::of(&server, &nina).await;
    let oscar = Person::new(&server, "oscar").await;
    live.say(json!({"type": "auth", "token": oscar.access})).await;
    assert_eq!(live.closed().await.0, 4401, "a token of somebody else");
}

#[tokio::test]
async fn whoever_does_not_say_hello_is_closed() {
    let server = shared(Database::Sqlite).await;
    let mut live = Live::open(&server).await;
    assert_eq!(live.closed().await.0, 4408);
}

#[tokio::test]
async fn a_token_that_ends_soon_is_announced() {
    let storage = Storage::new(Database::Sqlite);
    let server = Server::start_with(&storage, &[("PARLOR_ACCESS_TOKEN_MINUTES", "1")]).await;
    let mabel = Person::new(&server, "mabel").await;
    let mut live = Live::of(&server, &mabel).await;
    let notice = live.next_of("auth.expiring").await;
    assert!(notice["expires_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{notice}");
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused_where_origins_are_named() {
    let storage = Storage::new(Database::Sqlite);
    let server = Server::start_with(&storage, &[("PARLOR_CORS_ORIGINS", "https://chat.example")]).await;
    assert!(Live::attempt(server.address(), &[("Origin", "https://chat.example")]).await.is_ok());
    assert!(Live::attempt(server.address(), &[]).await.is_ok(), "not a browser");
    for origin in ["https://evil.example", "null"] {
        let (status, _) = Live::attempt(server.address(), &[("Origin", origin)]).await.err().unwrap();
        assert_eq!(status, 403, "{origin}");
    }
}
