//! Keeping accounts, and what belongs to one.

use async_trait::async_trait;
use time::Duration;

use crate::account::{
    AccountState, Credentials, DirectoryQuery, Email, Erasing, NewRegistrationCode, NewSession, NewUser, Opening,
    PasswordHash, ProfileChange, RegistrationCode, RegistrationRefused, Rotation, RunningSession, SessionCursor,
    SessionId, Taken, TokenGrant, User, UserCard, UserId, UserRef, Username, UsernameKey,
};
use crate::blocking::{Block, BlockPlace, BlockRefused, Blocked};
use crate::chat_session::{Chat, ChatUri};
use crate::{Page, StoreError};

/// Accounts.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait UserRepository: Send + Sync + 'static {
    /// Whether an account has the address or the name already, compared by their keys.
    async fn find_taken(&self, email: Email, username: Username) -> Result<Taken, StoreError>;

    /// Stores an account and its first login session, and gives the account the next number. Of several calls at once
    /// with one address or name, exactly one succeeds; the others learn what was taken, and store nothing.
    async fn create(&self, user: NewUser, session: NewSession) -> Result<Result<User, Taken>, StoreError>;

    /// The account.
    async fn find(&self, user: UserId) -> Result<Option<User>, StoreError>;

    /// The account with this address, compared by key, and its password's hash.
    async fn find_credentials(&self, email: Email) -> Result<Option<Credentials>, StoreError>;

    /// The users with these names, in the order of the keys; `None` where there is none.
    async fn find_by_usernames(&self, keys: Vec<UsernameKey>) -> Result<Vec<Option<UserRef>>, StoreError>;

    /// What is kept of the account's password.
    async fn find_password(&self, user: UserId) -> Result<Option<PasswordHash>, StoreError>;

    /// Changes what is named of an account, and returns it as it is then; `None` if there is no such account. A name that is
    /// somebody else's, or was an erased account's not long ago, is refused, and nothing changes: of several calls at once
    /// for one name, exactly one succeeds. A user name is today's wherever its user is shown, also in what was stored before.
    async fn change_profile(
        &self,
        user: UserId,
        change: ProfileChange,
    ) -> Result<Option<Result<User, Taken>>, StoreError>;

    /// Puts a new password's hash in the place of `old`, and ends all sessions of the user but `kept` in the same step: these
    /// are returned, and the adapter tells the `Notifier` of them. `None`, and nothing changes, if another stands there.
    async fn change_password(
        &self,
        user: UserId,
        old: PasswordHash,
        new: PasswordHash,
        kept: SessionId,
    ) -> Result<Option<Vec<SessionId>>, StoreError>;

    /// Puts a new hash of the same password in the place of `old`, unless another has been put there meanwhile.
    async fn replace_password(&self, user: UserId, old: PasswordHash, new: PasswordHash) -> Result<(), StoreError>;

    /// A part of the directory, ordered by the code points of the user name keys.
    async fn list_directory(&self, query: DirectoryQuery) -> Result<Page<UserCard>, StoreError>;
}

/// Codes that let people sign up. They expire by the store's own clock, which all its nodes share.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait RegistrationRepository: Send + Sync + 'static {
    /// Stores a code. It is good for as many accounts as it has uses, until its lifetime is over.
    async fn add_code(&self, code: NewRegistrationCode) -> Result<(), StoreError>;

    /// Whether the code is good for one account more.
    async fn is_good(&self, code: RegistrationCode) -> Result<bool, StoreError>;

    /// Stores an account and its first session as [`UserRepository::create`] does, and takes a use of the code in the
    /// same step. Of a code that is not good nothing else is said than that. A refused account takes no use. Of several
    /// calls at once with one code, no more succeed than it has uses.
    async fn create_with_code(
        &self,
        code: RegistrationCode,
        user: NewUser,
        session: NewSession,
    ) -> Result<Result<User, RegistrationRefused>, StoreError>;
}

/// What the operator does past the API.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait AdminRepository: Send + Sync + 'static {
    /// Stores an account as [`UserRepository::create`] does, without a session.
    async fn create_account(&self, user: NewUser) -> Result<Result<User, Taken>, StoreError>;

    /// The accounts that are not erased, by number, from right behind `after`.
    async fn list_accounts(&self, after: Option<UserId>, limit: u32) -> Result<Page<AccountState>, StoreError>;

    /// Suspends an account; whether there is one. From then on [`SessionRepository::open`] opens no session of it. Those
    /// that run end in the same step, and the adapter tells the `Notifier` of them once. Nothing else of it changes.
    async fn suspend(&self, user: UserId) -> Result<bool, StoreError>;

    /// Takes a suspension back; whether there is such an account. The sessions that ended stay so.
    async fn unsuspend(&self, user: UserId) -> Result<bool, StoreError>;

    /// Puts a password in the place of whichever there was; whether there is such an account. Its sessions end in the
    /// same step, and the adapter tells the `Notifier` of them once.
    async fn reset_password(&self, user: UserId, password: PasswordHash) -> Result<bool, StoreError>;

    /// The chats that have members, by uri, from right behind `after`.
    async fn list_chats(&self, after: Option<ChatUri>, limit: u32) -> Result<Page<Chat>, StoreError>;
}

/// Erasing accounts.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait ErasureRepository: Send + Sync + 'static {
    /// Makes an account nobody's, unless it is in a group: nothing is changed then.
    ///
    /// From then on no number, address or name finds it, the directory leaves it out, and nobody puts it into a group. What it
    /// wrote stays, and shows [`UserRef::deleted`]; so do its direct chats. Nobody has blocked it, nor has
    /// it anybody. Its address and its name stay taken for
    /// [`HELD_AFTER_ERASURE`](crate::account::HELD_AFTER_ERASURE). Its sessions end in the same step, and the adapter tells
    /// the `Notifier` of them once. Erasing it again, or an unknown one, changes nothing.
    async fn erase(&self, user: UserId) -> Result<Erasing, StoreError>;
}

/// Login sessions. Times that are compared come from the store's own clock, which all its nodes share.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait SessionRepository: Send + Sync + 'static {
    /// Stores a login session of the user, if `verified` still is what is kept of their password and the account is not
    /// suspended; nothing else is stored. So no session begins with a password that was changed while it was checked, and
    /// of a suspension and an opening at once, no order leaves a session that runs. An erased account opens none.
    async fn open(&self, user: UserId, session: NewSession, verified: PasswordHash) -> Result<Opening, StoreError>;

    /// Takes a refresh token and puts `offered` in its place, as [`Rotation`] says: `grace` is for how long after its
    /// exchange a predecessor is still taken. A reused token ends its session in the same step. Of several calls at
    /// once with one token, exactly one puts its offer in place, and the others repeat that one.
    async fn rotate(&self, presented: TokenGrant, offered: TokenGrant, grace: Duration)
    -> Result<Rotation, StoreError>;

    /// Ends a session; one that has ended stays so. After its commit the adapter tells the `Notifier` that it was
    /// given; also when [`Self::rotate`] ends one.
    async fn end(&self, session: SessionId) -> Result<(), StoreError>;

    /// Ends a running session of the user; whether it was one. One of somebody else, one that has ended and one whose
    /// refresh token has expired are none. The `Notifier` is told as by [`Self::end`].
    async fn end_running(&self, user: UserId, session: SessionId) -> Result<bool, StoreError>;

    /// Ends all sessions of the user but `kept`, and names those that it ended, in no particular order. The
    /// `Notifier` is told of them at once; of none, nothing.
    async fn end_others(&self, user: UserId, kept: SessionId) -> Result<Vec<SessionId>, StoreError>;

    /// The running sessions of the user, latest use first (equal times: higher id first), from right behind `after`.
    async fn list_running(
        &self,
        user: UserId,
        after: Option<SessionCursor>,
        limit: u32,
    ) -> Result<Page<RunningSession>, StoreError>;

    /// The sessions that ended within the last `within`, in no particular order.
    async fn list_ended(&self, within: Duration) -> Result<Vec<SessionId>, StoreError>;
}

/// Who has blocked whom.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait BlockRepository: Send + Sync + 'static {
    /// Lets [`Block::decide`] decide, and stores what it says, in one step with all other blocks of the same user: of
    /// blocks at once no more are stored than there can be. Blocking again changes nothing, not even the place in the
    /// list. From the answer on the block is in force for every call that begins later, on every node, and for those
    /// that still wait for their chat's lock.
    async fn block(&self, block: Block) -> Result<Result<(), BlockRefused>, StoreError>;

    /// Lifts the block of `user` by `by`; where there is none, nothing changes. The other way round it stays.
    async fn unblock(&self, by: UserId, user: UserId) -> Result<(), StoreError>;

    /// Whom `by` has blocked, in the order of blocking, from right behind `after`, which may be gone.
    async fn list_blocked(
        &self,
        by: UserId,
        after: Option<BlockPlace>,
        limit: u32,
    ) -> Result<Page<Blocked>, StoreError>;
}
