//! Sending, changing and reading messages.

use std::sync::Arc;

use super::{
    ChangeMessage, ChangeMessageError, ChangedMessage, ClientId, DedupKey, Message, MessageBody, MessageCommand,
    MessageCondition, NewMessage, SendError, Sent,
};
use crate::account::UserId;
use crate::log::LogPage;
use crate::ports::{Clock, Entropy, MessageRepository};
use crate::{ChatUri, Page, Seq, SeqRange, Snapshot, StoreError};

/// A message as its author hands it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub body: MessageBody,
    /// The client's name for it: the same name again is the same message.
    pub client_id: Option<ClientId>,
    /// The message that it answers.
    pub reply_to: Option<Seq>,
}

/// The messages: sending, changing and reading.
#[derive(Clone)]
pub struct Messaging {
    messages: Arc<dyn MessageRepository>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Messaging {
    /// The messages kept behind these ports.
    pub fn new(messages: Arc<dyn MessageRepository>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { messages, clock, entropy }
    }

    /// Stores a message as the chat's next event. Once this returns, it is durable, and every reader sees it.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, author: UserId, chat: ChatUri, draft: Draft) -> Result<Sent, SendError> {
        let key = match draft.client_id {
            Some(id) => DedupKey::Client(id),
            None => DedupKey::Random(self.entropy.bytes()),
        };
        let at = self.clock.now();
        let message = NewMessage { chat, author, body: draft.body, key, reply_to: draft.reply_to, at };
        // The store announces what it commits, in seq order: see `MessageRepository::append`.
        Ok(self.messages.append(message).await??)
    }

    /// Edits or deletes a message: the chat's next event, unless all is as wished already. With a `condition`, only if
    /// that holds of the message at that moment. Once this returns, every reader sees the message as it is now, also
    /// where earlier events tell of it.
    ///
    /// # Errors
    /// [`ChangeMessageError`].
    pub async fn change(
        &self,
        by: UserId,
        chat: ChatUri,
        target: Seq,
        command: MessageCommand,
        condition: Option<MessageCondition>,
    ) -> Result<ChangedMessage, ChangeMessageError> {
        let change = ChangeMessage { chat, target, by, command, condition, at: self.clock.now() };
        Ok(self.messages.change_message(change).await??)
    }

    /// A page of messages, oldest first; `None` for outsiders. [`Page::more`] speaks of the direction of reading.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(
        &self,
        reader: UserId,
        chat: ChatUri,
        range: SeqRange,
    ) -> Result<Option<Page<Message>>, StoreError> {
        self.messages.list(chat, reader, range).await
    }

    /// One message; `None` for outsiders, and where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self, reader: UserId, chat: ChatUri, seq: Seq) -> Result<Option<Message>, StoreError> {
        self.messages.find(chat, reader, seq).await
    }

    /// A part of the chat's log, from right behind `after`; `None` for outsiders.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_log(
        &self,
        reader: UserId,
        chat: ChatUri,
        after: Seq,
        limit: u32,
    ) -> Result<Option<Snapshot<LogPage>>, StoreError> {
        self.messages.read_log(chat, reader, after, limit).await
    }
}
