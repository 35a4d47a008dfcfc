//! How a connection is ended from above actix, which does not let go of a socket that takes nothing.

use std::cell::Cell;

/// Tells a connection's socket that it is over. Both belong to one worker thread.
///
/// actix has no way to drop a connection whose client stopped reading: neither the end of the body nor a full channel
/// does it. The stream below it asks here whenever it is polled; whoever calls wakes the connection's task afterwards.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Cell<Ended>);

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
        if self.0.get() == Ended::Not {
            self.0.set(Ended::Reading);
        }
    }

    /// The connection is of no more use.
    pub(crate) fn break_off(&self) {
        self.0.set(Ended::Wholly);
    }

    pub(super) fn ended(&self) -> Ended {
        self.0.get()
    }
}
