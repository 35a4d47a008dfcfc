//! What the core gives to one connection, judged frame by frame in the order of the wire.
//!
//! This is stricter than the client rule of the contract, by which a client would put up with repeated events and ask
//! for missing ones: the core promises that neither happens.

use std::collections::{BTreeMap, BTreeSet};

use parlor_delivery::{Done, Frame, Hello, LiveEvent, Outcome, Ready, Refusal, SyncPage};
use parlor_domain::{ChatUri, Epoch, EventKind, Seq, Signal, SignalKind, UserId};

use super::database::{Database, identity, wire_size};

/// Where one chat stands on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Track {
    /// The next event has this seq.
    Live(Seq),
    /// Nothing is pushed until a `sync` reaches the head.
    Behind,
    /// It is not theirs, as far as the connection was told.
    Out,
}

/// A request that was asked on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// To store a message with this client id.
    Send(ChatUri, String),
    /// To change a message.
    Change(ChatUri),
    /// For the events after a seq, at most so many.
    Sync(ChatUri, Seq, Option<u32>),
    /// Anything else that is answered.
    Other,
}

/// The judge of one connection.
#[derive(Debug)]
pub(super) struct Watch {
    user: UserId,
    /// For streams: only events, pings and a close are sent.
    pub(super) stream: bool,
    hello: Hello,
    pub(super) epoch: Option<Epoch>,
    pub(super) tracks: BTreeMap<ChatUri, Track>,
    /// From which head a client was told to go on, that asked for what is not there.
    told_head: BTreeMap<ChatUri, Seq>,
    /// From which seq on the events of a live chat were pushed, without a break.
    pushed_from: BTreeMap<ChatUri, Seq>,
    /// By which event a chat ended to be theirs.
    ended_by: BTreeMap<ChatUri, Seq>,
    /// Whether `ready` left out chats.
    pub(super) more: bool,
    asked: BTreeMap<String, Asked>,
    /// Chats whose events before a page were dropped, which must have been said: by what comes next of the chat, or by
    /// the close.
    pub(super) doubts: BTreeMap<ChatUri, String>,
    bye: bool,
    closed: bool,
}

type Verdict = Result<(), String>;

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise()) }
}

impl Watch {
    pub(super) fn new(user: UserId, hello: Hello) -> Self {
        Self {
            user,
            stream: false,
            hello,
            epoch: None,
            tracks: BTreeMap::new(),
            told_head: BTreeMap::new(),
            pushed_from: BTreeMap::new(),
            ended_by: BTreeMap::new(),
            more: false,
            asked: BTreeMap::new(),
            doubts: BTreeMap::new(),
            bye: false,
            closed: false,
        }
    }

    /// The judge of a stream, which begins after `after` in the present life.
    pub(super) fn of_stream(user: UserId, chat: ChatUri, after: Option<Seq>, database: &Database) -> Self {
        let mut watch = Self::new(user, Hello::default());
        watch.stream = true;
        watch.epoch = Some(database.epoch.clone());
        watch.tracks.extend(after.map(|after| (chat, Track::Live(after.next()))));
        watch
    }

    /// A request is about to reach the core.
    pub(super) fn ask(&mut self, id: &str, asked: Asked) {
        self.asked.insert(id.to_owned(), asked);
    }

    /// How many requests wait for their reply.
    pub(super) fn open_requests(&self) -> usize {
        self.asked.len()
    }

    /// Judges the next frame.
    pub(super) fn take(&mut self, frame: &Frame, database: &Database) -> Verdict {
        require(!self.closed, || "something follows the close".into())?;
        let allowed = !self.stream || matches!(frame, Frame::Event(_) | Frame::Ping | Frame::Close(_));
        require(allowed, || format!("a stream was sent {frame:?}"))?;
        let early = matches!(frame, Frame::Ready(_) | Frame::Bye { .. } | Frame::Close(_) | Frame::Ping);
        require(self.epoch.is_some() || early, || format!("before ready: {frame:?}"))?;
        match frame {
            Frame::Ready(ready) => self.ready(ready, database),
            Frame::Event(event) => self.event(event, database),
            Frame::Signal(signal) => self.signal(signal, database),
            Frame::Behind { chat, .. } => self.behind(*chat),
            Frame::Gone { chat } => self.gone(*chat, database),
            Frame::Reply { id, outcome } => self.reply(id.as_deref(), outcome, database),
            Frame::Bye { .. } => {
                self.bye = true;
                Ok(())
            }
            Frame::Close(code) => {
                self.closed = true;
                require(self.stream || self.bye == code.says_bye(), || format!("bye: {}, then {code:?}", self.bye))
            }
            Frame::Ping | Frame::Pong | Frame::AuthExpiring { .. } => Ok(()),
        }
    }

    fn ready(&mut self, ready: &Ready, database: &Database) -> Verdict {
        require(self.epoch.is_none(), || "ready came twice".into())?;
        require(ready.user.id == self.user, || "ready is for somebody else".into())?;
        self.epoch = Some(ready.epoch.clone());
        self.more = ready.more;
        let same_life = self.hello.epoch.as_ref() == Some(&ready.epoch);
        let cursors = if same_life { std::mem::take(&mut self.hello.cursors) } else { Default::default() };
        let named: BTreeSet<_> = ready.chats.iter().map(|chat| chat.chat).collect();
        require(named.len() == ready.chats.len(), || "ready names a chat twice".into())?;
        for chat in &ready.chats {
            let cursor = cursors.get(&chat.chat).copied();
            let lost = cursor.is_some_and(|cursor| cursor > chat.head);
            require(!(chat.live && lost), || format!("{} is live from above its head", chat.chat))?;
            require(chat.live || cursor.is_some(), || format!("{} is behind without a cursor", chat.chat))?;
            let next = cursor.unwrap_or(chat.head).next();
            self.tracks.insert(chat.chat, if chat.live { Track::Live(next) } else { Track::Behind });
            self.pushed_from.insert(chat.chat, next);
        }
        for chat in &ready.gone {
            require(!named.contains(chat), || format!("{chat} is there and gone"))?;
            self.gone(*chat, database)?;
        }
        let mut told = cursors.keys().filter(|chat| !named.contains(chat) && !ready.gone.contains(chat));
        told.next().map_or(Ok(()), |chat| Err(format!("ready does not tell of {chat}")))
    }

    /// That an event is shown to them at all: of this life, theirs to see, and with its own bytes.
    fn shown(&self, event: &LiveEvent, database: &Database) -> Verdict {
        let Some(epoch) = &self.epoch else { return Err("an event before ready".into()) };
        require(event.wire.len() == wire_size(&event.event), || "an event has another's bytes".into())?;
        let (chat, seq) = (event.event.chat, event.event.seq);
        database
            .may_see(&event.event, epoch, self.user)
            .map_err(|why| format!("event {chat}/{seq} (commit {}) {why}", identity(&event.event)))
    }

    fn event(&mut self, event: &LiveEvent, database: &Database) -> Verdict {
        self.shown(event, database)?;
        let (chat, seq) = (event.event.chat, event.event.seq);
        let out = match &event.event.kind {
            EventKind::MemberRemoved(member) => member.user.id == self.user,
            EventKind::ChatDeleted => true,
            _ => false,
        };
        if let Some(doubt) = self.doubts.remove(&chat).filter(|_| !out) {
            return Err(doubt);
        }
        match self.tracks.get(&chat) {
            // The end is never dropped, though what comes before it may have been: they were put in again, and then it
            // was too much.
            Some(Track::Live(next)) if out && seq > *next => {}
            Some(Track::Live(next)) => {
                require(*next == seq, || format!("{chat}/{seq} was pushed, and {next} was next"))?;
            }
            Some(Track::Behind) => return Err(format!("{chat}/{seq} was pushed while the chat was behind")),
            Some(Track::Out) | None => {}
        }
        if out {
            self.ended_by.insert(chat, seq);
        }
        let track = if out { Track::Out } else { Track::Live(seq.next()) };
        if !matches!(self.tracks.insert(chat, track), Some(Track::Live(_))) {
            self.pushed_from.insert(chat, seq);
        }
        Ok(())
    }

    fn signal(&self, signal: &Signal, database: &Database) -> Verdict {
        match &signal.kind {
            SignalKind::Typing { chat, .. } | SignalKind::Read { chat, .. } => {
                // Whoever was put in again may hear of others before the event that says so has come.
                let ended = self.ended_by.get(chat).filter(|_| self.tracks.get(chat) == Some(&Track::Out));
                let added = |seq: &Seq| database.added_after(*chat, self.user, *seq);
                let out = database.restores == 0 && ended.is_some_and(|seq| !added(seq));
                require(!out, || format!("a signal of {chat}, which is no longer theirs"))
            }
            SignalKind::Presence { to, .. } => {
                require(to.is_none_or(|to| to == self.user), || "a presence meant for another".into())
            }
        }
    }

    fn behind(&mut self, chat: ChatUri) -> Verdict {
        self.doubts.remove(&chat);
        let before = self.tracks.insert(chat, Track::Behind);
        require(before != Some(Track::Behind), || format!("{chat} was said to be behind twice"))
    }

    fn gone(&mut self, chat: ChatUri, database: &Database) -> Verdict {
        self.doubts.remove(&chat);
        self.tracks.insert(chat, Track::Out);
        let was_out = database.ever_out.contains(&(chat, self.user)) || !database.is_member(chat, self.user);
        require(was_out, || format!("{chat} is said to be gone, and never was"))
    }

    fn reply(&mut self, id: Option<&str>, outcome: &Outcome, database: &Database) -> Verdict {
        let Some(id) = id else { return Ok(()) };
        let Some(asked) = self.asked.remove(id) else {
            return Err(format!("a reply to {id}, which was not asked or was answered: {outcome:?}"));
        };
        if let (Asked::Sync(chat, ..), Err(Refusal::CursorAhead { head } | Refusal::LogPruned { head, .. })) =
            (&asked, outcome)
        {
            self.told_head.insert(*chat, *head);
        }
        match (&asked, outcome) {
            (Asked::Send(chat, _), Ok(Done::Sent { seq, duplicate: false }))
            | (Asked::Change(chat), Ok(Done::Changed { event: Some(seq) })) => self.is_in_time(*chat, *seq, database),
            (Asked::Send(..), Ok(Done::Sent { .. })) | (Asked::Change(_), Ok(Done::Changed { event: None })) => Ok(()),
            (Asked::Sync(chat, after, limit), Ok(Done::Page(page))) => self.page(*chat, *after, *limit, page, database),
            (Asked::Sync(chat, after, _), Err(Refusal::CursorAhead { head })) => {
                let explained = database.restores > 0;
                require(explained, || format!("{chat}: {after} is ahead of {head}, and nothing was restored"))
            }
            (_, Err(_)) | (Asked::Other, Ok(Done::Read(_) | Done::Typing | Done::Renewed { .. })) => Ok(()),
            (asked, Ok(done)) => Err(format!("{asked:?} was answered {done:?}")),
        }
    }

    /// A reply comes before every event later than the one that it tells of.
    fn is_in_time(&self, chat: ChatUri, seq: Seq, database: &Database) -> Verdict {
        let later = matches!(self.tracks.get(&chat), Some(Track::Live(next)) if *next > seq.next())
            && self.pushed_from.get(&chat).is_some_and(|first| *first <= seq);
        let comparable = self.epoch.as_ref() == Some(&database.epoch) && !database.went_back;
        require(!(later && comparable), || format!("the reply to {chat}/{seq} comes after a later event"))
    }

    fn page(&mut self, chat: ChatUri, after: Seq, limit: Option<u32>, page: &SyncPage, database: &Database) -> Verdict {
        let mut end = after;
        for event in &page.events {
            self.shown(event, database)?;
            let (of, seq) = (event.event.chat, event.event.seq);
            require(of == chat && seq == end.next(), || {
                format!("a page of {chat} after {end} goes on with {of}/{seq}")
            })?;
            end = seq;
        }
        let allowed = limit.unwrap_or(u32::MAX) as usize;
        require(page.events.len() <= allowed.max(1), || format!("{chat}: a page has {} events", page.events.len()))?;
        require(end <= page.head || database.restores > 0, || format!("{chat}: a page ends above its head"))?;
        if page.reached {
            require(end == page.head, || {
                format!("{chat}: a page ends at {end}, and says it has reached {}", page.head)
            })?;
            let before = self.tracks.insert(chat, Track::Live(end.next()));
            if !matches!(before, Some(Track::Live(_))) {
                self.pushed_from.insert(chat, end.next());
            }
            let wrong = || format!("{chat}: {before:?}, and a page reaches the head at {end}");
            self.doubts.remove(&chat);
            match before {
                Some(Track::Live(next)) if next > end.next() => return Err(wrong()),
                // The page holds what was not pushed.
                Some(Track::Live(next)) if after < next => {}
                // What was not pushed the client was told to do without.
                Some(Track::Live(_)) if self.told_head.get(&chat).is_some_and(|head| after <= *head) => {}
                // Or that they were put in again was dropped too.
                Some(Track::Live(_) | Track::Out) => drop(self.doubts.insert(chat, wrong())),
                _ => {}
            }
        }
        Ok(())
    }
}
