//! The task that performs what the follower asks for.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::follower::{Ask, Follower, Output};
use super::mailbox::Mailbox;
use super::outbox::Outgoing;
use super::socket::{Closed, Socket};
use crate::{ChatUri, Error, Parlor};

/// What whoever follows wants.
#[derive(Debug)]
pub(super) enum Command {
    Send(ChatUri, Outgoing),
    Ask(Ask),
    Reconnect,
}

type Doing<T> = Option<Pin<Box<dyn Future<Output = T> + Send>>>;

/// Drives a follower.
pub(super) struct Driver {
    parlor: Parlor,
    follower: Follower,
    mailbox: Arc<Mailbox>,
    commands: mpsc::UnboundedReceiver<Command>,
    begun: Instant,
    /// Whose turn it was, and the token, when it last connected.
    turn: u64,
    access: String,
    connecting: Doing<Result<Box<Socket>, Closed>>,
    socket: Option<Box<Socket>>,
    renewing: Doing<Result<String, Error>>,
}

/// What happens next.
enum Happening {
    Connected(Result<Box<Socket>, Closed>),
    Heard(Result<String, Closed>),
    Renewed(Result<String, Error>),
    Commanded(Command),
    Room,
    Time,
}

impl Driver {
    pub(super) fn new(
        parlor: Parlor,
        follower: Follower,
        mailbox: Arc<Mailbox>,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let (begun, turn, access) = (Instant::now(), 0, String::new());
        let (connecting, socket, renewing) = (None, None, None);
        Self { parlor, follower, mailbox, commands, begun, turn, access, connecting, socket, renewing }
    }

    /// Follows until it ends.
    pub(super) async fn run(mut self) {
        loop {
            while let Some(output) = self.follower.poll() {
                self.perform(output);
            }
            if self.follower.has_ended() {
                return self.mailbox.end();
            }
            if self.follower.has_room() != self.mailbox.has_room() {
                self.follower.room(self.mailbox.has_room());
                continue;
            }
            let happening = self.next().await;
            self.tell(happening);
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Connect => self.connect(),
            Output::Say(frame) => {
                if let Some(socket) = &mut self.socket {
                    socket.say(frame);
                }
            }
            Output::Disconnect => {
                (self.connecting, self.socket) = (None, None);
                self.parlor.failed(self.turn);
            }
            Output::Renew => {
                let (parlor, stale) = (self.parlor.clone(), self.access.clone());
                self.renewing = Some(Box::pin(async move { parlor.renew(&stale).await }));
            }
            Output::Forget => self.parlor.inner.options.tokens.save(None),
            Output::Tell(update) => self.mailbox.put(update),
        }
    }

    fn connect(&mut self) {
        let Some(tokens) = self.parlor.tokens() else { return self.follower.is_signed_out() };
        self.access = tokens.access;
        let (http, access) = (self.parlor.inner.http.clone(), self.access.clone());
        let address = self.parlor.address("live/");
        self.turn = address.as_ref().map_or(self.turn, |(turn, _)| *turn);
        self.connecting = Some(Box::pin(async move {
            let (_, url) = address.map_err(|_| None)?;
            Socket::connect(&http, url, &access).await
        }));
    }

    async fn next(&mut self) -> Happening {
        let deadline = self.follower.deadline().map(|deadline| self.begun + deadline);
        tokio::select! {
            connected = done(&mut self.connecting) => Happening::Connected(connected),
            heard = hear(&mut self.socket) => Happening::Heard(heard),
            renewed = done(&mut self.renewing) => Happening::Renewed(renewed),
            Some(command) = self.commands.recv() => Happening::Commanded(command),
            () = self.mailbox.empties() => Happening::Room,
            () = sleep_until(deadline.unwrap_or(self.begun)), if deadline.is_some() => Happening::Time,
        }
    }

    fn tell(&mut self, happening: Happening) {
        let now: Duration = self.begun.elapsed();
        match happening {
            Happening::Connected(Ok(socket)) => {
                self.socket = Some(socket);
                self.follower.opened();
            }
            Happening::Connected(Err(closed)) | Happening::Heard(Err(closed)) => self.follower.closed(closed, now),
            Happening::Heard(Ok(frame)) => self.follower.heard(&frame, now),
            Happening::Renewed(outcome) => {
                if let Ok(access) = &outcome {
                    self.access.clone_from(access);
                }
                self.follower.renewed(outcome, now);
            }
            Happening::Commanded(Command::Send(chat, message)) => self.follower.send(chat, message),
            Happening::Commanded(Command::Ask(ask)) => self.follower.ask(ask),
            Happening::Commanded(Command::Reconnect) => self.follower.reconnect(now),
            Happening::Room => {}
            Happening::Time => self.follower.tick(now),
        }
    }
}

/// Waits until something that is being done is done; for ever if there is nothing.
async fn done<T>(doing: &mut Doing<T>) -> T {
    match doing {
        Some(future) => {
            let outcome = future.await;
            *doing = None;
            outcome
        }
        None => std::future::pending().await,
    }
}

/// Waits until something is heard; for ever if there is no connection.
async fn hear(socket: &mut Option<Box<Socket>>) -> Result<String, Closed> {
    match socket {
        Some(socket) => socket.hear().await,
        None => std::future::pending().await,
    }
}
