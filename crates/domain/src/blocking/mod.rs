//! Blocking: who wants nothing of whom. A block is one-sided to make and two-sided in what it does.

mod error;
mod service;

pub use error::{BlockError, BlockRefused};
pub use service::Blocking;

use crate::account::{UserCard, UserId};

/// A wish to block somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Who wishes it.
    pub by: UserId,
    /// Whom.
    pub user: UserId,
}

/// What the decision needs to know, read in the transaction that acts on it, under a lock on what `by` has blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockContext {
    /// Whether there is an account of this number, and `by` still has one.
    pub exists: bool,
    /// Whether `by` has blocked them already.
    pub blocked: bool,
    /// How many `by` has blocked.
    pub count: u32,
}

impl Block {
    /// The most users that one user can have blocked.
    pub const MAX_PER_USER: u32 = 1000;

    /// Whether the block is to be stored; it is not, when it is there already.
    ///
    /// # Errors
    /// [`BlockRefused`].
    pub fn decide(self, context: &BlockContext) -> Result<bool, BlockRefused> {
        if self.by == self.user {
            return Err(BlockRefused::Oneself);
        }
        if !context.exists || self.user == UserId::DELETED {
            return Err(BlockRefused::NotFound);
        }
        if context.blocked {
            return Ok(false);
        }
        if context.count >= Self::MAX_PER_USER {
            return Err(BlockRefused::TooMany);
        }
        Ok(true)
    }
}

/// Somebody whom a user has blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Who.
    pub user: UserCard,
    /// Where they stand in the list.
    pub place: BlockPlace,
}

/// A place in the list of those whom somebody has blocked, which is in the order of blocking. It stays a place when the
/// block is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockPlace(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: i64) -> UserId {
        UserId::new(number).expect("a small number")
    }

    #[test]
    fn a_block_is_stored_once_and_a_thousand_are_the_most() {
        let block = Block { by: user(1), user: user(2) };
        let decide = |blocked, count| block.decide(&BlockContext { exists: true, blocked, count });
        assert_eq!(decide(false, 0), Ok(true));
        assert_eq!(decide(false, 999), Ok(true));
        assert_eq!(decide(false, 1000), Err(BlockRefused::TooMany));
        assert_eq!(decide(true, 1), Ok(false));
        assert_eq!(decide(true, 1000), Ok(false), "what is so already is no more than before");
    }

    #[test]
    fn neither_oneself_nor_nobody_is_blocked() {
        let there = BlockContext { exists: true, blocked: false, count: 0 };
        let nobody = BlockContext { exists: false, ..there };
        let block = |whom| Block { by: user(1), user: user(whom) };
        assert_eq!(block(1).decide(&there), Err(BlockRefused::Oneself));
        assert_eq!(block(2).decide(&nobody), Err(BlockRefused::NotFound));
        assert_eq!(block(0).decide(&there), Err(BlockRefused::NotFound), "all erased accounts are nobody");
    }
}
