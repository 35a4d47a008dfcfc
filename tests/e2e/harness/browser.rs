//! Chromium without a window.

use std::path::Path;
use std::process::{Command, Stdio};

/// A browser that keeps what it keeps in this directory, and looks for nothing by itself.
pub(crate) fn chromium(profile: &Path) -> Command {
    let chromium = std::env::var("PARLOR_TEST_CHROMIUM").expect("PARLOR_TEST_CHROMIUM is not set: run `make test`");
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.arg("--disable-dev-shm-usage").arg(format!("--user-data-dir={}", profile.display()));
    command.stdin(Stdio::null());
    command
}
