//! Whoever takes updates slowly: nothing is lost, and what is sent meanwhile is sent.

use super::*;

fn full() -> Test {
    let mut test = Test::live(place(&[(chat(1), 4)]), &[listed(chat(1), 4, "live")]);
    test.follower.room(false);
    test
}

#[test]
fn events_without_room_are_fetched_once_there_is() {
    let mut test = full();
    assert!(test.hears(&event(chat(1), 5)).is_empty());
    assert!(test.hears(&event(chat(1), 6)).is_empty());
    assert_eq!(test.seqs(), [] as [u64; 0]);
    test.follower.room(true);
    let sync = asks_for(&test.said(), chat(1), 4);
    test.follower.room(false);
    // It was asked for while there was room.
    test.hears_page(&sync, chat(1), &[5, 6], false);
    assert_eq!(test.seqs(), [5, 6]);
    test.follower.room(true);
    asks_for(&test.said(), chat(1), 6);
}

#[test]
fn the_first_event_of_a_chat_is_told_all_the_same() {
    let mut test = full();
    test.hears(&event(chat(2), 1));
    test.hears(&event(chat(2), 2));
    assert_eq!(test.seqs(), [1]);
    test.follower.room(true);
    asks_for(&test.said(), chat(2), 1);
}

#[test]
fn signals_without_room_are_left_out() {
    let mut test = full();
    let signal = json!({"type": "signal", "chat": chat(1), "kind": "typing", "by": {"id": 2, "username": "zoë"},
        "data": {"on": true}});
    test.hears(&signal);
    assert_eq!(test.told(), []);
    test.follower.room(true);
    test.hears(&signal);
    assert!(matches!(test.told()[..], [Update::Signal(_)]));
}

#[test]
fn messages_are_sent_and_acknowledged_without_room() {
    let mut test = full();
    let mut sent = test.sends(chat(1), "a");
    let said = test.said();
    test.hears_result(&said[0], &json!({"seq": 5, "duplicate": false}));
    assert!(sent.try_recv().unwrap().is_ok());
}
