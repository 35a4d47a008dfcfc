//! A bounded queue between the calls and the database threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Why something was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// As much waits as may wait.
    Full,
    /// Nothing is taken any more.
    Closed,
}

/// What waits, first come first served, for any number of threads.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    capacity: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        let state = Mutex::new(State { waiting: VecDeque::new(), closed: false });
        Self { capacity, state, changed: Condvar::new() }
    }

    /// Puts something at the end.
    ///
    /// # Errors
    /// [`Refused`]; what was to be queued comes back.
    pub(crate) fn push(&self, item: T) -> Result<(), (Refused, T)> {
        let mut state = self.lock();
        if state.closed {
            return Err((Refused::Closed, item));
        }
        if state.waiting.len() >= self.capacity {
            return Err((Refused::Full, item));
        }
        state.waiting.push_back(item);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for the first; `None` once the queue is closed and empty.
    pub(crate) fn pop(&self) -> Option<T> {
        let mut state = self.wait();
        state.waiting.pop_front()
    }

    /// Waits until something is there, and takes up to `most` of it without waiting for more; nothing, once the queue
    /// is closed and empty.
    pub(crate) fn pop_many(&self, most: usize) -> Vec<T> {
        let mut state = self.wait();
        let count = state.waiting.len().min(most);
        state.waiting.drain(..count).collect()
    }

    /// Takes all that waits at this moment.
    pub(crate) fn take_all(&self) -> VecDeque<T> {
        std::mem::take(&mut self.lock().waiting)
    }

    /// Takes nothing from now on. What waits is still worked off.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) -> MutexGuard<'_, State<T>> {
        let idle = |state: &mut State<T>| state.waiting.is_empty() && !state.closed;
        self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_worked_off_in_order_and_bounded() {
        let queue = Queue::new(3);
        for item in 1..=3 {
            assert_eq!(queue.push(item), Ok(()));
        }
        assert_eq!(queue.push(4), Err((Refused::Full, 4)));
        assert_eq!(queue.pop(), Some(1));
        assert_eq!(queue.push(5), Ok(()));
        assert_eq!(queue.pop_many(2), [2, 3]);
        assert_eq!(queue.take_all(), [5]);
    }

    #[test]
    fn once_closed_gives_what_is_left_and_takes_nothing() {
        let queue = Queue::new(3);
        assert_eq!(queue.push('a'), Ok(()));
        queue.close();
        assert_eq!(queue.push('b'), Err((Refused::Closed, 'b')));
        assert_eq!(queue.pop(), Some('a'));
        assert_eq!(queue.pop(), None);
        assert_eq!(queue.pop_many(9), []);
    }
}
