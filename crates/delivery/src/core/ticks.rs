//! The passing of time.

use super::Core;
use super::connection::{Connection, State};
use crate::{CloseCode, ConnectionId, Frame, Limits, Millis};

/// What time asks of a connection.
enum Due {
    Close(CloseCode),
    Abort,
    Ping,
    TellOfExpiry,
}

impl Core {
    pub(super) fn pass_time(&mut self, now: Millis) {
        if self.epoch.is_none() {
            self.ask_for_epoch();
        }
        let due: Vec<_> = self.connections.iter().filter_map(|c| Some((c.id, due(c, &self.limits, now)?))).collect();
        for (id, due) in due {
            self.do_due(id, &due, now);
        }
        for id in std::mem::take(&mut self.waiting_to_start) {
            self.load(id);
        }
        for (user, uri) in std::mem::take(&mut self.to_load) {
            self.load_membership(user, uri);
        }
        let mut later: Vec<_> = self.later.drain().map(|(uri, ())| uri).collect();
        later.sort_unstable();
        for uri in later {
            self.serve(uri, None, now);
        }
        if now >= self.next_reconcile && self.epoch.is_some() {
            self.next_reconcile = now + self.limits.reconcile;
            self.reconcile(now);
        }
        self.note_offline(now);
        self.reading.forget(now);
        self.typing.forget(now);
        let kept = self.limits.tail_kept;
        for chat in self.chats.values_mut().filter(|chat| !chat.tail.is_empty() && now - chat.touched >= kept) {
            chat.forget_tail();
        }
    }

    fn do_due(&mut self, id: ConnectionId, due: &Due, now: Millis) {
        match due {
            Due::Close(code) => self.begin_closing(id, *code, now),
            Due::Abort => self.abort(id, now),
            Due::Ping => {
                if let Some(connection) = self.connections.get_mut(id) {
                    connection.pinged = now;
                }
                self.connections.push(id, Frame::Ping, now);
            }
            Due::TellOfExpiry => {
                let Some(connection) = self.connections.get_mut(id) else { return };
                connection.told_of_expiry = true;
                let Some(expires_at) = connection.identity.as_ref().map(|identity| identity.expires_at) else { return };
                self.connections.push(id, Frame::AuthExpiring { expires_at }, now);
            }
        }
    }
}

/// What is most urgent for a connection, if anything.
fn due(connection: &Connection, limits: &Limits, now: Millis) -> Option<Due> {
    let passed = |since: Millis, limit: Millis| now - since >= limit;
    match connection.state {
        State::Closing => passed(connection.since, limits.linger).then_some(Due::Abort),
        State::Waiting => passed(connection.since, limits.hello_timeout).then_some(Due::Close(CloseCode::TimedOut)),
        State::Starting(_) => passed(connection.since, limits.hello_timeout).then_some(Due::Close(CloseCode::Failed)),
        State::Live => {
            let is_stream = connection.stream.is_some();
            let stuck = !connection.queue.is_empty() && passed(connection.stuck, limits.write_timeout);
            let silent = !is_stream && passed(connection.heard, limits.silence);
            let idle = connection.queue.is_empty() && passed(connection.sent, limits.heartbeat);
            // Whoever is sent something all the time, and only reads, has to be asked too.
            let doubtful =
                !is_stream && passed(connection.heard, limits.heartbeat) && passed(connection.pinged, limits.heartbeat);
            if now >= connection.expires {
                Some(Due::Close(CloseCode::Unauthorized))
            } else if stuck || silent {
                Some(Due::Close(CloseCode::TimedOut))
            } else if !is_stream && !connection.told_of_expiry && now >= connection.expiry_told {
                Some(Due::TellOfExpiry)
            } else if idle || doubtful {
                Some(Due::Ping)
            } else {
                None
            }
        }
    }
}
