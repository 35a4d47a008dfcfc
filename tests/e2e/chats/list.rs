//! `GET chats/`, and how far one has read.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Chat, Database, Person, ReadState, Server, on_both_databases, shared};

on_both_databases!(
    the_latest_activity_comes_first,
    a_list_entry_says_what_the_chat_is,
    unread_counts_what_others_said_since,
    reading_goes_forward_only_and_no_further_than_the_head,
    paging_shows_each_chat_once,
    a_group_of_many_shows_ten_of_them,
);

async fn the_latest_activity_comes_first(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uris = [mabel.group(&[]).await.uri, mabel.direct(&nina).await.uri, mabel.group(&[&nina]).await.uri];
    let listed = async || mabel.chats("").await.ok().into_iter().map(|chat| chat.uri).collect::<Vec<_>>();
    let [first, second, third] = uris;
    assert_eq!(listed().await, [third.clone(), second.clone(), first.clone()]);
    mabel.says(&first, "this one moves up").await;
    assert_eq!(listed().await, [first.clone(), third.clone(), second.clone()]);
    nina.says(&second, "and now this").await;
    assert_eq!(listed().await, [second.clone(), first.clone(), third.clone()]);
    nina.remove_member(&third, nina.id).await.expect_status(204);
    assert_eq!(listed().await, [third, second, first]);
}

async fn a_list_entry_says_what_the_chat_is(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let group = mabel.open_chat(json!({"title": "tea", "usernames": [nina.username], "joinable": false})).await.ok();
    let direct = nina.direct(&mabel).await;
    let seq = nina.says(&direct.uri, "hello").await;
    let chats = mabel.chats("").await.ok();
    let [first, second] = chats.as_slice() else { panic!("two chats, not {chats:?}") };
    assert_eq!((&first.uri, first.kind.as_str(), &first.title, &first.owner), (&direct.uri, "direct", &None, &None));
    assert_eq!((first.members.as_slice(), first.joinable), (direct.members.as_slice(), false));
    assert_eq!((first.head, first.read, first.unread, first.member_count), (2, 1, 1, 2));
    assert_eq!(first.last_message, Some(mabel.message(&direct.uri, seq).await.ok()));
    assert!(first.updated_at >= first.created_at);
    assert_eq!((&second.uri, second.kind.as_str(), second.title.as_deref()), (&group.uri, "group", Some("tea")));
    assert_eq!((&second.owner, second.joinable, second.member_count), (&Some(mabel.reference()), false, 2));
    assert_eq!((second.members.as_slice(), &second.last_message), (group.members.as_slice(), &None));
    assert_eq!((second.head, second.read, second.unread), (1, 1, 0));
}

async fn unread_counts_what_others_said_since(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    let state = async |person: &Person| person.chat(&uri).await.ok();
    for count in 1..=3 {
        mabel.says(&uri, "hello").await;
        let (hers, mine) = (state(&nina).await, state(&mabel).await);
        assert_eq!((hers.read, hers.unread), (1, count));
        assert_eq!((mine.read, mine.unread), (1 + count, 0), "one's own messages are read");
    }
    Person::new(&server, "omar").await.join(&uri, json!({})).await.ok();
    assert_eq!(state(&nina).await.unread, 3, "only messages count");
    nina.says(&uri, "I am here").await;
    let hers = state(&nina).await;
    assert_eq!((hers.read, hers.unread), (6, 0), "whoever answers has read");
    assert_eq!(state(&mabel).await.unread, 1);
}

async fn reading_goes_forward_only_and_no_further_than_the_head(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    for _ in 0..4 {
        mabel.says(&uri, "hello").await;
    }
    for (seq, read, unread) in [(1, 1, 4), (3, 3, 2), (2, 3, 2), (3, 3, 2), (5, 5, 0), (1, 5, 0)] {
        assert_eq!(nina.mark_read(&uri, seq).await.ok(), ReadState { read, unread }, "up to {seq}");
    }
    mabel.says(&uri, "hello").await;
    assert_eq!(nina.mark_read(&uri, (1 << 53) - 1).await.ok(), ReadState { read: 6, unread: 0 });
    let chat = nina.chat(&uri).await.ok();
    assert_eq!((chat.head, chat.read, chat.unread), (6, 6, 0), "reading is no event");
    assert_eq!(mabel.chat(&uri).await.ok().read, 6);
}

async fn paging_shows_each_chat_once(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    for _ in 0..7 {
        mabel.group(&[]).await;
    }
    let whole = mabel.chats("").await.ok();
    assert_eq!(whole.len(), 7);
    for limit in [1, 2, 3, 7, 8, 1000] {
        let mut next = Some(format!("/api/v1/chats/?limit={limit}"));
        let mut seen = Vec::new();
        while let Some(target) = next {
            let answer = mabel.call::<Vec<Chat>>(Method::GET, &target).await;
            let page = answer.ok();
            assert!(page.len() <= limit);
            seen.extend(page);
            next = answer.link("next");
        }
        assert_eq!(seen, whole, "in pages of {limit}");
    }
}

async fn a_group_of_many_shows_ten_of_them(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let mut others = Vec::new();
    for _ in 0..12 {
        others.push(Person::new(&server, "many").await);
    }
    let uri = mabel.group(&others.iter().collect::<Vec<_>>()).await.uri;
    let listed = mabel.chats("").await.ok().remove(0);
    assert_eq!((listed.uri, listed.member_count, listed.members.len()), (uri, 13, 10));
    assert_eq!(listed.members[0].id, mabel.id);
}

async fn pair(server: &Server) -> (Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await)
}
