//! `PATCH chats/<uri>/settings/`: the title of a group, and whether it can be joined by its uri.

use serde_json::json;

use crate::harness::{Database, Person, on_both_databases, shared};

on_both_databases!(
    owner_and_admins_change_what_everybody_sees,
    a_group_that_is_closed_lets_nobody_in_until_it_is_opened,
    what_is_so_already_is_no_event,
    a_direct_chat_has_no_settings,
);

async fn owner_and_admins_change_what_everybody_sees(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let title = "Bücher & 📚 \"today\"";
    let answer = mabel.settings(&uri, json!({"title": title})).await.ok();
    assert_eq!((answer.title.as_deref(), answer.joinable, answer.head), (Some(title), true, 2));
    assert_eq!(nina.chat(&uri).await.ok().title.as_deref(), Some(title));
    assert_eq!(nina.chats("").await.ok()[0].title.as_deref(), Some(title));
    nina.settings(&uri, json!({"title": "Nina's"})).await.problem(403, "not_allowed");
    mabel.give_role(&uri, nina.id, "admin").await.ok();
    assert_eq!(nina.settings(&uri, json!({"title": null})).await.ok().title, None);
    assert_eq!(mabel.chat(&uri).await.ok().title, None);
}

async fn a_group_that_is_closed_lets_nobody_in_until_it_is_opened(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) =
        (Person::new(&server, "mabel").await, Person::new(&server, "nina").await, Person::new(&server, "omar").await);
    let uri = mabel.group(&[&nina]).await.uri;
    mabel.settings(&uri, json!({"joinable": false})).await.ok();
    omar.join(&uri, json!({})).await.problem(404, "not_found");
    nina.join(&uri, json!({"username": omar.username})).await.problem(403, "not_allowed");
    mabel.settings(&uri, json!({"joinable": true})).await.ok();
    omar.join(&uri, json!({})).await.ok();
    assert_eq!(mabel.chat(&uri).await.ok().head, 4);
}

async fn what_is_so_already_is_no_event(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    mabel.settings(&uri, json!({"title": "Tea"})).await.ok();
    for body in [json!({}), json!({"title": "Tea"}), json!({"joinable": true}), json!({"kind": "direct"})] {
        assert_eq!(mabel.settings(&uri, body).await.ok().head, 2);
    }
    let answer = mabel.settings(&uri, json!({"title": "Tea", "joinable": false})).await.ok();
    assert_eq!((answer.title.as_deref(), answer.joinable, answer.head), (Some("Tea"), false, 3));
    let log = mabel.events(&uri, "?after=1").await.expect_status(200).json();
    let told = [&log["events"][0]["data"], &log["events"][1]["data"]];
    assert_eq!(told, [&json!({"title": "Tea"}), &json!({"joinable": false})]);
}

async fn a_direct_chat_has_no_settings(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    for body in [json!({}), json!({"title": "Us"}), json!({"joinable": true})] {
        nina.settings(&uri, body).await.problem(403, "direct_chat");
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
}
