//! Bounds: connections, frames, and readers that do not read.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Database, Live, Person, Server, Storage, seq_of, shared};

async fn limited() -> (Storage, Server) {
    let storage = Storage::new(Database::Sqlite);
    let server = Server::start_with(&storage, &[("PARLOR_RATE_LIMITS", "on")]).await;
    (storage, server)
}

#[tokio::test]
async fn the_eleventh_connection_closes_the_first() {
    let (_storage, server) = limited().await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let mut hers = Live::of(&server, &nina).await;
    let mut all = Vec::new();
    for _ in 0..11 {
        all.push(Live::of(&server, &mabel).await);
    }
    assert_eq!(all.remove(0).closed().await.0, 4409);
    for live in &mut all {
        live.is_quiet().await;
    }
    hers.is_quiet().await;
}

#[tokio::test]
async fn too_many_frames_are_refused() {
    let (_storage, server) = limited().await;
    let mabel = Person::new(&server, "mabel").await;
    let mut live = Live::of(&server, &mabel).await;
    let mut refused = 0;
    for _ in 0..100 {
        let reply = live.ask(json!({"type": "typing", "chat": "0123456789abcdef0123456789abcdef", "on": true})).await;
        match reply["error"]["code"].as_str().unwrap() {
            "rate_limited" => {
                refused += 1;
                assert!(reply["error"]["retry_after"].as_u64().is_some(), "{reply}");
            }
            code => assert_eq!(code, "not_found"),
        }
    }
    assert!(refused > 0, "100 frames at once are more than a burst");
}

#[tokio::test]
async fn a_flood_closes_the_connection() {
    let (_storage, server) = limited().await;
    let mabel = Person::new(&server, "mabel").await;
    let mut live = Live::of(&server, &mabel).await;
    let code = loop {
        for _ in 0..50 {
            live.send(Message::text(r#"{"type": "ping"}"#)).await;
        }
        let mut ended = None;
        while let Ok(frame) = tokio::time::timeout(std::time::Duration::from_millis(100), live.try_next()).await {
            if let Err(code) = frame {
                ended = Some(code);
                break;
            }
        }
        if let Some(code) = ended {
            break code;
        }
    };
    assert_eq!(code, 4429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stalls_is_behind_and_catches_up() {
    let server = shared(Database::Sqlite).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let (mut stalls, mut reads) = (Live::of(&server, &mabel).await, Live::of(&server, &mabel).await);
    let text = "x".repeat(2000);
    let mut head = 1;
    for _ in 0..60 {
        let senders = (0..8).map(|_| {
            let (mabel, uri, text) = (mabel.clone(), uri.clone(), text.clone());
            tokio::spawn(async move {
                for _ in 0..8 {
                    mabel.send_minimal(&uri, json!({"message": text})).await.created();
                }
            })
        });
        for sender in senders.collect::<Vec<_>>() {
            sender.await.unwrap();
        }
        for _ in 0..64 {
            head += 1;
            assert_eq!(seq_of(&reads.next_event().await), head, "the other one reads on");
        }
    }
    // 7.7 MB were more than the kernel's buffers and the queue hold.
    let (mut last, mut behind) = (1, false);
    while last < head {
        let frame = stalls.next().await;
        match frame["type"].as_str().unwrap() {
            "event" => {
                assert_eq!(seq_of(&frame), last + 1);
                last += 1;
            }
            "behind" => {
                behind = true;
                assert_eq!((&frame["chat"], &frame["reason"]), (&json!(&*uri), &json!("overflow")));
                loop {
                    let page = stalls.ask_ok(json!({"type": "sync", "chat": &*uri, "after": last})).await;
                    for event in page["events"].as_array().unwrap() {
                        assert_eq!(seq_of(event), last + 1);
                        last += 1;
                    }
                    if page["reached"] == true {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    assert!(behind);
    assert_eq!(mabel.says(&uri, "and on").await, head + 1);
    assert_eq!(seq_of(&stalls.next_event().await), head + 1);
}
