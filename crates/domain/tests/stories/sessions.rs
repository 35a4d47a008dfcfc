//! Tokens: their lives, their exchange, and their end.

use parlor_domain::account::{
    AuthenticateError, Device, InvalidToken, LoginError, RefreshError, SignedIn, TokenLifetimes, TokenPair,
};
use parlor_domain::chat_session::ChatLimits;
use parlor_domain::ports::Clock;
use parlor_domain::{Accounts, Caller, PasswordAttempt};
use parlor_testkit::Application;
use time::Duration;

/// Long enough for refresh tokens never to expire by themselves here.
fn application() -> Application {
    let lifetimes = TokenLifetimes { access: Duration::minutes(60), refresh: Duration::days(30) };
    Application::with(lifetimes, ChatLimits::default())
}

async fn log_in(application: &Application, who: &SignedIn) -> Result<SignedIn, LoginError> {
    let attempt = PasswordAttempt::new(Application::PASSWORD.into()).expect("an attempt");
    application.accounts.log_in(&who.user.email, attempt, Device::default()).await
}

async fn refresh(accounts: &Accounts, tokens: &TokenPair) -> Result<TokenPair, RefreshError> {
    accounts.refresh(tokens.refresh.expose()).await
}

fn authenticate(accounts: &Accounts, tokens: &TokenPair) -> Result<Caller, AuthenticateError> {
    accounts.authenticate(tokens.access.expose())
}

#[tokio::test]
async fn tokens_are_exchanged_again_and_again() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    let first = authenticate(&application.accounts, &mabel.tokens).unwrap();
    let mut tokens = mabel.tokens;
    for _ in 0..5 {
        application.clock.advance(Duration::days(20));
        tokens = refresh(&application.accounts, &tokens).await.unwrap();
        assert_eq!(authenticate(&application.accounts, &tokens), Ok(first), "the same session for months");
    }
}

#[tokio::test]
async fn an_access_token_lives_an_hour_and_a_little() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    // Tokens count whole seconds; the clock of this test does not begin on one.
    application.clock.advance(Duration::minutes(60) + Accounts::TOKEN_LEEWAY - Duration::SECOND);
    assert!(authenticate(&application.accounts, &mabel.tokens).is_ok());
    application.clock.advance(Duration::SECOND);
    let expired = Err(AuthenticateError::Token(InvalidToken::Expired));
    assert_eq!(authenticate(&application.accounts, &mabel.tokens), expired);
    let renewed = refresh(&application.accounts, &mabel.tokens).await.unwrap();
    assert!(authenticate(&application.accounts, &renewed).is_ok());
}

#[tokio::test]
async fn a_refresh_token_lives_thirty_days_and_a_little() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    application.clock.advance(Duration::days(30) + Accounts::TOKEN_LEEWAY);
    let expired = refresh(&application.accounts, &mabel.tokens).await;
    assert!(matches!(expired, Err(RefreshError::Token(InvalidToken::Expired))), "{expired:?}");
    application.clock.advance(-Duration::SECOND);
    refresh(&application.accounts, &mabel.tokens).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_given_again_within_the_grace_time() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    let answer = refresh(&application.accounts, &mabel.tokens).await.unwrap();
    application.clock.advance(Accounts::REFRESH_GRACE - Duration::SECOND);
    for _ in 0..3 {
        let again = refresh(&application.accounts, &mabel.tokens).await.unwrap();
        assert_eq!(again.refresh.expose(), answer.refresh.expose(), "byte for byte");
        assert!(authenticate(&application.accounts, &again).is_ok());
    }
    refresh(&application.accounts, &answer).await.unwrap();
}

#[tokio::test]
async fn a_token_used_after_the_grace_time_ends_its_session() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    let other = log_in(&application, &mabel).await.unwrap().tokens;
    let answer = refresh(&application.accounts, &mabel.tokens).await.unwrap();
    application.clock.advance(Accounts::REFRESH_GRACE);
    let reused = refresh(&application.accounts, &mabel.tokens).await;
    assert!(matches!(reused, Err(RefreshError::Reused)), "{reused:?}");
    for tokens in [&mabel.tokens, &answer] {
        assert_eq!(authenticate(&application.accounts, tokens), Err(AuthenticateError::SessionEnded));
        assert!(matches!(refresh(&application.accounts, tokens).await, Err(RefreshError::SessionEnded)));
    }
    assert!(authenticate(&application.accounts, &other).is_ok(), "another session of hers goes on");
    refresh(&application.accounts, &other).await.unwrap();
}

#[tokio::test]
async fn a_token_whose_successor_was_used_ends_its_session_at_once() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    let second = refresh(&application.accounts, &mabel.tokens).await.unwrap();
    let third = refresh(&application.accounts, &second).await.unwrap();
    assert!(matches!(refresh(&application.accounts, &mabel.tokens).await, Err(RefreshError::Reused)));
    assert_eq!(authenticate(&application.accounts, &third), Err(AuthenticateError::SessionEnded));
}

#[tokio::test]
async fn tokens_cannot_stand_in_for_each_other() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    let swapped = application.accounts.refresh(mabel.tokens.access.expose()).await;
    assert!(matches!(swapped, Err(RefreshError::Token(InvalidToken::Malformed))));
    let swapped = application.accounts.authenticate(mabel.tokens.refresh.expose());
    assert_eq!(swapped, Err(AuthenticateError::Token(InvalidToken::Malformed)));
    refresh(&application.accounts, &mabel.tokens).await.expect("nothing was used up by that");
}

#[tokio::test]
async fn logging_out_ends_one_session_and_may_be_repeated() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    let other = log_in(&application, &mabel).await.unwrap();
    let caller = authenticate(&application.accounts, &mabel.tokens).unwrap();
    for _ in 0..2 {
        application.accounts.log_out(caller).await.unwrap();
        assert_eq!(authenticate(&application.accounts, &mabel.tokens), Err(AuthenticateError::SessionEnded));
        assert!(matches!(refresh(&application.accounts, &mabel.tokens).await, Err(RefreshError::SessionEnded)));
    }
    assert!(authenticate(&application.accounts, &other.tokens).is_ok());
}

#[tokio::test]
async fn another_node_learns_of_an_ended_session_by_looking() {
    let (here, start) = (application(), application().clock.now());
    let there = here.another_node();
    let mabel = here.sign_up("mabel").await;
    let caller = authenticate(&there.accounts, &mabel.tokens).unwrap();
    assert_eq!(there.accounts.learn_ended_sessions(None).await.unwrap(), []);
    here.accounts.log_out(caller).await.unwrap();
    assert!(authenticate(&there.accounts, &mabel.tokens).is_ok(), "it does not know yet");
    here.clock.advance(Duration::seconds(5));
    assert_eq!(there.accounts.learn_ended_sessions(Some(start)).await.unwrap(), [caller.session]);
    assert_eq!(authenticate(&there.accounts, &mabel.tokens), Err(AuthenticateError::SessionEnded));
    let look = here.clock.now();
    here.clock.advance(Duration::seconds(5));
    assert_eq!(there.accounts.learn_ended_sessions(Some(look)).await.unwrap(), [], "it knew that one");
}

#[tokio::test]
async fn a_node_that_starts_learns_all_that_matters() {
    let here = application();
    let mabel = here.sign_up("mabel").await;
    let caller = authenticate(&here.accounts, &mabel.tokens).unwrap();
    here.accounts.log_out(caller).await.unwrap();
    here.clock.advance(Duration::minutes(59));
    let there = here.another_node();
    assert!(authenticate(&there.accounts, &mabel.tokens).is_ok(), "before its first look");
    assert_eq!(there.accounts.learn_ended_sessions(None).await.unwrap(), [caller.session]);
    assert_eq!(authenticate(&there.accounts, &mabel.tokens), Err(AuthenticateError::SessionEnded));
}

#[tokio::test]
async fn a_clock_set_back_hides_no_ended_session() {
    let here = application();
    let there = here.another_node();
    let mabel = here.sign_up("mabel").await;
    let caller = authenticate(&here.accounts, &mabel.tokens).unwrap();
    let start = here.clock.now();
    // The node looks while its clock runs an hour ahead, and is put right afterwards.
    here.clock.set(start + Duration::HOUR);
    there.accounts.learn_ended_sessions(None).await.unwrap();
    let last = here.clock.now();
    here.clock.set(start + Duration::minutes(10));
    here.accounts.log_out(caller).await.unwrap();
    here.clock.set(start + Duration::minutes(40));
    assert_eq!(there.accounts.learn_ended_sessions(Some(last)).await.unwrap(), [caller.session]);
    assert_eq!(authenticate(&there.accounts, &mabel.tokens), Err(AuthenticateError::SessionEnded));
}

#[tokio::test]
async fn an_ended_session_is_remembered_for_as_long_as_its_tokens_would_live() {
    let application = application();
    let mabel = application.sign_up("mabel").await;
    let caller = authenticate(&application.accounts, &mabel.tokens).unwrap();
    application.accounts.log_out(caller).await.unwrap();
    let mut last = application.clock.now();
    for _ in 0..30 {
        application.clock.advance(Duration::minutes(3));
        application.accounts.learn_ended_sessions(Some(last)).await.unwrap();
        last = application.clock.now();
        assert!(authenticate(&application.accounts, &mabel.tokens).is_err(), "ended at first, expired in the end");
    }
}
