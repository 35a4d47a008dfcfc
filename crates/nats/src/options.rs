//! What a bus is told at its start.

use std::fmt;
use std::path::PathBuf;

/// What a bus is told at its start.
#[derive(Clone)]
pub struct NatsOptions {
    /// Where the servers are: one URL or several of one cluster, separated by commas. `nats://host:4222`; `tls://` asks
    /// for TLS. A user and a password, or a token in the user's place, stand before the host, percent-encoded.
    pub url: String,
    /// The secret that all nodes share. The key that messages are signed with is derived from it.
    pub secret: Vec<u8>,
    /// PEM files with the authorities that sign the servers' certificates; if empty, those of the system.
    pub root_certificates: Vec<PathBuf>,
    /// How much may wait, and where following each single chat ends.
    pub limits: NatsLimits,
}

impl NatsOptions {
    /// A bus to these servers, with this secret and the usual limits.
    pub fn new(url: impl Into<String>, secret: impl Into<Vec<u8>>) -> Self {
        Self { url: url.into(), secret: secret.into(), root_certificates: Vec::new(), limits: NatsLimits::default() }
    }
}

/// The URL may hold a password: it is not shown either.
impl fmt::Debug for NatsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsOptions").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// How much may wait on the way, and from where on a node listens to all chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NatsLimits {
    /// Announcements and signals that may wait to be published; signals are dropped from half of it on.
    pub queued: usize,
    /// About how many bytes these may hold together.
    pub queued_bytes: usize,
    /// Messages of one subscription that may wait for the listener, before the next ones are lost.
    pub undelivered: usize,
    /// Chats that are subscribed to one by one, and users likewise. With more of them, all are listened to, and the
    /// others' messages are thrown away: the server looks up one subscription for each node then, instead of thousands,
    /// and a message that is thrown away costs a node about 4 µs.
    pub followed: usize,
}

impl Default for NatsLimits {
    fn default() -> Self {
        Self { queued: 8192, queued_bytes: 16 << 20, undelivered: 65_536, followed: 4096 }
    }
}

/// Why a bus was not started. A server that cannot be reached is no reason.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NatsError {
    /// The URL is none of a NATS server.
    #[error("this is no URL of a NATS server, such as nats://host:4222")]
    Url(#[source] Option<std::io::Error>),
    /// The bus's thread could not be started.
    #[error("the thread of the bus cannot be started")]
    Thread(#[source] std::io::Error),
}
