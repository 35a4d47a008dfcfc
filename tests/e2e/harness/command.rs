//! The binary, run to its end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

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
    let mut command = parlor(run.arguments, directory);
    command.envs(run.environment);
    let mut command = tokio::process::Command::from(command);
    let output = command.kill_on_drop(true).output();
    let output = tokio::time::timeout(PATIENCE, output).await.expect("the binary ends by itself").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output in UTF-8");
    Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
