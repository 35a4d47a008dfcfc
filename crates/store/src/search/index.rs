//! Keeping the words of messages.

use std::collections::BTreeSet;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

use parlor_domain::search::words;

use crate::connection::{self, AnyConnection};
use crate::failure::Failure;
use crate::rows;

use super::statements::{
    AddPg, AddSqlite, ForgetPg, ForgetSqlite, LockProgress, MoveProgress, ReadUnindexed, Unindexed,
};

/// How many events are looked at in one step: others wait for it to end.
const STEP: i64 = 256;

/// Where a chat's words are to reach.
pub(super) type Behind = (i64, i64);

/// A message, and what it is found by: its keys, each once, with spaces between them.
struct Entry {
    seq: i64,
    keys: String,
}

impl Entry {
    /// What there is to find, if there is anything.
    fn new(seq: i64, text: &str) -> Option<Self> {
        let keys: BTreeSet<String> = words(text).into_iter().map(|word| word.key).collect();
        let keys = keys.into_iter().collect::<Vec<_>>().join(" ");
        (!keys.is_empty()).then_some(Self { seq, keys })
    }
}

/// What stands for a chat among the keys of SQLite. No word has such a sign.
pub(super) fn chat_key(chat: i64) -> String {
    format!("#{chat}")
}

/// Takes one step in chats, in the order of their ids, and returns those that it did not finish.
///
/// The lock comes first: what an edit or a deletion changed while it was waited for is read by the later statement, and
/// one that comes later sees that the message is there.
pub(super) fn step(conn: &mut AnyConnection, behind: &[Behind]) -> Result<Vec<Behind>, Failure> {
    connection::write(conn, |conn| {
        let (mut room, mut left) = (STEP, Vec::new());
        for &(chat, head) in behind {
            if room == 0 {
                left.push((chat, head));
                continue;
            }
            let (former,) = LockProgress { chat }.get_result::<(i64,)>(conn)?;
            let events: Vec<Unindexed> = ReadUnindexed { chat, after: former, limit: room }.load(conn)?;
            let entry = |event: &Unindexed| Entry::new(event.seq, event.body.as_deref()?);
            add(conn, chat, &events.iter().filter_map(entry).collect::<Vec<_>>())?;
            let (read, last) = (rows::length(events.len())?, events.last().map_or(former, |event| event.seq));
            // Where there is no more, all up to the head has been seen, whatever of the log is still kept.
            let indexed = if read < room { last.max(head) } else { last };
            if indexed > former {
                MoveProgress { chat, indexed }.execute(conn)?;
            }
            if indexed < head {
                left.push((chat, head));
            }
            // A chat is some work too.
            room -= read.max(1);
        }
        Ok(left)
    })
}

fn add(conn: &mut AnyConnection, chat: i64, entries: &[Entry]) -> Result<(), Failure> {
    match conn {
        AnyConnection::Postgres(conn) => add_to_postgres(conn, chat, entries),
        AnyConnection::Sqlite(conn) => add_to_sqlite(conn, chat, entries),
    }
}

fn add_to_postgres(conn: &mut PgConnection, chat: i64, entries: &[Entry]) -> Result<(), Failure> {
    if !entries.is_empty() {
        let seqs: Vec<i64> = entries.iter().map(|entry| entry.seq).collect();
        let keys: Vec<String> = entries.iter().map(|entry| entry.keys.clone()).collect();
        AddPg { chat, seqs: &seqs, keys: &keys }.execute(conn)?;
    }
    Ok(())
}

fn add_to_sqlite(conn: &mut SqliteConnection, chat: i64, entries: &[Entry]) -> Result<(), Failure> {
    for Entry { seq, keys } in entries {
        let keys = format!("{} {keys}", chat_key(chat));
        AddSqlite { keys: &keys, chat, seq: *seq }.execute(conn)?;
    }
    Ok(())
}

/// Lets the words of a message's new text find it, and those of the former one no longer, in the transaction that
/// changes it. One that is not in the index yet is left for when its turn comes.
pub(crate) fn replace(conn: &mut AnyConnection, chat: i64, seq: i64, text: &str) -> Result<(), Failure> {
    let (indexed,) = LockProgress { chat }.get_result::<(i64,)>(conn)?;
    if indexed < seq {
        return Ok(());
    }
    match conn {
        AnyConnection::Postgres(conn) => ForgetPg { chat, seq }.execute(conn)?,
        AnyConnection::Sqlite(conn) => ForgetSqlite { chat, seq }.execute(conn)?,
    };
    add(conn, chat, Entry::new(seq, text).as_slice())
}

/// Lets nothing find a message any more, in the transaction that deletes it.
pub(crate) fn forget(conn: &mut AnyConnection, chat: i64, seq: i64) -> Result<(), Failure> {
    replace(conn, chat, seq, "")
}
