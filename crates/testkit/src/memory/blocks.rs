//! Who has blocked whom, in memory.

use parlor_domain::blocking::{Block, BlockContext, BlockPlace, BlockRefused, Blocked};
use parlor_domain::ports::BlockRepository;
use parlor_domain::{ChatKind, Page, StoreError, UserCard, UserId, async_trait};

use super::{Chat, Data, MemoryStore};

impl Data {
    fn has_blocked(&self, by: UserId, user: UserId) -> bool {
        self.blocks.iter().any(|(_, blocker, blocked)| (*blocker, *blocked) == (by, user))
    }

    pub(super) fn is_blocked_pair(&self, one: UserId, other: UserId) -> bool {
        self.has_blocked(one, other) || self.has_blocked(other, one)
    }

    /// Whether it is the direct chat of a blocked pair.
    pub(super) fn is_blocked(&self, chat: &Chat) -> bool {
        match chat.members.as_slice() {
            [one, other] if chat.kind == ChatKind::Direct => self.is_blocked_pair(one.user, other.user),
            _ => false,
        }
    }
}

#[async_trait]
impl BlockRepository for MemoryStore {
    async fn block(&self, block: Block) -> Result<Result<(), BlockRefused>, StoreError> {
        let mut data = self.lock();
        let Block { by, user } = block;
        let count = data.blocks.iter().filter(|(_, blocker, _)| *blocker == by).count();
        let context = BlockContext {
            exists: data.users.contains_key(&user) && data.users.contains_key(&by),
            blocked: data.has_blocked(by, user),
            count: u32::try_from(count).map_err(StoreError::corrupt)?,
        };
        match block.decide(&context) {
            Err(refused) => return Ok(Err(refused)),
            Ok(false) => {}
            Ok(true) => {
                data.last_block += 1;
                let place = BlockPlace(data.last_block);
                data.blocks.push((place, by, user));
            }
        }
        Ok(Ok(()))
    }

    async fn unblock(&self, by: UserId, user: UserId) -> Result<(), StoreError> {
        self.lock().blocks.retain(|(_, blocker, blocked)| (*blocker, *blocked) != (by, user));
        Ok(())
    }

    async fn list_blocked(
        &self,
        by: UserId,
        after: Option<BlockPlace>,
        limit: u32,
    ) -> Result<Page<Blocked>, StoreError> {
        let data = self.lock();
        let own = data.blocks.iter().filter(|(place, blocker, _)| *blocker == by && after.is_none_or(|it| *place > it));
        let shown = own.filter_map(|(place, _, user)| {
            let user = &data.users.get(user)?.user;
            let (username, display_name) = (user.username.clone(), user.display_name.clone());
            Some(Blocked { user: UserCard { id: user.id, username, display_name }, place: *place })
        });
        Ok(Page::cut(shown.collect(), limit))
    }
}
