//! What goes into the core, and what it asks for.

use std::collections::HashMap;

use parlor_domain::account::SessionId;
use parlor_domain::message::{Draft, MessageCommand};
use parlor_domain::{ChatUri, Epoch, Membership, Seq, Signal, Snapshot, Topic, UserId, UserRef};
use time::OffsetDateTime;

use crate::Millis;
use crate::frame::{LiveEvent, Outcome, Refusal};

/// One connection of this node. Never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId {
    pub(crate) slot: u32,
    pub(crate) serial: u64,
}

/// One of the threads that serve connections: whatever is ready is told to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane(pub u16);

/// What an [`Answer`] answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub(crate) u64);

/// Who a token proved a connection to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub user: UserRef,
    /// In which login session.
    pub session: SessionId,
    /// When the token ends.
    pub expires_at: OffsetDateTime,
    /// How long from now that is.
    pub expires_in: Millis,
}

/// What a client says first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hello {
    /// The last applied seq of each chat that it holds.
    pub cursors: HashMap<ChatUri, Seq>,
    /// The life of the database that the cursors are of.
    pub epoch: Option<Epoch>,
}

/// What a client asks for later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// To store a message. The draft has a client id.
    Send {
        /// Where.
        chat: ChatUri,
        /// The message.
        draft: Draft,
    },
    /// A part of the log.
    Sync {
        /// Whose.
        chat: ChatUri,
        /// From right behind this seq.
        after: Seq,
        /// At most so many events.
        limit: Option<u32>,
    },
    /// To note how far they have read.
    Read {
        /// Where.
        chat: ChatUri,
        /// Up to which event.
        seq: Seq,
    },
    /// To change a message.
    Change {
        /// Where.
        chat: ChatUri,
        /// Which message.
        target: Seq,
        /// What.
        command: MessageCommand,
    },
    /// To let the others know that they write.
    Typing {
        /// Where.
        chat: ChatUri,
        /// Whether they do.
        on: bool,
    },
    /// A `pong` back.
    Ping,
    /// Nothing: it is a sign of life.
    Pong,
    /// `hello`, a second time: refused.
    Hello,
    /// Whatever the edge could not take; it is only answered.
    Refused(Refusal),
}

/// What a use case shall do for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Store a message. Gives [`Done::Sent`](crate::Done::Sent).
    Send {
        /// By whom.
        author: UserId,
        /// Where.
        chat: ChatUri,
        /// The message.
        draft: Draft,
    },
    /// Move a reading mark. Gives [`Done::Read`](crate::Done::Read).
    Read {
        /// Whose.
        user: UserId,
        /// Where.
        chat: ChatUri,
        /// To which event.
        seq: Seq,
    },
    /// Change a message. Gives [`Done::Changed`](crate::Done::Changed).
    Change {
        /// By whom.
        user: UserId,
        /// Where.
        chat: ChatUri,
        /// Which message.
        target: Seq,
        /// What.
        command: MessageCommand,
    },
}

/// What the core asks for. Whatever has a ticket is to be answered once, in any order; what is lost on the way is not
/// asked for again, so a failure is an answer too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Read all memberships of a user, and their blocks: [`Answer::Memberships`].
    LoadMemberships {
        /// What to answer.
        ticket: Ticket,
        /// Whose.
        user: UserId,
    },
    /// Read one membership: [`Answer::Membership`].
    LoadMembership {
        /// What to answer.
        ticket: Ticket,
        /// In which chat.
        chat: ChatUri,
        /// Whose.
        user: UserId,
    },
    /// Read a part of a log: [`Answer::Log`].
    ReadLog {
        /// What to answer.
        ticket: Ticket,
        /// Of which chat.
        chat: ChatUri,
        /// From right behind this seq.
        after: Seq,
        /// At most so many events.
        limit: u32,
    },
    /// Read the heads of chats: [`Answer::Heads`].
    ReadHeads {
        /// What to answer.
        ticket: Ticket,
        /// Of which.
        chats: Vec<ChatUri>,
    },
    /// Look who of these was lately put into a chat: [`Answer::Joined`].
    ReadJoined {
        /// What to answer.
        ticket: Ticket,
        /// Who.
        users: Vec<UserId>,
        /// How far back to look.
        within: Millis,
    },
    /// Read who of these has blocked whom, and who has blocked them: [`Answer::Blocked`].
    ReadBlocked {
        /// What to answer.
        ticket: Ticket,
        /// Who.
        users: Vec<UserId>,
    },
    /// Ask for the life of the database, on a fresh connection: [`Answer::Epoch`].
    ReadEpoch {
        /// What to answer.
        ticket: Ticket,
    },
    /// Run a use case: [`Answer::Outcome`].
    Run {
        /// What to answer.
        ticket: Ticket,
        /// What to do.
        command: Command,
    },
    /// Tell the bus what this node wants to hear of.
    Follow {
        /// In this life.
        epoch: Epoch,
        /// Of these.
        topics: Vec<Topic>,
    },
    /// Tell the bus what this node no longer wants to hear of.
    Unfollow {
        /// In this life.
        epoch: Epoch,
        /// Of these.
        topics: Vec<Topic>,
    },
    /// Pass a signal on to the other nodes.
    Publish {
        /// In this life.
        epoch: Epoch,
        /// The signal.
        signal: Signal,
    },
    /// Break a connection off, now: its client does not read. It is [disconnected](crate::Core::disconnect) already.
    Abort(ConnectionId),
}

/// What came of an [`Output`] with a ticket.
#[derive(Debug, Clone)]
pub enum Answer {
    /// All memberships of a user, and their blocks, which were read no earlier than asked for.
    Memberships {
        /// The memberships, latest activity first.
        memberships: Snapshot<Vec<Membership>>,
        /// As in [`Answer::Blocked`].
        blocked: Snapshot<Vec<(UserId, UserId)>>,
    },
    /// One membership.
    Membership(Snapshot<Option<Membership>>),
    /// A part of a log; `None` if there is no such chat.
    Log(Snapshot<Option<LivePage>>),
    /// Heads of chats.
    Heads(Snapshot<Vec<(ChatUri, Seq)>>),
    /// Who was lately put into which chat.
    Joined(Snapshot<Vec<(UserId, ChatUri)>>),
    /// One who was asked for, and somebody whom they have blocked or who has blocked them.
    Blocked(Snapshot<Vec<(UserId, UserId)>>),
    /// The life of the database.
    Epoch(Epoch),
    /// What a use case said.
    Outcome(Outcome),
    /// The database did not answer.
    Failed,
}

/// A part of a chat's log, as the core gets it.
#[derive(Debug, Clone)]
pub struct LivePage {
    /// The events, oldest first, without a gap.
    pub events: Vec<LiveEvent>,
    /// The last seq of the log.
    pub head: Seq,
    /// The first seq that the log still holds.
    pub floor: Seq,
}
