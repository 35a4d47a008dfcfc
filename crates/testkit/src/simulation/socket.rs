//! A connection as the network sees it: two queues between a client and a core, which can be cut at any moment.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use parlor_delivery::{ConnectionId, Frame, Hello, Identity, Millis, Request};
use parlor_domain::ChatUri;

use super::watch::{Asked, Watch};

/// What a client sent.
#[derive(Debug, Clone)]
pub(super) enum Sent {
    /// The first frame.
    Hello(Hello),
    /// A new token.
    Renew(String, Identity),
    /// A request; the judge knows it by its name.
    Request(Option<String>, Request, Asked),
    /// A pong of RFC 6455.
    Pong,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) client: usize,
    pub(super) node: usize,
    /// Which run of the node.
    pub(super) run: u32,
    pub(super) connection: ConnectionId,
    pub(super) up: VecDeque<Sent>,
    pub(super) down: VecDeque<Frame>,
    /// Whether the node holds it open.
    pub(super) node_open: bool,
    /// Whether the client does.
    pub(super) client_open: bool,
    /// The client takes nothing.
    pub(super) stalled: bool,
    /// It ever did that, or does not answer: a reason to close it.
    pub(super) stalled_ever: bool,
    /// The client is gone, and the node was not told: what it writes is lost at first, then nothing is taken.
    pub(super) lost: bool,
    /// A turn of the writer, of the reader or of the network to the client is due.
    pub(super) writing: bool,
    pub(super) reading: bool,
    pub(super) arriving: bool,
    /// The frames that may still be written before the peer's buffer is full.
    pub(super) room: u32,
    /// When the token ends that the node was shown.
    pub(super) token_until: Millis,
    pub(super) watch: Watch,
    pub(super) asking: Asking,
}

/// What the client knows of the connection.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// Since when it is ready, and how much had been committed then.
    pub(super) ready: Option<(Millis, usize)>,
    pub(super) named: u64,
    pub(super) open: BTreeMap<String, Asked>,
    /// The chats to be synced, whether or not that is under way.
    pub(super) behind: BTreeSet<ChatUri>,
}

impl Asking {
    /// A name for the next request.
    pub(super) fn name(&mut self) -> String {
        self.named += 1;
        format!("r{}", self.named)
    }

    /// Whether a part of the chat's log was asked for.
    pub(super) fn syncs(&self, chat: ChatUri) -> bool {
        self.open.values().any(|asked| matches!(asked, Asked::Sync(of, ..) if *of == chat))
    }

    /// Whether this message was sent here, and not answered yet.
    pub(super) fn sends(&self, client_id: &str) -> bool {
        self.open.values().any(|asked| matches!(asked, Asked::Send(_, id) if id == client_id))
    }
}
