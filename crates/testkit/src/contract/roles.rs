//! Promises of [`ChatRepository::change`](parlor_domain::ports::ChatRepository::change) on roles.

use parlor_domain::chat_session::ChangeRefused;
use parlor_domain::{ChatUri, Role, UserRef};

use super::steps::{member, story, together};
use crate::{Repositories, StoreFixture};

async fn later(node: &Repositories, reader: &UserRef, uri: ChatUri) -> Vec<String> {
    story(&node.log(reader, uri).await[1..])
}

/// A role is given and taken by one event each; to give what somebody has is none.
pub async fn a_role_is_given_by_one_event(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    for turn in 0..2 {
        fx.node(turn).give(&ann, uri, &cleo, Role::Admin).await.expect("the owner may");
    }
    let admin = member(&cleo, Role::Admin);
    assert_eq!(fx.store.chat(&bob, uri).await.members, [member(&ann, Role::Owner), member(&bob, Role::Member), admin]);
    fx.peer.remove(&cleo, uri, &bob).await.expect("an admin may");
    for turn in 0..2 {
        fx.node(turn).give(&ann, uri, &cleo, Role::Member).await.expect("the owner may");
    }
    assert_eq!(
        later(&fx.peer, &cleo, uri).await,
        ["2 ann: member.role cleo admin", "3 cleo: member.removed bob member", "4 ann: member.role cleo member"]
    );
}

/// Handing over is two events: the other becomes the owner, and who had it an admin.
pub async fn handing_over_is_two_events(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.peer.give(&ann, uri, &cleo, Role::Owner).await.expect("the owner may");
    assert_eq!(later(&fx.store, &bob, uri).await, ["2 ann: member.role cleo owner", "3 ann: member.role ann admin"]);
    let shown = fx.store.chat(&bob, uri).await;
    assert_eq!(shown.owner.as_ref(), Some(&cleo));
    assert_eq!(shown.members, [member(&cleo, Role::Owner), member(&ann, Role::Admin), member(&bob, Role::Member)]);
    assert_eq!(shown.chat.member_count, 3);
    assert_eq!(fx.store.give(&ann, uri, &bob, Role::Admin).await, Err(ChangeRefused::NotAllowed));
    fx.store.remove(&ann, uri, &bob).await.expect("an admin may");
    fx.store.remove(&cleo, uri, &cleo).await.expect("the owner may leave");
    assert_eq!(fx.peer.chat(&ann, uri).await.owner, Some(ann), "back to the longest-serving admin");
}

/// Neither admins nor members give roles, not even to themselves; for outsiders there is no chat.
pub async fn only_the_owner_gives_roles(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.store.give(&ann, uri, &bob, Role::Admin).await.expect("the owner may");
    for role in [Role::Member, Role::Admin, Role::Owner] {
        for whom in [&ann, &bob, &cleo] {
            for by in [&bob, &cleo] {
                assert_eq!(fx.peer.give(by, uri, whom, role).await, Err(ChangeRefused::NotAllowed));
            }
            assert_eq!(fx.store.give(&dora, uri, whom, role).await, Err(ChangeRefused::NotFound));
        }
        assert_eq!(fx.store.give(&ann, uri, &dora, role).await, Err(ChangeRefused::NoSuchMember));
    }
    assert_eq!(fx.store.log(&ann, uri).await.len(), 2);
}

/// An owner does not become anything else without another owner.
pub async fn an_owner_stays_until_another_is_made(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    for role in [Role::Member, Role::Admin] {
        assert_eq!(fx.store.give(&ann, uri, &ann, role).await, Err(ChangeRefused::OwnerRequired));
    }
    fx.store.give(&ann, uri, &ann, Role::Owner).await.expect("she is it already");
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1);
}

/// The two of a direct chat are what they are.
pub async fn a_direct_chat_has_no_roles(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for role in [Role::Member, Role::Admin, Role::Owner] {
        assert_eq!(fx.store.give(&ann, uri, &bob, role).await, Err(ChangeRefused::DirectChat));
        assert_eq!(fx.store.give(&bob, uri, &bob, role).await, Err(ChangeRefused::DirectChat));
    }
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1);
}

/// Of two hand-overs at once one comes about; the other comes from somebody who owns the group no more.
pub async fn of_two_who_are_handed_a_group_at_once_one_owns_it(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    for round in 0..10 {
        let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
        let answers = together([&bob, &cleo].into_iter().cloned().enumerate().map(|(turn, heir)| {
            let (node, ann) = (fx.node(turn + round), ann.clone());
            async move { (node.give(&ann, uri, &heir, Role::Owner).await, heir) }
        }))
        .await;
        let done: Vec<_> = answers.iter().filter(|(answer, _)| answer.is_ok()).map(|(_, heir)| heir).collect();
        let [owner] = done[..] else { panic!("{answers:?}") };
        assert!(answers.iter().any(|(answer, _)| *answer == Err(ChangeRefused::NotAllowed)), "{answers:?}");
        let shown = fx.store.chat(&ann, uri).await;
        assert_eq!(shown.owner.as_ref(), Some(owner));
        let roles: Vec<Role> = shown.members.iter().map(|member| member.role).collect();
        assert_eq!(roles, [Role::Owner, Role::Admin, Role::Member]);
        assert_eq!(fx.peer.log(&ann, uri).await.len(), 3);
    }
}

/// Once somebody is no admin any more, or is gone, they change nothing through either store: what they do at the same
/// time stands before that in the log, or nowhere.
pub async fn who_is_no_admin_any_more_changes_nothing(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    for round in 0..20 {
        let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
        fx.store.give(&ann, uri, &bob, Role::Admin).await.expect("the owner may");
        let removed = round % 2 == 0;
        let (here, there) = (fx.node(round / 2), fx.node(round / 2 + 1));
        let end = {
            let (node, ann, bob) = (here.clone(), ann.clone(), bob.clone());
            tokio::spawn(async move {
                match removed {
                    true => node.remove(&ann, uri, &bob).await.expect("the owner may"),
                    false => node.give(&ann, uri, &bob, Role::Member).await.expect("the owner may"),
                }
            })
        };
        let mut accepted = 0;
        for turn in 0..6 {
            let title = format!("title {turn}");
            accepted += usize::from(there.update(&bob, uri, Some(Some(&title)), None).await.is_ok());
        }
        end.await.expect("no task panics");
        let refused = Err(if removed { ChangeRefused::NotFound } else { ChangeRefused::NotAllowed });
        for node in [&here, &there] {
            assert_eq!(node.update(&bob, uri, Some(Some("too late")), None).await, refused);
            assert_eq!(node.remove(&bob, uri, &cleo).await, refused);
        }
        let told = later(&here, &ann, uri).await;
        assert_eq!(told.len(), 2 + accepted, "{told:?}");
        let ended = told.iter().rposition(|line| line.contains(" ann: ")).expect("the end");
        assert_eq!(ended, told.len() - 1, "nothing follows it: {told:?}");
    }
}
