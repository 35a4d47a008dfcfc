//! The model database: what a real one would have committed, and what it would say when it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parlor_delivery::{Answer, LiveEvent, LivePage, Millis, Refusal};
use parlor_domain::chat_session::ReadState;
use parlor_domain::message::{Draft, MessageCommand};
use parlor_domain::{
    ChatKind, ChatUri, Epoch, Event, EventKind, Member, Membership, Role, Seq, Snapshot, UserId, UserRef,
};
use time::{Duration, OffsetDateTime};

use super::chat::{Chat, Place};
use crate::split_mix_64;

/// The database, and a journal of all that was ever committed in any of its lives. A deleted chat keeps its log, whose
/// last event says so, and loses its members.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) epoch: Epoch,
    pub(super) chats: BTreeMap<ChatUri, Chat>,
    /// Who has blocked whom.
    pub(super) blocks: BTreeSet<(UserId, UserId)>,
    /// Every event ever committed; its place here is its identity, and is told by [`identity`].
    journal: Vec<Record>,
    /// What can be restored.
    backup: Option<BTreeMap<ChatUri, Chat>>,
    /// Who was ever taken out of what, by an event or because the chat went.
    pub(super) ever_out: BTreeSet<(ChatUri, UserId)>,
    /// How often a backup was put in place.
    pub(super) restores: u32,
    /// Whether that was done under the old life's name.
    pub(super) went_back: bool,
    created: u64,
}

/// What is known of a committed event.
#[derive(Debug)]
struct Record {
    chat: ChatUri,
    seq: Seq,
    /// The lives that hold it.
    lives: Vec<Epoch>,
    /// Who may ever see it: the members before and after it, and all who joined later.
    audience: BTreeSet<UserId>,
}

/// Which of all commits an event is: its time says it.
pub(super) fn identity(event: &Event) -> usize {
    usize::try_from((event.at - OffsetDateTime::UNIX_EPOCH).whole_microseconds()).unwrap_or(usize::MAX)
}

/// How many bytes an event has on the wire: mostly few, sometimes many.
pub(super) fn wire_size(event: &Event) -> usize {
    let mixed = split_mix_64(identity(event) as u64);
    let range = if mixed.is_multiple_of(12) { 4000 } else { 400 };
    usize::try_from(60 + (mixed >> 8) % range).unwrap_or(60)
}

/// An event as the core takes it.
pub(super) fn live(event: Event) -> LiveEvent {
    static BYTES: [u8; 4096] = [b'.'; 4096];
    let wire = bytes::Bytes::from_static(&BYTES[..wire_size(&event)]);
    LiveEvent { event: Arc::new(event), wire }
}

impl Database {
    pub(super) fn new() -> Self {
        Self {
            epoch: life(0),
            chats: BTreeMap::new(),
            blocks: BTreeSet::new(),
            journal: Vec::new(),
            backup: None,
            ever_out: BTreeSet::new(),
            restores: 0,
            went_back: false,
            created: 0,
        }
    }

    /// How many events were ever committed.
    pub(super) fn commits(&self) -> usize {
        self.journal.len()
    }

    /// How many chats were ever made, in all lives.
    pub(super) fn chats_ever(&self) -> usize {
        usize::try_from(self.created).unwrap_or(usize::MAX)
    }

    /// The chats that are not deleted.
    pub(super) fn open_chats(&self) -> Vec<ChatUri> {
        self.chats.values().filter(|chat| !chat.deleted).map(|chat| chat.uri).collect()
    }

    pub(super) fn members(&self, chat: ChatUri) -> Vec<UserId> {
        self.chats.get(&chat).map(|chat| chat.members.keys().copied().collect()).unwrap_or_default()
    }

    pub(super) fn is_member(&self, chat: ChatUri, user: UserId) -> bool {
        self.chats.get(&chat).is_some_and(|chat| chat.members.contains_key(&user))
    }

    /// Whether the event, as it was handed to somebody, is of this life, and theirs to see.
    pub(super) fn may_see(&self, event: &Event, epoch: &Epoch, user: UserId) -> Result<(), String> {
        let Some(record) = self.journal.get(identity(event)) else {
            return Err("was never committed".into());
        };
        if (record.chat, record.seq) != (event.chat, event.seq) {
            return Err(format!("is {}/{} in truth", record.chat, record.seq));
        }
        if !record.lives.contains(epoch) {
            return Err(format!("is of the lives {:?}, not of {epoch}", record.lives));
        }
        // What was lost under the life's own name is handed on until that is noticed, to the members of today.
        let lost = || self.went_back && !self.holds(event);
        if !record.audience.contains(&user) && !lost() {
            return Err(format!("is not for user {}", user.get()));
        }
        Ok(())
    }

    /// Whether the log of today has this event.
    fn holds(&self, event: &Event) -> bool {
        let log = self.chats.get(&event.chat).map(|chat| chat.log.as_slice()).unwrap_or_default();
        log.iter().any(|kept| kept.seq == event.seq && kept.at == event.at)
    }

    /// Whether somebody was put into a chat by an event after this one.
    pub(super) fn added_after(&self, chat: ChatUri, user: UserId, seq: Seq) -> bool {
        let added = |event: &Event| match &event.kind {
            EventKind::MemberAdded(member) => event.seq > seq && member.user.id == user,
            _ => false,
        };
        self.chats.get(&chat).is_some_and(|chat| chat.log.iter().any(added))
    }

    /// Stores an event, and gives it as it is announced.
    fn commit(&mut self, uri: ChatUri, by: UserRef, kind: EventKind, now: Millis) -> Arc<Event> {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::microseconds(i64::try_from(self.journal.len()).unwrap_or(0));
        let chat = self.chats.entry(uri).or_insert_with(|| Chat::new(uri));
        let event = Event { chat: uri, seq: chat.head().next(), at, by, kind };
        let mut audience: BTreeSet<UserId> = chat.members.keys().copied().collect();
        let joining = follow_members(chat, &event, now);
        audience.extend(chat.members.keys().copied());
        for user in audience.iter().filter(|user| !chat.members.contains_key(user)) {
            self.ever_out.insert((uri, *user));
        }
        match &event.kind {
            EventKind::MessageCreated { body, .. } => drop(chat.texts.insert(event.seq, body.clone())),
            EventKind::MessageEdited { target, body } => drop(chat.texts.insert(*target, body.clone())),
            EventKind::MessageDeleted { target } => {
                chat.texts.remove(target);
                chat.reactions.remove(target);
            }
            EventKind::ReactionAdded { target, emoji } => {
                chat.reactions.entry(*target).or_default().insert((emoji.clone(), event.by.id));
            }
            EventKind::ReactionRemoved { target, emoji } => {
                chat.reactions.entry(*target).or_default().remove(&(emoji.clone(), event.by.id));
            }
            _ => {}
        }
        for earlier in &chat.log {
            self.journal[identity(earlier)].audience.extend(joining.iter().copied());
        }
        chat.log.push(event.clone());
        chat.at.push(now);
        let lives = vec![self.epoch.clone()];
        self.journal.push(Record { chat: uri, seq: event.seq, lives, audience });
        Arc::new(event)
    }

    /// Makes a group of these, the first being who makes it.
    pub(super) fn create(&mut self, members: &[UserRef], now: Millis) -> Option<Arc<Event>> {
        let by = members.first()?.clone();
        self.created += 1;
        let uri = ChatUri::from_bytes((u128::from(split_mix_64(self.created)) << 64).to_be_bytes());
        let members = members.iter().map(|user| member(user, by.id)).collect();
        let kind = EventKind::ChatCreated { kind: ChatKind::Group, title: None, joinable: true, members };
        Some(self.commit(uri, by, kind, now))
    }

    /// A member's send: the seq, and the event unless it was stored before.
    pub(super) fn send(
        &mut self,
        by: &UserRef,
        uri: ChatUri,
        draft: &Draft,
        now: Millis,
    ) -> Result<(Seq, Option<Arc<Event>>), Refusal> {
        let chat = self.chats.get_mut(&uri).filter(|chat| chat.members.contains_key(&by.id));
        let chat = chat.ok_or(Refusal::NotFound)?;
        let key = draft.client_id.as_ref().map(|id| (by.id, id.as_str().to_owned()));
        if let Some(seq) = key.as_ref().and_then(|key| chat.keys.get(key)) {
            return Ok((*seq, None));
        }
        let seq = chat.head().next();
        chat.keys.extend(key.map(|key| (key, seq)));
        if let Some(place) = chat.members.get_mut(&by.id) {
            place.read = seq;
        }
        let body = draft.body.as_str().to_owned();
        let kind = EventKind::MessageCreated { body, client_id: draft.client_id.clone(), reply_to: draft.reply_to };
        Ok((seq, Some(self.commit(uri, by.clone(), kind, now))))
    }

    /// Whatever else can happen to a chat; nothing if there is no such chat now, or it makes no sense there.
    pub(super) fn change(&mut self, by: UserRef, uri: ChatUri, kind: EventKind, now: Millis) -> Option<Arc<Event>> {
        let chat = self.chats.get(&uri).filter(|chat| !chat.deleted)?;
        let sensible = match &kind {
            EventKind::MemberAdded(member) => !chat.members.contains_key(&member.user.id),
            EventKind::MemberRemoved(member) => chat.members.contains_key(&member.user.id),
            EventKind::MessageEdited { target, .. } | EventKind::MessageDeleted { target } => {
                chat.texts.contains_key(target)
            }
            _ => true,
        };
        sensible.then(|| self.commit(uri, by, kind, now))
    }

    /// A member's change of a message, as the domain's rule has it: the event, unless it was so before. All roles are those
    /// of plain members here.
    pub(super) fn change_message(
        &mut self,
        by: &UserRef,
        uri: ChatUri,
        target: Seq,
        command: &MessageCommand,
        now: Millis,
    ) -> Result<Option<Arc<Event>>, Refusal> {
        let chat = self.chats.get(&uri).filter(|chat| chat.members.contains_key(&by.id)).ok_or(Refusal::NotFound)?;
        let sent = chat.log.iter().find(|event| event.seq == target);
        let sent =
            sent.filter(|event| matches!(event.kind, EventKind::MessageCreated { .. })).ok_or(Refusal::NotFound)?;
        let refused = |code| Err(Refusal::Failed { code, detail: String::new(), retry_after: None });
        if sent.by.id != by.id && matches!(command, MessageCommand::Edit(_) | MessageCommand::Delete) {
            return refused("not_allowed");
        }
        let kind = match (command, chat.texts.get(&target)) {
            (MessageCommand::Edit(_) | MessageCommand::React(_), None) => return refused("message_deleted"),
            (MessageCommand::Edit(body), Some(text)) if body.as_str() == text => return Ok(None),
            (MessageCommand::Edit(body), Some(_)) => {
                EventKind::MessageEdited { target, body: body.as_str().to_owned() }
            }
            (MessageCommand::Delete, None) => return Ok(None),
            (MessageCommand::Delete, Some(_)) => EventKind::MessageDeleted { target },
            (MessageCommand::React(emoji), Some(_)) if chat.has_reaction(target, emoji, by.id) => return Ok(None),
            (MessageCommand::React(emoji), Some(_)) if chat.is_full_for(target, emoji) => {
                return refused("too_many_reactions");
            }
            (MessageCommand::React(emoji), Some(_)) => EventKind::ReactionAdded { target, emoji: emoji.clone() },
            (MessageCommand::Unreact(emoji), _) if !chat.has_reaction(target, emoji, by.id) => return Ok(None),
            (MessageCommand::Unreact(emoji), _) => EventKind::ReactionRemoved { target, emoji: emoji.clone() },
        };
        Ok(Some(self.commit(uri, by.clone(), kind, now)))
    }

    /// Who did what has this seq.
    pub(super) fn author(&self, uri: ChatUri, seq: Seq) -> Option<UserId> {
        let chat = self.chats.get(&uri)?;
        chat.log.iter().find(|event| event.seq == seq).map(|event| event.by.id)
    }

    pub(super) fn mark_read(&mut self, user: UserId, uri: ChatUri, seq: Seq) -> Result<ReadState, Refusal> {
        let chat = self.chats.get_mut(&uri).ok_or(Refusal::NotFound)?;
        let head = chat.head();
        let place = chat.members.get_mut(&user).ok_or(Refusal::NotFound)?;
        place.read = place.read.max(seq.min(head));
        Ok(chat.membership(user).ok_or(Refusal::NotFound)?.read_state)
    }

    /// Forgets the events of before `before`, but never the last one.
    pub(super) fn prune(&mut self, uri: ChatUri, before: Millis) {
        if let Some(chat) = self.chats.get_mut(&uri) {
            let kept = chat.at.iter().take_while(|at| **at < before).count().min(chat.log.len().saturating_sub(1));
            chat.floor = chat.floor.max(chat.log.get(kept).map_or(chat.floor, |event| event.seq));
        }
    }

    /// Puts a copy of everything aside.
    pub(super) fn back_up(&mut self) {
        self.backup = Some(self.chats.clone());
    }

    /// Puts the copy in place of what is there, as a new life or, by a mistake of whoever does it, under the name of the
    /// old one. False if there is no copy.
    pub(super) fn restore(&mut self, new_life: bool) -> bool {
        let Some(chats) = self.backup.clone() else { return false };
        for chat in self.chats.values() {
            self.ever_out.extend(chat.members.keys().map(|user| (chat.uri, *user)));
        }
        self.chats = chats;
        self.restores += 1;
        self.went_back = !new_life;
        if new_life {
            self.epoch = life(self.restores);
            for event in self.chats.values().flat_map(|chat| &chat.log) {
                self.journal[identity(event)].lives.push(self.epoch.clone());
            }
        }
        true
    }

    fn snapshot<T>(&self, value: T) -> Snapshot<T> {
        Snapshot { epoch: self.epoch.clone(), value }
    }

    /// What is read when a user's connection starts.
    pub(super) fn read_start(&self, user: UserId) -> Answer {
        Answer::Memberships { memberships: self.read_memberships(user), blocked: self.read_blocked(&[user]) }
    }

    pub(super) fn read_blocked(&self, users: &[UserId]) -> Snapshot<Vec<(UserId, UserId)>> {
        let both = self.blocks.iter().flat_map(|(by, user)| [(*by, *user), (*user, *by)]);
        let pairs: BTreeSet<_> = both.filter(|(of, _)| users.contains(of)).collect();
        self.snapshot(pairs.into_iter().collect())
    }

    fn read_memberships(&self, user: UserId) -> Snapshot<Vec<Membership>> {
        let mut chats: Vec<_> = self.chats.values().filter(|chat| chat.members.contains_key(&user)).collect();
        chats.sort_by_key(|chat| std::cmp::Reverse((chat.log.last().map(identity), chat.uri)));
        self.snapshot(chats.iter().filter_map(|chat| chat.membership(user)).collect())
    }

    pub(super) fn read_membership(&self, uri: ChatUri, user: UserId) -> Snapshot<Option<Membership>> {
        self.snapshot(self.chats.get(&uri).and_then(|chat| chat.membership(user)))
    }

    pub(super) fn read_log(&self, uri: ChatUri, after: Seq, limit: u32) -> Snapshot<Option<LivePage>> {
        self.snapshot(self.chats.get(&uri).map(|chat| LivePage {
            events: chat.events(after, limit).into_iter().map(live).collect(),
            head: chat.head(),
            floor: chat.floor,
        }))
    }

    pub(super) fn read_heads(&self, chats: &[ChatUri]) -> Snapshot<Vec<(ChatUri, Seq)>> {
        self.snapshot(chats.iter().filter_map(|uri| Some((*uri, self.chats.get(uri)?.head()))).collect())
    }

    pub(super) fn read_joined(&self, users: &[UserId], since: Millis) -> Snapshot<Vec<(UserId, ChatUri)>> {
        let mut joined = Vec::new();
        for chat in self.chats.values() {
            let new = users.iter().filter(|user| chat.members.get(user).is_some_and(|at| at.joined_at >= since));
            joined.extend(new.map(|user| (*user, chat.uri)));
        }
        self.snapshot(joined)
    }
}

/// The name of the life after so many restores.
fn life(restores: u32) -> Epoch {
    Epoch::new(&format!("life-{restores}")).expect("letters, a hyphen and digits")
}

/// Somebody as a member; the owner, if they are `owner`.
pub(super) fn member(user: &UserRef, owner: UserId) -> Member {
    Member { user: user.clone(), role: if user.id == owner { Role::Owner } else { Role::Member } }
}

/// Moves the members as an event says. Those that it lets in.
fn follow_members(chat: &mut Chat, event: &Event, now: Millis) -> Vec<UserId> {
    let joining: Vec<UserId> = match &event.kind {
        EventKind::ChatCreated { members, .. } => members.iter().map(|member| member.user.id).collect(),
        EventKind::MemberAdded(member) => vec![member.user.id],
        EventKind::MemberRemoved(member) => {
            chat.members.remove(&member.user.id);
            Vec::new()
        }
        EventKind::ChatDeleted => {
            chat.members.clear();
            chat.deleted = true;
            Vec::new()
        }
        _ => Vec::new(),
    };
    for user in &joining {
        chat.members.insert(*user, Place { joined: event.seq, joined_at: now, read: event.seq });
    }
    joining
}
