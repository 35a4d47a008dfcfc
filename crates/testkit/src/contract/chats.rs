//! Promises of [`ChatRepository`](parlor_domain::ports::ChatRepository) on making and finding chats.

use parlor_domain::chat_session::{Chat, ChatCreation, ChatSummary, NewChat, NewChatKind, ReadState};
use parlor_domain::{ChatKind, ChatTitle, ChatUri, Event, EventKind, Role, Seq, UserId, UserRef};

use super::steps::{ALL, ANSWERS, START, after, fresh_uri, member, new_direct, new_group, seq, story, together};
use crate::{Repositories, StoreFixture};

/// The uris of the viewer's chats.
async fn uris(node: &Repositories, viewer: &UserRef) -> Vec<ChatUri> {
    let page = node.chats.list(viewer.id, None, ALL).await.expect(ANSWERS);
    page.items.iter().map(|summary| summary.chat.uri).collect()
}

/// A group begins with `chat.created` at seq 1, the owner first and the others in the order in which they were named;
/// all have read it, and all see the same chat.
pub async fn a_group_begins_with_its_first_event(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let title = Some(ChatTitle::new("Köln 🎉 'q' \\ %".into()).expect("a title"));
    let kind = NewChatKind::Group { title: title.clone(), joinable: false, members: vec![cleo.id, bob.id] };
    let uri = fresh_uri();
    let made = fx.store.create(NewChat { uri, creator: ann.id, kind, at: START }).await;
    assert_eq!(made, ChatCreation::Created);
    let members = vec![member(&ann, Role::Owner), member(&cleo, Role::Member), member(&bob, Role::Member)];
    let kind = EventKind::ChatCreated {
        kind: ChatKind::Group,
        title: title.clone(),
        joinable: false,
        members: members.clone(),
    };
    let first = Event { chat: uri, seq: seq(1), at: START, by: ann.clone(), kind };
    let expected = ChatSummary {
        chat: Chat {
            uri,
            kind: ChatKind::Group,
            title,
            joinable: false,
            member_count: 3,
            head: seq(1),
            created_at: START,
            updated_at: START,
        },
        owner: Some(ann.clone()),
        members,
        read_state: ReadState { read: seq(1), unread: 0 },
        last_message: None,
    };
    for (turn, viewer) in [&ann, &bob, &cleo, &ann].into_iter().enumerate() {
        assert_eq!(fx.node(turn).chat(viewer, uri).await, expected);
        assert_eq!(fx.node(turn).log(viewer, uri).await, std::slice::from_ref(&first));
    }
}

/// A direct chat begins with both, who opened it first; it has no title, no owner, no roles, and cannot be joined.
pub async fn a_direct_chat_begins_with_both(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&bob, &ann).await;
    let members = vec![member(&bob, Role::Member), member(&ann, Role::Member)];
    for (turn, viewer) in [&ann, &bob].into_iter().enumerate() {
        let shown = fx.node(turn).chat(viewer, uri).await;
        assert_eq!((shown.chat.kind, shown.chat.joinable, shown.chat.member_count), (ChatKind::Direct, false, 2));
        assert_eq!((shown.chat.title, shown.owner), (None, None));
        assert_eq!(shown.members, members);
        assert_eq!(shown.read_state, ReadState { read: seq(1), unread: 0 });
        let log = fx.node(turn).log(viewer, uri).await;
        assert_eq!(story(&log), ["1 bob: chat.created bob member, ann member"]);
        let kind =
            EventKind::ChatCreated { kind: ChatKind::Direct, title: None, joinable: false, members: members.clone() };
        assert_eq!(log[0].kind, kind);
    }
}

/// A group of one, without a title, is a chat too.
pub async fn a_group_may_begin_with_its_owner_alone(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let shown = fx.peer.chat(&ann, uri).await;
    assert_eq!((shown.chat.member_count, shown.chat.joinable, shown.chat.title), (1, true, None));
    assert_eq!(shown.members, [member(&ann, Role::Owner)]);
}

/// A large group begins with all its members, in the order in which they were named.
pub async fn a_large_group_begins_with_all_its_members(fx: StoreFixture) {
    let mut crowd = fx.store.crowd(120).await;
    crowd.reverse();
    let others: Vec<&UserRef> = crowd[1..].iter().collect();
    let uri = fx.store.group(&crowd[0], &others).await;
    let names: Vec<_> = crowd.iter().map(|user| user.username.as_str().to_owned()).collect();
    assert_eq!(fx.peer.member_names(&crowd[7], uri).await, names);
    let log = fx.peer.log(&crowd[7], uri).await;
    let EventKind::ChatCreated { members, .. } = &log[0].kind else { panic!("{log:?}") };
    assert_eq!(members.iter().map(|member| member.user.clone()).collect::<Vec<_>>(), crowd);
}

/// A pair has one direct chat, whoever opens it and under whatever uri; a group of the same two is no direct chat, and
/// another pair's is another.
pub async fn a_pair_has_one_direct_chat(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let group = fx.store.group(&ann, &[&bob]).await;
    let uri = fx.store.direct(&ann, &bob).await;
    for turn in 0..2 {
        let (other, another) = (fresh_uri(), fresh_uri());
        let node = fx.node(turn);
        assert_eq!(node.create(new_direct(other, &ann, &bob)).await, ChatCreation::Exists(uri));
        assert_eq!(node.create(new_direct(another, &bob, &ann)).await, ChatCreation::Exists(uri));
        assert_eq!(node.create(new_direct(uri, &bob, &ann)).await, ChatCreation::Exists(uri));
        for made in [other, another] {
            assert_eq!(node.chats.find(made, ann.id, ALL).await.expect(ANSWERS), None, "nothing was made");
        }
    }
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1, "nothing changed");
    let second = fx.store.direct(&cleo, &bob).await;
    let mut expected = vec![group, uri, second];
    let mut seen = uris(&fx.store, &bob).await;
    expected.sort();
    seen.sort();
    assert_eq!(seen, expected);
}

/// A pair that opens its chat at once, from both sides and through both stores, gets one.
pub async fn a_pair_that_opens_its_chat_at_once_gets_one(fx: StoreFixture) {
    for round in 0..8 {
        let ann = fx.store.sign_up(&format!("ann{round}")).await;
        let bob = fx.store.sign_up(&format!("bob{round}")).await;
        let answers = together((0..8).map(|turn| {
            let (node, uri) = (fx.node(turn), fresh_uri());
            let (creator, with) = if (turn / 2) % 2 == 0 { (&ann, &bob) } else { (&bob, &ann) };
            let chat = new_direct(uri, creator, with);
            async move { (uri, node.create(chat).await) }
        }))
        .await;
        let made: Vec<_> = answers.iter().filter(|(_, answer)| *answer == ChatCreation::Created).collect();
        let [(uri, _)] = made[..] else { panic!("one chat, not {}", made.len()) };
        for (own, answer) in &answers {
            assert!(own == uri || *answer == ChatCreation::Exists(*uri), "{answer:?}");
        }
        assert_eq!(uris(&fx.store, &ann).await, [*uri]);
        assert_eq!(uris(&fx.peer, &bob).await, [*uri]);
        assert_eq!(fx.peer.log(&bob, *uri).await.len(), 1);
    }
}

/// The uri of a chat that one is in names that chat, for each of its members; nothing of it changes.
pub async fn a_uri_of_ones_own_chat_names_that_chat(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let before = fx.store.chat(&ann, uri).await;
    let title = Some(ChatTitle::new("another".into()).expect("a title"));
    for (turn, creator) in [&ann, &bob, &ann].into_iter().enumerate() {
        let kind = NewChatKind::Group { title: title.clone(), joinable: false, members: vec![cleo.id] };
        let again = NewChat { uri, creator: creator.id, kind, at: after(9) };
        assert_eq!(fx.node(turn).create(again).await, ChatCreation::Exists(uri));
    }
    assert_eq!(fx.store.chat(&ann, uri).await, before);
    let direct = fx.store.direct(&ann, &cleo).await;
    assert_eq!(fx.peer.create(new_group(direct, &cleo, &[])).await, ChatCreation::Exists(direct));
}

/// The uri of a chat that one is not in, or no longer in, is taken; nothing is made.
pub async fn a_uri_of_a_foreign_chat_is_taken(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let group = fx.store.group(&ann, &[&bob, &dora]).await;
    let direct = fx.store.direct(&ann, &bob).await;
    fx.store.remove(&dora, group, &dora).await.expect("dora may leave");
    for (turn, uri) in [group, direct, group].into_iter().enumerate() {
        assert_eq!(fx.node(turn).create(new_group(uri, &cleo, &[&dora])).await, ChatCreation::UriTaken);
        assert_eq!(fx.node(turn).create(new_direct(uri, &cleo, &dora)).await, ChatCreation::UriTaken);
    }
    assert_eq!(fx.store.create(new_group(group, &dora, &[])).await, ChatCreation::UriTaken, "dora has left");
    assert_eq!(uris(&fx.store, &cleo).await, []);
    assert_eq!(uris(&fx.store, &dora).await, []);
}

/// The uri of a chat that everybody has left is never used again.
pub async fn a_uri_is_never_used_again(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    fx.store.remove(&ann, uri, &ann).await.expect("ann may leave");
    for creator in [&ann, &bob] {
        assert_eq!(fx.peer.create(new_group(uri, creator, &[])).await, ChatCreation::UriTaken);
    }
}

/// A pair's chat is found even if the uri picked for it is a foreign chat's.
pub async fn a_pairs_chat_is_found_under_a_taken_uri_too(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let foreign = fx.store.group(&cleo, &[]).await;
    let uri = fx.store.direct(&ann, &bob).await;
    assert_eq!(fx.store.create(new_direct(foreign, &ann, &bob)).await, ChatCreation::Exists(uri));
    assert_eq!(fx.peer.create(new_direct(foreign, &bob, &ann)).await, ChatCreation::Exists(uri));
}

/// Of creators at once with one uri, one gets it, and for the others it is taken.
pub async fn of_creators_at_once_one_gets_the_uri(fx: StoreFixture) {
    let crowd = fx.store.crowd(8).await;
    for _ in 0..8 {
        let uri = fresh_uri();
        let answers = together(crowd.iter().enumerate().map(|(turn, creator)| {
            let (node, chat) = (fx.node(turn), new_group(uri, creator, &[]));
            async move { node.create(chat).await }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| **answer == ChatCreation::Created).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == ChatCreation::UriTaken).count(), 7, "{answers:?}");
        for (answer, creator) in answers.iter().zip(&crowd) {
            let found = fx.store.chats.find(uri, creator.id, 1).await.expect(ANSWERS);
            assert_eq!(found.is_some(), *answer == ChatCreation::Created);
        }
    }
}

/// One creation sent several times at once makes one chat, and all are told its uri.
pub async fn of_repetitions_at_once_one_makes_the_chat(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    for _ in 0..8 {
        let uri = fresh_uri();
        let answers = together((0..6).map(|turn| {
            let (node, chat) = (fx.node(turn), new_group(uri, &ann, &[&bob]));
            async move { node.create(chat).await }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| **answer == ChatCreation::Created).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == ChatCreation::Exists(uri)).count(), 5);
        assert_eq!(fx.store.log(&bob, uri).await.len(), 1);
    }
}

/// To an outsider a foreign chat looks like one that does not exist, whatever they ask for.
pub async fn a_foreign_chat_looks_like_none(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let (group, direct) = (fx.store.group(&ann, &[&bob]).await, fx.store.direct(&ann, &bob).await);
    let text = fx.store.send(&ann, group, "for bob").await;
    let unborn = UserId::new(cleo.id.get() + 1000).expect("in range");
    for (turn, viewer) in [cleo.id, cleo.id, unborn].into_iter().enumerate() {
        let node = fx.node(turn);
        for uri in [group, direct, fresh_uri()] {
            assert_eq!(node.chats.find(uri, viewer, ALL).await.expect(ANSWERS), None);
            assert_eq!(node.chats.find(uri, viewer, 0).await.expect(ANSWERS), None);
            assert_eq!(node.chats.list_members(uri, viewer, None, ALL).await.expect(ANSWERS), None);
            assert_eq!(node.chats.list_members(uri, viewer, Some(ann.id), ALL).await.expect(ANSWERS), None);
            assert_eq!(node.chats.mark_read(uri, viewer, seq(1)).await.expect(ANSWERS), None);
            assert_eq!(node.messages.read_log(uri, viewer, Seq::START, ALL).await.expect(ANSWERS), None);
            assert_eq!(node.messages.find(uri, viewer, text.seq).await.expect(ANSWERS), None);
            let range = parlor_domain::SeqRange::newest(ALL);
            assert_eq!(node.messages.list(uri, viewer, range).await.expect(ANSWERS), None);
        }
        assert_eq!(node.chats.list(viewer, None, ALL).await.expect(ANSWERS).items, []);
    }
}

/// As many members are shown as were asked for, none too; how many there are is told all the same.
pub async fn a_chat_shows_as_many_members_as_asked_for(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let (group, direct) = (fx.store.group(&bob, &[&cleo, &ann]).await, fx.store.direct(&ann, &bob).await);
    let shown = async |uri, limit| {
        let found = fx.peer.chats.find(uri, ann.id, limit).await.expect(ANSWERS).expect("a chat of hers");
        let names: Vec<_> = found.members.iter().map(|member| member.user.username.as_str().to_owned()).collect();
        (names.join(" "), found.chat.member_count)
    };
    for (limit, names) in [(0, ""), (1, "bob"), (2, "bob cleo"), (3, "bob cleo ann"), (100, "bob cleo ann")] {
        assert_eq!(shown(group, limit).await, (names.to_owned(), 3));
    }
    assert_eq!(shown(direct, 0).await, (String::new(), 2));
    assert_eq!(shown(direct, 5).await, ("ann bob".to_owned(), 2));
}

/// Whatever the limit, the pages of members show everybody once, the owner first, then in the order of joining.
pub async fn member_pages_show_everybody_once(fx: StoreFixture) {
    let mut crowd = fx.store.crowd(9).await;
    crowd.reverse();
    let uri = fx.store.group(&crowd[0], &[&crowd[2], &crowd[1]]).await;
    crowd.swap(1, 2);
    for (turn, user) in crowd.iter().enumerate().skip(3) {
        fx.node(turn).join(user, uri).await.expect("anybody may join");
    }
    let viewer = &crowd[5];
    for limit in 1..=10 {
        let (mut seen, mut behind) = (Vec::new(), None);
        loop {
            let page = fx.peer.chats.list_members(uri, viewer.id, behind, limit).await.expect(ANSWERS);
            let page = page.expect("the viewer is a member");
            assert!(page.items.len() <= limit as usize);
            seen.extend(page.items.into_iter().map(|member| member.user));
            assert_eq!(page.more, seen.len() < crowd.len(), "{limit} at a time");
            if !page.more {
                break;
            }
            behind = seen.last().map(|user| user.id);
        }
        assert_eq!(seen, crowd, "{limit} at a time");
    }
}
