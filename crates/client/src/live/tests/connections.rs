//! One connection after the other.

use super::*;
use crate::Error;
use crate::error::Refusal;
use crate::live::End;

fn ended(end: End) -> Vec<Update> {
    vec![Update::Status(Status::Ended(end))]
}

fn refused() -> Error {
    Refusal::read(401, None, br#"{"code": "token_not_valid", "detail": "No."}"#).into()
}

#[test]
fn it_connects_at_once() {
    assert_eq!(Test::new(Place::default()).outputs(), [Output::Connect]);
}

#[test]
fn a_connection_that_is_not_ready_in_time_is_given_up() {
    let mut test = Test::new(Place::default());
    test.follower.opened();
    test.drain();
    assert_eq!(test.passes(), (seconds(10), vec![Output::Disconnect]));
    assert_eq!(test.told(), [Update::Status(Status::Waiting(Duration::from_millis(250)))]);
    assert_eq!(test.passes(), (Duration::from_millis(250), vec![Output::Connect]));
}

#[test]
fn the_waits_double_up_to_a_bound_and_begin_anew_after_ready() {
    let mut test = Test::new(Place::default());
    let mut waits = Vec::new();
    for _ in 0..9 {
        test.closes(None);
        waits.push(test.passes().0.as_millis());
    }
    assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    test.connects(&[]);
    test.closes(1012);
    assert_eq!(test.passes().0.as_millis(), 250);
}

#[test]
fn a_server_that_says_goodbye_says_when_to_come_back() {
    let mut test = Test::live(Place::default(), &[]);
    test.hears(&json!({"type": "bye", "code": 1012, "reason": "the server restarts", "retry_after": 2.173}));
    assert_eq!(test.closes(1012), [Output::Disconnect]);
    assert_eq!(test.passes().0, Duration::from_millis(2173));
    // That was for once.
    test.closes(None);
    assert_eq!(test.passes().0, Duration::from_millis(500));
}

#[test]
fn silence_ends_a_connection_and_any_frame_prolongs_it() {
    let mut test = Test::live(Place::default(), &[]);
    test.now += seconds(30);
    assert_eq!(test.hears(&json!({"type": "ping"})), [json!({"type": "pong"})]);
    assert_eq!(test.passes(), (seconds(60), vec![Output::Disconnect]));
}

#[test]
fn some_closes_would_only_come_again() {
    for code in [4400, 1002, 1003, 1007, 1009] {
        let mut test = Test::live(Place::default(), &[]);
        assert_eq!(test.closes(code), [Output::Disconnect]);
        assert_eq!((test.told(), test.follower.deadline()), (ended(End::Refused), None), "{code}");
    }
}

#[test]
fn whoever_has_too_many_connections_does_not_come_back() {
    let mut test = Test::live(Place::default(), &[]);
    test.closes(4409);
    assert_eq!(test.told(), ended(End::Replaced));
    assert!(test.follower.has_ended());
}

#[test]
fn an_ended_session_takes_the_tokens_with_it() {
    let mut test = Test::live(Place::default(), &[]);
    assert_eq!(test.closes(4403), [Output::Forget, Output::Disconnect]);
    assert_eq!(test.told(), ended(End::SignedOut));
}

#[test]
fn without_tokens_there_is_nobody_to_follow() {
    let mut test = Test::new(Place::default());
    test.follower.is_signed_out();
    assert_eq!(test.told(), ended(End::SignedOut));
}

#[test]
fn whoever_said_too_much_waits_for_half_a_minute() {
    let mut test = Test::live(Place::default(), &[]);
    test.closes(4429);
    assert_eq!(test.passes(), (seconds(30), vec![Output::Connect]));
}

#[test]
fn all_other_closes_keep_the_place() {
    for code in [Some(1001), Some(1012), Some(4408), Some(4500), Some(1006), None] {
        let mut test = Test::live(place(&[(chat(1), 4)]), &[]);
        test.closes(code);
        test.passes();
        test.follower.opened();
        assert_eq!(test.said()[0]["cursors"], json!({chat(1).to_string(): 4}), "{code:?}");
    }
}

#[test]
fn a_token_at_its_end_is_renewed_and_it_comes_back_at_once() {
    let mut test = Test::live(Place::default(), &[]);
    assert_eq!(test.closes(4401), [Output::Disconnect, Output::Renew]);
    test.follower.renewed(Ok("new".to_owned()), test.now);
    assert_eq!(test.outputs(), [Output::Connect]);
    // Refused once more: there is no hurry.
    test.closes(4401);
    test.follower.renewed(Ok("newer".to_owned()), test.now);
    assert_eq!(test.outputs(), [Output::Disconnect]);
    assert_eq!(test.passes(), (Duration::from_millis(250), vec![Output::Connect]));
}

#[test]
fn a_connection_that_was_ready_lets_the_next_refusal_be_hurried() {
    let mut test = Test::live(Place::default(), &[]);
    for _ in 0..3 {
        test.closes(4401);
        test.follower.renewed(Ok("new".to_owned()), test.now);
        assert_eq!(test.outputs(), [Output::Connect]);
        test.connects(&[]);
    }
}

#[test]
fn a_token_that_cannot_be_renewed_ends_it_and_a_server_that_is_away_does_not() {
    let mut test = Test::live(Place::default(), &[]);
    test.closes(4401);
    test.follower.renewed(Err(Error::Disconnected), test.now);
    assert_eq!(test.outputs(), [Output::Disconnect]);
    assert!(matches!(test.told()[..], [Update::Status(Status::Waiting(_))]));
    test.passes();
    test.closes(4401);
    test.follower.renewed(Err(refused()), test.now);
    assert_eq!(test.told(), ended(End::SignedOut));
}

#[test]
fn a_token_that_is_about_to_end_is_replaced_over_the_connection() {
    let mut test = Test::live(Place::default(), &[]);
    test.follower.heard(r#"{"type": "auth.expiring", "expires_at": "2026-11-24T09:00:00.000000Z"}"#, test.now);
    assert_eq!(test.outputs(), [Output::Renew]);
    test.follower.renewed(Ok("new".to_owned()), test.now);
    let said = test.said();
    assert_eq!((&said[0]["type"], &said[0]["token"]), (&json!("auth"), &json!("new")));
    test.hears_error(&said[0], json!({"code": "token_not_valid"}));
    assert_eq!(test.told(), []);
}

#[test]
fn if_it_cannot_be_replaced_the_connection_goes_on_to_its_end() {
    let mut test = Test::live(Place::default(), &[]);
    test.follower.renewed(Err(refused()), test.now);
    assert_eq!((test.outputs(), test.told()), (vec![], vec![]));
}

#[test]
fn a_renewal_that_comes_after_its_connection_is_only_kept() {
    let mut test = Test::live(Place::default(), &[]);
    test.closes(None);
    test.follower.renewed(Ok("new".to_owned()), test.now);
    assert_eq!(test.outputs(), []);
}

#[test]
fn one_can_have_it_come_back_at_once() {
    let mut test = Test::live(Place::default(), &[]);
    test.closes(None);
    test.follower.reconnect(test.now);
    assert_eq!(test.outputs(), [Output::Connect]);
}

#[test]
fn one_can_have_a_connection_asked_for_a_sign_of_life() {
    let mut test = Test::live(Place::default(), &[]);
    test.follower.reconnect(test.now);
    assert_eq!(test.said(), [json!({"type": "ping"})]);
    test.hears(&json!({"type": "pong"}));
    test.follower.reconnect(test.now);
    test.said();
    assert_eq!(test.passes(), (seconds(5), vec![Output::Disconnect]));
}

#[test]
fn frames_that_are_not_known_are_passed_over_and_nonsense_ends_it() {
    let mut test = Test::live(Place::default(), &[]);
    test.hears(&json!({"type": "fireworks", "colour": "red"}));
    assert_eq!(test.told(), []);
    test.follower.heard("[]", test.now);
    assert_eq!(test.told(), ended(End::Refused));
}
