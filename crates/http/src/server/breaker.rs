//! What the socket below actix and the connection above it tell one another.
//!
//! actix takes up to 32 KiB more from a body while the socket takes nothing, and never lets go of a client that stopped
//! reading: neither the end of the body nor anything else ends such a connection.

use std::cell::Cell;

/// Tells a connection's socket that it is over, and the connection that its socket is full. Both belong to one worker
/// thread, and to one task: the socket asks whenever it is polled, so whoever ends it wakes that task afterwards.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    ended: Cell<Ended>,
    full: Cell<bool>,
}

/// How far a connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Ended {
    #[default]
    Not,
    /// Nothing more is read, as if the client had closed its side.
    Reading,
    /// Reading and writing fail, and what was not sent is dropped.
    Wholly,
}

impl Breaker {
    /// The client has nothing more to say: once all is written, the connection ends without waiting for it.
    pub(crate) fn end_reading(&self) {
        if self.ended.get() == Ended::Not {
            self.ended.set(Ended::Reading);
        }
    }

    /// The connection is of no more use.
    pub(crate) fn break_off(&self) {
        self.ended.set(Ended::Wholly);
    }

    /// Whether something is written that the socket does not take. Once it does, the connection is polled.
    pub(crate) fn is_full(&self) -> bool {
        self.full.get()
    }

    pub(super) fn ended(&self) -> Ended {
        self.ended.get()
    }

    /// The socket took nothing more.
    pub(super) fn note_full(&self) {
        self.full.set(true);
    }

    /// The socket has taken all there was. Returns whether it had been full.
    pub(super) fn note_empty(&self) -> bool {
        self.full.replace(false)
    }
}
