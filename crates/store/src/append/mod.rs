//! Storing messages: group commit by one thread.
//!
//! A commit costs a wait for the disk, whatever it holds. So one thread takes all messages that wait at a moment, for
//! whatever chats, stores them in one transaction, announces them, and then answers their callers. While it does, the
//! next ones gather.

mod batch;
mod plan;
mod postgres;
mod sqlite;
mod writer;

use time::PrimitiveDateTime;
use tokio::sync::oneshot;

use parlor_domain::StoreError;
use parlor_domain::message::{NewMessage, SendRefused, Sent};

use crate::events::dedup_key;
use crate::times;
use crate::work::{Reply, Task};

pub(crate) use writer::start_writer;

/// What a caller is told of a message.
pub(crate) type Answer = Result<Sent, SendRefused>;

/// Work for the writing thread.
pub(crate) enum Job {
    /// A message to store.
    Append(Append),
    /// Something else that writes to logs.
    Task(Box<dyn Task>),
    /// Something that writes, but to no log: it may be done out of turn.
    Aside(Box<dyn Task>),
}

/// A message that waits to be stored, with what the thread needs of it already made.
#[derive(Debug)]
pub(crate) struct Append {
    message: NewMessage,
    uri: String,
    key: String,
    at: PrimitiveDateTime,
    /// Whether it may have been stored by a commit whose answer was lost.
    in_doubt: bool,
    reply: Reply<Answer>,
}

impl Append {
    /// A message to store, and where the answer comes.
    pub(crate) fn new(message: NewMessage) -> (Self, oneshot::Receiver<Result<Answer, StoreError>>) {
        let (reply, answer) = Reply::new();
        let (uri, key, at) = (message.chat.to_string(), dedup_key(&message.key), times::stored(message.at));
        (Self { message, uri, key, at, in_doubt: false, reply }, answer)
    }
}
