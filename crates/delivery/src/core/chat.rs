//! What a node knows of one chat.

use std::collections::{BTreeMap, VecDeque};

use parlor_domain::{EventKind, Membership, Seq};

use crate::{ConnectionId, Limits, LiveEvent, Millis, Ticket};

/// A chat that connections of this node are in.
#[derive(Debug)]
pub(super) struct Chat {
    /// Up to here every event was seen, and handed on.
    pub(super) last: Seq,
    /// Every event after this one was seen here.
    pub(super) seen_from: Seq,
    /// The highest seq that is known to exist: a hole lies between, if it is above `last`.
    pub(super) head: Seq,
    /// The first seq that the log still holds.
    pub(super) floor: Seq,
    pub(super) member_count: u32,
    /// The latest events, up to `last`, without a gap.
    pub(super) tail: VecDeque<LiveEvent>,
    tail_bytes: usize,
    /// Events beyond a hole.
    ahead: BTreeMap<Seq, LiveEvent>,
    /// The connections with an entry, by slot.
    pub(super) subscribers: Vec<u32>,
    pub(super) waiters: VecDeque<Waiter>,
    /// The reading of the log that is under way.
    pub(super) reading: Option<Reading>,
    /// Whether the last reading was for the hole: the next one is for a waiter then.
    pub(super) hole_was_read: bool,
    /// When the last event came.
    pub(super) touched: Millis,
}

/// Who waits for a part of the log.
#[derive(Debug, Clone)]
pub(super) struct Waiter {
    pub(super) connection: ConnectionId,
    pub(super) wish: WaitsFor,
}

/// What a waiter waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// To be handed everything from its entry's cursor on.
    CatchUp,
    /// One page for the answer to this request.
    Sync { request: Ticket, after: Seq, limit: u32 },
}

/// A reading of the log that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) ticket: Ticket,
    pub(super) after: Seq,
    /// What was known to exist when it was asked for: a head below that means that the database went back.
    pub(super) head: Seq,
}

impl Chat {
    pub(super) fn from_snapshot(membership: &Membership, now: Millis) -> Self {
        let mut chat = Self::empty(membership.head, membership.member_count, now);
        chat.floor = membership.floor;
        chat
    }

    /// A chat that is only just beginning.
    pub(super) fn empty(last: Seq, member_count: u32, now: Millis) -> Self {
        Self {
            last,
            seen_from: last,
            head: last,
            floor: Seq::START.next(),
            member_count,
            tail: VecDeque::new(),
            tail_bytes: 0,
            ahead: BTreeMap::new(),
            subscribers: Vec::new(),
            waiters: VecDeque::new(),
            reading: None,
            hole_was_read: false,
            touched: now,
        }
    }

    /// Keeps an event that came before those that it follows.
    pub(super) fn keep_ahead(&mut self, event: LiveEvent, limits: &Limits) {
        self.head = self.head.max(event.event.seq);
        if self.ahead.len() < limits.tail_events {
            self.ahead.insert(event.event.seq, event);
        }
    }

    /// The event after `last`, if it came already.
    pub(super) fn next_ahead(&mut self) -> Option<LiveEvent> {
        while let Some(first) = self.ahead.first_entry() {
            if *first.key() > self.last.next() {
                return None;
            }
            let event = first.remove();
            if event.event.seq == self.last.next() {
                return Some(event);
            }
        }
        None
    }

    /// Goes on by one event.
    pub(super) fn advance(&mut self, event: &LiveEvent, limits: &Limits, now: Millis) {
        self.last = event.event.seq;
        self.head = self.head.max(self.last);
        self.touched = now;
        match &event.event.kind {
            EventKind::MemberAdded(_) => self.member_count += 1,
            EventKind::MemberRemoved(_) => self.member_count = self.member_count.saturating_sub(1),
            // Events are shown as they are today: what was kept of this message is not any more.
            EventKind::MessageEdited { target, .. } | EventKind::MessageDeleted { target } => {
                self.forget_up_to(*target);
            }
            _ => {}
        }
        self.tail_bytes += event.wire.len();
        self.tail.push_back(event.clone());
        while self.tail.len() > limits.tail_events || self.tail_bytes > limits.tail_bytes {
            self.forget_first();
        }
    }

    /// Gives up on a hole that the log no longer holds.
    pub(super) fn jump(&mut self, last: Seq) {
        self.last = last;
        self.seen_from = last;
        self.head = self.head.max(last);
        self.forget_tail();
    }

    pub(super) fn forget_tail(&mut self) {
        self.tail = VecDeque::new();
        self.tail_bytes = 0;
    }

    fn forget_up_to(&mut self, seq: Seq) {
        while self.tail.front().is_some_and(|first| first.event.seq <= seq) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.tail.pop_front() {
            self.tail_bytes -= first.wire.len();
        }
    }

    /// The kept events after `cursor`, if none is missing between it and `last`.
    pub(super) fn tail_after(&self, cursor: Seq) -> Option<impl Iterator<Item = &LiveEvent>> {
        let first = self.tail.front().map_or(self.last.next(), |event| event.event.seq);
        if cursor > self.last || cursor.next() < first {
            return None;
        }
        let skip = usize::try_from(cursor.next().get() - first.get()).unwrap_or(usize::MAX);
        Some(self.tail.iter().skip(skip))
    }

    /// Whether nobody needs it.
    pub(super) fn is_idle(&self) -> bool {
        self.subscribers.is_empty() && self.waiters.is_empty()
    }
}
