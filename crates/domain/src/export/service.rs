//! Reading all of it, in parts.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{ExportRecord, StoredChat};
use crate::account::{SessionId, UserId};
use crate::blocking::BlockPlace;
use crate::chat_session::{ChatUri, InviteCode};
use crate::ports::{BlockRepository, ExportRepository, UserRepository};
use crate::{Page, Seq, StoreError};

/// How many records are read at once.
const PART: u32 = 200;
/// How many events of a log are looked through at once: so many rows are read, whosever they are.
const STRETCH: u32 = 500;

/// The way to what is stored of somebody.
#[derive(Clone)]
pub struct Exports {
    users: Arc<dyn UserRepository>,
    blocks: Arc<dyn BlockRepository>,
    stored: Arc<dyn ExportRepository>,
}

impl Exports {
    /// The exports of what is kept behind these ports.
    pub fn new(
        users: Arc<dyn UserRepository>,
        blocks: Arc<dyn BlockRepository>,
        stored: Arc<dyn ExportRepository>,
    ) -> Self {
        Self { users, blocks, stored }
    }

    /// All that is stored of a user, to be read part by part.
    pub fn of(&self, user: UserId) -> Export {
        Export { ports: self.clone(), user, step: Step::Account, chats: VecDeque::new() }
    }
}

/// All that is stored of one user, but for what is kept of their password and tokens.
///
/// It is read as it is asked for, a bounded part at a time: what changes meanwhile is in it as it was or as it is, and what
/// nobody touches is in it once.
pub struct Export {
    ports: Exports,
    user: UserId,
    step: Step,
    /// Chats that were read, and whose events are still to come.
    chats: VecDeque<StoredChat>,
}

/// What is to be read next.
#[derive(Clone, Copy)]
enum Step {
    Account,
    Sessions(Option<SessionId>),
    Blocks(Option<BlockPlace>),
    Invites(Option<InviteCode>),
    /// Chats behind this one.
    Chats(Option<ChatUri>),
    /// Events of a chat behind this seq; then those of the chats that were read with it, and then the chats behind.
    Events {
        chat: ChatUri,
        after: Seq,
        behind: Option<ChatUri>,
    },
    End,
}

impl Export {
    /// The next part, which may be empty; nothing, once all was read, or if there is no such account.
    ///
    /// The account comes first, then login sessions, blocks and invites, then each chat and behind it its events.
    ///
    /// # Errors
    /// [`StoreError`]; asking again reads the same part.
    pub async fn next(&mut self) -> Result<Option<Vec<ExportRecord>>, StoreError> {
        let Exports { users, blocks, stored } = self.ports.clone();
        let user = self.user;
        let (records, next) = match self.step {
            Step::Account => match users.find(user).await? {
                None => {
                    self.step = Step::End;
                    return Ok(None);
                }
                Some(user) => (vec![ExportRecord::Account(user)], Step::Sessions(None)),
            },
            Step::Sessions(after) => {
                let page = stored.export_sessions(user, after, PART).await?;
                let next = behind(&page, |session| session.id).map(|last| Step::Sessions(Some(last)));
                (records(page, ExportRecord::Session), next.unwrap_or(Step::Blocks(None)))
            }
            Step::Blocks(after) => {
                let page = blocks.list_blocked(user, after, PART).await?;
                let next = behind(&page, |blocked| blocked.place).map(|last| Step::Blocks(Some(last)));
                (records(page, |blocked| ExportRecord::Blocked(blocked.user)), next.unwrap_or(Step::Invites(None)))
            }
            Step::Invites(after) => {
                let page = stored.export_invites(user, after, PART).await?;
                let next = behind(&page, |stored| stored.invite.code).map(|last| Step::Invites(Some(last)));
                (records(page, ExportRecord::Invite), next.unwrap_or(Step::Chats(None)))
            }
            Step::Chats(after) => {
                let page = stored.export_chats(user, after, PART).await?;
                let last = behind(&page, |chat| chat.uri);
                self.chats = page.items.into();
                self.enter(last)
            }
            Step::Events { chat, after, behind } => {
                let stretch = stored.export_events(chat, user, after, STRETCH).await?;
                let mut records: Vec<_> = stretch.events.into_iter().map(ExportRecord::Event).collect();
                match stretch.looked_to {
                    Some(after) => (records, Step::Events { chat, after, behind }),
                    None => {
                        let (first, next) = self.enter(behind);
                        records.extend(first);
                        (records, next)
                    }
                }
            }
            Step::End => return Ok(None),
        };
        self.step = next;
        Ok(Some(records))
    }

    /// Goes on with the next chat that was read.
    fn enter(&mut self, behind: Option<ChatUri>) -> (Vec<ExportRecord>, Step) {
        match (self.chats.pop_front(), behind) {
            (Some(chat), behind) => {
                let next = Step::Events { chat: chat.uri, after: Seq::START, behind };
                (vec![ExportRecord::Chat(chat)], next)
            }
            (None, Some(last)) => (Vec::new(), Step::Chats(Some(last))),
            (None, None) => (Vec::new(), Step::End),
        }
    }
}

/// The place of the last item, if there are more behind it.
fn behind<T, P>(page: &Page<T>, place: impl Fn(&T) -> P) -> Option<P> {
    page.items.last().filter(|_| page.more).map(place)
}

fn records<T>(page: Page<T>, record: impl Fn(T) -> ExportRecord) -> Vec<ExportRecord> {
    page.items.into_iter().map(record).collect()
}
