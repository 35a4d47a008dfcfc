//! Editing and deleting messages.

use parlor_domain::ChatUri;
use serde_json::{Value, json};

use crate::support::{Person, Request, Server, Socket};

fn stage() -> (Server, Person, Person, ChatUri) {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    (server, mabel, zoe, chat)
}

fn edit(server: &Server, who: &Person, chat: ChatUri, text: &str) -> Request {
    server.request("PATCH", &format!("/api/v1/chats/{chat}/messages/2/")).by(who).json(&json!({"message": text}))
}

fn delete(server: &Server, who: &Person, chat: ChatUri) -> Request {
    server.request("DELETE", &format!("/api/v1/chats/{chat}/messages/2/")).by(who)
}

fn events(server: &Server, who: &Person, chat: ChatUri) -> Vec<Value> {
    let page = server.get(&format!("chats/{chat}/events/?after=1")).by(who).gives(200).json();
    page["events"].as_array().expect("events").clone()
}

#[test]
fn an_edited_message_is_answered_as_it_is_now() {
    let (server, mabel, zoe, chat) = stage();
    server.say(&mabel, chat, "first");
    let answer = edit(&server, &mabel, chat, "second").gives(200);
    assert_eq!((&answer.json()["seq"], &answer.json()["message"]), (&json!(2), &json!("second")));
    assert!(answer.json()["edited_at"].is_string());
    let read = server.get(&format!("chats/{chat}/messages/2/")).by(&zoe).gives(200);
    assert_eq!((read.text(), read.header("etag")), (answer.text(), answer.header("etag")));
    let told = events(&server, &zoe, chat);
    assert_eq!(told[0]["data"]["message"], "second");
    assert_eq!(
        (&told[1]["kind"], &told[1]["data"]),
        (&json!("message.edited"), &json!({"target": 2, "message": "second"}))
    );
    let same = edit(&server, &mabel, chat, "second").gives(200);
    assert_eq!(same.text(), answer.text());
    assert_eq!(events(&server, &zoe, chat).len(), 2, "nothing new to tell");
    assert_eq!(edit(&server, &mabel, chat, " \n").gives(400).about("message"), "This field may not be blank.");
    let nothing = server.request("PATCH", &format!("/api/v1/chats/{chat}/messages/2/")).by(&mabel).json(&json!({}));
    assert_eq!(nothing.gives(400).about("message"), "This field is required.");
    assert_eq!(edit(&server, &zoe, chat, "hers").gives(403).code(), "not_allowed");
}

#[test]
fn a_deleted_message_leaves_a_place_without_a_text() {
    let (server, mabel, zoe, chat) = stage();
    server.say(&zoe, chat, "first");
    edit(&server, &zoe, chat, "second").gives(200);
    delete(&server, &mabel, chat).gives(204);
    delete(&server, &zoe, chat).gives(204);
    let message = server.get(&format!("chats/{chat}/messages/2/")).by(&mabel).gives(200).json();
    assert_eq!(
        (&message["message"], &message["deleted"], &message["reactions"]),
        (&json!(""), &json!(true), &json!({}))
    );
    let listed = server.get(&format!("chats/{chat}/messages/")).by(&mabel).gives(200).json();
    assert_eq!(listed, json!([message]));
    let told = events(&server, &mabel, chat);
    assert_eq!(told.len(), 3, "deleted once");
    assert_eq!(
        told.iter().map(|event| &event["data"]["message"]).collect::<Vec<_>>(),
        [&json!(""), &json!(""), &Value::Null]
    );
    assert_eq!((&told[2]["kind"], &told[2]["data"]), (&json!("message.deleted"), &json!({"target": 2})));
    assert_eq!(edit(&server, &zoe, chat, "back").gives(409).code(), "message_deleted");
}

#[test]
fn a_change_may_hang_on_what_was_read() {
    let (server, mabel, zoe, chat) = stage();
    server.say(&mabel, chat, "first");
    let path = format!("chats/{chat}/messages/2/");
    let read = server.get(&path).by(&mabel).gives(200);
    let tag = read.header("etag").expect("a tag").to_owned();
    server.get(&path).by(&mabel).header("If-None-Match", &tag).gives(304);
    let edited = edit(&server, &mabel, chat, "second").header("If-Match", &tag).gives(200);
    let newer = edited.header("etag").expect("a tag").to_owned();
    assert_ne!(tag, newer);
    for stale in [tag.as_str(), "\"x\"", &format!("W/{newer}"), ""] {
        assert_eq!(
            edit(&server, &mabel, chat, "third").header("If-Match", stale).gives(412).code(),
            "precondition_failed"
        );
        assert_eq!(delete(&server, &mabel, chat).header("If-Match", stale).gives(412).code(), "precondition_failed");
    }
    edit(&server, &zoe, chat, "hers").header("If-Match", "\"x\"").gives(403);
    edit(&server, &mabel, chat, "third").header("If-Match", &format!("\"x\", {newer}")).gives(200);
    edit(&server, &mabel, chat, "fourth").header("If-Match", "*").gives(200);
    delete(&server, &mabel, chat).header("If-Match", "*").gives(204);
}

#[test]
fn changes_are_asked_for_over_the_socket_too() {
    let (server, mabel, zoe, chat) = stage();
    server.say(&zoe, chat, "first");
    let (mut hers, _) = Socket::ready(&server, &zoe);
    let (mut owners, _) = Socket::ready(&server, &mabel);
    let frame = |kind: &str, seq: i64| json!({"type": kind, "chat": chat.to_string(), "seq": seq, "message": "second"});
    assert_eq!(owners.ask(frame("edit", 2))["error"]["code"], "not_allowed");
    assert_eq!(hers.ask(frame("edit", 2))["result"], json!({"seq": 3}));
    assert_eq!(hers.ask(frame("edit", 2))["result"], json!({"seq": null}));
    assert_eq!(owners.wait_for("event")["data"], json!({"target": 2, "message": "second"}));
    assert_eq!(owners.ask(frame("delete", 2))["result"], json!({"seq": 4}));
    assert_eq!(owners.ask(frame("delete", 2))["result"], json!({"seq": null}));
    assert_eq!(hers.ask(frame("edit", 2))["error"]["code"], "message_deleted");
    for seq in [0, 1, 9] {
        assert_eq!(hers.ask(frame("delete", seq))["error"]["code"], "not_found", "{seq}");
    }
    let wrong = json!({"type": "edit", "chat": chat.to_string(), "seq": -1});
    assert_eq!(hers.ask(wrong)["error"]["code"], "invalid");
}
