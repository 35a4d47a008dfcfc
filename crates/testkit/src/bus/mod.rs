//! The contract of the [`Bus`](parlor_domain::ports::Bus) port, a bus in memory that keeps it, and a listener that
//! remembers what was delivered.
//!
//! A bus may lose, repeat and reorder; while nothing disturbs it, it does none of these, and that is what the cases
//! expect. An adapter runs them all by [`bus_contract!`](crate::bus_contract).

mod cases;
mod fixture;
mod listener;
mod memory;
pub mod samples;

pub mod delivery;
pub mod following;

pub use fixture::{BusFixture, BusNode};
pub use listener::{Heard, RecordingListener};
pub use memory::MemoryBus;
