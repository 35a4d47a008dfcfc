//! What the domain needs from outside, as object-safe traits.
//!
//! Each call is one atomic step. What a doc promises here is one case of the contract suite in `parlor-testkit`, which
//! every adapter passes.

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use crate::account::{
    AccountState, Credentials, DirectoryQuery, Email, Erasing, InvalidToken, NewRegistrationCode, NewSession, NewUser,
    Opening, Password, PasswordAttempt, PasswordHash, ProfileChange, RegistrationCode, RegistrationRefused, Rotation,
    RunningSession, SessionCursor, SessionId, Taken, TokenGrant, TokenKind, User, UserCard, UserId, UserRef, Username,
    UsernameKey, Verification,
};
use crate::blocking::{Block, BlockPlace, BlockRefused, Blocked};
use crate::chat_session::{
    ChangeChat, ChangeRefused, Chat, ChatCreation, ChatCursor, ChatSummary, ChatUri, Invite, InviteCode, InviteCursor,
    InviteRefused, Member, NewChat, NewInvite, ReadState,
};
use crate::export::{StoredChat, StoredInvite, StoredSession, Stretch};
use crate::live::{Announcement, Epoch, Membership, Signal, Snapshot, Topic};
use crate::log::LogPage;
use crate::message::{ChangeMessage, ChangeMessageRefused, ChangedMessage, Message, NewMessage, SendRefused, Sent};
use crate::search::{Hit, SearchMessages};
use crate::{DomainError, ErrorKind, Page, Seq, SeqRange, StoreError};

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
    /// are returned, and the adapter tells the [`Notifier`] of them. `None`, and nothing changes, if another stands there.
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
    /// that run end in the same step, and the adapter tells the [`Notifier`] of them once. Nothing else of it changes.
    async fn suspend(&self, user: UserId) -> Result<bool, StoreError>;

    /// Takes a suspension back; whether there is such an account. The sessions that ended stay so.
    async fn unsuspend(&self, user: UserId) -> Result<bool, StoreError>;

    /// Puts a password in the place of whichever there was; whether there is such an account. Its sessions end in the
    /// same step, and the adapter tells the [`Notifier`] of them once.
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
    /// the [`Notifier`] of them once. Erasing it again, or an unknown one, changes nothing.
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

    /// Ends a session; one that has ended stays so. After its commit the adapter tells the [`Notifier`] that it was
    /// given; also when [`Self::rotate`] ends one.
    async fn end(&self, session: SessionId) -> Result<(), StoreError>;

    /// Ends a running session of the user; whether it was one. One of somebody else, one that has ended and one whose
    /// refresh token has expired are none. The [`Notifier`] is told as by [`Self::end`].
    async fn end_running(&self, user: UserId, session: SessionId) -> Result<bool, StoreError>;

    /// Ends all sessions of the user but `kept`, and names those that it ended, in no particular order. The
    /// [`Notifier`] is told of them at once; of none, nothing.
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

/// Chats and their members.
///
/// Every durable change takes the chat's next seq in the transaction that stores it, under a lock on the chat: seqs have
/// no gap, and their order is the order of commits. After its commit the adapter hands the events to the [`Notifier`]
/// that it was given, in seq order, each once.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait ChatRepository: Send + Sync + 'static {
    /// Makes a chat, with `chat.created` as its first event, unless it exists: see [`ChatCreation`]. A pair never gets
    /// two direct chats, at once or one after the other. All have read it up to seq 1.
    ///
    /// A direct chat of a pair of which one has blocked the other is neither made nor found; of a block and a chat made
    /// at once, whichever comes second knows of the other.
    async fn create(&self, chat: NewChat) -> Result<ChatCreation, StoreError>;

    /// Reads the [`ChatContext`](crate::chat_session::ChatContext), lets [`ChangeChat::decide`] decide, and stores what
    /// it says, all under the chat's lock. A new member has read up to the event that added them. Whose account was erased
    /// becomes a member of nothing: [`ChangeRefused::NotFound`].
    async fn change(&self, change: ChangeChat) -> Result<Result<(), ChangeRefused>, StoreError>;

    /// The chat as `viewer` sees it, with at most `members` of its members; `None` if they are not in it.
    async fn find(&self, uri: ChatUri, viewer: UserId, members: u32) -> Result<Option<ChatSummary>, StoreError>;

    /// The chats of `user`, latest activity first (equal times: higher uri first), from right behind `after`. Each with
    /// both members of a direct chat, and at most [`LISTED_MEMBERS`] of a group.
    async fn list(&self, user: UserId, after: Option<ChatCursor>, limit: u32) -> Result<Page<ChatSummary>, StoreError>;

    /// The members: the owner (in a direct chat: who opened it) first, then in the order of joining, from right behind
    /// `after`; `None` if `viewer` is not one of them.
    async fn list_members(
        &self,
        uri: ChatUri,
        viewer: UserId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Option<Page<Member>>, StoreError>;

    /// Moves the reading mark of `user` to `seq`, but never back and never past the head; `None` if they are not a
    /// member.
    async fn mark_read(&self, uri: ChatUri, user: UserId, seq: Seq) -> Result<Option<ReadState>, StoreError>;

    /// Reads the [`InviteContext`](crate::chat_session::InviteContext), lets [`NewInvite::decide`] decide, and stores the
    /// invite, all under the chat's lock. Its times come from the store's own clock, which all its nodes share, and so
    /// does the time that they are compared with. No event tells of it.
    ///
    /// [`Self::change`] takes one use of it in the step that adds a member by it: however many come at once, no more
    /// join than it has uses, and who is refused, or is a member already, takes none. It does not outlive its chat.
    async fn create_invite(&self, invite: NewInvite) -> Result<Result<Invite, InviteRefused>, StoreError>;

    /// The invites of the chat that work, latest made first (equal times: higher code first), from right behind `after`;
    /// to those whom [`NewInvite::allow`] lets see them.
    async fn list_invites(
        &self,
        chat: ChatUri,
        viewer: UserId,
        after: Option<InviteCursor>,
        limit: u32,
    ) -> Result<Result<Page<Invite>, InviteRefused>, StoreError>;

    /// Withdraws an invite of the chat that works, for those whom [`NewInvite::allow`] lets: nobody joins by it any more.
    async fn withdraw_invite(
        &self,
        chat: ChatUri,
        by: UserId,
        code: InviteCode,
    ) -> Result<Result<(), InviteRefused>, StoreError>;

    /// The chat that a code leads to, for ever the same; `None` if there is no such code, or not any more.
    async fn find_invited(&self, code: InviteCode) -> Result<Option<ChatUri>, StoreError>;
}

/// How many members of a group the list of chats shows.
pub const LISTED_MEMBERS: u32 = 10;

/// Messages and the log they are part of. The promises of [`ChatRepository`] on seqs and announcements hold here too.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait MessageRepository: Send + Sync + 'static {
    /// Stores a message as the chat's next event, and moves the author's reading mark to it.
    ///
    /// Whether the author is a member, whether the key was used before and whether the message to answer exists is
    /// looked up under the chat's lock: a removal that is under way is waited for, and then decides. A message with a
    /// key that its author used in this chat before is not stored again (see [`NewMessage::is_repeated_by`]).
    ///
    /// Whether one of a direct chat's two has blocked the other is seen under that lock too: nothing new is stored then,
    /// whoever writes, while a repetition is answered as ever.
    async fn append(&self, message: NewMessage) -> Result<Result<Sent, SendRefused>, StoreError>;

    /// Reads the [`MessageContext`](crate::message::MessageContext), lets [`ChangeMessage::decide`] decide, and stores
    /// what it says, all under the chat's lock: the message has its new text, or none, wherever it is read from then on,
    /// and nothing keeps the old one. A reaction stands under it from then on, in the order of reacting, or does not any
    /// more; a deleted message has none. One event tells of it; where nothing changed there is none. Nobody's reading
    /// mark moves.
    async fn change_message(
        &self,
        change: ChangeMessage,
    ) -> Result<Result<ChangedMessage, ChangeMessageRefused>, StoreError>;

    /// A part of the chat's messages, deleted ones included, oldest first; `None` if `reader` is not a member.
    /// [`Page::more`] tells of further messages in the direction of reading (see [`SeqRange`]).
    async fn list(&self, chat: ChatUri, reader: UserId, range: SeqRange) -> Result<Option<Page<Message>>, StoreError>;

    /// One message; `None` if there is none of this seq, or `reader` is not a member.
    async fn find(&self, chat: ChatUri, reader: UserId, seq: Seq) -> Result<Option<Message>, StoreError>;

    /// The events after `after`, oldest first, at most `limit`, with head and floor, and the life of the database that
    /// they are of; `None` if `reader` is not a member.
    async fn read_log(
        &self,
        chat: ChatUri,
        reader: UserId,
        after: Seq,
        limit: u32,
    ) -> Result<Option<Snapshot<LogPage>>, StoreError>;
}

/// Reading all that is stored of one user, in parts. Nobody else's right to see is given by it: whoever calls passes on what
/// it reads to that user alone.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait ExportRepository: Send + Sync + 'static {
    /// The login sessions of the user, those that have ended among them, in the order of their names, from right behind
    /// `after`.
    async fn export_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Page<StoredSession>, StoreError>;

    /// The invites that the user made and that are kept, also those that no longer work, in the order of their codes, from
    /// right behind `after`.
    async fn export_invites(
        &self,
        user: UserId,
        after: Option<InviteCode>,
        limit: u32,
    ) -> Result<Page<StoredInvite>, StoreError>;

    /// The chats that the user is in, and those that they were in, deleted ones among them: each once, in the order of
    /// their uris, from right behind `after`. Of a chat that they are not in any more nothing is told that others may have
    /// changed since.
    async fn export_chats(
        &self,
        user: UserId,
        after: Option<ChatUri>,
        limit: u32,
    ) -> Result<Page<StoredChat>, StoreError>;

    /// Looks through the next `limit` events after `after` of a chat for those by the user and, while they are in the chat,
    /// those about them; oldest first. Of an unknown chat there are none.
    async fn export_events(&self, chat: ChatUri, user: UserId, after: Seq, limit: u32) -> Result<Stretch, StoreError>;
}

/// Searching messages.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait SearchRepository: Send + Sync + 'static {
    /// The messages of the chats that the reader is in now whose text of today has the words of the query, newest
    /// first, from behind the cursor; `None` if a chat is named that the reader is not in. Pages show each message once,
    /// whatever the clocks said when they were sent, and go on after the reader has left the chat in which one ended.
    ///
    /// A message is found from when its sending was acknowledged, by whatever node. Once an edit or a deletion was
    /// acknowledged, nothing finds it by its former text.
    async fn search(&self, search: SearchMessages) -> Result<Option<Page<Hit>>, StoreError>;
}

/// Whether the store can be used.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Readiness: Send + Sync + 'static {
    /// Asks the database something small.
    async fn check(&self) -> Result<(), StoreError>;
}

/// What live delivery reads. Nobody's right to see is checked here: the delivery core follows the memberships itself.
///
/// Each answer is read in one statement or snapshot, and says in which life of the database.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait LiveRepository: Send + Sync + 'static {
    /// The life of the database now, asked on a connection that is sure to lead to it.
    async fn epoch(&self) -> Result<Epoch, StoreError>;

    /// All chats that the user is in, latest activity first (equal times: higher uri first).
    async fn memberships(&self, user: UserId) -> Result<Snapshot<Vec<Membership>>, StoreError>;

    /// The user's place in one chat; `None` if they are not in it.
    async fn membership(&self, chat: ChatUri, user: UserId) -> Result<Snapshot<Option<Membership>>, StoreError>;

    /// The last seq of each of these chats, in no particular order; unknown ones are left out.
    async fn heads(&self, chats: Vec<ChatUri>) -> Result<Snapshot<Vec<(ChatUri, Seq)>>, StoreError>;

    /// Who of these users became a member of what within the last `within` by the database's own clock, and still is;
    /// in no particular order.
    async fn joined(
        &self,
        users: Vec<UserId>,
        within: Duration,
    ) -> Result<Snapshot<Vec<(UserId, ChatUri)>>, StoreError>;

    /// For each of these users, whom they have blocked and who has blocked them: pairs of one who was asked for and the
    /// other, each once, in no particular order.
    async fn blocked(&self, users: Vec<UserId>) -> Result<Snapshot<Vec<(UserId, UserId)>>, StoreError>;

    /// The events after `after`, oldest first, at most `limit`, with head and floor; `None` if there is no such chat.
    async fn events(&self, chat: ChatUri, after: Seq, limit: u32) -> Result<Snapshot<Option<LogPage>>, StoreError>;
}

/// Who is told what was stored.
///
/// A store calls this after its commit, from the thread that stored. The calls never block and never fail: the log is
/// the truth, and whoever misses an announcement reads it there.
#[cfg_attr(test, mockall::automock)]
pub trait Notifier: Send + Sync + 'static {
    /// Announces events of one chat, in seq order.
    fn announce(&self, announcement: Announcement);

    /// Tells that these login sessions have ended.
    fn sessions_ended(&self, sessions: Vec<SessionId>);
}

/// The way to the other nodes: what is announced here reaches their [`Listener`]s, and what they announce reaches the
/// one of this node.
///
/// It may lose, repeat and reorder. What a node does not follow it does not hear, but for ended sessions and presence,
/// which reach all. None of the calls blocks or fails.
pub trait Bus: Notifier {
    /// Passes a signal on.
    fn signal(&self, epoch: &Epoch, signal: Signal);

    /// Asks to hear of these; [`Listener::following`] tells when it is so.
    fn follow(&self, epoch: &Epoch, topics: Vec<Topic>);

    /// Ends that for these.
    fn unfollow(&self, epoch: &Epoch, topics: Vec<Topic>);
}

/// Where a [`Bus`] delivers. The calls return soon: they stand in the way of what comes next.
#[cfg_attr(test, mockall::automock)]
pub trait Listener: Send + Sync + 'static {
    /// Another node stored these.
    fn announced(&self, announcement: Announcement);

    /// These login sessions have ended.
    fn sessions_ended(&self, sessions: Vec<SessionId>);

    /// A signal from another node.
    fn signalled(&self, epoch: Epoch, signal: Signal);

    /// What other nodes announce on these from now on will arrive.
    fn following(&self, topics: Vec<Topic>);

    /// Something may have been lost just now: the way was interrupted, or its buffers were full.
    fn interrupted(&self);
}

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HasherError {
    /// The queue of passwords to hash is full.
    #[error("too many passwords are being checked; try again in a moment")]
    Busy,
    /// Hashing failed, or the kept hash does not parse.
    #[error("the password cannot be hashed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl DomainError for HasherError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Busy,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Failed(_) => "internal",
        }
    }
}

/// Hashing passwords, slowly and on purpose.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// What to keep of a password.
    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError>;

    /// Compares an attempt with what was kept. Without anything to compare with, the same work is done, and nothing
    /// matches.
    async fn verify(
        &self,
        attempt: PasswordAttempt,
        against: Option<PasswordHash>,
    ) -> Result<Verification, HasherError>;
}

/// Signing tokens and reading signed ones.
#[cfg_attr(test, mockall::automock)]
pub trait Tokens: Send + Sync + 'static {
    /// The token that says this. The same grant always gives the same text.
    fn sign(&self, kind: TokenKind, grant: &TokenGrant) -> String;

    /// What a token says, if it was signed here and is of this kind. Whether it has ended is not looked at.
    fn verify(&self, kind: TokenKind, token: &str) -> Result<TokenGrant, InvalidToken>;
}

/// What time it is.
#[cfg_attr(test, mockall::automock)]
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC, cut to microseconds: PostgreSQL keeps no more (PostgreSQL manual, 8.5).
    fn now(&self) -> OffsetDateTime;
}

/// Where random numbers come from.
#[cfg_attr(test, mockall::automock)]
pub trait Entropy: Send + Sync + 'static {
    /// 16 bytes that nobody can guess.
    fn bytes(&self) -> [u8; 16];
}
