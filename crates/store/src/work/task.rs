//! One call's work for a database thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use parlor_domain::StoreError;

use crate::connection::{Connected, Held};
use crate::failure::Failure;

/// Where a call waits for its answer.
#[derive(Debug)]
pub(crate) struct Reply<T>(Option<oneshot::Sender<Result<T, StoreError>>>);

impl<T> Reply<T> {
    /// A way to answer, and where the answer comes.
    pub(crate) fn new() -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Some(sender)), receiver)
    }

    /// Answers, once. Nobody may be there to hear it.
    pub(crate) fn answer(&mut self, result: Result<T, StoreError>) {
        if let Some(sender) = self.0.take() {
            drop(sender.send(result));
        }
    }

    /// Whether nobody waits for the answer any more.
    pub(crate) fn is_unwanted(&self) -> bool {
        self.0.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

/// What came of trying a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered.
    Answered,
    /// The connection was lost before anything was stored: it can be tried again on another.
    Lost,
}

/// Work that a database thread does with its connection.
pub(crate) trait Task: Send {
    /// Does it. `last` is set when it will not be tried again: then it answers whatever comes of it.
    fn run(&mut self, connected: &mut Connected, last: bool) -> Outcome;

    /// Answers that it was not done.
    fn refuse(&mut self, error: StoreError);

    /// Whether nobody would notice if it were not done.
    fn is_idle(&self) -> bool;
}

/// A task made of a function, whose result is the answer.
pub(crate) struct Work<T, F> {
    work: F,
    reply: Reply<T>,
    reads_only: bool,
}

impl<T, F> Work<T, F>
where
    F: FnMut(&mut Connected) -> Result<T, Failure>,
{
    /// Something that only reads: nobody minds if it is left out once its caller is gone.
    pub(crate) fn reading(work: F, reply: Reply<T>) -> Self {
        Self { work, reply, reads_only: true }
    }

    /// Something that writes.
    pub(crate) fn writing(work: F, reply: Reply<T>) -> Self {
        Self { work, reply, reads_only: false }
    }
}

impl<T, F> Task for Work<T, F>
where
    T: Send,
    F: FnMut(&mut Connected) -> Result<T, Failure> + Send,
{
    fn run(&mut self, connected: &mut Connected, last: bool) -> Outcome {
        match (self.work)(connected) {
            Err(Failure::Lost(_)) if !last => Outcome::Lost,
            result => {
                self.reply.answer(result.map_err(StoreError::from));
                Outcome::Answered
            }
        }
    }

    fn refuse(&mut self, error: StoreError) {
        self.reply.answer(Err(error));
    }

    fn is_idle(&self) -> bool {
        self.reads_only && self.reply.is_unwanted()
    }
}

/// Does a task with the held connection; once more with a new one, if that is lost. Answers in any case.
///
/// # Errors
/// [`NoConnection`] if there was none; the task was refused then.
pub(crate) fn do_surely(held: &mut Held, task: &mut dyn Task) -> Result<(), NoConnection> {
    if task.is_idle() {
        return Ok(());
    }
    for last in [false, true] {
        let connected = match held.get() {
            Ok(connected) => connected,
            Err(error) => {
                task.refuse(error);
                return Err(NoConnection);
            }
        };
        // A defect in one call's work must not cost the others their thread.
        let outcome = catch_unwind(AssertUnwindSafe(|| task.run(connected, last)));
        match outcome {
            Ok(Outcome::Lost) => held.drop_if_lost(),
            Ok(Outcome::Answered) => {
                held.drop_if_broken();
                return Ok(());
            }
            Err(_) => {
                task.refuse(StoreError::corrupt("the work on the database panicked"));
                held.drop_if_broken();
                return Ok(());
            }
        }
    }
    Ok(())
}

/// No connection was to be had in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoConnection;
