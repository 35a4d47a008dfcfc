//! Promises of [`SessionRepository`](parlor_domain::ports::SessionRepository).
//!
//! The store compares times by its own clock, which no case can set. So a case waits until a short time has surely
//! passed, or asks for so long a time that it surely has not.

use parlor_domain::account::{Rotation, TokenGrant};
use parlor_domain::{SessionId, UserRef};
use time::Duration;

use super::steps::{ANSWERS, first_grant, fresh_bytes, new_session, next_grant, together};
use crate::{Repositories, StoreFixture};

const LONG: Duration = Duration::hours(1);
const SHORT: Duration = Duration::milliseconds(20);

async fn short_time_passes() {
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
}

/// Opens a session; what its first refresh token says.
async fn open(node: &Repositories, user: &UserRef) -> TokenGrant {
    let session = new_session();
    let grant = first_grant(user.id, &session);
    node.open_session(user, session).await;
    grant
}

async fn rotate(node: &Repositories, presented: TokenGrant, offered: TokenGrant, grace: Duration) -> Rotation {
    node.sessions.rotate(presented, offered, grace).await.expect(ANSWERS)
}

/// Exchanges the current token; what its successor says.
async fn exchange(node: &Repositories, presented: TokenGrant) -> TokenGrant {
    let offered = next_grant(&presented);
    assert_eq!(rotate(node, presented, offered, LONG).await, Rotation::Rotated);
    offered
}

/// Whether a token that is current, or was, is answered as one of an ended session by both stores.
async fn has_ended(fx: &StoreFixture, token: TokenGrant) -> bool {
    let mut answers = Vec::new();
    for turn in 0..2 {
        answers.push(rotate(&fx.node(turn), token, next_grant(&token), LONG).await == Rotation::NoSession);
    }
    assert_eq!(answers[0], answers[1], "both stores see the same");
    answers[0]
}

async fn list_ended(node: &Repositories, within: Duration) -> Vec<SessionId> {
    let mut ended = node.sessions.list_ended(within).await.expect(ANSWERS);
    ended.sort();
    ended
}

/// Each token buys the next one, through whichever store.
pub async fn a_chain_of_tokens_is_exchanged_one_by_one(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let mut token = open(&fx.store, &ann).await;
    for turn in 0..6 {
        token = exchange(&fx.node(turn), token).await;
    }
    assert_eq!(list_ended(&fx.store, LONG).await, []);
}

/// Somebody may have several sessions, and what happens to one does not touch the others.
pub async fn sessions_of_one_user_are_independent(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let (one, other) = (open(&fx.store, &ann).await, open(&fx.peer, &ann).await);
    exchange(&fx.store, one).await;
    fx.store.sessions.end(one.session).await.expect(ANSWERS);
    assert!(has_ended(&fx, one).await);
    exchange(&fx.store, other).await;
}

/// The predecessor, presented again within the grace time, is answered with the very successor that it was exchanged
/// for, as often as it comes, and what is offered instead is worth nothing.
pub async fn a_predecessor_gets_the_same_successor_again(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let first = open(&fx.store, &ann).await;
    let second = exchange(&fx.store, first).await;
    for turn in 0..4 {
        let offered = TokenGrant { issued_at: second.issued_at + Duration::seconds(5), ..next_grant(&first) };
        assert_eq!(rotate(&fx.node(turn), first, offered, LONG).await, Rotation::Repeated(second));
    }
    exchange(&fx.peer, second).await;
    assert_eq!(list_ended(&fx.store, LONG).await, []);
}

/// Once its successor was used, the predecessor is a reused token even within the grace time: the session ends.
pub async fn a_predecessor_is_refused_once_its_successor_was_used(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let first = open(&fx.store, &ann).await;
    let second = exchange(&fx.store, first).await;
    let third = exchange(&fx.store, second).await;
    assert_eq!(rotate(&fx.peer, first, next_grant(&first), LONG).await, Rotation::Reused);
    assert!(has_ended(&fx, third).await, "the session ended with it");
    assert_eq!(rotate(&fx.store, first, next_grant(&first), LONG).await, Rotation::NoSession);
    for turn in 0..2 {
        assert_eq!(list_ended(&fx.node(turn), LONG).await, [first.session]);
    }
}

/// After the grace time the predecessor is a reused token: the session ends.
pub async fn a_predecessor_is_refused_after_the_grace_time(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    for grace in [Duration::ZERO, SHORT] {
        let first = open(&fx.store, &ann).await;
        let second = exchange(&fx.store, first).await;
        short_time_passes().await;
        assert_eq!(rotate(&fx.peer, first, next_grant(&first), grace).await, Rotation::Reused, "{grace}");
        assert!(has_ended(&fx, second).await);
        assert!(list_ended(&fx.store, LONG).await.contains(&first.session));
    }
}

/// The grace time runs from the exchange; asking again does not lengthen it.
pub async fn repeating_does_not_lengthen_the_grace_time(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let first = open(&fx.store, &ann).await;
    let second = exchange(&fx.store, first).await;
    short_time_passes().await;
    assert_eq!(rotate(&fx.store, first, next_grant(&first), LONG).await, Rotation::Repeated(second));
    assert_eq!(rotate(&fx.store, first, next_grant(&first), SHORT).await, Rotation::Reused);
}

/// Two exchanges back is too far, however quickly they came, and without any grace the current token still counts.
pub async fn only_the_last_predecessor_is_spared(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let first = open(&fx.store, &ann).await;
    let second = exchange(&fx.store, first).await;
    let third = next_grant(&second);
    assert_eq!(rotate(&fx.store, second, third, Duration::ZERO).await, Rotation::Rotated);
    assert_eq!(rotate(&fx.store, second, next_grant(&second), LONG).await, Rotation::Repeated(third));
    assert_eq!(rotate(&fx.store, first, next_grant(&first), LONG).await, Rotation::Reused);
}

/// A session that nobody opened, and one that has ended, buy nothing.
pub async fn without_a_session_nothing_is_exchanged(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    assert!(has_ended(&fx, first_grant(ann.id, &new_session())).await, "nobody opened it");
    let first = open(&fx.store, &ann).await;
    let second = exchange(&fx.store, first).await;
    fx.peer.sessions.end(first.session).await.expect(ANSWERS);
    assert!(has_ended(&fx, second).await);
    assert!(has_ended(&fx, first).await);
}

/// Of calls at once with one token, one puts its offer in place, and the others are answered with that one's.
pub async fn of_exchanges_at_once_of_one_token_one_succeeds(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let mut token = open(&fx.store, &ann).await;
    for round in 0..10 {
        let answers = together((0..8).map(|turn| {
            let (node, offered) = (fx.node(turn), next_grant(&token));
            async move { (offered, rotate(&node, token, offered, LONG).await) }
        }))
        .await;
        let winners: Vec<_> = answers.iter().filter(|(_, answer)| *answer == Rotation::Rotated).collect();
        let [(successor, _)] = winners[..] else { panic!("one exchange, not {} in round {round}", winners.len()) };
        for (_, answer) in &answers {
            assert!(matches!(answer, Rotation::Rotated) || *answer == Rotation::Repeated(*successor), "{answer:?}");
        }
        token = *successor;
    }
}

/// Of calls at once with one reused token, one ends the session, and all are refused.
pub async fn of_reuses_at_once_one_ends_the_session(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let first = open(&fx.store, &ann).await;
    let second = exchange(&fx.store, first).await;
    let third = exchange(&fx.store, second).await;
    let answers = together((0..6).map(|turn| {
        let node = fx.node(turn);
        async move { rotate(&node, first, next_grant(&first), LONG).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| **answer == Rotation::Reused).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == Rotation::NoSession).count(), 5, "{answers:?}");
    assert!(has_ended(&fx, third).await);
    assert_eq!(list_ended(&fx.store, LONG).await, [first.session]);
}

/// A session that has ended stays so, and keeps the time at which it did.
pub async fn ending_a_session_again_changes_nothing(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let token = open(&fx.store, &ann).await;
    fx.store.sessions.end(token.session).await.expect(ANSWERS);
    short_time_passes().await;
    for turn in 0..2 {
        fx.node(turn).sessions.end(token.session).await.expect(ANSWERS);
        assert_eq!(list_ended(&fx.node(turn), LONG).await, [token.session]);
        assert_eq!(list_ended(&fx.node(turn), SHORT).await, [], "it did not end just now");
    }
    assert!(has_ended(&fx, token).await);
}

/// Ending what nobody opened is no error, and nothing is listed for it.
pub async fn ending_an_unknown_session_changes_nothing(fx: StoreFixture) {
    fx.store.sessions.end(SessionId::from_bytes(fresh_bytes())).await.expect(ANSWERS);
    assert_eq!(list_ended(&fx.store, LONG).await, []);
}

/// Both stores list the sessions that ended within the given time, each once, and no others.
pub async fn ended_sessions_are_listed_for_as_long_as_asked(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let mut all = Vec::new();
    for turn in 0..4 {
        let token = open(&fx.node(turn), if turn < 2 { &ann } else { &bob }).await;
        open(&fx.store, &ann).await;
        fx.node(turn / 2).sessions.end(token.session).await.expect(ANSWERS);
        all.push(token.session);
    }
    all.sort();
    for turn in 0..2 {
        assert_eq!(list_ended(&fx.node(turn), LONG).await, all);
    }
    short_time_passes().await;
    let late = open(&fx.store, &bob).await.session;
    fx.store.sessions.end(late).await.expect(ANSWERS);
    for turn in 0..2 {
        assert_eq!(list_ended(&fx.node(turn), LONG).await.len(), 5);
        assert!(list_ended(&fx.node(turn), Duration::milliseconds(50)).await.iter().all(|ended| *ended == late));
    }
}

/// The store that ends a session tells of it once; ending again, or what nobody opened, is nothing to tell.
pub async fn an_ended_session_is_told_once(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let (one, other) = (open(&fx.store, &ann).await, open(&fx.store, &ann).await);
    exchange(&fx.store, one).await;
    fx.store.sessions.end(one.session).await.expect(ANSWERS);
    for turn in 0..4 {
        fx.node(turn).sessions.end(one.session).await.expect(ANSWERS);
        fx.node(turn).sessions.end(SessionId::from_bytes(fresh_bytes())).await.expect(ANSWERS);
        assert!(has_ended(&fx, one).await);
    }
    assert_eq!(fx.announced.ended_sessions(), [one.session]);
    assert_eq!(fx.peer_announced.ended_sessions(), []);
    fx.peer.sessions.end(other.session).await.expect(ANSWERS);
    assert_eq!(fx.announced.ended_sessions(), [one.session]);
    assert_eq!(fx.peer_announced.ended_sessions(), [other.session]);
}

/// The store that finds a token reused, and so ends its session, tells of it; nobody tells of other answers.
pub async fn a_session_ended_by_reuse_is_told_once(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let first = open(&fx.store, &ann).await;
    let second = exchange(&fx.store, first).await;
    assert_eq!(rotate(&fx.peer, first, next_grant(&first), LONG).await, Rotation::Repeated(second));
    exchange(&fx.peer, second).await;
    assert_eq!(fx.peer_announced.ended_sessions(), []);
    for expected in [Rotation::Reused, Rotation::NoSession] {
        assert_eq!(rotate(&fx.peer, first, next_grant(&first), LONG).await, expected);
    }
    fx.store.sessions.end(first.session).await.expect(ANSWERS);
    assert_eq!(fx.peer_announced.ended_sessions(), [first.session]);
    assert_eq!(fx.announced.ended_sessions(), []);
}

/// Of calls at once that would end a session, by name or by reuse, one is told of.
pub async fn of_endings_at_once_one_is_told(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let first = open(&fx.store, &ann).await;
    let second = exchange(&fx.store, first).await;
    exchange(&fx.store, second).await;
    together((0..8).map(|turn| {
        let node = fx.node(turn / 2);
        async move {
            if turn % 2 == 0 {
                node.sessions.end(first.session).await.expect(ANSWERS);
            } else {
                rotate(&node, first, next_grant(&first), LONG).await;
            }
        }
    }))
    .await;
    let told = [fx.announced.ended_sessions(), fx.peer_announced.ended_sessions()].concat();
    assert_eq!(told, [first.session]);
}
