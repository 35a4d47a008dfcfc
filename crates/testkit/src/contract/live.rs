//! Promises of [`LiveRepository`](parlor_domain::ports::LiveRepository).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parlor_domain::chat_session::NewChat;
use parlor_domain::message::NewMessage;
use parlor_domain::{ChatUri, Membership, Seq, Snapshot, UserId, UserRef};
use time::Duration;

use super::steps::{ALL, ANSWERS, after, fresh_uri, message, new_group, seq, story};
use crate::{Repositories, StoreFixture};

const LONG: Duration = Duration::hours(1);
/// The store compares times by its own clock, which no case can set: so a case waits until this has surely passed.
const SHORT: Duration = Duration::milliseconds(20);

async fn places(node: &Repositories, user: &UserRef) -> Vec<Membership> {
    node.live.memberships(user.id).await.expect(ANSWERS).value
}

async fn place(node: &Repositories, chat: ChatUri, user: &UserRef) -> Option<Membership> {
    node.live.membership(chat, user.id).await.expect(ANSWERS).value
}

/// The heads of these chats, in the order of their uris.
async fn heads(node: &Repositories, chats: &[ChatUri]) -> Vec<(ChatUri, Seq)> {
    let mut heads = node.live.heads(chats.to_vec()).await.expect(ANSWERS).value;
    heads.sort();
    heads
}

/// Who of these joined what, in order.
async fn joined(node: &Repositories, users: &[&UserRef], within: Duration) -> Vec<(UserId, ChatUri)> {
    let users = users.iter().map(|user| user.id).collect();
    let mut joined = node.live.joined(users, within).await.expect(ANSWERS).value;
    joined.sort();
    joined
}

fn sorted<T: Ord, const N: usize>(mut items: [T; N]) -> Vec<T> {
    items.sort();
    items.into()
}

/// A life has one name, whoever asks whichever store, and every answer is of it.
pub async fn every_answer_is_of_one_life(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let epoch = fx.store.live.epoch().await.expect(ANSWERS);
    for turn in 0..8 {
        let live = fx.node(turn).live;
        assert_eq!(live.epoch().await.expect(ANSWERS), epoch);
        assert_eq!(live.memberships(ann.id).await.expect(ANSWERS).epoch, epoch);
        assert_eq!(live.membership(uri, ann.id).await.expect(ANSWERS).epoch, epoch);
        assert_eq!(live.heads(vec![uri]).await.expect(ANSWERS).epoch, epoch);
        assert_eq!(live.joined(vec![ann.id], LONG).await.expect(ANSWERS).epoch, epoch);
        assert_eq!(live.events(uri, Seq::START, 5).await.expect(ANSWERS).epoch, epoch);
    }
}

/// Somebody's places are the entries of their list of chats: the same chats in the same order, with the same heads,
/// members and marks.
pub async fn places_are_those_of_the_list_of_chats(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    assert_eq!(places(&fx.store, &ann).await, []);
    for turn in 0..12 {
        let node = fx.node(turn);
        let uri = fresh_uri();
        let members = if turn % 3 == 0 { vec![&bob, &cleo] } else { vec![&bob] };
        let at = after([5, 1, 5, 5, 3, 3, 9, 5, 1, 2, 3, 4][turn]);
        node.create(NewChat { at, ..new_group(uri, &ann, &members) }).await;
        for number in 0..turn % 4 {
            let author = [&ann, &bob][number % 2];
            node.try_send(NewMessage { at, ..message(author, uri, "hello") }).await.expect("a member");
        }
    }
    fx.store.direct(&cleo, &ann).await;
    for (turn, user) in [&ann, &bob, &cleo, &ann, &bob, &cleo].into_iter().enumerate() {
        let listed = fx.store.chats.list(user.id, None, ALL).await.expect(ANSWERS).items;
        assert!(listed.len() > 4);
        let expected: Vec<_> = listed
            .into_iter()
            .map(|it| (it.chat.uri, it.chat.head, it.chat.member_count, it.read_state, seq(1), seq(1)))
            .collect();
        let places = places(&fx.node(turn), user).await;
        let found: Vec<_> =
            places.iter().map(|it| (it.chat, it.head, it.member_count, it.read_state, it.joined, it.floor)).collect();
        assert_eq!(found, expected);
        for known in &places {
            assert_eq!(place(&fx.node(turn), known.chat, user).await.as_ref(), Some(known), "alone as among all");
        }
    }
}

/// A place tells which event made somebody a member; who comes back joined anew.
pub async fn a_place_tells_since_when(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    fx.store.send(&ann, uri, "two").await;
    fx.peer.join(&bob, uri).await.expect("anybody may join");
    let joined = |place: Option<Membership>| place.map(|it| (it.joined.get(), it.read_state.read.get()));
    assert_eq!(joined(place(&fx.store, uri, &bob).await), Some((3, 3)));
    fx.store.remove(&bob, uri, &bob).await.expect("he may leave");
    fx.peer.add(&ann, uri, &bob).await.expect("she may");
    fx.peer.send(&bob, uri, "six").await;
    assert_eq!(joined(place(&fx.store, uri, &bob).await), Some((5, 6)));
    assert_eq!(joined(place(&fx.peer, uri, &ann).await), Some((1, 2)));
}

/// Whoever is not in a chat, or no longer, has no place in it, and in an unknown one nobody has.
pub async fn an_outsider_has_no_place(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    for turn in 0..2 {
        assert_eq!(place(&fx.node(turn), uri, &bob).await, None);
        assert_eq!(place(&fx.node(turn), fresh_uri(), &ann).await, None);
        fx.store.join(&bob, uri).await.expect("anybody may join");
        assert!(place(&fx.node(turn), uri, &bob).await.is_some());
        fx.peer.remove(&bob, uri, &bob).await.expect("he may leave");
        assert_eq!(place(&fx.node(turn), uri, &bob).await, None);
        assert_eq!(places(&fx.node(turn), &bob).await, []);
    }
}

/// Every answer shows head and mark as of one moment while others write.
pub async fn places_are_read_as_of_one_moment(fx: StoreFixture) {
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
    let (mut turn, mut last) = (0, Seq::START);
    while left.load(Ordering::SeqCst) > 0 {
        turn += 1;
        let node = fx.node(turn);
        let shown = places(&node, &bob).await.remove(0);
        assert_eq!(i64::from(shown.read_state.unread), shown.head.get() - 1, "all but the first event is unread");
        let page = node.live.events(uri, last, ALL).await.expect(ANSWERS).value.expect("a chat");
        assert!(page.head >= shown.head, "what was shown stays");
        let seqs: Vec<i64> = page.events.iter().map(|event| event.seq.get()).collect();
        assert_eq!(seqs, (last.get() + 1..=page.head.get()).collect::<Vec<_>>(), "up to the head that it tells");
        last = page.head;
        assert!(heads(&node, &[uri]).await[0].1 >= page.head);
    }
    for task in writers {
        task.await.expect("no task panics");
    }
}

/// The heads of as many chats as one asks for; unknown ones are left out.
pub async fn heads_are_of_the_chats_that_exist(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    assert_eq!(heads(&fx.store, &[]).await, []);
    let (one, two) = (fx.store.group(&ann, &[]).await, fx.peer.direct(&ann, &bob).await);
    let other = fx.store.group(&bob, &[]).await;
    fx.store.send(&ann, one, "two").await;
    fx.peer.try_send(message(&bob, one, "no")).await.expect_err("an outsider");
    fx.peer.send(&ann, one, "three").await;
    let mut asked: Vec<ChatUri> = (0..997).map(|_| fresh_uri()).collect();
    asked.extend([two, one, one]);
    for turn in 0..2 {
        assert_eq!(heads(&fx.node(turn), &asked).await, sorted([(one, seq(3)), (two, seq(1))]));
        assert_eq!(heads(&fx.node(turn), &[other]).await, [(other, seq(1))]);
        assert_eq!(heads(&fx.node(turn), &asked[..500]).await, []);
    }
}

/// Whoever joined of late is found with what they joined, however it came: as one of the first, added, or by themselves.
pub async fn newcomers_are_found(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let group = fx.store.group(&ann, &[&bob]).await;
    let direct = fx.peer.direct(&bob, &cleo).await;
    fx.peer.join(&cleo, group).await.expect("anybody may join");
    fx.store.add(&bob, group, &dora).await.expect("any member may");
    for turn in 0..2 {
        let node = fx.node(turn);
        let expected = sorted([(bob.id, group), (bob.id, direct), (cleo.id, group), (cleo.id, direct)]);
        assert_eq!(joined(&node, &[&cleo, &bob, &cleo], LONG).await, expected, "each once, and only who was asked for");
        assert_eq!(joined(&node, &[&dora], LONG).await, [(dora.id, group)]);
        assert_eq!(joined(&node, &[], LONG).await, []);
        assert_eq!(joined(&node, &[&ann], Duration::MAX).await, [(ann.id, group)]);
    }
}

/// Who has left again is no newcomer; who comes back is.
pub async fn who_has_left_again_is_no_newcomer(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    for turn in 0..2 {
        fx.node(turn).join(&bob, uri).await.expect("anybody may join");
        assert_eq!(joined(&fx.node(turn), &[&bob], LONG).await, [(bob.id, uri)]);
        fx.store.remove(&bob, uri, &bob).await.expect("he may leave");
        assert_eq!(joined(&fx.node(turn), &[&bob], LONG).await, []);
    }
}

/// Newcomers are found for as long as asked, by the time of joining and nothing else: neither what they write later nor
/// what the calls say of the time makes them new.
pub async fn newcomers_are_new_for_as_long_as_asked(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fresh_uri();
    let later = time::Duration::days(36500);
    fx.store.create(NewChat { at: super::steps::START + later, ..new_group(uri, &ann, &[]) }).await;
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    fx.peer.send(&ann, uri, "still here").await;
    fx.peer.join(&bob, uri).await.expect("anybody may join");
    for turn in 0..2 {
        assert_eq!(joined(&fx.node(turn), &[&ann], SHORT).await, []);
        assert_eq!(joined(&fx.node(turn), &[&ann, &bob], LONG).await, sorted([(ann.id, uri), (bob.id, uri)]));
        assert_eq!(joined(&fx.node(turn), &[&ann, &bob], Duration::ZERO).await, []);
    }
}

/// The log is read as its members read it, without being one of them, and after the last one has left.
pub async fn the_log_is_read_whoever_asks(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let other = fx.peer.direct(&ann, &bob).await;
    fx.store.send(&ann, uri, "two").await;
    fx.peer.join(&bob, uri).await.expect("anybody may join");
    fx.peer.send(&bob, other, "elsewhere").await;
    fx.peer.send(&bob, uri, "four").await;
    for start in 0..6 {
        for limit in 1..6 {
            let read = fx.store.messages.read_log(uri, ann.id, seq(start), limit).await.expect(ANSWERS);
            let node = fx.node(usize::try_from(limit).expect("small"));
            let Snapshot { epoch, value } = node.live.events(uri, seq(start), limit).await.expect(ANSWERS);
            assert_eq!(value.clone().map(|value| Snapshot { epoch, value }), read, "{limit} after {start}");
            assert_eq!(value.map(|page| (page.head, page.floor)), Some((seq(4), seq(1))));
        }
    }
    assert_eq!(fx.peer.live.events(fresh_uri(), Seq::START, 5).await.expect(ANSWERS).value, None);
    fx.store.remove(&ann, uri, &ann).await.expect("she may leave");
    let last = seq(fx.store.log(&bob, uri).await.len().try_into().expect("small"));
    fx.store.remove(&bob, uri, &bob).await.expect("he may leave");
    let page = fx.peer.live.events(uri, last, ALL).await.expect(ANSWERS).value.expect("it is still there");
    assert_eq!(story(&page.events), [format!("{} bob: member.removed bob owner", page.head)]);
}
