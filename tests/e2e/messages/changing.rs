//! `PATCH` and `DELETE chats/<uri>/messages/<seq>/`, and what everybody sees of them.

use serde_json::{Value, json};

use crate::harness::{Database, Live, Message, Person, Server, on_both_databases, seq_of, shared, texts};

on_both_databases!(
    an_edit_is_seen_everywhere_at_once,
    the_text_of_a_deleted_message_is_gone_everywhere,
    only_the_author_edits_and_moderators_delete,
    what_is_so_already_is_told_to_nobody,
    an_edit_can_hang_on_what_was_read,
    changes_come_over_the_socket_and_by_it,
    a_deleted_message_is_not_unread,
);

async fn an_edit_is_seen_everywhere_at_once(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "tea?").await;
    let before = mabel.message(&uri, seq).await.ok();
    let edited = mabel.edit_message(&uri, seq, " c\u{f6}ffee? \r\n").await.ok();
    assert_eq!((edited.message.as_str(), edited.deleted), (" c\u{f6}ffee? \r\n", false));
    assert!(edited.edited_at.is_some_and(|at| at >= before.created_at));
    assert_eq!(Message { message: before.message.clone(), edited_at: None, ..edited.clone() }, before);
    for person in [&mabel, &nina] {
        assert_eq!(person.message(&uri, seq).await.ok(), edited);
        assert_eq!(person.messages(&uri, "").await.ok(), std::slice::from_ref(&edited));
        assert_eq!(person.chat(&uri).await.ok().last_message.as_ref(), Some(&edited));
    }
    let log = events(&nina, &uri).await;
    assert_eq!(log[1]["data"]["message"], edited.message);
    assert_eq!((&log[2]["kind"], &log[2]["by"]["id"]), (&json!("message.edited"), &json!(mabel.id)));
    assert_eq!(log[2]["data"], json!({"target": seq, "message": edited.message}));
}

async fn the_text_of_a_deleted_message_is_gone_everywhere(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let sent = mabel.send_minimal(&uri, json!({"message": "my secret", "client_id": "k"})).await.created();
    nina.send(&uri, json!({"message": "oh", "reply_to": sent.seq})).await.ok();
    mabel.edit_message(&uri, sent.seq, "my other secret").await.ok();
    mabel.delete_message(&uri, sent.seq).await.expect_status(204);
    let message = nina.message(&uri, sent.seq).await.ok();
    assert_eq!((message.message.as_str(), message.deleted), ("", true));
    assert_eq!((&message.user, &message.client_id), (&mabel.reference(), &sent.client_id));
    assert_eq!(texts(&nina.messages(&uri, "").await.ok()), ["", "oh"]);
    let mut live = Live::of(&server, &nina).await;
    let page = live.ask_ok(json!({"type": "sync", "chat": &*uri, "after": 0})).await;
    let log = events(&nina, &uri).await;
    assert_eq!(
        log[4],
        json!({"chat": &*uri, "seq": 5, "kind": "message.deleted", "at": log[4]["at"],
        "by": {"id": mabel.id, "username": mabel.username}, "data": {"target": sent.seq}})
    );
    let sent_again = mabel.send(&uri, json!({"message": "my secret", "client_id": "k"})).await;
    assert!(sent_again.ok().duplicate);
    for shown in [
        page.to_string(),
        json!(log).to_string(),
        nina.messages(&uri, "").await.text,
        nina.message(&uri, sent.seq).await.text,
        nina.chats("").await.text,
        mabel.chat(&uri).await.text,
        sent_again.text,
    ] {
        assert!(!shown.contains("secret"), "{shown}");
    }
    mabel.edit_message(&uri, sent.seq, "back").await.problem(409, "message_deleted");
}

async fn only_the_author_edits_and_moderators_delete(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let (omar, outsider) = (Person::new(&server, "omar").await, Person::new(&server, "oscar").await);
    let uri = mabel.closed_group(&[&nina, &omar]).await.uri;
    let (hers, his) = (mabel.says(&uri, "hers").await, omar.says(&uri, "his").await);
    mabel.edit_message(&uri, his, "mine").await.problem(403, "not_allowed");
    nina.edit_message(&uri, his, "mine").await.problem(403, "not_allowed");
    nina.delete_message(&uri, his).await.problem(403, "not_allowed");
    omar.delete_message(&uri, hers).await.problem(403, "not_allowed");
    outsider.edit_message(&uri, his, "mine").await.problem(404, "not_found");
    outsider.delete_message(&uri, his).await.problem(404, "not_found");
    for nothing in [0, 1, 9, (1 << 53) - 1] {
        omar.edit_message(&uri, nothing, "mine").await.problem(404, "not_found");
        omar.delete_message(&uri, nothing).await.problem(404, "not_found");
    }
    mabel.delete_message(&uri, his).await.expect_status(204);
    mabel.remove_member(&uri, omar.id).await.expect_status(204);
    omar.delete_message(&uri, his).await.problem(404, "not_found");
    let direct = mabel.direct(&nina).await.uri;
    let ninas = nina.says(&direct, "between us").await;
    mabel.delete_message(&direct, ninas).await.problem(403, "not_allowed");
    assert_eq!(texts(&mabel.messages(&uri, "").await.ok()), ["hers", ""]);
}

async fn what_is_so_already_is_told_to_nobody(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "tea").await;
    let same = mabel.edit_message(&uri, seq, "tea").await.ok();
    assert_eq!(same.edited_at, None);
    for _ in 0..3 {
        mabel.delete_message(&uri, seq).await.expect_status(204);
    }
    assert_eq!(events(&nina, &uri).await.len(), 3);
}

async fn an_edit_can_hang_on_what_was_read(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "one").await;
    let tag = mabel.message(&uri, seq).await.header("etag").expect("a tag").to_owned();
    let edited = mabel.edit_message(&uri, seq, "two").header("If-Match", &tag).await;
    edited.ok();
    let newer = edited.header("etag").expect("a tag").to_owned();
    let refused = mabel.edit_message(&uri, seq, "three").header("If-Match", &tag).await;
    refused.problem(412, "precondition_failed");
    mabel.delete_message(&uri, seq).header("If-Match", &tag).await.problem(412, "precondition_failed");
    assert_eq!(nina.message(&uri, seq).header("If-None-Match", &newer).await.status, 304);
    mabel.edit_message(&uri, seq, "three").header("If-Match", &newer).await.ok();
    mabel.delete_message(&uri, seq).header("If-Match", "*").await.expect_status(204);
}

async fn changes_come_over_the_socket_and_by_it(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    let seq = nina.says(&uri, "one").await;
    let (mut hers, mut owners) = (Live::of(&server, &nina).await, Live::of(&server, &mabel).await);
    let frame = |kind: &str| json!({"type": kind, "chat": &*uri, "seq": seq, "message": "two"});
    assert_eq!(owners.ask_refused(frame("edit")).await, "not_allowed");
    assert_eq!(hers.ask_ok(frame("edit")).await, json!({"seq": 3}));
    nina.edit_message(&uri, seq, "three").await.ok();
    assert_eq!(owners.ask_ok(frame("delete")).await, json!({"seq": 5}));
    assert_eq!(hers.ask_ok(frame("delete")).await, json!({"seq": null}), "it is gone already");
    assert_eq!(hers.ask_refused(frame("edit")).await, "message_deleted");
    for live in [&mut hers, &mut owners] {
        let told = [live.next_event().await, live.next_event().await, live.next_event().await];
        assert_eq!(told.each_ref().map(seq_of), [3, 4, 5]);
        assert_eq!(
            told.each_ref().map(|event| event["kind"].as_str()),
            [Some("message.edited"), Some("message.edited"), Some("message.deleted")]
        );
        assert_eq!(told[2]["data"], json!({"target": seq}));
        live.is_quiet().await;
    }
}

async fn a_deleted_message_is_not_unread(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "one").await;
    mabel.says(&uri, "two").await;
    assert_eq!(nina.chat(&uri).await.ok().unread, 2);
    mabel.delete_message(&uri, seq).await.expect_status(204);
    mabel.edit_message(&uri, seq + 1, "three").await.ok();
    let chat = nina.chat(&uri).await.ok();
    assert_eq!((chat.read, chat.unread), (1, 1));
    let (_, ready) = Live::resume(&server, &nina, json!({}), None).await;
    assert_eq!(ready["chats"][0]["unread"], 1);
}

async fn events(reader: &Person, uri: &str) -> Vec<Value> {
    reader.events(uri, "").await.ok()["events"].as_array().expect("events").clone()
}

async fn pair(server: &Server) -> (Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await)
}
