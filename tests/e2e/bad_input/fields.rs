//! Fields of the wrong type, missing fields, and nulls.

use serde_json::{Value, json};

use super::doors::Doors;
use crate::harness::{Database, Person, on_both_databases, shared};

on_both_databases!(
    a_field_of_the_wrong_type_is_named,
    a_field_that_must_be_there_is_named_when_it_is_not,
    no_text_may_hold_a_null_character,
    numbers_are_whole_and_not_negative,
);

/// What a field holds.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Texts,
    Number,
    Truth,
}

/// The names of a door's fields, and whether they must be there.
pub(crate) fn fields_of(door: &str) -> Vec<(&'static str, bool)> {
    fields(door).iter().map(|(name, _, required)| (*name, *required)).collect()
}

/// The fields of each door, and whether they must be there.
fn fields(door: &str) -> &'static [(&'static str, Kind, bool)] {
    use Kind::{Number, Text, Texts, Truth};
    match door {
        "POST /api/v1/users/signup/" => {
            &[("email", Text, true), ("username", Text, true), ("password", Text, true), ("password2", Text, true)]
        }
        "POST /api/v1/users/login/" => &[("email", Text, true), ("password", Text, true)],
        "PATCH /api/v1/users/me/" => &[
            ("display_name", Text, false),
            ("email", Text, false),
            ("username", Text, false),
            ("password", Text, false),
        ],
        "POST /api/v1/users/me/password/" => &[("password", Text, true), ("new_password", Text, true)],
        "DELETE /api/v1/users/me/" => &[("password", Text, true)],
        "POST /api/v1/users/refresh/" => &[("refresh", Text, true)],
        "POST /api/v1/chats/" | "POST /api/v1/chats/{uri}/" => &[
            ("username", Text, false),
            ("title", Text, false),
            ("usernames", Texts, false),
            ("joinable", Truth, false),
        ],
        "PATCH /api/v1/chats/" => &[("uri", Text, true), ("username", Text, false)],
        "PATCH /api/v1/chats/{uri}/" => &[("username", Text, false)],
        "POST /api/v1/chats/{uri}/messages/" => {
            &[("message", Text, true), ("client_id", Text, false), ("reply_to", Number, false)]
        }
        "PATCH /api/v1/chats/{uri}/messages/{seq}/" => &[("message", Text, true)],
        "PATCH /api/v1/chats/{uri}/settings/" => &[("title", Text, false), ("joinable", Truth, false)],
        "PATCH /api/v1/chats/{uri}/members/{id}/" => &[("role", Text, true)],
        "POST /api/v1/chats/{uri}/typing/" => &[("on", Truth, false)],
        "POST /api/v1/chats/{uri}/invites/" => &[("expires_in", Number, false), ("uses", Number, false)],
        "PUT /api/v1/chats/{uri}/read/" => &[("seq", Number, true)],
        unknown => panic!("the tests know no fields of {unknown}"),
    }
}

async fn a_field_of_the_wrong_type_is_named(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        for &(field, kind, _) in fields(&door.name()) {
            for wrong in wrong_values(kind) {
                let mut body = door.valid.clone();
                body[field] = wrong;
                let answer = door.call().json(body.clone()).await;
                assert_eq!(answer.status, 400, "{body}: {answer}");
                let problem = answer.problem(400, "invalid");
                assert_eq!(problem.errors.keys().collect::<Vec<_>>(), [field], "{body}: {answer}");
                if kind == Kind::Text {
                    assert_eq!(problem.detail, format!("{field}: Not a valid string."));
                }
            }
        }
    }
    assert_eq!(doors.state().await, before);
}

async fn a_field_that_must_be_there_is_named_when_it_is_not(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        for &(field, kind, required) in fields(&door.name()) {
            if !required {
                continue;
            }
            let mut body = door.valid.clone();
            body.as_object_mut().unwrap().remove(field);
            door.call().json(body.clone()).await.invalid(field, "This field is required.");
            body[field] = Value::Null;
            door.call().json(body.clone()).await.invalid(field, "This field may not be null.");
            if kind == Kind::Text && field != "uri" {
                body[field] = json!("");
                let said = door.call().json(body).await.problem(400, "invalid");
                assert_eq!(said.errors[field], ["This field may not be blank."], "{}", door.name());
            }
        }
    }
    assert_eq!(doors.state().await, before);
}

async fn no_text_may_hold_a_null_character(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        for &(field, kind, _) in fields(&door.name()) {
            let value = match kind {
                Kind::Text => json!("a\u{0}b"),
                Kind::Texts => json!(["a\u{0}b"]),
                _ => continue,
            };
            let mut body = door.valid.clone();
            body[field] = value;
            let answer = door.call().json(body).await;
            // A uri, an address and a token with one are nobody's, as any other nonsense.
            let nobodys = ["uri", "email", "refresh"].contains(&field) && door.valid.get("password2").is_none();
            let expected = if nobodys { &[400, 401, 404][..] } else { &[400] };
            assert!(expected.contains(&answer.status), "{field}: {answer}");
        }
    }
    assert_eq!(doors.state().await, before);
}

async fn numbers_are_whole_and_not_negative(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let seq = mabel.says(&uri, "hello").await;
    let before = mabel.chat(&uri).await.text;
    for odd in ["-1", "-0.5", "1.5", "1e400", "-9223372036854775808", "9223372036854775808", "99999999999999999999999"]
    {
        let read = mabel.mark_read(&uri, 1).body(format!(r#"{{"seq":{odd}}}"#)).await;
        read.any_problem(400);
        let reply = mabel.send(&uri, Value::Null).body(format!(r#"{{"message":"hello","reply_to":{odd}}}"#)).await;
        reply.any_problem(400);
    }
    assert_eq!(mabel.chat(&uri).await.text, before);
    mabel.send(&uri, json!({"message": "hello", "reply_to": seq})).await.ok();
}

fn wrong_values(kind: Kind) -> Vec<Value> {
    let mut wrong = vec![json!({}), json!({"a": "b"}), json!(1.5), json!([[]]), json!([1]), json!([null])];
    if kind != Kind::Text {
        wrong.extend([json!("true"), json!("1"), json!("")]);
    }
    if kind != Kind::Texts {
        wrong.extend([json!([]), json!(["a"])]);
    }
    if kind != Kind::Number {
        wrong.extend([json!(0), json!(1), json!(-1), json!(18_446_744_073_709_551_615_u64)]);
    }
    if kind != Kind::Truth {
        wrong.extend([json!(true), json!(false)]);
    }
    wrong
}
