//! Each method of `parlor-client`, called once: what it sends is taken, and what comes back is what it reads.

use std::time::Duration;

use parlor_client::{
    ChatChange, ChatKind, ChatUri, EventKind, Method, NewGroup, NewInvite, Options, Parlor, Place, ProfileChange,
    Range, Role, SendOptions, SignUp, Update,
};
use serde_json::Value;
use tokio::time::timeout;

use crate::harness::{Database, PASSWORD, PATIENCE, Server, on_both_databases, quick, shared, unique};

on_both_databases!(
    accounts_and_sessions,
    the_directory_and_blocks,
    chats_members_and_invites,
    messages_reactions_and_search,
    the_log_and_what_is_exported,
    requests_over_the_live_connection,
);

fn client(server: &Server, options: Options) -> Parlor {
    Parlor::with_options(&format!("http://{}", server.address()), options).unwrap()
}

/// Somebody new: their client, id and name.
async fn somebody(server: &Server, stem: &str) -> (Parlor, u64, String) {
    let (parlor, username) = (client(server, quick()), unique(stem));
    let email = format!("{username}@example.com");
    let form = SignUp { email: email.clone(), username: username.clone(), password: PASSWORD.to_owned(), invite: None };
    let account = parlor.sign_up(form).await.unwrap();
    assert_eq!((&account.email, &account.username), (&email, &username));
    (parlor, account.id, username)
}

/// The client of the owner of a new group, and the group.
async fn group(server: &Server, usernames: &[&str]) -> (Parlor, ChatUri) {
    let (parlor, ..) = somebody(server, "owner").await;
    let usernames = usernames.iter().map(|&name| name.to_owned()).collect();
    let opened = parlor.open_group(&NewGroup { usernames, ..NewGroup::default() }).await.unwrap();
    (parlor, opened.uri)
}

async fn accounts_and_sessions(on: Database) {
    let server = shared(on).await;
    let (mabel, id, username) = somebody(&server, "mabel").await;
    assert_eq!(mabel.hello().await.unwrap(), "Hello, World!");
    let change = ProfileChange { display_name: Some(Some("Mabel B.".to_owned())), ..ProfileChange::default() };
    assert_eq!(mabel.change_me(&change).await.unwrap().display_name.as_deref(), Some("Mabel B."));
    let me = mabel.me().await.unwrap();
    assert_eq!((me.id, &me.username), (id, &username));

    let phone = client(&server, quick());
    assert_eq!(phone.log_in(&me.email, PASSWORD).await.unwrap().id, id);
    assert!(phone.log_in(&me.email, "wrong horse").await.unwrap_err().is_code("invalid_credentials"));
    let sessions = mabel.sessions(None).await.unwrap();
    assert_eq!(sessions.iter().filter(|session| session.current).count(), 1);
    let other = sessions.iter().find(|session| !session.current).unwrap();
    mabel.end_session(&other.id).await.unwrap();
    phone.log_in(&me.email, PASSWORD).await.unwrap();
    mabel.end_other_sessions().await.unwrap();
    assert_eq!(mabel.sessions(None).await.unwrap().len(), 1);
    mabel.change_password(PASSWORD, "battery staple").await.unwrap();
    assert!(mabel.erase_me(PASSWORD).await.unwrap_err().is_code("wrong_password"));
    mabel.log_out().await.unwrap();
    assert_eq!(mabel.tokens(), None);
    mabel.log_in(&me.email, "battery staple").await.unwrap();
    mabel.erase_me("battery staple").await.unwrap();
    assert_eq!(mabel.tokens(), None);
    mabel.log_out().await.unwrap();
    let error = mabel.sign_up(SignUp::default()).await.unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!((refusal.status, refusal.code.as_str()), (Some(400), "invalid"));
    assert!(refusal.errors.contains_key("email"), "{refusal:?}");
}

async fn the_directory_and_blocks(on: Database) {
    let server = shared(on).await;
    let (mabel, ..) = somebody(&server, "mabel").await;
    let stem = unique("zoë");
    for n in 0..3 {
        somebody(&server, &format!("{stem}x{n}")).await;
    }
    let first = mabel.users(&stem, Some(2)).await.unwrap();
    let rest = mabel.page(first.next.as_ref().unwrap()).await.unwrap();
    assert_eq!((first.len(), rest.len(), rest.next), (2, 1, None));
    let zoe = &rest.items[0];
    assert_eq!(mabel.user(zoe.id).await.unwrap(), *zoe);
    mabel.block(zoe.id).await.unwrap();
    assert_eq!(mabel.blocks(None).await.unwrap().items, std::slice::from_ref(zoe));
    assert!(mabel.open_direct(&zoe.username).await.unwrap_err().is_code("blocked"));
    mabel.unblock(zoe.id).await.unwrap();
    assert!(mabel.blocks(None).await.unwrap().is_empty());
    assert!(!mabel.users("", None).await.unwrap().is_empty());
}

async fn chats_members_and_invites(on: Database) {
    let server = shared(on).await;
    let (zoe, zoe_id, zoe_name) = somebody(&server, "zoë").await;
    let (nina, nina_id, nina_name) = somebody(&server, "nina").await;
    let (mabel, club) = group(&server, &[&zoe_name]).await;
    let direct = mabel.open_direct(&zoe_name).await.unwrap();
    assert_eq!((direct.kind, direct.user.id), (ChatKind::Direct, zoe_id));
    let (uri, closed) = (ChatUri::random(), NewGroup { closed: true, ..NewGroup::default() });
    let picked = mabel.open_group_at(uri, &closed).await.unwrap();
    assert_eq!((picked.uri, picked.joinable), (uri, false));
    assert_eq!(mabel.chats(None).await.unwrap().len(), 3);

    assert_eq!(nina.join(club).await.unwrap().member_count, 3);
    let change = ChatChange { title: Some(Some("Book club".to_owned())), joinable: Some(false) };
    assert_eq!(mabel.change_chat(club, &change).await.unwrap().title.as_deref(), Some("Book club"));
    assert_eq!(mabel.give_role(club, zoe_id, Role::Admin).await.unwrap().role, Role::Admin);
    mabel.remove_member(club, nina_id).await.unwrap();
    assert_eq!(zoe.members(club, None).await.unwrap().len(), 2);
    assert_eq!(zoe.add_member(club, &nina_name).await.unwrap().user.id, nina_id);
    let chat = zoe.chat(club).await.unwrap();
    assert_eq!((chat.member_count, chat.head), (3, 6));
    let read = nina.mark_read(club, chat.head).await.unwrap();
    assert_eq!((read.read, read.unread), (6, 0));
    nina.typing(club, true).await.unwrap();

    let limited = NewInvite { expires_in: Some(Duration::from_secs(60)), uses: Some(1) };
    let (bounded, endless) =
        (mabel.invite(uri, limited).await.unwrap(), mabel.invite(uri, NewInvite::default()).await.unwrap());
    assert!(bounded.expires_at.is_some() && bounded.uses_left == Some(1));
    assert_eq!((endless.expires_at, endless.uses_left), (None, None));
    assert_eq!(nina.accept_invite(&bounded.code).await.unwrap().uri, uri);
    mabel.withdraw_invite(uri, &endless.code).await.unwrap();
    assert!(mabel.invites(uri, None).await.unwrap().is_empty());
    mabel.delete_chat(uri).await.unwrap();
    assert!(nina.chat(uri).await.unwrap_err().is_code("not_found"));
}

async fn messages_reactions_and_search(on: Database) {
    let server = shared(on).await;
    let (mabel, chat) = group(&server, &[]).await;
    let options = SendOptions { client_id: Some("m-1".to_owned()), reply_to: None };
    let sent = mabel.send(chat, "What do we read?", options.clone()).await.unwrap();
    let again = mabel.send(chat, "What do we read?", options).await.unwrap();
    assert_eq!((sent.duplicate, again.duplicate, &again.message), (false, true, &sent.message));
    let seq = sent.message.seq;
    let reply = SendOptions { reply_to: Some(seq), ..SendOptions::default() };
    let reply = mabel.send(chat, "Moby-Dick", reply).await.unwrap().message;
    assert_eq!(reply.reply_to, Some(seq));
    let edited = mabel.edit(chat, seq, "What shall we read?").await.unwrap();
    assert!(edited.edited_at.is_some());
    let reacted = mabel.react(chat, seq, "👍🏽", true).await.unwrap();
    assert_eq!(reacted.reactions["👍🏽"].len(), 1);
    assert_eq!(mabel.message(chat, seq).await.unwrap(), reacted);
    assert_eq!(mabel.react(chat, seq, "👍🏽", false).await.unwrap().reactions.len(), 0);
    let newest = mabel.messages(chat, Range { limit: Some(1), ..Range::default() }).await.unwrap();
    let earlier = mabel.page(newest.prev.as_ref().unwrap()).await.unwrap();
    assert_eq!((newest.items, earlier[0].seq), (vec![reply.clone()], seq));
    let found = mabel.search("shall read", Some(chat), None).await.unwrap();
    assert_eq!((found.len(), found[0].seq, found[0].matches.len()), (1, seq, 2));
    assert!(mabel.search("a&b", None, None).await.unwrap().is_empty());
    mabel.delete(chat, reply.seq).await.unwrap();
    assert!(mabel.message(chat, reply.seq).await.unwrap().deleted);
}

async fn the_log_and_what_is_exported(on: Database) {
    let server = shared(on).await;
    let (zoe, zoe_id, zoe_name) = somebody(&server, "zoë").await;
    let (mabel, chat) = group(&server, &[&zoe_name]).await;
    let seq = mabel.send(chat, "Hello", SendOptions::default()).await.unwrap().message.seq;
    mabel.edit(chat, seq, "Hello!").await.unwrap();
    mabel.react(chat, seq, "🎉", true).await.unwrap();
    mabel.react(chat, seq, "🎉", false).await.unwrap();
    mabel.delete(chat, seq).await.unwrap();
    mabel.change_chat(chat, &ChatChange { title: Some(None), joinable: Some(false) }).await.unwrap();
    mabel.give_role(chat, zoe_id, Role::Admin).await.unwrap();
    mabel.remove_member(chat, zoe_id).await.unwrap();
    mabel.add_member(chat, &zoe_name).await.unwrap();
    let page = mabel.events(chat, Range::default(), Duration::ZERO).await.unwrap();
    assert_eq!((page.head, page.floor, page.reached, page.events.len()), (10, 1, true, 10));
    assert!(!page.events.iter().any(|event| matches!(event.kind, EventKind::Other { .. })), "{page:?}");
    let raw: Value = mabel.call(Method::GET, &format!("chats/{chat}/events/"), None).await.unwrap();
    assert_eq!(serde_json::to_value(&page).unwrap(), raw, "nothing is left out");
    let after = Range { after: Some(page.head), ..Range::default() };
    assert!(mabel.events(chat, after, Duration::ZERO).await.unwrap().events.is_empty());

    let mut export = mabel.export().await.unwrap();
    let mut records = Vec::new();
    while let Some(record) = export.next().await.unwrap() {
        records.push(record);
    }
    assert_eq!((records[0].record.as_str(), records.last().unwrap().record.as_str()), ("account", "end"));
    assert_eq!(records.last().unwrap().fields["records"], records.len() - 1);
    assert!(zoe.chat(chat).await.is_ok());
}

async fn requests_over_the_live_connection(on: Database) {
    let server = shared(on).await;
    let (mabel, chat) = group(&server, &[]).await;
    let mut live = mabel.follow(Place::default());
    while !matches!(timeout(PATIENCE, live.next()).await.unwrap(), Some(Update::Ready(_))) {}
    let sender = live.sender();
    let reply_to = Some(sender.send(chat, "Hello").await.unwrap().seq);
    let options = SendOptions { client_id: Some("one".to_owned()), reply_to };
    let sent = sender.send_with(chat, "Hello?", options.clone()).await.unwrap();
    assert!(sender.send_with(chat, "Hello?", options).await.unwrap().duplicate);
    assert_eq!((sent.seq, sent.duplicate), (3, false));
    assert_eq!(sender.edit(chat, 3, "Hello!").await.unwrap(), Some(4));
    assert_eq!(sender.edit(chat, 3, "Hello!").await.unwrap(), None);
    assert_eq!(sender.react(chat, 3, "🎉", true).await.unwrap(), Some(5));
    assert_eq!(sender.delete(chat, 3).await.unwrap(), Some(6));
    assert_eq!(sender.mark_read(chat, 99).await.unwrap().read, 6);
    sender.typing(chat, true).await.unwrap();
    let page: Value = sender.request("sync", serde_json::json!({"chat": chat, "after": 0})).await.unwrap();
    assert_eq!(page["head"], 6);
    assert!(sender.edit(chat, 3, "").await.unwrap_err().is_code("invalid"));
    assert!(sender.send(chat, " ").await.unwrap_err().is_code("invalid"));
    assert!(sender.send(chat, &"x".repeat(70_000)).await.unwrap_err().is_code("payload_too_large"));
    drop(live);
    assert!(matches!(sender.send(chat, "too late").await, Err(parlor_client::Error::Ended)));
}
