//! Searching messages.

use serde_json::{Value, json};

use crate::support::{Person, Server};

fn texts(server: &Server, who: &Person, query: &str) -> Vec<String> {
    let found = server.get(&format!("search/{query}")).by(who).gives(200).json();
    let text = |found: &Value| found["message"].as_str().expect("a text").to_owned();
    found.as_array().expect("an array").iter().map(text).collect()
}

#[test]
fn what_was_found_is_shown_with_the_places_of_the_words() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    server.say(&zoe, chat, "\u{1f375} Two cups of TEA");
    let found = server.get("search/?q=te+two").by(&mabel).gives(200);
    assert_eq!(found.json(), json!([]), "only of the last word the beginning is enough");
    let found = server.get("search/?q=two%20te").by(&mabel).gives(200);
    let [hit] = found.json().as_array().expect("an array").clone().try_into().expect("one");
    let expected = json!({
        "uri": chat.to_string(), "seq": 2, "user": {"id": zoe.id.get(), "username": "zoe"},
        "message": "\u{1f375} Two cups of TEA", "created_at": hit["created_at"], "matches": [[2, 3], [14, 3]],
    });
    assert_eq!(hit, expected);
    assert_eq!(found.link("next"), None);
}

#[test]
fn the_next_page_is_linked_with_the_same_words() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let (chat, other) = (server.group(&[&mabel]), server.group(&[&mabel]));
    for number in 0..5 {
        server.application.clock.advance(time::Duration::SECOND);
        server.say(&mabel, chat, &format!("tea {number}"));
        server.say(&mabel, other, "tea elsewhere");
    }
    let mut next = Some(format!("search/?q=tea&chat={chat}&limit=2"));
    let mut seen = Vec::new();
    while let Some(path) = next {
        let page = server.get(&path).by(&mabel).gives(200);
        seen.extend(page.json().as_array().expect("an array").iter().map(|found| found["message"].clone()));
        next = page.link("next");
    }
    assert_eq!(seen, ["tea 4", "tea 3", "tea 2", "tea 1", "tea 0"]);
    assert_eq!(texts(&server, &mabel, "?q=tea").len(), 10);
}

#[test]
fn a_chat_that_is_not_ones_own_is_unknown() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel]);
    server.say(&mabel, chat, "tea");
    assert_eq!(texts(&server, &mabel, &format!("?q=tea&chat={chat}")), ["tea"]);
    assert!(texts(&server, &zoe, "?q=tea").is_empty());
    for unknown in [chat.to_string(), "f".repeat(32), "x".into(), String::new()] {
        server.get(&format!("search/?q=tea&chat={unknown}")).by(&zoe).gives(404);
    }
}

#[test]
fn all_that_is_wrong_is_answered_at_once() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    for (q, says) in [
        ("", "At least one letter or digit is needed."),
        ("q=%22*%22&", "At least one letter or digit is needed."),
        (&format!("q={}&", "a".repeat(201)), "Ensure this field has no more than 200 characters."),
    ] {
        let answer = server.get(&format!("search/?{q}limit=0&cursor=x")).by(&mabel).gives(400);
        assert_eq!(answer.about("q"), says);
        assert!(!answer.about("limit").is_empty() && !answer.about("cursor").is_empty());
    }
}
