//! What a bus counts of itself.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a bus has counted since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NatsCounters {
    /// Messages that were handed to the connection.
    pub published: u64,
    /// Announcements, signals and messages that were not published: the queue was full or the server away.
    pub dropped: u64,
    /// Messages that were passed to the listener.
    pub delivered: u64,
    /// Messages that were not read: not signed with this installation's key, or in a form that this version does not
    /// know.
    pub rejected: u64,
    /// How often messages were lost because the listener was too slow; each time may stand for several messages.
    pub overflowed: u64,
    /// How often a connection was made.
    pub connected: u64,
}

/// The same, while it is counted.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) published: Counter,
    pub(crate) dropped: Counter,
    pub(crate) delivered: Counter,
    pub(crate) rejected: Counter,
    pub(crate) overflowed: Counter,
    pub(crate) connected: Counter,
}

/// One number that only grows.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(crate) fn read(&self) -> NatsCounters {
        NatsCounters {
            published: self.published.get(),
            dropped: self.dropped.get(),
            delivered: self.delivered.get(),
            rejected: self.rejected.get(),
            overflowed: self.overflowed.get(),
            connected: self.connected.get(),
        }
    }
}
