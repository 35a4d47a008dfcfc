//! The bus between nodes of one process.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use parlor_domain::ports::{Bus, Listener, Notifier};
use parlor_domain::{Announcement, Epoch, Event, EventKind, SessionId, Signal, SignalKind, Topic};

/// A bus between nodes of one process: what one of them is told, the listeners of the others have heard when the call
/// returns. Nothing is lost or repeated, what one thread says keeps its order, and what is followed is followed at once.
pub struct MemoryBus {
    nodes: Arc<Mutex<Vec<Node>>>,
    own: usize,
}

struct Node {
    listener: Arc<dyn Listener>,
    wanted: HashSet<(Epoch, Topic)>,
}

impl Node {
    fn wants(&self, epoch: &Epoch, topic: Topic) -> bool {
        self.wanted.contains(&(epoch.clone(), topic))
    }

    /// The whole announcement, if the chat is followed, else what concerns users who are.
    fn meant(&self, announcement: &Announcement) -> Vec<Announcement> {
        let Announcement { epoch, chat, events } = announcement;
        if self.wants(epoch, Topic::Chat(*chat)) {
            return vec![announcement.clone()];
        }
        let wanted = |event: &&Arc<Event>| concerned(event).into_iter().any(|topic| self.wants(epoch, topic));
        let single =
            |event: &Arc<Event>| Announcement { epoch: epoch.clone(), chat: *chat, events: vec![event.clone()] };
        events.iter().filter(wanted).map(single).collect()
    }
}

impl MemoryBus {
    /// The buses of nodes that are connected to one another, one for each listener.
    pub fn connect(listeners: impl IntoIterator<Item = Arc<dyn Listener>>) -> Vec<Self> {
        let node = |listener| Node { listener, wanted: HashSet::new() };
        let nodes: Vec<_> = listeners.into_iter().map(node).collect();
        let count = nodes.len();
        let nodes = Arc::new(Mutex::new(nodes));
        (0..count).map(|own| Self { nodes: nodes.clone(), own }).collect()
    }

    /// The listeners of the other nodes, each with what is meant for it. They are called without a lock: they may call
    /// the bus themselves.
    fn others<T>(&self, meant: impl Fn(&Node) -> T) -> Vec<(Arc<dyn Listener>, T)> {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let others = nodes.iter().enumerate().filter(|(index, _)| *index != self.own);
        others.map(|(_, node)| (node.listener.clone(), meant(node))).collect()
    }

    fn own<T>(&self, change: impl FnOnce(&mut Node) -> T) -> T {
        change(&mut self.nodes.lock().unwrap_or_else(PoisonError::into_inner)[self.own])
    }
}

impl Notifier for MemoryBus {
    fn announce(&self, announcement: Announcement) {
        for (listener, meant) in self.others(|node| node.meant(&announcement)) {
            meant.into_iter().for_each(|announcement| listener.announced(announcement));
        }
    }

    fn sessions_ended(&self, sessions: Vec<SessionId>) {
        for (listener, ()) in self.others(|_| ()) {
            listener.sessions_ended(sessions.clone());
        }
    }
}

impl Bus for MemoryBus {
    fn signal(&self, epoch: &Epoch, signal: Signal) {
        let hears = |node: &Node| match signal.kind {
            SignalKind::Typing { chat, .. } | SignalKind::Read { chat, .. } => node.wants(epoch, Topic::Chat(chat)),
            SignalKind::Presence { .. } => true,
        };
        for (listener, _) in self.others(hears).into_iter().filter(|(_, hears)| *hears) {
            listener.signalled(epoch.clone(), signal.clone());
        }
    }

    fn follow(&self, epoch: &Epoch, topics: Vec<Topic>) {
        let listener = self.own(|node| {
            node.wanted.extend(topics.iter().map(|topic| (epoch.clone(), *topic)));
            node.listener.clone()
        });
        listener.following(topics);
    }

    fn unfollow(&self, epoch: &Epoch, topics: Vec<Topic>) {
        self.own(|node| topics.into_iter().for_each(|topic| _ = node.wanted.remove(&(epoch.clone(), topic))));
    }
}

impl fmt::Debug for MemoryBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBus").field("own", &self.own).finish_non_exhaustive()
    }
}

/// The users that become or cease to be members by an event.
fn concerned(event: &Event) -> Vec<Topic> {
    match &event.kind {
        EventKind::ChatCreated { members, .. } => members.iter().map(|member| Topic::User(member.user.id)).collect(),
        EventKind::MemberAdded(member) | EventKind::MemberRemoved(member) => vec![Topic::User(member.user.id)],
        _ => Vec::new(),
    }
}
