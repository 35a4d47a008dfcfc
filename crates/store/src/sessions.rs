//! Login sessions.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::Text;
use time::{Duration, PrimitiveDateTime};

use parlor_domain::account::{NewSession, Rotation, TokenGrant, TokenId};
use parlor_domain::ports::{Clock, SessionRepository};
use parlor_domain::{SessionId, StoreError, UserId, async_trait};

use crate::connection::{self, AnyConnection};
use crate::failure::Failure;
use crate::schema::sessions;
use crate::statement::statement;
use crate::{DieselStore, rows, times};

statement! {
    /// Locks a session's row until the end of the transaction.
    struct LockSession<'a> for diesel::pg::Pg { id: &'a str } -> (Text,);
    "SELECT id FROM sessions WHERE id = " [id: Text]
    " FOR UPDATE"
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

/// Ends a session; whether it was running.
fn end(conn: &mut AnyConnection, id: &str, now: PrimitiveDateTime) -> Result<bool, Failure> {
    let running = sessions::table.find(id).filter(sessions::ended_at.is_null());
    Ok(diesel::update(running).set(sessions::ended_at.eq(now)).execute(conn)? > 0)
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
    async fn open(&self, user: UserId, session: NewSession) -> Result<(), StoreError> {
        // A transaction, so that a lost answer to its commit is not taken for a lost statement, which is done again.
        self.write(move |conn| connection::write(conn, |conn| insert(conn, user.get(), &session))).await
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

    async fn list_ended(&self, within: Duration) -> Result<Vec<SessionId>, StoreError> {
        let clock = self.clock();
        self.read(move |conn| list_ended(conn, clock.as_ref(), within)).await
    }
}
