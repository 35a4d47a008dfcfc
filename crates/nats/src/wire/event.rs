//! Events as they travel: all that another node needs to show them.

use std::borrow::Cow;

use parlor_domain::{ChatTitle, ChatUri, ClientId, Emoji, Event, EventKind, Member, Seq, UserId, UserRef, Username};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An event of the chat that is named beside it.
#[derive(Serialize, Deserialize)]
pub(super) struct WireEvent<'a> {
    seq: i64,
    /// Microseconds since 1970: times are cut to these.
    at: i64,
    #[serde(borrow)]
    by: WireUser<'a>,
    #[serde(borrow)]
    kind: WireKind<'a>,
}

/// Number and name.
#[derive(Serialize, Deserialize)]
pub(super) struct WireUser<'a>(i64, #[serde(borrow)] Cow<'a, str>);

/// A user and their role.
#[derive(Serialize, Deserialize)]
struct WireMember<'a>(#[serde(borrow)] WireUser<'a>, #[serde(borrow)] Cow<'a, str>);

#[derive(Serialize, Deserialize)]
enum WireKind<'a> {
    #[serde(rename = "chat.created")]
    ChatCreated {
        #[serde(borrow)]
        kind: Cow<'a, str>,
        title: Option<Cow<'a, str>>,
        joinable: bool,
        members: Vec<WireMember<'a>>,
    },
    #[serde(rename = "chat.updated")]
    ChatUpdated {
        /// One element if it changed; `[null]` if it was taken away.
        title: Option<[Option<Cow<'a, str>>; 1]>,
        joinable: Option<bool>,
    },
    #[serde(rename = "chat.deleted")]
    ChatDeleted,
    #[serde(rename = "member.added")]
    MemberAdded(#[serde(borrow)] WireMember<'a>),
    #[serde(rename = "member.removed")]
    MemberRemoved(#[serde(borrow)] WireMember<'a>),
    #[serde(rename = "member.role")]
    MemberRole(#[serde(borrow)] WireMember<'a>),
    #[serde(rename = "message.created")]
    MessageCreated {
        #[serde(borrow)]
        body: Cow<'a, str>,
        client_id: Option<Cow<'a, str>>,
        reply_to: Option<i64>,
    },
    #[serde(rename = "message.edited")]
    MessageEdited {
        target: i64,
        #[serde(borrow)]
        body: Cow<'a, str>,
    },
    #[serde(rename = "message.deleted")]
    MessageDeleted { target: i64 },
    #[serde(rename = "reaction.added")]
    ReactionAdded {
        target: i64,
        #[serde(borrow)]
        emoji: Cow<'a, str>,
    },
    #[serde(rename = "reaction.removed")]
    ReactionRemoved {
        target: i64,
        #[serde(borrow)]
        emoji: Cow<'a, str>,
    },
}

impl<'a> WireEvent<'a> {
    /// The event's form; none for a kind that this form does not know.
    pub(super) fn of(event: &'a Event) -> Option<Self> {
        let at = i64::try_from(event.at.unix_timestamp_nanos() / 1000).ok()?;
        let kind = WireKind::of(&event.kind)?;
        Some(Self { seq: event.seq.get(), at, by: WireUser::of(&event.by), kind })
    }

    /// The event, if every value in it is one.
    pub(super) fn read(self, chat: ChatUri) -> Option<Event> {
        Some(Event {
            chat,
            seq: seq(self.seq)?,
            at: OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.at) * 1000).ok()?,
            by: self.by.read()?,
            kind: self.kind.read()?,
        })
    }
}

impl<'a> WireUser<'a> {
    pub(super) fn of(user: &'a UserRef) -> Self {
        Self(user.id.get(), Cow::Borrowed(user.username.as_str()))
    }

    pub(super) fn read(self) -> Option<UserRef> {
        Some(UserRef { id: UserId::new(self.0).ok()?, username: Username::stored(&*self.1) })
    }
}

impl<'a> WireMember<'a> {
    fn of(member: &'a Member) -> Self {
        Self(WireUser::of(&member.user), Cow::Borrowed(member.role.as_str()))
    }

    fn read(self) -> Option<Member> {
        Some(Member { user: self.0.read()?, role: self.1.parse().ok()? })
    }
}

impl<'a> WireKind<'a> {
    fn of(kind: &'a EventKind) -> Option<Self> {
        Some(match kind {
            EventKind::ChatCreated { kind, title, joinable, members } => Self::ChatCreated {
                kind: Cow::Borrowed(kind.as_str()),
                title: title.as_ref().map(|title| Cow::Borrowed(title.as_str())),
                joinable: *joinable,
                members: members.iter().map(WireMember::of).collect(),
            },
            EventKind::ChatUpdated { title, joinable } => Self::ChatUpdated {
                title: title.as_ref().map(|new| [new.as_ref().map(|title| Cow::Borrowed(title.as_str()))]),
                joinable: *joinable,
            },
            EventKind::ChatDeleted => Self::ChatDeleted,
            EventKind::MemberAdded(member) => Self::MemberAdded(WireMember::of(member)),
            EventKind::MemberRemoved(member) => Self::MemberRemoved(WireMember::of(member)),
            EventKind::MemberRole(member) => Self::MemberRole(WireMember::of(member)),
            EventKind::MessageCreated { body, client_id, reply_to } => Self::MessageCreated {
                body: Cow::Borrowed(body),
                client_id: client_id.as_ref().map(|id| Cow::Borrowed(id.as_str())),
                reply_to: reply_to.map(Seq::get),
            },
            EventKind::MessageEdited { target, body } => {
                Self::MessageEdited { target: target.get(), body: Cow::Borrowed(body) }
            }
            EventKind::MessageDeleted { target } => Self::MessageDeleted { target: target.get() },
            EventKind::ReactionAdded { target, emoji } => {
                Self::ReactionAdded { target: target.get(), emoji: Cow::Borrowed(emoji.as_str()) }
            }
            EventKind::ReactionRemoved { target, emoji } => {
                Self::ReactionRemoved { target: target.get(), emoji: Cow::Borrowed(emoji.as_str()) }
            }
            _ => return None,
        })
    }

    fn read(self) -> Option<EventKind> {
        Some(match self {
            Self::ChatCreated { kind, title, joinable, members } => EventKind::ChatCreated {
                kind: kind.parse().ok()?,
                title: title.map(chat_title),
                joinable,
                members: members.into_iter().map(WireMember::read).collect::<Option<_>>()?,
            },
            Self::ChatUpdated { title, joinable } => {
                EventKind::ChatUpdated { title: title.map(|[new]| new.map(chat_title)), joinable }
            }
            Self::ChatDeleted => EventKind::ChatDeleted,
            Self::MemberAdded(member) => EventKind::MemberAdded(member.read()?),
            Self::MemberRemoved(member) => EventKind::MemberRemoved(member.read()?),
            Self::MemberRole(member) => EventKind::MemberRole(member.read()?),
            Self::MessageCreated { body, client_id, reply_to } => EventKind::MessageCreated {
                body: body.into_owned(),
                client_id: client_id.map(ClientId::new).transpose().ok()?,
                reply_to: reply_to.map(Seq::new).transpose().ok()?,
            },
            Self::MessageEdited { target, body } => {
                EventKind::MessageEdited { target: seq(target)?, body: body.into_owned() }
            }
            Self::MessageDeleted { target } => EventKind::MessageDeleted { target: seq(target)? },
            Self::ReactionAdded { target, emoji } => {
                EventKind::ReactionAdded { target: seq(target)?, emoji: Emoji::new(emoji).ok()? }
            }
            Self::ReactionRemoved { target, emoji } => {
                EventKind::ReactionRemoved { target: seq(target)?, emoji: Emoji::new(emoji).ok()? }
            }
        })
    }
}

pub(super) fn seq(number: i64) -> Option<Seq> {
    Seq::new(number).ok()
}

fn chat_title(text: Cow<'_, str>) -> ChatTitle {
    ChatTitle::stored(text.into_owned())
}
