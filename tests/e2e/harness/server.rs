//! A server process on a free port.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::command::{PATIENCE, parlor};
use super::{Client, Storage};

/// A running server. Killed when dropped; what it wrote is shown when that happens in a failing test.
#[derive(Debug)]
pub(crate) struct Server {
    child: Option<Child>,
    address: SocketAddr,
    written: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server on this data.
    pub(crate) async fn start(storage: &Storage) -> Self {
        Self::start_with(storage, &[]).await
    }

    /// Starts a server on this data with further environment variables.
    pub(crate) async fn start_with(storage: &Storage, environment: &[(&str, &str)]) -> Self {
        let mut command = parlor(&["serve"], storage.directory());
        command.env("PARLOR_LISTEN", "127.0.0.1:0");
        command.env("PARLOR_BCRYPT_COST", "4").env("PARLOR_RATE_LIMITS", "off").envs(storage.environment());
        command.envs(environment.iter().copied());
        let mut child = command.spawn().expect("the built binary starts");
        let written = Arc::new(Mutex::new(String::new()));
        let (announce, announced) = oneshot::channel();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        collect(stdout, written.clone(), Some(announce));
        collect(stderr, written.clone(), None);
        let mut server = Self { child: Some(child), address: SocketAddr::from(([0, 0, 0, 0], 0)), written };
        match timeout(PATIENCE, announced).await {
            Ok(Ok(address)) => server.address = address,
            Ok(Err(_)) => panic!("the server ended before it listened:\n{}", server.written()),
            Err(_) => panic!("the server did not say that it listens"),
        }
        server
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client that is not signed in.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// All that the server wrote so far: its log, and the line about its address.
    pub(crate) fn written(&self) -> String {
        self.written.lock().unwrap().clone()
    }

    /// Ends the process as a power cut would.
    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Asks the process to end.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Asks the process to end, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(mut self) -> (ExitStatus, String) {
        let mut child = self.child.take().unwrap();
        let pid = Pid::from_child(&child);
        let end = tokio::task::spawn_blocking(move || child.wait().unwrap());
        let Ok(status) = timeout(PATIENCE, end).await else {
            let _ = kill_process(pid, Signal::KILL);
            panic!("the server does not end:\n{}", self.written());
        };
        (status.unwrap(), self.written())
    }

    /// Whether the process is still there.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().unwrap();
        kill_process(Pid::from_child(child), signal).expect("the process is there");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let lines: Vec<&str> = written.lines().collect();
            let shown = lines.len().saturating_sub(60);
            eprintln!("-- the server wrote, at the end:\n{}", lines[shown..].join("\n"));
        }
    }
}

/// Collects a stream line by line, and reads the address from the line that announces it.
fn collect(
    stream: impl Read + Send + 'static,
    written: Arc<Mutex<String>>,
    mut announce: Option<oneshot::Sender<SocketAddr>>,
) {
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line);
            let address = text.trim().strip_prefix("Parlor listens on http://").and_then(|rest| rest.parse().ok());
            written.lock().unwrap().push_str(&text);
            if let (Some(address), Some(_)) = (address, &announce) {
                let _ = announce.take().unwrap().send(address);
            }
            line.clear();
        }
    });
}
