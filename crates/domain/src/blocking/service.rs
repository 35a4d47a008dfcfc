//! Blocking and unblocking, and the list of those whom one has blocked.

use std::sync::Arc;

use super::{Block, BlockError, BlockPlace, Blocked};
use crate::account::UserId;
use crate::ports::BlockRepository;
use crate::{Page, StoreError};

/// The blocks: making and lifting them, and the list of one's own.
///
/// Between the two of a block, whoever made it, there is no direct chat: it is not opened, and nothing is sent or edited
/// in one that exists. It can still be read, and what one wrote there be deleted. Groups are not affected.
#[derive(Clone)]
pub struct Blocking {
    blocks: Arc<dyn BlockRepository>,
}

impl Blocking {
    /// The blocks kept behind this port.
    pub fn new(blocks: Arc<dyn BlockRepository>) -> Self {
        Self { blocks }
    }

    /// Blocks somebody, unless that is so already. Once this returns, it is in force for whatever begins later.
    ///
    /// # Errors
    /// [`BlockError`]; nothing changed then.
    pub async fn block(&self, by: UserId, user: UserId) -> Result<(), BlockError> {
        Ok(self.blocks.block(Block { by, user }).await??)
    }

    /// Lifts the caller's block of somebody; nothing, if there is none. The other's own block of the caller stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unblock(&self, by: UserId, user: UserId) -> Result<(), StoreError> {
        self.blocks.unblock(by, user).await
    }

    /// Whom the caller has blocked, in the order of blocking, from right behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(&self, by: UserId, after: Option<BlockPlace>, limit: u32) -> Result<Page<Blocked>, StoreError> {
        self.blocks.list_blocked(by, after, limit).await
    }
}
