//! Nodes on a real bus.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use parlor_nats::{NatsBus, NatsCounters, NatsLimits, NatsOptions};
use parlor_testkit::bus::{BusNode, RecordingListener};

/// A node, and its bus as what it is.
pub(crate) struct Node {
    pub(crate) nats: Arc<NatsBus>,
    node: BusNode,
}

impl Deref for Node {
    type Target = BusNode;

    fn deref(&self) -> &BusNode {
        &self.node
    }
}

impl Node {
    /// A node that may not be connected yet.
    pub(crate) fn start(url: &str) -> Self {
        Self::start_with(options(url))
    }

    /// The same with other options.
    pub(crate) fn start_with(options: NatsOptions) -> Self {
        let listener = Arc::new(RecordingListener::default());
        let nats = Arc::new(NatsBus::start(options, listener.clone()).expect("a good URL"));
        Self { nats: nats.clone(), node: BusNode { bus: nats, listener } }
    }

    /// A node that is connected.
    pub(crate) async fn connected(url: &str) -> Self {
        Self::connected_with(options(url)).await
    }

    /// The same with other options.
    pub(crate) async fn connected_with(options: NatsOptions) -> Self {
        let node = Self::start_with(options);
        node.until_connected(true).await;
        node
    }

    /// Waits until the node knows that it is connected, or is not.
    pub(crate) async fn until_connected(&self, connected: bool) {
        until("the connection to come or go", || self.nats.is_connected() == connected).await;
    }

    /// Waits until the counters are as they should be.
    pub(crate) async fn until_counted(&self, enough: impl Fn(NatsCounters) -> bool) {
        until("the counters to rise", || enough(self.nats.counters())).await;
    }

    /// The node without what only this bus has.
    pub(crate) fn into_node(self) -> BusNode {
        self.node
    }
}

/// The options of nodes that belong together.
pub(crate) fn options(url: &str) -> NatsOptions {
    NatsOptions::new(url, "a secret that all nodes share")
}

/// The same with other limits.
pub(crate) fn limited(url: &str, limits: NatsLimits) -> NatsOptions {
    NatsOptions { limits, ..options(url) }
}

/// Looks again and again until something is so.
pub(crate) async fn until(what: &str, enough: impl Fn() -> bool) {
    for _ in 0..6000 {
        if enough() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited for {what}");
}
