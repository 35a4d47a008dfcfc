//! When a connection is closed, and with which code.

use parlor_delivery::{CloseCode, Lane, Limits, Millis, Request};
use parlor_testkit::simulation::{Stage, session};

#[test]
fn whoever_does_not_say_hello_within_10_s_is_closed() {
    let mut stage = Stage::default();
    let connection = stage.core.connect(Lane(0), stage.now);
    stage.pass(9);
    assert!(stage.frames(connection).is_empty());
    stage.pass(1);
    assert_eq!(stage.frames(connection), ["close 4408"]);
}

#[test]
fn a_request_before_hello_is_malformed() {
    let mut stage = Stage::default();
    let connection = stage.core.connect(Lane(0), stage.now);
    stage.ask(connection, "a", Request::Ping);
    assert_eq!(stage.frames(connection), ["close 4400"]);
}

#[test]
fn a_silent_client_is_pinged_after_25_s_and_closed_after_60() {
    let mut stage = Stage::default();
    let connection = stage.connect(1);
    assert_eq!(stage.frames(connection), ["ready"]);
    stage.pass(24);
    assert!(stage.frames(connection).is_empty());
    stage.pass(1);
    assert_eq!(stage.frames(connection), ["ping"]);
    stage.pass(25);
    assert_eq!(stage.frames(connection), ["ping"]);
    stage.pass(9);
    assert!(stage.frames(connection).is_empty());
    stage.pass(1);
    assert_eq!(stage.frames(connection), ["close 4408"]);
}

#[test]
fn any_sign_of_life_keeps_a_connection() {
    let mut stage = Stage::default();
    let connection = stage.connect(1);
    stage.frames(connection);
    for round in 0..10 {
        stage.pass(25);
        assert_eq!(stage.frames(connection), ["ping"], "round {round}");
        if round % 2 == 0 { stage.heard(connection) } else { stage.ask(connection, "a", Request::Pong) }
    }
}

#[test]
fn whoever_only_reads_a_busy_chat_is_pinged_too() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(1);
    stage.frames(connection);
    let mut pings = 0;
    for _ in 0..50 {
        stage.write(2, chat);
        stage.pass(1);
        pings += stage.frames(connection).iter().filter(|frame| *frame == "ping").count();
    }
    assert_eq!(pings, 2);
}

#[test]
fn without_progress_in_writing_for_30_s_a_connection_is_closed_and_then_broken_off() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(1);
    stage.frames(connection);
    stage.write(2, chat);
    for _ in 0..29 {
        stage.pass(1);
        stage.heard(connection);
    }
    assert!(stage.aborted.is_empty());
    stage.pass(1);
    assert_eq!(stage.core.queued(connection).0, 1, "only the end is left");
    stage.pass(4);
    assert!(stage.aborted.is_empty(), "it may still take that");
    stage.pass(1);
    assert_eq!(stage.aborted, [connection]);
}

#[test]
fn the_eleventh_connection_of_a_user_closes_the_oldest() {
    let mut stage = Stage::default();
    let connections: Vec<_> = (0..11).map(|_| stage.connect(1)).collect();
    assert_eq!(stage.frames(connections[0]).last().map(String::as_str), Some("close 4409"));
    for connection in &connections[1..] {
        assert_eq!(stage.frames(*connection), ["ready"]);
    }
}

#[test]
fn above_the_rate_requests_are_refused_and_after_10_s_of_that_the_connection_is_closed() {
    let mut stage = Stage::default();
    let connection = stage.connect(1);
    stage.frames(connection);
    for n in 0..41 {
        stage.ask(connection, "a", Request::Ping);
        let expected = if n < 40 { "pong" } else { "a: RateLimited" };
        assert_eq!(stage.frames(connection), [expected], "frame {n}");
    }
    for _ in 0..10 {
        stage.pass(1);
        (0..21).for_each(|_| stage.ask(connection, "a", Request::Ping));
    }
    assert_eq!(stage.frames(connection).last().map(String::as_str), Some("close 4429"));
}

#[test]
fn a_token_is_announced_to_end_and_a_new_one_goes_on() {
    let mut stage = Stage::default();
    stage.token = Millis::seconds(100);
    let (lazy, keen) = (stage.connect(1), stage.connect(2));
    let live = |stage: &mut Stage, seconds| {
        let mut frames = stage.pass_reading(seconds, [lazy, keen]);
        frames.iter_mut().for_each(|frames| frames.retain(|frame| frame != "ping"));
        frames
    };
    stage.frames(lazy);
    stage.frames(keen);
    let none: [&str; 0] = [];
    assert_eq!(live(&mut stage, 39), [none, none]);
    assert_eq!(live(&mut stage, 1), [["auth.expiring"], ["auth.expiring"]]);
    let renewed = stage.identity(2);
    stage.core.renew(keen, Some("a".into()), renewed, stage.now);
    assert_eq!(live(&mut stage, 60), [vec!["close 4401"], vec!["a: renewed", "auth.expiring"]]);
}

#[test]
fn whoever_renews_with_short_tokens_is_not_asked_to_renew_at_once() {
    let mut stage = Stage::default();
    stage.token = Millis::seconds(40);
    let connection = stage.connect(1);
    stage.pass(1);
    assert_eq!(stage.frames(connection), ["ready", "auth.expiring"]);
    for _ in 0..3 {
        let renewed = stage.identity(1);
        stage.core.renew(connection, Some("a".into()), renewed, stage.now);
        assert_eq!(stage.pass_reading(19, [connection]), [["a: renewed"]]);
        assert_eq!(stage.pass_reading(1, [connection]), [["auth.expiring"]]);
    }
}

#[test]
fn a_token_of_another_user_closes_the_connection() {
    let mut stage = Stage::default();
    let connection = stage.connect(1);
    let other = stage.identity(2);
    stage.core.renew(connection, None, other, stage.now);
    assert_eq!(stage.frames(connection), ["close 4401"]);
}

#[test]
fn the_end_of_a_session_closes_its_connections_and_no_others() {
    let mut stage = Stage::default();
    let (mine, other) = (stage.connect(1), stage.connect(2));
    stage.core.sessions_ended(&[session(1)], stage.now);
    assert_eq!(stage.frames(mine), ["close 4403"]);
    assert_eq!(stage.frames(other), ["ready"]);
}

#[test]
fn a_node_that_goes_away_says_bye_and_when_to_come_back() {
    let limits = Limits::default();
    let mut stage = Stage::default();
    let connection = stage.connect(1);
    stage.core.shut_down(stage.now);
    let frames = stage.take(connection);
    let [parlor_delivery::Frame::Bye { code: CloseCode::GoingAway, retry_after }, _] = frames.as_slice() else {
        panic!("{frames:?}");
    };
    assert!(*retry_after < limits.retry_within.0);
    let late = stage.core.connect(Lane(0), stage.now);
    assert_eq!(stage.frames(late), ["bye 1001", "close 1001"]);
}

#[test]
fn a_database_that_went_back_closes_all_connections() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(1);
    stage.back_up();
    stage.write(2, chat);
    assert_eq!(stage.frames(connection), ["ready 1 live", "event 2"]);
    stage.restore(false);
    stage.pass(3);
    assert_eq!(stage.frames(connection), ["bye 1012", "close 1012"]);
    let again = stage.resume(1, &[(chat, 2)]);
    assert_eq!(stage.frames(again), ["ready 1 behind"]);
}

#[test]
fn a_new_life_of_the_database_closes_all_connections_and_makes_their_cursors_void() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(1);
    stage.back_up();
    stage.write(2, chat);
    stage.frames(connection);
    let old = stage.epoch();
    stage.restore(true);
    stage.write(2, chat);
    assert_eq!(stage.frames(connection), ["bye 1012", "close 1012"]);
    let again = stage.resume_in(old, 1, &[(chat, 2)]);
    assert_eq!(stage.frames(again), ["ready 2 live"]);
}
