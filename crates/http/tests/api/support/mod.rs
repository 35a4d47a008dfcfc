//! A server on a free port, and a client that looks at every answer twice.

mod answer;
mod request;
mod socket;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parlor_delivery::Limits;
use parlor_domain::account::{Device, SignedIn, Signup};
use parlor_domain::chat_session::OpenChat;
use parlor_domain::message::Draft;
use parlor_domain::ports::Readiness;
use parlor_domain::{ChatUri, Email, MessageBody, Password, Seq, UserId, Username};
use parlor_http::{HttpOptions, HttpServer, Live, LivePorts, Services};
use parlor_testkit::{Application, SeededEntropy};
use tokio::sync::oneshot;

pub(crate) use answer::Answer;
pub(crate) use request::{Request, exchange};
pub(crate) use socket::{Frame, Socket};

/// A server that runs until it is dropped.
pub(crate) struct Server {
    pub(crate) application: Application,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) token: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(|_, _| {})
    }

    /// A server whose services and options were changed first.
    pub(crate) fn with(change: impl FnOnce(&mut Services, &mut HttpOptions)) -> Self {
        Self::within(Limits::default(), change)
    }

    /// The same, with other bounds on live delivery.
    pub(crate) fn within(limits: Limits, change: impl FnOnce(&mut Services, &mut HttpOptions)) -> Self {
        let live = Live::new(limits, 7);
        let application = Application::announcing_to(Arc::new(live.clone()));
        let mut services = services(&application, &live);
        let mut options =
            HttpOptions { workers: 1, shutdown_timeout: Duration::from_secs(5), ..HttpOptions::default() };
        change(&mut services, &mut options);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = HttpServer::bind(listener, services, options).expect("a server");
        let (stop, stopped) = oneshot::channel();
        let address = server.local_addr();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        live.start(live_ports(&application), runtime.handle());
        let thread = thread::spawn(move || {
            runtime.block_on(server.run_until(async {
                let _ = stopped.await;
            }))
        });
        Self { application, address, stop: Some(stop), thread: Some(thread) }
    }

    /// Asks the server to end, without waiting for it.
    pub(crate) fn ask_to_stop(&mut self) {
        let _ = self.stop.take().expect("not stopped yet").send(());
    }

    pub(crate) fn wait(&mut self) {
        self.thread.take().expect("still running").join().expect("no panic").expect("a clean end");
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, path)
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        self.request("POST", path)
    }

    /// An account of this name, with the address `<name>@example.com` and the password `<name>-password`.
    pub(crate) fn sign_up(&self, name: &str) -> Person {
        let signup = Signup {
            email: Email::new(&format!("{name}@example.com")).expect("an address"),
            username: Username::new(name).expect("a name"),
            password: Password::new(format!("{name}-password")).expect("a password"),
        };
        let SignedIn { user, tokens } =
            now(self.application.accounts.sign_up(signup, Device::default())).expect("a new account");
        Person { id: user.id, username: name.to_owned(), token: tokens.access.expose().to_owned() }
    }

    /// A group of these people; the first owns it.
    pub(crate) fn group(&self, people: &[&Person]) -> ChatUri {
        let usernames = people[1..].iter().map(|person| person.username.clone()).collect();
        let wish = OpenChat { usernames: Some(usernames), ..OpenChat::default() };
        now(self.application.chats.open(people[0].id, wish)).expect("a new group").0.chat.uri
    }

    pub(crate) fn say(&self, who: &Person, chat: ChatUri, text: &str) -> Seq {
        let draft = Draft { body: MessageBody::new(text).expect("a text"), client_id: None, reply_to: None };
        now(self.application.messaging.send(who.id, chat, draft)).expect("sent").message.seq
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn live_ports(application: &Application) -> LivePorts {
    LivePorts {
        repository: application.store.clone(),
        accounts: application.accounts.clone(),
        chats: application.chats.clone(),
        messaging: application.messaging.clone(),
        bus: None,
        clock: application.clock.clone(),
    }
}

pub(crate) fn services(application: &Application, live: &Live) -> Services {
    Services {
        accounts: application.accounts.clone(),
        registration: application.registration.clone(),
        search: application.search.clone(),
        erasure: application.erasure.clone(),
        chats: application.chats.clone(),
        blocking: application.blocking.clone(),
        messaging: application.messaging.clone(),
        exports: application.exports.clone(),
        readiness: application.store.clone() as Arc<dyn Readiness>,
        live: live.clone(),
        bus: None,
        entropy: Arc::new(SeededEntropy::default()),
    }
}

/// Runs a future of the in-memory services to its end.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}
