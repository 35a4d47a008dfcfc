//! The SQL that reads messages and the log.
//!
//! Each looks for the reader's membership itself, so that no answer is staler than its rows; a member gets at least
//! one row, with the head and perhaps nothing beside it. The chat's id comes from a subquery of its own: then the
//! membership is found by its whole key, and never among all the chats of the reader. The rows of the log are found by
//! their key (chat, seq), from where the reading starts: a page deep in a history costs what the newest costs.

use diesel::sql_types::{BigInt, Nullable, Text};

use crate::connection::MultiBackend;
use crate::events::{EventColumns, MessageColumns};
use crate::statement::statement;

statement! {
    /// The last messages below a seq, newest first.
    pub(super) struct ListBackward<'a> for MultiBackend {
        uri: &'a str,
        reader: i64,
        before: i64,
        limit: i64,
    } -> (BigInt, Nullable<MessageColumns>);
    "SELECT viewed.head, part.seq, part.at, part.author_id, u.username, part.dedup_key, part.body, part.reply_to,
        part.edited_at, part.deleted,
        CASE WHEN part.reacted THEN (
            SELECT string_agg(CASE WHEN w.erased_at IS NULL THEN w.id ELSE 0 END || ' ' || x.emoji, ',' ORDER BY x.seq)
            FROM reactions x JOIN users w ON w.id = x.user_id
            WHERE x.chat_id = part.chat_id AND x.target = part.seq) END
     FROM (
        SELECT c.id, c.head FROM members m JOIN chats c ON c.id = m.chat_id
        WHERE m.chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND m.user_id = " [reader: BigInt]
    ") viewed LEFT JOIN (
        SELECT * FROM events WHERE chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND seq < " [before: BigInt]
    " AND kind = 'message.created' ORDER BY seq DESC LIMIT " [limit: BigInt]
    ") part ON part.chat_id = viewed.id LEFT JOIN users u ON u.id = part.author_id ORDER BY part.seq DESC"
}

statement! {
    /// The first messages above a seq and below another, oldest first.
    pub(super) struct ListForward<'a> for MultiBackend {
        uri: &'a str,
        reader: i64,
        after: i64,
        before: i64,
        limit: i64,
    } -> (BigInt, Nullable<MessageColumns>);
    "SELECT viewed.head, part.seq, part.at, part.author_id, u.username, part.dedup_key, part.body, part.reply_to,
        part.edited_at, part.deleted,
        CASE WHEN part.reacted THEN (
            SELECT string_agg(CASE WHEN w.erased_at IS NULL THEN w.id ELSE 0 END || ' ' || x.emoji, ',' ORDER BY x.seq)
            FROM reactions x JOIN users w ON w.id = x.user_id
            WHERE x.chat_id = part.chat_id AND x.target = part.seq) END
     FROM (
        SELECT c.id, c.head FROM members m JOIN chats c ON c.id = m.chat_id
        WHERE m.chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND m.user_id = " [reader: BigInt]
    ") viewed LEFT JOIN (
        SELECT * FROM events WHERE chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND seq > " [after: BigInt]
    " AND seq < " [before: BigInt]
    " AND kind = 'message.created' ORDER BY seq LIMIT " [limit: BigInt]
    ") part ON part.chat_id = viewed.id LEFT JOIN users u ON u.id = part.author_id ORDER BY part.seq"
}

statement! {
    /// One message.
    pub(super) struct FindMessage<'a> for MultiBackend {
        uri: &'a str,
        reader: i64,
        seq: i64,
    } -> MessageColumns;
    "SELECT e.seq, e.at, e.author_id, u.username, e.dedup_key, e.body, e.reply_to, e.edited_at, e.deleted,
        CASE WHEN e.reacted THEN (
            SELECT string_agg(CASE WHEN w.erased_at IS NULL THEN w.id ELSE 0 END || ' ' || x.emoji, ',' ORDER BY x.seq)
            FROM reactions x JOIN users w ON w.id = x.user_id
            WHERE x.chat_id = e.chat_id AND x.target = e.seq) END
     FROM members m
     JOIN events e ON e.chat_id = m.chat_id
     JOIN users u ON u.id = e.author_id
     WHERE m.chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND m.user_id = " [reader: BigInt]
    " AND e.seq = " [seq: BigInt]
    " AND e.kind = 'message.created'"
}

statement! {
    /// The first events above a seq, oldest first.
    pub(super) struct ReadLog<'a> for MultiBackend {
        uri: &'a str,
        reader: i64,
        after: i64,
        limit: i64,
    } -> (BigInt, BigInt, Nullable<EventColumns>);
    "SELECT viewed.head, viewed.floor, part.kind,
        part.seq, part.at, part.author_id, u.username, part.dedup_key, part.body, part.reply_to,
        part.edited_at, part.deleted, NULL,
        part.subject_id, s.username, part.data, part.target,
        (SELECT t.body FROM events t WHERE t.chat_id = part.chat_id AND t.seq = part.target)
     FROM (
        SELECT c.id, c.head, c.floor FROM members m JOIN chats c ON c.id = m.chat_id
        WHERE m.chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND m.user_id = " [reader: BigInt]
    ") viewed LEFT JOIN (
        SELECT * FROM events WHERE chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND seq > " [after: BigInt]
    " ORDER BY seq LIMIT " [limit: BigInt]
    ") part ON part.chat_id = viewed.id
     LEFT JOIN users u ON u.id = part.author_id
     LEFT JOIN users s ON s.id = part.subject_id
     ORDER BY part.seq"
}
