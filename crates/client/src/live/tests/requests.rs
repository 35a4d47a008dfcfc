//! What is sent until it is stored, and what is asked once.

use super::*;
use crate::Error;

fn outcome(receiver: &mut oneshot::Receiver<Outcome>) -> Option<Outcome> {
    receiver.try_recv().ok()
}

fn texts(frames: &[Value]) -> Vec<&str> {
    frames.iter().filter(|frame| frame["type"] == "send").map(|frame| frame["message"].as_str().unwrap()).collect()
}

#[test]
fn of_each_chat_one_message_is_under_way_in_order() {
    let mut test = Test::live(Place::default(), &[]);
    let mut first = test.sends(chat(1), "a");
    let (_second, _other) = (test.sends(chat(1), "b"), test.sends(chat(2), "c"));
    let said = test.said();
    assert_eq!(texts(&said), ["a", "c"]);
    let said = test.hears_result(&said[0], &json!({"seq": 12, "duplicate": false}));
    assert_eq!(texts(&said), ["b"]);
    assert_eq!(outcome(&mut first).unwrap().unwrap()["seq"], 12);
}

#[test]
fn what_was_not_acknowledged_is_sent_again_as_it_was() {
    let mut test = Test::new(Place::default());
    let (mut first, mut second) = (test.sends(chat(1), "a"), test.sends(chat(1), "b"));
    let said = test.connects(&[]);
    assert_eq!(texts(&said), ["a"]);
    test.closes(None);
    test.passes();
    let said = test.connects(&[]);
    assert_eq!((texts(&said), &said[1]["client_id"]), (vec!["a"], &json!("a")));
    let said = test.hears_result(&said[1], &json!({"seq": 12, "duplicate": true}));
    assert_eq!(texts(&said), ["b"]);
    assert!(outcome(&mut first).unwrap().is_ok() && outcome(&mut second).is_none());
}

#[test]
fn what_was_to_wait_is_sent_once_over_a_new_connection() {
    let mut test = Test::live(Place::default(), &[]);
    let _first = test.sends(chat(1), "a");
    let said = test.said();
    test.hears_error(&said[0], json!({"code": "busy", "retry_after": 4}));
    test.closes(None);
    test.passes();
    assert_eq!(texts(&test.connects(&[])), ["a"]);
    test.now += seconds(4);
    test.follower.tick(test.now);
    assert_eq!(test.said(), [] as [Value; 0]);
}

#[test]
fn what_passes_by_itself_is_tried_again_and_holds_up_its_own_chat_only() {
    for (code, wait) in [("rate_limited", Some(4)), ("busy", None), ("unavailable", Some(2)), ("internal", None)] {
        let mut test = Test::live(Place::default(), &[]);
        let mut first = test.sends(chat(1), "a");
        let _second = test.sends(chat(1), "b");
        let said = test.said();
        assert!(test.hears_error(&said[0], json!({"code": code, "retry_after": wait})).is_empty());
        let _other = test.sends(chat(2), "c");
        assert_eq!(texts(&test.said()), ["c"]);
        let (passed, said) = test.passes();
        assert_eq!((passed, said.len()), (seconds(wait.unwrap_or(1)), 1), "{code}");
        assert!(matches!(&said[0], Output::Say(frame) if frame.contains(r#""message":"a""#)), "{said:?}");
        assert!(outcome(&mut first).is_none());
    }
}

#[test]
fn what_is_refused_for_good_is_told_and_the_next_goes_on() {
    let mut test = Test::live(Place::default(), &[]);
    let mut first = test.sends(chat(1), "a");
    let _second = test.sends(chat(1), "b");
    let said = test.said();
    let said = test.hears_error(&said[0], json!({"code": "blocked"}));
    assert_eq!(texts(&said), ["b"]);
    assert!(outcome(&mut first).unwrap().unwrap_err().is_code("blocked"));
}

#[test]
fn eight_requests_are_open_at_most_and_no_chat_waits_for_another_s_queue() {
    let mut test = Test::live(Place::default(), &[]);
    let _waiting: Vec<_> =
        (0..10).flat_map(|n| [test.sends(chat(n), "first"), test.sends(chat(n), "second")]).collect();
    let mut under_way = test.said();
    assert_eq!(under_way.len(), 8);
    let mut order: Vec<_> = under_way.iter().map(|frame| frame["chat"].clone()).collect();
    while !under_way.is_empty() {
        let done = under_way.remove(0);
        let said = test.hears_result(&done, &json!({"seq": 1, "duplicate": false}));
        order.extend(said.iter().map(|frame| frame["chat"].clone()));
        under_way.extend(said);
    }
    let chats: Vec<_> = (0..10).chain(0..10).map(|n| json!(chat(n))).collect();
    assert_eq!(order, chats);
}

#[test]
fn what_is_asked_once_is_told_that_the_connection_broke() {
    let mut test = Test::live(Place::default(), &[]);
    let mut asked: Vec<_> = (0..10).map(|_| test.asks("typing")).collect();
    let said = test.said();
    assert_eq!(said.len(), 8, "two wait");
    test.hears_result(&said[0], &json!({}));
    test.closes(None);
    assert!(outcome(&mut asked[0]).unwrap().is_ok());
    for asked in &mut asked[1..] {
        assert!(matches!(outcome(asked), Some(Err(Error::Disconnected))));
    }
    assert!(matches!(outcome(&mut test.asks("typing")), Some(Err(Error::Disconnected))));
}

#[test]
fn the_end_ends_all_that_waits() {
    let mut test = Test::live(Place::default(), &[]);
    let (mut sent, mut asked) = (test.sends(chat(1), "a"), test.asks("typing"));
    test.closes(4409);
    assert!(matches!(outcome(&mut sent), Some(Err(Error::Ended))));
    assert!(matches!(outcome(&mut asked), Some(Err(Error::Disconnected))));
}

#[test]
fn a_reply_to_nothing_is_passed_over() {
    let mut test = Test::live(Place::default(), &[]);
    for id in [json!(null), json!("7"), json!("x")] {
        test.hears(&json!({"type": "reply", "id": id, "ok": true, "result": {}}));
    }
    assert_eq!(test.told(), []);
}
