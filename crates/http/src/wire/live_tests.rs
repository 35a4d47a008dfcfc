use std::sync::Arc;

use parlor_delivery::{LiveEvent, ReadyChat};
use parlor_domain::chat_session::ReadState;
use parlor_domain::{Epoch, Event, EventKind, Seq, UserId, UserRef, Username};
use time::macros::datetime;

use super::*;
use crate::wire::{asyncapi, live_event as encode};

const NOW: OffsetDateTime = datetime!(2026-11-24 08:00:00.5 UTC);
const URI: &str = "abababababababababababababababab";

fn chat() -> ChatUri {
    ChatUri::from_bytes([0xab; 16])
}

fn seq(number: i64) -> Seq {
    Seq::new(number).expect("a seq")
}

fn mabel() -> UserRef {
    UserRef { id: UserId::new(7).expect("an id"), username: Username::new("mabel").expect("a name") }
}

fn shown(frame: &Frame) -> String {
    let mut out = Vec::new();
    push_frame(&mut out, frame, &Setting { now: NOW, limits: &Limits::default() });
    let text = String::from_utf8(out).expect("UTF-8");
    asyncapi::check(&text);
    text
}

fn reply(outcome: Outcome) -> String {
    let text = shown(&Frame::Reply { id: Some("r1".into()), outcome });
    text.strip_prefix(r#"{"type":"reply","id":"r1","ok":"#).expect("a reply").to_owned()
}

fn live_event(number: i64) -> LiveEvent {
    let kind = EventKind::ChatDeleted;
    let event = Event { chat: chat(), seq: seq(number), at: NOW, by: mabel(), kind };
    LiveEvent { wire: encode(&event), event: Arc::new(event) }
}

fn event_text(number: i64) -> String {
    String::from_utf8(live_event(number).wire.to_vec()).expect("UTF-8")
}

#[test]
fn ready_tells_what_a_client_needs_to_begin() {
    let read_state = ReadState { read: seq(3), unread: 2 };
    let ready = Ready {
        connection: 12,
        epoch: Epoch::new("e-1").expect("a name"),
        user: mabel(),
        expires_at: NOW,
        chats: vec![
            ReadyChat { chat: chat(), head: seq(9), floor: seq(1), read_state, live: true },
            ReadyChat { chat: chat(), head: seq(900), floor: seq(5), read_state, live: false },
        ],
        more: true,
        gone: vec![chat(), chat()],
    };
    let expected = [
        r#"{"type":"ready","connection":12,"epoch":"e-1","user":{"id":7,"username":"mabel"},"#,
        r#""time":"2026-11-24T08:00:00.500000Z","expires_at":"2026-11-24T08:00:00.500000Z","heartbeat":25,"#,
        r#""limits":{"frame_bytes":65536,"frames_per_second":20,"frame_burst":40,"open_requests":8,"#,
        r#""sync_events":200,"message_chars":2000},"#,
        r#""chats":[{"chat":"URI","head":9,"floor":1,"read":3,"unread":2,"state":"live"},"#,
        r#"{"chat":"URI","head":900,"floor":5,"read":3,"unread":2,"state":"behind"}],"#,
        r#""more":true,"gone":["URI","URI"]}"#,
    ];
    assert_eq!(shown(&Frame::Ready(Box::new(ready))), expected.concat().replace("URI", URI));
}

#[test]
fn small_frames_are_written_as_the_contract_says() {
    let signal = |kind| Frame::Signal(Arc::new(Signal { by: mabel(), kind }));
    for (frame, expected) in [
        (Frame::Event(live_event(4)), event_text(4).as_str()),
        (
            signal(SignalKind::Typing { chat: chat(), on: true }),
            r#"{"type":"signal","chat":"URI","kind":"typing","by":{"id":7,"username":"mabel"},"data":{"on":true}}"#,
        ),
        (
            signal(SignalKind::Read { chat: chat(), seq: seq(8) }),
            r#"{"type":"signal","chat":"URI","kind":"read","by":{"id":7,"username":"mabel"},"data":{"seq":8}}"#,
        ),
        (
            signal(SignalKind::Presence { online: false, chats: vec![chat()], to: None }),
            r#"{"type":"signal","kind":"presence","by":{"id":7,"username":"mabel"},"data":{"online":false}}"#,
        ),
        (
            Frame::Behind { chat: chat(), head: seq(9), reason: BehindReason::Resume },
            r#"{"type":"behind","chat":"URI","head":9,"reason":"resume"}"#,
        ),
        (
            Frame::Behind { chat: chat(), head: seq(9), reason: BehindReason::Overflow },
            r#"{"type":"behind","chat":"URI","head":9,"reason":"overflow"}"#,
        ),
        (Frame::Gone { chat: chat() }, r#"{"type":"gone","chat":"URI"}"#),
        (Frame::Ping, r#"{"type":"ping"}"#),
        (Frame::Pong, r#"{"type":"pong"}"#),
        (
            Frame::AuthExpiring { expires_at: NOW },
            r#"{"type":"auth.expiring","expires_at":"2026-11-24T08:00:00.500000Z"}"#,
        ),
        (
            Frame::Bye { code: CloseCode::Restart, retry_after: 2034 },
            r#"{"type":"bye","code":1012,"reason":"the server restarts","retry_after":2.034}"#,
        ),
    ] {
        assert_eq!(shown(&frame), expected.replace("URI", URI));
    }
}

#[test]
fn what_succeeded_gives_its_result() {
    let page = |events, reached| Done::Page(SyncPage { events, head: seq(5), floor: seq(1), reached });
    for (done, expected) in [
        (Done::Sent { seq: seq(5), duplicate: false }, r#"{"seq":5,"duplicate":false}"#),
        (
            page(vec![live_event(4), live_event(5)], true),
            &format!(r#"{{"events":[{},{}],"head":5,"floor":1,"reached":true}}"#, event_text(4), event_text(5)),
        ),
        (page(Vec::new(), false), r#"{"events":[],"head":5,"floor":1,"reached":false}"#),
        (Done::Read(ReadState { read: seq(5), unread: 0 }), r#"{"read":5,"unread":0}"#),
        (Done::Changed { event: Some(seq(5)) }, r#"{"seq":5}"#),
        (Done::Changed { event: None }, r#"{"seq":null}"#),
        (Done::Typing, "{}"),
        (Done::Renewed { expires_at: NOW }, r#"{"expires_at":"2026-11-24T08:00:00.500000Z"}"#),
    ] {
        assert_eq!(reply(Ok(done)), format!(r#"true,"result":{expected}}}"#));
    }
    let nameless = shown(&Frame::Reply { id: None, outcome: Ok(Done::Typing) });
    assert_eq!(nameless, r#"{"type":"reply","id":null,"ok":true,"result":{}}"#);
}

#[test]
fn what_failed_says_why() {
    let failed = |retry_after| Refusal::Failed { code: "busy", detail: "A \"queue\".".into(), retry_after };
    for (refusal, expected) in [
        (Refusal::Invalid("seq: Wrong.".into()), r#"{"code":"invalid","detail":"seq: Wrong."}"#),
        (
            Refusal::UnknownType("x\"".repeat(60)),
            &format!(r#"{{"code":"unknown_type","detail":"There is no type of frame \"{}\"."}}"#, "x\\\"".repeat(32)),
        ),
        (Refusal::AlreadyStarted, r#"{"code":"already_started","detail":"Hello was said before."}"#),
        (Refusal::NotFound, r#"{"code":"not_found","detail":"Not found."}"#),
        (
            Refusal::CursorAhead { head: seq(4) },
            r#"{"code":"cursor_ahead","detail":"The cursor lies above the head.","head":4}"#,
        ),
        (
            Refusal::LogPruned { floor: seq(3), head: seq(4) },
            r#"{"code":"log_pruned","detail":"What follows the cursor is no longer kept.","floor":3,"head":4}"#,
        ),
        (
            Refusal::RateLimited,
            r#"{"code":"rate_limited","detail":"Too many frames; try again in a second.","retry_after":1}"#,
        ),
        (Refusal::Unavailable, r#"{"code":"unavailable","detail":"The store cannot be reached.","retry_after":1}"#),
        (failed(None), r#"{"code":"busy","detail":"A \"queue\"."}"#),
        (failed(Some(2)), r#"{"code":"busy","detail":"A \"queue\".","retry_after":2}"#),
    ] {
        assert_eq!(reply(Err(refusal)), format!(r#"false,"error":{expected}}}"#));
    }
}

#[test]
fn reasons_fit_into_a_control_frame() {
    for code in [CloseCode::Malformed, CloseCode::TooLarge, CloseCode::Unauthorized, CloseCode::Failed] {
        assert!(reason(code).len() <= 123);
    }
}
