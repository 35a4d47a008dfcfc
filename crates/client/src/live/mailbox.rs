//! What waits to be taken: bounded, whoever reads slowly.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use super::Update;

/// Updates on their way from the follower to whoever follows.
#[derive(Debug)]
pub(super) struct Mailbox {
    capacity: usize,
    inside: Mutex<Inside>,
    /// Told when there is room again.
    room: Notify,
}

#[derive(Debug, Default)]
struct Inside {
    updates: VecDeque<Update>,
    is_full: bool,
    has_ended: bool,
    reader: Option<Waker>,
}

impl Mailbox {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, inside: Mutex::default(), room: Notify::new() }
    }

    /// Whether there is room for further events: after it was full, only when half of it is empty.
    pub(super) fn has_room(&self) -> bool {
        !self.inside().is_full
    }

    /// Waits until there is room again.
    pub(super) async fn empties(&self) {
        self.room.notified().await;
    }

    pub(super) fn put(&self, update: Update) {
        let mut inside = self.inside();
        if let (Update::Status(_), Some(Update::Status(_))) = (&update, inside.updates.back()) {
            // Whoever has not read a status by now is told the latest one only.
            inside.updates.pop_back();
        }
        inside.updates.push_back(update);
        inside.is_full |= inside.updates.len() >= self.capacity;
        inside.wake();
    }

    /// Nothing comes any more.
    pub(super) fn end(&self) {
        let mut inside = self.inside();
        inside.has_ended = true;
        inside.wake();
    }

    /// The next update; none after the last.
    pub(super) fn take(&self, context: &mut Context<'_>) -> Poll<Option<Update>> {
        let mut inside = self.inside();
        let Some(update) = inside.updates.pop_front() else {
            inside.reader = Some(context.waker().clone());
            return if inside.has_ended { Poll::Ready(None) } else { Poll::Pending };
        };
        if inside.is_full && inside.updates.len() <= self.capacity / 2 {
            inside.is_full = false;
            self.room.notify_one();
        }
        Poll::Ready(Some(update))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{DropReason, Status};

    fn drop_all() -> Update {
        Update::Drop { chat: None, reason: DropReason::Epoch, head: None }
    }

    fn take(mailbox: &Mailbox) -> Option<Update> {
        match mailbox.take(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(update) => update,
            Poll::Pending => None,
        }
    }

    #[test]
    fn there_is_room_again_when_half_of_it_is_empty() {
        let mailbox = Mailbox::new(4);
        (0..4).for_each(|_| mailbox.put(drop_all()));
        assert!(!mailbox.has_room());
        take(&mailbox);
        assert!(!mailbox.has_room());
        take(&mailbox);
        assert!(mailbox.has_room());
    }

    #[test]
    fn of_two_statuses_in_a_row_the_latter_is_told() {
        let mailbox = Mailbox::new(4);
        [Status::Connecting, Status::Live].into_iter().for_each(|status| mailbox.put(Update::Status(status)));
        mailbox.put(drop_all());
        assert_eq!(take(&mailbox), Some(Update::Status(Status::Live)));
        assert_eq!(take(&mailbox), Some(drop_all()));
        assert_eq!(take(&mailbox), None);
    }

    #[test]
    fn after_the_end_comes_what_was_put_before_it() {
        let mailbox = Mailbox::new(4);
        mailbox.put(drop_all());
        mailbox.end();
        assert_eq!(take(&mailbox), Some(drop_all()));
        assert_eq!(mailbox.take(&mut Context::from_waker(Waker::noop())), Poll::Ready(None));
    }
}
