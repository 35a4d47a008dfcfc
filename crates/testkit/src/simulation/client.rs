//! A client that keeps the client rule of the contract to the letter.

use std::collections::BTreeMap;

use parlor_delivery::{CloseCode, Done, Frame, Millis, Outcome, Ready, Refusal, Request, SyncPage};
use parlor_domain::account::SessionId;
use parlor_domain::message::Draft;
use parlor_domain::{ChatUri, Epoch, Event, EventKind, Seq, UserRef};

use super::copy::{Applied, Copy};
use super::socket::{Asking, Sent};
use super::watch::Asked;

/// One device of a user, or one stream of a chat's events.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) user: UserRef,
    pub(super) session: SessionId,
    pub(super) token_until: Millis,
    /// The chat that it streams; devices follow all chats.
    pub(super) stream: Option<ChatUri>,
    pub(super) epoch: Option<Epoch>,
    pub(super) copies: BTreeMap<ChatUri, Copy>,
    /// What was not acknowledged yet, by client id.
    pub(super) outbox: BTreeMap<String, (ChatUri, Draft)>,
    pub(super) acknowledged: Vec<(ChatUri, String, Seq)>,
    pub(super) socket: Option<usize>,
    /// It does not come back by itself.
    pub(super) away: bool,
    /// Whether it keeps a chat that it was removed from.
    pub(super) keeps_removed: bool,
    /// Whether it takes the heads that `ready` tells as its first cursors.
    pub(super) begins_at_head: bool,
    /// Whether it answers pings, and renews its token.
    pub(super) answers: bool,
    pub(super) renews: bool,
    pub(super) written: u64,
}

/// What a client wants after a frame.
#[derive(Debug)]
pub(super) enum Wish {
    /// To send this.
    Say(Sent),
    /// To try again later what was refused for now.
    TryLater,
    /// A new token.
    Renew,
    /// The server closed the connection.
    Closed(CloseCode),
    /// To complain: this must not happen.
    Complain(String),
}

impl Client {
    /// Takes a frame.
    pub(super) fn take(&mut self, frame: Frame, asking: &mut Asking) -> Vec<Wish> {
        let mut wishes = Vec::new();
        match frame {
            Frame::Ready(ready) => self.ready(&ready, asking, &mut wishes),
            Frame::Event(event) => self.event(&event.event, asking, &mut wishes),
            Frame::Behind { chat, head, .. } => {
                self.copies.entry(chat).or_insert_with(|| Copy::from(head));
                asking.behind.insert(chat);
                wishes.extend(self.sync(chat, asking));
            }
            Frame::Gone { chat } => self.forget(chat, asking),
            Frame::Reply { id: Some(id), outcome } => {
                if let Some(asked) = asking.open.remove(&*id) {
                    self.reply(asked, outcome, asking, &mut wishes);
                }
            }
            Frame::Ping if self.answers => wishes.push(Wish::Say(Sent::Request(None, Request::Pong, Asked::Other))),
            Frame::AuthExpiring { .. } if self.renews => wishes.push(Wish::Renew),
            Frame::Close(code) => wishes.push(Wish::Closed(code)),
            _ => {}
        }
        wishes
    }

    fn ready(&mut self, ready: &Ready, asking: &mut Asking, wishes: &mut Vec<Wish>) {
        if self.epoch.as_ref() != Some(&ready.epoch) {
            self.copies.clear();
            self.epoch = Some(ready.epoch.clone());
        }
        for chat in &ready.gone {
            self.forget(*chat, asking);
        }
        for chat in &ready.chats {
            if self.begins_at_head {
                self.copies.entry(chat.chat).or_insert_with(|| Copy::from(chat.head));
            }
            if !chat.live {
                asking.behind.insert(chat.chat);
            }
        }
        wishes.extend(self.pending(asking));
    }

    /// Whatever is left to do on this connection: the messages that were not acknowledged, and the chats that are behind.
    pub(super) fn pending(&self, asking: &mut Asking) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for (client_id, (chat, draft)) in &self.outbox {
            if !asking.sends(client_id) {
                let request = Request::Send { chat: *chat, draft: draft.clone() };
                wishes.push(ask(asking, request, Asked::Send(*chat, client_id.clone())));
            }
        }
        for chat in asking.behind.clone() {
            wishes.extend(self.sync(chat, asking));
        }
        wishes
    }

    /// Asks for what comes after the copy, unless that is under way.
    fn sync(&self, chat: ChatUri, asking: &mut Asking) -> Option<Wish> {
        let after = self.copies.get(&chat)?.cursor;
        (!asking.syncs(chat)).then(|| self.read_from(chat, after, asking))
    }

    /// Asks for a part of a log.
    pub(super) fn read_from(&self, chat: ChatUri, after: Seq, asking: &mut Asking) -> Wish {
        let limit = [None, Some(3), Some(50)][usize::try_from(asking.named % 3).unwrap_or(0)];
        ask(asking, Request::Sync { chat, after, limit }, Asked::Sync(chat, after, limit))
    }

    fn forget(&mut self, chat: ChatUri, asking: &mut Asking) {
        self.copies.remove(&chat);
        asking.behind.remove(&chat);
    }

    fn event(&mut self, event: &Event, asking: &mut Asking, wishes: &mut Vec<Wish>) {
        let chat = event.chat;
        let copy = self
            .copies
            .entry(chat)
            .or_insert_with(|| Copy::from(Seq::new(event.seq.get() - 1).expect("events begin at 1")));
        match copy.apply(event) {
            Ok(Applied::Yes | Applied::Known) => {}
            Ok(Applied::Gap) => {
                asking.behind.insert(chat);
                wishes.extend(self.sync(chat, asking));
            }
            Err(wrong) => wishes.push(Wish::Complain(wrong)),
        }
        let ends = match &event.kind {
            EventKind::MemberRemoved(member) => member.user.id == self.user.id,
            EventKind::ChatDeleted => true,
            _ => false,
        };
        if ends && !self.keeps_removed {
            self.forget(chat, asking);
        }
    }

    fn reply(&mut self, asked: Asked, outcome: Outcome, asking: &mut Asking, wishes: &mut Vec<Wish>) {
        match (asked, outcome) {
            (Asked::Send(chat, client_id), Ok(Done::Sent { seq, .. })) => {
                self.outbox.remove(&client_id);
                self.acknowledged.push((chat, client_id, seq));
            }
            (Asked::Send(_, client_id), Err(Refusal::NotFound)) => drop(self.outbox.remove(&client_id)),
            (Asked::Sync(chat, ..), Ok(Done::Page(page))) => self.page(chat, &page, asking, wishes),
            (Asked::Sync(chat, ..), Err(Refusal::NotFound)) => self.forget(chat, asking),
            (Asked::Sync(chat, after, _), Err(Refusal::CursorAhead { head } | Refusal::LogPruned { head, .. })) => {
                // A look into the past says nothing of the copy.
                if self.copies.get(&chat).is_some_and(|copy| copy.cursor == after) {
                    self.copies.insert(chat, Copy::from(head));
                    asking.behind.insert(chat);
                }
                if asking.behind.contains(&chat) {
                    wishes.extend(self.sync(chat, asking));
                }
            }
            (_, Err(Refusal::RateLimited | Refusal::Unavailable)) => wishes.push(Wish::TryLater),
            (Asked::Change(_), Ok(Done::Changed { .. }) | Err(Refusal::NotFound | Refusal::Failed { .. }))
            | (Asked::Other, _) => {}
            (asked, outcome) => wishes.push(Wish::Complain(format!("{asked:?} was answered {outcome:?}"))),
        }
    }

    fn page(&mut self, chat: ChatUri, page: &SyncPage, asking: &mut Asking, wishes: &mut Vec<Wish>) {
        for event in &page.events {
            if let Some(Err(wrong)) = self.copies.get_mut(&chat).map(|copy| copy.apply(&event.event)) {
                wishes.push(Wish::Complain(wrong));
            }
        }
        if page.reached {
            asking.behind.remove(&chat);
        } else if asking.behind.contains(&chat) {
            wishes.extend(self.sync(chat, asking));
        }
    }
}

/// Asks for something by a new name.
pub(super) fn ask(asking: &mut Asking, request: Request, asked: Asked) -> Wish {
    let id = asking.name();
    asking.open.insert(id.clone(), asked.clone());
    Wish::Say(Sent::Request(Some(id), request, asked))
}
