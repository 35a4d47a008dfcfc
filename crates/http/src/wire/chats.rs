//! Chats and their members.

use parlor_domain::chat_session::{ChatSummary, Invite, InviteCode, ReadState};
use parlor_domain::{ChatUri, Member, UserRef};
use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer};
use utoipa::ToSchema;

use super::time::TimeView;
use super::{MessageView, UserView, as_text};
use crate::openapi::{KindName, RoleName};

/// A member of a chat.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberView<'a> {
    id: i64,
    username: &'a str,
    #[schema(value_type = RoleName)]
    role: &'static str,
}

impl<'a> From<&'a Member> for MemberView<'a> {
    fn from(member: &'a Member) -> Self {
        Self { id: member.user.id.get(), username: member.user.username.as_str(), role: member.role.as_str() }
    }
}

/// A chat as one of its members sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Chat)]
pub(crate) struct ChatView<'a> {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    #[serde(serialize_with = "as_text")]
    uri: ChatUri,
    #[schema(value_type = KindName)]
    kind: &'static str,
    #[schema(required)]
    title: Option<&'a str>,
    #[schema(required)]
    owner: Option<UserView<'a>>,
    joinable: bool,
    member_count: u32,
    #[schema(value_type = Vec<MemberView<'static>>)]
    #[serde(serialize_with = "as_members")]
    members: &'a [Member],
    head: i64,
    read: i64,
    unread: u32,
    #[schema(required)]
    last_message: Option<MessageView<'a>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeView,
    #[schema(value_type = String, format = DateTime)]
    updated_at: TimeView,
}

impl<'a> From<&'a ChatSummary> for ChatView<'a> {
    fn from(summary: &'a ChatSummary) -> Self {
        let ChatSummary { chat, owner, members, read_state, last_message } = summary;
        Self {
            uri: chat.uri,
            kind: chat.kind.as_str(),
            title: chat.title.as_ref().map(|title| title.as_str()),
            owner: owner.as_ref().map(UserView::from),
            joinable: chat.joinable,
            member_count: chat.member_count,
            members,
            head: chat.head.get(),
            read: read_state.read.get(),
            unread: read_state.unread,
            last_message: last_message.as_ref().map(MessageView::from),
            created_at: TimeView(chat.created_at),
            updated_at: TimeView(chat.updated_at),
        }
    }
}

/// A chat that was just opened or joined, and who came with it.
#[derive(Serialize, ToSchema)]
#[schema(as = Opened)]
pub(crate) struct OpenedView<'a> {
    status: &'static str,
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    #[serde(serialize_with = "as_text")]
    uri: ChatUri,
    #[schema(value_type = KindName)]
    kind: &'static str,
    #[schema(required)]
    title: Option<&'a str>,
    joinable: bool,
    #[schema(value_type = Vec<MemberView<'static>>)]
    #[serde(serialize_with = "as_members")]
    members: &'a [Member],
    member_count: u32,
    message: String,
    user: UserView<'a>,
}

impl<'a> OpenedView<'a> {
    pub(crate) fn of(summary: &'a ChatSummary, user: &'a UserRef) -> Self {
        Self {
            status: "SUCCESS",
            uri: summary.chat.uri,
            kind: summary.chat.kind.as_str(),
            title: summary.chat.title.as_ref().map(|title| title.as_str()),
            joinable: summary.chat.joinable,
            members: &summary.members,
            member_count: summary.chat.member_count,
            message: format!("{} joined that chat", user.username.as_str()),
            user: UserView::from(user),
        }
    }
}

/// An invite that works.
#[derive(Serialize, ToSchema)]
#[schema(as = Invite)]
pub(crate) struct InviteView<'a> {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    #[serde(serialize_with = "as_text")]
    code: InviteCode,
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeView,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<TimeView>,
    #[schema(required)]
    uses_left: Option<u32>,
    by: UserView<'a>,
}

impl<'a> From<&'a Invite> for InviteView<'a> {
    fn from(invite: &'a Invite) -> Self {
        Self {
            code: invite.code,
            created_at: TimeView(invite.created_at),
            expires_at: invite.expires_at.map(TimeView),
            uses_left: invite.uses_left,
            by: UserView::from(&invite.by),
        }
    }
}

/// How far somebody has read.
#[derive(Serialize, ToSchema)]
#[schema(as = ReadState)]
pub(crate) struct ReadView {
    read: i64,
    unread: u32,
}

impl From<ReadState> for ReadView {
    fn from(state: ReadState) -> Self {
        Self { read: state.read.get(), unread: state.unread }
    }
}

pub(super) fn as_members<S: Serializer>(members: &&[Member], serializer: S) -> Result<S::Ok, S::Error> {
    let mut seq = serializer.serialize_seq(Some(members.len()))?;
    for member in *members {
        seq.serialize_element(&MemberView::from(member))?;
    }
    seq.end()
}
