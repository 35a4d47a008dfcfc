//! What the in-process notifier promises to its subscribers.

use std::sync::Arc;

use parlor_delivery::{Delivery, LocalHub, Subscription};
use parlor_domain::ports::Notifier;
use parlor_domain::{ChatUri, Event, EventKind, Seq, UserId, UserRef, Username};
use time::OffsetDateTime;

fn chat(number: u8) -> ChatUri {
    ChatUri::from_bytes([number; 16])
}

fn seq(number: i64) -> Seq {
    Seq::new(number).expect("a small number")
}

fn event(chat: ChatUri, number: i64) -> Arc<Event> {
    let by = UserRef { id: UserId::new(1).expect("a small number"), username: Username::stored("mabel") };
    let kind = EventKind::MessageCreated { body: format!("number {number}"), client_id: None, reply_to: None };
    Arc::new(Event { chat, seq: seq(number), at: OffsetDateTime::UNIX_EPOCH, by, kind })
}

fn announce(hub: &LocalHub, numbers: impl IntoIterator<Item = i64>) {
    hub.announce(chat(1), numbers.into_iter().map(|number| event(chat(1), number)).collect());
}

fn drain(live: &mut Subscription) -> Vec<Option<i64>> {
    std::iter::from_fn(|| live.try_next())
        .map(|delivery| match delivery {
            Delivery::Event(event) => Some(event.seq.get()),
            Delivery::Behind => None,
        })
        .collect()
}

#[test]
fn every_subscriber_of_a_chat_gets_its_events_once_and_in_order() {
    let hub = LocalHub::default();
    let (mut one, mut other) = (hub.subscribe(chat(1), Seq::START), hub.subscribe(chat(1), seq(2)));
    let mut elsewhere = hub.subscribe(chat(2), Seq::START);
    announce(&hub, [1, 2]);
    announce(&hub, [2, 3]);
    assert_eq!(drain(&mut one), [Some(1), Some(2), Some(3)]);
    assert_eq!(drain(&mut other), [Some(3)], "what lies before the place of subscribing is not news");
    assert_eq!(drain(&mut elsewhere), []);
}

#[test]
fn a_gap_is_told_once_and_nothing_is_delivered_behind_it() {
    let hub = LocalHub::default();
    let mut live = hub.subscribe(chat(1), Seq::START);
    announce(&hub, [1, 3]);
    announce(&hub, [2, 3, 4]);
    assert_eq!(drain(&mut live), [Some(1), None]);
    assert_eq!(drain(&mut live), []);
}

#[test]
fn a_reader_that_stalls_holds_a_bounded_queue_and_stops_nobody() {
    let hub = LocalHub::default();
    let (mut stalled, mut reader) = (hub.subscribe(chat(1), Seq::START), hub.subscribe(chat(1), Seq::START));
    let mut read = Vec::new();
    for number in 1..=1000 {
        announce(&hub, [number]);
        read.extend(drain(&mut reader));
    }
    assert_eq!(read, (1..=1000).map(Some).collect::<Vec<_>>());
    let held = drain(&mut stalled);
    assert_eq!(held.len(), 257, "256 events and the word that more are missing");
    assert_eq!(held.last(), Some(&None));
}

#[tokio::test]
async fn whoever_waits_is_woken() {
    let hub = LocalHub::default();
    let mut live = hub.subscribe(chat(1), Seq::START);
    let waiting = tokio::spawn(async move { live.next().await });
    tokio::task::yield_now().await;
    announce(&hub, [1]);
    assert_eq!(waiting.await.unwrap(), Delivery::Event(event(chat(1), 1)));
}

#[test]
fn who_has_gone_is_forgotten() {
    let hub = LocalHub::default();
    drop(hub.subscribe(chat(1), Seq::START));
    announce(&hub, [1]);
    let mut late = hub.subscribe(chat(1), seq(1));
    announce(&hub, [2]);
    assert_eq!(drain(&mut late), [Some(2)]);
}
