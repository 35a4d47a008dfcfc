//! Promises of the log when many write at once, through two stores.

use std::collections::HashMap;

use parlor_domain::chat_session::ChangeRefused;
use parlor_domain::message::{NewMessage, SendRefused};
use parlor_domain::{ChatUri, EventKind, Message, Seq, UserRef};

use super::steps::{ANSWERS, fresh_uri, message, named, seq, together};
use crate::{Repositories, StoreFixture};

/// Four hundred messages at once into three chats: each chat counts 1, 2, 3 … without a gap, and has what was
/// acknowledged where it was acknowledged.
pub async fn a_rush_of_messages_leaves_no_gap(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let chats = [
        fx.store.group(&ann, &[&bob, &cleo]).await,
        fx.store.direct(&ann, &bob).await,
        fx.peer.group(&bob, &[&ann, &cleo]).await,
    ];
    let authors = [&ann, &bob];
    let sent = together((0..400).map(|turn| {
        let (node, chat) = (fx.node(turn / 3), chats[turn % 3]);
        let draft = message(authors[(turn / 7) % 2], chat, &format!("text {turn}"));
        async move { (chat, node.try_send(draft).await.expect("a member").message) }
    }))
    .await;
    for chat in chats {
        let mut expected: Vec<&Message> = sent.iter().filter(|(to, _)| *to == chat).map(|(_, sent)| sent).collect();
        expected.sort_by_key(|message| message.seq);
        let history = fx.peer.history(&ann, chat).await;
        assert_eq!(history.iter().collect::<Vec<_>>(), expected);
        assert_eq!(fx.store.log(&ann, chat).await.len(), expected.len() + 1);
        assert_eq!(fx.store.chat(&ann, chat).await.last_message.as_ref(), expected.last().copied());
    }
}

/// Many chats written at once by both stores in opposite orders, with members coming and going: nothing is stuck, and
/// no chat has a gap.
pub async fn many_chats_at_once_do_not_get_in_each_others_way(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let mut chats = Vec::new();
    for _ in 0..12 {
        chats.push(fx.store.group(&ann, &[]).await);
    }
    together((0..288).map(|turn| {
        let forth = turn % chats.len();
        let chat = if turn % 2 == 0 { chats[forth] } else { chats[chats.len() - 1 - forth] };
        let (node, ann, bob) = (fx.node(turn), ann.clone(), bob.clone());
        async move {
            match turn % 7 {
                5 => node.join(&bob, chat).await.expect("anybody may join"),
                6 => drop(node.remove(&bob, chat, &bob).await),
                _ => drop(node.send(&ann, chat, &format!("text {turn}")).await),
            }
        }
    }))
    .await;
    let mut messages = 0;
    for chat in chats {
        fx.peer.log(&ann, chat).await;
        messages += fx.store.history(&ann, chat).await.len();
    }
    assert_eq!(messages, (0..288).filter(|turn| turn % 7 < 5).count());
}

/// Messages that are refused, among many that are not, take no seq and spoil nothing for the others.
pub async fn refused_messages_among_many_leave_no_gap(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let foreign = fx.store.group(&cleo, &[]).await;
    fx.store.try_send(named(&ann, uri, "used", "two")).await.expect("a member");
    let draft = |turn: usize| {
        let text = format!("text {turn}");
        match turn % 8 {
            1 => (message(&cleo, uri, &text), Some(SendRefused::NotFound)),
            2 => (message(&ann, fresh_uri(), &text), Some(SendRefused::NotFound)),
            3 => (named(&ann, uri, "used", &text), Some(SendRefused::ClientIdReused)),
            4 => {
                let reply = NewMessage { reply_to: Some(seq(1)), ..message(&bob, uri, &text) };
                (reply, Some(SendRefused::NoSuchReplyTarget))
            }
            5 => (message(&ann, foreign, &text), Some(SendRefused::NotFound)),
            6 => (NewMessage { reply_to: Some(seq(2)), ..message(&bob, uri, &text) }, None),
            _ => (message(if turn.is_multiple_of(3) { &ann } else { &bob }, uri, &text), None),
        }
    };
    let sent = together((0..240).map(|turn| {
        let (node, (draft, refused)) = (fx.node(turn / 8), draft(turn));
        async move {
            let answer = node.try_send(draft).await;
            assert_eq!(answer.as_ref().err().copied(), refused);
            answer.ok().map(|sent| sent.message)
        }
    }))
    .await;
    let mut accepted: Vec<Message> = sent.into_iter().flatten().collect();
    accepted.sort_by_key(|message| message.seq);
    assert_eq!(fx.store.history(&ann, uri).await[1..], accepted);
    assert_eq!(fx.store.log(&ann, uri).await.len(), 2 + accepted.len());
    assert_eq!(fx.peer.log(&cleo, foreign).await.len(), 1);
}

/// Copies, new messages and answers in one rush: every name is stored once.
pub async fn copies_among_many_are_stored_once(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let sent = together((0..240).map(|turn| {
        let (node, author) = (fx.node(turn / 5), if turn % 2 == 0 { &ann } else { &bob });
        let name = format!("k{}", turn / 2 % 40);
        let draft = named(author, uri, &name, &format!("text of {name}"));
        async move { node.try_send(draft).await.expect("a member") }
    }))
    .await;
    assert_eq!(sent.iter().filter(|sent| !sent.duplicate).count(), 80);
    let history = fx.store.history(&ann, uri).await;
    assert_eq!(history.len(), 80);
    let by_seq: HashMap<Seq, &Message> = history.iter().map(|message| (message.seq, message)).collect();
    for sent in &sent {
        assert_eq!(by_seq.get(&sent.message.seq), Some(&&sent.message));
    }
    assert_eq!(fx.peer.log(&ann, uri).await.len(), 81);
}

/// What is known of a message that somebody tried to send while they were being removed.
type Tried = (String, Result<Seq, SendRefused>);

/// Sends a few texts, one after the other, and tells what became of each.
async fn send_some(node: Repositories, author: UserRef, uri: ChatUri, label: String) -> Vec<Tried> {
    let mut tried = Vec::new();
    for number in 0..4 {
        let text = format!("{label}.{number}");
        let answer = node.try_send(message(&author, uri, &text)).await;
        tried.push((text, answer.map(|sent| sent.message.seq)));
    }
    tried
}

/// Checks that nothing of `former` was stored after they went, and that exactly the acknowledged ones were before.
async fn nothing_follows_the_removal(
    fx: &StoreFixture,
    uri: ChatUri,
    owner: &UserRef,
    former: &UserRef,
    all: &[Tried],
) {
    let log = fx.store.log(owner, uri).await;
    let gone = log.iter().find(|event| matches!(&event.kind, EventKind::MemberRemoved(who) if who.user == *former));
    let gone = gone.expect("they were removed").seq;
    let stored: HashMap<&str, Seq> = log
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::MessageCreated { body, .. } if event.by == *former => Some((body.as_str(), event.seq)),
            _ => None,
        })
        .collect();
    assert!(stored.values().all(|seq| *seq < gone), "removed at {gone}, and yet: {stored:?}");
    for (text, answer) in all {
        match answer {
            Ok(seq) => assert_eq!(stored.get(text.as_str()), Some(seq), "acknowledged: {text}"),
            Err(refused) => {
                assert_eq!(*refused, SendRefused::NotFound);
                assert_eq!(stored.get(text.as_str()), None, "refused: {text}");
            }
        }
    }
}

/// Somebody is removed while they write, through both stores: nothing of theirs follows their removal in the log, what
/// was acknowledged stands before it, and what was refused stands nowhere.
pub async fn nothing_follows_a_removal(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    for round in 0..40 {
        let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
        let (by, whom) = if round % 4 == 3 { (&bob, &bob) } else { (&ann, &bob) };
        let removal = {
            let (node, by, whom) = (fx.node(round), by.clone(), whom.clone());
            tokio::spawn(async move {
                for _ in 0..round % 5 {
                    tokio::task::yield_now().await;
                }
                node.remove(&by, uri, &whom).await.expect("they may be removed");
                // A send that begins after the removal's answer is refused by either store.
                node.try_send(message(&whom, uri, "too late")).await
            })
        };
        let sends: Vec<_> = (0..4)
            .map(|turn| tokio::spawn(send_some(fx.node(turn), bob.clone(), uri, format!("{turn}"))))
            .chain([tokio::spawn(send_some(fx.node(round + 1), cleo.clone(), uri, "cleo".into()))])
            .collect();
        let mut tried = Vec::new();
        for send in sends {
            tried.push(send.await.expect("no task panics"));
        }
        assert!(tried.pop().expect("cleo's").iter().all(|(_, answer)| answer.is_ok()), "cleo stays");
        let mut tried = tried.concat();
        let late = removal.await.expect("no task panics");
        tried.push(("too late".into(), late.map(|sent| sent.message.seq)));
        assert_eq!(tried.last().map(|(_, answer)| *answer), Some(Err(SendRefused::NotFound)));
        nothing_follows_the_removal(&fx, uri, &ann, &bob, &tried).await;
    }
}

/// A removal, once answered, holds for the other store at once: for sending, reading and joining.
pub async fn a_removal_holds_everywhere_once_answered(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    for round in 0..10 {
        let uri = fx.store.group(&ann, &[&bob]).await;
        let (here, there) = (fx.node(round), fx.node(round + 1));
        there.send(&bob, uri, "still here").await;
        here.remove(&ann, uri, &bob).await.expect("the owner may");
        assert_eq!(there.try_send(message(&bob, uri, "no more")).await, Err(SendRefused::NotFound));
        assert_eq!(there.messages.read_log(uri, bob.id, Seq::START, 9).await.expect(ANSWERS), None);
        assert_eq!(there.join(&bob, uri).await, Err(ChangeRefused::NotFound));
        assert_eq!(there.log(&ann, uri).await.len(), 3);
    }
}

/// Of two who remove each other's way back at once, the log tells the same as the answers: each accepted change is one
/// event, each refused one none.
pub async fn changes_at_once_are_events_or_nothing(fx: StoreFixture) {
    let crowd = fx.store.crowd(5).await;
    let owner = &crowd[0];
    let uri = fx.store.group(owner, &crowd[1..].iter().collect::<Vec<_>>()).await;
    for round in 0..10 {
        let before = fx.store.chat(owner, uri).await;
        let answers = together((0..8).map(|turn| {
            let (node, owner, user) = (fx.node(turn), owner.clone(), crowd[1 + turn % 4].clone());
            async move {
                match (turn + round) % 4 {
                    0 => node.remove(&owner, uri, &user).await,
                    1 => node.add(&owner, uri, &user).await,
                    2 => node.remove(&user, uri, &user).await,
                    _ => node.join(&user, uri).await,
                }
            }
        }))
        .await;
        let shown = fx.peer.chat(owner, uri).await;
        let events = shown.chat.head.get() - before.chat.head.get();
        let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(events <= i64::try_from(accepted).expect("small"), "{events} events, {answers:?}");
        assert_eq!(shown.members.len(), shown.chat.member_count as usize);
        let (mut now, mut listed) = (Vec::new(), fx.store.member_names(owner, uri).await);
        for event in fx.peer.log(owner, uri).await {
            match event.kind {
                EventKind::ChatCreated { members, .. } => now.extend(members.into_iter().map(|m| m.user)),
                EventKind::MemberAdded(who) => {
                    assert!(!now.contains(&who.user), "added twice");
                    now.push(who.user);
                }
                EventKind::MemberRemoved(who) => {
                    assert!(now.contains(&who.user), "removed twice");
                    now.retain(|user| *user != who.user);
                }
                _ => {}
            }
        }
        let mut told: Vec<_> = now.iter().map(|user| user.username.as_str().to_owned()).collect();
        told.sort();
        listed.sort();
        assert_eq!(told, listed, "the members are what the log tells");
    }
}
