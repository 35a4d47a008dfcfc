//! Sending and reading messages.

use serde_json::{Value, json};

use crate::support::{Request, Server};

fn texts(messages: &Value) -> Vec<String> {
    let messages = messages.as_array().expect("an array").iter();
    messages.map(|message| message["message"].as_str().expect("a text").to_owned()).collect()
}

fn seqs(messages: &Value) -> Vec<i64> {
    let messages = messages.as_array().expect("an array").iter();
    messages.map(|message| message["seq"].as_i64().expect("a seq")).collect()
}

#[test]
fn sending_answers_with_the_newest_fifty() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let chat = server.group(&[&mabel]);
    for n in 0..60 {
        server.say(&mabel, chat, &format!("m{n}"));
    }
    let body = json!({"message": "hello", "chatUri": chat.to_string()});
    let request = server.post(&format!("chats/{chat}/messages/")).by(&mabel);
    let answer = request.body("application/json;charset=utf-8", body.to_string()).gives(200);
    assert_eq!(answer.header("idempotent-replayed"), None);
    let answer = answer.json();
    assert_eq!((&answer["status"], &answer["uri"]), (&json!("SUCCESS"), &json!(chat.to_string())));
    assert_eq!((&answer["seq"], &answer["duplicate"]), (&json!(62), &json!(false)));
    assert_eq!(seqs(&answer["messages"]), (13..=62).collect::<Vec<_>>());
    assert_eq!(answer["messages"][49]["message"], "hello");
    assert_eq!(answer["messages"][49]["user"], json!({"id": 1, "username": "mabel"}));
}

#[test]
fn who_prefers_the_minimum_gets_the_one_message() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let chat = server.group(&[&mabel]);
    let send = || {
        let request = server.post(&format!("chats/{chat}/messages/")).by(&mabel);
        request.header("Prefer", "respond-async, return=minimal").json(&json!({"message": "a", "client_id": "k"}))
    };
    let first = send().gives(201);
    let location = format!("/api/v1/chats/{chat}/messages/2/");
    assert_eq!(first.header("location"), Some(location.as_str()));
    assert_eq!(first.header("preference-applied"), Some("return=minimal"));
    assert_eq!((&first.json()["seq"], &first.json()["client_id"]), (&json!(2), &json!("k")));
    let again = send().gives(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.text(), first.text());
    assert_eq!(server.get(&location).by(&mabel).gives(200).text(), first.text());
}

#[test]
fn the_same_key_is_the_same_message_by_either_name() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let chat = server.group(&[&mabel]);
    let send = |body: Value| server.post(&format!("chats/{chat}/messages/")).by(&mabel).json(&body);
    send(json!({"message": "a"})).header("Idempotency-Key", "\"k\"").gives(200);
    let again = send(json!({"message": "a", "client_id": "\"k\""})).gives(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!((&again.json()["seq"], &again.json()["duplicate"]), (&json!(2), &json!(true)));
    send(json!({"message": "a", "client_id": "\"k\""})).header("Idempotency-Key", "\"k\"").gives(200);
    assert_eq!(send(json!({"message": "b", "client_id": "\"k\""})).gives(409).code(), "client_id_reused");
    let both = send(json!({"message": "a", "client_id": "k"})).header("Idempotency-Key", "\"k\"").gives(400);
    assert!(both.about("client_id").contains("differ"));
    let twice = send(json!({"message": "a"})).header("Idempotency-Key", "x").header("Idempotency-Key", "y");
    twice.gives(400).about("client_id");
    for wrong in ["", &"a".repeat(65), "é"] {
        send(json!({"message": "a"})).header("Idempotency-Key", wrong).gives(400).about("client_id");
        send(json!({"message": "a", "client_id": wrong})).gives(400).about("client_id");
    }
    let stored = server.get(&format!("chats/{chat}/messages/")).by(&mabel).gives(200).json();
    assert_eq!(seqs(&stored), [2]);
}

#[test]
fn a_wrong_message_is_not_stored_and_a_right_one_comes_back_as_it_was() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let chat = server.group(&[&mabel]);
    let send = |body: Value| server.post(&format!("chats/{chat}/messages/")).by(&mabel).json(&body);
    for (body, field, message) in [
        (json!({}), "message", "This field is required."),
        (json!({"message": null}), "message", "This field may not be null."),
        (json!({"message": " \n\u{3000}"}), "message", "This field may not be blank."),
        (json!({"message": 5}), "message", "Not a valid string."),
        (json!({"message": "é".repeat(2001)}), "message", "Ensure this field has no more than 2000 characters."),
        (json!({"message": "a\u{0}"}), "message", "Null characters are not allowed."),
        (json!({"message": "a", "client_id": 5}), "client_id", "Not a valid string."),
        (json!({"message": "a", "reply_to": "1"}), "reply_to", "A valid integer is required."),
        (json!({"message": "a", "reply_to": 1.0}), "reply_to", "A valid integer is required."),
        (json!({"message": "a", "reply_to": 99}), "reply_to", "There is no such message to reply to."),
        (json!({"message": "a", "reply_to": 1}), "reply_to", "There is no such message to reply to."),
    ] {
        assert_eq!(send(body.clone()).gives(400).about(field), message, "{body}");
    }
    for text in [" a\r\n", "e\u{301}\u{202e}", "\"\\/\u{8}", "😀\u{10ffff}", &"é".repeat(2000)] {
        let seq = send(json!({"message": text, "client_id": null, "reply_to": null})).gives(200).json()["seq"].clone();
        let read = server.get(&format!("chats/{chat}/messages/{seq}/")).by(&mabel).gives(200).json();
        assert_eq!(read["message"], text);
        assert_eq!(send(json!({"message": "re", "reply_to": seq})).gives(200).json()["duplicate"], false);
    }
}

#[test]
fn what_is_no_message_is_not_found() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let chat = server.group(&[&mabel]);
    server.say(&mabel, chat, "a");
    server.get(&format!("chats/{chat}/messages/2")).by(&mabel).gives(200);
    for nothing in ["0", "1", "3", "-2", "02", "2.0", "x", "%32", "9007199254740992", "99999999999999999999"] {
        server.get(&format!("chats/{chat}/messages/{nothing}/")).by(&mabel).gives(404);
    }
}

#[test]
fn history_is_read_from_any_place_in_either_direction() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let chat = server.group(&[&mabel]);
    for n in 2..=11 {
        server.say(&mabel, chat, &format!("m{n}"));
    }
    let read = |query: &str| server.get(&format!("chats/{chat}/messages/{query}")).by(&mabel);
    let all = read("").gives(200);
    assert_eq!(texts(&all.json()).len(), 10);
    assert_eq!(all.header("link"), None);
    for (query, expected) in [
        ("?limit=3", &[9, 10, 11][..]),
        ("?limit=3&before=9", &[6, 7, 8]),
        ("?limit=3&after=0", &[2, 3, 4]),
        ("?limit=3&after=5", &[6, 7, 8]),
        ("?limit=3&after=5&before=8", &[6, 7]),
        ("?after=11", &[]),
        ("?after=9007199254740991", &[]),
        ("?before=1", &[]),
        ("?before=9&after=9", &[]),
        ("?limit=5000", &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ] {
        assert_eq!(seqs(&read(query).gives(200).json()), expected, "{query}");
    }
    for wrong in ["limit=0", "limit=x", "before=0", "before=-1", "after=-1", "after=1.5", "after=1&after=2", "after="] {
        assert_eq!(read(&format!("?{wrong}")).gives(400).code(), "invalid", "{wrong}");
    }
}

#[test]
fn links_lead_through_the_whole_history() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let chat = server.group(&[&mabel]);
    for n in 2..=11 {
        server.say(&mabel, chat, &format!("m{n}"));
    }
    let walk = |query: &str, relation: &str| {
        let mut found: Vec<Vec<i64>> = Vec::new();
        let mut next = Some(format!("chats/{chat}/messages{query}"));
        while let Some(path) = next {
            let page = server.get(&path).by(&mabel).gives(200);
            found.push(seqs(&page.json()));
            next = page.link(relation);
        }
        found
    };
    assert_eq!(walk("?limit=4", "prev"), [&[8, 9, 10, 11][..], &[4, 5, 6, 7], &[2, 3]]);
    assert_eq!(walk("?limit=5", "prev"), [&[7, 8, 9, 10, 11][..], &[2, 3, 4, 5, 6]]);
    assert_eq!(walk("?limit=4&after=0", "next"), [&[2, 3, 4, 5][..], &[6, 7, 8, 9], &[10, 11]]);
    assert_eq!(walk("?limit=2&after=3&before=7", "next"), [&[4, 5][..], &[6]]);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    server.say(&mabel, chat, "a");
    server.say(&mabel, chat, "b");
    let read = || -> Request { server.get(&format!("chats/{chat}/messages/?limit=1")).by(&zoe) };
    let first = read().gives(200);
    let tag = first.header("etag").expect("a tag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "a strong one: {tag}");
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".into()] {
        let unchanged = read().header("If-None-Match", &known).gives(304);
        assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
        assert_eq!(unchanged.header("content-type"), None);
        assert_eq!(unchanged.link("prev"), first.link("prev"));
    }
    read().header("If-None-Match", "\"other\"").gives(200);
    server.say(&mabel, chat, "c");
    let changed = read().header("If-None-Match", &tag).gives(200);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
}
