//! What a case of the bus contract gets to work with.

use std::any::Any;
use std::sync::Arc;

use parlor_domain::ports::Bus;
use parlor_domain::{Epoch, Topic};

use super::{MemoryBus, RecordingListener};

/// One node on the bus.
#[derive(Clone)]
pub struct BusNode {
    /// Its end of the bus.
    pub bus: Arc<dyn Bus>,
    /// What the bus delivered to it.
    pub listener: Arc<RecordingListener>,
}

impl BusNode {
    /// Follows the topics, and waits until the bus says that it does.
    pub async fn follow(&self, epoch: &Epoch, topics: &[Topic]) {
        let told = self.listener.heard().following.len();
        self.bus.follow(epoch, topics.to_vec());
        let all = |new: &[Topic]| topics.iter().all(|topic| new.contains(topic));
        self.listener.until("following", |heard| all(&heard.following[told..])).await;
    }
}

/// Three nodes that hear one another, and follow nothing yet.
pub struct BusFixture {
    /// The nodes.
    pub nodes: [BusNode; 3],
    /// Ends the bus when dropped.
    pub cleanup: Box<dyn Any + Send + Sync>,
}

impl BusFixture {
    /// Nodes in this process.
    pub fn in_memory() -> Self {
        let listeners = [(); 3].map(|()| Arc::new(RecordingListener::default()));
        let mut buses = MemoryBus::connect(listeners.clone().map(|listener| listener as _)).into_iter();
        let nodes = listeners.map(|listener| {
            let bus = Arc::new(buses.next().expect("a bus for each listener"));
            BusNode { bus, listener }
        });
        Self { nodes, cleanup: Box::new(()) }
    }
}
