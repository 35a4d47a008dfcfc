//! What a chat is, and how its members see it.

use std::str::FromStr;

use time::OffsetDateTime;

use super::ChatTitle;
use crate::account::{UserId, UserRef};
use crate::hex_id::hex_id;
use crate::{InvalidValue, Message, Seq};

hex_id! {
    /// The name of a chat in the world: 128 random bits, never used again.
    ChatUri
}

/// The two kinds of chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatKind {
    /// Exactly two people, one chat per pair, for ever.
    Direct,
    /// Any number of people, with roles.
    Group,
}

/// What a member may do in a group: [`Action`](super::Action) has the table. Direct chats have no roles: both are [`Role::Member`] there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Reads, writes and leaves.
    Member,
    /// Also lets in and removes members, and changes the settings.
    Admin,
    /// Also removes admins, gives roles, and deletes the group. A group that has members has exactly one.
    Owner,
}

macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),* }) => {
        impl $type {
            /// Its name on the wire and in the store.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                match text { $($name => Ok(Self::$variant),)* _ => Err(InvalidValue::Reserved) }
            }
        }
    };
}
named!(ChatKind { Direct = "direct", Group = "group" });
named!(Role { Member = "member", Admin = "admin", Owner = "owner" });

/// One member of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserRef,
    /// As what.
    pub role: Role,
}

/// A chat as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Its name.
    pub uri: ChatUri,
    /// Direct or group.
    pub kind: ChatKind,
    /// The title, if it has one; direct chats never do.
    pub title: Option<ChatTitle>,
    /// Whether everybody who knows the uri may join, and every member may add others. Never in a direct chat.
    pub joinable: bool,
    /// How many members it has.
    pub member_count: u32,
    /// The last seq of its log.
    pub head: Seq,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When its last event happened.
    pub updated_at: OffsetDateTime,
}

/// A chat as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatSummary {
    /// The chat.
    pub chat: Chat,
    /// The owner; none in a direct chat.
    pub owner: Option<UserRef>,
    /// Some or all members: the owner (in a direct chat: who opened it) first, then in the order of joining.
    pub members: Vec<Member>,
    /// How far the member has read.
    pub read_state: ReadState,
    /// The newest message that is not deleted.
    pub last_message: Option<Message>,
}

/// How far a member has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadState {
    /// The last seq that they have seen.
    pub read: Seq,
    /// Messages of others after that one, deleted ones not counted; counted up to [`Self::MAX_UNREAD`].
    pub unread: u32,
}

impl ReadState {
    /// Where the counting of unread messages stops.
    pub const MAX_UNREAD: u32 = 1000;
}

/// A place in the list of somebody's chats, which is ordered by latest activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatCursor {
    /// The activity of the chat at that place.
    pub updated_at: OffsetDateTime,
    /// The chat, for those that were active at the same time.
    pub uri: ChatUri,
}

/// A chat that is about to be made, unless it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChat {
    /// Its name.
    pub uri: ChatUri,
    /// Who makes it: a group's owner, and the first member of a direct chat.
    pub creator: UserId,
    /// Which kind, and what it needs.
    pub kind: NewChatKind,
    /// When it is made.
    pub at: OffsetDateTime,
}

/// The two kinds of new chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewChatKind {
    /// The chat of the creator and one other.
    Direct {
        /// The other.
        with: UserId,
    },
    /// A new group.
    Group {
        /// Its title.
        title: Option<ChatTitle>,
        /// Whether it can be joined by its uri.
        joinable: bool,
        /// Its first members beside the creator, each once and without the creator.
        members: Vec<UserId>,
    },
}

/// What came of making a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatCreation {
    /// It was made.
    Created,
    /// The creator is in a chat of this name already, or the pair has its direct chat: this is its name. Nothing changed.
    Exists(ChatUri),
    /// The name belongs, or once belonged, to a chat that the creator is not in.
    UriTaken,
    /// The creator's account was erased meanwhile.
    NoCreator,
    /// One of the pair has blocked the other: they have no direct chat, whatever else there is to say.
    Blocked,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_print() {
        for role in [Role::Member, Role::Admin, Role::Owner] {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        for kind in [ChatKind::Direct, ChatKind::Group] {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("king".parse::<Role>().is_err());
    }
}
