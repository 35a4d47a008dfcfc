//! What happens to the database of a [`Stage`].

use std::sync::Arc;

use parlor_delivery::Millis;
use parlor_domain::{ChatUri, Epoch, Event, EventKind, Seq, UserId, UserRef};

use super::database::member;
use super::script::draft;
use super::stage::Stage;
use super::world::user;

impl Stage {
    /// The life of the database.
    pub fn epoch(&self) -> Epoch {
        self.database.epoch.clone()
    }

    /// Puts a copy of the database aside.
    pub fn back_up(&mut self) {
        self.database.back_up();
    }

    /// Puts the copy in place of the database, as a new life or under the old one's name.
    pub fn restore(&mut self, new_life: bool) {
        self.database.restore(new_life);
    }

    /// Forgets the events of a chat's log that are older than now, but for the last.
    pub fn prune(&mut self, chat: ChatUri) {
        self.database.prune(chat, self.now + Millis(1));
    }

    /// A chat of these users, the first being who made it.
    pub fn chat(&mut self, members: &[u64]) -> ChatUri {
        let members: Vec<UserRef> = members.iter().map(|number| user(*number)).collect();
        let event = self.database.create(&members, self.now).expect("a chat has members");
        self.announce(&[Arc::clone(&event)]);
        event.chat
    }

    /// Somebody blocks another on this node, or no longer does.
    pub fn block(&mut self, by: u64, whom: u64, on: bool) {
        self.block_elsewhere(by, whom, on);
        self.core.blocked(user(by).id, user(whom).id, on);
        self.settle();
    }

    /// The same on another node.
    pub fn block_elsewhere(&mut self, by: u64, whom: u64, on: bool) {
        let pair = (user(by).id, user(whom).id);
        if on {
            self.database.blocks.insert(pair);
        } else {
            self.database.blocks.remove(&pair);
        }
    }

    /// Somebody writes, and the node hears of it.
    pub fn write(&mut self, author: u64, chat: ChatUri) -> Seq {
        let event = self.store(author, chat);
        self.announce(std::slice::from_ref(&event));
        event.seq
    }

    /// Somebody writes so many messages, and the node hears of each.
    pub fn write_many(&mut self, author: u64, chat: ChatUri, messages: usize) {
        for _ in 0..messages {
            self.write(author, chat);
        }
    }

    /// Somebody writes so many messages, and the node hears of none.
    pub fn store_many(&mut self, author: u64, chat: ChatUri, messages: usize) {
        for _ in 0..messages {
            self.store(author, chat);
        }
    }

    /// Somebody writes, and the node does not hear of it.
    pub fn store(&mut self, author: u64, chat: ChatUri) -> Arc<Event> {
        self.written += 1;
        let draft = draft(&format!("stage-{}", self.written));
        let sent = self.database.send(&user(author), chat, &draft, self.now);
        sent.ok().and_then(|(_, event)| event).expect("the author is a member, and the name is new")
    }

    /// Somebody is put into a chat, and the node hears of it.
    pub fn add(&mut self, chat: ChatUri, number: u64) -> Seq {
        self.change(chat, number, EventKind::MemberAdded(member(&user(number), UserId::DELETED)))
    }

    /// Somebody is taken out of a chat, and the node hears of it.
    pub fn remove(&mut self, chat: ChatUri, number: u64) -> Seq {
        self.change(chat, number, EventKind::MemberRemoved(member(&user(number), UserId::DELETED)))
    }

    /// A chat is deleted, and the node hears of it.
    pub fn delete(&mut self, chat: ChatUri, by: u64) -> Seq {
        self.change(chat, by, EventKind::ChatDeleted)
    }

    /// Somebody is taken out of a chat, and the node does not hear of it.
    pub fn store_removal(&mut self, chat: ChatUri, number: u64) -> Arc<Event> {
        self.store_change(chat, number, EventKind::MemberRemoved(member(&user(number), UserId::DELETED)))
    }

    /// A chat changes, and the node does not hear of it.
    pub fn store_change(&mut self, chat: ChatUri, by: u64, kind: EventKind) -> Arc<Event> {
        self.database.change(user(by), chat, kind, self.now).expect("the change makes sense")
    }

    fn change(&mut self, chat: ChatUri, by: u64, kind: EventKind) -> Seq {
        let event = self.store_change(chat, by, kind);
        self.announce(std::slice::from_ref(&event));
        event.seq
    }
}
