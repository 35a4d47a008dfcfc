//! Promises of [`BlockRepository`](parlor_domain::ports::BlockRepository), and of the others where a block is in the way.

use std::collections::HashSet;

use parlor_domain::blocking::{Block, BlockPlace, BlockRefused};
use parlor_domain::chat_session::ChatCreation;
use parlor_domain::message::{ChangeMessageRefused, SendRefused};
use parlor_domain::{ChatUri, Seq, UserId, UserRef};

use super::steps::{ALL, ANSWERS, fresh_uri, message, named, new_direct, seq, together};
use crate::{Repositories, StoreFixture};

async fn block(node: &Repositories, by: &UserRef, user: &UserRef) -> Result<(), BlockRefused> {
    node.blocks.block(Block { by: by.id, user: user.id }).await.expect(ANSWERS)
}

async fn unblock(node: &Repositories, by: &UserRef, user: &UserRef) {
    node.blocks.unblock(by.id, user.id).await.expect(ANSWERS);
}

/// Whom somebody has blocked, with the places.
async fn listed(
    node: &Repositories,
    by: &UserRef,
    after: Option<BlockPlace>,
    limit: u32,
) -> (Vec<(String, BlockPlace)>, bool) {
    let page = node.blocks.list_blocked(by.id, after, limit).await.expect(ANSWERS);
    let names = page.items.iter().map(|it| (it.user.username.as_str().to_owned(), it.place));
    (names.collect(), page.more)
}

async fn names(node: &Repositories, by: &UserRef) -> Vec<String> {
    listed(node, by, None, ALL).await.0.into_iter().map(|(name, _)| name).collect()
}

async fn refused(node: &Repositories, author: &UserRef, chat: ChatUri) -> bool {
    match node.try_send(message(author, chat, "hello")).await {
        Ok(_) => false,
        Err(refused) => {
            assert_eq!(refused, SendRefused::Blocked);
            true
        }
    }
}

/// The list is in the order of blocking, in pages too, and a page goes on behind a block that was lifted meanwhile.
pub async fn blocks_are_listed_in_the_order_of_blocking(fx: StoreFixture) {
    let [ann, bob, cleo, dora, emil] = fx.store.people().await;
    assert_eq!(names(&fx.store, &ann).await, [""; 0]);
    for (turn, user) in [&dora, &bob, &emil, &cleo].into_iter().enumerate() {
        assert_eq!(block(&fx.node(turn), &ann, user).await, Ok(()));
        assert_eq!(block(&fx.node(turn), user, &bob).await.is_err(), user == &bob);
    }
    assert_eq!(names(&fx.peer, &ann).await, ["dora", "bob", "emil", "cleo"]);
    let (first, more) = listed(&fx.store, &ann, None, 2).await;
    assert!(more);
    unblock(&fx.peer, &ann, &bob).await;
    let (rest, more) = listed(&fx.store, &ann, first.last().map(|(_, place)| *place), 2).await;
    assert_eq!((rest.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), more), (vec!["emil", "cleo"], false));
    unblock(&fx.store, &ann, &cleo).await;
    assert_eq!(block(&fx.store, &ann, &bob).await, Ok(()));
    let (behind, _) = listed(&fx.peer, &ann, rest.last().map(|(_, place)| *place), 2).await;
    assert_eq!(behind.len(), 1, "a place is given once");
    assert_eq!(names(&fx.peer, &ann).await, ["dora", "emil", "bob"]);
    let cards = fx.store.blocks.list_blocked(ann.id, None, 1).await.expect(ANSWERS).items;
    assert_eq!((cards[0].user.id, cards[0].user.display_name.clone()), (dora.id, None));
}

/// Blocking again keeps the place, at once too, and lifting what is not there changes nothing.
pub async fn blocking_again_changes_nothing(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    assert_eq!(block(&fx.store, &ann, &bob).await, Ok(()));
    let answers = together((0..12).map(|turn| {
        let (node, ann, user) = (fx.node(turn), ann.clone(), [&bob, &cleo][turn / 2 % 2].clone());
        async move { block(&node, &ann, &user).await }
    }))
    .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(names(&fx.store, &ann).await, ["bob", "cleo"]);
    unblock(&fx.store, &bob, &ann).await;
    fx.peer.blocks.unblock(ann.id, UserId::new(999_999).expect("an id")).await.expect(ANSWERS);
    assert_eq!(names(&fx.peer, &ann).await, ["bob", "cleo"]);
}

/// Neither oneself nor somebody without an account is blocked.
pub async fn neither_oneself_nor_nobody_is_blocked(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    assert_eq!(block(&fx.store, &ann, &ann).await, Err(BlockRefused::Oneself));
    for number in [0, 999_999, UserId::MAX] {
        let user = UserId::new(number).expect("an id");
        let answer = fx.peer.blocks.block(Block { by: ann.id, user }).await.expect(ANSWERS);
        assert_eq!(answer, Err(BlockRefused::NotFound));
    }
    assert_eq!(names(&fx.store, &ann).await, [""; 0]);
}

/// Of blocks at once no more are stored than there can be; one more is refused until another is lifted.
pub async fn a_thousand_blocks_are_the_most(fx: StoreFixture) {
    let crowd = fx.store.crowd(1004).await;
    let (ann, others) = crowd.split_first().expect("a crowd");
    for user in &others[..997] {
        assert_eq!(block(&fx.store, ann, user).await, Ok(()));
    }
    let answers = together((997..1003).map(|number| {
        let (node, ann, user) = (fx.node(number), ann.clone(), others[number].clone());
        async move { block(&node, &ann, &user).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(()) | Err(BlockRefused::TooMany))), "{answers:?}");
    assert_eq!(names(&fx.peer, ann).await.len(), 1000);
    assert_eq!(block(&fx.peer, ann, &others[0]).await, Ok(()), "who is blocked already is none more");
    unblock(&fx.peer, ann, &others[0]).await;
    assert_eq!(block(&fx.store, ann, &others[0]).await, Ok(()));
    assert_eq!(block(&fx.store, &others[5], ann).await, Ok(()), "each has a thousand of their own");
}

/// A pair of which one has blocked the other neither makes a direct chat nor finds the one it has, from either side.
pub async fn a_blocked_pair_opens_no_direct_chat(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let theirs = fx.store.direct(&ann, &bob).await;
    for (turn, other) in [&bob, &cleo].into_iter().enumerate() {
        assert_eq!(block(&fx.node(turn), &ann, other).await, Ok(()));
        for (creator, with) in [(&ann, other), (other, &ann)] {
            for uri in [fresh_uri(), theirs] {
                let creation = fx.node(turn + 1).create(new_direct(uri, creator, with)).await;
                assert_eq!(creation, ChatCreation::Blocked);
            }
        }
    }
    fx.store.direct(&bob, &cleo).await;
    unblock(&fx.peer, &ann, &bob).await;
    unblock(&fx.peer, &ann, &cleo).await;
    assert_eq!(fx.store.create(new_direct(fresh_uri(), &bob, &ann)).await, ChatCreation::Exists(theirs));
    fx.store.direct(&cleo, &ann).await;
}

/// From the answer to a block on neither writes to the other, through either store, until the last block between them
/// is lifted. What is refused takes no seq.
pub async fn nothing_is_sent_between_a_blocked_pair(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let (theirs, other) = (fx.store.direct(&ann, &bob).await, fx.store.direct(&ann, &cleo).await);
    let are_refused = async |expected: bool| {
        for turn in 0..4 {
            assert_eq!(refused(&fx.node(turn), [&ann, &bob][turn / 2], theirs).await, expected);
            assert!(!refused(&fx.node(turn), [&ann, &cleo][turn / 2], other).await, "of the others nobody is");
        }
    };
    are_refused(false).await;
    assert_eq!(block(&fx.store, &ann, &bob).await, Ok(()));
    are_refused(true).await;
    assert_eq!(block(&fx.peer, &bob, &ann).await, Ok(()));
    unblock(&fx.store, &ann, &bob).await;
    are_refused(true).await;
    unblock(&fx.peer, &ann, &bob).await;
    are_refused(true).await;
    unblock(&fx.store, &bob, &ann).await;
    are_refused(false).await;
    assert_eq!(fx.peer.log(&ann, theirs).await.len(), 9, "its beginning, and what was sent before and after");
}

/// A message of before the block is answered again when it is repeated, and the chat is read as ever.
pub async fn what_was_sent_before_is_answered_and_read_as_ever(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let theirs = fx.store.direct(&ann, &bob).await;
    let sent = fx.store.try_send(named(&bob, theirs, "one", "hello")).await.expect("not blocked");
    assert_eq!(block(&fx.store, &ann, &bob).await, Ok(()));
    for turn in 0..2 {
        let node = fx.node(turn);
        let again = node.try_send(named(&bob, theirs, "one", "hello")).await.expect("stored before");
        assert_eq!((again.message, again.duplicate), (sent.message.clone(), true));
        assert_eq!(node.try_send(named(&bob, theirs, "one", "other")).await, Err(SendRefused::ClientIdReused));
        for reader in [&ann, &bob] {
            assert_eq!(node.history(reader, theirs).await, std::slice::from_ref(&sent.message));
            assert_eq!(node.chat(reader, theirs).await.members.len(), 2);
            assert!(node.chats.mark_read(theirs, reader.id, seq(2)).await.expect(ANSWERS).is_some());
        }
        assert_eq!(node.log(&ann, theirs).await.len(), 2);
    }
}

/// Between a blocked pair nothing is edited or reacted to; what one wrote, and one's reactions, can be taken away.
pub async fn between_a_blocked_pair_messages_are_only_taken_away(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let theirs = fx.store.direct(&ann, &bob).await;
    let mut sent = Vec::new();
    for author in [&ann, &bob] {
        let target = fx.store.send(author, theirs, "hello").await.seq;
        fx.store.react(author, theirs, target, "👍", true).await.expect("not blocked");
        sent.push((author, target));
    }
    assert_eq!(block(&fx.peer, &bob, &ann).await, Ok(()));
    for (turn, (author, target)) in sent.into_iter().enumerate() {
        let node = fx.node(turn);
        let blocked = Err(ChangeMessageRefused::Blocked);
        assert_eq!(node.edit(author, theirs, target, "other").await, blocked);
        assert_eq!(node.react(author, theirs, target, "🎉", true).await, blocked);
        let taken = node.react(author, theirs, target, "👍", false).await.expect("one's own reaction");
        assert_eq!(taken.message.reactions, []);
        assert!(node.delete_message(author, theirs, target).await.expect("one's own").message.deleted);
    }
    assert_eq!(fx.store.log(&ann, theirs).await.len(), 9);
}

/// In groups that both are in nothing changes.
pub async fn a_block_does_not_touch_groups(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let pair = fx.store.group(&ann, &[&bob]).await;
    assert_eq!(block(&fx.store, &ann, &bob).await, Ok(()));
    let group = fx.peer.group(&bob, &[&ann, &cleo]).await;
    for (turn, chat) in [pair, group, pair, group].into_iter().enumerate() {
        let author = [&ann, &bob][turn / 2];
        let sent = fx.node(turn).send(author, chat, "hello").await.seq;
        fx.node(turn).edit(author, chat, sent, "other").await.expect("a group");
        fx.node(turn).react(&bob, chat, sent, "👍", true).await.expect("a group");
    }
    unblock(&fx.store, &ann, &bob).await;
    fx.store.send(&bob, pair, "still").await;
}

/// A direct chat that is made while one of the two blocks the other is made before the block, and blocked then, or not.
pub async fn a_chat_and_a_block_made_at_once_know_of_each_other(fx: StoreFixture) {
    let crowd = fx.store.crowd(24).await;
    for (turn, pair) in crowd.chunks(2).enumerate() {
        let (ann, bob) = (&pair[0], &pair[1]);
        let uri = fresh_uri();
        let opening = {
            let (node, new) = (fx.node(turn), new_direct(uri, bob, ann));
            tokio::spawn(async move { node.create(new).await })
        };
        let blocking = {
            let (node, ann, bob) = (fx.node(turn / 2), ann.clone(), bob.clone());
            tokio::spawn(async move { block(&node, &ann, &bob).await })
        };
        assert_eq!(blocking.await.expect("no panic"), Ok(()));
        match opening.await.expect("no panic") {
            ChatCreation::Created => assert!(refused(&fx.node(turn + 1), bob, uri).await),
            other => assert_eq!(other, ChatCreation::Blocked),
        }
        assert_eq!(fx.peer.create(new_direct(uri, ann, bob)).await, ChatCreation::Blocked);
    }
}

/// Somebody is blocked while both write, through both stores: whatever is sent after the block was answered is refused,
/// the messages that were acknowledged are in the log, and nothing else is.
pub async fn nothing_follows_a_block(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let theirs = fx.store.direct(&ann, &bob).await;
    let mut acknowledged = 0;
    for round in 0..30 {
        let sends: Vec<_> = (0..6)
            .map(|turn| {
                let (node, author) = (fx.node(turn), [&ann, &bob][turn / 2 % 2].clone());
                tokio::spawn(async move {
                    let mut seqs = Vec::new();
                    for number in 0..3 {
                        match node.try_send(message(&author, theirs, &format!("{round}.{turn}.{number}"))).await {
                            Ok(sent) => seqs.push(sent.message.seq),
                            Err(why) => assert_eq!(why, SendRefused::Blocked),
                        }
                    }
                    seqs
                })
            })
            .collect();
        for _ in 0..round % 5 {
            tokio::task::yield_now().await;
        }
        assert_eq!(block(&fx.node(round), &ann, &bob).await, Ok(()));
        let head = fx.node(round + 1).log(&ann, theirs).await.len();
        assert!(refused(&fx.node(round + 1), &bob, theirs).await);
        let mut seqs: HashSet<Seq> = HashSet::new();
        for send in sends {
            seqs.extend(send.await.expect("no panic"));
        }
        acknowledged += seqs.len();
        let log = fx.store.log(&ann, theirs).await;
        assert_eq!(log.len(), head, "nothing came after the block");
        assert_eq!(log.len(), 1 + acknowledged, "what was refused is not there");
        unblock(&fx.node(round / 2), &ann, &bob).await;
    }
}

/// Blocks made and lifted at once from both sides: in the end the chat is blocked if one of the two lists says so.
pub async fn blocks_and_their_lifting_at_once_leave_the_chat_as_the_list_says(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let theirs = fx.store.direct(&ann, &bob).await;
    for round in 0..15 {
        together((0..8).map(|turn| {
            let (node, both) = (fx.node(turn), [ann.clone(), bob.clone()]);
            let (by, user) = (both[turn / 2 % 2].clone(), both[1 - turn / 2 % 2].clone());
            async move {
                if (turn / 4 + round + turn) % 2 == 0 {
                    block(&node, &by, &user).await.expect("an account");
                } else {
                    unblock(&node, &by, &user).await;
                }
            }
        }))
        .await;
        let blocked = !names(&fx.store, &ann).await.is_empty() || !names(&fx.store, &bob).await.is_empty();
        assert_eq!(refused(&fx.node(round), &ann, theirs).await, blocked);
    }
}

/// With an account its blocks go, both ways, and make room for others; nobody blocks it any more.
pub async fn an_erased_account_is_in_no_block(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    for (by, user) in [(&ann, &bob), (&ann, &cleo), (&bob, &ann)] {
        assert_eq!(block(&fx.store, by, user).await, Ok(()));
    }
    fx.store.erasures.erase(bob.id).await.expect(ANSWERS);
    assert_eq!(names(&fx.peer, &ann).await, ["cleo"]);
    for (by, user) in [(&ann, &bob), (&bob, &cleo)] {
        assert_eq!(block(&fx.peer, by, user).await, Err(BlockRefused::NotFound));
    }
    let told = fx.peer.live.blocked(vec![ann.id, bob.id]).await.expect(ANSWERS).value;
    assert_eq!(told, [(ann.id, cleo.id)]);
}

/// Live delivery is told of each side of a block, of those whom it asks for, and once where both have blocked.
pub async fn both_sides_of_a_block_are_told_of_it(fx: StoreFixture) {
    let [ann, bob, cleo, dora] = fx.store.people().await;
    let epoch = fx.store.live.epoch().await.expect(ANSWERS);
    let told = async |turn: usize, users: &[&UserRef]| {
        let users = users.iter().map(|user| user.id).collect();
        let read = fx.node(turn).live.blocked(users).await.expect(ANSWERS);
        assert_eq!(read.epoch, epoch);
        let mut pairs: Vec<_> = read.value.iter().map(|(user, other)| (user.get(), other.get())).collect();
        pairs.sort_unstable();
        pairs
    };
    assert_eq!(told(0, &[&ann, &bob]).await, []);
    for (by, user) in [(&ann, &bob), (&bob, &ann), (&cleo, &ann)] {
        assert_eq!(block(&fx.store, by, user).await, Ok(()));
    }
    let pair = |one: &UserRef, other: &UserRef| (one.id.get(), other.id.get());
    for turn in 0..2 {
        assert_eq!(told(turn, &[]).await, []);
        assert_eq!(told(turn, &[&ann]).await, [pair(&ann, &bob), pair(&ann, &cleo)]);
        assert_eq!(told(turn, &[&cleo, &bob, &dora]).await, [pair(&bob, &ann), pair(&cleo, &ann)]);
        assert_eq!(told(turn, &[&ann, &bob]).await, [pair(&ann, &bob), pair(&ann, &cleo), pair(&bob, &ann)]);
    }
    unblock(&fx.peer, &bob, &ann).await;
    assert_eq!(told(0, &[&bob]).await, [pair(&bob, &ann)], "hers is still there");
    unblock(&fx.peer, &ann, &bob).await;
    assert_eq!(told(1, &[&bob, &ann]).await, [pair(&ann, &cleo)]);
}
