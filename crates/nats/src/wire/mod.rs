//! The form in which everything travels between nodes: JSON, one object for each message.
//!
//! It is of this crate alone. A later form that older nodes could misread gets a new version in the header
//! ([`crate::seal`]); a field that is merely added does not.

mod event;
mod split;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use parlor_domain::{Announcement, ChatUri, Epoch, SessionId, Signal, SignalKind, Topic, UserId};
use serde::{Deserialize, Serialize};

use crate::seal::Seal;
use crate::subject::Subject;
use event::{WireEvent, WireUser};

pub(crate) use split::{Part, announcement, concerned_users};

/// Ids of chats or sessions that one message carries: 4,096 take 140 KiB.
const IDS: usize = 4096;

/// What one message says.
#[derive(Serialize, Deserialize)]
enum Frame<'a> {
    /// [`split`] writes these by hand.
    #[serde(rename = "events")]
    Events {
        chat: String,
        #[serde(borrow)]
        events: Vec<WireEvent<'a>>,
    },
    #[serde(rename = "typing")]
    Typing {
        #[serde(borrow)]
        by: WireUser<'a>,
        on: bool,
    },
    #[serde(rename = "read")]
    Read {
        #[serde(borrow)]
        by: WireUser<'a>,
        seq: i64,
    },
    #[serde(rename = "presence")]
    Presence {
        #[serde(borrow)]
        by: WireUser<'a>,
        online: bool,
        chats: Vec<String>,
        to: Option<i64>,
    },
    #[serde(rename = "sessions")]
    Sessions { ended: Vec<String> },
}

/// What a message was found to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Events of a chat.
    Announced(Announcement),
    /// A signal.
    Signalled(Epoch, Signal),
    /// Ended sessions.
    SessionsEnded(Vec<SessionId>),
}

/// The messages of a signal, each with its subject: one, but for somebody in thousands of chats.
pub(crate) fn signal(epoch: &Epoch, signal: &Signal) -> Vec<Part> {
    let by = WireUser::of(&signal.by);
    match &signal.kind {
        SignalKind::Typing { chat, on } => vec![part(Subject::chat(epoch, *chat), &Frame::Typing { by, on: *on })],
        SignalKind::Read { chat, seq } => {
            vec![part(Subject::chat(epoch, *chat), &Frame::Read { by, seq: seq.get() })]
        }
        SignalKind::Presence { online, chats, to } => chats
            .chunks(IDS)
            .map(|chats| Frame::Presence {
                by: WireUser::of(&signal.by),
                online: *online,
                chats: chats.iter().map(ToString::to_string).collect(),
                to: to.map(UserId::get),
            })
            .map(|frame| part(Subject::Presence(epoch.clone()), &frame))
            .collect(),
    }
}

/// The messages that tell of ended sessions.
pub(crate) fn sessions_ended(sessions: &[SessionId]) -> Vec<Part> {
    let frames =
        sessions.chunks(IDS).map(|ended| Frame::Sessions { ended: ended.iter().map(ToString::to_string).collect() });
    frames.map(|frame| part(Subject::Sessions, &frame)).collect()
}

fn part(subject: Subject, frame: &Frame<'_>) -> Part {
    let mut message = Seal::fresh();
    serde_json::to_writer(&mut message, frame).expect("a frame is JSON, and memory takes it");
    Part { subject, message }
}

/// What a body says that came on this subject; none, if it is not in this form or does not belong there.
pub(crate) fn read(subject: Subject, body: &[u8]) -> Option<Heard> {
    let frame: Frame<'_> = serde_json::from_slice(body).ok()?;
    match (frame, subject) {
        (Frame::Events { chat, events }, subject) => {
            read_events(chat.parse().ok()?, events, subject).map(Heard::Announced)
        }
        (Frame::Typing { by, on }, Subject::Topic(epoch, Topic::Chat(chat))) => {
            Some(Heard::Signalled(epoch, Signal { by: by.read()?, kind: SignalKind::Typing { chat, on } }))
        }
        (Frame::Read { by, seq }, Subject::Topic(epoch, Topic::Chat(chat))) => {
            let kind = SignalKind::Read { chat, seq: event::seq(seq)? };
            Some(Heard::Signalled(epoch, Signal { by: by.read()?, kind }))
        }
        (Frame::Presence { by, online, chats, to }, Subject::Presence(epoch)) => {
            let chats = chats.iter().map(|uri| uri.parse()).collect::<Result<_, _>>().ok()?;
            let to = to.map(UserId::new).transpose().ok()?;
            Some(Heard::Signalled(epoch, Signal { by: by.read()?, kind: SignalKind::Presence { online, chats, to } }))
        }
        (Frame::Sessions { ended }, Subject::Sessions) => {
            ended.iter().map(|id| id.parse()).collect::<Result<_, _>>().ok().map(Heard::SessionsEnded)
        }
        _ => None,
    }
}

fn read_events(chat: ChatUri, events: Vec<WireEvent<'_>>, subject: Subject) -> Option<Announcement> {
    let epoch = match subject {
        Subject::Topic(epoch, Topic::Chat(uri)) if uri == chat => epoch,
        Subject::Topic(epoch, Topic::User(_)) | Subject::Crowd(epoch) => epoch,
        _ => return None,
    };
    let events: Vec<_> = events.into_iter().map(|event| event.read(chat).map(Arc::new)).collect::<Option<_>>()?;
    let gapless = events.windows(2).all(|pair| pair[0].seq.next() == pair[1].seq);
    (gapless && !events.is_empty()).then_some(Announcement { epoch, chat, events })
}
