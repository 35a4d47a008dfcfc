//! The web client and `parlor-client.js`: what is in `tests/web`, run by Node.js, with Chromium and the built binary.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::needed;

/// Runs the tests of these files or directories of `tests/web`; panics with what they say if one fails.
async fn node_runs(what: &'static str, concurrency: u32) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/web").canonicalize().unwrap();
    let mut command = Command::new(needed("PARLOR_TEST_NODE"));
    command.arg("--test").arg(format!("--test-concurrency={concurrency}")).args(files(&tests.join(what)));
    command.env("PARLOR_TEST_BINARY", env!("CARGO_BIN_EXE_parlor")).stdin(Stdio::null()).current_dir(&tests);
    let output = tokio::task::spawn_blocking(move || command.output().expect("Node.js runs")).await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    // A run without a test is a success to Node.js.
    let passed = said.lines().find_map(|line| line.trim_start_matches(['#', 'ℹ', ' ']).strip_prefix("pass "));
    assert!(passed.is_some_and(|count| count.parse::<u32>().is_ok_and(|count| count > 0)), "no test ran:\n{said}");
}

/// The test files in a directory, or the one file.
fn files(place: &Path) -> Vec<std::path::PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let files = std::fs::read_dir(place).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.to_string_lossy().ends_with(".test.js")).collect();
    files.sort();
    assert!(!files.is_empty(), "no test in {}", place.display());
    files
}

#[tokio::test]
async fn the_client_module_and_the_state_of_the_page_keep_their_rules() {
    node_runs("unit", 2).await;
}

#[tokio::test]
async fn two_people_talk_in_two_windows() {
    node_runs("browser/two-people.test.js", 1).await;
}

#[tokio::test]
async fn nothing_is_lost_on_a_screen_when_the_server_dies() {
    node_runs("browser/failures.test.js", 1).await;
}

#[tokio::test]
async fn long_chats_scroll_without_a_jump() {
    node_runs("browser/history.test.js", 1).await;
}

#[tokio::test]
async fn everybody_can_use_it() {
    node_runs("browser/access.test.js", 1).await;
}

#[tokio::test]
async fn the_type_declarations_hold() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/web").canonicalize().unwrap();
    let compiler = Path::new(&needed("PARLOR_TEST_NODE_PACKAGES")).join("node_modules/typescript/bin/tsc");
    let mut command = Command::new(needed("PARLOR_TEST_NODE"));
    command.arg(compiler).arg("--project").arg(tests.join("types"));
    let output = tokio::task::spawn_blocking(move || command.output().expect("Node.js runs")).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn the_tutorial_and_the_tour_do_what_they_say() {
    build_the_bot().await;
    node_runs("browser/tutorial.test.js", 1).await;
}

/// Builds the example that the tutorial runs, beside the binary: testing one package builds the examples of no other.
async fn build_the_bot() {
    let mut command = Command::new(env!("CARGO"));
    // With the features that the whole workspace has, so that nothing is built twice.
    command.args(["build", "--quiet", "--workspace", "--example", "bot"]).stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().expect("cargo runs")).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
