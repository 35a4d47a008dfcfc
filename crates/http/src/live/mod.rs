//! Live delivery: the edges over the [core](parlor_delivery::Core), which decides who gets what.
//!
//! [`Live`] holds the node's one core behind a lock, and does what it asks for. Each worker thread has a
//! [lane](lane::Lane): one task that is woken when any of its connections has something to send, and wakes those. A
//! connection itself is only the body of an answer ([`socket`], [`stream`]), polled by actix as every other body is: it
//! has no task, channel, timer or buffer of its own.

mod hub;
mod inbox;
mod lane;
mod perform;
pub(crate) mod socket;
pub(crate) mod stream;

pub(crate) use hub::Known;
pub use hub::{Live, LivePorts};
pub(crate) use lane::{Connection, Lane};
