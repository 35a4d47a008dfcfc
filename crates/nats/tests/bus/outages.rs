//! Servers that are absent, die or stand still.

use parlor_domain::ports::{Bus as _, Notifier as _};
use parlor_testkit::bus::samples::{announcement, chat, fresh_session, life, of_chat, of_user, presence, text};

use crate::node::{Node, limited};
use crate::server::NatsServer;

use parlor_nats::NatsLimits;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_absent_at_the_start_is_waited_for() {
    let mut server = NatsServer::absent();
    let [one, two] = [Node::start(&server.url()), Node::start(&server.url())];
    two.nats.follow(&life(), vec![of_chat(1), of_chat(2), of_user(1)]);
    two.nats.unfollow(&life(), vec![of_chat(2)]);
    one.nats.announce(announcement(chat(1), 1, vec![text("nobody is there")]));
    one.nats.sessions_ended(vec![fresh_session()]);
    assert!(!one.nats.is_connected() && !two.nats.is_connected());
    assert_eq!(one.nats.counters().dropped, 2);

    server.start_again();
    let heard = two.listener.until("following", |heard| heard.following.len() >= 2).await;
    assert!(!heard.following.contains(&of_chat(2)));
    one.until_connected(true).await;
    one.nats.announce(announcement(chat(1), 2, vec![text("a")]));
    let heard = two.listener.until("the event", |heard| !heard.announced.is_empty()).await;
    assert_eq!(heard.announced, [announcement(chat(1), 2, vec![text("a")])]);
    assert_eq!((heard.ended.len(), heard.interruptions), (0, 0), "there was nothing to interrupt");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_server_was_killed_all_is_followed_again() {
    let mut server = NatsServer::start();
    let [one, two] = [Node::connected(&server.url()).await, Node::connected(&server.url()).await];
    two.follow(&life(), &[of_chat(1), of_chat(2)]).await;
    for times in 1..=3 {
        server.kill();
        for node in [&one, &two] {
            node.until_connected(false).await;
        }
        one.nats.announce(announcement(chat(1), 1, vec![text("lost")]));
        two.nats.unfollow(&life(), vec![of_chat(2)]);
        two.nats.follow(&life(), vec![of_chat(3)]);
        server.start_again();
        for node in [&one, &two] {
            node.listener.until("the interruption", |heard| heard.interruptions >= times).await;
            node.until_connected(true).await;
        }
        two.listener.until("following", |heard| heard.following.contains(&of_chat(3))).await;
        for number in [1, 2, 3] {
            one.nats.announce(announcement(chat(number), 2, vec![text("a")]));
        }
        let heard = two.listener.until("two events", |heard| heard.events_of(chat(3)).len() >= times).await;
        assert_eq!(heard.events_of(chat(1)).len(), times, "what was announced meanwhile does not come late");
        assert_eq!(heard.events_of(chat(2)).len(), 0);
        assert_eq!(heard.interruptions, times);
    }
    assert_eq!(two.nats.counters().connected, 4);
}

/// If a call waited for the server, it would wait for ever here: nothing wakes the server before all have returned.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_delays_no_call() {
    let server = NatsServer::start();
    let limits = NatsLimits { queued_bytes: 1 << 20, ..NatsLimits::default() };
    let [one, two] = [Node::connected_with(limited(&server.url(), limits)).await, Node::connected(&server.url()).await];
    two.follow(&life(), &[of_chat(1)]).await;
    server.stop();
    let long = "x".repeat(100_000);
    for seq in 1..=1000 {
        one.nats.announce(announcement(chat(1), seq, vec![text(&long)]));
        one.nats.signal(&life(), presence(true, vec![chat(1)], None));
        one.nats.sessions_ended(vec![fresh_session()]);
        one.nats.follow(&life(), vec![of_chat(2)]);
        one.nats.unfollow(&life(), vec![of_chat(2)]);
    }
    assert!(one.nats.counters().dropped > 500, "{:?}", one.nats.counters());
    // Nothing closes the connections: that nobody answers is how it is noticed.
    one.until_connected(false).await;
    two.until_connected(false).await;
    assert_eq!(two.listener.heard().following.len(), 1);

    server.go_on();
    for node in [&one, &two] {
        node.listener.until("the interruption", |heard| heard.interruptions >= 1).await;
        node.until_connected(true).await;
    }
    one.nats.announce(announcement(chat(1), 5000, vec![text("a")]));
    let last =
        |heard: &parlor_testkit::bus::Heard| heard.events_of(chat(1)).iter().any(|event| event.seq.get() == 5000);
    two.listener.until("the event", last).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_publishes_what_it_was_told_before_it_ends() {
    let server = NatsServer::start();
    let [one, two] = [Node::connected(&server.url()).await, Node::connected(&server.url()).await];
    two.follow(&life(), &[of_chat(1)]).await;
    for seq in 1..=1000 {
        one.nats.announce(announcement(chat(1), seq, vec![text("a")]));
    }
    one.nats.close();
    assert!(!one.nats.is_connected());
    two.listener.until("all events", |heard| heard.announced.len() == 1000).await;
    // What comes after the end is dropped, and nobody minds.
    one.nats.announce(announcement(chat(1), 1001, vec![text("late")]));
    one.nats.close();
    two.nats.announce(announcement(chat(1), 1001, vec![text("a")]));
    assert_eq!(one.listener.heard().announced, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_without_a_server_can_be_closed() {
    let server = NatsServer::absent();
    let node = Node::start(&server.url());
    node.nats.follow(&life(), vec![of_chat(1)]);
    node.nats.close();
    let other = Node::start("nats://no-such-host.invalid:4222");
    other.nats.close();
    assert!(!node.nats.is_connected() && !other.nats.is_connected());
}
