//! Other people: the directory, and blocks.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::{Error, Page, Parlor};

/// Whoever is named in a chat. An erased account is `0`, `deleted user`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The number that the user is known by.
    pub id: u64,
    /// The name of today.
    pub username: String,
}

/// Somebody, as the directory shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Card {
    /// The number that the user is known by.
    pub id: u64,
    /// The name that chats show.
    pub username: String,
    /// A longer or shorter name, if one is set.
    pub display_name: Option<String>,
}

/// All of them fail with an [`Error`].
impl Parlor {
    /// The people whose names begin so, by name; all of them for an empty text.
    pub async fn users(&self, search: &str, limit: Option<u32>) -> Result<Page<Card>, Error> {
        let search = Some(search).filter(|search| !search.is_empty());
        self.list(Call::get("users/").query("search", search).query("limit", limit)).await
    }

    /// Somebody.
    pub async fn user(&self, id: u64) -> Result<Card, Error> {
        self.ask(Call::get(format!("users/{id}/"))).await
    }

    /// Whom one has blocked, in the order of blocking.
    pub async fn blocks(&self, limit: Option<u32>) -> Result<Page<Card>, Error> {
        self.list(Call::get("users/me/blocks/").query("limit", limit)).await
    }

    /// Blocks somebody: no direct chat, presence, typing or reading between the two, either way.
    pub async fn block(&self, id: u64) -> Result<(), Error> {
        self.ask(Call::new(Method::PUT, format!("users/me/blocks/{id}/"))).await
    }

    /// Takes one's own block back.
    pub async fn unblock(&self, id: u64) -> Result<(), Error> {
        self.ask(Call::new(Method::DELETE, format!("users/me/blocks/{id}/"))).await
    }
}
