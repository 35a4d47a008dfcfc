//! Promises of [`ChatRepository::change`](parlor_domain::ports::ChatRepository::change) on deleting a group.

use parlor_domain::chat_session::{ChangeRefused, ChatCreation};
use parlor_domain::log::LogPage;
use parlor_domain::message::SendRefused;
use parlor_domain::{ChatUri, Event, EventKind, Role, Seq, SeqRange};

use super::steps::{ALL, ANSWERS, START, message, named, new_direct, new_group, seq, story, together};
use crate::{Repositories, StoreFixture};

/// The log as live delivery reads it, whoever may see it.
async fn whole_log(node: &Repositories, uri: ChatUri) -> LogPage {
    node.live.events(uri, Seq::START, ALL).await.expect(ANSWERS).value.expect("a chat")
}

/// Deleting is one event, the last of the log, and announced to whoever delivers it.
pub async fn deleting_is_the_last_event(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    fx.store.delete(&ann, uri).await.expect("the owner may");
    let deleted = Event { chat: uri, seq: seq(2), at: START, by: ann, kind: EventKind::ChatDeleted };
    let page = whole_log(&fx.peer, uri).await;
    assert_eq!((&page.events[1..], page.head), (&[deleted.clone()][..], seq(2)));
    assert_eq!(*fx.announced.events_of(uri)[1], deleted);
    let heads = fx.peer.live.heads(vec![uri]).await.expect(ANSWERS);
    assert_eq!(heads.value, [(uri, seq(2))], "who missed it finds that there is something to read");
}

/// Nobody reads a deleted chat, writes to it, joins it or makes it again: it looks like one that never was, but that its
/// name is taken, for whoever had it too.
pub async fn a_deleted_chat_is_nobodys(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    let other = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.store.give(&ann, uri, &bob, Role::Admin).await.expect("the owner may");
    let text = fx.store.try_send(named(&ann, uri, "k", "for members")).await.expect("a member").message.seq;
    fx.store.delete(&ann, uri).await.expect("the owner may");
    for (turn, user) in [&ann, &bob, &cleo, &dora, &ann, &bob, &cleo, &dora].into_iter().enumerate() {
        let (node, id) = (fx.node(turn / 4), user.id);
        assert_eq!(node.chats.find(uri, id, ALL).await.expect(ANSWERS), None);
        assert!(node.chats.list(id, None, ALL).await.expect(ANSWERS).items.iter().all(|it| it.chat.uri == other));
        assert_eq!(node.chats.list_members(uri, id, None, ALL).await.expect(ANSWERS), None);
        assert_eq!(node.chats.mark_read(uri, id, text).await.expect(ANSWERS), None);
        assert_eq!(node.messages.list(uri, id, SeqRange::newest(9)).await.expect(ANSWERS), None);
        assert_eq!(node.messages.find(uri, id, text).await.expect(ANSWERS), None);
        assert_eq!(node.messages.read_log(uri, id, Seq::START, 9).await.expect(ANSWERS), None);
        assert_eq!(node.live.membership(uri, id).await.expect(ANSWERS).value, None);
        assert!(node.live.memberships(id).await.expect(ANSWERS).value.iter().all(|it| it.chat == other));
        assert_eq!(node.try_send(message(user, uri, "still here")).await, Err(SendRefused::NotFound));
        assert_eq!(node.try_send(named(user, uri, "k", "for members")).await, Err(SendRefused::NotFound));
        assert_eq!(node.join(user, uri).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.add(user, uri, &dora).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.remove(user, uri, user).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.give(user, uri, &ann, Role::Owner).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.update(user, uri, None, Some(true)).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.delete(user, uri).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.create(new_group(uri, user, &[])).await, ChatCreation::UriTaken);
    }
    let direct = new_direct(uri, &bob, &dora);
    assert_eq!(fx.store.create(direct).await, ChatCreation::UriTaken);
    assert_eq!(whole_log(&fx.store, uri).await.head, seq(4), "nothing was added");
    assert_eq!(fx.peer.member_names(&cleo, other).await, ["ann", "bob", "cleo"], "the other chat is as it was");
}

/// Neither admins nor members delete a group; for outsiders there is none.
pub async fn only_the_owner_deletes(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.store.give(&ann, uri, &bob, Role::Admin).await.expect("the owner may");
    for by in [&bob, &cleo] {
        assert_eq!(fx.peer.delete(by, uri).await, Err(ChangeRefused::NotAllowed));
    }
    assert_eq!(fx.peer.delete(&dora, uri).await, Err(ChangeRefused::NotFound));
    assert_eq!(fx.store.log(&ann, uri).await.len(), 2);
}

/// A direct chat stays for ever.
pub async fn nobody_deletes_a_direct_chat(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for by in [&ann, &bob] {
        assert_eq!(fx.store.delete(by, uri).await, Err(ChangeRefused::DirectChat));
    }
    assert_eq!(fx.store.log(&bob, uri).await.len(), 1);
}

/// Of several deletions at once one is stored.
pub async fn of_deletions_at_once_one_is_stored(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    for _ in 0..5 {
        let uri = fx.store.group(&ann, &[]).await;
        let answers = together((0..6).map(|turn| {
            let (node, ann) = (fx.node(turn), ann.clone());
            async move { node.delete(&ann, uri).await }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        assert_eq!(whole_log(&fx.store, uri).await.head, seq(2));
    }
}

/// Whatever is sent and changed while a group is deleted, through both stores, stands before that, or nowhere.
pub async fn nothing_follows_a_deletion(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    for round in 0..20 {
        let uri = fx.store.group(&ann, &[&bob]).await;
        let answers = together((0..12).map(|turn| {
            let (node, [ann, bob, cleo]) = (fx.node(turn + round), [&ann, &bob, &cleo].map(Clone::clone));
            async move {
                for _ in 0..(turn + round) % 4 {
                    tokio::task::yield_now().await;
                }
                match turn % 6 {
                    0 if turn == 0 => node.delete(&ann, uri).await.is_ok(),
                    0..=2 => node.try_send(message(&bob, uri, "quick")).await.is_ok(),
                    // Whether this is an event, the log tells.
                    3 => node.join(&cleo, uri).await.is_ok_and(|()| false),
                    4 => node.update(&ann, uri, Some(Some(&format!("title {turn}"))), None).await.is_ok(),
                    _ => node.try_send(message(&ann, uri, "quick")).await.is_ok(),
                }
            }
        }))
        .await;
        assert!(answers[0], "the owner may");
        let page = whole_log(&fx.store, uri).await;
        let told = story(&page.events);
        let joined = told.iter().filter(|line| line.contains("member.added")).count();
        let accepted = answers.iter().filter(|accepted| **accepted).count();
        assert_eq!(told.len(), 1 + accepted + joined, "what was acknowledged is there, and nothing else: {told:?}");
        assert!(told.last().is_some_and(|line| line.contains("chat.deleted")), "{told:?}");
        assert_eq!(fx.peer.join(&cleo, uri).await, Err(ChangeRefused::NotFound));
    }
}
