//! The judgement at the end of a run.

use parlor_domain::{ChatUri, EventKind, UserId};

use super::database::identity;
use super::socket::Socket;
use super::watch::Track;
use super::world::World;

impl World {
    /// That every client that is connected has all that is theirs, that nothing is left open, and that whatever was
    /// acknowledged is stored once.
    pub(super) fn check(&mut self, when: &str) {
        if self.wrong.is_some() {
            return;
        }
        let clients = (0..self.clients.len()).map(|client| self.check_client(client));
        let first = clients.filter_map(Result::err).next();
        if let Some(wrong) = first {
            self.complain(|| format!("{when}: {wrong}"));
        }
    }

    fn check_client(&self, index: usize) -> Result<(), String> {
        let client = &self.clients[index];
        self.check_acknowledged(index)?;
        let Some(socket) = client.socket else {
            let waits = client.stream.is_some_and(|chat| !self.database.is_member(chat, client.user.id));
            return if waits { Ok(()) } else { Err(format!("client {index} is not connected")) };
        };
        let at = &self.sockets[socket];
        if at.stalled {
            let closed = !at.node_open;
            return if closed { Ok(()) } else { Err(format!("client {index} stalls for ever, and was not closed")) };
        }
        if at.asking.ready.is_none() {
            return Err(format!("client {index} is not ready"));
        }
        if let Some((id, asked)) = at.asking.open.first_key_value() {
            return Err(format!("client {index} never got the answer to {id}: {asked:?}"));
        }
        if let Some(id) = client.outbox.keys().next() {
            return Err(format!("client {index} never got {id} acknowledged"));
        }
        if self.ended.contains(&client.session) {
            return Err(format!("client {index} is connected, and its session has ended"));
        }
        if client.epoch.as_ref() != Some(&self.database.epoch) {
            return Err(format!("client {index} lives in {:?}", client.epoch));
        }
        if let Some(doubt) = at.watch.doubts.values().next() {
            return Err(format!("client {index}: {doubt}"));
        }
        match client.stream {
            Some(chat) => self.check_chat(index, chat),
            None => self.check_chats(index),
        }
    }

    fn check_chats(&self, index: usize) -> Result<(), String> {
        let user = self.clients[index].user.id;
        for (uri, chat) in &self.database.chats {
            match chat.members.contains_key(&user) {
                true => self.check_chat(index, *uri)?,
                false => self.check_left(index, *uri)?,
            }
        }
        let unknown = self.clients[index].copies.iter().find(|(uri, _)| !self.database.chats.contains_key(uri));
        if let Some((uri, _)) = unknown.filter(|(_, copy)| !copy.tainted) {
            return Err(format!("client {index} (user {}) holds {uri}, which is not there", user.get()));
        }
        Ok(())
    }

    /// A member's copy is all of the log from where it began, and what comes next comes by itself.
    fn check_chat(&self, index: usize, uri: ChatUri) -> Result<(), String> {
        let client = &self.clients[index];
        let Some(socket) = client.socket.map(|socket| &self.sockets[socket]) else { return Ok(()) };
        let Some(chat) = self.database.chats.get(&uri) else { return Ok(()) };
        let who = || format!("client {index} (user {}), chat {uri} at {}", client.user.id.get(), chat.head());
        let untouched_since = |commits| chat.log.last().is_some_and(|event| identity(event) < commits);
        match socket.watch.tracks.get(&uri) {
            Some(Track::Live(next)) if *next == chat.head().next() => {}
            // Neither `ready` nor an event named it yet.
            None if socket.watch.more || socket.watch.stream => {
                let ready = socket.asking.ready.is_some_and(|(_, commits)| untouched_since(commits));
                if !ready {
                    return Err(format!("{}: nothing was told of it", who()));
                }
            }
            track => return Err(format!("{}: the connection stands at {track:?}", who())),
        }
        let Some(copy) = client.copies.get(&uri).filter(|copy| !copy.tainted) else { return Ok(()) };
        if copy.cursor != chat.head() {
            return Err(format!("{}: the copy ends at {}", who(), copy.cursor));
        }
        let first = chat.log.len() - copy.applied.len().min(chat.log.len());
        let expected: Vec<_> = chat.log[first..].iter().map(|event| (event.seq, identity(event))).collect();
        if expected != copy.applied {
            return Err(format!("{}: applied {:?}, and the log is {expected:?}", who(), copy.applied));
        }
        // Texts are shown as of the reading: a restore under the same name takes back edits and deletions unseen.
        for (seq, text) in copy.texts.iter().filter(|_| !self.database.went_back) {
            if *text != chat.text(*seq) {
                return Err(format!("{}: {seq} reads {text:?} and is {:?}", who(), chat.text(*seq)));
            }
        }
        Ok(())
    }

    /// Whoever is no longer a member was told: by the event that says so, which the copy ends with then, or that it is
    /// gone. They may have been a member once more in between, if no node that they are connected to came to know of it.
    fn check_left(&self, index: usize, uri: ChatUri) -> Result<(), String> {
        let client = &self.clients[index];
        let user = client.user.id;
        let told = |at: &Socket| matches!(at.watch.tracks.get(&uri), None | Some(Track::Out));
        if !client.socket.map(|socket| &self.sockets[socket]).is_none_or(told) {
            return Err(format!("client {index} (user {}) was never told that {uri} is not theirs", user.get()));
        }
        let Some(copy) = client.copies.get(&uri).filter(|copy| !copy.tainted) else { return Ok(()) };
        let log = self.database.chats.get(&uri).map(|chat| chat.log.as_slice()).unwrap_or_default();
        if log.iter().any(|event| event.seq == copy.cursor && ends_for(&event.kind, user)) {
            return Ok(());
        }
        Err(format!("client {index} (user {}) holds {uri} to {}, and it is not theirs", user.get(), copy.cursor))
    }

    fn check_acknowledged(&self, index: usize) -> Result<(), String> {
        let client = &self.clients[index];
        for (uri, client_id, seq) in &client.acknowledged {
            let Some(chat) = self.database.chats.get(uri) else { continue };
            let event = usize::try_from(seq.get() - 1).ok().and_then(|at| chat.log.get(at));
            let named = |kind: &EventKind| matches!(kind, EventKind::MessageCreated { client_id: Some(id), .. } if id.as_str() == client_id);
            let copies = chat.log.iter().filter(|event| event.by.id == client.user.id && named(&event.kind)).count();
            let right = event.is_some_and(|event| event.by.id == client.user.id && named(&event.kind));
            if copies > 1 || (self.database.restores == 0 && !right) {
                return Err(format!("client {index}: {client_id} is {uri}/{seq}, and stored {copies} times"));
            }
        }
        Ok(())
    }
}

/// Whether this takes somebody out of the chat.
fn ends_for(kind: &EventKind, user: UserId) -> bool {
    match kind {
        EventKind::MemberRemoved(member) => member.user.id == user,
        EventKind::ChatDeleted => true,
        _ => false,
    }
}
