//! Lists in pages.

use serde_json::{Value, json};

use crate::support::Server;

/// All pages from here, by their `next` links.
fn walk(server: &Server, token: &crate::support::Person, path: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = server.get(&path).by(token).gives(200);
        pages.push(page.json().as_array().expect("an array").clone());
        next = page.link("next");
    }
    pages
}

#[test]
fn chats_come_by_latest_activity_each_once() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let mut chats: Vec<_> = (0..7).map(|_| server.group(&[&mabel])).collect();
    server.application.clock.advance(time::Duration::SECOND);
    server.say(&mabel, chats[3], "hello");
    let pages = walk(&server, &mabel, "chats/?limit=3&x=%C3%A9");
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    let listed: Vec<String> = pages.iter().flatten().map(|chat| chat["uri"].as_str().expect("a uri").into()).collect();
    assert_eq!(listed[0], chats[3].to_string());
    let mut sorted = listed.clone();
    sorted.sort();
    chats.sort();
    assert_eq!(sorted, chats.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[test]
fn members_come_in_pages_the_owner_first() {
    let server = Server::start();
    let people: Vec<_> = (0..60).map(|n| server.sign_up(&format!("p{n}"))).collect();
    let chat = server.group(&people.iter().collect::<Vec<_>>());
    let pages = walk(&server, &people[5], &format!("chats/{chat}/members/"));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 10]);
    assert_eq!(pages[0][0], json!({"id": 1, "username": "p0", "role": "owner"}));
    let ids: Vec<i64> = pages.iter().flatten().map(|member| member["id"].as_i64().expect("an id")).collect();
    assert_eq!(ids, (1..=60).collect::<Vec<_>>());
    let listed = server.get("chats/").by(&people[5]).gives(200).json();
    assert_eq!(listed[0]["members"].as_array().map(Vec::len), Some(10));
    let shown = server.get(&format!("chats/{chat}/")).by(&people[5]).gives(200).json();
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(60));
}

#[test]
fn limits_are_cut_and_wrong_ones_refused() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    for _ in 0..3 {
        server.group(&[&mabel]);
    }
    for list in ["chats/", "users/", "users/signup/"] {
        for good in ["", "?limit=1000000000000000000000", "?limit=200&unknown=1&unknown=2&cursors=x"] {
            server.get(&format!("{list}{good}")).by(&mabel).gives(200);
        }
        for (bad, field) in [
            ("limit=0", "limit"),
            ("limit=-1", "limit"),
            ("limit=1.5", "limit"),
            ("limit=", "limit"),
            ("limit=1&limit=1", "limit"),
            ("cursor=", "cursor"),
            ("cursor=nonsense", "cursor"),
            ("cursor=%00", "cursor"),
            ("cursor=%FF", "cursor"),
        ] {
            let answer = server.get(&format!("{list}?{bad}")).by(&mabel).gives(400);
            assert!(!answer.about(field).is_empty(), "{list} {bad}");
        }
    }
    assert_eq!(server.get("chats/?limit=2").by(&mabel).gives(200).json().as_array().map(Vec::len), Some(2));
}

#[test]
fn a_cursor_belongs_to_its_list() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    let members = server.get(&format!("chats/{chat}/members/?limit=1")).by(&mabel).gives(200);
    let link = members.link("next").expect("a next page");
    let query = link.split_once('?').expect("a query").1;
    server.get(&format!("chats/?{query}")).by(&mabel).gives(400);
    server.get(&format!("users/?{query}")).by(&mabel).gives(400);
    server.get(&link).by(&mabel).gives(200);
}
