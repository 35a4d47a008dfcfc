//! One connection.

use parlor_domain::message::Draft;
use parlor_domain::{ChatUri, Event, Seq};

use super::map::{Map, Seeded};
use super::queue::Queue;
use crate::{ConnectionId, Hello, Identity, Lane, Limits, Millis, RequestId, Ticket};

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) lane: Lane,
    pub(super) state: State,
    /// The one chat that it follows, if it is a stream.
    pub(super) stream: Option<ChatUri>,
    pub(super) identity: Option<Box<Identity>>,
    /// When the token ends.
    pub(super) expires: Millis,
    /// When it is told so.
    pub(super) expiry_told: Millis,
    pub(super) told_of_expiry: bool,
    pub(super) chats: Map<ChatUri, Entry>,
    pub(super) queue: Queue,
    /// Whether its lane knows that frames wait.
    pub(super) notified: bool,
    pub(super) open: Vec<Open>,
    /// How many bytes of events are left for catching up, in all chats.
    pub(super) resume_bytes: usize,
    /// Chats in which something waits for room in the queue.
    pub(super) wants_room: Vec<ChatUri>,
    /// When its present state began.
    pub(super) since: Millis,
    /// The last sign of life.
    pub(super) heard: Millis,
    /// When frames were last taken.
    pub(super) sent: Millis,
    /// When it was last asked for a sign of life.
    pub(super) pinged: Millis,
    /// Since when the queue has not moved.
    pub(super) stuck: Millis,
    pub(super) rate: Rate,
}

/// How far a connection has come.
#[derive(Debug)]
pub(super) enum State {
    /// It has not said hello.
    Waiting,
    /// Its memberships are being read.
    Starting(Box<Starting>),
    /// It gets events.
    Live,
    /// It gets what is left in its queue.
    Closing,
}

/// What is kept of a connection while its memberships are read.
#[derive(Debug)]
pub(super) struct Starting {
    pub(super) hello: Hello,
    /// Where a stream begins; the head if nowhere.
    pub(super) after: Option<Seq>,
    /// The question that is open, if any.
    pub(super) asked: Option<Ticket>,
    /// Chats that the user was put into since: the answer may not know of them.
    pub(super) added: Vec<ChatUri>,
    /// What was seen since of their coming and going.
    pub(super) moves: Vec<Move>,
}

/// An event that put a user into a chat, or took them out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) chat: ChatUri,
    pub(super) seq: Seq,
    pub(super) joins: bool,
}

/// A connection's place in a chat.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The membership is known up to here: earlier events changed an earlier one.
    pub(super) known: Seq,
    /// Up to here the connection has it all, or did not ask for it.
    pub(super) cursor: Seq,
    pub(super) mode: Mode,
}

/// How events of a chat reach a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// As they come.
    Live,
    /// From the log, one page after the other, up to the core's last; as far as [`Connection::resume_bytes`] go, if that
    /// is bounded.
    CatchingUp { bounded: bool },
    /// Only when the client asks.
    Behind,
}

/// A request that is not answered yet.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) ticket: Ticket,
    pub(super) id: Option<RequestId>,
    pub(super) what: Wish,
}

/// What a request is about.
#[derive(Debug)]
pub(super) enum Wish {
    Send {
        chat: ChatUri,
        draft: Draft,
        /// The core's last when it was asked for: what has a higher seq was not there before.
        last: Seq,
        /// Where the log has a message of this name that reads otherwise. Either it was edited since, or the name was used
        /// twice: the use case knows, and nothing later is handed on before its answer.
        unclear: Option<Seq>,
    },
    Read {
        chat: ChatUri,
    },
    Change {
        chat: ChatUri,
        target: Seq,
        /// Where the log has a change of this message by this user. It may be this one: only the use case knows, and nothing
        /// later is handed on before its answer.
        unclear: Option<Seq>,
    },
    Sync,
}

impl Wish {
    /// In which chat, and behind which event, nothing is handed on before the answer.
    pub(super) fn holds_back(&self) -> Option<(ChatUri, Seq)> {
        match self {
            Self::Send { chat, unclear, .. } | Self::Change { chat, unclear, .. } => unclear.map(|seq| (*chat, seq)),
            Self::Read { .. } | Self::Sync => None,
        }
    }
}

/// How many frames a client may still send.
#[derive(Debug, Default)]
pub(super) struct Rate {
    /// Thousandths of frames that were used up.
    used: u64,
    at: Millis,
    /// Since when there were too many.
    over: Option<Millis>,
}

/// What a frame does to the rate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    TooMany,
    Flood,
}

impl Rate {
    /// Counts a frame.
    pub(super) fn count(&mut self, limits: &Limits, now: Millis) -> Verdict {
        if limits.frame_rate == 0 {
            return Verdict::Fine;
        }
        let regained = (now - self.at).0 * u64::from(limits.frame_rate);
        self.used = self.used.saturating_sub(regained);
        self.at = now;
        let burst = u64::from(limits.frame_burst) * 1000;
        if self.used + 1000 <= burst {
            self.used += 1000;
            // Whoever has used up less than half has calmed down.
            if self.used <= burst / 2 {
                self.over = None;
            }
            return Verdict::Fine;
        }
        let since = *self.over.get_or_insert(now);
        if now - since >= limits.flood { Verdict::Flood } else { Verdict::TooMany }
    }
}

impl Connection {
    pub(super) fn new(id: ConnectionId, lane: Lane, hasher: Seeded, now: Millis) -> Self {
        Self {
            id,
            lane,
            state: State::Waiting,
            stream: None,
            identity: None,
            expires: Millis(u64::MAX),
            expiry_told: Millis(u64::MAX),
            told_of_expiry: false,
            chats: Map::with_hasher(hasher),
            queue: Queue::default(),
            notified: false,
            open: Vec::new(),
            resume_bytes: 0,
            wants_room: Vec::new(),
            since: now,
            heard: now,
            sent: now,
            pinged: now,
            stuck: now,
            rate: Rate::default(),
        }
    }

    /// Whether what its client says is of use now.
    pub(super) fn reads(&self) -> bool {
        matches!(self.state, State::Waiting | State::Live)
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self.state, State::Live)
    }

    pub(super) fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing)
    }

    /// Whether an answer has to come before this event, and is not known yet.
    pub(super) fn answers_before(&self, event: &Event) -> bool {
        self.open
            .iter()
            .filter_map(|open| open.what.holds_back())
            .any(|(chat, seq)| chat == event.chat && seq < event.seq)
    }

    /// Whether it is live, and follows all chats of its user.
    pub(super) fn follows_all(&self) -> bool {
        self.is_live() && self.stream.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_then_the_rate_and_at_last_the_connection_is_a_flood() {
        let (limits, mut rate) = (Limits::default(), Rate::default());
        for n in 0..40 {
            assert_eq!(rate.count(&limits, Millis(0)), Verdict::Fine, "frame {n}");
        }
        assert_eq!(rate.count(&limits, Millis(0)), Verdict::TooMany);
        assert_eq!(rate.count(&limits, Millis(50)), Verdict::Fine, "20 a second come back");
        assert_eq!(rate.count(&limits, Millis(50)), Verdict::TooMany);
        assert_eq!(rate.count(&limits, Millis(10_000)), Verdict::Fine);
        for _ in 0..100 {
            rate.count(&limits, Millis(10_000));
        }
        assert_eq!(rate.count(&limits, Millis(10_000)), Verdict::TooMany, "it had calmed down in between");
        for tenth in 100..200 {
            for _ in 0..10 {
                assert_ne!(rate.count(&limits, Millis(tenth * 100)), Verdict::Flood);
            }
        }
        let last = [(); 3].map(|()| rate.count(&limits, Millis(20_000)));
        assert_eq!(last, [Verdict::Fine, Verdict::Fine, Verdict::Flood]);
    }
}
