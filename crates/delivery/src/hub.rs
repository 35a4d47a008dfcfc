//! The notifier of a single process.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;

use parlor_domain::ports::Notifier;
use parlor_domain::{ChatUri, Event, Seq};

use crate::Delivery;
use crate::queue::Queue;

type Subscribers = HashMap<ChatUri, Vec<Weak<Mutex<Queue>>>>;

/// Hands announced events to the subscribers of their chat. Cheap to clone: all clones are one hub.
#[derive(Debug, Clone, Default)]
pub struct LocalHub {
    subscribers: Arc<Mutex<Subscribers>>,
}

impl LocalHub {
    /// Begins to follow a chat, right after `last`. Whoever reads the log up to its head first, and subscribes from
    /// there before reading it once more, misses nothing.
    pub fn subscribe(&self, chat: ChatUri, last: Seq) -> Subscription {
        let queue = Arc::new(Mutex::new(Queue::after(last)));
        lock(&self.subscribers).entry(chat).or_default().push(Arc::downgrade(&queue));
        Subscription { queue }
    }
}

impl Notifier for LocalHub {
    fn announce(&self, chat: ChatUri, events: Vec<Arc<Event>>) {
        let mut all = lock(&self.subscribers);
        let Some(subscribers) = all.get_mut(&chat) else { return };
        subscribers.retain(|subscriber| {
            let Some(queue) = subscriber.upgrade() else { return false };
            let waker = {
                let mut queue = lock(&queue);
                events.iter().for_each(|event| queue.push(event));
                queue.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
            true
        });
        if subscribers.is_empty() {
            all.remove(&chat);
        }
    }
}

/// One follower of one chat. Dropping it ends the following.
#[derive(Debug)]
pub struct Subscription {
    queue: Arc<Mutex<Queue>>,
}

impl Subscription {
    /// What has come already, if anything.
    pub fn try_next(&mut self) -> Option<Delivery> {
        lock(&self.queue).pop()
    }

    /// Waits for what comes next. After [`Delivery::Behind`] nothing ever does.
    pub async fn next(&mut self) -> Delivery {
        poll_fn(|context| {
            let mut queue = lock(&self.queue);
            match queue.pop() {
                Some(delivery) => Poll::Ready(delivery),
                None => {
                    queue.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
