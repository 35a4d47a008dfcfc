//! `GET chats/<uri>/messages/` in parts: every message once, whichever way and however large the page (I12).

use reqwest::Method;
use serde_json::json;

use crate::harness::{Database, Message, Person, Uri, on_both_databases, seqs, shared};

on_both_databases!(
    a_part_is_named_by_what_comes_before_and_after,
    a_limit_is_cut_to_the_largest,
    walking_back_and_forth_shows_each_message_once,
    walking_while_others_write_misses_nothing,
    the_newest_thousand_come_unasked,
);

async fn a_part_is_named_by_what_comes_before_and_after(on: Database) {
    let server = shared(on).await;
    let (mabel, uri) = history(&Person::new(&server, "mabel").await, 9).await;
    // The chat's making is seq 1, and the messages are 2 to 10.
    for (query, expected) in [
        ("", 2..=10),
        ("?limit=3", 8..=10),
        ("?limit=9", 2..=10),
        ("?before=6", 2..=5),
        ("?before=6&limit=2", 4..=5),
        ("?before=100", 2..=10),
        ("?before=11&limit=1", 10..=10),
        ("?after=6", 7..=10),
        ("?after=6&limit=2", 7..=8),
        ("?after=0&limit=2", 2..=3),
        ("?after=1", 2..=10),
        ("?after=4&before=8", 5..=7),
        ("?after=4&before=8&limit=2", 5..=6),
        ("?after=9&before=100", 10..=10),
    ] {
        let page = mabel.messages(&uri, query).await.ok();
        assert_eq!(seqs(&page), expected.collect::<Vec<u64>>(), "{query}");
    }
    for nothing in
        ["?before=2", "?before=1", "?after=10", "?after=4&before=5", "?after=8&before=3", "?after=9007199254740991"]
    {
        assert_eq!(mabel.messages(&uri, nothing).await.text, "[]", "{nothing}");
    }
}

async fn a_limit_is_cut_to_the_largest(on: Database) {
    let server = shared(on).await;
    let (mabel, uri) = history(&Person::new(&server, "mabel").await, 3).await;
    for limit in ["1000", "1001", "4294967296", "9007199254740993", "99999999999999999999999999"] {
        assert_eq!(mabel.messages(&uri, &format!("?limit={limit}")).await.ok().len(), 3, "{limit}");
    }
    for query in ["users/?limit=", "users/signup/?limit=", "chats/?limit="] {
        let answer = mabel.api::<Vec<serde_json::Value>>(Method::GET, &format!("{query}99999999999999999999")).await;
        assert!(!answer.ok().is_empty(), "{query}");
    }
}

async fn walking_back_and_forth_shows_each_message_once(on: Database) {
    let server = shared(on).await;
    let (mabel, uri) = history(&Person::new(&server, "mabel").await, 12).await;
    let whole = mabel.messages(&uri, "").await.ok();
    for limit in [1, 2, 3, 5, 11, 12, 13] {
        for (query, first, second) in [("", "prev", "next"), ("after=0&", "next", "prev")] {
            let start = format!("/api/v1/chats/{}/messages/?{query}limit={limit}", &*uri);
            let (there, turn) = walk(&mabel, start, first).await;
            let (back, _) = walk(&mabel, turn, second).await;
            for (pages, rel) in [(there, first), (back, second)] {
                assert!(pages.iter().all(|page| page.len() <= limit));
                assert_eq!(in_order(pages, rel), whole, "along {rel} in pages of {limit}");
            }
        }
    }
}

async fn walking_while_others_write_misses_nothing(on: Database) {
    let server = shared(on).await;
    let (mabel, uri) = history(&Person::new(&server, "mabel").await, 20).await;
    let before = mabel.messages(&uri, "").await.ok();
    let (writer, written) = (mabel.clone(), uri.clone());
    let writing = tokio::spawn(async move {
        for n in 0..40 {
            writer.says(&written, &format!("meanwhile {n}")).await;
        }
    });
    let path = format!("/api/v1/chats/{}/messages/", &*uri);
    let (back, _) = walk(&mabel, format!("{path}?before=22&limit=3"), "prev").await;
    let (forth, _) = walk(&mabel, format!("{path}?after=0&limit=3"), "next").await;
    writing.await.unwrap();
    assert_eq!(in_order(back, "prev"), before);
    let forth = in_order(forth, "next");
    assert_eq!(seqs(&forth), (2..2 + forth.len() as u64).collect::<Vec<_>>(), "no hole, nothing twice");
    assert!(forth.len() >= before.len());
}

async fn the_newest_thousand_come_unasked(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..16 {
        let (mabel, uri) = (mabel.clone(), uri.clone());
        senders.spawn(async move {
            for n in (sender..1003).step_by(16) {
                mabel.send_minimal(&uri, json!({"message": format!("message {n}")})).await.created();
            }
        });
    }
    senders.join_all().await;
    let newest = mabel.messages(&uri, "").await;
    assert_eq!(seqs(&newest.ok()), (5..=1004).collect::<Vec<u64>>());
    let earlier = mabel.call::<Vec<Message>>(Method::GET, &newest.link("prev").expect("there is more")).await;
    assert_eq!((seqs(&earlier.ok()), earlier.link("prev")), (vec![2, 3, 4], None));
    assert_eq!(nina.chat(&uri).await.ok().unread, 1000, "the counting stops there");
    assert_eq!(nina.mark_read(&uri, 10).await.ok().unread, 994);
}

/// A group with so many messages.
async fn history(owner: &Person, count: u64) -> (Person, Uri) {
    let uri = owner.group(&[]).await.uri;
    for n in 1..=count {
        owner.says(&uri, &format!("message {n}")).await;
    }
    (owner.clone(), uri)
}

/// The pages from the first one on, along the links, and where the last one was.
async fn walk(person: &Person, start: String, rel: &str) -> (Vec<Vec<Message>>, String) {
    let (mut pages, mut target) = (Vec::new(), start);
    loop {
        let answer = person.call::<Vec<Message>>(Method::GET, &target).await;
        let (page, link) = (answer.ok(), answer.link(rel));
        // A link may lead behind the end.
        if page.is_empty() {
            return (pages, target);
        }
        pages.push(page);
        assert!(pages.len() < 100, "the links never end");
        let Some(link) = link else { return (pages, target) };
        target = link;
    }
}

/// The messages of the pages that were seen along such links, oldest first.
fn in_order(mut pages: Vec<Vec<Message>>, rel: &str) -> Vec<Message> {
    if rel == "prev" {
        pages.reverse();
    }
    pages.concat()
}
