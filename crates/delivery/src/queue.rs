//! One subscriber's queue.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use parlor_domain::{Event, Seq};

/// What a subscriber finds in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The chat's next event.
    Event(Arc<Event>),
    /// Events are missing: the queue was full, or one never came. Nothing more comes; the log has it all.
    Behind,
}

/// Events that follow one another without a gap, at most [`Queue::MAX_EVENTS`] of them.
#[derive(Debug)]
pub(crate) struct Queue {
    /// The last seq that was queued, or from which the subscription started.
    last: Seq,
    waiting: VecDeque<Arc<Event>>,
    behind: bool,
    told: bool,
    pub(crate) waker: Option<Waker>,
}

impl Queue {
    /// How many events wait for a subscriber before it is behind.
    pub(crate) const MAX_EVENTS: usize = 256;

    pub(crate) fn after(last: Seq) -> Self {
        Self { last, waiting: VecDeque::new(), behind: false, told: false, waker: None }
    }

    /// Takes an event if it is the next one; an earlier one is a repetition, a later one shows a gap.
    pub(crate) fn push(&mut self, event: &Arc<Event>) {
        if self.behind || event.seq <= self.last {
            return;
        }
        if event.seq == self.last.next() && self.waiting.len() < Self::MAX_EVENTS {
            self.last = event.seq;
            self.waiting.push_back(Arc::clone(event));
        } else {
            self.behind = true;
        }
    }

    /// What comes next: first the events that still came in order, then, once, that there is a gap.
    pub(crate) fn pop(&mut self) -> Option<Delivery> {
        if let Some(event) = self.waiting.pop_front() {
            return Some(Delivery::Event(event));
        }
        let news = self.behind && !self.told;
        self.told |= news;
        news.then_some(Delivery::Behind)
    }
}
