//! `POST chats/<uri>/messages/` and the one message.

use serde_json::json;

use crate::harness::{Database, Message, Person, Server, on_both_databases, seqs, shared, texts};

on_both_databases!(
    a_send_answers_with_the_newest_messages,
    the_answer_holds_the_newest_fifty,
    return_minimal_answers_with_the_message_alone,
    other_preferences_change_nothing,
    a_message_can_answer_another,
    every_member_reads_the_same_history,
    a_seq_that_is_no_message_is_not_found,
);

async fn a_send_answers_with_the_newest_messages(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let first = mabel.send(&uri, json!({"message": "hello"})).await.ok();
    assert_eq!((first.status.as_str(), &first.uri, first.seq, first.duplicate), ("SUCCESS", &uri, 2, false));
    let second = nina.send(&uri, json!({"message": "hello yourself"})).await.ok();
    assert_eq!((second.seq, seqs(&second.messages)), (3, vec![2, 3]));
    let answer = &second.messages[1];
    assert_eq!((&answer.user, answer.message.as_str()), (&nina.reference(), "hello yourself"));
    assert_eq!((&answer.client_id, answer.reply_to, answer.edited_at, answer.deleted), (&None, None, None, false));
    assert!(answer.reactions.is_empty());
    assert!(answer.created_at >= second.messages[0].created_at);
    assert_eq!(first.messages, [second.messages[0].clone()]);
}

async fn the_answer_holds_the_newest_fifty(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let mut expected: Vec<String> = Vec::new();
    for n in 1..=52 {
        expected.push(format!("message {n}"));
        let sent = mabel.send(&uri, json!({"message": format!("message {n}")})).await.ok();
        assert_eq!(texts(&sent.messages), expected[expected.len().saturating_sub(50)..]);
    }
}

async fn return_minimal_answers_with_the_message_alone(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let answer = mabel.send_minimal(&uri, json!({"message": "hello", "client_id": "a"})).await;
    let message = answer.created();
    assert_eq!((message.seq, message.client_id.as_deref(), &message.user), (2, Some("a"), &mabel.reference()));
    let location = answer.header("location").expect("where the message is");
    assert!(location.ends_with(&format!("/api/v1/chats/{}/messages/2/", &*uri)), "{location}");
    assert_eq!(nina.call::<Message>(reqwest::Method::GET, location).await.ok(), message);
    assert_eq!(nina.message(&uri, 2).await.ok(), message);
}

async fn other_preferences_change_nothing(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    for preference in ["return=representation", "respond-async", "nonsense; x=\"", ""] {
        mabel.send(&uri, json!({"message": "hello"})).header("Prefer", preference).await.ok();
    }
    for preference in ["respond-async, return=minimal", "return=minimal; x=1", "Return=minimal"] {
        mabel.send(&uri, json!({"message": "hello"})).header("Prefer", preference).await.expect_status(201);
    }
}

async fn a_message_can_answer_another(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    let seq = mabel.says(&uri, "tea or coffee?").await;
    let reply = nina.send(&uri, json!({"message": "tea", "reply_to": seq})).await.ok();
    assert_eq!(reply.messages[1].reply_to, Some(seq));
    let plain = nina.send(&uri, json!({"message": "tea", "reply_to": null, "client_id": null})).await.ok();
    assert_eq!(plain.messages[2].reply_to, None);
    // Not the chat's making, not another chat's message, not what is yet to come.
    let elsewhere = mabel.group(&[]).await.uri;
    for _ in 0..9 {
        mabel.says(&elsewhere, "here").await;
    }
    for target in [1, 9, 5, 0] {
        let answer = nina.send(&uri, json!({"message": "tea", "reply_to": target})).await;
        let problem = answer.problem(400, "invalid");
        assert_eq!(problem.errors.keys().collect::<Vec<_>>(), ["reply_to"], "{answer}");
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 4);
}

async fn every_member_reads_the_same_history(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let omar = Person::new(&server, "omar").await;
    let uri = mabel.group(&[&nina]).await.uri;
    mabel.says(&uri, "one").await;
    omar.join(&uri, json!({})).await.ok();
    nina.says(&uri, "two").await;
    omar.says(&uri, "three").await;
    let history = mabel.messages(&uri, "").await.ok();
    assert_eq!((texts(&history), seqs(&history)), (vec!["one", "two", "three"], vec![2, 4, 5]));
    for person in [&nina, &omar] {
        assert_eq!(person.messages(&uri, "").await.ok(), history);
        for message in &history {
            assert_eq!(person.message(&uri, message.seq).await.ok(), *message);
        }
    }
    assert_eq!(mabel.messages(&mabel.group(&[]).await.uri, "").await.text, "[]");
}

async fn a_seq_that_is_no_message_is_not_found(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    mabel.says(&uri, "hello").await;
    for seq in [0, 1, 3, (1 << 53) - 1, 1 << 53, u64::MAX] {
        mabel.message(&uri, seq).await.problem(404, "not_found");
    }
}

async fn pair(server: &Server) -> (Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await)
}
