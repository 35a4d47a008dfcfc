//! The server that listens.

mod breaker;
mod stream;

use std::future::{Future, ready};
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use actix_http::{HttpService, Request};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, map_config};
use actix_web::dev::{AppConfig, Server, ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse, fn_service};
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error, HttpResponse};
use futures_util::future::{Either, select};
use parlor_domain::ports::{Entropy, Readiness};
use parlor_domain::{Accounts, Blocking, ChatSessions, Erasure, Exports, Messaging, Registration, Search};

use crate::edge::Edge;
use crate::edge::cors::CorsOrigins;
use crate::live::Live;
pub(crate) use breaker::Breaker;
use stream::Stream;

/// Whether the bus can be reached at the moment.
pub type BusCheck = Arc<dyn Fn() -> bool + Send + Sync>;

/// What the API is an edge of. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Accounts, tokens and the directory.
    pub accounts: Accounts,
    /// The way in to them.
    pub registration: Registration,
    /// The end of accounts.
    pub erasure: Erasure,
    /// Chats and their members.
    pub chats: ChatSessions,
    /// Who has blocked whom.
    pub blocking: Blocking,
    /// Messages.
    pub messaging: Messaging,
    /// All that is stored of somebody.
    pub exports: Exports,
    /// Search.
    pub search: Search,
    /// What `/readyz` asks.
    pub readiness: Arc<dyn Readiness>,
    /// Live delivery, over these same services.
    pub live: Live,
    /// Whether the way to the other nodes is open; nothing, if there are none. `/readyz` tells of it.
    pub bus: Option<BusCheck>,
    /// Where the ids of requests come from.
    pub entropy: Arc<dyn Entropy>,
}

/// How the server listens and how long it waits.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Which web pages may call. All, unless set.
    pub cors_origins: CorsOrigins,
    /// How many threads serve requests. As many as the machine runs at once, unless set.
    pub workers: usize,
    /// How long the head of a connection's first request may take to arrive. 10 s, unless set.
    pub head_timeout: Duration,
    /// How long a body may take to arrive. 10 s, unless set.
    pub body_timeout: Duration,
    /// How long a connection is kept that asks for nothing. 75 s, unless set.
    pub keep_alive: Duration,
    /// How long requests may take to finish once the server is to end, in whole seconds. 25 s, unless set.
    pub shutdown_timeout: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            cors_origins: CorsOrigins::Any,
            workers: thread::available_parallelism().map_or(2, usize::from),
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            shutdown_timeout: Duration::from_secs(25),
        }
    }
}

/// A server that has its address and does not answer yet.
pub struct HttpServer {
    listener: TcpListener,
    address: SocketAddr,
    services: Services,
    options: HttpOptions,
}

impl HttpServer {
    /// A server on this listener. Connections that arrive from now on wait until it runs.
    ///
    /// # Errors
    /// When the listener has no local address.
    pub fn bind(listener: TcpListener, services: Services, options: HttpOptions) -> io::Result<Self> {
        let address = listener.local_addr()?;
        bound_stalled(&listener)?;
        Ok(Self { listener, address, services, options })
    }

    /// The address that it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `shutdown` comes to its end. Then live connections are told to come back elsewhere, and
    /// what is under way is finished.
    ///
    /// Runs inside a tokio runtime; the requests are served by threads of its own.
    ///
    /// # Errors
    /// When the listener or the threads fail.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let live = self.services.live.clone();
        let server = listen(self)?;
        let handle = server.handle();
        match select(pin!(server), pin!(shutdown)).await {
            Either::Left((ended, _)) => ended,
            Either::Right(((), server)) => {
                // actix waits for open connections: they are to end by themselves.
                live.shut_down();
                finish(server, handle).await
            }
        }
    }
}

/// How much the kernel keeps of what a client does not read, in bytes: by itself it takes megabytes for each.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// After how long without an acknowledgement the kernel gives a connection up, in milliseconds.
const USER_TIMEOUT_MILLIS: u32 = 30_000;

/// Bounds what a client costs that stopped reading or is gone. The connections take this over from their listener
/// (tcp(7), "Sockets API").
fn bound_stalled(listener: &TcpListener) -> io::Result<()> {
    rustix::net::sockopt::set_socket_send_buffer_size(listener, SEND_BUFFER_BYTES)?;
    Ok(rustix::net::sockopt::set_tcp_user_timeout(listener, USER_TIMEOUT_MILLIS)?)
}

/// How long a connection that is to end is read on, so that an answer is not lost to what its client still sends.
const LINGER: Duration = Duration::from_secs(1);
/// The most worker threads that actix starts.
const MAX_WORKERS: usize = 512;

/// Puts the API below actix's workers. As `actix_web::HttpServer` does it, but for the [`Stream`] in between.
fn listen(server: HttpServer) -> io::Result<Server> {
    let HttpServer { listener, address, services, options } = server;
    let seconds = u64::try_from(options.shutdown_timeout.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
    let builder = Server::build().workers(options.workers.clamp(1, MAX_WORKERS)).shutdown_timeout(seconds);
    let draining = builder.graceful_shutdown_signal();
    let builder = builder.disable_signals().listen("parlor-http", listener, move || {
        let (edge, draining) = (Edge::new(services.clone(), &options), draining.clone());
        let http = HttpService::build()
            .keep_alive(options.keep_alive)
            .client_request_timeout(options.head_timeout)
            .client_disconnect_timeout(LINGER)
            .on_connect_ext(|stream: &Stream, data| drop(data.insert(stream.breaker())))
            .local_addr(address)
            .graceful_shutdown_signal(move || {
                let draining = draining.clone();
                async move { draining.notified().await }
            })
            .h1(map_config(app(&edge), |()| AppConfig::default()));
        fn_service(move |io: TcpStream| {
            let peer = io.peer_addr().ok();
            // Without it the last segment of an answer may wait for an acknowledgement.
            let _ = io.set_nodelay(true);
            ready(Ok((Stream::new(io, Rc::clone(&edge)), peer)))
        })
        .and_then(http)
    })?;
    Ok(builder.run())
}

/// The application of one worker thread.
fn app(
    edge: &Rc<Edge>,
) -> impl ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse, Error = HttpResponse, InitError = ()> + use<>
{
    let edge = Rc::clone(edge);
    let serve = move |request: ServiceRequest| {
        let edge = Rc::clone(&edge);
        async move { Ok::<_, Error>(edge.serve(request).await) }
    };
    App::new().default_service(fn_service(serve)).into_factory().map_err(|error| error.error_response())
}

async fn finish(server: impl Future<Output = io::Result<()>>, handle: ServerHandle) -> io::Result<()> {
    let (ended, ()) = futures_util::future::join(server, handle.stop(true)).await;
    ended
}
