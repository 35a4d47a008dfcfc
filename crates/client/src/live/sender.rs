//! What is said by whoever follows.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::driver::Command;
use super::follower::{Answer, Ask, Outcome};
use super::outbox::Outgoing;
use crate::error::Refusal;
use crate::{ChatUri, Error, ReadState, SendOptions, random};

/// A frame may have 64 KiB; what it begins and ends with takes a little of that.
const MAX_FIELD_BYTES: usize = 64 * 1024 - 256;

/// Says things over the live connection. Cheap to clone; it works as long as its [`Live`](super::Live) follows.
///
/// Dropping what a method returned takes nothing back.
#[derive(Debug, Clone)]
pub struct Sender {
    pub(super) commands: mpsc::UnboundedSender<Command>,
}

/// A message that was stored over a live connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Sent {
    /// The seq of the event that made it.
    pub seq: u64,
    /// Whether it was stored before, under the same `client_id`.
    pub duplicate: bool,
}

#[derive(Deserialize)]
struct Changed {
    seq: Option<u64>,
}

impl Sender {
    /// Sends a message: resolves once it is stored, over however many connections that takes. Messages to one chat are
    /// stored in the order of the calls, of this method, not of when the futures are awaited.
    ///
    /// # Errors
    /// [`Error::Refused`] if the server refuses it for good, [`Error::Ended`] if following ends before.
    pub fn send(&self, chat: ChatUri, message: &str) -> impl Future<Output = Result<Sent, Error>> + Send + use<> {
        self.send_with(chat, message, SendOptions::default())
    }

    /// The same with options. Whoever keeps the `client_id` can go on sending after a restart.
    ///
    /// # Errors
    /// As above.
    pub fn send_with(
        &self,
        chat: ChatUri,
        message: &str,
        options: SendOptions,
    ) -> impl Future<Output = Result<Sent, Error>> + Send + use<> {
        let client_id = options.client_id.unwrap_or_else(random::client_id);
        let fields = json!({"chat": chat, "message": message, "client_id": client_id, "reply_to": options.reply_to});
        outcome(self.command(fields, |fields, answer| Command::Send(chat, Outgoing { fields, answer })))
    }

    /// Gives a message of one's own another text. The seq of the event that tells of it; none if it was so already.
    ///
    /// # Errors
    /// [`Error::Disconnected`] if there is no connection, or it breaks before the reply; otherwise as above. Asking again
    /// does no harm.
    pub async fn edit(&self, chat: ChatUri, seq: u64, message: &str) -> Result<Option<u64>, Error> {
        let changed = self.request("edit", json!({"chat": chat, "seq": seq, "message": message}));
        changed.await.map(|changed: Changed| changed.seq)
    }

    /// Deletes a message of one's own; as owner or admin of a group, anybody's.
    ///
    /// # Errors
    /// As for [`edit`](Self::edit).
    pub async fn delete(&self, chat: ChatUri, seq: u64) -> Result<Option<u64>, Error> {
        self.request("delete", json!({"chat": chat, "seq": seq})).await.map(|changed: Changed| changed.seq)
    }

    /// Puts an emoji under a message, or takes one's own away.
    ///
    /// # Errors
    /// As for [`edit`](Self::edit).
    pub async fn react(&self, chat: ChatUri, seq: u64, emoji: &str, on: bool) -> Result<Option<u64>, Error> {
        let changed = self.request("react", json!({"chat": chat, "seq": seq, "emoji": emoji, "on": on}));
        changed.await.map(|changed: Changed| changed.seq)
    }

    /// Marks a chat as read up to here; only forward, and no further than the head.
    ///
    /// # Errors
    /// As for [`edit`](Self::edit).
    pub async fn mark_read(&self, chat: ChatUri, seq: u64) -> Result<ReadState, Error> {
        self.request("read", json!({"chat": chat, "seq": seq})).await
    }

    /// Shows the others for a moment that one writes, or that one has stopped.
    ///
    /// # Errors
    /// As for [`edit`](Self::edit).
    pub async fn typing(&self, chat: ChatUri, on: bool) -> Result<(), Error> {
        self.request::<Value>("typing", json!({"chat": chat, "on": on})).await.map(drop)
    }

    /// Any request of `docs/LIVE.md`, made once over the connection that is open, and its result.
    ///
    /// # Errors
    /// As for [`edit`](Self::edit).
    pub fn request<T: DeserializeOwned>(
        &self,
        kind: &str,
        fields: Value,
    ) -> impl Future<Output = Result<T, Error>> + Send + use<T> {
        let kind = kind.to_owned();
        outcome(self.command(fields, |fields, answer| Command::Ask(Ask { kind, fields, answer })))
    }

    /// Connects now instead of waiting; asks a connection that is open for a sign of life, and gives it up after 5 s
    /// without. For whoever knows that the network is back, or may be gone.
    pub fn reconnect(&self) {
        let _ = self.commands.send(Command::Reconnect);
    }

    /// Gives a command, unless it is too large to be said; what is returned waits for the outcome.
    fn command(&self, fields: Value, command: impl FnOnce(Value, Answer) -> Command) -> oneshot::Receiver<Outcome> {
        let (answer, outcome) = oneshot::channel();
        if fields.to_string().len() > MAX_FIELD_BYTES {
            let _ = answer.send(Err(Refusal::too_large().into()));
        } else {
            // Without anybody to take it, it is dropped, and so is the answer.
            let _ = self.commands.send(command(fields, answer));
        }
        outcome
    }
}

/// Waits for the outcome of a command.
async fn outcome<T: DeserializeOwned>(outcome: oneshot::Receiver<Outcome>) -> Result<T, Error> {
    let result = outcome.await.unwrap_or(Err(Error::Ended))?;
    Ok(serde_json::from_value(result)?)
}
