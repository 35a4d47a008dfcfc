//! A notifier that remembers.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlor_domain::ports::Notifier;
use parlor_domain::{Announcement, ChatUri, Event, SessionId};

/// Remembers all that it was told, in the order in which it came.
#[derive(Default)]
pub struct RecordingNotifier {
    announced: Mutex<Vec<Announcement>>,
    ended: Mutex<Vec<SessionId>>,
    next: Option<Arc<dyn Notifier>>,
}

impl RecordingNotifier {
    /// One that passes on to `next` what it has remembered.
    pub fn passing_on(next: Arc<dyn Notifier>) -> Self {
        Self { next: Some(next), ..Self::default() }
    }

    /// All announcements so far.
    pub fn announcements(&self) -> Vec<Announcement> {
        lock(&self.announced).clone()
    }

    /// The announced events of one chat, in the order in which they came.
    pub fn events_of(&self, chat: ChatUri) -> Vec<Arc<Event>> {
        self.announcements().into_iter().filter(|it| it.chat == chat).flat_map(|it| it.events).collect()
    }

    /// The login sessions of which it was told that they have ended, as often as it was told.
    pub fn ended_sessions(&self) -> Vec<SessionId> {
        lock(&self.ended).clone()
    }
}

impl Notifier for RecordingNotifier {
    fn announce(&self, announcement: Announcement) {
        lock(&self.announced).push(announcement.clone());
        if let Some(next) = &self.next {
            next.announce(announcement);
        }
    }

    fn sessions_ended(&self, sessions: Vec<SessionId>) {
        lock(&self.ended).extend(&sessions);
        if let Some(next) = &self.next {
            next.sessions_ended(sessions);
        }
    }
}

impl fmt::Debug for RecordingNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingNotifier")
            .field("announced", &self.announced)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
