//! The chat domain of Parlor: accounts, chat sessions, membership, messages and the log that holds them in one order.
//!
//! Here live the values with their rules, the services that a program calls ([`Accounts`], [`ChatSessions`],
//! [`Messaging`], [`Blocking`]) and the [ports] that they need from outside. Nothing here touches a network, a disk, a clock or
//! a source of randomness: whoever embeds this crate hands those in as `Arc<dyn Port>`.
//!
//! ```
//! use parlor_domain::{MessageBody, Username};
//!
//! let name = Username::new("  Mabel ").expect("a plain name");
//! assert_eq!(name.as_str(), "Mabel");
//! assert_eq!(name.key(), Username::new("MABEL").expect("the same name").key());
//! assert!(MessageBody::new(" \n ").is_err(), "white space alone is no message");
//! ```
//!
//! `examples/embed.rs` runs a whole conversation over in-memory adapters.

pub mod account;
pub mod blocking;
pub mod chat_session;
mod error;
pub mod export;
mod hex_id;
mod invalid;
pub mod live;
pub mod log;
pub mod message;
mod page;
pub mod ports;
pub mod search;
mod text;

pub use account::{
    AccessToken, Accounts, Caller, DisplayName, Email, EndedSessions, Erasure, Password, PasswordAttempt, PasswordHash,
    RefreshToken, Registration, RegistrationCode, SessionId, TokenId, User, UserCard, UserId, UserRef, Username,
    UsernameKey,
};
pub use async_trait::async_trait;
pub use blocking::Blocking;
pub use chat_session::{ChatKind, ChatSessions, ChatTitle, ChatUri, Member, Role};
pub use error::{DomainError, ErrorKind, StoreError};
pub use export::Exports;
pub use invalid::InvalidValue;
pub use live::{Announcement, Epoch, Membership, Signal, SignalKind, Snapshot, Topic};
pub use log::{Event, EventKind, Seq};
pub use message::{ClientId, Emoji, Message, MessageBody, Messaging};
pub use page::{Page, SeqRange};
pub use search::Search;
