//! A line to PostgreSQL that can be cut and mended.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes every connection on to the target until it is cut.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    line: Arc<watch::Sender<Line>>,
    accepting: JoinHandle<()>,
}

/// What is done to the connections. A connection goes by what was new when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    open: bool,
    /// How often all connections were cut.
    cuts: u32,
    /// How often the next answer on each connection was lost, and the connection with it.
    losses: u32,
}

impl Proxy {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(watch::Sender::new(Line { open: true, cuts: 0, losses: 0 }));
        let watched = line.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, target, watched.subscribe()));
            }
        });
        Self { address, line, accepting }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops every connection, and each new one until the line is mended.
    pub(crate) fn cut(&self) {
        self.line.send_modify(|line| *line = Line { open: false, cuts: line.cuts + 1, ..*line });
    }

    /// Lets new connections through again.
    pub(crate) fn mend(&self) {
        self.line.send_modify(|line| line.open = true);
    }

    /// Drops every connection that there is when the target next answers on it: what was asked is done, and nobody
    /// hears of it.
    pub(crate) fn lose_the_next_answers(&self) {
        self.line.send_modify(|line| line.losses += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass_on(client: TcpStream, target: SocketAddr, mut line: watch::Receiver<Line>) {
    let begun = *line.borrow_and_update();
    if !begun.open {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (mut asked, mut answered) = client.into_split();
    let (mut answers, mut asks) = server.into_split();
    let current = line.clone();
    let answering = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = answers.read(&mut buffer).await {
            let lost = current.borrow().losses != begun.losses;
            if lost || answered.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        _ = tokio::io::copy(&mut asked, &mut asks) => {}
        () = answering => {}
        _ = line.wait_for(|line| line.cuts != begun.cuts) => {}
    }
}
