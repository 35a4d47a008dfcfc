//! One server for all tests that do not disturb each other.

use std::ops::Deref;
use std::sync::{Arc, Weak};

use tokio::sync::Mutex;

use super::{Database, Server, Storage};

/// A server on an own database, as long as some test holds it.
#[derive(Debug)]
pub(crate) struct Shared {
    server: Server,
    // Dropped after the server.
    _storage: Storage,
}

impl Deref for Shared {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// The server that the running tests share: started by the first of them, stopped with the last. A static would never
/// be dropped, and its process would outlive the tests.
pub(crate) async fn shared(on: Database) -> Arc<Shared> {
    static SQLITE: Mutex<Weak<Shared>> = Mutex::const_new(Weak::new());
    static POSTGRES: Mutex<Weak<Shared>> = Mutex::const_new(Weak::new());
    let mut running = match on {
        Database::Sqlite => SQLITE.lock().await,
        Database::Postgres => POSTGRES.lock().await,
    };
    if let Some(shared) = running.upgrade() {
        return shared;
    }
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let shared = Arc::new(Shared { server, _storage: storage });
    *running = Arc::downgrade(&shared);
    shared
}
