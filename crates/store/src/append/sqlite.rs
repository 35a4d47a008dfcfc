//! Appending on SQLite: one immediate transaction, statement by statement; each is a call within the process.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};
use diesel::sqlite::{Sqlite, SqliteConnection};
use time::PrimitiveDateTime;

use crate::events::MessageColumns;
use crate::failure::Failure;
use crate::statement::statement;

use super::plan::{Chat, Known, Plan, Question};

statement! {
    /// A chat. Whoever asks has the only write transaction, which is lock enough.
    struct FindChat<'a> for Sqlite { uri: &'a str } -> (BigInt, BigInt, Bool);
    "SELECT id, head, blocked FROM chats WHERE uri = " [uri: Text]
}

statement! {
    /// Whether the author is a member, their message of the same key, and whether the message to answer exists.
    struct LookUp<'a> for Sqlite {
        chat_id: i64,
        author_id: i64,
        key: &'a str,
        reply_to: Option<i64>,
    } -> (Text, Nullable<MessageColumns>, Bool);
    "SELECT u.username,
        d.seq, d.at, d.author_id, u.username, d.dedup_key, d.body, d.reply_to, d.edited_at, d.deleted,
        CASE WHEN d.reacted THEN (
            SELECT string_agg(CASE WHEN w.erased_at IS NULL THEN w.id ELSE 0 END || ' ' || x.emoji, ',' ORDER BY x.seq)
            FROM reactions x JOIN users w ON w.id = x.user_id
            WHERE x.chat_id = d.chat_id AND x.target = d.seq) END,
        r.seq IS NOT NULL
     FROM members m
     JOIN users u ON u.id = m.user_id
     LEFT JOIN events d ON d.chat_id = m.chat_id AND d.author_id = m.user_id AND d.dedup_key = " [key: Text]
    " LEFT JOIN events r ON r.chat_id = m.chat_id AND r.seq = " [reply_to: Nullable<BigInt>]
    " AND r.kind = 'message.created'
     WHERE m.chat_id = " [chat_id: BigInt]
    " AND m.user_id = " [author_id: BigInt]
}

statement! {
    struct InsertMessage<'a> for Sqlite {
        chat_id: i64,
        seq: i64,
        at: PrimitiveDateTime,
        author_id: i64,
        key: &'a str,
        body: &'a str,
        reply_to: Option<i64>,
    } -> ();
    "INSERT INTO events (chat_id, seq, kind, at, author_id, dedup_key, body, reply_to) VALUES (" [chat_id: BigInt]
    ", " [seq: BigInt]
    ", 'message.created', " [at: Timestamp]
    ", " [author_id: BigInt]
    ", " [key: Text]
    ", " [body: Text]
    ", " [reply_to: Nullable<BigInt>]
    ")"
}

statement! {
    struct MoveHead for Sqlite { id: i64, head: i64, at: PrimitiveDateTime } -> ();
    "UPDATE chats SET head = " [head: BigInt]
    ", updated_at = " [at: Timestamp]
    " WHERE id = " [id: BigInt]
}

statement! {
    struct MoveMark for Sqlite { chat_id: i64, user_id: i64, seq: i64 } -> ();
    "UPDATE members SET read_seq = " [seq: BigInt]
    " WHERE chat_id = " [chat_id: BigInt]
    " AND user_id = " [user_id: BigInt]
}

/// The chats of these names.
pub(super) fn find(conn: &mut SqliteConnection, uris: &[&str]) -> Result<HashMap<String, Chat>, Failure> {
    let mut chats = HashMap::with_capacity(uris.len());
    for uri in uris {
        if let Some((id, head, blocked)) = (FindChat { uri }).get_result(conn).optional()? {
            chats.insert((*uri).to_owned(), Chat { id, head, blocked });
        }
    }
    Ok(chats)
}

/// What is known of each message.
pub(super) fn look_up(conn: &mut SqliteConnection, questions: &[Question<'_>]) -> Result<Vec<Option<Known>>, Failure> {
    let ask = |question: &Question<'_>| {
        let Question { chat_id, author_id, key, reply_to } = *question;
        Ok(LookUp { chat_id, author_id, key, reply_to }.get_result(conn).optional()?)
    };
    questions.iter().map(ask).collect()
}

/// Stores what was decided.
pub(super) fn store(conn: &mut SqliteConnection, plan: &Plan<'_>) -> Result<(), Failure> {
    for row in &plan.rows {
        let insert = InsertMessage {
            chat_id: row.chat_id,
            seq: row.seq,
            at: row.at,
            author_id: row.author_id,
            key: row.key,
            body: row.body,
            reply_to: row.reply_to,
        };
        insert.execute(conn)?;
    }
    for (id, head, at) in plan.heads() {
        MoveHead { id, head, at }.execute(conn)?;
    }
    for (chat_id, user_id, seq) in plan.marks() {
        MoveMark { chat_id, user_id, seq }.execute(conn)?;
    }
    Ok(())
}
