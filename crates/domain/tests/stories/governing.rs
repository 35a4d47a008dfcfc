//! Settings, roles, and the end of a group.

use parlor_domain::chat_session::SettingsChange;
use parlor_domain::{ChatTitle, ChatUri, DomainError, Role, UserId};
use parlor_testkit::Application;

use super::{group, members, open, people, with};

async fn rename(application: &Application, by: UserId, uri: ChatUri, title: &str) -> Result<(), &'static str> {
    let title = Some(Some(ChatTitle::new(title.into()).expect("a title")));
    let shown = application.chats.update_settings(by, uri, SettingsChange { title: title.clone(), joinable: None });
    let shown = shown.await.map_err(|refused| refused.code())?;
    assert_eq!(Some(shown.chat.title), title, "the answer shows it");
    Ok(())
}

async fn give(
    application: &Application,
    by: UserId,
    uri: ChatUri,
    user: UserId,
    role: Role,
) -> Result<(), &'static str> {
    let given = application.chats.give_role(by, uri, user, role).await.map_err(|refused| refused.code())?;
    assert_eq!((given.user.id, given.role), (user, role));
    Ok(())
}

async fn shown(application: &Application, by: UserId, uri: ChatUri) -> String {
    members(&application.chats.find(by, uri, 10).await.expect("the store answers").expect("a member"))
}

#[tokio::test]
async fn an_owner_shares_the_work_and_then_hands_over() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, group(&["stanley", "zoe"])).await;
    assert_eq!(rename(&application, zoe, uri, "Zoe's").await, Err("not_allowed"));
    give(&application, mabel, uri, zoe, Role::Admin).await.unwrap();
    rename(&application, zoe, uri, "Zoe's").await.unwrap();
    assert_eq!(give(&application, zoe, uri, stanley, Role::Admin).await, Err("not_allowed"));
    assert_eq!(give(&application, mabel, uri, mabel, Role::Member).await, Err("owner_required"));
    give(&application, mabel, uri, zoe, Role::Owner).await.unwrap();
    assert_eq!(shown(&application, stanley, uri).await, "zoe/o mabel/a stanley/m");
    assert_eq!(give(&application, mabel, uri, mabel, Role::Owner).await, Err("not_allowed"), "she gave that away");
}

#[tokio::test]
async fn a_deleted_group_is_nobodys_and_its_name_stays_used() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let uri = open(&application, mabel, group(&["stanley"])).await;
    for (by, refused) in [(stanley, "not_allowed"), (zoe, "not_found")] {
        assert_eq!(application.chats.delete(by, uri).await.map_err(|refused| refused.code()), Err(refused));
    }
    application.chats.delete(mabel, uri).await.unwrap();
    for user in [mabel, stanley, zoe] {
        assert!(application.chats.find(user, uri, 10).await.unwrap().is_none());
        assert!(application.chats.join(user, uri, None).await.is_err());
        let mut again = group(&[]);
        again.uri = Some(uri);
        let again = application.chats.open(user, again).await.map(|_| ());
        assert_eq!(again.map_err(|refused| refused.code()), Err("uri_taken"));
    }
    let kinds: Vec<_> = application.notifier.events_of(uri).iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["chat.created", "chat.deleted"]);
}

#[tokio::test]
async fn a_direct_chat_has_nothing_to_govern() {
    let application = Application::new();
    let [mabel, stanley] = people(&application, ["mabel", "stanley"]).await;
    let uri = open(&application, mabel, with("stanley")).await;
    assert_eq!(rename(&application, mabel, uri, "Us").await, Err("direct_chat"));
    assert_eq!(give(&application, mabel, uri, stanley, Role::Owner).await, Err("direct_chat"));
    let deleted = application.chats.delete(stanley, uri).await;
    assert_eq!(deleted.map_err(|refused| refused.code()), Err("direct_chat"));
}
