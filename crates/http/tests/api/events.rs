//! The log over HTTP: pages, long polls and server-sent events.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use parlor_domain::ChatUri;
use serde_json::{Value, json};

use crate::support::{Person, Server};

fn stage() -> (Server, Person, Person, ChatUri) {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    (server, mabel, zoe, chat)
}

/// A call that streams, as far as it has come.
struct Stream {
    stream: TcpStream,
    text: String,
}

impl Stream {
    fn open(server: &Server, person: &Person, path: &str, header: &str) -> Self {
        let mut stream = TcpStream::connect(server.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let request = format!(
            "GET /api/v1/{path} HTTP/1.1\r\nHost: parlor\r\nAccept: text/event-stream\r\n\
             Authorization: Bearer {}\r\n{header}\r\n",
            person.token
        );
        stream.write_all(request.as_bytes()).expect("a request");
        Self { stream, text: String::new() }
    }

    /// Reads on until this has come.
    fn wait_for(&mut self, wanted: &str) {
        while !self.text.contains(wanted) {
            assert!(self.fill(), "the stream ended without {wanted}: {}", self.text);
        }
    }

    /// Reads to the end, which is the last chunk.
    fn end(mut self) -> String {
        while !self.text.ends_with("0\r\n\r\n") {
            assert!(self.fill(), "the stream broke off: {}", self.text);
        }
        self.text
    }

    fn fill(&mut self) -> bool {
        let mut chunk = [0; 4096];
        let read = self.stream.read(&mut chunk).expect("something to read");
        self.text.push_str(std::str::from_utf8(&chunk[..read]).expect("UTF-8"));
        read > 0
    }
}

#[test]
fn the_log_is_read_in_pages() {
    let (server, mabel, zoe, chat) = stage();
    server.say(&mabel, chat, "first");
    server.say(&mabel, chat, "second");
    let path = format!("chats/{chat}/events/");
    let all = server.get(&path).by(&zoe).gives(200).json();
    let kinds: Vec<_> = all["events"].as_array().expect("events").iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["chat.created", "message.created", "message.created"]);
    assert_eq!((&all["head"], &all["floor"], &all["reached"]), (&json!(3), &json!(1), &json!(true)));
    assert!(all["epoch"].is_string(), "{all}");
    assert_eq!(all["events"][1]["data"], json!({"message": "first", "client_id": null, "reply_to": null}));

    let part = server.get(&format!("{path}?after=1&limit=1")).by(&zoe).gives(200).json();
    assert_eq!((&part["events"][0], &part["reached"]), (&all["events"][1], &json!(false)));
    let none = server.get(&format!("{path}?after=3")).by(&zoe).gives(200).json();
    assert_eq!((&none["events"], &none["reached"]), (&json!([]), &json!(true)));
    let ahead = server.get(&format!("{path}?after=4")).by(&zoe).gives(409);
    assert_eq!((ahead.code().as_str(), &ahead.json()["head"]), ("cursor_ahead", &json!(3)));
    for bad in ["after=-1", "after=x", "limit=0", "wait=-1", "wait=1.5", "wait="] {
        server.get(&format!("{path}?{bad}")).by(&zoe).gives(400);
    }
}

#[test]
fn a_long_poll_answers_as_soon_as_there_is_something() {
    let (server, mabel, zoe, chat) = stage();
    let path = format!("chats/{chat}/events/?after=1&wait=25");
    let waiting = server.get(&path).by(&zoe);
    let begun = Instant::now();
    let polling = thread::spawn(move || waiting.gives(200).json());
    // However the two meet, the poll sees the message.
    server.say(&mabel, chat, "at last");
    let page = polling.join().expect("an answer");
    assert_eq!(page["events"][0]["data"]["message"], "at last");
    assert!(begun.elapsed() < Duration::from_secs(20), "it did not wait for its end");
}

#[test]
fn a_long_poll_that_saw_nothing_answers_an_empty_page() {
    let (server, _, zoe, chat) = stage();
    let page = server.get(&format!("chats/{chat}/events/?after=1&wait=1")).by(&zoe).gives(200).json();
    assert_eq!((&page["events"], &page["head"]), (&json!([]), &json!(1)));
    server.get(&format!("chats/{chat}/events/?after=2&wait=25")).by(&zoe).gives(409);
}

#[test]
fn a_long_poll_of_somebody_removed_is_told_so() {
    let (server, mabel, zoe, chat) = stage();
    let waiting = server.get(&format!("chats/{chat}/events/?after=1&wait=25")).by(&zoe);
    let polling = thread::spawn(move || waiting.send());
    server.request("DELETE", &format!("chats/{chat}/members/{}/", zoe.id.get())).by(&mabel).gives(204);
    assert_eq!(polling.join().expect("an answer").status, 404);
}

#[test]
fn server_sent_events_begin_where_they_are_asked_to() {
    let (server, mabel, zoe, chat) = stage();
    server.say(&mabel, chat, "second");
    let path = format!("chats/{chat}/events/");
    let mut from_head = Stream::open(&server, &zoe, &path, "");
    from_head.wait_for("id: 2\n\n");
    assert!(from_head.text.contains("content-type: text/event-stream\r\n"), "{}", from_head.text);
    let mut from_start = Stream::open(&server, &zoe, &format!("{path}?after=0"), "");
    let mut from_event = Stream::open(&server, &zoe, &format!("{path}?after=0"), "Last-Event-ID: 1\r\n");
    server.say(&mabel, chat, "line\nline");
    for stream in [&mut from_head, &mut from_start, &mut from_event] {
        stream.wait_for("\"line\\nline\"");
        stream.wait_for("id: 3\ndata: {\"chat\":\"");
    }
    assert!(!from_head.text.contains("\"seq\":2"), "{}", from_head.text);
    assert!(from_start.text.contains("id: 1\ndata: {"), "{}", from_start.text);
    assert!(
        from_event.text.contains("id: 2\ndata: {") && !from_event.text.contains("chat.created"),
        "{}",
        from_event.text
    );
    let data = from_event.text.split("data: ").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("data");
    let page = server.get(&format!("{path}?after=1&limit=1")).by(&zoe).gives(200).json();
    assert_eq!(serde_json::from_str::<Value>(data).expect("JSON"), page["events"][0]);
}

#[test]
fn server_sent_events_end_with_the_membership_and_the_session() {
    let (server, mabel, zoe, chat) = stage();
    let path = format!("chats/{chat}/events/");
    let mut removed = Stream::open(&server, &zoe, &path, "");
    let mut gone = Stream::open(&server, &mabel, &path, "");
    removed.wait_for("id: 1\n\n");
    gone.wait_for("id: 1\n\n");
    server.request("DELETE", &format!("chats/{chat}/members/{}/", zoe.id.get())).by(&mabel).gives(204);
    server.say(&mabel, chat, "among us");
    let text = removed.end();
    assert!(text.contains("member.removed") && !text.contains("among us"), "{text}");
    gone.wait_for("among us");
    server.post("users/logout/").by(&mabel).gives(204);
    gone.end();
}

#[test]
fn a_stream_that_cannot_begin_is_an_ordinary_answer() {
    let (server, _, zoe, chat) = stage();
    let stranger = server.sign_up("stranger");
    let sse = |path: &str, who: &Person| server.get(path).by(who).header("Accept", "text/html, Text/Event-Stream;q=1");
    sse(&format!("chats/{chat}/events/"), &stranger).gives(404);
    assert_eq!(sse(&format!("chats/{chat}/events/?after=9"), &zoe).gives(409).code(), "cursor_ahead");
    sse(&format!("chats/{chat}/events/"), &zoe).header("Last-Event-ID", "x").gives(400);
    let head = server.request("HEAD", &format!("chats/{chat}/events/")).by(&zoe).header("Accept", "text/event-stream");
    assert_eq!(head.gives(200).header("content-type"), Some("text/event-stream"), "and that is all of it");
}

#[test]
fn readiness_tells_of_an_unreachable_bus() {
    let with_bus =
        |reachable: bool| Server::with(move |services, _| services.bus = Some(std::sync::Arc::new(move || reachable)));
    let ready = json!({"status": "ready", "database": "ok", "bus": "ok"});
    assert_eq!(with_bus(true).get("/readyz/").gives(200).json(), ready);
    let degraded = json!({"status": "degraded", "database": "ok", "bus": "unreachable"});
    assert_eq!(with_bus(false).get("/readyz/").gives(200).json(), degraded);
    assert_eq!(Server::start().get("/readyz/").gives(200).json(), json!({"status": "ready", "database": "ok"}));
}
