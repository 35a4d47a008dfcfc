//! Streams of one chat's events.

use parlor_testkit::simulation::{Stage, session};

#[test]
fn a_stream_begins_at_the_head_or_behind_an_event() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    stage.write(1, chat);
    let (now, all) = (stage.stream(2, chat, None), stage.stream(2, chat, Some(0)));
    stage.write(1, chat);
    assert_eq!(stage.frames(now), ["event 3"]);
    assert_eq!(stage.frames(all), ["chat.created 1", "event 2", "event 3"]);
}

#[test]
fn a_stream_that_is_read_slowly_misses_nothing() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let stream = stage.stream(2, chat, None);
    stage.write_many(1, chat, 2000);
    assert!(stage.core.queued(stream).0 <= 256);
    let expected: Vec<_> = (2..=2001).map(|seq| format!("event {seq}")).collect();
    assert_eq!(stage.frames(stream), expected);
}

#[test]
fn a_stream_ends_with_the_membership_and_with_the_session() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2, 3]);
    let (leaving, ending, foreign) =
        (stage.stream(2, chat, None), stage.stream(3, chat, None), stage.stream(4, chat, None));
    stage.remove(chat, 2);
    stage.core.sessions_ended(&[session(3)], stage.now);
    stage.write(1, chat);
    assert_eq!(stage.frames(leaving), ["member.removed 2", "close 4403"]);
    assert_eq!(stage.frames(ending), ["member.removed 2", "close 4403"]);
    assert_eq!(stage.frames(foreign), ["close 4403"]);
}

/// The edge may have read the log just before the database was put back, and the core know of the new life only.
#[test]
fn a_stream_from_the_log_of_another_life_ends_at_once() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    stage.back_up();
    stage.write(2, chat);
    let old = stage.epoch();
    stage.restore(true);
    stage.write(2, chat);
    let (lost, found) = (stage.stream_in(old, 1, chat, Some(1)), stage.stream(1, chat, Some(1)));
    assert_eq!(stage.frames(lost), ["close 1012"]);
    assert_eq!(stage.frames(found), ["event 2"]);
}
