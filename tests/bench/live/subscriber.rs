//! WebSocket clients that only count, many of them on few threads.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A sign of life.
const PONG: &str = r#"{"type":"pong"}"#;

/// What all subscribers of a run have seen.
#[derive(Debug)]
pub(crate) struct Seen {
    begun: Instant,
    /// Events that arrived.
    pub(crate) delivered: AtomicU64,
    /// Frames that say that something went wrong.
    pub(crate) behind: AtomicU64,
    pub(crate) ready: AtomicU64,
    /// Connections that ended.
    pub(crate) ended: AtomicU64,
    /// When the message in flight was sent, in nanoseconds.
    sent_at: AtomicU64,
    latencies: std::sync::Mutex<Vec<u32>>,
}

impl Seen {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            delivered: AtomicU64::new(0),
            behind: AtomicU64::new(0),
            ready: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            sent_at: AtomicU64::new(0),
            latencies: std::sync::Mutex::default(),
        })
    }

    pub(crate) fn sending(&self) {
        self.sent_at.store(self.nanos(), Ordering::Relaxed);
    }

    fn arrived(&self, time_it: bool) {
        if time_it {
            let took = Duration::from_nanos(self.nanos() - self.sent_at.load(Ordering::Relaxed));
            let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
            self.latencies.lock().expect("nobody panics").push(micros);
        }
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }

    /// The given part of a thousand of all latencies, in microseconds; they are forgotten.
    pub(crate) fn permille(&self, permille: usize) -> u32 {
        let mut all = std::mem::take(&mut *self.latencies.lock().expect("nobody panics"));
        all.sort_unstable();
        all.get(all.len() * permille / 1000).copied().unwrap_or(0)
    }

    /// Waits until so many events have arrived in all.
    pub(crate) fn wait_for(counter: &AtomicU64, count: u64) {
        let end = Instant::now() + Duration::from_secs(60);
        while counter.load(Ordering::Relaxed) < count {
            assert!(Instant::now() < end, "{} of {count} arrived", counter.load(Ordering::Relaxed));
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// What a subscriber connects to.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'static str,
    /// What it says first.
    pub(crate) hello: Option<String>,
    /// Whether to measure how long events take.
    pub(crate) time_it: bool,
}

/// Connects and says hello.
pub(crate) async fn connect(door: &Door) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(door.address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: parlor\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        door.path
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        return Err(std::io::Error::other(String::from_utf8_lossy(&head).into_owned()));
    }
    if let Some(hello) = &door.hello {
        stream.write_all(&text_frame(hello)).await?;
    }
    Ok(stream)
}

/// Reads until the connection ends, and counts.
pub(crate) async fn follow(mut stream: TcpStream, door: Door, seen: Arc<Seen>) {
    let (mut buffer, mut filled) = (vec![0; 8 * 1024], 0);
    loop {
        match stream.read(&mut buffer[filled..]).await {
            Ok(read) if read > 0 => filled += read,
            _ => break,
        }
        let mut at = 0;
        while let Some((payload, end)) = frame(&buffer[at..filled]) {
            let payload = &buffer[at + payload..at + end];
            count(payload, door.time_it, &seen);
            if payload.starts_with(b"{\"type\":\"ping\"") && stream.write_all(&text_frame(PONG)).await.is_err() {
                break;
            }
            at += end;
        }
        buffer.copy_within(at..filled, 0);
        filled -= at;
        if filled == buffer.len() {
            buffer.resize(2 * buffer.len(), 0);
        }
    }
    seen.ended.fetch_add(1, Ordering::Relaxed);
}

fn count(payload: &[u8], time_it: bool, seen: &Seen) {
    if payload.starts_with(b"{\"type\":\"event\"") {
        seen.arrived(time_it);
    } else if payload.starts_with(b"{\"type\":\"behind\"") {
        seen.behind.fetch_add(1, Ordering::Relaxed);
    } else if payload.starts_with(b"{\"type\":\"ready\"") {
        seen.ready.fetch_add(1, Ordering::Relaxed);
    }
}

/// Where the payload of the first frame begins and ends, if it is whole.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (start, length) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    (bytes.len() >= start + length).then_some((start, start + length))
}

/// A text frame, masked with zeros.
fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()).expect("a short text") {
        short @ 0..=125 => frame.push(0x80 | u8::try_from(short).expect("below 126")),
        long => {
            frame.push(0x80 | 126);
            frame.extend(long.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}
