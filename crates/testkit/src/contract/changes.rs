//! Promises of [`MessageRepository::change_message`](parlor_domain::ports::MessageRepository::change_message).

use parlor_domain::message::{ChangeMessage, ChangeMessageRefused, ChangedMessage, MessageCommand, MessageCondition};
use parlor_domain::{ChatUri, Event, EventKind, Message, Role, Seq, UserRef};

use super::steps::{ANSWERS, after, fresh_uri, message, named, seq, story, text, together, wish};
use crate::StoreFixture;

/// The message is this one wherever it can be read, through both stores.
async fn is_read_everywhere(fx: &StoreFixture, reader: &UserRef, chat: ChatUri, expected: &Message) {
    for node in [&fx.store, &fx.peer] {
        let found = node.messages.find(chat, reader.id, expected.seq).await.expect(ANSWERS);
        assert_eq!(found.as_ref(), Some(expected));
        assert!(node.history(reader, chat).await.contains(expected));
        let log = node.log(reader, chat).await;
        let live = node.live.events(chat, Seq::START, 1000).await.expect(ANSWERS).value.expect("a chat").events;
        assert_eq!(live, log, "read alike by live delivery");
        for event in log {
            match event.kind {
                EventKind::MessageCreated { body, .. } if event.seq == expected.seq => assert_eq!(body, expected.body),
                EventKind::MessageEdited { target, body } if target == expected.seq => assert_eq!(body, expected.body),
                _ => {}
            }
        }
    }
}

/// An edit is one event, and from then on the message has its new text wherever it is read.
pub async fn an_edit_is_one_event_and_the_text_of_today(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let sent = fx.store.try_send(named(&ann, uri, "k", "first")).await.expect("a member").message;
    let at = after(60);
    let change = ChangeMessage { at, ..wish(&ann, uri, sent.seq, text(" sec\r\nond é😀 ")) };
    let changed = fx.peer.try_change(change).await;
    let edited = Message { body: " sec\r\nond é😀 ".into(), edited_at: Some(at), ..sent.clone() };
    assert_eq!(changed, Ok(ChangedMessage { message: edited.clone(), event: Some(seq(3)) }));
    is_read_everywhere(&fx, &bob, uri, &edited).await;
    let chat = fx.store.chat(&bob, uri).await;
    assert_eq!((chat.chat.head, chat.chat.updated_at, chat.last_message), (seq(3), at, Some(edited)));
    let again = fx.store.edit(&ann, uri, sent.seq, "third").await.expect("hers");
    assert_eq!(again.event, Some(seq(4)));
    is_read_everywhere(&fx, &bob, uri, &again.message).await;
    let told = [
        "2 ann: message.created third".to_owned(),
        "3 ann: message.edited 2 third".to_owned(),
        "4 ann: message.edited 2 third".to_owned(),
    ];
    assert_eq!(story(&fx.store.log(&bob, uri).await[1..]), told);
}

/// A deletion is one event, and takes the text away wherever it was read; what stays is the place.
pub async fn a_deletion_takes_the_text_away_everywhere(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let first = fx.store.send(&bob, uri, "before").await;
    let sent = fx.store.try_send(named(&bob, uri, "k", "secret")).await.expect("a member").message;
    fx.store.edit(&bob, uri, sent.seq, "another secret").await.expect("his");
    let changed = fx.peer.delete_message(&bob, uri, sent.seq).await.expect("his");
    assert_eq!((changed.event, changed.message.deleted), (Some(seq(5)), true));
    assert_eq!((changed.message.body.as_str(), &changed.message.client_id), ("", &sent.client_id));
    is_read_everywhere(&fx, &ann, uri, &changed.message).await;
    let told = ["3 bob: message.created ", "4 bob: message.edited 3 ", "5 bob: message.deleted 3"];
    assert_eq!(story(&fx.store.log(&ann, uri).await[2..]), told);
    assert_eq!(fx.store.chat(&ann, uri).await.last_message, Some(first), "the newest that is not deleted");
}

/// Nobody edits what somebody else wrote; owner and admins of a group delete it, in a direct chat nobody does.
pub async fn what_others_wrote_is_deleted_by_owner_and_admins_only(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    let (hers, his) = (fx.store.send(&ann, uri, "hers").await, fx.store.send(&bob, uri, "his").await);
    for (by, target) in [(&bob, &hers), (&cleo, &his), (&ann, &his)] {
        let refused = fx.peer.edit(by, uri, target.seq, "mine").await;
        assert_eq!(refused, Err(ChangeMessageRefused::NotAllowed));
    }
    for (by, target) in [(&bob, &hers), (&cleo, &his)] {
        assert_eq!(fx.store.delete_message(by, uri, target.seq).await, Err(ChangeMessageRefused::NotAllowed));
    }
    let deleted = fx.peer.delete_message(&ann, uri, his.seq).await.expect("the owner may");
    assert_eq!((deleted.message.author, deleted.event), (bob.clone(), Some(seq(4))));
    assert_eq!(story(&fx.store.log(&bob, uri).await[3..]), ["4 ann: message.deleted 3"]);
    let direct = fx.store.direct(&ann, &bob).await;
    let his = fx.store.send(&bob, direct, "his").await;
    assert_eq!(fx.store.delete_message(&ann, direct, his.seq).await, Err(ChangeMessageRefused::NotAllowed));
    let owner = fx.store.chat(&ann, direct).await.members.iter().any(|member| member.role != Role::Member);
    assert!(!owner, "there are no roles");
}

/// What is so already is no event, no activity, and is announced by nobody.
pub async fn what_is_so_already_is_no_event(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let (kept, gone) = (fx.store.send(&ann, uri, "kept").await, fx.store.send(&ann, uri, "gone").await);
    let late = |target, command| ChangeMessage { at: after(500), ..wish(&ann, uri, target, command) };
    let same = fx.peer.try_change(late(kept.seq, text("kept"))).await;
    assert_eq!(same, Ok(ChangedMessage { message: kept.clone(), event: None }), "never edited");
    let deleted = fx.store.delete_message(&ann, uri, gone.seq).await.expect("hers");
    for turn in 0..3 {
        let again = fx.node(turn).try_change(late(gone.seq, MessageCommand::Delete)).await;
        assert_eq!(again, Ok(ChangedMessage { event: None, ..deleted.clone() }));
        let edit = fx.node(turn).try_change(late(gone.seq, text("back"))).await;
        assert_eq!(edit, Err(ChangeMessageRefused::Deleted), "what is gone stays gone");
    }
    let chat = fx.store.chat(&bob, uri).await.chat;
    assert_eq!((chat.head, chat.updated_at), (seq(4), after(0)));
    assert_eq!(fx.store.log(&bob, uri).await.len(), 4);
    assert_eq!(fx.announced.events_of(uri).len() + fx.peer_announced.events_of(uri).len(), 4);
}

/// Whoever is not in the chat changes nothing there, their own words included; and what is no message of this chat is
/// not found.
pub async fn outsiders_and_wrong_seqs_find_no_message(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let (uri, other) = (fx.store.group(&ann, &[&bob]).await, fx.store.group(&ann, &[]).await);
    let his = fx.store.send(&bob, uri, "his").await;
    fx.store.remove(&ann, uri, &bob).await.expect("the owner may");
    for _ in 0..5 {
        fx.store.send(&ann, other, "elsewhere").await;
    }
    let before = fx.store.log(&ann, uri).await;
    for (turn, command) in [text("new"), MessageCommand::Delete].into_iter().enumerate() {
        for (by, chat, target) in [
            (&bob, uri, his.seq),
            (&cleo, uri, his.seq),
            (&ann, fresh_uri(), his.seq),
            (&ann, uri, Seq::START),
            (&ann, uri, seq(1)),
            (&ann, uri, seq(3)),
            (&ann, uri, seq(4)),
            (&ann, uri, seq(Seq::MAX)),
        ] {
            let refused = fx.node(turn).try_change(wish(by, chat, target, command.clone())).await;
            assert_eq!(refused, Err(ChangeMessageRefused::NotFound), "{target} by {by:?}");
        }
    }
    assert_eq!(fx.peer.log(&ann, uri).await, before);
}

/// The condition is asked of the message as it is stored at that moment.
pub async fn a_condition_is_asked_of_what_is_stored(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let sent = fx.store.send(&ann, uri, "one").await;
    let seen = |message: &Message| {
        let message = message.clone();
        Some(MessageCondition::new(move |stored| *stored == message))
    };
    let with = |condition, command| ChangeMessage { condition, ..wish(&ann, uri, sent.seq, command) };
    let edited = fx.peer.try_change(with(seen(&sent), text("two"))).await.expect("it is so");
    for command in [text("three"), MessageCommand::Delete] {
        let refused = fx.store.try_change(with(seen(&sent), command)).await;
        assert_eq!(refused, Err(ChangeMessageRefused::ConditionFailed));
    }
    assert_eq!(fx.store.log(&bob, uri).await.len(), 3, "nothing was stored");
    let deleted = fx.store.try_change(with(seen(&edited.message), MessageCommand::Delete)).await.expect("it is so");
    assert_eq!(deleted.event, Some(seq(4)));
}

/// A message that was edited or deleted is still known by its key, and by it alone.
pub async fn a_changed_message_is_known_by_its_key(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let sent = fx.store.try_send(named(&ann, uri, "k", "one")).await.expect("a member").message;
    for command in [text("two"), MessageCommand::Delete] {
        let changed = fx.peer.try_change(wish(&ann, uri, sent.seq, command)).await.expect("hers");
        for (turn, body) in ["one", "two", "three"].into_iter().enumerate() {
            let again = fx.node(turn).try_send(named(&ann, uri, "k", body)).await.expect("known");
            assert_eq!((again.duplicate, again.message), (true, changed.message.clone()));
        }
    }
    assert_eq!(fx.store.log(&bob, uri).await.len(), 4);
}

/// A deleted message is unread no more, and no change of a message moves anybody's mark.
pub async fn a_deleted_message_is_not_unread(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let one = fx.store.send(&ann, uri, "one").await;
    let two = fx.store.send(&ann, uri, "two").await;
    fx.store.delete_message(&ann, uri, one.seq).await.expect("hers");
    fx.peer.edit(&ann, uri, two.seq, "three").await.expect("hers");
    for node in [&fx.store, &fx.peer] {
        let state = node.chat(&bob, uri).await.read_state;
        assert_eq!((state.read, state.unread), (seq(1), 1));
        let marked = node.chats.mark_read(uri, bob.id, seq(1)).await.expect(ANSWERS).expect("a member");
        assert_eq!(marked, state);
        let place = node.live.membership(uri, bob.id).await.expect(ANSWERS).value.expect("a member");
        assert_eq!(place.read_state, state);
        let own = node.chat(&ann, uri).await.read_state;
        assert_eq!((own.read, own.unread), (seq(3), 0), "where her last message was");
    }
}

/// Each change is announced once, by the store that stored it, in seq order and with the text of that moment.
pub async fn changes_are_announced_in_order(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let sent = fx.store.send(&bob, uri, "one").await;
    fx.peer.edit(&bob, uri, sent.seq, "two").await.expect("his");
    fx.store.edit(&bob, uri, sent.seq, "three").await.expect("his");
    fx.store.send(&ann, uri, "between").await;
    fx.peer.delete_message(&ann, uri, sent.seq).await.expect("the owner may");
    let told = |events: Vec<std::sync::Arc<Event>>| {
        story(&events.iter().map(|event| Event::clone(event)).collect::<Vec<_>>()).join("; ")
    };
    let here = told(fx.announced.events_of(uri));
    assert!(
        here.ends_with("2 bob: message.created one; 4 bob: message.edited 2 three; 5 ann: message.created between"),
        "{here}"
    );
    assert_eq!(told(fx.peer_announced.events_of(uri)), "3 bob: message.edited 2 two; 6 ann: message.deleted 2");
}

/// Edits and deletions at once, through both stores, between messages: one deletion is an event, no edit follows it, the
/// log has no gap, and each store announces its own in order.
pub async fn edits_and_deletions_at_once_leave_one_deletion(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    for round in 0..6 {
        let uri = fx.store.group(&ann, &[&bob]).await;
        let target = fx.store.send(&bob, uri, "one").await.seq;
        let answers = together((0..24).map(|turn| {
            let (node, ann, bob) = (fx.node(turn / 3), ann.clone(), bob.clone());
            async move {
                match (turn + round) % 6 {
                    0 => node.delete_message(&ann, uri, target).await.map(|changed| changed.event),
                    1 => node.delete_message(&bob, uri, target).await.map(|changed| changed.event),
                    2 => Ok(node.try_send(message(&ann, uri, "noise")).await.map(|_| None).expect("a member")),
                    _ => node.edit(&bob, uri, target, &format!("text {turn}")).await.map(|changed| changed.event),
                }
            }
        }))
        .await;
        let log = fx.peer.log(&ann, uri).await;
        let deletions: Vec<&Event> =
            log.iter().filter(|event| matches!(event.kind, EventKind::MessageDeleted { .. })).collect();
        let [deletion] = deletions.as_slice() else { panic!("{}", story(&log).join("; ")) };
        let late = |event: &Event| matches!(event.kind, EventKind::MessageEdited { .. }) && event.seq > deletion.seq;
        assert!(!log.iter().any(late), "{}", story(&log).join("; "));
        let mut answered: Vec<Seq> = answers.iter().filter_map(|answer| answer.ok().flatten()).collect();
        answered.sort();
        let is_change =
            |event: &&Event| matches!(event.kind, EventKind::MessageEdited { .. } | EventKind::MessageDeleted { .. });
        assert_eq!(answered, log.iter().filter(is_change).map(|event| event.seq).collect::<Vec<_>>());
        assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(ChangeMessageRefused::Deleted))));
        assert_eq!(fx.store.messages.find(uri, bob.id, target).await.expect(ANSWERS).expect("there").body, "");
        for notifier in [&fx.announced, &fx.peer_announced] {
            assert!(notifier.events_of(uri).windows(2).all(|pair| pair[0].seq < pair[1].seq));
        }
        assert_eq!(fx.announced.events_of(uri).len() + fx.peer_announced.events_of(uri).len(), log.len());
    }
}

/// Of several changes at once that each hang on what all have read, one is made.
pub async fn of_conditional_edits_at_once_one_succeeds(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let sent = fx.store.send(&ann, uri, "one").await;
    let answers = together((0..8).map(|turn| {
        let (node, ann, seen) = (fx.node(turn), ann.clone(), sent.clone());
        async move {
            let condition = Some(MessageCondition::new(move |stored| stored.body == seen.body));
            let edit = ChangeMessage { condition, ..wish(&ann, uri, seq(2), text(&format!("text {turn}"))) };
            node.try_change(edit).await
        }
    }))
    .await;
    let made: Vec<&ChangedMessage> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
    assert_eq!(made.len(), 1);
    let refused = Err(ChangeMessageRefused::ConditionFailed);
    assert_eq!(answers.iter().filter(|answer| **answer == refused).count(), 7);
    assert_eq!(fx.store.history(&bob, uri).await, [made[0].message.clone()]);
    assert_eq!(fx.peer.log(&bob, uri).await.len(), 3);
}

/// Somebody is removed while they edit, through both stores: no change of theirs follows their removal in the log, and
/// each that was acknowledged stands before it.
pub async fn no_change_follows_a_removal(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    for round in 0..15 {
        let uri = fx.store.group(&ann, &[&bob]).await;
        let target = fx.store.send(&bob, uri, "one").await.seq;
        let answers = together((0..9).map(|turn| {
            let (node, ann, bob) = (fx.node(turn + round), ann.clone(), bob.clone());
            async move {
                if turn == 4 {
                    node.remove(&ann, uri, &bob).await.expect("the owner may");
                    return node.edit(&bob, uri, target, "too late").await;
                }
                node.edit(&bob, uri, target, &format!("text {turn}")).await
            }
        }))
        .await;
        assert_eq!(answers[4], Err(ChangeMessageRefused::NotFound));
        let log = fx.store.log(&ann, uri).await;
        let gone = log.iter().position(|event| matches!(event.kind, EventKind::MemberRemoved(_))).expect("removed");
        assert_eq!(gone + 1, log.len(), "{}", story(&log).join("; "));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), gone - 2, "each an event before it");
    }
}
