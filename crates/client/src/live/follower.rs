//! Following without sockets, clock or randomness of its own: what comes in, what goes out, and when.
//!
//! Whoever drives it tells what happened, with the time since some start, then performs the [`Output`]s, and comes back
//! at the [deadline](Follower::deadline). What is heard over the connection is dealt with in [`hearing`](super::hearing).

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::frame::hello;
use super::outbox::{Outbox, Outgoing};
use super::syncs::Syncs;
use super::{End, Place, Status, Update};
use crate::options::Waits;
use crate::{ChatUri, Error};

/// How long a connection may take to be ready, and one that is asked for a sign of life to give one.
const READY_WITHIN: Duration = Duration::from_secs(10);
const ALIVE_WITHIN: Duration = Duration::from_secs(5);
/// Whoever says too much is let in again after this time.
const FLOOD_WAIT: Duration = Duration::from_secs(30);
/// The server reads on after this many requests only when it has answered one.
const OPEN_REQUESTS: usize = 8;

/// What comes of a request, and where it goes.
pub(super) type Outcome = Result<Value, Error>;
pub(super) type Answer = oneshot::Sender<Outcome>;

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Output {
    /// Connect, with the token of the moment.
    Connect,
    /// Say this.
    Say(String),
    /// Leave the connection, or give up connecting.
    Disconnect,
    /// Get an access token that is another than that of the connection.
    Renew,
    /// Forget the tokens.
    Forget,
    /// Tell this.
    Tell(Update),
}

/// Where it stands with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Connecting,
    /// The token was refused, and another is asked for.
    Renewing,
    Live,
    Ended,
}

/// An open request: what is done with the reply.
#[derive(Debug)]
pub(super) enum Request {
    Sync(ChatUri),
    Send(ChatUri),
    Ask(Answer),
    Auth,
}

/// A request that somebody makes once.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) kind: String,
    pub(super) fields: Value,
    pub(super) answer: Answer,
}

/// A follower.
pub(super) struct Follower {
    pub(super) catch_up: Option<u64>,
    waits: Waits,
    /// From 0 to below 1, at random.
    draw: fn() -> f64,
    pub(super) now: Duration,
    pub(super) place: Place,
    pub(super) state: State,
    /// The chats whose cursors the server was told.
    pub(super) said: HashSet<ChatUri>,
    pub(super) syncs: Syncs,
    pub(super) outbox: Outbox,
    asks: VecDeque<Ask>,
    pub(super) open: HashMap<u64, Request>,
    requests: u64,
    /// Whether there is room for further events.
    pub(super) has_room: bool,
    /// The connections in a row that failed.
    pub(super) attempts: u32,
    /// The token was refused, and renewed, since the last connection that was ready.
    pub(super) is_refused: bool,
    pub(super) retry_after: Option<Duration>,
    pub(super) heartbeat: Duration,
    connect_at: Option<Duration>,
    pub(super) ready_by: Option<Duration>,
    pub(super) alive_by: Option<Duration>,
    pub(super) outputs: VecDeque<Output>,
}

impl Follower {
    /// One that connects at once.
    pub(super) fn new(place: Place, waits: Waits, catch_up: Option<u64>, draw: fn() -> f64) -> Self {
        let mut follower = Self {
            catch_up,
            waits,
            draw,
            now: Duration::ZERO,
            place,
            state: State::Waiting,
            said: HashSet::new(),
            syncs: Syncs::default(),
            outbox: Outbox::default(),
            asks: VecDeque::new(),
            open: HashMap::new(),
            requests: 0,
            has_room: true,
            attempts: 0,
            is_refused: false,
            retry_after: None,
            heartbeat: Duration::from_secs(25),
            connect_at: None,
            ready_by: None,
            alive_by: None,
            outputs: VecDeque::new(),
        };
        follower.connect();
        follower
    }

    /// What is to be done next.
    pub(super) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When it wants to be told the time, at the latest.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let delays = [self.outbox.deadline(), self.syncs.deadline()];
        [self.connect_at, self.ready_by, self.alive_by].into_iter().chain(delays).flatten().min()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    // --- What happens ---

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Duration) {
        self.now = now;
        let is_over = |deadline: Option<Duration>| deadline.is_some_and(|deadline| deadline <= now);
        if is_over(self.connect_at) {
            self.connect();
        } else if is_over(self.ready_by) || is_over(self.alive_by) {
            self.lose();
        }
        self.outbox.tick(now);
        self.syncs.tick(now);
        self.pump();
    }

    /// The connection is open.
    pub(super) fn opened(&mut self) {
        let (frame, said) = hello(&self.place);
        self.said = said.into_iter().collect();
        self.outputs.push_back(Output::Say(frame));
    }

    /// The connection was closed with this code, broke, or could not be made. A token that is refused at the door is as
    /// one that is refused inside: 4401.
    pub(super) fn closed(&mut self, code: Option<u16>, now: Duration) {
        self.now = now;
        match code {
            Some(1002 | 1003 | 1007 | 1009 | 4400) => self.end(End::Refused),
            Some(4401) => {
                self.abandon();
                self.state = State::Renewing;
                self.outputs.push_back(Output::Renew);
            }
            Some(4403) => {
                self.outputs.push_back(Output::Forget);
                self.end(End::SignedOut);
            }
            Some(4409) => self.end(End::Replaced),
            Some(4429) => {
                self.abandon();
                self.wait(FLOOD_WAIT);
            }
            _ => self.lose(),
        }
    }

    /// There is another token, or why there is none.
    pub(super) fn renewed(&mut self, outcome: Result<String, Error>, now: Duration) {
        self.now = now;
        match (self.state, outcome) {
            (State::Live, Ok(token)) => self.request("auth", &json!({"token": token}), Request::Auth),
            // With the old one the connection ends, and then is time to see why.
            (State::Live, Err(_)) => {}
            (State::Renewing, Ok(_)) if self.is_refused => self.lose(),
            (State::Renewing, Ok(_)) => {
                self.is_refused = true;
                self.connect();
            }
            (State::Renewing, Err(error)) if error.is_signed_out() => self.end(End::SignedOut),
            (State::Renewing, Err(_)) => self.lose(),
            (State::Waiting | State::Connecting | State::Ended, _) => {}
        }
    }

    /// There are no tokens to connect with.
    pub(super) fn is_signed_out(&mut self) {
        self.end(End::SignedOut);
    }

    /// Whether it believes that there is room for further events.
    pub(super) fn has_room(&self) -> bool {
        self.has_room
    }

    /// Whether there is room for further events.
    pub(super) fn room(&mut self, has_room: bool) {
        self.has_room = has_room;
        self.pump();
    }

    /// Somebody sends a message.
    pub(super) fn send(&mut self, chat: ChatUri, message: Outgoing) {
        self.outbox.push(chat, message);
        self.pump();
    }

    /// Somebody makes a request, once.
    pub(super) fn ask(&mut self, ask: Ask) {
        if self.state == State::Live {
            self.asks.push_back(ask);
            self.pump();
        } else {
            let _ = ask.answer.send(Err(Error::Disconnected));
        }
    }

    /// Somebody has a reason to believe that connecting works now, or that the connection does not.
    pub(super) fn reconnect(&mut self, now: Duration) {
        self.now = now;
        match self.state {
            State::Waiting => self.connect(),
            State::Live => {
                self.outputs.push_back(Output::Say(json!({"type": "ping"}).to_string()));
                self.alive_by = Some(now + ALIVE_WITHIN);
            }
            State::Connecting | State::Renewing | State::Ended => {}
        }
    }

    // --- One connection after the other ---

    fn connect(&mut self) {
        self.connect_at = None;
        self.ready_by = Some(self.now + READY_WITHIN);
        self.state = State::Connecting;
        self.tell(Update::Status(Status::Connecting));
        self.outputs.push_back(Output::Connect);
    }

    /// The connection is worth nothing any more: another one, after a while that grows and that is another for everybody.
    fn lose(&mut self) {
        self.abandon();
        let doubled = self.waits.first.saturating_mul(2u32.saturating_pow(self.attempts));
        let longest = doubled.min(self.waits.longest);
        let wait = self.retry_after.take().unwrap_or_else(|| longest.mul_f64((self.draw)()));
        self.attempts = self.attempts.saturating_add(1);
        self.wait(wait);
    }

    fn wait(&mut self, time: Duration) {
        self.state = State::Waiting;
        self.connect_at = Some(self.now + time);
        self.tell(Update::Status(Status::Waiting(time)));
    }

    pub(super) fn end(&mut self, end: End) {
        self.abandon();
        self.state = State::Ended;
        self.outbox.end();
        self.tell(Update::Status(Status::Ended(end)));
    }

    /// Leaves the connection, and whatever was asked over it.
    fn abandon(&mut self) {
        (self.connect_at, self.ready_by, self.alive_by) = (None, None, None);
        self.outputs.push_back(Output::Disconnect);
        self.syncs = Syncs::default();
        self.outbox.restart();
        let asked = self.open.drain().filter_map(|(_, request)| match request {
            Request::Ask(answer) => Some(answer),
            Request::Sync(_) | Request::Send(_) | Request::Auth => None,
        });
        for answer in asked.chain(self.asks.drain(..).map(|ask| ask.answer)) {
            let _ = answer.send(Err(Error::Disconnected));
        }
    }

    // --- What is said and told ---

    pub(super) fn say(&mut self, frame: &Value) {
        self.outputs.push_back(Output::Say(frame.to_string()));
    }

    pub(super) fn tell(&mut self, update: Update) {
        self.place.note(&update);
        self.outputs.push_back(Output::Tell(update));
    }

    /// Makes the requests that wait to be made, as far as there is room for them and for what they bring.
    pub(super) fn pump(&mut self) {
        while self.state == State::Live && self.open.len() < OPEN_REQUESTS {
            if let Some(Ask { kind, fields, answer }) = self.asks.pop_front() {
                self.request(&kind, &fields, Request::Ask(answer));
            } else if let Some(chat) = self.has_room.then(|| self.syncs.next()).flatten() {
                // It may have been left meanwhile.
                match self.place.cursor(chat) {
                    Some(after) => self.request("sync", &json!({"chat": chat, "after": after}), Request::Sync(chat)),
                    None => self.syncs.done(chat),
                }
            } else if let Some((chat, fields)) = self.outbox.next() {
                self.request("send", &fields, Request::Send(chat));
            } else {
                return;
            }
        }
    }

    fn request(&mut self, kind: &str, fields: &Value, request: Request) {
        self.requests += 1;
        let mut frame = fields.clone();
        frame["type"] = kind.into();
        frame["id"] = self.requests.to_string().into();
        self.open.insert(self.requests, request);
        self.say(&frame);
    }
}
