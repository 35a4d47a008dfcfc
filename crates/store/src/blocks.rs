//! Who has blocked whom.
//!
//! A pair's blocks and its direct chat are made under locks on both users, so that neither misses the other. The direct
//! chat's own row tells whether it is blocked: whoever sends has that row locked, and looks nowhere else.

use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use parlor_domain::blocking::{Block, BlockContext, BlockPlace, BlockRefused, Blocked};
use parlor_domain::ports::BlockRepository;
use parlor_domain::{DisplayName, Page, StoreError, UserCard, UserId, Username, async_trait};

use crate::connection::{self, AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::schema::{blocks, chats, users};
use crate::statement::statement;
use crate::{DieselStore, rows};

statement! {
    /// Locks users until the end of the transaction, in the order of their ids; `NO KEY`, so that foreign keys on them
    /// need not wait.
    struct LockUsers<'a> for Pg { ids: &'a [i64] } -> (BigInt,);
    "SELECT id FROM users WHERE id = ANY(" [ids: Array<BigInt>]
    ") ORDER BY id FOR NO KEY UPDATE"
}

statement! {
    /// A part of the list of those whom somebody has blocked.
    struct ListBlocked for MultiBackend {
        by: i64,
        after: i64,
        limit: i64,
    } -> (BigInt, BigInt, Text, Nullable<Text>);
    "SELECT b.id, u.id, u.username, u.display_name FROM blocks b JOIN users u ON u.id = b.blocked_id
     WHERE b.blocker_id = " [by: BigInt]
    " AND b.id > " [after: BigInt]
    " ORDER BY b.id LIMIT " [limit: BigInt]
}

/// Locks two users. On SQLite the write transaction is the lock.
fn lock_pair(conn: &mut AnyConnection, one: UserId, other: UserId) -> Result<(), Failure> {
    if let AnyConnection::Postgres(conn) = conn {
        LockUsers { ids: &[one.get(), other.get()] }.execute(conn)?;
    }
    Ok(())
}

/// Whether either of the two has blocked the other. No block of theirs is made or lifted until the end of the transaction.
pub(crate) fn is_blocked_pair(conn: &mut AnyConnection, one: UserId, other: UserId) -> Result<bool, Failure> {
    lock_pair(conn, one, other)?;
    Ok(has_blocked(conn, one, other)? || has_blocked(conn, other, one)?)
}

fn has_blocked(conn: &mut AnyConnection, by: UserId, user: UserId) -> Result<bool, Failure> {
    Ok(diesel::select(exists(blocks::table.find((by.get(), user.get())))).get_result(conn)?)
}

fn context(conn: &mut AnyConnection, Block { by, user }: Block) -> Result<BlockContext, Failure> {
    let living = users::table.filter(users::id.eq_any([by.get(), user.get()])).filter(users::erased_at.is_null());
    let living: Vec<i64> = living.select(users::id).load(conn)?;
    let count: i64 = blocks::table.filter(blocks::blocker_id.eq(by.get())).count().get_result(conn)?;
    Ok(BlockContext { exists: living.len() == 2, blocked: has_blocked(conn, by, user)?, count: rows::count(count)? })
}

/// Tells the pair's direct chat, if there is one. Its row is locked by that until the end of the transaction: whoever
/// waits for the row sees what is told.
fn mark_chat(conn: &mut AnyConnection, one: UserId, other: UserId, blocked: bool) -> Result<(), Failure> {
    let (low, high) = (one.min(other), one.max(other));
    let of_pair = chats::table.filter(chats::direct_low.eq(low.get())).filter(chats::direct_high.eq(high.get()));
    diesel::update(of_pair.filter(chats::blocked.ne(blocked))).set(chats::blocked.eq(blocked)).execute(conn)?;
    Ok(())
}

fn block(conn: &mut AnyConnection, block: Block) -> Result<Result<(), BlockRefused>, Failure> {
    connection::write(conn, |conn| {
        lock_pair(conn, block.by, block.user)?;
        match block.decide(&context(conn, block)?) {
            Err(refused) => return Ok(Err(refused)),
            Ok(false) => return Ok(Ok(())),
            Ok(true) => {}
        }
        let row = (blocks::blocker_id.eq(block.by.get()), blocks::blocked_id.eq(block.user.get()));
        diesel::insert_into(blocks::table).values(row).execute(conn)?;
        mark_chat(conn, block.by, block.user, true)?;
        Ok(Ok(()))
    })
}

fn unblock(conn: &mut AnyConnection, by: UserId, user: UserId) -> Result<(), Failure> {
    connection::write(conn, |conn| {
        lock_pair(conn, by, user)?;
        diesel::delete(blocks::table.find((by.get(), user.get()))).execute(conn)?;
        let still = has_blocked(conn, user, by)?;
        mark_chat(conn, by, user, still)
    })
}

fn list(conn: &mut AnyConnection, by: UserId, after: Option<BlockPlace>, limit: u32) -> Result<Page<Blocked>, Failure> {
    let after = after.map_or(0, |place| place.0);
    let page = ListBlocked { by: by.get(), after, limit: rows::page_rows(limit) };
    let found = page.load::<(i64, i64, String, Option<String>)>(conn)?.into_iter();
    let blocked = found.map(|(place, id, username, display_name)| {
        let (username, display_name) = (Username::stored(username), display_name.map(DisplayName::stored));
        let user = UserCard { id: rows::user_id(id)?, username, display_name };
        Ok::<_, Failure>(Blocked { user, place: BlockPlace(place) })
    });
    Ok(Page::cut(blocked.collect::<Result<_, _>>()?, limit))
}

#[async_trait]
impl BlockRepository for DieselStore {
    async fn block(&self, wish: Block) -> Result<Result<(), BlockRefused>, StoreError> {
        self.write(move |conn| block(conn, wish)).await
    }

    async fn unblock(&self, by: UserId, user: UserId) -> Result<(), StoreError> {
        self.write(move |conn| unblock(conn, by, user)).await
    }

    async fn list_blocked(
        &self,
        by: UserId,
        after: Option<BlockPlace>,
        limit: u32,
    ) -> Result<Page<Blocked>, StoreError> {
        self.read(move |conn| list(conn, by, after, limit)).await
    }
}
