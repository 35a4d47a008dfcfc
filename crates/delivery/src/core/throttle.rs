//! What is passed on only once in a while.

use parlor_domain::{ChatUri, UserId};

use super::map::{Map, Seeded};
use crate::Millis;

/// Counts for each user and chat.
#[derive(Debug)]
pub(super) struct Throttle {
    every: Millis,
    passed: Map<(UserId, ChatUri), Millis>,
}

impl Throttle {
    /// One that lets pass once in `every`.
    pub(super) fn new(every: Millis, hasher: Seeded) -> Self {
        Self { every, passed: Map::with_hasher(hasher) }
    }

    /// Whether it may pass; if so, it counts as passed.
    pub(super) fn passes(&mut self, user: UserId, chat: ChatUri, now: Millis) -> bool {
        let passed = self.passed.get(&(user, chat));
        let passes = passed.is_none_or(|at| now - *at >= self.every);
        if passes {
            self.passed.insert((user, chat), now);
        }
        passes
    }

    /// Forgets what holds nothing back any more.
    pub(super) fn forget(&mut self, now: Millis) {
        self.passed.retain(|_, at| now - *at < self.every);
    }
}
