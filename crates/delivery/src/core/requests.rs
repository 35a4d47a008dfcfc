//! What clients ask for.

use parlor_domain::message::{Draft, MessageCommand};
use parlor_domain::{ChatUri, Seq, Signal, SignalKind};

use super::connection::{Open, State, Verdict, Wish};
use super::{Asked, Core};
use crate::{
    CloseCode, Command, ConnectionId, Done, Frame, Millis, Outcome, Output, Refusal, Request, RequestId, Ticket,
};

impl Core {
    pub(super) fn take_request(
        &mut self,
        id: ConnectionId,
        request_id: Option<RequestId>,
        request: Request,
        now: Millis,
    ) {
        let Some(connection) = self.connections.get_mut(id).filter(|c| !c.is_closing()) else { return };
        connection.heard = now;
        match connection.rate.count(&self.limits, now) {
            Verdict::Fine => {}
            Verdict::TooMany => return self.reply(id, request_id, Err(Refusal::RateLimited), now),
            Verdict::Flood => return self.begin_closing(id, CloseCode::Flood, now),
        }
        if matches!(connection.state, State::Waiting) {
            return self.begin_closing(id, CloseCode::Malformed, now);
        }
        match request {
            Request::Send { chat, draft } => self.send(id, request_id, chat, draft),
            Request::Sync { chat, after, limit } => self.sync(id, request_id, chat, after, limit, now),
            Request::Read { chat, seq } => self.read(id, request_id, chat, seq),
            Request::Change { chat, target, command } => self.change(id, request_id, chat, target, command),
            Request::Typing { chat, on } => self.typing(id, request_id, chat, on, now),
            Request::Ping => self.connections.push(id, Frame::Pong, now),
            Request::Pong => {}
            Request::Hello => self.refuse_second_hello(id, request_id, now),
            Request::Refused(refusal) => self.reply(id, request_id, Err(refusal), now),
        }
    }

    pub(super) fn reply(&mut self, id: ConnectionId, request: Option<RequestId>, outcome: Outcome, now: Millis) {
        self.connections.push(id, Frame::Reply { id: request, outcome }, now);
    }

    /// A request was answered: if that lets the next one be read, the edge is told.
    pub(super) fn takes_input_again(&mut self, id: ConnectionId) {
        if self.connections.get(id).is_some_and(|c| c.open.len() + 1 == self.limits.open_requests) {
            self.connections.tell_lane(id);
        }
    }

    fn open(&mut self, id: ConnectionId, ticket: Ticket, request: Option<RequestId>, what: Wish) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.open.push(Open { ticket, id: request, what });
        }
    }

    fn run(&mut self, id: ConnectionId, command: Command) -> Ticket {
        self.ask(Asked::Command { connection: id }, |ticket| Output::Run { ticket, command })
    }

    fn send(&mut self, id: ConnectionId, request: Option<RequestId>, chat: ChatUri, draft: Draft) {
        let Some(author) = self.user_of(id) else { return };
        let last = self.chats.get(&chat).map_or(Seq::START, |chat| chat.last);
        let ticket = self.run(id, Command::Send { author, chat, draft: draft.clone() });
        self.open(id, ticket, request, Wish::Send { chat, draft, last, unclear: None });
    }

    fn read(&mut self, id: ConnectionId, request: Option<RequestId>, chat: ChatUri, seq: Seq) {
        let Some(user) = self.user_of(id) else { return };
        let ticket = self.run(id, Command::Read { user, chat, seq });
        self.open(id, ticket, request, Wish::Read { chat });
    }

    fn change(
        &mut self,
        id: ConnectionId,
        request: Option<RequestId>,
        chat: ChatUri,
        target: Seq,
        command: MessageCommand,
    ) {
        let Some(user) = self.user_of(id) else { return };
        let ticket = self.run(id, Command::Change { user, chat, target, command });
        self.open(id, ticket, request, Wish::Change { chat, target, unclear: None });
    }

    fn sync(
        &mut self,
        id: ConnectionId,
        request: Option<RequestId>,
        chat: ChatUri,
        after: Seq,
        limit: Option<u32>,
        now: Millis,
    ) {
        let Some(connection) = self.connections.get(id) else { return };
        if !connection.chats.contains_key(&chat) {
            return self.reply(id, request, Err(Refusal::NotFound), now);
        }
        let limit = limit.unwrap_or(self.limits.sync_events).clamp(1, self.limits.sync_events);
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.open(id, ticket, request, Wish::Sync);
        self.wait_for_page(id, ticket, chat, after, limit);
        self.serve(chat, None, now);
    }

    fn typing(&mut self, id: ConnectionId, request: Option<RequestId>, chat: ChatUri, on: bool, now: Millis) {
        let Some(connection) = self.connections.get(id) else { return };
        if !connection.chats.contains_key(&chat) {
            return self.reply(id, request, Err(Refusal::NotFound), now);
        }
        if let Some(by) = connection.identity.as_ref().map(|identity| identity.user.clone()) {
            self.tell_of_typing(by, chat, on, now);
        }
        self.reply(id, request, Ok(Done::Typing), now);
    }

    pub(super) fn command_done(&mut self, id: ConnectionId, ticket: Ticket, outcome: Outcome, now: Millis) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        // It may have been answered by the event that it caused.
        let Some(at) = connection.open.iter().position(|open| open.ticket == ticket) else { return };
        let open = connection.open.remove(at);
        let by = connection.identity.as_ref().map(|identity| identity.user.clone());
        let read = match (&open.what, &outcome, by) {
            (Wish::Read { chat }, Ok(Done::Read(state)), Some(by)) => {
                Some(Signal { by, kind: SignalKind::Read { chat: *chat, seq: state.read } })
            }
            _ => None,
        };
        self.reply(id, open.id, outcome, now);
        self.takes_input_again(id);
        if let Some((chat, _)) = open.what.holds_back() {
            self.serve(chat, None, now);
        }
        if let Some(signal) = read {
            self.raise(&signal, now);
        }
    }

    pub(super) fn user_of(&self, id: ConnectionId) -> Option<parlor_domain::UserId> {
        Some(self.connections.get(id)?.identity.as_ref()?.user.id)
    }
}
