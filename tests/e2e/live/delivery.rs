//! What is stored is on every screen at once.

use serde_json::json;

use crate::harness::{Database, Live, Person, event_of, on_both_databases, seq_of, shared};

on_both_databases!(
    a_message_reaches_every_device_of_every_member,
    a_chat_appears_on_the_screens_of_those_who_are_put_into_it,
    an_event_is_the_same_live_and_in_the_log,
    outsiders_hear_nothing,
    a_thousand_messages_come_in_order,
);

async fn a_message_reaches_every_device_of_every_member(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    let mut screens = [
        Live::of(&server, &mabel).await,
        Live::of(&server, &mabel.again(&server).await).await,
        Live::of(&server, &nina).await,
    ];
    mabel.send(&uri, json!({"message": "hello", "client_id": "k1"})).await.ok();
    let sent = screens[2].ask_ok(json!({"type": "send", "chat": &*uri, "message": "hi", "client_id": "k2"})).await;
    assert_eq!(sent, json!({"seq": 3, "duplicate": false}));
    for live in &mut screens {
        let (first, second) = (live.next_event().await, live.next_event().await);
        assert_eq!(first["chat"], *uri);
        assert_eq!((seq_of(&first), seq_of(&second)), (2, 3));
        assert_eq!(first["kind"], "message.created");
        assert_eq!(first["by"], json!({"id": mabel.id, "username": mabel.username}));
        assert_eq!(first["data"], json!({"message": "hello", "client_id": "k1", "reply_to": null}));
        assert_eq!(second["by"]["id"], nina.id);
        assert_eq!(second["data"], json!({"message": "hi", "client_id": "k2", "reply_to": null}));
    }
}

async fn a_chat_appears_on_the_screens_of_those_who_are_put_into_it(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let oscar = Person::new(&server, "oscar").await;
    let (mut on_hers, mut on_his) = (Live::of(&server, &nina).await, Live::of(&server, &oscar).await);
    let uri = mabel.group(&[&nina]).await.uri;
    let created = on_hers.next_event().await;
    assert_eq!((created["kind"].as_str(), seq_of(&created)), (Some("chat.created"), 1));
    assert_eq!(created["data"]["members"][1], json!({"id": nina.id, "username": nina.username, "role": "member"}));
    mabel.says(&uri, "hello").await;
    mabel.join(&uri, json!({"username": oscar.username})).await.ok();
    mabel.says(&uri, "hello, all").await;
    for (live, first) in [(&mut on_hers, 2), (&mut on_his, 3)] {
        for seq in first..=4 {
            assert_eq!(seq_of(&live.next_event().await), seq);
        }
        live.is_quiet().await;
    }
}

async fn an_event_is_the_same_live_and_in_the_log(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let mut live = Live::of(&server, &mabel).await;
    let uri = mabel.group(&[&nina]).await.uri;
    mabel.says(&uri, "\u{1f642} \"quoted\" \n and more").await;
    mabel.remove_member(&uri, nina.id).await.expect_status(204);
    let mut came = Vec::new();
    for _ in 0..3 {
        came.push(live.next_event().await);
    }
    let page = mabel.events(&uri, "").await.ok();
    assert_eq!(page["events"], json!(came));
    let synced = live.ask_ok(json!({"type": "sync", "chat": &*uri, "after": 0})).await;
    let events: Vec<_> = synced["events"].as_array().unwrap().iter().cloned().map(event_of).collect();
    assert_eq!(events, came);
    assert_eq!((&synced["head"], &synced["floor"], &synced["reached"]), (&json!(3), &json!(1), &json!(true)));
}

async fn outsiders_hear_nothing(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let mut outside = Live::of(&server, &nina).await;
    let mut inside = Live::of(&server, &mabel).await;
    let uri = mabel.group(&[]).await.uri;
    mabel.says(&uri, "between me and myself").await;
    assert_eq!(seq_of(&inside.next_event().await), 1);
    assert_eq!(seq_of(&inside.next_event().await), 2);
    outside.is_quiet().await;
    let unknown = "0123456789abcdef0123456789abcdef";
    for chat in [&*uri, unknown] {
        for frame in [
            json!({"type": "sync", "chat": chat, "after": 0}),
            json!({"type": "send", "chat": chat, "message": "hello", "client_id": "k"}),
            json!({"type": "edit", "chat": chat, "seq": 2, "message": "hello"}),
            json!({"type": "delete", "chat": chat, "seq": 2}),
            json!({"type": "react", "chat": chat, "seq": 2, "emoji": "👍", "on": true}),
            json!({"type": "read", "chat": chat, "seq": 1}),
            json!({"type": "typing", "chat": chat, "on": true}),
        ] {
            assert_eq!(outside.ask_refused(frame.clone()).await, "not_found", "{frame}");
        }
    }
}

async fn a_thousand_messages_come_in_order(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let mut live = Live::of(&server, &mabel).await;
    let senders = (0..8).map(|sender| {
        let (mabel, uri) = (mabel.clone(), uri.clone());
        tokio::spawn(async move {
            for n in 0..125 {
                mabel.says(&uri, &format!("{sender}/{n}")).await;
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    for seq in 2..1002 {
        assert_eq!(seq_of(&live.next_event().await), seq);
    }
    for sender in senders {
        sender.await.unwrap();
    }
    live.is_quiet().await;
}
