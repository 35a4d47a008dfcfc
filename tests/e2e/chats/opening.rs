//! `POST chats/` for groups.

use serde_json::{Value, json};

use crate::harness::{Database, Member, Person, on_both_databases, shared};

on_both_databases!(
    a_group_begins_with_its_owner,
    nothing_and_ones_own_name_open_a_group_too,
    a_group_can_be_opened_with_title_and_members,
    a_name_given_twice_is_one_member,
    an_unknown_name_opens_nothing,
    a_chat_is_shown_to_its_members_as_in_their_lists,
);

async fn a_group_begins_with_its_owner(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let answer = mabel.open_chat(json!({})).await.ok();
    assert_eq!((answer.status.as_str(), answer.kind.as_str()), ("SUCCESS", "group"));
    assert_eq!((answer.title, answer.joinable, answer.member_count), (None, true, 1));
    assert_eq!(answer.members, [Member::new(&mabel.reference(), "owner")]);
    assert_eq!(answer.message, format!("{} joined that chat", mabel.username));
    assert_eq!(answer.user, mabel.reference());
}

async fn nothing_and_ones_own_name_open_a_group_too(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let mut uris = vec![mabel.open_chat(json!({})).without_body().await.ok().uri];
    for name in [mabel.username.clone(), mabel.username.to_uppercase(), format!(" {} ", mabel.username)] {
        let answer = mabel.open_chat(json!({"username": name})).await.ok();
        assert_eq!((answer.kind.as_str(), &answer.user), ("group", &mabel.reference()));
        uris.push(answer.uri);
    }
    uris.sort();
    uris.dedup();
    assert_eq!(uris.len(), 4, "each call opens another group");
}

async fn a_group_can_be_opened_with_title_and_members(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let title = "Ärger & Söhne <b>😀</b>  ";
    let names = [&nina.username, &omar.username.to_uppercase()];
    let answer = mabel.open_chat(json!({"title": title, "usernames": names, "joinable": false})).await.ok();
    assert_eq!((answer.title.as_deref(), answer.joinable, answer.member_count), (Some(title), false, 3));
    assert_eq!(answer.members[0], Member::new(&mabel.reference(), "owner"));
    for member in [&nina, &omar] {
        assert!(answer.members.contains(&Member::new(&member.reference(), "member")), "{:?}", answer.members);
        let chat = member.chat(&answer.uri).await.ok();
        assert_eq!((chat.title.as_deref(), chat.head, chat.read, chat.unread), (Some(title), 1, 1, 0));
    }
    let empty = mabel.open_chat(json!({"title": null, "usernames": [], "joinable": true})).await.ok();
    assert_eq!((empty.title, empty.joinable, empty.member_count), (None, true, 1));
}

async fn a_name_given_twice_is_one_member(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    let names = [&nina.username, &nina.username.to_uppercase(), &mabel.username];
    let answer = mabel.open_chat(json!({"usernames": names})).await.ok();
    let members = [Member::new(&mabel.reference(), "owner"), Member::new(&nina.reference(), "member")];
    assert_eq!((answer.member_count, answer.members.as_slice()), (2, members.as_slice()));
}

async fn an_unknown_name_opens_nothing(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    for (field, body) in [
        ("username", json!({"username": "nobody of this name"})),
        ("username", json!({"username": "a\u{7}b"})),
        ("username", json!({"username": "deleted user"})),
        ("usernames", json!({"usernames": [nina.username, "nobody of this name"]})),
    ] {
        let answer = mabel.open_chat(body).await;
        let problem = answer.problem(400, "invalid");
        assert_eq!(problem.errors.keys().collect::<Vec<_>>(), [field], "{answer}");
    }
    assert_eq!(mabel.chats("").await.ok(), []);
    assert_eq!(nina.chats("").await.ok(), []);
}

async fn a_chat_is_shown_to_its_members_as_in_their_lists(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    for uri in [mabel.group(&[&nina]).await.uri, mabel.direct(&nina).await.uri] {
        mabel.says(&uri, "hello").await;
        for person in [&mabel, &nina] {
            let listed = person.chats("").await.ok().into_iter().find(|chat| chat.uri == uri);
            assert_eq!(person.chat(&uri).await.ok(), listed.expect("the chat is in the list"));
        }
    }
    let alone: Value = mabel.chat(&mabel.group(&[]).await.uri).await.json();
    assert_eq!(alone["last_message"], Value::Null);
}

async fn trio(server: &crate::harness::Server) -> (Person, Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await, Person::new(server, "omar").await)
}
