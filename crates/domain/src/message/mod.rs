//! Messages: what somebody wrote into a chat's log.

mod body;
mod change;
mod client_id;
mod emoji;
mod entity;
mod error;
mod service;

pub use body::MessageBody;
pub use change::{
    ChangeMessage, ChangeMessageRefused, ChangedMessage, MessageChange, MessageCommand, MessageCondition,
    MessageContext,
};
pub use client_id::ClientId;
pub use emoji::Emoji;
pub use entity::{DedupKey, Message, NewMessage, Reaction, Sent};
pub use error::{ChangeMessageError, SendError, SendRefused};
pub use service::{Draft, Messaging};
