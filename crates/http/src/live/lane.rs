//! The connections of one worker thread, and the one task that wakes them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::Waker;

use parlor_delivery::{self as delivery, ConnectionId, Core, Frame, Identity, Millis};
use parlor_domain::{ChatUri, Seq, Snapshot};
use tokio::sync::Notify;

use super::Live;
use crate::server::Breaker;

/// How the lanes are woken from other threads, by their number. A lane that has ended leaves its number to another.
#[derive(Default)]
pub(super) struct LaneSignals(RwLock<Vec<Option<Arc<LaneSignal>>>>);

#[derive(Default)]
struct LaneSignal {
    woken: Notify,
    /// Connections of any lane that are to be broken off.
    broken: Mutex<Vec<ConnectionId>>,
}

impl LaneSignals {
    fn open(&self) -> (delivery::Lane, Arc<LaneSignal>) {
        let mut lanes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let at = lanes.iter().position(Option::is_none).unwrap_or_else(|| {
            lanes.push(None);
            lanes.len() - 1
        });
        let signal = Arc::<LaneSignal>::default();
        lanes[at] = Some(signal.clone());
        (delivery::Lane(u16::try_from(at).expect("a server has at most 512 worker threads")), signal)
    }

    fn close(&self, lane: delivery::Lane) {
        self.0.write().unwrap_or_else(PoisonError::into_inner)[usize::from(lane.0)] = None;
    }

    pub(super) fn wake(&self, lane: delivery::Lane) {
        if let Some(Some(signal)) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(usize::from(lane.0)) {
            signal.woken.notify_one();
        }
    }

    pub(super) fn break_off(&self, connections: &[ConnectionId]) {
        for signal in self.0.read().unwrap_or_else(PoisonError::into_inner).iter().flatten() {
            signal.broken.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(connections);
            signal.woken.notify_one();
        }
    }
}

/// The live connections of one worker thread.
pub(crate) struct Lane {
    pub(crate) live: Live,
    id: delivery::Lane,
    connections: RefCell<HashMap<ConnectionId, Place>>,
}

/// What a lane knows of a connection.
#[derive(Default)]
struct Place {
    /// Wakes whoever polls it.
    waker: Option<Waker>,
    /// Its socket.
    breaker: Option<Rc<Breaker>>,
}

impl Lane {
    /// A lane for the thread that calls this, with its task on it.
    pub(crate) fn open(live: Live) -> Rc<Self> {
        let (id, signal) = live.0.lanes.open();
        let lane = Rc::new(Self { live, id, connections: RefCell::default() });
        actix_web::rt::spawn(drive(Rc::downgrade(&lane), signal));
        lane
    }

    fn wake(&self, connection: ConnectionId) {
        let waker = self.connections.borrow().get(&connection).and_then(|place| place.waker.clone());
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn break_off(&self, connection: ConnectionId) {
        let breaker = self.connections.borrow().get(&connection).and_then(|place| place.breaker.clone());
        if let Some(breaker) = breaker {
            breaker.break_off();
        }
        self.wake(connection);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.live.0.lanes.close(self.id);
    }
}

/// Wakes the connections of a lane as the core tells, until the lane is gone.
async fn drive(lane: Weak<Lane>, signal: Arc<LaneSignal>) {
    loop {
        signal.woken.notified().await;
        let Some(lane) = lane.upgrade() else { return };
        for connection in lane.live.with(|core, _| core.take_ready(lane.id)) {
            lane.wake(connection);
        }
        let broken = std::mem::take(&mut *signal.broken.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in broken {
            lane.break_off(connection);
        }
    }
}

/// A connection to the core; it ends when this is dropped.
pub(crate) struct Connection {
    lane: Rc<Lane>,
    id: ConnectionId,
    breaker: Option<Rc<Breaker>>,
}

impl Connection {
    /// One that has not said who it is.
    pub(crate) fn open(lane: &Rc<Lane>, breaker: Option<Rc<Breaker>>) -> Self {
        let id = lane.live.with(|core, now| core.connect(lane.id, now));
        Self::enter(lane, id, breaker)
    }

    /// One that follows a chat from right behind a place in its log, as it was in this life of the database.
    pub(crate) fn follow(
        lane: &Rc<Lane>,
        identity: Identity,
        chat: ChatUri,
        after: Snapshot<Seq>,
        breaker: Option<Rc<Breaker>>,
    ) -> Self {
        let Snapshot { epoch, value } = after;
        let id = lane.live.with(|core, now| core.open_stream(lane.id, identity, chat, Some(value), epoch, now));
        Self::enter(lane, id, breaker)
    }

    fn enter(lane: &Rc<Lane>, id: ConnectionId, breaker: Option<Rc<Breaker>>) -> Self {
        lane.connections.borrow_mut().insert(id, Place { waker: None, breaker: breaker.clone() });
        Self { lane: Rc::clone(lane), id, breaker }
    }

    /// Live delivery on this node.
    pub(crate) fn live(&self) -> &Live {
        &self.lane.live
    }

    /// Who is to be woken when there is something to do.
    pub(crate) fn wakes(&self, waker: &Waker) {
        if let Some(place) = self.lane.connections.borrow_mut().get_mut(&self.id) {
            match &mut place.waker {
                Some(known) => known.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
        }
    }

    /// Lets the core do something for this connection.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Core, ConnectionId, Millis) -> T) -> T {
        self.lane.live.with(|core, now| act(core, self.id, now))
    }

    /// Its client has nothing more to say: it is not waited for when all is written.
    pub(crate) fn end_reading(&self) {
        if let Some(breaker) = &self.breaker {
            breaker.end_reading();
        }
    }

    /// Whether what its client says next is to be read.
    pub(crate) fn takes_input(&self) -> bool {
        self.lane.live.look(|core| core.takes_input(self.id))
    }

    /// The next frames for its client, at least one if there is any, until they hold `bytes`. None while its socket is
    /// full: what is taken here counts as written, and what waits in the core is bounded.
    pub(crate) fn take_frames(&self, bytes: usize) -> Vec<Frame> {
        if self.breaker.as_ref().is_some_and(|breaker| breaker.is_full()) {
            return Vec::new();
        }
        self.with(|core, id, now| core.take_frames(id, bytes, now))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.lane.connections.borrow_mut().remove(&self.id);
        self.lane.live.disconnect(self.id);
    }
}
