//! What drives the cores: their questions are answered late and out of order, and their frames written in small parts.

use std::sync::Arc;

use bytes::Bytes;
use parlor_delivery::{Answer, Command, ConnectionId, Core, Done, Millis, Output, Ticket};
use parlor_domain::{Announcement, Epoch, Event};

use super::bus::Carried;

use super::world::{Happening, World};

/// The bytes of an event.
fn encode(event: &Event) -> Bytes {
    super::database::live(event.clone()).wire
}

impl World {
    /// Calls the core of a node, if it is up, and does what it asks for.
    pub(super) fn call(&mut self, node: usize, call: impl FnOnce(&mut Core, Millis)) {
        let now = self.now;
        if let Some(core) = self.nodes[node].core.as_mut() {
            call(core, now);
            self.pump(node);
        }
    }

    /// Takes up what a core asks for, and what became ready.
    pub(super) fn pump(&mut self, node: usize) {
        while let Some(output) = self.nodes[node].core.as_mut().and_then(Core::poll_output) {
            self.tell(|_| format!("node {node} asks {output:?}"));
            self.take_up(node, output);
        }
        let Some(core) = self.nodes[node].core.as_mut() else { return };
        let mut ready = Vec::new();
        for lane in core.ready_lanes() {
            ready.extend(core.take_ready(lane));
        }
        for connection in ready {
            self.wake(node, connection);
        }
        self.measure(node);
    }

    fn take_up(&mut self, node: usize, output: Output) {
        let run = self.nodes[node].run;
        match output {
            Output::Follow { epoch, topics } => {
                let never = self.plan.never_follows;
                let silent = self.fault(never);
                if !(silent && self.random.percent(50)) {
                    let at = self.bus_turn(node);
                    self.at(at, Happening::Follow(node, run, epoch, topics, !silent));
                }
            }
            Output::Unfollow { epoch, topics } => {
                let at = self.bus_turn(node);
                self.at(at, Happening::Unfollow(node, run, epoch, topics));
            }
            Output::Publish { epoch, signal } => self.publish(node, &Carried::Signal(epoch, signal)),
            Output::Abort(connection) => self.abort(node, connection),
            asked => {
                if matches!(asked, Output::ReadLog { .. }) {
                    self.nodes[node].log_reads += 1;
                }
                let delay = self.plan.read_delay;
                self.later(0, delay, Happening::Perform(node, run, asked));
            }
        }
    }

    /// When the bus does what a node asks it to now: in the order of asking.
    fn bus_turn(&mut self, node: usize) -> Millis {
        let delay = self.random.below(self.plan.bus_delay + 1);
        let at = self.nodes[node].bus_until.max(self.now + Millis(delay));
        self.nodes[node].bus_until = at;
        at
    }

    /// The database does what a core asked for; the answer takes its time.
    pub(super) fn perform(&mut self, node: usize, run: u32, output: Output) {
        let up = self.runs(node, run);
        let fails = self.plan.fails;
        let failed = self.fault(fails) || self.nodes[node].outage;
        let (ticket, answer) = match output {
            Output::Run { ticket, command } => (ticket, self.perform_command(node, up, failed, command)),
            _ if !up => return,
            output => self.perform_read(output, failed),
        };
        if self.runs(node, run) {
            let delay = self.plan.read_delay;
            let earliest = self.nodes[node].own_until.since(self.now).0;
            self.later(earliest, earliest + delay, Happening::Answer(node, run, ticket, answer));
        }
    }

    fn perform_read(&mut self, output: Output, failed: bool) -> (Ticket, Answer) {
        let (database, now) = (&self.database, self.now);
        let (ticket, answer) = match output {
            Output::LoadMemberships { ticket, user } => (ticket, database.read_start(user)),
            Output::LoadMembership { ticket, chat, user } => {
                (ticket, Answer::Membership(database.read_membership(chat, user)))
            }
            Output::ReadLog { ticket, chat, after, limit } => {
                (ticket, Answer::Log(database.read_log(chat, after, limit)))
            }
            Output::ReadHeads { ticket, chats } => (ticket, Answer::Heads(database.read_heads(&chats))),
            Output::ReadJoined { ticket, users, within } => {
                (ticket, Answer::Joined(database.read_joined(&users, now - within)))
            }
            Output::ReadBlocked { ticket, users } => (ticket, Answer::Blocked(database.read_blocked(&users))),
            Output::ReadEpoch { ticket } => (ticket, Answer::Epoch(database.epoch.clone())),
            other => unreachable!("no question to the database: {other:?}"),
        };
        (ticket, if failed { Answer::Failed } else { answer })
    }

    /// Runs a use case. A node that died since may still have had it committed, and told nobody.
    fn perform_command(&mut self, node: usize, up: bool, failed: bool, command: Command) -> Answer {
        let lost = (failed || !up) && self.random.percent(50);
        if lost || self.frozen.is_some() {
            return Answer::Failed;
        }
        let outcome = match command {
            Command::Send { author, chat, draft } => {
                let author = self.user(author);
                let sent = self.database.send(&author, chat, &draft, self.now);
                sent.map(|(seq, event)| {
                    let duplicate = event.is_none();
                    if let Some(event) = event {
                        self.stored(node, up, event);
                    }
                    Done::Sent { seq, duplicate }
                })
            }
            Command::Change { user, chat, target, command } => {
                let by = self.user(user);
                self.database.change_message(&by, chat, target, &command, self.now).map(|event| {
                    let seq = event.as_ref().map(|event| event.seq);
                    if let Some(event) = event {
                        self.stored(node, up, event);
                    }
                    Done::Changed { event: seq }
                })
            }
            Command::Read { user, chat, seq } => self.database.mark_read(user, chat, seq).map(Done::Read),
        };
        if failed { Answer::Failed } else { Answer::Outcome(outcome) }
    }

    /// A node committed something, and is going to announce it, unless it dies before.
    pub(super) fn stored(&mut self, node: usize, up: bool, event: Arc<Event>) {
        self.tell(|_| {
            format!("node {node} commits {}/{} {:?} by {}", event.chat, event.seq, event.kind, event.by.id.get())
        });
        let dies = self.plan.dies;
        if !up {
            return;
        }
        if self.fault(dies) {
            return self.kill(node);
        }
        let until = self.nodes[node].own_until.max(self.now + Millis(self.random.below(20)));
        self.nodes[node].own_until = until;
        let epoch = self.database.epoch.clone();
        self.nodes[node].own.push_back((epoch, event));
        let run = self.nodes[node].run;
        self.at(until, Happening::Own(node, run));
    }

    /// Announces what the node committed first, and what it committed to the same chat right after.
    pub(super) fn announce_own(&mut self, node: usize) {
        let Some((epoch, first)) = self.nodes[node].own.pop_front() else { return };
        let chat = first.chat;
        let mut events = vec![first];
        while self.random.percent(50) {
            let joins = |next: &(Epoch, Arc<Event>)| next.0 == epoch && next.1.chat == chat;
            let Some((_, next)) = self.nodes[node].own.pop_front_if(|next| joins(next)) else { break };
            events.push(next);
        }
        let announcement = Announcement { epoch, chat, events };
        self.publish(node, &Carried::Stored(announcement.clone()));
        let dies = self.plan.dies;
        if self.fault(dies) {
            return self.kill(node);
        }
        self.call(node, |core, now| core.announced(&announcement, &encode, now));
    }

    /// Sends something to the other nodes over the bus.
    pub(super) fn publish(&mut self, from: usize, carried: &Carried) {
        if self.nodes[from].ear.cut {
            return;
        }
        for node in (0..self.nodes.len()).filter(|node| *node != from) {
            for heard in self.nodes[node].ear.hears(carried) {
                let (loses, repeats) = (self.plan.loses, self.plan.repeats);
                let times = u32::from(!self.fault(loses)) + u32::from(self.fault(repeats));
                for _ in 0..times {
                    let (run, delay) = (self.nodes[node].run, self.plan.bus_delay);
                    self.later(1, delay, Happening::Heard(node, run, heard.clone()));
                }
            }
        }
    }

    /// Something arrives over the bus.
    pub(super) fn heard(&mut self, node: usize, carried: Carried) {
        if self.nodes[node].ear.cut {
            return;
        }
        match carried {
            Carried::Stored(announcement) => {
                self.tell(|_| {
                    let seqs: Vec<_> = announcement.events.iter().map(|event| event.seq.get()).collect();
                    format!("node {node} hears {} {} {seqs:?}", announcement.epoch, announcement.chat)
                });
                self.call(node, |core, now| core.announced(&announcement, &encode, now));
            }
            Carried::Signal(epoch, signal) => self.call(node, |core, now| core.signalled(&epoch, &signal, now)),
        }
    }

    /// That no queue of a node is longer than it may be.
    ///
    /// Beside [`queue_frames`](parlor_delivery::Limits::queue_frames) wait what is never dropped: one reply to each open
    /// request, for each chat a `behind` and an end (`gone`, or the own removal), and what a connection has one of at a
    /// time (`ready`, `ping`, `auth.expiring`, `bye`, the close). Beside
    /// [`queue_bytes`](parlor_delivery::Limits::queue_bytes): those, the last event that went in, and one page.
    fn measure(&mut self, node: usize) {
        let Some(core) = &self.nodes[node].core else { return };
        let limits = &self.plan.limits;
        let chats = self.database.chats_ever();
        let mut found = None;
        for (connection, socket) in &self.nodes[node].sockets {
            let (frames, bytes) = core.queued(*connection);
            let beside = self.sockets[*socket].watch.open_requests() + 2 * chats + 5;
            let page = limits.sync_bytes + 2 * LARGEST;
            if frames > limits.queue_frames + beside || bytes > limits.queue_bytes + page + beside * 64 + chats * 168 {
                found = Some((*connection, frames, bytes));
            }
        }
        if let Some((connection, frames, bytes)) = found {
            self.complain(|| format!("{frames} frames and {bytes} bytes wait for {connection:?}"));
        }
    }

    /// A connection has frames, or takes input again.
    fn wake(&mut self, node: usize, connection: ConnectionId) {
        if let Some(socket) = self.nodes[node].sockets.get(&connection).copied() {
            self.schedule_write(socket, 15);
            self.schedule_read(socket);
        }
    }
}

/// More than the largest event has.
const LARGEST: usize = 4096;
