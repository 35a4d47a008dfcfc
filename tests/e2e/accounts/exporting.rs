//! Taking with one all that is stored of one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Database, Person, Server, on_both_databases, shared};

on_both_databases!(
    an_export_holds_all_that_is_stored_of_one_and_nothing_else,
    what_one_said_in_a_group_that_one_has_left_stays_ones_own,
    an_export_has_a_head_and_nobody_elses_token_reads_it,
    an_export_ends_with_its_session,
);

async fn export(person: &Person) -> Vec<Value> {
    let answer: Answer = person.api(Method::GET, "users/me/export/").await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/jsonl"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"parlor-export.jsonl\""));
    assert!(answer.text.ends_with('\n'));
    let mut lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let end = lines.pop().expect("a last line");
    assert_eq!(end, json!({"record": "end", "records": lines.len()}));
    lines
}

fn of<'a>(lines: &'a [Value], record: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["record"] == record).collect()
}

async fn people(server: &Server) -> [Person; 3] {
    [Person::new(server, "mabel").await, Person::new(server, "nina").await, Person::new(server, "omar").await]
}

async fn an_export_holds_all_that_is_stored_of_one_and_nothing_else(on: Database) {
    let server = shared(on).await;
    let [mabel, nina, omar] = people(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    mabel.settings(&uri, json!({"title": "Tea"})).await.ok();
    let code = mabel.invite(&uri, json!({"uses": 3})).await.created().code;
    let hers = mabel.says(&uri, "tee").await;
    let his = nina.says(&uri, "coffee").await;
    mabel.edit_message(&uri, hers, "tea").await.ok();
    mabel.react(&uri, his, "%F0%9F%91%8D").await.ok();
    mabel.mark_read(&uri, his).await.ok();
    mabel.block(omar.id).await.expect_status(204);
    let phone = mabel.again(&server).await;
    phone.logout().await.expect_status(204);

    let lines = export(&mabel).await;
    let mut account = mabel.me().await.json();
    account["record"] = json!("account");
    assert_eq!(lines[0], account);
    let sessions = of(&lines, "session");
    assert_eq!(sessions.len(), 2);
    let ended: Vec<bool> = sessions.iter().map(|session| session["ended_at"].is_string()).collect();
    assert!(ended.contains(&true) && ended.contains(&false), "{sessions:?}");
    assert!(sessions.iter().all(|session| session["address"] == "127.0.0.1"), "{sessions:?}");
    let card = json!({"record": "block", "id": omar.id, "username": omar.username, "display_name": null});
    assert_eq!(of(&lines, "block"), [&card]);
    let invites = of(&lines, "invite");
    assert_eq!(
        (invites.len(), &invites[0]["code"], &invites[0]["chat"]),
        (1, &Value::from(&*code), &Value::from(&*uri))
    );
    let head = mabel.chat(&uri).await.ok().head;
    let chat = json!({
        "record": "chat", "uri": &*uri, "kind": "group", "title": "Tea", "role": "owner", "read": his.max(hers),
    });
    assert_eq!(of(&lines, "chat"), [&chat], "{head}");
    // What the log tells of her is told here in the same words.
    let log = mabel.events(&uri, "").await.json();
    let log = log["events"].as_array().expect("events").iter().filter(|event| event["by"]["id"] == mabel.id);
    let expected: Vec<Value> = log
        .map(|event| {
            let mut line = event.clone();
            line["record"] = json!("event");
            line
        })
        .collect();
    assert_eq!(of(&lines, "event"), expected.iter().collect::<Vec<_>>());
    let kinds: Vec<&Value> = expected.iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["chat.created", "chat.updated", "message.created", "message.edited", "reaction.added"]);
    assert!(!lines.iter().any(|line| line.to_string().contains("coffee")), "what others wrote is theirs");

    let lines = export(&omar).await;
    assert_eq!(lines.len(), 2, "an account and its session: {lines:?}");
}

async fn what_one_said_in_a_group_that_one_has_left_stays_ones_own(on: Database) {
    let server = shared(on).await;
    let [mabel, nina, omar] = people(&server).await;
    let (left, deleted) = (nina.group(&[&mabel, &omar]).await.uri, nina.group(&[&mabel]).await.uri);
    for (uri, text) in [(&left, "goodbye"), (&deleted, "farewell")] {
        mabel.says(uri, text).await;
    }
    nina.remove_member(&left, mabel.id).await.expect_status(204);
    nina.settings(&left, json!({"title": "Without mabel"})).await.ok();
    nina.says(&left, "she is gone").await;
    nina.delete_chat(&deleted).await.expect_status(204);
    let lines = export(&mabel).await;
    for uri in [&left, &deleted] {
        let chat = json!({"record": "chat", "uri": &**uri, "kind": "group", "title": null, "role": null, "read": null});
        assert!(of(&lines, "chat").contains(&&chat), "{lines:?}");
    }
    let mut texts: Vec<&Value> = of(&lines, "event").iter().map(|event| &event["data"]["message"]).collect();
    texts.sort_by_key(ToString::to_string);
    assert_eq!(texts, ["farewell", "goodbye"], "nothing of what happened since");
}

async fn an_export_has_a_head_and_nobody_elses_token_reads_it(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let head = mabel.api::<Value>(Method::HEAD, "users/me/export/").await.expect_status(200);
    assert_eq!((head.text.as_str(), head.header("content-type")), ("", Some("application/jsonl")));
    mabel.without_token().api::<Value>(Method::GET, "users/me/export/").await.problem(401, "not_authenticated");
    mabel.logout().await.expect_status(204);
    mabel.api::<Value>(Method::GET, "users/me/export/").await.problem(401, "token_not_valid");
}

/// An export that is read slowly is not a way around the end of its session.
async fn an_export_ends_with_its_session(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    // More than the network keeps between the two.
    let text = "ü".repeat(2000);
    for _ in 0..2000 {
        mabel.send_minimal(&uri, json!({"message": text})).await.created();
    }
    let url = format!("http://{}/api/v1/users/me/export/", server.address());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(url).bearer_auth(mabel.token().expect("signed in"));
    let mut answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut bytes = answer.chunk().await.unwrap().expect("a first part").to_vec();
    mabel.logout().await.expect_status(204);
    let broken = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken, "it is broken off");
    assert!(!String::from_utf8_lossy(&bytes).contains(r#""record":"end""#), "and does not say that it is whole");
}
