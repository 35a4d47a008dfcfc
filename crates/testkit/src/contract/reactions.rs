//! Promises of [`MessageRepository::change_message`](parlor_domain::ports::MessageRepository::change_message) on reactions.

use parlor_domain::message::{ChangeMessageRefused, ChangedMessage};
use parlor_domain::{ChatUri, Message, UserRef};

use super::steps::{ANSWERS, named, seq, story, together};
use crate::StoreFixture;

/// What is under a message: each emoji, and the names of those who reacted with it.
fn shown(message: &Message, people: &[&UserRef]) -> Vec<String> {
    let name = |id| people.iter().find(|user| user.id == id).map_or("?", |user| user.username.as_str());
    let users = |users: &[_]| users.iter().map(|id| name(*id)).collect::<Vec<_>>().join(" ");
    message.reactions.iter().map(|it| format!("{} {}", it.emoji.as_str(), users(&it.users))).collect()
}

/// The message is this one wherever messages are read, through both stores.
async fn is_read_everywhere(fx: &StoreFixture, reader: &UserRef, chat: ChatUri, expected: &Message) {
    for node in [&fx.store, &fx.peer] {
        let found = node.messages.find(chat, reader.id, expected.seq).await.expect(ANSWERS);
        assert_eq!(found.as_ref(), Some(expected));
        assert!(node.history(reader, chat).await.contains(expected));
        if !expected.deleted {
            assert_eq!(node.chat(reader, chat).await.last_message.as_ref(), Some(expected));
        }
    }
}

/// A reaction is one event, stands under the message in the order of reacting, and is there once however often it is
/// asked for.
pub async fn a_reaction_is_one_event_and_under_its_message(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    let sent = fx.store.send(&ann, uri, "tea?").await.seq;
    for (who, emoji, event) in
        [(&cleo, "👍", Some(3)), (&ann, "❤", Some(4)), (&bob, "👍", Some(5)), (&bob, "👍\u{fe0f}", None)]
    {
        let changed = fx.peer.react(who, uri, sent, emoji, true).await.expect("a member");
        assert_eq!(changed.event, event.map(seq));
        is_read_everywhere(&fx, &bob, uri, &changed.message).await;
    }
    let people = [&ann, &bob, &cleo];
    let under = fx.store.history(&ann, uri).await.remove(0);
    assert_eq!(shown(&under, &people), ["👍 cleo bob", "❤\u{fe0f} ann"]);
    let removed = fx.store.react(&cleo, uri, sent, "👍", false).await.expect("hers");
    assert_eq!(shown(&removed.message, &people), ["❤\u{fe0f} ann", "👍 bob"], "the one that stood longest is gone");
    is_read_everywhere(&fx, &bob, uri, &removed.message).await;
    let again = fx.store.react(&cleo, uri, sent, "👍", false).await;
    assert_eq!(again, Ok(ChangedMessage { event: None, ..removed }));
    let log = fx.peer.log(&bob, uri).await;
    assert_eq!(
        story(&log[2..]),
        [
            "3 cleo: reaction.added 2 👍",
            "4 ann: reaction.added 2 ❤\u{fe0f}",
            "5 bob: reaction.added 2 👍",
            "6 cleo: reaction.removed 2 👍",
        ]
    );
    let mut told = [fx.announced.events_of(uri), fx.peer_announced.events_of(uri)].concat();
    told.sort_by_key(|event| event.seq);
    assert_eq!(told.iter().map(|event| (**event).clone()).collect::<Vec<_>>(), log);
}

/// A deleted message has no reactions, and gets none.
pub async fn a_deletion_takes_the_reactions_away(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let sent = fx.store.send(&ann, uri, "one").await.seq;
    let other = fx.store.send(&ann, uri, "two").await.seq;
    for target in [sent, other] {
        fx.store.react(&bob, uri, target, "👍", true).await.expect("a member");
    }
    let deleted = fx.store.delete_message(&ann, uri, sent).await.expect("hers").message;
    assert_eq!(shown(&deleted, &[&bob]), [""; 0]);
    is_read_everywhere(&fx, &bob, uri, &deleted).await;
    assert_eq!(shown(&fx.peer.history(&bob, uri).await[1], &[&bob]), ["👍 bob"]);
    let late = fx.peer.react(&bob, uri, sent, "👍", true).await;
    assert_eq!(late, Err(ChangeMessageRefused::Deleted));
    let gone = fx.peer.react(&bob, uri, sent, "👍", false).await.expect("nothing to take away");
    assert_eq!(gone, ChangedMessage { message: deleted, event: None });
}

/// Outsiders and former members do not react, and what was no message has no reactions.
pub async fn only_members_react_and_only_to_messages(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let sent = fx.store.send(&ann, uri, "one").await.seq;
    fx.store.react(&bob, uri, sent, "👍", true).await.expect("a member");
    fx.store.remove(&ann, uri, &bob).await.expect("the owner may");
    for on in [true, false] {
        for who in [&bob, &cleo] {
            let refused = fx.peer.react(who, uri, sent, "👍", on).await;
            assert_eq!(refused, Err(ChangeMessageRefused::NotFound));
        }
        for no_message in [1, 3, 4, 99] {
            let refused = fx.peer.react(&ann, uri, seq(no_message), "👍", on).await;
            assert_eq!(refused, Err(ChangeMessageRefused::NotFound));
        }
    }
    assert_eq!(shown(&fx.store.history(&ann, uri).await[0], &[&bob]), ["👍 bob"], "it stays when he has gone");
}

/// What is sent again is answered with what people reacted with to it.
pub async fn a_repeated_message_comes_with_its_reactions(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let sent = fx.store.try_send(named(&ann, uri, "k", "one")).await.expect("a member").message;
    let reacted = fx.store.react(&bob, uri, sent.seq, "👍", true).await.expect("a member").message;
    for node in [&fx.store, &fx.peer] {
        let again = node.try_send(named(&ann, uri, "k", "one")).await.expect("the same");
        assert_eq!((again.message, again.duplicate), (reacted.clone(), true));
    }
}

/// Of the same reaction many times at once one is an event; of many different ones as many as there is room for.
pub async fn reactions_at_once_are_counted_under_the_lock(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let sent = fx.store.send(&ann, uri, "one").await.seq;
    let same = together((0..8).map(|turn| {
        let (node, bob) = (fx.node(turn), bob.clone());
        async move { node.react(&bob, uri, sent, "👍", true).await.expect("a member").event }
    }))
    .await;
    assert_eq!(same.iter().filter(|event| event.is_some()).count(), 1);
    let different = together((0..24).map(|turn: u32| {
        let (node, ann) = (fx.node(turn as usize), ann.clone());
        let emoji = char::from_u32(0x1_f400 + turn).expect("an animal").to_string();
        async move { node.react(&ann, uri, sent, &emoji, true).await }
    }))
    .await;
    assert_eq!(different.iter().filter(|answer| answer.is_ok()).count(), Message::MAX_REACTIONS - 1);
    let refused = Err(ChangeMessageRefused::TooManyReactions);
    assert_eq!(different.iter().filter(|answer| **answer == refused).count(), 5);
    let message = fx.store.history(&bob, uri).await.remove(0);
    assert_eq!(message.reactions.len(), Message::MAX_REACTIONS);
    assert_eq!(fx.store.log(&bob, uri).await.len(), 2 + Message::MAX_REACTIONS);
}
