//! The contract of the bus, over the server that all tests share: each case's nodes have a secret of their own, and hear
//! the others' messages as forgeries.

use std::sync::atomic::{AtomicU32, Ordering};

use parlor_nats::{NatsLimits, NatsOptions};
use parlor_testkit::bus::BusFixture;

use crate::node::Node;

async fn nodes(limits: NatsLimits) -> BusFixture {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let url = std::env::var("PARLOR_TEST_NATS").expect("PARLOR_TEST_NATS is not set: run `make test`");
    let secret = format!("{} of {}", LAST.fetch_add(1, Ordering::Relaxed), std::process::id());
    let options = NatsOptions { limits, ..NatsOptions::new(url, secret) };
    let node = async || Node::connected_with(options.clone()).await.into_node();
    BusFixture { nodes: [node().await, node().await, node().await], cleanup: Box::new(()) }
}

mod each_topic_by_itself {
    use super::*;

    async fn fresh() -> BusFixture {
        nodes(NatsLimits::default()).await
    }

    parlor_testkit::bus_contract!(fresh);
}

/// The same where a node listens to everything from the first topic on.
mod all_topics_at_once {
    use super::*;

    async fn fresh() -> BusFixture {
        nodes(NatsLimits { followed: 0, ..NatsLimits::default() }).await
    }

    parlor_testkit::bus_contract!(fresh);
}
