//! Accounts, chats and messages to test with.

use std::sync::atomic::{AtomicU64, Ordering};

use parlor_domain::account::{Device, NewSession, NewUser};
use parlor_domain::chat_session::{ChatCreation, NewChat, NewChatKind};
use parlor_domain::message::{DedupKey, NewMessage};
use parlor_domain::ports::{ChatRepository, MessageRepository, UserRepository};
use parlor_domain::{
    ChatUri, ClientId, Email, Event, MessageBody, PasswordHash, Seq, SessionId, TokenId, UserId, Username,
};
use parlor_store::DieselStore;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

pub(crate) const AT: OffsetDateTime = datetime!(2026-03-04 05:06:07.123457 UTC);

/// 16 bytes that no other call of this process gives.
fn fresh_bytes() -> [u8; 16] {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    (u128::from(COUNT.fetch_add(1, Ordering::Relaxed)) << 64).to_be_bytes()
}

pub(crate) fn new_session() -> NewSession {
    NewSession {
        id: SessionId::from_bytes(fresh_bytes()),
        device: Device::default(),
        created_at: AT,
        token: TokenId::from_bytes(fresh_bytes()),
        issued_at: AT,
        expires_at: AT + Duration::days(30),
    }
}

pub(crate) async fn sign_up(store: &DieselStore, name: &str) -> UserId {
    let user = NewUser {
        email: Email::new(&format!("{}@example.com", name.replace(" ", "."))).expect("an address"),
        username: Username::new(name).expect("a name"),
        password: PasswordHash::new("hash".into()),
        created_at: AT,
    };
    UserRepository::create(store, user, new_session()).await.expect("stored").expect("a new name").id
}

pub(crate) fn new_group(owner: UserId, members: &[UserId]) -> NewChat {
    let uri = ChatUri::from_bytes(fresh_bytes());
    let kind = NewChatKind::Group { title: None, joinable: true, members: members.to_vec() };
    NewChat { uri, creator: owner, kind, at: AT }
}

pub(crate) async fn group(store: &DieselStore, owner: UserId, members: &[UserId]) -> ChatUri {
    let chat = new_group(owner, members);
    let uri = chat.uri;
    assert_eq!(ChatRepository::create(store, chat).await.expect("stored"), ChatCreation::Created);
    uri
}

/// A message that its client named like its text.
pub(crate) fn message(author: UserId, chat: ChatUri, text: &str) -> NewMessage {
    NewMessage {
        chat,
        author,
        body: MessageBody::new(text).expect("a text"),
        key: DedupKey::Client(ClientId::new(text).expect("a short text")),
        reply_to: None,
        at: AT,
    }
}

pub(crate) async fn log(store: &DieselStore, reader: UserId, chat: ChatUri) -> Vec<Event> {
    let page = store.read_log(chat, reader, Seq::START, 1000).await.expect("read").expect("a member");
    let seqs: Vec<i64> = page.events.iter().map(|event| event.seq.get()).collect();
    assert_eq!(seqs, (1..=page.head.get()).collect::<Vec<_>>(), "the log has no gap");
    page.value.events
}
