//! Parts of the log.

use parlor_delivery::Request;
use parlor_domain::Seq;
use parlor_testkit::simulation::Stage;

#[test]
fn a_page_has_at_most_200_events() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    stage.store_many(1, chat, 300);
    let connection = stage.resume(2, &[(chat, 1)]);
    stage.sync(connection, "a", chat, 1);
    stage.ask(connection, "b", Request::Sync { chat, after: Seq::START, limit: Some(1000) });
    stage.ask(connection, "c", Request::Sync { chat, after: Seq::START, limit: Some(3) });
    let expected = ["ready 301 behind", "a: 2-201 of 301", "b: 1-200 of 301", "c: 1-3 of 301"];
    assert_eq!(stage.frames(connection), expected);
}

#[test]
fn a_page_has_about_256_kib_and_at_least_one_event() {
    let mut stage = Stage::with_events_of(100_000);
    let chat = stage.chat(&[1, 2]);
    stage.store_many(1, chat, 5);
    let connection = stage.resume(2, &[(chat, 0)]);
    stage.frames(connection);
    stage.sync(connection, "a", chat, 0);
    assert_eq!(stage.frames(connection), ["a: 1-2 of 6"]);
    stage.event_bytes = 500_000;
    let chat = stage.chat(&[1, 2]);
    stage.store_many(1, chat, 5);
    stage.pass(3);
    stage.frames(connection);
    stage.sync(connection, "a", chat, 0);
    assert_eq!(stage.frames(connection), ["a: 1-1 of 6"]);
}

#[test]
fn a_chat_is_live_from_a_page_that_reaches_the_head() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    stage.store_many(1, chat, 150);
    let connection = stage.resume(2, &[(chat, 1)]);
    stage.write(1, chat);
    stage.ask(connection, "a", Request::Sync { chat, after: Seq::START, limit: Some(100) });
    stage.write(1, chat);
    stage.sync(connection, "b", chat, 100);
    stage.write(1, chat);
    let expected = ["ready 151 behind", "a: 1-100 of 152", "b: 101-153 of 153, reached", "event 154"];
    assert_eq!(stage.frames(connection), expected);
}

#[test]
fn pages_wait_for_room_and_not_one_on_top_of_the_other() {
    let mut stage = Stage::with_events_of(2000);
    let chat = stage.chat(&[1, 2]);
    stage.store_many(1, chat, 200);
    let connection = stage.resume(2, &[(chat, 1)]);
    (0..8).for_each(|n| stage.sync(connection, &format!("r{n}"), chat, 1));
    let (_, bytes) = stage.core.queued(connection);
    assert!(bytes <= 2 * 256 * 1024, "{bytes} bytes wait");
    let frames = stage.frames(connection);
    assert_eq!(frames.iter().filter(|frame| frame.starts_with('r') && frame.contains(':')).count(), 8, "{frames:?}");
}

#[test]
fn a_page_does_not_take_back_what_ready_promised() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let other = stage.connect(1);
    stage.store_many(1, chat, 5);
    stage.silent = true;
    let connection = stage.connect(2);
    stage.read_all();
    stage.silent = true;
    stage.deliver_all();
    assert_eq!(stage.frames(connection).first().map(String::as_str), Some("ready 6 live"));
    // The node has not filled its own hole yet.
    stage.ask(connection, "a", Request::Sync { chat, after: Seq::START.next(), limit: None });
    stage.answer_all();
    stage.write(1, chat);
    assert_eq!(stage.frames_but_presence(connection), ["a: 2-6 of 6, reached", "event 7"]);
    assert_eq!(stage.frames_but_presence(other).len(), 7);
}
