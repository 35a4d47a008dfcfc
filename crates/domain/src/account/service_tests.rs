//! What the accounts ask of their ports, where the call itself is the fact. A mock without an expectation fails the test
//! that calls it: what is not expected below must not happen.

use super::*;
use crate::account::{Credentials, InvalidToken, PasswordHash, Taken, Verification};
use crate::ports::{
    HasherError, MockClock, MockEntropy, MockPasswordHasher, MockSessionRepository, MockTokens, MockUserRepository,
};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const FREE: Taken = Taken { email: false, username: false };

/// The ports, each to be given its expectations.
#[derive(Default)]
struct Ports {
    users: MockUserRepository,
    sessions: MockSessionRepository,
    hasher: MockPasswordHasher,
    tokens: MockTokens,
}

impl Ports {
    /// The accounts over these ports, at one moment, with tokens that say `<kind> token`.
    fn accounts(mut self) -> Accounts {
        let (mut clock, mut entropy) = (MockClock::new(), MockEntropy::new());
        clock.expect_now().return_const(NOW);
        let mut drawn = 0;
        entropy.expect_bytes().returning(move || {
            drawn += 1;
            [drawn; 16]
        });
        self.tokens.expect_sign().returning(|kind, _| format!("{kind:?} token"));
        let ports = AccountPorts {
            users: Arc::new(self.users),
            sessions: Arc::new(self.sessions),
            hasher: Arc::new(self.hasher),
            tokens: Arc::new(self.tokens),
            clock: Arc::new(clock),
            entropy: Arc::new(entropy),
        };
        Accounts::new(ports, TokenLifetimes::default())
    }
}

fn mabel() -> User {
    User {
        id: UserId::new(7).unwrap(),
        email: Email::new("mabel@example.com").unwrap(),
        username: Username::new("mabel").unwrap(),
        display_name: None,
        created_at: NOW,
    }
}

fn signup() -> Signup {
    let User { email, username, .. } = mabel();
    Signup { email, username, password: Password::new("correct horse".into()).unwrap() }
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text.into())
}

/// What a valid token of some session says.
fn grant(session: u8) -> TokenGrant {
    TokenGrant {
        user: mabel().id,
        session: SessionId::from_bytes([session; 16]),
        id: TokenId::from_bytes([9; 16]),
        issued_at: NOW,
        expires_at: NOW + Duration::HOUR,
    }
}

async fn log_in(accounts: &Accounts) -> Result<SignedIn, LoginError> {
    let attempt = PasswordAttempt::new("correct horse".into()).unwrap();
    accounts.log_in(&mabel().email, attempt, Device::default()).await
}

/// A user repository that knows mabel, with the password's hash "kept".
fn knowing_mabel() -> MockUserRepository {
    let mut users = MockUserRepository::new();
    users
        .expect_find_credentials()
        .times(1)
        .returning(|_| Ok(Some(Credentials { user: mabel(), password: hash("kept") })));
    users
}

/// A hasher that is asked once about the kept hash, and answers so.
fn verifying(matches: bool, outdated: bool) -> MockPasswordHasher {
    let mut hasher = MockPasswordHasher::new();
    hasher
        .expect_verify()
        .withf(|attempt, against| attempt.expose() == "correct horse" && *against == Some(hash("kept")))
        .times(1)
        .returning(move |_, _| Ok(Verification { matches, outdated }));
    hasher
}

fn opening_one() -> MockSessionRepository {
    let mut sessions = MockSessionRepository::new();
    let verified = |user: &UserId, _: &NewSession, hash: &PasswordHash| (*user, hash.as_str()) == (mabel().id, "kept");
    sessions.expect_open().withf(verified).times(1).returning(|_, _, _| Ok(Opening::Opened));
    sessions
}

#[tokio::test]
async fn signing_up_hashes_the_password_once_and_stores_the_hash() {
    let mut ports = Ports::default();
    ports.users.expect_find_taken().times(1).returning(|_, _| Ok(FREE));
    ports
        .hasher
        .expect_hash()
        .withf(|password| password.expose() == "correct horse")
        .times(1)
        .returning(|_| Ok(hash("made")));
    ports
        .users
        .expect_create()
        .withf(|user, session| {
            user.password == hash("made") && session.created_at == NOW && session.expires_at == NOW + Duration::days(30)
        })
        .times(1)
        .returning(|_, _| Ok(Ok(mabel())));
    let signed_in = ports.accounts().sign_up(signup(), Device::default()).await.unwrap();
    assert_eq!(signed_in.user, mabel());
    assert_eq!(signed_in.tokens.access.expose(), "Access token");
    assert_eq!(signed_in.tokens.refresh.expose(), "Refresh token");
}

#[tokio::test]
async fn a_taken_name_costs_no_hashing() {
    for taken in [Taken { email: true, username: false }, Taken { email: false, username: true }] {
        let mut ports = Ports::default();
        ports.users.expect_find_taken().times(1).returning(move |_, _| Ok(taken));
        let refused = ports.accounts().sign_up(signup(), Device::default()).await;
        assert!(matches!(refused, Err(SignupError::Taken(said)) if said == taken));
    }
}

#[tokio::test]
async fn a_name_taken_meanwhile_is_refused_by_the_store() {
    let taken = Taken { email: true, username: true };
    let mut ports = Ports::default();
    ports.users.expect_find_taken().returning(|_, _| Ok(FREE));
    ports.hasher.expect_hash().times(1).returning(|_| Ok(hash("made")));
    ports.users.expect_create().times(1).returning(move |_, _| Ok(Err(taken)));
    let refused = ports.accounts().sign_up(signup(), Device::default()).await;
    assert!(matches!(refused, Err(SignupError::Taken(said)) if said == taken));
}

#[tokio::test]
async fn a_busy_hasher_makes_no_account() {
    let mut ports = Ports::default();
    ports.users.expect_find_taken().returning(|_, _| Ok(FREE));
    ports.hasher.expect_hash().returning(|_| Err(HasherError::Busy));
    let refused = ports.accounts().sign_up(signup(), Device::default()).await;
    assert!(matches!(refused, Err(SignupError::Hasher(HasherError::Busy))));
}

#[tokio::test]
async fn an_unknown_address_costs_the_same_work() {
    let mut ports = Ports::default();
    ports.users.expect_find_credentials().times(1).returning(|_| Ok(None));
    ports
        .hasher
        .expect_verify()
        .withf(|_, against| against.is_none())
        .times(1)
        .returning(|_, _| Ok(Verification { matches: false, outdated: false }));
    assert!(matches!(log_in(&ports.accounts()).await, Err(LoginError::InvalidCredentials)));
}

#[tokio::test]
async fn an_unknown_address_is_refused_whatever_the_hasher_says() {
    let mut ports = Ports::default();
    ports.users.expect_find_credentials().returning(|_| Ok(None));
    ports.hasher.expect_verify().returning(|_, _| Ok(Verification { matches: true, outdated: true }));
    assert!(matches!(log_in(&ports.accounts()).await, Err(LoginError::InvalidCredentials)));
}

#[tokio::test]
async fn an_address_that_cannot_be_anybodys_costs_the_same_work() {
    let mut ports = Ports::default();
    ports
        .hasher
        .expect_verify()
        .withf(|_, against| against.is_none())
        .times(1)
        .returning(|_, _| Ok(Verification { matches: false, outdated: false }));
    let attempt = PasswordAttempt::new("correct horse".into()).unwrap();
    assert!(matches!(ports.accounts().refuse_log_in(attempt).await, Err(LoginError::InvalidCredentials)));
}

#[tokio::test]
async fn a_wrong_password_opens_no_session_and_is_not_hashed_again() {
    for outdated in [false, true] {
        let ports = Ports { users: knowing_mabel(), hasher: verifying(false, outdated), ..Ports::default() };
        assert!(matches!(log_in(&ports.accounts()).await, Err(LoginError::InvalidCredentials)));
    }
}

#[tokio::test]
async fn a_current_hash_is_not_made_again() {
    let ports =
        Ports { users: knowing_mabel(), hasher: verifying(true, false), sessions: opening_one(), ..Ports::default() };
    assert_eq!(log_in(&ports.accounts()).await.unwrap().user, mabel());
}

#[tokio::test]
async fn an_outdated_hash_is_made_again_once_and_put_in_the_place_of_the_old() {
    let mut ports =
        Ports { users: knowing_mabel(), hasher: verifying(true, true), sessions: opening_one(), ..Ports::default() };
    ports
        .hasher
        .expect_hash()
        .withf(|password| password.expose() == "correct horse")
        .times(1)
        .returning(|_| Ok(hash("renewed")));
    ports
        .users
        .expect_replace_password()
        .withf(|user, old, new| *user == mabel().id && *old == hash("kept") && *new == hash("renewed"))
        .times(1)
        .returning(|_, _, _| Ok(()));
    assert_eq!(log_in(&ports.accounts()).await.unwrap().user, mabel());
}

#[tokio::test]
async fn whoever_has_the_password_is_let_in_though_its_hash_cannot_be_renewed() {
    let mut ports =
        Ports { users: knowing_mabel(), hasher: verifying(true, true), sessions: opening_one(), ..Ports::default() };
    ports.hasher.expect_hash().times(1).returning(|_| Err(crate::ports::HasherError::Busy));
    assert_eq!(log_in(&ports.accounts()).await.unwrap().user, mabel());
}

#[tokio::test]
async fn a_reused_refresh_token_ends_its_session_here_at_once() {
    let mut ports = Ports::default();
    ports.tokens.expect_verify().returning(|_, _| Ok(grant(1)));
    ports.sessions.expect_rotate().times(1).returning(|_, _, _| Ok(Rotation::Reused));
    let accounts = ports.accounts();
    assert!(accounts.authenticate("an access token").is_ok());
    assert!(matches!(accounts.refresh("a refresh token").await, Err(RefreshError::Reused)));
    assert_eq!(accounts.authenticate("an access token"), Err(AuthenticateError::SessionEnded));
    assert_eq!(accounts.clone().authenticate("an access token"), Err(AuthenticateError::SessionEnded), "clones know");
}

#[tokio::test]
async fn what_is_offered_is_a_grant_of_the_same_session_with_the_grace_time() {
    let mut ports = Ports::default();
    ports.tokens.expect_verify().withf(|kind, _| *kind == TokenKind::Refresh).returning(|_, _| Ok(grant(1)));
    ports
        .sessions
        .expect_rotate()
        .withf(|presented, offered, grace| {
            let same = (offered.user, offered.session) == (presented.user, presented.session);
            let lifetime = offered.expires_at - offered.issued_at;
            same && offered.id != presented.id && lifetime == Duration::days(30) && *grace == Duration::seconds(30)
        })
        .times(1)
        .returning(|_, _, _| Ok(Rotation::Rotated));
    ports.accounts().refresh("a refresh token").await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_not_valid_asks_no_store() {
    let mut ports = Ports::default();
    ports.tokens.expect_verify().returning(|_, _| Err(InvalidToken::Malformed));
    let accounts = ports.accounts();
    assert!(matches!(accounts.refresh("garbage").await, Err(RefreshError::Token(InvalidToken::Malformed))));
    assert_eq!(accounts.authenticate("garbage"), Err(AuthenticateError::Token(InvalidToken::Malformed)));
}

#[tokio::test]
async fn a_session_that_could_not_be_ended_goes_on() {
    let mut ports = Ports::default();
    ports.tokens.expect_verify().returning(|_, _| Ok(grant(1)));
    ports.sessions.expect_end().times(1).returning(|_| Err(StoreError::Busy));
    let accounts = ports.accounts();
    let caller = accounts.authenticate("an access token").unwrap();
    assert!(matches!(accounts.log_out(caller).await, Err(StoreError::Busy)));
    assert_eq!(accounts.authenticate("an access token"), Ok(caller));
}
