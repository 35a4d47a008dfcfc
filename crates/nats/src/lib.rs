//! The bus between the nodes of Parlor, over NATS core.
//!
//! Here live the subjects, the form in which events, signals and ended sessions travel, their signature, and the one
//! connection of a node. What arrives is a hint: NATS core may lose messages, and whatever is lost is read from the log
//! by the delivery core, which is told when that may have happened ([`Listener::interrupted`]).
//!
//! | subject | carries | heard by |
//! |---|---|---|
//! | `parlor.<epoch>.chat.<uri>` | events, typing, reading marks of a chat | nodes that follow the chat |
//! | `parlor.<epoch>.user.<id>` | `chat.created`, `member.added`, `member.removed` that concern a user | nodes that follow the user |
//! | `parlor.<epoch>.crowd` | the same, where it concerns more than 8 users at once | all nodes |
//! | `parlor.<epoch>.presence` | who came and went | all nodes |
//! | `parlor.sessions` | ended sessions | all nodes |
//!
//! A message is one byte for the version, an HMAC-SHA-256 over version, subject and body under a key derived from the
//! nodes' common secret, and a body in JSON. Anything else is dropped and counted.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use parlor_domain::ports::{Bus, Listener};
//! # use parlor_domain::{Epoch, Topic, ChatUri};
//! use parlor_nats::{NatsBus, NatsOptions};
//!
//! # fn f(listener: Arc<dyn Listener>, epoch: Epoch, chat: ChatUri) -> Result<(), parlor_nats::NatsError> {
//! let bus = NatsBus::start(NatsOptions::new("nats://127.0.0.1:4222", "the secret of all nodes"), listener)?;
//! bus.follow(&epoch, vec![Topic::Chat(chat)]); // the listener is told when it is so
//! # Ok(())
//! # }
//! ```
//!
//! [`Listener::interrupted`]: parlor_domain::ports::Listener::interrupted

mod bus;
mod connection;
mod counters;
mod interest;
mod keeper;
mod options;
mod outbox;
mod probe;
mod publisher;
mod seal;
mod shared;
mod subject;
mod subscriptions;
mod wire;

pub use bus::NatsBus;
pub use counters::NatsCounters;
pub use options::{NatsError, NatsLimits, NatsOptions};
