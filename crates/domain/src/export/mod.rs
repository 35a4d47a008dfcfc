//! What is stored of somebody, for them to take with them.

mod service;

pub use service::{Export, Exports};

use time::OffsetDateTime;

use crate::account::{Device, SessionId, User, UserCard};
use crate::chat_session::{ChatKind, ChatTitle, ChatUri, Invite, Role};
use crate::{Event, Seq};

/// A part of what is stored of somebody. Whoever writes an export out should not forget any, so the list is open to be
/// matched in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportRecord {
    /// The account.
    Account(User),
    /// A login session.
    Session(StoredSession),
    /// Somebody whom they have blocked.
    Blocked(UserCard),
    /// An invite that they made.
    Invite(StoredInvite),
    /// A chat that they are in, or were in.
    Chat(StoredChat),
    /// Something that they did in the chat named last, or that was done to them there. Their messages are among it, as they
    /// read today.
    Event(Event),
}

/// A login session, whether it goes on or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Its name.
    pub id: SessionId,
    /// The device, as it was at the sign-in.
    pub device: Device,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it last got new tokens; when it began, if it never did.
    pub last_used_at: OffsetDateTime,
    /// When it was ended, if it was.
    pub ended_at: Option<OffsetDateTime>,
}

/// An invite, whether it works or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredInvite {
    /// To which chat.
    pub chat: ChatUri,
    /// The invite.
    pub invite: Invite,
}

/// A chat, as far as it is somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChat {
    /// Its name.
    pub uri: ChatUri,
    /// A pair or a group.
    pub kind: ChatKind,
    /// Their place in it; nothing, if they are not in it any more.
    pub place: Option<StoredPlace>,
}

/// A member's place in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPlace {
    /// How the chat is called.
    pub title: Option<ChatTitle>,
    /// What they are in it.
    pub role: Role,
    /// How far they have read.
    pub read: Seq,
}

/// What was found on a stretch of a chat's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The events that were looked for, oldest first.
    pub events: Vec<Event>,
    /// The last seq that was looked at; nothing, if the log ends here.
    pub looked_to: Option<Seq>,
}
