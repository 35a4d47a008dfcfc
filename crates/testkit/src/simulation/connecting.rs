//! Clients come, and come back.

use std::collections::VecDeque;

use parlor_delivery::{ConnectionId, Hello, Identity, Lane, Millis};
use time::{Duration, OffsetDateTime};

use super::copy::Copy;
use super::socket::{Asking, Sent, Socket};
use super::watch::Watch;
use super::world::{Happening, World};

impl World {
    /// A client tries to connect.
    pub(super) fn connect(&mut self, client: usize) {
        if self.clients[client].socket.is_some() || self.clients[client].away {
            return;
        }
        let up = |node: &usize| self.nodes[*node].core.is_some() && !self.nodes[*node].leaving;
        let nodes: Vec<usize> = (0..self.nodes.len()).filter(up).collect();
        let Some(node) = self.random.pick(&nodes) else {
            return self.later(200, 1000, Happening::Connect(client));
        };
        if self.clients[client].token_until.since(self.now) < Millis::seconds(5) {
            self.new_token(client);
        }
        match self.clients[client].stream {
            None => self.open_device(client, node),
            Some(_) => self.open_stream(client, node),
        }
    }

    /// A token that lasts for a while.
    pub(super) fn new_token(&mut self, client: usize) -> Identity {
        // Those of before the calm end while everything comes to rest, and no later one does.
        let lifetime = Millis::seconds(if self.calm { 10_000 } else { self.random.between(20, 90) });
        self.clients[client].token_until = self.now + lifetime;
        self.identity(client)
    }

    pub(super) fn identity(&self, client: usize) -> Identity {
        let client = &self.clients[client];
        let until = Duration::milliseconds(i64::try_from(client.token_until.0).unwrap_or(0));
        Identity {
            user: client.user.clone(),
            session: client.session,
            expires_at: OffsetDateTime::UNIX_EPOCH + until,
            expires_in: client.token_until.since(self.now),
        }
    }

    fn open_device(&mut self, client: usize, node: usize) {
        let held = &self.clients[client].copies;
        let cursors = held.iter().map(|(chat, copy)| (*chat, copy.cursor)).collect();
        let hello = Hello { cursors, epoch: self.clients[client].epoch.clone() };
        let watch = Watch::new(self.clients[client].user.id, hello.clone());
        let lane = Lane(u16::from(client % 2 == 1));
        let Some(connection) = self.nodes[node].core.as_mut().map(|core| core.connect(lane, self.now)) else { return };
        let socket = self.open(client, node, connection, watch);
        let silent = self.fault(1);
        if silent {
            self.sockets[socket].stalled_ever = true;
        } else {
            self.say(socket, Sent::Hello(hello));
        }
        self.pump(node);
    }

    /// Opens a stream, unless its chat cannot be had: the edge looks at the log before.
    fn open_stream(&mut self, client: usize, node: usize) {
        let Some(chat) = self.clients[client].stream else { return };
        let user = self.clients[client].user.id;
        if self.clients[client].epoch.as_ref() != Some(&self.database.epoch) {
            self.clients[client].copies.clear();
            self.clients[client].epoch = Some(self.database.epoch.clone());
        }
        let there = self.database.chats.get(&chat).filter(|chat| chat.members.contains_key(&user));
        let Some((head, floor)) = there.map(|chat| (chat.head(), chat.floor)) else {
            self.clients[client].copies.clear();
            return self.later(2000, 6000, Happening::Connect(client));
        };
        let kept = |copy: &Copy| copy.cursor <= head && copy.cursor.get() >= floor.get() - 1;
        let after = self.clients[client].copies.get(&chat).filter(|copy| kept(copy)).map(|copy| copy.cursor);
        let after = after.or_else(|| self.random.percent(50).then_some(head));
        if let Some(after) = after {
            self.clients[client].copies.entry(chat).or_insert_with(|| Copy::from(after));
        }
        if after.is_none_or(|after| self.clients[client].copies.get(&chat).is_some_and(|copy| copy.cursor != after)) {
            self.clients[client].copies.clear();
            self.clients[client].copies.extend(after.map(|after| (chat, Copy::from(after))));
        }
        let identity = self.identity(client);
        let watch = Watch::of_stream(user, chat, after, &self.database);
        let Some(core) = self.nodes[node].core.as_mut() else { return };
        let connection = core.open_stream(Lane(0), identity, chat, after, self.database.epoch.clone(), self.now);
        let socket = self.open(client, node, connection, watch);
        self.sockets[socket].asking.ready = Some((self.now, self.database.commits()));
        self.pump(node);
    }

    fn open(&mut self, client: usize, node: usize, connection: ConnectionId, watch: Watch) -> usize {
        let index = self.sockets.len();
        self.tell(|_| format!("client {client} connects to node {node} as socket {index}"));
        self.sockets.push(Socket {
            client,
            node,
            run: self.nodes[node].run,
            connection,
            up: VecDeque::new(),
            down: VecDeque::new(),
            node_open: true,
            client_open: true,
            stalled: false,
            stalled_ever: !self.clients[client].answers,
            lost: false,
            writing: false,
            reading: false,
            arriving: false,
            room: 0,
            token_until: self.clients[client].token_until,
            watch,
            asking: Asking::default(),
        });
        self.nodes[node].sockets.insert(connection, index);
        self.clients[client].socket = Some(index);
        index
    }
}
