//! The state machine.
use crate::*;
use bytes::Bytes;
use parlor_domain::ChatUri;
use parlor_domain::Seq;
use parlor_domain::{Announcement, Epoch, Event, SessionId, Signal, Topic};

/// The state machine of one node.
#[derive(Debug)]
pub struct Core {}

#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
impl Core {
    /// A core that knows no life of the database yet: it asks for one. `seed` spreads the clients' return.
    pub fn new(limits: Limits, seed: u64, now: Millis) -> Self {
        unimplemented!()
    }
    /// Breaks one rule on purpose.
    #[cfg(feature = "sabotage")]
    #[must_use]
    pub fn sabotaged(self, sabotage: Sabotage) -> Self {
        unimplemented!()
    }

    /// A connection that has not said who it is. It has [`Limits::hello_timeout`] to [begin](Self::begin).
    pub fn connect(&mut self, lane: Lane, now: Millis) -> ConnectionId {
        unimplemented!()
    }
    /// The connection said `hello`, and proved who it is. A second time: refused (`already_started`).
    pub fn begin(&mut self, connection: ConnectionId, identity: Identity, hello: Hello, now: Millis) {
        unimplemented!()
    }
    /// A connection that follows one chat: its only frames are events and, at the end, [`Frame::Close`]. It begins after
    /// `after`, or at the head. Whoever is not a member, or loses the membership, is closed with `SessionEnded`... see impl.
    pub fn open_stream(
        &mut self,
        lane: Lane,
        identity: Identity,
        chat: ChatUri,
        after: Option<Seq>,
        now: Millis,
    ) -> ConnectionId {
        unimplemented!()
    }
    /// `auth`: the connection goes on with a new token of the same user. Of another user: closed with `Unauthorized`.
    pub fn renew(&mut self, connection: ConnectionId, id: Option<RequestId>, identity: Identity, now: Millis) {
        unimplemented!()
    }
    /// The client asks for something.
    pub fn request(&mut self, connection: ConnectionId, id: Option<RequestId>, request: Request, now: Millis) {
        unimplemented!()
    }
    /// A sign of life that is no request: an RFC 6455 ping or pong.
    pub fn heard(&mut self, connection: ConnectionId, now: Millis) {
        unimplemented!()
    }
    /// Whether the connection's next frame is to be read: not while too many of its requests are open. When that changes,
    /// the connection is ready.
    pub fn takes_input(&self, connection: ConnectionId) -> bool {
        unimplemented!()
    }
    /// The server closes the connection: what is queued is dropped, but for replies.
    pub fn close(&mut self, connection: ConnectionId, code: CloseCode, now: Millis) {
        unimplemented!()
    }
    /// The connection is no more.
    pub fn disconnect(&mut self, connection: ConnectionId, now: Millis) {
        unimplemented!()
    }
    /// Closes every connection, and takes no more.
    pub fn shut_down(&mut self, now: Millis) {
        unimplemented!()
    }

    /// Events were stored, by this node or another. `encode` is called once for each event that is of use.
    pub fn announced(&mut self, announcement: &Announcement, encode: &dyn Fn(&Event) -> Bytes, now: Millis) {
        unimplemented!()
    }
    /// A signal from another node.
    pub fn signalled(&mut self, epoch: &Epoch, signal: &Signal, now: Millis) {
        unimplemented!()
    }
    /// A signal that began on this node, outside of the core: it goes to the connections here and to the other nodes.
    pub fn raise(&mut self, signal: &Signal, now: Millis) {
        unimplemented!()
    }
    /// These login sessions have ended: their connections are closed.
    pub fn sessions_ended(&mut self, sessions: &[SessionId], now: Millis) {
        unimplemented!()
    }
    /// The bus delivers what is announced on these from now on.
    pub fn following(&mut self, topics: &[Topic], now: Millis) {
        unimplemented!()
    }
    /// The bus may have lost something: everything is compared with the database at once.
    pub fn interrupted(&mut self, now: Millis) {
        unimplemented!()
    }
    /// The answer to an output with a ticket.
    pub fn answer(&mut self, ticket: Ticket, answer: Answer, now: Millis) {
        unimplemented!()
    }
    /// Time has passed. To be called about every second, and may be called at any time.
    pub fn tick(&mut self, now: Millis) {
        unimplemented!()
    }

    /// What the core asks for next.
    pub fn poll_output(&mut self) -> Option<Output> {
        unimplemented!()
    }
    /// The lanes with connections that became ready since the last call.
    pub fn ready_lanes(&mut self) -> Vec<Lane> {
        unimplemented!()
    }
    /// The connections of a lane that became ready since the last call: they have frames, or take input again.
    pub fn take_ready(&mut self, lane: Lane) -> Vec<ConnectionId> {
        unimplemented!()
    }
    /// Takes frames from a connection's queue, at least one if there is any, until they hold `bytes`.
    pub fn take_frames(&mut self, connection: ConnectionId, bytes: usize, now: Millis) -> Vec<Frame> {
        unimplemented!()
    }

    /// How many frames and bytes wait for a connection.
    pub fn queued(&self, connection: ConnectionId) -> (usize, usize) {
        unimplemented!()
    }
}
