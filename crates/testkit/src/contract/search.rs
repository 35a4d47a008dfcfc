//! Promises of [`SearchRepository`](parlor_domain::ports::SearchRepository).

use std::collections::BTreeSet;

use parlor_domain::account::Erasing;
use parlor_domain::message::NewMessage;
use parlor_domain::search::{Hit, SearchMessages, SearchQuery};
use parlor_domain::{ChatUri, Page, UserRef};

use super::steps::{ANSWERS, after, message};
use crate::{Repositories, StoreFixture};

fn wanted(reader: &UserRef, words: &str) -> SearchMessages {
    let query = SearchQuery::new(words).expect("words");
    SearchMessages { reader: reader.id, query, chat: None, after: None, limit: 100 }
}

impl Repositories {
    async fn page(&self, search: SearchMessages) -> Option<Page<Hit>> {
        self.searches.search(search).await.expect(ANSWERS)
    }

    /// The texts that were found, in the order of finding.
    async fn found(&self, reader: &UserRef, words: &str) -> Vec<String> {
        let page = self.page(wanted(reader, words)).await.expect("no chat was named");
        page.items.into_iter().map(|hit| hit.body).collect()
    }

    /// All that was found, read in pages.
    async fn pages(&self, reader: &UserRef, words: &str, limit: u32) -> Vec<Hit> {
        let mut seen: Vec<Hit> = Vec::new();
        loop {
            let after = seen.last().map(Hit::cursor);
            let page = self.page(SearchMessages { after, limit, ..wanted(reader, words) }).await;
            let page = page.expect("no chat was named");
            seen.extend(page.items);
            if !page.more {
                return seen;
            }
        }
    }

    async fn finds_in(&self, reader: &UserRef, chat: ChatUri, words: &str) -> Option<usize> {
        let search = SearchMessages { chat: Some(chat), ..wanted(reader, words) };
        self.page(search).await.map(|page| page.items.len())
    }
}

/// A message is found by all its words the last begun.
pub async fn a_message_is_found_by_all_its_words_the_last_begun(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let chat = fx.store.group(&ann, &[]).await;
    let said = fx.store.send(&ann, chat, "Tea at the Straße, \"two\" o'clock: 東京タワー").await;
    fx.store.send(&ann, chat, "?!").await;
    let texts = ["te", "TEA", "strasse", "clock tea", "two the", "京タ", "two & !tea:*", "\"\"tea"];
    for words in texts {
        assert_eq!(fx.store.found(&ann, words).await, [said.body.as_str()], "{words}");
    }
    for words in ["ea", "te two", "tea three", "tea AND two", "tea OR two", "tea NEAR two", "大", "tea or"] {
        assert!(fx.store.found(&ann, words).await.is_empty(), "{words}");
    }
    let page = fx.store.page(wanted(&ann, "tea")).await.expect("no chat was named");
    let hit = Hit { chat, seq: said.seq, author: said.author, body: said.body, created_at: said.created_at };
    assert_eq!(page, Page { items: vec![hit], more: false });
}

/// What was acknowledged is found on every node.
pub async fn what_was_acknowledged_is_found_on_every_node(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let chat = fx.store.group(&ann, &[&bob]).await;
    for turn in 0..30 {
        let said = fx.node(turn).send(&ann, chat, &format!("word{turn}x")).await;
        assert_eq!(fx.node(turn / 2).found(&bob, &format!("word{turn}x")).await, [said.body]);
    }
    assert_eq!(fx.peer.found(&bob, "word").await.len(), 30);
    // More than is brought up to date in one step.
    for number in 0..600 {
        fx.store.send(&ann, chat, &format!("many {number}")).await;
    }
    assert_eq!(fx.peer.found(&bob, "many 0").await, ["many 0"]);
    assert_eq!(fx.peer.found(&bob, "many 599").await, ["many 599"]);
}

/// An edit replaces what finds a message.
pub async fn an_edit_replaces_what_finds_a_message(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let chat = fx.store.group(&ann, &[]).await;
    for searched_before in [true, false] {
        let said = fx.store.send(&ann, chat, "former text").await;
        if searched_before {
            assert_eq!(fx.peer.found(&ann, "former").await.len(), 1);
        }
        fx.store.edit(&ann, chat, said.seq, "?").await.expect("her own");
        assert!(fx.peer.found(&ann, "former").await.is_empty());
        fx.store.edit(&ann, chat, said.seq, "today").await.expect("her own");
        assert!(fx.peer.found(&ann, "former").await.is_empty());
        assert_eq!(fx.peer.found(&ann, "today").await, ["today"]);
        fx.store.delete_message(&ann, chat, said.seq).await.expect("her own");
    }
}

/// A deleted message is not found.
pub async fn a_deleted_message_is_not_found(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let chat = fx.store.group(&ann, &[]).await;
    let [first, second] = [fx.store.send(&ann, chat, "one").await, fx.store.send(&ann, chat, "two").await];
    assert_eq!(fx.store.found(&ann, "one").await, ["one"]);
    fx.store.delete_message(&ann, chat, first.seq).await.expect("her own");
    assert!(fx.store.found(&ann, "one").await.is_empty());
    let third = fx.store.send(&ann, chat, "three").await;
    for seq in [second.seq, third.seq] {
        fx.peer.delete_message(&ann, chat, seq).await.expect("her own");
    }
    assert!(fx.store.found(&ann, "t").await.is_empty());
}

/// Only the chats of the reader are searched.
pub async fn only_the_chats_of_the_reader_are_searched(fx: StoreFixture) {
    let [ann, bob, cleo] = fx.store.people().await;
    let (group, direct) = (fx.store.group(&ann, &[&bob]).await, fx.store.direct(&ann, &cleo).await);
    fx.store.send(&ann, group, "tea for the group").await;
    fx.store.send(&ann, direct, "tea for cleo").await;
    assert_eq!(fx.store.found(&bob, "tea").await, ["tea for the group"]);
    assert_eq!(fx.store.found(&cleo, "tea").await, ["tea for cleo"]);
    assert_eq!(fx.store.found(&ann, "tea").await.len(), 2);
    fx.store.remove(&ann, group, &bob).await.expect("the owner may");
    assert!(fx.peer.found(&bob, "tea").await.is_empty());
}

/// A chat of others cannot be named.
pub async fn a_chat_of_others_cannot_be_named(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let (chat, other) = (fx.store.group(&ann, &[]).await, fx.store.group(&ann, &[]).await);
    fx.store.send(&ann, chat, "tea").await;
    assert_eq!(fx.store.finds_in(&ann, chat, "tea").await, Some(1));
    assert_eq!(fx.store.finds_in(&ann, other, "tea").await, Some(0));
    assert_eq!(fx.store.finds_in(&bob, chat, "tea").await, None);
    assert_eq!(fx.store.finds_in(&ann, ChatUri::from_bytes([9; 16]), "tea").await, None);
}

/// A deleted chat is not searched.
pub async fn a_deleted_chat_is_not_searched(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let chat = fx.store.group(&ann, &[]).await;
    fx.store.send(&ann, chat, "tea").await;
    assert_eq!(fx.store.found(&ann, "tea").await, ["tea"]);
    fx.store.delete(&ann, chat).await.expect("the owner may");
    assert!(fx.store.found(&ann, "tea").await.is_empty());
    assert_eq!(fx.store.finds_in(&ann, chat, "tea").await, None);
}

/// Pages show what was sent later first.
pub async fn pages_show_what_was_sent_later_first(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let chats = [fx.store.group(&ann, &[]).await, fx.store.group(&ann, &[]).await];
    let mut sent = Vec::new();
    for number in 0..21 {
        let draft = message(&ann, chats[number % 2], &format!("tea {number}"));
        let at = after(i64::try_from(number).expect("small"));
        sent.push(fx.node(number).try_send(NewMessage { at, ..draft }).await.expect("a member").message.body);
    }
    sent.reverse();
    let found = fx.store.pages(&ann, "tea", 4).await;
    assert_eq!(found.into_iter().map(|hit| hit.body).collect::<Vec<_>>(), sent);
}

/// Pages show every message once, whatever the clocks said.
pub async fn pages_show_every_message_once_whatever_the_clocks_said(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let chats = [fx.store.group(&ann, &[]).await, fx.store.group(&ann, &[]).await];
    for number in 0..21 {
        let draft = message(&ann, chats[number % 2], &format!("tea {number}"));
        // Several of one time, and some before those that came first.
        let at = after([0, 0, 0, 7, -3][number % 5]);
        fx.node(number).try_send(NewMessage { at, ..draft }).await.expect("a member");
    }
    for limit in [1, 4, 21] {
        let found = fx.peer.pages(&ann, "tea", limit).await;
        let places: BTreeSet<_> = found.iter().map(|hit| (hit.chat, hit.seq)).collect();
        assert_eq!((found.len(), places.len()), (21, 21), "{limit} a page");
    }
}

/// Pages go on after the reader has left the chat in which one ended.
pub async fn pages_go_on_after_the_chat_of_the_last_was_left(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let (chat, other) = (fx.store.group(&ann, &[&bob]).await, fx.store.group(&bob, &[]).await);
    for (seconds, chat) in [(1, other), (2, chat), (3, chat), (4, other)] {
        let draft = message(&bob, chat, &format!("tea {seconds}"));
        fx.store.try_send(NewMessage { at: after(seconds), ..draft }).await.expect("a member");
    }
    let search = SearchMessages { limit: 2, ..wanted(&bob, "tea") };
    let first = fx.store.page(search.clone()).await.expect("no chat was named");
    assert_eq!(first.items.iter().map(|hit| hit.chat).collect::<Vec<_>>(), [other, chat]);
    fx.store.remove(&bob, chat, &bob).await.expect("everybody may leave");
    let next = fx.store.page(SearchMessages { after: first.items.last().map(Hit::cursor), ..search }).await;
    let next = next.expect("no chat was named");
    assert_eq!(next.items.into_iter().map(|hit| hit.body).collect::<Vec<_>>(), ["tea 1"]);
}

/// What an erased account wrote is found, as by the one who stands for all erased.
pub async fn what_an_erased_account_wrote_is_found(fx: StoreFixture) {
    let [ann, bob] = fx.store.people().await;
    let chat = fx.store.direct(&ann, &bob).await;
    fx.store.send(&ann, chat, "tea").await;
    assert_eq!(fx.store.erasures.erase(ann.id).await.expect(ANSWERS), Erasing::Erased);
    let page = fx.peer.page(wanted(&bob, "tea")).await.expect("no chat was named");
    assert_eq!(page.items.into_iter().map(|hit| hit.author).collect::<Vec<_>>(), [UserRef::deleted()]);
}

/// Changes at once with searches leave what is true.
pub async fn changes_at_once_with_searches_leave_what_is_true(fx: StoreFixture) {
    let [ann] = fx.store.people().await;
    let chat = fx.store.group(&ann, &[]).await;
    for round in 0..20 {
        let said = fx.store.send(&ann, chat, "former").await;
        let kept = fx.store.send(&ann, chat, &format!("kept{round}x")).await;
        let words = format!("kept{round}x");
        let (found, changed, _) = tokio::join!(
            fx.peer.found(&ann, &words),
            fx.store.delete_message(&ann, chat, said.seq),
            fx.store.found(&ann, "former"),
        );
        changed.expect("her own");
        assert_eq!(found, [kept.body]);
        assert!(fx.peer.found(&ann, "former").await.is_empty(), "in round {round}");
    }
}
