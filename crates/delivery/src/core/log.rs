//! Parts of the log: holes are filled with them, and those who are behind catch up by them.
//!
//! One reading of a chat's log is under way at a time, and serves everybody who waits for a part that it holds: however
//! many connections are behind, they cause few readings.

use parlor_domain::{ChatUri, Seq};

use super::chat::{Reading, Waiter, WaitsFor};
use super::connection::{Mode, Wish};
use super::{Asked, Core, broken};
use crate::{
    Answer, BehindReason, CloseCode, ConnectionId, Done, LiveEvent, LivePage, Millis, Output, Refusal, SyncPage, Ticket,
};

/// A page, and where it began.
pub(super) struct Page<'a> {
    after: Seq,
    page: &'a LivePage,
}

/// What came of looking after a waiter.
enum Served {
    /// It waits no more.
    Done,
    /// It waits for room in its connection's queue.
    Full,
    /// It waits for what comes after this seq.
    Needs(Seq),
    /// It waits for word on its membership, or for an answer that has to come first.
    Doubts,
}

impl Core {
    pub(super) fn log_read(&mut self, uri: ChatUri, ticket: Ticket, answer: Answer, now: Millis) {
        let Some(chat) = self.chats.get_mut(&uri) else { return };
        let Some(reading) = chat.reading.take_if(|reading| reading.ticket == ticket) else { return };
        let page = match answer {
            Answer::Log(snapshot) if self.is_present_life(&snapshot.epoch) => snapshot.value,
            _ => {
                self.later.insert(uri, ());
                return;
            }
        };
        let Some(page) = page.filter(|page| page.head >= reading.head) else {
            // What had been stored is not there any more.
            self.begin_anew(None, now);
            return;
        };
        self.take_page(uri, &page, now);
        self.serve(uri, Some(&Page { after: reading.after, page: &page }), now);
    }

    /// Applies what a page tells of the chat, and of its next events.
    fn take_page(&mut self, uri: ChatUri, page: &LivePage, now: Millis) {
        let Some(chat) = self.chats.get_mut(&uri) else { return };
        chat.head = chat.head.max(page.head);
        chat.floor = chat.floor.max(page.floor);
        if chat.last.next() < chat.floor && chat.last < chat.head {
            self.give_up_hole(uri, now);
        }
        for event in &page.events {
            if self.chats.get(&uri).is_some_and(|chat| event.event.seq == chat.last.next()) {
                self.apply(uri, event, now);
            }
        }
        self.apply_what_came_early(uri, now);
    }

    /// The log no longer holds what comes next: all who are live are behind, and go on behind the hole. Who was a member
    /// in between is asked anew.
    fn give_up_hole(&mut self, uri: ChatUri, now: Millis) {
        let Some(chat) = self.chats.get_mut(&uri) else { return };
        let last = Seq::new(chat.floor.get() - 1).unwrap_or(Seq::START);
        chat.jump(last);
        let (head, subscribers) = (chat.head, chat.subscribers.clone());
        for slot in subscribers {
            let Some(connection) = self.connections.at_mut(slot) else { continue };
            let (id, user, stream) =
                (connection.id, connection.identity.as_ref().map(|i| i.user.id), connection.stream);
            let Some(entry) = connection.chats.get(&uri) else { continue };
            let (missed, in_doubt) = (entry.cursor < last, entry.known < last);
            if stream.is_some() && (missed || in_doubt) {
                self.begin_closing(id, CloseCode::Restart, now);
                continue;
            }
            if missed && entry.mode != Mode::Behind {
                self.fall_behind(id, uri, head, BehindReason::Overflow, now);
            }
            if let Some(user) = user.filter(|_| in_doubt) {
                self.load_membership(user, uri);
            }
        }
    }

    /// Has a connection handed everything from its cursor on, as soon as possible.
    pub(super) fn catch_up(&mut self, id: ConnectionId, uri: ChatUri, bounded: bool) {
        let Some(entry) = self.connections.get_mut(id).and_then(|c| c.chats.get_mut(&uri)) else { return };
        entry.mode = Mode::CatchingUp { bounded };
        if let Some(chat) = self.chats.get_mut(&uri) {
            chat.waiters.push_back(Waiter { connection: id, wish: WaitsFor::CatchUp });
        }
    }

    /// Looks after everybody who waits for a part of the log, and reads what is missing.
    pub(super) fn serve(&mut self, uri: ChatUri, page: Option<&Page<'_>>, now: Millis) {
        let Some(chat) = self.chats.get_mut(&uri) else { return };
        let mut needs = None;
        for waiter in std::mem::take(&mut chat.waiters) {
            let served = match waiter.wish {
                WaitsFor::CatchUp => self.serve_catch_up(uri, waiter.connection, page, now),
                WaitsFor::Sync { request, after, limit } => {
                    self.serve_sync(uri, waiter.connection, (request, after, limit), page, now)
                }
            };
            let again = match served {
                Served::Done => false,
                Served::Doubts => true,
                Served::Full => {
                    self.wait_for_room(waiter.connection, uri);
                    true
                }
                Served::Needs(after) => {
                    needs = needs.or(Some(after));
                    true
                }
            };
            if let Some(chat) = self.chats.get_mut(&uri).filter(|_| again) {
                chat.waiters.push_back(waiter);
            }
        }
        self.read_on(uri, needs);
        self.forget_if_idle(uri);
    }

    fn wait_for_room(&mut self, id: ConnectionId, uri: ChatUri) {
        if let Some(connection) = self.connections.get_mut(id).filter(|c| !c.wants_room.contains(&uri)) {
            connection.wants_room.push(uri);
        }
    }

    /// Reads the hole, or what a waiter needs: turn by turn, if there are both.
    fn read_on(&mut self, uri: ChatUri, needs: Option<Seq>) {
        let limit = self.limits.log_page;
        let Some(chat) = self.chats.get_mut(&uri).filter(|chat| chat.reading.is_none()) else { return };
        let hole = (chat.head > chat.last && !chat.subscribers.is_empty()).then_some(chat.last);
        let after = match (hole, needs) {
            (Some(hole), Some(needs)) => {
                if chat.hole_was_read {
                    needs
                } else {
                    hole
                }
            }
            (hole, needs) => match hole.or(needs) {
                Some(after) => after,
                None => return,
            },
        };
        chat.hole_was_read = hole == Some(after);
        let head = chat.head;
        let ticket = self.ask(Asked::Log { chat: uri }, |ticket| Output::ReadLog { ticket, chat: uri, after, limit });
        if let Some(chat) = self.chats.get_mut(&uri) {
            chat.reading = Some(Reading { ticket, after, head });
        }
    }

    /// Hands a connection everything from its cursor on, as far as it is at hand and there is room.
    fn serve_catch_up(&mut self, uri: ChatUri, id: ConnectionId, page: Option<&Page<'_>>, now: Millis) -> Served {
        let unbounded = broken!(self, UnboundedQueue);
        loop {
            let Some(chat) = self.chats.get(&uri) else { return Served::Done };
            let Some(connection) = self.connections.get_mut(id) else { return Served::Done };
            let is_stream = connection.stream.is_some();
            let Some(entry) = connection.chats.get_mut(&uri) else { return Served::Done };
            let Mode::CatchingUp { bounded } = entry.mode else { return Served::Done };
            if entry.cursor >= chat.last {
                entry.mode = Mode::Live;
                return Served::Done;
            }
            if entry.known < chat.last {
                return Served::Doubts;
            }
            if entry.cursor.next() < chat.floor {
                let head = chat.head;
                if is_stream {
                    self.begin_closing(id, CloseCode::Restart, now);
                } else {
                    self.fall_behind(id, uri, head, BehindReason::Resume, now);
                }
                return Served::Done;
            }
            let cursor = entry.cursor;
            let Some(event) = event_after(chat, page, cursor) else { return Served::Needs(cursor) };
            if connection.answers_before(&event.event) {
                return Served::Doubts;
            }
            let Some(entry) = connection.chats.get_mut(&uri) else { return Served::Done };
            let size = event.wire.len();
            if bounded && size > connection.resume_bytes {
                let head = chat.head;
                self.fall_behind(id, uri, head, BehindReason::Resume, now);
                return Served::Done;
            }
            if !connection.queue.has_room(size, &self.limits) && !unbounded {
                return Served::Full;
            }
            entry.cursor = event.event.seq;
            if bounded {
                connection.resume_bytes -= size;
            }
            let event = event.clone();
            self.push_event(id, &event, now);
        }
    }

    /// Answers a `sync`, if what it asks for is at hand and there is room.
    fn serve_sync(
        &mut self,
        uri: ChatUri,
        id: ConnectionId,
        (request, after, limit): (Ticket, Seq, u32),
        page: Option<&Page<'_>>,
        now: Millis,
    ) -> Served {
        let Some(chat) = self.chats.get(&uri) else { return Served::Done };
        let Some(connection) = self.connections.get(id) else { return Served::Done };
        if !connection.open.iter().any(|open| open.ticket == request) {
            return Served::Done;
        }
        if !connection.chats.contains_key(&uri) {
            self.answer_request(id, request, Err(Refusal::NotFound), now);
            return Served::Done;
        }
        let Some(entry) = connection.chats.get(&uri) else { return Served::Done };
        if entry.known < chat.last {
            return Served::Doubts;
        }
        if entry.mode == Mode::Live && entry.cursor > chat.last && after <= chat.last {
            // It is live from beyond a hole: to say now that a page reaches the head would take it back.
            return Served::Doubts;
        }
        if after > chat.last {
            // Either the core has not seen it yet, or it is of another life: the log knows.
            return match page.filter(|page| page.after == after) {
                Some(page) if page.page.head < after => {
                    let refusal = Refusal::CursorAhead { head: page.page.head };
                    self.answer_request(id, request, Err(refusal), now);
                    Served::Done
                }
                Some(_) => Served::Needs(chat.last),
                None => Served::Needs(after),
            };
        }
        if after.next() < chat.floor {
            let refusal = Refusal::LogPruned { floor: chat.floor, head: chat.head };
            self.answer_request(id, request, Err(refusal), now);
            return Served::Done;
        }
        let mut events = self.page_of(uri, after, limit, page);
        if events.is_empty() && after < chat.last {
            return Served::Needs(after);
        }
        let shown = self.answer_senders(id, &events, now);
        if shown == 0 && !events.is_empty() {
            return Served::Doubts;
        }
        events.truncate(shown);
        let Some(connection) = self.connections.get(id) else { return Served::Done };
        let size = events.iter().map(|event| event.wire.len()).sum();
        if !connection.queue.has_room(size, &self.limits) && !broken!(self, UnboundedQueue) {
            return Served::Full;
        }
        self.answer_sync(uri, id, request, after, events, now);
        Served::Done
    }

    /// Gives the answers to `send` that have to come before these events. How many of the events may be shown now: one
    /// that is later than an answer that is not known yet may not.
    fn answer_senders(&mut self, id: ConnectionId, events: &[LiveEvent], now: Millis) -> usize {
        for (shown, event) in events.iter().enumerate() {
            if self.connections.get(id).is_some_and(|connection| connection.answers_before(&event.event)) {
                return shown;
            }
            self.answer_sender(id, &event.event, now);
        }
        events.len()
    }

    /// What is at hand after a seq, within the bounds of one answer.
    fn page_of(&self, uri: ChatUri, after: Seq, limit: u32, page: Option<&Page<'_>>) -> Vec<LiveEvent> {
        let Some(chat) = self.chats.get(&uri) else { return Vec::new() };
        let (mut events, mut cursor, mut size) = (Vec::new(), after, 0);
        while events.len() < limit as usize {
            let Some(event) = event_after(chat, page, cursor) else { break };
            size += event.wire.len();
            if size > self.limits.sync_bytes && !events.is_empty() {
                break;
            }
            cursor = event.event.seq;
            events.push(event.clone());
        }
        events
    }

    fn answer_sync(
        &mut self,
        uri: ChatUri,
        id: ConnectionId,
        request: Ticket,
        after: Seq,
        events: Vec<LiveEvent>,
        now: Millis,
    ) {
        let Some(chat) = self.chats.get(&uri) else { return };
        let (last, head, floor) = (chat.last, chat.head, chat.floor);
        let end = events.last().map_or(after, |event| event.event.seq);
        let reached = end == last;
        let Some(entry) = self.connections.get_mut(id).and_then(|c| c.chats.get_mut(&uri)) else { return };
        if reached {
            entry.mode = Mode::Live;
            entry.cursor = last;
        }
        let head = if reached { last } else { head };
        let page = SyncPage { events, head, floor, reached };
        self.answer_request(id, request, Ok(Done::Page(page)), now);
    }

    /// Opens a `sync`.
    pub(super) fn wait_for_page(&mut self, id: ConnectionId, request: Ticket, uri: ChatUri, after: Seq, limit: u32) {
        if let Some(chat) = self.chats.get_mut(&uri) {
            let wish = WaitsFor::Sync { request, after, limit };
            chat.waiters.push_back(Waiter { connection: id, wish });
        }
    }

    /// Answers a request that is still open.
    fn answer_request(&mut self, id: ConnectionId, request: Ticket, outcome: crate::Outcome, now: Millis) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let Some(at) = connection.open.iter().position(|open| open.ticket == request) else { return };
        let open = connection.open.remove(at);
        debug_assert!(matches!(open.what, Wish::Sync));
        self.reply(id, open.id, outcome, now);
        self.takes_input_again(id);
    }

    pub(super) fn forget_if_idle(&mut self, uri: ChatUri) {
        if self.applying != Some(uri) && self.chats.get(&uri).is_some_and(super::chat::Chat::is_idle) {
            self.chats.remove(&uri);
            self.set_interest(parlor_domain::Topic::Chat(uri), false);
        }
    }
}

/// The event right after `cursor`, if it is at hand and not beyond the chat's last.
fn event_after<'a>(chat: &'a super::chat::Chat, page: Option<&'a Page<'_>>, cursor: Seq) -> Option<&'a LiveEvent> {
    if cursor >= chat.last {
        return None;
    }
    if let Some(event) = chat.tail_after(cursor).and_then(|mut events| events.next()) {
        return Some(event);
    }
    let page = page?;
    let first = page.page.events.first()?.event.seq;
    let index = usize::try_from(cursor.next().get() - first.get()).ok()?;
    page.page.events.get(index).filter(|event| event.event.seq == cursor.next())
}
