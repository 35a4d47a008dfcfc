//! What the operator does past the API.

use diesel::prelude::*;
use time::PrimitiveDateTime;

use parlor_domain::account::{AccountState, NewUser, Taken};
use parlor_domain::chat_session::Chat;
use parlor_domain::ports::{AdminRepository, Clock};
use parlor_domain::{ChatTitle, ChatUri, Page, PasswordHash, SessionId, StoreError, User, UserId, async_trait};

use crate::connection::{self, AnyConnection};
use crate::failure::Failure;
use crate::schema::{chats, users};
use crate::sessions::{NO_SESSION, end_others};
use crate::users::{USER, UserRow, user};
use crate::{DieselStore, erasure, rows, times};

fn list_accounts(conn: &mut AnyConnection, after: i64, limit: u32) -> Result<Page<AccountState>, Failure> {
    let listed = users::table
        .filter(users::id.gt(after))
        .filter(users::erased_at.is_null())
        .select((USER, users::suspended_at))
        .order(users::id)
        .limit(rows::page_rows(limit));
    let found: Vec<(UserRow, Option<PrimitiveDateTime>)> = listed.load(conn)?;
    let states =
        found.into_iter().map(|(row, at)| Ok::<_, Failure>(AccountState { user: user(row)?, suspended: at.is_some() }));
    Ok(Page::cut(states.collect::<Result<_, _>>()?, limit))
}

/// A change of an account by its operator.
enum Change {
    Suspend,
    ResetPassword(PasswordHash),
}

/// Changes an account and ends its sessions; those that it ended, or nothing if there is no such account.
fn change(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    id: i64,
    change: &Change,
) -> Result<Option<Vec<SessionId>>, Failure> {
    connection::write(conn, |conn| {
        // Whoever opens a session at this moment is waited for, or waits and sees what was changed.
        if !erasure::lock_living(conn, id)? {
            return Ok(None);
        }
        let account = users::table.find(id);
        match change {
            Change::Suspend => {
                let now = times::shared_now(conn, clock)?;
                let once = account.filter(users::suspended_at.is_null());
                diesel::update(once).set(users::suspended_at.eq(Some(now))).execute(conn)?;
            }
            Change::ResetPassword(password) => {
                diesel::update(account).set(users::password_hash.eq(password.as_str())).execute(conn)?;
            }
        }
        end_others(conn, clock, id, NO_SESSION).map(Some)
    })
}

type ChatRow = (String, String, Option<String>, bool, i64, i64, PrimitiveDateTime, PrimitiveDateTime);

fn chat((uri, kind, title, joinable, members, head, created_at, updated_at): ChatRow) -> Result<Chat, Failure> {
    Ok(Chat {
        uri: rows::named(&uri)?,
        kind: rows::named(&kind)?,
        title: title.map(ChatTitle::stored),
        joinable,
        member_count: rows::count(members)?,
        head: rows::seq(head)?,
        created_at: times::read(created_at),
        updated_at: times::read(updated_at),
    })
}

fn list_chats(conn: &mut AnyConnection, after: &str, limit: u32) -> Result<Page<Chat>, Failure> {
    let listed = chats::table
        .filter(chats::uri.gt(after))
        .filter(chats::member_count.gt(0_i64))
        .select((
            chats::uri,
            chats::kind,
            chats::title,
            chats::joinable,
            chats::member_count,
            chats::head,
            chats::created_at,
            chats::updated_at,
        ))
        .order(chats::uri)
        .limit(rows::page_rows(limit));
    let found: Vec<ChatRow> = listed.load(conn)?;
    Ok(Page::cut(found.into_iter().map(chat).collect::<Result<_, _>>()?, limit))
}

impl DieselStore {
    /// Does a change that ends sessions, and tells of them; whether there is such an account.
    async fn change_account(&self, id: UserId, wanted: Change) -> Result<bool, StoreError> {
        let (clock, notifier) = (self.clock(), self.notifier());
        self.write(move |conn| {
            let Some(ended) = change(conn, clock.as_ref(), id.get(), &wanted)? else { return Ok(false) };
            if !ended.is_empty() {
                notifier.sessions_ended(ended);
            }
            Ok(true)
        })
        .await
    }
}

#[async_trait]
impl AdminRepository for DieselStore {
    async fn create_account(&self, user: NewUser) -> Result<Result<User, Taken>, StoreError> {
        let clock = self.clock();
        self.write(move |conn| connection::write(conn, |conn| crate::users::insert(conn, clock.as_ref(), &user, None)))
            .await
    }

    async fn list_accounts(&self, after: Option<UserId>, limit: u32) -> Result<Page<AccountState>, StoreError> {
        self.read(move |conn| list_accounts(conn, after.map_or(0, UserId::get), limit)).await
    }

    async fn suspend(&self, user: UserId) -> Result<bool, StoreError> {
        self.change_account(user, Change::Suspend).await
    }

    async fn unsuspend(&self, user: UserId) -> Result<bool, StoreError> {
        self.write(move |conn| {
            let account = users::table.find(user.get()).filter(users::erased_at.is_null());
            let none = None::<PrimitiveDateTime>;
            Ok(diesel::update(account).set(users::suspended_at.eq(none)).execute(conn)? > 0)
        })
        .await
    }

    async fn reset_password(&self, user: UserId, password: PasswordHash) -> Result<bool, StoreError> {
        self.change_account(user, Change::ResetPassword(password)).await
    }

    async fn list_chats(&self, after: Option<ChatUri>, limit: u32) -> Result<Page<Chat>, StoreError> {
        let after = after.map(|uri| uri.to_string()).unwrap_or_default();
        self.read(move |conn| list_chats(conn, &after, limit)).await
    }
}
