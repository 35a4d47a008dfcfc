//! The sessions that ended while access tokens of theirs may still be valid.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use time::OffsetDateTime;

use super::SessionId;

/// The sessions that ended not long ago, kept in memory so that a call's token is checked without a query.
///
/// An entry is of use only until the last access token of its session would have expired anyway; [`Self::forget`] drops
/// those.
#[derive(Debug, Default)]
pub struct EndedSessions {
    /// When the entry came in, by session.
    known: RwLock<HashMap<SessionId, OffsetDateTime>>,
}

impl EndedSessions {
    /// Whether the session is known to have ended.
    pub fn contains(&self, session: SessionId) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).contains_key(&session)
    }

    /// Notes that these sessions have ended; those that were not known before come back.
    pub fn note(&self, sessions: impl IntoIterator<Item = SessionId>, now: OffsetDateTime) -> Vec<SessionId> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        sessions.into_iter().filter(|&session| known.insert(session, now).is_none()).collect()
    }

    /// Drops what was noted before `oldest`.
    pub fn forget(&self, oldest: OffsetDateTime) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).retain(|_, noted| *noted >= oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;

    #[test]
    fn remembers_an_ended_session_until_told_to_forget() {
        let (ended, start) = (EndedSessions::default(), OffsetDateTime::UNIX_EPOCH);
        let session = SessionId::from_bytes([7; 16]);
        assert!(!ended.contains(session));
        assert_eq!(ended.note([session], start), [session]);
        assert_eq!(ended.note([session], start + Duration::HOUR), []);
        ended.forget(start + Duration::HOUR);
        assert!(ended.contains(session), "it was noted again an hour later");
        ended.forget(start + Duration::hours(2));
        assert!(!ended.contains(session));
    }
}
