//! Login sessions in memory.

use std::cmp::Reverse;

use parlor_domain::account::{NewSession, Opening, Rotation, RunningSession, SessionCursor, SessionId, TokenGrant};
use parlor_domain::ports::SessionRepository;
use parlor_domain::{Page, PasswordHash, StoreError, UserId, async_trait};
use time::{Duration, OffsetDateTime};

use super::{Data, MemoryStore, Session};

impl Session {
    pub(super) fn new(user: UserId, session: &NewSession) -> Self {
        let current = TokenGrant {
            user,
            session: session.id,
            id: session.token,
            issued_at: session.issued_at,
            expires_at: session.expires_at,
        };
        Self {
            current,
            predecessor: None,
            ended_at: None,
            device: session.device.clone(),
            created_at: session.created_at,
            last_used_at: session.created_at,
        }
    }

    fn rotate(
        &mut self,
        presented: &TokenGrant,
        offered: TokenGrant,
        grace: Duration,
        now: OffsetDateTime,
    ) -> Rotation {
        if self.ended_at.is_some() {
            return Rotation::NoSession;
        }
        if presented.id == self.current.id {
            self.predecessor = Some((self.current, now));
            self.current = offered;
            self.last_used_at = now;
            return Rotation::Rotated;
        }
        match self.predecessor {
            Some((predecessor, exchanged)) if presented.id == predecessor.id && now - exchanged < grace => {
                Rotation::Repeated(self.current)
            }
            _ => {
                self.ended_at = Some(now);
                Rotation::Reused
            }
        }
    }
}

impl Session {
    fn is_running_for(&self, user: UserId, now: OffsetDateTime) -> bool {
        self.current.user == user && self.ended_at.is_none() && self.current.expires_at > now
    }

    fn place(&self) -> (OffsetDateTime, SessionId) {
        (self.last_used_at, self.current.session)
    }
}

impl Data {
    /// Ends all sessions of the user but `kept`.
    pub(super) fn end_others(&mut self, user: UserId, kept: Option<SessionId>, now: OffsetDateTime) -> Vec<SessionId> {
        let others = self
            .sessions
            .iter_mut()
            .filter(|(id, session)| session.current.user == user && Some(**id) != kept && session.ended_at.is_none());
        others
            .map(|(id, session)| {
                session.ended_at = Some(now);
                *id
            })
            .collect()
    }
}

#[async_trait]
impl SessionRepository for MemoryStore {
    async fn open(&self, user: UserId, session: NewSession, verified: PasswordHash) -> Result<Opening, StoreError> {
        let mut data = self.lock();
        let Some(account) = data.users.get(&user).filter(|account| account.password == verified) else {
            return Ok(Opening::OtherPassword);
        };
        if account.suspended {
            return Ok(Opening::Suspended);
        }
        data.sessions.insert(session.id, Session::new(user, &session));
        Ok(Opening::Opened)
    }

    async fn rotate(
        &self,
        presented: TokenGrant,
        offered: TokenGrant,
        grace: Duration,
    ) -> Result<Rotation, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        let session = data.sessions.get_mut(&presented.session);
        let rotation = session.map_or(Rotation::NoSession, |session| session.rotate(&presented, offered, grace, now));
        if rotation == Rotation::Reused {
            self.notifier.sessions_ended(vec![presented.session]);
        }
        Ok(rotation)
    }

    async fn end(&self, session: SessionId) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        if let Some(running) = data.sessions.get_mut(&session).filter(|session| session.ended_at.is_none()) {
            running.ended_at = Some(now);
            self.notifier.sessions_ended(vec![session]);
        }
        Ok(())
    }

    async fn end_running(&self, user: UserId, session: SessionId) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        let running = data.sessions.get_mut(&session).filter(|session| session.is_running_for(user, now));
        let Some(running) = running else { return Ok(false) };
        running.ended_at = Some(now);
        self.notifier.sessions_ended(vec![session]);
        Ok(true)
    }

    async fn end_others(&self, user: UserId, kept: SessionId) -> Result<Vec<SessionId>, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        let ended = data.end_others(user, Some(kept), now);
        if !ended.is_empty() {
            self.notifier.sessions_ended(ended.clone());
        }
        Ok(ended)
    }

    async fn list_running(
        &self,
        user: UserId,
        after: Option<SessionCursor>,
        limit: u32,
    ) -> Result<Page<RunningSession>, StoreError> {
        let now = self.clock.now();
        let data = self.lock();
        let mut running: Vec<&Session> = data.sessions.values().filter(|it| it.is_running_for(user, now)).collect();
        running.retain(|it| after.is_none_or(|after| it.place() < (after.last_used_at, after.id)));
        running.sort_by_key(|it| Reverse(it.place()));
        let shown = running.into_iter().map(|it| RunningSession {
            id: it.current.session,
            device: it.device.clone(),
            created_at: it.created_at,
            last_used_at: it.last_used_at,
        });
        Ok(Page::cut(shown.collect(), limit))
    }

    async fn list_ended(&self, within: Duration) -> Result<Vec<SessionId>, StoreError> {
        let oldest = self.clock.now() - within;
        let data = self.lock();
        let recent = |session: &Session| session.ended_at.is_some_and(|ended| ended >= oldest);
        Ok(data.sessions.iter().filter(|(_, session)| recent(session)).map(|(id, _)| *id).collect())
    }
}
