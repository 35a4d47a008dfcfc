//! The end of an account.

use parlor_domain::account::{Device, HELD_AFTER_ERASURE, Signup};
use parlor_domain::{Caller, DomainError, Email, Password, PasswordAttempt, Role, Username};
use parlor_testkit::Application;
use time::Duration;

use super::{group, members, open, people, with};

async fn erase(application: &Application, caller: Caller, password: &str) -> Result<(), &'static str> {
    let attempt = PasswordAttempt::new(password.into()).expect("an attempt");
    application.erasure.erase(caller, attempt).await.map_err(|refused| refused.code())
}

/// Signs up with the address and the name that mabel had.
async fn be_mabel(application: &Application) -> Result<(), &'static str> {
    let signup = Signup {
        email: Email::new("mabel@example.com").expect("an address"),
        username: Username::new("mabel").expect("a name"),
        password: Password::new(Application::PASSWORD.into()).expect("a password"),
    };
    application.accounts.sign_up(signup, Device::default()).await.map(drop).map_err(|refused| refused.code())
}

#[tokio::test]
async fn who_is_erased_leaves_more_groups_than_a_page_shows_and_hands_over_each() {
    let application = Application::new();
    let mabel = application.sign_up("mabel").await;
    let [stanley, zoe] = people(&application, ["stanley", "zoe"]).await;
    let caller = application.accounts.authenticate(mabel.tokens.access.expose()).unwrap();
    let mut groups = Vec::new();
    for number in 0..230 {
        let uri = open(&application, caller.user, group(&["stanley", "zoe"])).await;
        let heir = if number % 2 == 0 { stanley } else { zoe };
        application.chats.give_role(caller.user, uri, heir, Role::Admin).await.unwrap();
        groups.push((uri, heir));
    }
    let direct = open(&application, stanley, with("mabel")).await;
    assert_eq!(erase(&application, caller, "wrong horse").await, Err("wrong_password"));
    erase(&application, caller, Application::PASSWORD).await.unwrap();
    for (uri, heir) in groups {
        let shown = application.chats.find(stanley, uri, 10).await.unwrap().expect("he is still in it");
        let owner = if heir == stanley { "stanley/o zoe/m" } else { "zoe/o stanley/m" };
        assert_eq!(members(&shown), owner);
    }
    let shown = application.chats.find(stanley, direct, 10).await.unwrap().expect("his chat stays");
    assert_eq!(members(&shown), "stanley/m deleted user/m");
    assert!(application.accounts.authenticate(mabel.tokens.access.expose()).is_err(), "her session has ended");
    assert!(application.accounts.refresh(mabel.tokens.refresh.expose()).await.is_err());
    assert_eq!(erase(&application, caller, Application::PASSWORD).await, Err("wrong_password"), "there is none");
}

#[tokio::test]
async fn an_address_and_a_name_are_free_again_when_nobody_can_be_taken_for_the_other() {
    let application = Application::new();
    let mabel = application.sign_up("mabel").await;
    let caller = application.accounts.authenticate(mabel.tokens.access.expose()).unwrap();
    erase(&application, caller, Application::PASSWORD).await.unwrap();
    application.clock.advance(HELD_AFTER_ERASURE - Duration::SECOND);
    assert_eq!(be_mabel(&application).await, Err("invalid"));
    application.clock.advance(Duration::SECOND);
    assert_eq!(be_mabel(&application).await, Ok(()));
}
