//! The subscriptions of a node, brought in line with what it wants to hear of.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, SubscribeError, Subscriber};
use futures_util::StreamExt as _;
use parlor_domain::{Epoch, Topic};
use tokio::sync::oneshot;
use tokio::task::unconstrained;

use crate::shared::Shared;
use crate::subject::{Class, HEARD_BY_ALL, Subject};

/// For how long a node that goes over from one way of listening to the other listens in both. nats-server looks up the
/// subscriptions of a message first, and waits for the connections' locks then: with no overlap one message of 25,000 was
/// lost here.
const OVERLAP: Duration = Duration::from_secs(1);

/// All subscriptions. async-nats makes them again after a reconnect.
pub(crate) struct Subscriptions {
    client: Client,
    shared: Arc<Shared>,
    always: Vec<Reader>,
    groups: HashMap<(Epoch, Class), Group>,
    /// Whether some group has gone over to the other way of listening, and still listens in both.
    passing: bool,
}

/// How the topics of one class in one life are heard: one by one, or all of them by one subscription.
#[derive(Default)]
struct Group {
    each: HashMap<Topic, Reader>,
    all: Option<Reader>,
    wide: bool,
}

/// A task that reads one subscription. Once this is dropped it unsubscribes, and ends when it has passed on what had come
/// before: that is not heard in any other way, when a group goes over.
struct Reader {
    _reads: oneshot::Sender<()>,
}

impl Subscriptions {
    pub(crate) fn new(client: Client, shared: Arc<Shared>) -> Self {
        Self { client, shared, always: Vec::new(), groups: HashMap::new(), passing: false }
    }

    /// Subscribes to what every node hears.
    pub(crate) async fn open(&mut self) -> Result<(), SubscribeError> {
        for subject in HEARD_BY_ALL {
            let reader = self.subscribe(subject.to_owned()).await?;
            self.always.push(reader);
        }
        Ok(())
    }

    /// Subscribes and unsubscribes for these topics, as they are wanted now.
    pub(crate) async fn apply(&mut self, touched: &HashSet<(Epoch, Topic)>) -> Result<(), SubscribeError> {
        let groups: HashSet<_> = touched.iter().map(|(epoch, topic)| (epoch, Class::of(*topic))).collect();
        for (epoch, class) in groups {
            self.widen_or_narrow(epoch, class).await?;
        }
        for (epoch, topic) in touched {
            self.apply_one(epoch, *topic).await?;
        }
        Ok(())
    }

    /// Ends what is no longer needed, once the server has confirmed what came in its place, and a little later: a message
    /// that the server was about to deliver by the old subscription alone may follow the confirmation.
    pub(crate) fn settle(&mut self) {
        if !std::mem::take(&mut self.passing) {
            return;
        }
        let mut old = Vec::new();
        for group in self.groups.values_mut() {
            if group.wide {
                old.extend(group.each.drain().map(|(_, reader)| reader));
            } else {
                old.extend(group.all.take());
            }
        }
        tokio::spawn(async move {
            tokio::time::sleep(OVERLAP).await;
            drop(old);
        });
    }

    /// Whether there is something to settle.
    pub(crate) fn passing(&self) -> bool {
        self.passing
    }

    async fn widen_or_narrow(&mut self, epoch: &Epoch, class: Class) -> Result<(), SubscribeError> {
        let (count, limit) = (self.shared.interest.count(epoch, class), self.shared.limits.followed);
        let key = (epoch.clone(), class);
        if count == 0 {
            self.groups.remove(&key);
            return Ok(());
        }
        // Half of the limit lies between there and back, or a node at the limit would go to and fro.
        let wide = self.groups.entry(key.clone()).or_default().wide;
        if !wide && count > limit {
            let all = self.subscribe(class.wildcard(epoch)).await?;
            let group = self.groups.entry(key).or_default();
            (group.all, group.wide, self.passing) = (Some(all), true, true);
        } else if wide && count <= limit / 2 {
            for topic in self.shared.interest.topics(epoch, class) {
                let reader = self.subscribe(Subject::Topic(epoch.clone(), topic).to_string()).await?;
                self.groups.entry(key.clone()).or_default().each.insert(topic, reader);
            }
            self.groups.entry(key).or_default().wide = false;
            self.passing = true;
        }
        Ok(())
    }

    async fn apply_one(&mut self, epoch: &Epoch, topic: Topic) -> Result<(), SubscribeError> {
        let key = (epoch.clone(), Class::of(topic));
        let Some(group) = self.groups.get_mut(&key) else { return Ok(()) };
        if !self.shared.interest.wants(epoch, topic) {
            group.each.remove(&topic);
        } else if !group.wide && !group.each.contains_key(&topic) {
            let reader = self.subscribe(Subject::Topic(epoch.clone(), topic).to_string()).await?;
            self.groups.entry(key).or_default().each.insert(topic, reader);
        }
        Ok(())
    }

    async fn subscribe(&self, subject: String) -> Result<Reader, SubscribeError> {
        let subscriber = self.client.subscribe(subject).await?;
        let (reads, dropped) = oneshot::channel();
        // All tasks of the bus take turns on one thread. Without a limit to its turn a reader empties what the
        // connection has put before it; with one, a burst would overflow although the listener is fast.
        tokio::spawn(unconstrained(read(subscriber, self.shared.clone(), dropped)));
        Ok(Reader { _reads: reads })
    }
}

async fn read(mut subscriber: Subscriber, shared: Arc<Shared>, mut dropped: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            biased;
            message = subscriber.next() => match message {
                Some(message) => shared.receive(&message),
                None => return,
            },
            _ = &mut dropped => break,
        }
    }
    // Fails only if the client has ended.
    let _ = subscriber.unsubscribe().await;
    while let Some(message) = subscriber.next().await {
        shared.receive(&message);
    }
}
