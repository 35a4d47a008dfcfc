//! Promises of [`RegistrationRepository`](parlor_domain::ports::RegistrationRepository).

use std::num::NonZeroU32;

use parlor_domain::account::{NewRegistrationCode, NewSession, RegistrationRefused, Rotation, Taken};
use parlor_domain::{RegistrationCode, User};
use time::Duration;

use super::steps::{ANSWERS, START, first_grant, fresh_bytes, new_session, new_user, next_grant, together};
use crate::{Repositories, StoreFixture};

/// A code of so many uses that was given out for so long.
async fn code(node: &Repositories, uses: u32, lifetime: Duration) -> RegistrationCode {
    let code = RegistrationCode::from_bytes(fresh_bytes());
    let uses = NonZeroU32::new(uses).expect("some uses");
    node.registration.add_code(NewRegistrationCode { code, uses, lifetime }).await.expect(ANSWERS);
    code
}

async fn is_good(node: &Repositories, code: RegistrationCode) -> bool {
    node.registration.is_good(code).await.expect(ANSWERS)
}

/// Signs up somebody of this name by a code.
async fn register(node: &Repositories, code: RegistrationCode, name: &str) -> Result<User, RegistrationRefused> {
    register_in(node, code, name, new_session()).await
}

async fn register_in(
    node: &Repositories,
    code: RegistrationCode,
    name: &str,
    session: NewSession,
) -> Result<User, RegistrationRefused> {
    let user = new_user(&format!("{name}@example.com"), name);
    node.registration.create_with_code(code, user, session).await.expect(ANSWERS)
}

/// A code makes as many accounts as it has uses, through either store.
pub async fn a_code_is_good_until_its_uses_are_up(fx: StoreFixture) {
    let code = code(&fx.store, 2, Duration::DAY).await;
    for turn in 0..2 {
        assert!(is_good(&fx.node(turn), code).await);
        register(&fx.node(turn), code, &format!("user{turn}")).await.expect("a use is left");
    }
    for turn in 0..2 {
        assert!(!is_good(&fx.node(turn), code).await);
        assert_eq!(register(&fx.node(turn), code, "late").await, Err(RegistrationRefused::InvalidCode));
    }
}

/// A code whose lifetime is over is good for nothing; others are not touched by its end.
pub async fn a_code_is_good_until_its_lifetime_is_over(fx: StoreFixture) {
    let over = code(&fx.store, 1, Duration::ZERO).await;
    let good = code(&fx.peer, 1, Duration::DAY).await;
    for node in [&fx.store, &fx.peer] {
        assert!(!is_good(node, over).await);
        assert_eq!(register(node, over, "ann").await, Err(RegistrationRefused::InvalidCode));
    }
    register(&fx.store, good, "ann").await.expect("good");
}

/// A code that nobody gave out is good for nothing.
pub async fn an_unknown_code_makes_no_account(fx: StoreFixture) {
    let unknown = RegistrationCode::from_bytes(fresh_bytes());
    assert!(!is_good(&fx.store, unknown).await);
    assert_eq!(register(&fx.store, unknown, "ann").await, Err(RegistrationRefused::InvalidCode));
    let taken = fx.peer.users.find_taken(new_user("ann@example.com", "ann").email, new_user("a@b.cd", "ann").username);
    assert!(!taken.await.expect(ANSWERS).any(), "a refused account leaves nothing");
}

/// An account that a code made is like any other, and signed in.
pub async fn an_account_made_by_a_code_is_like_any_other(fx: StoreFixture) {
    let (code, session) = (code(&fx.store, 1, Duration::DAY).await, new_session());
    let ann = register_in(&fx.store, code, "ann", session.clone()).await.expect("good");
    assert_eq!((ann.username.as_str(), ann.created_at), ("ann", START));
    assert_eq!(fx.peer.users.find(ann.id).await.expect(ANSWERS).as_ref(), Some(&ann));
    let grant = first_grant(ann.id, &session);
    let rotated = fx.peer.sessions.rotate(grant, next_grant(&grant), Duration::MINUTE).await;
    assert_eq!(rotated.expect(ANSWERS), Rotation::Rotated);
}

/// An account that is refused takes no use of the code.
pub async fn a_refused_account_takes_no_use(fx: StoreFixture) {
    fx.store.sign_up("ann").await;
    let code = code(&fx.store, 1, Duration::DAY).await;
    let taken = Taken { email: false, username: true };
    for turn in 0..2 {
        let ann = new_user("other@example.com", "ann");
        let refused = fx.node(turn).registration.create_with_code(code, ann, new_session()).await.expect(ANSWERS);
        assert_eq!(refused, Err(RegistrationRefused::Taken(taken)));
    }
    register(&fx.peer, code, "bob").await.expect("it is still good");
}

/// Of a code that is not good nothing is said of what is taken.
pub async fn a_code_is_judged_before_the_names(fx: StoreFixture) {
    let ann = fx.store.sign_up("ann").await;
    let over = code(&fx.store, 1, Duration::ZERO).await;
    let again = register(&fx.store, over, ann.username.as_str()).await;
    assert_eq!(again, Err(RegistrationRefused::InvalidCode));
}

/// Of signups at once with one code, through both stores, as many succeed as it has uses.
pub async fn of_signups_at_once_with_one_code_no_more_succeed_than_it_has_uses(fx: StoreFixture) {
    for (round, uses) in [1, 3, 1, 2].into_iter().enumerate() {
        let code = code(&fx.store, uses, Duration::DAY).await;
        let results = together((0..8).map(|turn| {
            let (node, name) = (fx.node(turn), format!("user{round} {turn}").replace(' ', "x"));
            async move { register(&node, code, &name).await }
        }))
        .await;
        let made = results.iter().filter(|made| made.is_ok()).count();
        assert_eq!(u32::try_from(made), Ok(uses), "{results:?}");
        assert!(!is_good(&fx.peer, code).await);
    }
}
