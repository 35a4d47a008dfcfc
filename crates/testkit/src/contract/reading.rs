//! Promises of [`ChatRepository`](parlor_domain::ports::ChatRepository) on reading marks.

use parlor_domain::chat_session::ReadState;
use parlor_domain::{ChatUri, Seq, UserRef};

use super::steps::{ANSWERS, message, named, seq, together};
use crate::{Repositories, StoreFixture};

async fn mark(node: &Repositories, user: &UserRef, uri: ChatUri, at: i64) -> (i64, u32) {
    let state = node.chats.mark_read(uri, user.id, seq(at)).await.expect(ANSWERS).expect("a member");
    (state.read.get(), state.unread)
}

/// The mark as the chat and the list of chats show it.
async fn shown(node: &Repositories, user: &UserRef, uri: ChatUri) -> (i64, u32) {
    let found = node.chat(user, uri).await.read_state;
    let listed = node.chats.list(user.id, None, 200).await.expect(ANSWERS).items;
    let listed = listed.iter().find(|summary| summary.chat.uri == uri).expect("one of theirs");
    assert_eq!(found, listed.read_state);
    (found.read.get(), found.unread)
}

/// Messages of others are unread until the mark passes them; other events do not count.
pub async fn messages_of_others_are_unread(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    fx.store.send(&ann, uri, "two").await;
    fx.peer.join(&cleo, uri).await.expect("anybody may join");
    fx.peer.send(&cleo, uri, "four").await;
    assert_eq!(shown(&fx.peer, &ann, uri).await, (2, 1));
    assert_eq!(shown(&fx.store, &bob, uri).await, (1, 2));
    assert_eq!(shown(&fx.store, &cleo, uri).await, (4, 0));
    assert_eq!(mark(&fx.store, &bob, uri, 2).await, (2, 1));
    assert_eq!(mark(&fx.peer, &bob, uri, 3).await, (3, 1));
    assert_eq!(shown(&fx.store, &bob, uri).await, (3, 1));
    assert_eq!(mark(&fx.store, &bob, uri, 4).await, (4, 0));
    assert_eq!(shown(&fx.store, &ann, uri).await, (2, 1), "everybody has a mark of their own");
}

/// One's own message moves one's own mark to it, over whatever others wrote before.
pub async fn sending_moves_the_authors_mark(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    fx.store.send(&ann, uri, "two").await;
    fx.peer.send(&ann, uri, "three").await;
    assert_eq!(shown(&fx.store, &ann, uri).await, (3, 0));
    assert_eq!(shown(&fx.store, &bob, uri).await, (1, 2));
    fx.store.send(&bob, uri, "four").await;
    assert_eq!(shown(&fx.peer, &bob, uri).await, (4, 0));
    assert_eq!(shown(&fx.peer, &ann, uri).await, (3, 1));
}

/// A message that is sent again is not stored again, and the mark does not go back to it.
pub async fn sending_again_never_moves_the_mark_back(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    fx.store.try_send(named(&ann, uri, "k", "two")).await.expect("a member");
    fx.store.send(&bob, uri, "three").await;
    assert_eq!(mark(&fx.store, &ann, uri, 3).await, (3, 0));
    assert!(fx.peer.try_send(named(&ann, uri, "k", "two")).await.expect("a member").duplicate);
    assert_eq!(shown(&fx.store, &ann, uri).await, (3, 0));
}

/// Who joins has read everything up to the event that added them, and whoever comes back too.
pub async fn joining_starts_at_the_event_that_added_one(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    fx.store.send(&ann, uri, "two").await;
    fx.store.join(&bob, uri).await.expect("anybody may join");
    assert_eq!(shown(&fx.peer, &bob, uri).await, (3, 0));
    fx.store.send(&ann, uri, "four").await;
    fx.store.add(&ann, uri, &cleo).await.expect("she may add");
    assert_eq!(shown(&fx.peer, &cleo, uri).await, (5, 0));
    assert_eq!(shown(&fx.peer, &bob, uri).await, (3, 1));
    fx.store.remove(&bob, uri, &bob).await.expect("bob may leave");
    fx.store.send(&ann, uri, "seven").await;
    fx.store.join(&bob, uri).await.expect("he may come back");
    assert_eq!(shown(&fx.peer, &bob, uri).await, (8, 0));
}

/// The mark moves forward only, and never past the head.
pub async fn the_mark_moves_forward_and_up_to_the_head(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for text in ["two", "three", "four"] {
        fx.store.send(&ann, uri, text).await;
    }
    assert_eq!(mark(&fx.store, &bob, uri, 3).await, (3, 1));
    assert_eq!(mark(&fx.peer, &bob, uri, 2).await, (3, 1));
    assert_eq!(mark(&fx.peer, &bob, uri, 0).await, (3, 1));
    assert_eq!(mark(&fx.store, &bob, uri, 5).await, (4, 0));
    assert_eq!(mark(&fx.store, &bob, uri, Seq::MAX).await, (4, 0));
    fx.store.send(&ann, uri, "five").await;
    assert_eq!(shown(&fx.peer, &bob, uri).await, (4, 1), "a mark beyond the head would have hidden it");
}

/// Of marks set at once, the furthest stands.
pub async fn of_marks_at_once_the_furthest_stands(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for number in 0..40 {
        fx.store.send(&ann, uri, &format!("text {number}")).await;
    }
    for round in 0..5 {
        let highest = round * 8 + 8;
        let states = together((0..8).map(|turn| {
            let (node, bob) = (fx.node(turn), bob.clone());
            let at = highest - i64::try_from(turn).expect("small");
            async move { (at, mark(&node, &bob, uri, at).await) }
        }))
        .await;
        assert!(states.iter().all(|(at, (read, _))| at <= read && *read <= highest), "{states:?}");
        assert_eq!(shown(&fx.store, &bob, uri).await.0, highest);
    }
}

/// Marks set while others write never miss a message: what is after the mark is unread.
pub async fn marks_and_messages_at_once_add_up(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    together((0..60).map(|turn| {
        let (node, ann, bob) = (fx.node(turn), ann.clone(), bob.clone());
        async move {
            if turn % 3 == 0 {
                mark(&node, &bob, uri, i64::try_from(turn / 2).expect("small")).await;
            } else {
                node.send(&ann, uri, "hello").await;
            }
        }
    }))
    .await;
    let (read, unread) = shown(&fx.store, &bob, uri).await;
    assert_eq!(read + i64::from(unread), 41);
}

/// Unread messages are counted up to a thousand.
pub async fn unread_messages_are_counted_up_to_a_thousand(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let total = i64::from(ReadState::MAX_UNREAD) + 5;
    for _ in 0..5 {
        together((0..usize::try_from(total / 5).expect("small")).map(|turn| {
            let (node, message) = (fx.node(turn), message(&ann, uri, "again"));
            async move { node.try_send(message).await.expect("a member") }
        }))
        .await;
    }
    assert_eq!(shown(&fx.store, &bob, uri).await, (1, 1000));
    assert_eq!(mark(&fx.store, &bob, uri, 5).await, (5, 1000));
    assert_eq!(mark(&fx.peer, &bob, uri, 6).await, (6, 1000));
    assert_eq!(mark(&fx.store, &bob, uri, 7).await, (7, 999));
    assert_eq!(shown(&fx.store, &ann, uri).await, (total + 1, 0));
}
