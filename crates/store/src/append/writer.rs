//! The writing thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parlor_domain::StoreError;
use parlor_domain::ports::Notifier;

use crate::OpenError;
use crate::connection::{Held, Pool};
use crate::work::{NoConnection, Queue, Task, Threads, do_surely};

use super::{Append, Job, batch};

/// The most jobs that are taken at once: with more, the first would wait long for the last.
const MOST: usize = 256;

/// Starts the thread that writes, until its queue is closed and empty.
///
/// # Errors
/// [`OpenError::Thread`].
pub(crate) fn start_writer(
    threads: &Threads,
    queue: &Arc<Queue<Job>>,
    pool: &Pool,
    notifier: &Arc<dyn Notifier>,
) -> Result<(), OpenError> {
    let (queue, notifier) = (queue.clone(), notifier.clone());
    let mut writer = Writer { held: Held::new(pool.clone()), notifier };
    threads.start("store-write".to_owned(), move || {
        loop {
            let jobs = queue.pop_many(MOST);
            if jobs.is_empty() {
                break;
            }
            if writer.work_off(jobs).is_err() {
                // Those who waited behind would each wait as long for a connection.
                queue.take_all().into_iter().for_each(Job::refuse);
            }
        }
    })
}

struct Writer {
    held: Held,
    notifier: Arc<dyn Notifier>,
}

impl Writer {
    /// Does what was taken: runs of messages in one transaction, and what writes to logs otherwise between them, in its
    /// turn.
    fn work_off(&mut self, jobs: Vec<Job>) -> Result<(), NoConnection> {
        let mut run = Vec::with_capacity(jobs.len());
        let mut aside = Vec::new();
        let mut done = Ok(());
        for job in jobs {
            match job {
                job if done.is_err() => job.refuse(),
                Job::Append(append) => run.push(append),
                Job::Aside(task) => aside.push(task),
                Job::Task(mut task) => {
                    done = self.store(std::mem::take(&mut run));
                    match done {
                        Ok(()) => done = do_surely(&mut self.held, task.as_mut()),
                        Err(NoConnection) => refuse_task(task.as_mut()),
                    }
                }
            }
        }
        done = done.and_then(|()| self.store(run));
        for mut task in aside {
            if done.is_ok() {
                done = do_surely(&mut self.held, task.as_mut());
            } else {
                refuse_task(task.as_mut());
            }
        }
        done
    }

    fn store(&mut self, run: Vec<Append>) -> Result<(), NoConnection> {
        if run.is_empty() {
            return Ok(());
        }
        // A defect that one batch brings out must not cost the node its writer. Its callers hear that no answer came.
        let stored = catch_unwind(AssertUnwindSafe(|| batch::store(&mut self.held, self.notifier.as_ref(), run)));
        stored.unwrap_or_else(|_| {
            tracing::error!("Storing a batch of messages panicked.");
            self.held.drop_if_broken();
            Ok(())
        })
    }
}

impl Job {
    /// Answers that nothing was done, for want of a connection.
    fn refuse(self) {
        match self {
            Self::Append(append) => batch::refuse_waiting(append),
            Self::Task(mut task) | Self::Aside(mut task) => refuse_task(task.as_mut()),
        }
    }
}

fn refuse_task(task: &mut dyn Task) {
    task.refuse(StoreError::unavailable("the database cannot be reached"));
}
