//! A few threads for slow computations, behind a short queue.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that compute one thing after the other. They end when the pool is dropped.
pub(crate) struct Pool {
    jobs: SyncSender<Job>,
}

/// Why nothing was computed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PoolError {
    /// As much is waiting as may.
    Full,
    /// The computation panicked.
    Lost,
}

impl Pool {
    /// Starts `threads` threads (at least one), with room for `queue` computations (at least one) that wait for them.
    pub(crate) fn start(name: &str, threads: usize, queue: usize) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(queue.max(1));
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..threads.max(1) {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new().name(format!("{name}-{number}")).spawn(move || work(&waiting))?;
        }
        Ok(Self { jobs })
    }

    /// Has `compute` done by one of the threads; not at all, if the caller is gone by the time its turn comes.
    pub(crate) async fn run<T, F>(&self, compute: F) -> Result<T, PoolError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = move || {
            if !answer.is_closed() {
                // An error here is a caller who left meanwhile.
                let _ = answer.send(compute());
            }
        };
        self.jobs.try_send(Box::new(job)).map_err(|_| PoolError::Full)?;
        answered.await.map_err(|_| PoolError::Lost)
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while this thread waits for its next job, and by nobody while it computes.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // A panic is reported by its hook; the caller learns of it by the answer that never comes.
            Ok(job) => drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(job))),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Occupies the only thread of `pool` until the returned sender is dropped.
    async fn occupy(pool: &Arc<Pool>) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel::<()>();
        let (started, running) = oneshot::channel();
        let pool = Arc::clone(pool);
        tokio::spawn(async move {
            let hold = move || {
                started.send(()).expect("the test waits for it");
                let _ = released.recv();
            };
            pool.run(hold).await.expect("the pool has room");
        });
        running.await.expect("the thread takes the job");
        release
    }

    #[tokio::test]
    async fn a_full_queue_takes_no_more() {
        let pool = Arc::new(Pool::start("test", 1, 2).expect("threads"));
        let release = occupy(&pool).await;
        let mut waiting = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { tokio::join!(pool.run(|| 1), pool.run(|| 2)) }
        });
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut waiting).await.is_err(), "both wait");
        assert_eq!(pool.run(|| 3).await, Err(PoolError::Full));
        drop(release);
        assert_eq!(waiting.await.expect("no panic"), (Ok(1), Ok(2)));
        assert_eq!(pool.run(|| 4).await, Ok(4), "there is room again");
    }

    #[tokio::test]
    async fn nothing_is_computed_for_a_caller_who_left() {
        let pool = Arc::new(Pool::start("test", 1, 2).expect("threads"));
        let computed = Arc::new(AtomicUsize::new(0));
        let release = occupy(&pool).await;
        let count = Arc::clone(&computed);
        let impatient = pool.run(move || count.fetch_add(1, Ordering::SeqCst));
        assert!(tokio::time::timeout(Duration::from_millis(20), impatient).await.is_err());
        drop(release);
        assert_eq!(pool.run(|| ()).await, Ok(()), "the next in the queue is served");
        assert_eq!(computed.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_panic_costs_no_thread() {
        let pool = Pool::start("test", 1, 1).expect("threads");
        assert_eq!(pool.run(|| panic!("on purpose, in a test")).await, Err::<(), _>(PoolError::Lost));
        assert_eq!(pool.run(|| 5).await, Ok(5));
    }

    #[tokio::test]
    async fn the_threads_end_with_the_pool() {
        let pool = Pool::start("short-lived", 2, 1).expect("threads");
        pool.run(|| ()).await.expect("the pool has room");
        assert!(threads_named("short-lived") > 0);
        drop(pool);
        for _ in 0..500 {
            if threads_named("short-lived") == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("threads are left over");
    }

    /// How many threads of this process have a name that begins so (proc(5), `/proc/pid/task/tid/comm`).
    fn threads_named(prefix: &str) -> usize {
        let names = std::fs::read_dir("/proc/self/task").expect("a Linux machine").flatten();
        names
            .filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok())
            .filter(|name| name.starts_with(prefix))
            .count()
    }
}
