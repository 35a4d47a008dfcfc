//! Many senders at once: each message once, and a log without holes (I3, I4, I6).

use std::collections::BTreeSet;

use serde_json::json;

use super::crowd::{CALLERS, Nodes, together};
use crate::harness::{Connection, Database, Person, on_both_databases, seqs, shared};

on_both_databases!(
    concurrent_sends_with_one_key_are_one_message,
    many_senders_leave_no_hole,
    a_caller_who_hangs_up_may_ask_again,
    whoever_is_removed_while_sending_wrote_nothing_afterwards,
);

async fn concurrent_sends_with_one_key_are_one_message(on: Database) {
    let nodes = Nodes::start(on).await;
    let mabel = Person::new(nodes.first(), "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for round in 0..5 {
        let answers = together(|caller| {
            let (mabel, uri) = (mabel.on(nodes.of(caller)), uri.clone());
            let body = json!({"message": format!("round {round}"), "client_id": format!("k{round}")});
            async move { mabel.send(&uri, body).await.ok() }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| !answer.duplicate).count(), 1);
        assert!(answers.iter().all(|answer| answer.seq == 2 + round));
        // With different texts under one key, one of them is the message.
        let answers = together(|caller| {
            let (mabel, uri) = (mabel.on(nodes.of(caller)), uri.clone());
            let body = json!({"message": format!("text {caller}"), "client_id": format!("k{round}")});
            async move { mabel.send(&uri, body).await.status }
        })
        .await;
        assert_eq!(answers, [409; CALLERS]);
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 6);
}

async fn many_senders_leave_no_hole(on: Database) {
    const EACH: usize = 20;
    let nodes = Nodes::start(on).await;
    let mabel = Person::new(nodes.first(), "mabel").await;
    let (hot, quiet) = (mabel.group(&[]).await.uri, mabel.group(&[]).await.uri);
    let acknowledged = together(|caller| {
        let mabel = mabel.on(nodes.of(caller));
        let (hot, quiet) = (hot.clone(), quiet.clone());
        async move {
            let mut acknowledged = Vec::new();
            for n in 0..EACH {
                let text = format!("{caller}/{n}");
                let message = mabel.send_minimal(&hot, json!({"message": text})).await.created();
                acknowledged.push((message.seq, text));
                // Whoever got the answer reads the message, on every node.
                assert_eq!(mabel.message(&hot, message.seq).await.ok(), message);
                if n % 5 == 0 {
                    mabel.says(&quiet, "quiet").await;
                }
            }
            acknowledged
        }
    })
    .await;
    for sender in &acknowledged {
        assert!(sender.is_sorted(), "the order of sending is the order of seqs");
    }
    let mut acknowledged: Vec<_> = acknowledged.into_iter().flatten().collect();
    acknowledged.sort();
    for node in &nodes.nodes {
        let mabel = mabel.on(node);
        let history = mabel.messages(&hot, "").await.ok();
        let stored: Vec<_> = history.iter().map(|message| (message.seq, message.message.clone())).collect();
        assert_eq!(stored, acknowledged);
        assert_eq!(seqs(&history), (2..2 + (CALLERS * EACH) as u64).collect::<Vec<_>>());
        assert_eq!(mabel.chat(&hot).await.ok().head, 1 + (CALLERS * EACH) as u64);
        assert_eq!(seqs(&mabel.messages(&quiet, "").await.ok()).len(), CALLERS * EACH / 5);
    }
}

async fn a_caller_who_hangs_up_may_ask_again(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let body = |key: usize| json!({"message": format!("message {key}"), "client_id": format!("k{key}")});
    let mut seen = BTreeSet::new();
    for key in 0..40 {
        let text = body(key).to_string();
        let request = format!(
            "POST /api/v1/chats/{}/messages/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            &*uri,
            mabel.access,
            text.len()
        );
        let mut connection = Connection::open(server.address()).await;
        connection.write(request.as_bytes()).await.unwrap();
        drop(connection);
        // Whether the first call came through, comes later, or never does: the message is one.
        seen.insert(mabel.send(&uri, body(key)).await.ok().seq);
    }
    let history = mabel.messages(&uri, "").await.ok();
    assert_eq!(seqs(&history), seen.into_iter().collect::<Vec<_>>());
    assert_eq!(seqs(&history), (2..42).collect::<Vec<_>>());
}

async fn whoever_is_removed_while_sending_wrote_nothing_afterwards(on: Database) {
    let nodes = Nodes::start(on).await;
    let owner = Person::new(nodes.first(), "owner").await;
    for _ in 0..5 {
        let nina = Person::new(nodes.first(), "nina").await;
        let uri = owner.group(&[&nina]).await.uri;
        let removed_at = together(|caller| {
            let (owner, nina, uri) = (owner.on(nodes.of(caller)), nina.on(nodes.of(caller)), uri.clone());
            async move {
                if caller == CALLERS / 2 {
                    owner.remove_member(&uri, nina.id).await.expect_status(204);
                    return Some(owner.chat(&uri).await.ok().head);
                }
                loop {
                    let answer = nina.send(&uri, json!({"message": "still here"})).await;
                    if answer.status == 404 {
                        return None;
                    }
                    answer.ok();
                }
            }
        })
        .await;
        let removed_at = removed_at.into_iter().flatten().next().unwrap();
        let history = owner.messages(&uri, "").await.ok();
        assert_eq!(owner.chat(&uri).await.ok().head, removed_at, "nothing came after the removal");
        assert_eq!(seqs(&history), (2..removed_at).collect::<Vec<_>>());
    }
}
