//! Starting and ending the database threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use parlor_domain::StoreError;

use crate::OpenError;
use crate::connection::{Held, Pool};

use super::{Queue, Task, do_surely};

/// The threads of a store.
#[derive(Debug, Default)]
pub(crate) struct Threads(Mutex<Vec<JoinHandle<()>>>);

impl Threads {
    /// Starts one more.
    ///
    /// # Errors
    /// [`OpenError::Thread`].
    pub(crate) fn start(&self, name: String, body: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let handle = Builder::new().name(name).spawn(body).map_err(OpenError::Thread)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        Ok(())
    }

    /// Waits until all have ended.
    pub(crate) fn join(&self) {
        let handles = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for handle in handles {
            if handle.join().is_err() {
                tracing::error!("A database thread panicked.");
            }
        }
    }
}

/// Starts `count` threads that do the tasks of a queue until it is closed and empty.
///
/// # Errors
/// [`OpenError::Thread`].
pub(crate) fn start_readers(
    threads: &Threads,
    queue: &Arc<Queue<Box<dyn Task>>>,
    pool: &Pool,
    count: usize,
) -> Result<(), OpenError> {
    for number in 1..=count {
        let (queue, mut held) = (queue.clone(), Held::new(pool.clone()));
        threads.start(format!("store-read-{number}"), move || {
            while let Some(mut task) = queue.pop() {
                if do_surely(&mut held, task.as_mut()).is_err() {
                    refuse_waiting(&queue);
                }
            }
        })?;
    }
    Ok(())
}

/// A connection was not to be had for a whole checkout: those who waited behind would each wait that long once more.
fn refuse_waiting(queue: &Queue<Box<dyn Task>>) {
    for mut task in queue.take_all() {
        task.refuse(StoreError::unavailable("the database cannot be reached"));
    }
}
