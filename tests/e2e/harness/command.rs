//! The binary, run to its end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;

/// How long anything may take before a test gives up. Never a statement about speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The binary with these arguments in this directory, and nothing of the tests' own environment.
pub(crate) fn parlor(arguments: &[&str], directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
    command.args(arguments).current_dir(directory).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How the binary ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What to run the binary with.
#[derive(Debug, Default)]
pub(crate) struct Run<'a> {
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: Vec<(String, String)>,
}

/// Runs the binary in the directory until it ends; one that does not is killed.
pub(crate) async fn run(directory: &Path, run: Run<'_>) -> Outcome {
    run_with_input(directory, run, "").await
}

/// The same, with this on its standard input.
pub(crate) async fn run_with_input(directory: &Path, run: Run<'_>, input: &str) -> Outcome {
    let mut command = parlor(run.arguments, directory);
    command.envs(run.environment).stdin(Stdio::piped());
    let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn().unwrap();
    // It may end without reading it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.expect("the binary ends by itself").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output in UTF-8");
    Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
