use super::*;
use crate::wire::asyncapi;

const URI: &str = "abababababababababababababababab";

fn chat() -> ChatUri {
    URI.parse().expect("a uri")
}

fn seq(number: i64) -> Seq {
    Seq::new(number).expect("a seq")
}

fn said(text: &str) -> Said {
    let text = &text.replace("URI", URI);
    let frame = parse(text).unwrap_or_else(|_| panic!("{text} is malformed"));
    assert_eq!(frame.id, None, "{text}");
    frame.said
}

fn request(text: &str) -> Request {
    match said(text) {
        Said::Request(request) => request,
        other => panic!("{text}: {other:?}"),
    }
}

fn emoji(text: &str) -> Emoji {
    Emoji::new(text).expect("an emoji")
}

#[test]
fn every_request_is_read() {
    let draft = |reply_to| Draft {
        body: MessageBody::new("hi").expect("a text"),
        client_id: Some(ClientId::new("c1").expect("a name")),
        reply_to,
    };
    for (text, expected) in [
        (
            r#"{"type":"send","chat":"URI","message":"hi","client_id":"c1","more":[{}]}"#,
            Request::Send { chat: chat(), draft: draft(None) },
        ),
        (
            r#"{"type":"send","chat":"URI","message":"hi","client_id":"c1","reply_to":3}"#,
            Request::Send { chat: chat(), draft: draft(Some(seq(3))) },
        ),
        (
            r#"{"type":"edit","chat":"URI","seq":8,"message":"hi","more":[{}]}"#,
            Request::Change {
                chat: chat(),
                target: seq(8),
                command: MessageCommand::Edit(MessageBody::new("hi").expect("a text")),
            },
        ),
        (
            r#"{"type":"react","chat":"URI","seq":8,"emoji":"❤","on":true}"#,
            Request::Change { chat: chat(), target: seq(8), command: MessageCommand::React(emoji("❤\u{fe0f}")) },
        ),
        (
            r#"{"type":"react","chat":"URI","seq":8,"emoji":"👍","on":false}"#,
            Request::Change { chat: chat(), target: seq(8), command: MessageCommand::Unreact(emoji("👍")) },
        ),
        (
            r#"{"type":"delete","chat":"URI","seq":8}"#,
            Request::Change { chat: chat(), target: seq(8), command: MessageCommand::Delete },
        ),
        (r#"{"type":"sync","chat":"URI","after":0}"#, Request::Sync { chat: chat(), after: Seq::START, limit: None }),
        (
            r#"{"type":"sync","chat":"URI","after":9,"limit":9007199254740993}"#,
            Request::Sync { chat: chat(), after: seq(9), limit: Some(u32::MAX) },
        ),
        (r#"{"type":"read","chat":"URI","seq":8}"#, Request::Read { chat: chat(), seq: seq(8) }),
        (r#"{"type":"typing","chat":"URI","on":false}"#, Request::Typing { chat: chat(), on: false }),
        (r#"{"type":"ping"}"#, Request::Ping),
        (r#"{"type":"pong","id":null}"#, Request::Pong),
    ] {
        assert_eq!(request(text), expected, "{text}");
        asyncapi::check(&text.replace("URI", URI).replace(r#","more":[{}]"#, ""));
    }
    for text in [
        r#"{"type":"hello","id":"h"}"#,
        r#"{"type":"hello","token":null,"cursors":{"URI":5},"epoch":"e-1"}"#,
        r#"{"type":"auth","token":"t"}"#,
    ] {
        asyncapi::check(&text.replace("URI", URI));
    }
}

#[test]
fn a_request_keeps_its_name() {
    let name = "é".repeat(64);
    let frame = parse(&format!(r#"{{"id":"{name}","type":"dance"}}"#)).expect("an object");
    assert_eq!(frame.id.as_deref(), Some(name.as_str()));
    assert_eq!(frame.said, refusal(Refusal::UnknownType("dance".into())));
    let frame = parse(&format!(r#"{{"id":"{name}x","type":"ping"}}"#)).expect("an object");
    assert_eq!(frame.id, None);
    let detail = "id: Ensure this field has no more than 64 characters.";
    assert_eq!(frame.said, refusal(Refusal::Invalid(detail.into())));
}

#[test]
fn hello_and_auth_bring_tokens() {
    assert_eq!(said(r#"{"type":"hello"}"#), Said::Hello(None, Hello::default()));
    let text = r#"{"type":"hello","token":"t","cursors":{"URI":5},"epoch":"e-1"}"#;
    let hello = Hello { cursors: [(chat(), seq(5))].into(), epoch: Epoch::new("e-1").ok() };
    assert_eq!(said(text), Said::Hello(Some("t".into()), hello));
    let text = r#"{"type":"hello","cursors":{"URI":5},"epoch":"no such life"}"#;
    assert_eq!(said(text), Said::Hello(None, Hello::default()));
    assert_eq!(said(r#"{"type":"auth","token":"t"}"#), Said::Auth("t".into()));
}

#[test]
fn what_is_wrong_is_named() {
    for (text, detail) in [
        (r#"{"type":"auth"}"#, "token: This field is required."),
        (r#"{"type":"auth","token":null}"#, "token: This field may not be null."),
        (r#"{"type":"hello","cursors":[]}"#, "cursors: Expected an object."),
        (r#"{"type":"hello","cursors":{"URI":-1}}"#, "cursors: "),
        (r#"{"type":"hello","cursors":{"URI":"1"}}"#, "cursors: A valid integer is required."),
        (r#"{"type":"hello","cursors":{"x":1}}"#, "cursors: "),
        (r#"{"type":"send","chat":"x","message":"hi"}"#, "client_id: This field is required."),
        (r#"{"type":"send","chat":"URI","message":" ","client_id":"c"}"#, "message: This field may not be blank."),
        (r#"{"type":"send","chat":1,"message":"hi","client_id":"c"}"#, "chat: Not a valid string."),
        (r#"{"type":"sync","chat":"URI"}"#, "after: This field is required."),
        (r#"{"type":"sync","chat":"URI","after":0,"limit":0}"#, "limit: "),
        (r#"{"type":"read","chat":"URI","seq":1.0}"#, "seq: A valid integer is required."),
        (r#"{"type":"typing","chat":"URI","on":"yes"}"#, "on: Must be a valid boolean."),
        (r#"{"type":"typing","on":true}"#, "chat: This field is required."),
    ] {
        match request(text) {
            Request::Refused(Refusal::Invalid(said)) => assert!(said.starts_with(detail), "{text}: {said}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn what_cannot_be_a_chat_is_none() {
    for text in [
        r#"{"type":"send","chat":"x","message":"hi","client_id":"c"}"#,
        r#"{"type":"sync","chat":"","after":0}"#,
        r#"{"type":"read","chat":"ABABABABABABABABABABABABABABABAB","seq":1}"#,
        r#"{"type":"typing","chat":"..","on":true}"#,
    ] {
        assert_eq!(said(text), refusal(Refusal::NotFound), "{text}");
    }
}

#[test]
fn what_is_no_object_with_a_type_is_malformed() {
    let deep = format!(r#"{{"type":"ping","x":{}{}}}"#, "[".repeat(32), "]".repeat(32));
    for text in [
        "",
        " ",
        "{}",
        "[]",
        "null",
        r#""ping""#,
        r#"{"type":1}"#,
        r#"{"type":null}"#,
        r#"{"type":"ping"}{}"#,
        r#"{"type":"ping","type":"ping"}"#,
        r#"{"type":"ping","x":{"a":1,"a":1}}"#,
        r#"{"type":"ping""#,
        &deep,
    ] {
        assert_eq!(parse(text), Err(Malformed), "{text}");
    }
}
