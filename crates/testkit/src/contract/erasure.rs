//! Promises of [`ErasureRepository`](parlor_domain::ports::ErasureRepository).

use parlor_domain::account::{DirectoryQuery, Erasing, NewUser, Rotation};
use parlor_domain::chat_session::{ChangeRefused, ChatCommand, ChatCreation};
use parlor_domain::{EventKind, Role, UserRef, Username};
use time::Duration;

use super::steps::{
    ALL, ANSWERS, first_grant, fresh_uri, member, new_direct, new_group, new_session, new_user, next_grant, together,
};
use crate::{Repositories, StoreFixture};

async fn erase(node: &Repositories, user: &UserRef) -> Erasing {
    node.erasures.erase(user.id).await.expect(ANSWERS)
}

/// An account of this name with this address.
async fn account(node: &Repositories, email: &str, username: &str) -> UserRef {
    let user = node.try_sign_up(email, username).await.expect("free");
    UserRef { id: user.id, username: user.username }
}

/// No number, address or name finds an erased account, and the directory leaves it out.
pub async fn an_erased_account_is_found_by_nothing(fx: StoreFixture) {
    let ann = account(&fx.store, "ann@example.com", "ann").await;
    let bob = account(&fx.store, "bob@example.com", "bob").await;
    assert_eq!(erase(&fx.store, &ann).await, Erasing::Erased);
    for node in [&fx.store, &fx.peer] {
        assert_eq!(node.users.find(ann.id).await.expect(ANSWERS), None);
        let NewUser { email, .. } = new_user("ann@example.com", "ann");
        assert_eq!(node.users.find_credentials(email).await.expect(ANSWERS), None);
        let names = vec![ann.username.key(), Username::stored(Username::DELETED).key(), bob.username.key()];
        let found = node.users.find_by_usernames(names).await.expect(ANSWERS);
        assert_eq!(found, [None, None, Some(bob.clone())]);
        let query = DirectoryQuery { limit: ALL, ..DirectoryQuery::default() };
        let listed = node.users.list_directory(query).await.expect(ANSWERS).items;
        assert_eq!(listed.iter().map(|card| card.id).collect::<Vec<_>>(), [bob.id]);
    }
    assert_eq!(erase(&fx.peer, &ann).await, Erasing::Erased, "again changes nothing");
}

/// What it wrote stays, in groups that it left and in direct chats, and shows the one who stands for all erased.
pub async fn what_an_erased_account_wrote_stays(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let group = fx.store.group(&ann, &[&bob]).await;
    fx.store.send(&ann, group, "to all").await;
    fx.store.give(&ann, group, &bob, Role::Owner).await.expect("hers");
    fx.store.remove(&ann, group, &ann).await.expect("anybody may leave");
    let direct = fx.store.direct(&ann, &bob).await;
    fx.store.send(&ann, direct, "to him").await;
    assert_eq!(erase(&fx.store, &ann).await, Erasing::Erased);
    let nobody = UserRef::deleted();
    for node in [&fx.store, &fx.peer] {
        for (chat, text) in [(group, "to all"), (direct, "to him")] {
            let history = node.history(&bob, chat).await;
            assert_eq!((history[0].body.as_str(), &history[0].author), (text, &nobody));
            let log = node.log(&bob, chat).await;
            assert!(log.iter().all(|event| event.by == nobody), "all that she did");
            let EventKind::ChatCreated { members, .. } = &log[0].kind else { panic!("the first event") };
            assert_eq!(members[0].user, nobody);
        }
        let summary = node.chat(&bob, direct).await;
        let expected = [member(&nobody, Role::Member), member(&bob, Role::Member)];
        assert_eq!((summary.members.as_slice(), summary.read_state.unread), (expected.as_slice(), 1));
        let first = node.chats.list_members(direct, bob.id, None, 1).await.expect(ANSWERS).expect("a member");
        assert_eq!((first.items.as_slice(), first.more), (&expected[..1], true));
        let second = node.chats.list_members(direct, bob.id, Some(nobody.id), 1).await.expect(ANSWERS);
        assert_eq!(second.expect("a member").items, expected[1..], "the list goes on behind nobody");
    }
    fx.store.send(&bob, direct, "are you there?").await;
    assert_eq!(fx.peer.log(&bob, direct).await.len(), 3, "the chat is still his");
}

/// Somebody who is in a group is not erased; nothing of them changes.
pub async fn nobody_is_erased_out_of_a_group(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    assert_eq!(erase(&fx.peer, &bob).await, Erasing::InGroup);
    assert!(fx.store.users.find(bob.id).await.expect(ANSWERS).is_some());
    fx.store.send(&bob, uri, "still here").await;
    assert_eq!(fx.store.member_names(&ann, uri).await, ["ann", "bob"]);
    assert_eq!(fx.announced.ended_sessions(), []);
}

/// An erased account becomes a member of nothing, and makes nothing.
pub async fn an_erased_account_becomes_a_member_of_nothing(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    assert_eq!(erase(&fx.store, &bob).await, Erasing::Erased);
    assert_eq!(fx.peer.add(&ann, uri, &bob).await, Err(ChangeRefused::NotFound));
    assert_eq!(fx.peer.change(&bob, uri, ChatCommand::Join).await, Err(ChangeRefused::NotFound));
    assert_eq!(fx.peer.create(new_group(fresh_uri(), &bob, &[])).await, ChatCreation::NoCreator);
    assert_eq!(fx.peer.create(new_direct(fresh_uri(), &bob, &ann)).await, ChatCreation::NoCreator);
    let with = fx.peer.group(&ann, &[&bob, &cleo]).await;
    assert_eq!(fx.peer.member_names(&ann, with).await, ["ann", "cleo"]);
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1);
}

/// Of adding somebody to groups and erasing them at once, what comes first decides: nobody who is erased is in a group.
pub async fn of_adding_and_erasing_at_once_the_first_decides(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    for round in 0..8 {
        let newcomer = fx.store.sign_up(&format!("newcomer {round}")).await;
        let uri = fx.store.group(&ann, &[]).await;
        let results = together((0..2).map(|turn| {
            let (node, ann, newcomer) = (fx.node(turn + round), ann.clone(), newcomer.clone());
            async move {
                match turn {
                    0 => node.add(&ann, uri, &newcomer).await.is_ok(),
                    _ => erase(&node, &newcomer).await == Erasing::Erased,
                }
            }
        }))
        .await;
        assert_ne!(results[0], results[1], "added or erased");
        let members = fx.peer.chat(&ann, uri).await.chat.member_count;
        assert_eq!(members, if results[0] { 2 } else { 1 });
    }
}

/// Address and name of an erased account are taken for thirty days, in every form.
pub async fn what_an_erased_account_was_called_stays_taken(fx: StoreFixture) {
    let ann = account(&fx.store, "ann@example.com", "Ann").await;
    assert_eq!(erase(&fx.store, &ann).await, Erasing::Erased);
    for node in [&fx.store, &fx.peer] {
        let taken = node.try_sign_up("ANN@example.com", "bob").await.expect_err("held");
        assert_eq!((taken.email, taken.username), (true, false));
        let taken = node.try_sign_up("bob@example.com", "ａｎｎ").await.expect_err("held");
        assert_eq!((taken.email, taken.username), (false, true));
        let NewUser { email, username, .. } = new_user("ann@example.com", "ann");
        let taken = node.users.find_taken(email, username).await.expect(ANSWERS);
        assert!(taken.email && taken.username);
    }
    account(&fx.store, "bob@example.com", "bob").await;
}

/// Of signing up with a name and erasing who has it at once, no order gives the name away.
pub async fn of_signing_up_and_erasing_at_once_the_name_stays_taken(fx: StoreFixture) {
    for round in 0..8 {
        let (email, name) = (format!("ann{round}@example.com"), format!("ann {round}"));
        let ann = account(&fx.store, &email, &name).await;
        let results = together((0..2).map(|turn| {
            let (node, ann, email, name) = (fx.node(turn + round), ann.clone(), email.clone(), name.clone());
            async move {
                match turn {
                    0 => node.try_sign_up(&email, &name).await.is_ok(),
                    _ => erase(&node, &ann).await == Erasing::Erased,
                }
            }
        }))
        .await;
        assert_eq!(results, [false, true]);
    }
}

/// Its sessions end in the same step, are told of once, and cannot be renewed.
pub async fn the_sessions_of_an_erased_account_end(fx: StoreFixture) {
    let session = new_session();
    let ann = fx.store.users.create(new_user("ann@example.com", "ann"), session.clone()).await;
    let ann = ann.expect(ANSWERS).expect("free");
    let ann = UserRef { id: ann.id, username: ann.username };
    let (second, ended_before) = (new_session(), new_session());
    for opened in [&second, &ended_before] {
        fx.store.open_session(&ann, opened.clone()).await;
    }
    fx.peer.sessions.end(ended_before.id).await.expect(ANSWERS);
    assert_eq!(erase(&fx.store, &ann).await, Erasing::Erased);
    assert_eq!(erase(&fx.store, &ann).await, Erasing::Erased);
    let mut told = fx.announced.ended_sessions();
    told.sort_unstable();
    let mut expected = vec![session.id, second.id];
    expected.sort_unstable();
    assert_eq!(told, expected);
    let listed = fx.peer.sessions.list_ended(Duration::MINUTE).await.expect(ANSWERS);
    assert_eq!(listed.len(), 3);
    let grant = first_grant(ann.id, &second);
    let rotated = fx.peer.sessions.rotate(grant, next_grant(&grant), Duration::MINUTE).await;
    assert_eq!(rotated.expect(ANSWERS), Rotation::NoSession);
}
