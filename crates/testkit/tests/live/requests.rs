//! What clients ask for, and how many of it at once.

use parlor_delivery::{Refusal, Request};
use parlor_domain::message::MessageCommand;
use parlor_domain::{Emoji, EventKind, MessageBody, Seq};
use parlor_testkit::simulation::Stage;

#[test]
fn the_reply_to_send_comes_before_its_event() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.send(connection, "a", chat);
    assert_eq!(stage.frames(connection), ["a: 2", "event 2"]);
}

#[test]
fn the_reply_to_send_comes_first_even_if_the_message_was_changed_at_once() {
    let target = Seq::START.next().next();
    let edited = EventKind::MessageEdited { target, body: "better".into() };
    for change in [edited, EventKind::MessageDeleted { target }] {
        let mut stage = Stage::default();
        let chat = stage.chat(&[1, 2]);
        let connection = stage.connect(2);
        stage.frames(connection);
        stage.silent = true;
        stage.deaf = true;
        stage.send(connection, "a", chat);
        stage.read_all();
        let changed = stage.store_change(chat, 2, change.clone());
        // The node sees a hole, and reads the message as it is by now; the answer to the sender is still under way.
        stage.announce(&[changed]);
        let early = stage.frames(connection);
        stage.deliver_all();
        let frames = [early, stage.frames(connection)].concat();
        let place = |what: &str| frames.iter().position(|frame| frame == what).expect("it came");
        assert!(place("a: 2") < place(&format!("{} 3", change.as_str())), "{frames:?}");
    }
}

#[test]
fn a_page_shows_nothing_later_than_a_reply_that_is_not_known_yet() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.silent = true;
    stage.deaf = true;
    stage.send(connection, "a", chat);
    stage.read_all();
    let target = Seq::START.next().next();
    let edited = stage.store_change(chat, 2, EventKind::MessageEdited { target, body: "better".into() });
    stage.announce(&[edited]);
    stage.sync(connection, "b", chat, 1);
    assert_eq!(stage.frames(connection), ["event 2", "b: 2-2 of 3"]);
    stage.deliver_all();
    assert_eq!(stage.frames(connection), ["a: 2", "message.edited 3"]);
}

#[test]
fn the_reply_to_a_change_comes_before_every_later_event() {
    let message = Seq::START.next().next();
    let better = MessageBody::new("better").expect("a text");
    let thumb = Emoji::new("👍").expect("an emoji");
    for command in [MessageCommand::Edit(better), MessageCommand::Delete, MessageCommand::React(thumb)] {
        let mut stage = Stage::default();
        let chat = stage.chat(&[1, 2]);
        let connection = stage.connect(2);
        let target = stage.write(2, chat);
        assert_eq!(target, message);
        stage.frames(connection);
        stage.silent = true;
        stage.ask(connection, "a", Request::Change { chat, target, command });
        stage.read_all();
        stage.write(1, chat);
        let early = stage.frames(connection);
        assert!(early.iter().all(|frame| frame.ends_with(" 3")), "nothing later is shown: {early:?}");
        stage.deliver_all();
        let late = stage.frames(connection);
        assert_eq!(late, ["a: changed by 3", "event 4"]);
    }
}

#[test]
fn the_same_message_again_is_the_first_one() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.send(connection, "a", chat);
    stage.write(1, chat);
    stage.send(connection, "a", chat);
    assert_eq!(stage.frames(connection), ["a: 2", "event 2", "event 3", "a: 2 again"]);
}

#[test]
fn with_8_requests_open_no_more_are_read() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.silent = true;
    for n in 0..8 {
        assert!(stage.core.takes_input(connection), "with {n} open");
        stage.send(connection, &format!("r{n}"), chat);
    }
    assert!(!stage.core.takes_input(connection));
    stage.core.ready_lanes();
    stage.core.take_ready(parlor_delivery::Lane(0));
    stage.answer_all();
    assert!(stage.core.takes_input(connection));
    assert!(stage.core.take_ready(parlor_delivery::Lane(0)).contains(&connection), "the edge is told");
    let frames = stage.frames(connection);
    assert_eq!(frames.iter().filter(|frame| frame.starts_with('r')).count(), 8, "{frames:?}");
}

#[test]
fn a_database_that_does_not_answer_is_unavailable_and_the_connection_lives() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.silent = true;
    stage.send(connection, "a", chat);
    stage.fail_all();
    stage.send(connection, "a", chat);
    assert_eq!(stage.frames(connection), ["a: Unavailable", "a: 2", "event 2"]);
}

#[test]
fn a_change_of_a_message_is_answered_with_its_event() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.send(connection, "a", chat);
    stage.frames(connection);
    let target = Seq::START.next().next();
    let edit = || MessageCommand::Edit(MessageBody::new("another text").expect("a text"));
    let mut ask = |command| {
        stage.ask(connection, "b", Request::Change { chat, target, command });
        let mut frames = stage.frames(connection);
        frames.sort_unstable();
        frames
    };
    assert_eq!(ask(edit()), ["b: changed by 3", "message.edited 3"]);
    assert_eq!(ask(edit()), ["b: so already"]);
    assert_eq!(ask(MessageCommand::Delete), ["b: changed by 4", "message.deleted 4"]);
    assert_eq!(ask(MessageCommand::Delete), ["b: so already"]);
}

#[test]
fn strangers_are_told_nothing() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1]);
    let connection = stage.connect(2);
    stage.sync(connection, "a", chat, 0);
    stage.send(connection, "b", chat);
    stage.ask(connection, "c", Request::Typing { chat, on: true });
    stage.ask(connection, "d", Request::Read { chat, seq: Seq::START });
    let target = Seq::START.next();
    stage.ask(connection, "e", Request::Change { chat, target, command: MessageCommand::Delete });
    let refused = ["a", "b", "c", "d", "e"].map(|id| format!("{id}: NotFound"));
    assert_eq!(stage.frames(connection), [&["ready".to_owned()], refused.as_slice()].concat());
}

#[test]
fn what_the_edge_refused_is_answered_and_a_second_hello_too() {
    let mut stage = Stage::default();
    let connection = stage.connect(1);
    stage.ask(connection, "a", Request::Refused(Refusal::UnknownType("dance".into())));
    stage.ask(connection, "b", Request::Hello);
    assert_eq!(stage.frames(connection), ["ready", "a: UnknownType(\"dance\")", "b: AlreadyStarted"]);
}
