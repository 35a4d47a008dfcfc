//! Promises of [`MessageRepository::read_log`](parlor_domain::ports::MessageRepository::read_log).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parlor_domain::log::LogPage;
use parlor_domain::{ChatUri, Seq, SeqRange, UserRef};

use super::steps::{ANSWERS, seq, story};
use crate::{Repositories, StoreFixture};

async fn read(node: &Repositories, reader: &UserRef, uri: ChatUri, after: i64, limit: u32) -> LogPage {
    node.messages.read_log(uri, reader.id, seq(after), limit).await.expect(ANSWERS).expect("a member").value
}

/// A page holds the events right after the given one, oldest first, at most so many, and the head.
pub async fn a_page_of_the_log_holds_what_follows(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    fx.store.send(&ann, uri, "two").await;
    fx.peer.join(&bob, uri).await.expect("anybody may join");
    fx.peer.send(&bob, uri, "four").await;
    fx.store.remove(&ann, uri, &bob).await.expect("the owner may");
    let all = fx.store.log(&ann, uri).await;
    assert_eq!(
        story(&all),
        [
            "1 ann: chat.created ann owner",
            "2 ann: message.created two",
            "3 bob: member.added bob member",
            "4 bob: message.created four",
            "5 ann: member.removed bob member",
        ]
    );
    for after in 0..8 {
        for limit in 1..7 {
            let page = read(&fx.node(after + limit), &ann, uri, after as i64, limit as u32).await;
            let expected: Vec<_> = all.iter().skip(after).take(limit).cloned().collect();
            assert_eq!(page, LogPage { events: expected, head: seq(5), floor: seq(1) }, "{limit} after {after}");
        }
    }
    let beyond = LogPage { events: Vec::new(), head: seq(5), floor: seq(1) };
    assert_eq!(read(&fx.peer, &ann, uri, Seq::MAX, 5).await, beyond);
}

/// One chat's log holds nothing of another's.
pub async fn a_log_holds_one_chat_only(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let (one, other) = (fx.store.direct(&ann, &bob).await, fx.store.group(&ann, &[&bob]).await);
    for turn in 0..6 {
        fx.node(turn).send(&ann, [one, other][turn % 2], &format!("text {turn}")).await;
    }
    let texts = |events: &[parlor_domain::Event]| story(&events[1..]);
    assert_eq!(
        texts(&fx.store.log(&bob, one).await),
        ["2 ann: message.created text 0", "3 ann: message.created text 2", "4 ann: message.created text 4"]
    );
    assert_eq!(
        texts(&fx.store.log(&bob, other).await),
        ["2 ann: message.created text 1", "3 ann: message.created text 3", "4 ann: message.created text 5"]
    );
}

/// Follows the log until it has `last`, and checks at each step that nothing is skipped or missing below the head.
async fn follow(node: Repositories, reader: UserRef, uri: ChatUri, last: i64, limit: u32) {
    let mut at = 0;
    while at < last {
        let page = read(&node, &reader, uri, at, limit).await;
        for event in &page.events {
            assert_eq!(event.seq.get(), at + 1, "a reader's place skips nothing");
            at += 1;
        }
        assert!(page.head.get() >= at, "head {} behind event {at}", page.head);
        if page.events.len() < limit as usize {
            assert_eq!(page.head.get(), at, "a short page reaches the head that it tells");
        }
        tokio::task::yield_now().await;
    }
}

/// Whoever follows the log while both stores write sees 1, 2, 3 … and never skips what commits late.
pub async fn a_follower_skips_nothing_while_others_write(fx: StoreFixture) {
    const WRITERS: usize = 6;
    const EACH: usize = 40;
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let last = i64::try_from(WRITERS * EACH + 1).expect("small");
    let followers: Vec<_> = [(0, 1), (1, 7), (0, 1000), (1, 1000)]
        .map(|(turn, limit)| tokio::spawn(follow(fx.node(turn), bob.clone(), uri, last, limit)))
        .into();
    let writers: Vec<_> = (0..WRITERS)
        .map(|turn| {
            let (node, author) = (fx.node(turn), if turn % 3 == 0 { bob.clone() } else { ann.clone() });
            tokio::spawn(async move {
                for number in 0..EACH {
                    node.send(&author, uri, &format!("{turn}.{number}")).await;
                }
            })
        })
        .collect();
    for task in writers.into_iter().chain(followers) {
        task.await.expect("no task panics");
    }
}

/// One author's messages, each sent after the answer to the one before, stand in that order, however many others write.
pub async fn an_authors_messages_keep_their_order(fx: StoreFixture) {
    let crowd = fx.store.crowd(6).await;
    let uri = fx.store.group(&crowd[0], &crowd[1..].iter().collect::<Vec<_>>()).await;
    let writers: Vec<_> = crowd
        .iter()
        .cloned()
        .map(|author| {
            let nodes = [fx.node(0), fx.node(1)];
            tokio::spawn(async move {
                for number in 0..20 {
                    nodes[number % 2].send(&author, uri, &format!("{number}")).await;
                }
            })
        })
        .collect();
    for task in writers {
        task.await.expect("no task panics");
    }
    let history = fx.store.history(&crowd[0], uri).await;
    for author in &crowd {
        let texts: Vec<_> = history.iter().filter(|m| m.author == *author).map(|m| m.body.clone()).collect();
        assert_eq!(texts, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    }
}

/// Head, members and marks of a chat agree with each other in every answer while others write.
pub async fn a_chat_is_read_as_of_one_moment(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let left = Arc::new(AtomicUsize::new(4));
    let writers: Vec<_> = (0..4)
        .map(|turn| {
            let (node, ann, left) = (fx.node(turn), ann.clone(), left.clone());
            tokio::spawn(async move {
                for number in 0..30 {
                    node.send(&ann, uri, &format!("{number}")).await;
                }
                left.fetch_sub(1, Ordering::SeqCst);
            })
        })
        .collect();
    let mut turn = 0;
    while left.load(Ordering::SeqCst) > 0 {
        turn += 1;
        let shown = fx.node(turn).chat(&bob, uri).await;
        let messages = shown.chat.head.get() - 1;
        assert_eq!(i64::from(shown.read_state.unread), messages, "everything but the first event is unread");
        let last = shown.last_message.map_or(1, |message| message.seq.get());
        assert_eq!(last, shown.chat.head.get());
        let range = SeqRange { after: None, before: None, limit: 3 };
        let page = fx.node(turn).messages.list(uri, bob.id, range).await.expect(ANSWERS).expect("a member");
        assert!(page.items.windows(2).all(|pair| pair[0].seq.next() == pair[1].seq));
    }
    for task in writers {
        task.await.expect("no task panics");
    }
}
