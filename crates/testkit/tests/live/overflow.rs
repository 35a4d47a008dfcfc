//! Readers who are too slow.

use parlor_delivery::{Limits, Request};
use parlor_testkit::simulation::Stage;

#[test]
fn a_chat_with_too_many_events_is_behind_once_and_others_go_on() {
    let mut stage = Stage::default();
    let (busy, calm) = (stage.chat(&[1, 2]), stage.chat(&[1, 2]));
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.write(1, calm);
    stage.write_many(1, busy, 600);
    stage.write(1, calm);
    assert_eq!(stage.frames(connection), ["event 2", "behind 257 overflow", "event 3"]);
    stage.sync(connection, "a", busy, 1);
    stage.sync(connection, "b", busy, 201);
    stage.sync(connection, "c", busy, 401);
    stage.sync(connection, "d", busy, 601);
    stage.write(1, busy);
    assert_eq!(
        stage.frames(connection),
        [
            "a: 2-201 of 601",
            "b: 202-401 of 601",
            "c: 402-601 of 601, reached",
            "d: nothing of 601, reached",
            "event 602"
        ]
    );
}

#[test]
fn a_queue_of_too_many_bytes_is_as_full_as_one_of_too_many_frames() {
    let mut stage = Stage::with_events_of(10_000);
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.write_many(1, chat, 26);
    assert_eq!(stage.core.queued(connection), (26, 260_000));
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), ["behind 28 overflow"]);
}

#[test]
fn an_event_that_is_larger_than_the_queue_goes_through_an_empty_one() {
    let mut stage = Stage::with_events_of(300_000);
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), ["event 2"]);
}

#[test]
fn signals_go_before_any_event_does() {
    let mut stage = Stage::with(Limits { queue_frames: 8, ..Limits::default() });
    let chat = stage.chat(&[1, 2]);
    let (writer, reader) = (stage.connect(1), stage.connect(2));
    stage.frames(reader);
    stage.write(1, chat);
    stage.ask(writer, "a", Request::Typing { chat, on: true });
    stage.write_many(1, chat, 6);
    assert_eq!(stage.core.queued(reader).0, 8);
    stage.write(1, chat);
    let frames = stage.frames(reader);
    let events: Vec<_> = (2..=9).map(|seq| format!("event {seq}")).collect();
    assert_eq!(frames, events, "without the signal there was room for all");
}

#[test]
fn replies_are_never_dropped() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.send(connection, "a", chat);
    stage.write_many(1, chat, 300);
    stage.ask(connection, "b", Request::Read { chat, seq: parlor_domain::Seq::START.next() });
    let mut frames = stage.frames(connection);
    frames.retain(|frame| !frame.starts_with("read"));
    assert_eq!(frames, ["a: 2", "behind 257 overflow", "b: read 2"]);
}

#[test]
fn a_client_that_writes_and_does_not_read_is_bounded_too() {
    let mut stage = Stage::default();
    let connection = stage.connect(1);
    let limits = Limits::default();
    for second in 0..60 {
        for n in 0..20 {
            if stage.core.takes_input(connection) {
                stage.ask(connection, "a", Request::Ping);
            }
            let (frames, bytes) = stage.core.queued(connection);
            assert!(frames <= limits.queue_frames + limits.open_requests + 4, "{frames} after {second}.{n} s");
            assert!(bytes <= limits.queue_bytes, "{bytes} after {second}.{n} s");
        }
        stage.pass(1);
    }
    assert_eq!(stage.aborted, [connection]);
}
