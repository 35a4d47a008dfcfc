//! A notifier that remembers.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use parlor_domain::ports::Notifier;
use parlor_domain::{ChatUri, Event};

/// Remembers every announcement, in the order in which they came.
#[derive(Default)]
pub struct RecordingNotifier {
    announced: Mutex<Vec<(ChatUri, Vec<Arc<Event>>)>>,
    next: Option<Arc<dyn Notifier>>,
}

impl RecordingNotifier {
    /// One that passes on to `next` what it has remembered.
    pub fn passing_on(next: Arc<dyn Notifier>) -> Self {
        Self { announced: Mutex::default(), next: Some(next) }
    }

    /// All announcements so far.
    pub fn announcements(&self) -> Vec<(ChatUri, Vec<Arc<Event>>)> {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The announced events of one chat, in the order in which they came.
    pub fn events_of(&self, chat: ChatUri) -> Vec<Arc<Event>> {
        self.announcements().into_iter().filter(|(uri, _)| *uri == chat).flat_map(|(_, events)| events).collect()
    }
}

impl Notifier for RecordingNotifier {
    fn announce(&self, chat: ChatUri, events: Vec<Arc<Event>>) {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner).push((chat, events.clone()));
        if let Some(next) = &self.next {
            next.announce(chat, events);
        }
    }
}

impl fmt::Debug for RecordingNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingNotifier").field("announced", &self.announced).finish_non_exhaustive()
    }
}
