//! `parlor serve`: every port gets its adapter, and the server runs until it is told to end.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use parlor_domain::account::AccountPorts;
use parlor_domain::chat_session::ChatLimits;
use parlor_domain::ports::{Bus, Clock, Entropy};
use parlor_domain::{Accounts, Blocking, ChatSessions, Erasure, Exports, Messaging, Registration, Search};
use parlor_http::{BusCheck, HttpOptions, HttpServer, Live, LivePorts, Services};
use parlor_nats::{NatsBus, NatsOptions};
use parlor_security::{BcryptHasher, BcryptOptions, SystemEntropy};
use parlor_store::{Database, DieselStore, StoreOptions};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::Handle;

use crate::clock::SystemClock;
use crate::config::{Config, Sensitive};
use crate::data_dir::{self, DataDirLock};
use crate::error::StartError;
use crate::{ended, logging, secret, signals};

/// How long the store may take to close; with the longest `--shutdown-timeout` the process ends within 30 s.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(4);

/// Runs a server until a signal ends it.
pub(crate) fn serve(config: &Config) -> Result<(), StartError> {
    logging::start(config);
    raise_open_files();
    // Requests are served by threads of the HTTP server; this one waits for signals and looks for ended sessions.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Server)?;
    let ran = runtime.block_on(run(config));
    // A store that did not close in time is not waited for once more.
    runtime.shutdown_background();
    ran
}

/// Lets the process hold as many connections as the system allows it: the soft limit is often 1,024 (getrlimit(2)).
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, limit = ?limit.current, "The number of open files stays limited.");
    }
}

async fn run(config: &Config) -> Result<(), StartError> {
    let database = config.database.database()?;
    config.nats_url().map_or(Ok(()), NatsBus::check_url).map_err(StartError::Nats)?;
    let given = secret::given(config)?;
    let _lock = open_data_dir(config)?;
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let keys = match given {
        Some(keys) => keys,
        None => secret::kept(&config.database.data_dir, &*entropy)?,
    };
    let hasher = Arc::new(BcryptHasher::new(hasher_options(config))?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let live = Live::new(config.live_limits(), seed(&*entropy));
    let bus = bus(config, &keys.secret, &live)?;
    let store = DieselStore::open(&database, store_options(config), Arc::new(live.clone()), clock.clone())
        .map_err(StartError::Database)?;

    let adapter = Arc::new(store.clone());
    let ports = AccountPorts {
        users: adapter.clone(),
        sessions: adapter.clone(),
        hasher,
        tokens: Arc::new(keys.tokens),
        clock: clock.clone(),
        entropy: entropy.clone(),
    };
    let accounts = Accounts::new(ports, config.token_lifetimes());
    let limits = ChatLimits { max_members: config.max_members };
    let chats = ChatSessions::new(adapter.clone(), adapter.clone(), clock.clone(), entropy.clone(), limits);
    let messaging = Messaging::new(adapter.clone(), clock.clone(), entropy.clone());

    let looked = clock.now();
    accounts.learn_ended_sessions(None).await?;
    live.start(
        LivePorts {
            repository: adapter.clone(),
            accounts: accounts.clone(),
            chats: chats.clone(),
            messaging: messaging.clone(),
            bus: bus.clone().map(|bus| bus as Arc<dyn Bus>),
            clock: clock.clone(),
        },
        &Handle::current(),
    );
    let services = Services {
        accounts: accounts.clone(),
        registration: Registration::new(accounts.clone(), adapter.clone(), config.registration.into()),
        erasure: Erasure::new(accounts.clone(), chats.clone(), adapter.clone()),
        chats,
        blocking: Blocking::new(adapter.clone()),
        messaging,
        exports: Exports::new(adapter.clone(), adapter.clone(), adapter.clone()),
        search: Search::new(adapter.clone()),
        readiness: adapter,
        live: live.clone(),
        bus: bus.clone().map(|bus| Arc::new(move || bus.is_connected()) as BusCheck),
        entropy,
    };
    let server = bind(config, services)?;
    let shutdown = signals::shutdown().map_err(StartError::Server)?;
    let learning = tokio::spawn(ended::keep_learning(accounts, Arc::new(live), clock, looked, ended::EVERY));
    announce(server.local_addr(), &database);
    let ran = server.run_until(shutdown).await;
    learning.abort();
    close(store, bus).await;
    tracing::info!("Parlor has ended.");
    ran.map_err(StartError::Server)
}

/// The way to the other nodes, if there is one.
fn bus(config: &Config, secret: &Sensitive, live: &Live) -> Result<Option<Arc<NatsBus>>, StartError> {
    let Some(url) = config.nats_url() else { return Ok(None) };
    let options = NatsOptions::new(url, secret.expose());
    NatsBus::start(options, Arc::new(live.clone())).map(|bus| Some(Arc::new(bus))).map_err(StartError::Nats)
}

/// A number that no other node has.
fn seed(entropy: &dyn Entropy) -> u64 {
    let [seed @ .., _, _, _, _, _, _, _, _] = entropy.bytes();
    u64::from_be_bytes(seed)
}

/// Lets the store finish what waits in it, and then the bus. Away from this thread, so that a second signal is still
/// heard.
async fn close(store: DieselStore, bus: Option<Arc<NatsBus>>) {
    let closing = tokio::task::spawn_blocking(move || {
        store.close();
        if let Some(bus) = bus {
            bus.close();
        }
    });
    if tokio::time::timeout(CLOSE_TIMEOUT, closing).await.is_err() {
        tracing::error!("The database does not answer: what was waiting for it is given up.");
    }
}

/// The embedded database has one server at a time; an external one needs no directory.
fn open_data_dir(config: &Config) -> Result<Option<DataDirLock>, StartError> {
    if !config.database.is_embedded() {
        return Ok(None);
    }
    data_dir::create(&config.database.data_dir)?;
    data_dir::lock(&config.database.data_dir).map(Some)
}

fn hasher_options(config: &Config) -> BcryptOptions {
    let defaults = BcryptOptions::default();
    BcryptOptions {
        cost: config.hashing.bcrypt_cost,
        threads: config.password_threads.map_or(defaults.threads, usize::from),
        queue: config.password_queue.get(),
    }
}

fn store_options(config: &Config) -> StoreOptions {
    let defaults = StoreOptions::default();
    StoreOptions { readers: config.database_readers.map_or(defaults.readers, usize::from), ..defaults }
}

fn bind(config: &Config, services: Services) -> Result<HttpServer, StartError> {
    let failed = |source| StartError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).map_err(failed)?;
    let defaults = HttpOptions::default();
    let options = HttpOptions {
        cors_origins: config.cors_origins.clone(),
        workers: config.workers.map_or(defaults.workers, usize::from),
        shutdown_timeout: Duration::from_secs(config.shutdown_timeout.into()),
        ..defaults
    };
    HttpServer::bind(listener, services, options).map_err(failed)
}

/// The one line on standard output, which tells whoever started the server on port 0 where it is.
fn announce(address: SocketAddr, database: &Database) {
    let kind = match database {
        Database::Sqlite(file) => format!("SQLite in {}", file.display()),
        Database::Postgres(_) => "PostgreSQL".to_owned(),
    };
    tracing::info!(%address, database = kind, "Parlor {} has started.", env!("CARGO_PKG_VERSION"));
    let mut out = io::stdout().lock();
    // Nobody may be reading it.
    let _ = writeln!(out, "Parlor listens on http://{address}").and_then(|()| out.flush());
}
