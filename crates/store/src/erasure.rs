//! Erasing accounts, and what is held of them for a while.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};
use sha2::{Digest as _, Sha256};
use time::PrimitiveDateTime;

use parlor_domain::account::{Erasing, HELD_AFTER_ERASURE, Taken};
use parlor_domain::ports::{Clock, ErasureRepository};
use parlor_domain::{ChatKind, SessionId, StoreError, UserId, Username, async_trait};

use crate::connection::{self, AnyConnection};
use crate::failure::Failure;
use crate::schema::{blocks, chats, held_names, members, sessions, users};
use crate::sessions::{NO_SESSION, end_others};
use crate::statement::statement;
use crate::{DieselStore, times};

statement! {
    /// Locks an account until the end of the transaction, against whatever refers to it.
    pub(crate) struct LockAccount for diesel::pg::Pg { id: i64 } -> (BigInt,);
    "SELECT id FROM users WHERE id = " [id: BigInt]
    " FOR UPDATE"
}

statement! {
    /// Keeps these accounts from being erased until the end of the transaction.
    struct KeepAccounts<'a> for diesel::pg::Pg { ids: &'a [i64] } -> (BigInt,);
    "SELECT id FROM users WHERE id = ANY(" [ids: Array<BigInt>]
    ") ORDER BY id FOR KEY SHARE"
}

/// The names under which an erased account's address and user name are held.
fn digests(email_key: &str, username_key: &str) -> [String; 2] {
    // The prefix keeps a name from holding an address, and the other way round.
    [("e:", email_key), ("u:", username_key)].map(|(kind, key)| format!("{:x}", Sha256::digest(format!("{kind}{key}"))))
}

/// Which of the two belonged to an account that was erased not long ago.
pub(crate) fn find_held(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    email_key: &str,
    username_key: &str,
) -> Result<Taken, Failure> {
    let digests = digests(email_key, username_key);
    let now = times::shared_now(conn, clock)?;
    let held = held_names::table.filter(held_names::digest.eq_any(&digests)).filter(held_names::until.gt(now));
    let held: Vec<String> = held.select(held_names::digest).load(conn)?;
    let [email, username] = digests.map(|digest| held.contains(&digest));
    Ok(Taken { email, username })
}

/// Those of these accounts that are not erased, and that will not be before the end of the transaction.
pub(crate) fn keep_living(conn: &mut AnyConnection, ids: &[i64]) -> Result<Vec<i64>, Failure> {
    if let AnyConnection::Postgres(conn) = conn {
        KeepAccounts { ids }.execute(conn)?;
    }
    // A later statement than the one that waited for the lock sees what was committed meanwhile.
    let living = users::table.filter(users::id.eq_any(ids)).filter(users::erased_at.is_null());
    Ok(living.select(users::id).load(conn)?)
}

/// Locks an account until the end of the transaction; whether there is one that is not erased.
pub(crate) fn lock_living(conn: &mut AnyConnection, id: i64) -> Result<bool, Failure> {
    if let AnyConnection::Postgres(conn) = conn {
        LockAccount { id }.execute(conn)?;
    }
    let living = users::table.find(id).filter(users::erased_at.is_null());
    Ok(diesel::select(exists(living)).get_result(conn)?)
}

/// Erases an account, and returns its sessions that ended with it.
fn erase(conn: &mut AnyConnection, clock: &dyn Clock, user: i64) -> Result<(Erasing, Vec<SessionId>), Failure> {
    connection::write(conn, |conn| {
        if let AnyConnection::Postgres(conn) = conn {
            LockAccount { id: user }.execute(conn)?;
        }
        let account = users::table.find(user).filter(users::erased_at.is_null());
        let keys: Option<(String, String)> =
            account.select((users::email_key, users::username_key)).first(conn).optional()?;
        let Some((email_key, username_key)) = keys else { return Ok((Erasing::Erased, Vec::new())) };
        let groups = members::table
            .inner_join(chats::table.on(chats::id.eq(members::chat_id)))
            .filter(members::user_id.eq(user))
            .filter(chats::kind.eq(ChatKind::Group.as_str()));
        if diesel::select(exists(groups)).get_result(conn)? {
            return Ok((Erasing::InGroup, Vec::new()));
        }
        let now = times::shared_now(conn, clock)?;
        hold(conn, now, digests(&email_key, &username_key))?;
        forget(conn, user, now)?;
        Ok((Erasing::Erased, end_sessions(conn, clock, user)?))
    })
}

/// Holds names from now on, and lets those go that were held long enough.
fn hold(conn: &mut AnyConnection, now: PrimitiveDateTime, digests: [String; 2]) -> Result<(), Failure> {
    diesel::delete(held_names::table.filter(held_names::until.le(now))).execute(conn)?;
    for digest in digests {
        // Nobody had it while it was held, but somebody may have had it from before.
        diesel::delete(held_names::table.find(&digest)).execute(conn)?;
        let until = now + HELD_AFTER_ERASURE;
        diesel::insert_into(held_names::table)
            .values((held_names::digest.eq(digest), held_names::until.eq(until)))
            .execute(conn)?;
    }
    Ok(())
}

/// Leaves of an account what stands for nobody. No address and no name has such a key.
fn forget(conn: &mut AnyConnection, user: i64, now: PrimitiveDateTime) -> Result<(), Failure> {
    let key = format!("\u{1}{user}");
    diesel::update(users::table.find(user))
        .set((
            users::email.eq(""),
            users::email_key.eq(&key),
            users::username.eq(Username::DELETED),
            users::username_key.eq(&key),
            users::display_name.eq(None::<String>),
            users::password_hash.eq(""),
            users::erased_at.eq(Some(now)),
        ))
        .execute(conn)?;
    // A direct chat that was blocked stays so: there is nobody left to write to.
    diesel::delete(blocks::table.filter(blocks::blocker_id.eq(user).or(blocks::blocked_id.eq(user)))).execute(conn)?;
    Ok(())
}

/// Ends all sessions of a user, and forgets where they were.
fn end_sessions(conn: &mut AnyConnection, clock: &dyn Clock, user: i64) -> Result<Vec<SessionId>, Failure> {
    let ended = end_others(conn, clock, user, NO_SESSION)?;
    let (own, nothing) = (sessions::table.filter(sessions::user_id.eq(user)), None::<String>);
    diesel::update(own).set((sessions::user_agent.eq(&nothing), sessions::address.eq(&nothing))).execute(conn)?;
    Ok(ended)
}

#[async_trait]
impl ErasureRepository for DieselStore {
    async fn erase(&self, user: UserId) -> Result<Erasing, StoreError> {
        let (clock, notifier) = (self.clock(), self.notifier());
        self.write(move |conn| {
            let (erasing, ended) = erase(conn, clock.as_ref(), user.get())?;
            if !ended.is_empty() {
                notifier.sessions_ended(ended);
            }
            Ok(erasing)
        })
        .await
    }
}
