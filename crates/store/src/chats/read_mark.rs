//! How far a member has read.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use parlor_domain::chat_session::ReadState;
use parlor_domain::{ChatUri, Seq, UserId};

use crate::connection::{AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::rows;
use crate::statement::statement;

use super::members::FindMembership;

statement! {
    /// Moves a mark forward; only ever forward, whatever others set meanwhile.
    struct MoveMark for MultiBackend { chat_id: i64, user_id: i64, seq: i64 } -> ();
    "UPDATE members SET read_seq = " [seq: BigInt]
    " WHERE chat_id = " [chat_id: BigInt]
    " AND user_id = " [user_id: BigInt]
    " AND read_seq < " [seq: BigInt]
}

statement! {
    /// The mark, and how many messages of others come after it: counted up to `ReadState::MAX_UNREAD`.
    struct FindReadState for MultiBackend { chat_id: i64, user_id: i64 } -> (BigInt, BigInt);
    "SELECT m.read_seq, (SELECT count(*) FROM (
        SELECT 1 FROM events e WHERE e.chat_id = m.chat_id AND e.seq > m.read_seq
        AND e.kind = 'message.created' AND NOT e.deleted AND e.author_id <> m.user_id LIMIT 1000
     ) AS unread)
     FROM members m WHERE m.chat_id = " [chat_id: BigInt]
    " AND m.user_id = " [user_id: BigInt]
}

/// Moves the mark. Each statement is a step of its own: the second moves it forward only, and the head, read before,
/// never shrinks.
pub(super) fn mark(
    conn: &mut AnyConnection,
    uri: ChatUri,
    user: UserId,
    seq: Seq,
) -> Result<Option<ReadState>, Failure> {
    let user_id = user.get();
    let membership = FindMembership { uri: &uri.to_string(), user_id };
    let Some((chat_id, head, read)) = membership.get_result::<(i64, i64, i64)>(conn).optional()? else {
        return Ok(None);
    };
    let seq = seq.get().min(head);
    if seq > read {
        MoveMark { chat_id, user_id, seq }.execute(conn)?;
    }
    let state = FindReadState { chat_id, user_id }.get_result::<(i64, i64)>(conn).optional()?;
    state.map(|(read, unread)| Ok(ReadState { read: rows::seq(read)?, unread: rows::count(unread)? })).transpose()
}
