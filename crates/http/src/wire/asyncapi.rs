//! For tests: is what is said over sockets what the AsyncAPI document says?

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../routes/asyncapi.json")).expect("JSON"));

/// The schemas, each closed to fields that it does not name: what is said and not described is an error here, while
/// clients are to pass over it.
static SCHEMAS: LazyLock<Value> = LazyLock::new(|| {
    let mut schemas = DOCUMENT["components"]["schemas"].clone();
    close(&mut schemas);
    schemas
});

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

/// What is wrong with a frame, by the schema of its type.
fn errors(frame: &Value) -> Vec<String> {
    let name = frame["type"].as_str().expect("a type");
    assert!(SCHEMAS.get(name).is_some(), "nothing describes {name}");
    let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": {"schemas": *SCHEMAS}});
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    validator.iter_errors(frame).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Checks a frame as it goes over the wire.
pub(crate) fn check(frame: &str) {
    let frame: Value = serde_json::from_str(frame).expect("JSON");
    assert_eq!(errors(&frame), Vec::<String>::new(), "{frame}");
}

fn names(of: &Value) -> Vec<&str> {
    of.as_object().map(Map::keys).expect("an object").map(String::as_str).collect()
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn look(value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(path) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = path.strip_prefix('#').expect("a reference inside the document");
                    assert!(DOCUMENT.pointer(pointer).is_some(), "{path} leads nowhere");
                }
                fields.values().for_each(look);
            }
            Value::Array(items) => items.iter().for_each(look),
            _ => {}
        }
    }
    look(&DOCUMENT);
}

#[test]
fn all_messages_are_said_by_somebody() {
    let messages = names(&DOCUMENT["components"]["messages"]);
    assert_eq!(names(&DOCUMENT["channels"]["live"]["messages"]), messages);
    for message in messages {
        let reference = json!({"$ref": format!("#/channels/live/messages/{message}")});
        let said_in = |operation: &str| {
            let said = DOCUMENT["operations"][operation]["messages"].as_array().expect("messages");
            said.contains(&reference)
        };
        assert!(said_in("hear") || said_in("say"), "{message}");
    }
}

#[test]
fn the_check_finds_what_is_wrong() {
    let uri = "ab".repeat(16);
    for wrong in [
        json!({"type": "gone"}),
        json!({"type": "gone", "chat": "x"}),
        json!({"type": "gone", "chat": uri, "more": 1}),
        json!({"type": "behind", "chat": uri, "head": -1, "reason": "resume"}),
        json!({"type": "reply", "id": null, "ok": true, "error": {"code": "x", "detail": "x"}}),
        json!({"type": "reply", "id": 7, "ok": true, "result": {}}),
        json!({"type": "bye", "code": 4400, "reason": "x", "retry_after": 1}),
        json!({"type": "signal", "kind": "typing", "chat": uri, "by": {"id": 1, "username": "x"}, "data": {"seq": 1}}),
        json!({"type": "auth.expiring", "expires_at": "2026-11-24T08:00:00Z"}),
    ] {
        assert_ne!(errors(&wrong), Vec::<String>::new(), "{wrong}");
    }
}
