//! Chat sessions: direct and group chats, who is in them, and who may change that.

mod change;
mod chat;
mod error;
mod invite;
mod invites;
mod permission;
mod service;
mod title;

pub use change::{ChangeChat, ChangeRefused, ChatChange, ChatCommand, ChatContext, SettingsChange};
pub use chat::{
    Chat, ChatCreation, ChatCursor, ChatKind, ChatSummary, ChatUri, Member, NewChat, NewChatKind, ReadState, Role,
};
pub use error::{ChangeChatError, InviteError, OpenChatError};
pub use invite::{
    Invite, InviteCode, InviteContext, InviteCursor, InviteLifetime, InviteRefused, InviteState, InviteTerms,
    InviteUses, NewInvite,
};
pub use permission::Action;
pub use service::{ChatLimits, ChatSessions, OpenChat};
pub use title::ChatTitle;
