//! Who has blocked whom: between the two there are no signals.
//!
//! What is known of a user's blocks is read with their memberships, and again now and then. A block that was made on this
//! node is told as well, and holds at once.

use std::collections::{BTreeMap, BTreeSet};

use parlor_domain::{Snapshot, UserId};

use super::{Asked, Core};
use crate::Output;

/// What is known of a user's blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Whom they have blocked, and who has blocked them.
    with: BTreeSet<UserId>,
    /// The last of the tellings that were of them. What was asked for before it may be older.
    told: u64,
}

impl Core {
    /// Whether one of the two has blocked the other. One of them at least has to be connected here.
    pub(super) fn is_blocked_pair(&self, one: UserId, other: UserId) -> bool {
        let knows = |user, of| self.users.get(&user).is_some_and(|user| user.blocks.with.contains(&of));
        knows(one, other) || knows(other, one)
    }

    /// A block was made or lifted on this node.
    pub(super) fn take_block(&mut self, by: UserId, user: UserId, on: bool) {
        self.blocks_told += 1;
        let told = self.blocks_told;
        let mut here = Vec::new();
        for (one, other) in [(by, user), (user, by)] {
            let Some(entry) = self.users.get_mut(&one) else { continue };
            entry.blocks.told = told;
            // Whether a lifted one was the only one between the two, the database knows.
            if on {
                entry.blocks.with.insert(other);
            }
            here.push(one);
        }
        self.read_blocked(here);
    }

    /// Looks which blocks there are of those who are here.
    pub(super) fn read_all_blocked(&mut self) {
        let here = self.users.keys().copied().filter(|user| !self.devices(*user).is_empty()).collect();
        self.read_blocked(here);
    }

    fn read_blocked(&mut self, mut users: Vec<UserId>) {
        if self.epoch.is_none() {
            return;
        }
        users.sort_unstable();
        let told = self.blocks_told;
        for part in users.chunks(self.limits.heads_page) {
            let users = part.to_vec();
            let asked = Asked::Blocked { users: users.clone(), told };
            self.ask(asked, |ticket| Output::ReadBlocked { ticket, users });
        }
    }

    /// Takes the blocks of these users, as they were read after the telling `told`. False if one of the users was told of
    /// since: then nothing is known of that one by this.
    pub(super) fn blocked_read(&mut self, users: &[UserId], told: u64, read: &Snapshot<Vec<(UserId, UserId)>>) -> bool {
        if !self.is_present_life(&read.epoch) {
            return false;
        }
        let mut found: BTreeMap<UserId, BTreeSet<UserId>> = BTreeMap::new();
        for (user, other) in &read.value {
            found.entry(*user).or_default().insert(*other);
        }
        let mut all = true;
        for user in users {
            let Some(entry) = self.users.get_mut(user) else { continue };
            if entry.blocks.told > told {
                all = false;
            } else {
                entry.blocks.with = found.remove(user).unwrap_or_default();
            }
        }
        all
    }
}
