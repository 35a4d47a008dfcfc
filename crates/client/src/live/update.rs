//! What a follower hears.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{ChatUri, Event, User};

/// What a follower hears, one after the other.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Update {
    /// An event: each one once, in the order of its chat's log, without a gap, whatever breaks in between.
    Event(Event),
    /// What is held of a chat is worth nothing any more.
    Drop {
        /// Which chat; none for all of them.
        chat: Option<ChatUri>,
        /// Why.
        reason: DropReason,
        /// The seq after which its events come on, if they do.
        head: Option<u64>,
    },
    /// Something that is told once, and never repeated.
    Signal(Signal),
    /// After each connecting, before any event: where the server stands.
    Ready(Ready),
    /// How following goes.
    Status(Status),
}

/// Why what is held of a chat, or of all chats, is worth nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// One is not in this chat any more, or it was deleted.
    Gone,
    /// The database lives another life: seqs are given anew, in all chats.
    Epoch,
    /// The chat's log ends below what one holds: the same for one chat. Load its newest page.
    CursorAhead,
    /// What follows one's place is no longer kept. Load the newest page.
    LogPruned,
    /// More was missed than is fetched ([`Options::catch_up`](crate::Options::catch_up)), or nobody knows how much: the
    /// chat was too lively from the moment on in which it was first heard of. Load the newest page.
    FarBehind,
}

/// How following goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It tries to connect.
    Connecting,
    /// It is connected, and [`Ready`] was told.
    Live,
    /// The connection broke, or could not be made; the next attempt comes after this time.
    Waiting(Duration),
    /// It is over, and no further update comes.
    Ended(End),
}

/// Why following has ended. [`Parlor::follow`](crate::Parlor::follow) goes on from [`Live::place`](crate::Live::place)
/// if that makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The login session has ended: somebody has to log in again.
    SignedOut,
    /// The user has too many connections, and this was the oldest. Whoever comes back by itself throws another one out.
    Replaced,
    /// The server and this client do not understand each other.
    Refused,
}

/// Something that is told once, and never repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Signal {
    /// Where, if it is of a chat.
    pub chat: Option<ChatUri>,
    /// Of whom it is told.
    pub by: User,
    /// What.
    #[serde(flatten)]
    pub kind: SignalKind,
}

/// What a signal tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignalKind {
    /// Somebody writes, or has stopped.
    Typing {
        /// Whether they do.
        on: bool,
    },
    /// Somebody has read up to here.
    Read {
        /// Up to where.
        seq: u64,
    },
    /// Somebody came, or left.
    Presence {
        /// Whether they are here.
        online: bool,
    },
    /// Something that this client does not know.
    #[serde(untagged)]
    Other {
        /// What the server calls it.
        kind: String,
        /// What belongs to it.
        data: Value,
    },
}

/// Where the server stands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Ready {
    /// The number of this connection.
    pub connection: u64,
    /// The life of the database.
    pub epoch: String,
    /// Who is signed in.
    pub user: User,
    /// The server's clock.
    #[serde(with = "crate::timestamp")]
    pub time: OffsetDateTime,
    /// When the access token ends; it is renewed before.
    #[serde(with = "crate::timestamp")]
    pub expires_at: OffsetDateTime,
    /// After how many seconds of silence the server says something.
    pub heartbeat: u32,
    /// What the server bounds, by its names.
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,
    /// The chats that one knows, and those of latest activity.
    pub chats: Vec<ReadyChat>,
    /// Whether there are others beside those; their events come too.
    pub more: bool,
    /// Chats that one knew, and is not in any more. Each is also told as [`Update::Drop`].
    pub gone: Vec<ChatUri>,
}

/// Where a chat stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ReadyChat {
    /// Which.
    pub chat: ChatUri,
    /// The last seq of its log.
    pub head: u64,
    /// The first seq that the log still holds.
    pub floor: u64,
    /// How far one has read.
    pub read: u64,
    /// The messages of others after that, up to 1000.
    pub unread: u64,
    /// Whether what one missed comes by itself, or is fetched; either way it comes.
    pub state: ChatState,
}

/// How what one missed of a chat comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChatState {
    /// By itself.
    Live,
    /// It is fetched.
    Behind,
    /// In a way that this client does not know.
    #[serde(other)]
    Other,
}
