//! Promises of [`AdminRepository`](parlor_domain::ports::AdminRepository), and of opening sessions of suspended accounts.

use parlor_domain::account::{AccountState, NewSession, Opening, Rotation, Taken};
use parlor_domain::{ChatUri, PasswordHash, Role, User, UserId, UserRef};
use time::Duration;

use super::steps::{ALL, ANSWERS, first_grant, kept, new_session, new_user, next_grant, together};
use crate::{Repositories, StoreFixture};

async fn open(node: &Repositories, user: &UserRef) -> (Opening, NewSession) {
    let session = new_session();
    (node.sessions.open(user.id, session.clone(), kept(user)).await.expect(ANSWERS), session)
}

/// Whether the first refresh token of the session still buys the next.
async fn runs(node: &Repositories, user: &UserRef, session: &NewSession) -> bool {
    let presented = first_grant(user.id, session);
    let rotation = node.sessions.rotate(presented, next_grant(&presented), Duration::HOUR).await;
    matches!(rotation.expect(ANSWERS), Rotation::Rotated | Rotation::Repeated(_))
}

async fn states(node: &Repositories) -> Vec<AccountState> {
    node.admin.list_accounts(None, ALL).await.expect(ANSWERS).items
}

async fn kept_password(node: &Repositories, user: UserId) -> String {
    let User { email, .. } = node.users.find(user).await.expect(ANSWERS).expect("an account");
    let known = node.users.find_credentials(email).await.expect(ANSWERS).expect("an account");
    known.password.as_str().to_owned()
}

/// An account that the operator makes is like any other, but for its session: it has none.
pub async fn an_account_that_the_operator_makes_is_like_any_other(fx: StoreFixture) {
    let made = fx.store.admin.create_account(new_user("ann@example.com", "ann")).await.expect(ANSWERS).expect("free");
    assert_eq!(fx.peer.users.find(made.id).await.expect(ANSWERS).as_ref(), Some(&made));
    assert_eq!(kept_password(&fx.peer, made.id).await, "hash of ann");
    let again = fx.peer.admin.create_account(new_user("ANN@example.com", "bob")).await.expect(ANSWERS);
    assert_eq!(again, Err(Taken { email: true, username: false }));
    let bob = fx.peer.sign_up("bob").await;
    assert!(bob.id > made.id);
}

/// The accounts are listed by number, page by page, each once; erased ones are left out.
pub async fn the_accounts_are_listed_by_number(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let dan = fx.peer.sign_up("dan").await;
    fx.store.erasures.erase(bob.id).await.expect(ANSWERS);
    assert!(fx.peer.admin.suspend(cleo.id).await.expect(ANSWERS));
    let listed: Vec<_> = states(&fx.store).await.iter().map(|it| (it.user.id, it.suspended)).collect();
    assert_eq!(listed, [(ann.id, false), (cleo.id, true), (dan.id, false)]);
    let mut after = None;
    for expected in [ann.id, cleo.id, dan.id] {
        let page = fx.store.admin.list_accounts(after, 1).await.expect(ANSWERS);
        assert_eq!((page.items[0].user.id, page.more), (expected, expected != dan.id));
        after = Some(expected);
    }
    assert_eq!(fx.store.admin.list_accounts(after, 1).await.expect(ANSWERS).items, []);
}

/// All sessions of an account end with its suspension, are told of once, and cannot be renewed; those of others go on.
pub async fn a_suspension_ends_all_sessions(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let sessions = [open(&fx.store, &ann).await.1, open(&fx.peer, &ann).await.1];
    let others = open(&fx.store, &bob).await.1;
    let told_before = fx.announced.ended_sessions();
    assert_eq!(told_before, []);
    assert!(fx.store.admin.suspend(ann.id).await.expect(ANSWERS));
    assert!(fx.store.admin.suspend(ann.id).await.expect(ANSWERS), "again");
    let told = fx.announced.ended_sessions();
    // With the one that she signed up in.
    assert_eq!(told.len(), 3, "each once");
    let listed = fx.peer.sessions.list_ended(Duration::HOUR).await.expect(ANSWERS);
    for session in &sessions {
        assert!(told.contains(&session.id) && listed.contains(&session.id));
        assert!(!runs(&fx.peer, &ann, session).await);
    }
    assert_eq!(listed.len(), 3);
    assert!(runs(&fx.peer, &bob, &others).await);
}

/// Nobody opens a session of a suspended account, until that is taken back; those that ended stay so.
pub async fn a_suspended_account_opens_no_session(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let before = open(&fx.store, &ann).await.1;
    assert!(fx.store.admin.suspend(ann.id).await.expect(ANSWERS));
    for node in [&fx.store, &fx.peer] {
        let (opening, session) = open(node, &ann).await;
        assert_eq!(opening, Opening::Suspended);
        assert!(!runs(node, &ann, &session).await, "nothing was stored");
    }
    assert!(fx.peer.admin.unsuspend(ann.id).await.expect(ANSWERS));
    assert!(fx.peer.admin.unsuspend(ann.id).await.expect(ANSWERS), "again");
    assert!(!runs(&fx.store, &ann, &before).await);
    let (opening, session) = open(&fx.store, &ann).await;
    assert_eq!(opening, Opening::Opened);
    assert!(runs(&fx.peer, &ann, &session).await);
}

/// Where another password stands than was verified, that is what is answered of a suspended account, too.
pub async fn a_suspension_is_told_of_only_after_the_password_of_today(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    assert!(fx.store.admin.suspend(ann.id).await.expect(ANSWERS));
    for node in [&fx.store, &fx.peer] {
        let stale = PasswordHash::new("another".into());
        let opening = node.sessions.open(ann.id, new_session(), stale).await.expect(ANSWERS);
        assert_eq!(opening, Opening::OtherPassword);
    }
}

/// Nobody opens a session of an erased account.
pub async fn an_erased_account_opens_no_session(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    fx.store.erasures.erase(ann.id).await.expect(ANSWERS);
    for node in [&fx.store, &fx.peer] {
        let (opening, session) = open(node, &ann).await;
        assert_eq!(opening, Opening::OtherPassword);
        assert!(!runs(node, &ann, &session).await);
    }
}

/// A suspended account is where it was: in its chats and in the directory, with what it wrote.
pub async fn a_suspension_changes_nothing_else(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    fx.store.send(&bob, uri, "hello").await;
    let before = states(&fx.store).await;
    assert!(fx.peer.admin.suspend(bob.id).await.expect(ANSWERS));
    assert_eq!(fx.store.member_names(&ann, uri).await, ["ann", "bob"]);
    assert_eq!(fx.store.history(&ann, uri).await[0].author, bob);
    let after = states(&fx.store).await;
    assert_eq!(after[1], AccountState { suspended: true, ..before[1].clone() });
    let found = fx.store.users.find_by_usernames(vec![bob.username.key()]).await.expect(ANSWERS);
    assert_eq!(found, [Some(bob)]);
}

/// Of suspending an account and opening sessions of it at once, no order leaves a session that runs.
pub async fn of_suspending_and_opening_at_once_no_session_runs(fx: StoreFixture) {
    for round in 0..8 {
        let ann = fx.store.sign_up(&format!("ann {round}")).await;
        let opened = together((0..4).map(|turn| {
            let (node, ann) = (fx.node(turn), ann.clone());
            async move {
                if turn == round % 4 {
                    assert!(node.admin.suspend(ann.id).await.expect(ANSWERS));
                    return None;
                }
                Some(open(&node, &ann).await.1)
            }
        }))
        .await;
        for session in opened.iter().flatten() {
            assert!(!runs(&fx.store, &ann, session).await);
        }
    }
}

/// A new password stands, whichever there was, and all sessions end, told of once.
pub async fn a_new_password_ends_all_sessions(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let (session, others) = (open(&fx.store, &ann).await.1, open(&fx.store, &bob).await.1);
    let password = PasswordHash::new("another".into());
    assert!(fx.peer.admin.reset_password(ann.id, password.clone()).await.expect(ANSWERS));
    assert_eq!(kept_password(&fx.store, ann.id).await, "another");
    assert_eq!(fx.peer_announced.ended_sessions().len(), 2);
    assert!(!runs(&fx.store, &ann, &session).await);
    assert!(runs(&fx.store, &bob, &others).await);
    assert_eq!(open(&fx.store, &ann).await.0, Opening::OtherPassword);
    let opening = fx.store.sessions.open(ann.id, new_session(), password).await.expect(ANSWERS);
    assert_eq!(opening, Opening::Opened);
}

/// What nobody has is not changed: neither a number that was never given nor an erased account's.
pub async fn an_account_that_is_not_there_is_not_changed(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    fx.store.erasures.erase(bob.id).await.expect(ANSWERS);
    let unknown = UserId::new(ann.id.get() + 1000).expect("in range");
    for nobody in [UserId::DELETED, bob.id, unknown] {
        assert!(!fx.store.admin.suspend(nobody).await.expect(ANSWERS));
        assert!(!fx.store.admin.unsuspend(nobody).await.expect(ANSWERS));
        let password = PasswordHash::new("another".into());
        assert!(!fx.store.admin.reset_password(nobody, password).await.expect(ANSWERS));
    }
    assert_eq!(states(&fx.store).await.len(), 1);
}

/// The chats that have members are listed by uri, page by page, each once; deleted ones are left out.
pub async fn the_chats_are_listed_by_uri(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let mut uris = vec![fx.store.direct(&ann, &bob).await];
    for _ in 0..3 {
        uris.push(fx.peer.group(&ann, &[&bob]).await);
    }
    let gone = fx.store.group(&ann, &[]).await;
    fx.store.delete(&ann, gone).await.expect("hers");
    fx.store.send(&ann, uris[1], "hello").await;
    fx.store.give(&ann, uris[2], &bob, Role::Admin).await.expect("hers");
    uris.sort_unstable();
    let mut after: Option<ChatUri> = None;
    for (place, uri) in uris.iter().enumerate() {
        let page = fx.peer.admin.list_chats(after, 1).await.expect(ANSWERS);
        let expected = fx.store.chat(&ann, *uri).await.chat;
        assert_eq!((&page.items[..], page.more), (&[expected][..], place + 1 < uris.len()));
        after = Some(*uri);
    }
    let all = fx.store.admin.list_chats(None, ALL).await.expect(ANSWERS);
    assert_eq!((all.items.len(), all.more), (uris.len(), false));
}
