//! Login sessions.

use std::sync::Arc;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};
use time::{Duration, PrimitiveDateTime};

use parlor_domain::account::{
    Device, NewSession, Opening, Rotation, RunningSession, SessionCursor, TokenGrant, TokenId,
};
use parlor_domain::ports::{Clock, SessionRepository};
use parlor_domain::{Page, PasswordHash, SessionId, StoreError, UserId, async_trait};

use crate::connection::{self, AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::schema::{sessions, users};
use crate::statement::statement;
use crate::{DieselStore, profile, rows, times};

statement! {
    /// Locks a session's row until the end of the transaction.
    struct LockSession<'a> for diesel::pg::Pg { id: &'a str } -> (Text,);
    "SELECT id FROM sessions WHERE id = " [id: Text]
    " FOR UPDATE"
}

statement! {
    /// Locks a user's row until the end of the transaction: of calls at once that end several sessions of one user, none
    /// waits for a row that another has while holding one that the other wants.
    struct LockUser for diesel::pg::Pg { id: i64 } -> (BigInt,);
    "SELECT id FROM users WHERE id = " [id: BigInt]
    " FOR NO KEY UPDATE"
}

statement! {
    /// Ends all sessions of a user but one.
    struct EndOthers<'a> for MultiBackend { now: PrimitiveDateTime, user: i64, kept: &'a str } -> (Text,);
    "UPDATE sessions SET ended_at = " [now: Timestamp]
    " WHERE user_id = " [user: BigInt]
    " AND id <> " [kept: Text]
    " AND ended_at IS NULL RETURNING id"
}

/// What decides about a refresh token.
#[derive(Queryable)]
struct SessionRow {
    user_id: i64,
    token_id: String,
    issued_at: PrimitiveDateTime,
    expires_at: PrimitiveDateTime,
    previous_token_id: Option<String>,
    rotated_at: Option<PrimitiveDateTime>,
    ended_at: Option<PrimitiveDateTime>,
}

impl SessionRow {
    /// What a presented token is to its session. A clock that was set back counts like one that ran on.
    fn judge(&self, presented: &TokenGrant, now: PrimitiveDateTime, grace: Duration) -> Result<Rotation, Failure> {
        if self.ended_at.is_some() || self.user_id != presented.user.get() {
            return Ok(Rotation::NoSession);
        }
        let presented_id = presented.id.to_string();
        if self.token_id == presented_id {
            return Ok(Rotation::Rotated);
        }
        let spared = |rotated_at: PrimitiveDateTime| (now - rotated_at).abs() < grace;
        if self.previous_token_id.as_ref() == Some(&presented_id) && self.rotated_at.is_some_and(spared) {
            return Ok(Rotation::Repeated(TokenGrant {
                id: rows::named::<TokenId>(&self.token_id)?,
                issued_at: times::read(self.issued_at),
                expires_at: times::read(self.expires_at),
                ..*presented
            }));
        }
        Ok(Rotation::Reused)
    }
}

pub(crate) fn insert(conn: &mut AnyConnection, user: i64, session: &NewSession) -> Result<(), Failure> {
    let created_at = times::stored(session.created_at);
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(session.id.to_string()),
            sessions::user_id.eq(user),
            sessions::user_agent.eq(session.device.user_agent.as_deref()),
            sessions::address.eq(session.device.address.as_deref()),
            sessions::created_at.eq(created_at),
            sessions::last_used_at.eq(created_at),
            sessions::token_id.eq(session.token.to_string()),
            sessions::issued_at.eq(times::stored(session.issued_at)),
            sessions::expires_at.eq(times::stored(session.expires_at)),
        ))
        .execute(conn)?;
    Ok(())
}

fn open(
    conn: &mut AnyConnection,
    user: i64,
    session: &NewSession,
    verified: &PasswordHash,
) -> Result<Opening, Failure> {
    // Whoever suspends the account at this moment is waited for, or waits and ends this session too.
    if !profile::keep_verified(conn, user, verified)? {
        return Ok(Opening::OtherPassword);
    }
    let suspended = users::table.find(user).filter(users::suspended_at.is_not_null());
    if diesel::select(exists(suspended)).get_result(conn)? {
        return Ok(Opening::Suspended);
    }
    insert(conn, user, session)?;
    Ok(Opening::Opened)
}

/// Ends a session; whether it was running.
fn end(conn: &mut AnyConnection, id: &str, now: PrimitiveDateTime) -> Result<bool, Failure> {
    let running = sessions::table.find(id).filter(sessions::ended_at.is_null());
    Ok(diesel::update(running).set(sessions::ended_at.eq(now)).execute(conn)? > 0)
}

/// Ends a running session of the user; whether it was one.
fn end_running(conn: &mut AnyConnection, user: i64, id: &str, now: PrimitiveDateTime) -> Result<bool, Failure> {
    let running = sessions::table
        .find(id)
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now));
    Ok(diesel::update(running).set(sessions::ended_at.eq(now)).execute(conn)? > 0)
}

/// No session is called so: whoever keeps it keeps none.
pub(crate) const NO_SESSION: &str = "";

/// Ends all sessions of the user but `kept`, in the transaction that is under way; which they were.
pub(crate) fn end_others(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    user: i64,
    kept: &str,
) -> Result<Vec<SessionId>, Failure> {
    if let AnyConnection::Postgres(conn) = conn {
        LockUser { id: user }.execute(conn)?;
    }
    let now = times::shared_now(conn, clock)?;
    let ended = EndOthers { now, user, kept }.load::<(String,)>(conn)?;
    ended.iter().map(|(id,)| rows::named(id)).collect()
}

type RunningRow = (String, Option<String>, Option<String>, PrimitiveDateTime, PrimitiveDateTime);

fn list_running(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    user: i64,
    after: Option<SessionCursor>,
    limit: u32,
) -> Result<Page<RunningSession>, Failure> {
    let now = times::shared_now(conn, clock)?;
    let columns = (sessions::id, sessions::user_agent, sessions::address, sessions::created_at, sessions::last_used_at);
    let mut running = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select(columns)
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .limit(rows::page_rows(limit))
        .into_boxed();
    if let Some(after) = after {
        let (used, id) = (times::stored(after.last_used_at), after.id.to_string());
        let at_once = sessions::last_used_at.eq(used).and(sessions::id.lt(id));
        running = running.filter(sessions::last_used_at.lt(used).or(at_once));
    }
    let shown = running.load::<RunningRow>(conn)?.into_iter().map(|(id, user_agent, address, created_at, used)| {
        Ok::<_, Failure>(RunningSession {
            id: rows::named(&id)?,
            device: Device { user_agent, address },
            created_at: times::read(created_at),
            last_used_at: times::read(used),
        })
    });
    Ok(Page::cut(shown.collect::<Result<_, _>>()?, limit))
}

fn rotate(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    presented: &TokenGrant,
    offered: &TokenGrant,
    grace: Duration,
) -> Result<Rotation, Failure> {
    let id = presented.session.to_string();
    connection::write(conn, |conn| {
        if let AnyConnection::Postgres(conn) = conn {
            LockSession { id: &id }.execute(conn)?;
        }
        let now = times::shared_now(conn, clock)?;
        let columns = (
            sessions::user_id,
            sessions::token_id,
            sessions::issued_at,
            sessions::expires_at,
            sessions::previous_token_id,
            sessions::rotated_at,
            sessions::ended_at,
        );
        let row: Option<SessionRow> = sessions::table.find(&id).select(columns).first(conn).optional()?;
        let Some(row) = row else { return Ok(Rotation::NoSession) };
        let judged = row.judge(presented, now, grace)?;
        match judged {
            Rotation::Rotated => {
                diesel::update(sessions::table.find(&id))
                    .set((
                        sessions::token_id.eq(offered.id.to_string()),
                        sessions::issued_at.eq(times::stored(offered.issued_at)),
                        sessions::expires_at.eq(times::stored(offered.expires_at)),
                        sessions::previous_token_id.eq(&row.token_id),
                        sessions::rotated_at.eq(now),
                        sessions::last_used_at.eq(now),
                    ))
                    .execute(conn)?;
            }
            Rotation::Reused => _ = end(conn, &id, now)?,
            Rotation::Repeated(_) | Rotation::NoSession => {}
        }
        Ok(judged)
    })
}

fn list_ended(conn: &mut AnyConnection, clock: &dyn Clock, within: Duration) -> Result<Vec<SessionId>, Failure> {
    let now = times::shared_now(conn, clock)?;
    let since = now.checked_sub(within).unwrap_or(PrimitiveDateTime::MIN);
    let ended = sessions::table.filter(sessions::ended_at.gt(since)).select(sessions::id);
    ended.load::<String>(conn)?.iter().map(|id| rows::named(id)).collect()
}

#[async_trait]
impl SessionRepository for DieselStore {
    async fn open(&self, user: UserId, session: NewSession, verified: PasswordHash) -> Result<Opening, StoreError> {
        // A transaction, so that a lost answer to its commit is not taken for a lost statement, which is done again.
        self.write(move |conn| connection::write(conn, |conn| open(conn, user.get(), &session, &verified))).await
    }

    async fn rotate(
        &self,
        presented: TokenGrant,
        offered: TokenGrant,
        grace: Duration,
    ) -> Result<Rotation, StoreError> {
        let (clock, notifier): (Arc<dyn Clock>, _) = (self.clock(), self.notifier());
        self.write(move |conn| {
            let rotation = rotate(conn, clock.as_ref(), &presented, &offered, grace)?;
            if rotation == Rotation::Reused {
                notifier.sessions_ended(vec![presented.session]);
            }
            Ok(rotation)
        })
        .await
    }

    async fn end(&self, session: SessionId) -> Result<(), StoreError> {
        let (clock, notifier) = (self.clock(), self.notifier());
        let mut doubtful = false;
        self.write(move |conn| {
            let now = times::shared_now(conn, clock.as_ref())?;
            // Done once more after its answer was lost, this may find what it has done itself.
            let tried = std::mem::replace(&mut doubtful, true);
            if end(conn, &session.to_string(), now)? || tried {
                notifier.sessions_ended(vec![session]);
            }
            Ok(())
        })
        .await
    }

    async fn end_running(&self, user: UserId, session: SessionId) -> Result<bool, StoreError> {
        let (clock, notifier) = (self.clock(), self.notifier());
        let mut was_running = false;
        self.write(move |conn| {
            let now = times::shared_now(conn, clock.as_ref())?;
            let id = session.to_string();
            // Done once more after its answer was lost, this finds what it has done itself.
            connection::write(conn, |conn| {
                was_running |= end_running(conn, user.get(), &id, now)?;
                Ok(())
            })?;
            if was_running {
                notifier.sessions_ended(vec![session]);
            }
            Ok(was_running)
        })
        .await
    }

    async fn end_others(&self, user: UserId, kept: SessionId) -> Result<Vec<SessionId>, StoreError> {
        let (clock, notifier) = (self.clock(), self.notifier());
        let mut ended: Vec<SessionId> = Vec::new();
        self.write(move |conn| {
            // Done once more after its answer was lost, this finds the rest of what it has done itself.
            connection::write(conn, |conn| {
                ended.extend(end_others(conn, clock.as_ref(), user.get(), &kept.to_string())?);
                Ok(())
            })?;
            ended.sort_unstable();
            ended.dedup();
            if !ended.is_empty() {
                notifier.sessions_ended(ended.clone());
            }
            Ok(ended.clone())
        })
        .await
    }

    async fn list_running(
        &self,
        user: UserId,
        after: Option<SessionCursor>,
        limit: u32,
    ) -> Result<Page<RunningSession>, StoreError> {
        let clock = self.clock();
        self.read(move |conn| list_running(conn, clock.as_ref(), user.get(), after, limit)).await
    }

    async fn list_ended(&self, within: Duration) -> Result<Vec<SessionId>, StoreError> {
        let clock = self.clock();
        self.read(move |conn| list_ended(conn, clock.as_ref(), within)).await
    }
}
