//! What is said over the socket.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Place, Ready, Signal};
use crate::error::{Refusal, seconds};
use crate::{ChatUri, Event};

/// The cursors that fit into the first frame, 64 KiB.
pub(super) const HELLO_CURSORS: usize = 1000;

/// What the server says.
#[derive(Debug)]
pub(super) enum Frame {
    Ready(Ready),
    Event(Event),
    Signal(Signal),
    Behind(Behind),
    Gone(ChatUri),
    Reply(Reply),
    Ping,
    AuthExpiring,
    Bye(Option<Duration>),
    /// Pongs, and what this client does not know.
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct Behind {
    pub(super) chat: ChatUri,
    pub(super) head: u64,
}

/// The answer to a request.
#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) result: Value,
    pub(super) error: Option<Box<Refusal>>,
}

/// A part of a log.
#[derive(Debug, Deserialize)]
pub(super) struct SyncPage {
    pub(super) events: Vec<Event>,
    pub(super) reached: bool,
}

impl Frame {
    /// Reads a frame; an error is a server that this client does not understand.
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Type {
            r#type: String,
        }
        #[derive(Deserialize)]
        struct Gone {
            chat: ChatUri,
        }
        #[derive(Deserialize)]
        struct Bye {
            #[serde(default, deserialize_with = "seconds")]
            retry_after: Option<Duration>,
        }
        fn all<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
            serde_json::from_str(text)
        }
        Ok(match all::<Type>(text)?.r#type.as_str() {
            "ready" => Self::Ready(all(text)?),
            "event" => Self::Event(all(text)?),
            "signal" => Self::Signal(all(text)?),
            "behind" => Self::Behind(all(text)?),
            "gone" => Self::Gone(all::<Gone>(text)?.chat),
            "reply" => Self::Reply(all(text)?),
            "ping" => Self::Ping,
            "auth.expiring" => Self::AuthExpiring,
            "bye" => Self::Bye(all::<Bye>(text)?.retry_after),
            _ => Self::Other,
        })
    }
}

impl Reply {
    pub(super) fn outcome(self) -> Result<Value, Box<Refusal>> {
        self.error.map_or(Ok(self.result), Err)
    }
}

/// The first frame, and the chats whose cursors are in it.
pub(super) fn hello(place: &Place) -> (String, Vec<ChatUri>) {
    let mut cursors = place.cursors();
    let latest = cursors.split_off(cursors.len().saturating_sub(HELLO_CURSORS));
    let said = latest.iter().map(|(chat, _)| *chat).collect();
    let cursors: serde_json::Map<_, _> = latest.into_iter().map(|(chat, seq)| (chat.to_string(), seq.into())).collect();
    let mut frame = json!({"type": "hello", "cursors": cursors});
    if let Some(epoch) = place.epoch() {
        frame["epoch"] = epoch.into();
    }
    (frame.to_string(), said)
}
