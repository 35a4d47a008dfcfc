//! Many at once cost little.

use parlor_delivery::Limits;
use parlor_testkit::simulation::Stage;

/// Everybody comes back at once, as after a restart of the node.
fn come_back(behind: u32) -> usize {
    let mut stage = Stage::with(Limits { connections_per_user: 1000, ..Limits::default() });
    let chat = stage.chat(&[1, 2]);
    stage.store_many(1, chat, behind as usize);
    stage.silent = true;
    let connections: Vec<_> = (0..1000).map(|_| stage.resume(2, &[(chat, 1)])).collect();
    stage.answer_all();
    let expected = (2..=i64::from(behind) + 1).map(|seq| format!("event {seq}")).collect::<Vec<_>>();
    for connection in connections {
        assert_eq!(stage.frames(connection)[1..], expected);
    }
    stage.log_reads
}

#[test]
fn a_thousand_connections_that_resume_from_one_cursor_read_the_log_once() {
    assert!(come_back(90) <= 2, "{} readings", come_back(90));
}

#[test]
fn a_thousand_connections_that_sync_from_one_cursor_read_the_log_once() {
    let mut stage = Stage::with(Limits { connections_per_user: 1000, ..Limits::default() });
    let chat = stage.chat(&[1, 2]);
    stage.store_many(1, chat, 150);
    let connections: Vec<_> = (0..1000).map(|_| stage.resume(2, &[(chat, 1)])).collect();
    let before = stage.log_reads;
    stage.silent = true;
    connections.iter().for_each(|connection| stage.sync(*connection, "a", chat, 1));
    stage.answer_all();
    for connection in connections {
        assert_eq!(stage.frames(connection), ["ready 151 behind", "a: 2-151 of 151, reached"]);
    }
    assert!(stage.log_reads - before <= 2, "{} readings", stage.log_reads - before);
}

#[test]
fn nothing_is_read_when_nothing_happens() {
    let mut stage = Stage::default();
    let chat = stage.chat(&[1, 2]);
    let connection = stage.connect(2);
    stage.write(1, chat);
    for _ in 0..60 {
        stage.pass(1);
        stage.heard(connection);
    }
    assert_eq!(stage.log_reads, 0);
}
