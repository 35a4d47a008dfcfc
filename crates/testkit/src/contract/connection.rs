//! What a lost connection may cost: time, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parlor_domain::message::Sent;
use parlor_domain::{ChatUri, StoreError, UserRef};

use super::steps::named;
use crate::{Repositories, StoreFixture};

/// How often something is tried again, and how long between, before the store counts as lost for good.
const ATTEMPTS: u32 = 400;
const BETWEEN: Duration = Duration::from_millis(25);

/// Tries until the store answers.
async fn insist<T, F: Future<Output = Result<T, StoreError>>>(ask: impl Fn() -> F) -> T {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match ask().await {
            Ok(answer) => return answer,
            Err(StoreError::Corrupt(source)) => panic!("a lost connection is no corrupt store: {source}"),
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(BETWEEN).await;
    }
    panic!("the store never answers again: {last:?}")
}

async fn send_surely(node: &Repositories, author: &UserRef, chat: ChatUri, name: &str) -> Sent {
    let sent = insist(|| node.messages.append(named(author, chat, name, &format!("text of {name}")))).await;
    sent.expect("the author is a member")
}

/// Connections are cut while many write, again and again: whoever repeats what was not answered has, in the end, every
/// acknowledged message stored once, where it was acknowledged, without a gap, and the store answers again.
pub async fn a_lost_connection_loses_and_doubles_nothing(fx: StoreFixture) {
    const WRITERS: usize = 6;
    const EACH: usize = 40;
    let [ann, bob] = fx.store.people().await;
    let chats = [fx.store.direct(&ann, &bob).await, fx.store.group(&ann, &[&bob]).await];
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (node, author, chat) = (fx.store.clone(), ann.clone(), chats[writer % 2]);
            let acknowledged = acknowledged.clone();
            tokio::spawn(async move {
                let mut sent = Vec::new();
                for number in 0..EACH {
                    let name = format!("{writer}.{number}");
                    sent.push((chat, send_surely(&node, &author, chat, &name).await.message));
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
                sent
            })
        })
        .collect();
    for share in 1..=4 {
        loop {
            // Looked at first, or the last of them could finish between the two looks.
            let all_finished = writers.iter().all(tokio::task::JoinHandle::is_finished);
            if acknowledged.load(Ordering::SeqCst) >= WRITERS * EACH * share / 5 {
                break;
            }
            assert!(!all_finished, "the writers gave up");
            tokio::task::yield_now().await;
        }
        tokio::task::block_in_place(|| (fx.cut_connections)());
    }
    let mut sent = Vec::new();
    for writer in writers {
        sent.extend(writer.await.expect("no writer panics"));
    }
    insist(|| fx.store.chats.find(chats[0], bob.id, 2)).await.expect("a chat of bob's");
    for chat in chats {
        let mut expected: Vec<_> = sent.iter().filter(|(to, _)| *to == chat).map(|(_, message)| message).collect();
        expected.sort_by_key(|message| message.seq);
        let history = fx.peer.history(&bob, chat).await;
        assert_eq!(history.iter().collect::<Vec<_>>(), expected, "what was acknowledged, once");
        assert_eq!(fx.peer.log(&bob, chat).await.len(), expected.len() + 1, "and without a gap");
    }
}

/// After a cut every port answers again: reads, sends, changes, new chats, sessions and accounts.
pub async fn every_port_answers_again_after_a_cut(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let chat = fx.store.group(&ann, &[&bob]).await;
    for round in 0..3 {
        tokio::task::block_in_place(|| (fx.cut_connections)());
        assert_eq!(insist(|| fx.store.users.find(ann.id)).await.map(|user| user.id), Some(ann.id));
        tokio::task::block_in_place(|| (fx.cut_connections)());
        let sent = send_surely(&fx.store, &ann, chat, &format!("k{round}")).await;
        assert_eq!(sent.message.seq.get(), round + 2);
        tokio::task::block_in_place(|| (fx.cut_connections)());
        assert_eq!(insist(|| fx.store.live.epoch()).await, insist(|| fx.peer.live.epoch()).await);
        tokio::task::block_in_place(|| (fx.cut_connections)());
        insist(|| fx.store.sessions.list_ended(time::Duration::HOUR)).await;
        tokio::task::block_in_place(|| (fx.cut_connections)());
        let uri = super::steps::fresh_uri();
        insist(|| fx.store.chats.create(super::steps::new_group(uri, &ann, &[]))).await;
        tokio::task::block_in_place(|| (fx.cut_connections)());
        insist(|| fx.store.chats.mark_read(chat, bob.id, sent.message.seq)).await.expect("a member");
    }
    assert_eq!(fx.peer.history(&bob, chat).await.len(), 3);
}
