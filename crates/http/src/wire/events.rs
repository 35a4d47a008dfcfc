//! Events, and pages of the log.

use bytes::Bytes;
use parlor_domain::ChatTitle;
use parlor_domain::log::LogPage;
use parlor_domain::{Epoch, Event, EventKind, Member, Seq};
use serde::{Serialize, Serializer};

use super::chats::as_members;
use super::time::TimeView;
use super::{UserView, push, push_list};

/// About how many bytes an event takes beside its text.
const FRAME_BYTES: usize = 240;

/// What a live event begins with; an event of a page begins with a brace alone.
const TYPE: &[u8] = br#"{"type":"event","#;

/// What an event's `data` holds.
#[derive(Serialize)]
#[serde(untagged)]
enum DataView<'a> {
    Created {
        kind: &'static str,
        title: Option<&'a str>,
        joinable: bool,
        #[serde(serialize_with = "as_members")]
        members: &'a [Member],
    },
    Updated {
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_title")]
        title: Option<&'a Option<ChatTitle>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        joinable: Option<bool>,
    },
    Member {
        user: UserView<'a>,
        role: &'static str,
    },
    Message {
        message: &'a str,
        client_id: Option<&'a str>,
        reply_to: Option<i64>,
    },
    Edited {
        target: i64,
        message: &'a str,
    },
    Target {
        target: i64,
    },
    Reaction {
        target: i64,
        emoji: &'a str,
    },
    Nothing {},
}

impl<'a> From<&'a EventKind> for DataView<'a> {
    fn from(kind: &'a EventKind) -> Self {
        match kind {
            EventKind::ChatCreated { kind, title, joinable, members } => {
                let title = title.as_ref().map(ChatTitle::as_str);
                Self::Created { kind: kind.as_str(), title, joinable: *joinable, members }
            }
            EventKind::ChatUpdated { title, joinable } => Self::Updated { title: title.as_ref(), joinable: *joinable },
            EventKind::MemberAdded(member) | EventKind::MemberRemoved(member) | EventKind::MemberRole(member) => {
                Self::Member { user: UserView::from(&member.user), role: member.role.as_str() }
            }
            EventKind::MessageCreated { body, client_id, reply_to } => Self::Message {
                message: body,
                client_id: client_id.as_ref().map(|id| id.as_str()),
                reply_to: reply_to.map(Seq::get),
            },
            EventKind::MessageEdited { target, body } => Self::Edited { target: target.get(), message: body },
            EventKind::MessageDeleted { target } => Self::Target { target: target.get() },
            EventKind::ReactionAdded { target, emoji } | EventKind::ReactionRemoved { target, emoji } => {
                Self::Reaction { target: target.get(), emoji: emoji.as_str() }
            }
            // Whatever else the log learns to hold: a client passes over a kind that it does not know.
            _ => Self::Nothing {},
        }
    }
}

fn as_title<S: Serializer>(title: &Option<&Option<ChatTitle>>, serializer: S) -> Result<S::Ok, S::Error> {
    title.and_then(Option::as_ref).map(ChatTitle::as_str).serialize(serializer)
}

/// An event as every connection is sent it.
pub(crate) fn live_event(event: &Event) -> Bytes {
    let mut out = Vec::with_capacity(about(event));
    out.extend_from_slice(TYPE);
    push_fields(&mut out, event);
    out.into()
}

/// The same as it stands in a page: without the type.
pub(crate) fn event_of_page(live: &Bytes) -> [&[u8]; 2] {
    [b"{", live.get(TYPE.len()..).unwrap_or_default()]
}

/// A page of the log.
pub(crate) fn log_bytes(epoch: &Epoch, page: &LogPage) -> Vec<u8> {
    let mut out = Vec::with_capacity(page.events.iter().map(about).sum::<usize>() + FRAME_BYTES);
    out.extend_from_slice(b"{\"epoch\":");
    push(&mut out, epoch.as_str());
    out.extend_from_slice(b",\"events\":");
    push_list(&mut out, &page.events, |out, event| {
        out.push(b'{');
        push_fields(out, event);
    });
    let last = page.events.last().map(|event| event.seq);
    let reached = last.is_none_or(|last| last >= page.head);
    let (head, floor) = (page.head, page.floor);
    out.extend_from_slice(format!(r#","head":{head},"floor":{floor},"reached":{reached}}}"#).as_bytes());
    out
}

fn about(event: &Event) -> usize {
    FRAME_BYTES
        + match &event.kind {
            EventKind::MessageCreated { body, .. } | EventKind::MessageEdited { body, .. } => body.len(),
            EventKind::ChatCreated { members, .. } => members.len() * 64,
            _ => 0,
        }
}

/// Writes an event but for its opening brace.
pub(super) fn push_fields(out: &mut Vec<u8>, event: &Event) {
    let kind = event.kind.as_str();
    out.extend_from_slice(format!(r#""chat":"{}","seq":{},"kind":"{kind}","at":""#, event.chat, event.seq).as_bytes());
    out.extend_from_slice(&TimeView(event.at).digits());
    out.extend_from_slice(b"\",\"by\":");
    push(out, &UserView::from(&event.by));
    out.extend_from_slice(b",\"data\":");
    push(out, &DataView::from(&event.kind));
    out.push(b'}');
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
