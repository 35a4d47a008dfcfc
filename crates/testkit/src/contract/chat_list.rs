//! Promises of [`ChatRepository::list`](parlor_domain::ports::ChatRepository::list).

use parlor_domain::chat_session::{ChangeChat, ChatCommand, ChatCursor, ChatSummary};
use parlor_domain::message::NewMessage;
use parlor_domain::ports::LISTED_MEMBERS;
use parlor_domain::{ChatUri, Page, UserRef};
use time::OffsetDateTime;

use super::steps::{ALL, ANSWERS, START, after, fresh_uri, message, new_direct, new_group};
use crate::{Repositories, StoreFixture};

async fn list(node: &Repositories, user: &UserRef, behind: Option<ChatCursor>, limit: u32) -> Page<ChatSummary> {
    node.chats.list(user.id, behind, limit).await.expect(ANSWERS)
}

async fn uris(node: &Repositories, user: &UserRef) -> Vec<ChatUri> {
    let page = list(node, user, None, ALL).await;
    assert!(!page.more);
    page.items.iter().map(|summary| summary.chat.uri).collect()
}

async fn send_at(node: &Repositories, author: &UserRef, chat: ChatUri, at: OffsetDateTime) {
    node.try_send(NewMessage { at, ..message(author, chat, "hello") }).await.expect("a member");
}

async fn group_at(node: &Repositories, owner: &UserRef, at: OffsetDateTime) -> ChatUri {
    let uri = fresh_uri();
    let chat = parlor_domain::chat_session::NewChat { at, ..new_group(uri, owner, &[]) };
    node.create(chat).await;
    uri
}

/// Who is in no chat has an empty list.
pub async fn the_list_of_chats_may_be_empty(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    fx.store.group(&bob, &[]).await;
    assert_eq!(list(&fx.store, &ann, None, ALL).await, Page { items: Vec::new(), more: false });
}

/// The list shows one's own chats, latest activity first, to the microsecond.
pub async fn the_list_shows_the_latest_activity_first(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let one = group_at(&fx.store, &ann, after(1)).await;
    let two = group_at(&fx.peer, &ann, after(2)).await;
    let three = group_at(&fx.store, &ann, after(2) + time::Duration::MICROSECOND).await;
    let foreign = group_at(&fx.store, &bob, after(9)).await;
    for turn in 0..2 {
        assert_eq!(uris(&fx.node(turn), &ann).await, [three, two, one]);
        assert_eq!(uris(&fx.node(turn), &bob).await, [foreign]);
    }
}

/// Every event is activity: a message, somebody who joins, somebody who leaves. Reading is not.
pub async fn every_event_moves_a_chat_to_the_front(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let one = group_at(&fx.store, &ann, after(1)).await;
    let two = group_at(&fx.store, &ann, after(2)).await;
    let change = |uri, command, seconds| {
        let chats = fx.peer.chats.clone();
        let change = ChangeChat { uri, by: bob.id, command, max_members: 1000, at: after(seconds) };
        async move { chats.change(change).await.expect(ANSWERS).expect("bob may") }
    };
    change(one, ChatCommand::Join, 3).await;
    assert_eq!(uris(&fx.store, &ann).await, [one, two]);
    send_at(&fx.peer, &ann, two, after(4)).await;
    assert_eq!(uris(&fx.store, &ann).await, [two, one]);
    change(one, ChatCommand::Remove(bob.id), 5).await;
    assert_eq!(uris(&fx.store, &ann).await, [one, two]);
    fx.store.chats.mark_read(two, ann.id, super::steps::seq(2)).await.expect(ANSWERS);
    assert_eq!(uris(&fx.store, &ann).await, [one, two]);
    let times: Vec<_> = list(&fx.store, &ann, None, ALL).await.items.iter().map(|s| s.chat.updated_at).collect();
    assert_eq!(times, [after(5), after(4)]);
    assert_eq!(fx.store.chat(&ann, one).await.chat.created_at, after(1), "when it was made stays");
}

/// What changed nothing is no activity: joining again, a message sent again, a refused one.
pub async fn what_changed_nothing_is_no_activity(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = group_at(&fx.store, &ann, after(1)).await;
    let first = NewMessage { at: after(2), ..super::steps::named(&ann, uri, "k", "hello") };
    fx.store.try_send(first.clone()).await.expect("a member");
    let before = fx.store.chat(&ann, uri).await;
    fx.peer.try_send(NewMessage { at: after(9), ..first }).await.expect("the same again");
    let join = ChangeChat { uri, by: ann.id, command: ChatCommand::Join, max_members: 9, at: after(9) };
    fx.peer.chats.change(join).await.expect(ANSWERS).expect("she is in it");
    fx.peer.try_send(NewMessage { at: after(9), ..message(&bob, uri, "no") }).await.expect_err("bob is not");
    assert_eq!(fx.store.chat(&ann, uri).await, before);
}

/// Chats of one time come in the order of their uris, the higher first.
pub async fn equal_times_are_ordered_by_uri(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let mut expected = Vec::new();
    for turn in 0..12 {
        expected.push(group_at(&fx.node(turn), &ann, START).await);
    }
    expected.sort_by(|a, b| b.cmp(a));
    assert_eq!(uris(&fx.store, &ann).await, expected);
    assert_eq!(uris(&fx.peer, &ann).await, expected);
}

/// Whatever the limit, the pages show every chat once, in order, across equal times too.
pub async fn chat_pages_show_every_chat_once(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    for turn in 0..11 {
        let at = after([5, 1, 5, 5, 3, 3, 9, 5, 1, 2, 3][turn]);
        group_at(&fx.node(turn), &ann, at).await;
        group_at(&fx.node(turn), &bob, at).await;
    }
    let expected = uris(&fx.store, &ann).await;
    assert_eq!(expected.len(), 11);
    for limit in 1..=12 {
        let (mut seen, mut behind) = (Vec::new(), None);
        loop {
            let page = list(&fx.peer, &ann, behind, limit).await;
            assert!(page.items.len() <= limit as usize);
            seen.extend(page.items.iter().map(|summary| summary.chat.uri));
            assert_eq!(page.more, seen.len() < expected.len(), "{limit} at a time");
            let Some(last) = page.items.last().filter(|_| page.more) else { break };
            behind = Some(ChatCursor { updated_at: last.chat.updated_at, uri: last.chat.uri });
        }
        assert_eq!(seen, expected, "{limit} at a time");
    }
}

/// A place in the list holds even if the chat that stood there is gone from it.
pub async fn a_place_in_the_list_outlives_its_chat(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let one = group_at(&fx.store, &ann, after(1)).await;
    let two = group_at(&fx.store, &ann, after(2)).await;
    let three = group_at(&fx.store, &ann, after(3)).await;
    fx.store.remove(&ann, two, &ann).await.expect("ann may leave");
    let behind = ChatCursor { updated_at: after(2), uri: two };
    let page = list(&fx.store, &ann, Some(behind), ALL).await;
    assert_eq!(page.items.iter().map(|s| s.chat.uri).collect::<Vec<_>>(), [one]);
    assert_eq!(uris(&fx.store, &ann).await, [three, one]);
}

/// An entry of the list is the chat as it is found, with ten members of a group at most and both of a direct chat.
pub async fn the_list_shows_chats_as_they_are_found(fx: StoreFixture) {
    let crowd = fx.store.crowd(14).await;
    let (ann, bob) = (&crowd[0], &crowd[1]);
    let others: Vec<&UserRef> = crowd[1..].iter().collect();
    let large = fx.store.group(ann, &others).await;
    let direct = fx.store.direct(bob, ann).await;
    let own = fx.store.group(bob, &[]).await;
    let taken_over = fx.store.group(bob, &[ann]).await;
    fx.store.remove(bob, taken_over, bob).await.expect("bob may leave");
    for (turn, chat) in [large, direct, large].into_iter().enumerate() {
        send_at(&fx.node(turn), bob, chat, after(5)).await;
        send_at(&fx.node(turn), ann, chat, after(6)).await;
        send_at(&fx.node(turn), bob, chat, after(7)).await;
    }
    send_at(&fx.store, bob, own, after(8)).await;
    for viewer in [ann, bob] {
        let listed = list(&fx.peer, viewer, None, ALL).await.items;
        assert_eq!(listed.len(), 3);
        for entry in listed {
            let uri = entry.chat.uri;
            let found = fx.store.chats.find(uri, viewer.id, LISTED_MEMBERS).await.expect(ANSWERS).expect("listed");
            assert_eq!(entry, found);
            let shown = if uri == large { LISTED_MEMBERS } else { entry.chat.member_count };
            assert_eq!(entry.members.len(), shown as usize);
            assert_eq!(entry.last_message.is_none(), uri == taken_over);
        }
    }
    assert_eq!(fx.store.chat(ann, taken_over).await.owner.as_ref(), Some(ann));
}

/// The newest message is shown, whoever wrote it, and whatever happened since.
pub async fn the_newest_message_is_shown(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    fx.store.send(&ann, uri, "first").await;
    let newest = fx.peer.send(&ann, uri, "second").await;
    fx.store.join(&bob, uri).await.expect("anybody may join");
    for viewer in [&ann, &bob] {
        let listed = list(&fx.store, viewer, None, ALL).await.items.remove(0);
        assert_eq!(listed.last_message.as_ref(), Some(&newest));
        assert_eq!(listed.chat.head, super::steps::seq(4));
    }
}

/// A direct chat is in the lists of both from its beginning.
pub async fn a_direct_chat_is_in_both_lists(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fresh_uri();
    fx.store.create(new_direct(uri, &ann, &bob)).await;
    for viewer in [&ann, &bob] {
        assert_eq!(uris(&fx.peer, viewer).await, [uri]);
    }
}
