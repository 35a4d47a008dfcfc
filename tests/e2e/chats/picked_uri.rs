//! `POST chats/<uri>/`: opening a chat under a name that the client picked.

use serde_json::json;

use crate::harness::{Database, Person, on_both_databases, shared, unique};

on_both_databases!(
    opening_a_chat_under_the_same_name_again_opens_nothing,
    a_name_in_use_by_others_is_taken,
    a_pair_that_has_a_chat_gets_that_one,
    a_malformed_uri_is_bad_input_here_and_unknown_elsewhere,
);

async fn opening_a_chat_under_the_same_name_again_opens_nothing(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = picked();
    let first = mabel.open_chat_at(&uri, json!({"title": "tea", "usernames": [nina.username]})).await.ok();
    assert_eq!((&*first.uri, first.title.as_deref(), first.member_count), (uri.as_str(), Some("tea"), 2));
    for body in [json!({}), json!({"title": "coffee", "joinable": false}), json!({"username": nina.username})] {
        let again = mabel.open_chat_at(&uri, body).await.ok();
        assert_eq!((&again.uri, &again.title, &again.members), (&first.uri, &first.title, &first.members));
        assert!(again.joinable);
    }
    assert_eq!(mabel.chats("").await.ok().len(), 1);
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
    let member = nina.open_chat_at(&uri, json!({})).await.ok();
    assert_eq!((member.uri, member.member_count), (first.uri, 2));
}

async fn a_name_in_use_by_others_is_taken(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let group = mabel.closed_group(&[]).await.uri;
    let others = mabel.direct(&Person::new(&server, "omar").await).await.uri;
    for uri in [&group, &others] {
        for body in [json!({}), json!({"username": mabel.username}), json!({"usernames": [mabel.username]})] {
            nina.open_chat_at(uri, body).await.problem(409, "uri_taken");
        }
    }
    // Everybody has left: the name stays used.
    mabel.remove_member(&group, mabel.id).await.expect_status(204);
    nina.open_chat_at(&group, json!({})).await.problem(409, "uri_taken");
    mabel.open_chat_at(&group, json!({})).await.problem(409, "uri_taken");
    assert_eq!(nina.chats("").await.ok(), []);
}

async fn a_pair_that_has_a_chat_gets_that_one(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = picked();
    let opened = mabel.open_chat_at(&uri, json!({"username": nina.username})).await.ok();
    assert_eq!((&*opened.uri, opened.kind.as_str()), (uri.as_str(), "direct"));
    for again in [
        mabel.open_chat_at(&picked(), json!({"username": nina.username})).await,
        nina.open_chat_at(&picked(), json!({"username": mabel.username})).await,
        nina.open_chat(json!({"username": mabel.username})).await,
    ] {
        assert_eq!(again.ok().uri, opened.uri);
    }
    assert_eq!(mabel.chats("").await.ok().len(), 1);
}

async fn a_malformed_uri_is_bad_input_here_and_unknown_elsewhere(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let unknown = mabel.chat(&picked()).await;
    unknown.problem(404, "not_found");
    let (short, long) = ("a".repeat(31), "a".repeat(33));
    for uri in ["x", &short, &long, &"A".repeat(32), &"g".repeat(32), "00000000-0000-0000-0000-000000000000", "%20"] {
        mabel.open_chat_at(uri, json!({})).await.any_problem(400);
        let answer = mabel.chat(uri).await;
        assert_eq!(answer.problem_but_for_its_id(), unknown.problem_but_for_its_id(), "{uri}");
        mabel.join(uri, json!({})).await.problem(404, "not_found");
        mabel.send(uri, json!({"message": "hello"})).await.problem(404, "not_found");
    }
}

/// A uri that no chat has.
fn picked() -> String {
    let number: u64 = unique("").parse().unwrap();
    format!("{number:032x}")
}
