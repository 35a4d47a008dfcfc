//! A NATS server of a test's own.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Below the ports that the kernel gives to outgoing connections: a client that tries to reach a server that is not
/// there could otherwise meet itself.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// A NATS server that can be stopped, killed and started again on the same port. It ends with the test.
pub(crate) struct NatsServer {
    port: u16,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl NatsServer {
    /// One that runs.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// One that runs with these arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let mut server = Self::absent();
        server.arguments = arguments.iter().map(ToString::to_string).collect();
        server.start_again();
        server
    }

    /// One that does not run yet.
    pub(crate) fn absent() -> Self {
        Self { port: free_port(), arguments: Vec::new(), child: None }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address())
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts it, and waits until it takes connections.
    pub(crate) fn start_again(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let program =
            std::env::var("PARLOR_TEST_NATS_SERVER").expect("PARLOR_TEST_NATS_SERVER is not set: run `make test`");
        // It dies with the test, whatever ends that.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", &program, "-a", "127.0.0.1", "-p", &self.port.to_string()])
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("nats-server starts"));
        while !self.greets() {
            let ended = self.child.as_mut().expect("just started").try_wait().expect("a child");
            assert!(ended.is_none(), "nats-server ended: {ended:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn greets(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address()) else { return false };
        let mut greeting = [0; 4];
        stream.read_exact(&mut greeting).is_ok() && greeting == *b"INFO"
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a child can be killed");
            child.wait().expect("a killed child ends");
        }
    }

    /// Lets it stand still, with all its connections open.
    pub(crate) fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("it runs");
        kill_process(Pid::from_child(child), signal).expect("a child takes signals");
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() * 64 % u32::from(PORTS.end - PORTS.start)).expect("below the length");
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + (start + step) % (PORTS.end - PORTS.start);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
