//! One core over the model database, for tests of single rules.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parlor_delivery::{
    Answer, Command, ConnectionId, Core, Done, Frame, Hello, Identity, Lane, Limits, LiveEvent, LivePage, Millis,
    Output, Request, Ticket,
};
use parlor_domain::account::SessionId;
use parlor_domain::{Announcement, ChatUri, Epoch, Event, Seq, Signal, Snapshot};
use time::{Duration, OffsetDateTime};

use super::database::Database;
use super::script::draft;
use super::words::words;
use super::world::user;

/// One node whose database answers at once, and whose bus is silent. Nothing happens by chance.
///
/// ```
/// use parlor_testkit::simulation::Stage;
///
/// let mut stage = Stage::default();
/// let chat = stage.chat(&[1, 2]);
/// let connection = stage.connect(2);
/// assert_eq!(stage.frames(connection), ["ready 1 live"]);
/// stage.write(1, chat);
/// assert_eq!(stage.frames(connection), ["event 2"]);
/// ```
#[derive(Debug)]
pub struct Stage {
    /// The core.
    pub core: Core,
    /// The time.
    pub now: Millis,
    /// How many bytes each event has on the wire.
    pub event_bytes: usize,
    /// How long tokens last.
    pub token: Millis,
    /// Whether questions are kept back in [`asked`](Self::asked), in place of being answered.
    pub silent: bool,
    /// The questions that were kept back.
    pub asked: Vec<Output>,
    /// Whether the node does not hear of what its own connections send.
    pub deaf: bool,
    /// How many parts of logs were read.
    pub log_reads: usize,
    /// What was published for other nodes.
    pub published: Vec<Signal>,
    /// The connections that were broken off.
    pub aborted: Vec<ConnectionId>,
    read: Vec<(Ticket, Answer)>,
    pub(super) database: Database,
    pub(super) written: u64,
}

impl Default for Stage {
    fn default() -> Self {
        Self::with(Limits::default())
    }
}

impl Stage {
    /// A node with these bounds.
    pub fn with(limits: Limits) -> Self {
        let mut stage = Self {
            core: Core::new(limits, 1, Millis(0)),
            now: Millis(0),
            event_bytes: 100,
            token: Millis::seconds(3600),
            silent: false,
            asked: Vec::new(),
            deaf: false,
            log_reads: 0,
            published: Vec::new(),
            aborted: Vec::new(),
            read: Vec::new(),
            database: Database::new(),
            written: 0,
        };
        stage.settle();
        stage
    }

    /// A node on which each event has so many bytes on the wire.
    pub fn with_events_of(bytes: usize) -> Self {
        Self { event_bytes: bytes, ..Self::default() }
    }

    /// The node hears of these events of one chat.
    pub fn announce(&mut self, events: &[Arc<Event>]) {
        let Some(first) = events.first() else { return };
        let announcement = Announcement { epoch: self.epoch(), chat: first.chat, events: events.to_vec() };
        let wire = self.wire();
        self.core.announced(&announcement, &|_| wire.clone(), self.now);
        self.settle();
    }

    fn wire(&self) -> Bytes {
        Bytes::from(vec![b'.'; self.event_bytes])
    }

    /// Who a user's token says they are. Each user has one session.
    pub fn identity(&self, number: u64) -> Identity {
        let ends = Duration::milliseconds(i64::try_from((self.now + self.token).0).unwrap_or(i64::MAX));
        Identity {
            user: user(number),
            session: session(number),
            expires_at: OffsetDateTime::UNIX_EPOCH + ends,
            expires_in: self.token,
        }
    }

    /// A connection of a user who holds nothing yet.
    pub fn connect(&mut self, number: u64) -> ConnectionId {
        self.resume(number, &[])
    }

    /// A connection of a user who holds these chats up to these events.
    pub fn resume(&mut self, number: u64, cursors: &[(ChatUri, i64)]) -> ConnectionId {
        self.resume_in(self.epoch(), number, cursors)
    }

    /// The same, with cursors of another life.
    pub fn resume_in(&mut self, epoch: Epoch, number: u64, cursors: &[(ChatUri, i64)]) -> ConnectionId {
        let cursors: HashMap<_, _> = cursors.iter().map(|(chat, seq)| (*chat, at(*seq))).collect();
        let hello = Hello { cursors, epoch: Some(epoch) };
        let connection = self.core.connect(Lane(0), self.now);
        self.core.begin(connection, self.identity(number), hello, self.now);
        self.settle();
        connection
    }

    /// A stream of a chat's events.
    pub fn stream(&mut self, number: u64, chat: ChatUri, after: Option<i64>) -> ConnectionId {
        self.stream_in(self.epoch(), number, chat, after)
    }

    /// The same, from a place in the log of this life of the database.
    pub fn stream_in(&mut self, epoch: Epoch, number: u64, chat: ChatUri, after: Option<i64>) -> ConnectionId {
        let identity = self.identity(number);
        let connection = self.core.open_stream(Lane(0), identity, chat, after.map(at), epoch, self.now);
        self.settle();
        connection
    }

    /// A client asks for something; the reply has the name `id`.
    pub fn ask(&mut self, connection: ConnectionId, id: &str, request: Request) {
        self.core.request(connection, Some(id.into()), request, self.now);
        self.settle();
    }

    /// A client sends a message by this name.
    pub fn send(&mut self, connection: ConnectionId, id: &str, chat: ChatUri) {
        self.ask(connection, id, Request::Send { chat, draft: draft(id) });
    }

    /// A client asks for what comes after an event.
    pub fn sync(&mut self, connection: ConnectionId, id: &str, chat: ChatUri, after: i64) {
        self.ask(connection, id, Request::Sync { chat, after: at(after), limit: None });
    }

    /// A client lives.
    pub fn heard(&mut self, connection: ConnectionId) {
        self.core.heard(connection, self.now);
    }

    /// Time passes, with a tick each second, and these connections live and read: what they read is given back.
    pub fn pass_reading<const N: usize>(&mut self, seconds: u64, connections: [ConnectionId; N]) -> [Vec<String>; N] {
        let mut read = connections.map(|_| Vec::new());
        for _ in 0..seconds {
            self.pass(1);
            for (read, connection) in read.iter_mut().zip(connections) {
                self.heard(connection);
                read.extend(self.frames(connection));
            }
        }
        read
    }

    /// Time passes, with a tick each second.
    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now = self.now + Millis::seconds(1);
            self.core.tick(self.now);
            self.settle();
        }
    }

    /// Answers what the core asks, unless the stage is [silent](Self::silent).
    pub fn settle(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Publish { signal, .. } => self.published.push(signal),
                Output::Abort(connection) => self.aborted.push(connection),
                Output::Follow { .. } | Output::Unfollow { .. } => {}
                output if self.silent => self.asked.push(output),
                output => {
                    if let Some((ticket, answer)) = self.perform(output) {
                        self.core.answer(ticket, answer, self.now);
                    }
                }
            }
        }
    }

    /// Answers what was kept back, from the database of now.
    pub fn answer_all(&mut self) {
        self.read_all();
        self.deliver_all();
    }

    /// Answers the questions for parts of logs, and keeps the others back.
    pub fn answer_logs(&mut self) {
        while let Some(place) = self.asked.iter().position(|asked| matches!(asked, Output::ReadLog { .. })) {
            let answer = self.perform_kept(place);
            if let Some((ticket, answer)) = answer {
                self.core.answer(ticket, answer, self.now);
            }
            self.settle();
        }
    }

    fn perform_kept(&mut self, place: usize) -> Option<(Ticket, Answer)> {
        let output = self.asked.remove(place);
        self.perform(output)
    }

    /// Reads what was kept back from the database of now, and keeps the answers.
    pub fn read_all(&mut self) {
        self.silent = false;
        for output in std::mem::take(&mut self.asked) {
            let answer = self.perform(output);
            self.read.extend(answer);
        }
    }

    /// Hands over the answers that were kept.
    pub fn deliver_all(&mut self) {
        for (ticket, answer) in std::mem::take(&mut self.read) {
            self.core.answer(ticket, answer, self.now);
        }
        self.settle();
    }

    /// Has the database fail to do what was kept back.
    pub fn fail_all(&mut self) {
        self.silent = false;
        for output in std::mem::take(&mut self.asked) {
            if let Some(ticket) = ticket_of(&output) {
                self.core.answer(ticket, Answer::Failed, self.now);
            }
        }
        self.settle();
    }

    /// What the database says, or does.
    fn perform(&mut self, output: Output) -> Option<(Ticket, Answer)> {
        let database = &mut self.database;
        Some(match output {
            Output::LoadMemberships { ticket, user } => (ticket, database.read_start(user)),
            Output::LoadMembership { ticket, chat, user } => {
                (ticket, Answer::Membership(database.read_membership(chat, user)))
            }
            Output::ReadLog { ticket, chat, after, limit } => {
                self.log_reads += 1;
                (ticket, Answer::Log(self.read_log(chat, after, limit)))
            }
            Output::ReadHeads { ticket, chats } => (ticket, Answer::Heads(database.read_heads(&chats))),
            Output::ReadJoined { ticket, users, within } => {
                (ticket, Answer::Joined(database.read_joined(&users, self.now - within)))
            }
            Output::ReadBlocked { ticket, users } => (ticket, Answer::Blocked(database.read_blocked(&users))),
            Output::ReadEpoch { ticket } => (ticket, Answer::Epoch(database.epoch.clone())),
            Output::Run { ticket, command } => (ticket, self.run(command)),
            Output::Follow { .. } | Output::Unfollow { .. } | Output::Publish { .. } | Output::Abort(_) => return None,
        })
    }

    fn read_log(&self, chat: ChatUri, after: Seq, limit: u32) -> Snapshot<Option<LivePage>> {
        let mut read = self.database.read_log(chat, after, limit);
        for event in read.value.iter_mut().flat_map(|page| &mut page.events) {
            *event = LiveEvent { event: Arc::clone(&event.event), wire: self.wire() };
        }
        read
    }

    fn run(&mut self, command: Command) -> Answer {
        let outcome = match command {
            Command::Send { author, chat, draft } => {
                let author = user(u64::try_from(author.get()).unwrap_or(0));
                let sent = self.database.send(&author, chat, &draft, self.now);
                let event = sent.as_ref().ok().and_then(|(_, event)| event.clone());
                self.announce_stored(event.as_slice());
                sent.map(|(seq, event)| Done::Sent { seq, duplicate: event.is_none() })
            }
            Command::Change { user: by, chat, target, command } => {
                let by = user(u64::try_from(by.get()).unwrap_or(0));
                let changed = self.database.change_message(&by, chat, target, &command, self.now);
                let event = changed.as_ref().ok().cloned().flatten();
                self.announce_stored(event.as_slice());
                changed.map(|event| Done::Changed { event: event.map(|event| event.seq) })
            }
            Command::Read { user, chat, seq } => self.database.mark_read(user, chat, seq).map(Done::Read),
        };
        Answer::Outcome(outcome)
    }

    fn announce_stored(&mut self, events: &[Arc<Event>]) {
        if !self.deaf {
            self.announce(events);
        }
    }

    /// All that waits for a connection, in few words.
    pub fn frames(&mut self, connection: ConnectionId) -> Vec<String> {
        let frames = self.take(connection);
        frames.iter().map(words).collect()
    }

    /// The same, without signals of presence.
    pub fn frames_but_presence(&mut self, connection: ConnectionId) -> Vec<String> {
        let mut frames = self.frames(connection);
        frames.retain(|frame| !frame.starts_with("presence"));
        frames
    }

    /// All that waits for a connection.
    pub fn take(&mut self, connection: ConnectionId) -> Vec<Frame> {
        let mut all = Vec::new();
        loop {
            let frames = self.core.take_frames(connection, usize::MAX, self.now);
            if frames.is_empty() {
                return all;
            }
            all.extend(frames);
            self.settle();
        }
    }
}

/// The one session of a user.
pub fn session(number: u64) -> SessionId {
    SessionId::from_bytes(u128::from(number).to_be_bytes())
}

fn ticket_of(output: &Output) -> Option<Ticket> {
    match output {
        Output::LoadMemberships { ticket, .. }
        | Output::LoadMembership { ticket, .. }
        | Output::ReadLog { ticket, .. }
        | Output::ReadHeads { ticket, .. }
        | Output::ReadJoined { ticket, .. }
        | Output::ReadBlocked { ticket, .. }
        | Output::ReadEpoch { ticket }
        | Output::Run { ticket, .. } => Some(*ticket),
        Output::Follow { .. } | Output::Unfollow { .. } | Output::Publish { .. } | Output::Abort(_) => None,
    }
}

fn at(seq: i64) -> Seq {
    Seq::new(seq).expect("a small number")
}
