//! Messages, and the log that they are part of.

mod change;
mod statements;

use diesel::prelude::*;

use parlor_domain::log::LogPage;
use parlor_domain::message::{ChangeMessage, ChangeMessageRefused, ChangedMessage, NewMessage, SendRefused, Sent};
use parlor_domain::ports::MessageRepository;
use parlor_domain::{ChatUri, Message, Page, Seq, SeqRange, Snapshot, StoreError, UserId, async_trait};

use crate::append::Append;
use crate::chats::announce;
use crate::connection::AnyConnection;
use crate::events::{EventRow, MessageRow, read_events};
use crate::failure::Failure;
use crate::{DieselStore, rows};

use statements::{FindMessage, ListBackward, ListForward, ReadLog};

/// A part of the history. There is a row even if there is no message: one for the membership.
fn list(
    conn: &mut AnyConnection,
    chat: ChatUri,
    reader: UserId,
    range: &SeqRange,
) -> Result<Option<Page<Message>>, Failure> {
    let (uri, reader) = (&*chat.to_string(), reader.get());
    let after = range.after.unwrap_or_default().get();
    let before = range.before.map_or(i64::MAX, Seq::get);
    let limit = rows::page_rows(range.limit);
    let found: Vec<Option<MessageRow>> = if range.is_forward() {
        ListForward { uri, reader, after, before, limit }.load::<(i64, Option<MessageRow>)>(conn)?
    } else {
        ListBackward { uri, reader, before, limit }.load::<(i64, Option<MessageRow>)>(conn)?
    }
    .into_iter()
    .map(|(_, message)| message)
    .collect();
    if found.is_empty() {
        return Ok(None);
    }
    let messages: Result<Vec<Message>, Failure> = found.into_iter().flatten().map(Message::try_from).collect();
    let mut page = Page::cut(messages?, range.limit);
    if !range.is_forward() {
        page.items.reverse();
    }
    Ok(Some(page))
}

fn read_log(
    conn: &mut AnyConnection,
    chat: ChatUri,
    reader: UserId,
    after: Seq,
    limit: u32,
) -> Result<Option<LogPage>, Failure> {
    let uri = &*chat.to_string();
    let page = ReadLog { uri, reader: reader.get(), after: after.get(), limit: i64::from(limit) };
    let found = page.load(conn)?;
    read_page(conn, chat, found)
}

/// The page that these rows are: each with head and floor, and none for whoever may not read.
pub(crate) fn read_page(
    conn: &mut AnyConnection,
    chat: ChatUri,
    found: Vec<(i64, i64, Option<EventRow>)>,
) -> Result<Option<LogPage>, Failure> {
    let Some((head, floor, _)) = found.first() else { return Ok(None) };
    let (head, floor) = (rows::seq(*head)?, rows::seq(*floor)?);
    let events = found.into_iter().filter_map(|(.., event)| event).collect();
    Ok(Some(LogPage { events: read_events(conn, chat, events)?, head, floor }))
}

#[async_trait]
impl MessageRepository for DieselStore {
    async fn append(&self, message: NewMessage) -> Result<Result<Sent, SendRefused>, StoreError> {
        let (append, answer) = Append::new(message);
        self.append_message(append, answer).await
    }

    async fn change_message(
        &self,
        change: ChangeMessage,
    ) -> Result<Result<ChangedMessage, ChangeMessageRefused>, StoreError> {
        let notifier = self.notifier();
        self.write_log(move |connected| {
            let changed = change::change(&mut connected.conn, &change)?;
            Ok(changed.map(|(changed, event)| {
                announce(notifier.as_ref(), connected, change.chat, Vec::from_iter(event));
                changed
            }))
        })
        .await
    }

    async fn list(&self, chat: ChatUri, reader: UserId, range: SeqRange) -> Result<Option<Page<Message>>, StoreError> {
        self.read(move |conn| list(conn, chat, reader, &range)).await
    }

    async fn find(&self, chat: ChatUri, reader: UserId, seq: Seq) -> Result<Option<Message>, StoreError> {
        self.read(move |conn| {
            let find = FindMessage { uri: &chat.to_string(), reader: reader.get(), seq: seq.get() };
            find.get_result::<MessageRow>(conn).optional()?.map(Message::try_from).transpose()
        })
        .await
    }

    async fn read_log(
        &self,
        chat: ChatUri,
        reader: UserId,
        after: Seq,
        limit: u32,
    ) -> Result<Option<Snapshot<LogPage>>, StoreError> {
        let Snapshot { epoch, value } = self.snapshot(move |conn| read_log(conn, chat, reader, after, limit)).await?;
        Ok(value.map(|value| Snapshot { epoch, value }))
    }
}
