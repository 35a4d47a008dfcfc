//! What is true for a moment.

use parlor_delivery::{ConnectionId, Limits, Request};
use parlor_domain::{ChatUri, Seq, Signal, SignalKind};
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
fn whoever_comes_while_somebody_is_away_for_a_moment_hears_that_they_are_online() {
    let mut stage = Stage::default();
    stage.chat(&[1, 2]);
    let first = stage.connect(1);
    stage.core.disconnect(first, stage.now);
    stage.pass(20);
    let watcher = stage.connect(2);
    assert_eq!(stage.frames(watcher), ["ready 1 live", "presence 1 true"]);
    // Back in time: nothing more is said. Away for good: that is.
    let second = stage.connect(1);
    stage.core.disconnect(second, stage.now);
    assert_eq!(stage.pass_reading(29, [watcher]), [["ping"]]);
    assert_eq!(stage.pass_reading(1, [watcher]), [["presence 1 false"]]);
    let late = stage.connect(2);
    assert_eq!(stage.frames(late), ["ready 1 live"]);
}

#[test]
fn presence_can_be_off() {
    let mut stage = Stage::with(Limits { presence: false, ..Limits::default() });
    stage.chat(&[1, 2]);
    let (watcher, _) = (stage.connect(2), stage.connect(1));
    assert_eq!(stage.frames(watcher), ["ready 1 live"]);
    assert!(stage.published.is_empty());
}

/// Those of some frames that are signals.
fn only_signals(mut frames: Vec<String>) -> Vec<String> {
    frames.retain(|frame| ["typing ", "read ", "presence "].iter().any(|kind| frame.starts_with(kind)));
    frames
}

fn signals(stage: &mut Stage, connection: ConnectionId) -> Vec<String> {
    only_signals(stage.frames(connection))
}

/// User 1 comes, writes, reads and goes: what two others are told of it, who share a chat with them.
fn told_of_the_first(stage: &mut Stage, chat: ChatUri, others: [ConnectionId; 2]) -> [Vec<String>; 2] {
    drop(others.map(|connection| stage.frames(connection)));
    let first = stage.connect(1);
    stage.ask(first, "a", Request::Typing { chat, on: true });
    stage.ask(first, "a", Request::Read { chat, seq: Seq::START.next() });
    stage.core.disconnect(first, stage.now);
    stage.pass_reading(31, others).map(only_signals)
}

const ALL: [&str; 4] = ["presence 1 true", "typing 1 true", "read 1 1", "presence 1 false"];

#[test]
fn between_a_blocked_pair_there_are_no_signals_whoever_blocked() {
    for (by, whom) in [(1, 2), (2, 1)] {
        let mut stage = Stage::default();
        let chat = stage.chat(&[1, 2, 3]);
        stage.block_elsewhere(by, whom, true);
        let others = [stage.connect(2), stage.connect(3)];
        assert_eq!(told_of_the_first(&mut stage, chat, others), [vec![], ALL.map(str::to_owned).to_vec()]);
        let first = stage.connect(1);
        assert_eq!(signals(&mut stage, first), ["presence 3 true"], "who comes hears of the others only");
        stage.ask(others[0], "a", Request::Typing { chat, on: true });
        stage.ask(others[0], "a", Request::Read { chat, seq: Seq::START.next() });
        assert_eq!(signals(&mut stage, first), [""; 0]);
        stage.write(2, chat);
        assert_eq!(stage.frames(first), ["event 2"], "what is stored is for all");
    }
}

#[test]
fn a_block_made_on_this_node_holds_at_once_whatever_was_being_read() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2, 3]);
    let (first, other) = (stage.connect(1), stage.connect(2));
    stage.silent = true;
    stage.pass(3);
    let third = stage.connect(3);
    stage.read_all();
    stage.silent = true;
    stage.block(2, 1, true);
    stage.block(3, 1, true);
    // The answers were read before the blocks.
    stage.deliver_all();
    drop([first, other].map(|connection| stage.frames(connection)));
    stage.ask(first, "a", Request::Typing { chat, on: true });
    assert_eq!(signals(&mut stage, other), [""; 0]);
    stage.answer_all();
    stage.ask(first, "a", Request::Typing { chat, on: true });
    assert_eq!(signals(&mut stage, third), ["presence 2 true"], "it starts with what it is told then");
    assert_eq!(signals(&mut stage, other), ["presence 3 true"]);
}

#[test]
fn what_other_nodes_block_is_found_by_the_next_look() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2, 3]);
    let others = [stage.connect(2), stage.connect(3)];
    let first = stage.connect(1);
    stage.block_elsewhere(1, 2, true);
    stage.pass(3);
    drop(others.map(|connection| stage.frames(connection)));
    stage.ask(first, "a", Request::Typing { chat, on: true });
    assert_eq!(others.map(|connection| signals(&mut stage, connection)), [vec![], vec!["typing 1 true".to_owned()]]);
    stage.block_elsewhere(1, 2, false);
    stage.pass(3);
    stage.ask(first, "a", Request::Typing { chat, on: true });
    assert_eq!(signals(&mut stage, others[0]), ["typing 1 true"]);
}

#[test]
fn a_lifted_block_leaves_the_other_sides_own() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let (first, other) = (stage.connect(1), stage.connect(2));
    stage.block(1, 2, true);
    stage.block(2, 1, true);
    drop([first, other].map(|connection| stage.frames(connection)));
    for (by, whom, expected) in [(1, 2, vec![]), (2, 1, vec!["typing 1 true".to_owned()])] {
        stage.block(by, whom, false);
        stage.pass(2);
        stage.ask(first, "a", Request::Typing { chat, on: true });
        assert_eq!(signals(&mut stage, other), expected);
    }
}

#[test]
fn signals_of_other_nodes_do_not_reach_whom_a_block_is_between_nor_are_they_answered() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2, 3]);
    stage.block_elsewhere(2, 1, true);
    let others = [stage.connect(2), stage.connect(3)];
    drop(others.map(|connection| stage.frames(connection)));
    stage.published.clear();
    let epoch = stage.epoch();
    let by = stage.identity(1).user;
    let to = stage.identity(2).user.id;
    for kind in [
        SignalKind::Presence { online: true, chats: vec![chat], to: None },
        SignalKind::Presence { online: true, chats: Vec::new(), to: Some(to) },
        SignalKind::Typing { chat, on: true },
        SignalKind::Read { chat, seq: Seq::START },
    ] {
        stage.core.signalled(&epoch, &Signal { by: by.clone(), kind }, stage.now);
        stage.settle();
    }
    let told = others.map(|connection| signals(&mut stage, connection).len());
    assert_eq!(told, [0, 3]);
    let answered: Vec<_> = stage.published.iter().map(|signal| signal.by.id).collect();
    assert_eq!(answered, [stage.identity(3).user.id]);
}
