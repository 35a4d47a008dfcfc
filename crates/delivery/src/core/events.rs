//! What was stored goes to whoever is to see it.

use std::sync::Arc;

use bytes::Bytes;
use parlor_domain::{Announcement, ChatUri, Epoch, Event, EventKind, Seq, UserId};

use super::connection::{Entry, Mode, Open, Wish};
use super::queue::ends_membership;
use super::{Core, broken};
use crate::{BehindReason, CloseCode, ConnectionId, Done, Frame, LiveEvent, Millis};

impl Core {
    pub(super) fn take_announcement(
        &mut self,
        announcement: &Announcement,
        encode: &dyn Fn(&Event) -> Bytes,
        now: Millis,
    ) {
        if !self.is_present_life(&announcement.epoch) {
            return;
        }
        if !self.chats.contains_key(&announcement.chat) {
            self.look_for_new_members(announcement);
            return;
        }
        let skips = broken!(self, SkipHoles);
        for event in &announcement.events {
            let Some(chat) = self.chats.get_mut(&announcement.chat) else { return };
            if event.seq <= chat.last {
                continue;
            }
            let live = LiveEvent { event: Arc::clone(event), wire: encode(event) };
            if event.seq == chat.last.next() || skips {
                self.apply(announcement.chat, &live, now);
            } else {
                chat.keep_ahead(live, &self.limits);
            }
        }
        self.apply_what_came_early(announcement.chat, now);
        self.serve(announcement.chat, None, now);
    }

    /// Whether this is the life of the database that the core follows. If not, it asks which is the present one.
    pub(super) fn is_present_life(&mut self, epoch: &Epoch) -> bool {
        if broken!(self, TrustEveryLife) || self.epoch.as_ref() == Some(epoch) {
            return true;
        }
        if self.epoch.is_some() {
            self.ask_for_epoch();
        }
        false
    }

    /// A chat that nobody here was in: perhaps somebody now is.
    fn look_for_new_members(&mut self, announcement: &Announcement) {
        for event in &announcement.events {
            for user in added_by(&event.kind) {
                self.note_added(user, announcement.chat);
                if !self.devices(user).is_empty() {
                    self.load_membership(user, announcement.chat);
                }
            }
        }
    }

    /// Applies the events that came before their turn, as far as it is their turn now.
    pub(super) fn apply_what_came_early(&mut self, uri: ChatUri, now: Millis) {
        while let Some(event) = self.chats.get_mut(&uri).and_then(super::chat::Chat::next_ahead) {
            self.apply(uri, &event, now);
        }
    }

    /// Hands on the chat's next event.
    pub(super) fn apply(&mut self, uri: ChatUri, event: &LiveEvent, now: Millis) {
        let Some(chat) = self.chats.get_mut(&uri) else { return };
        self.applying = Some(uri);
        chat.advance(event, &self.limits, now);
        self.note_moves(&event.event);
        let Some(chat) = self.chats.get_mut(&uri) else { return };
        // Taken out while it is gone through: whoever leaves is taken off by hand.
        let mut subscribers = std::mem::take(&mut chat.subscribers);
        subscribers.retain(|slot| self.hand_on(*slot, uri, event, now));
        if let Some(chat) = self.chats.get_mut(&uri) {
            subscribers.append(&mut chat.subscribers);
            chat.subscribers = subscribers;
        }
        self.applying = None;
        for user in added_by(&event.event.kind) {
            self.note_added(user, uri);
            for id in self.devices(user) {
                self.enter_by_event(id, uri, event, now);
            }
        }
    }

    /// Hands an event to a connection in its chat; false if the connection is not in it any more.
    fn hand_on(&mut self, slot: u32, uri: ChatUri, event: &LiveEvent, now: Millis) -> bool {
        let (unbounded, keep) = (broken!(self, UnboundedQueue), broken!(self, KeepRemoved));
        let limits = &self.limits;
        let Some(connection) = self.connections.at_mut(slot) else { return false };
        let waits = connection.answers_before(&event.event);
        let (id, is_stream) = (connection.id, connection.stream.is_some());
        let Some(user) = connection.identity.as_ref().map(|identity| identity.user.id) else { return false };
        let Some(entry) = connection.chats.get_mut(&uri) else { return false };
        let seq = event.event.seq;
        let leaves = seq > entry.known && ends_membership(&event.event.kind, user);
        // Behind a hole that was given up, the membership is in doubt until it was read.
        if entry.known.next() >= seq {
            entry.known = entry.known.max(seq);
        }
        let leaves = leaves && !keep;
        match entry.mode {
            Mode::Live if seq <= entry.cursor => {}
            Mode::Live if waits && !leaves => self.catch_up(id, uri, false),
            Mode::Live => {
                let room = connection.queue.makes_room(event.wire.len(), limits);
                if room || leaves || unbounded {
                    entry.cursor = seq;
                    self.push_event(id, event, now);
                } else {
                    self.overflow(id, uri, now);
                }
            }
            Mode::CatchingUp { .. } | Mode::Behind if leaves && !is_stream => {
                connection.queue.drop_chat(uri, user);
                self.connections.push(id, Frame::Gone { chat: uri }, now);
            }
            Mode::CatchingUp { .. } | Mode::Behind => {}
        }
        if leaves {
            self.drop_entry(id, uri);
            if is_stream {
                self.begin_closing(id, CloseCode::SessionEnded, now);
            }
        }
        !leaves
    }

    /// Queues an event; the answer to the request that caused it goes first.
    pub(super) fn push_event(&mut self, id: ConnectionId, event: &LiveEvent, now: Millis) {
        self.answer_sender(id, &event.event, now);
        self.connections.push(id, Frame::Event(event.clone()), now);
    }

    /// The answer to a request comes before every event later than its own. If this is the message that was sent, it is given
    /// now; if it may be the change that was asked for, nothing later is handed on before it is known.
    pub(super) fn answer_sender(&mut self, id: ConnectionId, event: &Event, now: Millis) {
        if let Some(changed) = event.kind.target() {
            return self.hold_back(id, event, changed);
        }
        let EventKind::MessageCreated { body, client_id: Some(client_id), reply_to } = &event.kind else { return };
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.open.is_empty() || connection.identity.as_ref().is_none_or(|i| i.user.id != event.by.id) {
            return;
        }
        let named = |open: &Open| match &open.what {
            Wish::Send { chat, draft, .. } => *chat == event.chat && draft.client_id.as_ref() == Some(client_id),
            _ => false,
        };
        let Some(position) = connection.open.iter().position(named) else { return };
        let Wish::Send { draft, last, unclear, .. } = &mut connection.open[position].what else { return };
        // Once it is deleted, the name alone decides.
        let same = body.is_empty() || (draft.body.as_str() == body && draft.reply_to == *reply_to);
        if !same {
            *unclear = Some(event.seq);
            return;
        }
        let last = *last;
        let open = connection.open.remove(position);
        let done = Done::Sent { seq: event.seq, duplicate: event.seq <= last };
        self.reply(id, open.id, Ok(done), now);
        self.takes_input_again(id);
    }

    fn hold_back(&mut self, id: ConnectionId, event: &Event, changed: Seq) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.identity.as_ref().is_none_or(|identity| identity.user.id != event.by.id) {
            return;
        }
        for open in &mut connection.open {
            if let Wish::Change { chat, target, unclear } = &mut open.what
                && (*chat, *target) == (event.chat, changed)
            {
                unclear.get_or_insert(event.seq);
            }
        }
    }

    /// A connection does not keep up with a chat, and there are no signals left to drop: this chat's events go.
    fn overflow(&mut self, id: ConnectionId, uri: ChatUri, now: Millis) {
        let Some(head) = self.chats.get(&uri).map(|chat| chat.head) else { return };
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.stream.is_some() {
            // A stream reads on from the log, as fast as it can.
            self.catch_up(id, uri, false);
            if let Some(connection) = self.connections.get_mut(id) {
                connection.wants_room.push(uri);
            }
            return;
        }
        let user = connection.identity.as_ref().map_or(UserId::DELETED, |identity| identity.user.id);
        connection.queue.drop_chat(uri, user);
        self.fall_behind(id, uri, head, BehindReason::Overflow, now);
    }

    /// Nothing more of this chat is handed on until the client has asked its way to the head.
    pub(super) fn fall_behind(&mut self, id: ConnectionId, uri: ChatUri, head: Seq, reason: BehindReason, now: Millis) {
        let Some(entry) = self.connections.get_mut(id).and_then(|c| c.chats.get_mut(&uri)) else { return };
        entry.mode = Mode::Behind;
        self.connections.push(id, Frame::Behind { chat: uri, head, reason }, now);
    }

    /// A connection's user was just put into a chat: it is live from this event.
    fn enter_by_event(&mut self, id: ConnectionId, uri: ChatUri, event: &LiveEvent, now: Millis) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.chats.contains_key(&uri) {
            return;
        }
        let seq = event.event.seq;
        let room = connection.queue.makes_room(event.wire.len(), &self.limits);
        connection.chats.insert(uri, Entry { known: seq, cursor: seq, mode: Mode::Live });
        if let Some(chat) = self.chats.get_mut(&uri) {
            chat.subscribers.push(id.slot);
        }
        if room || broken!(self, UnboundedQueue) {
            self.push_event(id, event, now);
        } else {
            self.overflow(id, uri, now);
        }
    }

    /// A connection's user is in a chat no more.
    pub(super) fn drop_entry(&mut self, id: ConnectionId, uri: ChatUri) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.chats.remove(&uri);
            connection.wants_room.retain(|chat| *chat != uri);
        }
    }
}

/// Whom an event of this kind puts into its chat.
pub(super) fn added_by(kind: &EventKind) -> Vec<UserId> {
    match kind {
        EventKind::ChatCreated { members, .. } => members.iter().map(|member| member.user.id).collect(),
        EventKind::MemberAdded(member) => vec![member.user.id],
        _ => Vec::new(),
    }
}
