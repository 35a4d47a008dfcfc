//! Settings, roles and the end of a group, as they arrive at those who are connected.

use serde_json::{Value, json};

use crate::harness::{Database, Live, Person, on_both_databases, seq_of, shared};

on_both_databases!(
    changes_of_a_group_arrive_as_they_are_in_the_log,
    a_deleted_chat_is_told_and_nothing_more_comes_of_it,
    a_chat_deleted_while_away_is_gone,
);

fn seen(event: &Value) -> (&str, u64, &Value) {
    (event["kind"].as_str().unwrap(), seq_of(event), &event["data"])
}

async fn changes_of_a_group_arrive_as_they_are_in_the_log(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let mut live = Live::of(&server, &nina).await;
    mabel.settings(&uri, json!({"title": "Tea", "joinable": false})).await.ok();
    mabel.settings(&uri, json!({"title": null})).await.ok();
    mabel.give_role(&uri, nina.id, "owner").await.ok();
    let mut events = Vec::new();
    for _ in 0..4 {
        events.push(live.next_event().await);
    }
    let role = |person: &Person, role| json!({"user": {"id": person.id, "username": person.username}, "role": role});
    assert_eq!(
        events.iter().map(seen).collect::<Vec<_>>(),
        [
            ("chat.updated", 2, &json!({"title": "Tea", "joinable": false})),
            ("chat.updated", 3, &json!({"title": null})),
            ("member.role", 4, &role(&nina, "owner")),
            ("member.role", 5, &role(&mabel, "admin")),
        ]
    );
    let log = nina.events(&uri, "?after=1").await.expect_status(200).json();
    assert_eq!(log["events"], json!(events));
    live.is_quiet().await;
}

async fn a_deleted_chat_is_told_and_nothing_more_comes_of_it(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let other = mabel.group(&[&nina]).await.uri;
    let (mut owner, mut member) = (Live::of(&server, &mabel).await, Live::of(&server, &nina).await);
    mabel.delete_chat(&uri).await.expect_status(204);
    for live in [&mut owner, &mut member] {
        let last = live.next_event().await;
        assert_eq!((seen(&last), last["chat"].as_str()), (("chat.deleted", 2, &json!({})), Some(&*uri)));
        for frame in [
            json!({"type": "sync", "chat": &*uri, "after": 0}),
            json!({"type": "send", "chat": &*uri, "message": "hello?", "client_id": "k"}),
            json!({"type": "typing", "chat": &*uri, "on": true}),
        ] {
            assert_eq!(live.ask_refused(frame).await, "not_found");
        }
        live.is_quiet().await;
    }
    mabel.says(&other, "the other is as it was").await;
    assert_eq!(member.next_event().await["chat"], *other);
}

async fn a_chat_deleted_while_away_is_gone(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    mabel.delete_chat(&uri).await.expect_status(204);
    let (mut live, ready) = Live::resume(&server, &nina, json!({&*uri: 1}), None).await;
    assert_eq!((&ready["gone"], &ready["chats"]), (&json!([&*uri]), &json!([])));
    live.is_quiet().await;
}
