//! The connection below actix, which answers some requests on its own: those whose head is no HTTP, is too large, or
//! takes too long. Its answers have a status and nothing else; here they become what all our answers are.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::breaker::{Breaker, Ended};
use crate::edge::Edge;
use crate::problem::Problem;

/// What actix's own answers begin with. No other answer of an error is without a body, and no JSON holds a line break.
const REFUSALS: [(&[u8], Refusal); 3] = [
    (b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n", Refusal::Malformed),
    (b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n", Refusal::Late),
    (b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n", Refusal::TooLarge),
];
/// How long such an answer is at most: beside what it begins with, it has a date and perhaps `Connection`.
const MAX_REFUSAL_BYTES: usize = 200;

#[derive(Debug, Clone, Copy)]
enum Refusal {
    Malformed,
    Late,
    TooLarge,
}

impl Refusal {
    fn problem(self) -> Problem {
        match self {
            Self::Malformed => Problem::invalid("The request is not HTTP."),
            Self::Late => Problem::head_timeout(),
            Self::TooLarge => Problem::invalid("The head of the request is too large."),
        }
    }
}

/// A connection.
pub(super) struct Stream {
    io: TcpStream,
    edge: Rc<Edge>,
    breaker: Rc<Breaker>,
    /// What was put in the place of a refusal, as far as it is not written yet.
    pending: Vec<u8>,
}

impl Stream {
    pub(super) fn new(io: TcpStream, edge: Rc<Edge>) -> Self {
        Self { io, edge, breaker: Rc::default(), pending: Vec::new() }
    }

    /// What ends the connection from above.
    pub(super) fn breaker(&self) -> Rc<Breaker> {
        Rc::clone(&self.breaker)
    }

    /// Fails once the connection was broken off. Closing it then drops what it still holds, instead of keeping it in the
    /// kernel for a client that does not read.
    fn check(&self) -> io::Result<()> {
        if self.breaker.ended() != Ended::Wholly {
            return Ok(());
        }
        let _ = rustix::net::sockopt::set_socket_linger(&self.io, Some(Duration::ZERO));
        Err(io::ErrorKind::ConnectionAborted.into())
    }

    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            match ready!(Pin::new(&mut self.io).poll_write(cx, &self.pending))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => drop(self.pending.drain(..written)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Where a refusal begins that these bytes end with; it is the last of its connection.
fn find_refusal(bytes: &[u8]) -> Option<(usize, Refusal)> {
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let from = bytes.len().saturating_sub(MAX_REFUSAL_BYTES);
    let tail = &bytes[from..];
    let found = REFUSALS.iter().find_map(|(head, refusal)| {
        let at = tail.windows(head.len()).rposition(|window| window == *head)?;
        Some((from + at, *refusal))
    });
    // A line break twice ends a head: what follows one would be another answer.
    found.filter(|(at, _)| bytes[*at..bytes.len() - 4].windows(4).all(|four| four != b"\r\n\r\n"))
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        if self.breaker.ended() == Ended::Reading {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        ready!(self.poll_pending(cx))?;
        let Some((at, refusal)) = find_refusal(bytes) else {
            let written = Pin::new(&mut self.io).poll_write(cx, bytes);
            if written.is_pending() {
                self.breaker.note_full();
            }
            return written;
        };
        self.pending = [&bytes[..at], &self.edge.refuse(refusal.problem(), &bytes[at..])].concat();
        // What does not fit now is written by the flush that follows.
        match self.poll_pending(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        // actix flushes when it has written all that it had, and then does not ask the body for more.
        if self.breaker.note_empty() {
            cx.waker().wake_by_ref();
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_actix_made_alone_is_replaced() {
        let refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: x\r\n\r\n";
        assert!(matches!(find_refusal(refusal), Some((0, Refusal::Malformed))));
        let after_another = [&b"HTTP/1.1 204 No Content\r\n\r\n"[..], refusal].concat();
        assert!(matches!(find_refusal(&after_another), Some((27, Refusal::Malformed))));
        let before_another = [refusal, &b"HTTP/1.1 204 No Content\r\n\r\n"[..]].concat();
        for ours in [
            &before_another[..],
            b"HTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\n",
            b"{\"message\":\"HTTP/1.1 400 Bad Request\\r\\ncontent-length: 0\\r\\n\\r\\n\"}",
            b"",
        ] {
            assert!(find_refusal(ours).is_none(), "{}", String::from_utf8_lossy(ours));
        }
    }
}
