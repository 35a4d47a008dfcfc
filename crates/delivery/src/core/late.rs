//! Chats that a user came into while connected, or whose membership is in doubt: one membership is read.

use parlor_domain::{ChatUri, Membership, Seq, UserId};

use super::connection::{Mode, Move};
use super::start::{Budget, Settled};
use super::{Asked, Core, Loading};
use crate::{Answer, BehindReason, Frame, Millis, Output};

impl Core {
    /// Reads one membership, unless that is under way: then it is read once more afterwards if it turns out that the
    /// user is none.
    pub(super) fn load_membership(&mut self, user: UserId, chat: ChatUri) {
        if let Some(loading) = self.loading.get_mut(&(user, chat)) {
            loading.again = true;
            return;
        }
        self.loading.insert((user, chat), Loading::default());
        self.ask(Asked::Membership { user, chat }, |ticket| Output::LoadMembership { ticket, chat, user });
    }

    pub(super) fn membership_read(&mut self, user: UserId, uri: ChatUri, answer: Answer, now: Millis) {
        let Loading { again, moves } = self.loading.remove(&(user, uri)).unwrap_or_default();
        let Answer::Membership(snapshot) = answer else {
            self.to_load.push((user, uri));
            return;
        };
        if !self.is_present_life(&snapshot.epoch) {
            return;
        }
        match snapshot.value {
            Some(membership) => self.enter_late(user, &membership, &moves, now),
            None if again => self.load_membership(user, uri),
            None => self.lose_doubtful(user, uri, now),
        }
    }

    /// A user is in a chat that this node did not know them in: their devices are caught up from the event that put them
    /// there.
    fn enter_late(&mut self, user: UserId, membership: &Membership, moves: &[Move], now: Millis) {
        match self.settle(membership, moves) {
            Settled::Member => {}
            Settled::Removed => return,
            Settled::TooOld => return self.load_membership(user, membership.chat),
        }
        let uri = membership.chat;
        let before = Seq::new(membership.joined.get() - 1).unwrap_or(Seq::START);
        for id in self.devices(user) {
            let last = self.chats.get(&uri).map_or(membership.head, |chat| chat.last);
            let Some(connection) = self.connections.get_mut(id) else { continue };
            if let Some(entry) = connection.chats.get_mut(&uri) {
                entry.known = entry.known.max(membership.head).max(last);
                continue;
            }
            connection.resume_bytes = self.limits.resume_bytes;
            let mut budget = Budget { events: self.limits.resume_events };
            let entry = self.resume(membership, Some(before), &mut budget);
            let behind = entry.mode == Mode::Behind;
            self.enter(id, membership, entry, now);
            if behind {
                self.fall_behind(id, uri, membership.head.max(last), BehindReason::Resume, now);
            }
        }
        self.serve(uri, None, now);
    }

    /// A user is in a chat no more, and the event that tells so is pruned.
    fn lose_doubtful(&mut self, user: UserId, uri: ChatUri, now: Millis) {
        let Some(seen_from) = self.chats.get(&uri).map(|chat| chat.seen_from) else { return };
        for id in self.devices(user) {
            let doubtful =
                self.connections.get(id).and_then(|c| c.chats.get(&uri)).is_some_and(|e| e.known < seen_from);
            if doubtful {
                self.drop_entry(id, uri);
                self.connections.push(id, Frame::Gone { chat: uri }, now);
                if let Some(chat) = self.chats.get_mut(&uri) {
                    chat.subscribers.retain(|slot| *slot != id.slot);
                }
            }
        }
        self.serve(uri, None, now);
    }
}
