//! From `hello` to `ready`: memberships are read, and cursors are taken up where they were left.
//!
//! A snapshot of memberships may be older than what the core has seen since, and then it is brought forward with the
//! events in between; or it is younger, and then the core has a hole to fill. Either way a connection enters a chat with
//! a membership that holds at the core's last event.

use std::collections::{BTreeSet, hash_map};

use parlor_domain::{ChatUri, Membership, Seq, Snapshot, Topic};

use super::chat::Chat;
use super::connection::{Connection, Entry, Mode, Move, Starting, State};
use super::reconcile::set_interest;
use super::{Asked, Core, broken};
use crate::{
    Answer, CloseCode, ConnectionId, Done, Frame, Hello, Identity, Millis, Output, Ready, ReadyChat, Refusal,
    RequestId, Ticket,
};

/// What is left of the bounds on what a connection is caught up by.
pub(super) struct Budget {
    pub(super) events: u64,
}

/// What a snapshot of a membership is worth now.
pub(super) enum Settled {
    /// The user is a member, as far as the core has seen.
    Member,
    /// Not any more.
    Removed,
    /// The snapshot is too old to tell.
    TooOld,
}

impl Core {
    pub(super) fn begin_as(
        &mut self,
        id: ConnectionId,
        identity: Identity,
        hello: Hello,
        stream: Option<(ChatUri, Option<Seq>)>,
        now: Millis,
    ) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if !matches!(connection.state, State::Waiting) {
            return;
        }
        let after = stream.and_then(|(_, after)| after);
        connection.stream = stream.map(|(chat, _)| chat);
        connection.expires = now + identity.expires_in;
        connection.expiry_told = connection.expires - self.limits.expiry_notice;
        connection.since = now;
        connection.heard = now;
        connection.state =
            State::Starting(Box::new(Starting { hello, after, asked: None, added: Vec::new(), moves: Vec::new() }));
        let who = identity.user.clone();
        connection.identity = Some(Box::new(identity));
        self.join_user(&who, id, now);
        self.load(id);
    }

    /// Reads what a connection needs to start, or waits for the time when it can.
    pub(super) fn load(&mut self, id: ConnectionId) {
        let is_starting = |c: &&Connection| matches!(c.state, State::Starting(_));
        let Some(connection) = self.connections.get(id).filter(is_starting) else { return };
        if self.epoch.is_none() {
            self.waiting_to_start.push(id);
            return;
        }
        let Some(user) = connection.identity.as_ref().map(|identity| identity.user.id) else { return };
        let ticket = match connection.stream {
            Some(chat) => {
                self.ask(Asked::Stream { connection: id }, |ticket| Output::LoadMembership { ticket, chat, user })
            }
            None => {
                let asked = Asked::Memberships { connection: id, told: self.blocks_told };
                self.ask(asked, |ticket| Output::LoadMemberships { ticket, user })
            }
        };
        if let Some(State::Starting(starting)) = self.connections.get_mut(id).map(|c| &mut c.state) {
            starting.asked = Some(ticket);
        }
    }

    /// The connection for which this was asked, if it still waits for it.
    fn starting(&mut self, id: ConnectionId, ticket: Ticket) -> bool {
        match self.connections.get(id).map(|connection| &connection.state) {
            Some(State::Starting(starting)) => starting.asked == Some(ticket),
            _ => false,
        }
    }

    pub(super) fn memberships_read(
        &mut self,
        id: ConnectionId,
        ticket: Ticket,
        told: u64,
        answer: Answer,
        now: Millis,
    ) {
        if !self.starting(id, ticket) {
            return;
        }
        match answer {
            Answer::Memberships { memberships, blocked }
                if self.is_present_life(&memberships.epoch) && self.is_present_life(&blocked.epoch) =>
            {
                let Some(user) = self.user_of(id) else { return };
                if self.blocked_read(&[user], told, &blocked) {
                    self.start(id, &memberships.value, now);
                } else {
                    self.load(id);
                }
            }
            _ => self.waiting_to_start.push(id),
        }
    }

    fn start(&mut self, id: ConnectionId, memberships: &[Membership], now: Millis) {
        let stale = !broken!(self, StaleSnapshot);
        let mut mine = Vec::new();
        let Some(user) = self.connections.get(id).and_then(|c| c.identity.as_ref()).map(|i| i.user.id) else { return };
        let moves = self.moves_of(id);
        for membership in memberships {
            match self.settle(membership, &moves) {
                Settled::Member => mine.push(membership),
                Settled::Removed => {}
                Settled::TooOld if stale => return self.load(id),
                Settled::TooOld => mine.push(membership),
            }
        }
        let Some(connection) = self.connections.get_mut(id) else { return };
        let State::Starting(starting) = std::mem::replace(&mut connection.state, State::Live) else { return };
        connection.since = now;
        connection.resume_bytes = self.limits.resume_bytes;
        let mut hello = starting.hello;
        if hello.epoch.is_some() && hello.epoch != self.epoch {
            hello.cursors.clear();
        }
        let ready = self.ready(id, &mine, &hello);
        let Some((ready, plan)) = ready else { return };
        self.connections.push(id, Frame::Ready(Box::new(ready)), now);
        for (membership, entry) in mine.iter().zip(plan) {
            self.enter(id, membership, entry, now);
        }
        // Chats that the snapshot may be too old to know of.
        for chat in starting.added {
            if !mine.iter().any(|membership| membership.chat == chat) {
                self.load_membership(user, chat);
            }
        }
        self.come_online(id, now);
    }

    /// The answer to `hello`, and with which entry the connection enters each chat.
    fn ready(&self, id: ConnectionId, mine: &[&Membership], hello: &Hello) -> Option<(Ready, Vec<Entry>)> {
        let connection = self.connections.get(id)?;
        let identity = connection.identity.as_ref()?;
        let mut budget = Budget { events: self.limits.resume_events };
        let (mut chats, mut plan, mut unnamed, mut more) = (Vec::new(), Vec::new(), 0, false);
        for membership in mine {
            let cursor = hello.cursors.get(&membership.chat).copied();
            let entry = self.resume(membership, cursor, &mut budget);
            unnamed += usize::from(cursor.is_none());
            if cursor.is_some() || unnamed <= self.limits.ready_chats {
                let last = self.chats.get(&membership.chat).map_or(membership.head, |chat| chat.last);
                chats.push(ReadyChat {
                    chat: membership.chat,
                    head: membership.head.max(last),
                    floor: membership.floor,
                    read_state: membership.read_state,
                    live: entry.mode != Mode::Behind,
                });
            } else {
                more = true;
            }
            plan.push(entry);
        }
        let theirs: BTreeSet<_> = mine.iter().map(|membership| membership.chat).collect();
        let mut gone: Vec<_> = hello.cursors.keys().filter(|uri| !theirs.contains(uri)).copied().collect();
        gone.sort_unstable();
        let ready = Ready {
            connection: id.serial,
            epoch: self.epoch.clone()?,
            user: identity.user.clone(),
            expires_at: identity.expires_at,
            chats,
            more,
            gone,
        };
        Some((ready, plan))
    }

    /// Where a connection takes a chat up again.
    pub(super) fn resume(&self, membership: &Membership, cursor: Option<Seq>, budget: &mut Budget) -> Entry {
        let last = self.chats.get(&membership.chat).map_or(membership.head, |chat| chat.last);
        let head = membership.head.max(last);
        let known = head;
        if broken!(self, StaleSnapshot) && cursor.is_none_or(|cursor| cursor == membership.head) {
            return Entry { known, cursor: head, mode: Mode::Live };
        }
        // Without a cursor the chat is live from the head that `ready` tells.
        let cursor = cursor.unwrap_or(head);
        let behind = Entry { known, cursor, mode: Mode::Behind };
        if cursor > head || cursor.next() < membership.floor {
            return behind;
        }
        let missed = u64::try_from(head.get() - cursor.get()).unwrap_or(u64::MAX);
        if missed == 0 {
            return Entry { known, cursor, mode: Mode::Live };
        }
        if missed > self.limits.resume_per_chat || missed > budget.events {
            return behind;
        }
        budget.events -= missed;
        Entry { known, cursor, mode: Mode::CatchingUp { bounded: true } }
    }

    /// Brings a snapshot forward with what the core has seen since it was asked for: `moves` are the user's. That is
    /// all there was, if the chat was here by then: the snapshot's head is not below what was the core's last.
    pub(super) fn settle(&self, membership: &Membership, moves: &[Move]) -> Settled {
        let Some(chat) = self.chats.get(&membership.chat).filter(|chat| chat.last > membership.head) else {
            return Settled::Member;
        };
        if membership.head < chat.seen_from {
            return Settled::TooOld;
        }
        let later = |moved: &&Move| moved.chat == membership.chat && moved.seq > membership.head;
        match moves.iter().filter(later).max_by_key(|moved| moved.seq) {
            Some(Move { joins: false, .. }) if !broken!(self, StaleSnapshot) => Settled::Removed,
            _ => Settled::Member,
        }
    }

    /// What was seen of a user's coming and going since the connection began to start.
    fn moves_of(&self, id: ConnectionId) -> Vec<Move> {
        match self.connections.get(id).map(|connection| &connection.state) {
            Some(State::Starting(starting)) => starting.moves.clone(),
            _ => Vec::new(),
        }
    }

    /// Puts a connection into a chat.
    pub(super) fn enter(&mut self, id: ConnectionId, membership: &Membership, entry: Entry, now: Millis) {
        let uri = membership.chat;
        let chat = match self.chats.entry(uri) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(new) => {
                set_interest(&mut self.interest, Topic::Chat(uri), true);
                self.to_check.push(uri);
                new.insert(Chat::from_snapshot(membership, now))
            }
        };
        chat.head = chat.head.max(membership.head);
        chat.floor = chat.floor.max(membership.floor);
        chat.subscribers.push(id.slot);
        let mode = entry.mode;
        if let Some(connection) = self.connections.get_mut(id) {
            connection.chats.insert(uri, entry);
        }
        if let Mode::CatchingUp { bounded } = mode {
            self.catch_up(id, uri, bounded);
        }
        self.serve(uri, None, now);
    }

    pub(super) fn stream_membership_read(&mut self, id: ConnectionId, ticket: Ticket, answer: Answer, now: Millis) {
        if !self.starting(id, ticket) {
            return;
        }
        match answer {
            Answer::Membership(Snapshot { epoch, value }) if self.is_present_life(&epoch) => match value {
                Some(membership) => self.start_stream(id, &membership, now),
                None => self.begin_closing(id, CloseCode::SessionEnded, now),
            },
            _ => self.waiting_to_start.push(id),
        }
    }

    fn start_stream(&mut self, id: ConnectionId, membership: &Membership, now: Millis) {
        let Some(connection) = self.connections.get(id) else { return };
        let State::Starting(starting) = &connection.state else { return };
        if starting.hello.epoch != self.epoch {
            return self.begin_closing(id, CloseCode::Restart, now);
        }
        let after = starting.after;
        match self.settle(membership, &starting.moves) {
            Settled::Member => {}
            Settled::Removed => return self.begin_closing(id, CloseCode::SessionEnded, now),
            Settled::TooOld => return self.load(id),
        }
        let last = self.chats.get(&membership.chat).map_or(membership.head, |chat| chat.last);
        let head = membership.head.max(last);
        let cursor = after.unwrap_or(membership.head);
        if cursor > head || cursor.next() < membership.floor {
            return self.begin_closing(id, CloseCode::Restart, now);
        }
        let mode = if cursor == head { Mode::Live } else { Mode::CatchingUp { bounded: false } };
        if let Some(connection) = self.connections.get_mut(id) {
            connection.state = State::Live;
            connection.since = now;
        }
        self.enter(id, membership, Entry { known: head, cursor, mode }, now);
    }

    /// `auth`.
    pub(super) fn take_new_token(
        &mut self,
        id: ConnectionId,
        request: Option<RequestId>,
        identity: Identity,
        now: Millis,
    ) {
        let Some(connection) = self.connections.get_mut(id).filter(|c| !c.is_closing()) else { return };
        connection.heard = now;
        let Some(present) = connection.identity.as_mut() else {
            return self.begin_closing(id, CloseCode::Malformed, now);
        };
        if present.user.id != identity.user.id {
            return self.begin_closing(id, CloseCode::Unauthorized, now);
        }
        let expires_at = identity.expires_at;
        connection.expires = now + identity.expires_in;
        // Told at once, somebody with tokens that live shorter than the notice would renew without end.
        let notice = self.limits.expiry_notice.min(Millis(identity.expires_in.0 / 2));
        connection.expiry_told = connection.expires - notice;
        connection.told_of_expiry = false;
        **present = identity;
        self.reply(id, request, Ok(Done::Renewed { expires_at }), now);
    }

    /// `hello` a second time is refused.
    pub(super) fn refuse_second_hello(&mut self, id: ConnectionId, request: Option<RequestId>, now: Millis) {
        self.reply(id, request, Err(Refusal::AlreadyStarted), now);
    }
}
