//! The seeded simulator of live delivery: the project's headline test.
//!
//! Three nodes, each a [`Core`](parlor_delivery::Core), a bus, a database and the clients of several users are played
//! in one thread, without time of their own; all chance comes from one seed, so that a seed plays again exactly. The bus
//! loses, repeats, turns around and delays; the database answers late, out of order or not at all; nodes die between a
//! commit and its announcement; sockets are cut and readers stall; people are removed, come back, and are put into chats
//! that their node never heard of; a backup is restored.
//!
//! Whatever a core hands to a connection is judged at once: right order, nothing missing and nothing twice, nothing of
//! another life, nothing that is not theirs to see, replies before later events, bounded queues. After a while nothing
//! goes wrong any more, and then every client must hold all of its chats up to their heads, with today's texts; every
//! request must have had its reply, and every acknowledged message must be stored once.
//!
//! ```
//! use parlor_testkit::simulation::Simulation;
//!
//! let report = Simulation::of(1).run().expect("nothing goes wrong with this seed");
//! assert!(report.frames > 0);
//! ```
//!
//! Whether the simulator would notice is shown by breaking rules of the core on purpose:
//!
//! ```
//! use parlor_delivery::Sabotage;
//! use parlor_testkit::simulation::Simulation;
//!
//! let failure = (1..).find_map(|seed| Simulation::of(seed).sabotaged(Sabotage::SkipHoles).run().err());
//! println!("{}", failure.expect("endless seeds"));
//! ```

mod bus;
mod chat;
mod check;
mod client;
mod connecting;
mod copy;
mod course;
mod database;
mod engine;
mod network;
mod node;
mod plan;
pub(crate) mod random;
mod script;
mod socket;
mod stage;
mod stage_changes;
mod watch;
mod words;
mod world;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use parlor_delivery::Sabotage;

pub use stage::{Stage, session};
use world::World;

/// How many of the last lines a traced run keeps.
const TRACED_LINES: usize = 100_000;

/// One run, of one seed.
#[derive(Debug, Clone, Copy)]
pub struct Simulation {
    seed: u64,
    sabotage: Option<Sabotage>,
    traced: bool,
}

/// What a run that went well was like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// How many events were committed.
    pub commits: usize,
    /// How many connections there were.
    pub connections: usize,
    /// How many frames the cores gave out.
    pub frames: u64,
    /// Of all frames, with their sizes and times, in order: another course of things has another one.
    pub digest: u64,
}

/// What went wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What was wrong first.
    pub what: String,
    /// What happened before, a line each.
    pub trace: Vec<String>,
}

impl Simulation {
    /// The run of this seed.
    pub fn of(seed: u64) -> Self {
        Self { seed, sabotage: None, traced: false }
    }

    /// The same with cores that break a rule.
    #[must_use]
    pub fn sabotaged(self, sabotage: Sabotage) -> Self {
        Self { sabotage: Some(sabotage), ..self }
    }

    /// The same, and all that happens is printed to the standard output.
    #[must_use]
    pub fn traced(self) -> Self {
        Self { traced: true, ..self }
    }

    /// Runs it. If it fails, it is run once more to tell how it came to that.
    ///
    /// # Errors
    /// [`Failure`] if anything is wrong, or a core panics.
    pub fn run(self) -> Result<Report, Failure> {
        if self.traced {
            let trace = world::Trace::default();
            let played = self.play(Some(Rc::clone(&trace)));
            trace.borrow().iter().for_each(|line| println!("{line}"));
            return played.map_err(|what| Failure { seed: self.seed, what, trace: Vec::new() });
        }
        self.play(None).map_err(|what| {
            let trace = world::Trace::default();
            let again = self.play(Some(Rc::clone(&trace))).err();
            let replayed = again.as_ref() == Some(&what);
            let what = if replayed { what } else { format!("{what} (and played again: {again:?})") };
            let trace = trace.borrow().iter().cloned().collect();
            Failure { seed: self.seed, what, trace }
        })
    }

    fn play(self, trace: Option<world::Trace>) -> Result<Report, String> {
        let run = AssertUnwindSafe(|| {
            let mut world = World::new(self.seed, self.sabotage, trace);
            world.run();
            let connections = world.sockets.len();
            let (commits, frames, digest) = (world.database.commits(), world.frames, world.digest);
            let report = Report { commits, connections, frames, digest };
            world.wrong.map_or(Ok(report), Err)
        });
        catch_unwind(run).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            Err(text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or("a panic".into()))
        })
    }
}

impl fmt::Display for Failure {
    /// The seed, what was wrong, the end of the trace, and how to play it again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.trace.iter().skip(self.trace.len().saturating_sub(40)) {
            writeln!(f, "{}", line.chars().take(300).collect::<String>())?;
        }
        write!(f, "seed {}: {}\nplay it again: make simulate SEED={}", self.seed, self.what, self.seed)
    }
}
