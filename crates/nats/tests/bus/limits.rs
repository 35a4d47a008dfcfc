//! Where a bus drops, and where it goes over to listening to everything.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use parlor_domain::ports::{Listener, Notifier as _};
use parlor_domain::{Announcement, Epoch, SessionId, Signal, Topic};
use parlor_nats::{NatsBus, NatsLimits};
use parlor_testkit::bus::samples::{announcement, chat, life, of_chat, of_user, text};
use parlor_testkit::bus::{BusNode, Heard, RecordingListener};

use crate::node::{Node, limited};
use crate::server::NatsServer;

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_no_room_in_the_queue_is_dropped_and_counted() {
    let server = NatsServer::start();
    let limits = NatsLimits { queued: 16, ..NatsLimits::default() };
    let [one, two] = [Node::connected_with(limited(&server.url(), limits)).await, Node::connected(&server.url()).await];
    two.follow(&life(), &[of_chat(1)]).await;
    server.stop();
    let long = "x".repeat(200_000);
    for seq in 1..=500 {
        one.nats.announce(announcement(chat(1), seq, vec![text(&long)]));
    }
    // All of the queue, of async-nats and of the kernel together hold less than that.
    assert!(one.nats.counters().dropped > 0);
    server.go_on();
    one.until_counted(|counters| counters.published + counters.dropped == 500).await;
    let published = usize::try_from(one.nats.counters().published).unwrap();
    let heard = two.listener.until("what was published", |heard| heard.announced.len() >= published).await;
    let seqs: Vec<_> = heard.events_of(chat(1)).iter().map(|event| event.seq).collect();
    assert!(seqs.is_sorted(), "what is left keeps its order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_is_too_slow_is_told_that_something_was_lost() {
    let server = NatsServer::start();
    let one = Node::connected(&server.url()).await;
    let (release, gate) = channel();
    let listener = Arc::new(RecordingListener::default());
    let slow = Arc::new(Slow { listener: listener.clone(), gate: Mutex::new(gate) });
    let limits = NatsLimits { undelivered: 8, ..NatsLimits::default() };
    let two = BusNode {
        bus: Arc::new(NatsBus::start(limited(&server.url(), limits), slow).unwrap()),
        listener: listener.clone(),
    };
    two.follow(&life(), &[of_chat(1)]).await;
    for seq in 1..=1000 {
        one.nats.announce(announcement(chat(1), seq, vec![text("a")]));
    }
    one.until_counted(|counters| counters.published == 1000).await;
    // A second way round the server: the thousand have left it for the slow node, whose listener still stands.
    let three = Node::connected(&server.url()).await;
    three.follow(&life(), &[of_chat(2)]).await;
    one.nats.announce(announcement(chat(2), 1, vec![text("b")]));
    three.listener.until("the event", |heard| !heard.announced.is_empty()).await;
    drop(release);
    let heard = listener.until("the interruption", |heard| heard.interruptions >= 1).await;
    assert!(heard.announced.len() < 1000);
}

/// Waits with the first event until it is let go.
struct Slow {
    listener: Arc<RecordingListener>,
    gate: Mutex<Receiver<()>>,
}

impl Listener for Slow {
    fn announced(&self, announcement: Announcement) {
        // Nothing is ever sent: it ends when the other side is dropped.
        let _ = self.gate.lock().expect("nobody panics with it").recv();
        self.listener.announced(announcement);
    }

    fn sessions_ended(&self, sessions: Vec<SessionId>) {
        self.listener.sessions_ended(sessions);
    }

    fn signalled(&self, epoch: Epoch, signal: Signal) {
        self.listener.signalled(epoch, signal);
    }

    fn following(&self, topics: Vec<Topic>) {
        self.listener.following(topics);
    }

    fn interrupted(&self) {
        self.listener.interrupted();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_many_chats_listens_to_all_and_back_and_misses_nothing() {
    let server = NatsServer::start();
    let limits = NatsLimits { followed: 8, ..NatsLimits::default() };
    let [one, two] = [Node::connected(&server.url()).await, Node::connected_with(limited(&server.url(), limits)).await];
    two.follow(&life(), &[of_chat(1), of_user(1)]).await;
    let mut seq = 0;
    // Up and down over the limit, and each time it is told, an event of the chat that was followed all the time.
    for round in 0..10 {
        for number in 2..=20 {
            two.follow(&life(), &[of_chat(number)]).await;
            seq += 1;
            one.nats.announce(announcement(chat(1), seq, vec![text("a")]));
        }
        one.nats.announce(announcement(chat(20), round + 1, vec![text("b")]));
        one.nats.announce(announcement(chat(99), round + 1, vec![text("not followed")]));
        let count = usize::try_from(round).unwrap() + 1;
        two.listener.until("the last chat's event", |heard| heard.events_of(chat(20)).len() >= count).await;
        for number in 2..=20 {
            two.bus.unfollow(&life(), vec![of_chat(number)]);
            seq += 1;
            one.nats.announce(announcement(chat(1), seq, vec![text("a")]));
        }
    }
    // While a node goes over it listens in both ways: then an event may come twice, or before an earlier one.
    let all: BTreeSet<_> = (1..=seq).collect();
    let seqs = |heard: &Heard| heard.events_of(chat(1)).iter().map(|event| event.seq.get()).collect::<BTreeSet<_>>();
    let heard = two.listener.until("all events", |heard| seqs(heard) == all).await;
    assert_eq!(heard.events_of(chat(99)), []);
}
