//! A client of a Parlor server: typed calls of its HTTP API, and a stream of all that happens in one's chats, which
//! loses and repeats nothing, whatever breaks in between.
//!
//! [`Parlor`] has a method for each call; [`Parlor::follow`] begins a [`Live`], and [`Sender`] says things over the same
//! connection. Shapes and codes are those of `docs/API.md`, the protocol beneath is that of `docs/LIVE.md`; the client in
//! JavaScript behaves alike. Nothing of the server is in here, and nothing of it is needed.
//!
//! ```no_run
//! use parlor_client::{EventKind, Parlor, Place, Update};
//!
//! # async fn run() -> Result<(), parlor_client::Error> {
//! let parlor = Parlor::new("http://127.0.0.1:8000")?;
//! let me = parlor.log_in("mabel@example.com", "correct horse").await?;
//! let mut live = parlor.follow(Place::default());
//! while let Some(update) = live.next().await {
//!     let Update::Event(event) = update else { continue };
//!     if let EventKind::MessageCreated { message, .. } = &event.kind {
//!         println!("{}: {message}", event.by.username);
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! Whoever keeps [`Live::place`] goes on from there after a restart; whoever sends under a `client_id` that follows from
//! what is answered answers once. `examples/bot.rs` does the latter.
//!
//! A server behind TLS is reached with a TLS feature of `reqwest`, to be named in one's own `Cargo.toml`: calls and live
//! connections go over the same [`reqwest::Client`], which [`Options::http`] can be given.

mod accounts;
mod call;
mod chats;
mod error;
mod export;
mod live;
mod log;
mod members;
mod messages;
mod options;
mod page;
mod parlor;
mod random;
mod renewal;
mod timestamp;
mod tokens;
mod uri;
mod users;

pub use crate::accounts::{Account, Profile, ProfileChange, Session, SignUp};
pub use crate::call::Method;
pub use crate::chats::{Chat, ChatChange, ChatKind, NewGroup, Opened, ReadState};
pub use crate::error::{Error, Refusal};
pub use crate::export::{Export, Record};
pub use crate::live::{
    ChatState, DropReason, End, Live, Place, Ready, ReadyChat, Sender, Sent, Signal, SignalKind, Status, Update,
};
pub use crate::log::{Event, EventKind, LogPage};
pub use crate::members::{Invite, Member, NewInvite, Role};
pub use crate::messages::{Found, Message, Range, SendOptions, Stored};
pub use crate::options::Options;
pub use crate::page::{Link, Page};
pub use crate::parlor::Parlor;
pub use crate::tokens::{InMemory, TokenStore, Tokens};
pub use crate::uri::{ChatUri, NoChatUri};
pub use crate::users::{Card, User};
pub use reqwest::Url;
