//! Who gets which event, at once: the live side of Parlor, without I/O, runtime or clock.
//!
//! [`LocalHub`] is the [`Notifier`](parlor_domain::ports::Notifier) of a single process. A store hands it what it
//! committed; whoever [subscribed](LocalHub::subscribe) to a chat finds it in a bounded queue of their own, in seq order
//! and without a gap, or is told that they are [behind](Delivery::Behind) and reads the log. The log is the truth; the
//! hub is the fast way to learn of it.
//!
//! ```
//! use parlor_delivery::LocalHub;
//! use parlor_domain::{ChatUri, Seq};
//!
//! let hub = LocalHub::default();
//! let mut live = hub.subscribe(ChatUri::from_bytes([7; 16]), Seq::START);
//! assert!(live.try_next().is_none(), "nothing has been announced");
//! ```

mod hub;
mod queue;

pub use hub::{LocalHub, Subscription};
pub use queue::Delivery;
