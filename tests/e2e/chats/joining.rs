//! `PATCH chats/<uri>/`: becoming a member, and making others members.

use serde_json::json;

use crate::harness::{Database, Member, Person, Server, Storage, on_both_databases, shared, texts};

on_both_databases!(
    whoever_knows_the_uri_joins_a_joinable_group,
    joining_again_changes_nothing,
    the_uri_may_stand_in_the_body,
    any_member_adds_others_while_the_group_is_joinable,
    only_the_owner_adds_to_a_closed_group,
    a_name_that_is_nobodys_adds_nobody,
    a_newcomer_reads_what_was_said_before,
    a_full_group_takes_nobody_more,
);

async fn whoever_knows_the_uri_joins_a_joinable_group(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.group(&[]).await.uri;
    let answer = nina.join(&uri, json!({})).await.ok();
    let members = [Member::new(&mabel.reference(), "owner"), Member::new(&nina.reference(), "member")];
    assert_eq!((answer.status.as_str(), &answer.uri, answer.kind.as_str()), ("SUCCESS", &uri, "group"));
    assert_eq!((answer.member_count, answer.members.as_slice()), (2, members.as_slice()));
    assert_eq!((&answer.user, answer.message), (&nina.reference(), format!("{} joined that chat", nina.username)));
    let chat = nina.chat(&uri).await.ok();
    assert_eq!((chat.head, chat.read, chat.unread), (2, 2, 0));
    assert_eq!(nina.says(&uri, "hello").await, 3);
}

async fn joining_again_changes_nothing(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    for body in [json!({}), json!({"username": nina.username}), json!({"username": nina.username.to_uppercase()})] {
        assert_eq!(nina.join(&uri, body).await.ok().member_count, 2);
    }
    nina.join(&uri, json!({})).without_body().await.ok();
    mabel.join(&uri, json!({"username": nina.username})).await.ok();
    mabel.join(&uri, json!({})).await.ok();
    let chat = mabel.chat(&uri).await.ok();
    assert_eq!((chat.head, chat.owner), (1, Some(mabel.reference())));
}

async fn the_uri_may_stand_in_the_body(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let omar = Person::new(&server, "omar").await;
    let uri = mabel.group(&[]).await.uri;
    let answer = nina.join_by_body(json!({"uri": &*uri})).await.ok();
    assert_eq!((&answer.uri, answer.member_count), (&uri, 2));
    let answer = mabel.join_by_body(json!({"uri": &*uri, "username": omar.username})).await.ok();
    assert_eq!((answer.user, answer.member_count), (omar.reference(), 3));
    nina.join_by_body(json!({"uri": "f".repeat(32)})).await.problem(404, "not_found");
    nina.join_by_body(json!({"uri": "no uri"})).await.problem(404, "not_found");
    nina.join_by_body(json!({})).await.invalid("uri", "This field is required.");
}

async fn any_member_adds_others_while_the_group_is_joinable(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let omar = Person::new(&server, "omar").await;
    let uri = mabel.group(&[&nina]).await.uri;
    let answer = nina.join(&uri, json!({"username": omar.username})).await.ok();
    assert_eq!((&answer.user, answer.message), (&omar.reference(), format!("{} joined that chat", omar.username)));
    assert_eq!(answer.members.last(), Some(&Member::new(&omar.reference(), "member")));
    assert_eq!(omar.chat(&uri).await.ok().member_count, 3);
}

async fn only_the_owner_adds_to_a_closed_group(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let omar = Person::new(&server, "omar").await;
    let uri = mabel.closed_group(&[&nina]).await.uri;
    nina.join(&uri, json!({"username": omar.username})).await.any_problem(403);
    omar.join(&uri, json!({})).await.problem(404, "not_found");
    omar.join(&uri, json!({"username": omar.username})).await.problem(404, "not_found");
    omar.join_by_body(json!({"uri": &*uri})).await.problem(404, "not_found");
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
    mabel.join(&uri, json!({"username": omar.username})).await.ok();
    assert_eq!(omar.chat(&uri).await.ok().head, 2);
}

async fn a_name_that_is_nobodys_adds_nobody(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.group(&[]).await.uri;
    let answer = mabel.join(&uri, json!({"username": "nobody of this name"})).await;
    assert_eq!(answer.problem(400, "invalid").errors.keys().collect::<Vec<_>>(), ["username"]);
    // An outsider adds nobody, known or not, and learns neither.
    nina.join(&uri, json!({"username": "nobody of this name"})).await.problem(404, "not_found");
    nina.join(&uri, json!({"username": mabel.username})).await.problem(404, "not_found");
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
}

async fn a_newcomer_reads_what_was_said_before(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.group(&[]).await.uri;
    mabel.says(&uri, "first").await;
    mabel.says(&uri, "second").await;
    nina.join(&uri, json!({})).await.ok();
    assert_eq!(texts(&nina.messages(&uri, "").await.ok()), ["first", "second"]);
    let chat = nina.chat(&uri).await.ok();
    assert_eq!((chat.read, chat.unread, chat.head), (4, 0, 4), "what was there before counts as read");
}

async fn a_full_group_takes_nobody_more(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start_with(&storage, &[("PARLOR_MAX_MEMBERS", "2")]).await;
    let (mabel, nina) = pair(&server).await;
    let omar = Person::new(&server, "omar").await;
    mabel.open_chat(json!({"usernames": [nina.username, omar.username]})).await.problem(400, "invalid");
    assert_eq!(mabel.chats("").await.ok(), []);
    let uri = mabel.group(&[&nina]).await.uri;
    omar.join(&uri, json!({})).await.problem(409, "chat_full");
    nina.join(&uri, json!({"username": omar.username})).await.problem(409, "chat_full");
    nina.join(&uri, json!({})).await.ok();
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
    nina.remove_member(&uri, nina.id).await.expect_status(204);
    omar.join(&uri, json!({})).await.ok();
}

async fn pair(server: &Server) -> (Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await)
}
