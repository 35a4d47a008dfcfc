//! Typing and presence.

use serde_json::{Value, json};

use crate::harness::{Database, Live, Person, Server, Storage, on_both_databases, shared};

on_both_databases!(
    typing_is_passed_on_to_the_others,
    typing_may_be_told_without_a_socket,
    presence_is_told_to_those_who_share_a_chat,
    presence_can_be_turned_off,
);

async fn signal_of(live: &mut Live, kind: &str) -> Value {
    loop {
        let signal = live.next_of("signal").await;
        if signal["kind"] == kind {
            return signal;
        }
    }
}

async fn typing_is_passed_on_to_the_others(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    let (mut types, mut sees) = (Live::of(&server, &mabel).await, Live::of(&server, &nina).await);
    for _ in 0..5 {
        assert_eq!(types.ask(json!({"type": "typing", "chat": &*uri, "on": true})).await["ok"], true);
    }
    let signal = signal_of(&mut sees, "typing").await;
    assert_eq!(signal["chat"], *uri);
    assert_eq!(signal["by"], json!({"id": mabel.id, "username": mabel.username}));
    assert_eq!(signal["data"], json!({"on": true}));
    assert_eq!(signal.get("seq"), None);
    // Five in a moment are one.
    mabel.says(&uri, "written").await;
    let next = loop {
        let frame = sees.next().await;
        if frame["type"] == "event" || frame["kind"] == "typing" {
            break frame;
        }
    };
    assert_eq!(next["type"], "event", "{next}");
    assert_eq!(types.ask_refused(json!({"type": "typing", "chat": &*uri, "on": "yes"})).await, "invalid");
}

async fn typing_may_be_told_without_a_socket(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let (one, two) = (mabel.direct(&nina).await.uri, mabel.group(&[&nina]).await.uri);
    let mut sees = Live::of(&server, &nina).await;
    for (uri, body, told) in [(&one, json!({}), true), (&two, json!({"on": false}), false)] {
        mabel.types(uri, body).await.expect_status(204);
        let signal = signal_of(&mut sees, "typing").await;
        assert_eq!((&signal["chat"], &signal["data"]), (&json!(**uri), &json!({"on": told})));
        assert_eq!(signal["by"]["id"], mabel.id);
    }
}

async fn presence_is_told_to_those_who_share_a_chat(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let stranger = Person::new(&server, "oscar").await;
    // Two chats in common, and one signal all the same.
    mabel.direct(&nina).await;
    mabel.group(&[&nina]).await;
    let (mut sees, mut strange) = (Live::of(&server, &nina).await, Live::of(&server, &stranger).await);
    let mut comes = Live::of(&server, &mabel).await;
    let signal = sees.next_of("signal").await;
    assert_eq!((&signal["kind"], &signal["data"]), (&json!("presence"), &json!({"online": true})));
    assert_eq!(signal["by"], json!({"id": mabel.id, "username": mabel.username}));
    assert_eq!(comes.next_of("signal").await["by"]["id"], nina.id, "whoever comes hears who is here");
    let _second_device = Live::of(&server, &mabel).await;
    sees.is_quiet().await;
    strange.is_quiet().await;
}

async fn presence_can_be_turned_off(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start_with(&storage, &[("PARLOR_PRESENCE", "off")]).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    let mut sees = Live::of(&server, &nina).await;
    let mut comes = Live::of(&server, &mabel).await;
    comes.is_quiet().await;
    assert_eq!(comes.ask(json!({"type": "typing", "chat": &*uri, "on": true})).await["ok"], true);
    assert_eq!(sees.next_of("signal").await["kind"], "typing", "the other signals pass");
}
