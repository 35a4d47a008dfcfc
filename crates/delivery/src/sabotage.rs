//! Faults that can be built into a core on purpose, so that its tests can show that they would notice.

/// One rule that a core breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Events are handed on as they come, whether or not one is missing before them.
    SkipHoles,
    /// Whoever is removed from a chat goes on getting its events.
    KeepRemoved,
    /// A snapshot of a membership is live from its head, whatever came since it was read.
    StaleSnapshot,
    /// Queues have no bound.
    UnboundedQueue,
    /// What was stored or read in another life of the database is taken like any other.
    TrustEveryLife,
}
