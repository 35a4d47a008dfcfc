//! One chat of the model database.

use std::collections::{BTreeMap, BTreeSet};

use parlor_delivery::Millis;
use parlor_domain::chat_session::ReadState;
use parlor_domain::{ChatUri, Emoji, Event, EventKind, Membership, Message, Seq, UserId};

/// One chat: its log as it was committed, and what stands beside it.
#[derive(Debug, Clone)]
pub(super) struct Chat {
    pub(super) uri: ChatUri,
    /// The event with seq n at n - 1, whether or not it was pruned since.
    pub(super) log: Vec<Event>,
    /// When each was committed.
    pub(super) at: Vec<Millis>,
    /// What messages say today; a deleted one is left out.
    pub(super) texts: BTreeMap<Seq, String>,
    /// What people reacted with to messages.
    pub(super) reactions: BTreeMap<Seq, BTreeSet<(Emoji, UserId)>>,
    /// The first seq that may still be read.
    pub(super) floor: Seq,
    pub(super) members: BTreeMap<UserId, Place>,
    pub(super) keys: BTreeMap<(UserId, String), Seq>,
    pub(super) deleted: bool,
}

/// Somebody's place in a chat.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) joined: Seq,
    pub(super) joined_at: Millis,
    pub(super) read: Seq,
}

impl Chat {
    pub(super) fn new(uri: ChatUri) -> Self {
        Self {
            uri,
            log: Vec::new(),
            at: Vec::new(),
            texts: BTreeMap::new(),
            reactions: BTreeMap::new(),
            floor: Seq::START.next(),
            members: BTreeMap::new(),
            keys: BTreeMap::new(),
            deleted: false,
        }
    }

    pub(super) fn head(&self) -> Seq {
        self.log.last().map_or(Seq::START, |event| event.seq)
    }

    /// The event with this seq, with today's text.
    pub(super) fn rendered(&self, event: &Event) -> Event {
        let mut event = event.clone();
        match &mut event.kind {
            EventKind::MessageCreated { body, .. } => *body = self.text(event.seq),
            EventKind::MessageEdited { target, body } => *body = self.text(*target),
            _ => {}
        }
        event
    }

    /// What a message says today.
    pub(super) fn text(&self, target: Seq) -> String {
        self.texts.get(&target).cloned().unwrap_or_default()
    }

    /// Whether somebody reacted to a message with this.
    pub(super) fn has_reaction(&self, target: Seq, emoji: &Emoji, user: UserId) -> bool {
        self.reactions.get(&target).is_some_and(|all| all.contains(&(emoji.clone(), user)))
    }

    /// Whether a message has as many different emoji as it can have, and not this one.
    pub(super) fn is_full_for(&self, target: Seq, emoji: &Emoji) -> bool {
        let all = self.reactions.get(&target).into_iter().flatten().map(|(emoji, _)| emoji);
        let different: BTreeSet<&Emoji> = all.collect();
        different.len() >= Message::MAX_REACTIONS && !different.contains(emoji)
    }

    /// The events after `after` that are still kept, at most `limit`.
    pub(super) fn events(&self, after: Seq, limit: u32) -> Vec<Event> {
        let from = usize::try_from(after.get().max(self.floor.get() - 1)).unwrap_or(0);
        self.log.iter().skip(from).take(limit as usize).map(|event| self.rendered(event)).collect()
    }

    pub(super) fn membership(&self, user: UserId) -> Option<Membership> {
        let place = self.members.get(&user)?;
        let read = usize::try_from(place.read.get()).unwrap_or(0);
        let unread =
            self.log.iter().skip(read).filter(|event| event.by.id != user && self.texts.contains_key(&event.seq));
        Some(Membership {
            chat: self.uri,
            head: self.head(),
            floor: self.floor,
            member_count: u32::try_from(self.members.len()).unwrap_or(u32::MAX),
            joined: place.joined,
            read_state: ReadState { read: place.read, unread: u32::try_from(unread.count()).unwrap_or(u32::MAX) },
        })
    }
}
