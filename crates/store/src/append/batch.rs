//! Storing a batch whatever happens: each message is answered, and a bad one costs the others nothing.

use std::collections::HashMap;
use std::sync::Arc;

use parlor_domain::ports::Notifier;
use parlor_domain::{Announcement, ChatUri, Epoch, Event, StoreError};

use crate::connection::{self, AnyConnection, Connected, Held};
use crate::events::event_of;
use crate::failure::Failure;
use crate::work::NoConnection;

use super::plan::{Chat, Decision, Known, Plan, Question};
use super::{Append, postgres, sqlite};

/// How much is stored in one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// All that waited.
    Batch,
    /// What of it is for one chat.
    Chat,
    /// One message.
    Message,
}

/// How far a transaction came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    Lock,
    Store,
}

/// Why a transaction stored nothing, or why nobody knows whether it did.
#[derive(Debug)]
struct Stopped {
    stage: Stage,
    failure: Failure,
}

impl Stopped {
    fn is_lost(&self) -> bool {
        matches!(self.failure, Failure::Lost(_) | Failure::CommitLost(_))
    }

    /// In which smaller shares to try again what could not be stored in one of this size; none, if that would not help.
    fn smaller_than(&self, size: Size) -> Option<Size> {
        match (size, self.stage) {
            _ if self.is_lost() => None,
            (_, Stage::Begin) | (Size::Message, _) | (Size::Chat, Stage::Lock) => None,
            // A lock that is not to be had, or a row that is refused, is one chat's affair.
            (Size::Batch, Stage::Lock | Stage::Store) => Some(Size::Chat),
            (Size::Chat, Stage::Store) => Some(Size::Message),
        }
    }
}

/// What was committed, and in which life of the database.
struct Stored {
    epoch: Epoch,
    decisions: Vec<Decision>,
}

/// Stores messages, announces them, and answers.
///
/// # Errors
/// [`NoConnection`] if none was to be had; all were refused then.
pub(super) fn store(held: &mut Held, notifier: &dyn Notifier, batch: Vec<Append>) -> Result<(), NoConnection> {
    store_share(held, notifier, batch, Size::Batch)
}

fn store_share(
    held: &mut Held,
    notifier: &dyn Notifier,
    mut share: Vec<Append>,
    size: Size,
) -> Result<(), NoConnection> {
    let stopped = match attempt_surely(held, &mut share, size) {
        Ok(Ok(stored)) => {
            finish(notifier, share, stored);
            return Ok(());
        }
        Ok(Err(stopped)) => stopped,
        Err(error) => {
            refuse(share, error);
            return Err(NoConnection);
        }
    };
    match stopped.smaller_than(size) {
        Some(smaller) if share.len() > 1 => {
            for part in split(share, smaller) {
                store_share(held, notifier, part, smaller)?;
            }
        }
        _ => refuse(share, stopped.failure.into()),
    }
    Ok(())
}

/// Tries to store a share; once more with a new connection, if that is lost. After a commit of which nobody knows
/// whether it happened, the keys tell at the second time.
fn attempt_surely(held: &mut Held, share: &mut [Append], size: Size) -> Result<Result<Stored, Stopped>, StoreError> {
    let result = match attempt(held.get()?, share, size) {
        Err(stopped) if stopped.is_lost() => {
            held.drop_if_lost();
            let in_doubt = matches!(stopped.failure, Failure::CommitLost(_));
            share.iter_mut().for_each(|append| append.in_doubt |= in_doubt);
            attempt(held.get()?, share, size)
        }
        result => result,
    };
    match &result {
        Err(stopped) if stopped.is_lost() => held.drop_if_lost(),
        _ => held.drop_if_broken(),
    }
    Ok(result)
}

fn attempt(connected: &mut Connected, share: &[Append], size: Size) -> Result<Stored, Stopped> {
    let decisions = attempt_on(&mut connected.conn, share, size)?;
    Ok(Stored { epoch: connected.epoch.clone(), decisions })
}

fn attempt_on(conn: &mut AnyConnection, share: &[Append], size: Size) -> Result<Vec<Decision>, Stopped> {
    if let ([append], AnyConnection::Postgres(conn)) = (share, &mut *conn) {
        let stored = postgres::store_one(conn, append);
        if let Some(decision) = stored.map_err(|failure| Stopped { stage: Stage::Lock, failure })? {
            return Ok(vec![decision]);
        }
    }
    let mut stage = Stage::Begin;
    let stored = connection::write(conn, |conn| {
        stage = Stage::Lock;
        if let (AnyConnection::Postgres(conn), Size::Chat | Size::Message) = (&mut *conn, size) {
            postgres::wait_briefly(conn)?;
        }
        let chats = conn.lock(share)?;
        stage = Stage::Store;
        let known = look_up(conn, share, &chats)?;
        let plan = Plan::make(share, &chats, known)?;
        if !plan.rows.is_empty() {
            conn.store(&plan)?;
        }
        Ok(plan.decisions)
    });
    stored.map_err(|failure| Stopped { stage, failure })
}

/// What the database knows of each message; nothing of one to an unknown chat, or by somebody who is not in it.
fn look_up(
    conn: &mut AnyConnection,
    share: &[Append],
    chats: &HashMap<String, Chat>,
) -> Result<Vec<Option<Known>>, Failure> {
    let (mut places, mut questions) = (Vec::with_capacity(share.len()), Vec::with_capacity(share.len()));
    for (place, append) in share.iter().enumerate() {
        if let Some(chat) = chats.get(&append.uri) {
            places.push(place);
            questions.push(append.question(chat.id));
        }
    }
    let mut known = vec![None; share.len()];
    for (place, found) in places.into_iter().zip(conn.look_up(&questions)?) {
        known[place] = found;
    }
    Ok(known)
}

/// The three steps, as each database takes them.
impl AnyConnection {
    fn lock(&mut self, share: &[Append]) -> Result<HashMap<String, Chat>, Failure> {
        let mut uris: Vec<&str> = share.iter().map(|append| append.uri.as_str()).collect();
        uris.sort_unstable();
        uris.dedup();
        match self {
            Self::Postgres(conn) => postgres::lock(conn, &uris),
            Self::Sqlite(conn) => sqlite::find(conn, &uris),
        }
    }

    fn look_up(&mut self, questions: &[Question<'_>]) -> Result<Vec<Option<Known>>, Failure> {
        match self {
            _ if questions.is_empty() => Ok(Vec::new()),
            Self::Postgres(conn) => postgres::look_up(conn, questions),
            Self::Sqlite(conn) => sqlite::look_up(conn, questions),
        }
    }

    fn store(&mut self, plan: &Plan<'_>) -> Result<(), Failure> {
        match self {
            Self::Postgres(conn) => postgres::store(conn, plan),
            Self::Sqlite(conn) => sqlite::store(conn, plan),
        }
    }
}

/// Announces what was stored, once per chat, and answers everybody.
fn finish(notifier: &dyn Notifier, share: Vec<Append>, Stored { epoch, decisions }: Stored) {
    let mut news: Vec<(ChatUri, Vec<Arc<Event>>)> = Vec::new();
    let mut places: HashMap<ChatUri, usize> = HashMap::new();
    for (append, decision) in share.iter().zip(&decisions) {
        let (Ok(sent), true) = (&decision.answer, decision.is_news) else { continue };
        let chat = append.message.chat;
        let place = *places.entry(chat).or_insert_with(|| {
            news.push((chat, Vec::new()));
            news.len() - 1
        });
        news[place].1.push(Arc::new(event_of(chat, &sent.message)));
    }
    for (chat, events) in news {
        notifier.announce(Announcement { epoch: epoch.clone(), chat, events });
    }
    for (mut append, decision) in share.into_iter().zip(decisions) {
        append.reply.answer(Ok(decision.answer));
    }
}

/// The same messages in shares of this size, those of one chat in their order.
fn split(share: Vec<Append>, size: Size) -> Vec<Vec<Append>> {
    if size == Size::Message {
        return share.into_iter().map(|append| vec![append]).collect();
    }
    let mut parts: Vec<Vec<Append>> = Vec::new();
    let mut places: HashMap<ChatUri, usize> = HashMap::new();
    for append in share {
        let place = *places.entry(append.message.chat).or_insert_with(|| {
            parts.push(Vec::new());
            parts.len() - 1
        });
        parts[place].push(append);
    }
    parts
}

/// Answers that nothing was stored, or that nobody knows.
fn refuse(share: Vec<Append>, error: StoreError) {
    let corrupt = matches!(error, StoreError::Corrupt(_));
    let error = Arc::new(error);
    for mut append in share {
        let source = Shared(error.clone());
        append.reply.answer(Err(if corrupt { StoreError::corrupt(source) } else { StoreError::unavailable(source) }));
    }
}

/// Refuses messages that wait for a connection which is not to be had.
pub(super) fn refuse_waiting(append: Append) {
    refuse(vec![append], StoreError::unavailable("the database cannot be reached"));
}

/// One error for several callers.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Shared(#[source] Arc<StoreError>);
