//! Searching the messages of one's chats.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{SearchQuery, TextMatch};
use crate::account::{UserId, UserRef};
use crate::ports::SearchRepository;
use crate::{ChatUri, Page, Seq, StoreError};

/// A place in what was found: the last message of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchCursor {
    /// When the message was sent.
    pub created_at: OffsetDateTime,
    /// Its chat.
    pub chat: ChatUri,
    /// Its place there.
    pub seq: Seq,
}

/// What is searched for, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchMessages {
    /// Whose chats are searched.
    pub reader: UserId,
    /// The words.
    pub query: SearchQuery,
    /// The only chat that is searched.
    pub chat: Option<ChatUri>,
    /// Only what comes behind it.
    pub after: Option<SearchCursor>,
    /// At most so many.
    pub limit: u32,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its chat.
    pub chat: ChatUri,
    /// Its place there.
    pub seq: Seq,
    /// Who wrote it.
    pub author: UserRef,
    /// The text of today.
    pub body: String,
    /// When it was sent.
    pub created_at: OffsetDateTime,
}

impl Hit {
    /// Its place in what was found.
    pub fn cursor(&self) -> SearchCursor {
        SearchCursor { created_at: self.created_at, chat: self.chat, seq: self.seq }
    }
}

/// A message that was found, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The message.
    pub hit: Hit,
    /// Where the words stand.
    pub matches: Vec<TextMatch>,
}

/// Searching.
#[derive(Clone)]
pub struct Search {
    messages: Arc<dyn SearchRepository>,
}

impl Search {
    /// Searches what is kept behind this port.
    pub fn new(messages: Arc<dyn SearchRepository>) -> Self {
        Self { messages }
    }

    /// A page of what was found, newest first; `None` if a chat is named that is not the reader's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn messages(&self, search: SearchMessages) -> Result<Option<Page<Found>>, StoreError> {
        let query = search.query.clone();
        let page = self.messages.search(search).await?;
        Ok(page.map(|page| page.map(|hit| Found { matches: query.find_in(&hit.body), hit })))
    }
}
