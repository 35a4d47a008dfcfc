//! What is true for a moment.

use parlor_delivery::{Limits, Request};
use parlor_domain::{Seq, SignalKind};
use parlor_testkit::simulation::Stage;

#[test]
fn typing_is_passed_on_once_in_2_s_and_not_to_oneself() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let (writer, reader) = (stage.connect(1), stage.connect(2));
    stage.frames(writer);
    stage.frames(reader);
    for _ in 0..3 {
        stage.ask(writer, "a", Request::Typing { chat, on: true });
    }
    stage.pass(2);
    stage.ask(writer, "a", Request::Typing { chat, on: false });
    assert_eq!(stage.frames(reader), ["typing 1 true", "typing 1 false"]);
    assert_eq!(stage.frames_but_presence(writer), ["a: typing"; 4]);
    let typing = stage.published.iter().filter(|signal| matches!(signal.kind, SignalKind::Typing { .. })).count();
    assert_eq!(typing, 2);
}

#[test]
fn several_devices_type_as_one_in_each_chat() {
    let mut stage = Stage::default();
    let (chat, another) = (stage.chat(&[1, 2]), stage.chat(&[1, 2]));
    let (desk, phone, reader) = (stage.connect(1), stage.connect(1), stage.connect(2));
    stage.frames(reader);
    for device in [desk, phone] {
        stage.ask(device, "a", Request::Typing { chat, on: true });
    }
    stage.ask(phone, "b", Request::Typing { chat: another, on: true });
    assert_eq!(stage.frames(reader), ["typing 1 true", "typing 1 true"], "once in each chat");
}

#[test]
fn reading_is_passed_on_once_a_second_and_to_ones_own_devices_always() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let (reader, device, other) = (stage.connect(1), stage.connect(1), stage.connect(2));
    [reader, device, other].into_iter().for_each(|connection| drop(stage.frames(connection)));
    let seq = Seq::START.next();
    stage.ask(reader, "a", Request::Read { chat, seq });
    stage.ask(reader, "a", Request::Read { chat, seq });
    assert_eq!(stage.frames(other), ["read 1 1"]);
    assert_eq!(stage.frames_but_presence(device), ["read 1 1", "read 1 1"]);
    stage.pass(1);
    stage.ask(reader, "a", Request::Read { chat, seq });
    assert_eq!(stage.frames(other), ["read 1 1"]);
}

#[test]
fn reading_and_presence_are_not_passed_on_in_large_chats() {
    let mut stage = Stage::with(Limits { small_chat: 2, ..Limits::default() });
    let chat = stage.chat(&[1, 2, 3]);
    let (reader, other) = (stage.connect(1), stage.connect(2));
    stage.ask(reader, "a", Request::Read { chat, seq: Seq::START.next() });
    assert_eq!(stage.frames(other), ["ready 1 live"]);
}

#[test]
fn presence_is_told_once_however_many_chats_are_shared() {
    let mut stage = Stage::default();
    for _ in 0..3 {
        stage.chat(&[1, 2]);
    }
    let watcher = stage.connect(2);
    stage.frames(watcher);
    let (first, second) = (stage.connect(1), stage.connect(1));
    assert_eq!(stage.frames(watcher), ["presence 1 true"]);
    assert!(stage.frames(first).contains(&"presence 2 true".to_owned()), "who comes hears who is here");
    stage.frames(second);
    stage.core.disconnect(first, stage.now);
    let [seen, _] = stage.pass_reading(40, [watcher, second]);
    assert_eq!(seen, ["ping"], "one connection is left");
    stage.core.disconnect(second, stage.now);
    assert_eq!(stage.pass_reading(29, [watcher]), [["ping"]]);
    assert_eq!(stage.pass_reading(1, [watcher]), [["presence 1 false"]]);
}

#[test]
fn whoever_comes_back_within_30_s_was_never_away() {
    let mut stage = Stage::default();
    stage.chat(&[1, 2]);
    let (watcher, first) = (stage.connect(2), stage.connect(1));
    stage.core.disconnect(first, stage.now);
    stage.frames(watcher);
    stage.pass(20);
    stage.connect(1);
    stage.pass(4);
    assert!(stage.frames(watcher).is_empty());
}

#[test]
fn presence_can_be_off() {
    let mut stage = Stage::with(Limits { presence: false, ..Limits::default() });
    stage.chat(&[1, 2]);
    let (watcher, _) = (stage.connect(2), stage.connect(1));
    assert_eq!(stage.frames(watcher), ["ready 1 live"]);
    assert!(stage.published.is_empty());
}
