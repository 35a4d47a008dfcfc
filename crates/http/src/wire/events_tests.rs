use parlor_domain::chat_session::ChatKind;
use parlor_domain::{ChatUri, ClientId, Emoji, Role, UserId, UserRef, Username};
use time::macros::datetime;

use super::*;
use crate::wire::asyncapi;

fn user(id: i64, name: &str) -> UserRef {
    UserRef { id: UserId::new(id).expect("an id"), username: Username::new(name).expect("a name") }
}

fn seq(number: i64) -> Seq {
    Seq::new(number).expect("a seq")
}

fn event(kind: EventKind) -> Event {
    Event {
        chat: ChatUri::from_bytes([0xab; 16]),
        seq: seq(58),
        at: datetime!(2026-11-24 08:09:07.123456 UTC),
        by: user(7, "mabel"),
        kind,
    }
}

/// The event's kind and data, once the rest is seen to be as it must.
fn shown(kind: EventKind) -> String {
    let live = live_event(&event(kind));
    let text = String::from_utf8(live.to_vec()).expect("UTF-8");
    asyncapi::check(&text);
    let rest = text.strip_prefix(r#"{"type":"event","chat":"abababababababababababababababab","seq":58,"kind":"#);
    let rest = rest.unwrap_or_else(|| panic!("{text}"));
    let (kind, rest) = rest
        .split_once(r#","at":"2026-11-24T08:09:07.123456Z","by":{"id":7,"username":"mabel"},"data":"#)
        .unwrap_or_else(|| panic!("{text}"));
    format!("{kind} {}", rest.strip_suffix('}').expect("an end"))
}

fn member(role: Role) -> Member {
    Member { user: user(3, "zo\"ë"), role }
}

fn emoji(text: &str) -> Emoji {
    Emoji::new(text).expect("an emoji")
}

#[test]
fn every_kind_is_shown_as_the_contract_says() {
    let title = || Some(ChatTitle::new("Books".to_owned()).expect("a title"));
    for (kind, expected) in [
        (
            EventKind::ChatCreated {
                kind: ChatKind::Group,
                title: title(),
                joinable: true,
                members: vec![member(Role::Owner)],
            },
            concat!(
                r#""chat.created" {"kind":"group","title":"Books","joinable":true,"#,
                r#""members":[{"id":3,"username":"zo\"ë","role":"owner"}]}"#
            ),
        ),
        (EventKind::ChatUpdated { title: Some(title()), joinable: None }, r#""chat.updated" {"title":"Books"}"#),
        (
            EventKind::ChatUpdated { title: Some(None), joinable: Some(false) },
            r#""chat.updated" {"title":null,"joinable":false}"#,
        ),
        (EventKind::ChatDeleted, r#""chat.deleted" {}"#),
        (
            EventKind::MemberAdded(member(Role::Member)),
            r#""member.added" {"user":{"id":3,"username":"zo\"ë"},"role":"member"}"#,
        ),
        (
            EventKind::MemberRemoved(member(Role::Admin)),
            r#""member.removed" {"user":{"id":3,"username":"zo\"ë"},"role":"admin"}"#,
        ),
        (
            EventKind::MemberRole(member(Role::Owner)),
            r#""member.role" {"user":{"id":3,"username":"zo\"ë"},"role":"owner"}"#,
        ),
        (
            EventKind::MessageCreated {
                body: "a\nb".into(),
                client_id: Some(ClientId::new("c1").expect("a name")),
                reply_to: Some(seq(3)),
            },
            r#""message.created" {"message":"a\nb","client_id":"c1","reply_to":3}"#,
        ),
        (
            EventKind::MessageCreated { body: String::new(), client_id: None, reply_to: None },
            r#""message.created" {"message":"","client_id":null,"reply_to":null}"#,
        ),
        (
            EventKind::MessageEdited { target: seq(4), body: "new".into() },
            r#""message.edited" {"target":4,"message":"new"}"#,
        ),
        (EventKind::MessageDeleted { target: seq(4) }, r#""message.deleted" {"target":4}"#),
        (
            EventKind::ReactionAdded { target: seq(4), emoji: emoji("👍") },
            r#""reaction.added" {"target":4,"emoji":"👍"}"#,
        ),
        (
            EventKind::ReactionRemoved { target: seq(4), emoji: emoji("👍") },
            r#""reaction.removed" {"target":4,"emoji":"👍"}"#,
        ),
    ] {
        assert_eq!(shown(kind), expected);
    }
}

#[test]
fn an_event_is_one_line_whatever_its_text() {
    let text = "\r\n\u{85}\u{2028}\u{0}\u{7f}".to_owned();
    let live = live_event(&event(EventKind::MessageCreated { body: text, client_id: None, reply_to: None }));
    assert!(!live.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{live:?}");
}

#[test]
fn a_page_holds_the_events_without_their_type() {
    let epoch = Epoch::new("e-1").expect("a name");
    let event = event(EventKind::ChatDeleted);
    let live = live_event(&event);
    let alone = String::from_utf8(event_of_page(&live).concat()).expect("UTF-8");
    assert!(alone.starts_with(r#"{"chat":"abab"#), "{alone}");
    let page = LogPage { events: vec![event], head: seq(60), floor: seq(1) };
    let text = String::from_utf8(log_bytes(&epoch, &page)).expect("UTF-8");
    assert_eq!(text, format!(r#"{{"epoch":"e-1","events":[{alone}],"head":60,"floor":1,"reached":false}}"#));
    let page = LogPage { events: Vec::new(), head: seq(60), floor: seq(1) };
    let text = String::from_utf8(log_bytes(&epoch, &page)).expect("UTF-8");
    assert_eq!(text, r#"{"epoch":"e-1","events":[],"head":60,"floor":1,"reached":true}"#);
}
