//! Who gets which event, at once: the live side of Parlor as a state machine, without I/O, runtime or clock.
//!
//! One [`Core`] per node. Into it go what was stored ([`Core::announced`]), what clients say ([`Core::connect`],
//! [`Core::begin`], [`Core::request`]), the answers to its own questions ([`Core::answer`]) and the passing of time
//! ([`Core::tick`]). Out of it come [frames](Frame) for connections ([`Core::take_frames`]) and [questions](Output) to
//! the database, the bus and the use cases ([`Core::poll_output`]). The log is the truth: what the bus loses, repeats or
//! turns around is mended from it, so that every connection gets the events of its chats in order, each once.
//!
//! ```
//! use parlor_delivery::{Core, Lane, Limits, Millis};
//!
//! let mut core = Core::new(Limits::default(), 7, Millis(0));
//! let connection = core.connect(Lane(0), Millis(0));
//! core.tick(Millis::seconds(11));
//! let frames = core.take_frames(connection, usize::MAX, Millis::seconds(11));
//! assert_eq!(frames.len(), 1, "whoever does not say hello within 10 s is closed: {frames:?}");
//! ```

mod core;
mod frame;
mod io;
mod limits;
#[cfg(feature = "sabotage")]
mod sabotage;
mod time;

pub use crate::core::Core;
pub use crate::frame::{
    BehindReason, CloseCode, Done, Frame, LiveEvent, Outcome, Ready, ReadyChat, Refusal, RequestId, SyncPage,
};
pub use crate::io::{Answer, Command, ConnectionId, Hello, Identity, Lane, LivePage, Output, Request, Ticket};
pub use crate::limits::Limits;
#[cfg(feature = "sabotage")]
pub use crate::sabotage::Sabotage;
pub use crate::time::Millis;
