//! Sending, repeating, reading, and what is unread.

use parlor_domain::chat_session::OpenChat;
use parlor_domain::message::{Draft, SendError, SendRefused};
use parlor_domain::ports::{Clock, MessageRepository};
use parlor_domain::{ChatUri, EventKind, Page, Seq, SeqRange, UserId};
use parlor_testkit::Application;
use time::Duration;

use super::{draft, group, named, open, people, send, with};

async fn refused(application: &Application, author: UserId, chat: ChatUri, draft: Draft) -> SendRefused {
    match application.messaging.send(author, chat, draft).await {
        Err(SendError::Refused(refused)) => refused,
        other => panic!("not refused: {other:?}"),
    }
}

async fn texts(application: &Application, reader: UserId, chat: ChatUri, range: SeqRange) -> Page<String> {
    let page = application.messaging.list(reader, chat, range).await.expect("the store answers").expect("a member");
    page.map(|message| message.body)
}

/// How far somebody has read, and how much they have not.
async fn reading(application: &Application, user: UserId, chat: ChatUri) -> (i64, u32) {
    let state = application.chats.find(user, chat, 0).await.expect("the store answers").expect("a member").read_state;
    (state.read.get(), state.unread)
}

#[tokio::test]
async fn a_message_is_stored_announced_and_read_by_the_other() {
    let application = Application::new();
    let [mabel, stanley] = people(&application, ["mabel", "stanley"]).await;
    let chat = open(&application, mabel, with("stanley")).await;
    application.clock.advance(Duration::SECOND);
    let sent = send(&application, mabel, chat, " hello\r\n").await;
    assert!(!sent.duplicate);
    assert_eq!(sent.message.created_at, application.clock.now());
    let found = application.messaging.find(stanley, chat, sent.message.seq).await.unwrap();
    assert_eq!(found, Some(sent.message));
    let announced = application.notifier.events_of(chat);
    assert!(matches!(&announced[1].kind, EventKind::MessageCreated { body, .. } if body == " hello\r\n"));
}

#[tokio::test]
async fn a_named_message_may_be_sent_again_and_is_stored_once() {
    let application = Application::new();
    let [mabel, stanley] = people(&application, ["mabel", "stanley"]).await;
    let chat = open(&application, mabel, with("stanley")).await;
    let first = application.messaging.send(mabel, chat, named("k", "hello")).await.unwrap();
    application.clock.advance(Duration::days(1));
    let again = application.messaging.send(mabel, chat, named("k", "hello")).await.unwrap();
    assert_eq!((again.duplicate, &again.message), (true, &first.message));
    assert_eq!(refused(&application, mabel, chat, named("k", "other")).await, SendRefused::ClientIdReused);
    let answer = Draft { reply_to: Some(first.message.seq), ..named("k", "hello") };
    assert_eq!(refused(&application, mabel, chat, answer).await, SendRefused::ClientIdReused);
    let others = application.messaging.send(stanley, chat, named("k", "hello")).await.unwrap();
    assert!(!others.duplicate, "a name is its author's");
    assert_eq!(application.notifier.events_of(chat).len(), 3);
}

#[tokio::test]
async fn messages_without_a_name_are_never_taken_for_each_other() {
    let application = Application::new();
    let [mabel] = people(&application, ["mabel"]).await;
    let chat = open(&application, mabel, OpenChat::default()).await;
    for seq in 2..6 {
        let sent = send(&application, mabel, chat, "again").await;
        assert_eq!((sent.message.seq.get(), sent.duplicate, sent.message.client_id), (seq, false, None));
    }
}

#[tokio::test]
async fn an_answer_names_a_message_of_its_chat() {
    let application = Application::new();
    let [mabel] = people(&application, ["mabel"]).await;
    let chat = open(&application, mabel, OpenChat::default()).await;
    let first = send(&application, mabel, chat, "hello").await.message;
    let answer = |to| Draft { reply_to: Some(to), ..draft("re") };
    for wrong in [Seq::START, Seq::START.next(), first.seq.next()] {
        assert_eq!(refused(&application, mabel, chat, answer(wrong)).await, SendRefused::NoSuchReplyTarget);
    }
    let sent = application.messaging.send(mabel, chat, answer(first.seq)).await.unwrap().message;
    assert_eq!((sent.reply_to, sent.seq), (Some(first.seq), first.seq.next()));
}

#[tokio::test]
async fn outsiders_neither_write_nor_read() {
    let application = Application::new();
    let [mabel, _, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let chat = open(&application, mabel, with("stanley")).await;
    let sent = send(&application, mabel, chat, "for stanley").await.message;
    for uri in [chat, ChatUri::from_bytes([9; 16])] {
        assert_eq!(refused(&application, zoe, uri, draft("let me in")).await, SendRefused::NotFound);
        assert_eq!(application.messaging.list(zoe, uri, SeqRange::newest(9)).await.unwrap(), None);
        assert_eq!(application.messaging.find(zoe, uri, sent.seq).await.unwrap(), None);
        assert_eq!(application.store.read_log(uri, zoe, Seq::START, 9).await.unwrap(), None);
        assert_eq!(application.chats.mark_read(zoe, uri, sent.seq).await.unwrap(), None);
    }
}

#[tokio::test]
async fn history_is_read_in_pages_both_ways() {
    let application = Application::new();
    let [mabel] = people(&application, ["mabel"]).await;
    let chat = open(&application, mabel, OpenChat::default()).await;
    for text in ["a", "b", "c", "d", "e"] {
        send(&application, mabel, chat, text).await;
    }
    let seq = |number| Some(Seq::new(number).unwrap());
    for (after, before, shown, more) in [
        (None, None, "de", true),
        (None, seq(5), "bc", true),
        (None, seq(3), "a", false),
        (seq(0), None, "ab", true),
        (seq(3), None, "cd", true),
        (seq(4), None, "de", false),
        (seq(2), seq(6), "bc", true),
        (seq(2), seq(5), "bc", false),
        (seq(6), None, "", false),
    ] {
        let page = texts(&application, mabel, chat, SeqRange { after, before, limit: 2 }).await;
        assert_eq!((page.items.concat().as_str(), page.more), (shown, more), "{after:?} {before:?}");
    }
}

#[tokio::test]
async fn what_others_write_is_unread_until_read() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let chat = open(&application, mabel, group(&["stanley"])).await;
    send(&application, mabel, chat, "two").await;
    send(&application, mabel, chat, "three").await;
    assert_eq!(reading(&application, mabel, chat).await, (3, 0), "one's own is read");
    assert_eq!(reading(&application, stanley, chat).await, (1, 2));
    application.chats.join(zoe, chat, None).await.unwrap();
    assert_eq!(reading(&application, zoe, chat).await, (4, 0), "who joins begins at the head");
    let state = application.chats.mark_read(stanley, chat, Seq::new(2).unwrap()).await.unwrap().unwrap();
    assert_eq!((state.read.get(), state.unread), (2, 1));
    let state = application.chats.mark_read(stanley, chat, Seq::START).await.unwrap().unwrap();
    assert_eq!((state.read.get(), state.unread), (2, 1), "never back");
    let far = Seq::new(Seq::MAX).unwrap();
    let state = application.chats.mark_read(stanley, chat, far).await.unwrap().unwrap();
    assert_eq!((state.read.get(), state.unread), (4, 0), "never past the head");
    send(&application, stanley, chat, "five").await;
    assert_eq!(reading(&application, mabel, chat).await, (3, 1), "zoe's coming is no message");
    let listed = application.chats.list(mabel, None, 9).await.unwrap().items.remove(0);
    assert_eq!(listed.last_message.map(|message| message.body).as_deref(), Some("five"));
}

#[tokio::test]
async fn a_message_moves_its_chat_to_the_front() {
    let application = Application::new();
    let [mabel, _] = people(&application, ["mabel", "stanley"]).await;
    let mut chats = Vec::new();
    for wish in [with("stanley"), OpenChat::default(), OpenChat::default()] {
        application.clock.advance(Duration::SECOND);
        chats.push(open(&application, mabel, wish).await);
    }
    application.clock.advance(Duration::SECOND);
    send(&application, mabel, chats[1], "hello").await;
    let listed = application.chats.list(mabel, None, 9).await.unwrap().items;
    let order: Vec<_> = listed.iter().map(|summary| summary.chat.uri).collect();
    assert_eq!(order, [chats[1], chats[2], chats[0]]);
}
