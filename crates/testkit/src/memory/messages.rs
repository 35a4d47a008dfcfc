//! Messages and the log in memory.

use parlor_domain::log::{EventKind, LogPage};
use parlor_domain::message::{NewMessage, SendRefused, Sent};
use parlor_domain::ports::MessageRepository;
use parlor_domain::{ChatUri, Event, Message, Page, Seq, SeqRange, Snapshot, StoreError, UserId, async_trait};

use super::MemoryStore;
use super::live::snapshot;

/// The message that an event tells of, if it does.
pub(super) fn message(event: &Event) -> Option<Message> {
    let EventKind::MessageCreated { body, client_id, reply_to } = &event.kind else { return None };
    Some(Message {
        seq: event.seq,
        author: event.by.clone(),
        body: body.clone(),
        client_id: client_id.clone(),
        reply_to: *reply_to,
        created_at: event.at,
        edited_at: None,
        deleted: false,
    })
}

#[async_trait]
impl MessageRepository for MemoryStore {
    async fn append(&self, new: NewMessage) -> Result<Result<Sent, SendRefused>, StoreError> {
        let mut data = self.lock();
        let by = data.user_ref(new.author);
        let Some(chat) = data.chats.get_mut(&new.chat) else { return Ok(Err(SendRefused::NotFound)) };
        let find = |seq| chat.event(seq).and_then(|event| message(event));
        if chat.membership(new.author).is_none() {
            return Ok(Err(SendRefused::NotFound));
        }
        let key = (new.author, new.key.clone());
        if let Some(stored) = chat.keys.get(&key).and_then(|seq| find(*seq)) {
            let same = new.is_repeated_by(&stored);
            return Ok(if same {
                Ok(Sent { message: stored, duplicate: true })
            } else {
                Err(SendRefused::ClientIdReused)
            });
        }
        if new.reply_to.is_some_and(|target| find(target).is_none()) {
            return Ok(Err(SendRefused::NoSuchReplyTarget));
        }
        let (client_id, head) = (new.client_id().cloned(), chat.head());
        let kind = EventKind::MessageCreated { body: new.body.into_string(), client_id, reply_to: new.reply_to };
        let event = chat.push(new.chat, new.at, by?, kind);
        chat.keys.insert(key, event.seq);
        for author in chat.members.iter_mut().filter(|member| member.user == new.author) {
            author.read = event.seq;
        }
        self.announce(new.chat, chat, head);
        let message = message(&event).ok_or_else(|| StoreError::corrupt("a message that is none"))?;
        Ok(Ok(Sent { message, duplicate: false }))
    }

    async fn list(&self, chat: ChatUri, reader: UserId, range: SeqRange) -> Result<Option<Page<Message>>, StoreError> {
        let data = self.lock();
        let Some((chat, _)) = data.chat_of(chat, reader) else { return Ok(None) };
        let inside = chat
            .after(range.after.unwrap_or(Seq::START))
            .filter(|event| range.before.is_none_or(|before| event.seq < before))
            .filter_map(|event| message(event));
        if range.is_forward() {
            return Ok(Some(Page::cut(inside.collect(), range.limit)));
        }
        let mut page = Page::cut(inside.rev().collect(), range.limit);
        page.items.reverse();
        Ok(Some(page))
    }

    async fn find(&self, chat: ChatUri, reader: UserId, seq: Seq) -> Result<Option<Message>, StoreError> {
        let data = self.lock();
        let found = data.chat_of(chat, reader).and_then(|(chat, _)| chat.event(seq));
        Ok(found.and_then(|event| message(event)))
    }

    async fn read_log(
        &self,
        chat: ChatUri,
        reader: UserId,
        after: Seq,
        limit: u32,
    ) -> Result<Option<Snapshot<LogPage>>, StoreError> {
        let data = self.lock();
        Ok(data.chat_of(chat, reader).map(|(chat, _)| snapshot(chat.page(after, limit))))
    }
}
