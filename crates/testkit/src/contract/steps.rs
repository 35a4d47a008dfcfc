//! The steps that cases are made of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parlor_domain::account::{Device, NewSession, NewUser, Opening, Taken, TokenGrant};
use parlor_domain::chat_session::{
    ChangeChat, ChangeRefused, ChatCommand, ChatCreation, ChatSummary, NewChat, NewChatKind, SettingsChange,
};
use parlor_domain::message::{
    ChangeMessage, ChangeMessageRefused, ChangedMessage, DedupKey, MessageCommand, NewMessage, SendRefused, Sent,
};
use parlor_domain::{
    ChatTitle, ChatUri, ClientId, Email, Emoji, Event, EventKind, Member, Message, MessageBody, PasswordHash, Role,
    Seq, SeqRange, SessionId, TokenId, User, UserId, UserRef, Username,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use tokio::sync::Barrier;

use crate::entropy::split_mix_64;
use crate::{Repositories, StoreFixture};

/// When cases begin. Six digits, to see whether microseconds are kept.
pub(super) const START: OffsetDateTime = datetime!(2026-03-04 05:06:07.890123 UTC);
/// What every case takes for granted, unless it cuts the connections.
pub(super) const ANSWERS: &str = "the store answers";
/// More than any case has in one list.
pub(super) const ALL: u32 = 10_000;

/// So many seconds after [`START`].
pub(super) fn after(seconds: i64) -> OffsetDateTime {
    START + Duration::seconds(seconds)
}

/// 16 bytes that no other case got.
pub(super) fn fresh_bytes() -> [u8; 16] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    (u128::from(split_mix_64(number)) << 64 | u128::from(number)).to_be_bytes()
}

pub(super) fn fresh_uri() -> ChatUri {
    ChatUri::from_bytes(fresh_bytes())
}

pub(super) fn seq(number: i64) -> Seq {
    Seq::new(number).expect("a small number")
}

/// Runs the futures as tasks that begin together, and returns what they gave, in their own order.
pub(super) async fn together<T, F>(futures: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let futures: Vec<F> = futures.into_iter().collect();
    let start = Arc::new(Barrier::new(futures.len()));
    let tasks: Vec<_> = futures
        .into_iter()
        .map(|future| {
            let start = start.clone();
            tokio::spawn(async move {
                start.wait().await;
                future.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.expect("no task panics"));
    }
    results
}

/// An account to be made.
pub(super) fn new_user(email: &str, username: &str) -> NewUser {
    NewUser {
        email: Email::new(email).expect("an address"),
        username: Username::new(username).expect("a name"),
        password: PasswordHash::new(format!("hash of {username}")),
        created_at: START,
    }
}

/// What is kept of the password of somebody who signed up by the steps of a case.
pub(super) fn kept(user: &UserRef) -> PasswordHash {
    new_user("a@example.com", user.username.as_str()).password
}

/// A session to be opened.
pub(super) fn new_session() -> NewSession {
    let issued_at = datetime!(2026-03-04 05:06:07 UTC);
    NewSession {
        id: SessionId::from_bytes(fresh_bytes()),
        device: Device { user_agent: Some("Ünï/1.0 (\"quoted\")".into()), address: Some("2001:db8::1".into()) },
        created_at: START,
        token: TokenId::from_bytes(fresh_bytes()),
        issued_at,
        expires_at: issued_at + Duration::days(3650),
    }
}

/// What the first refresh token of a session says.
pub(super) fn first_grant(user: UserId, session: &NewSession) -> TokenGrant {
    TokenGrant {
        user,
        session: session.id,
        id: session.token,
        issued_at: session.issued_at,
        expires_at: session.expires_at,
    }
}

/// A successor to offer for a token.
pub(super) fn next_grant(of: &TokenGrant) -> TokenGrant {
    let issued_at = of.issued_at + Duration::seconds(61);
    TokenGrant {
        id: TokenId::from_bytes(fresh_bytes()),
        issued_at,
        expires_at: issued_at + Duration::days(3650),
        ..*of
    }
}

/// A message with a key of its own, sent at [`START`].
pub(super) fn message(author: &UserRef, chat: ChatUri, text: &str) -> NewMessage {
    NewMessage {
        chat,
        author: author.id,
        body: MessageBody::new(text).expect("a text"),
        key: DedupKey::Random(fresh_bytes()),
        reply_to: None,
        at: START,
    }
}

/// A message that its client named.
pub(super) fn named(author: &UserRef, chat: ChatUri, client_id: &str, text: &str) -> NewMessage {
    NewMessage { key: key(client_id), ..message(author, chat, text) }
}

pub(super) fn key(client_id: &str) -> DedupKey {
    DedupKey::Client(ClientId::new(client_id).expect("a client's name"))
}

/// The command to give a message this text.
pub(super) fn text(text: &str) -> MessageCommand {
    MessageCommand::Edit(MessageBody::new(text).expect("a text"))
}

/// A wish to change a message at [`START`].
pub(super) fn wish(by: &UserRef, chat: ChatUri, target: Seq, command: MessageCommand) -> ChangeMessage {
    ChangeMessage { chat, target, by: by.id, command, condition: None, at: START }
}

/// A joinable group to be made at [`START`].
pub(super) fn new_group(uri: ChatUri, creator: &UserRef, members: &[&UserRef]) -> NewChat {
    let members = members.iter().map(|user| user.id).collect();
    NewChat { uri, creator: creator.id, kind: NewChatKind::Group { title: None, joinable: true, members }, at: START }
}

/// A direct chat to be made at [`START`].
pub(super) fn new_direct(uri: ChatUri, creator: &UserRef, with: &UserRef) -> NewChat {
    NewChat { uri, creator: creator.id, kind: NewChatKind::Direct { with: with.id }, at: START }
}

pub(super) fn member(user: &UserRef, role: Role) -> Member {
    Member { user: user.clone(), role }
}

/// What happened, one line for each event.
pub(super) fn story(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}: {}", event.seq, event.by.username.as_str(), deed(&event.kind))).collect()
}

fn deed(kind: &EventKind) -> String {
    let shown = |member: &Member| format!("{} {}", member.user.username.as_str(), member.role.as_str());
    let said = match kind {
        EventKind::ChatCreated { members, .. } => members.iter().map(shown).collect::<Vec<_>>().join(", "),
        EventKind::MemberAdded(member) | EventKind::MemberRemoved(member) | EventKind::MemberRole(member) => {
            shown(member)
        }
        EventKind::MessageCreated { body, .. } => body.clone(),
        EventKind::ChatUpdated { title, joinable } => settings(title.as_ref(), *joinable),
        EventKind::MessageEdited { target, body } => format!("{target} {body}"),
        EventKind::MessageDeleted { target } => target.to_string(),
        EventKind::ReactionAdded { target, emoji } | EventKind::ReactionRemoved { target, emoji } => {
            format!("{target} {}", emoji.as_str())
        }
        _ => String::new(),
    };
    format!("{} {said}", kind.as_str())
}

/// The settings that changed: `title=Tea joinable=no`; a title that was taken away is `-`.
fn settings(title: Option<&Option<ChatTitle>>, joinable: Option<bool>) -> String {
    let title = title.map(|title| format!("title={}", title.as_ref().map_or("-", ChatTitle::as_str)));
    let joinable = joinable.map(|joinable| format!("joinable={}", if joinable { "yes" } else { "no" }));
    title.into_iter().chain(joinable).collect::<Vec<_>>().join(" ")
}

impl StoreFixture {
    /// The store and its peer in turn: what is done through both at once meets in the database only.
    pub(super) fn node(&self, turn: usize) -> Repositories {
        if turn.is_multiple_of(2) { self.store.clone() } else { self.peer.clone() }
    }
}

impl Repositories {
    pub(super) async fn try_sign_up(&self, email: &str, username: &str) -> Result<User, Taken> {
        self.users.create(new_user(email, username), new_session()).await.expect(ANSWERS)
    }

    /// A new account of this name.
    pub(super) async fn sign_up(&self, username: &str) -> UserRef {
        let number = u128::from_be_bytes(fresh_bytes());
        let user = self.try_sign_up(&format!("{number:x}@example.com"), username).await.expect("a new name");
        UserRef { id: user.id, username: user.username }
    }

    /// Opens a session with what is kept of the user's password.
    pub(super) async fn open_session(&self, user: &UserRef, session: NewSession) {
        let kept = self.users.find_password(user.id).await.expect(ANSWERS).expect("an account");
        let opening = self.sessions.open(user.id, session, kept).await.expect(ANSWERS);
        assert_eq!(opening, Opening::Opened, "nobody changes the password");
    }

    /// New accounts `ann`, `bob`, `cleo` …, as many as the caller takes names for.
    pub(super) async fn people<const N: usize>(&self) -> [UserRef; N] {
        const NAMES: [&str; 6] = ["ann", "bob", "cleo", "dora", "emil", "fay"];
        let mut people = Vec::with_capacity(N);
        for name in &NAMES[..N] {
            people.push(self.sign_up(name).await);
        }
        people.try_into().expect("N of them")
    }

    /// Accounts `user0`, `user1` ….
    pub(super) async fn crowd(&self, size: usize) -> Vec<UserRef> {
        let mut crowd = Vec::with_capacity(size);
        for number in 0..size {
            crowd.push(self.sign_up(&format!("user{number}")).await);
        }
        crowd
    }

    pub(super) async fn create(&self, chat: NewChat) -> ChatCreation {
        self.chats.create(chat).await.expect(ANSWERS)
    }

    /// A new joinable group.
    pub(super) async fn group(&self, owner: &UserRef, members: &[&UserRef]) -> ChatUri {
        let uri = fresh_uri();
        assert_eq!(self.create(new_group(uri, owner, members)).await, ChatCreation::Created);
        uri
    }

    /// A new group that cannot be joined by its uri.
    pub(super) async fn closed_group(&self, owner: &UserRef, members: &[&UserRef]) -> ChatUri {
        let mut chat = new_group(fresh_uri(), owner, members);
        if let NewChatKind::Group { joinable, .. } = &mut chat.kind {
            *joinable = false;
        }
        let uri = chat.uri;
        assert_eq!(self.create(chat).await, ChatCreation::Created);
        uri
    }

    /// A new direct chat.
    pub(super) async fn direct(&self, creator: &UserRef, with: &UserRef) -> ChatUri {
        let uri = fresh_uri();
        assert_eq!(self.create(new_direct(uri, creator, with)).await, ChatCreation::Created);
        uri
    }

    /// One command, in a group of at most a thousand.
    pub(super) async fn change(&self, by: &UserRef, uri: ChatUri, command: ChatCommand) -> Result<(), ChangeRefused> {
        let change = ChangeChat { uri, by: by.id, command, max_members: 1000, at: START };
        self.chats.change(change).await.expect(ANSWERS)
    }

    pub(super) async fn join(&self, by: &UserRef, uri: ChatUri) -> Result<(), ChangeRefused> {
        self.change(by, uri, ChatCommand::Join).await
    }

    pub(super) async fn add(&self, by: &UserRef, uri: ChatUri, who: &UserRef) -> Result<(), ChangeRefused> {
        self.change(by, uri, ChatCommand::Add(who.id)).await
    }

    pub(super) async fn remove(&self, by: &UserRef, uri: ChatUri, who: &UserRef) -> Result<(), ChangeRefused> {
        self.change(by, uri, ChatCommand::Remove(who.id)).await
    }

    pub(super) async fn give(
        &self,
        by: &UserRef,
        uri: ChatUri,
        who: &UserRef,
        role: Role,
    ) -> Result<(), ChangeRefused> {
        self.change(by, uri, ChatCommand::GiveRole(who.id, role)).await
    }

    pub(super) async fn update(
        &self,
        by: &UserRef,
        uri: ChatUri,
        title: Option<Option<&str>>,
        joinable: Option<bool>,
    ) -> Result<(), ChangeRefused> {
        let title = title.map(|title| title.map(|text| ChatTitle::new(text.into()).expect("a title")));
        self.change(by, uri, ChatCommand::Update(SettingsChange { title, joinable })).await
    }

    pub(super) async fn delete(&self, by: &UserRef, uri: ChatUri) -> Result<(), ChangeRefused> {
        self.change(by, uri, ChatCommand::Delete).await
    }

    /// The chat with all its members; it must be the viewer's.
    pub(super) async fn chat(&self, viewer: &UserRef, uri: ChatUri) -> ChatSummary {
        self.chats.find(uri, viewer.id, ALL).await.expect(ANSWERS).expect("a chat of the viewer")
    }

    /// The names of the members, as they are listed.
    pub(super) async fn member_names(&self, viewer: &UserRef, uri: ChatUri) -> Vec<String> {
        let page = self.chats.list_members(uri, viewer.id, None, ALL).await.expect(ANSWERS).expect("a member");
        assert!(!page.more);
        page.items.iter().map(|member| member.user.username.as_str().to_owned()).collect()
    }

    pub(super) async fn try_send(&self, message: NewMessage) -> Result<Sent, SendRefused> {
        self.messages.append(message).await.expect(ANSWERS)
    }

    /// Sends a message of its own, which must be stored.
    pub(super) async fn send(&self, author: &UserRef, chat: ChatUri, text: &str) -> Message {
        let sent = self.try_send(message(author, chat, text)).await.expect("the author is a member");
        assert!(!sent.duplicate, "a new message is no duplicate");
        sent.message
    }

    pub(super) async fn try_change(&self, change: ChangeMessage) -> Result<ChangedMessage, ChangeMessageRefused> {
        self.messages.change_message(change).await.expect(ANSWERS)
    }

    pub(super) async fn edit(
        &self,
        by: &UserRef,
        chat: ChatUri,
        target: Seq,
        to: &str,
    ) -> Result<ChangedMessage, ChangeMessageRefused> {
        self.try_change(wish(by, chat, target, text(to))).await
    }

    pub(super) async fn delete_message(
        &self,
        by: &UserRef,
        chat: ChatUri,
        target: Seq,
    ) -> Result<ChangedMessage, ChangeMessageRefused> {
        self.try_change(wish(by, chat, target, MessageCommand::Delete)).await
    }

    /// Puts an emoji under a message, or takes it away.
    pub(super) async fn react(
        &self,
        by: &UserRef,
        chat: ChatUri,
        target: Seq,
        emoji: &str,
        on: bool,
    ) -> Result<ChangedMessage, ChangeMessageRefused> {
        let emoji = Emoji::new(emoji).expect("an emoji");
        let command = if on { MessageCommand::React(emoji) } else { MessageCommand::Unreact(emoji) };
        self.try_change(wish(by, chat, target, command)).await
    }

    /// The whole log, which must be 1, 2, 3 … up to the head.
    pub(super) async fn log(&self, reader: &UserRef, chat: ChatUri) -> Vec<Event> {
        let page = self.messages.read_log(chat, reader.id, Seq::START, ALL).await.expect(ANSWERS).expect("a member");
        let seqs: Vec<i64> = page.events.iter().map(|event| event.seq.get()).collect();
        assert_eq!(seqs, (1..=page.head.get()).collect::<Vec<_>>(), "the log has no gap and ends at the head");
        assert!(page.events.iter().all(|event| event.chat == chat));
        page.value.events
    }

    /// All messages, oldest first.
    pub(super) async fn history(&self, reader: &UserRef, chat: ChatUri) -> Vec<Message> {
        let page = self.messages.list(chat, reader.id, SeqRange::newest(ALL)).await.expect(ANSWERS).expect("a member");
        assert!(!page.more);
        page.items
    }
}
