//! Promises of [`MessageRepository`](parlor_domain::ports::MessageRepository) on single messages.

use parlor_domain::message::{NewMessage, SendRefused, Sent};
use parlor_domain::{ClientId, Event, EventKind, Message, Seq};

use super::steps::{ANSWERS, START, after, fresh_uri, message, named, seq, story, together};
use crate::StoreFixture;

/// Texts that something on the way to a database and back could change.
fn delicate_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        " leading and trailing \t",
        "a\r\nb\rc\nd\n",
        "\u{feff}byte order mark",
        "e\u{301} is not \u{e9}, \u{212b} is not \u{c5}",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈",
        "\u{202e}right to left\u{202c} \u{2066}isolate\u{2069}",
        "'single' \"double\" `back` ''",
        "\\ \\\\ \\n \\u0041 \\0 \\x41",
        "$1 ? :name {} %s %d",
        "NULL",
        "'); DROP TABLE messages; --",
        "{\"json\": [1, 2]} <b>html</b> &amp;",
        "\u{1}\u{7}\u{8}\u{b}\u{1b}[31m\u{7f}\u{85}",
        "\u{e000}\u{fffd}\u{ffff}\u{10ffff}",
        "x",
    ]
    .map(str::to_owned)
    .into();
    texts.push("😀".repeat(2000));
    texts.push("\u{301}".repeat(2000));
    texts
}

/// A message takes the chat's next seq, and is the same wherever it is read: in the answer, alone, in the history, in
/// the log and as the chat's newest, from either store, to the microsecond.
pub async fn a_message_is_the_same_wherever_it_is_read(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[&bob]).await;
    let first = fx.store.send(&ann, uri, "first").await;
    assert_eq!(first.seq, seq(2));
    let at = after(3) + time::Duration::microseconds(123_457);
    let draft = NewMessage { reply_to: Some(first.seq), at, ..named(&bob, uri, "~ my id !", "second") };
    let expected = Message {
        seq: seq(3),
        author: bob.clone(),
        body: "second".into(),
        client_id: Some(ClientId::new("~ my id !").expect("a client's name")),
        reply_to: Some(first.seq),
        created_at: at,
        reactions: Vec::new(),
        edited_at: None,
        deleted: false,
    };
    let sent = fx.peer.try_send(draft).await;
    assert_eq!(sent, Ok(Sent { message: expected.clone(), duplicate: false }));
    for (turn, reader) in [&ann, &bob].into_iter().enumerate() {
        let node = fx.node(turn);
        let found = node.messages.find(uri, reader.id, seq(3)).await.expect(ANSWERS);
        assert_eq!(found.as_ref(), Some(&expected));
        assert_eq!(node.history(reader, uri).await, [first.clone(), expected.clone()]);
        assert_eq!(node.chat(reader, uri).await.last_message.as_ref(), Some(&expected));
        let kind = EventKind::MessageCreated {
            body: expected.body.clone(),
            client_id: expected.client_id.clone(),
            reply_to: expected.reply_to,
        };
        let event = Event { chat: uri, seq: seq(3), at, by: bob.clone(), kind };
        assert_eq!(node.log(reader, uri).await[2], event);
    }
}

/// A text comes back byte for byte, wherever it is read.
pub async fn a_text_comes_back_byte_for_byte(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let texts = delicate_texts();
    for (turn, text) in texts.iter().enumerate() {
        let message = fx.node(turn).send(&ann, uri, text).await;
        assert_eq!(message.body, *text);
        let found = fx.node(turn + 1).messages.find(uri, bob.id, message.seq).await.expect(ANSWERS);
        assert_eq!(found, Some(message.clone()));
        assert_eq!(fx.node(turn + 1).chat(&bob, uri).await.last_message, Some(message));
    }
    for turn in 0..2 {
        let history: Vec<_> = fx.node(turn).history(&bob, uri).await.into_iter().map(|message| message.body).collect();
        assert_eq!(history, texts);
        let log = fx.node(turn).log(&bob, uri).await;
        for (event, text) in log[1..].iter().zip(&texts) {
            assert!(matches!(&event.kind, EventKind::MessageCreated { body, .. } if body == text), "{event:?}");
        }
    }
}

/// Texts of all kinds stored at once, in one batch perhaps, do not get mixed up.
pub async fn texts_stored_at_once_are_not_mixed_up(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    let drafts: Vec<_> = delicate_texts()
        .into_iter()
        .enumerate()
        .map(|(turn, text)| {
            let author = if turn % 2 == 0 { &ann } else { &bob };
            if turn % 3 == 0 { message(author, uri, &text) } else { named(author, uri, &format!("k{turn}"), &text) }
        })
        .collect();
    let sent = together(drafts.iter().cloned().enumerate().map(|(turn, draft)| {
        let node = fx.node(turn / 4);
        async move { node.try_send(draft).await.expect("a member").message }
    }))
    .await;
    for (message, draft) in sent.iter().zip(&drafts) {
        assert_eq!(message.body, draft.body.as_str());
        assert_eq!(message.author.id, draft.author);
        assert_eq!(message.client_id.as_ref(), draft.client_id());
        let found = fx.store.messages.find(uri, ann.id, message.seq).await.expect(ANSWERS);
        assert_eq!(found.as_ref(), Some(message));
    }
}

/// The order of a log is that of its seqs, not that of the times: a clock that was set back changes nothing.
pub async fn a_clock_set_back_does_not_change_the_order(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let uri = fx.store.group(&ann, &[]).await;
    let times = [after(7200), START, after(-3600), after(3), after(-3600)];
    for (turn, at) in times.into_iter().enumerate() {
        let draft = NewMessage { at, ..message(&ann, uri, &format!("text {turn}")) };
        let sent = fx.node(turn).try_send(draft).await.expect("a member").message;
        assert_eq!((sent.seq.get(), sent.created_at), (i64::try_from(turn).expect("small") + 2, at));
    }
    let history = fx.peer.history(&ann, uri).await;
    assert_eq!(history.iter().map(|message| message.created_at).collect::<Vec<_>>(), times);
    assert_eq!(fx.store.chat(&ann, uri).await.last_message, history.last().cloned());
}

/// Each chat counts for itself.
pub async fn each_chat_counts_for_itself(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let chats = [fx.store.group(&ann, &[&bob]).await, fx.peer.direct(&ann, &bob).await];
    for round in 0..6 {
        for (turn, uri) in chats.into_iter().enumerate() {
            let sent = fx.node(turn + usize::try_from(round).expect("small")).send(&ann, uri, "hello").await;
            assert_eq!(sent.seq, seq(round + 2));
        }
    }
}

/// An outsider's message is refused as if there were no such chat, and nothing of it is stored.
pub async fn an_outsider_writes_nothing(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let (group, direct) = (fx.store.group(&ann, &[&bob]).await, fx.store.direct(&ann, &bob).await);
    fx.store.try_send(named(&ann, group, "k", "hello")).await.expect("a member");
    for (turn, uri) in [group, direct, fresh_uri(), group].into_iter().enumerate() {
        let node = fx.node(turn);
        assert_eq!(node.try_send(message(&cleo, uri, "let me in")).await, Err(SendRefused::NotFound));
        assert_eq!(node.try_send(named(&cleo, uri, "k", "hello")).await, Err(SendRefused::NotFound));
        let reply = NewMessage { reply_to: Some(seq(9)), ..message(&cleo, uri, "let me in") };
        assert_eq!(node.try_send(reply).await, Err(SendRefused::NotFound), "before anything else is looked at");
    }
    assert_eq!(fx.store.log(&ann, group).await.len(), 2);
    assert_eq!(fx.store.log(&ann, direct).await.len(), 1);
}

/// Only a message of the same chat can be answered: no other event, none that is yet to come, none of another chat.
pub async fn only_a_message_of_the_chat_is_answered(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let (uri, other) = (fx.store.group(&ann, &[]).await, fx.store.group(&ann, &[]).await);
    let target = fx.store.send(&ann, uri, "two").await;
    fx.store.join(&bob, uri).await.expect("anybody may join");
    for _ in 0..9 {
        fx.store.send(&ann, other, "elsewhere").await;
    }
    let reply = |to| NewMessage { reply_to: Some(to), ..message(&bob, uri, "re") };
    for (turn, wrong) in [0, 1, 3, 4, 5, 8, Seq::MAX].into_iter().enumerate() {
        let refused = fx.node(turn).try_send(reply(seq(wrong))).await;
        assert_eq!(refused, Err(SendRefused::NoSuchReplyTarget), "{wrong}");
    }
    let sent = fx.peer.try_send(reply(target.seq)).await.expect("there is such a message").message;
    assert_eq!((sent.seq, sent.reply_to), (seq(4), Some(target.seq)), "refusals take no seq");
    let deeper = fx.store.try_send(reply(sent.seq)).await.expect("an answer can be answered").message;
    assert_eq!(deeper.reply_to, Some(sent.seq));
    assert_eq!(fx.store.log(&bob, uri).await.len(), 5);
}

/// A seq that is no message's finds none: not that of another event, of the future, or of another chat.
pub async fn only_messages_are_found(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let (uri, other) = (fx.store.group(&ann, &[]).await, fx.store.group(&ann, &[]).await);
    for _ in 0..3 {
        fx.store.send(&ann, other, "elsewhere").await;
    }
    let sent = fx.store.send(&ann, uri, "here").await;
    for number in [0, 1, 3, 4, Seq::MAX] {
        assert_eq!(fx.peer.messages.find(uri, ann.id, seq(number)).await.expect(ANSWERS), None, "{number}");
    }
    assert_eq!(fx.peer.messages.find(uri, ann.id, seq(2)).await.expect(ANSWERS), Some(sent));
}

/// Once a message is acknowledged, every later reading through either store has it.
pub async fn what_is_acknowledged_is_read_at_once(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let uri = fx.store.direct(&ann, &bob).await;
    for turn in 0..30 {
        let sent = fx.node(turn).send(&ann, uri, &format!("text {turn}")).await;
        let other = fx.node(turn + 1);
        assert_eq!(other.history(&bob, uri).await.last(), Some(&sent));
        assert_eq!(other.log(&bob, uri).await.last().map(|event| event.seq), Some(sent.seq));
        assert_eq!(other.chat(&bob, uri).await.chat.head, sent.seq);
    }
    assert_eq!(story(&fx.store.log(&bob, uri).await[30..]), ["31 ann: message.created text 29"]);
}
