//! The rule of who may change a chat, as a function of what the store sees under the chat's lock.

use time::OffsetDateTime;

use super::{ChatKind, ChatUri, Role};
use crate::account::UserId;
use crate::{DomainError, ErrorKind};

/// A wish to change a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeChat {
    /// Which chat.
    pub uri: ChatUri,
    /// Who wishes it.
    pub by: UserId,
    /// What.
    pub command: ChatCommand,
    /// The most members that a group may have.
    pub max_members: u32,
    /// When.
    pub at: OffsetDateTime,
}

/// What can be wished of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatCommand {
    /// To become a member of it.
    Join,
    /// To make somebody else a member of it.
    Add(UserId),
    /// To remove somebody; oneself, to leave.
    Remove(UserId),
}

/// What the decision needs to know, read under the chat's lock in the transaction that acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatContext {
    /// The chat's kind.
    pub kind: ChatKind,
    /// Whether it can be joined by its uri.
    pub joinable: bool,
    /// How many members it has.
    pub member_count: u32,
    /// The caller's role; none for outsiders.
    pub caller: Option<Role>,
    /// Whether somebody else removed the caller and nobody has added them since.
    pub caller_barred: bool,
    /// The role of the user named by the command ([`ChatCommand::target`]); none for outsiders.
    pub target: Option<Role>,
    /// Whether somebody else removed that user and nobody has added them since.
    pub target_barred: bool,
    /// The longest-serving admin, else the longest-serving member, the owner left out.
    pub heir: Option<UserId>,
}

/// One change of a chat: one event of its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatChange {
    /// A user becomes a member, and is no longer barred.
    MemberAdded {
        /// Who.
        user: UserId,
        /// As what.
        role: Role,
    },
    /// A user is no longer a member.
    MemberRemoved {
        /// Who.
        user: UserId,
        /// What they had been.
        role: Role,
        /// Whether they may not come back by themselves.
        barred: bool,
    },
    /// A member's role is another from now on.
    RoleChanged {
        /// Who.
        user: UserId,
        /// What they are now.
        role: Role,
    },
}

/// Why a chat was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeRefused {
    /// There is no such chat, or it is not the caller's to know of.
    #[error("there is no such chat")]
    NotFound,
    /// The named user is not a member.
    #[error("there is no such member")]
    NoSuchMember,
    /// Direct chats have no roles, settings, leaving or adding.
    #[error("a direct chat always has the same two members")]
    DirectChat,
    /// The caller's role does not allow it.
    #[error("your role in this chat does not allow this")]
    NotAllowed,
    /// The group has as many members as it may have.
    #[error("this chat has as many members as it can have")]
    Full,
}

impl DomainError for ChangeRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound | Self::NoSuchMember => ErrorKind::NotFound,
            Self::DirectChat | Self::NotAllowed => ErrorKind::Forbidden,
            Self::Full => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound | Self::NoSuchMember => "not_found",
            Self::DirectChat => "direct_chat",
            Self::NotAllowed => "not_allowed",
            Self::Full => "chat_full",
        }
    }
}

impl ChatCommand {
    /// The user that the command is about, when `by` gives it.
    pub fn target(self, by: UserId) -> UserId {
        match self {
            Self::Join => by,
            Self::Add(user) | Self::Remove(user) => user,
        }
    }
}

impl ChangeChat {
    /// What is to be stored, in this order; nothing, when all is as wished already.
    ///
    /// # Errors
    /// [`ChangeRefused`].
    pub fn decide(&self, context: &ChatContext) -> Result<Vec<ChatChange>, ChangeRefused> {
        match self.command {
            ChatCommand::Join => self.decide_join(context),
            ChatCommand::Add(user) if user == self.by => self.decide_join(context),
            ChatCommand::Add(user) => self.decide_add(context, user),
            ChatCommand::Remove(user) => self.decide_remove(context, user),
        }
    }

    fn decide_join(&self, context: &ChatContext) -> Result<Vec<ChatChange>, ChangeRefused> {
        if context.caller.is_some() {
            return Ok(Vec::new());
        }
        if context.kind == ChatKind::Direct || !context.joinable || context.caller_barred {
            return Err(ChangeRefused::NotFound);
        }
        self.add(context, self.by)
    }

    fn decide_add(&self, context: &ChatContext, user: UserId) -> Result<Vec<ChatChange>, ChangeRefused> {
        let caller = context.caller.ok_or(ChangeRefused::NotFound)?;
        if context.target.is_some() {
            return Ok(Vec::new());
        }
        if context.kind == ChatKind::Direct {
            return Err(ChangeRefused::DirectChat);
        }
        // Whoever was removed comes back only by those who could have removed them.
        let any_member_may = context.joinable && !context.target_barred;
        if !any_member_may && caller == Role::Member {
            return Err(ChangeRefused::NotAllowed);
        }
        self.add(context, user)
    }

    fn add(&self, context: &ChatContext, user: UserId) -> Result<Vec<ChatChange>, ChangeRefused> {
        if context.member_count >= self.max_members {
            return Err(ChangeRefused::Full);
        }
        // Everybody had left: who comes first has it.
        let role = if context.member_count == 0 { Role::Owner } else { Role::Member };
        Ok(vec![ChatChange::MemberAdded { user, role }])
    }

    fn decide_remove(&self, context: &ChatContext, user: UserId) -> Result<Vec<ChatChange>, ChangeRefused> {
        let caller = context.caller.ok_or(ChangeRefused::NotFound)?;
        if context.kind == ChatKind::Direct {
            return Err(ChangeRefused::DirectChat);
        }
        let target = context.target.ok_or(ChangeRefused::NoSuchMember)?;
        let leaves = user == self.by;
        let outranks = caller >= Role::Admin && caller > target;
        if !leaves && !outranks {
            return Err(ChangeRefused::NotAllowed);
        }
        let mut changes = Vec::with_capacity(2);
        if let (Role::Owner, Some(heir)) = (target, context.heir) {
            changes.push(ChatChange::RoleChanged { user: heir, role: Role::Owner });
        }
        changes.push(ChatChange::MemberRemoved { user, role: target, barred: !leaves });
        Ok(changes)
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
