//! Joining, adding, removing and leaving.

use parlor_domain::chat_session::{ChangeChatError, ChangeRefused, ChatLimits, OpenChat};
use parlor_domain::{ChatUri, DomainError, ErrorKind, UserId};
use parlor_testkit::Application;

use super::{group, members, open, people, with};

/// Asks to join, or to add the named; what the group is then, or the code of the refusal.
async fn join(application: &Application, by: UserId, uri: ChatUri, name: Option<&str>) -> Result<String, &'static str> {
    let joined = application.chats.join(by, uri, name).await;
    joined.map(|(chat, _)| members(&chat)).map_err(|refused| refused.code())
}

async fn remove(application: &Application, by: UserId, uri: ChatUri, user: UserId) -> Result<(), &'static str> {
    application.chats.remove_member(by, uri, user).await.map_err(|refused| refused.code())
}

fn closed(names: &[&str]) -> OpenChat {
    OpenChat { joinable: Some(false), ..group(names) }
}

#[tokio::test]
async fn anybody_joins_a_joinable_group_once() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, OpenChat::default()).await;
    assert_eq!(join(&application, stanley, uri, None).await.unwrap(), "mabel/o stanley/m");
    assert_eq!(
        join(&application, zoe, uri, Some("ZOE")).await.unwrap(),
        "mabel/o stanley/m zoe/m",
        "by one's own name"
    );
    for again in [None, Some("zoe"), Some("stanley"), Some("mabel")] {
        assert_eq!(join(&application, zoe, uri, again).await.unwrap(), "mabel/o stanley/m zoe/m");
    }
    assert_eq!(application.notifier.events_of(uri).len(), 3, "joining again is no event");
    let (_, user) = application.chats.join(zoe, uri, Some("stanley")).await.unwrap();
    assert_eq!(user.id, stanley, "who was asked for comes with the answer");
}

#[tokio::test]
async fn a_closed_group_is_entered_through_its_owner_only() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, closed(&["stanley"])).await;
    assert_eq!(join(&application, zoe, uri, None).await, Err("not_found"));
    assert_eq!(join(&application, stanley, uri, Some("zoe")).await, Err("not_allowed"));
    assert_eq!(join(&application, mabel, uri, Some("zoe")).await.unwrap(), "mabel/o stanley/m zoe/m");
}

#[tokio::test]
async fn an_outsider_learns_neither_of_a_chat_nor_of_who_has_a_name() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let private = open(&application, mabel, closed(&[])).await;
    let direct = open(&application, mabel, with("stanley")).await;
    let unknown = ChatUri::from_bytes([9; 16]);
    for uri in [private, direct, unknown] {
        for name in [None, Some("zoe"), Some("stanley"), Some("nobody at all")] {
            assert_eq!(join(&application, zoe, uri, name).await, Err("not_found"), "{name:?}");
        }
        for user in [mabel, stanley, zoe] {
            assert_eq!(remove(&application, zoe, uri, user).await, Err("not_found"));
        }
    }
    let unknown_name = application.chats.join(mabel, private, Some("nobody at all")).await.unwrap_err();
    assert!(matches!(unknown_name, ChangeChatError::UnknownUser), "members are told");
    assert_eq!((unknown_name.code(), unknown_name.kind()), ("invalid", ErrorKind::Invalid));
}

#[tokio::test]
async fn a_direct_chat_keeps_its_two() {
    let application = Application::new();
    let [mabel, stanley, _] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, with("stanley")).await;
    for by in [mabel, stanley] {
        assert_eq!(join(&application, by, uri, None).await.unwrap(), "mabel/m stanley/m", "they are in it");
        assert_eq!(join(&application, by, uri, Some("zoe")).await, Err("direct_chat"));
        for user in [mabel, stanley] {
            assert_eq!(remove(&application, by, uri, user).await, Err("direct_chat"));
        }
    }
}

#[tokio::test]
async fn only_the_owner_removes_others() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, group(&["stanley", "zoe"])).await;
    assert_eq!(remove(&application, stanley, uri, zoe).await, Err("not_allowed"));
    assert_eq!(remove(&application, stanley, uri, mabel).await, Err("not_allowed"));
    assert_eq!(remove(&application, mabel, uri, zoe).await, Ok(()));
    let gone = application.chats.remove_member(mabel, uri, zoe).await.unwrap_err();
    assert!(matches!(gone, ChangeChatError::Refused(ChangeRefused::NoSuchMember)));
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn who_was_removed_waits_for_the_owner_and_who_left_does_not() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, group(&["stanley", "zoe"])).await;
    remove(&application, mabel, uri, zoe).await.unwrap();
    assert_eq!(join(&application, zoe, uri, None).await, Err("not_found"));
    assert_eq!(join(&application, stanley, uri, Some("zoe")).await, Err("not_allowed"));
    assert_eq!(join(&application, mabel, uri, Some("zoe")).await.unwrap(), "mabel/o stanley/m zoe/m");
    remove(&application, zoe, uri, zoe).await.unwrap();
    assert_eq!(join(&application, zoe, uri, None).await.unwrap(), "mabel/o stanley/m zoe/m");
    remove(&application, stanley, uri, stanley).await.unwrap();
    assert_eq!(join(&application, zoe, uri, Some("stanley")).await.unwrap(), "mabel/o zoe/m stanley/m");
}

#[tokio::test]
async fn an_owner_who_leaves_hands_over_to_the_longest_serving() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, group(&["zoe", "stanley"])).await;
    remove(&application, mabel, uri, mabel).await.unwrap();
    assert_eq!(join(&application, stanley, uri, None).await.unwrap(), "zoe/o stanley/m");
    assert_eq!(join(&application, mabel, uri, None).await.unwrap(), "zoe/o stanley/m mabel/m");
    assert_eq!(remove(&application, mabel, uri, stanley).await, Err("not_allowed"), "she gave that away");
    remove(&application, zoe, uri, zoe).await.unwrap();
    remove(&application, stanley, uri, stanley).await.unwrap();
    remove(&application, mabel, uri, mabel).await.unwrap();
    assert_eq!(join(&application, zoe, uri, None).await.unwrap(), "zoe/o", "an empty group has room for an owner");
    let kinds: Vec<_> = application.notifier.events_of(uri).iter().map(|event| event.kind.as_str()).collect();
    let handed_over = ["member.role", "member.removed"];
    let expected = [
        &["chat.created"][..],
        &handed_over,
        &["member.added"],
        &handed_over,
        &handed_over,
        &["member.removed", "member.added"],
    ]
    .concat();
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_full_group_takes_nobody_more() {
    let application = Application::with(Default::default(), ChatLimits { max_members: 2 });
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, group(&["stanley"])).await;
    assert_eq!(join(&application, zoe, uri, None).await, Err("chat_full"));
    assert_eq!(join(&application, mabel, uri, Some("zoe")).await, Err("chat_full"));
    assert_eq!(join(&application, stanley, uri, None).await.unwrap(), "mabel/o stanley/m");
    remove(&application, stanley, uri, stanley).await.unwrap();
    assert_eq!(join(&application, zoe, uri, None).await.unwrap(), "mabel/o zoe/m");
}

#[tokio::test]
async fn a_former_member_sees_nothing_any_more() {
    let application = Application::new();
    let [mabel, stanley] = people(&application, ["mabel", "stanley"]).await;
    let uri = open(&application, mabel, group(&["stanley"])).await;
    remove(&application, mabel, uri, stanley).await.unwrap();
    assert!(application.chats.find(stanley, uri, 10).await.unwrap().is_none());
    assert!(application.chats.list(stanley, None, 10).await.unwrap().items.is_empty());
    assert!(application.chats.list_members(stanley, uri, None, 10).await.unwrap().is_none());
    assert_eq!(remove(&application, stanley, uri, stanley).await, Err("not_found"));
}
