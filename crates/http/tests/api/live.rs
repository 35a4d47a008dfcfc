//! The socket, from its handshake to its end.

use parlor_delivery::{Limits, Millis};
use parlor_domain::account::Device;
use parlor_domain::{Email, PasswordAttempt};
use parlor_http::CorsOrigins;
use serde_json::{Value, json};

use crate::support::{Frame, Person, Server, Socket, now};

fn stage() -> (Server, Person, Person) {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    (server, mabel, zoe)
}

/// A second session of the same person.
fn another_token(server: &Server, person: &Person) -> String {
    let email = Email::new(&format!("{}@example.com", person.username)).expect("an address");
    let attempt = PasswordAttempt::new(format!("{}-password", person.username)).expect("a password");
    let signed_in = now(server.application.accounts.log_in(&email, attempt, Device::default())).expect("logged in");
    signed_in.tokens.access.expose().to_owned()
}

fn handshake(server: &Server) -> crate::support::Request {
    let request = server.get("live/").header("Upgrade", "websocket").header("Connection", "Upgrade");
    request.header("Sec-WebSocket-Version", "13").header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[test]
fn what_one_says_all_hear_in_order_and_the_reply_comes_first() {
    let (server, mabel, zoe) = stage();
    let chat = server.group(&[&mabel, &zoe]).to_string();
    let (mut hers, ready) = Socket::ready(&server, &mabel);
    let (mut theirs, _) = Socket::ready(&server, &zoe);
    assert_eq!(ready["user"], json!({"id": mabel.id.get(), "username": "mabel"}));
    assert_eq!(ready["chats"][0]["chat"], json!(chat));
    assert_eq!(ready["chats"][0]["state"], "live");
    assert_eq!((&ready["heartbeat"], &ready["more"], &ready["gone"]), (&json!(25), &json!(false), &json!([])));
    let head = ready["chats"][0]["head"].as_i64().expect("a head");

    for number in 1..=3 {
        let text = format!("number {number}");
        let client_id = format!("c{number}");
        hers.say(&json!({"type": "send", "id": client_id, "chat": chat, "message": text, "client_id": client_id}));
        let frames: Vec<Value> = std::iter::from_fn(|| Some(hers.text()))
            .filter(|frame| frame["type"] == "reply" || frame["type"] == "event")
            .take(2)
            .collect();
        let expected = json!({"type": "reply", "id": client_id, "ok": true,
            "result": {"seq": head + number, "duplicate": false}});
        assert_eq!(frames[0], expected, "the reply precedes the event");
        assert_eq!(frames[1]["data"]["client_id"], json!(client_id));
        let event = theirs.wait_for("event");
        assert_eq!(event, frames[1], "everybody is sent the same");
        assert_eq!(event["seq"], json!(head + number));
        assert_eq!(event["data"]["message"], json!(text));
    }
    let again = json!({"type": "send", "chat": chat, "message": "number 3", "client_id": "c3"});
    assert_eq!(hers.ask(again)["result"], json!({"seq": head + 3, "duplicate": true}));
    let other = json!({"type": "send", "chat": chat, "message": "other", "client_id": "c3"});
    assert_eq!(hers.ask(other)["error"]["code"], "client_id_reused");
}

#[test]
fn what_was_said_over_http_is_heard_at_once() {
    let (server, mabel, zoe) = stage();
    let chat = server.group(&[&mabel, &zoe]);
    let (mut socket, _) = Socket::ready(&server, &zoe);
    let seq = server.say(&mabel, chat, "hello");
    let event = socket.wait_for("event");
    assert_eq!((&event["seq"], &event["data"]["message"]), (&json!(seq.get()), &json!("hello")));
    let later = server.group(&[&mabel, &zoe]);
    let event = socket.wait_for("event");
    assert_eq!((&event["chat"], &event["kind"]), (&json!(later.to_string()), &json!("chat.created")));
}

#[test]
fn a_client_that_was_away_is_sent_what_it_missed() {
    let (server, mabel, zoe) = stage();
    let chat = server.group(&[&mabel, &zoe]);
    let first = server.say(&mabel, chat, "first");
    server.say(&mabel, chat, "second");
    server.say(&mabel, chat, "third");
    let (mut socket, ready) = Socket::hello(&server, &zoe, &json!({"cursors": {chat.to_string(): first.get()}}));
    assert_eq!(ready["chats"][0]["state"], "live");
    for text in ["second", "third"] {
        assert_eq!(socket.wait_for("event")["data"]["message"], text);
    }
    let gone = "f".repeat(32);
    let (_, ready) = Socket::hello(&server, &zoe, &json!({"cursors": {gone.as_str(): 1}, "epoch": ready["epoch"]}));
    assert_eq!(ready["gone"], json!([gone]));
}

#[test]
fn a_page_of_the_log_is_the_same_as_what_comes_live() {
    let (server, mabel, zoe) = stage();
    let chat = server.group(&[&mabel, &zoe]);
    let (mut socket, _) = Socket::ready(&server, &zoe);
    server.say(&mabel, chat, "hello");
    let live = socket.wait_for("event");
    let page = socket.ask(json!({"type": "sync", "chat": chat.to_string(), "after": 1}))["result"].clone();
    assert_eq!(page["events"], json!([live]));
    assert_eq!((&page["floor"], &page["reached"], &page["head"]), (&json!(1), &json!(true), &live["seq"]));
    let ahead = socket.ask(json!({"type": "sync", "chat": chat.to_string(), "after": 99}));
    assert_eq!(ahead["error"]["code"], "cursor_ahead");
    let foreign = socket.ask(json!({"type": "sync", "chat": "f".repeat(32), "after": 0}));
    assert_eq!((&foreign["ok"], &foreign["error"]["code"]), (&json!(false), &json!("not_found")));
}

#[test]
fn whoever_is_removed_hears_of_it_and_of_nothing_more() {
    let (server, mabel, zoe) = stage();
    let chat = server.group(&[&mabel, &zoe]);
    let (mut socket, _) = Socket::ready(&server, &zoe);
    server.request("DELETE", &format!("chats/{chat}/members/{}/", zoe.id.get())).by(&mabel).gives(204);
    server.say(&mabel, chat, "among us");
    assert_eq!(socket.wait_for("event")["kind"], "member.removed");
    let reply = socket.ask(json!({"type": "sync", "chat": chat.to_string(), "after": 0}));
    assert_eq!(reply["error"]["code"], "not_found");
}

#[test]
fn reading_and_typing_are_told_to_the_others() {
    let (server, mabel, zoe) = stage();
    let chat = server.group(&[&mabel, &zoe]).to_string();
    let (mut hers, _) = Socket::ready(&server, &mabel);
    let (mut theirs, _) = Socket::ready(&server, &zoe);
    assert_eq!(hers.wait_for("signal")["kind"], "presence", "zoe came online");
    assert_eq!(hers.ask(json!({"type": "typing", "chat": chat, "on": true}))["result"], json!({}));
    let typing = std::iter::from_fn(|| Some(theirs.wait_for("signal"))).find(|signal| signal["kind"] == "typing");
    assert_eq!(typing.expect("it types")["data"], json!({"on": true}));
    server.request("PUT", &format!("chats/{chat}/read/")).by(&zoe).json(&json!({"seq": 1})).gives(200);
    let read = hers.wait_for("signal");
    assert_eq!(
        (&read["kind"], &read["by"]["username"], &read["data"]),
        (&json!("read"), &json!("zoe"), &json!({"seq": 1}))
    );
    assert_eq!(theirs.ask(json!({"type": "read", "chat": chat, "seq": 1}))["result"], json!({"read": 1, "unread": 0}));
}

#[test]
fn every_way_to_bring_a_token_is_taken() {
    let (server, mabel, _) = stage();
    let bearer = format!("Bearer {}", mabel.token);
    let mut socket = Socket::open(server.address, &[("Authorization", &bearer), ("Sec-WebSocket-Protocol", "chat.v1")]);
    assert!(socket.head.contains("sec-websocket-protocol: chat.v1\r\n"), "{}", socket.head);
    assert!(socket.head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{}", socket.head);
    assert!(socket.head.to_lowercase().contains("connection: upgrade\r\n"), "{}", socket.head);
    // The header comes first: what hello brings is not looked at.
    socket.say(&json!({"type": "hello", "token": "bad"}));
    assert_eq!(socket.text()["user"]["username"], "mabel");

    let protocols = format!("chat.v1, bearer.{}", mabel.token);
    let mut socket = Socket::open(server.address, &[("Sec-WebSocket-Protocol", &protocols)]);
    assert!(!socket.head.contains("bearer"), "a token is not sent back: {}", socket.head);
    socket.say(&json!({"type": "hello"}));
    assert_eq!(socket.text()["user"]["username"], "mabel");
}

#[test]
fn a_bad_token_is_refused_as_its_way_allows() {
    let (server, mabel, _) = stage();
    let answer = handshake(&server).header("Authorization", "Bearer nonsense").gives(401);
    assert_eq!(answer.code(), "token_not_valid");
    let mut socket = Socket::open(server.address, &[("Sec-WebSocket-Protocol", "chat.v1, bearer.nonsense")]);
    assert_eq!(socket.closed(), Some(4401));
    for hello in [json!({"type": "hello"}), json!({"type": "hello", "token": "nonsense"})] {
        let mut socket = Socket::open(server.address, &[]);
        socket.say(&hello);
        assert_eq!(socket.closed(), Some(4401), "{hello}");
    }
    server.post("users/logout/").by(&mabel).gives(204);
    let mut socket = Socket::open(server.address, &[]);
    socket.say(&json!({"type": "hello", "token": mabel.token}));
    assert_eq!(socket.closed(), Some(4403), "its session has ended");
}

#[test]
fn logging_out_closes_the_sockets_of_that_session_alone() {
    let (server, mabel, _) = stage();
    let other = Person { token: another_token(&server, &mabel), id: mabel.id, username: mabel.username.clone() };
    let (mut first, _) = Socket::ready(&server, &mabel);
    let (mut second, _) = Socket::ready(&server, &other);
    server.post("users/logout/").by(&mabel).gives(204);
    assert_eq!(first.closed(), Some(4403));
    second.say(&json!({"type": "ping"}));
    second.wait_for("pong");
}

#[test]
fn a_new_token_takes_the_place_of_the_old() {
    let (server, mabel, zoe) = stage();
    let (mut socket, ready) = Socket::ready(&server, &mabel);
    let bad = socket.ask(json!({"type": "auth", "token": "nonsense"}));
    assert_eq!(bad["error"]["code"], "token_not_valid", "the old one goes on");
    let reply = socket.ask(json!({"type": "auth", "token": another_token(&server, &mabel)}));
    assert_eq!(reply["result"], json!({"expires_at": ready["expires_at"]}));
    server.post("users/logout/").by(&mabel).gives(204);
    socket.say(&json!({"type": "ping"}));
    socket.wait_for("pong");
    socket.say(&json!({"type": "auth", "token": zoe.token}));
    assert_eq!(socket.closed(), Some(4401), "nobody becomes somebody else");
}

#[test]
fn what_is_no_handshake_is_refused() {
    let server = Server::start();
    assert_eq!(server.get("live/").gives(426).header("upgrade"), Some("websocket"));
    assert_eq!(handshake(&server).header("Sec-WebSocket-Protocol", "chat.v2").gives(400).code(), "invalid");
    let old = server.get("live/").header("Upgrade", "websocket").header("Connection", "Upgrade");
    let answer = old.header("Sec-WebSocket-Version", "8").gives(400);
    assert_eq!(answer.header("sec-websocket-version"), Some("13"));
}

#[test]
fn a_foreign_page_opens_no_socket_where_origins_are_named() {
    let server = Server::with(|_, options| {
        options.cors_origins = CorsOrigins::List(vec!["https://chat.example".to_owned()]);
    });
    for origin in ["https://evil.example", "null"] {
        assert_eq!(handshake(&server).header("Origin", origin).gives(403).code(), "origin_not_allowed");
    }
    Socket::open(server.address, &[("Origin", "https://chat.example")]);
    Socket::open(server.address, &[]);
    let open = Server::start();
    Socket::open(open.address, &[("Origin", "https://evil.example")]);
}

#[test]
fn bad_frames_close_and_bad_requests_do_not() {
    let (server, mabel, _) = stage();
    let with_length = |len: u64| [&[0x81, 0xff][..], &len.to_be_bytes(), &[0; 4]].concat();
    for (bytes, code) in [
        (vec![0x81, 0x02, b'{', b'}'], 1002),
        (vec![0xc1, 0x80, 0, 0, 0, 0], 1002),
        (vec![0x82, 0x80, 0, 0, 0, 0], 1003),
        (vec![0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        (with_length(64 * 1024 + 1), 1009),
        (with_length(1 << 31), 1009),
        (vec![0x81, 0x80, 0, 0, 0, 0], 4400),
        (vec![0x81, 0x82, 0, 0, 0, 0, b'[', b']'], 4400),
    ] {
        let (mut socket, _) = Socket::ready(&server, &mabel);
        socket.send_raw(&bytes);
        assert_eq!(socket.closed(), Some(code), "{bytes:?}");
        assert_eq!(socket.next(), Frame::End);
    }
    let mut socket = Socket::open(server.address, &[]);
    socket.say(&json!({"type": "ping"}));
    assert_eq!(socket.closed(), Some(4400), "the first frame is hello");

    let (mut socket, _) = Socket::ready(&server, &mabel);
    for (request, code) in [
        (json!({"type": "dance"}), "unknown_type"),
        (json!({"type": "edit", "chat": "f".repeat(32), "seq": 1, "message": "hi"}), "not_found"),
        (json!({"type": "hello"}), "already_started"),
        (json!({"type": "send", "chat": "f".repeat(32), "client_id": "c"}), "invalid"),
        (json!({"type": "send", "chat": "f".repeat(32), "client_id": "c", "message": "hi"}), "not_found"),
        (json!({"type": "read", "chat": "f".repeat(32), "seq": 1}), "not_found"),
    ] {
        assert_eq!(socket.ask(request.clone())["error"]["code"], code, "{request}");
    }
}

#[test]
fn frames_of_rfc_6455_are_answered_by_it() {
    let (server, mabel, _) = stage();
    let (mut socket, _) = Socket::ready(&server, &mabel);
    socket.send(0x89, b"are you there");
    assert_eq!(socket.next(), Frame::Pong(b"are you there".to_vec()));
    socket.send(0x01, br#"{"type""#);
    socket.send(0x89, b"");
    socket.send(0x80, br#": "ping"}"#);
    assert_eq!(socket.next(), Frame::Pong(Vec::new()));
    assert_eq!(socket.text(), json!({"type": "pong"}));
    socket.send(0x88, &[0x03, 0xe8]);
    assert_eq!(socket.next(), Frame::Close(Some(1000)));
    assert_eq!(socket.next(), Frame::End);
}

#[test]
fn a_whole_frame_of_64_kib_is_read() {
    let (server, mabel, _) = stage();
    let (mut socket, _) = Socket::ready(&server, &mabel);
    let filler = "x".repeat(64 * 1024 - r#"{"type":"ping","x":""}"#.len());
    socket.send(0x81, format!(r#"{{"type":"ping","x":"{filler}"}}"#).as_bytes());
    socket.wait_for("pong");
}

#[test]
fn requests_sent_at_once_are_all_answered() {
    let (server, mabel, _) = stage();
    let chat = server.group(&[&mabel]).to_string();
    let mut socket = Socket::open(server.address, &[]);
    socket.say(&json!({"type": "hello", "token": mabel.token}));
    for number in 0..30 {
        let client_id = format!("c{number}");
        socket.say(&json!({"type": "send", "id": client_id, "chat": chat, "message": "hi", "client_id": client_id}));
    }
    let mut replies: Vec<String> = Vec::new();
    while replies.len() < 30 {
        let reply = socket.wait_for("reply");
        assert_eq!(reply["ok"], true, "{reply}");
        replies.push(reply["id"].as_str().expect("a name").to_owned());
    }
    replies.sort_by_key(|id| id[1..].parse::<u32>().expect("a number"));
    assert_eq!(replies, (0..30).map(|number| format!("c{number}")).collect::<Vec<_>>());
}

#[test]
fn a_server_that_ends_says_bye() {
    let (mut server, mabel, _) = stage();
    let (mut socket, _) = Socket::ready(&server, &mabel);
    server.ask_to_stop();
    let bye = socket.wait_for("bye");
    assert_eq!(bye["code"], 1001);
    assert!(bye["retry_after"].as_f64().is_some_and(|seconds| (0.0..=5.0).contains(&seconds)), "{bye}");
    assert_eq!(socket.closed(), Some(1001));
    socket.send(0x88, &1001_u16.to_be_bytes());
    assert_eq!(socket.next(), Frame::End);
    server.wait();
}

#[test]
fn a_client_that_reads_nothing_is_broken_off_and_nobody_else_waits() {
    let soon = Millis::seconds(2);
    let limits = Limits { write_timeout: soon, silence: soon, linger: soon, ..Limits::default() };
    let server = Server::within(limits, |_, _| {});
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    let (stalled, _) = Socket::ready(&server, &mabel);
    let (mut reads, _) = Socket::ready(&server, &zoe);
    let text = "😀".repeat(2000);
    // More than the kernel takes on both sides, and more than a queue holds.
    for _ in 0..600 {
        server.say(&zoe, chat, &text);
        assert_eq!(reads.wait_for("event")["data"]["message"], text.as_str());
    }
    // Whether it is the queue that does not move or the sign of life that does not come, nothing is kept of it.
    stalled.wait_for_reset();
}

#[test]
fn who_does_not_say_hello_is_closed() {
    let limits = Limits { hello_timeout: Millis::seconds(1), ..Limits::default() };
    let server = Server::within(limits, |_, _| {});
    assert_eq!(Socket::open(server.address, &[]).closed(), Some(4408));
}

#[test]
fn the_description_of_the_socket_is_served() {
    let document = Server::start().get("asyncapi.json").gives(200).json();
    assert_eq!(
        (&document["asyncapi"], &document["channels"]["live"]["address"]),
        (&json!("3.0.0"), &json!("/api/v1/live/"))
    );
}
