//! Opening chats.

use parlor_domain::chat_session::{ChatLimits, ChatSummary, OpenChat, OpenChatError};
use parlor_domain::{ChatKind, ChatTitle, ChatUri, UserId};
use parlor_testkit::Application;

use super::{group, members, open, people, send, with};

async fn refused(application: &Application, by: UserId, wish: OpenChat) -> OpenChatError {
    application.chats.open(by, wish).await.expect_err("no such chat opens")
}

async fn list(application: &Application, user: UserId) -> Vec<ChatSummary> {
    application.chats.list(user, None, 50).await.expect("the store answers").items
}

fn picked(byte: u8) -> Option<ChatUri> {
    Some(ChatUri::from_bytes([byte; 16]))
}

#[tokio::test]
async fn the_direct_chat_of_two_is_the_same_from_either_side() {
    let application = Application::new();
    let [mabel, stanley] = people(&application, ["mabel", "stanley"]).await;
    let (chat, other) = application.chats.open(mabel, with("Stanley")).await.unwrap();
    assert_eq!((chat.chat.kind, other.id), (ChatKind::Direct, stanley));
    assert_eq!(members(&chat), "mabel/m stanley/m");
    let (same, other) = application.chats.open(stanley, with("MABEL")).await.unwrap();
    assert_eq!((same.chat.uri, other.id), (chat.chat.uri, mabel));
    assert_eq!(members(&same), "mabel/m stanley/m", "who opened it comes first");
    let again = OpenChat { uri: picked(7), ..with("stanley") };
    assert_eq!(open(&application, mabel, again).await, chat.chat.uri, "under any name");
    assert_eq!(application.notifier.announcements().len(), 1);
}

#[tokio::test]
async fn nobody_and_oneself_make_a_group() {
    let application = Application::new();
    let [mabel] = people(&application, ["mabel"]).await;
    for wish in [OpenChat::default(), with("mabel"), with(" MABEL "), group(&[])] {
        let (chat, user) = application.chats.open(mabel, wish).await.unwrap();
        assert_eq!((chat.chat.kind, chat.chat.joinable, user.id), (ChatKind::Group, true, mabel));
        assert_eq!((members(&chat).as_str(), chat.owner), ("mabel/o", Some(user)));
    }
    assert_eq!(list(&application, mabel).await.len(), 4, "a new group each time");
}

#[tokio::test]
async fn a_group_has_its_members_once_and_in_order() {
    let application = Application::new();
    let [mabel, ..] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let wish = OpenChat {
        title: Some(ChatTitle::new("Tea".into()).unwrap()),
        joinable: Some(false),
        ..group(&["zoe", "stanley", "ZOE", "mabel", "zoe"])
    };
    let (chat, _) = application.chats.open(mabel, wish).await.unwrap();
    assert_eq!(members(&chat), "mabel/o zoe/m stanley/m");
    assert_eq!((chat.chat.joinable, chat.chat.title.unwrap().as_str()), (false, "Tea"));
}

#[tokio::test]
async fn unknown_names_open_nothing() {
    let application = Application::new();
    let [mabel, _] = people(&application, ["mabel", "stanley"]).await;
    assert!(matches!(refused(&application, mabel, with("nobody")).await, OpenChatError::UnknownUser));
    let wish = group(&["stanley", "nobody", "", "stanley", "no one"]);
    let OpenChatError::UnknownMembers(names) = refused(&application, mabel, wish).await else { panic!("unknown") };
    assert_eq!(names, ["nobody", "", "no one"]);
    assert!(list(&application, mabel).await.is_empty());
    assert!(application.notifier.announcements().is_empty());
}

#[tokio::test]
async fn a_direct_chat_takes_no_settings() {
    let application = Application::new();
    let [mabel, _] = people(&application, ["mabel", "stanley"]).await;
    for wish in [
        OpenChat { title: Some(ChatTitle::new("Tea".into()).unwrap()), ..with("stanley") },
        OpenChat { usernames: Some(Vec::new()), ..with("stanley") },
        OpenChat { joinable: Some(true), ..with("stanley") },
    ] {
        assert!(matches!(refused(&application, mabel, wish).await, OpenChatError::DirectChatTakesNoSettings));
    }
    assert!(list(&application, mabel).await.is_empty());
}

#[tokio::test]
async fn a_picked_uri_may_be_repeated_by_its_members_only() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let first = OpenChat { uri: picked(1), ..group(&["stanley"]) };
    assert_eq!(Some(open(&application, mabel, first.clone()).await), picked(1));
    send(&application, mabel, picked(1).unwrap(), "hello").await;
    for (by, wish) in [
        (mabel, first.clone()),
        (stanley, first.clone()),
        (mabel, OpenChat { uri: picked(1), ..with("nobody at all") }),
        (mabel, OpenChat { uri: picked(1), ..with("zoe") }),
    ] {
        let (chat, user) = application.chats.open(by, wish).await.expect("whatever else is asked for");
        assert_eq!((members(&chat).as_str(), chat.chat.head.get()), ("mabel/o stanley/m", 2));
        assert_eq!(user.id, by);
    }
    for wish in [first, OpenChat { uri: picked(1), ..with("mabel") }] {
        assert!(matches!(refused(&application, zoe, wish).await, OpenChatError::UriTaken));
    }
    assert!(list(&application, zoe).await.is_empty());
}

#[tokio::test]
async fn a_left_chats_uri_is_taken_for_good() {
    let application = Application::new();
    let [mabel] = people(&application, ["mabel"]).await;
    let wish = OpenChat { uri: picked(1), ..OpenChat::default() };
    open(&application, mabel, wish.clone()).await;
    application.chats.remove_member(mabel, picked(1).unwrap(), mabel).await.unwrap();
    assert!(matches!(refused(&application, mabel, wish).await, OpenChatError::UriTaken));
}

#[tokio::test]
async fn a_group_is_no_larger_than_allowed() {
    let limits = ChatLimits { max_members: 3 };
    let application = Application::with(Default::default(), limits);
    let [mabel, ..] = people(&application, ["mabel", "stanley", "zoe", "tom"]).await;
    let wish = group(&["stanley", "zoe", "tom"]);
    assert!(matches!(refused(&application, mabel, wish).await, OpenChatError::TooManyMembers { max: 3 }));
    let (chat, _) = application.chats.open(mabel, group(&["stanley", "zoe"])).await.unwrap();
    assert_eq!(chat.chat.member_count, 3);
    let repeated = group(&["mabel", "zoe", "zoe"]);
    assert_eq!(members(&application.chats.open(mabel, repeated).await.unwrap().0), "mabel/o zoe/m");
}

#[tokio::test]
async fn random_uris_differ() {
    let application = Application::new();
    let [mabel] = people(&application, ["mabel"]).await;
    let one = open(&application, mabel, OpenChat::default()).await;
    assert_ne!(open(&application, mabel, OpenChat::default()).await, one);
}
