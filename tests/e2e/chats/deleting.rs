//! `DELETE chats/<uri>/`: a group that is no more.

use serde_json::json;

use crate::harness::{Database, Person, on_both_databases, shared};

on_both_databases!(
    a_deleted_chat_is_not_found_by_anybody,
    the_uri_of_a_deleted_chat_is_never_used_again,
    only_the_owner_of_a_group_deletes_it,
);

async fn a_deleted_chat_is_not_found_by_anybody(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) =
        (Person::new(&server, "mabel").await, Person::new(&server, "nina").await, Person::new(&server, "omar").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let seq = nina.says(&uri, "for members").await;
    mabel.delete_chat(&uri).await.expect_status(204);
    for person in [&mabel, &nina, &omar] {
        person.chat(&uri).await.problem(404, "not_found");
        person.members(&uri, "").await.problem(404, "not_found");
        person.messages(&uri, "").await.problem(404, "not_found");
        person.message(&uri, seq).await.problem(404, "not_found");
        person.events(&uri, "").await.problem(404, "not_found");
        person.mark_read(&uri, 1).await.problem(404, "not_found");
        person.send(&uri, json!({"message": "hello?"})).await.problem(404, "not_found");
        person.join(&uri, json!({})).await.problem(404, "not_found");
        person.join(&uri, json!({"username": omar.username})).await.problem(404, "not_found");
        person.settings(&uri, json!({"joinable": true})).await.problem(404, "not_found");
        person.give_role(&uri, nina.id, "owner").await.problem(404, "not_found");
        person.remove_member(&uri, nina.id).await.problem(404, "not_found");
        person.delete_chat(&uri).await.problem(404, "not_found");
        assert_eq!(person.chats("").await.ok(), []);
    }
}

async fn the_uri_of_a_deleted_chat_is_never_used_again(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[]).await.uri;
    mabel.delete_chat(&uri).await.expect_status(204);
    for person in [&mabel, &nina] {
        person.open_chat_at(&uri, json!({})).await.problem(409, "uri_taken");
    }
    mabel.open_chat_at(&uri, json!({"username": nina.username})).await.problem(409, "uri_taken");
    assert_eq!(mabel.chats("").await.ok(), []);
}

async fn only_the_owner_of_a_group_deletes_it(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) =
        (Person::new(&server, "mabel").await, Person::new(&server, "nina").await, Person::new(&server, "omar").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let direct = mabel.direct(&nina).await.uri;
    nina.delete_chat(&uri).await.problem(403, "not_allowed");
    omar.delete_chat(&uri).await.problem(404, "not_found");
    for person in [&mabel, &nina] {
        person.delete_chat(&direct).await.problem(403, "direct_chat");
    }
    mabel.give_role(&uri, nina.id, "owner").await.ok();
    mabel.delete_chat(&uri).await.problem(403, "not_allowed");
    nina.delete_chat(&uri).await.expect_status(204);
}
