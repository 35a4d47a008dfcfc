//! Live delivery: following all chats of a user, and saying things over the same connection.

mod driver;
mod follower;
mod frame;
mod hearing;
mod mailbox;
mod outbox;
mod place;
mod sender;
mod socket;
mod syncs;
mod update;

#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::driver::Driver;
use self::follower::Follower;
use self::mailbox::Mailbox;
pub use self::place::Place;
pub use self::sender::{Sender, Sent};
pub use self::update::{ChatState, DropReason, End, Ready, ReadyChat, Signal, SignalKind, Status, Update};
use crate::{Parlor, random};

/// Follows all chats of a user until it is dropped, or [ends](Status::Ended) by itself. A [`Stream`] of [`Update`]s.
///
/// Whatever breaks in between, every event comes once, and in the order of its chat. Bots may take their time: while
/// [`Options::queue`](crate::Options::queue) updates wait to be taken, further events stay on the server and are fetched
/// when half of those are gone; signals are left out. So memory is bounded, the connection stays alive, and
/// [`Sender::send`] can be awaited where updates are taken. (What a full queue still takes is rare: what
/// is told at a connecting, what is dropped, the first event of a chat.)
pub struct Live {
    mailbox: Arc<Mailbox>,
    sender: Sender,
    place: Place,
    task: JoinHandle<()>,
}

impl Live {
    pub(crate) fn begin(parlor: Parlor, place: Place) -> Self {
        let options = &parlor.inner.options;
        let mailbox = Arc::new(Mailbox::new(options.queue));
        let follower = Follower::new(place.clone(), options.waits, options.catch_up, random::fraction);
        let (commands, receiver) = mpsc::unbounded_channel();
        let task = tokio::spawn(Driver::new(parlor, follower, mailbox.clone(), receiver).run());
        Self { mailbox, sender: Sender { commands }, place, task }
    }

    /// The next update; none after the end.
    pub async fn next(&mut self) -> Option<Update> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    /// What says things over the same connection.
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// The place right behind the update that was taken last.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Update>> {
        let update = ready!(self.mailbox.take(context));
        update.iter().for_each(|update| self.place.note(update));
        Poll::Ready(update)
    }
}

impl Stream for Live {
    type Item = Update;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Update>> {
        self.poll(context)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("place", &self.place).finish_non_exhaustive()
    }
}
