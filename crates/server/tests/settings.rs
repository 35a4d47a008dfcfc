//! What the program says to settings that it cannot use. Nothing of this starts a server.

use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};

/// Values that are wrong, by the variable that holds them; the option is named alike.
const WRONG: &[(&str, &[&str])] = &[
    ("PARLOR_LISTEN", &["8000", "localhost", "127.0.0.1", "127.0.0.1:65536", "parlor.example:80"]),
    ("PARLOR_DATABASE_URL", &["mysql://db/parlor", "sqlite:x", "x"]),
    ("PARLOR_SECRET", &["short", "1234567890123456789012345678901"]),
    ("PARLOR_SECRET_FILE", &["/nonexistent/secret", "/"]),
    ("PARLOR_NATS_URL", &["http://nats:4222", "nats://", "nats:4222:1", "nats://a b"]),
    ("PARLOR_RATE_LIMITS", &["yes", "0", "true"]),
    ("PARLOR_PRESENCE", &["yes", "0", "true"]),
    ("PARLOR_SMALL_CHAT_MEMBERS", &["1", "1001", "x"]),
    ("PARLOR_CORS_ORIGINS", &["null", "https://a.example,null", "https://a.example/path"]),
    ("PARLOR_WORKERS", &["0", "-1", "x", "1.5", "1025"]),
    ("PARLOR_DATABASE_READERS", &["0", "257", "x"]),
    ("PARLOR_ACCESS_TOKEN_MINUTES", &["0", "43201", "1h"]),
    ("PARLOR_REFRESH_TOKEN_DAYS", &["0", "3651", "x"]),
    ("PARLOR_REGISTRATION", &["yes", "Open", "invited"]),
    ("PARLOR_BCRYPT_COST", &["3", "17", "x"]),
    ("PARLOR_PASSWORD_THREADS", &["0", "257", "x"]),
    ("PARLOR_PASSWORD_QUEUE", &["0", "65537", "x"]),
    ("PARLOR_MAX_MEMBERS", &["1", "100001", "x"]),
    ("PARLOR_SHUTDOWN_TIMEOUT", &["0", "26", "x"]),
    ("PARLOR_LOG", &["loud", "info,loud"]),
    ("PARLOR_LOG_FORMAT", &["xml", "JSON5"]),
];

fn parlor(within: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
    command.current_dir(within.path()).env_clear();
    command
}

fn option_of(variable: &str) -> String {
    variable.replacen("PARLOR_", "--", 1).to_lowercase().replace('_', "-")
}

/// The one sentence on standard error.
fn sentence(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert!(text.starts_with("parlor: ") && text.ends_with('\n') && text.lines().count() == 1, "{text}");
    text
}

fn refused(command: &mut Command, exit_code: i32) -> String {
    let output = command.output().expect("the program runs");
    let sentence = sentence(&output);
    assert_eq!(output.status.code(), Some(exit_code), "{sentence}");
    assert!(output.stdout.is_empty(), "{sentence}");
    sentence
}

#[test]
fn a_wrong_value_is_refused_by_the_name_of_its_variable_and_option() {
    let dir = tempdir().expect("a directory");
    for (variable, values) in WRONG {
        let option = option_of(variable);
        for value in *values {
            let by_variable = refused(parlor(&dir).env(variable, value), 2);
            let by_option = refused(parlor(&dir).arg(format!("{option}={value}")), 2);
            let by_command = refused(parlor(&dir).arg("serve").arg(format!("{option}={value}")), 2);
            for sentence in [&by_variable, &by_option, &by_command] {
                assert!(sentence.contains(variable) && sentence.contains(&option), "{variable}={value}: {sentence}");
            }
        }
    }
    assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 0, "nothing was made for a start that fails");
}

#[test]
fn every_option_is_a_variable_and_has_been_given_a_wrong_value() {
    let dir = tempdir().expect("a directory");
    let output = parlor(&dir).arg("--help").output().expect("the program runs");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success());
    let options: Vec<_> = help.lines().filter_map(|line| line.trim_start().strip_prefix("--")).collect();
    assert!(options.len() >= WRONG.len());
    for option in options {
        let name = option.split(' ').next().expect("a name");
        let variable = format!("PARLOR_{}", name.to_uppercase().replace('-', "_"));
        assert!(help.contains(&format!("[env: {variable}")), "{variable}");
        // Any path may be a data directory.
        assert!(name == "data-dir" || WRONG.iter().any(|(known, _)| *known == variable), "{variable}");
    }
}

#[test]
fn help_shows_no_secret() {
    let dir = tempdir().expect("a directory");
    let mut command = parlor(&dir);
    command.env("PARLOR_SECRET", "hunter2").env("PARLOR_DATABASE_URL", "postgres://parlor:hunter2@db");
    let output = command.arg("--help").output().expect("the program runs");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"));
}

#[test]
fn a_wrong_secret_or_url_is_not_repeated() {
    let dir = tempdir().expect("a directory");
    assert!(!refused(parlor(&dir).env("PARLOR_SECRET", "hunter2"), 2).contains("hunter2"));
    assert!(!refused(parlor(&dir).env("PARLOR_DATABASE_URL", "mysql://me:hunter2@db"), 2).contains("hunter2"));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let dir = tempdir().expect("a directory");
    let mut command = parlor(&dir);
    for (variable, _) in WRONG.iter().filter(|(name, _)| *name != "PARLOR_LOG_FORMAT") {
        command.env(variable, "");
    }
    // The one that is set is the only one complained of.
    assert!(refused(command.env("PARLOR_LOG_FORMAT", "xml"), 2).contains("PARLOR_LOG_FORMAT"));
}

#[test]
fn an_option_goes_before_its_variable() {
    let dir = tempdir().expect("a directory");
    let mut command = parlor(&dir);
    command.env("PARLOR_BCRYPT_COST", "99").args(["--bcrypt-cost", "4", "--log-format", "xml"]);
    assert!(refused(&mut command, 2).contains("PARLOR_LOG_FORMAT"));
}

#[test]
fn secrets_are_given_once_and_for_every_external_database() {
    let dir = tempdir().expect("a directory");
    let file = dir.path().join("key");
    std::fs::write(&file, "too short\n").expect("written");
    let both = refused(parlor(&dir).env("PARLOR_SECRET", "x".repeat(32)).env("PARLOR_SECRET_FILE", &file), 2);
    assert!(both.contains("PARLOR_SECRET and PARLOR_SECRET_FILE"), "{both}");
    let none = refused(parlor(&dir).env("PARLOR_DATABASE_URL", "postgres://127.0.0.1:1/parlor"), 2);
    assert!(none.contains("PARLOR_SECRET or PARLOR_SECRET_FILE") && none.contains("PARLOR_DATABASE_URL"), "{none}");
    let weak = refused(parlor(&dir).env("PARLOR_SECRET_FILE", &file), 2);
    assert!(weak.contains("a secret of 9 bytes is too short"), "{weak}");
}

#[test]
fn unknown_commands_and_options_are_refused() {
    let dir = tempdir().expect("a directory");
    assert!(refused(parlor(&dir).arg("--lisen=1"), 2).contains("--lisen"));
    assert!(refused(parlor(&dir).arg("frobnicate"), 2).contains("frobnicate"));
    assert!(refused(parlor(&dir).args(["serve", "extra"]), 2).contains("extra"));
}

#[test]
fn what_the_machine_refuses_ends_the_start_with_code_1() {
    let dir = tempdir().expect("a directory");
    std::fs::write(dir.path().join("file"), "").expect("written");
    let unusable = refused(parlor(&dir).env("PARLOR_DATA_DIR", "file/data").env("PARLOR_LOG", "off"), 1);
    assert!(unusable.contains("file/data") && unusable.contains("PARLOR_DATA_DIR"), "{unusable}");
}

#[test]
fn tells_its_version() {
    let dir = tempdir().expect("a directory");
    let output = parlor(&dir).arg("--version").output().expect("the program runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), concat!("parlor ", env!("CARGO_PKG_VERSION"), "\n"));
}
