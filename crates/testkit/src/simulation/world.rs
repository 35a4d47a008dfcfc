//! The world of a simulation: what is there, and the one queue of all that is going to happen.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use parlor_delivery::{Answer, Core, Millis, Output, Sabotage, Ticket};
use parlor_domain::account::SessionId;
use parlor_domain::{ChatUri, Epoch, Topic, UserId, UserRef, Username};

use super::bus::{Carried, Ear};
use super::client::Client;
use super::database::Database;
use super::node::Node;
use super::plan::{Plan, Restores};
use super::random::Random;
use super::socket::Socket;

/// The last lines of what happened.
pub(super) type Trace = Rc<RefCell<VecDeque<String>>>;

/// Something that is going to happen. Those with a node also name its run: another run of it knows nothing of them.
#[derive(Debug)]
pub(super) enum Happening {
    Tick(usize, u32),
    /// The node looks for ended sessions.
    Look(usize, u32),
    Start(usize),
    Stop(usize, u32),
    /// The database does what the core asked for.
    Perform(usize, u32, Output),
    Answer(usize, u32, Ticket, Answer),
    /// The node announces what it committed first.
    Own(usize, u32),
    Heard(usize, u32, Carried),
    Follow(usize, u32, Epoch, Vec<Topic>, bool),
    Unfollow(usize, u32, Epoch, Vec<Topic>),
    Write(usize),
    Read(usize),
    Arrive(usize),
    /// The node notices that the client is gone.
    Hangup(usize),
    /// The client notices that the node is gone.
    Noticed(usize),
    Resume(usize),
    Connect(usize),
    /// The client tries again, on this socket, what was refused for now.
    TryAgain(usize),
    /// The client comes back though it was told not to: somebody opened it again.
    Return(usize),
    /// Something by chance.
    Act,
    BackUp,
    Restore,
    Thaw(Millis),
    Heal(usize),
    Mend(usize),
}

/// Everything that there is.
pub(super) struct World {
    pub(super) now: Millis,
    pub(super) random: Random,
    pub(super) plan: Plan,
    pub(super) sabotage: Option<Sabotage>,
    queue: BTreeMap<(Millis, u64), Happening>,
    queued: u64,
    pub(super) database: Database,
    pub(super) users: Vec<UserRef>,
    pub(super) ended: Vec<SessionId>,
    pub(super) sessions: u64,
    pub(super) nodes: Vec<Node>,
    pub(super) clients: Vec<Client>,
    pub(super) sockets: Vec<Socket>,
    /// Nothing goes wrong any more.
    pub(super) calm: bool,
    /// Until when nothing is written and nothing goes wrong, because the database went back under its own name.
    pub(super) frozen: Option<Millis>,
    pub(super) wrong: Option<String>,
    pub(super) frames: u64,
    /// What tells one course of things from another.
    pub(super) digest: u64,
    trace: Option<Trace>,
}

impl World {
    pub(super) fn new(seed: u64, sabotage: Option<Sabotage>, trace: Option<Trace>) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        let mut world = Self {
            now: Millis(0),
            sabotage,
            queue: BTreeMap::new(),
            queued: 0,
            database: Database::new(),
            users: (1..=plan.users).map(user).collect(),
            ended: Vec::new(),
            sessions: 0,
            nodes: Vec::new(),
            clients: Vec::new(),
            sockets: Vec::new(),
            calm: false,
            frozen: None,
            wrong: None,
            frames: 0,
            digest: 0,
            trace,
            random,
            plan,
        };
        world.tell(|world| format!("{:?}", world.plan));
        world.furnish();
        world
    }

    fn furnish(&mut self) {
        for node in 0..3 {
            self.nodes.push(Node::default());
            self.start(node);
        }
        for _ in 0..self.plan.chats {
            self.make_chat();
        }
        for index in 0..self.users.len() {
            for _ in 0..self.random.between(1, self.plan.devices) {
                self.add_client(index, None);
            }
        }
        for _ in 0..self.plan.streams {
            let chats = self.database.open_chats();
            let index = usize::try_from(self.random.below(self.users.len() as u64)).unwrap_or(0);
            let chat = self.random.pick(&chats);
            self.add_client(index, chat);
        }
        self.later(0, 500, Happening::Act);
        let half = self.plan.lasts.0 / 2;
        if self.plan.restores != Restores::Never {
            self.later(0, half, Happening::BackUp);
            self.later(half + 1, self.plan.lasts.0, Happening::Restore);
        }
    }

    fn add_client(&mut self, user: usize, stream: Option<ChatUri>) {
        let client = Client {
            user: self.users[user].clone(),
            session: self.new_session(),
            token_until: Millis(0),
            stream,
            epoch: None,
            copies: BTreeMap::new(),
            outbox: BTreeMap::new(),
            acknowledged: Vec::new(),
            socket: None,
            away: false,
            keeps_removed: self.random.percent(50),
            begins_at_head: self.random.percent(50),
            answers: self.random.percent(95),
            renews: self.random.percent(80),
            written: 0,
        };
        self.clients.push(client);
        self.later(0, 2000, Happening::Connect(self.clients.len() - 1));
    }

    pub(super) fn new_session(&mut self) -> SessionId {
        self.sessions += 1;
        SessionId::from_bytes(u128::from(self.sessions).to_be_bytes())
    }

    /// The user with this number.
    pub(super) fn user(&self, id: UserId) -> UserRef {
        self.users.iter().find(|user| user.id == id).expect("users are never forgotten").clone()
    }

    /// Puts something into the queue, `low` to `high` milliseconds from now.
    pub(super) fn later(&mut self, low: u64, high: u64, happening: Happening) {
        let at = self.now + Millis(self.random.between(low, high.max(low)));
        self.at(at, happening);
    }

    /// Puts something into the queue; of two at one time, the first put is the first to happen.
    pub(super) fn at(&mut self, at: Millis, happening: Happening) {
        self.queued += 1;
        self.queue.insert((at.max(self.now), self.queued), happening);
    }

    /// Takes things out of the queue.
    pub(super) fn forget(&mut self, unwanted: impl Fn(&Happening) -> bool) {
        self.queue.retain(|_, happening| !unwanted(happening));
    }

    /// Lets everything happen up to this time, or until something is wrong.
    pub(super) fn run_until(&mut self, end: Millis) {
        while self.wrong.is_none() {
            let Some(first) = self.queue.first_entry().filter(|first| first.key().0 <= end) else { break };
            self.now = first.key().0;
            let happening = first.remove();
            self.happen(happening);
        }
        self.now = self.now.max(end);
    }

    /// Whether faults may happen now.
    pub(super) fn faulty(&self) -> bool {
        !self.calm && self.frozen.is_none()
    }

    /// True with this chance, while faults may happen.
    pub(super) fn fault(&mut self, percent: u64) -> bool {
        self.random.percent(percent) && self.faulty()
    }

    /// Notes that something is wrong; the first such thing counts.
    pub(super) fn complain(&mut self, what: impl FnOnce() -> String) {
        if self.wrong.is_none() {
            let what = what();
            self.tell(|_| format!("WRONG: {what}"));
            self.wrong = Some(what);
        }
    }

    /// Notes a line of what happens, if somebody wants to read it.
    pub(super) fn tell(&self, line: impl FnOnce(&Self) -> String) {
        if let Some(trace) = &self.trace {
            let line = format!("{:>7} {}", self.now.0, line(self));
            let mut trace = trace.borrow_mut();
            if trace.len() >= super::TRACED_LINES {
                trace.pop_front();
            }
            trace.push_back(line);
        }
    }

    /// Whether this run of a node still goes on.
    pub(super) fn runs(&self, node: usize, run: u32) -> bool {
        self.nodes[node].run == run && self.nodes[node].core.is_some()
    }

    pub(super) fn start(&mut self, node: usize) {
        if self.nodes[node].core.is_some() {
            return;
        }
        self.tell(|_| format!("node {node} starts"));
        let core = Core::new(self.plan.limits.clone(), self.random.number(), self.now);
        let core = match self.sabotage {
            Some(sabotage) => core.sabotaged(sabotage),
            None => core,
        };
        let run = self.nodes[node].run + 1;
        self.nodes[node] = Node { core: Some(core), run, ..Node::default() };
        self.nodes[node].ear = Ear::default();
        self.later(0, 1000, Happening::Tick(node, run));
        self.later(0, 5000, Happening::Look(node, run));
        self.pump(node);
    }
}

/// A user by number.
pub(super) fn user(number: u64) -> UserRef {
    let id = UserId::new(i64::try_from(number).unwrap_or(1)).expect("a small number");
    UserRef { id, username: Username::stored(format!("user{number}")) }
}
