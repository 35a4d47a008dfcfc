//! Promises of [`ChatRepository::change`](parlor_domain::ports::ChatRepository::change) on the settings of a group.

use parlor_domain::chat_session::ChangeRefused;
use parlor_domain::{ChatTitle, EventKind, Role};

use super::steps::{seq, story, together};
use crate::StoreFixture;

/// What changed together is one event, which names what changed, and the chat is shown so from then on.
pub async fn changed_settings_are_one_event(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    fx.peer.update(&ann, uri, Some(Some("Tea \"for\" 2")), Some(false)).await.expect("the owner may");
    let shown = fx.store.chat(&bob, uri).await;
    assert_eq!(shown.chat.title.as_ref().map(ChatTitle::as_str), Some("Tea \"for\" 2"));
    assert_eq!((shown.chat.joinable, shown.chat.head, shown.chat.member_count), (false, seq(2), 2));
    assert_eq!(fx.store.join(&cleo, uri).await, Err(ChangeRefused::NotFound), "it is joinable no more");
    fx.store.update(&ann, uri, None, Some(true)).await.expect("the owner may");
    fx.store.join(&cleo, uri).await.expect("it is joinable again");
    fx.store.update(&ann, uri, Some(None), None).await.expect("the owner may");
    assert_eq!(fx.peer.chat(&cleo, uri).await.chat.title, None);
    assert_eq!(
        story(&fx.peer.log(&bob, uri).await[1..]),
        [
            "2 ann: chat.updated title=Tea \"for\" 2 joinable=no",
            "3 ann: chat.updated joinable=yes",
            "4 cleo: member.added cleo member",
            "5 ann: chat.updated title=-",
        ]
    );
}

/// To wish what is so already, or nothing, succeeds, and an event names only what is another than before.
pub async fn what_is_as_wished_already_is_no_event(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    fx.store.update(&ann, uri, Some(Some("Tea")), None).await.expect("the owner may");
    for turn in 0..2 {
        let node = fx.node(turn);
        node.update(&ann, uri, None, None).await.expect("nothing is wished");
        node.update(&ann, uri, Some(Some("Tea")), Some(true)).await.expect("it is so already");
    }
    fx.peer.update(&ann, uri, Some(Some("Tea")), Some(false)).await.expect("the owner may");
    assert_eq!(
        story(&fx.store.log(&ann, uri).await[1..]),
        ["2 ann: chat.updated title=Tea", "3 ann: chat.updated joinable=no"]
    );
}

/// Owner and admins change settings; members and outsiders do not, and outsiders learn nothing.
pub async fn an_owner_and_admins_change_settings_and_nobody_else(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.store.give(&ann, uri, &bob, Role::Admin).await.expect("the owner may");
    for (turn, title) in ["one", "two"].into_iter().enumerate() {
        let node = fx.node(turn);
        assert_eq!(node.update(&cleo, uri, Some(Some(title)), None).await, Err(ChangeRefused::NotAllowed));
        assert_eq!(node.update(&cleo, uri, None, None).await, Err(ChangeRefused::NotAllowed));
        assert_eq!(node.update(&dora, uri, Some(Some(title)), None).await, Err(ChangeRefused::NotFound));
        node.update(&bob, uri, Some(Some(title)), None).await.expect("an admin may");
    }
    assert_eq!(fx.store.log(&ann, uri).await.len(), 4);
}

/// A direct chat has neither title nor a way to join it.
pub async fn a_direct_chat_has_no_settings(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for by in [&ann, &bob] {
        assert_eq!(fx.store.update(by, uri, Some(Some("Us")), None).await, Err(ChangeRefused::DirectChat));
        assert_eq!(fx.store.update(by, uri, None, Some(true)).await, Err(ChangeRefused::DirectChat));
        assert_eq!(fx.store.update(by, uri, None, None).await, Err(ChangeRefused::DirectChat));
    }
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1);
}

/// However many change settings at once, the chat is as its log tells.
pub async fn settings_changed_at_once_are_what_the_log_tells(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    together((0..24).map(|turn| {
        let (node, ann) = (fx.node(turn), ann.clone());
        async move {
            let title = format!("title {}", turn % 5);
            let title = (turn % 3 > 0).then_some((turn % 6 > 1).then_some(title.as_str()));
            node.update(&ann, uri, title, Some(turn % 2 == 0)).await.expect("the owner may");
        }
    }))
    .await;
    let (mut title, mut joinable) = (None, true);
    for event in fx.peer.log(&ann, uri).await {
        if let EventKind::ChatUpdated { title: new_title, joinable: new_joinable } = event.kind {
            assert!(new_title.as_ref().is_none_or(|new| *new != title), "no event for what is so already");
            assert_ne!(new_joinable, Some(joinable), "no event for what is so already");
            title = new_title.unwrap_or(title);
            joinable = new_joinable.unwrap_or(joinable);
        }
    }
    let shown = fx.store.chat(&ann, uri).await.chat;
    assert_eq!((shown.title, shown.joinable), (title, joinable));
}
