//! Being told to end.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// Resolves at the first SIGTERM or SIGINT. The second ends the process on the spot, whatever it is doing.
pub(crate) fn shutdown() -> io::Result<impl Future<Output = ()>> {
    let mut signals =
        Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? };
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let (name, _) = signals.next().await;
        tracing::info!("{name} came: Parlor finishes what it is doing and ends; a second signal ends it at once");
        let _ = tell.send(());
        let (name, code) = signals.next().await;
        tracing::warn!("{name} came again: Parlor ends at once");
        std::process::exit(code);
    });
    Ok(async {
        // It fails only when the task is gone, and then the process is ending anyway.
        let _ = told.await;
    })
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// The next one's name, and the exit code that shells give to a process that it ended.
    async fn next(&mut self) -> (&'static str, i32) {
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", 143),
            _ = self.interrupt.recv() => ("SIGINT", 130),
        }
    }
}
