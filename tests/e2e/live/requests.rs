//! What a client asks for over its connection.

use serde_json::json;

use crate::harness::{Database, Live, Person, on_both_databases, seq_of, shared};

on_both_databases!(
    a_send_is_answered_before_what_follows_it,
    the_same_key_is_the_same_message_by_either_door,
    a_refused_send_is_told_why,
    reading_moves_the_mark_on_all_devices,
    a_page_of_the_log_is_asked_for_anywhere,
    several_requests_are_open_at_once,
);

async fn a_send_is_answered_before_what_follows_it(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let mut live = Live::of(&server, &mabel).await;
    let other = tokio::spawn({
        let (mabel, uri) = (mabel.clone(), uri.clone());
        async move {
            for _ in 0..200 {
                mabel.says(&uri, "noise").await;
            }
        }
    });
    for n in 0..50 {
        let key = format!("k{n}");
        live.say(json!({"type": "send", "id": key, "chat": &*uri, "message": key, "client_id": key})).await;
        let (mut acknowledged, mut delivered) = (None, 0);
        while acknowledged.is_none_or(|seq| delivered < seq) {
            let frame = live.next().await;
            match frame["type"].as_str().unwrap() {
                "reply" => {
                    assert_eq!(frame["id"], key);
                    assert_eq!(frame["result"]["duplicate"], false);
                    acknowledged = frame["result"]["seq"].as_u64();
                    assert!(delivered <= acknowledged.unwrap(), "a later event came before the reply");
                }
                "event" => delivered = seq_of(&frame),
                _ => {}
            }
        }
    }
    other.await.unwrap();
}

async fn the_same_key_is_the_same_message_by_either_door(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let mut live = Live::of(&server, &mabel).await;
    let frame = json!({"type": "send", "chat": &*uri, "message": "hello", "client_id": "k"});
    assert_eq!(live.ask_ok(frame.clone()).await, json!({"seq": 2, "duplicate": false}));
    assert_eq!(live.ask_ok(frame).await, json!({"seq": 2, "duplicate": true}));
    let again = mabel.send(&uri, json!({"message": "hello", "client_id": "k"})).await.ok();
    assert_eq!((again.seq, again.duplicate), (2, true));
    let other = json!({"type": "send", "chat": &*uri, "message": "other", "client_id": "k"});
    assert_eq!(live.ask_refused(other).await, "client_id_reused");
    assert_eq!(seq_of(&live.next_event().await), 2);
    live.is_quiet().await;
}

async fn a_refused_send_is_told_why(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let mut live = Live::of(&server, &mabel).await;
    let long = "x".repeat(2001);
    for (message, client_id, reply_to) in [
        (json!(""), json!("k"), json!(null)),
        (json!(" \n"), json!("k"), json!(null)),
        (json!(long), json!("k"), json!(null)),
        (json!(7), json!("k"), json!(null)),
        (json!("hello"), json!(null), json!(null)),
        (json!("hello"), json!(""), json!(null)),
        (json!("hello"), json!("k"), json!("two")),
        (json!("hello"), json!("k"), json!(99)),
    ] {
        let frame = json!({"type": "send", "chat": &*uri, "message": message, "client_id": client_id,
            "reply_to": reply_to});
        assert_eq!(live.ask_refused(frame.clone()).await, "invalid", "{frame}");
    }
    for chat in [json!("nonsense"), json!(7), json!(null)] {
        let frame = json!({"type": "send", "chat": chat, "message": "hello", "client_id": "k"});
        let code = live.ask_refused(frame.clone()).await;
        assert!(["invalid", "not_found"].contains(&code.as_str()), "{frame}: {code}");
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 1, "nothing was stored");
}

async fn reading_moves_the_mark_on_all_devices(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    for _ in 0..3 {
        mabel.says(&uri, "hello").await;
    }
    let mut desk = Live::of(&server, &nina).await;
    let mut phone = Live::of(&server, &nina.again(&server).await).await;
    let mut others = Live::of(&server, &mabel).await;
    assert_eq!(desk.ask_ok(json!({"type": "read", "chat": &*uri, "seq": 3})).await, json!({"read": 3, "unread": 1}));
    for live in [&mut phone, &mut others] {
        let signal = loop {
            let signal = live.next_of("signal").await;
            if signal["kind"] == "read" {
                break signal;
            }
        };
        assert_eq!((&signal["chat"], &signal["by"]["id"]), (&json!(&*uri), &json!(nina.id)));
        assert_eq!(signal["data"]["seq"], 3);
    }
    assert_eq!(desk.ask_ok(json!({"type": "read", "chat": &*uri, "seq": 2})).await["read"], 3, "never back");
    assert_eq!(desk.ask_ok(json!({"type": "read", "chat": &*uri, "seq": 99})).await["read"], 4, "cut to the head");
    assert_eq!(nina.chat(&uri).await.ok().unread, 0);
}

async fn a_page_of_the_log_is_asked_for_anywhere(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for _ in 0..20 {
        mabel.says(&uri, "hello").await;
    }
    let mut live = Live::of(&server, &mabel).await;
    let page = live.ask_ok(json!({"type": "sync", "chat": &*uri, "after": 5, "limit": 3})).await;
    let seqs: Vec<_> = page["events"].as_array().unwrap().iter().map(seq_of).collect();
    assert_eq!(seqs, [6, 7, 8]);
    assert_eq!((&page["head"], &page["reached"]), (&json!(21), &json!(false)));
    let end = live.ask_ok(json!({"type": "sync", "chat": &*uri, "after": 21})).await;
    assert_eq!((&end["events"], &end["reached"]), (&json!([]), &json!(true)));
    for (after, limit) in [(json!(-1), json!(1)), (json!("x"), json!(1)), (json!(null), json!(1)), (json!(1), json!(0))]
    {
        let frame = json!({"type": "sync", "chat": &*uri, "after": after, "limit": limit});
        assert_eq!(live.ask_refused(frame.clone()).await, "invalid", "{frame}");
    }
    mabel.says(&uri, "looking back did not stop the live events").await;
    assert_eq!(seq_of(&live.next_event().await), 22);
}

async fn several_requests_are_open_at_once(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let mut live = Live::of(&server, &mabel).await;
    for n in 0..100 {
        let key = format!("k{n}");
        live.say(json!({"type": "send", "id": key, "chat": &*uri, "message": key, "client_id": key})).await;
    }
    let (mut replies, mut events) = (Vec::new(), Vec::new());
    while replies.len() < 100 || events.len() < 100 {
        let frame = live.next().await;
        match frame["type"].as_str().unwrap() {
            "reply" => replies.push(frame["id"].as_str().unwrap().to_owned()),
            "event" => events.push(seq_of(&frame)),
            _ => {}
        }
    }
    replies.sort_unstable();
    replies.dedup();
    assert_eq!(replies.len(), 100, "each is answered once");
    assert_eq!(events, (2..102).collect::<Vec<_>>());
}
