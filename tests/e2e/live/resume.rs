//! Coming back: from where one was, and no further than one can be told at once.

use serde_json::{Value, json};

use crate::harness::{Database, Live, Person, on_both_databases, seq_of, shared};

on_both_databases!(
    whoever_missed_little_is_told_it,
    whoever_missed_much_is_behind_and_asks,
    a_resume_has_a_bound_over_all_chats,
    cursors_of_another_life_are_ignored,
    a_cursor_above_the_head_is_told_so,
    chats_that_are_not_theirs_are_gone,
);

fn chat_of<'a>(ready: &'a Value, uri: &str) -> &'a Value {
    ready["chats"].as_array().unwrap().iter().find(|chat| chat["chat"] == uri).expect("the chat is named")
}

async fn whoever_missed_little_is_told_it(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let (missed, quiet) = (mabel.group(&[&nina]).await.uri, mabel.group(&[&nina]).await.uri);
    for n in 0..10 {
        mabel.says(&missed, &format!("message {n}")).await;
    }
    let cursors = json!({&*missed: 4, &*quiet: 1});
    let (mut live, ready) = Live::resume(&server, &nina, cursors, None).await;
    let chat = chat_of(&ready, &missed);
    assert_eq!((&chat["head"], &chat["floor"], &chat["state"]), (&json!(11), &json!(1), &json!("live")));
    assert_eq!((&chat["read"], &chat["unread"]), (&json!(1), &json!(10)));
    assert_eq!(chat_of(&ready, &quiet)["state"], "live");
    for seq in 5..=11 {
        let event = live.next_event().await;
        assert_eq!((event["chat"].as_str(), seq_of(&event)), (Some(&*missed), seq));
    }
    mabel.says(&missed, "and on").await;
    assert_eq!(seq_of(&live.next_event().await), 12);
    mabel.says(&quiet, "hello").await;
    assert_eq!(seq_of(&live.next_event().await), 2);
    live.is_quiet().await;
}

async fn whoever_missed_much_is_behind_and_asks(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    for n in 0..250 {
        mabel.says(&uri, &format!("message {n}")).await;
    }
    let (mut live, ready) = Live::resume(&server, &nina, json!({&*uri: 1}), None).await;
    assert_eq!(chat_of(&ready, &uri)["state"], "behind");
    mabel.says(&uri, "while behind").await;
    live.is_quiet().await;
    let first = live.ask_ok(json!({"type": "sync", "chat": &*uri, "after": 1})).await;
    assert_eq!(first["events"].as_array().unwrap().len(), 200);
    assert_eq!((&first["head"], &first["reached"]), (&json!(252), &json!(false)));
    mabel.says(&uri, "still behind").await;
    live.is_quiet().await;
    let second = live.ask_ok(json!({"type": "sync", "chat": &*uri, "after": 201, "limit": 500})).await;
    assert_eq!(seq_of(second["events"].as_array().unwrap().last().unwrap()), 253);
    assert_eq!(second["reached"], true);
    mabel.says(&uri, "live again").await;
    assert_eq!(seq_of(&live.next_event().await), 254);
}

async fn a_resume_has_a_bound_over_all_chats(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let mut cursors = serde_json::Map::new();
    let mut uris = Vec::new();
    for _ in 0..4 {
        let uri = mabel.group(&[&nina]).await.uri;
        for _ in 0..90 {
            mabel.says(&uri, "hello").await;
        }
        cursors.insert(uri.to_string(), json!(1));
        uris.push(uri);
    }
    let (mut live, ready) = Live::resume(&server, &nina, Value::Object(cursors), None).await;
    // Those of latest activity come first.
    let states: Vec<_> = uris.iter().map(|uri| chat_of(&ready, uri)["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["behind", "behind", "live", "live"]);
    for _ in 0..180 {
        let event = live.next_event().await;
        assert!(event["chat"] == *uris[2] || event["chat"] == *uris[3]);
    }
    live.is_quiet().await;
}

async fn cursors_of_another_life_are_ignored(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    mabel.says(&uri, "hello").await;
    let (mut live, ready) = Live::resume(&server, &mabel, json!({&*uri: 1}), Some("another-life")).await;
    assert_eq!(chat_of(&ready, &uri)["head"], 2);
    live.is_quiet().await;
    let epoch = ready["epoch"].as_str().unwrap();
    let (mut live, again) = Live::resume(&server, &mabel, json!({&*uri: 1}), Some(epoch)).await;
    assert_eq!(again["epoch"], ready["epoch"]);
    assert_eq!(seq_of(&live.next_event().await), 2);
}

async fn a_cursor_above_the_head_is_told_so(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let (mut live, ready) = Live::resume(&server, &mabel, json!({&*uri: 7}), None).await;
    assert_eq!(chat_of(&ready, &uri)["state"], "behind");
    assert_eq!(live.ask_refused(json!({"type": "sync", "chat": &*uri, "after": 7})).await, "cursor_ahead");
    let page = live.ask_ok(json!({"type": "sync", "chat": &*uri, "after": 0})).await;
    assert_eq!(page["reached"], true);
    mabel.says(&uri, "hello").await;
    assert_eq!(seq_of(&live.next_event().await), 2);
    mabel.events(&uri, "?after=7").await.problem(409, "cursor_ahead");
}

async fn chats_that_are_not_theirs_are_gone(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let (left, foreign) = (mabel.group(&[&nina]).await.uri, mabel.group(&[]).await.uri);
    mabel.remove_member(&left, nina.id).await.expect_status(204);
    let unknown = "0123456789abcdef0123456789abcdef";
    let cursors = json!({&*left: 1, &*foreign: 1, unknown: 5});
    let (_live, ready) = Live::resume(&server, &nina, cursors, None).await;
    assert_eq!(ready["chats"], json!([]));
    let mut gone: Vec<_> = ready["gone"].as_array().unwrap().iter().map(|uri| uri.as_str().unwrap()).collect();
    let mut expected = vec![&*left, &*foreign, unknown];
    gone.sort_unstable();
    expected.sort_unstable();
    assert_eq!(gone, expected);
}
