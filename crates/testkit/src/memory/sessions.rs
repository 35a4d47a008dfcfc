//! Login sessions in memory.

use parlor_domain::account::{NewSession, Rotation, SessionId, TokenGrant};
use parlor_domain::ports::SessionRepository;
use parlor_domain::{StoreError, UserId, async_trait};
use time::{Duration, OffsetDateTime};

use super::{MemoryStore, Session};

impl Session {
    pub(super) fn new(user: UserId, session: &NewSession) -> Self {
        let current = TokenGrant {
            user,
            session: session.id,
            id: session.token,
            issued_at: session.issued_at,
            expires_at: session.expires_at,
        };
        Self { current, predecessor: None, ended_at: None }
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

#[async_trait]
impl SessionRepository for MemoryStore {
    async fn open(&self, user: UserId, session: NewSession) -> Result<(), StoreError> {
        self.lock().sessions.insert(session.id, Session::new(user, &session));
        Ok(())
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

    async fn list_ended(&self, within: Duration) -> Result<Vec<SessionId>, StoreError> {
        let oldest = self.clock.now() - within;
        let data = self.lock();
        let recent = |session: &Session| session.ended_at.is_some_and(|ended| ended >= oldest);
        Ok(data.sessions.iter().filter(|(_, session)| recent(session)).map(|(id, _)| *id).collect())
    }
}
