//! The SQL that live delivery reads by: each an answer as of one moment, found by an index.

use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text};
use diesel::sqlite::Sqlite;

use crate::connection::MultiBackend;
use crate::events::EventColumns;
use crate::statement::statement;

/// Somebody's place in a chat.
#[derive(diesel::Queryable)]
pub(super) struct MembershipRow {
    pub(super) uri: String,
    pub(super) head: i64,
    pub(super) floor: i64,
    pub(super) member_count: i64,
    pub(super) joined_seq: i64,
    pub(super) read_seq: i64,
    pub(super) unread: i64,
}

type MembershipColumns = (Text, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);

statement! {
    /// All chats of somebody, latest activity first. What is unread is counted as in the list of chats.
    pub(super) struct ListMemberships for MultiBackend { user: i64 } -> MembershipColumns;
    "SELECT c.uri, c.head, c.floor, c.member_count, m.joined_seq, m.read_seq,
        (SELECT count(*) FROM (
            SELECT 1 FROM events n WHERE n.chat_id = m.chat_id AND n.seq > m.read_seq
            AND n.kind = 'message.created' AND NOT n.deleted AND n.author_id <> m.user_id LIMIT 1000
        ) AS unread)
     FROM members m JOIN chats c ON c.id = m.chat_id
     WHERE m.user_id = " [user: BigInt]
    " ORDER BY c.updated_at DESC, c.uri DESC"
}

statement! {
    /// One chat of somebody.
    pub(super) struct FindMembership<'a> for MultiBackend { uri: &'a str, user: i64 } -> MembershipColumns;
    "SELECT c.uri, c.head, c.floor, c.member_count, m.joined_seq, m.read_seq,
        (SELECT count(*) FROM (
            SELECT 1 FROM events n WHERE n.chat_id = m.chat_id AND n.seq > m.read_seq
            AND n.kind = 'message.created' AND NOT n.deleted AND n.author_id <> m.user_id LIMIT 1000
        ) AS unread)
     FROM members m JOIN chats c ON c.id = m.chat_id
     WHERE m.chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND m.user_id = " [user: BigInt]
}

statement! {
    /// The heads of these chats.
    pub(super) struct HeadsPg<'a> for Pg { uris: &'a [&'a str] } -> (Text, BigInt);
    "SELECT uri, head FROM chats WHERE uri = ANY(" [uris: Array<Text>]
    ")"
}

statement! {
    /// The same on SQLite: the names as a JSON array.
    pub(super) struct HeadsSqlite<'a> for Sqlite { uris: &'a str } -> (Text, BigInt);
    "SELECT uri, head FROM chats WHERE uri IN (SELECT asked.value FROM json_each(" [uris: Text]
    ") asked)"
}

statement! {
    /// Where these users became members of late. The bound comes from a subquery, which is evaluated once: then it
    /// leads the index.
    pub(super) struct JoinedPg<'a> for Pg { users: &'a [i64], seconds: f64 } -> (BigInt, Text);
    "SELECT m.user_id, c.uri FROM members m JOIN chats c ON c.id = m.chat_id
     WHERE m.user_id = ANY(" [users: Array<BigInt>]
    ") AND m.joined_at > (SELECT (clock_timestamp() AT TIME ZONE 'UTC') - make_interval(secs => " [seconds: Double]
    "))"
}

statement! {
    /// The same on SQLite: the users as a JSON array, and the time as a modifier
    /// (`sqlite.org/lang_datefunc.html#modifiers`).
    pub(super) struct JoinedSqlite<'a> for Sqlite { users: &'a str, back: &'a str } -> (BigInt, Text);
    "SELECT m.user_id, c.uri FROM members m JOIN chats c ON c.id = m.chat_id
     WHERE m.user_id IN (SELECT asked.value FROM json_each(" [users: Text]
    ") asked) AND m.joined_at > strftime('%Y-%m-%d %H:%M:%f', 'now', " [back: Text]
    ")"
}

statement! {
    /// Of these users, each with whom they have blocked and who has blocked them.
    pub(super) struct BlockedPg<'a> for Pg { users: &'a [i64] } -> (BigInt, BigInt);
    "SELECT blocker_id, blocked_id FROM blocks WHERE blocker_id = ANY(" [users: Array<BigInt>]
    ") UNION SELECT blocked_id, blocker_id FROM blocks WHERE blocked_id = ANY(" [users: Array<BigInt>]
    ")"
}

statement! {
    /// The same on SQLite: the users as a JSON array.
    pub(super) struct BlockedSqlite<'a> for Sqlite { users: &'a str } -> (BigInt, BigInt);
    "SELECT blocker_id, blocked_id FROM blocks
     WHERE blocker_id IN (SELECT asked.value FROM json_each(" [users: Text]
    ") asked) UNION SELECT blocked_id, blocker_id FROM blocks
     WHERE blocked_id IN (SELECT asked.value FROM json_each(" [users: Text]
    ") asked)"
}

statement! {
    /// The first events above a seq, oldest first, whoever reads them. There is a row even if there is no event.
    pub(super) struct ReadEvents<'a> for MultiBackend {
        uri: &'a str,
        after: i64,
        limit: i64,
    } -> (BigInt, BigInt, Nullable<EventColumns>);
    "SELECT viewed.head, viewed.floor, part.kind,
        part.seq, part.at, part.author_id, u.username, part.dedup_key, part.body, part.reply_to,
        part.edited_at, part.deleted, NULL,
        part.subject_id, s.username, part.data, part.target,
        (SELECT t.body FROM events t WHERE t.chat_id = part.chat_id AND t.seq = part.target)
     FROM (
        SELECT id, head, floor FROM chats WHERE uri = " [uri: Text]
    ") viewed LEFT JOIN (
        SELECT * FROM events WHERE chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND seq > " [after: BigInt]
    " ORDER BY seq LIMIT " [limit: BigInt]
    ") part ON part.chat_id = viewed.id
     LEFT JOIN users u ON u.id = part.author_id
     LEFT JOIN users s ON s.id = part.subject_id
     ORDER BY part.seq"
}
