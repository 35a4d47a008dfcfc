//! What the operator does past the API, in memory.

use std::ops::Bound;

use parlor_domain::account::{AccountState, NewUser, Taken};
use parlor_domain::chat_session::Chat;
use parlor_domain::ports::AdminRepository;
use parlor_domain::{ChatUri, Page, PasswordHash, SessionId, StoreError, User, UserId, async_trait};

use super::{Account, MemoryStore};

impl MemoryStore {
    /// Changes an account and ends its sessions; whether there is one.
    fn change_account(&self, user: UserId, change: impl FnOnce(&mut Account)) -> bool {
        let now = self.clock.now();
        let mut data = self.lock();
        let Some(account) = data.users.get_mut(&user) else { return false };
        change(account);
        let running = data.sessions.iter_mut().filter(|(_, it)| it.current.user == user && it.ended_at.is_none());
        let ended: Vec<SessionId> = running
            .map(|(id, session)| {
                session.ended_at = Some(now);
                *id
            })
            .collect();
        if !ended.is_empty() {
            self.notifier.sessions_ended(ended);
        }
        true
    }
}

#[async_trait]
impl AdminRepository for MemoryStore {
    async fn create_account(&self, user: NewUser) -> Result<Result<User, Taken>, StoreError> {
        self.lock().insert_account(user, None, self.clock.now())
    }

    async fn list_accounts(&self, after: Option<UserId>, limit: u32) -> Result<Page<AccountState>, StoreError> {
        let data = self.lock();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = |account: &Account| AccountState { user: account.user.clone(), suspended: account.suspended };
        let found = data.users.range((from, Bound::Unbounded)).map(|(_, account)| state(account));
        Ok(Page::cut(found.collect(), limit))
    }

    async fn suspend(&self, user: UserId) -> Result<bool, StoreError> {
        Ok(self.change_account(user, |account| account.suspended = true))
    }

    async fn unsuspend(&self, user: UserId) -> Result<bool, StoreError> {
        let mut data = self.lock();
        let account = data.users.get_mut(&user);
        Ok(account.map(|account| account.suspended = false).is_some())
    }

    async fn reset_password(&self, user: UserId, password: PasswordHash) -> Result<bool, StoreError> {
        Ok(self.change_account(user, |account| account.password = password))
    }

    async fn list_chats(&self, after: Option<ChatUri>, limit: u32) -> Result<Page<Chat>, StoreError> {
        let data = self.lock();
        let behind = |uri: &ChatUri| after.is_none_or(|after| *uri > after);
        let listed = data.chats.iter().filter(|(uri, chat)| behind(uri) && !chat.members.is_empty());
        let mut found: Vec<Chat> = listed.map(|(uri, chat)| chat.shown(*uri)).collect::<Result<_, _>>()?;
        found.sort_unstable_by_key(|chat| chat.uri);
        Ok(Page::cut(found, limit))
    }
}
