//! The same message sent again is the same message (I3).

use serde_json::{Value, json};

use crate::harness::{Database, Person, Server, on_both_databases, shared};

on_both_databases!(
    sending_again_stores_nothing_and_answers_as_before,
    the_key_may_stand_in_the_header_or_in_the_body,
    a_key_in_both_places_must_be_the_same,
    the_same_key_for_other_content_is_a_conflict,
    a_key_belongs_to_one_author_in_one_chat,
    without_a_key_every_send_is_a_message,
    a_key_is_one_to_sixty_four_printable_characters,
    a_resend_does_not_hide_what_came_since,
);

async fn sending_again_stores_nothing_and_answers_as_before(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let body = json!({"message": "hello", "client_id": "k-1"});
    let first = mabel.send(&uri, body.clone()).await;
    assert_eq!((first.ok().duplicate, first.header("idempotent-replayed")), (false, None));
    for _ in 0..3 {
        let again = mabel.send(&uri, body.clone()).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        let sent = again.ok();
        assert_eq!((sent.duplicate, sent.seq, sent.messages.len()), (true, 2, 1));
        assert_eq!(sent.messages[0].client_id.as_deref(), Some("k-1"));
    }
    let minimal = mabel.send_minimal(&uri, body).await;
    assert_eq!(minimal.header("idempotent-replayed"), Some("true"));
    assert_eq!(minimal.ok().seq, 2, "nothing was created, so it is no 201");
    assert!(minimal.header("location").is_some());
    assert_eq!(nina.chat(&uri).await.ok().head, 2);
}

async fn the_key_may_stand_in_the_header_or_in_the_body(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let first = mabel.send(&uri, json!({"message": "hello"})).header("Idempotency-Key", "k").await.ok();
    assert_eq!(first.messages[0].client_id.as_deref(), Some("k"));
    let again = mabel.send(&uri, json!({"message": "hello", "client_id": "k"})).await.ok();
    assert_eq!((again.duplicate, again.seq), (true, first.seq));
    let both = mabel.send(&uri, json!({"message": "hello", "client_id": "k"})).header("Idempotency-Key", "k").await;
    assert!(both.ok().duplicate);
}

async fn a_key_in_both_places_must_be_the_same(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let call = mabel.send(&uri, json!({"message": "hello", "client_id": "k"})).header("Idempotency-Key", "K");
    call.await.any_problem(400);
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
}

async fn the_same_key_for_other_content_is_a_conflict(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = nina.says(&uri, "well?").await;
    mabel.send(&uri, json!({"message": "hello", "client_id": "k"})).await.ok();
    for other in [
        json!({"message": "hello!", "client_id": "k"}),
        json!({"message": "Hello", "client_id": "k"}),
        json!({"message": "hello ", "client_id": "k"}),
        json!({"message": "hello", "client_id": "k", "reply_to": seq}),
    ] {
        mabel.send(&uri, other).await.problem(409, "client_id_reused");
    }
    assert!(mabel.send(&uri, json!({"message": "hello", "client_id": "k"})).await.ok().duplicate);
    assert_eq!(mabel.chat(&uri).await.ok().head, 3);
}

async fn a_key_belongs_to_one_author_in_one_chat(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let (direct, group) = (mabel.direct(&nina).await.uri, mabel.group(&[&nina]).await.uri);
    for (person, uri) in [(&mabel, &direct), (&nina, &direct), (&mabel, &group), (&nina, &group)] {
        let text = format!("{} in {}", person.username, &**uri);
        assert!(!person.send(uri, json!({"message": text, "client_id": "k"})).await.ok().duplicate);
    }
    // A key is compared to the letter.
    let text = json!({"message": "hello", "client_id": "K"});
    assert!(!mabel.send(&direct, text).await.ok().duplicate);
}

async fn without_a_key_every_send_is_a_message(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    for seq in 2..=4 {
        assert_eq!(mabel.says(&uri, "hello").await, seq);
    }
}

async fn a_key_is_one_to_sixty_four_printable_characters(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    for good in ["a", &"a".repeat(64), "with space ~!\"{}\\", "0"] {
        let sent = mabel.send(&uri, json!({"message": "hello", "client_id": good})).await.ok();
        assert_eq!(sent.messages.last().unwrap().client_id.as_deref(), Some(good));
    }
    let head = mabel.chat(&uri).await.ok().head;
    let long = "a".repeat(65);
    for bad in
        [json!(""), json!(long), json!("é"), json!("a\n"), json!("\u{7f}"), json!("\u{0}"), json!(7), json!(["a"])]
    {
        let answer = mabel.send(&uri, json!({"message": "hello", "client_id": bad})).await;
        let problem = answer.problem(400, "invalid");
        assert_eq!(problem.errors.keys().collect::<Vec<_>>(), ["client_id"], "{answer}");
    }
    for bad in ["", &long, "é"] {
        let call = mabel.send(&uri, json!({"message": "hello", "client_id": Value::Null}));
        call.header("Idempotency-Key", bad).await.any_problem(400);
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, head);
}

async fn a_resend_does_not_hide_what_came_since(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let body = json!({"message": "hello", "client_id": "k"});
    mabel.send(&uri, body.clone()).await.ok();
    nina.says(&uri, "hello yourself").await;
    let again = mabel.send(&uri, body).await.ok();
    assert_eq!((again.seq, again.messages.len(), again.duplicate), (2, 2, true));
    let chat = mabel.chat(&uri).await.ok();
    assert_eq!((chat.head, chat.unread), (3, 1), "a resend reads nothing");
}

async fn pair(server: &Server) -> (Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await)
}
