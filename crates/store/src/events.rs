//! The rows of the log, and what they say.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use time::PrimitiveDateTime;

use parlor_domain::{ChatKind, ChatTitle, ChatUri, ClientId, Emoji, Event, EventKind, Member, Message, Role, Seq};

use crate::connection::{AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::statement::statement;
use crate::{rows, times, users};

/// The kind of the events that are messages.
pub(crate) const MESSAGE: &str = "message.created";

/// How the stored name of a message begins that its client named.
const CLIENT: &str = "c:";
/// How the stored name of a message begins that has a random one.
const RANDOM: &str = "r:";

/// The key under which a message is stored.
pub(crate) fn dedup_key(key: &parlor_domain::message::DedupKey) -> String {
    use parlor_domain::message::DedupKey;
    match key {
        DedupKey::Client(id) => format!("{CLIENT}{}", id.as_str()),
        DedupKey::Random(bytes) => format!("{RANDOM}{:032x}", u128::from_be_bytes(*bytes)),
    }
}

fn client_id(dedup_key: &str) -> Result<Option<ClientId>, Failure> {
    dedup_key.strip_prefix(CLIENT).map(|id| ClientId::new(id).map_err(Failure::corrupt)).transpose()
}

/// The columns of a message, its author's name among them.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub(crate) struct MessageRow {
    seq: i64,
    at: PrimitiveDateTime,
    author_id: i64,
    username: String,
    dedup_key: String,
    body: Option<String>,
    reply_to: Option<i64>,
    edited_at: Option<PrimitiveDateTime>,
    deleted: bool,
    /// What people reacted with: `user emoji,user emoji` in the order of reacting. Where nobody ever did, `reacted` of the
    /// row says so, and nothing is looked up; the log shows a message without.
    reactions: Option<String>,
}

/// The types of a [`MessageRow`].
pub(crate) type MessageColumns = (
    BigInt,
    Timestamp,
    BigInt,
    Text,
    Text,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Timestamp>,
    Bool,
    Nullable<Text>,
);

impl TryFrom<MessageRow> for Message {
    type Error = Failure;

    fn try_from(row: MessageRow) -> Result<Self, Failure> {
        let mut message = Self {
            seq: rows::seq(row.seq)?,
            author: rows::user_ref(row.author_id, row.username)?,
            body: row.body.ok_or_else(|| Failure::corrupt("a message without a text"))?,
            client_id: client_id(&row.dedup_key)?,
            reply_to: row.reply_to.map(rows::seq).transpose()?,
            reactions: Vec::new(),
            created_at: times::read(row.at),
            edited_at: row.edited_at.map(times::read),
            deleted: row.deleted,
        };
        for reaction in row.reactions.iter().flat_map(|all| all.split(',')) {
            let (user, emoji) = reaction.split_once(' ').ok_or_else(|| Failure::corrupt("half a reaction"))?;
            let user = user.parse().map_err(Failure::corrupt)?;
            message.add_reaction(rows::named(emoji)?, rows::user_id(user)?);
        }
        Ok(message)
    }
}

/// The event that a message is.
pub(crate) fn event_of(chat: ChatUri, message: &Message) -> Event {
    let kind = EventKind::MessageCreated {
        body: message.body.clone(),
        client_id: message.client_id.clone(),
        reply_to: message.reply_to,
    };
    Event { chat, seq: message.seq, at: message.created_at, by: message.author.clone(), kind }
}

/// The columns of an event, the names of its author and of the user it is about among them.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub(crate) struct EventRow {
    kind: String,
    message: MessageRow,
    subject_id: Option<i64>,
    subject_name: Option<String>,
    data: Option<String>,
    target: Option<i64>,
    target_body: Option<String>,
}

/// The types of an [`EventRow`].
pub(crate) type EventColumns =
    (Text, MessageColumns, Nullable<BigInt>, Nullable<Text>, Nullable<Text>, Nullable<BigInt>, Nullable<Text>);

/// What the column `data` of `chat.created` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Created {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    joinable: bool,
    /// By number: their names are those of today.
    members: Vec<(i64, String)>,
}

/// What the column `data` of a change to a member holds.
#[derive(Debug, Serialize, Deserialize)]
struct Changed {
    role: String,
}

/// What the column `data` of a reaction holds.
#[derive(Debug, Serialize, Deserialize)]
struct Reacted {
    emoji: String,
}

/// What the column `data` of `chat.updated` holds: what has changed. A title that was taken away is null.
#[derive(Debug, Serialize, Deserialize)]
struct Updated {
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    title: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    joinable: Option<bool>,
}

/// What the column `data` holds where there is nothing more to say.
const NOTHING: &str = "{}";

/// A field that is there, null or not.
fn present<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

fn parse<'a, T: Deserialize<'a>>(data: Option<&'a str>) -> Result<T, Failure> {
    serde_json::from_str(data.unwrap_or_default()).map_err(Failure::corrupt)
}

/// The events that these rows of one chat are.
pub(crate) fn read_events(conn: &mut AnyConnection, chat: ChatUri, rows: Vec<EventRow>) -> Result<Vec<Event>, Failure> {
    rows.into_iter().map(|row| row.into_event(conn, chat)).collect()
}

impl EventRow {
    fn into_event(self, conn: &mut AnyConnection, chat: ChatUri) -> Result<Event, Failure> {
        let data = self.data.as_deref();
        let kind = match self.kind.as_str() {
            MESSAGE => return Ok(event_of(chat, &self.message.try_into()?)),
            "chat.created" => created(conn, parse(data)?)?,
            "member.added" => EventKind::MemberAdded(self.member()?),
            "member.removed" => EventKind::MemberRemoved(self.member()?),
            "member.role" => EventKind::MemberRole(self.member()?),
            "chat.updated" => {
                let Updated { title, joinable } = parse(data)?;
                EventKind::ChatUpdated { title: title.map(|title| title.map(ChatTitle::stored)), joinable }
            }
            "chat.deleted" => EventKind::ChatDeleted,
            // A message that was pruned has no text.
            "message.edited" => {
                EventKind::MessageEdited { target: self.target()?, body: self.target_body.unwrap_or_default() }
            }
            "message.deleted" => EventKind::MessageDeleted { target: self.target()? },
            "reaction.added" => EventKind::ReactionAdded { target: self.target()?, emoji: self.emoji()? },
            "reaction.removed" => EventKind::ReactionRemoved { target: self.target()?, emoji: self.emoji()? },
            other => return Err(Failure::corrupt(format!("an event of the unknown kind {other:?}"))),
        };
        let MessageRow { seq, at, author_id, username, .. } = self.message;
        let by = rows::user_ref(author_id, username)?;
        Ok(Event { chat, seq: rows::seq(seq)?, at: times::read(at), by, kind })
    }

    fn target(&self) -> Result<Seq, Failure> {
        rows::seq(self.target.ok_or_else(|| Failure::corrupt("a change to no message"))?)
    }

    fn emoji(&self) -> Result<Emoji, Failure> {
        let Reacted { emoji } = parse(self.data.as_deref())?;
        rows::named(&emoji)
    }

    fn member(&self) -> Result<Member, Failure> {
        let (Some(id), Some(name)) = (self.subject_id, &self.subject_name) else {
            return Err(Failure::corrupt("a change to nobody"));
        };
        let Changed { role } = parse(self.data.as_deref())?;
        Ok(Member { user: rows::user_ref(id, name.clone())?, role: rows::named(&role)? })
    }
}

/// `chat.created` names up to a thousand users. It is once in a log, at its beginning.
fn created(conn: &mut AnyConnection, data: Created) -> Result<EventKind, Failure> {
    let ids: Vec<i64> = data.members.iter().map(|(id, _)| *id).collect();
    let named = users::find_refs(conn, &ids)?;
    let members = data.members.iter().map(|(id, role)| {
        let user = named.get(&rows::user_id(*id)?).cloned();
        let user = user.ok_or_else(|| Failure::corrupt("a member without an account"))?;
        Ok::<_, Failure>(Member { user, role: rows::named::<Role>(role)? })
    });
    Ok(EventKind::ChatCreated {
        kind: rows::named::<ChatKind>(&data.kind)?,
        title: data.title.map(ChatTitle::stored),
        joinable: data.joinable,
        members: members.collect::<Result<_, _>>()?,
    })
}

statement! {
    /// Stores an event that is no message.
    struct InsertEvent<'a> for MultiBackend {
        chat_id: i64,
        seq: i64,
        kind: &'a str,
        at: PrimitiveDateTime,
        author_id: i64,
        dedup_key: &'a str,
        subject_id: Option<i64>,
        data: &'a str,
        target: Option<i64>,
    } -> ();
    "INSERT INTO events (chat_id, seq, kind, at, author_id, dedup_key, subject_id, data, target) VALUES ("
    [chat_id: BigInt]
    ", " [seq: BigInt]
    ", " [kind: Text]
    ", " [at: Timestamp]
    ", " [author_id: BigInt]
    ", " [dedup_key: Text]
    ", " [subject_id: Nullable<BigInt>]
    ", " [data: Text]
    ", " [target: Nullable<BigInt>]
    ")"
}

/// The columns that only some kinds use.
#[derive(Debug, Default, PartialEq, Eq)]
struct Particulars {
    subject_id: Option<i64>,
    data: String,
    target: Option<i64>,
}

impl Particulars {
    fn of(kind: &EventKind) -> Result<Self, Failure> {
        let nothing = || NOTHING.to_owned();
        Ok(match kind {
            EventKind::ChatCreated { kind, title, joinable, members } => {
                let title = title.as_ref().map(|title| title.as_str().to_owned());
                let members = members.iter().map(|it| (it.user.id.get(), it.role.as_str().to_owned())).collect();
                let kind = kind.as_str().to_owned();
                Self { data: json(&Created { kind, title, joinable: *joinable, members })?, ..Self::default() }
            }
            EventKind::ChatUpdated { title, joinable } => {
                let text = |title: &Option<ChatTitle>| title.as_ref().map(|title| title.as_str().to_owned());
                let updated = Updated { title: title.as_ref().map(text), joinable: *joinable };
                Self { data: json(&updated)?, ..Self::default() }
            }
            EventKind::ChatDeleted => Self { data: nothing(), ..Self::default() },
            EventKind::MemberAdded(member) | EventKind::MemberRemoved(member) | EventKind::MemberRole(member) => {
                let data = json(&Changed { role: member.role.as_str().to_owned() })?;
                Self { subject_id: Some(member.user.id.get()), data, ..Self::default() }
            }
            // The text is the message's own.
            EventKind::MessageEdited { target, .. } | EventKind::MessageDeleted { target } => {
                Self { data: nothing(), target: Some(target.get()), ..Self::default() }
            }
            EventKind::ReactionAdded { target, emoji } | EventKind::ReactionRemoved { target, emoji } => {
                let data = json(&Reacted { emoji: emoji.as_str().to_owned() })?;
                Self { data, target: Some(target.get()), ..Self::default() }
            }
            other => return Err(Failure::corrupt(format!("{} is not stored this way", other.as_str()))),
        })
    }
}

fn json(data: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(data).map_err(Failure::corrupt)
}

/// Stores an event that is no message. Its seq must be the chat's next, and the chat be locked.
pub(crate) fn insert(conn: &mut AnyConnection, chat_id: i64, event: &Event) -> Result<(), Failure> {
    let Particulars { subject_id, data, target } = Particulars::of(&event.kind)?;
    let seq = event.seq.get();
    let insert = InsertEvent {
        chat_id,
        seq,
        kind: event.kind.as_str(),
        at: times::stored(event.at),
        author_id: event.by.id.get(),
        dedup_key: &format!("s:{seq}"),
        subject_id,
        data: &data,
        target,
    };
    insert.execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How these are read back stands in `tests/store/kinds.rs`.
    #[test]
    fn changes_of_settings_and_messages_are_stored_as_they_are_read() {
        let title = |text: &str| Some(ChatTitle::stored(text.into()));
        let (target, emoji) = (Seq::new(2).expect("in range"), Emoji::new("👍").expect("an emoji"));
        for (kind, data, to) in [
            (EventKind::ChatUpdated { title: Some(title("Tea")), joinable: None }, r#"{"title":"Tea"}"#, None),
            (
                EventKind::ChatUpdated { title: Some(None), joinable: Some(false) },
                r#"{"title":null,"joinable":false}"#,
                None,
            ),
            (EventKind::ChatUpdated { title: None, joinable: Some(true) }, r#"{"joinable":true}"#, None),
            (EventKind::MessageEdited { target, body: "new".into() }, "{}", Some(2)),
            (EventKind::MessageDeleted { target }, "{}", Some(2)),
            (EventKind::ReactionAdded { target, emoji: emoji.clone() }, r#"{"emoji":"👍"}"#, Some(2)),
            (EventKind::ReactionRemoved { target, emoji }, r#"{"emoji":"👍"}"#, Some(2)),
            (EventKind::ChatDeleted, "{}", None),
        ] {
            let stored = Particulars { subject_id: None, data: data.into(), target: to };
            assert_eq!(Particulars::of(&kind).expect("stored this way"), stored, "{}", kind.as_str());
        }
    }
}
