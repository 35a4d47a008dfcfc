//! The lock under which a chat changes.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use parlor_domain::ChatUri;

use crate::connection::AnyConnection;
use crate::failure::Failure;
use crate::schema::chats;
use crate::statement::statement;

statement! {
    /// Locks a chat's row until the end of the transaction; `NO KEY`, so that foreign keys on it need not wait.
    struct LockChat<'a> for diesel::pg::Pg { uri: &'a str } -> (BigInt,);
    "SELECT id FROM chats WHERE uri = " [uri: Text]
    " FOR NO KEY UPDATE"
}

/// A chat under its lock.
#[derive(Queryable)]
pub(crate) struct Locked {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) title: Option<String>,
    pub(crate) joinable: bool,
    pub(crate) head: i64,
    pub(crate) member_count: i64,
    pub(crate) blocked: bool,
}

impl Locked {
    /// Locks the chat until the end of the transaction, and reads it; nothing, if there is none.
    ///
    /// Later statements see what those have committed who held the lock before; the one that locks does not. On SQLite
    /// the write transaction is the lock.
    pub(crate) fn find(conn: &mut AnyConnection, uri: ChatUri) -> Result<Option<Self>, Failure> {
        let uri = uri.to_string();
        if let AnyConnection::Postgres(conn) = conn {
            LockChat { uri: &uri }.execute(conn)?;
        }
        let columns =
            (chats::id, chats::kind, chats::title, chats::joinable, chats::head, chats::member_count, chats::blocked);
        Ok(chats::table.filter(chats::uri.eq(&uri)).select(columns).first(conn).optional()?)
    }
}
