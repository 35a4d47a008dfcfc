//! The bus between the nodes of a simulation, which loses, repeats, turns around and delays.

use std::collections::BTreeSet;

use parlor_domain::{Announcement, Epoch, EventKind, Signal, SignalKind, Topic, UserId};

/// What goes over the bus.
#[derive(Debug, Clone)]
pub(super) enum Carried {
    /// Events that a node stored.
    Stored(Announcement),
    /// A signal.
    Signal(Epoch, Signal),
}

/// What one node hears of.
#[derive(Debug, Default)]
pub(super) struct Ear {
    follows: BTreeSet<(Epoch, Topic)>,
    /// Whether the node is cut off.
    pub(super) cut: bool,
}

impl Ear {
    pub(super) fn follow(&mut self, epoch: &Epoch, topics: &[Topic]) {
        self.follows.extend(topics.iter().map(|topic| (epoch.clone(), *topic)));
    }

    pub(super) fn unfollow(&mut self, epoch: &Epoch, topics: &[Topic]) {
        for topic in topics {
            self.follows.remove(&(epoch.clone(), *topic));
        }
    }

    fn follows(&self, epoch: &Epoch, topic: Topic) -> bool {
        self.follows.contains(&(epoch.clone(), topic))
    }

    /// How many times this reaches the node if nothing goes wrong, and as what: an announcement comes by the chat, and
    /// each of its events that concerns a user comes by that user.
    pub(super) fn hears(&self, carried: &Carried) -> Vec<Carried> {
        if self.cut {
            return Vec::new();
        }
        match carried {
            Carried::Signal(_, Signal { kind: SignalKind::Presence { .. }, .. }) => vec![carried.clone()],
            Carried::Signal(epoch, Signal { kind, .. }) => {
                let (SignalKind::Typing { chat, .. } | SignalKind::Read { chat, .. }) = kind else { return Vec::new() };
                if self.follows(epoch, Topic::Chat(*chat)) { vec![carried.clone()] } else { Vec::new() }
            }
            Carried::Stored(announcement) => self.announcements(announcement),
        }
    }

    fn announcements(&self, announcement: &Announcement) -> Vec<Carried> {
        let epoch = &announcement.epoch;
        let mut heard = Vec::new();
        if self.follows(epoch, Topic::Chat(announcement.chat)) {
            heard.push(Carried::Stored(announcement.clone()));
        }
        for event in &announcement.events {
            if concerned(&event.kind).into_iter().any(|user| self.follows(epoch, Topic::User(user))) {
                let events = vec![event.clone()];
                heard.push(Carried::Stored(Announcement { events, ..announcement.clone() }));
            }
        }
        heard
    }
}

/// The users that a change of members is about.
fn concerned(kind: &EventKind) -> Vec<UserId> {
    match kind {
        EventKind::ChatCreated { members, .. } => members.iter().map(|member| member.user.id).collect(),
        EventKind::MemberAdded(member) | EventKind::MemberRemoved(member) => vec![member.user.id],
        _ => Vec::new(),
    }
}
