//! What is said over a real connection is what the AsyncAPI document says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Database, Live, Person, Server, Storage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_traffic_is_as_the_document_says() {
    let storage = Storage::new(Database::Sqlite);
    let server = Server::start(&storage).await;
    let document = server.client().api::<Value>(reqwest::Method::GET, "asyncapi.json").await.ok();
    assert!(document["asyncapi"].as_str().is_some_and(|version| version.starts_with("3.")), "{}", document["asyncapi"]);
    let recorded = record(server).await;
    let kinds: BTreeSet<_> = recorded.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
    let heard = ["ready", "event", "signal", "behind", "gone", "reply", "ping", "pong", "bye"];
    let said = ["hello", "auth", "send", "edit", "react", "delete", "sync", "read", "typing"];
    for kind in heard.iter().chain(&said) {
        assert!(kinds.contains(kind), "no {kind} was recorded: {kinds:?}");
    }
    let schemas = closed(document["components"]["schemas"].clone());
    for kind in kinds {
        let schema = json!({"$ref": format!("#/components/schemas/{kind}"), "components": {"schemas": schemas}});
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{kind}: {error}"));
        for frame in recorded.iter().filter(|frame| frame["type"] == kind) {
            let errors: Vec<_> = validator.iter_errors(frame).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{frame}: {errors:?}");
        }
    }
}

/// Everything that can be said by now, from `hello` to `bye`.
async fn record(server: Server) -> Vec<Value> {
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let busy = mabel.group(&[&nina]).await.uri;
    for n in 0..150 {
        mabel.says(&busy, &format!("message {n}")).await;
    }
    let mut live = Live::open(&server).await;
    live.record();
    live.say(json!({"type": "hello", "token": nina.access, "cursors": {&*busy: 1}})).await;
    live.next_of("ready").await;
    let mut hers = Live::of(&server, &mabel).await;
    live.next_of("signal").await;
    let uri = mabel.direct(&nina).await.uri;
    live.ask_ok(json!({"type": "send", "chat": &*uri, "message": "hello", "client_id": "k"})).await;
    live.ask_ok(json!({"type": "edit", "chat": &*uri, "seq": 2, "message": "hello, you"})).await;
    for on in [true, false] {
        live.ask_ok(json!({"type": "react", "chat": &*uri, "seq": 2, "emoji": "👍", "on": on})).await;
    }
    live.ask_ok(json!({"type": "delete", "chat": &*uri, "seq": 2})).await;
    live.ask_ok(json!({"type": "delete", "chat": &*uri, "seq": 2})).await;
    live.ask_ok(json!({"type": "read", "chat": &*uri, "seq": 2})).await;
    live.ask_ok(json!({"type": "typing", "chat": &*uri, "on": true})).await;
    live.ask_ok(json!({"type": "sync", "chat": &*busy, "after": 1, "limit": 3})).await;
    live.ask_ok(json!({"type": "auth", "token": nina.again(&server).await.access})).await;
    live.ask_refused(json!({"type": "sync", "chat": &*busy, "after": 9999})).await;
    hers.ask_ok(json!({"type": "typing", "chat": &*uri, "on": true})).await;
    hers.ask_ok(json!({"type": "read", "chat": &*uri, "seq": 2})).await;
    live.next_of("signal").await;
    mabel.remove_member(&busy, nina.id).await.expect_status(204);
    live.next_of("gone").await;
    mabel.join(&busy, json!({"username": nina.username})).await.ok();
    live.next_of("event").await;
    live.say(json!({"type": "ping"})).await;
    live.next_of("pong").await;
    // More than is read: an overflow, at last.
    let text = "x".repeat(2000);
    for _ in 0..40 {
        let senders = (0..8).map(|_| {
            let (mabel, uri, text) = (mabel.clone(), busy.clone(), text.clone());
            tokio::spawn(async move {
                for _ in 0..16 {
                    mabel.send_minimal(&uri, json!({"message": text})).await.created();
                }
            })
        });
        for sender in senders.collect::<Vec<_>>() {
            sender.await.unwrap();
        }
    }
    live.next_of("behind").await;
    live.next_of("ping").await;
    live.say(json!({"type": "pong"})).await;
    server.terminate();
    live.closed().await;
    live.recorded().to_vec()
}

/// The schemas, each closed to fields that it does not name.
fn closed(mut schemas: Value) -> Value {
    fn close(schema: &mut Value) {
        match schema {
            Value::Object(fields) => {
                if fields.get("type") == Some(&json!("object")) && fields.contains_key("properties") {
                    fields.entry("additionalProperties").or_insert(json!(false));
                }
                fields.values_mut().for_each(close);
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    close(&mut schemas);
    schemas
}
