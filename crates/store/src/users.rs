//! Accounts.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};
use time::PrimitiveDateTime;

use parlor_domain::account::{Credentials, DirectoryQuery, DisplayName, NewSession, NewUser, ProfileChange, Taken};
use parlor_domain::ports::{Clock, UserRepository};
use parlor_domain::{
    Email, Page, PasswordHash, SessionId, StoreError, User, UserCard, UserId, UserRef, Username, UsernameKey,
    async_trait,
};

use crate::connection::{self, AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::schema::users;
use crate::statement::statement;
use crate::{DieselStore, erasure, profile, rows, sessions, times};

statement! {
    /// Stores an account, unless its address or name is taken: then there is no row.
    struct InsertUser<'a> for MultiBackend {
        email: &'a str,
        email_key: &'a str,
        username: &'a str,
        username_key: &'a str,
        password_hash: &'a str,
        created_at: PrimitiveDateTime,
    } -> (BigInt,);
    "INSERT INTO users (email, email_key, username, username_key, password_hash, created_at) VALUES (" [email: Text]
    ", " [email_key: Text]
    ", " [username: Text]
    ", " [username_key: Text]
    ", " [password_hash: Text]
    ", " [created_at: Timestamp]
    ") ON CONFLICT DO NOTHING RETURNING id"
}

statement! {
    /// A part of the directory. The bounds are compared as the keys are: by code point.
    struct ListDirectory<'a> for MultiBackend {
        above: &'a str,
        from: &'a str,
        below: &'a str,
        limit: i64,
    } -> (BigInt, Text, diesel::sql_types::Nullable<Text>);
    "SELECT id, username, display_name FROM users WHERE username_key > " [above: Text]
    " AND username_key >= " [from: Text]
    " AND username_key < " [below: Text]
    " AND erased_at IS NULL ORDER BY username_key LIMIT " [limit: BigInt]
}

/// Above every name: a code point that is assigned to nothing, and so is in no name.
const LAST: char = char::MAX;

pub(crate) type UserRow = (i64, String, String, Option<String>, PrimitiveDateTime);
pub(crate) const USER: (users::id, users::email, users::username, users::display_name, users::created_at) =
    (users::id, users::email, users::username, users::display_name, users::created_at);

/// The account of a row.
pub(crate) fn user((id, email, username, display_name, created_at): UserRow) -> Result<User, Failure> {
    Ok(User {
        id: rows::user_id(id)?,
        email: Email::stored(email),
        username: Username::stored(username),
        display_name: display_name.map(DisplayName::stored),
        created_at: times::read(created_at),
    })
}

/// Which of the two belongs to somebody, or did not long ago.
fn find_taken(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    email_key: &str,
    username_key: &str,
) -> Result<Taken, Failure> {
    let held = erasure::find_held(conn, clock, email_key, username_key)?;
    let by_email = users::table.filter(users::email_key.eq(email_key));
    let by_username = users::table.filter(users::username_key.eq(username_key));
    let (email, username): (bool, bool) = diesel::select((exists(by_email), exists(by_username))).get_result(conn)?;
    Ok(Taken { email: email || held.email, username: username || held.username })
}

/// Stores an account, with its first session if it has one, in the transaction that is under way; or nothing, and says
/// what is taken.
pub(crate) fn insert(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    new: &NewUser,
    session: Option<&NewSession>,
) -> Result<Result<User, Taken>, Failure> {
    let (email_key, username_key) = (new.email.key(), new.username.key());
    let created_at = times::stored(new.created_at);
    let insert = InsertUser {
        email: new.email.as_str(),
        email_key: &email_key,
        username: new.username.as_str(),
        username_key: username_key.as_str(),
        password_hash: new.password.as_str(),
        created_at,
    };
    // A refused insert would use up a number: look first.
    let taken = find_taken(conn, clock, &email_key, username_key.as_str())?;
    if taken.any() {
        return Ok(Err(taken));
    }
    let Some((id,)) = insert.get_result::<(i64,)>(conn).optional()? else {
        // Somebody else came first, and their transaction is over: a further statement sees what they took.
        return Ok(Err(find_taken(conn, clock, &email_key, username_key.as_str())?));
    };
    // The insert may have waited for the erasing of who had them.
    let held = erasure::find_held(conn, clock, &email_key, username_key.as_str())?;
    if held.any() {
        diesel::delete(users::table.find(id)).execute(conn)?;
        return Ok(Err(held));
    }
    if let Some(session) = session {
        sessions::insert(conn, id, session)?;
    }
    let id = rows::user_id(id)?;
    let (email, username) = (new.email.clone(), new.username.clone());
    Ok(Ok(User { id, email, username, display_name: None, created_at: times::read(created_at) }))
}

/// The users of these ids, by id: an erased one shows another.
pub(crate) fn find_refs(conn: &mut AnyConnection, ids: &[i64]) -> Result<HashMap<UserId, UserRef>, Failure> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = users::table.filter(users::id.eq_any(ids)).select((users::id, users::username));
    let found: Vec<(i64, String)> = found.load(conn)?;
    found.into_iter().map(|(id, username)| Ok((rows::user_id(id)?, rows::user_ref(id, username)?))).collect()
}

fn find_by_usernames(conn: &mut AnyConnection, keys: &[UsernameKey]) -> Result<Vec<Option<UserRef>>, Failure> {
    // PostgreSQL refuses a text with a NUL; nobody is called so.
    let asked: Vec<&str> = keys.iter().map(UsernameKey::as_str).filter(|key| !key.contains('\0')).collect();
    let found: Vec<(String, i64, String)> = users::table
        .filter(users::username_key.eq_any(asked))
        .filter(users::erased_at.is_null())
        .select((users::username_key, users::id, users::username))
        .load(conn)?;
    let mut by_key = HashMap::with_capacity(found.len());
    for (key, id, username) in found {
        by_key.insert(key, rows::user_ref(id, username)?);
    }
    Ok(keys.iter().map(|key| by_key.get(key.as_str()).cloned()).collect())
}

fn list_directory(conn: &mut AnyConnection, query: &DirectoryQuery) -> Result<Page<UserCard>, Failure> {
    let prefix = query.prefix.as_ref().map_or("", UsernameKey::as_str);
    if prefix.contains('\0') {
        return Ok(Page { items: Vec::new(), more: false });
    }
    // No name has a NUL, so whatever comes behind one in a bound decides nothing.
    let above = query.after.as_ref().and_then(|key| key.as_str().split('\0').next()).unwrap_or("");
    let below = format!("{prefix}{LAST}");
    let page = ListDirectory { above, from: prefix, below: &below, limit: rows::page_rows(query.limit) };
    let cards = page.load::<(i64, String, Option<String>)>(conn)?.into_iter().map(|(id, username, display_name)| {
        let display_name = display_name.map(DisplayName::stored);
        Ok::<_, Failure>(UserCard { id: rows::user_id(id)?, username: Username::stored(username), display_name })
    });
    Ok(Page::cut(cards.collect::<Result<_, _>>()?, query.limit))
}

#[async_trait]
impl UserRepository for DieselStore {
    async fn find_taken(&self, email: Email, username: Username) -> Result<Taken, StoreError> {
        let (email, username) = (email.key(), username.key());
        let clock = self.clock();
        self.read(move |conn| find_taken(conn, clock.as_ref(), &email, username.as_str())).await
    }

    async fn create(&self, user: NewUser, session: NewSession) -> Result<Result<User, Taken>, StoreError> {
        let clock = self.clock();
        self.write(move |conn| connection::write(conn, |conn| insert(conn, clock.as_ref(), &user, Some(&session))))
            .await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |conn| {
            let living = users::table.find(id.get()).filter(users::erased_at.is_null());
            let found: Option<UserRow> = living.select(USER).first(conn).optional()?;
            found.map(user).transpose()
        })
        .await
    }

    async fn find_credentials(&self, email: Email) -> Result<Option<Credentials>, StoreError> {
        let key = email.key();
        self.read(move |conn| {
            let by_key = users::table.filter(users::email_key.eq(&key)).select((USER, users::password_hash));
            let found: Option<(UserRow, String)> = by_key.first(conn).optional()?;
            let credentials = |(row, hash)| Ok(Credentials { user: user(row)?, password: PasswordHash::new(hash) });
            found.map(credentials).transpose()
        })
        .await
    }

    async fn find_by_usernames(&self, keys: Vec<UsernameKey>) -> Result<Vec<Option<UserRef>>, StoreError> {
        self.read(move |conn| find_by_usernames(conn, &keys)).await
    }

    async fn find_password(&self, user: UserId) -> Result<Option<PasswordHash>, StoreError> {
        self.read(move |conn| {
            let living = users::table.find(user.get()).filter(users::erased_at.is_null());
            let found: Option<String> = living.select(users::password_hash).first(conn).optional()?;
            Ok(found.map(PasswordHash::new))
        })
        .await
    }

    async fn change_profile(
        &self,
        user: UserId,
        change: ProfileChange,
    ) -> Result<Option<Result<User, Taken>>, StoreError> {
        let clock = self.clock();
        self.write(move |conn| profile::change(conn, clock.as_ref(), user.get(), &change)).await
    }

    async fn change_password(
        &self,
        user: UserId,
        old: PasswordHash,
        new: PasswordHash,
        kept: SessionId,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let (clock, notifier) = (self.clock(), self.notifier());
        self.write(move |conn| {
            let ended = profile::change_password(conn, clock.as_ref(), user.get(), (&old, &new), kept)?;
            if let Some(ended) = ended.as_ref().filter(|ended| !ended.is_empty()) {
                notifier.sessions_ended(ended.clone());
            }
            Ok(ended)
        })
        .await
    }

    async fn replace_password(&self, user: UserId, old: PasswordHash, new: PasswordHash) -> Result<(), StoreError> {
        self.write(move |conn| {
            let where_it_was = users::table.find(user.get()).filter(users::password_hash.eq(old.as_str()));
            diesel::update(where_it_was).set(users::password_hash.eq(new.as_str())).execute(conn)?;
            Ok(())
        })
        .await
    }

    async fn list_directory(&self, query: DirectoryQuery) -> Result<Page<UserCard>, StoreError> {
        self.read(move |conn| list_directory(conn, &query)).await
    }
}
