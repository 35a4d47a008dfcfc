//! The task that publishes what waits in the outbox.

use std::sync::Arc;

use async_nats::Client;
use tokio::sync::watch;

use crate::outbox::Outgoing;
use crate::shared::Shared;
use crate::wire::{self, Part};

/// Publishes what waits in the outbox.
pub(crate) struct Publisher {
    shared: Arc<Shared>,
    client: Client,
    up: watch::Receiver<bool>,
}

impl Publisher {
    pub(crate) fn new(shared: Arc<Shared>, client: Client) -> Self {
        let up = shared.up.subscribe();
        Self { shared, client, up }
    }

    /// Goes on until the bus is closed, and then until the outbox is empty.
    pub(crate) async fn run(mut self) {
        let mut closing = self.shared.closing.subscribe();
        let shared = self.shared.clone();
        loop {
            tokio::select! {
                biased;
                outgoing = shared.outbox.pop() => self.publish(&outgoing).await,
                _ = closing.wait_for(|closing| *closing) => break,
            }
        }
        if shared.is_up() {
            // Out of the process is enough; nobody waits for an answer any more.
            let _ = self.client.flush().await;
        }
    }

    async fn publish(&mut self, outgoing: &Outgoing) {
        if !self.shared.is_up() {
            return self.shared.counters.dropped.add(1);
        }
        let parts = match outgoing {
            Outgoing::Announcement(announcement) => wire::announcement(announcement),
            Outgoing::SessionsEnded(sessions) => wire::sessions_ended(sessions),
            Outgoing::Signal(epoch, signal) => wire::signal(epoch, signal),
        };
        for part in parts {
            let published = self.publish_part(part).await;
            let counters = &self.shared.counters;
            if published { &counters.published } else { &counters.dropped }.add(1);
        }
    }

    /// Whether async-nats has taken it. That waits while too much is on the way already, but not for a server that has
    /// gone: what would come late is better dropped.
    async fn publish_part(&mut self, part: Part) -> bool {
        let subject = part.subject.to_string();
        let message = self.shared.seal.close(&subject, part.message);
        tokio::select! {
            biased;
            _ = self.up.wait_for(|up| !up) => false,
            published = self.client.publish(subject, message.into()) => published.is_ok(),
        }
    }
}
