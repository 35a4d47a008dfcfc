//! Promises of [`SessionRepository`](parlor_domain::ports::SessionRepository) on what people see and end of their own
//! sessions.

use parlor_domain::account::{NewSession, Rotation, RunningSession, SessionCursor};
use parlor_domain::{Page, SessionId, UserRef};
use time::Duration;

use super::steps::{ALL, ANSWERS, after, first_grant, fresh_bytes, new_session, next_grant, together};
use crate::{Repositories, StoreFixture};

/// Opens a session that began so many seconds after all cases begin.
async fn open(node: &Repositories, user: &UserRef, seconds: i64) -> NewSession {
    let session = NewSession { created_at: after(seconds), ..new_session() };
    node.open_session(user, session.clone()).await;
    session
}

/// Opens a session whose refresh token expired long ago.
async fn open_expired(node: &Repositories, user: &UserRef) -> NewSession {
    let session = new_session();
    let expired = NewSession { expires_at: session.issued_at - Duration::days(3650), ..session };
    node.open_session(user, expired.clone()).await;
    expired
}

async fn list(node: &Repositories, user: &UserRef, behind: Option<SessionCursor>, limit: u32) -> Page<RunningSession> {
    node.sessions.list_running(user.id, behind, limit).await.expect(ANSWERS)
}

/// The ids of all running sessions, in their order.
async fn running(node: &Repositories, user: &UserRef) -> Vec<SessionId> {
    list(node, user, None, ALL).await.items.iter().map(|session| session.id).collect()
}

async fn end(node: &Repositories, user: &UserRef, session: SessionId) -> bool {
    node.sessions.end_running(user.id, session).await.expect(ANSWERS)
}

async fn end_others(node: &Repositories, user: &UserRef, kept: SessionId) -> Vec<SessionId> {
    let mut ended = node.sessions.end_others(user.id, kept).await.expect(ANSWERS);
    ended.sort();
    ended
}

/// The running sessions come with all that is kept of them, the latest used first, and of those that were used at the
/// same time the higher id; new tokens are a use.
pub async fn running_sessions_are_listed_by_latest_use(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let of_signup = running(&fx.store, &ann).await;
    assert_eq!(of_signup.len(), 1);
    fx.store.sessions.end(of_signup[0]).await.expect(ANSWERS);
    let long_ago = -86_400 * 3000;
    let [old, new] = [open(&fx.store, &ann, long_ago).await, open(&fx.peer, &ann, long_ago + 1).await];
    let same = open(&fx.peer, &ann, long_ago + 1).await;
    open(&fx.store, &bob, long_ago).await;
    let (high, low) = if new.id > same.id { (&new, &same) } else { (&same, &new) };
    for turn in 0..2 {
        let page = list(&fx.node(turn), &ann, None, ALL).await;
        let shown = |session: &NewSession| RunningSession {
            id: session.id,
            device: session.device.clone(),
            created_at: session.created_at,
            last_used_at: session.created_at,
        };
        assert_eq!(page, Page { items: vec![shown(high), shown(low), shown(&old)], more: false });
    }
    let token = first_grant(ann.id, &old);
    let rotation = fx.store.sessions.rotate(token, next_grant(&token), Duration::ZERO).await.expect(ANSWERS);
    assert_eq!(rotation, Rotation::Rotated);
    let page = list(&fx.peer, &ann, None, ALL).await;
    assert_eq!(page.items.iter().map(|session| session.id).collect::<Vec<_>>(), [old.id, high.id, low.id]);
    assert_eq!(page.items[0].created_at, old.created_at);
    assert!(page.items[0].last_used_at > old.created_at);
}

/// Sessions that have ended, and those whose refresh token has expired, are not listed.
pub async fn only_running_sessions_are_listed(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let before = running(&fx.store, &ann).await;
    let ended = open(&fx.store, &ann, 1).await;
    assert_eq!(running(&fx.peer, &ann).await.len(), 2);
    fx.store.sessions.end(ended.id).await.expect(ANSWERS);
    open_expired(&fx.store, &ann).await;
    for turn in 0..2 {
        assert_eq!(running(&fx.node(turn), &ann).await, before);
    }
}

/// Page by page each session comes once, in the order of the whole, and only the last page says that it is the last.
pub async fn pages_of_sessions_show_each_once(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    for number in 0..6 {
        open(&fx.store, &ann, number / 3).await;
    }
    let all = running(&fx.store, &ann).await;
    let (mut seen, mut behind) = (Vec::new(), None);
    for turn in 0.. {
        let page = list(&fx.node(turn), &ann, behind, 2).await;
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|session| session.id));
        let last = page.items.last().expect("no empty page");
        behind = Some(SessionCursor { last_used_at: last.last_used_at, id: last.id });
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, all);
    assert_eq!(list(&fx.store, &ann, behind, 2).await, Page { items: vec![], more: false });
}

/// One's own running session ends, once, and is told of; others' sessions, ended, expired and unknown ones are none.
pub async fn one_ends_a_running_session_of_ones_own(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let (own, foreign) = (open(&fx.store, &ann, 1).await, open(&fx.store, &bob, 1).await);
    let expired = open_expired(&fx.store, &ann).await;
    for none in [foreign.id, expired.id, SessionId::from_bytes(fresh_bytes())] {
        assert!(!end(&fx.store, &ann, none).await);
    }
    assert_eq!(fx.announced.ended_sessions(), []);
    assert!(end(&fx.store, &ann, own.id).await);
    for turn in 0..2 {
        assert!(!end(&fx.node(turn), &ann, own.id).await, "it has ended");
        assert!(!running(&fx.node(turn), &ann).await.contains(&own.id));
        assert!(running(&fx.node(turn), &bob).await.contains(&foreign.id));
    }
    let token = first_grant(ann.id, &own);
    let rotation = fx.peer.sessions.rotate(token, next_grant(&token), Duration::HOUR).await.expect(ANSWERS);
    assert_eq!(rotation, Rotation::NoSession);
    assert_eq!(fx.peer.sessions.list_ended(Duration::HOUR).await.expect(ANSWERS), [own.id]);
    assert_eq!(fx.announced.ended_sessions(), [own.id]);
    assert_eq!(fx.peer_announced.ended_sessions(), []);
}

/// Of calls at once that end one session, one finds it running, and that one is told of.
pub async fn of_endings_of_ones_own_at_once_one_finds_it_running(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let own = open(&fx.store, &ann, 1).await.id;
    let found = together((0..6).map(|turn| {
        let (node, ann) = (fx.node(turn), ann.clone());
        async move { end(&node, &ann, own).await }
    }))
    .await;
    assert_eq!(found.iter().filter(|found| **found).count(), 1);
    assert_eq!([fx.announced.ended_sessions(), fx.peer_announced.ended_sessions()].concat(), [own]);
}

/// All sessions of the user but the kept one end, and are named and told of at once; where there is none, nothing is
/// told. Sessions of other users go on.
pub async fn all_other_sessions_end_at_once(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let kept = open(&fx.store, &ann, 1).await;
    open(&fx.peer, &ann, 2).await;
    let mut others: Vec<SessionId> = running(&fx.store, &ann).await.into_iter().filter(|id| *id != kept.id).collect();
    others.sort();
    let of_bob = running(&fx.store, &bob).await;
    assert_eq!(end_others(&fx.store, &ann, kept.id).await, others);
    for turn in 0..2 {
        assert_eq!(running(&fx.node(turn), &ann).await, [kept.id]);
        assert_eq!(running(&fx.node(turn), &bob).await, of_bob);
        assert_eq!(end_others(&fx.node(turn), &ann, kept.id).await, []);
    }
    let mut told = fx.announced.ended_sessions();
    told.sort();
    assert_eq!(told, others);
    assert_eq!(fx.peer_announced.ended_sessions(), []);
}

/// Calls at once that end each other's sessions all come to their end, and each session is told of once.
pub async fn endings_of_others_at_once_never_wait_for_each_other(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    for number in 0..20 {
        open(&fx.store, &ann, number).await;
    }
    let mut all = running(&fx.store, &ann).await;
    let ended = together(all[..6].iter().enumerate().map(|(turn, &kept)| {
        let (node, ann) = (fx.node(turn), ann.clone());
        async move { end_others(&node, &ann, kept).await }
    }))
    .await;
    let mut named = ended.concat();
    named.sort();
    all.sort();
    assert_eq!(named, all, "each ended once, the first one's by the second");
    let mut told = [fx.announced.ended_sessions(), fx.peer_announced.ended_sessions()].concat();
    told.sort();
    assert_eq!(told, all);
}
