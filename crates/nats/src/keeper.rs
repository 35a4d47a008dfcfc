//! The task that keeps the node listening to what it wants to hear of.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, SubscribeError};
use parlor_domain::{Epoch, Topic};
use tokio::time::MissedTickBehavior;

use crate::probe::Probe;
use crate::shared::Shared;
use crate::subscriptions::Subscriptions;

/// How often the connection is looked at although nothing was told of it.
const LOOK: Duration = Duration::from_secs(1);

/// How long the listener is left alone after it was told that messages were lost, before it is told again.
const BETWEEN_OVERFLOWS: Duration = Duration::from_millis(500);

/// Puts wishes into effect and tells the listener when they are.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    client: Client,
    subscriptions: Subscriptions,
    probe: Probe,
    /// Whom the listener has been told of: how many connections had been made then.
    confirmed: u64,
    /// Wishes that the listener waits to be told of.
    waiting: HashSet<(Epoch, Topic)>,
}

impl Keeper {
    pub(crate) fn new(shared: Arc<Shared>, client: Client, probe: Probe) -> Self {
        let subscriptions = Subscriptions::new(client.clone(), shared.clone());
        Self { shared, client, subscriptions, probe, confirmed: 0, waiting: HashSet::new() }
    }

    /// Goes on until the client's end.
    pub(crate) async fn run(mut self) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ready = self.subscriptions.open().await;
        while ready.is_ok() {
            tokio::select! {
                () = self.shared.turned.notified() => {}
                () = self.shared.interest.changed() => {}
                _ = look.tick() => {}
            }
            ready = self.bring_in_line().await;
        }
    }

    /// Subscribes to what is wanted, waits until the server has confirmed it, and tells the listener; again, if there
    /// are new wishes by then. Ends without that when there is no connection.
    async fn bring_in_line(&mut self) -> Result<(), SubscribeError> {
        while let Some(connection) = self.connection() {
            let touched = self.shared.interest.take_touched();
            self.subscriptions.apply(&touched).await?;
            self.waiting.extend(touched.into_iter().filter(|(epoch, topic)| self.shared.interest.wants(epoch, *topic)));
            let told = self.confirmed == connection && self.waiting.is_empty() && !self.subscriptions.passing();
            if told && self.shared.is_up() {
                return Ok(());
            }
            if self.probe.answered().await && self.connection() == Some(connection) {
                self.confirm(connection);
            }
        }
        self.shared.up.send_replace(false);
        Ok(())
    }

    /// The number of the connection, if there is one. async-nats makes its subscriptions again before it handles what
    /// was sent after a reconnect, the probe for instance.
    fn connection(&self) -> Option<u64> {
        let made = self.client.statistics().connects.load(Ordering::Relaxed);
        (self.client.connection_state() == State::Connected).then_some(made)
    }

    fn confirm(&mut self, connection: u64) {
        self.subscriptions.settle();
        let before = std::mem::replace(&mut self.confirmed, connection);
        self.shared.up.send_replace(true);
        if before != connection {
            self.shared.counters.connected.add(connection - before);
            tracing::info!("The bus between the nodes is connected.");
        }
        // Only now: whoever looks for what was missed would otherwise miss what comes while they look.
        if before != connection
            && before > 0
            && let Some(listener) = self.shared.listener()
        {
            listener.interrupted();
        }
        self.shared.following(self.waiting.drain());
    }
}

/// Tells the listener when messages were lost because it was too slow. To be told once is enough for many messages, and
/// after the last one it is always told.
pub(crate) async fn tell_of_overflows(shared: Arc<Shared>) {
    loop {
        shared.overflowed.notified().await;
        shared.counters.overflowed.add(1);
        if let Some(listener) = shared.listener() {
            listener.interrupted();
        }
        tokio::time::sleep(BETWEEN_OVERFLOWS).await;
    }
}
