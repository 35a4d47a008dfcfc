//! Keeping chats and messages, and reading what is kept of them.

use async_trait::async_trait;

use crate::account::{SessionId, UserId};
use crate::chat_session::{
    ChangeChat, ChangeRefused, ChatCreation, ChatCursor, ChatSummary, ChatUri, Invite, InviteCode, InviteCursor,
    InviteRefused, Member, NewChat, NewInvite, ReadState,
};
use crate::export::{StoredChat, StoredInvite, StoredSession, Stretch};
use crate::live::Snapshot;
use crate::log::LogPage;
use crate::message::{ChangeMessage, ChangeMessageRefused, ChangedMessage, Message, NewMessage, SendRefused, Sent};
use crate::search::{Hit, SearchMessages};
use crate::{Page, Seq, SeqRange, StoreError};

/// Chats and their members.
///
/// Every durable change takes the chat's next seq in the transaction that stores it, under a lock on the chat: seqs have
/// no gap, and their order is the order of commits. After its commit the adapter hands the events to the `Notifier`
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
