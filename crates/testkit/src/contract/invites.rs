//! Promises of [`ChatRepository`](parlor_domain::ports::ChatRepository) on invites.

use std::time::Duration as Wait;

use parlor_domain::chat_session::{
    ChangeChat, ChangeRefused, ChatCommand, Invite, InviteCode, InviteCursor, InviteRefused, NewInvite,
};
use parlor_domain::{ChatUri, Role, UserRef};
use time::Duration;

use super::steps::{ALL, ANSWERS, START, fresh_bytes, story, together};
use crate::{Repositories, StoreFixture};

/// Longer than clocks are coarse, and short enough to wait for.
const SHORT: Duration = Duration::milliseconds(150);

fn new(by: &UserRef, chat: ChatUri, uses: Option<u32>) -> NewInvite {
    NewInvite { chat, code: InviteCode::from_bytes(fresh_bytes()), by: by.id, lifetime: None, uses }
}

impl Repositories {
    async fn try_invite(&self, invite: NewInvite) -> Result<Invite, InviteRefused> {
        self.chats.create_invite(invite).await.expect(ANSWERS)
    }

    async fn invite(&self, by: &UserRef, chat: ChatUri, uses: Option<u32>) -> InviteCode {
        self.try_invite(new(by, chat, uses)).await.expect("they may").code
    }

    async fn withdraw(&self, by: &UserRef, chat: ChatUri, code: InviteCode) -> Result<(), InviteRefused> {
        self.chats.withdraw_invite(chat, by.id, code).await.expect(ANSWERS)
    }

    async fn invites(&self, by: &UserRef, chat: ChatUri) -> Result<Vec<Invite>, InviteRefused> {
        self.chats.list_invites(chat, by.id, None, ALL).await.expect(ANSWERS).map(|page| page.items)
    }

    /// The codes that work and the uses that they have left, latest made first.
    async fn uses(&self, by: &UserRef, chat: ChatUri) -> Vec<(InviteCode, Option<u32>)> {
        let invites = self.invites(by, chat).await.expect("they may");
        invites.iter().map(|invite| (invite.code, invite.uses_left)).collect()
    }

    async fn join_by(&self, by: &UserRef, chat: ChatUri, code: InviteCode) -> Result<(), ChangeRefused> {
        self.change(by, chat, ChatCommand::JoinByInvite(code)).await
    }
}

/// An invite is listed as it was made, by the store's clock, and leads to its chat.
pub async fn an_invite_is_listed_as_it_was_made(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.closed_group(&ann, &[&bob]).await;
    let plain = new(&ann, uri, None);
    let limited = NewInvite { lifetime: Some(Duration::HOUR), ..new(&ann, uri, Some(3)) };
    let first = fx.store.try_invite(plain).await.expect("the owner may");
    assert_eq!((first.code, &first.by, first.expires_at, first.uses_left), (plain.code, &ann, None, None));
    let second = fx.peer.try_invite(limited).await.expect("the owner may");
    assert_eq!((second.code, second.uses_left), (limited.code, Some(3)));
    assert_eq!(second.expires_at, Some(second.created_at + Duration::HOUR));
    let listed = fx.store.invites(&ann, uri).await.expect("the owner may");
    assert!(listed.contains(&first) && listed.contains(&second) && listed.len() == 2, "{listed:?}");
    assert_eq!(fx.peer.chats.find_invited(limited.code).await.expect(ANSWERS), Some(uri));
    assert_eq!(fx.peer.chats.find_invited(new(&ann, uri, None).code).await.expect(ANSWERS), None);
    assert_eq!(fx.store.log(&ann, uri).await.len(), 1, "no event tells of it");
}

/// Who joins by an invite becomes a member by one event, also of a group that is not joinable, and takes one use.
pub async fn joining_by_an_invite_is_one_event_and_one_use(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.closed_group(&ann, &[&bob]).await;
    let code = fx.store.invite(&ann, uri, Some(2)).await;
    for (turn, by) in [&bob, &cleo, &cleo].into_iter().enumerate() {
        fx.node(turn).join_by(by, uri, code).await.expect("it works");
    }
    assert_eq!(fx.store.uses(&ann, uri).await, [(code, Some(1))], "who is a member takes none");
    fx.peer.join_by(&dora, uri, code).await.expect("it works");
    let told = story(&fx.store.log(&ann, uri).await[1..]);
    assert_eq!(told, ["2 cleo: member.added cleo member", "3 dora: member.added dora member"]);
    assert_eq!(fx.peer.uses(&ann, uri).await, [], "it is used up");
    fx.store.join_by(&dora, uri, code).await.expect("she is there: her answer may have been lost");
    assert_eq!(fx.store.log(&ann, uri).await.len(), 3);
    let endless = fx.store.invite(&ann, uri, None).await;
    fx.store.remove(&cleo, uri, &cleo).await.expect("she may leave");
    fx.store.join_by(&cleo, uri, endless).await.expect("it works");
    assert_eq!(fx.peer.uses(&ann, uri).await, [(endless, None)]);
}

/// Unknown, used up, expired and withdrawn invites, and those to another chat, let nobody in.
pub async fn what_does_not_work_lets_nobody_in(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let (uri, other) = (fx.store.group(&ann, &[]).await, fx.store.group(&ann, &[]).await);
    let used_up = fx.store.invite(&ann, uri, Some(1)).await;
    fx.store.join_by(&bob, uri, used_up).await.expect("it works");
    let withdrawn = fx.store.invite(&ann, uri, None).await;
    assert_eq!(fx.peer.withdraw(&ann, uri, withdrawn).await, Ok(()));
    let short = NewInvite { lifetime: Some(SHORT), ..new(&ann, uri, None) };
    fx.store.try_invite(short).await.expect("the owner may");
    fx.peer.join_by(&dora, uri, short.code).await.expect("it works still");
    tokio::time::sleep(Wait::from_millis(200)).await;
    let elsewhere = fx.store.invite(&ann, other, None).await;
    let unknown = new(&ann, uri, None).code;
    for (turn, code) in [used_up, withdrawn, short.code, elsewhere, unknown].into_iter().enumerate() {
        let node = fx.node(turn);
        assert_eq!(node.join_by(&cleo, uri, code).await, Err(ChangeRefused::NotFound), "{turn}");
        assert_eq!(node.withdraw(&ann, uri, code).await, Err(InviteRefused::NotFound), "{turn}");
    }
    assert_eq!(fx.store.uses(&ann, uri).await, []);
    assert_eq!(fx.store.uses(&ann, other).await, [(elsewhere, None)]);
    assert_eq!(fx.store.log(&ann, uri).await.len(), 3);
    fx.store.invite(&ann, uri, None).await;
    assert_eq!(fx.store.invites(&ann, uri).await.map(|invites| invites.len()), Ok(1), "another takes its place");
}

/// Who was removed by somebody else is not let in, whenever the invite was made, and takes no use.
pub async fn an_invite_does_not_bring_back_who_was_removed(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let before = fx.store.invite(&ann, uri, Some(1)).await;
    fx.store.remove(&ann, uri, &bob).await.expect("the owner may");
    let after = fx.store.invite(&ann, uri, None).await;
    for code in [before, after] {
        assert_eq!(fx.peer.join_by(&bob, uri, code).await, Err(ChangeRefused::NotFound));
    }
    assert_eq!(fx.store.invites(&ann, uri).await.map(|invites| invites.len()), Ok(2));
    fx.store.add(&ann, uri, &bob).await.expect("the owner may");
}

/// Owner and admins make, see and withdraw invites; members do not, and for outsiders there is no such chat.
pub async fn owner_and_admins_have_to_do_with_invites(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob, &cleo]).await;
    fx.store.give(&ann, uri, &bob, Role::Admin).await.expect("the owner may");
    let code = fx.store.invite(&bob, uri, None).await;
    let direct = fx.store.direct(&ann, &cleo).await;
    for (by, chat, refused) in [
        (&cleo, uri, InviteRefused::NotAllowed),
        (&dora, uri, InviteRefused::NotFound),
        (&cleo, direct, InviteRefused::DirectChat),
        (&dora, direct, InviteRefused::NotFound),
        (&ann, super::steps::fresh_uri(), InviteRefused::NotFound),
    ] {
        assert_eq!(fx.peer.try_invite(new(by, chat, None)).await, Err(refused));
        assert_eq!(fx.peer.invites(by, chat).await, Err(refused));
        assert_eq!(fx.peer.withdraw(by, chat, code).await, Err(refused));
    }
    fx.store.give(&ann, uri, &bob, Role::Member).await.expect("the owner may");
    assert_eq!(fx.store.withdraw(&bob, uri, code).await, Err(InviteRefused::NotAllowed), "his own neither");
    assert_eq!(fx.store.withdraw(&ann, uri, code).await, Ok(()));
}

/// A full group refuses who comes by an invite too, and the use is not taken.
pub async fn a_full_group_takes_no_use(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.closed_group(&ann, &[&bob]).await;
    let code = fx.store.invite(&ann, uri, Some(1)).await;
    let command = ChatCommand::JoinByInvite(code);
    let join = ChangeChat { uri, by: cleo.id, command, max_members: 2, at: START };
    assert_eq!(fx.peer.chats.change(join).await.expect(ANSWERS), Err(ChangeRefused::Full));
    assert_eq!(fx.store.uses(&ann, uri).await, [(code, Some(1))]);
}

/// A chat has no more working invites than it may, also when many are made at once; one that does not work any more
/// counts no more.
pub async fn a_chat_has_a_hundred_working_invites_at_most(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let mut last = fx.store.invite(&ann, uri, Some(1)).await;
    for _ in 0..95 {
        last = fx.store.invite(&ann, uri, Some(1)).await;
    }
    let answers = together((0..8).map(|turn| {
        let (node, ann) = (fx.node(turn), ann.clone());
        async move { node.try_invite(new(&ann, uri, None)).await.map(|_| ()) }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 4, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == Err(InviteRefused::TooMany)).count(), 4);
    fx.peer.join_by(&bob, uri, last).await.expect("it works");
    fx.store.invite(&ann, uri, None).await;
    assert_eq!(fx.store.try_invite(new(&ann, uri, None)).await, Err(InviteRefused::TooMany));
}

/// Pages show every invite once, latest made first, also when one is withdrawn between them.
pub async fn invite_pages_show_each_once(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    for _ in 0..7 {
        fx.store.invite(&ann, uri, None).await;
    }
    let all = fx.store.invites(&ann, uri).await.expect("the owner may");
    assert!(all.is_sorted_by(|a, b| (a.created_at, a.code) > (b.created_at, b.code)), "{all:?}");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = fx.peer.chats.list_invites(uri, ann.id, after, 3).await.expect(ANSWERS).expect("the owner may");
        let last = page.items.last().cloned();
        seen.extend(page.items);
        let Some(last) = last.filter(|_| page.more) else { break };
        after = Some(InviteCursor { created_at: last.created_at, code: last.code });
        assert_eq!(fx.store.withdraw(&ann, uri, last.code).await, Ok(()));
    }
    assert_eq!(seen, all);
}

/// However many come at once, no more join by an invite than it has uses, and who was let in is a member.
pub async fn a_rush_never_uses_an_invite_too_often(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let crowd = fx.store.crowd(12).await;
    for _ in 0..4 {
        let uri = fx.store.closed_group(&ann, &[]).await;
        let code = fx.store.invite(&ann, uri, Some(5)).await;
        let answers = together(crowd.iter().cloned().enumerate().map(|(turn, user)| {
            let node = fx.node(turn);
            async move { node.join_by(&user, uri, code).await }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == Err(ChangeRefused::NotFound)).count(), 7);
        assert_eq!(fx.store.chat(&ann, uri).await.chat.member_count, 6);
        assert_eq!(fx.store.log(&ann, uri).await.len(), 6, "a refusal leaves no gap and no event");
    }
}

/// An invite ends with its chat.
pub async fn an_invite_does_not_outlive_its_chat(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let code = fx.store.invite(&ann, uri, None).await;
    fx.peer.delete(&ann, uri).await.expect("the owner may");
    assert_eq!(fx.store.chats.find_invited(code).await.expect(ANSWERS), None);
    assert_eq!(fx.store.join_by(&bob, uri, code).await, Err(ChangeRefused::NotFound));
    assert_eq!(fx.store.invites(&ann, uri).await, Err(InviteRefused::NotFound));
    assert_eq!(fx.store.try_invite(new(&ann, uri, None)).await, Err(InviteRefused::NotFound));
}
