//! Who is in a group, and who may come in by an invite.

use std::time::Duration;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

use crate::call::{Call, encoded};
use crate::{ChatUri, Error, Opened, Page, Parlor, User};

/// What somebody is in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The one who may do everything.
    Owner,
    /// May add, remove and change settings.
    Admin,
    /// Reads and writes.
    Member,
}

/// Somebody in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Member {
    /// The number that the user is known by.
    pub id: u64,
    /// The name of today.
    pub username: String,
    /// What they are here.
    pub role: Role,
}

/// A way into a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invite {
    /// What one joins by.
    pub code: String,
    /// When it was made.
    #[serde(with = "crate::timestamp")]
    pub created_at: OffsetDateTime,
    /// When it ends, if it does.
    #[serde(with = "crate::timestamp::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// For how many more it works, if that is bounded.
    pub uses_left: Option<u32>,
    /// Who made it.
    pub by: User,
}

/// An invite to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewInvite {
    /// How long it works, in whole seconds from a minute to a year; for ever unless set.
    pub expires_in: Option<Duration>,
    /// For how many; unbounded unless set.
    pub uses: Option<u32>,
}

/// All of them fail with an [`Error`].
impl Parlor {
    /// The members of a chat, the owner first, then in the order of joining.
    pub async fn members(&self, chat: ChatUri, limit: Option<u32>) -> Result<Page<Member>, Error> {
        self.list(Call::get(format!("chats/{chat}/members/")).query("limit", limit)).await
    }

    /// Gives a member a role; [`Role::Owner`] hands the group over.
    pub async fn give_role(&self, chat: ChatUri, user: u64, role: Role) -> Result<Member, Error> {
        self.ask(Call::new(Method::PATCH, format!("chats/{chat}/members/{user}/")).json(&json!({"role": role}))).await
    }

    /// Removes a member, or leaves: with one's own number.
    pub async fn remove_member(&self, chat: ChatUri, user: u64) -> Result<(), Error> {
        self.ask(Call::new(Method::DELETE, format!("chats/{chat}/members/{user}/"))).await
    }

    /// The invites of a group that work, latest made first.
    pub async fn invites(&self, chat: ChatUri, limit: Option<u32>) -> Result<Page<Invite>, Error> {
        self.list(Call::get(format!("chats/{chat}/invites/")).query("limit", limit)).await
    }

    /// Makes an invite.
    pub async fn invite(&self, chat: ChatUri, invite: NewInvite) -> Result<Invite, Error> {
        let body = json!({"expires_in": invite.expires_in.map(|time| time.as_secs()), "uses": invite.uses});
        self.ask(Call::new(Method::POST, format!("chats/{chat}/invites/")).json(&body)).await
    }

    /// Withdraws an invite.
    pub async fn withdraw_invite(&self, chat: ChatUri, code: &str) -> Result<(), Error> {
        self.ask(Call::new(Method::DELETE, format!("chats/{chat}/invites/{}/", encoded(code)))).await
    }

    /// Joins the group that an invite leads to.
    pub async fn accept_invite(&self, code: &str) -> Result<Opened, Error> {
        self.ask(Call::new(Method::POST, format!("invites/{}/", encoded(code)))).await
    }
}
