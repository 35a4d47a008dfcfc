//! Many callers who want the same at once: one outcome (I10).

use std::collections::BTreeSet;

use serde_json::json;

use super::crowd::{CALLERS, Nodes, together};
use crate::harness::{Database, PASSWORD, Person, on_both_databases, unique};

on_both_databases!(
    of_concurrent_signups_of_one_identity_one_succeeds,
    a_pair_that_opens_its_chat_from_both_sides_at_once_has_one,
    a_uri_picked_by_several_at_once_is_ones,
    concurrent_joins_are_one_membership,
    concurrent_refreshes_have_one_successor,
);

async fn of_concurrent_signups_of_one_identity_one_succeeds(on: Database) {
    let nodes = Nodes::start(on).await;
    let (name, other, email) = (unique("Zoe"), unique("other"), format!("{}@Example.com", unique("zoe")));
    for (names, emails, field) in [
        ([name.clone(), name.to_lowercase()], None, "username"),
        ([other.clone(), unique("another")], Some([email.clone(), email.to_lowercase()]), "email"),
    ] {
        let answers = together(|caller| {
            let client = nodes.of(caller).client();
            let name = if emails.is_some() { unique("any") } else { names[caller / 2 % 2].clone() };
            let email = emails
                .as_ref()
                .map_or_else(|| format!("{}@example.com", unique("any")), |emails| emails[caller / 2 % 2].clone());
            let body = json!({"email": email, "username": name, "password": PASSWORD, "password2": PASSWORD});
            async move { client.signup(body).await }
        })
        .await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(made.len(), 1, "{field}");
        for answer in refused {
            let problem = answer.problem(400, "invalid");
            assert_eq!(problem.errors.keys().collect::<Vec<_>>(), [field], "{answer}");
        }
    }
}

async fn a_pair_that_opens_its_chat_from_both_sides_at_once_has_one(on: Database) {
    let nodes = Nodes::start(on).await;
    for _ in 0..5 {
        let (mabel, nina) = (Person::new(nodes.first(), "mabel").await, Person::new(nodes.first(), "nina").await);
        let answers = together(|caller| {
            let (me, other) = if caller / 2 % 2 == 0 { (&mabel, &nina) } else { (&nina, &mabel) };
            let (me, other) = (me.on(nodes.of(caller)), other.clone());
            async move { me.direct(&other).await }
        })
        .await;
        let uris: BTreeSet<_> = answers.iter().map(|answer| answer.uri.clone()).collect();
        assert_eq!(uris.len(), 1);
        for person in [&mabel, &nina] {
            let chats = person.chats("").await.ok();
            assert_eq!(
                chats.iter().map(|chat| (&chat.uri, chat.head)).collect::<Vec<_>>(),
                [(uris.first().unwrap(), 1)]
            );
        }
    }
}

async fn a_uri_picked_by_several_at_once_is_ones(on: Database) {
    let nodes = Nodes::start(on).await;
    let mut people = Vec::new();
    for _ in 0..CALLERS {
        people.push(Person::new(nodes.first(), "picker").await);
    }
    for round in 0..5 {
        let uri = format!("{round:032x}");
        let answers = together(|caller| {
            let (person, uri) = (people[caller].on(nodes.of(caller)), uri.clone());
            async move { person.open_chat_at(&uri, json!({})).await }
        })
        .await;
        let (opened, taken): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(opened.len(), 1);
        for answer in taken {
            answer.problem(409, "uri_taken");
        }
    }
}

async fn concurrent_joins_are_one_membership(on: Database) {
    let nodes = Nodes::start(on).await;
    let (owner, nina) = (Person::new(nodes.first(), "owner").await, Person::new(nodes.first(), "nina").await);
    for _ in 0..5 {
        let uri = owner.group(&[]).await.uri;
        together(|caller| {
            let (owner, nina, uri) = (owner.on(nodes.of(caller)), nina.on(nodes.of(caller)), uri.clone());
            async move {
                if caller / 2 % 2 == 0 {
                    nina.join(&uri, json!({})).await.ok();
                } else {
                    owner.join(&uri, json!({"username": nina.username})).await.ok();
                }
            }
        })
        .await;
        let chat = owner.chat(&uri).await.ok();
        assert_eq!((chat.member_count, chat.members.len(), chat.head), (2, 2, 2));
    }
}

async fn concurrent_refreshes_have_one_successor(on: Database) {
    let nodes = Nodes::start(on).await;
    let mabel = Person::new(nodes.first(), "mabel").await;
    let mut refresh = mabel.refresh.clone();
    for _ in 0..5 {
        let answers = together(|caller| {
            let (client, refresh) = (nodes.of(caller).client(), refresh.clone());
            async move { client.refresh(&refresh).await.ok() }
        })
        .await;
        let successors: BTreeSet<_> = answers.iter().map(|answer| answer.refresh.clone()).collect();
        assert_eq!(successors.len(), 1);
        for answer in &answers {
            nodes.first().client().with_token(&answer.access).me().await.ok();
        }
        refresh = answers[0].refresh.clone();
    }
}
