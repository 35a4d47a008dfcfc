//! Promises of [`ChatRepository::change`](parlor_domain::ports::ChatRepository::change) on who comes in.

use parlor_domain::chat_session::{ChangeChat, ChangeRefused, ChatCommand};
use parlor_domain::{ChatUri, Event, EventKind, Role, UserRef};

use super::steps::{ANSWERS, after, fresh_uri, member, seq, story, together};
use crate::{Repositories, StoreFixture};

/// The events from the second on, one line for each.
async fn later(node: &Repositories, reader: &UserRef, uri: ChatUri) -> Vec<String> {
    story(&node.log(reader, uri).await[1..])
}

/// One command in a group of a limited size.
async fn change_up_to(
    node: &Repositories,
    by: &UserRef,
    uri: ChatUri,
    command: ChatCommand,
    max_members: u32,
) -> Result<(), ChangeRefused> {
    let change = ChangeChat { uri, by: by.id, command, max_members, at: super::steps::START };
    node.chats.change(change).await.expect(ANSWERS)
}

/// Joining makes one event, by the newcomer, at the time of the wish, and the last of the members.
pub async fn joining_is_one_event(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&cleo, &[&bob]).await;
    let join = ChangeChat { uri, by: ann.id, command: ChatCommand::Join, max_members: 9, at: after(77) };
    fx.peer.chats.change(join).await.expect(ANSWERS).expect("anybody may join");
    let kind = EventKind::MemberAdded(member(&ann, Role::Member));
    let expected = Event { chat: uri, seq: seq(2), at: after(77), by: ann.clone(), kind };
    assert_eq!(fx.store.log(&ann, uri).await[1..], [expected]);
    let shown = fx.store.chat(&bob, uri).await;
    assert_eq!((shown.chat.member_count, shown.chat.head, shown.chat.updated_at), (3, seq(2), after(77)));
    assert_eq!(fx.store.member_names(&ann, uri).await, ["cleo", "bob", "ann"]);
}

/// A newcomer sees what was said before.
pub async fn a_newcomer_sees_earlier_history(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let early = fx.store.send(&ann, uri, "before bob").await;
    fx.store.join(&bob, uri).await.expect("anybody may join");
    assert_eq!(fx.peer.history(&bob, uri).await, [early]);
}

/// Joining again, or adding who is there already, succeeds and changes nothing.
pub async fn joining_again_changes_nothing(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let closed = fx.store.closed_group(&ann, &[&bob]).await;
    let direct = fx.store.direct(&ann, &bob).await;
    for turn in 0..4 {
        fx.node(turn).join(&bob, uri).await.expect("anybody may join");
        fx.node(turn).add(&ann, uri, &bob).await.expect("he is there");
        fx.node(turn).add(&bob, uri, &bob).await.expect("to add oneself is to join");
        fx.node(turn).add(&bob, uri, &ann).await.expect("she is there");
        for private in [closed, direct] {
            fx.node(turn).join(&bob, private).await.expect("he is there");
            fx.node(turn).add(&bob, private, &ann).await.expect("she is there");
        }
    }
    assert_eq!(later(&fx.store, &ann, uri).await, ["2 bob: member.added bob member"]);
    assert_eq!(fx.store.member_names(&ann, uri).await, ["ann", "bob"]);
    for private in [closed, direct] {
        assert_eq!(fx.store.log(&ann, private).await.len(), 1);
    }
}

/// Who joins several times at once becomes one member, by one event.
pub async fn joining_several_times_at_once_is_one_event(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    for _ in 0..8 {
        let uri = fx.store.group(&ann, &[]).await;
        let answers = together((0..8).map(|turn| {
            let (node, ann, bob) = (fx.node(turn), ann.clone(), bob.clone());
            async move { if turn % 4 == 3 { node.add(&ann, uri, &bob).await } else { node.join(&bob, uri).await } }
        }))
        .await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(fx.store.log(&ann, uri).await.len(), 2);
        assert_eq!(fx.store.chat(&ann, uri).await.chat.member_count, 2);
        assert_eq!(fx.store.member_names(&ann, uri).await, ["ann", "bob"]);
    }
}

/// Many who join at once all become members, in the order of their events.
pub async fn many_join_at_once_in_the_order_of_their_events(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let crowd = fx.store.crowd(24).await;
    let uri = fx.store.group(&ann, &[]).await;
    together(crowd.iter().cloned().enumerate().map(|(turn, user)| {
        let node = fx.node(turn);
        async move { node.join(&user, uri).await.expect("anybody may join") }
    }))
    .await;
    let log = fx.store.log(&ann, uri).await;
    let names: Vec<_> = log.iter().map(|event| event.by.username.as_str().to_owned()).collect();
    assert_eq!(names.len(), 25);
    assert_eq!(fx.peer.member_names(&ann, uri).await, names);
    assert_eq!(fx.peer.chat(&ann, uri).await.chat.member_count, 25);
}

/// A group that is not joinable, a direct chat and an unknown one cannot be joined, and look the same.
pub async fn what_is_not_joinable_cannot_be_joined(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let closed = fx.store.closed_group(&ann, &[&bob]).await;
    let direct = fx.store.direct(&ann, &bob).await;
    for (turn, uri) in [closed, direct, fresh_uri(), closed].into_iter().enumerate() {
        let node = fx.node(turn);
        assert_eq!(node.join(&cleo, uri).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.add(&cleo, uri, &cleo).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.add(&cleo, uri, &ann).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.remove(&cleo, uri, &ann).await, Err(ChangeRefused::NotFound));
        assert_eq!(node.remove(&cleo, uri, &cleo).await, Err(ChangeRefused::NotFound));
    }
    for uri in [closed, direct] {
        assert_eq!(fx.store.log(&ann, uri).await.len(), 1);
        assert_eq!(fx.store.chat(&ann, uri).await.chat.member_count, 2);
    }
}

/// To add others, or remove them, one must be in the group oneself, even if it can be joined.
pub async fn outsiders_neither_add_nor_remove(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    assert_eq!(fx.store.add(&cleo, uri, &dora).await, Err(ChangeRefused::NotFound));
    assert_eq!(fx.store.add(&cleo, uri, &bob).await, Err(ChangeRefused::NotFound));
    assert_eq!(fx.store.remove(&cleo, uri, &bob).await, Err(ChangeRefused::NotFound));
    assert_eq!(fx.store.remove(&cleo, uri, &dora).await, Err(ChangeRefused::NotFound));
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1);
}

/// In a joinable group any member adds others, and the event is by who added.
pub async fn any_member_adds_to_a_joinable_group(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    fx.peer.add(&bob, uri, &cleo).await.expect("any member may");
    assert_eq!(later(&fx.store, &cleo, uri).await, ["2 bob: member.added cleo member"]);
}

/// In a group that is not joinable the owner adds others, and plain members do not.
pub async fn only_the_owner_adds_to_a_closed_group(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.closed_group(&ann, &[&bob]).await;
    assert_eq!(fx.store.add(&bob, uri, &cleo).await, Err(ChangeRefused::NotAllowed));
    fx.store.add(&ann, uri, &cleo).await.expect("the owner may");
    assert_eq!(later(&fx.peer, &cleo, uri).await, ["2 ann: member.added cleo member"]);
}

/// Nobody is added to a direct chat.
pub async fn nobody_is_added_to_a_direct_chat(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for by in [&ann, &bob] {
        assert_eq!(fx.store.add(by, uri, &cleo).await, Err(ChangeRefused::DirectChat));
    }
    assert_eq!(fx.store.member_names(&ann, uri).await, ["ann", "bob"]);
}

/// A full group takes nobody more, and somebody again once there is room.
pub async fn a_full_group_takes_nobody_more(fx: StoreFixture) {
    const JOIN: ChatCommand = ChatCommand::Join;
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let full = Err(ChangeRefused::Full);
    assert_eq!(change_up_to(&fx.store, &cleo, uri, JOIN, 2).await, full);
    assert_eq!(change_up_to(&fx.peer, &ann, uri, ChatCommand::Add(cleo.id), 2).await, full);
    assert_eq!(change_up_to(&fx.peer, &bob, uri, JOIN, 2).await, Ok(()), "he is there already");
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1);
    fx.store.remove(&bob, uri, &bob).await.expect("bob may leave");
    assert_eq!(change_up_to(&fx.store, &cleo, uri, JOIN, 2).await, Ok(()));
    assert_eq!(change_up_to(&fx.store, &bob, uri, JOIN, 2).await, full);
}

/// However many come at once, a group never has more members than it may.
pub async fn a_rush_never_overfills_a_group(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let crowd = fx.store.crowd(12).await;
    for _ in 0..5 {
        let uri = fx.store.group(&ann, &[]).await;
        let answers = together(crowd.iter().cloned().enumerate().map(|(turn, user)| {
            let node = fx.node(turn);
            async move { change_up_to(&node, &user, uri, ChatCommand::Join, 5).await }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 4, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == Err(ChangeRefused::Full)).count(), 8);
        assert_eq!(fx.store.chat(&ann, uri).await.chat.member_count, 5);
        assert_eq!(fx.store.log(&ann, uri).await.len(), 5, "a refusal leaves no gap and no event");
    }
}
