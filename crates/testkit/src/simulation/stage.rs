//! One core over the model database, for tests of single rules.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parlor_delivery::{
    Answer, BehindReason, Command, ConnectionId, Core, Done, Frame, Hello, Identity, Lane, Limits, LiveEvent, LivePage,
    Millis, Output, Refusal, Request, Ticket,
};
use parlor_domain::account::SessionId;
use parlor_domain::{
    Announcement, ChatUri, Epoch, Event, EventKind, Seq, Signal, SignalKind, Snapshot, UserId, UserRef,
};
use time::{Duration, OffsetDateTime};

use super::database::{Database, member};
use super::script::draft;
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
    /// How many parts of logs were read.
    pub log_reads: usize,
    /// What was published for other nodes.
    pub published: Vec<Signal>,
    /// The connections that were broken off.
    pub aborted: Vec<ConnectionId>,
    read: Vec<(Ticket, Answer)>,
    database: Database,
    written: u64,
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

    /// The life of the database.
    pub fn epoch(&self) -> Epoch {
        self.database.epoch.clone()
    }

    /// Puts a copy of the database aside.
    pub fn back_up(&mut self) {
        self.database.back_up();
    }

    /// Puts the copy in place of the database, as a new life or under the old one's name.
    pub fn restore(&mut self, new_life: bool) {
        self.database.restore(new_life);
    }

    /// Forgets the events of a chat's log that are older than now, but for the last.
    pub fn prune(&mut self, chat: ChatUri) {
        self.database.prune(chat, self.now + Millis(1));
    }

    /// A chat of these users, the first being who made it.
    pub fn chat(&mut self, members: &[u64]) -> ChatUri {
        let members: Vec<UserRef> = members.iter().map(|number| user(*number)).collect();
        let event = self.database.create(&members, self.now).expect("a chat has members");
        self.announce(&[Arc::clone(&event)]);
        event.chat
    }

    /// Somebody writes, and the node hears of it.
    pub fn write(&mut self, author: u64, chat: ChatUri) -> Seq {
        let event = self.store(author, chat);
        self.announce(std::slice::from_ref(&event));
        event.seq
    }

    /// Somebody writes so many messages, and the node hears of each.
    pub fn write_many(&mut self, author: u64, chat: ChatUri, messages: usize) {
        for _ in 0..messages {
            self.write(author, chat);
        }
    }

    /// Somebody writes so many messages, and the node hears of none.
    pub fn store_many(&mut self, author: u64, chat: ChatUri, messages: usize) {
        for _ in 0..messages {
            self.store(author, chat);
        }
    }

    /// Somebody writes, and the node does not hear of it.
    pub fn store(&mut self, author: u64, chat: ChatUri) -> Arc<Event> {
        self.written += 1;
        let draft = draft(&format!("stage-{}", self.written));
        let sent = self.database.send(&user(author), chat, &draft, self.now);
        sent.ok().and_then(|(_, event)| event).expect("the author is a member, and the name is new")
    }

    /// Somebody is put into a chat, and the node hears of it.
    pub fn add(&mut self, chat: ChatUri, number: u64) -> Seq {
        self.change(chat, number, EventKind::MemberAdded(member(&user(number), UserId::DELETED)))
    }

    /// Somebody is taken out of a chat, and the node hears of it.
    pub fn remove(&mut self, chat: ChatUri, number: u64) -> Seq {
        self.change(chat, number, EventKind::MemberRemoved(member(&user(number), UserId::DELETED)))
    }

    /// A chat is deleted, and the node hears of it.
    pub fn delete(&mut self, chat: ChatUri, by: u64) -> Seq {
        self.change(chat, by, EventKind::ChatDeleted)
    }

    fn change(&mut self, chat: ChatUri, by: u64, kind: EventKind) -> Seq {
        let event = self.database.change(user(by), chat, kind, self.now).expect("the change makes sense");
        self.announce(std::slice::from_ref(&event));
        event.seq
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
        let identity = self.identity(number);
        let connection = self.core.open_stream(Lane(0), identity, chat, after.map(at), self.now);
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
            Output::LoadMemberships { ticket, user } => (ticket, Answer::Memberships(database.read_memberships(user))),
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
        if !events.is_empty() {
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
        | Output::ReadEpoch { ticket }
        | Output::Run { ticket, .. } => Some(*ticket),
        Output::Follow { .. } | Output::Unfollow { .. } | Output::Publish { .. } | Output::Abort(_) => None,
    }
}

fn at(seq: i64) -> Seq {
    Seq::new(seq).expect("a small number")
}

/// A frame in few words.
fn words(frame: &Frame) -> String {
    match frame {
        Frame::Ready(ready) => {
            let chats =
                ready.chats.iter().map(|chat| format!("{} {}", chat.head, if chat.live { "live" } else { "behind" }));
            let gone = ready.gone.iter().map(|_| "gone".to_owned());
            let more = ready.more.then(|| "more".to_owned());
            std::iter::once("ready".to_owned()).chain(chats).chain(gone).chain(more).collect::<Vec<_>>().join(" ")
        }
        Frame::Event(event) => match &event.event.kind {
            EventKind::MessageCreated { .. } => format!("event {}", event.event.seq),
            kind => format!("{} {}", kind.as_str(), event.event.seq),
        },
        Frame::Signal(signal) => match &signal.kind {
            SignalKind::Typing { on, .. } => format!("typing {} {on}", signal.by.id.get()),
            SignalKind::Read { seq, .. } => format!("read {} {seq}", signal.by.id.get()),
            SignalKind::Presence { online, .. } => format!("presence {} {online}", signal.by.id.get()),
        },
        Frame::Behind { head, reason: BehindReason::Resume, .. } => format!("behind {head} resume"),
        Frame::Behind { head, reason: BehindReason::Overflow, .. } => format!("behind {head} overflow"),
        Frame::Gone { .. } => "gone".into(),
        Frame::Reply { id, outcome } => {
            let id = id.as_deref().unwrap_or("-");
            match outcome {
                Ok(Done::Sent { seq, duplicate: false }) => format!("{id}: {seq}"),
                Ok(Done::Sent { seq, duplicate: true }) => format!("{id}: {seq} again"),
                Ok(Done::Page(page)) => {
                    let seqs: Vec<_> = page.events.iter().map(|event| event.event.seq.get()).collect();
                    let range = match (seqs.first(), seqs.last()) {
                        (Some(first), Some(last)) => format!("{first}-{last}"),
                        _ => "nothing".into(),
                    };
                    format!("{id}: {range} of {}{}", page.head, if page.reached { ", reached" } else { "" })
                }
                Ok(Done::Read(state)) => format!("{id}: read {}", state.read),
                Ok(Done::Changed { event: Some(seq) }) => format!("{id}: changed by {seq}"),
                Ok(Done::Changed { event: None }) => format!("{id}: so already"),
                Ok(Done::Typing) => format!("{id}: typing"),
                Ok(Done::Renewed { .. }) => format!("{id}: renewed"),
                Err(Refusal::CursorAhead { head }) => format!("{id}: ahead of {head}"),
                Err(Refusal::LogPruned { floor, head }) => format!("{id}: pruned to {floor} of {head}"),
                Err(refusal) => format!("{id}: {refusal:?}"),
            }
        }
        Frame::Ping => "ping".into(),
        Frame::Pong => "pong".into(),
        Frame::AuthExpiring { .. } => "auth.expiring".into(),
        Frame::Bye { code, .. } => format!("bye {}", code.number()),
        Frame::Close(code) => format!("close {}", code.number()),
    }
}
