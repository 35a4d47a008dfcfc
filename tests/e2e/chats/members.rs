//! `GET chats/<uri>/members/`.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Database, Member, Person, on_both_databases, shared};

on_both_databases!(the_owner_comes_first_and_then_whoever_joined_first, paging_shows_each_member_once);

async fn the_owner_comes_first_and_then_whoever_joined_first(on: Database) {
    let server = shared(on).await;
    let owner = Person::new(&server, "owner").await;
    let uri = owner.group(&[]).await.uri;
    let mut expected = vec![Member::new(&owner.reference(), "owner")];
    // The first to sign up is the last to join.
    let (late, early) = (Person::new(&server, "late").await, Person::new(&server, "early").await);
    for person in [&early, &late] {
        person.join(&uri, json!({})).await.ok();
        expected.push(Member::new(&person.reference(), "member"));
    }
    for person in [&owner, &early, &late] {
        assert_eq!(person.members(&uri, "").await.ok(), expected);
    }
    let direct = late.direct(&early).await;
    assert_eq!(early.members(&direct.uri, "").await.ok(), direct.members);
}

async fn paging_shows_each_member_once(on: Database) {
    let server = shared(on).await;
    let owner = Person::new(&server, "owner").await;
    let mut others = Vec::new();
    for _ in 0..6 {
        others.push(Person::new(&server, "page").await);
    }
    let uri = owner.group(&others.iter().collect::<Vec<_>>()).await.uri;
    let whole = owner.members(&uri, "").await.ok();
    assert_eq!(whole.len(), 7);
    for limit in [1, 2, 3, 7, 8, 1000] {
        let mut next = Some(format!("/api/v1/chats/{}/members/?limit={limit}", &*uri));
        let mut seen = Vec::new();
        while let Some(target) = next {
            let answer = owner.call::<Vec<Member>>(Method::GET, &target).await;
            seen.extend(answer.ok());
            next = answer.link("next");
        }
        assert_eq!(seen, whole, "in pages of {limit}");
    }
}
