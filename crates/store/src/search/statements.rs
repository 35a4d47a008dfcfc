//! The SQL of searching.

use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;
use time::PrimitiveDateTime;

use crate::connection::MultiBackend;
use crate::statement::statement;

/// A message that was found.
#[derive(diesel::Queryable)]
pub(super) struct HitRow {
    pub(super) uri: String,
    pub(super) seq: i64,
    pub(super) at: PrimitiveDateTime,
    pub(super) author_id: i64,
    pub(super) username: String,
    pub(super) body: Option<String>,
}

type HitColumns = (Text, BigInt, Timestamp, BigInt, Text, Nullable<Text>);

/// An event whose words are not there yet.
#[derive(diesel::Queryable)]
pub(super) struct Unindexed {
    pub(super) seq: i64,
    pub(super) body: Option<String>,
}

statement! {
    /// The id of a chat that somebody is in.
    pub(super) struct FindChat<'a> for MultiBackend { uri: &'a str, reader: i64 } -> (BigInt,);
    "SELECT chat_id FROM members WHERE chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND user_id = " [reader: BigInt]
}

statement! {
    /// The ids of some of the chats that somebody is in.
    pub(super) struct ListChats for Sqlite { reader: i64, limit: i64 } -> (BigInt,);
    "SELECT chat_id FROM members WHERE user_id = " [reader: BigInt]
    " LIMIT " [limit: BigInt]
}

statement! {
    /// The chats of somebody whose words are not all there, with their heads.
    pub(super) struct ListBehind for MultiBackend { reader: i64 } -> (BigInt, BigInt);
    "SELECT c.id, c.head FROM members m JOIN chats c ON c.id = m.chat_id
     LEFT JOIN search_progress p ON p.chat_id = m.chat_id
     WHERE m.user_id = " [reader: BigInt]
    " AND c.head > coalesce(p.indexed, 0) ORDER BY m.chat_id"
}

statement! {
    /// One chat, if it is such a one.
    pub(super) struct FindBehind<'a> for MultiBackend { uri: &'a str, reader: i64 } -> (BigInt, BigInt);
    "SELECT c.id, c.head FROM chats c JOIN members m ON m.chat_id = c.id AND m.user_id = " [reader: BigInt]
    " LEFT JOIN search_progress p ON p.chat_id = c.id
     WHERE c.uri = " [uri: Text]
    " AND c.head > coalesce(p.indexed, 0)"
}

statement! {
    /// Locks a chat's row of progress, made if there is none, and reads it as it is then.
    pub(super) struct LockProgress for MultiBackend { chat: i64 } -> (BigInt,);
    "INSERT INTO search_progress (chat_id, indexed) VALUES (" [chat: BigInt]
    ", 0) ON CONFLICT (chat_id) DO UPDATE SET indexed = search_progress.indexed RETURNING indexed"
}

statement! {
    pub(super) struct MoveProgress for MultiBackend { chat: i64, indexed: i64 } -> ();
    "UPDATE search_progress SET indexed = " [indexed: BigInt]
    " WHERE chat_id = " [chat: BigInt]
}

statement! {
    pub(super) struct ReadUnindexed for MultiBackend {
        chat: i64,
        after: i64,
        limit: i64,
    } -> (BigInt, Nullable<Text>);
    "SELECT seq, body FROM events WHERE chat_id = " [chat: BigInt]
    " AND seq > " [after: BigInt]
    " ORDER BY seq LIMIT " [limit: BigInt]
}

statement! {
    /// Adds messages of a chat with their keys, between which spaces stand.
    pub(super) struct AddPg<'a> for Pg { chat: i64, seqs: &'a [i64], keys: &'a [String] } -> ();
    "INSERT INTO search_words (chat_id, at, seq, keys)
     SELECT e.chat_id, e.at, e.seq, array_to_tsvector(string_to_array(n.keys, ' ')) FROM unnest(" [seqs: Array<BigInt>]
    ", " [keys: Array<Text>]
    ") AS n(seq, keys) JOIN events e ON e.chat_id = " [chat: BigInt]
    " AND e.seq = n.seq"
}

statement! {
    pub(super) struct AddSqlite<'a> for Sqlite { keys: &'a str, chat: i64, seq: i64 } -> ();
    "INSERT INTO search_words (rowid, keys) SELECT id, " [keys: Text]
    " FROM events WHERE chat_id = " [chat: BigInt]
    " AND seq = " [seq: BigInt]
}

statement! {
    pub(super) struct ForgetPg for Pg { chat: i64, seq: i64 } -> ();
    "DELETE FROM search_words w USING events e WHERE e.chat_id = " [chat: BigInt]
    " AND e.seq = " [seq: BigInt]
    " AND w.chat_id = e.chat_id AND w.at = e.at AND w.seq = e.seq"
}

statement! {
    pub(super) struct ForgetSqlite for Sqlite { chat: i64, seq: i64 } -> ();
    "DELETE FROM search_words WHERE rowid = (SELECT id FROM events WHERE chat_id = " [chat: BigInt]
    " AND seq = " [seq: BigInt]
    ")"
}

statement! {
    /// What was found in the chats that somebody is in, newest first: of each chat as much as fits the page, either by
    /// its words or, where these are common, by walking back from its newest. The log is read for the page only.
    pub(super) struct SearchPg<'a> for Pg {
        reader: i64,
        words: &'a str,
        chat: Option<&'a str>,
        at: Option<PrimitiveDateTime>,
        uri: Option<&'a str>,
        seq: Option<i64>,
        limit: i64,
    } -> HitColumns;
    "SELECT part.uri, part.seq, part.at, e.author_id, u.username, e.body
     FROM (
        SELECT c.id, c.uri, w.seq, w.at
        FROM members m JOIN chats c ON c.id = m.chat_id CROSS JOIN LATERAL (
            SELECT seq, at FROM search_words
            WHERE chat_id = m.chat_id AND keys @@ CAST(" [words: Text]
    " AS tsquery) AND at <= coalesce(" [at: Nullable<Timestamp>]
    ", 'infinity') AND (" [at: Nullable<Timestamp>]
    " IS NULL OR (at, c.uri, seq) < (" [at: Nullable<Timestamp>]
    ", " [uri: Nullable<Text>]
    ", " [seq: Nullable<BigInt>]
    ")) ORDER BY at DESC, seq DESC LIMIT " [limit: BigInt]
    "   ) w
        WHERE m.user_id = " [reader: BigInt]
    " AND c.uri = coalesce(" [chat: Nullable<Text>]
    ", c.uri) ORDER BY w.at DESC, c.uri DESC, w.seq DESC LIMIT " [limit: BigInt]
    ") part JOIN events e ON e.chat_id = part.id AND e.seq = part.seq JOIN users u ON u.id = e.author_id
     ORDER BY part.at DESC, part.uri DESC, part.seq DESC"
}

statement! {
    /// The number of an event in a chat that somebody is in.
    pub(super) struct FindEvent<'a> for Sqlite { uri: &'a str, seq: i64, reader: i64 } -> (BigInt,);
    "SELECT e.id FROM chats c JOIN members m ON m.chat_id = c.id JOIN events e ON e.chat_id = c.id
     WHERE c.uri = " [uri: Text]
    " AND e.seq = " [seq: BigInt]
    " AND m.user_id = " [reader: BigInt]
}

statement! {
    /// The same on SQLite, where all that was found is walked back in the order of storing. Where the reader has left
    /// the chat in which the page before ended, it is told by its times what belongs to this one.
    pub(super) struct SearchSqlite<'a> for Sqlite {
        reader: i64,
        words: &'a str,
        below: i64,
        at: Option<PrimitiveDateTime>,
        uri: Option<&'a str>,
        seq: Option<i64>,
        limit: i64,
    } -> HitColumns;
    "SELECT c.uri, e.seq, e.at, e.author_id, u.username, e.body
     FROM search_words w CROSS JOIN events e ON e.id = w.rowid
     CROSS JOIN members m ON m.chat_id = e.chat_id AND m.user_id = " [reader: BigInt]
    " CROSS JOIN chats c ON c.id = m.chat_id CROSS JOIN users u ON u.id = e.author_id
     WHERE w.search_words MATCH " [words: Text]
    " AND w.rowid < " [below: BigInt]
    " AND (" [at: Nullable<Timestamp>]
    " IS NULL OR (e.at, c.uri, e.seq) < (" [at: Nullable<Timestamp>]
    ", " [uri: Nullable<Text>]
    ", " [seq: Nullable<BigInt>]
    ")) ORDER BY w.rowid DESC LIMIT " [limit: BigInt]
}
