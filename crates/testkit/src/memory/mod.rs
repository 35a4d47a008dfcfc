//! A store in memory, which keeps every promise of the repository ports but durability.

mod admin;
mod blocks;
mod chats;
mod erasure;
mod export;
mod invites;
mod live;
mod messages;
mod registration;
mod search;
mod sessions;
mod users;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlor_domain::account::{Device, SessionId, TokenGrant};
use parlor_domain::blocking::BlockPlace;
use parlor_domain::chat_session::InviteCode;
use parlor_domain::log::{EventKind, LogPage};
use parlor_domain::message::DedupKey;
use parlor_domain::ports::{Clock, Notifier, Readiness};
use parlor_domain::{
    Announcement, ChatKind, ChatTitle, ChatUri, Emoji, Epoch, Event, PasswordHash, RegistrationCode, Role, Seq,
    StoreError, User, UserId, UserRef, UsernameKey, async_trait,
};
use time::OffsetDateTime;

use crate::{RecordingNotifier, Repositories, RunningClock, StoreFixture};

/// All repository ports over data in memory. Clones share the data.
///
/// One lock is held over each call as a whole, so calls are atomic, and a chat's events are announced in their order.
#[derive(Clone)]
pub struct MemoryStore {
    data: Arc<Mutex<Data>>,
    notifier: Arc<dyn Notifier>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Data {
    users: BTreeMap<UserId, Account>,
    emails: HashMap<String, UserId>,
    usernames: BTreeMap<UsernameKey, UserId>,
    erased: HashSet<UserId>,
    /// What erased accounts had, and until when it is taken.
    held_emails: HashMap<String, OffsetDateTime>,
    held_usernames: HashMap<UsernameKey, OffsetDateTime>,
    codes: HashMap<RegistrationCode, StoredCode>,
    sessions: HashMap<SessionId, Session>,
    chats: HashMap<ChatUri, Chat>,
    /// The direct chats, by their two members, the lower number first.
    pairs: HashMap<(UserId, UserId), ChatUri>,
    /// Who has blocked whom, in the order of blocking, and the places of it.
    blocks: Vec<(BlockPlace, UserId, UserId)>,
    last_block: i64,
}

struct Account {
    user: User,
    password: PasswordHash,
    suspended: bool,
}

/// A code that lets people sign up.
struct StoredCode {
    uses_left: u32,
    expires_at: OffsetDateTime,
}

struct Session {
    current: TokenGrant,
    /// The token that `current` was exchanged for, and when.
    predecessor: Option<(TokenGrant, OffsetDateTime)>,
    ended_at: Option<OffsetDateTime>,
    device: Device,
    created_at: OffsetDateTime,
    last_used_at: OffsetDateTime,
}

struct Chat {
    kind: ChatKind,
    title: Option<ChatTitle>,
    joinable: bool,
    /// In the order of joining.
    members: Vec<Membership>,
    /// Those whom somebody else removed and nobody has added since.
    barred: HashSet<UserId>,
    invites: HashMap<InviteCode, StoredInvite>,
    /// The event with seq n at n - 1.
    log: Vec<Arc<Event>>,
    keys: HashMap<(UserId, DedupKey), Seq>,
    /// What became of the messages that were edited or deleted.
    changed: HashMap<Seq, Changed>,
    /// What people reacted with to messages, in the order of doing so.
    reactions: HashMap<Seq, Vec<(Emoji, UserId)>>,
}

/// An invite, used up and expired ones too.
#[derive(Clone, Copy)]
struct StoredInvite {
    by: UserId,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    uses_left: Option<u32>,
}

/// What became of a message since it was sent.
#[derive(Clone, Copy, Default)]
struct Changed {
    edited_at: Option<OffsetDateTime>,
    deleted: bool,
}

struct Membership {
    user: UserId,
    role: Role,
    read: Seq,
    /// The event that added them, and when it was stored by the store's clock.
    joined: Seq,
    joined_at: OffsetDateTime,
}

impl MemoryStore {
    /// An empty store that announces to `notifier`, and compares the times of sessions by `clock`.
    pub fn new(notifier: Arc<dyn Notifier>, clock: Arc<dyn Clock>) -> Self {
        Self { data: Arc::default(), notifier, clock }
    }

    /// Another store over the same data, as another node would have, which announces to `notifier`.
    #[must_use]
    pub fn peer(&self, notifier: Arc<dyn Notifier>) -> Self {
        Self { notifier, ..self.clone() }
    }

    /// An empty store with a peer, for a contract case.
    pub fn fixture() -> StoreFixture {
        let (announced, peer_announced) = (Arc::<RecordingNotifier>::default(), Arc::<RecordingNotifier>::default());
        let store = Self::new(announced.clone(), Arc::new(RunningClock::default()));
        let peer = store.peer(peer_announced.clone());
        StoreFixture {
            store: Repositories::of(Arc::new(store)),
            announced,
            peer: Repositories::of(Arc::new(peer)),
            peer_announced,
            cut_connections: Box::new(|| {}),
            cleanup: Box::new(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the chat's events after `before` to the notifier; under the lock, so that they come in their order.
    fn announce(&self, uri: ChatUri, chat: &Chat, before: Seq) {
        let events: Vec<Arc<Event>> = chat.after(before).cloned().collect();
        if !events.is_empty() {
            self.notifier.announce(Announcement { epoch: epoch(), chat: uri, events });
        }
    }
}

#[async_trait]
impl Readiness for MemoryStore {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The only life of a store in memory.
fn epoch() -> Epoch {
    Epoch::new("memory").expect("a plain name")
}

impl Data {
    fn user_ref(&self, user: UserId) -> Result<UserRef, StoreError> {
        if self.erased.contains(&user) {
            return Ok(UserRef::deleted());
        }
        let account = self.users.get(&user).ok_or_else(|| StoreError::corrupt(format!("there is no user {user:?}")))?;
        Ok(UserRef { id: user, username: account.user.username.clone() })
    }

    /// The chat, if `viewer` is in it, with their membership.
    fn chat_of(&self, uri: ChatUri, viewer: UserId) -> Option<(&Chat, &Membership)> {
        let chat = self.chats.get(&uri)?;
        Some((chat, chat.membership(viewer)?))
    }
}

impl Chat {
    /// A part of the log.
    fn page(&self, after: Seq, limit: u32) -> LogPage {
        let events = self.after(after).take(limit as usize).map(|event| Event::clone(event)).collect();
        LogPage { events, head: self.head(), floor: self.floor() }
    }

    /// Nothing is pruned in memory.
    fn floor(&self) -> Seq {
        Seq::START.next()
    }

    fn head(&self) -> Seq {
        self.log.last().map_or(Seq::START, |event| event.seq)
    }

    fn membership(&self, user: UserId) -> Option<&Membership> {
        self.members.iter().find(|member| member.user == user)
    }

    fn push(&mut self, chat: ChatUri, at: OffsetDateTime, by: UserRef, kind: EventKind) -> Arc<Event> {
        let event = Arc::new(Event { chat, seq: self.head().next(), at, by, kind });
        self.log.push(event.clone());
        event
    }

    fn event(&self, seq: Seq) -> Option<&Arc<Event>> {
        let place = usize::try_from(seq.get() - 1).ok()?;
        self.log.get(place)
    }

    /// The events after `seq`, oldest first.
    fn after(&self, seq: Seq) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        let start = usize::try_from(seq.get()).unwrap_or(usize::MAX).min(self.log.len());
        self.log[start..].iter()
    }
}
