//! Promises of [`UserRepository`](parlor_domain::ports::UserRepository) on changing an account.

use parlor_domain::account::{DisplayName, Erasing, Opening, ProfileChange, Taken};
use parlor_domain::{Email, EventKind, PasswordHash, Role, SessionId, User, UserRef, Username};

use super::steps::{ANSWERS, kept, member, new_session, together};
use crate::{Repositories, StoreFixture};

fn email(text: &str) -> ProfileChange {
    ProfileChange { email: Some(Email::new(text).expect("an address")), ..ProfileChange::default() }
}

fn username(text: &str) -> ProfileChange {
    ProfileChange { username: Some(Username::new(text).expect("a name")), ..ProfileChange::default() }
}

fn display_name(text: Option<&str>) -> ProfileChange {
    let name = text.map(|text| DisplayName::new(text).expect("a name"));
    ProfileChange { display_name: Some(name), ..ProfileChange::default() }
}

async fn change(node: &Repositories, user: &UserRef, change: ProfileChange) -> Result<User, Taken> {
    node.users.change_profile(user.id, change).await.expect(ANSWERS).expect("an account")
}

/// What is named changes, and nothing else; nothing named, nothing changes.
pub async fn what_is_named_of_an_account_changes(fx: StoreFixture) {
    let first = fx.store.try_sign_up("ann@example.com", "ann").await.expect("free");
    let ann = UserRef { id: first.id, username: first.username.clone() };
    let bea = || Some(DisplayName::new("Bea 🌷").expect("a name"));
    let changed = change(&fx.store, &ann, display_name(Some("Bea 🌷"))).await;
    assert_eq!(changed, Ok(User { display_name: bea(), ..first.clone() }));
    let changed = change(&fx.peer, &ann, email("Ann@Example.org")).await.expect("free");
    assert_eq!((changed.email.as_str(), &changed.username), ("Ann@Example.org", &first.username));
    let all = ProfileChange { display_name: Some(None), ..username("Annie") };
    let changed = change(&fx.store, &ann, all).await.expect("free");
    assert_eq!((changed.username.as_str(), &changed.display_name), ("Annie", &None));
    assert_eq!(change(&fx.peer, &ann, ProfileChange::default()).await, Ok(changed.clone()));
    for node in [&fx.store, &fx.peer] {
        assert_eq!(node.users.find(ann.id).await.expect(ANSWERS), Some(changed.clone()));
        let by_email = |text| node.users.find_credentials(Email::new(text).expect("an address"));
        assert_eq!(by_email("ann@example.com").await.expect(ANSWERS), None);
        assert_eq!(by_email("ann@example.org").await.expect(ANSWERS).expect("hers").user, changed);
    }
    fx.store.try_sign_up("ann@example.com", "ann").await.expect("free again");
}

/// A user name that was changed is shown wherever its user is, in what was stored before too.
pub async fn todays_names_are_shown_everywhere(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let sent = fx.store.send(&ann, uri, "hello").await;
    fx.store.give(&ann, uri, &bob, Role::Admin).await.expect("hers to give");
    change(&fx.peer, &ann, username("Annie")).await.expect("free");
    change(&fx.peer, &bob, username("bobby")).await.expect("free");
    let [annie, bobby] = [(&ann, "Annie"), (&bob, "bobby")]
        .map(|(user, name)| UserRef { id: user.id, username: Username::new(name).expect("a name") });
    for node in [&fx.store, &fx.peer] {
        let chat = node.chat(&bob, uri).await;
        assert_eq!(chat.members, [member(&annie, Role::Owner), member(&bobby, Role::Admin)]);
        assert_eq!(chat.last_message.expect("a message").author, annie);
        assert_eq!(node.messages.find(uri, bob.id, sent.seq).await.expect(ANSWERS).expect("sent").author, annie);
        let log = node.log(&bob, uri).await;
        assert!(log.iter().all(|event| event.by == annie));
        let EventKind::ChatCreated { members, .. } = &log[0].kind else { panic!("the first event") };
        assert_eq!(members[1].user, bobby);
        assert_eq!(log[2].kind, EventKind::MemberRole(member(&bobby, Role::Admin)));
    }
}

/// Somebody else's address or name is refused, and nothing changes; one's own is taken in any form.
pub async fn names_of_others_are_refused(fx: StoreFixture) {
    let ann = fx.store.try_sign_up("ann@example.com", "ann").await.expect("free");
    let before = ann.clone();
    fx.store.try_sign_up("bob@example.com", "bob").await.expect("free");
    let ann = UserRef { id: ann.id, username: ann.username };
    let both = ProfileChange { email: email("BOB@example.com").email, ..username("ｂｏｂ") };
    for (wish, taken) in [
        (email("BOB@example.com"), Taken { email: true, username: false }),
        (username("Bob"), Taken { email: false, username: true }),
        (
            ProfileChange { display_name: display_name(Some("B")).display_name, ..both },
            Taken { email: true, username: true },
        ),
    ] {
        assert_eq!(change(&fx.peer, &ann, wish).await, Err(taken));
    }
    assert_eq!(fx.store.users.find(ann.id).await.expect(ANSWERS), Some(before));
    let own = ProfileChange { email: email("Ann@EXAMPLE.com").email, ..username("ANN") };
    let changed = change(&fx.store, &ann, own).await.expect("her own");
    assert_eq!((changed.email.as_str(), changed.username.as_str()), ("Ann@EXAMPLE.com", "ANN"));
}

/// What an erased account was called is refused too, and an erased or unknown account is not changed.
pub async fn the_erased_neither_change_nor_give_way(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    assert_eq!(fx.store.erasures.erase(bob.id).await.expect(ANSWERS), Erasing::Erased);
    assert_eq!(change(&fx.peer, &ann, username("bob")).await, Err(Taken { email: false, username: true }));
    let gone = fx.peer.users.change_profile(bob.id, display_name(Some("B"))).await.expect(ANSWERS);
    assert_eq!(gone, None);
}

/// Of changes at once to one name, one succeeds.
pub async fn of_changes_at_once_to_one_name_one_succeeds(fx: StoreFixture) {
    let people: [UserRef; 4] = fx.store.people().await;
    for round in 0..6 {
        let changed = together(people.iter().enumerate().map(|(turn, user)| {
            let (node, user, name) = (fx.node(turn), user.clone(), format!("name {round}"));
            async move { change(&node, &user, username(&name)).await.map(|_| ()) }
        }))
        .await;
        assert_eq!(changed.iter().filter(|changed| changed.is_ok()).count(), 1);
        let refused = Err(Taken { email: false, username: true });
        assert_eq!(changed.iter().filter(|changed| **changed == refused).count(), 3);
    }
}

/// A password is changed where the verified hash stands, and all sessions but one end with that, and are told of.
pub async fn a_new_password_ends_the_other_sessions(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let [here, there] = [new_session(), new_session()];
    for session in [&here, &there] {
        assert_eq!(fx.store.sessions.open(ann.id, session.clone(), kept(&ann)).await.expect(ANSWERS), Opening::Opened);
    }
    let new = PasswordHash::new("second".into());
    let set = |node: &Repositories, old: PasswordHash| {
        let (users, new) = (node.users.clone(), new.clone());
        async move { users.change_password(ann.id, old, new, here.id).await.expect(ANSWERS) }
    };
    assert_eq!(set(&fx.peer, PasswordHash::new("another".into())).await, None);
    assert_eq!(fx.peer_announced.ended_sessions(), []);
    let mut ended = set(&fx.peer, kept(&ann)).await.expect("it stood");
    assert_eq!(set(&fx.store, kept(&ann)).await, None, "it stands no more");
    assert_eq!(fx.store.users.find_password(ann.id).await.expect(ANSWERS), Some(new));
    let running = fx.store.sessions.list_running(ann.id, None, 10).await.expect(ANSWERS).items;
    assert_eq!(running.iter().map(|session| session.id).collect::<Vec<_>>(), [here.id]);
    let mut told = fx.peer_announced.ended_sessions();
    ended.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, ended);
    assert!(ended.contains(&there.id) && ended.len() == 2, "the one of signing up too");
}

/// A session is opened only while what was verified of the password stands.
pub async fn a_session_is_opened_only_by_the_password_of_today(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let stale = PasswordHash::new("another".into());
    assert_eq!(fx.store.sessions.open(ann.id, new_session(), stale).await.expect(ANSWERS), Opening::OtherPassword);
    let before: Vec<SessionId> = running(&fx.peer, &ann).await;
    assert_eq!(before.len(), 1, "the one of signing up");
    assert_eq!(fx.store.sessions.open(ann.id, new_session(), kept(&ann)).await.expect(ANSWERS), Opening::Opened);
    assert_eq!(running(&fx.peer, &ann).await.len(), 2);
}

async fn running(node: &Repositories, user: &UserRef) -> Vec<SessionId> {
    let listed = node.sessions.list_running(user.id, None, 100).await.expect(ANSWERS).items;
    listed.into_iter().map(|session| session.id).collect()
}

/// Of logins and a change of the password at once, no session of the old password is left.
pub async fn of_logins_and_a_change_at_once_no_old_session_is_left(fx: StoreFixture) {
    for round in 0..8 {
        let ann = fx.store.sign_up(&format!("ann {round}")).await;
        let here = new_session();
        assert_eq!(fx.store.sessions.open(ann.id, here.clone(), kept(&ann)).await.expect(ANSWERS), Opening::Opened);
        together((0..4).map(|turn| {
            let (node, ann) = (fx.node(turn), ann.clone());
            async move {
                if turn == 1 {
                    let new = PasswordHash::new("second".into());
                    let changed = node.users.change_password(ann.id, kept(&ann), new, here.id).await.expect(ANSWERS);
                    assert!(changed.is_some());
                } else {
                    node.sessions.open(ann.id, new_session(), kept(&ann)).await.expect(ANSWERS);
                }
            }
        }))
        .await;
        assert_eq!(running(&fx.peer, &ann).await, [here.id]);
    }
}
