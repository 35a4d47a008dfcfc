//! What the callers of a bus and its own thread share.

use std::sync::Arc;

use async_nats::Message;
use parlor_domain::ports::Listener;
use parlor_domain::{Announcement, Epoch, Topic};
use tokio::sync::{Notify, watch};

use crate::counters::Counters;
use crate::interest::Interest;
use crate::options::{NatsLimits, NatsOptions};
use crate::outbox::{Outbox, Outgoing};
use crate::seal::Seal;
use crate::subject::Subject;
use crate::wire::{self, Heard};

/// What the callers of a bus and its own thread share.
pub(crate) struct Shared {
    pub(crate) listener: Arc<dyn Listener>,
    pub(crate) seal: Seal,
    pub(crate) limits: NatsLimits,
    pub(crate) outbox: Outbox,
    pub(crate) interest: Interest,
    pub(crate) counters: Counters,
    /// Whether the server is there, and has confirmed what every node hears.
    pub(crate) up: watch::Sender<bool>,
    /// Whether the bus is to end.
    pub(crate) closing: watch::Sender<bool>,
    /// The connection came or went.
    pub(crate) turned: Notify,
    /// Messages were lost: the listener was too slow.
    pub(crate) overflowed: Notify,
}

impl Shared {
    pub(crate) fn new(options: &NatsOptions, listener: Arc<dyn Listener>) -> Self {
        Self {
            listener,
            seal: Seal::new(&options.secret),
            limits: options.limits,
            outbox: Outbox::new(options.limits),
            interest: Interest::default(),
            counters: Counters::default(),
            up: watch::Sender::new(false),
            closing: watch::Sender::new(false),
            turned: Notify::new(),
            overflowed: Notify::new(),
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        *self.up.borrow()
    }

    /// The listener, until the bus is closed.
    pub(crate) fn listener(&self) -> Option<&dyn Listener> {
        (!*self.closing.borrow()).then_some(&*self.listener)
    }

    /// Queues something; without a server there is nothing to wait for, and it is dropped at once.
    pub(crate) fn send(&self, outgoing: Outgoing) {
        if !self.is_up() || !self.outbox.push(outgoing) {
            self.counters.dropped.add(1);
        }
    }

    /// Passes a message on to the listener, if it is genuine and wanted.
    pub(crate) fn receive(&self, message: &Message) {
        let Some(subject) = Subject::parse(&message.subject) else { return self.reject(message) };
        // Before anything that costs: on a node that listens to all chats, most are of no interest.
        if matches!(&subject, Subject::Topic(epoch, topic) if !self.interest.wants(epoch, *topic)) {
            return;
        }
        let crowd = matches!(subject, Subject::Crowd(_));
        let body = self.seal.open(&message.subject, &message.payload);
        let Some(heard) = body.and_then(|body| wire::read(subject, body)) else { return self.reject(message) };
        let Some(listener) = self.listener() else { return };
        match heard {
            Heard::Announced(announcement) if crowd && !self.concerns_us(&announcement) => return,
            Heard::Announced(announcement) => listener.announced(announcement),
            Heard::Signalled(epoch, signal) => listener.signalled(epoch, signal),
            Heard::SessionsEnded(sessions) => listener.sessions_ended(sessions),
        }
        self.counters.delivered.add(1);
    }

    /// Tells the listener of those topics that are still wanted.
    pub(crate) fn following(&self, topics: impl IntoIterator<Item = (Epoch, Topic)>) {
        let wanted = topics.into_iter().filter(|(epoch, topic)| self.interest.wants(epoch, *topic));
        let topics: Vec<_> = wanted.map(|(_, topic)| topic).collect();
        if let Some(listener) = self.listener().filter(|_| !topics.is_empty()) {
            listener.following(topics);
        }
    }

    fn concerns_us(&self, announcement: &Announcement) -> bool {
        let users = announcement.events.iter().flat_map(|event| wire::concerned_users(event));
        users.map(Topic::User).any(|topic| self.interest.wants(&announcement.epoch, topic))
    }

    fn reject(&self, message: &Message) {
        if self.counters.read().rejected == 0 {
            tracing::warn!(
                subject = %message.subject,
                "A message on the bus is not of this installation, or of another version. It is not read, and further \
                 ones are only counted."
            );
        }
        self.counters.rejected.add(1);
    }
}
