//! The log of a chat: every durable change of it is an event.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use crate::call::Call;
use crate::{ChatKind, ChatUri, Error, Member, Parlor, Range, Role, User};

/// Something that was stored in a chat's log, as it is shown today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Where.
    pub chat: ChatUri,
    /// Its place in the log: 1, 2, 3 … without a gap.
    pub seq: u64,
    /// When.
    #[serde(with = "crate::timestamp")]
    pub at: OffsetDateTime,
    /// Who did it.
    pub by: User,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened in a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data")]
#[non_exhaustive]
pub enum EventKind {
    /// It was made, with these members. Always the first.
    #[serde(rename = "chat.created")]
    ChatCreated {
        /// Of how many people it is.
        kind: ChatKind,
        /// Its title, if a group has one.
        title: Option<String>,
        /// Whether whoever knows the uri may join.
        joinable: bool,
        /// The first members.
        members: Vec<Member>,
    },
    /// Its settings were changed: those that are set are new.
    #[serde(rename = "chat.updated")]
    ChatUpdated {
        /// Another title; `Some(None)` if it was taken away.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "set")]
        title: Option<Option<String>>,
        /// Whether whoever knows the uri may join.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        joinable: Option<bool>,
    },
    /// It was deleted, for everybody. The last that is heard of it.
    #[serde(rename = "chat.deleted")]
    ChatDeleted {},
    /// Somebody came in.
    #[serde(rename = "member.added")]
    MemberAdded {
        /// Who.
        user: User,
        /// As what.
        role: Role,
    },
    /// Somebody left or was removed. If that is oneself, it is the last that is heard of the chat.
    #[serde(rename = "member.removed")]
    MemberRemoved {
        /// Who.
        user: User,
        /// What they were.
        role: Role,
    },
    /// Somebody was given a role.
    #[serde(rename = "member.role")]
    MemberRole {
        /// Who.
        user: User,
        /// Which.
        role: Role,
    },
    /// Somebody wrote. The text is that of today, `""` if the message was deleted.
    #[serde(rename = "message.created")]
    MessageCreated {
        /// The text.
        message: String,
        /// The key that it was sent under.
        client_id: Option<String>,
        /// The seq of the message that it answers.
        reply_to: Option<u64>,
    },
    /// A message got another text.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// The seq of the message.
        target: u64,
        /// Its text of today.
        message: String,
    },
    /// A message was deleted.
    #[serde(rename = "message.deleted")]
    MessageDeleted {
        /// The seq of the message.
        target: u64,
    },
    /// An emoji was put under a message.
    #[serde(rename = "reaction.added")]
    ReactionAdded {
        /// The seq of the message.
        target: u64,
        /// Which emoji.
        emoji: String,
    },
    /// An emoji was taken away again.
    #[serde(rename = "reaction.removed")]
    ReactionRemoved {
        /// The seq of the message.
        target: u64,
        /// Which emoji.
        emoji: String,
    },
    /// Something that this client does not know. It counts like any other, and is otherwise to be ignored.
    #[serde(untagged)]
    Other {
        /// What the server calls it.
        kind: String,
        /// What belongs to it.
        data: Value,
    },
}

/// A part of a chat's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogPage {
    /// The life of the database: when it is another than before, seqs are given anew.
    pub epoch: String,
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// The last seq of the log.
    pub head: u64,
    /// The first seq that it still holds.
    pub floor: u64,
    /// Whether the page ends at the head.
    pub reached: bool,
}

/// A field that may be null, and that is there.
fn set<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Event {
    /// Whether it is the last that this user hears of the chat.
    pub(crate) fn is_last_for(&self, me: Option<u64>) -> bool {
        match &self.kind {
            EventKind::ChatDeleted {} => true,
            EventKind::MemberRemoved { user, .. } => Some(user.id) == me,
            _ => false,
        }
    }
}

impl Parlor {
    /// A part of a chat's log, oldest first, from the start or right behind `after`. An empty one is answered only after
    /// `wait`, at most 25 s, or as soon as there is something. [`Parlor::follow`] does this for all chats at once.
    ///
    /// # Errors
    /// [`Error`]: all calls fail in the same ways.
    pub async fn events(&self, chat: ChatUri, range: Range, wait: Duration) -> Result<LogPage, Error> {
        let call = Call::get(format!("chats/{chat}/events/")).query("wait", Some(wait.as_secs()));
        self.ask(call.query("before", range.before).query("after", range.after).query("limit", range.limit)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(kind: &str, data: &Value) -> Value {
        json!({"chat": "7b1c0000000000000000000000000001", "seq": 12, "kind": kind, "at": "2026-11-24T08:00:00.100000Z",
            "by": {"id": 1, "username": "mabel"}, "data": data})
    }

    fn read(kind: &str, data: &Value) -> EventKind {
        serde_json::from_value::<Event>(event(kind, data)).unwrap().kind
    }

    #[test]
    fn every_kind_is_read_and_written_the_same() {
        let member = json!({"user": {"id": 2, "username": "zoë"}, "role": "admin"});
        let kinds = [
            (
                "chat.created",
                json!({"kind": "direct", "title": null, "joinable": false,
                "members": [{"id": 1, "username": "mabel", "role": "member"}]}),
            ),
            ("chat.updated", json!({"title": null})),
            ("chat.updated", json!({"title": "Book club", "joinable": true})),
            ("chat.deleted", json!({})),
            ("member.added", member.clone()),
            ("member.removed", member.clone()),
            ("member.role", member),
            ("message.created", json!({"message": "Hi", "client_id": null, "reply_to": 3})),
            ("message.edited", json!({"target": 3, "message": "Ho"})),
            ("message.deleted", json!({"target": 3})),
            ("reaction.added", json!({"target": 3, "emoji": "👍"})),
            ("reaction.removed", json!({"target": 3, "emoji": "👍"})),
        ];
        for (kind, data) in kinds {
            let wire = event(kind, &data);
            let read: Event = serde_json::from_value(wire.clone()).unwrap();
            assert!(!matches!(read.kind, EventKind::Other { .. }), "{kind}");
            assert_eq!(serde_json::to_value(&read).unwrap(), wire);
        }
    }

    #[test]
    fn what_is_not_known_moves_the_place_all_the_same() {
        let data = json!({"question": "tea?"});
        let other = EventKind::Other { kind: "poll.opened".to_owned(), data: data.clone() };
        assert_eq!(read("poll.opened", &data), other);
        assert!(matches!(read("message.deleted", &json!({"aim": 3})), EventKind::Other { .. }));
    }

    #[test]
    fn further_fields_are_ignored() {
        let mut wire = event("message.deleted", &json!({"target": 3, "why": "spam"}));
        wire["type"] = json!("event");
        let read: Event = serde_json::from_value(wire).unwrap();
        assert_eq!(read.kind, EventKind::MessageDeleted { target: 3 });
    }
}
