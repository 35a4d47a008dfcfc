//! What live delivery reads, with the life of the database that it was read in.

mod statements;

use diesel::prelude::*;
use time::Duration;

use parlor_domain::chat_session::ReadState;
use parlor_domain::log::LogPage;
use parlor_domain::ports::LiveRepository;
use parlor_domain::{ChatUri, Epoch, Membership, Seq, Snapshot, StoreError, UserId, async_trait};

use crate::connection::{AnyConnection, Connected};
use crate::failure::Failure;
use crate::messages::read_page;
use crate::{DieselStore, rows};

use statements::{
    BlockedPg, BlockedSqlite, FindMembership, HeadsPg, HeadsSqlite, JoinedPg, JoinedSqlite, ListMemberships,
    MembershipRow, ReadEvents,
};

/// The longest time that newcomers are looked for: what is beyond it, both databases may refuse to reckon with.
const LONGEST_WITHIN: Duration = Duration::days(3650);

impl TryFrom<MembershipRow> for Membership {
    type Error = Failure;

    fn try_from(row: MembershipRow) -> Result<Self, Failure> {
        Ok(Self {
            chat: rows::named(&row.uri)?,
            head: rows::seq(row.head)?,
            floor: rows::seq(row.floor)?,
            member_count: rows::count(row.member_count)?,
            joined: rows::seq(row.joined_seq)?,
            read_state: ReadState { read: rows::seq(row.read_seq)?, unread: rows::count(row.unread)? },
        })
    }
}

fn memberships(conn: &mut AnyConnection, user: UserId) -> Result<Vec<Membership>, Failure> {
    let found: Vec<MembershipRow> = ListMemberships { user: user.get() }.load(conn)?;
    found.into_iter().map(Membership::try_from).collect()
}

fn membership(conn: &mut AnyConnection, chat: ChatUri, user: UserId) -> Result<Option<Membership>, Failure> {
    let find = FindMembership { uri: &chat.to_string(), user: user.get() };
    find.get_result::<MembershipRow>(conn).optional()?.map(Membership::try_from).transpose()
}

fn heads(conn: &mut AnyConnection, chats: &[ChatUri]) -> Result<Vec<(ChatUri, Seq)>, Failure> {
    let uris: Vec<String> = chats.iter().map(ChatUri::to_string).collect();
    let found: Vec<(String, i64)> = match conn {
        AnyConnection::Postgres(conn) => {
            HeadsPg { uris: &uris.iter().map(String::as_str).collect::<Vec<_>>() }.load(conn)?
        }
        AnyConnection::Sqlite(conn) => HeadsSqlite { uris: &json(&uris)? }.load(conn)?,
    };
    found.into_iter().map(|(uri, head)| Ok((rows::named(&uri)?, rows::seq(head)?))).collect()
}

fn joined(conn: &mut AnyConnection, users: &[UserId], within: Duration) -> Result<Vec<(UserId, ChatUri)>, Failure> {
    let ids: Vec<i64> = users.iter().map(|user| user.get()).collect();
    let seconds = within.clamp(Duration::ZERO, LONGEST_WITHIN).as_seconds_f64();
    let found: Vec<(i64, String)> = match conn {
        AnyConnection::Postgres(conn) => JoinedPg { users: &ids, seconds }.load(conn)?,
        AnyConnection::Sqlite(conn) => {
            JoinedSqlite { users: &json(&ids)?, back: &format!("-{seconds:.3} seconds") }.load(conn)?
        }
    };
    found.into_iter().map(|(user, uri)| Ok((rows::user_id(user)?, rows::named(&uri)?))).collect()
}

fn blocked(conn: &mut AnyConnection, users: &[UserId]) -> Result<Vec<(UserId, UserId)>, Failure> {
    let ids: Vec<i64> = users.iter().map(|user| user.get()).collect();
    let found: Vec<(i64, i64)> = match conn {
        AnyConnection::Postgres(conn) => BlockedPg { users: &ids }.load(conn)?,
        AnyConnection::Sqlite(conn) => BlockedSqlite { users: &json(&ids)? }.load(conn)?,
    };
    found.into_iter().map(|(user, other)| Ok((rows::user_id(user)?, rows::user_id(other)?))).collect()
}

/// What stands for an array on SQLite.
fn json(array: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(array).map_err(Failure::corrupt)
}

fn events(conn: &mut AnyConnection, chat: ChatUri, after: Seq, limit: u32) -> Result<Option<LogPage>, Failure> {
    let read = ReadEvents { uri: &chat.to_string(), after: after.get(), limit: i64::from(limit) };
    let found = read.load(conn)?;
    read_page(conn, chat, found)
}

impl DieselStore {
    /// Reads something, and says in which life of the database.
    pub(crate) async fn snapshot<T, F>(&self, mut work: F) -> Result<Snapshot<T>, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut AnyConnection) -> Result<T, Failure> + Send + 'static,
    {
        let read = move |connected: &mut Connected| {
            let value = work(&mut connected.conn)?;
            Ok(Snapshot { epoch: connected.epoch.clone(), value })
        };
        self.read_connected(read).await
    }
}

#[async_trait]
impl LiveRepository for DieselStore {
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        self.read_connected(Connected::ask_epoch).await
    }

    async fn memberships(&self, user: UserId) -> Result<Snapshot<Vec<Membership>>, StoreError> {
        self.snapshot(move |conn| memberships(conn, user)).await
    }

    async fn membership(&self, chat: ChatUri, user: UserId) -> Result<Snapshot<Option<Membership>>, StoreError> {
        self.snapshot(move |conn| membership(conn, chat, user)).await
    }

    async fn heads(&self, chats: Vec<ChatUri>) -> Result<Snapshot<Vec<(ChatUri, Seq)>>, StoreError> {
        self.snapshot(move |conn| heads(conn, &chats)).await
    }

    async fn joined(
        &self,
        users: Vec<UserId>,
        within: Duration,
    ) -> Result<Snapshot<Vec<(UserId, ChatUri)>>, StoreError> {
        self.snapshot(move |conn| joined(conn, &users, within)).await
    }

    async fn blocked(&self, users: Vec<UserId>) -> Result<Snapshot<Vec<(UserId, UserId)>>, StoreError> {
        self.snapshot(move |conn| blocked(conn, &users)).await
    }

    async fn events(&self, chat: ChatUri, after: Seq, limit: u32) -> Result<Snapshot<Option<LogPage>>, StoreError> {
        self.snapshot(move |conn| events(conn, chat, after, limit)).await
    }
}
