//! Accounts in memory.

use parlor_domain::account::{Credentials, DirectoryQuery, NewSession, NewUser, ProfileChange, Taken};
use parlor_domain::ports::UserRepository;
use parlor_domain::{
    Email, Page, PasswordHash, SessionId, StoreError, User, UserCard, UserId, UserRef, Username, UsernameKey,
    async_trait,
};
use time::OffsetDateTime;

use super::{Account, Data, MemoryStore, Session};

impl Data {
    fn taken(&self, email: &Email, username: &Username, now: OffsetDateTime) -> Taken {
        let (email, username) = (email.key(), username.key());
        let held = |until: Option<&OffsetDateTime>| until.is_some_and(|until| now < *until);
        Taken {
            email: self.emails.contains_key(&email) || held(self.held_emails.get(&email)),
            username: self.usernames.contains_key(&username) || held(self.held_usernames.get(&username)),
        }
    }

    /// Stores an account, with its first session if it has one; or nothing, and says what is taken.
    pub(super) fn insert_account(
        &mut self,
        user: NewUser,
        session: Option<&NewSession>,
        now: OffsetDateTime,
    ) -> Result<Result<User, Taken>, StoreError> {
        let taken = self.taken(&user.email, &user.username, now);
        if taken.any() {
            return Ok(Err(taken));
        }
        let last = self.users.keys().chain(&self.erased).map(|id| id.get()).max().unwrap_or(0);
        let id = UserId::new(last + 1).map_err(StoreError::corrupt)?;
        let NewUser { email, username, password, created_at } = user;
        self.emails.insert(email.key(), id);
        self.usernames.insert(username.key(), id);
        if let Some(session) = session {
            self.sessions.insert(session.id, Session::new(id, session));
        }
        let user = User { id, email, username, display_name: None, created_at };
        self.users.insert(id, Account { user: user.clone(), password, suspended: false });
        Ok(Ok(user))
    }

    fn account_named(&self, key: &UsernameKey) -> Option<&Account> {
        self.users.get(self.usernames.get(key)?)
    }
}

#[async_trait]
impl UserRepository for MemoryStore {
    async fn find_taken(&self, email: Email, username: Username) -> Result<Taken, StoreError> {
        Ok(self.lock().taken(&email, &username, self.clock.now()))
    }

    async fn create(&self, user: NewUser, session: NewSession) -> Result<Result<User, Taken>, StoreError> {
        self.lock().insert_account(user, Some(&session), self.clock.now())
    }

    async fn find(&self, user: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.lock().users.get(&user).map(|account| account.user.clone()))
    }

    async fn find_credentials(&self, email: Email) -> Result<Option<Credentials>, StoreError> {
        let data = self.lock();
        let account = data.emails.get(&email.key()).and_then(|id| data.users.get(id));
        Ok(account.map(|found| Credentials { user: found.user.clone(), password: found.password.clone() }))
    }

    async fn find_by_usernames(&self, keys: Vec<UsernameKey>) -> Result<Vec<Option<UserRef>>, StoreError> {
        let data = self.lock();
        let find = |key| {
            let user = &data.account_named(key)?.user;
            Some(UserRef { id: user.id, username: user.username.clone() })
        };
        Ok(keys.iter().map(find).collect())
    }

    async fn find_password(&self, user: UserId) -> Result<Option<PasswordHash>, StoreError> {
        Ok(self.lock().users.get(&user).map(|account| account.password.clone()))
    }

    async fn change_profile(
        &self,
        user: UserId,
        change: ProfileChange,
    ) -> Result<Option<Result<User, Taken>>, StoreError> {
        let mut data = self.lock();
        let Some(before) = data.users.get(&user).map(|account| account.user.clone()) else { return Ok(None) };
        let email = change.email.unwrap_or_else(|| before.email.clone());
        let username = change.username.unwrap_or_else(|| before.username.clone());
        // One's own names are no obstacle.
        data.emails.remove(&before.email.key());
        data.usernames.remove(&before.username.key());
        let taken = data.taken(&email, &username, self.clock.now());
        let display_name = change.display_name.unwrap_or_else(|| before.display_name.clone());
        let after = if taken.any() { before } else { User { email, username, display_name, ..before } };
        data.emails.insert(after.email.key(), user);
        data.usernames.insert(after.username.key(), user);
        let shown = UserRef { id: user, username: after.username.clone() };
        data.chats.values_mut().for_each(|chat| chat.rename(user, &shown));
        if let Some(account) = data.users.get_mut(&user) {
            account.user = after.clone();
        }
        Ok(Some(if taken.any() { Err(taken) } else { Ok(after) }))
    }

    async fn change_password(
        &self,
        user: UserId,
        old: PasswordHash,
        new: PasswordHash,
        kept: SessionId,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        let account = data.users.get_mut(&user).filter(|account| account.password == old);
        let Some(account) = account else { return Ok(None) };
        account.password = new;
        let ended = data.end_others(user, Some(kept), now);
        if !ended.is_empty() {
            self.notifier.sessions_ended(ended.clone());
        }
        Ok(Some(ended))
    }

    async fn replace_password(&self, user: UserId, old: PasswordHash, new: PasswordHash) -> Result<(), StoreError> {
        if let Some(account) = self.lock().users.get_mut(&user)
            && account.password == old
        {
            account.password = new;
        }
        Ok(())
    }

    async fn list_directory(&self, query: DirectoryQuery) -> Result<Page<UserCard>, StoreError> {
        let data = self.lock();
        let prefix = query.prefix.as_ref().map_or("", UsernameKey::as_str);
        let wanted = |key: &UsernameKey| {
            key.as_str().starts_with(prefix) && query.after.as_ref().is_none_or(|after| key > after)
        };
        let found: Vec<UserCard> = data
            .usernames
            .iter()
            .filter(|(key, _)| wanted(key))
            .filter_map(|(_, id)| data.users.get(id))
            .map(|Account { user, .. }| UserCard {
                id: user.id,
                username: user.username.clone(),
                display_name: user.display_name.clone(),
            })
            .collect();
        Ok(Page::cut(found, query.limit))
    }
}
