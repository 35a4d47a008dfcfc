//! A notifier that remembers.

use std::sync::{Arc, Mutex, PoisonError};

use parlor_domain::ports::Notifier;
use parlor_domain::{ChatUri, Event};

/// Remembers every announcement, in the order in which they came.
#[derive(Debug, Default)]
pub struct RecordingNotifier {
    announced: Mutex<Vec<(ChatUri, Vec<Arc<Event>>)>>,
}

impl RecordingNotifier {
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
        self.announced.lock().unwrap_or_else(PoisonError::into_inner).push((chat, events));
    }
}
