//! Promises of [`ExportRepository`](parlor_domain::ports::ExportRepository).

use parlor_domain::account::NewSession;
use parlor_domain::chat_session::{ChatCommand, ChatCreation, InviteCode, NewInvite};
use parlor_domain::export::{StoredChat, StoredInvite, StoredPlace, StoredSession};
use parlor_domain::{ChatKind, ChatTitle, ChatUri, Page, Role, Seq, UserRef};
use time::Duration;

use super::steps::{ALL, ANSWERS, after, fresh_bytes, fresh_uri, new_group, new_session, seq, story};
use crate::{Repositories, StoreFixture};

impl Repositories {
    async fn exported_sessions(&self, user: &UserRef) -> Vec<StoredSession> {
        self.exports.export_sessions(user.id, None, ALL).await.expect(ANSWERS).items
    }

    async fn exported_chats(&self, user: &UserRef) -> Vec<StoredChat> {
        self.exports.export_chats(user.id, None, ALL).await.expect(ANSWERS).items
    }

    async fn exported_invites(&self, user: &UserRef) -> Vec<StoredInvite> {
        self.exports.export_invites(user.id, None, ALL).await.expect(ANSWERS).items
    }

    /// What the user did in a chat, a line each.
    async fn exported_story(&self, user: &UserRef, chat: ChatUri) -> Vec<String> {
        let stretch = self.exports.export_events(chat, user.id, Seq::START, ALL).await.expect(ANSWERS);
        assert_eq!(stretch.looked_to, None, "that was all");
        story(&stretch.events)
    }
}

fn code(fill: u8) -> InviteCode {
    let mut bytes = fresh_bytes();
    bytes[0] = fill;
    InviteCode::from_bytes(bytes)
}

/// Reads a list in pages of two.
async fn paged<T: Clone, P, F: Future<Output = Page<T>>>(
    read: impl Fn(Option<P>, u32) -> F,
    place: fn(&T) -> P,
) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    loop {
        let page = read(all.last().map(place), 2).await;
        assert!(page.items.len() == 2 || !page.more, "a page is full if there are more");
        all.extend(page.items);
        if !page.more {
            return all;
        }
    }
}

/// Sessions are exported with all that is kept of them, ended and expired ones too, and nobody else's.
pub async fn sessions_are_exported_ended_ones_too(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let session = new_session();
    let expired =
        NewSession { expires_at: session.issued_at - Duration::days(3650), created_at: after(5), ..new_session() };
    fx.store.open_session(&ann, session.clone()).await;
    fx.peer.open_session(&ann, expired.clone()).await;
    fx.store.sessions.end(session.id).await.expect(ANSWERS);
    for turn in 0..2 {
        let all = fx.node(turn).exported_sessions(&ann).await;
        assert!(all.is_sorted_by_key(|session| session.id) && all.len() == 3, "{all:?}");
        let ended: Vec<_> = all.iter().filter(|session| session.ended_at.is_some()).map(|session| session.id).collect();
        assert_eq!(ended, [session.id]);
        let shown = all.iter().find(|shown| shown.id == expired.id).expect("it is kept");
        let (created_at, device) = (expired.created_at, expired.device.clone());
        let expected = StoredSession { id: expired.id, device, created_at, last_used_at: created_at, ended_at: None };
        assert_eq!(shown, &expected);
    }
    let pages = paged(
        |after, limit| {
            let (exports, user) = (fx.store.exports.clone(), ann.id);
            async move { exports.export_sessions(user, after, limit).await.expect(ANSWERS) }
        },
        |session| session.id,
    );
    assert_eq!(pages.await, fx.store.exported_sessions(&ann).await);
    assert_eq!(fx.store.exported_sessions(&bob).await.len(), 1);
}

/// Invites are exported to who made them, used up and expired ones too, and those to chats that their maker has left.
pub async fn invites_are_exported_to_their_maker(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let (one, two) = (fx.store.group(&ann, &[&bob]).await, fx.store.group(&bob, &[&ann]).await);
    fx.store.give(&bob, two, &ann, Role::Admin).await.expect("the owner may");
    let invite = |by: &UserRef, chat, fill, uses| NewInvite { chat, code: code(fill), by: by.id, lifetime: None, uses };
    let (last, first, middle) =
        (invite(&ann, one, 9, Some(1)), invite(&ann, two, 1, None), invite(&ann, one, 5, Some(7)));
    let others = invite(&bob, two, 4, None);
    let mut made = Vec::new();
    for (turn, invite) in [last, first, middle, others].into_iter().enumerate() {
        let made_now = fx.node(turn).chats.create_invite(invite).await.expect(ANSWERS).expect("they may");
        made.push(StoredInvite { chat: invite.chat, invite: made_now });
    }
    fx.store.change(&cleo, one, ChatCommand::JoinByInvite(last.code)).await.expect("it works");
    made[0].invite.uses_left = Some(0);
    fx.store.remove(&ann, two, &ann).await.expect("she may leave");
    for turn in 0..2 {
        let all = fx.node(turn).exported_invites(&ann).await;
        assert_eq!(all, [made[1].clone(), made[2].clone(), made[0].clone()]);
    }
    let pages = paged(
        |after, limit| {
            let (exports, user) = (fx.store.exports.clone(), ann.id);
            async move { exports.export_invites(user, after, limit).await.expect(ANSWERS) }
        },
        |stored| stored.invite.code,
    );
    assert_eq!(pages.await.len(), 3);
    assert_eq!(fx.store.exported_invites(&cleo).await, []);
    fx.store.delete(&ann, one).await.expect("the owner may");
    assert_eq!(fx.peer.exported_invites(&ann).await, [made[1].clone()], "they go with their chat");
}

/// Chats are exported with one's own place in them; of those that one has left, or that were deleted, no more than that
/// they are among it.
pub async fn chats_are_exported_left_ones_too(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let direct = fx.store.direct(&bob, &ann).await;
    let [there, left, deleted, back] = [(); 4].map(|()| fresh_uri());
    for uri in [there, left, deleted, back] {
        let group = new_group(uri, &bob, &[&ann]);
        assert_eq!(fx.store.create(group).await, ChatCreation::Created);
        fx.store.update(&bob, uri, Some(Some("Tea")), None).await.expect("the owner may");
    }
    fx.store.give(&bob, there, &ann, Role::Admin).await.expect("the owner may");
    fx.store.remove(&bob, left, &ann).await.expect("the owner may");
    fx.store.remove(&ann, back, &ann).await.expect("she may leave");
    fx.store.join(&ann, back).await.expect("it is joinable");
    fx.store.delete(&bob, deleted).await.expect("the owner may");
    let not_hers = fx.store.group(&bob, &[&cleo]).await;
    let title = || Some(ChatTitle::new("Tea".into()).expect("a title"));
    let group = |uri, place| StoredChat { uri, kind: ChatKind::Group, place };
    let place = |title, role, read| Some(StoredPlace { title, role, read: seq(read) });
    let mut expected = vec![
        StoredChat { uri: direct, kind: ChatKind::Direct, place: place(None, Role::Member, 1) },
        group(there, place(title(), Role::Admin, 1)),
        group(left, None),
        group(deleted, None),
        group(back, place(title(), Role::Member, 4)),
    ];
    expected.sort_by_key(|chat| chat.uri);
    for turn in 0..2 {
        assert_eq!(fx.node(turn).exported_chats(&ann).await, expected);
    }
    let pages = paged(
        |after, limit| {
            let (exports, user) = (fx.store.exports.clone(), ann.id);
            async move { exports.export_chats(user, after, limit).await.expect(ANSWERS) }
        },
        |chat| chat.uri,
    );
    assert_eq!(pages.await, expected);
    assert_eq!(fx.store.exported_chats(&cleo).await.iter().map(|chat| chat.uri).collect::<Vec<_>>(), [not_hers]);
}

/// Events are exported to who did them, and to whom they were done as long as they are in the chat; texts are today's.
pub async fn events_are_exported_to_who_did_them(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&bob, &[&cleo]).await;
    fx.store.add(&bob, uri, &ann).await.expect("the owner may");
    let hers = fx.store.send(&ann, uri, "tee").await.seq;
    let his = fx.peer.send(&bob, uri, "coffee").await.seq;
    fx.peer.edit(&ann, uri, hers, "tea").await.expect("her own");
    fx.store.react(&ann, uri, his, "👍", true).await.expect("she may");
    fx.store.react(&bob, uri, hers, "👍", true).await.expect("he may");
    let gone = fx.store.send(&ann, uri, "secret").await.seq;
    fx.store.delete_message(&bob, uri, gone).await.expect("the owner may");
    let own = [
        "3 ann: message.created tea",
        "5 ann: message.edited 3 tea",
        "6 ann: reaction.added 4 👍",
        "8 ann: message.created ",
    ];
    for turn in 0..2 {
        let told = fx.node(turn).exported_story(&ann, uri).await;
        assert_eq!(told[0], "2 bob: member.added ann member");
        assert_eq!(told[1..], own);
    }
    fx.store.remove(&bob, uri, &ann).await.expect("the owner may");
    fx.store.send(&bob, uri, "she is gone").await;
    assert_eq!(fx.peer.exported_story(&ann, uri).await, own, "what others did is not hers any more");
    assert_eq!(fx.peer.exported_story(&cleo, uri).await, [""; 0]);
    fx.store.delete(&bob, uri).await.expect("the owner may");
    assert_eq!(fx.store.exported_story(&ann, uri).await, own, "what she wrote is kept");
    assert_eq!(fx.store.exported_story(&ann, fresh_uri()).await, [""; 0]);
}

/// A stretch looks at so many events, whosever they are, and tells where the next one goes on; the last tells nothing.
pub async fn a_log_is_exported_in_stretches(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&bob, &[&ann]).await;
    for turn in 0..9 {
        let author = if turn % 4 == 0 { &ann } else { &bob };
        fx.node(turn).send(author, uri, "hello").await;
    }
    let (mut seqs, mut stretches, mut from) = (Vec::new(), Vec::new(), Some(Seq::START));
    while let Some(after) = from {
        let stretch = fx.peer.exports.export_events(uri, ann.id, after, 4).await.expect(ANSWERS);
        stretches.push((stretch.events.len(), stretch.looked_to.map(Seq::get)));
        seqs.extend(stretch.events.iter().map(|event| event.seq.get()));
        from = stretch.looked_to;
    }
    assert_eq!(seqs, [2, 6, 10]);
    assert_eq!(stretches, [(1, Some(4)), (1, Some(8)), (1, None)]);
    let behind = fx.store.exports.export_events(uri, ann.id, seq(10), 4).await.expect(ANSWERS);
    assert_eq!((behind.events.len(), behind.looked_to), (0, None));
}
