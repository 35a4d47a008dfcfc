//! Promises of [`MessageRepository::list`](parlor_domain::ports::MessageRepository::list).

use parlor_domain::{ChatUri, Message, Page, Seq, SeqRange, UserRef};

use super::steps::{ANSWERS, seq};
use crate::{Repositories, StoreFixture};

async fn list(node: &Repositories, reader: &UserRef, uri: ChatUri, range: SeqRange) -> Page<Message> {
    node.messages.list(uri, reader.id, range).await.expect(ANSWERS).expect("a member")
}

/// A chat with messages at 2, 3, 5, 7, 8, 9 and 12, and other events between them and at both ends.
async fn mixed_chat(fx: &StoreFixture, ann: &UserRef, bob: &UserRef) -> ChatUri {
    let uri = fx.store.group(ann, &[]).await;
    for (turn, step) in "mmjmlmmmjlmj".chars().enumerate() {
        let node = fx.node(turn);
        match step {
            'm' => drop(node.send(ann, uri, &format!("text {turn}")).await),
            'j' => node.join(bob, uri).await.expect("anybody may join"),
            _ => node.remove(bob, uri, bob).await.expect("bob may leave"),
        }
    }
    uri
}

/// What a range means, said once more in the plainest way.
fn expected(history: &[Message], range: SeqRange) -> Page<Message> {
    let limit = range.limit as usize;
    let inside: Vec<Message> = history
        .iter()
        .filter(|message| range.after.is_none_or(|after| message.seq > after))
        .filter(|message| range.before.is_none_or(|before| message.seq < before))
        .cloned()
        .collect();
    let more = inside.len() > limit;
    let skipped = if range.is_forward() { 0 } else { inside.len().saturating_sub(limit) };
    Page { items: inside.into_iter().skip(skipped).take(limit).collect(), more }
}

/// Every range, in either direction, holds what it says, oldest first, and tells exactly whether there is more.
pub async fn every_range_holds_what_it_says(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = mixed_chat(&fx, &ann, &bob).await;
    let history = fx.store.history(&ann, uri).await;
    let seqs: Vec<i64> = history.iter().map(|message| message.seq.get()).collect();
    assert_eq!(seqs, [2, 3, 5, 7, 8, 9, 12]);
    let places = || std::iter::once(None).chain((0..=14).map(|number| Some(seq(number))));
    for after in places() {
        for before in places() {
            for limit in [1, 2, 3, 7, 50] {
                let range = SeqRange { after, before, limit };
                assert_eq!(list(&fx.store, &ann, uri, range).await, expected(&history, range), "{range:?}");
            }
        }
    }
}

/// Ranges at the far ends of the numbers are ranges like others.
pub async fn a_range_may_lie_far_out(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = mixed_chat(&fx, &ann, &bob).await;
    let history = fx.peer.history(&ann, uri).await;
    let far = seq(Seq::MAX);
    for (after, before) in
        [(Some(far), None), (None, Some(far)), (Some(Seq::START), Some(far)), (Some(far), Some(seq(1)))]
    {
        let range = SeqRange { after, before, limit: 1000 };
        assert_eq!(list(&fx.peer, &ann, uri, range).await, expected(&history, range), "{range:?}");
    }
}

/// A chat without messages has an empty history.
pub async fn a_history_may_be_empty(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for range in [SeqRange::newest(5), SeqRange { after: Some(Seq::START), before: None, limit: 5 }] {
        assert_eq!(list(&fx.store, &bob, uri, range).await, Page { items: Vec::new(), more: false });
    }
}

/// Whatever the limit, the pages in either direction show each message once, with no end before the end.
pub async fn pages_show_each_message_once(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = mixed_chat(&fx, &ann, &bob).await;
    let history = fx.store.history(&ann, uri).await;
    for limit in 1..=8 {
        let (mut forward, mut after) = (Vec::new(), Seq::START);
        loop {
            let page = list(&fx.peer, &ann, uri, SeqRange { after: Some(after), before: None, limit }).await;
            assert!(page.items.first().is_none_or(|first| first.seq > after), "pages go on");
            assert!(!(page.more && page.items.is_empty()), "a page with nothing is the last");
            after = page.items.last().map_or(after, |message| message.seq);
            forward.extend(page.items);
            if !page.more {
                break;
            }
        }
        assert_eq!(forward, history, "forward, {limit} at a time");
        let (mut pages, mut before) = (Vec::new(), None);
        loop {
            let page = list(&fx.store, &ann, uri, SeqRange { after: None, before, limit }).await;
            let lower = |last: &Message| before.is_none_or(|before| last.seq < before);
            assert!(page.items.last().is_none_or(lower), "pages go on");
            assert!(!(page.more && page.items.is_empty()), "a page with nothing is the last");
            before = page.items.first().map(|message| message.seq).or(before);
            pages.push(page.items);
            if !page.more {
                break;
            }
        }
        pages.reverse();
        assert_eq!(pages.concat(), history, "backward, {limit} at a time");
    }
}

/// Pages read while both stores write show each message once: backward those that were there, forward all.
pub async fn pages_read_during_writes_show_each_message_once(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for number in 0..40 {
        fx.node(number).send(&ann, uri, "before").await;
    }
    let writers: Vec<_> = (0..4)
        .map(|turn| {
            let (node, author) = (fx.node(turn), [ann.clone(), bob.clone()][turn % 2].clone());
            tokio::spawn(async move {
                for _ in 0..25 {
                    node.send(&author, uri, "during").await;
                }
            })
        })
        .collect();
    let newest = list(&fx.store, &bob, uri, SeqRange::newest(7)).await;
    let mut before = newest.items[0].seq;
    let mut backward = Vec::new();
    while before > seq(2) {
        let page = list(&fx.peer, &bob, uri, SeqRange { after: None, before: Some(before), limit: 7 }).await;
        assert_eq!(page.items.last().map(|message| message.seq.next()), Some(before), "nothing between two pages");
        before = page.items[0].seq;
        assert_eq!(page.more, before > seq(2));
        backward.push(page.items.len());
    }
    assert_eq!(backward.iter().sum::<usize>() as i64, newest.items[0].seq.get() - 2);
    let mut at = seq(1);
    while at < seq(141) {
        let page = list(&fx.peer, &bob, uri, SeqRange { after: Some(at), before: None, limit: 7 }).await;
        for message in page.items {
            assert_eq!(message.seq, at.next(), "nothing is skipped");
            at = message.seq;
        }
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.expect("no task panics");
    }
}
