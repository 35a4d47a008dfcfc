//! The node's one core, and what it is given and asked.

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use parlor_delivery::{CloseCode, ConnectionId, Core, Identity, Limits, Millis, Output};
use parlor_domain::account::TokenGrant;
use parlor_domain::ports::{Bus, Clock, LiveRepository};
use parlor_domain::{Accounts, ChatSessions, ChatUri, Messaging, Seq, Signal, SignalKind, UserId, UserRef};
use tokio::runtime::Handle;
use tokio::time::{MissedTickBehavior, interval};

use super::inbox::Inbox;
use super::lane::LaneSignals;
use super::perform;

/// How often the core is told that time has passed.
const TICK: Duration = Duration::from_secs(1);

/// What live delivery needs from outside.
#[derive(Clone)]
pub struct LivePorts {
    /// What it reads memberships, heads and logs from.
    pub repository: Arc<dyn LiveRepository>,
    /// Who a token proves somebody to be, and which sessions have ended.
    pub accounts: Accounts,
    /// The use case behind `read`.
    pub chats: ChatSessions,
    /// The use cases behind `send`, `edit` and `delete`.
    pub messaging: Messaging,
    /// The way to the other nodes; none, if there are none.
    pub bus: Option<Arc<dyn Bus>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// Live delivery on this node. Cheap to clone; all clones are the same.
///
/// A store is given it as its [`Notifier`](parlor_domain::ports::Notifier), and a bus as its
/// [`Listener`](parlor_domain::ports::Listener), before there are services to [start](Self::start) it with. What is
/// announced until then is dropped: nobody is connected yet, and the log has it.
#[derive(Clone)]
pub struct Live(pub(super) Arc<Inner>);

pub(super) struct Inner {
    core: Mutex<Core>,
    limits: Limits,
    begun: Instant,
    pub(super) started: OnceLock<Started>,
    pub(super) lanes: LaneSignals,
    pub(super) inbox: Inbox,
    /// Whether the database did not answer when it was last asked.
    pub(super) failing: AtomicBool,
}

pub(super) struct Started {
    pub(super) ports: LivePorts,
    runtime: Handle,
}

/// Somebody who is about to connect.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// What their token said.
    pub(crate) grant: TokenGrant,
    /// Who they are today.
    pub(crate) user: UserRef,
}

impl Live {
    /// Live delivery that has not started. `seed` spreads the return of clients over time; a different one for each
    /// node and start.
    pub fn new(limits: Limits, seed: u64) -> Self {
        Self(Arc::new(Inner {
            core: Mutex::new(Core::new(limits.clone(), seed, Millis(0))),
            limits,
            begun: Instant::now(),
            started: OnceLock::new(),
            lanes: LaneSignals::default(),
            inbox: Inbox::default(),
            failing: AtomicBool::default(),
        }))
    }

    /// Starts it over these ports, with its tasks on this runtime. A second call changes nothing.
    pub fn start(&self, ports: LivePorts, runtime: &Handle) {
        if self.0.started.set(Started { ports, runtime: runtime.clone() }).is_err() {
            return;
        }
        let (driven, ticked) = (self.clone(), self.clone());
        runtime.spawn(async move { driven.drive_inbox().await });
        runtime.spawn(async move {
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                ticked.with(Core::tick);
            }
        });
    }

    /// Ends every connection, so that its client comes back elsewhere, and takes no more.
    pub fn shut_down(&self) {
        self.with(Core::shut_down);
    }

    /// Tells the others how far somebody has read who did not say so over a live connection. The caller is not kept
    /// waiting: what does not work is left out.
    pub(crate) fn tell_of_reading(&self, user: UserId, chat: ChatUri, seq: Seq) {
        self.tell_of(user, move |core, by, now| {
            core.raise(&Signal { by, kind: SignalKind::Read { chat, seq } }, now);
        });
    }

    /// The same of somebody who writes, or has stopped.
    pub(crate) fn tell_of_typing(&self, user: UserId, chat: ChatUri, on: bool) {
        self.tell_of(user, move |core, by, now| core.tell_of_typing(by, chat, on, now));
    }

    fn tell_of(&self, user: UserId, tell: impl FnOnce(&mut Core, UserRef, Millis) + Send + 'static) {
        let Some(started) = self.0.started.get() else { return };
        let (live, accounts) = (self.clone(), started.ports.accounts.clone());
        started.runtime.spawn(async move {
            let Ok(Some(user)) = accounts.find(user).await else { return };
            let by = UserRef { id: user.id, username: user.username };
            live.with(|core, now| tell(core, by, now));
        });
    }

    /// Tells this node's connections that a block was made, or lifted: from now on.
    pub(crate) fn tell_of_block(&self, by: UserId, user: UserId, on: bool) {
        self.with(|core, _| core.blocked(by, user, on));
    }

    /// The bounds that the core keeps.
    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// What it was started with.
    pub(crate) fn ports(&self) -> Option<&LivePorts> {
        self.0.started.get().map(|started| &started.ports)
    }

    /// Who a token's holder is today. An account that is gone has no session any more.
    pub(crate) async fn recognise(accounts: &Accounts, grant: TokenGrant) -> Result<Known, CloseCode> {
        match accounts.find(grant.user).await {
            Ok(Some(user)) => Ok(Known { grant, user: UserRef { id: user.id, username: user.username } }),
            Ok(None) => Err(CloseCode::SessionEnded),
            Err(error) => {
                tracing::warn!(%error, "somebody who connects could not be looked up");
                Err(CloseCode::Failed)
            }
        }
    }

    /// What the core is told of them: nothing, if their session has ended meanwhile. To be asked under the core's lock,
    /// so that no ending is missed between this and what follows.
    pub(crate) fn identity(&self, known: Known) -> Result<Identity, CloseCode> {
        let ports = self.ports().ok_or(CloseCode::Failed)?;
        let Known { grant, user } = known;
        if ports.accounts.has_ended(grant.session) {
            return Err(CloseCode::SessionEnded);
        }
        let left = (grant.expires_at - ports.clock.now()).whole_milliseconds();
        let expires_in = Millis(u64::try_from(left.max(0)).unwrap_or(u64::MAX));
        Ok(Identity { user, session: grant.session, expires_at: grant.expires_at, expires_in })
    }

    /// Lets the core do something, and then does what it asks for.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Core, Millis) -> T) -> T {
        let mut core = self.0.core.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut core, self.now());
        self.settle(core);
        result
    }

    /// Looks at the core.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Core) -> T) -> T {
        look(&self.0.core.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time since the start.
    pub(super) fn now(&self) -> Millis {
        Millis(u64::try_from(self.0.begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Takes out what the core asks for. What goes to the bus goes while the core is locked, so that it stays in order;
    /// a bus neither blocks nor calls back.
    fn settle(&self, mut core: MutexGuard<'_, Core>) {
        let mut asked = Vec::new();
        let mut aborted = Vec::new();
        if let Some(Started { ports, .. }) = self.0.started.get() {
            while let Some(output) = core.poll_output() {
                match (output, &ports.bus) {
                    (Output::Abort(connection), _) => aborted.push(connection),
                    (Output::Follow { epoch, topics }, Some(bus)) => bus.follow(&epoch, topics),
                    (Output::Unfollow { epoch, topics }, Some(bus)) => bus.unfollow(&epoch, topics),
                    (Output::Publish { epoch, signal }, Some(bus)) => bus.signal(&epoch, signal),
                    // All that happens happens here, and is announced here.
                    (Output::Follow { .. } | Output::Unfollow { .. } | Output::Publish { .. }, None) => {}
                    (output, _) => asked.push(output),
                }
            }
        }
        let ready = core.ready_lanes();
        drop(core);
        for lane in ready {
            self.0.lanes.wake(lane);
        }
        if !aborted.is_empty() {
            self.0.lanes.break_off(&aborted);
        }
        for output in asked {
            self.ask(output);
        }
    }

    fn ask(&self, output: Output) {
        let Some(started) = self.0.started.get() else { return };
        let live = self.clone();
        started.runtime.spawn(async move {
            let Some(started) = live.0.started.get() else { return };
            if let Some((ticket, answer)) = perform::answer(&live, &started.ports, output).await {
                live.with(|core, now| core.answer(ticket, answer, now));
            }
        });
    }

    /// The client of this connection is gone.
    pub(super) fn disconnect(&self, connection: ConnectionId) {
        self.with(|core, now| core.disconnect(connection, now));
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("started", &self.0.started.get().is_some()).finish_non_exhaustive()
    }
}
