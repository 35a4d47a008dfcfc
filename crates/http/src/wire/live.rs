//! The frames of a live connection, as JSON.

use parlor_delivery::{BehindReason, CloseCode, Done, Frame, Limits, Outcome, Ready, Refusal, RequestId, SyncPage};
use parlor_domain::{ChatUri, MessageBody, Seq, Signal, SignalKind};
use serde::Serialize;
use time::OffsetDateTime;

use super::time::TimeView;
use super::{ReadView, UserView, push};

/// The largest frame that a client may send, in bytes.
pub(crate) const MAX_FRAME_BYTES: usize = 64 * 1024;

/// What frames tell beside what they hold.
pub(crate) struct Setting<'a> {
    /// What time it is.
    pub(crate) now: OffsetDateTime,
    /// The bounds that clients are told of.
    pub(crate) limits: &'a Limits,
}

#[derive(Serialize)]
struct LimitsView {
    frame_bytes: usize,
    frames_per_second: u32,
    frame_burst: u32,
    open_requests: usize,
    sync_events: u32,
    message_chars: usize,
}

#[derive(Serialize)]
struct ErrorView<'a> {
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<i64>,
}

/// Writes a frame as JSON. [`Frame::Close`] is none: it is written as RFC 6455 has it.
pub(crate) fn push_frame(out: &mut Vec<u8>, frame: &Frame, setting: &Setting<'_>) {
    match frame {
        Frame::Event(event) => out.extend_from_slice(&event.wire),
        Frame::Reply { id, outcome } => push_reply(out, id.as_ref(), outcome),
        Frame::Signal(signal) => push_signal(out, signal),
        Frame::Ready(ready) => push_ready(out, ready, setting),
        Frame::Behind { chat, head, reason } => {
            let reason = match reason {
                BehindReason::Resume => "resume",
                BehindReason::Overflow => "overflow",
            };
            put(out, &format!(r#"{{"type":"behind","chat":"{chat}","head":{head},"reason":"{reason}"}}"#));
        }
        Frame::Gone { chat } => put(out, &format!(r#"{{"type":"gone","chat":"{chat}"}}"#)),
        Frame::Ping => put(out, r#"{"type":"ping"}"#),
        Frame::Pong => put(out, r#"{"type":"pong"}"#),
        Frame::AuthExpiring { expires_at } => {
            put(out, r#"{"type":"auth.expiring","expires_at":"#);
            push(out, &TimeView(*expires_at));
            out.push(b'}');
        }
        Frame::Bye { code, retry_after } => {
            let (code, reason, seconds) = (code.number(), reason(*code), Seconds(*retry_after));
            put(out, &format!(r#"{{"type":"bye","code":{code},"reason":"{reason}","retry_after":{seconds}}}"#));
        }
        Frame::Close(_) => debug_assert!(false, "a close is no JSON"),
    }
}

/// What a close code means, in few words: RFC 6455, section 7.1.6, leaves 123 bytes for it.
pub(crate) fn reason(code: CloseCode) -> &'static str {
    match code {
        CloseCode::GoingAway => "the server goes away",
        CloseCode::Restart => "the server restarts",
        CloseCode::Protocol => "RFC 6455 was not followed",
        CloseCode::Unsupported => "only text frames are taken",
        CloseCode::BadText => "a text frame was not UTF-8",
        CloseCode::TooLarge => "a frame may have at most 64 KiB",
        CloseCode::Malformed => "a frame must be an object with a type, and the first a hello",
        CloseCode::Unauthorized => "the token is missing, bad or at its end",
        CloseCode::SessionEnded => "the session has ended",
        CloseCode::TimedOut => "too slow",
        CloseCode::TooMany => "too many connections of this user",
        CloseCode::Flood => "too many frames",
        CloseCode::Failed => "the server failed",
    }
}

/// Milliseconds as seconds.
struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn push_ready(out: &mut Vec<u8>, ready: &Ready, setting: &Setting<'_>) {
    let limits = setting.limits;
    put(out, &format!(r#"{{"type":"ready","connection":{},"epoch":"#, ready.connection));
    push(out, ready.epoch.as_str());
    put(out, ",\"user\":");
    push(out, &UserView::from(&ready.user));
    put(out, ",\"time\":");
    push(out, &TimeView(setting.now));
    put(out, ",\"expires_at\":");
    push(out, &TimeView(ready.expires_at));
    put(out, &format!(",\"heartbeat\":{},\"limits\":", limits.heartbeat.0 / 1000));
    push(
        out,
        &LimitsView {
            frame_bytes: MAX_FRAME_BYTES,
            frames_per_second: limits.frame_rate,
            frame_burst: limits.frame_burst,
            open_requests: limits.open_requests,
            sync_events: limits.sync_events,
            message_chars: MessageBody::MAX_CHARS,
        },
    );
    put(out, ",\"chats\":[");
    for (at, chat) in ready.chats.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let state = if chat.live { "live" } else { "behind" };
        let (uri, head, floor) = (chat.chat, chat.head, chat.floor);
        let (read, unread) = (chat.read_state.read, chat.read_state.unread);
        let text = format!(
            r#"{comma}{{"chat":"{uri}","head":{head},"floor":{floor},"read":{read},"unread":{unread},"state":"{state}"}}"#
        );
        put(out, &text);
    }
    put(out, &format!("],\"more\":{},\"gone\":[", ready.more));
    for (at, chat) in ready.gone.iter().enumerate() {
        put(out, &if at > 0 { format!(",\"{chat}\"") } else { format!("\"{chat}\"") });
    }
    put(out, "]}");
}

fn push_signal(out: &mut Vec<u8>, signal: &Signal) {
    let in_chat = |chat: &ChatUri, kind: &str| format!(r#"{{"type":"signal","chat":"{chat}","kind":"{kind}","by":"#);
    let (head, data) = match &signal.kind {
        SignalKind::Typing { chat, on } => (in_chat(chat, "typing"), format!(r#"{{"on":{on}}}"#)),
        SignalKind::Read { chat, seq } => (in_chat(chat, "read"), format!(r#"{{"seq":{seq}}}"#)),
        SignalKind::Presence { online, .. } => {
            (r#"{"type":"signal","kind":"presence","by":"#.to_owned(), format!(r#"{{"online":{online}}}"#))
        }
    };
    put(out, &head);
    push(out, &UserView::from(&signal.by));
    put(out, ",\"data\":");
    put(out, &data);
    out.push(b'}');
}

fn push_reply(out: &mut Vec<u8>, id: Option<&RequestId>, outcome: &Outcome) {
    put(out, r#"{"type":"reply","id":"#);
    push(out, &id);
    match outcome {
        Ok(done) => {
            put(out, r#","ok":true,"result":"#);
            push_done(out, done);
        }
        Err(refusal) => {
            put(out, r#","ok":false,"error":"#);
            push_refusal(out, refusal);
        }
    }
    out.push(b'}');
}

fn push_done(out: &mut Vec<u8>, done: &Done) {
    match done {
        Done::Sent { seq, duplicate } => put(out, &format!(r#"{{"seq":{seq},"duplicate":{duplicate}}}"#)),
        Done::Changed { event } => {
            put(out, "{\"seq\":");
            push(out, &event.map(Seq::get));
            out.push(b'}');
        }
        Done::Page(page) => push_page(out, page),
        Done::Read(state) => push(out, &ReadView::from(*state)),
        Done::Typing => put(out, "{}"),
        Done::Renewed { expires_at } => {
            put(out, "{\"expires_at\":");
            push(out, &TimeView(*expires_at));
            out.push(b'}');
        }
    }
}

fn push_page(out: &mut Vec<u8>, page: &SyncPage) {
    out.reserve(page.size() + page.events.len() + 64);
    put(out, "{\"events\":[");
    for (at, event) in page.events.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&event.wire);
    }
    let SyncPage { head, floor, reached, .. } = page;
    put(out, &format!(r#"],"head":{head},"floor":{floor},"reached":{reached}}}"#));
}

fn push_refusal(out: &mut Vec<u8>, refusal: &Refusal) {
    let plain = |code, detail| ErrorView { code, detail, retry_after: None, floor: None, head: None };
    let unknown;
    let view = match refusal {
        Refusal::Invalid(detail) => plain("invalid", detail),
        Refusal::UnknownType(name) => {
            let name: String = name.chars().take(64).collect();
            unknown = format!("There is no type of frame \"{name}\".");
            plain("unknown_type", &unknown)
        }
        Refusal::AlreadyStarted => plain("already_started", "Hello was said before."),
        Refusal::NotFound => plain("not_found", "Not found."),
        Refusal::CursorAhead { head } => {
            ErrorView { head: Some(head.get()), ..plain("cursor_ahead", "The cursor lies above the head.") }
        }
        Refusal::LogPruned { floor, head } => ErrorView {
            floor: Some(floor.get()),
            head: Some(head.get()),
            ..plain("log_pruned", "What follows the cursor is no longer kept.")
        },
        Refusal::RateLimited => {
            ErrorView { retry_after: Some(1), ..plain("rate_limited", "Too many frames; try again in a second.") }
        }
        Refusal::Unavailable => {
            ErrorView { retry_after: Some(1), ..plain("unavailable", "The store cannot be reached.") }
        }
        Refusal::Failed { code, detail, retry_after } => ErrorView { retry_after: *retry_after, ..plain(code, detail) },
    };
    push(out, &view);
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
