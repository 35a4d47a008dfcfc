//! Where connections come from, and who holds them.

use std::time::Duration;

use diesel::r2d2::R2D2Connection;
use r2d2::{HandleError, ManageConnection, PooledConnection};

use parlor_domain::StoreError;

use crate::database::Database;

use super::{AnyConnection, Connected, postgres, sqlite};

/// How long a database thread tries to get a connection.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(2);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
}

/// Makes connections, and tells broken ones.
#[derive(Debug)]
pub(crate) struct Manager {
    database: Database,
    purpose: Purpose,
}

impl ManageConnection for Manager {
    type Connection = Connected;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Connected, Self::Error> {
        let connected = match &self.database {
            Database::Sqlite(path) => sqlite::connect(path, self.purpose).map(AnyConnection::Sqlite),
            Database::Postgres(url) => postgres::connect(url, self.purpose).map(AnyConnection::Postgres),
        };
        let conn = connected.map_err(diesel::r2d2::Error::ConnectionError)?;
        Connected::new(conn).map_err(diesel::r2d2::Error::QueryError)
    }

    fn is_valid(&self, connected: &mut Connected) -> Result<(), Self::Error> {
        connected.conn.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connected: &mut Connected) -> bool {
        std::thread::panicking() || connected.conn.is_broken()
    }
}

#[derive(Debug)]
struct Trace;

impl<E: std::error::Error> HandleError<E> for Trace {
    fn handle_error(&self, error: E) {
        tracing::warn!(error = %error, "A connection to the database could not be made.");
    }
}

/// The connections of some database threads, one for each.
#[derive(Debug, Clone)]
pub(crate) struct Pool(r2d2::Pool<Manager>);

impl Pool {
    pub(crate) fn new(database: &Database, purpose: Purpose, size: usize) -> Self {
        let pool = r2d2::Pool::builder()
            .max_size(u32::try_from(size).unwrap_or(u32::MAX))
            // Connections are made when a thread asks for one, and held by it.
            .min_idle(Some(0))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .connection_timeout(CHECKOUT_TIMEOUT)
            .error_handler(Box::new(Trace))
            .build_unchecked(Manager { database: database.clone(), purpose });
        Self(pool)
    }
}

/// The connection that a database thread holds.
pub(crate) struct Held {
    pool: Pool,
    connected: Option<PooledConnection<Manager>>,
}

impl Held {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, connected: None }
    }

    /// The connection; a new one, if there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when none is to be had in time.
    pub(crate) fn get(&mut self) -> Result<&mut Connected, StoreError> {
        if self.connected.is_none() {
            self.connected = Some(self.pool.0.get().map_err(StoreError::unavailable)?);
        }
        Ok(self.connected.as_mut().expect("it was put there above"))
    }

    /// Gives the connection back if it is broken: the pool closes it, and the next one is new.
    pub(crate) fn drop_if_broken(&mut self) {
        if self.connected.as_mut().is_some_and(|connected| connected.conn.is_broken()) {
            self.connected = None;
        }
    }

    /// The same after a statement found the connection lost. Not every such statement lets diesel know that it is; one
    /// more does.
    pub(crate) fn drop_if_lost(&mut self) {
        if let Some(connected) = &mut self.connected {
            drop(connected.conn.ping());
        }
        self.drop_if_broken();
    }
}
