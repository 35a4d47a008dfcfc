//! Servers of a test's own, which it may kill, stop and start again.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::command::PATIENCE;

/// What `make test` tells of the machine.
pub(crate) fn needed(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`"))
}

/// A port that nobody listens on at this moment.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A port on which a server of the test may be started again and again.
pub(crate) struct OwnPort(u16);

impl OwnPort {
    pub(crate) fn free() -> Self {
        Self(free_port())
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.0)
    }
}

/// A process that ends with the test.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).expect("the process is there");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something listens there.
fn wait_for(port: u16) {
    wait_until(|| TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_ok());
}

/// Waits until a server is up.
fn wait_until(is_up: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_up() {
        assert!(Instant::now() < end, "a server does not come up");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A NATS server of the test's own.
pub(crate) struct OwnNats {
    port: u16,
    process: Option<Process>,
}

impl OwnNats {
    pub(crate) fn start() -> Self {
        let mut nats = Self::absent();
        nats.run();
        nats
    }

    /// One that is not started yet.
    pub(crate) fn absent() -> Self {
        Self { port: free_port(), process: None }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Starts it, on the same port each time.
    pub(crate) fn run(&mut self) {
        let mut command = Command::new(needed("PARLOR_TEST_NATS_SERVER"));
        command.args(["-a", "127.0.0.1", "-p", &self.port.to_string()]);
        self.process = Some(Process::start(&mut command));
        wait_for(self.port);
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// It stands still: connections stay, and nothing is answered.
    pub(crate) fn freeze(&self) {
        self.process.as_ref().unwrap().signal(Signal::STOP);
    }

    /// It goes on.
    pub(crate) fn thaw(&self) {
        self.process.as_ref().unwrap().signal(Signal::CONT);
    }
}

/// A PostgreSQL of the test's own.
pub(crate) struct OwnPostgres {
    directory: TempDir,
    port: u16,
    process: Option<Process>,
}

impl OwnPostgres {
    pub(crate) fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("parlor-postgres-").tempdir().unwrap();
        let user = needed("PARLOR_TEST_USER");
        if !user.is_empty() {
            let owned = Command::new("chown").arg(&user).arg(directory.path()).status().unwrap();
            assert!(owned.success());
        }
        let mut postgres = Self { directory, port: free_port(), process: None };
        let data = postgres.data();
        let made = as_user("initdb", &["-D", &data, "-U", "parlor", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb");
        postgres.run();
        postgres
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://parlor@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, on the same port each time.
    pub(crate) fn run(&mut self) {
        let (data, port) = (self.data(), self.port.to_string());
        let sockets = self.directory.path().to_str().unwrap().to_owned();
        let sockets = format!("unix_socket_directories={sockets}");
        let arguments = ["-D", &data, "-p", &port, "-c", "listen_addresses=127.0.0.1", "-c", &sockets];
        self.process = Some(Process::start(&mut as_user("postgres", &arguments)));
        // It listens before it answers: after a crash it first recovers.
        let asked = ["-q", "-h", "127.0.0.1", "-p", &port, "-d", "postgres"];
        wait_until(|| as_user("pg_isready", &asked).status().unwrap().success());
    }

    /// Ends it as a power cut would: all its processes, and nothing is written any more.
    pub(crate) fn kill(&mut self) {
        // The postmaster ends its children at once when it is told to quit (PostgreSQL manual, 18.5).
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::QUIT);
            process.0.wait().unwrap();
        }
    }

    fn data(&self) -> String {
        self.directory.path().join("data").to_str().expect("a path in UTF-8").to_owned()
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program of PostgreSQL, which refuses to run as root.
fn as_user(program: &str, arguments: &[&str]) -> Command {
    let program = format!("{}/{program}", needed("PARLOR_TEST_POSTGRES_BIN"));
    let user = needed("PARLOR_TEST_USER");
    let mut command = if user.is_empty() {
        Command::new(program)
    } else {
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={user}")).arg(format!("--regid={user}"));
        command.args(["--clear-groups", "--pdeathsig", "QUIT", "--", &program]);
        command
    };
    command.args(arguments).env("LC_ALL", "C.UTF-8");
    command
}
