//! Messages and the log in memory.

use std::sync::Arc;

use parlor_domain::log::{EventKind, LogPage};
use parlor_domain::message::{
    ChangeMessage, ChangeMessageRefused, ChangedMessage, MessageChange, MessageContext, NewMessage, SendRefused, Sent,
};
use parlor_domain::ports::MessageRepository;
use parlor_domain::{ChatUri, Event, Message, Page, Seq, SeqRange, Snapshot, StoreError, UserId, async_trait};
use time::OffsetDateTime;

use super::live::snapshot;
use super::{Changed, Chat, MemoryStore};

impl Chat {
    /// The message that an event tells of, if it does, as it is now.
    pub(super) fn message(&self, event: &Event) -> Option<Message> {
        let EventKind::MessageCreated { body, client_id, reply_to } = &event.kind else { return None };
        let Changed { edited_at, deleted } = self.changed.get(&event.seq).copied().unwrap_or_default();
        let mut message = Message {
            seq: event.seq,
            author: event.by.clone(),
            body: body.clone(),
            client_id: client_id.clone(),
            reply_to: *reply_to,
            reactions: Vec::new(),
            created_at: event.at,
            edited_at,
            deleted,
        };
        for (emoji, user) in self.reactions.get(&event.seq).into_iter().flatten() {
            message.add_reaction(emoji.clone(), *user);
        }
        Some(message)
    }

    fn find(&self, seq: Seq) -> Option<Message> {
        self.event(seq).and_then(|event| self.message(event))
    }

    /// Gives a message another text, in every event that shows it.
    fn set_text(&mut self, message: Seq, text: &str) {
        for event in &mut self.log {
            let seq = event.seq;
            match &mut Arc::make_mut(event).kind {
                EventKind::MessageCreated { body, .. } if seq == message => text.clone_into(body),
                EventKind::MessageEdited { target, body } if *target == message => text.clone_into(body),
                _ => {}
            }
        }
    }

    /// Changes a message, and gives the event that tells of it.
    fn change(&mut self, target: Seq, by: UserId, change: MessageChange, at: OffsetDateTime) -> EventKind {
        match change {
            MessageChange::Edited(body) => {
                self.changed.entry(target).or_default().edited_at = Some(at);
                self.set_text(target, body.as_str());
                EventKind::MessageEdited { target, body: body.into_string() }
            }
            MessageChange::Deleted => {
                self.changed.entry(target).or_default().deleted = true;
                self.reactions.remove(&target);
                self.set_text(target, "");
                EventKind::MessageDeleted { target }
            }
            MessageChange::Reacted(emoji) => {
                self.reactions.entry(target).or_default().push((emoji.clone(), by));
                EventKind::ReactionAdded { target, emoji }
            }
            MessageChange::Unreacted(emoji) => {
                let reactions = self.reactions.entry(target).or_default();
                reactions.retain(|(other, user)| (other, *user) != (&emoji, by));
                EventKind::ReactionRemoved { target, emoji }
            }
        }
    }
}

#[async_trait]
impl MessageRepository for MemoryStore {
    async fn append(&self, new: NewMessage) -> Result<Result<Sent, SendRefused>, StoreError> {
        let mut data = self.lock();
        let by = data.user_ref(new.author);
        let blocked = data.chats.get(&new.chat).is_some_and(|chat| data.is_blocked(chat));
        let Some(chat) = data.chats.get_mut(&new.chat) else { return Ok(Err(SendRefused::NotFound)) };
        let find = |seq| chat.find(seq);
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
        if blocked {
            return Ok(Err(SendRefused::Blocked));
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
        let message = chat.message(&event).ok_or_else(|| StoreError::corrupt("a message that is none"))?;
        Ok(Ok(Sent { message, duplicate: false }))
    }

    async fn change_message(
        &self,
        wish: ChangeMessage,
    ) -> Result<Result<ChangedMessage, ChangeMessageRefused>, StoreError> {
        let mut data = self.lock();
        let by = data.user_ref(wish.by);
        let blocked = data.chats.get(&wish.chat).is_some_and(|chat| data.is_blocked(chat));
        let Some(chat) = data.chats.get_mut(&wish.chat) else { return Ok(Err(ChangeMessageRefused::NotFound)) };
        let context = MessageContext {
            kind: chat.kind,
            caller: chat.membership(wish.by).map(|member| member.role),
            blocked,
            message: chat.find(wish.target),
        };
        let head = chat.head();
        let event = match wish.decide(&context) {
            Err(refused) => return Ok(Err(refused)),
            Ok(None) => None,
            Ok(Some(change)) => {
                let kind = chat.change(wish.target, wish.by, change, wish.at);
                Some(chat.push(wish.chat, wish.at, by?, kind).seq)
            }
        };
        self.announce(wish.chat, chat, head);
        let message = chat.find(wish.target).ok_or_else(|| StoreError::corrupt("a message that is gone"))?;
        Ok(Ok(ChangedMessage { message, event }))
    }

    async fn list(&self, chat: ChatUri, reader: UserId, range: SeqRange) -> Result<Option<Page<Message>>, StoreError> {
        let data = self.lock();
        let Some((chat, _)) = data.chat_of(chat, reader) else { return Ok(None) };
        let inside = chat
            .after(range.after.unwrap_or(Seq::START))
            .filter(|event| range.before.is_none_or(|before| event.seq < before))
            .filter_map(|event| chat.message(event));
        if range.is_forward() {
            return Ok(Some(Page::cut(inside.collect(), range.limit)));
        }
        let mut page = Page::cut(inside.rev().collect(), range.limit);
        page.items.reverse();
        Ok(Some(page))
    }

    async fn find(&self, chat: ChatUri, reader: UserId, seq: Seq) -> Result<Option<Message>, StoreError> {
        let data = self.lock();
        Ok(data.chat_of(chat, reader).and_then(|(chat, _)| chat.find(seq)))
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
