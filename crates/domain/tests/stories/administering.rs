//! What the operator does with accounts.

use parlor_domain::account::{AccountName, Device, Signup};
use parlor_domain::{DomainError, Email, Password, PasswordAttempt, Username};
use parlor_testkit::Application;

use super::{group, members, open, people};

fn called(name: &str) -> AccountName {
    AccountName::new(name).expect("a number or an address")
}

/// Logs in; how often a password was compared for it, and what came of it.
async fn log_in(application: &Application, name: &str, password: &str) -> (usize, Result<(), &'static str>) {
    let before = application.hasher.verified();
    let email = Email::new(&format!("{name}@example.com")).expect("an address");
    let attempt = PasswordAttempt::new(password.into()).expect("an attempt");
    let came = application.accounts.log_in(&email, attempt, Device::default()).await;
    (application.hasher.verified() - before, came.map(drop).map_err(|refused| refused.code()))
}

#[tokio::test]
async fn who_is_suspended_learns_it_only_by_the_right_password_and_stays_where_they_were() {
    let application = Application::new();
    let mabel = application.sign_up("mabel").await;
    let [stanley] = people(&application, ["stanley"]).await;
    let chat = open(&application, stanley, group(&["mabel"])).await;
    application.administration.suspend(called("MABEL@example.com")).await.unwrap();
    assert!(application.accounts.refresh(mabel.tokens.refresh.expose()).await.is_err());
    assert_eq!(log_in(&application, "mabel", Application::PASSWORD).await, (1, Err("account_suspended")));
    assert_eq!(log_in(&application, "mabel", "wrong horse").await, (1, Err("invalid_credentials")));
    let shown = application.chats.find(stanley, chat, 10).await.unwrap().expect("his chat");
    assert_eq!(members(&shown), "stanley/o mabel/m");
    application.administration.unsuspend(called(&mabel.user.id.get().to_string())).await.unwrap();
    assert_eq!(log_in(&application, "mabel", Application::PASSWORD).await, (1, Ok(())));
}

#[tokio::test]
async fn a_password_is_reset_without_the_old_one() {
    let application = Application::new();
    let mabel = application.sign_up("mabel").await;
    let another = Password::new("another horse".into()).unwrap();
    application.administration.reset_password(called("mabel@example.com"), another.clone()).await.unwrap();
    assert!(application.accounts.refresh(mabel.tokens.refresh.expose()).await.is_err());
    assert_eq!(log_in(&application, "mabel", Application::PASSWORD).await, (1, Err("invalid_credentials")));
    assert_eq!(log_in(&application, "mabel", "another horse").await, (1, Ok(())));
    for nobody in ["1000", "nobody@example.com"] {
        let refused = application.administration.reset_password(called(nobody), another.clone()).await;
        assert_eq!(refused.unwrap_err().code(), "not_found");
    }
}

#[tokio::test]
async fn the_operator_makes_accounts_by_the_rules_of_signing_up() {
    let application = Application::new();
    application.sign_up("mabel").await;
    let signup = |email: &str, name: &str| Signup {
        email: Email::new(email).expect("an address"),
        username: Username::new(name).expect("a name"),
        password: Password::new(Application::PASSWORD.into()).expect("a password"),
    };
    let taken = application.administration.create_account(signup("other@example.com", "MABEL")).await;
    assert_eq!(taken.unwrap_err().code(), "invalid");
    let zoe = application.administration.create_account(signup("zoe@example.com", "zoe")).await.unwrap();
    assert_eq!(log_in(&application, "zoe", Application::PASSWORD).await, (1, Ok(())));
    let listed = application.administration.list_accounts(None, 10).await.unwrap().items;
    assert_eq!((listed.len(), &listed[1].user), (2, &zoe));
}
