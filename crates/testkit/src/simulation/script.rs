//! What happens by chance: people write, join and leave; nodes die, ways break, readers stop reading.

use parlor_delivery::{Millis, Request};
use parlor_domain::message::{Draft, MessageCommand};
use parlor_domain::{
    ChatTitle, ChatUri, ClientId, Emoji, Event, EventKind, Member, MessageBody, Role, Seq, Signal, SignalKind, UserId,
};

use super::client::{Wish, ask};
use super::database::{Database, member};
use super::socket::Sent;
use super::watch::Asked;
use super::world::{Happening, World};

impl World {
    /// One thing that happens by chance, and the time of the next.
    pub(super) fn act(&mut self) {
        if self.calm {
            return;
        }
        let pace = self.plan.pace;
        self.later(0, pace, Happening::Act);
        if self.frozen.is_some() {
            return;
        }
        match self.random.below(100) {
            0..30 => self.client_acts(Self::client_sends),
            30..38 => drop(self.somebody_sends()),
            38..44 => self.message_changes(),
            44..46 => self.burst(),
            46..53 => self.members_change(),
            53..55 => self.make_chat(),
            55 => self.chat_ends(),
            56..60 => self.client_acts(Self::client_reads),
            60..63 => self.client_acts(Self::client_types),
            63..68 => self.client_acts(Self::client_looks_back),
            68..70 => self.client_acts(Self::client_greets),
            70..78 => self.socket_breaks(),
            78..82 => self.reader_stalls(),
            82..84 => self.node_fails(),
            84..86 => self.partition(),
            86..88 => self.outage(),
            88 => self.session_ends(),
            89..91 => self.prune(),
            91..97 => self.client_acts(Self::client_changes),
            97..99 => self.chat_changes(),
            _ => {}
        }
    }

    /// Somebody's device does something, if it is ready.
    fn client_acts(&mut self, act: fn(&mut Self, usize, usize)) {
        let ready = |socket: &usize| {
            let at = &self.sockets[*socket];
            at.client_open && !at.stalled && !at.watch.stream && at.asking.ready.is_some()
        };
        let sockets: Vec<_> = self.clients.iter().filter_map(|client| client.socket).filter(ready).collect();
        if let Some(socket) = self.random.pick(&sockets) {
            act(self, self.sockets[socket].client, socket);
        }
    }

    /// A chat that the client holds, or any.
    fn chat_of(&mut self, client: usize) -> Option<ChatUri> {
        let held: Vec<_> = self.clients[client].copies.keys().copied().collect();
        let any = self.database.open_chats();
        let known = if held.is_empty() || self.random.percent(5) { any } else { held };
        self.random.pick(&known)
    }

    fn client_sends(&mut self, client: usize, socket: usize) {
        let Some(chat) = self.chat_of(client) else { return };
        for _ in 0..self.random.between(1, 3) {
            let sender = &mut self.clients[client];
            sender.written += 1;
            let id = format!("c{client}-{}", sender.written);
            let draft = draft(&id);
            sender.outbox.insert(id.clone(), (chat, draft.clone()));
            let wish = ask(&mut self.sockets[socket].asking, Request::Send { chat, draft }, Asked::Send(chat, id));
            self.grant(socket, wish);
        }
    }

    /// A message that the client holds is edited, deleted or reacted to; its own, more often than not.
    fn client_changes(&mut self, client: usize, socket: usize) {
        let Some(chat) = self.chat_of(client) else { return };
        let texts = self.clients[client].copies.get(&chat).map(|copy| copy.texts.keys().copied().collect::<Vec<_>>());
        let by = self.clients[client].user.id;
        let own = |seq: &Seq| self.database.author(chat, *seq) == Some(by);
        let (own, others): (Vec<Seq>, Vec<Seq>) = texts.unwrap_or_default().into_iter().partition(own);
        for _ in 0..self.random.between(1, 3) {
            let from = if self.random.percent(80) { &own } else { &others };
            let Some(target) = self.random.pick(from) else { return };
            let emoji = Emoji::new(["👍", "❤"][usize::from(self.random.percent(50))]).expect("an emoji");
            let command = match self.random.below(8) {
                0..4 => MessageCommand::Edit(text(&format!("edited by client {client}: {}", self.random.below(3)))),
                4 => MessageCommand::Delete,
                5 | 6 => MessageCommand::React(emoji),
                _ => MessageCommand::Unreact(emoji),
            };
            let request = Request::Change { chat, target, command };
            let wish = ask(&mut self.sockets[socket].asking, request, Asked::Change(chat));
            self.grant(socket, wish);
        }
    }

    fn client_reads(&mut self, client: usize, socket: usize) {
        let Some(chat) = self.chat_of(client) else { return };
        let seq = self.clients[client].copies.get(&chat).map_or(Seq::START, |copy| copy.cursor);
        let wish = ask(&mut self.sockets[socket].asking, Request::Read { chat, seq }, Asked::Other);
        self.grant(socket, wish);
    }

    fn client_types(&mut self, client: usize, socket: usize) {
        let Some(chat) = self.chat_of(client) else { return };
        let by = self.clients[client].user.clone();
        let on = self.random.percent(50);
        if self.random.percent(20) && self.database.is_member(chat, by.id) {
            // The same by HTTP.
            let signal = Signal { by, kind: SignalKind::Typing { chat, on } };
            let node = self.sockets[socket].node;
            return self.call(node, |core, now| core.raise(&signal, now));
        }
        let wish = ask(&mut self.sockets[socket].asking, Request::Typing { chat, on }, Asked::Other);
        self.grant(socket, wish);
    }

    fn client_looks_back(&mut self, client: usize, socket: usize) {
        let Some(chat) = self.chat_of(client) else { return };
        let cursor = self.clients[client].copies.get(&chat).map_or(0, |copy| copy.cursor.get());
        let after = i64::try_from(self.random.below(u64::try_from(cursor).unwrap_or(0) + 1)).unwrap_or(0);
        let after = Seq::new(after).unwrap_or(Seq::START);
        let wish = self.clients[client].read_from(chat, after, &mut self.sockets[socket].asking);
        self.grant(socket, wish);
    }

    /// A ping of one kind or another, or a `hello` too much.
    fn client_greets(&mut self, _: usize, socket: usize) {
        let wish = match self.random.below(3) {
            0 => ask(&mut self.sockets[socket].asking, Request::Hello, Asked::Other),
            1 => Wish::Say(Sent::Pong),
            _ => Wish::Say(Sent::Request(None, Request::Ping, Asked::Other)),
        };
        self.grant(socket, wish);
    }

    /// Something is committed by way of some node, as over HTTP.
    fn commit(&mut self, change: impl FnOnce(&mut Database, Millis) -> Option<std::sync::Arc<Event>>) -> bool {
        let up = |node: &usize| self.nodes[*node].core.is_some() && !self.nodes[*node].outage;
        let nodes: Vec<usize> = (0..self.nodes.len()).filter(up).collect();
        let Some(node) = self.random.pick(&nodes) else { return false };
        let Some(event) = change(&mut self.database, self.now) else { return false };
        self.stored(node, true, event);
        true
    }

    fn any_chat(&mut self) -> Option<ChatUri> {
        let chats = self.database.open_chats();
        self.random.pick(&chats)
    }

    fn any_member(&mut self, chat: ChatUri) -> Option<UserId> {
        let members = self.database.members(chat);
        self.random.pick(&members)
    }

    fn somebody_sends(&mut self) -> Option<()> {
        let chat = self.any_chat()?;
        let author = self.any_member(chat)?;
        let author = self.user(author);
        let draft = draft(&format!("h{}", self.database.commits()));
        self.commit(|database, now| database.send(&author, chat, &draft, now).ok()?.1);
        Some(())
    }

    fn burst(&mut self) {
        for _ in 0..self.random.between(5, 60) {
            self.somebody_sends();
        }
    }

    fn message_changes(&mut self) {
        let Some(chat) = self.any_chat() else { return };
        let Some(by) = self.any_member(chat).map(|id| self.user(id)) else { return };
        let texts = self.database.chats.get(&chat).map(|chat| chat.texts.keys().copied().collect::<Vec<_>>());
        let Some(target) = self.random.pick(&texts.unwrap_or_default()) else { return };
        let body = format!("edited {}", self.database.commits());
        let edits = self.random.percent(60);
        let kind = if edits { EventKind::MessageEdited { target, body } } else { EventKind::MessageDeleted { target } };
        self.commit(|database, now| database.change(by, chat, kind, now));
    }

    fn members_change(&mut self) {
        let Some(chat) = self.any_chat() else { return };
        let Some(by) = self.any_member(chat).map(|id| self.user(id)) else { return };
        let Some(other) = self.random.pick(&self.users.clone()) else { return };
        let is_in = self.database.is_member(chat, other.id);
        let last = self.database.members(chat).len() < 2;
        if is_in && last {
            return;
        }
        let member = member(&other, UserId::DELETED);
        let kind = if is_in { EventKind::MemberRemoved(member) } else { EventKind::MemberAdded(member) };
        self.commit(|database, now| database.change(by, chat, kind, now));
    }

    /// Settings change, or a role.
    fn chat_changes(&mut self) {
        let Some(chat) = self.any_chat() else { return };
        let Some(by) = self.any_member(chat).map(|id| self.user(id)) else { return };
        let Some(user) = self.any_member(chat).map(|id| self.user(id)) else { return };
        let kind = if self.random.percent(50) {
            let title = ChatTitle::new(format!("title {}", self.database.commits())).expect("a title");
            let title = self.random.percent(70).then_some(title);
            EventKind::ChatUpdated { title: Some(title), joinable: Some(self.random.percent(50)) }
        } else {
            let role = self.random.pick(&[Role::Owner, Role::Admin, Role::Member]).unwrap_or(Role::Member);
            EventKind::MemberRole(Member { user, role })
        };
        self.commit(|database, now| database.change(by, chat, kind, now));
    }

    pub(super) fn make_chat(&mut self) {
        if self.database.chats.len() > 12 {
            return;
        }
        let mut members = vec![self.random.pick(&self.users.clone()).expect("there are users")];
        for other in self.users.clone() {
            if !members.contains(&other) && self.random.percent(60) {
                members.push(other);
            }
        }
        self.commit(|database, now| database.create(&members, now));
    }

    fn chat_ends(&mut self) {
        if self.random.percent(40) {
            let Some(chat) = self.any_chat() else { return };
            let Some(by) = self.any_member(chat).map(|id| self.user(id)) else { return };
            self.commit(|database, now| database.change(by, chat, EventKind::ChatDeleted, now));
        }
    }

    fn open_socket(&mut self) -> Option<usize> {
        let open = |socket: &usize| self.sockets[*socket].client_open;
        let sockets: Vec<_> = self.clients.iter().filter_map(|client| client.socket).filter(open).collect();
        self.random.pick(&sockets)
    }

    fn socket_breaks(&mut self) {
        let Some(socket) = self.open_socket().filter(|_| self.plan.cuts) else { return };
        let client = self.sockets[socket].client;
        self.tell(|_| format!("socket {socket} of client {client} breaks"));
        self.cut(socket);
        let longest = self.random.pick(&[300, 3000, 20_000]).unwrap_or(300);
        self.later(0, longest, Happening::Connect(client));
    }

    fn reader_stalls(&mut self) {
        let Some(socket) = self.open_socket().filter(|_| self.plan.stalls) else { return };
        self.tell(|_| format!("socket {socket} stalls"));
        let at = &mut self.sockets[socket];
        (at.stalled, at.stalled_ever, at.room) = (true, true, 2);
        if self.random.percent(80) {
            let longest = self.random.pick(&[2000, 10_000, 40_000]).unwrap_or(2000);
            self.later(100, longest, Happening::Resume(socket));
        }
    }

    fn node_fails(&mut self) {
        if !self.plan.kills {
            return;
        }
        let node = usize::try_from(self.random.below(3)).unwrap_or(0);
        if self.random.percent(60) {
            return self.kill(node);
        }
        if self.nodes[node].core.is_some() && !self.nodes[node].leaving {
            self.tell(|_| format!("node {node} shuts down"));
            self.nodes[node].leaving = true;
            self.call(node, parlor_delivery::Core::shut_down);
            let run = self.nodes[node].run;
            self.later(500, 7000, Happening::Stop(node, run));
        }
    }

    /// A node dies. Its clients notice sooner or later.
    pub(super) fn kill(&mut self, node: usize) {
        if self.nodes[node].core.take().is_none() {
            return;
        }
        self.tell(|_| format!("node {node} dies"));
        self.nodes[node].own.clear();
        for socket in std::mem::take(&mut self.nodes[node].sockets).into_values() {
            self.sockets[socket].node_open = false;
            self.later(0, 500, Happening::Noticed(socket));
        }
        let longest = if self.faulty() { 6000 } else { 500 };
        self.later(100, longest, Happening::Start(node));
    }

    fn partition(&mut self) {
        if self.plan.partitions {
            let node = usize::try_from(self.random.below(3)).unwrap_or(0);
            self.tell(|_| format!("node {node} is cut off"));
            self.nodes[node].ear.cut = true;
            self.later(500, 12_000, Happening::Heal(node));
        }
    }

    /// A node hears of the others again; it may be told that it did not.
    pub(super) fn heal(&mut self, node: usize) {
        if std::mem::take(&mut self.nodes[node].ear.cut) {
            self.tell(|_| format!("node {node} hears again"));
            if self.calm || self.random.percent(70) {
                self.call(node, parlor_delivery::Core::interrupted);
            }
        }
    }

    fn outage(&mut self) {
        if self.plan.outages {
            let node = usize::try_from(self.random.below(3)).unwrap_or(0);
            self.tell(|_| format!("node {node} cannot reach the database"));
            self.nodes[node].outage = true;
            self.later(500, 8000, Happening::Mend(node));
        }
    }

    fn session_ends(&mut self) {
        let sessions: Vec<_> = self.clients.iter().map(|client| client.session).collect();
        let Some(session) = self.random.pick(&sessions) else { return };
        self.tell(|_| format!("session {session} ends"));
        self.ended.push(session);
        for node in 0..self.nodes.len() {
            // The bus tells most nodes at once; the others look for themselves.
            if self.random.percent(50) {
                self.call(node, |core, now| core.sessions_ended(&[session], now));
            }
        }
    }

    /// Retention: what is old is forgotten.
    fn prune(&mut self) {
        if let Some(chat) = self.any_chat().filter(|_| self.plan.prunes) {
            let before = self.now.since(self.plan.retention);
            self.tell(|_| format!("{chat} is pruned"));
            self.database.prune(chat, before);
        }
    }
}

/// A message with this name.
pub(super) fn draft(id: &str) -> Draft {
    Draft {
        body: text(&format!("text of {id}")),
        client_id: Some(ClientId::new(id).expect("a short name")),
        reply_to: None,
    }
}

fn text(text: &str) -> MessageBody {
    MessageBody::new(text).expect("a short text")
}
