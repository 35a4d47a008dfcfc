//! Events and signals to send over a bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parlor_domain::{
    Announcement, ChatKind, ChatTitle, ChatUri, ClientId, Emoji, Epoch, Event, EventKind, Member, Role, Seq, SessionId,
    Signal, SignalKind, Topic, UserId, UserRef, Username,
};
use time::macros::datetime;

/// The life that most cases play in.
pub fn life() -> Epoch {
    Epoch::new("4c0ffee0-1").expect("a plain name")
}

/// A chat.
pub fn chat(number: u8) -> ChatUri {
    ChatUri::from_bytes([number; 16])
}

/// The topic of [`chat`].
pub fn of_chat(number: u8) -> Topic {
    Topic::Chat(chat(number))
}

/// The topic of [`user`].
pub fn of_user(number: i64) -> Topic {
    Topic::User(user(number).id)
}

/// A user, whose name needs care on the wire.
pub fn user(number: i64) -> UserRef {
    let id = UserId::new(number).expect("a small number");
    UserRef { id, username: Username::stored(format!("Zoë \"{number}\" \u{1f600}")) }
}

/// A session that no other call returns.
pub fn fresh_session() -> SessionId {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = u128::from(LAST.fetch_add(1, Ordering::Relaxed));
    SessionId::from_bytes((number + (u128::from(std::process::id()) << 32)).to_be_bytes())
}

/// An announcement in [`life`]: these kinds, the first with the seq `first`.
pub fn announcement(chat: ChatUri, first: i64, kinds: Vec<EventKind>) -> Announcement {
    let at = datetime!(2026-11-24 12:34:56.789_012 UTC);
    let event = |(seq, kind)| Event { chat, seq: seq_of(seq), at, by: user(1), kind };
    Announcement { epoch: life(), chat, events: (first..).zip(kinds).map(event).map(Arc::new).collect() }
}

/// A place in a log.
pub fn seq_of(number: i64) -> Seq {
    Seq::new(number).expect("a small number")
}

/// A message with this text.
pub fn text(body: &str) -> EventKind {
    EventKind::MessageCreated { body: body.to_owned(), client_id: None, reply_to: None }
}

/// A chat with the members 1 to `members`.
pub fn created(members: i64) -> EventKind {
    let members = (1..=members).map(|number| member(number, Role::Member)).collect();
    let title = Some(ChatTitle::stored("a \\ \"title\"".to_owned()));
    EventKind::ChatCreated { kind: ChatKind::Group, title, joinable: true, members }
}

/// A member of a chat.
pub fn member(number: i64, role: Role) -> Member {
    Member { user: user(number), role }
}

fn emoji(text: &str) -> Emoji {
    Emoji::new(text).expect("an emoji")
}

/// Every kind of event, and texts that a form of transport may stumble over.
pub fn all_kinds() -> Vec<EventKind> {
    let target = seq_of(2);
    let title = |text: &str| Some(ChatTitle::stored(text.to_owned()));
    vec![
        created(3),
        EventKind::ChatCreated { kind: ChatKind::Direct, title: None, joinable: false, members: Vec::new() },
        EventKind::MemberAdded(member(4, Role::Member)),
        EventKind::MemberRole(member(4, Role::Admin)),
        EventKind::MemberRole(member(5, Role::Owner)),
        EventKind::ChatUpdated { title: None, joinable: None },
        EventKind::ChatUpdated { title: Some(None), joinable: Some(false) },
        EventKind::ChatUpdated { title: Some(title("new")), joinable: Some(true) },
        text(""),
        text("\u{7f}\r\n\t \"\\/ \u{2028}\u{fe0f}\u{10ffff} e\u{301}"),
        EventKind::MessageCreated {
            body: "an answer".to_owned(),
            client_id: Some(ClientId::new("{\"k\": 1}").expect("printable")),
            reply_to: Some(target),
        },
        EventKind::MessageEdited { target, body: "edited".to_owned() },
        EventKind::MessageDeleted { target },
        EventKind::ReactionAdded { target, emoji: emoji("👍🏽") },
        EventKind::ReactionRemoved { target, emoji: emoji("❤") },
        EventKind::MemberRemoved(member(4, Role::Admin)),
        EventKind::ChatDeleted,
    ]
}

/// Somebody types in a chat, or stops.
pub fn typing(chat: ChatUri, on: bool) -> Signal {
    Signal { by: user(7), kind: SignalKind::Typing { chat, on } }
}

/// Somebody has read a chat.
pub fn read(chat: ChatUri, seq: i64) -> Signal {
    Signal { by: user(7), kind: SignalKind::Read { chat, seq: seq_of(seq) } }
}

/// Somebody came or went.
pub fn presence(online: bool, chats: Vec<ChatUri>, to: Option<i64>) -> Signal {
    let to = to.map(|number| user(number).id);
    Signal { by: user(7), kind: SignalKind::Presence { online, chats, to } }
}
