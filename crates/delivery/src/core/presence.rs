//! Signals: who writes, who has read, who is here.

use std::collections::BTreeSet;
use std::sync::Arc;

use parlor_domain::{ChatUri, Signal, SignalKind, UserId, UserRef};

use super::Core;
use super::connection::Connection;
use crate::{ConnectionId, Frame, Millis, Output};

/// How many chats a presence signal names at most.
const MAX_CHATS: usize = 500;

impl Core {
    pub(super) fn publish(&mut self, signal: Signal) {
        if let Some(epoch) = self.epoch.clone() {
            self.outputs.push_back(Output::Publish { epoch, signal });
        }
    }

    /// Hands a signal to whoever here is to know.
    pub(super) fn deliver_signal(&mut self, signal: &Signal, now: Millis) {
        let by = signal.by.id;
        let recipients = match &signal.kind {
            SignalKind::Typing { chat, .. } => self.others_in(*chat, by),
            SignalKind::Read { chat, .. } => {
                let mut all = self.devices_in(*chat, by);
                if self.passes_reading_on(by, *chat, now) {
                    all.extend(self.others_in(*chat, by));
                }
                all
            }
            SignalKind::Presence { .. } if !self.limits.presence => return,
            SignalKind::Presence { to: Some(to), .. } if self.is_blocked_pair(by, *to) => return,
            SignalKind::Presence { to: Some(to), .. } => self.devices(*to),
            SignalKind::Presence { chats, .. } => self.others_in_any(chats, by),
        };
        let signal = Arc::new(signal.clone());
        for id in recipients {
            self.push_signal(id, &signal, now);
        }
    }

    fn push_signal(&mut self, id: ConnectionId, signal: &Arc<Signal>, now: Millis) {
        let room = |connection: &Connection| connection.queue.has_room_for_signal(&self.limits);
        if self.connections.get(id).is_some_and(room) {
            self.connections.push(id, Frame::Signal(Arc::clone(signal)), now);
        }
    }

    /// The connections in a chat of those who may hear of this user: all others, unless there is a block between the two.
    fn others_in(&self, chat: ChatUri, user: UserId) -> Vec<ConnectionId> {
        let hears = |who: UserId| who != user && !self.is_blocked_pair(user, who);
        self.in_chat(chat).filter(|(_, who)| hears(*who)).map(|(id, _)| id).collect()
    }

    fn devices_in(&self, chat: ChatUri, user: UserId) -> Vec<ConnectionId> {
        self.in_chat(chat).filter(|(_, who)| *who == user).map(|(id, _)| id).collect()
    }

    fn in_chat(&self, chat: ChatUri) -> impl Iterator<Item = (ConnectionId, UserId)> {
        let slots = self.chats.get(&chat).map(|chat| chat.subscribers.as_slice()).unwrap_or_default();
        slots.iter().filter_map(|slot| {
            let connection = self.connections.at(*slot).filter(|connection| connection.follows_all())?;
            Some((connection.id, connection.identity.as_ref()?.user.id))
        })
    }

    /// The same in any of these chats, each once.
    fn others_in_any(&self, chats: &[ChatUri], user: UserId) -> Vec<ConnectionId> {
        let small = chats.iter().filter(|uri| self.is_small(**uri));
        let all: BTreeSet<_> = small.flat_map(|uri| self.others_in(*uri, user)).collect();
        all.into_iter().collect()
    }

    fn is_small(&self, chat: ChatUri) -> bool {
        self.chats.get(&chat).is_some_and(|chat| chat.member_count <= self.limits.small_chat)
    }

    /// Whether the others in a chat are to know how far somebody has read: only in small ones, and not too often.
    fn passes_reading_on(&mut self, user: UserId, chat: ChatUri, now: Millis) -> bool {
        self.is_small(chat) && self.reading.passes(user, chat, now)
    }

    /// A connection became live: others hear that its user is here, if they did not know, and it hears who else is.
    pub(super) fn come_online(&mut self, id: ConnectionId, now: Millis) {
        if !self.limits.presence {
            return;
        }
        let Some(who) = self.connections.get(id).and_then(|c| c.identity.as_ref()).map(|i| i.user.clone()) else {
            return;
        };
        let chats = self.small_chats(id);
        for other in self.users_in_any(&chats, who.id) {
            let kind = SignalKind::Presence { online: true, chats: Vec::new(), to: Some(who.id) };
            self.push_signal(id, &Arc::new(Signal { by: other, kind }), now);
        }
        self.take_left(who.id);
        let Some(user) = self.users.get_mut(&who.id) else { return };
        if !std::mem::replace(&mut user.online, true) {
            self.raise(&Signal { by: who, kind: SignalKind::Presence { online: true, chats, to: None } }, now);
        }
    }

    /// The small chats of a connection, at most [`MAX_CHATS`].
    fn small_chats(&self, id: ConnectionId) -> Vec<ChatUri> {
        let Some(connection) = self.connections.get(id) else { return Vec::new() };
        let mut chats: Vec<_> = connection.chats.keys().filter(|uri| self.is_small(**uri)).copied().collect();
        chats.sort_unstable();
        chats.truncate(MAX_CHATS);
        chats
    }

    /// The users who are online and in any of these chats, and may hear of this user, each once: those who are here, and
    /// those who left so recently that nobody was told.
    fn users_in_any(&self, chats: &[ChatUri], user: UserId) -> Vec<UserRef> {
        let mut all: BTreeSet<_> = chats.iter().flat_map(|uri| self.in_chat(*uri)).map(|(_, who)| who).collect();
        all.extend(chats.iter().filter_map(|uri| self.away.get(uri)).flatten());
        let others = all.into_iter().filter(|who| *who != user && !self.is_blocked_pair(user, *who));
        others.filter_map(|who| Some(self.users.get(&who)?.who.clone())).collect()
    }

    /// Somebody came, or is said to have gone, on another node: it hears who is here.
    pub(super) fn answer_presence(&mut self, signal: &Signal) {
        let SignalKind::Presence { online, chats, to: None } = &signal.kind else { return };
        if !self.limits.presence {
            return;
        }
        let by = signal.by.id;
        if !online {
            // They may have gone from there, but not from here.
            let here = self.devices(by).first().copied();
            if let (Some(id), Some(user)) = (here, self.users.get(&by)) {
                let by = user.who.clone();
                let kind = SignalKind::Presence { online: true, chats: self.small_chats(id), to: None };
                self.publish(Signal { by, kind });
            }
            return;
        }
        let small: Vec<_> = chats.iter().filter(|uri| self.is_small(**uri)).copied().collect();
        for other in self.users_in_any(&small, by) {
            let kind = SignalKind::Presence { online: true, chats: Vec::new(), to: Some(by) };
            self.publish(Signal { by: other, kind });
        }
    }

    /// Whoever has been away for long enough is offline.
    pub(super) fn note_offline(&mut self, now: Millis) {
        let after = self.limits.offline_after;
        let away = |left: &Option<(Millis, Vec<ChatUri>)>| left.as_ref().is_some_and(|(at, _)| now - *at >= after);
        let mut gone: Vec<_> = self.users.iter().filter(|(_, user)| away(&user.left)).map(|(id, _)| *id).collect();
        gone.sort_unstable();
        for id in gone {
            let chats = self.take_left(id).map(|(_, chats)| chats).unwrap_or_default();
            let Some(user) = self.users.get_mut(&id) else { continue };
            let by = user.who.clone();
            user.online = false;
            self.raise(&Signal { by, kind: SignalKind::Presence { online: false, chats, to: None } }, now);
            self.forget_user_if_gone(id);
        }
    }
}
