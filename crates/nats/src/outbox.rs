//! What waits to be published.
//!
//! Whoever puts something in never waits: the database's writer does. What finds no room is dropped and counted; other
//! nodes read it from the log.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use parlor_domain::{Announcement, Epoch, Event, EventKind, SessionId, Signal, SignalKind};
use tokio::sync::Notify;

use crate::options::NatsLimits;

/// One thing to publish. It is put into its wire form by the bus's own thread.
pub(crate) enum Outgoing {
    Announcement(Announcement),
    SessionsEnded(Vec<SessionId>),
    Signal(Epoch, Signal),
}

impl Outgoing {
    /// About how many bytes it holds in memory.
    fn weight(&self) -> usize {
        match self {
            Self::Announcement(announcement) => announcement.events.iter().map(|event| weight(event)).sum(),
            Self::SessionsEnded(sessions) => size_of::<Self>() + size_of_val(&sessions[..]),
            Self::Signal(_, Signal { kind: SignalKind::Presence { chats, .. }, .. }) => {
                size_of::<Self>() + size_of_val(&chats[..])
            }
            Self::Signal(..) => size_of::<Self>(),
        }
    }
}

/// About how many bytes an event holds, a name of middle length with each user.
fn weight(event: &Event) -> usize {
    const USER: usize = 64;
    let inside = match &event.kind {
        EventKind::ChatCreated { members, .. } => members.len() * USER,
        EventKind::MessageCreated { body, .. } | EventKind::MessageEdited { body, .. } => body.len(),
        _ => USER,
    };
    size_of::<Event>() + USER + inside
}

/// A queue that never lets wait whoever fills it.
pub(crate) struct Outbox {
    queued: usize,
    queued_bytes: usize,
    waiting: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Default)]
struct Waiting {
    queue: VecDeque<(usize, Outgoing)>,
    bytes: usize,
}

impl Outbox {
    /// An empty one.
    pub(crate) fn new(limits: NatsLimits) -> Self {
        let NatsLimits { queued, queued_bytes, .. } = limits;
        Self { queued, queued_bytes, waiting: Mutex::default(), filled: Notify::new() }
    }

    /// Puts something at the end; whether there was room.
    pub(crate) fn push(&self, outgoing: Outgoing) -> bool {
        // Signals are dropped before anything else is.
        let share = if matches!(outgoing, Outgoing::Signal(..)) { 2 } else { 1 };
        let weight = outgoing.weight();
        let mut waiting = self.waiting();
        if waiting.queue.len() >= self.queued / share || waiting.bytes + weight > self.queued_bytes / share {
            return false;
        }
        waiting.bytes += weight;
        waiting.queue.push_back((weight, outgoing));
        drop(waiting);
        self.filled.notify_one();
        true
    }

    /// Takes the first.
    pub(crate) fn try_pop(&self) -> Option<Outgoing> {
        let mut waiting = self.waiting();
        let (weight, outgoing) = waiting.queue.pop_front()?;
        waiting.bytes -= weight;
        Some(outgoing)
    }

    /// Takes the first, once there is one. For one caller at a time.
    pub(crate) async fn pop(&self) -> Outgoing {
        loop {
            if let Some(outgoing) = self.try_pop() {
                return outgoing;
            }
            self.filled.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::{ChatUri, UserId, UserRef, Username};

    fn limits(queued: usize, queued_bytes: usize) -> NatsLimits {
        NatsLimits { queued, queued_bytes, ..NatsLimits::default() }
    }

    fn ended() -> Outgoing {
        Outgoing::SessionsEnded(vec![SessionId::from_bytes([1; 16])])
    }

    fn typing() -> Outgoing {
        let by = UserRef { id: UserId::new(1).unwrap(), username: Username::stored("ann") };
        let kind = SignalKind::Typing { chat: ChatUri::from_bytes([1; 16]), on: true };
        Outgoing::Signal(Epoch::new("life").unwrap(), Signal { by, kind })
    }

    #[test]
    fn a_full_queue_takes_nothing_until_something_is_taken_out() {
        let outbox = Outbox::new(limits(2, 1 << 20));
        assert!(outbox.push(ended()) && outbox.push(ended()) && !outbox.push(ended()));
        assert!(outbox.try_pop().is_some());
        assert!(outbox.push(ended()) && !outbox.push(ended()));
    }

    #[test]
    fn bytes_are_counted_too_and_given_back() {
        let outbox = Outbox::new(limits(100, 2 * ended().weight()));
        for _ in 0..3 {
            assert!(outbox.push(ended()) && outbox.push(ended()) && !outbox.push(ended()));
            assert!(outbox.try_pop().is_some() && outbox.try_pop().is_some() && outbox.try_pop().is_none());
        }
    }

    #[test]
    fn signals_leave_half_of_the_room_to_what_matters_more() {
        let outbox = Outbox::new(limits(4, 1 << 20));
        assert!(outbox.push(typing()) && outbox.push(typing()) && !outbox.push(typing()));
        assert!(outbox.push(ended()) && outbox.push(ended()) && !outbox.push(ended()));
    }

    #[tokio::test]
    async fn who_waits_for_the_first_gets_it() {
        let outbox = Outbox::new(limits(4, 1 << 20));
        let (taken, ()) = tokio::join!(outbox.pop(), async {
            tokio::task::yield_now().await;
            assert!(outbox.push(ended()));
        });
        assert!(matches!(taken, Outgoing::SessionsEnded(_)));
    }
}
