//! `DELETE chats/<uri>/members/<id>/`: leaving, and removing others.

use serde_json::json;

use crate::harness::{Database, Person, Server, on_both_databases, shared};

on_both_databases!(
    whoever_leaves_knows_the_chat_no_more,
    whoever_left_may_come_back,
    whoever_was_removed_comes_back_only_by_those_who_could_remove,
    a_member_removes_nobody_else,
    an_owner_who_leaves_hands_over_to_the_longest_serving,
    a_group_that_everybody_left_is_its_next_members,
    a_user_who_is_no_member_cannot_be_removed,
);

async fn whoever_leaves_knows_the_chat_no_more(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    let seq = nina.says(&uri, "bye").await;
    nina.remove_member(&uri, nina.id).await.expect_status(204);
    nina.chat(&uri).await.problem(404, "not_found");
    nina.messages(&uri, "").await.problem(404, "not_found");
    nina.message(&uri, seq).await.problem(404, "not_found");
    nina.members(&uri, "").await.problem(404, "not_found");
    nina.mark_read(&uri, 1).await.problem(404, "not_found");
    nina.send(&uri, json!({"message": "one more thing"})).await.problem(404, "not_found");
    nina.remove_member(&uri, nina.id).await.problem(404, "not_found");
    assert_eq!(nina.chats("").await.ok(), []);
    let chat = mabel.chat(&uri).await.ok();
    assert_eq!((chat.member_count, chat.head), (1, 3));
    assert_eq!(mabel.messages(&uri, "").await.ok()[0].user, nina.reference(), "what was said stays");
}

async fn whoever_left_may_come_back(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    nina.remove_member(&uri, nina.id).await.expect_status(204);
    assert_eq!(nina.join(&uri, json!({})).await.ok().member_count, 2);
    assert_eq!(mabel.chat(&uri).await.ok().head, 3);
}

async fn whoever_was_removed_comes_back_only_by_those_who_could_remove(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.group(&[&nina, &omar]).await.uri;
    mabel.remove_member(&uri, nina.id).await.expect_status(204);
    let unknown = nina.join(&"f".repeat(32), json!({})).await;
    for body in [json!({}), json!({"username": nina.username})] {
        let answer = nina.join(&uri, body).await;
        assert_eq!(answer.problem_but_for_its_id(), unknown.problem_but_for_its_id());
    }
    omar.join(&uri, json!({"username": nina.username})).await.any_problem(403);
    mabel.join(&uri, json!({"username": nina.username})).await.ok();
    nina.says(&uri, "back again").await;
    // The bar is lifted with that: whoever leaves by themselves may come back.
    nina.remove_member(&uri, nina.id).await.expect_status(204);
    nina.join(&uri, json!({})).await.ok();
}

async fn a_member_removes_nobody_else(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.group(&[&nina, &omar]).await.uri;
    nina.remove_member(&uri, omar.id).await.any_problem(403);
    nina.remove_member(&uri, mabel.id).await.any_problem(403);
    let chat = mabel.chat(&uri).await.ok();
    assert_eq!((chat.member_count, chat.head), (3, 1));
}

async fn an_owner_who_leaves_hands_over_to_the_longest_serving(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.group(&[]).await.uri;
    omar.join(&uri, json!({})).await.ok();
    nina.join(&uri, json!({})).await.ok();
    mabel.remove_member(&uri, mabel.id).await.expect_status(204);
    let members = nina.members(&uri, "").await.ok();
    let seen: Vec<_> = members.iter().map(|member| (member.id, member.role.as_str())).collect();
    assert_eq!(seen, [(omar.id, "owner"), (nina.id, "member")]);
    assert_eq!(nina.chat(&uri).await.ok().owner, Some(omar.reference()));
    omar.remove_member(&uri, nina.id).await.expect_status(204);
}

async fn a_group_that_everybody_left_is_its_next_members(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    let uri = mabel.group(&[]).await.uri;
    mabel.says(&uri, "nobody here").await;
    mabel.remove_member(&uri, mabel.id).await.expect_status(204);
    let answer = nina.join(&uri, json!({})).await.ok();
    assert_eq!((answer.member_count, answer.members[0].role.as_str()), (1, "owner"));
    assert_eq!(nina.messages(&uri, "").await.ok().len(), 1);
}

async fn a_user_who_is_no_member_cannot_be_removed(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    for id in [omar.id, 0, 999_999_999, (1 << 53) - 1] {
        mabel.remove_member(&uri, id).await.problem(404, "not_found");
        nina.remove_member(&uri, id).await.problem(404, "not_found");
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
}

async fn trio(server: &Server) -> (Person, Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await, Person::new(server, "omar").await)
}
