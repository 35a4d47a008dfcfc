//! All connections, and what is handed over to them.

use parlor_domain::ChatUri;

use super::Core;
use super::connection::{Connection, State};
use super::map::Seeded;
use crate::{CloseCode, ConnectionId, Frame, Lane, Millis, Output};

/// All connections of the node, by slot, and those that are ready, by lane.
#[derive(Debug)]
pub(super) struct Connections {
    hasher: Seeded,
    slots: Vec<Option<Box<Connection>>>,
    free: Vec<u32>,
    serial: u64,
    ready: Vec<Vec<ConnectionId>>,
    ready_lanes: Vec<Lane>,
}

impl Connections {
    pub(super) fn new(hasher: Seeded) -> Self {
        Self { hasher, slots: Vec::new(), free: Vec::new(), serial: 0, ready: Vec::new(), ready_lanes: Vec::new() }
    }

    pub(super) fn add(&mut self, lane: Lane, now: Millis) -> ConnectionId {
        self.serial += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("a node has fewer than 2^32 connections")
        });
        let id = ConnectionId { slot, serial: self.serial };
        self.slots[slot as usize] = Some(Box::new(Connection::new(id, lane, self.hasher, now)));
        id
    }

    pub(super) fn remove(&mut self, id: ConnectionId) {
        if self.get(id).is_some() {
            self.slots[id.slot as usize] = None;
            self.free.push(id.slot);
        }
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.slots.get(id.slot as usize)?.as_deref().filter(|connection| connection.id == id)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.slots.get_mut(id.slot as usize)?.as_deref_mut().filter(|connection| connection.id == id)
    }

    /// Whoever is at this slot now.
    pub(super) fn at_mut(&mut self, slot: u32) -> Option<&mut Connection> {
        self.slots.get_mut(slot as usize)?.as_deref_mut()
    }

    pub(super) fn at(&self, slot: u32) -> Option<&Connection> {
        self.slots.get(slot as usize)?.as_deref()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Connection> {
        self.slots.iter().filter_map(Option::as_deref)
    }

    pub(super) fn ids(&self) -> Vec<ConnectionId> {
        self.iter().map(|connection| connection.id).collect()
    }

    /// Queues a frame, and has its lane told.
    pub(super) fn push(&mut self, id: ConnectionId, frame: Frame, now: Millis) {
        let Some(connection) = self.get_mut(id) else { return };
        if connection.queue.is_empty() {
            connection.stuck = now;
        }
        connection.queue.push(frame);
        if !connection.notified {
            connection.notified = true;
            self.tell_lane(id);
        }
    }

    /// Has the connection's lane told that something changed.
    pub(super) fn tell_lane(&mut self, id: ConnectionId) {
        let Some(lane) = self.get(id).map(|connection| connection.lane) else { return };
        let index = usize::from(lane.0);
        if self.ready.len() <= index {
            self.ready.resize_with(index + 1, Vec::new);
        }
        if self.ready[index].is_empty() {
            self.ready_lanes.push(lane);
        }
        self.ready[index].push(id);
    }

    pub(super) fn ready_lanes(&mut self) -> Vec<Lane> {
        std::mem::take(&mut self.ready_lanes)
    }

    pub(super) fn take_ready(&mut self, lane: Lane) -> Vec<ConnectionId> {
        self.ready.get_mut(usize::from(lane.0)).map(std::mem::take).unwrap_or_default()
    }
}

impl Core {
    /// Takes frames from a queue until they hold `bytes`, and lets what waited for room go on.
    pub(super) fn hand_over(&mut self, id: ConnectionId, bytes: usize, now: Millis) -> Vec<Frame> {
        let Some(connection) = self.connections.get_mut(id) else { return Vec::new() };
        let (mut frames, mut size) = (Vec::new(), 0);
        let overfull = connection.queue.is_overfull(&self.limits);
        while size < bytes {
            let Some(frame) = connection.queue.pop() else { break };
            size += frame.size();
            frames.push(frame);
        }
        connection.notified = !connection.queue.is_empty();
        if frames.is_empty() {
            return frames;
        }
        connection.sent = now;
        connection.stuck = now;
        let roomy = connection.queue.bytes() <= self.limits.queue_bytes / 2
            && connection.queue.len() <= self.limits.queue_frames / 2;
        let reads_again = overfull && !connection.queue.is_overfull(&self.limits);
        let waiting = if roomy { std::mem::take(&mut connection.wants_room) } else { Vec::new() };
        if reads_again {
            self.connections.tell_lane(id);
        }
        for chat in waiting {
            self.serve(chat, None, now);
        }
        frames
    }

    /// Has the connection closed with this code: it gets its replies, perhaps a `bye`, and the end.
    pub(super) fn begin_closing(&mut self, id: ConnectionId, code: CloseCode, now: Millis) {
        if self.connections.get(id).is_none_or(Connection::is_closing) {
            return;
        }
        self.detach(id, now);
        let retry_after = self.random_below(self.limits.retry_within.0);
        let Some(connection) = self.connections.get_mut(id) else { return };
        connection.state = State::Closing;
        connection.since = now;
        if connection.stream.is_none() {
            connection.queue.keep_replies();
        }
        if code.says_bye() && connection.stream.is_none() {
            self.connections.push(id, Frame::Bye { code, retry_after }, now);
        }
        self.connections.push(id, Frame::Close(code), now);
    }

    pub(super) fn close_all(&mut self, code: CloseCode, now: Millis) {
        for id in self.connections.ids() {
            self.begin_closing(id, code, now);
        }
    }

    /// Ends all that a connection takes part in.
    pub(super) fn detach(&mut self, id: ConnectionId, now: Millis) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let chats: Vec<_> = connection.chats.drain().map(|(uri, _)| uri).collect();
        connection.open = Vec::new();
        let follows_all = connection.stream.is_none();
        let user = connection.identity.as_ref().map(|identity| identity.user.id);
        if let Some(user) = user {
            self.leave_user(user, id, follows_all.then_some(&chats), now);
        }
        for chat in chats {
            self.unsubscribe(chat, id);
        }
    }

    /// Takes a connection out of a chat, and forgets the chat if it was the last one.
    pub(super) fn unsubscribe(&mut self, uri: ChatUri, id: ConnectionId) {
        let Some(chat) = self.chats.get_mut(&uri) else { return };
        chat.subscribers.retain(|slot| *slot != id.slot);
        chat.waiters.retain(|waiter| waiter.connection != id);
        self.forget_if_idle(uri);
    }

    /// Breaks a connection off whose client does not take even its end.
    pub(super) fn abort(&mut self, id: ConnectionId, now: Millis) {
        self.disconnect(id, now);
        self.outputs.push_back(Output::Abort(id));
    }
}
