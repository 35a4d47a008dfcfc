//! Who comes, who goes, and what they are told.

use parlor_testkit::simulation::Stage;

#[test]
fn a_removed_member_hears_of_it_and_then_nothing() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.remove(chat, 2);
    stage.write(1, chat);
    stage.sync(connection, "a", chat, 0);
    assert_eq!(stage.frames(connection), ["ready 1 live", "member.removed 2", "a: NotFound"]);
}

#[test]
fn whoever_is_put_in_again_gets_on_from_there() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.remove(chat, 2);
    stage.write(1, chat);
    stage.add(chat, 2);
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), ["ready 1 live", "member.removed 2", "member.added 4", "event 5"]);
}

#[test]
fn a_removal_and_what_came_before_it_reach_a_full_queue() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.write_many(1, chat, 256);
    stage.remove(chat, 2);
    let frames = stage.frames(connection);
    assert_eq!(frames.len(), 257);
    assert_eq!(frames.last().map(String::as_str), Some("member.removed 258"));
}

#[test]
fn whoever_is_removed_while_behind_is_told_that_the_chat_is_gone() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.write_many(1, chat, 300);
    stage.remove(chat, 2);
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), ["gone"]);
}

#[test]
fn the_end_of_a_chat_is_its_last_event() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.delete(chat, 1);
    stage.sync(connection, "a", chat, 1);
    stage.pass(10);
    assert_eq!(stage.frames(connection), ["ready 1 live", "chat.deleted 2", "a: NotFound"]);
}

#[test]
fn a_chat_that_nobody_here_was_in_comes_with_the_event_that_puts_somebody_in() {
    let mut stage = Stage::default();
    let connection = stage.connect(2);
    stage.frames(connection);
    let chat = stage.chat(&[1, 2]);
    stage.write(1, chat);
    assert_eq!(stage.frames_but_presence(connection), ["chat.created 1", "event 2"]);
}

#[test]
fn what_no_node_announced_is_found_within_3_s() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    stage.store(1, chat);
    stage.store(1, chat);
    stage.pass(3);
    assert_eq!(stage.frames(connection), ["event 2", "event 3"]);
}

#[test]
fn a_hole_is_filled_from_the_log_before_what_came_after_it() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.frames(connection);
    let (_, second) = (stage.store(1, chat), stage.store(1, chat));
    stage.announce(std::slice::from_ref(&second));
    stage.announce(&[second]);
    assert_eq!(stage.frames(connection), ["event 2", "event 3"]);
}

#[test]
fn a_removal_that_a_snapshot_is_too_old_to_know_is_taken_into_account() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let other = stage.connect(1);
    stage.frames(other);
    stage.silent = true;
    let connection = stage.connect(2);
    stage.read_all();
    stage.remove(chat, 2);
    stage.deliver_all();
    stage.write(1, chat);
    assert_eq!(stage.frames(connection), ["ready"]);
    assert_eq!(stage.frames(other), ["member.removed 2", "event 3"]);
}

#[test]
fn whoever_was_removed_in_a_part_of_the_log_that_is_pruned_gets_nothing_of_what_follows() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2, 3]);
    let (removed, kept) = (stage.connect(2), stage.connect(3));
    stage.frames(removed);
    stage.frames_but_presence(kept);
    stage.store_removal(chat, 2);
    stage.store_many(1, chat, 3);
    stage.prune(chat);
    stage.silent = true;
    let last = stage.store(1, chat);
    stage.announce(&[last]);
    stage.answer_logs();
    stage.sync(removed, "a", chat, 5);
    stage.sync(kept, "b", chat, 5);
    stage.fail_all();
    stage.pass(3);
    assert_eq!(stage.frames(removed), ["behind 6 overflow", "gone", "a: NotFound"]);
    assert_eq!(stage.frames(kept), ["behind 6 overflow", "b: 6-6 of 6, reached"]);
}

#[test]
fn who_is_in_a_busy_chat_starts_though_more_is_written_during_a_reading_than_is_kept() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let other = stage.connect(1);
    stage.silent = true;
    let connection = stage.connect(2);
    stage.read_all();
    stage.write_many(1, chat, 1000);
    stage.silent = true;
    stage.deliver_all();
    stage.frames(other);
    stage.write(1, chat);
    assert_eq!(stage.frames_but_presence(connection), ["ready 1001 live", "event 1002"]);
}
