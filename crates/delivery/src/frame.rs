//! What a connection is sent.

use std::sync::Arc;

use bytes::Bytes;
use parlor_domain::chat_session::ReadState;
use parlor_domain::{ChatUri, Epoch, Event, Seq, Signal, UserRef};
use time::OffsetDateTime;

/// An event, and how it is written to every connection alike.
#[derive(Debug, Clone)]
pub struct LiveEvent {
    /// The event.
    pub event: Arc<Event>,
    /// Its bytes on the wire, made once. The core only counts them.
    pub wire: Bytes,
}

/// What is sent to a connection.
#[derive(Debug, Clone)]
pub enum Frame {
    /// The answer to `hello`; the first frame.
    Ready(Box<Ready>),
    /// The next event of a chat.
    Event(LiveEvent),
    /// Something that is true for a moment.
    Signal(Arc<Signal>),
    /// Nothing more of this chat comes until the client has asked its way to the head.
    Behind {
        /// The chat.
        chat: ChatUri,
        /// The last seq of its log.
        head: Seq,
        /// Why.
        reason: BehindReason,
    },
    /// The chat is no longer one of theirs.
    Gone {
        /// The chat.
        chat: ChatUri,
    },
    /// The answer to a request.
    Reply {
        /// The request's own name.
        id: Option<RequestId>,
        /// What came of it.
        outcome: Outcome,
    },
    /// Asks for a sign of life.
    Ping,
    /// Gives one.
    Pong,
    /// The token ends soon.
    AuthExpiring {
        /// When.
        expires_at: OffsetDateTime,
    },
    /// The connection is about to be closed by the server's own wish.
    Bye {
        /// With this code.
        code: CloseCode,
        /// After how many milliseconds to come back.
        retry_after: u64,
    },
    /// The last frame: the connection is closed.
    Close(CloseCode),
}

impl Frame {
    /// How much of a queue it takes, in bytes: the events that it holds, and something for itself.
    pub fn size(&self) -> usize {
        const SMALL: usize = 64;
        match self {
            Self::Event(event) => event.wire.len(),
            Self::Reply { outcome: Ok(Done::Page(page)), .. } => SMALL + page.size(),
            Self::Ready(ready) => SMALL + ready.chats.len() * 128 + ready.gone.len() * 40,
            _ => SMALL,
        }
    }
}

/// The name that a client gave a request.
pub type RequestId = Box<str>;

/// Why a chat is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BehindReason {
    /// Too much was missed while the client was away.
    Resume,
    /// The client reads too slowly.
    Overflow,
}

/// What came of a request.
pub type Outcome = Result<Done, Refusal>;

/// What a request that succeeded gives.
#[derive(Debug, Clone)]
pub enum Done {
    /// The message is stored.
    Sent {
        /// Its number in the log.
        seq: Seq,
        /// Whether it had been stored before.
        duplicate: bool,
    },
    /// A part of the log.
    Page(SyncPage),
    /// How far they have read now.
    Read(ReadState),
    /// The message is as they wished. Its event may have come before this.
    Changed {
        /// The event that tells of it; none, when it had been so before.
        event: Option<Seq>,
    },
    /// Passed on, or left out because there were enough of them.
    Typing,
    /// The connection goes on with the new token until then.
    Renewed {
        /// The token's end.
        expires_at: OffsetDateTime,
    },
}

/// A part of a chat's log.
#[derive(Debug, Clone)]
pub struct SyncPage {
    /// The events, oldest first, without a gap.
    pub events: Vec<LiveEvent>,
    /// The last seq of the log.
    pub head: Seq,
    /// The first seq that the log still holds.
    pub floor: Seq,
    /// Whether the chat is live from here.
    pub reached: bool,
}

impl SyncPage {
    /// The bytes of its events.
    pub fn size(&self) -> usize {
        self.events.iter().map(|event| event.wire.len()).sum()
    }
}

/// Why a request failed. The connection lives on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A field is missing or wrong; the text says which.
    Invalid(String),
    /// There is no such type of frame.
    UnknownType(String),
    /// `hello` was said before.
    AlreadyStarted,
    /// There is no such chat, or none of theirs.
    NotFound,
    /// The cursor lies above the head: it is of another life of the database.
    CursorAhead {
        /// The last seq of the log.
        head: Seq,
    },
    /// What follows the cursor is no longer kept.
    LogPruned {
        /// The first seq that the log still holds.
        floor: Seq,
        /// The last seq of the log.
        head: Seq,
    },
    /// Too many frames.
    RateLimited,
    /// The database does not answer.
    Unavailable,
    /// A use case refused.
    Failed {
        /// Its code, from the closed list.
        code: &'static str,
        /// Why, in a sentence.
        detail: String,
        /// After how many seconds it may succeed.
        retry_after: Option<u64>,
    },
}

/// Why a connection is closed, as its close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The node goes away.
    GoingAway = 1001,
    /// RFC 6455 was not followed.
    Protocol = 1002,
    /// A binary frame came.
    Unsupported = 1003,
    /// A text frame was not UTF-8.
    BadText = 1007,
    /// A frame was too large.
    TooLarge = 1009,
    /// The node begins anew.
    Restart = 1012,
    /// A frame was not an object with a type, or the first was no `hello`.
    Malformed = 4400,
    /// The token is missing, bad or at its end.
    Unauthorized = 4401,
    /// The session has ended, or the account is gone.
    SessionEnded = 4403,
    /// Too slow: to say hello, to give a sign of life, or to read.
    TimedOut = 4408,
    /// Too many connections of one user.
    TooMany = 4409,
    /// Too many frames for too long.
    Flood = 4429,
    /// The server failed.
    Failed = 4500,
}

impl CloseCode {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Whether the client is told to come back later before it is closed.
    pub const fn says_bye(self) -> bool {
        matches!(self, Self::GoingAway | Self::Restart)
    }
}

/// The answer to `hello`.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The connection's own number on this node.
    pub connection: u64,
    /// The life of the database.
    pub epoch: Epoch,
    /// Who is connected.
    pub user: UserRef,
    /// When the token ends.
    pub expires_at: OffsetDateTime,
    /// Their chats, latest activity first.
    pub chats: Vec<ReadyChat>,
    /// Whether there are more.
    pub more: bool,
    /// Those of the cursors' chats that are not theirs.
    pub gone: Vec<ChatUri>,
}

/// One chat of [`Ready`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyChat {
    /// The chat.
    pub chat: ChatUri,
    /// The last seq of its log.
    pub head: Seq,
    /// The first seq that its log still holds.
    pub floor: Seq,
    /// How far they have read.
    pub read_state: ReadState,
    /// Whether its events come by themselves.
    pub live: bool,
}
