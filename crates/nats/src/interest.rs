//! What this node wants to hear of, as it was last asked.
//!
//! Wishes are noted here by any thread, and put into effect by the bus's own: a wish that changes ten times meanwhile is
//! one change, so what waits is never more than there are topics.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use parlor_domain::{ChatUri, Epoch, Topic, UserId};
use tokio::sync::Notify;

use crate::subject::Class;

/// The wishes of the node.
#[derive(Default)]
pub(crate) struct Interest {
    wishes: Mutex<Wishes>,
    changed: Notify,
}

#[derive(Default)]
struct Wishes {
    lives: HashMap<Epoch, Wanted>,
    touched: HashSet<(Epoch, Topic)>,
}

/// The topics of one life.
#[derive(Default)]
struct Wanted {
    chats: HashSet<ChatUri>,
    users: HashSet<UserId>,
}

impl Wanted {
    fn insert(&mut self, topic: Topic) {
        match topic {
            Topic::Chat(uri) => self.chats.insert(uri),
            Topic::User(id) => self.users.insert(id),
        };
    }

    fn remove(&mut self, topic: Topic) {
        match topic {
            Topic::Chat(uri) => self.chats.remove(&uri),
            Topic::User(id) => self.users.remove(&id),
        };
    }

    fn contains(&self, topic: Topic) -> bool {
        match topic {
            Topic::Chat(uri) => self.chats.contains(&uri),
            Topic::User(id) => self.users.contains(&id),
        }
    }

    fn topics(&self, class: Class) -> Vec<Topic> {
        match class {
            Class::Chats => self.chats.iter().copied().map(Topic::Chat).collect(),
            Class::Users => self.users.iter().copied().map(Topic::User).collect(),
        }
    }

    fn count(&self, class: Class) -> usize {
        match class {
            Class::Chats => self.chats.len(),
            Class::Users => self.users.len(),
        }
    }

    fn is_empty(&self) -> bool {
        self.chats.is_empty() && self.users.is_empty()
    }
}

impl Interest {
    /// Notes that these are wanted.
    pub(crate) fn follow(&self, epoch: &Epoch, topics: &[Topic]) {
        let mut wishes = self.wishes();
        let wanted = wishes.lives.entry(epoch.clone()).or_default();
        topics.iter().for_each(|&topic| wanted.insert(topic));
        wishes.touch(epoch, topics);
        drop(wishes);
        self.changed.notify_one();
    }

    /// Notes that these are no longer wanted.
    pub(crate) fn unfollow(&self, epoch: &Epoch, topics: &[Topic]) {
        let mut wishes = self.wishes();
        if let Some(wanted) = wishes.lives.get_mut(epoch) {
            topics.iter().for_each(|&topic| wanted.remove(topic));
            if wanted.is_empty() {
                wishes.lives.remove(epoch);
            }
        }
        wishes.touch(epoch, topics);
        drop(wishes);
        self.changed.notify_one();
    }

    /// Whether the topic is wanted.
    pub(crate) fn wants(&self, epoch: &Epoch, topic: Topic) -> bool {
        self.wishes().lives.get(epoch).is_some_and(|wanted| wanted.contains(topic))
    }

    /// The wanted topics of a class.
    pub(crate) fn topics(&self, epoch: &Epoch, class: Class) -> Vec<Topic> {
        self.wishes().lives.get(epoch).map(|wanted| wanted.topics(class)).unwrap_or_default()
    }

    /// How many topics of a class are wanted.
    pub(crate) fn count(&self, epoch: &Epoch, class: Class) -> usize {
        self.wishes().lives.get(epoch).map_or(0, |wanted| wanted.count(class))
    }

    /// The topics whose wish was spoken since the last call.
    pub(crate) fn take_touched(&self) -> HashSet<(Epoch, Topic)> {
        std::mem::take(&mut self.wishes().touched)
    }

    /// Waits for a wish. For one caller at a time.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wishes {
    fn touch(&mut self, epoch: &Epoch, topics: &[Topic]) {
        self.touched.extend(topics.iter().map(|&topic| (epoch.clone(), topic)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_wish_counts_and_only_in_its_life() {
        let interest = Interest::default();
        let (one, two) = (Epoch::new("one").unwrap(), Epoch::new("two").unwrap());
        let chat = Topic::Chat(ChatUri::from_bytes([1; 16]));
        interest.follow(&one, &[chat]);
        interest.unfollow(&one, &[chat]);
        interest.follow(&one, &[chat]);
        interest.unfollow(&two, &[chat]);
        assert!(interest.wants(&one, chat) && !interest.wants(&two, chat));
        assert_eq!(interest.take_touched().len(), 2);
        assert_eq!(interest.take_touched().len(), 0);
        assert_eq!((interest.count(&one, Class::Chats), interest.count(&one, Class::Users)), (1, 0));
        interest.unfollow(&one, &[chat]);
        assert!(interest.wishes().lives.is_empty(), "nothing is kept of a life that nobody is in");
    }
}
