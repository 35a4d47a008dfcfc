//! Search in memory: every text is looked at.

use std::cmp::Reverse;

use parlor_domain::ports::SearchRepository;
use parlor_domain::search::{Hit, SearchCursor, SearchMessages};
use parlor_domain::{Page, StoreError, async_trait};

use super::MemoryStore;

#[async_trait]
impl SearchRepository for MemoryStore {
    async fn search(&self, search: SearchMessages) -> Result<Option<Page<Hit>>, StoreError> {
        let data = self.lock();
        if search.chat.is_some_and(|chat| data.chat_of(chat, search.reader).is_none()) {
            return Ok(None);
        }
        let order = |at: SearchCursor| Reverse((at.created_at, at.chat, at.seq));
        let mut found = Vec::new();
        for (uri, chat) in &data.chats {
            if search.chat.is_some_and(|only| only != *uri) || chat.membership(search.reader).is_none() {
                continue;
            }
            for message in chat.log.iter().filter_map(|event| chat.message(event)) {
                let (seq, created_at) = (message.seq, message.created_at);
                let hit = Hit { chat: *uri, seq, author: message.author, body: message.body, created_at };
                let is_behind = search.after.is_none_or(|after| order(hit.cursor()) > order(after));
                if is_behind && !search.query.find_in(&hit.body).is_empty() {
                    found.push(hit);
                }
            }
        }
        found.sort_by_key(|hit| order(hit.cursor()));
        Ok(Some(Page::cut(found, search.limit)))
    }
}
