//! `parlor serve`: every port gets its adapter, and the server runs until it is told to end.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use parlor_domain::account::AccountPorts;
use parlor_domain::chat_session::ChatLimits;
use parlor_domain::ports::{Clock, Entropy, Notifier};
use parlor_domain::{Accounts, Announcement, ChatSessions, Messaging, SessionId};
use parlor_http::{HttpOptions, HttpServer, Services};
use parlor_security::{BcryptHasher, BcryptOptions, SystemEntropy};
use parlor_store::{Database, DieselStore, StoreOptions};

use crate::clock::SystemClock;
use crate::config::Config;
use crate::data_dir::{self, DataDirLock};
use crate::error::StartError;
use crate::{ended, logging, secret, signals};

/// How long the store may take to close; with the longest `--shutdown-timeout` the process ends within 30 s.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(4);

/// Tells nobody. The live wiring takes its place.
struct Nobody;

impl Notifier for Nobody {
    fn announce(&self, _: Announcement) {}

    fn sessions_ended(&self, _: Vec<SessionId>) {}
}

/// Runs a server until a signal ends it.
pub(crate) fn serve(config: &Config) -> Result<(), StartError> {
    logging::start(config);
    // Requests are served by threads of the HTTP server; this one waits for signals and looks for ended sessions.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Server)?;
    let ran = runtime.block_on(run(config));
    // A store that did not close in time is not waited for once more.
    runtime.shutdown_background();
    ran
}

async fn run(config: &Config) -> Result<(), StartError> {
    let database = config.database.database()?;
    let given = secret::given(config)?;
    let _lock = open_data_dir(config)?;
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let tokens = match given {
        Some(tokens) => tokens,
        None => secret::kept(&config.database.data_dir, &*entropy)?,
    };
    let hasher = Arc::new(BcryptHasher::new(hasher_options(config))?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = DieselStore::open(&database, store_options(config), Arc::new(Nobody), clock.clone())
        .map_err(StartError::Database)?;

    let adapter = Arc::new(store.clone());
    let ports = AccountPorts {
        users: adapter.clone(),
        sessions: adapter.clone(),
        hasher,
        tokens: Arc::new(tokens),
        clock: clock.clone(),
        entropy: entropy.clone(),
    };
    let accounts = Accounts::new(ports, config.token_lifetimes());
    let limits = ChatLimits { max_members: config.max_members };
    let services = Services {
        accounts: accounts.clone(),
        chats: ChatSessions::new(adapter.clone(), adapter.clone(), clock.clone(), entropy.clone(), limits),
        messaging: Messaging::new(adapter.clone(), clock.clone(), entropy.clone()),
        readiness: adapter,
        entropy,
    };

    let looked = clock.now();
    accounts.learn_ended_sessions(None).await?;
    let server = bind(config, services)?;
    let shutdown = signals::shutdown().map_err(StartError::Server)?;
    let learning = tokio::spawn(ended::keep_learning(accounts, clock, looked, ended::EVERY));
    announce(server.local_addr(), &database);
    let ran = server.run_until(shutdown).await;
    learning.abort();
    close(store).await;
    tracing::info!("Parlor has ended.");
    ran.map_err(StartError::Server)
}

/// Lets the store finish what waits in it. Away from this thread, so that a second signal is still heard.
async fn close(store: DieselStore) {
    let closing = tokio::task::spawn_blocking(move || store.close());
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
        cost: config.bcrypt_cost,
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
