//! From `hello` to `ready`, and what is caught up.

use parlor_testkit::simulation::Stage;

fn events(from: i64, to: i64) -> Vec<String> {
    (from..=to).map(|seq| format!("event {seq}")).collect()
}

#[test]
fn without_a_cursor_a_chat_is_live_from_its_head() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    stage.write_many(1, chat, 10);
    let connection = stage.connect(2);
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), ["ready 11 live", "event 12"]);
}

#[test]
fn up_to_100_events_of_a_chat_are_caught_up_and_then_it_is_live() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    stage.write_many(1, chat, 100);
    let connection = stage.resume(2, &[(chat, 1)]);
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), [vec!["ready 101 live".to_owned()], events(2, 102)].concat());
}

#[test]
fn more_than_100_events_are_for_the_client_to_ask_for() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    stage.write_many(1, chat, 101);
    let connection = stage.resume(2, &[(chat, 1)]);
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), ["ready 102 behind"]);
}

#[test]
fn at_most_200_events_are_caught_up_in_all_chats_those_of_latest_activity_first() {
    let mut stage = Stage::default();
    let chats: Vec<_> = (0..3).map(|_| stage.chat(&[1, 2])).collect();
    chats.iter().for_each(|chat| stage.write_many(1, *chat, 70));
    let cursors: Vec<_> = chats.iter().map(|chat| (*chat, 1)).collect();
    let connection = stage.resume(2, &cursors);
    let frames = stage.frames(connection);
    assert_eq!(frames[0], "ready 71 live 71 live 71 behind");
    assert_eq!(frames[1..], [events(2, 71), events(2, 71)].concat());
}

#[test]
fn at_most_256_kib_are_caught_up_in_all_chats() {
    let mut stage = Stage::with_events_of(3000);
    let chats: Vec<_> = (0..2).map(|_| stage.chat(&[1, 2])).collect();
    chats.iter().for_each(|chat| stage.write_many(1, *chat, 60));
    let cursors: Vec<_> = chats.iter().map(|chat| (*chat, 1)).collect();
    let connection = stage.resume(2, &cursors);
    let frames = stage.frames(connection);
    let pushed = frames.iter().filter(|frame| frame.starts_with("event")).count();
    assert!(pushed * 3000 <= 256 * 1024, "{pushed} events");
    assert_eq!(frames[1..=60], events(2, 61));
    assert_eq!(frames.last().map(String::as_str), Some("behind 61 resume"));
}

#[test]
fn a_cursor_above_the_head_is_behind_and_said_to_be_ahead() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.resume(2, &[(chat, 7)]);
    stage.sync(connection, "a", chat, 7);
    stage.sync(connection, "b", chat, 1);
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), ["ready 1 behind", "a: ahead of 1", "b: nothing of 1, reached", "event 2"]);
}

#[test]
fn a_cursor_below_the_floor_is_behind_and_said_to_be_pruned() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    stage.write_many(1, chat, 9);
    stage.prune(chat);
    let connection = stage.resume(2, &[(chat, 3)]);
    stage.sync(connection, "a", chat, 3);
    stage.sync(connection, "b", chat, 10);
    stage.write(1, chat);
    let expected = ["ready 10 behind", "a: pruned to 10 of 10", "b: nothing of 10, reached", "event 11"];
    assert_eq!(stage.frames(connection), expected);
}

#[test]
fn chats_that_are_not_theirs_are_gone() {
    let mut stage = Stage::default();
    let (chat, foreign) = (stage.chat(&[1, 2]), stage.chat(&[1]));
    stage.remove(chat, 2);
    let connection = stage.resume(2, &[(chat, 1), (foreign, 1)]);
    assert_eq!(stage.frames(connection), ["ready gone gone"]);
}

#[test]
fn ready_names_500_chats_and_those_of_the_cursors() {
    let mut stage = Stage::default();
    let oldest = stage.chat(&[1, 2]);
    let second = stage.chat(&[1, 2]);
    for _ in 0..500 {
        stage.chat(&[1, 2]);
    }
    let connection = stage.resume(2, &[(oldest, 1)]);
    let frames = stage.frames(connection);
    assert_eq!(frames[0].split(' ').filter(|word| *word == "live").count(), 501);
    assert!(frames[0].ends_with("more"));
    stage.write(1, second);
    assert_eq!(stage.frames(connection), ["event 2"], "what is not named is live too");
}
