//! Messages: reading, sending, changing, reacting, finding.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

use crate::call::{Call, encoded};
use crate::{ChatUri, Error, Page, Parlor, User, random};

/// A message as it is today; one that was deleted has the text `""`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// The seq of the event that made it.
    pub seq: u64,
    /// Who wrote it.
    pub user: User,
    /// The text.
    pub message: String,
    /// The key that it was sent under.
    pub client_id: Option<String>,
    /// The seq of the message that it answers.
    pub reply_to: Option<u64>,
    /// For each emoji the ids of those who reacted, in the order of doing so.
    pub reactions: BTreeMap<String, Vec<u64>>,
    /// When it was stored.
    #[serde(with = "crate::timestamp")]
    pub created_at: OffsetDateTime,
    /// When its text was last changed, if it was.
    #[serde(with = "crate::timestamp::option")]
    pub edited_at: Option<OffsetDateTime>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// A message to be sent.
#[derive(Debug, Clone, Default)]
pub struct SendOptions {
    /// A key of 1 to 64 printable ASCII characters; the same again stores nothing twice. Drawn at random unless set.
    pub client_id: Option<String>,
    /// The seq of a message of the same chat that this one answers.
    pub reply_to: Option<u64>,
}

/// A message that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// As it is now.
    pub message: Message,
    /// Whether it was stored by an earlier call with the same `client_id`.
    pub duplicate: bool,
}

/// Which messages of a chat, or which part of its log.
///
/// `after` alone reads from there, `before` alone the newest below it, both what lies between, neither the newest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Range {
    /// Only below this seq.
    pub before: Option<u64>,
    /// Only above this seq.
    pub after: Option<u64>,
    /// How many at most.
    pub limit: Option<u32>,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// The chat that it is in.
    pub uri: ChatUri,
    /// The seq of the event that made it.
    pub seq: u64,
    /// Who wrote it.
    pub user: User,
    /// The text.
    pub message: String,
    /// When it was stored.
    #[serde(with = "crate::timestamp")]
    pub created_at: OffsetDateTime,
    /// Where the words stand in it: start and length, in code points.
    pub matches: Vec<[usize; 2]>,
}

/// All of them fail with an [`Error`].
impl Parlor {
    /// Messages of a chat, oldest first, up to 1000; [`Page::prev`] leads to the earlier ones.
    pub async fn messages(&self, chat: ChatUri, range: Range) -> Result<Page<Message>, Error> {
        let call = Call::get(format!("chats/{chat}/messages/"));
        let call = call.query("before", range.before).query("after", range.after).query("limit", range.limit);
        self.list(call).await
    }

    /// Sends a message, once: when this fails with [`Error::Unreachable`] it may have been stored, and only the same
    /// again under the same `client_id` does no harm. [`Sender::send`](crate::Sender::send) sees to that by itself.
    pub async fn send(&self, chat: ChatUri, message: &str, options: SendOptions) -> Result<Stored, Error> {
        let client_id = options.client_id.unwrap_or_else(random::client_id);
        let body = json!({"message": message, "client_id": client_id, "reply_to": options.reply_to});
        let call = Call::new(Method::POST, format!("chats/{chat}/messages/")).json(&body);
        let answer = self.answer(&call.header("Prefer", "return=minimal")).await?;
        let duplicate = answer.header("idempotent-replayed") == Some("true");
        Ok(Stored { message: answer.read()?, duplicate })
    }

    /// One message.
    pub async fn message(&self, chat: ChatUri, seq: u64) -> Result<Message, Error> {
        self.ask(Call::get(format!("chats/{chat}/messages/{seq}/"))).await
    }

    /// Gives a message of one's own another text. Again does no harm.
    pub async fn edit(&self, chat: ChatUri, seq: u64, message: &str) -> Result<Message, Error> {
        let call = Call::new(Method::PATCH, format!("chats/{chat}/messages/{seq}/"));
        self.ask(call.json(&json!({"message": message}))).await
    }

    /// Deletes a message of one's own; as owner or admin of a group, anybody's. Again does no harm.
    pub async fn delete(&self, chat: ChatUri, seq: u64) -> Result<(), Error> {
        self.ask(Call::new(Method::DELETE, format!("chats/{chat}/messages/{seq}/"))).await
    }

    /// Puts an emoji under a message, or takes one's own away. Again does no harm.
    pub async fn react(&self, chat: ChatUri, seq: u64, emoji: &str, on: bool) -> Result<Message, Error> {
        let method = if on { Method::PUT } else { Method::DELETE };
        let path = format!("chats/{chat}/messages/{seq}/reactions/{}/", encoded(emoji));
        self.ask(Call::new(method, path)).await
    }

    /// The messages of all one's chats, or of one, that have all these words, newest first.
    pub async fn search(&self, words: &str, chat: Option<ChatUri>, limit: Option<u32>) -> Result<Page<Found>, Error> {
        let call = Call::get("search/").query("q", Some(words)).query("chat", chat).query("limit", limit);
        self.list(call).await
    }
}
