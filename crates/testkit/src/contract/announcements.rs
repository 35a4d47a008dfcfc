//! Promises of the repositories of chats and messages on what they hand to the
//! [`Notifier`](parlor_domain::ports::Notifier).

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use parlor_domain::chat_session::{ChatCommand, ChatCreation};
use parlor_domain::message::NewMessage;
use parlor_domain::{Announcement, ChatUri, Event, UserRef};

use super::steps::{after, fresh_uri, message, named, new_direct, new_group, story, together};
use crate::{RecordingNotifier, StoreFixture};

/// How often an announcement that may lag behind its answer is looked for, and how long between.
const LOOKS: u32 = 500;
const BETWEEN: Duration = Duration::from_millis(10);

fn seqs(events: &[Arc<Event>]) -> Vec<i64> {
    events.iter().map(|event| event.seq.get()).collect()
}

/// What one store announced of one chat; it must be in seq order.
fn in_order(notifier: &RecordingNotifier, chat: ChatUri) -> Vec<Arc<Event>> {
    let events = notifier.events_of(chat);
    assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq), "out of order: {:?}", seqs(&events));
    events
}

/// Waits until both stores together have announced the whole log, and checks that they announced it exactly: every
/// event once, as it is read. Returns what each announced.
async fn all_is_announced(fx: &StoreFixture, reader: &UserRef, chat: ChatUri) -> [Vec<Arc<Event>>; 2] {
    let log = fx.store.log(reader, chat).await;
    let both = || [in_order(&fx.announced, chat), in_order(&fx.peer_announced, chat)];
    for _ in 0..LOOKS {
        if both().iter().map(Vec::len).sum::<usize>() >= log.len() {
            break;
        }
        tokio::time::sleep(BETWEEN).await;
    }
    let [here, there] = both();
    let mut all: Vec<Event> = here.iter().chain(&there).map(|event| Event::clone(event)).collect();
    all.sort_by_key(|event| event.seq);
    assert_eq!(story(&all), story(&log), "announced, and in the log");
    assert_eq!(all, log, "announced as it is read");
    [here, there]
}

/// Every kind of event is announced once, by the store that stored it.
pub async fn each_event_is_announced_once_by_its_store(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let first = fx.peer.send(&ann, uri, "two").await;
    let reply = NewMessage { reply_to: Some(first.seq), ..named(&ann, uri, "k", "three") };
    fx.store.try_send(reply).await.expect("a member");
    fx.peer.join(&bob, uri).await.expect("anybody may join");
    fx.store.remove(&ann, uri, &ann).await.expect("ann may leave");
    fx.peer.add(&bob, uri, &ann).await.expect("any member may");
    fx.store.remove(&bob, uri, &ann).await.expect("the owner may");
    let [here, there] = all_is_announced(&fx, &bob, uri).await;
    assert_eq!(seqs(&here), [1, 3, 5, 6, 8]);
    assert_eq!(seqs(&there), [2, 4, 7]);
    let direct = fx.peer.direct(&bob, &ann).await;
    let [here, there] = all_is_announced(&fx, &bob, direct).await;
    assert_eq!((seqs(&here), seqs(&there)), (vec![], vec![1]));
}

/// What was refused, or changed nothing, is announced by nobody.
pub async fn what_was_not_stored_is_not_announced(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let direct = fx.store.direct(&ann, &bob).await;
    fx.store.try_send(named(&ann, uri, "k", "hello")).await.expect("a member");
    let unused = fresh_uri();
    for turn in 0..2 {
        let node = fx.node(turn);
        assert!(node.try_send(named(&ann, uri, "k", "hello")).await.expect("the same again").duplicate);
        node.try_send(named(&ann, uri, "k", "another")).await.expect_err("the name is used");
        node.try_send(message(&cleo, uri, "no")).await.expect_err("an outsider");
        node.try_send(NewMessage { reply_to: Some(super::steps::seq(1)), ..message(&ann, uri, "no") })
            .await
            .expect_err("nothing to answer");
        node.join(&bob, uri).await.expect("he is there");
        node.remove(&bob, uri, &ann).await.expect_err("she has it");
        node.remove(&cleo, uri, &ann).await.expect_err("an outsider");
        assert_eq!(node.create(new_group(uri, &ann, &[])).await, ChatCreation::Exists(uri));
        assert_eq!(node.create(new_group(uri, &cleo, &[])).await, ChatCreation::UriTaken);
        assert_eq!(node.create(new_direct(unused, &bob, &ann)).await, ChatCreation::Exists(direct));
        node.chats.mark_read(uri, bob.id, super::steps::seq(2)).await.expect("the store answers");
    }
    // Behind a message of each store, whatever they announced before has come.
    for turn in 0..2 {
        fx.node(turn).send(&ann, uri, "last").await;
        fx.node(turn).send(&ann, direct, "last").await;
    }
    all_is_announced(&fx, &ann, uri).await;
    all_is_announced(&fx, &ann, direct).await;
    let chats =
        |notifier: &RecordingNotifier| notifier.announcements().iter().all(|it| [uri, direct].contains(&it.chat));
    assert!(chats(&fx.announced) && chats(&fx.peer_announced), "of no other chat");
}

/// An announcement names the chat of all its events, and is never empty.
pub async fn an_announcement_is_of_one_chat(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let chats = [fx.store.group(&ann, &[&bob]).await, fx.store.direct(&ann, &bob).await];
    together((0..60).map(|turn| {
        let (node, draft) = (fx.node(turn / 2), message(&ann, chats[turn % 2], "hello"));
        async move { node.try_send(draft).await.expect("a member") }
    }))
    .await;
    for chat in chats {
        all_is_announced(&fx, &ann, chat).await;
    }
    for Announcement { chat, events, .. } in
        fx.announced.announcements().into_iter().chain(fx.peer_announced.announcements())
    {
        assert!(!events.is_empty());
        assert!(events.iter().all(|event| event.chat == chat));
        assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq), "{:?}", seqs(&events));
    }
}

/// An announcement says in which life of the database its events were stored, whatever stored them.
pub async fn an_announcement_names_the_life_of_the_database(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    fx.peer.join(&bob, uri).await.expect("anybody may join");
    together((0..20).map(|turn| {
        let (node, draft) = (fx.node(turn), message(&ann, uri, "hello"));
        async move { node.try_send(draft).await.expect("a member") }
    }))
    .await;
    fx.store.remove(&bob, uri, &bob).await.expect("he may leave");
    all_is_announced(&fx, &ann, uri).await;
    let epoch = fx.store.live.epoch().await.expect(super::steps::ANSWERS);
    for announcement in fx.announced.announcements().into_iter().chain(fx.peer_announced.announcements()) {
        assert_eq!(announcement.epoch, epoch);
    }
}

/// A rush of events of all kinds is announced whole: each event once, by its own store, in seq order per chat.
pub async fn a_rush_of_events_is_announced_whole_and_in_order(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let chats = [fx.store.group(&ann, &[]).await, fx.peer.group(&ann, &[]).await];
    let kept = together((0..300).map(|turn| {
        let (node, chat) = (fx.node(turn / 2), chats[turn % 2]);
        let (ann, guest) = (ann.clone(), if turn % 3 == 0 { bob.clone() } else { cleo.clone() });
        async move {
            match turn % 10 {
                7 => drop(node.join(&guest, chat).await),
                8 => drop(node.remove(&guest, chat, &guest).await),
                9 => drop(node.try_send(message(&guest, chat, "perhaps")).await),
                _ => return Some((turn, chat, node.send(&ann, chat, &format!("text {turn}")).await.seq)),
            }
            None
        }
    }))
    .await;
    for chat in chats {
        let announced = all_is_announced(&fx, &ann, chat).await.map(|events| seqs(&events));
        for (turn, _, seq) in kept.iter().flatten().filter(|(_, to, _)| *to == chat) {
            assert!(announced[(turn / 2) % 2].contains(&seq.get()), "announced by the store that stored it");
        }
    }
}

/// Concurrent makers of one chat announce its beginning once.
pub async fn a_chat_made_at_once_is_announced_once(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let answers = together((0..8).map(|turn| {
        let (node, uri) = (fx.node(turn), fresh_uri());
        let chat = if turn % 4 < 2 { new_direct(uri, &ann, &bob) } else { new_direct(uri, &bob, &ann) };
        async move { (uri, node.create(chat).await) }
    }))
    .await;
    let made = answers.iter().find(|(_, answer)| *answer == ChatCreation::Created).expect("one of them").0;
    for turn in 0..2 {
        fx.node(turn).send(&ann, made, "hello").await;
    }
    all_is_announced(&fx, &ann, made).await;
    for notifier in [&fx.announced, &fx.peer_announced] {
        assert!(notifier.announcements().iter().all(|it| it.chat == made));
    }
}

/// Asks the future once, as a server does whose client is gone in the next moment, and drops it.
async fn begin_and_drop(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

/// Whoever asked may be gone before the answer: what was stored is announced all the same.
pub async fn a_dropped_request_loses_no_announcement(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let made: Vec<ChatUri> = (0..6).map(|_| fresh_uri()).collect();
    for turn in 0..60 {
        let node = fx.node(turn);
        let draft = named(&ann, uri, &format!("k{turn}"), "hello");
        begin_and_drop(async { drop(node.messages.append(draft).await) }).await;
        if turn % 10 == 5 {
            let chat = new_group(made[turn / 10], &ann, &[&bob]);
            begin_and_drop(async { drop(node.chats.create(chat).await) }).await;
            let command = if turn % 20 == 5 { ChatCommand::Join } else { ChatCommand::Remove(bob.id) };
            begin_and_drop(async { _ = node.change(&bob, uri, command).await }).await;
        }
    }
    // Asking again settles what became of each.
    for turn in 0..60 {
        let draft = NewMessage { at: after(5), ..named(&ann, uri, &format!("k{turn}"), "hello") };
        fx.node(turn).try_send(draft).await.expect("a member");
    }
    for chat in made {
        let answer = fx.store.create(new_group(chat, &ann, &[&bob])).await;
        assert!(matches!(answer, ChatCreation::Created | ChatCreation::Exists(_)), "{answer:?}");
        all_is_announced(&fx, &ann, chat).await;
    }
    for turn in 0..2 {
        fx.node(turn).join(&bob, uri).await.expect("anybody may join");
    }
    assert_eq!(fx.store.history(&ann, uri).await.len(), 60);
    all_is_announced(&fx, &ann, uri).await;
}

/// Tasks that are cancelled at any moment lose no announcement either.
pub async fn a_cancelled_task_loses_no_announcement(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for round in 0..10 {
        let tasks: Vec<_> = (0..12)
            .map(|turn| {
                let (node, draft) = (fx.node(turn), named(&ann, uri, &format!("{round}.{turn}"), "hello"));
                tokio::spawn(async move { drop(node.messages.append(draft).await) })
            })
            .collect();
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        for task in tasks {
            drop(task.await);
        }
    }
    for round in 0..10 {
        for turn in 0..12 {
            fx.node(turn).try_send(named(&ann, uri, &format!("{round}.{turn}"), "hello")).await.expect("a member");
        }
    }
    assert_eq!(fx.store.history(&ann, uri).await.len(), 120);
    all_is_announced(&fx, &ann, uri).await;
}
