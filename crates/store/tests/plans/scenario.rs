//! Every call of the ports, once or a few times.

use parlor_domain::account::{DirectoryQuery, Opening, TokenGrant};
use parlor_domain::blocking::Block;
use parlor_domain::chat_session::{ChangeChat, ChatCommand, ChatCursor, NewChat, NewChatKind};
use parlor_domain::message::NewMessage;
use parlor_domain::ports::{
    AdminRepository, BlockRepository, ChatRepository, ExportRepository, LiveRepository, MessageRepository, Readiness,
    SearchRepository, SessionRepository, UserRepository,
};
use parlor_domain::search::{SearchMessages, SearchQuery};
use parlor_domain::{ChatUri, Email, PasswordHash, Seq, SeqRange, TokenId, UserId, Username, UsernameKey};
use parlor_store::DieselStore;
use time::Duration;

use crate::people::{AT, group, log, message, new_group, new_session, sign_up};

/// Calls everything there is, with accounts of its own whose names begin with `prefix`.
pub(crate) async fn call_everything(store: &DieselStore, prefix: &str) -> (UserId, ChatUri) {
    let ann = sign_up(store, &format!("{prefix} ann")).await;
    let bob = sign_up(store, &format!("{prefix} bob")).await;
    accounts(store, ann, prefix).await;
    sessions(store, ann).await;
    let chat = chats(store, ann, bob).await;
    messages(store, ann, bob, chat).await;
    blocks(store, ann, bob).await;
    live(store, ann, chat).await;
    export(store, ann, chat).await;
    operator(store, bob, chat).await;
    store.check().await.expect("ready");
    (ann, chat)
}

async fn accounts(store: &DieselStore, ann: UserId, prefix: &str) {
    let email = Email::new(&format!("{}.ann@example.com", prefix.replace(' ', "."))).expect("an address");
    let name = format!("{prefix} ann");
    let taken = store.find_taken(email.clone(), Username::new(&name).expect("a name")).await.expect("read");
    assert!(taken.username);
    UserRepository::find(store, ann).await.expect("read").expect("ann");
    store.find_credentials(email).await.expect("read");
    let keys = vec![UsernameKey::of(&name), UsernameKey::of("nobody")];
    assert!(store.find_by_usernames(keys).await.expect("read")[0].is_some());
    store.replace_password(ann, PasswordHash::new("old".into()), PasswordHash::new("new".into())).await.expect("done");
    let prefix = Some(UsernameKey::of(prefix));
    for query in [
        DirectoryQuery { prefix: prefix.clone(), after: None, limit: 5 },
        DirectoryQuery { prefix, after: Some(UsernameKey::of(&name)), limit: 5 },
    ] {
        assert!(!store.list_directory(query).await.expect("read").items.is_empty());
    }
}

async fn sessions(store: &DieselStore, ann: UserId) {
    let session = new_session();
    let (id, token) = (session.id, session.token);
    let kept = store.find_password(ann).await.expect("read").expect("an account");
    assert_eq!(store.open(ann, session, kept).await.expect("stored"), Opening::Opened);
    let presented = TokenGrant { user: ann, session: id, id: token, issued_at: AT, expires_at: AT };
    let offered = TokenGrant { id: TokenId::from_bytes([7; 16]), ..presented };
    for _ in 0..2 {
        store.rotate(presented, offered, Duration::HOUR).await.expect("done");
    }
    store.end(id).await.expect("done");
    store.list_ended(Duration::HOUR).await.expect("read");
}

async fn chats(store: &DieselStore, ann: UserId, bob: UserId) -> ChatUri {
    let chat = group(store, ann, &[bob]).await;
    let direct = NewChat { kind: NewChatKind::Direct { with: bob }, ..new_group(ann, &[]) };
    ChatRepository::create(store, direct.clone()).await.expect("stored");
    ChatRepository::create(store, NewChat { uri: chat, ..direct }).await.expect("there already");
    let change = |by, command| ChangeChat { uri: chat, by, command, max_members: 9, at: AT };
    for (by, command) in [
        (bob, ChatCommand::Remove(bob)),
        (bob, ChatCommand::Join),
        (ann, ChatCommand::Remove(bob)),
        (ann, ChatCommand::Add(bob)),
    ] {
        store.change(change(by, command)).await.expect("done").expect("allowed");
    }
    for members in [0, 100] {
        ChatRepository::find(store, chat, bob, members).await.expect("read").expect("his chat");
    }
    let first = ChatRepository::list(store, ann, None, 1).await.expect("read");
    let last = &first.items[0].chat;
    let after = ChatCursor { updated_at: last.updated_at, uri: last.uri };
    ChatRepository::list(store, ann, Some(after), 50).await.expect("read");
    for after in [None, Some(ann)] {
        store.list_members(chat, bob, after, 5).await.expect("read").expect("his chat");
    }
    chat
}

async fn blocks(store: &DieselStore, ann: UserId, bob: UserId) {
    for (by, user) in [(ann, bob), (bob, ann)] {
        store.block(Block { by, user }).await.expect("done").expect("allowed");
        assert_eq!(store.list_blocked(by, None, 50).await.expect("read").items.len(), 1);
    }
    assert_eq!(store.blocked(vec![ann]).await.expect("read").len(), 1);
    store.unblock(ann, bob).await.expect("done");
}

/// What the operator's commands ask.
async fn operator(store: &DieselStore, bob: UserId, chat: ChatUri) {
    for after in [None, Some(bob)] {
        store.list_accounts(after, 5).await.expect("read");
    }
    for after in [None, Some(chat)] {
        store.list_chats(after, 5).await.expect("read");
    }
    assert!(store.suspend(bob).await.expect("done"));
    assert!(store.unsuspend(bob).await.expect("done"));
    assert!(store.reset_password(bob, PasswordHash::new("reset".into())).await.expect("done"));
}

async fn messages(store: &DieselStore, ann: UserId, bob: UserId, chat: ChatUri) {
    send(store, ann, chat).await;
    let head = log(store, ann, chat).await.last().expect("not empty").seq;
    store.mark_read(chat, bob, head).await.expect("done").expect("his chat");
    read(store, ann, chat).await;
    search(store, ann, chat, "answ").await;
}

/// Somebody who is in one chat only, a long one.
pub(crate) async fn newcomer(store: &DieselStore, name: &str, by: UserId, chat: ChatUri) -> UserId {
    let user = sign_up(store, name).await;
    let change = ChangeChat { uri: chat, by, command: ChatCommand::Add(user), max_members: 9, at: AT };
    store.change(change).await.expect("done").expect("allowed");
    user
}

/// The first two pages of what is found, in all chats and in one.
pub(crate) async fn search(store: &DieselStore, reader: UserId, chat: ChatUri, words: &str) {
    for chat in [None, Some(chat)] {
        let query = SearchQuery::new(words).expect("a word");
        let search = SearchMessages { reader, query, chat, after: None, limit: 5 };
        let page = store.search(search.clone()).await.expect("read").expect("her chat");
        let after = page.items.last().map(|hit| hit.cursor());
        store.search(SearchMessages { after, ..search }).await.expect("read").expect("her chat");
    }
}

/// All that is stored of somebody, each list twice: from its beginning and from behind its first.
async fn export(store: &DieselStore, user: UserId, chat: ChatUri) {
    let sessions = store.export_sessions(user, None, 1).await.expect("read").items;
    store.export_sessions(user, sessions.first().map(|session| session.id), 50).await.expect("read");
    store.export_invites(user, None, 50).await.expect("read");
    let chats = store.export_chats(user, None, 1).await.expect("read").items;
    store.export_chats(user, chats.first().map(|chat| chat.uri), 50).await.expect("read");
    let stretch = store.export_events(chat, user, Seq::new(3).expect("in range"), 20).await.expect("read");
    assert!(!stretch.events.is_empty());
}

/// What live delivery asks: of many chats and users at once.
pub(crate) async fn live(store: &DieselStore, user: UserId, chat: ChatUri) {
    store.epoch().await.expect("read");
    assert!(!store.memberships(user).await.expect("read").is_empty());
    let unknown = (0..100).map(|number: u128| ChatUri::from_bytes(number.to_be_bytes()));
    let heads = store.heads([chat].into_iter().chain(unknown).collect()).await.expect("read");
    assert_eq!(heads.len(), 1);
    let users = (1..200).map(|id| UserId::new(id).expect("in range")).collect();
    assert!(store.joined(users, Duration::minutes(5)).await.expect("read").len() > 1);
}

/// Messages alone and together, a copy and an answer among them.
pub(crate) async fn send(store: &DieselStore, author: UserId, chat: ChatUri) {
    let first = store.append(message(author, chat, "first")).await.expect("stored").expect("a member").message;
    let answer = NewMessage { reply_to: Some(first.seq), ..message(author, chat, "answer") };
    store.append(answer).await.expect("stored").expect("a member");
    let together: Vec<_> = (0..20)
        .map(|number| {
            let (store, message) = (store.clone(), message(author, chat, &format!("text {}", number / 2)));
            tokio::spawn(async move { store.append(message).await.expect("stored").expect("a member") })
        })
        .collect();
    for task in together {
        task.await.expect("no panic");
    }
}

/// Pages at the ends and in the middle of a history.
pub(crate) async fn read(store: &DieselStore, reader: UserId, chat: ChatUri) {
    let seq = |number| Some(Seq::new(number).expect("in range"));
    for range in [
        SeqRange::newest(50),
        SeqRange { before: seq(60), after: None, limit: 50 },
        SeqRange { after: seq(2), before: None, limit: 50 },
        SeqRange { after: seq(2), before: seq(60), limit: 50 },
    ] {
        MessageRepository::list(store, chat, reader, range).await.expect("read").expect("a member");
    }
    MessageRepository::find(store, chat, reader, Seq::new(8).expect("in range")).await.expect("read");
    store.read_log(chat, reader, Seq::new(3).expect("in range"), 50).await.expect("read").expect("a member");
    store.events(chat, Seq::new(3).expect("in range"), 50).await.expect("read").value.expect("a chat");
    store.membership(chat, reader).await.expect("read").value.expect("a member");
}
