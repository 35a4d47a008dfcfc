//! Coming into a chat and leaving it, while connected.

use serde_json::json;

use crate::harness::{Database, Live, Person, on_both_databases, seq_of, shared};

on_both_databases!(
    a_removed_member_is_told_and_hears_nothing_more,
    a_member_who_comes_back_hears_again,
    a_removal_while_behind_ends_the_chat,
);

async fn a_removed_member_is_told_and_hears_nothing_more(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let (mut stays, mut goes) = (Live::of(&server, &mabel).await, Live::of(&server, &nina).await);
    mabel.remove_member(&uri, nina.id).await.expect_status(204);
    mabel.says(&uri, "now that she is gone").await;
    assert_eq!((seq_of(&stays.next_event().await), seq_of(&stays.next_event().await)), (2, 3));
    let last = goes.next_event().await;
    assert_eq!((last["kind"].as_str(), seq_of(&last)), (Some("member.removed"), 2));
    assert_eq!(last["data"]["user"], json!({"id": nina.id, "username": nina.username}));
    goes.is_quiet().await;
    for frame in [
        json!({"type": "sync", "chat": &*uri, "after": 0}),
        json!({"type": "send", "chat": &*uri, "message": "hello?", "client_id": "k"}),
        json!({"type": "typing", "chat": &*uri, "on": true}),
    ] {
        assert_eq!(goes.ask_refused(frame).await, "not_found");
    }
}

async fn a_member_who_comes_back_hears_again(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let mut live = Live::of(&server, &nina).await;
    for round in 0..5 {
        let base = 1 + 4 * round;
        mabel.remove_member(&uri, nina.id).await.expect_status(204);
        assert_eq!(seq_of(&live.next_event().await), base + 1);
        mabel.says(&uri, "not for her to hear now").await;
        mabel.join(&uri, json!({"username": nina.username})).await.ok();
        let added = live.next_event().await;
        assert_eq!((added["kind"].as_str(), seq_of(&added)), (Some("member.added"), base + 3));
        mabel.says(&uri, "welcome back").await;
        assert_eq!(seq_of(&live.next_event().await), base + 4);
    }
    // What was said while she was away is history, and open to her as a member.
    let page = live.ask_ok(json!({"type": "sync", "chat": &*uri, "after": 0})).await;
    assert_eq!(page["events"].as_array().unwrap().len(), 21);
    live.is_quiet().await;
}

async fn a_removal_while_behind_ends_the_chat(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    for _ in 0..150 {
        mabel.says(&uri, "hello").await;
    }
    let (mut live, _) = Live::resume(&server, &nina, json!({&*uri: 1}), None).await;
    mabel.remove_member(&uri, nina.id).await.expect_status(204);
    assert_eq!(live.next_of("gone").await["chat"], *uri);
    mabel.says(&uri, "she is gone").await;
    assert_eq!(live.ask_refused(json!({"type": "sync", "chat": &*uri, "after": 1})).await, "not_found");
    live.is_quiet().await;
}
