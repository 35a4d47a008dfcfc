//! The rule of who may change a chat, as a function of what the store sees under the chat's lock.

use time::OffsetDateTime;

use super::{Action, ChatKind, ChatTitle, ChatUri, InviteCode, InviteState, Role};
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

/// Settings of a group that are to be others, or have become so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingsChange {
    /// The new title; `Some(None)` takes it away.
    pub title: Option<Option<ChatTitle>>,
    /// Whether the group can be joined by its uri.
    pub joinable: Option<bool>,
}

/// What can be wished of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatCommand {
    /// To become a member of it.
    Join,
    /// To become a member of it by an invite, of which that takes one use.
    JoinByInvite(InviteCode),
    /// To make somebody else a member of it.
    Add(UserId),
    /// To remove somebody; oneself, to leave.
    Remove(UserId),
    /// To change its settings.
    Update(SettingsChange),
    /// To give somebody a role. Whoever makes another the owner becomes an admin.
    GiveRole(UserId, Role),
    /// To delete it.
    Delete,
}

/// What the decision needs to know, read under the chat's lock in the transaction that acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatContext {
    /// The chat's kind.
    pub kind: ChatKind,
    /// Its title.
    pub title: Option<ChatTitle>,
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
    /// The invite named by the command ([`ChatCommand::invite`]), if it is one to this chat that has neither expired nor
    /// been withdrawn.
    pub invite: Option<InviteState>,
}

/// One change of a chat: one event of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Its settings are others from now on. What is named has changed.
    Updated(SettingsChange),
    /// It is no more: it has no members, nobody can become one, and its name is never used again. Always the last.
    Deleted,
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
    /// The owner would be none any more, and nobody else in their place.
    #[error("a group always has an owner: make somebody else the owner instead")]
    OwnerRequired,
    /// The group has as many members as it may have.
    #[error("this chat has as many members as it can have")]
    Full,
}

impl DomainError for ChangeRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound | Self::NoSuchMember => ErrorKind::NotFound,
            Self::DirectChat | Self::NotAllowed => ErrorKind::Forbidden,
            Self::OwnerRequired | Self::Full => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound | Self::NoSuchMember => "not_found",
            Self::DirectChat => "direct_chat",
            Self::NotAllowed => "not_allowed",
            Self::OwnerRequired => "owner_required",
            Self::Full => "chat_full",
        }
    }
}

impl ChatCommand {
    /// The user that the command is about, when `by` gives it.
    pub fn target(&self, by: UserId) -> UserId {
        match *self {
            Self::Join | Self::JoinByInvite(_) | Self::Update(_) | Self::Delete => by,
            Self::Add(user) | Self::Remove(user) | Self::GiveRole(user, _) => user,
        }
    }

    /// The invite that it is done by: if anything is changed, that takes one of its uses.
    pub fn invite(&self) -> Option<InviteCode> {
        match *self {
            Self::JoinByInvite(code) => Some(code),
            _ => None,
        }
    }
}

impl ChangeChat {
    /// Whom it would make a member, if anybody.
    pub fn newcomer(&self) -> Option<UserId> {
        match self.command {
            ChatCommand::Join | ChatCommand::JoinByInvite(_) => Some(self.by),
            ChatCommand::Add(user) => Some(user),
            ChatCommand::Remove(_) | ChatCommand::Update(_) | ChatCommand::GiveRole(..) | ChatCommand::Delete => None,
        }
    }

    /// What is to be stored, in this order; nothing, when all is as wished already.
    ///
    /// # Errors
    /// [`ChangeRefused`].
    pub fn decide(&self, context: &ChatContext) -> Result<Vec<ChatChange>, ChangeRefused> {
        match &self.command {
            ChatCommand::Join => self.decide_join(context),
            ChatCommand::JoinByInvite(_) => self.decide_invited(context),
            ChatCommand::Add(user) if *user == self.by => self.decide_join(context),
            ChatCommand::Add(user) => self.decide_add(context, *user),
            ChatCommand::Remove(user) => self.decide_remove(context, *user),
            ChatCommand::Update(wished) => decide_update(context, wished),
            ChatCommand::GiveRole(user, role) => self.decide_role(context, *user, *role),
            ChatCommand::Delete => {
                require(context, Action::Delete)?;
                Ok(vec![ChatChange::Deleted])
            }
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

    fn decide_invited(&self, context: &ChatContext) -> Result<Vec<ChatChange>, ChangeRefused> {
        let invite = context.invite.ok_or(ChangeRefused::NotFound)?;
        // Also by one that is used up: maybe by this very call, whose answer was lost.
        if context.caller.is_some() {
            return Ok(Vec::new());
        }
        if context.kind == ChatKind::Direct || context.caller_barred || invite == InviteState::UsedUp {
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
        let joinable = context.joinable && !context.target_barred;
        let action = if joinable { Action::AddToJoinable } else { Action::AddAnybody };
        if !caller.may(action) {
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
        let caller = member_of_group(context)?;
        let target = context.target.ok_or(ChangeRefused::NoSuchMember)?;
        let leaves = user == self.by;
        let action = match target {
            _ if leaves => Action::TakePart,
            Role::Member => Action::RemoveMember,
            Role::Admin => Action::RemoveAdmin,
            Role::Owner => Action::RemoveOwner,
        };
        if !caller.may(action) {
            return Err(ChangeRefused::NotAllowed);
        }
        let mut changes = Vec::with_capacity(2);
        if let (Role::Owner, Some(heir)) = (target, context.heir) {
            changes.push(ChatChange::RoleChanged { user: heir, role: Role::Owner });
        }
        changes.push(ChatChange::MemberRemoved { user, role: target, barred: !leaves });
        Ok(changes)
    }

    fn decide_role(&self, context: &ChatContext, user: UserId, role: Role) -> Result<Vec<ChatChange>, ChangeRefused> {
        member_of_group(context)?;
        let target = context.target.ok_or(ChangeRefused::NoSuchMember)?;
        require(context, Action::GiveRoles)?;
        let given = ChatChange::RoleChanged { user, role };
        match (target, role) {
            _ if target == role => Ok(Vec::new()),
            (Role::Owner, _) => Err(ChangeRefused::OwnerRequired),
            (_, Role::Owner) => Ok(vec![given, ChatChange::RoleChanged { user: self.by, role: Role::Admin }]),
            _ => Ok(vec![given]),
        }
    }
}

/// The caller's role in a group; direct chats have none.
fn member_of_group(context: &ChatContext) -> Result<Role, ChangeRefused> {
    let caller = context.caller.ok_or(ChangeRefused::NotFound)?;
    if context.kind == ChatKind::Direct { Err(ChangeRefused::DirectChat) } else { Ok(caller) }
}

/// Refuses whoever may not do that.
fn require(context: &ChatContext, action: Action) -> Result<(), ChangeRefused> {
    if member_of_group(context)?.may(action) { Ok(()) } else { Err(ChangeRefused::NotAllowed) }
}

/// Only what is another than before counts as changed.
fn decide_update(context: &ChatContext, wished: &SettingsChange) -> Result<Vec<ChatChange>, ChangeRefused> {
    require(context, Action::ChangeSettings)?;
    let changed = SettingsChange {
        title: wished.title.clone().filter(|title| *title != context.title),
        joinable: wished.joinable.filter(|joinable| *joinable != context.joinable),
    };
    if changed == SettingsChange::default() { Ok(Vec::new()) } else { Ok(vec![ChatChange::Updated(changed)]) }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
