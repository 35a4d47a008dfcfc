//! How a client goes about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{InMemory, TokenStore, Tokens};

/// How a client goes about it. The defaults are those of the client in JavaScript, but for `catch_up`.
#[derive(Clone)]
pub struct Options {
    pub(crate) tokens: Arc<dyn TokenStore>,
    pub(crate) http: Option<reqwest::Client>,
    pub(crate) timeout: Duration,
    pub(crate) catch_up: Option<u64>,
    pub(crate) waits: Waits,
    pub(crate) queue: usize,
}

/// How long is waited between two attempts to connect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waits {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tokens: Arc::new(InMemory::default()),
            http: None,
            timeout: Duration::from_secs(60),
            catch_up: None,
            waits: Waits { first: Duration::from_millis(500), longest: Duration::from_secs(30) },
            queue: 1024,
        }
    }
}

impl Options {
    /// Where the tokens are kept; in memory unless set.
    pub fn token_store(self, store: impl TokenStore) -> Self {
        Self { tokens: Arc::new(store), ..self }
    }

    /// Begins with these tokens, kept in memory.
    pub fn tokens(self, tokens: Tokens) -> Self {
        self.token_store(InMemory::with(tokens))
    }

    /// The HTTP client that everything goes over, live connections too: for proxies, certificates and the like. It is to
    /// be [`http1_only`](reqwest::ClientBuilder::http1_only): over HTTP/2 sockets are opened in another way (RFC 8441).
    pub fn http(self, client: reqwest::Client) -> Self {
        Self { http: Some(client), ..self }
    }

    /// How long a call may take, 60 s unless set. Following goes by what `docs/LIVE.md` says instead.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How many missed events of a chat are worth fetching; beyond, the chat is dropped with
    /// [`FarBehind`](crate::DropReason::FarBehind). Unless set all are, which is what a bot wants; for what people look
    /// at, 1000 may do.
    pub fn catch_up(self, events: u64) -> Self {
        Self { catch_up: Some(events), ..self }
    }

    /// The longest that is waited after one connection that failed, and after many: 0.5 s and 30 s unless set. The bound
    /// doubles with each in a row, and what is waited is drawn below it.
    pub fn waits(self, first: Duration, longest: Duration) -> Self {
        Self { waits: Waits { first, longest }, ..self }
    }

    /// How many updates may wait to be taken, 1024 unless set; see [`Live`](crate::Live) for what happens then.
    pub fn queue(self, updates: usize) -> Self {
        Self { queue: updates.max(1), ..self }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { timeout, catch_up, waits, queue, .. } = self;
        let mut shown = f.debug_struct("Options");
        shown.field("timeout", timeout).field("catch_up", catch_up).field("waits", waits).field("queue", queue);
        shown.finish_non_exhaustive()
    }
}
