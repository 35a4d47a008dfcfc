//! Chats as their members see them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};
use time::PrimitiveDateTime;
use time::macros::datetime;

use parlor_domain::chat_session::{Chat, ChatCursor, ChatSummary, ReadState};
use parlor_domain::ports::LISTED_MEMBERS;
use parlor_domain::{ChatTitle, ChatUri, Member, Message, Page, Role, UserId};

use crate::connection::{self, AnyConnection, MultiBackend};
use crate::events::{MessageColumns, MessageRow};
use crate::failure::Failure;
use crate::statement::statement;
use crate::{rows, times};

use super::members;

/// A chat, how far the viewer has read it, how many messages of others come after that, and its newest message.
#[derive(Queryable)]
struct SummaryRow {
    id: i64,
    uri: String,
    kind: String,
    title: Option<String>,
    joinable: bool,
    member_count: i64,
    head: i64,
    created_at: PrimitiveDateTime,
    updated_at: PrimitiveDateTime,
    read_seq: i64,
    unread: i64,
    last_message: Option<MessageRow>,
}

type SummaryColumns = (
    BigInt,
    Text,
    Text,
    Nullable<Text>,
    Bool,
    BigInt,
    BigInt,
    Timestamp,
    Timestamp,
    BigInt,
    BigInt,
    Nullable<MessageColumns>,
);

statement! {
    /// One chat of a member.
    struct FindSummary<'a> for MultiBackend { uri: &'a str, viewer: i64 } -> SummaryColumns;
    "SELECT c.id, c.uri, c.kind, c.title, c.joinable, c.member_count, c.head, c.created_at, c.updated_at, m.read_seq,
        (SELECT count(*) FROM (
            SELECT 1 FROM events n WHERE n.chat_id = c.id AND n.seq > m.read_seq
            AND n.kind = 'message.created' AND NOT n.deleted AND n.author_id <> m.user_id LIMIT 1000
        ) AS unread),
        e.seq, e.at, e.author_id, u.username, e.dedup_key, e.body, e.reply_to, e.edited_at, e.deleted,
        CASE WHEN e.reacted THEN (
            SELECT string_agg(CASE WHEN w.erased_at IS NULL THEN w.id ELSE 0 END || ' ' || x.emoji, ',' ORDER BY x.seq)
            FROM reactions x JOIN users w ON w.id = x.user_id
            WHERE x.chat_id = e.chat_id AND x.target = e.seq) END
     FROM members m
     JOIN chats c ON c.id = m.chat_id
     LEFT JOIN events e ON e.chat_id = c.id AND e.seq = (
        SELECT l.seq FROM events l WHERE l.chat_id = c.id AND l.kind = 'message.created' AND NOT l.deleted
        ORDER BY l.seq DESC LIMIT 1)
     LEFT JOIN users u ON u.id = e.author_id
     WHERE m.chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND m.user_id = " [viewer: BigInt]
}

statement! {
    /// The chats of a member below a place. The page is chosen first, and only what is on it is counted.
    struct ListSummaries<'a> for MultiBackend {
        viewer: i64,
        updated_at: PrimitiveDateTime,
        uri: &'a str,
        limit: i64,
    } -> SummaryColumns;
    "SELECT page.id, page.uri, page.kind, page.title, page.joinable, page.member_count, page.head, page.created_at,
        page.updated_at, page.read_seq,
        (SELECT count(*) FROM (
            SELECT 1 FROM events n WHERE n.chat_id = page.id AND n.seq > page.read_seq
            AND n.kind = 'message.created' AND NOT n.deleted AND n.author_id <> page.user_id LIMIT 1000
        ) AS unread),
        e.seq, e.at, e.author_id, u.username, e.dedup_key, e.body, e.reply_to, e.edited_at, e.deleted,
        CASE WHEN e.reacted THEN (
            SELECT string_agg(CASE WHEN w.erased_at IS NULL THEN w.id ELSE 0 END || ' ' || x.emoji, ',' ORDER BY x.seq)
            FROM reactions x JOIN users w ON w.id = x.user_id
            WHERE x.chat_id = e.chat_id AND x.target = e.seq) END
     FROM (
        SELECT i.*, m.read_seq, m.user_id FROM members m JOIN chats i ON i.id = m.chat_id
        WHERE m.user_id = " [viewer: BigInt]
    " AND (i.updated_at, i.uri) < (" [updated_at: Timestamp]
    ", " [uri: Text]
    ") ORDER BY i.updated_at DESC, i.uri DESC LIMIT " [limit: BigInt]
    ") page
     LEFT JOIN events e ON e.chat_id = page.id AND e.seq = (
        SELECT l.seq FROM events l WHERE l.chat_id = page.id AND l.kind = 'message.created' AND NOT l.deleted
        ORDER BY l.seq DESC LIMIT 1)
     LEFT JOIN users u ON u.id = e.author_id
     ORDER BY page.updated_at DESC, page.uri DESC"
}

/// Above every chat: later than any, and with a letter that no uri has.
const TOP: (PrimitiveDateTime, &str) = (datetime!(9999-12-31 23:59:59), "~");

/// One chat.
pub(super) fn find(
    conn: &mut AnyConnection,
    uri: ChatUri,
    viewer: UserId,
    shown: u32,
) -> Result<Option<ChatSummary>, Failure> {
    connection::snapshot(conn, |conn| {
        let found = FindSummary { uri: &uri.to_string(), viewer: viewer.get() };
        let Some(row) = found.get_result::<SummaryRow>(conn).optional()? else { return Ok(None) };
        // The first is read even if none is to be shown: the owner is told in any case.
        let listed = members::first_of(conn, &[row.id], shown.max(1))?;
        row.summarise(listed.into_iter().map(|(_, member)| member).collect(), shown).map(Some)
    })
}

/// A page of the chats of `user`, read by two statements, however many they are.
pub(super) fn list(
    conn: &mut AnyConnection,
    user: UserId,
    after: Option<ChatCursor>,
    limit: u32,
) -> Result<Page<ChatSummary>, Failure> {
    connection::snapshot(conn, |conn| {
        let after = after.map(|after| (times::stored(after.updated_at), after.uri.to_string()));
        let (updated_at, uri) = after.as_ref().map_or(TOP, |(updated_at, uri)| (*updated_at, uri.as_str()));
        let page = ListSummaries { viewer: user.get(), updated_at, uri, limit: rows::page_rows(limit) };
        let page = Page::cut(page.load::<SummaryRow>(conn)?, limit);
        let ids: Vec<i64> = page.items.iter().map(|row| row.id).collect();
        let mut listed: std::collections::HashMap<i64, Vec<Member>> = std::collections::HashMap::new();
        for (chat, member) in members::first_of(conn, &ids, LISTED_MEMBERS)? {
            listed.entry(chat).or_default().push(member);
        }
        let items = page.items.into_iter().map(|row| {
            let members = listed.remove(&row.id).unwrap_or_default();
            row.summarise(members, LISTED_MEMBERS)
        });
        Ok(Page { items: items.collect::<Result<_, _>>()?, more: page.more })
    })
}

impl SummaryRow {
    /// The chat with at most `shown` of the members, of whom the first are given.
    fn summarise(self, mut members: Vec<Member>, shown: u32) -> Result<ChatSummary, Failure> {
        let owner = members.first().filter(|first| first.role == Role::Owner).map(|first| first.user.clone());
        members.truncate(usize::try_from(shown).unwrap_or(usize::MAX));
        Ok(ChatSummary {
            chat: Chat {
                uri: rows::named(&self.uri)?,
                kind: rows::named(&self.kind)?,
                title: self.title.map(ChatTitle::stored),
                joinable: self.joinable,
                member_count: rows::count(self.member_count)?,
                head: rows::seq(self.head)?,
                created_at: times::read(self.created_at),
                updated_at: times::read(self.updated_at),
            },
            owner,
            members,
            read_state: ReadState { read: rows::seq(self.read_seq)?, unread: rows::count(self.unread)? },
            last_message: self.last_message.map(Message::try_from).transpose()?,
        })
    }
}
