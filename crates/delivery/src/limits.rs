//! The bounds that the core keeps.

use crate::Millis;

/// The bounds that the core keeps, and how often it looks. The defaults are those of the public contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How many frames wait for one connection.
    pub queue_frames: usize,
    /// How many bytes of events wait for one connection.
    pub queue_bytes: usize,
    /// How many requests of one connection are open before no more are read.
    pub open_requests: usize,
    /// How many connections one user has on this node; one more closes the oldest.
    pub connections_per_user: usize,
    /// The most events that one chat is caught up by on resuming; a chat that misses more is behind.
    pub resume_per_chat: u64,
    /// The most events that a connection is caught up by on resuming, in all its chats.
    pub resume_events: u64,
    /// The most bytes of events that a connection is caught up by on resuming, in all its chats.
    pub resume_bytes: usize,
    /// How many chats `ready` names beside those of the cursors.
    pub ready_chats: usize,
    /// The most events in the answer to one `sync`.
    pub sync_events: u32,
    /// About how many bytes of events are in the answer to one `sync`; at least one event is.
    pub sync_bytes: usize,
    /// How long a connection may take to say hello.
    pub hello_timeout: Millis,
    /// After how long without a frame a `ping` is sent.
    pub heartbeat: Millis,
    /// After how long without a sign of life a connection is closed.
    pub silence: Millis,
    /// After how long without progress in writing a connection is closed.
    pub write_timeout: Millis,
    /// How long a connection has for taking what was queued when it was closed.
    pub linger: Millis,
    /// How long before a token's end `auth.expiring` is sent.
    pub expiry_notice: Millis,
    /// Client frames per second, once the burst is used up; 0 sets no limit.
    pub frame_rate: u32,
    /// Client frames at once.
    pub frame_burst: u32,
    /// For how long the rate may be exceeded before the connection is closed.
    pub flood: Millis,
    /// How often heads and memberships are compared with the database.
    pub reconcile: Millis,
    /// How far back a look for new members reaches: longer than any transaction takes.
    pub joined_window: Millis,
    /// How long after their last connection somebody is offline.
    pub offline_after: Millis,
    /// The most members of a chat whose members hear of each other's presence and reading.
    pub small_chat: u32,
    /// Whether anybody hears of presence.
    pub presence: bool,
    /// How often somebody's typing in one chat is passed on.
    pub typing_every: Millis,
    /// How often somebody's reading in one chat is passed on.
    pub read_every: Millis,
    /// How many of a chat's latest events are kept, to catch up others without reading the log.
    pub tail_events: usize,
    /// How many bytes of a chat's latest events are kept.
    pub tail_bytes: usize,
    /// For how long a chat's latest events are kept after the last of them.
    pub tail_kept: Millis,
    /// The most events read from the log at once.
    pub log_page: u32,
    /// The most chats asked about at once when heads are compared.
    pub heads_page: usize,
    /// Clients are asked to come back within so long, each after a random part of it.
    pub retry_within: Millis,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue_frames: 256,
            queue_bytes: 256 * 1024,
            open_requests: 8,
            connections_per_user: 10,
            resume_per_chat: 100,
            resume_events: 200,
            resume_bytes: 256 * 1024,
            ready_chats: 500,
            sync_events: 200,
            sync_bytes: 256 * 1024,
            hello_timeout: Millis::seconds(10),
            heartbeat: Millis::seconds(25),
            silence: Millis::seconds(60),
            write_timeout: Millis::seconds(30),
            linger: Millis::seconds(5),
            expiry_notice: Millis::seconds(60),
            frame_rate: 20,
            frame_burst: 40,
            flood: Millis::seconds(10),
            reconcile: Millis::seconds(3),
            joined_window: Millis::seconds(60),
            offline_after: Millis::seconds(30),
            small_chat: 50,
            presence: true,
            typing_every: Millis::seconds(2),
            read_every: Millis::seconds(1),
            tail_events: 128,
            tail_bytes: 128 * 1024,
            tail_kept: Millis::seconds(60),
            log_page: 200,
            heads_page: 1000,
            retry_within: Millis::seconds(5),
        }
    }
}
