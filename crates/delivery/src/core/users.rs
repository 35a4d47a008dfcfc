//! The users that are connected to this node.

use std::collections::btree_map::Entry;

use parlor_domain::{ChatUri, Event, EventKind, Topic, UserId, UserRef};

use super::Core;
use super::blocks::Blocks;
use super::connection::{Move, State};
use super::events::added_by;
use crate::{CloseCode, ConnectionId, Millis};

/// A user with connections here, or with some until a short while ago.
#[derive(Debug)]
pub(super) struct User {
    pub(super) who: UserRef,
    /// Oldest first.
    pub(super) connections: Vec<ConnectionId>,
    /// Whether others were told that they are here.
    pub(super) online: bool,
    /// Since when no connection is left, and which chats are to be told.
    pub(super) left: Option<(Millis, Vec<ChatUri>)>,
    pub(super) blocks: Blocks,
}

impl Core {
    /// Counts a connection as the user's; the oldest has to go if there are too many.
    pub(super) fn join_user(&mut self, who: &UserRef, id: ConnectionId, now: Millis) {
        if !self.users.contains_key(&who.id) {
            self.set_interest(Topic::User(who.id), true);
        }
        let user = self.users.entry(who.id).or_insert_with(|| User {
            who: who.clone(),
            connections: Vec::new(),
            online: false,
            left: None,
            blocks: Blocks::default(),
        });
        user.who = who.clone();
        user.connections.push(id);
        if user.connections.len() > self.limits.connections_per_user {
            let oldest = user.connections[0];
            self.begin_closing(oldest, CloseCode::TooMany, now);
        }
    }

    /// Takes a connection from its user. `chats` are those that it followed, if it followed all.
    pub(super) fn leave_user(&mut self, user: UserId, id: ConnectionId, chats: Option<&Vec<ChatUri>>, now: Millis) {
        let Some(entry) = self.users.get_mut(&user) else { return };
        entry.connections.retain(|connection| *connection != id);
        let here = |id: &ConnectionId| self.connections.get(*id).is_some_and(|c| c.follows_all());
        if entry.online && entry.left.is_none() && !entry.connections.iter().any(here) {
            let small =
                |uri: &&ChatUri| self.chats.get(uri).is_some_and(|chat| chat.member_count <= self.limits.small_chat);
            let told: Vec<_> = chats.map(|chats| chats.iter().filter(small).copied().collect()).unwrap_or_default();
            for chat in &told {
                self.away.entry(*chat).or_default().insert(user);
            }
            entry.left = Some((now, told));
        }
        self.forget_user_if_gone(user);
    }

    /// A user who had left is here again, or has been away for long enough. What they were in, if they had left.
    pub(super) fn take_left(&mut self, user: UserId) -> Option<(Millis, Vec<ChatUri>)> {
        let left = self.users.get_mut(&user)?.left.take()?;
        for chat in &left.1 {
            if let Entry::Occupied(mut away) = self.away.entry(*chat) {
                away.get_mut().remove(&user);
                if away.get().is_empty() {
                    away.remove();
                }
            }
        }
        Some(left)
    }

    /// Forgets a user without connections whom nobody has to be told about any more.
    pub(super) fn forget_user_if_gone(&mut self, user: UserId) {
        if self.users.get(&user).is_some_and(|u| u.connections.is_empty() && u.left.is_none()) {
            self.users.remove(&user);
            self.set_interest(Topic::User(user), false);
        }
    }

    /// The live connections of a user that follow all of their chats.
    pub(super) fn devices(&self, user: UserId) -> Vec<ConnectionId> {
        let all = self.users.get(&user).map(|user| user.connections.as_slice()).unwrap_or_default();
        all.iter().filter(|id| self.connections.get(**id).is_some_and(|c| c.follows_all())).copied().collect()
    }

    /// Notes who comes and goes by an event, for those whose memberships are being read: what is read may be older.
    pub(super) fn note_moves(&mut self, event: &Event) {
        let (chat, seq) = (event.chat, event.seq);
        let (users, joins): (Vec<_>, _) = match &event.kind {
            EventKind::MemberRemoved(member) => (vec![member.user.id], false),
            EventKind::ChatDeleted => (self.users.keys().copied().collect(), false),
            kind => (added_by(kind), true),
        };
        for user in users {
            let moved = Move { chat, seq, joins };
            if let Some(loading) = self.loading.get_mut(&(user, chat)) {
                loading.moves.push(moved);
            }
            for id in self.users.get(&user).map(|entry| entry.connections.as_slice()).unwrap_or_default() {
                if let Some(State::Starting(starting)) = self.connections.get_mut(*id).map(|c| &mut c.state) {
                    starting.moves.push(moved);
                }
            }
        }
    }

    /// Lets the connections of a user that are just starting know that they were put into a chat.
    pub(super) fn note_added(&mut self, user: UserId, chat: ChatUri) {
        let Some(entry) = self.users.get(&user) else { return };
        for id in &entry.connections {
            if let Some(State::Starting(starting)) = self.connections.get_mut(*id).map(|c| &mut c.state)
                && !starting.added.contains(&chat)
            {
                starting.added.push(chat);
            }
        }
    }
}
