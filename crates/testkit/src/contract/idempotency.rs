//! Promises of [`MessageRepository::append`](parlor_domain::ports::MessageRepository::append) on messages that are sent
//! again.

use parlor_domain::chat_session::ChatCommand;
use parlor_domain::message::{DedupKey, NewMessage, SendRefused, Sent};

use super::steps::{after, fresh_bytes, key, message, named, seq, together};
use crate::StoreFixture;

/// The same message again, at whatever time and through whichever store, is answered with the first result.
pub async fn the_same_message_again_is_answered_with_the_first(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let target = fx.store.send(&bob, uri, "two").await;
    let draft = NewMessage { reply_to: Some(target.seq), ..named(&ann, uri, "k", "three") };
    let first = fx.store.try_send(draft.clone()).await.expect("a member");
    assert!(!first.duplicate);
    fx.store.send(&bob, uri, "four").await;
    for turn in 0..4 {
        let again = NewMessage { at: after(500), ..draft.clone() };
        let expected = Sent { message: first.message.clone(), duplicate: true };
        assert_eq!(fx.node(turn).try_send(again).await, Ok(expected));
    }
    assert_eq!(fx.store.log(&bob, uri).await.len(), 4);
}

/// A message with a random key is kept once too, and the key is never shown.
pub async fn a_random_key_is_kept_once_and_never_shown(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let bytes = fresh_bytes();
    let draft = NewMessage { key: DedupKey::Random(bytes), ..message(&ann, uri, "hello") };
    let first = fx.store.try_send(draft.clone()).await.expect("a member");
    assert_eq!((first.duplicate, first.message.client_id), (false, None));
    let again = fx.peer.try_send(draft).await.expect("a member");
    assert_eq!((again.duplicate, again.message.client_id, again.message.seq), (true, None, seq(2)));
    assert_eq!(fx.store.history(&ann, uri).await[0].client_id, None);
    assert_eq!(fx.store.log(&ann, uri).await.len(), 2);
}

/// However a client names its message, the name is never taken for a random key.
pub async fn a_clients_name_never_meets_a_random_key(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let bytes = *b"klmnopqrstuvwxyz";
    fx.store.try_send(NewMessage { key: DedupKey::Random(bytes), ..message(&ann, uri, "random") }).await.expect("sent");
    let number = u128::from_be_bytes(bytes);
    let hex = format!("{number:032x}");
    let uuid = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    let names = ["klmnopqrstuvwxyz".into(), hex.to_uppercase(), format!("\\x{hex}"), uuid, number.to_string(), hex];
    for (turn, name) in names.iter().enumerate() {
        let sent = fx.node(turn).try_send(named(&ann, uri, name, "named")).await.expect("another message");
        assert!(!sent.duplicate, "{name}");
        assert_eq!(sent.message.client_id.as_ref().map(|id| id.as_str()), Some(name.as_str()));
    }
    for prefix in ["r:", "r", "random:", "~", "-", "_", "#", " ", "c:", "s:", "$"] {
        let sent = fx.store.try_send(named(&ann, uri, &format!("{prefix}{}", names[5]), "named")).await;
        assert!(!sent.expect("another message").duplicate, "{prefix:?}");
    }
}

/// Names that differ in case or in spaces are different names.
pub async fn client_names_are_compared_exactly(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let longest = "~".repeat(64);
    let names = ["a", "A", "a ", " a", "a  ", "0", "00", "%", "_", "'", "\\", "\"", &longest[..63], &longest];
    for (turn, name) in names.into_iter().enumerate() {
        let sent = fx.node(turn).try_send(named(&ann, uri, name, "hello")).await.expect("a member");
        assert!(!sent.duplicate, "{name:?}");
        assert_eq!(sent.message.client_id.as_ref().map(|id| id.as_str()), Some(name));
    }
    for (turn, name) in names.into_iter().enumerate() {
        let again = fx.node(turn + 1).try_send(named(&ann, uri, name, "hello")).await.expect("a member");
        assert_eq!((again.duplicate, again.message.seq.get()), (true, i64::try_from(turn).expect("small") + 2));
    }
}

/// A name used for another text, or for an answer to another message, is refused; nothing is stored.
pub async fn a_name_is_not_used_for_another_message(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let (one, other) = (fx.store.send(&bob, uri, "two").await.seq, fx.store.send(&bob, uri, "three").await.seq);
    let reply = |to, name: &str| NewMessage { reply_to: to, ..named(&ann, uri, name, "hello") };
    fx.store.try_send(reply(None, "plain")).await.expect("a member");
    fx.store.try_send(reply(Some(one), "answer")).await.expect("a member");
    for turn in 0..2 {
        let node = fx.node(turn);
        for wrong in [
            named(&ann, uri, "plain", "Hello"),
            named(&ann, uri, "plain", "hello "),
            reply(Some(one), "plain"),
            reply(None, "answer"),
            reply(Some(other), "answer"),
        ] {
            assert_eq!(node.try_send(wrong.clone()).await, Err(SendRefused::ClientIdReused), "{wrong:?}");
        }
        assert!(node.try_send(reply(None, "plain")).await.expect("the same").duplicate);
        assert!(node.try_send(reply(Some(one), "answer")).await.expect("the same").duplicate);
    }
    assert_eq!(fx.store.log(&ann, uri).await.len(), 5);
}

/// A name is one author's in one chat: the same name of another author, or in another chat, names another message.
pub async fn a_name_belongs_to_one_author_in_one_chat(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let (one, other) = (fx.store.direct(&ann, &bob).await, fx.store.group(&ann, &[&bob]).await);
    for (turn, (author, chat)) in [(&ann, one), (&bob, one), (&ann, other), (&bob, other)].into_iter().enumerate() {
        let text = format!("text {turn}");
        let sent = fx.node(turn).try_send(named(author, chat, "k", &text)).await.expect("a message of its own");
        assert!(!sent.duplicate);
        assert_eq!((sent.message.body, &sent.message.author), (text, author));
    }
}

/// A name is kept while its author is away from the chat.
pub async fn a_name_outlives_an_absence(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    fx.store.try_send(named(&bob, uri, "k", "hello")).await.expect("a member");
    fx.store.change(&bob, uri, ChatCommand::Remove(bob.id)).await.expect("bob may leave");
    fx.store.join(&bob, uri).await.expect("he may come back");
    let again = fx.peer.try_send(named(&bob, uri, "k", "hello")).await.expect("a member");
    assert_eq!((again.duplicate, again.message.seq), (true, seq(2)));
}

/// The same message sent many times at once, through both stores, is stored once; all are told the same.
pub async fn the_same_message_at_once_is_stored_once(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for round in 0..10 {
        let answers = together((0..16).map(|turn| {
            let (node, draft) = (fx.node(turn), named(&ann, uri, &format!("k{round}"), "hello"));
            async move { node.try_send(draft).await.expect("a member") }
        }))
        .await;
        assert_eq!(answers.iter().filter(|sent| !sent.duplicate).count(), 1);
        assert!(answers.iter().all(|sent| sent.message == answers[0].message), "{answers:?}");
    }
    assert_eq!(fx.store.log(&bob, uri).await.len(), 11);
}

/// Of different texts at once under one name, one is stored; copies of it are told so, and the others refused.
pub async fn of_different_texts_at_once_under_one_name_one_is_stored(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for round in 0..10 {
        let answers = together((0..9).map(|turn| {
            let (node, text) = (fx.node(turn), format!("text {}", turn % 3));
            let draft = NewMessage { key: key(&format!("k{round}")), ..message(&ann, uri, &text) };
            async move { (text, node.try_send(draft).await) }
        }))
        .await;
        let stored: Vec<_> = answers.iter().filter(|(_, sent)| matches!(sent, Ok(sent) if !sent.duplicate)).collect();
        let [(winner, Ok(first))] = stored[..] else { panic!("one message, not {}", stored.len()) };
        for (text, sent) in &answers {
            match sent {
                Ok(sent) => assert_eq!((&sent.message, text), (&first.message, winner)),
                Err(refused) => {
                    assert_eq!(*refused, SendRefused::ClientIdReused);
                    assert_ne!(text, winner);
                }
            }
        }
    }
    assert_eq!(fx.store.log(&bob, uri).await.len(), 11);
}
