//! The bus as its callers see it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parlor_domain::ports::{Bus, Listener, Notifier};
use parlor_domain::{Announcement, Epoch, SessionId, Signal, Topic};

use crate::connection::{Target, servers};
use crate::counters::NatsCounters;
use crate::keeper::{Keeper, tell_of_overflows};
use crate::options::{NatsError, NatsOptions};
use crate::outbox::Outgoing;
use crate::probe::Probe;
use crate::publisher::Publisher;
use crate::shared::Shared;

/// How long closing waits for what is still to be published.
const CLOSING: Duration = Duration::from_secs(1);

/// The way to the other nodes over NATS.
///
/// It has a thread of its own, on which the listener is called too, and connects there: for as long as no server can be
/// reached, everything that is announced is dropped, and what is followed is remembered. Its user needs the right to
/// publish and subscribe below `parlor.`.
pub struct NatsBus {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl NatsBus {
    /// Starts a bus that delivers to `listener`. Does not wait for a server, nor fail where there is none.
    ///
    /// # Errors
    /// [`NatsError`] when the URL is none of a NATS server, or the thread cannot be started.
    pub fn start(options: NatsOptions, listener: Arc<dyn Listener>) -> Result<Self, NatsError> {
        let shared = Arc::new(Shared::new(&options, listener));
        let target = Target::new(options)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(NatsError::Thread)?;
        let on_thread = shared.clone();
        let body = move || {
            let _down = TakeDown(on_thread.clone());
            runtime.block_on(run(on_thread, target));
            // A name that is still being looked up is not waited for.
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("parlor-nats".to_owned()).spawn(body).map_err(NatsError::Thread)?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Whether this is the URL of a NATS server, or of several. Whether one is there is not looked at.
    ///
    /// # Errors
    /// [`NatsError::Url`].
    pub fn check_url(url: &str) -> Result<(), NatsError> {
        servers(url).map(drop)
    }

    /// Whether the server is there, and has confirmed what every node hears. A server that falls silent is noticed after
    /// 6 seconds.
    pub fn is_connected(&self) -> bool {
        self.shared.is_up()
    }

    /// What was counted since the start.
    pub fn counters(&self) -> NatsCounters {
        self.shared.counters.read()
    }

    /// Publishes what waits and ends the bus, within about a second. The listener is not called after that. Dropping the
    /// bus does the same, but does not wait.
    pub fn close(&self) {
        self.shared.closing.send_replace(true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A listener that closes the bus cannot wait for itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

impl Drop for NatsBus {
    fn drop(&mut self) {
        self.shared.closing.send_replace(true);
    }
}

impl Notifier for NatsBus {
    fn announce(&self, announcement: Announcement) {
        self.shared.send(Outgoing::Announcement(announcement));
    }

    fn sessions_ended(&self, sessions: Vec<SessionId>) {
        self.shared.send(Outgoing::SessionsEnded(sessions));
    }
}

impl Bus for NatsBus {
    fn signal(&self, epoch: &Epoch, signal: Signal) {
        self.shared.send(Outgoing::Signal(epoch.clone(), signal));
    }

    fn follow(&self, epoch: &Epoch, topics: Vec<Topic>) {
        self.shared.interest.follow(epoch, &topics);
    }

    fn unfollow(&self, epoch: &Epoch, topics: Vec<Topic>) {
        self.shared.interest.unfollow(epoch, &topics);
    }
}

/// However the thread ends, the bus is not connected after it.
struct TakeDown(Arc<Shared>);

impl Drop for TakeDown {
    fn drop(&mut self) {
        self.0.up.send_replace(false);
    }
}

async fn run(shared: Arc<Shared>, target: Target) {
    let client = target.clone().connect(shared.clone()).await;
    tokio::spawn(Keeper::new(shared.clone(), client.clone(), Probe::new(client.clone(), target)).run());
    tokio::spawn(tell_of_overflows(shared.clone()));
    let mut closing = shared.closing.subscribe();
    let late = async {
        let _ = closing.wait_for(|closing| *closing).await;
        tokio::time::sleep(CLOSING).await;
    };
    tokio::select! {
        () = Publisher::new(shared.clone(), client).run() => {}
        () = late => {}
    }
}
