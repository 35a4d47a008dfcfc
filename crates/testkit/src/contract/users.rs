//! Promises of [`UserRepository`](parlor_domain::ports::UserRepository) on accounts.

use parlor_domain::account::{NewSession, Rotation, Taken};
use parlor_domain::{Email, PasswordHash, User, UserId, UserRef, Username, UsernameKey};
use time::Duration;

use super::steps::{ANSWERS, START, first_grant, new_session, new_user, next_grant, together};
use crate::{Repositories, StoreFixture};

const FREE: Taken = Taken { email: false, username: false };
const EMAIL: Taken = Taken { email: true, username: false };
const USERNAME: Taken = Taken { email: false, username: true };
const BOTH: Taken = Taken { email: true, username: true };

fn keys(names: &[&str]) -> Vec<UsernameKey> {
    names.iter().map(|name| UsernameKey::of(name)).collect()
}

async fn find_taken(node: &Repositories, email: &str, username: &str) -> Taken {
    let (email, username) = (Email::new(email).expect("an address"), Username::new(username).expect("a name"));
    node.users.find_taken(email, username).await.expect(ANSWERS)
}

async fn kept_password(node: &Repositories, email: &str) -> Option<String> {
    let email = Email::new(email).expect("an address");
    let found = node.users.find_credentials(email).await.expect(ANSWERS);
    found.map(|credentials| credentials.password.as_str().to_owned())
}

/// Whether the store knows the session: its first token can be exchanged.
async fn is_stored(node: &Repositories, user: UserId, session: &NewSession) -> bool {
    let presented = first_grant(user, session);
    let rotation = node.sessions.rotate(presented, next_grant(&presented), Duration::seconds(30)).await;
    rotation.expect(ANSWERS) == Rotation::Rotated
}

/// Each account gets a number above those before it, from 1 on, whichever store it is made through.
pub async fn accounts_are_numbered_upwards_from_one(fx: StoreFixture) {
    let mut last = 0;
    for turn in 0..5 {
        let number = fx.node(turn).sign_up(&format!("user{turn}")).await.id.get();
        assert!(number > last && number <= UserId::MAX, "{number} after {last}");
        assert!(turn > 0 || number == 1, "the first is 1, not {number}");
        last = number;
    }
}

/// What was handed in comes back as it was written, to the microsecond, from either store.
pub async fn an_account_comes_back_as_it_was_stored(fx: StoreFixture) {
    let made = fx.store.try_sign_up("Zoë.O'Neil+x@Bücher.Example", " ZOE\u{308} ★ 😀 ").await.expect("a new account");
    let expected = User {
        id: made.id,
        email: Email::new("Zoë.O'Neil+x@Bücher.Example").expect("an address"),
        username: Username::new("ZO\u{cb} ★ 😀").expect("a name"),
        display_name: None,
        created_at: START,
    };
    assert_eq!(made, expected);
    for turn in 0..2 {
        assert_eq!(fx.node(turn).users.find(made.id).await.expect(ANSWERS).as_ref(), Some(&expected));
    }
}

/// A number that nobody has finds nobody.
pub async fn an_unknown_number_finds_nobody(fx: StoreFixture) {
    let ann = fx.store.sign_up("ann").await;
    for number in [0, ann.id.get() + 1, UserId::MAX] {
        let id = UserId::new(number).expect("in range");
        assert_eq!(fx.store.users.find(id).await.expect(ANSWERS), None);
    }
}

/// An address is one account's, however it is written.
pub async fn an_address_is_taken_in_every_form(fx: StoreFixture) {
    fx.store.try_sign_up("Zoe\u{308}@Example.com", "zoe").await.expect("a new account");
    for (turn, form) in ["zoë@example.com", "ZO\u{cb}@EXAMPLE.COM", "zoE\u{308}@exAmple.com"].iter().enumerate() {
        let name = format!("other{turn}");
        assert_eq!(fx.node(turn).try_sign_up(form, &name).await, Err(EMAIL), "{form}");
        assert_eq!(find_taken(&fx.node(turn), form, &name).await, EMAIL, "{form}");
        let found = fx.store.users.find_by_usernames(keys(&[&name])).await.expect(ANSWERS);
        assert_eq!(found, [None], "a refused account leaves nothing");
    }
}

/// A name is one account's, however it is written.
pub async fn a_name_is_taken_in_every_form(fx: StoreFixture) {
    fx.store.try_sign_up("a@example.com", "Straße  ﬁ").await.expect("a new account");
    for (turn, form) in ["STRASSE FI", "straße\u{a0}fi", "Straſse Fi"].iter().enumerate() {
        let email = format!("other{turn}@example.com");
        assert_eq!(fx.node(turn).try_sign_up(&email, form).await, Err(USERNAME), "{form}");
        assert_eq!(find_taken(&fx.node(turn), &email, form).await, USERNAME, "{form}");
        assert_eq!(kept_password(&fx.store, &email).await, None, "a refused account leaves nothing");
    }
}

/// What is taken is named exactly, also when the address is one account's and the name another's.
pub async fn what_is_taken_is_named_exactly(fx: StoreFixture) {
    fx.store.try_sign_up("ann@example.com", "ann").await.expect("a new account");
    fx.peer.try_sign_up("bob@example.com", "bob").await.expect("a new account");
    for (turn, (email, name, taken)) in [
        ("ann@example.com", "ann", BOTH),
        ("ann@example.com", "bob", BOTH),
        ("ANN@example.com", "cleo", EMAIL),
        ("cleo@example.com", "BOB", USERNAME),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(find_taken(&fx.node(turn), email, name).await, taken, "{email} {name}");
        assert_eq!(fx.node(turn).try_sign_up(email, name).await, Err(taken), "{email} {name}");
    }
    assert_eq!(find_taken(&fx.store, "cleo@example.com", "cleo").await, FREE);
    fx.store.try_sign_up("cleo@example.com", "cleo").await.expect("still free");
}

/// A new account's first session is stored with it; a refused account's is not.
pub async fn the_first_session_is_stored_with_its_account(fx: StoreFixture) {
    let (first, second) = (new_session(), new_session());
    let ann = fx.store.users.create(new_user("a@example.com", "ann"), first.clone()).await.expect(ANSWERS);
    let ann = ann.expect("a new account");
    let refused = fx.store.users.create(new_user("b@example.com", "ann"), second.clone()).await.expect(ANSWERS);
    assert_eq!(refused, Err(USERNAME));
    assert!(is_stored(&fx.peer, ann.id, &first).await);
    assert!(!is_stored(&fx.peer, ann.id, &second).await);
}

/// Of signups at once with one address in several forms, one succeeds, and the others leave nothing.
pub async fn of_signups_at_once_with_one_address_one_succeeds(fx: StoreFixture) {
    const FORMS: [&str; 3] = ["zoë@example.com", "ZOE\u{308}@EXAMPLE.com", "Zo\u{cb}@Example.Com"];
    for round in 0..5 {
        let results = together((0..8).map(|turn| {
            let (node, session) = (fx.node(turn), new_session());
            let user = new_user(&format!("{round}{}", FORMS[turn % 3]), &format!("user{round} {turn}"));
            async move {
                let made = node.users.create(user.clone(), session.clone()).await.expect(ANSWERS);
                (user, session, made)
            }
        }))
        .await;
        let winners: Vec<&User> = results.iter().filter_map(|(.., made)| made.as_ref().ok()).collect();
        let [winner] = winners[..] else { panic!("one account, not {}", winners.len()) };
        for (turn, (user, session, made)) in results.iter().enumerate() {
            let node = fx.node(turn);
            let found = node.users.find_by_usernames(vec![user.username.key()]).await.expect(ANSWERS);
            assert_eq!(found[0].is_some(), made.is_ok());
            assert_eq!(is_stored(&node, winner.id, session).await, made.is_ok());
            assert!(made.is_ok() || *made == Err(EMAIL), "{made:?}");
        }
    }
}

/// Of signups at once with one name in several forms, one succeeds, and the others leave nothing.
pub async fn of_signups_at_once_with_one_name_one_succeeds(fx: StoreFixture) {
    const FORMS: [&str; 3] = ["Zoë", "ZOE\u{308}", "zo\u{cb}"];
    for round in 0..5 {
        let results = together((0..8).map(|turn| {
            let (node, session) = (fx.node(turn), new_session());
            let user = new_user(&format!("user{round}.{turn}@example.com"), &format!("{} {round}", FORMS[turn % 3]));
            async move {
                let made = node.users.create(user.clone(), session.clone()).await.expect(ANSWERS);
                (user, session, made)
            }
        }))
        .await;
        let winners: Vec<&User> = results.iter().filter_map(|(.., made)| made.as_ref().ok()).collect();
        let [winner] = winners[..] else { panic!("one account, not {}", winners.len()) };
        for (turn, (user, session, made)) in results.iter().enumerate() {
            let node = fx.node(turn);
            assert_eq!(kept_password(&node, user.email.as_str()).await.is_some(), made.is_ok());
            assert_eq!(is_stored(&node, winner.id, session).await, made.is_ok());
            assert!(made.is_ok() || *made == Err(USERNAME), "{made:?}");
        }
    }
}

/// The same signup twice at once, as by a double click, makes one account, and the other is told both.
pub async fn of_one_signup_sent_twice_at_once_one_succeeds(fx: StoreFixture) {
    for round in 0..10 {
        let results = together((0..2).map(|turn| {
            let node = fx.node(turn);
            async move { node.try_sign_up(&format!("ann{round}@example.com"), &format!("ann{round}")).await }
        }))
        .await;
        assert_eq!(results.iter().filter(|made| made.is_ok()).count(), 1);
        assert_eq!(results.iter().filter(|made| **made == Err(BOTH)).count(), 1, "{results:?}");
    }
}

/// Signups at once, of which each shares an address with one and a name with another, leave accounts that share
/// nothing; every refusal names only what somebody has.
pub async fn crossed_signups_at_once_leave_nothing_shared(fx: StoreFixture) {
    for round in 0..5 {
        let results = together((0..6).map(|turn| {
            let node = fx.node(turn);
            let email = format!("{round}.{}@example.com", turn % 3);
            let name = format!("name{round} {}", (turn + turn / 3) % 3);
            async move { (node.try_sign_up(&email, &name).await, email, name) }
        }))
        .await;
        assert!(results.iter().any(|(made, ..)| made.is_ok()), "somebody is let in");
        for (made, email, name) in &results {
            let now = find_taken(&fx.store, email, name).await;
            match made {
                Ok(_) => assert_eq!(now, BOTH),
                Err(taken) => {
                    assert!(taken.any());
                    assert!(now.email || !taken.email, "nobody has {email}");
                    assert!(now.username || !taken.username, "nobody has {name}");
                }
            }
        }
        let made: Vec<&User> = results.iter().filter_map(|(made, ..)| made.as_ref().ok()).collect();
        for (i, one) in made.iter().enumerate() {
            for other in &made[i + 1..] {
                assert_ne!(one.id, other.id);
                assert_ne!(one.email.key(), other.email.key());
                assert_ne!(one.username.key(), other.username.key());
            }
        }
    }
}

/// Credentials are found by the address in any form, and are those that were stored.
pub async fn credentials_are_found_by_any_form_of_the_address(fx: StoreFixture) {
    let mabel = fx.store.try_sign_up("Mabel@Example.com", "mabel").await.expect("a new account");
    fx.store.try_sign_up("mable@example.com", "mable").await.expect("a new account");
    for (turn, form) in ["mabel@example.com", "MABEL@EXAMPLE.COM", "ｍabel@example.com"].iter().enumerate() {
        let email = Email::new(form).expect("an address");
        let found = fx.node(turn).users.find_credentials(email).await.expect(ANSWERS).expect("an account");
        assert_eq!(found.user, mabel);
        assert_eq!(found.password, PasswordHash::new("hash of mabel".into()));
    }
    assert_eq!(kept_password(&fx.store, "mab@example.com").await, None);
}

/// A password's hash is replaced only where the old one still stands, and nobody else's is.
pub async fn a_password_is_replaced_only_where_the_old_one_stands(fx: StoreFixture) {
    let ann = fx.store.try_sign_up("ann@example.com", "ann").await.expect("a new account");
    fx.store.try_sign_up("bob@example.com", "bob").await.expect("a new account");
    let replace = async |old: &str, new: &str| {
        let (old, new) = (PasswordHash::new(old.into()), PasswordHash::new(new.into()));
        fx.store.users.replace_password(ann.id, old, new).await.expect(ANSWERS);
        kept_password(&fx.peer, "ann@example.com").await.expect("an account")
    };
    assert_eq!(replace("hash of ann", "$2b$12$second").await, "$2b$12$second");
    assert_eq!(replace("hash of ann", "third").await, "$2b$12$second");
    assert_eq!(replace("$2B$12$SECOND", "third").await, "$2b$12$second");
    assert_eq!(replace("$2b$12$second", "third").await, "third");
    assert_eq!(kept_password(&fx.peer, "bob@example.com").await.as_deref(), Some("hash of bob"));
}

/// Of replacements at once of one hash, the first stands and the others find it gone.
pub async fn of_replacements_at_once_of_one_password_one_stands(fx: StoreFixture) {
    let ann = fx.store.try_sign_up("ann@example.com", "ann").await.expect("a new account");
    for round in 0..10 {
        let old = kept_password(&fx.store, "ann@example.com").await.expect("an account");
        let seen = together((0..4).map(|turn| {
            let (node, old) = (fx.node(turn), PasswordHash::new(old.clone()));
            async move {
                let new = PasswordHash::new(format!("round {round} turn {turn}"));
                node.users.replace_password(ann.id, old, new).await.expect(ANSWERS);
                kept_password(&node, "ann@example.com").await
            }
        }))
        .await;
        assert!(seen.iter().all(|hash| *hash == seen[0]), "{seen:?}");
        assert_ne!(seen[0].as_deref(), Some(old.as_str()));
    }
}

/// Names are looked up in their order: unknown ones leave their place empty, repeated ones are found again.
pub async fn names_are_looked_up_in_their_order(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let some = |user: &UserRef| Some(user.clone());
    let looked_up = keys(&["cleo", "nobody", "ANN", "cleo", "", "bob", "a nn", "Ann"]);
    let found = fx.peer.users.find_by_usernames(looked_up).await.expect(ANSWERS);
    assert_eq!(found, [some(&cleo), None, some(&ann), some(&cleo), None, some(&bob), None, some(&ann)]);
    assert_eq!(fx.store.users.find_by_usernames(Vec::new()).await.expect(ANSWERS), []);
}

/// As many names as a group may have members are looked up in one call.
pub async fn a_thousand_names_are_looked_up_in_one_call(fx: StoreFixture) {
    let crowd = fx.store.crowd(20).await;
    let looked_up = (0..1000).map(|number| UsernameKey::of(&format!("USER{number}"))).collect();
    let found = fx.store.users.find_by_usernames(looked_up).await.expect(ANSWERS);
    assert_eq!(found.len(), 1000);
    assert_eq!(found.into_iter().flatten().collect::<Vec<_>>(), crowd);
}

/// What nobody can be called, nobody is found by: it is no error.
pub async fn impossible_names_find_nobody(fx: StoreFixture) {
    let ann = fx.store.sign_up("ann").await;
    let strange = ["ann\0", "\0", "' OR 1=1 --", "\u{10ffff}", "%", "ann", "a\\nn", "\u{feff}", "{ann}", "\"ann\""];
    let found = fx.store.users.find_by_usernames(keys(&strange)).await.expect(ANSWERS);
    let expected: Vec<_> = strange.iter().map(|name| (*name == "ann").then(|| ann.clone())).collect();
    assert_eq!(found, expected);
}
