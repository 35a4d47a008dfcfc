//! What the store and the other nodes tell, on its way to the core.
//!
//! They call from threads of their own that must go on at once, so what they say is queued, and one task hands it over:
//! all that waits under one lock, in the order in which it came. The queue is bounded. What does not fit is dropped, and
//! the core is told that something was: the log has it.

use std::mem;
use std::sync::{Mutex, PoisonError};

use parlor_domain::ports::{Listener, Notifier};
use parlor_domain::{Announcement, Epoch, SessionId, Signal, Topic};
use tokio::sync::Notify;

use super::Live;
use crate::wire::live_event;

/// How many announcements and signals wait at most: seconds of work for the core.
const MAX_WAITING: usize = 16 * 1024;

/// What waits for the core.
#[derive(Default)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    news: Vec<News>,
    /// Something was dropped, here or on the bus.
    lost: bool,
}

enum News {
    Stored(Announcement),
    Ended(Vec<SessionId>),
    Signalled(Epoch, Signal),
    Following(Vec<Topic>),
}

impl Inbox {
    fn put(&self, news: News) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot be looked up in the log is small and seldom.
        let must_stay = matches!(news, News::Ended(_) | News::Following(_));
        if must_stay || waiting.news.len() < MAX_WAITING {
            waiting.news.push(news);
        } else {
            waiting.lost = true;
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    fn note_lost(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).lost = true;
        self.arrived.notify_one();
    }

    fn take(&self) -> Waiting {
        mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Live {
    /// Hands over what arrives, for ever.
    pub(super) async fn drive_inbox(&self) {
        loop {
            self.0.inbox.arrived.notified().await;
            let Waiting { news, lost } = self.0.inbox.take();
            if lost {
                tracing::warn!("some of what was announced did not reach live delivery; it is read from the log");
            }
            self.with(|core, now| {
                for news in &news {
                    match news {
                        News::Stored(announcement) => core.announced(announcement, &live_event, now),
                        News::Ended(sessions) => core.sessions_ended(sessions, now),
                        News::Signalled(epoch, signal) => core.signalled(epoch, signal, now),
                        News::Following(topics) => core.following(topics, now),
                    }
                }
                if lost {
                    core.interrupted(now);
                }
            });
        }
    }

    fn hear(&self, news: News) {
        if self.0.started.get().is_some() {
            self.0.inbox.put(news);
        }
    }

    /// Sessions that ended are known before anything else happens to them: a connection that begins at this moment asks.
    fn hear_of_ended(&self, sessions: Vec<SessionId>) {
        if let Some(ports) = self.ports() {
            ports.accounts.note_ended(&sessions);
        }
        self.hear(News::Ended(sessions));
    }
}

impl Notifier for Live {
    fn announce(&self, announcement: Announcement) {
        if let Some(bus) = self.ports().and_then(|ports| ports.bus.as_ref()) {
            bus.announce(announcement.clone());
        }
        self.hear(News::Stored(announcement));
    }

    fn sessions_ended(&self, sessions: Vec<SessionId>) {
        if let Some(bus) = self.ports().and_then(|ports| ports.bus.as_ref()) {
            bus.sessions_ended(sessions.clone());
        }
        self.hear_of_ended(sessions);
    }
}

impl Listener for Live {
    fn announced(&self, announcement: Announcement) {
        self.hear(News::Stored(announcement));
    }

    fn sessions_ended(&self, sessions: Vec<SessionId>) {
        self.hear_of_ended(sessions);
    }

    fn signalled(&self, epoch: Epoch, signal: Signal) {
        self.hear(News::Signalled(epoch, signal));
    }

    fn following(&self, topics: Vec<Topic>) {
        self.hear(News::Following(topics));
    }

    fn interrupted(&self) {
        if self.0.started.get().is_some() {
            self.0.inbox.note_lost();
        }
    }
}
