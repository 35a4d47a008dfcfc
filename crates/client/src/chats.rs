//! Chats: opening, joining, settings, and how far one has read.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

use crate::call::Call;
use crate::{ChatUri, Error, Member, Message, Page, Parlor, User};

/// Of how many people a chat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatKind {
    /// Two people, for ever.
    Direct,
    /// Whoever joins.
    Group,
}

/// A chat that one is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chat {
    /// What it is named by.
    pub uri: ChatUri,
    /// Of how many people it is.
    pub kind: ChatKind,
    /// Its title, if a group has one.
    pub title: Option<String>,
    /// The owner of a group.
    pub owner: Option<User>,
    /// Whether whoever knows the uri may join.
    pub joinable: bool,
    /// How many are in it.
    pub member_count: u64,
    /// Its members, not all of them if there are many.
    pub members: Vec<Member>,
    /// The last seq of its log.
    pub head: u64,
    /// How far one has read.
    pub read: u64,
    /// The messages of others after that, up to 1000.
    pub unread: u64,
    /// The newest message that was not deleted.
    pub last_message: Option<Message>,
    /// When it was made.
    #[serde(with = "crate::timestamp")]
    pub created_at: OffsetDateTime,
    /// When something last happened in it.
    #[serde(with = "crate::timestamp")]
    pub updated_at: OffsetDateTime,
}

/// A chat that was opened, joined, or that somebody was added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Opened {
    /// What it is named by.
    pub uri: ChatUri,
    /// Of how many people it is.
    pub kind: ChatKind,
    /// Its title, if a group has one.
    pub title: Option<String>,
    /// Whether whoever knows the uri may join.
    pub joinable: bool,
    /// Its members, the owner first, at most 100.
    pub members: Vec<Member>,
    /// How many are in it.
    pub member_count: u64,
    /// Who came with the call: the other of a direct chat, the one who joined or was added, else oneself.
    pub user: User,
}

/// A group to be made.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewGroup {
    /// A title, at most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who is in it beside oneself.
    pub usernames: Vec<String>,
    /// Whether only members and invites let others in.
    #[serde(rename = "joinable", serialize_with = "not")]
    pub closed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn not<S: serde::Serializer>(closed: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(!closed)
}

/// What is to be changed of a group.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChatChange {
    /// Another title; `Some(None)` takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Option<String>>,
    /// Whether whoever knows the uri may join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joinable: Option<bool>,
}

/// How far one has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReadState {
    /// The last seq that one has read.
    pub read: u64,
    /// The messages of others after that, up to 1000.
    pub unread: u64,
}

/// All of them fail with an [`Error`].
impl Parlor {
    /// The chats that one is in, latest activity first.
    pub async fn chats(&self, limit: Option<u32>) -> Result<Page<Chat>, Error> {
        self.list(Call::get("chats/").query("limit", limit)).await
    }

    /// The direct chat with somebody, made if there is none.
    pub async fn open_direct(&self, username: &str) -> Result<Opened, Error> {
        self.ask(Call::new(Method::POST, "chats/").json(&json!({"username": username}))).await
    }

    /// Makes a group that one owns.
    pub async fn open_group(&self, group: &NewGroup) -> Result<Opened, Error> {
        self.ask(Call::new(Method::POST, "chats/").json(group)).await
    }

    /// The same under a uri that one picks: it can be repeated until an answer comes.
    pub async fn open_group_at(&self, uri: ChatUri, group: &NewGroup) -> Result<Opened, Error> {
        self.ask(Call::new(Method::POST, format!("chats/{uri}/")).json(group)).await
    }

    /// Joins a group.
    pub async fn join(&self, chat: ChatUri) -> Result<Opened, Error> {
        self.ask(Call::new(Method::PATCH, format!("chats/{chat}/"))).await
    }

    /// Adds somebody to a group.
    pub async fn add_member(&self, chat: ChatUri, username: &str) -> Result<Opened, Error> {
        self.ask(Call::new(Method::PATCH, format!("chats/{chat}/")).json(&json!({"username": username}))).await
    }

    /// A chat, with up to 1000 members.
    pub async fn chat(&self, chat: ChatUri) -> Result<Chat, Error> {
        self.ask(Call::get(format!("chats/{chat}/"))).await
    }

    /// Changes the settings of a group.
    pub async fn change_chat(&self, chat: ChatUri, change: &ChatChange) -> Result<Chat, Error> {
        self.ask(Call::new(Method::PATCH, format!("chats/{chat}/settings/")).json(change)).await
    }

    /// Deletes a group, for everybody.
    pub async fn delete_chat(&self, chat: ChatUri) -> Result<(), Error> {
        self.ask(Call::new(Method::DELETE, format!("chats/{chat}/"))).await
    }

    /// Marks a chat as read up to here; only forward, and no further than the head.
    pub async fn mark_read(&self, chat: ChatUri, seq: u64) -> Result<ReadState, Error> {
        self.ask(Call::new(Method::PUT, format!("chats/{chat}/read/")).json(&json!({"seq": seq}))).await
    }

    /// Shows the others for a moment that one writes, or that one has stopped.
    pub async fn typing(&self, chat: ChatUri, on: bool) -> Result<(), Error> {
        self.ask(Call::new(Method::POST, format!("chats/{chat}/typing/")).json(&json!({"on": on}))).await
    }
}
