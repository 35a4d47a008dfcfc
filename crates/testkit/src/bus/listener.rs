//! A listener that remembers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parlor_domain::ports::Listener;
use parlor_domain::{Announcement, ChatUri, Epoch, Event, SessionId, Signal, Topic};
use tokio::sync::watch;

/// For how long a recording is waited for before it counts as missing; no case needs a tenth of it.
const MISSING: Duration = Duration::from_secs(60);

/// Remembers all that a bus delivers, in the order in which it came.
#[derive(Debug)]
pub struct RecordingListener {
    heard: Mutex<Heard>,
    changes: watch::Sender<u64>,
}

/// What a listener has heard so far.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// What was announced.
    pub announced: Vec<Announcement>,
    /// The sessions that ended.
    pub ended: Vec<SessionId>,
    /// The signals, each with its life.
    pub signals: Vec<(Epoch, Signal)>,
    /// The topics that it was told to be following.
    pub following: Vec<Topic>,
    /// How often it was told of an interruption.
    pub interruptions: usize,
}

impl Heard {
    /// The events of one chat, in the order in which they came.
    pub fn events_of(&self, chat: ChatUri) -> Vec<Arc<Event>> {
        let of_chat = self.announced.iter().filter(|announcement| announcement.chat == chat);
        of_chat.flat_map(|announcement| announcement.events.iter().cloned()).collect()
    }
}

impl Default for RecordingListener {
    fn default() -> Self {
        Self { heard: Mutex::default(), changes: watch::Sender::new(0) }
    }
}

impl RecordingListener {
    /// All that it has heard.
    pub fn heard(&self) -> Heard {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it has heard as soon as that is `enough`.
    ///
    /// # Panics
    /// When it is not after a minute; the text says what was waited for, and what was heard.
    pub async fn until(&self, what: &str, enough: impl Fn(&Heard) -> bool) -> Heard {
        let mut changes = self.changes.subscribe();
        let wait = async {
            loop {
                changes.mark_unchanged();
                let heard = self.heard();
                if enough(&heard) {
                    return heard;
                }
                changes.changed().await.expect("the listener lives");
            }
        };
        match tokio::time::timeout(MISSING, wait).await {
            Ok(heard) => heard,
            Err(_) => panic!("waited for {what}; heard {:#?}", self.heard()),
        }
    }

    fn note(&self, note: impl FnOnce(&mut Heard)) {
        note(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        self.changes.send_modify(|count| *count += 1);
    }
}

impl Listener for RecordingListener {
    fn announced(&self, announcement: Announcement) {
        self.note(|heard| heard.announced.push(announcement));
    }

    fn sessions_ended(&self, sessions: Vec<SessionId>) {
        self.note(|heard| heard.ended.extend(sessions));
    }

    fn signalled(&self, epoch: Epoch, signal: Signal) {
        self.note(|heard| heard.signals.push((epoch, signal)));
    }

    fn following(&self, topics: Vec<Topic>) {
        self.note(|heard| heard.following.extend(topics));
    }

    fn interrupted(&self) {
        self.note(|heard| heard.interruptions += 1);
    }
}
