//! The answers' exact shapes: an unknown key fails as a missing one does, also where the value may be null.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name { $($(#[$attribute])* pub(crate) $field: $type),* }
    )+};
}

shapes! {
    Hello { message: String }
    SignedIn { id: u64, email: String, username: String, access: String, refresh: String }
    Tokens { access: String, refresh: String }
    Me {
        id: u64,
        email: String,
        username: String,
        #[serde(deserialize_with = "nullable")]
        display_name: Option<String>,
        created_at: Time,
    }
    Card {
        id: u64,
        username: String,
        #[serde(deserialize_with = "nullable")]
        display_name: Option<String>,
    }
    /// One of one's own login sessions.
    Session {
        id: String,
        created_at: Time,
        last_used_at: Time,
        #[serde(deserialize_with = "nullable")]
        user_agent: Option<String>,
        #[serde(deserialize_with = "nullable")]
        address: Option<String>,
        current: bool,
    }
    #[derive(Eq)]
    UserRef { id: u64, username: String }
    #[derive(Eq)]
    Member { id: u64, username: String, role: String }
    /// What opening, joining and adding answer.
    ChatAnswer {
        status: String,
        uri: Uri,
        kind: String,
        #[serde(deserialize_with = "nullable")]
        title: Option<String>,
        joinable: bool,
        members: Vec<Member>,
        member_count: u64,
        message: String,
        user: UserRef,
    }
    /// A chat in the caller's list, and alone.
    Chat {
        uri: Uri,
        kind: String,
        #[serde(deserialize_with = "nullable")]
        title: Option<String>,
        #[serde(deserialize_with = "nullable")]
        owner: Option<UserRef>,
        joinable: bool,
        member_count: u64,
        members: Vec<Member>,
        head: u64,
        read: u64,
        unread: u64,
        #[serde(deserialize_with = "nullable")]
        last_message: Option<Message>,
        created_at: Time,
        updated_at: Time,
    }
    Message {
        seq: u64,
        user: UserRef,
        message: String,
        #[serde(deserialize_with = "nullable")]
        client_id: Option<String>,
        #[serde(deserialize_with = "nullable")]
        reply_to: Option<u64>,
        reactions: BTreeMap<String, Value>,
        created_at: Time,
        #[serde(deserialize_with = "nullable")]
        edited_at: Option<Time>,
        deleted: bool,
    }
    /// A message that a search found.
    Found { uri: Uri, seq: u64, user: UserRef, message: String, created_at: Time, matches: Vec<[usize; 2]> }
    Sent { status: String, uri: Uri, seq: u64, duplicate: bool, messages: Vec<Message> }
    Invite {
        code: Uri,
        created_at: Time,
        #[serde(deserialize_with = "nullable")]
        expires_at: Option<Time>,
        #[serde(deserialize_with = "nullable")]
        uses_left: Option<u32>,
        by: UserRef,
    }
    #[derive(Eq)]
    ReadState { read: u64, unread: u64 }
    Problem {
        detail: String,
        code: String,
        status: u16,
        title: String,
        request_id: String,
        #[serde(default)]
        errors: BTreeMap<String, Vec<String>>,
        #[serde(default)]
        head: Option<u64>,
        #[serde(default)]
        floor: Option<u64>,
    }
}

/// A time in UTC that ends in `Z`, with microseconds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(pub(crate) OffsetDateTime);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fraction = text.split_once('.').map_or(0, |(_, fraction)| fraction.len() - 1);
        if !text.ends_with('Z') || fraction > 6 {
            return Err(D::Error::custom(format!("{text} does not end in Z, or is finer than microseconds")));
        }
        OffsetDateTime::parse(&text, &Rfc3339).map(Self).map_err(D::Error::custom)
    }
}

/// The uri of a chat: 32 lowercase hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Uri(String);

impl std::ops::Deref for Uri {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Uri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hex = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex { Ok(Self(text)) } else { Err(D::Error::custom(format!("{text} is no uri of a chat"))) }
    }
}

impl Member {
    pub(crate) fn new(user: &UserRef, role: &str) -> Self {
        Self { id: user.id, username: user.username.clone(), role: role.to_owned() }
    }
}

/// The texts of messages, in their order.
pub(crate) fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.message.as_str()).collect()
}

/// The seqs of messages, in their order.
pub(crate) fn seqs(messages: &[Message]) -> Vec<u64> {
    messages.iter().map(|message| message.seq).collect()
}

/// A value that may be null but not missing.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
