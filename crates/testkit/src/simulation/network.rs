//! The sockets between clients and nodes.

use parlor_delivery::{CloseCode, ConnectionId, Core, Frame, Millis};
use parlor_domain::Seq;

use super::client::Wish;
use super::socket::Sent;
use super::watch::Asked;
use super::world::{Happening, World};
use crate::split_mix_64;

impl World {
    /// A client sends something.
    pub(super) fn say(&mut self, socket: usize, sent: Sent) {
        self.sockets[socket].up.push_back(sent);
        self.schedule_read(socket);
    }

    pub(super) fn schedule_read(&mut self, socket: usize) {
        let at = &mut self.sockets[socket];
        if !at.reading && !at.up.is_empty() && at.node_open {
            at.reading = true;
            self.later(0, 20, Happening::Read(socket));
        }
    }

    pub(super) fn schedule_write(&mut self, socket: usize, within: u64) {
        let at = &mut self.sockets[socket];
        if !at.writing && at.node_open {
            at.writing = true;
            self.later(0, within, Happening::Write(socket));
        }
    }

    fn schedule_arrival(&mut self, socket: usize) {
        let at = &mut self.sockets[socket];
        if !at.arriving && !at.down.is_empty() && at.client_open {
            at.arriving = true;
            self.later(0, 20, Happening::Arrive(socket));
        }
    }

    /// The node's reader takes a frame, if the core takes input.
    pub(super) fn read(&mut self, socket: usize) {
        self.sockets[socket].reading = false;
        let at = &self.sockets[socket];
        let (node, connection, client) = (at.node, at.connection, at.client);
        let takes = |core: &Core| core.takes_input(connection);
        if !at.node_open || at.lost || !self.nodes[node].core.as_ref().is_some_and(takes) {
            return;
        }
        let Some(sent) = self.sockets[socket].up.pop_front() else { return };
        self.tell(|_| format!("socket {socket} reads {sent:?}"));
        match sent {
            Sent::Hello(_) if self.ended.contains(&self.clients[client].session) => {
                self.call(node, |core, now| core.close(connection, CloseCode::SessionEnded, now));
            }
            Sent::Hello(hello) => {
                let identity = self.identity(client);
                self.call(node, |core, now| core.begin(connection, identity, hello, now));
            }
            Sent::Renew(id, identity) => {
                self.sockets[socket].watch.ask(&id, Asked::Other);
                self.sockets[socket].token_until = self.now + identity.expires_in;
                self.call(node, |core, now| core.renew(connection, Some(id.into()), identity, now));
            }
            Sent::Request(id, request, asked) => {
                if let Some(id) = &id {
                    self.sockets[socket].watch.ask(id, asked);
                }
                self.call(node, |core, now| core.request(connection, id.map(Into::into), request, now));
            }
            Sent::Pong => self.call(node, |core, now| core.heard(connection, now)),
        }
        self.schedule_read(socket);
    }

    /// The node's writer takes some frames, and goes on until there are none.
    pub(super) fn write(&mut self, socket: usize) {
        self.sockets[socket].writing = false;
        let at = &mut self.sockets[socket];
        let (node, connection) = (at.node, at.connection);
        if !at.node_open {
            return;
        }
        if at.stalled || at.lost {
            if at.room == 0 {
                return;
            }
            at.room -= 1;
        }
        let bytes = usize::try_from(self.random.between(1, 16 * 1024)).unwrap_or(1);
        let Some(core) = self.nodes[node].core.as_mut() else { return };
        let frames = core.take_frames(connection, bytes, self.now);
        self.frames += frames.len() as u64;
        self.judge(socket, &frames, bytes);
        let closes = frames.iter().any(|frame| matches!(frame, Frame::Close(_)));
        let more = !frames.is_empty();
        if !self.sockets[socket].lost {
            self.sockets[socket].down.extend(frames);
            self.schedule_arrival(socket);
        }
        if closes {
            self.hang_up(socket);
        } else if more {
            self.schedule_write(socket, 5);
        }
        self.pump(node);
    }

    fn judge(&mut self, socket: usize, frames: &[Frame], bytes: usize) {
        let before_last: usize = frames.iter().rev().skip(1).map(Frame::size).sum();
        if before_last >= bytes && frames.len() > 1 {
            self.complain(|| format!("socket {socket}: {before_last} bytes and a frame are more than {bytes}"));
        }
        for frame in frames {
            self.tell(|_| format!("socket {socket} is sent {}", brief(frame)));
            let seen = [self.now.0, socket as u64, frame.size() as u64, self.database.commits() as u64];
            self.digest = seen.into_iter().fold(self.digest, |digest, part| split_mix_64(digest ^ part));
            if let Err(wrong) = self.sockets[socket].watch.take(frame, &self.database) {
                let user = self.clients[self.sockets[socket].client].user.id.get();
                self.complain(|| format!("socket {socket} of user {user}: {wrong}"));
            }
        }
    }

    /// Some frames arrive at the client.
    pub(super) fn arrive(&mut self, socket: usize) {
        self.sockets[socket].arriving = false;
        if self.sockets[socket].stalled {
            return;
        }
        for _ in 0..self.random.between(1, 8) {
            if !self.sockets[socket].client_open {
                return;
            }
            let Some(frame) = self.sockets[socket].down.pop_front() else { return };
            self.receive(socket, frame);
        }
        self.schedule_arrival(socket);
    }

    fn receive(&mut self, socket: usize, frame: Frame) {
        let client = self.sockets[socket].client;
        if matches!(frame, Frame::Ready(_)) {
            self.sockets[socket].asking.ready = Some((self.now, self.database.commits()));
        }
        let wishes = self.clients[client].take(frame, &mut self.sockets[socket].asking);
        for wish in wishes {
            self.grant(socket, wish);
        }
    }

    /// Does what a client wants.
    pub(super) fn grant(&mut self, socket: usize, wish: Wish) {
        let client = self.sockets[socket].client;
        match wish {
            Wish::Say(sent) => self.say(socket, sent),
            Wish::TryLater => self.later(500, 2000, Happening::TryAgain(socket)),
            Wish::Renew => {
                let identity = self.new_token(client);
                let id = self.sockets[socket].asking.name();
                self.sockets[socket].asking.open.insert(id.clone(), Asked::Other);
                self.say(socket, Sent::Renew(id, identity));
            }
            Wish::Closed(code) => self.closed(socket, code),
            Wish::Complain(what) => self.complain(|| format!("client {client}: {what}")),
        }
    }

    /// What was refused for now is tried again.
    pub(super) fn try_again(&mut self, socket: usize) {
        let at = &mut self.sockets[socket];
        if at.client_open && !at.stalled && at.asking.ready.is_some() {
            let wishes = self.clients[at.client].pending(&mut at.asking);
            wishes.into_iter().for_each(|wish| self.grant(socket, wish));
        }
    }

    /// The server closed a connection, and the client read why.
    fn closed(&mut self, socket: usize, code: CloseCode) {
        let client = self.sockets[socket].client;
        self.sockets[socket].client_open = false;
        self.clients[client].socket = None;
        if let Err(why) = self.explain(socket, code) {
            self.complain(|| format!("socket {socket} was closed with {code:?}: {why}"));
        }
        match code {
            CloseCode::SessionEnded => {
                self.clients[client].session = self.new_session();
                self.clients[client].token_until = Millis(0);
                if self.random.percent(50) {
                    self.clients[client].copies.clear();
                }
                self.later(200, 2000, Happening::Connect(client));
            }
            CloseCode::TooMany => {
                self.clients[client].away = true;
                self.later(3000, 15_000, Happening::Return(client));
            }
            _ => self.later(100, 3000, Happening::Connect(client)),
        }
    }

    /// Whether there is a reason for closing a connection in this way.
    fn explain(&self, socket: usize, code: CloseCode) -> Result<(), &'static str> {
        let at = &self.sockets[socket];
        let client = &self.clients[at.client];
        let out = client.stream.is_some_and(|chat| self.database.ever_out.contains(&(chat, client.user.id)));
        let (explained, otherwise) = match code {
            CloseCode::GoingAway => (!self.runs(at.node, at.run) || self.nodes[at.node].leaving, "the node stays"),
            // A stream cannot be told that its place in the log is pruned.
            CloseCode::Restart => {
                (self.database.restores > 0 || (at.watch.stream && self.plan.prunes), "nothing was restored")
            }
            CloseCode::Unauthorized => (at.token_until <= self.now, "the token is good"),
            CloseCode::SessionEnded => (out || self.ended.contains(&client.session), "the session goes on"),
            CloseCode::TimedOut => (at.stalled_ever || at.watch.stream, "the client was neither silent nor slow"),
            CloseCode::TooMany | CloseCode::Flood => (true, ""),
            CloseCode::Failed => (self.plan.fails > 0 || self.plan.outages || at.watch.stream, "nothing failed"),
            _ => (false, "nobody broke a rule"),
        };
        if explained { Ok(()) } else { Err(otherwise) }
    }

    /// The node closes its end.
    pub(super) fn hang_up(&mut self, socket: usize) {
        let at = &mut self.sockets[socket];
        if !at.node_open {
            return;
        }
        at.node_open = false;
        let (node, connection) = (at.node, at.connection);
        self.nodes[node].sockets.remove(&connection);
        self.call(node, |core, now| core.disconnect(connection, now));
    }

    /// The core broke a connection off.
    pub(super) fn abort(&mut self, node: usize, connection: ConnectionId) {
        if let Some(socket) = self.nodes[node].sockets.remove(&connection) {
            let at = &mut self.sockets[socket];
            at.node_open = false;
            if !at.stalled_ever && at.client_open {
                self.complain(|| format!("socket {socket} was broken off, and its client reads"));
            }
            self.later(0, 500, Happening::Noticed(socket));
        }
    }

    /// The client notices that the connection is no more.
    pub(super) fn noticed(&mut self, socket: usize) {
        let at = &mut self.sockets[socket];
        let client = at.client;
        if std::mem::take(&mut at.client_open) {
            self.clients[client].socket = None;
            self.later(50, 3000, Happening::Connect(client));
        }
    }

    /// The way between a client and its node is cut; the node may not notice.
    pub(super) fn cut(&mut self, socket: usize) {
        let at = &mut self.sockets[socket];
        at.client_open = false;
        self.clients[at.client].socket = None;
        if self.random.percent(60) {
            self.later(0, 300, Happening::Hangup(socket));
        } else {
            let room = u32::try_from(self.random.below(4)).unwrap_or(0);
            let at = &mut self.sockets[socket];
            (at.lost, at.room, at.stalled_ever) = (true, room, true);
        }
    }

    /// The client takes frames again.
    pub(super) fn resume(&mut self, socket: usize) {
        self.sockets[socket].stalled = false;
        self.schedule_arrival(socket);
        self.schedule_write(socket, 20);
        self.try_again(socket);
    }
}

/// A frame in few words.
fn brief(frame: &Frame) -> String {
    match frame {
        Frame::Event(event) => format!("event {}/{}", event.event.chat, event.event.seq),
        Frame::Reply { id, outcome: Ok(parlor_delivery::Done::Page(page)) } => {
            let ends = |seq: Option<Seq>| seq.map_or(String::new(), |seq| seq.to_string());
            let (first, last) = (page.events.first(), page.events.last());
            let (first, last) = (ends(first.map(|e| e.event.seq)), ends(last.map(|e| e.event.seq)));
            format!("reply to {id:?}: {first}..{last} of {}, reached: {}", page.head, page.reached)
        }
        other => format!("{other:?}"),
    }
}
