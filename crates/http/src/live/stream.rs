//! Following one chat over HTTP: server-sent events (HTML Standard, section 9.2), and waiting for what comes next.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use parlor_delivery::{CloseCode, Frame};
use parlor_domain::Seq;

use super::Connection;
use crate::wire::event_of_page;

/// About how much is written at once, in bytes: as much as actix buffers.
const WRITE_BYTES: usize = 32 * 1024;
/// About how much an event takes beside its JSON.
const FIELD_BYTES: usize = 64;

/// Events of a chat as they come, until the token, the session or the membership ends.
pub(crate) struct EventStream {
    connection: Connection,
    /// Where it begins, to be told first: a client that loses the stream before its first event comes back to here.
    begins: Option<Seq>,
    ended: bool,
}

impl EventStream {
    /// The events right behind `after`.
    pub(crate) fn new(connection: Connection, after: Seq) -> Self {
        Self { connection, begins: Some(after), ended: false }
    }

    fn write(&mut self, out: &mut Vec<u8>) {
        if let Some(after) = self.begins.take() {
            // A field without data moves the client's place and shows it nothing.
            let _ = write!(out, "id: {after}\n\n");
        }
        let frames = self.connection.take_frames(WRITE_BYTES);
        out.reserve(frames.iter().map(|frame| FIELD_BYTES + frame.size()).sum());
        for frame in &frames {
            match frame {
                Frame::Event(event) => {
                    let _ = write!(out, "id: {}\ndata: ", event.event.seq);
                    for part in event_of_page(&event.wire) {
                        out.extend_from_slice(part);
                    }
                    out.extend_from_slice(b"\n\n");
                }
                Frame::Close(_) => self.ended = true,
                // A comment shows that the way is open.
                _ => out.extend_from_slice(b": still here\n\n"),
            }
        }
    }
}

impl MessageBody for EventStream {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.connection.wakes(cx.waker());
        let mut out = Vec::new();
        self.write(&mut out);
        match (out.is_empty(), self.ended) {
            (false, _) => Poll::Ready(Some(Ok(out.into()))),
            (true, true) => Poll::Ready(None),
            (true, false) => Poll::Pending,
        }
    }
}

/// What waiting for the next event came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    /// There is one.
    Event,
    /// There is none yet.
    Nothing,
    /// There will be none.
    Closed(CloseCode),
}

/// Waits for the next event, but not for longer than this.
pub(crate) async fn next_event(connection: &Connection, longest: Duration) -> Waited {
    let arrived = poll_fn(|cx| {
        connection.wakes(cx.waker());
        loop {
            match connection.take_frames(1).first() {
                Some(Frame::Event(_)) => return Poll::Ready(Waited::Event),
                Some(Frame::Close(code)) => return Poll::Ready(Waited::Closed(*code)),
                Some(_) => {}
                None => return Poll::Pending,
            }
        }
    });
    tokio::time::timeout(longest, arrived).await.unwrap_or(Waited::Nothing)
}
