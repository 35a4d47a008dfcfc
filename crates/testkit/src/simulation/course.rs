//! The course of a run: chance first, then calm, then the judgement.

use parlor_delivery::Millis;

use super::plan::Restores;
use super::watch::Track;
use super::world::{Happening, World};

/// How long everything has to come to rest: a silent connection is closed after 60 s.
const REST: Millis = Millis::seconds(110);
/// How long there must be nothing left to read.
const IDLE: Millis = Millis::seconds(10);
/// How long a last message has to reach everybody, by reconcile alone.
const LAST: Millis = Millis::seconds(20);
/// How long nothing is written after the database went back under its own name.
const FREEZE: Millis = Millis::seconds(20);

impl World {
    /// The whole run.
    pub(super) fn run(&mut self) {
        self.run_until(self.plan.lasts);
        self.calm_down();
        self.run_until(self.now + REST);
        self.check("at rest");
        let reads: u64 = self.nodes.iter().map(|node| node.log_reads).sum();
        self.run_until(self.now + IDLE);
        let later: u64 = self.nodes.iter().map(|node| node.log_reads).sum();
        if later > reads {
            self.complain(|| format!("logs were read {} times when nothing happened", later - reads));
        }
        self.last_words();
        self.run_until(self.now + LAST);
        self.check("after the last message");
    }

    /// Faults end, and what is broken is mended.
    fn calm_down(&mut self) {
        if self.wrong.is_some() {
            return;
        }
        self.tell(|_| "--- calm".into());
        self.calm = true;
        self.plan.read_delay = self.plan.read_delay.min(100);
        self.plan.bus_delay = self.plan.bus_delay.min(100);
        self.mend_all();
        for client in 0..self.clients.len() {
            self.clients[client].away = false;
            self.clients[client].answers = true;
            self.later(0, 1000, Happening::Connect(client));
        }
        self.forget(|happening| matches!(happening, Happening::Restore));
        for socket in 0..self.sockets.len() {
            // Some readers never come back.
            if self.sockets[socket].stalled && self.random.percent(80) {
                self.later(0, 1000, Happening::Resume(socket));
            }
        }
    }

    fn mend_all(&mut self) {
        for node in 0..self.nodes.len() {
            self.nodes[node].outage = false;
            self.heal(node);
            self.later(0, 500, Happening::Start(node));
        }
    }

    /// A last message in each chat, that half of the time nobody announces.
    fn last_words(&mut self) {
        if self.wrong.is_some() {
            return;
        }
        for chat in self.database.open_chats() {
            let Some(author) = self.database.members(chat).first().copied().map(|id| self.user(id)) else { continue };
            let draft = super::script::draft("last");
            let sent = self.database.send(&author, chat, &draft, self.now);
            if let Ok((_, Some(event))) = sent {
                self.tell(|_| format!("the last word: {chat}/{}", event.seq));
                if self.random.percent(50) {
                    self.stored(0, true, event);
                }
            }
        }
    }

    /// Lets one thing happen.
    pub(super) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Tick(node, run) if self.runs(node, run) => {
                let pause = if self.fault(2) { 4000 } else { self.random.between(900, 1100) };
                self.later(pause, pause, Happening::Tick(node, run));
                self.call(node, parlor_delivery::Core::tick);
            }
            Happening::Look(node, run) if self.runs(node, run) => {
                self.later(5000, 5000, Happening::Look(node, run));
                let ended = self.ended.clone();
                self.call(node, |core, now| core.sessions_ended(&ended, now));
            }
            Happening::Answer(node, run, ticket, answer) if self.runs(node, run) => {
                self.tell(|_| format!("node {node} is answered {ticket:?}: {answer:?}"));
                self.call(node, |core, now| core.answer(ticket, answer, now));
            }
            Happening::Own(node, run) if self.runs(node, run) => self.announce_own(node),
            Happening::Heard(node, run, carried) if self.runs(node, run) => self.heard(node, carried),
            Happening::Follow(node, run, epoch, topics, tells) if self.runs(node, run) => {
                self.nodes[node].ear.follow(&epoch, &topics);
                if tells {
                    self.call(node, |core, now| core.following(&topics, now));
                }
            }
            Happening::Unfollow(node, run, epoch, topics) if self.runs(node, run) => {
                self.nodes[node].ear.unfollow(&epoch, &topics);
            }
            Happening::Stop(node, run) if self.runs(node, run) => self.kill(node),
            Happening::Perform(node, run, output) => self.perform(node, run, output),
            Happening::Start(node) => self.start(node),
            Happening::Write(socket) => self.write(socket),
            Happening::Read(socket) => self.read(socket),
            Happening::Arrive(socket) => self.arrive(socket),
            Happening::Hangup(socket) => self.hang_up(socket),
            Happening::Noticed(socket) => self.noticed(socket),
            Happening::Resume(socket) => self.resume(socket),
            Happening::Connect(client) => self.connect(client),
            Happening::Return(client) => {
                self.clients[client].away = false;
                self.connect(client);
            }
            Happening::TryAgain(socket) => self.try_again(socket),
            Happening::Act => self.act(),
            Happening::BackUp => {
                self.tell(|_| "a backup is made".into());
                self.database.back_up();
            }
            Happening::Restore => self.restore(),
            Happening::Thaw(since) => self.thaw(since),
            Happening::Heal(node) => self.heal(node),
            Happening::Mend(node) => self.nodes[node].outage = false,
            // Of a node that is no more.
            _ => {}
        }
    }

    /// The backup is put in place. If that is not made known by a new life's name, nobody writes for a while: a log that
    /// has grown past what was lost looks like one that lost nothing, to everybody.
    fn restore(&mut self) {
        let new_life = self.plan.restores == Restores::NewLife;
        if !self.database.restore(new_life) {
            return;
        }
        self.tell(|world| format!("--- restored as {}", world.database.epoch));
        if new_life {
            return;
        }
        self.frozen = Some(self.now + FREEZE);
        self.mend_all();
        self.forget(|happening| matches!(happening, Happening::Heard(..) | Happening::Own(..)));
        self.nodes.iter_mut().for_each(|node| node.own.clear());
        self.at(self.now + FREEZE, Happening::Thaw(self.now));
    }

    /// Writing goes on. Until now every node had the time to notice, and to send its clients away; clients that were not
    /// there cannot know.
    fn thaw(&mut self, since: Millis) {
        self.frozen = None;
        for client in &mut self.clients {
            for (uri, copy) in &mut client.copies {
                let head = self.database.chats.get(uri).map(super::chat::Chat::head);
                if head.is_some_and(|head| copy.cursor <= head) {
                    continue;
                }
                copy.tainted = true;
                let socket = client.socket.map(|socket| &self.sockets[socket]);
                let reads = socket.filter(|at| at.node_open && at.client_open && !at.stalled && !at.lost);
                let ready = reads.filter(|at| at.asking.ready.is_some_and(|(ready, _)| ready < since));
                let pushed = ready.and_then(|at| at.watch.tracks.get(uri));
                let unnoticed = matches!((pushed, head), (Some(Track::Live(next)), Some(head)) if *next > head.next());
                if unnoticed && self.wrong.is_none() {
                    self.wrong = Some(format!("{uri} went back to {head:?}, and nobody noticed"));
                }
            }
        }
    }
}
