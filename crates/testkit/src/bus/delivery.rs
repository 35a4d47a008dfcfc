//! What arrives, and how.

use std::thread;

use parlor_domain::{Announcement, EventKind, Role};

use super::BusFixture;
use super::following::let_pass;
use super::samples::{
    all_kinds, announcement, chat, created, fresh_session, life, member, of_chat, of_user, presence, read, text, typing,
};

/// All that can be announced arrives as it was, once and in order.
pub async fn every_kind_of_event_arrives_whole_and_in_order(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    two.follow(&life(), &[of_chat(1)]).await;
    let sent = announcement(chat(1), 1, all_kinds());
    one.bus.announce(sent.clone());
    two.listener.until("all events", |heard| heard.events_of(chat(1)).len() >= sent.events.len()).await;
    let_pass(one, two).await;
    let heard = two.listener.heard();
    assert_eq!(heard.events_of(chat(1)), sent.events);
    assert!(heard.announced.iter().all(|announcement| announcement.epoch == life()));
}

/// What does not fit into one message of whatever carries it comes in several.
pub async fn a_large_batch_arrives_complete(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    two.follow(&life(), &[of_chat(1)]).await;
    let texts = (0..256).map(|number| text(&"\u{1f600}".repeat(number * 8))).collect();
    let sent = announcement(chat(1), 1, texts);
    one.bus.announce(sent.clone());
    let enough = two.listener.until("all events", |heard| heard.events_of(chat(1)).len() >= sent.events.len()).await;
    assert_eq!(enough.events_of(chat(1)), sent.events);
}

/// Many announcements keep their order, and none is doubled.
pub async fn events_of_many_announcements_arrive_once_and_in_order(fx: BusFixture) {
    let [one, two, three] = &fx.nodes;
    for node in [two, three] {
        node.follow(&life(), &[of_chat(1), of_chat(2)]).await;
    }
    for seq in 1..=500 {
        one.bus.announce(announcement(chat(1), seq, vec![text(&seq.to_string())]));
        one.bus.announce(announcement(chat(2), 2 * seq - 1, vec![text("a"), text("b")]));
    }
    for node in [two, three] {
        let enough =
            |heard: &super::Heard| heard.events_of(chat(1)).len() >= 500 && heard.events_of(chat(2)).len() >= 1000;
        let heard = node.listener.until("all events", enough).await;
        for (number, last) in [(1, 500), (2, 1000)] {
            let seqs: Vec<_> = heard.events_of(chat(number)).iter().map(|event| event.seq.get()).collect();
            assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
        }
    }
}

/// Who announces does not hear it again, though they follow it.
pub async fn what_is_announced_never_comes_back(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    let topics = [of_chat(1), of_user(1)];
    one.follow(&life(), &topics).await;
    two.follow(&life(), &topics).await;
    one.bus.announce(announcement(chat(1), 1, vec![created(1)]));
    one.bus.signal(&life(), typing(chat(1), true));
    one.bus.signal(&life(), presence(true, vec![chat(1)], None));
    one.bus.sessions_ended(vec![fresh_session()]);
    two.listener.until("what was announced", |heard| !heard.announced.is_empty() && !heard.ended.is_empty()).await;
    let_pass(two, one).await;
    let heard = one.listener.heard();
    assert_eq!((heard.announced.len(), heard.signals.len(), heard.ended.len()), (0, 0, 1), "only what passed");
}

/// A node learns by its users of chats that it did not follow.
pub async fn members_to_be_hear_of_their_chat(fx: BusFixture) {
    let [one, two, three] = &fx.nodes;
    two.follow(&life(), &[of_user(2)]).await;
    three.follow(&life(), &[of_user(9)]).await;
    let made = announcement(chat(1), 1, vec![created(2), text("not for users")]);
    let added = announcement(chat(2), 7, vec![text("nor this"), EventKind::MemberAdded(member(2, Role::Member))]);
    one.bus.announce(made.clone());
    one.bus.announce(added.clone());
    let heard = two.listener.until("both", |heard| heard.announced.len() >= 2).await;
    assert_eq!(heard.announced, [single(&made, 0), single(&added, 1)]);
    let_pass(one, three).await;
    assert_eq!(three.listener.heard().announced, [], "it is about nobody here");
}

/// The same for a chat that begins with a crowd.
pub async fn a_crowd_hears_of_its_chat(fx: BusFixture) {
    let [one, two, three] = &fx.nodes;
    two.follow(&life(), &[of_user(200), of_user(3000)]).await;
    three.follow(&life(), &[of_user(3000)]).await;
    let made = announcement(chat(1), 1, vec![created(500)]);
    one.bus.announce(made.clone());
    let heard = two.listener.until("the chat", |heard| !heard.announced.is_empty()).await;
    assert_eq!(heard.announced, [made]);
    let_pass(one, three).await;
    assert_eq!(three.listener.heard().announced, [], "it is about nobody here");
}

/// Who is removed learns of it in the same way.
pub async fn a_member_hears_of_the_end(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    two.follow(&life(), &[of_user(4)]).await;
    let kinds = vec![EventKind::MemberRole(member(4, Role::Admin)), EventKind::MemberRemoved(member(4, Role::Admin))];
    let sent = announcement(chat(1), 20, kinds);
    one.bus.announce(sent.clone());
    let heard = two.listener.until("the removal", |heard| !heard.announced.is_empty()).await;
    assert_eq!(heard.announced, [single(&sent, 1)]);
}

/// Who writes and who has read is told where the chat is followed, and nowhere else.
pub async fn typing_and_reading_reach_who_follows_the_chat(fx: BusFixture) {
    let [one, two, three] = &fx.nodes;
    two.follow(&life(), &[of_chat(1)]).await;
    three.follow(&life(), &[of_chat(2)]).await;
    let sent = [typing(chat(1), true), read(chat(1), 12), typing(chat(1), false)];
    for signal in &sent {
        one.bus.signal(&life(), signal.clone());
    }
    let heard = two.listener.until("three signals", |heard| heard.signals.len() >= 3).await;
    assert_eq!(heard.signals, sent.map(|signal| (life(), signal)));
    let_pass(one, three).await;
    assert_eq!(three.listener.heard().signals, []);
}

/// Who came and who went is told everywhere, with the life in which it is so.
pub async fn presence_reaches_all(fx: BusFixture) {
    let [one, two, three] = &fx.nodes;
    let sent = [presence(true, vec![chat(1), chat(2)], None), presence(true, vec![chat(1)], Some(3))];
    for signal in &sent {
        one.bus.signal(&life(), signal.clone());
    }
    for node in [two, three] {
        let heard = node.listener.until("two signals", |heard| heard.signals.len() >= 2).await;
        assert_eq!(heard.signals, sent.clone().map(|signal| (life(), signal)));
    }
}

/// Ended sessions are told everywhere, however many they are.
pub async fn ended_sessions_reach_all(fx: BusFixture) {
    let [one, two, three] = &fx.nodes;
    let ended: Vec<_> = (0..10_000).map(|_| fresh_session()).collect();
    one.bus.sessions_ended(ended.clone());
    for node in [two, three] {
        let heard = node.listener.until("all sessions", |heard| heard.ended.len() >= ended.len()).await;
        assert_eq!(heard.ended, ended);
    }
}

/// Any thread may call: the one that writes to the database has no runtime.
pub async fn calls_need_no_runtime(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    two.follow(&life(), &[of_chat(1)]).await;
    let bus = one.bus.clone();
    let calls = move || {
        bus.follow(&life(), vec![of_chat(3), of_user(3)]);
        bus.announce(announcement(chat(1), 1, vec![text("a")]));
        bus.signal(&life(), typing(chat(1), true));
        bus.sessions_ended(vec![fresh_session()]);
        bus.unfollow(&life(), vec![of_chat(3), of_user(3)]);
    };
    thread::spawn(calls).join().expect("the calls need no runtime");
    let all =
        |heard: &super::Heard| !heard.announced.is_empty() && !heard.signals.is_empty() && !heard.ended.is_empty();
    two.listener.until("all of it", all).await;
}

/// The announcement of one of the events alone.
fn single(of: &Announcement, index: usize) -> Announcement {
    Announcement { events: vec![of.events[index].clone()], ..of.clone() }
}
