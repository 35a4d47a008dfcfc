//! Changing an account.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use parlor_domain::account::{DisplayName, ProfileChange, Taken};
use parlor_domain::ports::Clock;
use parlor_domain::{Email, PasswordHash, SessionId, User, Username, UsernameKey};

use crate::connection::{self, AnyConnection};
use crate::erasure::{self, LockAccount};
use crate::failure::Failure;
use crate::schema::users;
use crate::sessions::end_others;
use crate::statement::statement;
use crate::users::{USER, UserRow, user};

statement! {
    /// The account, if this is kept of its password, until the end of the transaction. Whoever is changing it is waited for:
    /// the condition is looked at once more then (PostgreSQL manual, 13.2.1).
    struct KeepVerified<'a> for diesel::pg::Pg { id: i64, password_hash: &'a str } -> (BigInt,);
    "SELECT id FROM users WHERE id = " [id: BigInt]
    " AND password_hash = " [password_hash: Text]
    " FOR SHARE"
}

/// Whether this is what is kept of the account's password, and will be until the end of the transaction.
pub(crate) fn keep_verified(conn: &mut AnyConnection, id: i64, verified: &PasswordHash) -> Result<bool, Failure> {
    let password_hash = verified.as_str();
    let kept: Option<i64> = match conn {
        AnyConnection::Postgres(conn) => {
            KeepVerified { id, password_hash }.get_result::<(i64,)>(conn).optional()?.map(|(id,)| id)
        }
        AnyConnection::Sqlite(_) => {
            let kept = users::table.find(id).filter(users::password_hash.eq(password_hash));
            kept.select(users::id).first(conn).optional()?
        }
    };
    Ok(kept.is_some())
}

/// Changes what is named; nothing, if there is no such account.
pub(crate) fn change(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    id: i64,
    change: &ProfileChange,
) -> Result<Option<Result<User, Taken>>, Failure> {
    let changed = connection::write(conn, |conn| {
        if let AnyConnection::Postgres(conn) = conn {
            LockAccount { id }.execute(conn)?;
        }
        let taken = find_taken(conn, clock, id, change)?;
        if taken.any() {
            return Ok(Some(Err(taken)));
        }
        store(conn, id, change)?;
        let living = users::table.find(id).filter(users::erased_at.is_null());
        let found: Option<UserRow> = living.select(USER).first(conn).optional()?;
        found.map(|row| user(row).map(Ok)).transpose()
    });
    match changed {
        // Somebody came first, and their transaction is over: what they took can be seen now.
        Err(Failure::Refused(error)) => {
            let taken = find_taken(conn, clock, id, change)?;
            if taken.any() { Ok(Some(Err(taken))) } else { Err(Failure::Refused(error)) }
        }
        changed => changed,
    }
}

/// Which of the new names belong to somebody else, or did not long ago.
fn find_taken(conn: &mut AnyConnection, clock: &dyn Clock, id: i64, change: &ProfileChange) -> Result<Taken, Failure> {
    let (email, username) = keys(change);
    let others = || users::table.filter(users::id.ne(id)).select(users::id);
    let by_email: Option<i64> = match &email {
        Some(key) => others().filter(users::email_key.eq(key)).first(conn).optional()?,
        None => None,
    };
    let by_username: Option<i64> = match &username {
        Some(key) => others().filter(users::username_key.eq(key.as_str())).first(conn).optional()?,
        None => None,
    };
    let (email, username) =
        (email.unwrap_or_default(), username.map(|key| key.as_str().to_owned()).unwrap_or_default());
    let held = erasure::find_held(conn, clock, &email, &username)?;
    Ok(Taken { email: by_email.is_some() || held.email, username: by_username.is_some() || held.username })
}

fn keys(change: &ProfileChange) -> (Option<String>, Option<UsernameKey>) {
    (change.email.as_ref().map(Email::key), change.username.as_ref().map(Username::key))
}

fn store(conn: &mut AnyConnection, id: i64, change: &ProfileChange) -> Result<(), Failure> {
    let living = || users::table.find(id).filter(users::erased_at.is_null());
    let (email_key, username_key) = keys(change);
    if let Some(name) = &change.display_name {
        let name = name.as_ref().map(DisplayName::as_str);
        diesel::update(living()).set(users::display_name.eq(name)).execute(conn)?;
    }
    if let (Some(email), Some(key)) = (&change.email, email_key) {
        diesel::update(living()).set((users::email.eq(email.as_str()), users::email_key.eq(key))).execute(conn)?;
    }
    if let (Some(name), Some(key)) = (&change.username, username_key) {
        let names = (users::username.eq(name.as_str()), users::username_key.eq(key.as_str()));
        diesel::update(living()).set(names).execute(conn)?;
    }
    Ok(())
}

/// Puts a new hash in the place of `old`, and ends all sessions but one; which they were. Nothing, if another stands there.
pub(crate) fn change_password(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    id: i64,
    (old, new): (&PasswordHash, &PasswordHash),
    kept: SessionId,
) -> Result<Option<Vec<SessionId>>, Failure> {
    connection::write(conn, |conn| {
        let where_it_was = users::table.find(id).filter(users::password_hash.eq(old.as_str()));
        if diesel::update(where_it_was).set(users::password_hash.eq(new.as_str())).execute(conn)? == 0 {
            return Ok(None);
        }
        end_others(conn, clock, id, &kept.to_string()).map(Some)
    })
}
