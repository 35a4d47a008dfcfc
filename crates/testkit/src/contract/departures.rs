//! Promises of [`ChatRepository::change`](parlor_domain::ports::ChatRepository::change) on who goes, and on who may come
//! back.

use parlor_domain::chat_session::ChangeRefused;
use parlor_domain::message::SendRefused;
use parlor_domain::{ChatUri, Role, Seq, SeqRange, UserId, UserRef};

use super::steps::{ALL, ANSWERS, member, message, named, story, together};
use crate::{Repositories, StoreFixture};

async fn later(node: &Repositories, reader: &UserRef, uri: ChatUri) -> Vec<String> {
    story(&node.log(reader, uri).await[1..])
}

/// Leaving is one event, with the role that one had.
pub async fn leaving_is_one_event(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.peer.remove(&bob, uri, &bob).await.expect("bob may leave");
    assert_eq!(later(&fx.store, &ann, uri).await, ["2 bob: member.removed bob member"]);
    assert_eq!(fx.store.member_names(&cleo, uri).await, ["ann", "cleo"]);
    assert_eq!(fx.store.chat(&cleo, uri).await.chat.member_count, 2);
}

/// Removing somebody is one event, by who removed them; only those above may.
pub async fn the_owner_removes_members_and_members_remove_nobody(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    assert_eq!(fx.store.remove(&bob, uri, &cleo).await, Err(ChangeRefused::NotAllowed));
    assert_eq!(fx.store.remove(&bob, uri, &ann).await, Err(ChangeRefused::NotAllowed));
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1);
    fx.peer.remove(&ann, uri, &bob).await.expect("the owner may");
    assert_eq!(later(&fx.store, &ann, uri).await, ["2 ann: member.removed bob member"]);
}

/// Who is not a member cannot be removed, whether there is such a user or not.
pub async fn who_is_not_a_member_cannot_be_removed(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let nobody = UserRef { id: UserId::new(bob.id.get() + 1000).expect("in range"), ..bob.clone() };
    for (turn, target) in [&bob, &nobody].into_iter().enumerate() {
        assert_eq!(fx.node(turn).remove(&ann, uri, target).await, Err(ChangeRefused::NoSuchMember));
    }
}

/// Nobody leaves a direct chat, and nobody is removed from one.
pub async fn a_direct_chat_keeps_both(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for (by, whom) in [(&ann, &ann), (&ann, &bob), (&bob, &bob), (&bob, &ann)] {
        assert_eq!(fx.store.remove(by, uri, whom).await, Err(ChangeRefused::DirectChat));
    }
    assert_eq!(fx.store.member_names(&bob, uri).await, ["ann", "bob"]);
    assert_eq!(fx.store.log(&bob, uri).await.len(), 1);
}

/// Who was removed by somebody else does not come back by themselves, nor through plain members; the owner takes them
/// back, and from then on they leave and join like others.
pub async fn who_was_removed_is_taken_back_by_the_owner_only(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    let other = fx.store.group(&ann, &[]).await;
    fx.store.remove(&ann, uri, &bob).await.expect("the owner may");
    for turn in 0..2 {
        assert_eq!(fx.node(turn).join(&bob, uri).await, Err(ChangeRefused::NotFound));
        assert_eq!(fx.node(turn).add(&bob, uri, &bob).await, Err(ChangeRefused::NotFound));
        assert_eq!(fx.node(turn).add(&cleo, uri, &bob).await, Err(ChangeRefused::NotAllowed));
    }
    fx.store.join(&bob, other).await.expect("he is barred from one chat only");
    fx.peer.add(&ann, uri, &bob).await.expect("the owner may");
    fx.store.remove(&bob, uri, &bob).await.expect("bob may leave");
    fx.store.join(&bob, uri).await.expect("he was taken back, and left by himself");
    fx.store.remove(&bob, uri, &bob).await.expect("bob may leave");
    fx.peer.add(&cleo, uri, &bob).await.expect("any member may");
    assert_eq!(
        later(&fx.store, &ann, uri).await,
        [
            "2 ann: member.removed bob member",
            "3 ann: member.added bob member",
            "4 bob: member.removed bob member",
            "5 bob: member.added bob member",
            "6 bob: member.removed bob member",
            "7 cleo: member.added bob member",
        ]
    );
}

/// Who left comes back by themselves, as the last in the order of joining.
pub async fn who_left_comes_back_as_the_last(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.store.remove(&bob, uri, &bob).await.expect("bob may leave");
    fx.peer.join(&bob, uri).await.expect("he may come back");
    assert_eq!(fx.store.member_names(&ann, uri).await, ["ann", "cleo", "bob"]);
    assert_eq!(fx.peer.chat(&ann, uri).await.members.last(), Some(&member(&bob, Role::Member)));
}

/// An owner who leaves hands over first: the longest-serving member has the group from then on, and is listed first.
pub async fn an_owner_who_leaves_hands_over(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.store.join(&dora, uri).await.expect("anybody may join");
    fx.store.remove(&bob, uri, &bob).await.expect("bob may leave");
    fx.store.join(&bob, uri).await.expect("he may come back, and serves from now on");
    fx.peer.remove(&ann, uri, &ann).await.expect("ann may leave");
    assert_eq!(
        later(&fx.store, &bob, uri).await[3..],
        ["5 ann: member.role cleo owner", "6 ann: member.removed ann owner"]
    );
    assert_eq!(fx.store.member_names(&bob, uri).await, ["cleo", "dora", "bob"]);
    let shown = fx.store.chat(&bob, uri).await;
    assert_eq!(shown.owner.as_ref(), Some(&cleo));
    assert_eq!(shown.members[0], member(&cleo, Role::Owner));
    assert_eq!(shown.chat.member_count, 3);
    fx.store.remove(&cleo, uri, &dora).await.expect("the new owner may");
    assert_eq!(fx.store.remove(&bob, uri, &cleo).await, Err(ChangeRefused::NotAllowed));
    fx.store.join(&ann, uri).await.expect("ann left by herself");
    assert_eq!(fx.store.member_names(&bob, uri).await, ["cleo", "bob", "ann"], "as a plain member");
}

/// The pages of members hold when the owner is not the first who joined.
pub async fn member_pages_hold_after_handing_over(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    fx.store.join(&cleo, uri).await.expect("anybody may join");
    fx.store.remove(&bob, uri, &bob).await.expect("bob may leave");
    fx.store.join(&dora, uri).await.expect("anybody may join");
    fx.store.join(&bob, uri).await.expect("he may come back");
    fx.store.remove(&ann, uri, &ann).await.expect("ann may leave");
    fx.store.join(&ann, uri).await.expect("she may come back");
    let expected = ["cleo", "dora", "bob", "ann"];
    for limit in 1..=5 {
        let (mut seen, mut behind) = (Vec::new(), None);
        loop {
            let page = fx.peer.chats.list_members(uri, ann.id, behind, limit).await.expect(ANSWERS);
            let page = page.expect("she is a member");
            seen.extend(page.items.into_iter().map(|member| member.user));
            assert_eq!(page.more, seen.len() < expected.len());
            if !page.more {
                break;
            }
            behind = seen.last().map(|user| user.id);
        }
        let names: Vec<_> = seen.iter().map(|user| user.username.as_str()).collect();
        assert_eq!(names, expected, "{limit} at a time");
    }
}

/// A group that everybody has left is there still: who joins it next has it.
pub async fn an_empty_group_belongs_to_who_joins_it_next(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    fx.store.remove(&ann, uri, &ann).await.expect("the last may leave too");
    fx.peer.join(&bob, uri).await.expect("anybody may join");
    fx.store.join(&cleo, uri).await.expect("anybody may join");
    assert_eq!(
        later(&fx.store, &bob, uri).await,
        ["2 ann: member.removed ann owner", "3 bob: member.added bob owner", "4 cleo: member.added cleo member"]
    );
    assert_eq!(fx.store.chat(&cleo, uri).await.owner, Some(bob));
}

/// Of those who join an empty group at once, one becomes its owner.
pub async fn an_empty_group_joined_at_once_gets_one_owner(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    for _ in 0..8 {
        let uri = fx.store.group(&ann, &[]).await;
        fx.store.remove(&ann, uri, &ann).await.expect("ann may leave");
        together([&bob, &cleo, &dora].into_iter().cloned().enumerate().map(|(turn, user)| {
            let node = fx.node(turn);
            async move { node.join(&user, uri).await.expect("anybody may join") }
        }))
        .await;
        let roles: Vec<Role> = fx.store.chat(&bob, uri).await.members.iter().map(|member| member.role).collect();
        assert_eq!(roles, [Role::Owner, Role::Member, Role::Member]);
    }
}

/// However many leave and join at once, a group that has members has exactly one owner, and its log says who.
pub async fn a_group_always_has_one_owner(fx: StoreFixture) {
    let crowd = fx.store.crowd(6).await;
    let others: Vec<&UserRef> = crowd[1..].iter().collect();
    let uri = fx.store.group(&crowd[0], &others).await;
    for round in 0..10 {
        let answers = together(crowd.iter().take(5).cloned().enumerate().map(|(turn, user)| {
            let node = fx.node(turn + round);
            async move {
                match (turn + round) % 2 {
                    0 => node.remove(&user, uri, &user).await,
                    _ => node.join(&user, uri).await,
                }
            }
        }))
        .await;
        let fair = |answer: &Result<(), ChangeRefused>| matches!(answer, Ok(()) | Err(ChangeRefused::NotFound));
        assert!(answers.iter().all(fair), "{answers:?}");
        let shown = fx.store.chat(&crowd[5], uri).await;
        let owners = shown.members.iter().filter(|member| member.role == Role::Owner).count();
        assert_eq!(owners, 1, "{:?}", shown.members);
        assert_eq!(shown.owner.as_ref(), Some(&shown.members[0].user));
        assert_eq!(shown.chat.member_count as usize, shown.members.len());
    }
    fx.peer.log(&crowd[5], uri).await;
}

/// Who was removed, or left, reads and writes nothing any more: the chat looks like one that does not exist.
pub async fn a_former_member_has_no_part_in_the_chat(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.closed_group(&ann, &[&bob, &cleo]).await;
    for user in [&bob, &cleo] {
        fx.store.try_send(named(user, uri, "k", "while I was here")).await.expect("a member");
    }
    let text = fx.store.history(&ann, uri).await[0].seq;
    fx.store.remove(&ann, uri, &bob).await.expect("the owner may");
    fx.store.remove(&cleo, uri, &cleo).await.expect("cleo may leave");
    for (turn, former) in [&bob, &cleo, &bob, &cleo].into_iter().enumerate() {
        let (node, id) = (fx.node(turn / 2), former.id);
        assert_eq!(node.chats.find(uri, id, ALL).await.expect(ANSWERS), None);
        assert_eq!(node.chats.list(id, None, ALL).await.expect(ANSWERS).items, []);
        assert_eq!(node.chats.list_members(uri, id, None, ALL).await.expect(ANSWERS), None);
        assert_eq!(node.chats.mark_read(uri, id, text).await.expect(ANSWERS), None);
        assert_eq!(node.messages.list(uri, id, SeqRange::newest(9)).await.expect(ANSWERS), None);
        assert_eq!(node.messages.find(uri, id, text).await.expect(ANSWERS), None);
        assert_eq!(node.messages.read_log(uri, id, Seq::START, 9).await.expect(ANSWERS), None);
        let refused = Err(SendRefused::NotFound);
        assert_eq!(node.try_send(message(former, uri, "still here")).await, refused);
        assert_eq!(node.try_send(named(former, uri, "k", "while I was here")).await, refused);
        assert_eq!(node.try_send(named(former, uri, "k", "something else")).await, refused);
        assert_eq!(node.add(former, uri, &ann).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.remove(former, uri, former).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.join(former, uri).await, Err(ChangeRefused::NotFound));
    }
    assert_eq!(fx.store.log(&ann, uri).await.len(), 5, "nothing was added");
    let texts: Vec<_> = fx.store.history(&ann, uri).await.into_iter().map(|message| message.author).collect();
    assert_eq!(texts, [bob, cleo], "what they wrote stays");
}
