//! Live delivery: what it reads, and how nodes tell each other.

use async_trait::async_trait;
use time::Duration;

use crate::account::{SessionId, UserId};
use crate::chat_session::ChatUri;
use crate::live::{Announcement, Epoch, Membership, Signal, Snapshot, Topic};
use crate::log::LogPage;
use crate::{Seq, StoreError};

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
