//! What people see and change of their own accounts, and what others see of them.

use super::{Accounts, Caller, RunningSession, SessionCursor, SessionId, UserCard, UserId};
use crate::{Page, StoreError};

impl Accounts {
    /// The running sessions of the caller, latest use first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_sessions(
        &self,
        caller: Caller,
        after: Option<SessionCursor>,
        limit: u32,
    ) -> Result<Page<RunningSession>, StoreError> {
        self.ports.sessions.list_running(caller.user, after, limit).await
    }

    /// Ends a running session of the caller, which may be the one that they call in; whether it was one.
    ///
    /// # Errors
    /// [`StoreError`]; the session goes on then.
    pub async fn end_session(&self, caller: Caller, session: SessionId) -> Result<bool, StoreError> {
        let was_running = self.ports.sessions.end_running(caller.user, session).await?;
        if was_running {
            self.note_ended(&[session]);
        }
        Ok(was_running)
    }

    /// Ends all sessions of the caller but the one that they call in.
    ///
    /// # Errors
    /// [`StoreError`]; the sessions go on then.
    pub async fn end_other_sessions(&self, caller: Caller) -> Result<(), StoreError> {
        let ended = self.ports.sessions.end_others(caller.user, caller.session).await?;
        self.note_ended(&ended);
        Ok(())
    }

    /// A user as everybody may see them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_card(&self, user: UserId) -> Result<Option<UserCard>, StoreError> {
        Ok(self.ports.users.find(user).await?.map(UserCard::from))
    }
}
