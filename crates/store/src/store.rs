//! The store as a whole: opening, closing, and the ways in.

use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

use parlor_domain::ports::{Clock, Notifier, Readiness};
use parlor_domain::{StoreError, async_trait};

use crate::append::{self, Append, Job};
use crate::connection::{AnyConnection, Connected, Pool, Purpose, make_file};
use crate::database::{Database, StoreOptions};
use crate::failure::Failure;
use crate::work::{Queue, Refused, Reply, Task, Threads, Work, start_readers};
use crate::{OpenError, migrations};

/// Parlor's repositories on one database. Cheap to clone; all clones share its threads.
///
/// Dropping the last clone lets the threads end by themselves, after the work that waits; [`Self::close`] waits for it.
#[derive(Clone)]
pub struct DieselStore(Arc<Inner>);

struct Inner {
    reads: Arc<Queue<Box<dyn Task>>>,
    writes: Arc<Queue<Job>>,
    threads: Threads,
    notifier: Arc<dyn Notifier>,
    clock: Arc<dyn Clock>,
    /// SQLite has one writer at a time: all that writes goes through the writing thread.
    writes_one_by_one: bool,
}

impl DieselStore {
    /// Opens a database: makes the SQLite file if there is none, brings the schema up to date, and starts the database
    /// threads. Blocks meanwhile. `notifier` is told of every event after its commit.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        database: &Database,
        options: StoreOptions,
        notifier: Arc<dyn Notifier>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let database = match database {
            Database::Sqlite(path) => Database::Sqlite(make_file(path)?),
            Database::Postgres(_) => database.clone(),
        };
        migrations::migrate(&database)?;
        let store = Self(Arc::new(Inner {
            reads: Arc::new(Queue::new(options.read_queue)),
            writes: Arc::new(Queue::new(options.write_queue)),
            threads: Threads::default(),
            notifier,
            clock,
            writes_one_by_one: matches!(database, Database::Sqlite(_)),
        }));
        let inner = &store.0;
        let readers = options.readers_for(&database);
        start_readers(&inner.threads, &inner.reads, &Pool::new(&database, Purpose::Read, readers), readers)?;
        let writer = Pool::new(&database, Purpose::Write, 1);
        append::start_writer(&inner.threads, &inner.writes, &writer, &inner.notifier)?;
        Ok(store)
    }

    /// Takes no more calls, finishes those that wait, and ends the threads. Blocks meanwhile.
    pub fn close(&self) {
        self.0.close_queues();
        self.0.threads.join();
    }

    /// Lets a reading thread do `work`, which may be done again if its connection is lost.
    pub(crate) async fn read<T, F>(&self, mut work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut AnyConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.read_connected(move |connected| work(&mut connected.conn)).await
    }

    /// The same, for work that asks in which life of the database it reads.
    pub(crate) async fn read_connected<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Connected) -> Result<T, Failure> + Send + 'static,
    {
        let (reply, answer) = Reply::new();
        accepted(self.0.reads.push(Box::new(Work::reading(work, reply))))?;
        hear(answer).await
    }

    /// Lets a thread do `work`, which writes something else than a log. It may be done again if its connection is lost
    /// before anything was committed.
    pub(crate) async fn write<T, F>(&self, mut work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut AnyConnection) -> Result<T, Failure> + Send + 'static,
    {
        let (reply, answer) = Reply::new();
        let task = Box::new(Work::writing(move |connected: &mut Connected| work(&mut connected.conn), reply));
        if self.0.writes_one_by_one {
            accepted(self.0.writes.push(Job::Aside(task)))?;
        } else {
            accepted(self.0.reads.push(task))?;
        }
        hear(answer).await
    }

    /// Lets the writing thread do `work`. What it announces is announced in the order of commits.
    pub(crate) async fn write_log<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Connected) -> Result<T, Failure> + Send + 'static,
    {
        let (reply, answer) = Reply::new();
        accepted(self.0.writes.push(Job::Task(Box::new(Work::writing(work, reply)))))?;
        hear(answer).await
    }

    /// Lets the writing thread store a message.
    pub(crate) async fn append_message(
        &self,
        append: Append,
        answer: oneshot::Receiver<Result<append::Answer, StoreError>>,
    ) -> Result<append::Answer, StoreError> {
        accepted(self.0.writes.push(Job::Append(append)))?;
        hear(answer).await
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    pub(crate) fn notifier(&self) -> Arc<dyn Notifier> {
        self.0.notifier.clone()
    }
}

impl Inner {
    fn close_queues(&self) {
        self.reads.close();
        self.writes.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close_queues();
    }
}

impl fmt::Debug for DieselStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DieselStore").finish_non_exhaustive()
    }
}

fn accepted<T>(pushed: Result<(), (Refused, T)>) -> Result<(), StoreError> {
    pushed.map_err(|(refused, _)| match refused {
        Refused::Full => StoreError::Busy,
        Refused::Closed => StoreError::unavailable("the store is closed"),
    })
}

async fn hear<T>(answer: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
    answer.await.unwrap_or_else(|_| Err(StoreError::unavailable("the database thread gave no answer")))
}

#[async_trait]
impl Readiness for DieselStore {
    async fn check(&self) -> Result<(), StoreError> {
        use diesel::RunQueryDsl;
        self.read(|conn| {
            diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1")).get_result::<i32>(conn)?;
            Ok(())
        })
        .await
    }
}
