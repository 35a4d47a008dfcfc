//! The database's own threads, and the work that waits for them.
//!
//! The calls of the ports are asynchronous and the databases' drivers are not. So every call becomes a [`Task`] in a
//! bounded queue; a few threads, each with a connection of its own, take tasks from it. A call that is dropped while it
//! waits for its answer takes nothing back: what it wrote is stored, and announced.

mod queue;
mod task;
mod threads;

pub(crate) use queue::{Queue, Refused};
pub(crate) use task::{NoConnection, Reply, Task, Work, do_surely};
pub(crate) use threads::{Threads, start_readers};
