use parlor_domain::{ChatKind, ChatTitle, ClientId, Emoji, Event, EventKind, Member, Role, Seq, UserRef, Username};
use time::macros::datetime;

use super::split::MESSAGE_BYTES;
use super::*;
use crate::seal::HEADER_BYTES;

fn epoch() -> Epoch {
    Epoch::new("life").unwrap()
}

fn chat() -> ChatUri {
    ChatUri::from_bytes([7; 16])
}

fn user(id: i64) -> UserRef {
    UserRef { id: UserId::new(id).unwrap(), username: Username::stored(format!("näme \"{id}\"")) }
}

fn announced(kinds: Vec<EventKind>) -> Announcement {
    let at = datetime!(2026-11-24 12:00:00.000_001 UTC);
    let event = |(kind, seq)| Arc::new(Event { chat: chat(), seq: Seq::new(seq).unwrap(), at, by: user(1), kind });
    Announcement { epoch: epoch(), chat: chat(), events: kinds.into_iter().zip(5..).map(event).collect() }
}

fn text(body: &str) -> EventKind {
    EventKind::MessageCreated { body: body.to_owned(), client_id: None, reply_to: None }
}

fn member(id: i64) -> Member {
    Member { user: user(id), role: Role::Admin }
}

fn created(members: i64) -> EventKind {
    let title = Some(ChatTitle::stored("a title".to_owned()));
    EventKind::ChatCreated {
        kind: ChatKind::Group,
        title,
        joinable: true,
        members: (1..=members).map(member).collect(),
    }
}

fn reread(part: &Part) -> Option<Heard> {
    read(part.subject.clone(), &part.message[HEADER_BYTES..])
}

/// What followers of the chat hear, put together again.
fn heard_in_chat(parts: &[Part]) -> Vec<Arc<Event>> {
    let of_chat = parts.iter().filter(|part| part.subject == Subject::chat(&epoch(), chat()));
    let heard = of_chat.map(|part| match reread(part) {
        Some(Heard::Announced(announcement)) => announcement.events,
        other => panic!("no events: {other:?}"),
    });
    heard.flatten().collect()
}

#[test]
fn every_kind_of_event_reads_as_it_was_written() {
    let target = Seq::new(2).unwrap();
    let title = |text: &str| Some(ChatTitle::stored(text.to_owned()));
    let sent = announced(vec![
        created(2),
        EventKind::ChatCreated { kind: ChatKind::Direct, title: None, joinable: false, members: vec![] },
        EventKind::ChatUpdated { title: None, joinable: Some(false) },
        EventKind::ChatUpdated { title: Some(None), joinable: None },
        EventKind::ChatUpdated { title: Some(title("new \\ \u{1f600}")), joinable: Some(true) },
        EventKind::MemberAdded(member(3)),
        EventKind::MemberRole(member(3)),
        EventKind::MemberRemoved(member(3)),
        text("\u{0} \u{7f} \r\n\t \"\\/ \u{2028} \u{10ffff}"),
        EventKind::MessageCreated {
            body: "two".to_owned(),
            client_id: Some(ClientId::new("k\"1").unwrap()),
            reply_to: Some(target),
        },
        EventKind::MessageEdited { target, body: "\"edited\"".to_owned() },
        EventKind::MessageDeleted { target },
        EventKind::ReactionAdded { target, emoji: Emoji::new("👍🏽").unwrap() },
        EventKind::ReactionRemoved { target, emoji: Emoji::new("❤").unwrap() },
        EventKind::ChatDeleted,
    ]);
    assert_eq!(heard_in_chat(&announcement(&sent)), sent.events);
}

#[test]
fn a_large_batch_is_split_and_loses_nothing() {
    let kinds = (0..256).map(|number| text(&"\u{1f600}".repeat(number * 8))).collect();
    let sent = announced(kinds);
    let parts = announcement(&sent);
    assert!(parts.len() > 3, "{}", parts.len());
    assert!(parts.iter().all(|part| part.message.len() <= MESSAGE_BYTES));
    assert_eq!(heard_in_chat(&parts), sent.events);
}

#[test]
fn a_message_is_filled_to_the_last_byte_and_no_further() {
    let alone = announcement(&announced(vec![text("")]))[0].message.len();
    let pair = announcement(&announced(vec![text(""), text("")]))[0].message.len();
    for (missing, messages) in [(0, 1), (1, 2)] {
        let body = "x".repeat(MESSAGE_BYTES - pair + missing);
        let parts = announcement(&announced(vec![text(&body), text("")]));
        assert_eq!(parts.len(), messages, "an event alone takes {alone} bytes");
        assert_eq!(
            parts[0].message.len(),
            if messages == 1 { MESSAGE_BYTES } else { MESSAGE_BYTES - pair + alone + 1 }
        );
    }
}

#[test]
fn an_event_larger_than_a_message_travels_alone() {
    let sent = announced(vec![text("a"), text(&"x".repeat(MESSAGE_BYTES)), text("b")]);
    let parts = announcement(&sent);
    assert_eq!(parts.len(), 3);
    assert_eq!(heard_in_chat(&parts), sent.events);
}

#[test]
fn users_hear_of_what_makes_them_members_and_ends_it() {
    let kinds = vec![created(2), text("a"), EventKind::MemberAdded(member(9)), EventKind::MemberRole(member(9))];
    let parts = announcement(&announced(kinds));
    let to_users: Vec<_> = parts[1..].iter().map(|part| part.subject.to_string()).collect();
    assert_eq!(to_users, ["parlor.life.user.1", "parlor.life.user.2", "parlor.life.user.9"]);
    let Some(Heard::Announced(heard)) = reread(&parts[3]) else { panic!("no events") };
    assert_eq!(heard.events.iter().map(|event| event.seq.get()).collect::<Vec<_>>(), [7]);
}

#[test]
fn a_crowd_hears_of_its_chat_in_one_message() {
    let parts = announcement(&announced(vec![created(1000)]));
    let subjects: Vec<_> = parts.iter().map(|part| &part.subject).collect();
    assert_eq!(subjects, [&Subject::chat(&epoch(), chat()), &Subject::Crowd(epoch())]);
    assert_eq!(reread(&parts[1]), reread(&parts[0]));
}

#[test]
fn signals_and_ended_sessions_read_as_they_were_written() {
    let kinds = [
        SignalKind::Typing { chat: chat(), on: true },
        SignalKind::Read { chat: chat(), seq: Seq::new(9).unwrap() },
        SignalKind::Presence { online: true, chats: vec![chat()], to: Some(UserId::new(3).unwrap()) },
        SignalKind::Presence { online: false, chats: vec![chat(), chat()], to: None },
    ];
    for kind in kinds {
        let sent = Signal { by: user(1), kind };
        let parts = signal(&epoch(), &sent);
        assert_eq!(parts.len(), 1);
        assert_eq!(reread(&parts[0]), Some(Heard::Signalled(epoch(), sent)));
    }
    let ended: Vec<_> = (0..10_000u128).map(|id| SessionId::from_bytes(id.to_be_bytes())).collect();
    let parts = sessions_ended(&ended);
    assert!(parts.iter().all(|part| part.message.len() <= MESSAGE_BYTES));
    let heard = parts.iter().flat_map(|part| match reread(part) {
        Some(Heard::SessionsEnded(sessions)) => sessions,
        other => panic!("no sessions: {other:?}"),
    });
    assert_eq!(heard.collect::<Vec<_>>(), ended);
}

#[test]
fn what_is_not_in_this_form_or_not_in_its_place_says_nothing() {
    let chat_subject = Subject::chat(&epoch(), chat());
    let parts = announcement(&announced(vec![text("a"), text("b")]));
    let good = std::str::from_utf8(&parts[0].message[HEADER_BYTES..]).unwrap();
    assert!(read(chat_subject.clone(), good.as_bytes()).is_some());
    for elsewhere in
        [Subject::chat(&epoch(), ChatUri::from_bytes([8; 16])), Subject::Presence(epoch()), Subject::Sessions]
    {
        assert_eq!(read(elsewhere, good.as_bytes()), None);
    }
    let bad = [
        String::new(),
        "null".to_owned(),
        r#"{"sessions":{"ended":["00"]}}"#.to_owned(),
        r#"{"events":{"chat":"07","events":[]}}"#.to_owned(),
        format!(r#"{{"events":{{"chat":"{}","events":[]}}}}"#, chat()),
        good.replace("message.created", "message.sung"),
        good.replace(r#""seq":6"#, r#""seq":7"#),
        good.replace(r#""seq":6"#, r#""seq":-1"#),
        good.replace(r#""seq":5"#, r#""seq":1e99"#),
        good[..good.len() - 1].to_owned(),
    ];
    for body in bad {
        assert_ne!(body, good);
        assert_eq!(read(chat_subject.clone(), body.as_bytes()), None, "{body}");
    }
}

#[test]
fn a_field_of_a_later_form_is_passed_over() {
    let parts = announcement(&announced(vec![text("a")]));
    let body = std::str::from_utf8(&parts[0].message[HEADER_BYTES..]).unwrap().replace(r#""seq""#, r#""new":1,"seq""#);
    assert_eq!(read(parts[0].subject.clone(), body.as_bytes()), reread(&parts[0]));
}
