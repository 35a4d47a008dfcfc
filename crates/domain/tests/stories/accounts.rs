//! Signing up and logging in.

use parlor_domain::account::{Device, DirectoryQuery, LoginError, SignedIn, Signup, SignupError, Taken};
use parlor_domain::ports::{Clock, UserRepository};
use parlor_domain::{Email, Password, PasswordAttempt, PasswordHash, Username};
use parlor_testkit::{Application, PlainHasher};

fn signup(email: &str, username: &str) -> Signup {
    Signup {
        email: Email::new(email).expect("an address"),
        username: Username::new(username).expect("a name"),
        password: Password::new("correct horse".into()).expect("a password"),
    }
}

async fn log_in(application: &Application, email: &str, password: &str) -> Result<SignedIn, LoginError> {
    let attempt = PasswordAttempt::new(password.into()).expect("an attempt");
    application.accounts.log_in(&Email::new(email).expect("an address"), attempt, Device::default()).await
}

#[tokio::test]
async fn who_signs_up_is_signed_in_and_logs_in_again() {
    let application = Application::new();
    let made = application.accounts.sign_up(signup("Mabel@Example.com", "Mabel"), Device::default()).await.unwrap();
    assert_eq!((made.user.email.as_str(), made.user.username.as_str()), ("Mabel@Example.com", "Mabel"));
    assert_eq!(made.user.created_at, application.clock.now());
    let again = log_in(&application, "mabel@EXAMPLE.com", "correct horse").await.unwrap();
    assert_eq!(again.user, made.user);
    assert_ne!(again.tokens.refresh.expose(), made.tokens.refresh.expose(), "a session of its own");
    for tokens in [made.tokens, again.tokens] {
        let caller = application.accounts.authenticate(tokens.access.expose()).unwrap();
        assert_eq!(caller.user, made.user.id);
        assert!(application.accounts.authenticate(tokens.refresh.expose()).is_err(), "a refresh token proves nothing");
    }
    assert_eq!(application.accounts.find(made.user.id).await.unwrap(), Some(made.user));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let application = Application::new();
    application.sign_up("mabel").await;
    let before = application.hasher.verified();
    let wrong = log_in(&application, "mabel@example.com", "wrong horse").await.unwrap_err();
    let unknown = log_in(&application, "stanley@example.com", "correct horse").await.unwrap_err();
    assert!(matches!(wrong, LoginError::InvalidCredentials));
    assert_eq!(wrong.to_string(), unknown.to_string());
    assert_eq!(application.hasher.verified() - before, 2, "both cost the same work");
}

#[tokio::test]
async fn somebody_elses_names_are_refused_and_cost_no_hashing() {
    let application = Application::new();
    application.sign_up("mabel").await;
    let before = application.hasher.hashed();
    for (email, name, email_taken, name_taken) in [
        ("MABEL@example.com", "stanley", true, false),
        ("stanley@example.com", "ＭＡＢＥＬ", false, true),
        ("mabel@example.com", "mabel", true, true),
    ] {
        let refused = application.accounts.sign_up(signup(email, name), Device::default()).await.unwrap_err();
        let taken = Taken { email: email_taken, username: name_taken };
        assert!(matches!(refused, SignupError::Taken(said) if said == taken), "{email} {name}: {refused:?}");
    }
    assert_eq!(application.hasher.hashed(), before);
    let free = application.accounts.sign_up(signup("stanley@example.com", "stanley"), Device::default()).await;
    assert!(free.is_ok(), "what was refused left nothing behind");
}

#[tokio::test]
async fn a_login_renews_an_outdated_hash_once() {
    let application = Application::new();
    let mabel = application.sign_up("mabel").await.user;
    let credentials = application.store.find_credentials(mabel.email.clone()).await.unwrap().unwrap();
    let old: PasswordHash = PlainHasher::outdated(Application::PASSWORD);
    application.store.replace_password(mabel.id, credentials.password.clone(), old).await.unwrap();
    for _ in 0..3 {
        log_in(&application, "mabel@example.com", Application::PASSWORD).await.unwrap();
    }
    assert_eq!(application.hasher.hashed(), 2, "at signup, and at the first login");
    let now = application.store.find_credentials(mabel.email).await.unwrap().unwrap();
    assert_eq!(now.password, credentials.password);
}

#[tokio::test]
async fn everybody_is_in_the_directory() {
    let application = Application::new();
    for name in ["stanley", "mabel", "Zoë"] {
        application
            .accounts
            .sign_up(signup(&format!("{}@example.com", name.len()), name), Device::default())
            .await
            .unwrap();
    }
    let page = application.accounts.list_directory(DirectoryQuery { limit: 2, ..Default::default() }).await.unwrap();
    let names: Vec<_> = page.items.iter().map(|card| card.username.as_str()).collect();
    assert_eq!((names, page.more), (vec!["mabel", "stanley"], true));
}
