//! Appending on PostgreSQL: a round trip costs as much as a dozen rows, so each step is one statement for all of the
//! batch, with arrays for parameters.

use std::collections::HashMap;

use diesel::connection::SimpleConnection;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamp};
use time::PrimitiveDateTime;

use parlor_domain::message::Sent;

use crate::events::MessageColumns;
use crate::failure::Failure;
use crate::rows;
use crate::statement::statement;

use super::Append;
use super::plan::{Chat, Decision, Known, Plan, Question};

statement! {
    /// Locks chats, in the order of their ids: whoever locks several does so, or two could wait for each other. What
    /// the rows say is of the moment when the lock was had; anything else must be read by a later statement.
    struct LockChats<'a> for Pg { uris: &'a [&'a str] } -> (BigInt, Text, BigInt, Bool);
    "SELECT id, uri, head, blocked FROM chats WHERE uri = ANY(" [uris: Array<Text>]
    ") ORDER BY id FOR NO KEY UPDATE"
}

statement! {
    /// For each message whose author is a member: the author's name, their message of the same key, and whether the
    /// message to answer exists.
    struct LookUp<'a> for Pg {
        chats: &'a [i64],
        authors: &'a [i64],
        keys: &'a [&'a str],
        replies: &'a [Option<i64>],
    } -> (BigInt, (Text, Nullable<MessageColumns>, Bool));
    "SELECT q.place, u.username,
        d.seq, d.at, d.author_id, u.username, d.dedup_key, d.body, d.reply_to, d.edited_at, d.deleted,
        CASE WHEN d.reacted THEN (
            SELECT string_agg(CASE WHEN w.erased_at IS NULL THEN w.id ELSE 0 END || ' ' || x.emoji, ',' ORDER BY x.seq)
            FROM reactions x JOIN users w ON w.id = x.user_id
            WHERE x.chat_id = d.chat_id AND x.target = d.seq) END,
        r.seq IS NOT NULL
     FROM unnest(" [chats: Array<BigInt>]
    ", " [authors: Array<BigInt>]
    ", " [keys: Array<Text>]
    ", " [replies: Array<Nullable<BigInt>>]
    ") WITH ORDINALITY AS q(chat_id, author_id, dedup_key, reply_to, place)
     JOIN members m ON m.chat_id = q.chat_id AND m.user_id = q.author_id
     JOIN users u ON u.id = q.author_id
     LEFT JOIN events d ON d.chat_id = q.chat_id AND d.author_id = q.author_id AND d.dedup_key = q.dedup_key
     LEFT JOIN events r ON r.chat_id = q.chat_id AND r.seq = q.reply_to AND r.kind = 'message.created'"
}

statement! {
    /// Stores messages, and moves the heads of their chats and the marks of their authors.
    struct Store<'a> for Pg {
        chats: &'a [i64],
        heads: &'a [i64],
        times: &'a [PrimitiveDateTime],
        mark_chats: &'a [i64],
        mark_users: &'a [i64],
        marks: &'a [i64],
        row_chats: &'a [i64],
        row_seqs: &'a [i64],
        row_times: &'a [PrimitiveDateTime],
        row_authors: &'a [i64],
        row_keys: &'a [&'a str],
        row_bodies: &'a [&'a str],
        row_replies: &'a [Option<i64>],
    } -> ();
    "WITH moved AS (
        UPDATE chats c SET head = n.head, updated_at = n.at FROM unnest(" [chats: Array<BigInt>]
    ", " [heads: Array<BigInt>]
    ", " [times: Array<Timestamp>]
    ") AS n(id, head, at) WHERE c.id = n.id
     ), marked AS (
        UPDATE members m SET read_seq = n.seq FROM unnest(" [mark_chats: Array<BigInt>]
    ", " [mark_users: Array<BigInt>]
    ", " [marks: Array<BigInt>]
    ") AS n(chat_id, user_id, seq) WHERE m.chat_id = n.chat_id AND m.user_id = n.user_id
     )
     INSERT INTO events (chat_id, seq, kind, at, author_id, dedup_key, body, reply_to)
     SELECT n.chat_id, n.seq, 'message.created', n.at, n.author_id, n.dedup_key, n.body, n.reply_to
     FROM unnest(" [row_chats: Array<BigInt>]
    ", " [row_seqs: Array<BigInt>]
    ", " [row_times: Array<Timestamp>]
    ", " [row_authors: Array<BigInt>]
    ", " [row_keys: Array<Text>]
    ", " [row_bodies: Array<Text>]
    ", " [row_replies: Array<Nullable<BigInt>>]
    ") AS n(chat_id, seq, at, author_id, dedup_key, body, reply_to)"
}

statement! {
    /// Stores one message in one statement, if there is nothing to say against it; otherwise there is no row.
    ///
    /// A statement sees the database as it was when it began, before it waited for the chat's lock. What it must know
    /// of the time after the wait, it reads from rows that it locks: the head and whether there is a block from the chat's,
    /// the membership from the member's, which a removal that came first has deleted. A message of the same key that came
    /// first makes the insert fail. (A message to answer was committed before its seq could be known.)
    struct StoreOne<'a> for Pg {
        uri: &'a str,
        author_id: i64,
        key: &'a str,
        reply_to: Option<i64>,
        at: PrimitiveDateTime,
        body: &'a str,
    } -> (BigInt, Text);
    "WITH chat AS MATERIALIZED (
        SELECT id, head FROM chats WHERE uri = " [uri: Text]
    " AND NOT blocked FOR NO KEY UPDATE
     ), author AS MATERIALIZED (
        SELECT m.chat_id, m.user_id, (SELECT head FROM chat) + 1 AS seq FROM members m
        WHERE m.chat_id = (SELECT id FROM chat) AND m.user_id = " [author_id: BigInt]
    " FOR KEY SHARE
     ), fit AS MATERIALIZED (
        SELECT a.*, u.username FROM author a JOIN users u ON u.id = a.user_id
        WHERE NOT EXISTS (SELECT 1 FROM events d
            WHERE d.chat_id = a.chat_id AND d.author_id = a.user_id AND d.dedup_key = " [key: Text]
    ") AND (" [reply_to: Nullable<BigInt>]
    " IS NULL OR EXISTS (SELECT 1 FROM events r
            WHERE r.chat_id = a.chat_id AND r.seq = " [reply_to: Nullable<BigInt>]
    " AND r.kind = 'message.created'))
     ), moved AS (
        UPDATE chats c SET head = fit.seq, updated_at = " [at: Timestamp]
    " FROM fit WHERE c.id = fit.chat_id
     ), marked AS (
        UPDATE members m SET read_seq = fit.seq FROM fit WHERE m.chat_id = fit.chat_id AND m.user_id = fit.user_id
     ), stored AS (
        INSERT INTO events (chat_id, seq, kind, at, author_id, dedup_key, body, reply_to)
        SELECT fit.chat_id, fit.seq, 'message.created', " [at: Timestamp]
    ", fit.user_id, " [key: Text]
    ", " [body: Text]
    ", " [reply_to: Nullable<BigInt>]
    " FROM fit
     )
     SELECT seq, username FROM fit"
}

/// How long a share that is tried again waits for a lock: the batch has waited long for it.
const BRIEF_WAIT: &str = "SET LOCAL lock_timeout = '100ms'";

/// Lets the transaction wait only briefly for locks.
pub(super) fn wait_briefly(conn: &mut PgConnection) -> Result<(), Failure> {
    Ok(conn.batch_execute(BRIEF_WAIT)?)
}

/// Locks the chats of these names.
pub(super) fn lock(conn: &mut PgConnection, uris: &[&str]) -> Result<HashMap<String, Chat>, Failure> {
    let found = LockChats { uris }.load::<(i64, String, i64, bool)>(conn)?;
    Ok(found.into_iter().map(|(id, uri, head, blocked)| (uri, Chat { id, head, blocked })).collect())
}

/// What is known of each message.
pub(super) fn look_up(conn: &mut PgConnection, questions: &[Question<'_>]) -> Result<Vec<Option<Known>>, Failure> {
    let ask = LookUp {
        chats: &column(questions, |it| it.chat_id),
        authors: &column(questions, |it| it.author_id),
        keys: &column(questions, |it| it.key),
        replies: &column(questions, |it| it.reply_to),
    };
    let mut known = vec![None; questions.len()];
    for (place, found) in ask.load::<(i64, Known)>(conn)? {
        // Ordinality counts from 1.
        let place = usize::try_from(place - 1).map_err(Failure::corrupt)?;
        known[place] = Some(found);
    }
    Ok(known)
}

/// Stores what was decided.
pub(super) fn store(conn: &mut PgConnection, plan: &Plan<'_>) -> Result<(), Failure> {
    let (heads, marks, rows) = (plan.heads(), plan.marks(), &plan.rows);
    let store = Store {
        chats: &column(&heads, |it| it.0),
        heads: &column(&heads, |it| it.1),
        times: &column(&heads, |it| it.2),
        mark_chats: &column(&marks, |it| it.0),
        mark_users: &column(&marks, |it| it.1),
        marks: &column(&marks, |it| it.2),
        row_chats: &column(rows, |it| it.chat_id),
        row_seqs: &column(rows, |it| it.seq),
        row_times: &column(rows, |it| it.at),
        row_authors: &column(rows, |it| it.author_id),
        row_keys: &column(rows, |it| it.key),
        row_bodies: &column(rows, |it| it.body),
        row_replies: &column(rows, |it| it.reply_to),
    };
    store.execute(conn)?;
    Ok(())
}

/// Stores one message the shortest way; `None` if there is something to say against it, and then the long way tells
/// what.
pub(super) fn store_one(conn: &mut PgConnection, append: &Append) -> Result<Option<Decision>, Failure> {
    let row = append.row(0, 0);
    let store = StoreOne {
        uri: &append.uri,
        author_id: row.author_id,
        key: row.key,
        reply_to: row.reply_to,
        at: row.at,
        body: row.body,
    };
    let stored = match store.get_result::<(i64, String)>(conn).optional().map_err(Failure::from) {
        Ok(Some(stored)) => stored,
        // The same key came first while this waited for the lock.
        Ok(None) | Err(Failure::Refused(_)) => return Ok(None),
        // The statement commits itself.
        Err(failure) => return Err(failure.at_commit()),
    };
    let (seq, username) = stored;
    let message = append.stored_as(rows::seq(seq)?, username);
    Ok(Some(Decision { answer: Ok(Sent { message, duplicate: false }), is_news: true }))
}

/// One column of some rows.
fn column<'a, R, T>(rows: &'a [R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}
