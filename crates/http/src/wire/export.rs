//! What an export consists of: one JSON object in a line.

use parlor_domain::export::{ExportRecord, StoredChat, StoredInvite, StoredSession};
use parlor_domain::{ChatTitle, ChatUri, SessionId};
use serde::Serialize;

use super::chats::InviteView;
use super::events::push_fields;
use super::time::TimeView;
use super::users::{CardView, ProfileView};
use super::{as_text, push};

/// What the line of an event begins with.
const EVENT: &[u8] = br#"{"record":"event","#;

#[derive(Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum RecordView<'a> {
    Account(ProfileView<'a>),
    Session(StoredSessionView<'a>),
    Block(CardView<'a>),
    Invite(StoredInviteView<'a>),
    Chat(StoredChatView<'a>),
    /// The last line: without it an export is not whole.
    End {
        records: u64,
    },
}

#[derive(Serialize)]
struct StoredSessionView<'a> {
    #[serde(serialize_with = "as_text")]
    id: SessionId,
    created_at: TimeView,
    last_used_at: TimeView,
    ended_at: Option<TimeView>,
    user_agent: Option<&'a str>,
    address: Option<&'a str>,
}

impl<'a> From<&'a StoredSession> for StoredSessionView<'a> {
    fn from(session: &'a StoredSession) -> Self {
        Self {
            id: session.id,
            created_at: TimeView(session.created_at),
            last_used_at: TimeView(session.last_used_at),
            ended_at: session.ended_at.map(TimeView),
            user_agent: session.device.user_agent.as_deref(),
            address: session.device.address.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct StoredInviteView<'a> {
    #[serde(serialize_with = "as_text")]
    chat: ChatUri,
    #[serde(flatten)]
    invite: InviteView<'a>,
}

/// Of a chat that one is not in any more, the last three are null.
#[derive(Serialize)]
struct StoredChatView<'a> {
    #[serde(serialize_with = "as_text")]
    uri: ChatUri,
    kind: &'static str,
    title: Option<&'a str>,
    role: Option<&'static str>,
    read: Option<i64>,
}

impl<'a> From<&'a StoredChat> for StoredChatView<'a> {
    fn from(chat: &'a StoredChat) -> Self {
        let place = chat.place.as_ref();
        Self {
            uri: chat.uri,
            kind: chat.kind.as_str(),
            title: place.and_then(|place| place.title.as_ref()).map(ChatTitle::as_str),
            role: place.map(|place| place.role.as_str()),
            read: place.map(|place| place.read.get()),
        }
    }
}

/// Writes a record as a line.
pub(crate) fn push_record(out: &mut Vec<u8>, record: &ExportRecord) {
    let view = match record {
        ExportRecord::Account(user) => RecordView::Account(user.into()),
        ExportRecord::Session(session) => RecordView::Session(session.into()),
        ExportRecord::Blocked(card) => RecordView::Block(card.into()),
        ExportRecord::Invite(StoredInvite { chat, invite }) => {
            RecordView::Invite(StoredInviteView { chat: *chat, invite: invite.into() })
        }
        ExportRecord::Chat(chat) => RecordView::Chat(chat.into()),
        ExportRecord::Event(event) => {
            out.extend_from_slice(EVENT);
            push_fields(out, event);
            out.push(b'\n');
            return;
        }
    };
    push_line(out, &view);
}

/// Writes the last line, behind so many.
pub(crate) fn push_end(out: &mut Vec<u8>, records: u64) {
    push_line(out, &RecordView::End { records });
}

fn push_line(out: &mut Vec<u8>, view: &RecordView<'_>) {
    push(out, view);
    out.push(b'\n');
}
