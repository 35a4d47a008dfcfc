//! The state machine: what it knows, and its doors. Each door's work is in the file named after it.

mod blocks;
mod chat;
mod connection;
mod connections;
mod events;
mod late;
mod log;
mod map;
mod presence;
mod queue;
mod reconcile;
mod requests;
mod start;
mod throttle;
mod ticks;
mod users;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use parlor_domain::{Announcement, ChatUri, Epoch, Event, Seq, SessionId, Signal, SignalKind, Topic, UserId, UserRef};

use self::chat::Chat;
use self::connection::{Connection, Move};
use self::connections::Connections;
use self::map::{Map, Seeded};
use self::throttle::Throttle;
use self::users::User;
#[cfg(feature = "sabotage")]
use crate::Sabotage;
use crate::{
    Answer, CloseCode, ConnectionId, Frame, Hello, Identity, Lane, Limits, Millis, Output, Request, RequestId, Ticket,
};

/// The live side of one node.
#[derive(Debug)]
pub struct Core {
    limits: Limits,
    /// The life of the database, once it is known.
    epoch: Option<Epoch>,
    connections: Connections,
    users: Map<UserId, User>,
    chats: Map<ChatUri, Chat>,
    /// What was asked and not answered yet.
    asked: Map<Ticket, Asked>,
    last_ticket: u64,
    /// Memberships that are being read.
    loading: Map<(UserId, ChatUri), Loading>,
    /// Memberships that are read at the next tick: a reading failed.
    to_load: Vec<(UserId, ChatUri)>,
    outputs: VecDeque<Output>,
    /// What the bus is to be told next: what is of interest from now on, and what no longer.
    interest: Map<Topic, bool>,
    /// Chats whose heads are compared as soon as possible.
    to_check: Vec<ChatUri>,
    /// Chats that have to be looked after at the next tick: a reading failed.
    later: Map<ChatUri, ()>,
    /// Who has left each chat's screens, and is not yet offline.
    away: BTreeMap<ChatUri, BTreeSet<UserId>>,
    /// How often it was told that a block was made or lifted.
    blocks_told: u64,
    /// How far somebody has read, to others than themselves.
    reading: Throttle,
    /// That somebody writes.
    typing: Throttle,
    /// The chat whose event is being handed on: it is not forgotten meanwhile.
    applying: Option<ChatUri>,
    /// Connections that start at the next tick, or once the life of the database is known.
    waiting_to_start: Vec<ConnectionId>,
    next_reconcile: Millis,
    /// When a look for new members last succeeded, at the time of asking.
    joined_looked: Millis,
    shut_down: bool,
    random: u64,
    #[cfg(feature = "sabotage")]
    sabotage: Option<Sabotage>,
}

/// A membership that is being read.
#[derive(Debug, Default)]
struct Loading {
    /// Whether it has to be read once more.
    again: bool,
    /// What was seen of the user's coming and going since it was asked for.
    moves: Vec<Move>,
}

/// A question that is open.
#[derive(Debug)]
enum Asked {
    /// With the last telling of blocks when it was asked.
    Memberships {
        connection: ConnectionId,
        told: u64,
    },
    Membership {
        user: UserId,
        chat: ChatUri,
    },
    Stream {
        connection: ConnectionId,
    },
    Log {
        chat: ChatUri,
    },
    /// With the seq that was known to exist in each chat when it was asked.
    Heads {
        known: Vec<(ChatUri, Seq)>,
    },
    Joined {
        at: Millis,
    },
    /// With the last telling when it was asked.
    Blocked {
        users: Vec<UserId>,
        told: u64,
    },
    Epoch,
    Command {
        connection: ConnectionId,
    },
}

impl Core {
    /// A core that knows no life of the database yet: it asks for one. `seed` spreads the clients' return.
    pub fn new(limits: Limits, seed: u64, now: Millis) -> Self {
        let hasher = Seeded(seed);
        let (reading, typing) = (Throttle::new(limits.read_every, hasher), Throttle::new(limits.typing_every, hasher));
        let mut core = Self {
            next_reconcile: now + limits.reconcile,
            limits,
            epoch: None,
            connections: Connections::new(hasher),
            users: Map::with_hasher(hasher),
            chats: Map::with_hasher(hasher),
            asked: Map::with_hasher(hasher),
            last_ticket: 0,
            loading: Map::with_hasher(hasher),
            to_load: Vec::new(),
            outputs: VecDeque::new(),
            interest: Map::with_hasher(hasher),
            to_check: Vec::new(),
            later: Map::with_hasher(hasher),
            away: BTreeMap::new(),
            blocks_told: 0,
            reading,
            typing,
            applying: None,
            waiting_to_start: Vec::new(),
            joined_looked: now,
            shut_down: false,
            random: seed,
            #[cfg(feature = "sabotage")]
            sabotage: None,
        };
        core.ask_for_epoch();
        core
    }

    /// Breaks one rule on purpose.
    #[cfg(feature = "sabotage")]
    #[must_use]
    pub fn sabotaged(mut self, sabotage: Sabotage) -> Self {
        self.sabotage = Some(sabotage);
        self
    }

    /// A connection that has not said who it is. It has [`Limits::hello_timeout`] to [begin](Self::begin).
    pub fn connect(&mut self, lane: Lane, now: Millis) -> ConnectionId {
        let connection = self.connections.add(lane, now);
        if self.shut_down {
            self.close(connection, CloseCode::GoingAway, now);
        }
        connection
    }

    /// The connection said `hello`, and proved who it is. Nothing happens if it had begun before: see
    /// [`Request::Hello`].
    pub fn begin(&mut self, connection: ConnectionId, identity: Identity, hello: Hello, now: Millis) {
        self.begin_as(connection, identity, hello, None, now);
    }

    /// A connection that follows one chat, and asks for nothing. Its frames are [`Frame::Event`]s from right behind
    /// `after` (or the head) without a gap however slowly they are taken, [`Frame::Ping`] when there is nothing else, and
    /// at the end [`Frame::Close`]: `SessionEnded` if its user is not, or no longer, a member. `epoch` is the life of the
    /// database that `after` is of: in another one the stream ends at once (`Restart`).
    pub fn open_stream(
        &mut self,
        lane: Lane,
        identity: Identity,
        chat: ChatUri,
        after: Option<Seq>,
        epoch: Epoch,
        now: Millis,
    ) -> ConnectionId {
        let connection = self.connect(lane, now);
        let hello = Hello { epoch: Some(epoch), ..Hello::default() };
        self.begin_as(connection, identity, hello, Some((chat, after)), now);
        connection
    }

    /// `auth`: the connection goes on with a new token of the same user, and belongs to that token's session. With
    /// a token of another user it is closed (`Unauthorized`).
    pub fn renew(&mut self, connection: ConnectionId, id: Option<RequestId>, identity: Identity, now: Millis) {
        self.take_new_token(connection, id, identity, now);
    }

    /// The client asks for something.
    pub fn request(&mut self, connection: ConnectionId, id: Option<RequestId>, request: Request, now: Millis) {
        self.take_request(connection, id, request, now);
    }

    /// A sign of life that is no request: a ping or pong of RFC 6455.
    pub fn heard(&mut self, connection: ConnectionId, now: Millis) {
        if let Some(connection) = self.connections.get_mut(connection) {
            connection.heard = now;
        }
    }

    /// Whether the connection's next frame is to be read: not between `hello` and `ready`, nor while too many of its
    /// requests are open, or of its replies not taken. When that changes, the connection is ready.
    pub fn takes_input(&self, connection: ConnectionId) -> bool {
        let takes = |c: &Connection| {
            c.reads() && c.open.len() < self.limits.open_requests && !c.queue.is_overfull(&self.limits)
        };
        self.connections.get(connection).is_some_and(takes)
    }

    /// The server closes the connection: what is queued is dropped, but for replies.
    pub fn close(&mut self, connection: ConnectionId, code: CloseCode, now: Millis) {
        self.begin_closing(connection, code, now);
    }

    /// The connection is no more.
    pub fn disconnect(&mut self, connection: ConnectionId, now: Millis) {
        self.detach(connection, now);
        self.connections.remove(connection);
    }

    /// Closes every connection (`GoingAway`), and takes no more.
    pub fn shut_down(&mut self, now: Millis) {
        self.shut_down = true;
        self.close_all(CloseCode::GoingAway, now);
    }

    /// Events were stored, by this node or another. `encode` is called once for each event that is of use.
    pub fn announced(&mut self, announcement: &Announcement, encode: &dyn Fn(&Event) -> Bytes, now: Millis) {
        self.take_announcement(announcement, encode, now);
    }

    /// A signal from another node.
    pub fn signalled(&mut self, epoch: &Epoch, signal: &Signal, now: Millis) {
        if self.is_present_life(epoch) {
            self.deliver_signal(signal, now);
            self.answer_presence(signal);
        }
    }

    /// A signal that began on this node, outside of the core: it goes to the connections here and to the other nodes.
    pub fn raise(&mut self, signal: &Signal, now: Millis) {
        self.deliver_signal(signal, now);
        self.publish(signal.clone());
    }

    /// Somebody writes, or has stopped, whichever way they said so. Passed on at most once in a while for each chat, however
    /// many devices say so.
    pub fn tell_of_typing(&mut self, by: UserRef, chat: ChatUri, on: bool, now: Millis) {
        if self.typing.passes(by.id, chat, now) {
            self.raise(&Signal { by, kind: SignalKind::Typing { chat, on } }, now);
        }
    }

    /// A block of `user` by `by` was made on this node, or lifted: from now on nobody here is told what either does at the
    /// moment by the other. What other nodes do is found by the regular look.
    pub fn blocked(&mut self, by: UserId, user: UserId, on: bool) {
        self.take_block(by, user, on);
    }

    /// These login sessions have ended: their connections are closed (`SessionEnded`).
    pub fn sessions_ended(&mut self, sessions: &[SessionId], now: Millis) {
        let ended: Vec<_> = self
            .connections
            .iter()
            .filter(|c| c.identity.as_ref().is_some_and(|identity| sessions.contains(&identity.session)))
            .map(|connection| connection.id)
            .collect();
        for connection in ended {
            self.close(connection, CloseCode::SessionEnded, now);
        }
    }

    /// The bus delivers what is announced on these from now on: what came before is looked up.
    pub fn following(&mut self, topics: &[Topic], now: Millis) {
        self.check_followed(topics, now);
    }

    /// The bus may have lost something: everything is compared with the database at the next tick.
    pub fn interrupted(&mut self, now: Millis) {
        self.next_reconcile = now;
    }

    /// The answer to an output with a ticket. One of an earlier life of the core is ignored.
    pub fn answer(&mut self, ticket: Ticket, answer: Answer, now: Millis) {
        let Some(asked) = self.asked.remove(&ticket) else { return };
        match (asked, answer) {
            (Asked::Memberships { connection, told }, answer) => {
                self.memberships_read(connection, ticket, told, answer, now);
            }
            (Asked::Stream { connection }, answer) => self.stream_membership_read(connection, ticket, answer, now),
            (Asked::Membership { user, chat }, answer) => self.membership_read(user, chat, answer, now),
            (Asked::Log { chat }, answer) => self.log_read(chat, ticket, answer, now),
            (Asked::Heads { known }, Answer::Heads(heads)) => self.heads_read(&known, &heads, now),
            (Asked::Joined { at }, Answer::Joined(joined)) => self.joined_read(at, &joined),
            (Asked::Blocked { users, told }, Answer::Blocked(read)) => {
                // Whoever was told of since is being read once more.
                self.blocked_read(&users, told, &read);
            }
            (Asked::Epoch, answer) => self.epoch_read(answer, now),
            (Asked::Command { connection }, Answer::Outcome(outcome)) => {
                self.command_done(connection, ticket, outcome, now);
            }
            (Asked::Command { connection }, _) => {
                self.command_done(connection, ticket, Err(crate::Refusal::Unavailable), now);
            }
            // The next look is not far.
            (Asked::Heads { .. } | Asked::Joined { .. } | Asked::Blocked { .. }, _) => {}
        }
    }

    /// Time has passed. To be called about every second; it may be called at any time.
    pub fn tick(&mut self, now: Millis) {
        self.pass_time(now);
    }

    /// What the core asks for next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front().or_else(|| self.gathered_output())
    }

    /// The lanes with connections that became ready since the last call.
    pub fn ready_lanes(&mut self) -> Vec<Lane> {
        self.connections.ready_lanes()
    }

    /// The connections of a lane that became ready since the last call: they have frames, or take input again.
    pub fn take_ready(&mut self, lane: Lane) -> Vec<ConnectionId> {
        self.connections.take_ready(lane)
    }

    /// Takes frames from a connection's queue, at least one if there is any, until they hold `bytes`.
    pub fn take_frames(&mut self, connection: ConnectionId, bytes: usize, now: Millis) -> Vec<Frame> {
        self.hand_over(connection, bytes, now)
    }

    /// How many frames wait for a connection, and how many bytes they hold.
    pub fn queued(&self, connection: ConnectionId) -> (usize, usize) {
        self.connections.get(connection).map_or((0, 0), |c| (c.queue.len(), c.queue.bytes()))
    }

    fn ask(&mut self, asked: Asked, output: impl FnOnce(Ticket) -> Output) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.asked.insert(ticket, asked);
        self.outputs.push_back(output(ticket));
        ticket
    }

    /// A number below `bound`, by the step of splitmix64 (Steele, Lea and Flood, 2014).
    fn random_below(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    #[cfg(feature = "sabotage")]
    fn breaks(&self, rule: Sabotage) -> bool {
        self.sabotage == Some(rule)
    }
}

/// Whether a rule is broken on purpose; never, unless it is built for that.
macro_rules! broken {
    ($core:expr, $rule:ident) => {{
        #[cfg(feature = "sabotage")]
        let broken = $core.breaks(crate::Sabotage::$rule);
        #[cfg(not(feature = "sabotage"))]
        let broken = false;
        broken
    }};
}
use broken;
