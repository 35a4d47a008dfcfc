//! `PUT` and `DELETE chats/<uri>/messages/<seq>/reactions/<emoji>/`, and what everybody sees of them.

use serde_json::{Value, json};

use crate::harness::{Database, Live, Person, Server, on_both_databases, shared};

on_both_databases!(
    a_reaction_is_seen_everywhere_and_told_once,
    what_is_no_emoji_is_refused_and_changes_nothing,
    a_message_has_so_many_different_reactions_and_no_more,
    a_deleted_message_has_no_reactions,
    reactions_come_over_the_socket_and_by_it,
);

const THUMB: &str = "%F0%9F%91%8D";
const HEART: &str = "%E2%9D%A4";
const RED_HEART: &str = "%E2%9D%A4%EF%B8%8F";

async fn pair(server: &Server) -> (Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await)
}

async fn events(reader: &Person, uri: &str) -> Vec<Value> {
    reader.events(uri, "").await.ok()["events"].as_array().expect("events").clone()
}

async fn a_reaction_is_seen_everywhere_and_told_once(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "tea?").await;
    let before = mabel.messages(&uri, "").await;
    nina.react(&uri, seq, THUMB).await.ok();
    nina.react(&uri, seq, HEART).await.ok();
    let message = mabel.react(&uri, seq, THUMB).await.ok();
    assert_eq!(json!(message.reactions), json!({"👍": [nina.id, mabel.id], "❤\u{fe0f}": [nina.id]}));
    assert_eq!(nina.react(&uri, seq, RED_HEART).await.ok(), message, "the same heart");
    for person in [&mabel, &nina] {
        assert_eq!(person.message(&uri, seq).await.ok(), message);
        assert_eq!(person.messages(&uri, "").await.ok(), std::slice::from_ref(&message));
        assert_eq!(person.chat(&uri).await.ok().last_message.as_ref(), Some(&message));
    }
    assert_ne!(mabel.messages(&uri, "").await.header("etag"), before.header("etag"));
    let log = events(&nina, &uri).await;
    assert_eq!(log.len(), 5);
    assert_eq!(log[2]["kind"], "reaction.added");
    assert_eq!(
        (&log[3]["by"]["id"], &log[3]["data"]),
        (&json!(nina.id), &json!({"target": seq, "emoji": "❤\u{fe0f}"}))
    );
    let left = nina.unreact(&uri, seq, THUMB).await.ok();
    assert_eq!(json!(left.reactions), json!({"❤\u{fe0f}": [nina.id], "👍": [mabel.id]}));
    assert_eq!(nina.unreact(&uri, seq, THUMB).await.ok(), left);
    let log = events(&mabel, &uri).await;
    assert_eq!((log.len(), &log[5]["kind"]), (6, &json!("reaction.removed")));
}

async fn what_is_no_emoji_is_refused_and_changes_nothing(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "tea?").await;
    let before = mabel.chat(&uri).await.text;
    for bad in ["a", "1", "%31", "%00", "%FF", "%F0%9F%91", "%F0%9F%91%8D%F0%9F%91%8D", "%25F0", "%F0%9F%87%A9", "%2F"]
    {
        mabel.react(&uri, seq, bad).await.invalid("emoji", "Enter a single emoji.");
        mabel.unreact(&uri, seq, bad).await.invalid("emoji", "Enter a single emoji.");
    }
    let long = "Ensure this field has no more than 16 characters.";
    mabel.react(&uri, seq, &THUMB.repeat(17)).await.invalid("emoji", long);
    mabel.react(&uri, seq + 7, THUMB).await.problem(404, "not_found");
    mabel.react(&uri, 1, THUMB).await.problem(404, "not_found");
    assert_eq!(mabel.chat(&uri).await.text, before);
}

async fn a_message_has_so_many_different_reactions_and_no_more(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "tea?").await;
    for number in 0x80..0x94 {
        mabel.react(&uri, seq, &format!("%F0%9F%90%{number:X}")).await.ok();
    }
    nina.react(&uri, seq, THUMB).await.problem(409, "too_many_reactions");
    nina.react(&uri, seq, "%F0%9F%90%80").await.ok();
    mabel.unreact(&uri, seq, "%F0%9F%90%81").await.ok();
    let full = nina.react(&uri, seq, THUMB).await.ok();
    assert_eq!(full.reactions.len(), 20);
}

async fn a_deleted_message_has_no_reactions(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "tea?").await;
    nina.react(&uri, seq, THUMB).await.ok();
    mabel.delete_message(&uri, seq).await.expect_status(204);
    assert!(nina.message(&uri, seq).await.ok().reactions.is_empty());
    nina.react(&uri, seq, THUMB).await.problem(409, "message_deleted");
    assert!(nina.unreact(&uri, seq, THUMB).await.ok().deleted);
    assert_eq!(events(&nina, &uri).await.len(), 4);
}

async fn reactions_come_over_the_socket_and_by_it(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "tea?").await;
    let mut live = Live::of(&server, &nina).await;
    let react = |emoji: &str, on: bool| json!({"type": "react", "chat": &*uri, "seq": seq, "emoji": emoji, "on": on});
    assert_eq!(live.ask_ok(react("👍", true)).await, json!({"seq": 3}));
    assert_eq!(live.ask_ok(react("👍", true)).await, json!({"seq": null}));
    assert_eq!(live.ask_ok(react("👍", false)).await, json!({"seq": 4}));
    assert_eq!(live.ask_refused(react("no", true)).await, "invalid");
    mabel.react(&uri, seq, HEART).await.ok();
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(live.next_event().await["kind"].clone());
    }
    assert_eq!(told, ["reaction.added", "reaction.removed", "reaction.added"]);
}
