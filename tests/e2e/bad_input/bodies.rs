//! Bodies that are not one JSON object.

use serde_json::Value;

use super::doors::{Door, Doors};
use crate::harness::{Database, Person, on_both_databases, shared};

on_both_databases!(
    a_body_that_is_not_one_object_is_refused_on_every_door,
    a_body_that_is_not_utf_8_is_refused_on_every_door,
    deep_nesting_is_refused_on_every_door,
    the_depth_is_limited_from_both_sides,
    a_valid_body_may_hold_more_than_is_asked_for,
);

async fn a_body_that_is_not_one_object_is_refused_on_every_door(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        let valid = door.valid.to_string();
        for body in NOT_ONE_OBJECT {
            refused(door, body.as_bytes()).await;
        }
        for body in [
            format!("{valid}x"),
            format!("{valid}{valid}"),
            format!("{valid},{valid}"),
            format!("{valid}\0"),
            format!("\u{feff}{valid}"),
            format!("[{valid}]"),
            format!("{valid}//"),
            valid[..valid.len() - 1].to_owned(),
            twice(&door.valid),
            valid.replacen('{', r#"{"odd":1,"odd":2,"#, 1),
            valid.replace('"', "'"),
            serde_json::to_string(&valid).unwrap(),
        ] {
            refused(door, body.as_bytes()).await;
        }
    }
    assert_eq!(doors.state().await, before);
}

async fn a_body_that_is_not_utf_8_is_refused_on_every_door(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        let rest = door.valid.to_string().replacen('{', ",", 1);
        // Alone, cut off, overlong (RFC 3629, section 10), a surrogate, beyond the last code point; UTF-16.
        for bytes in [
            &b"\xff"[..],
            b"\x80",
            b"\xc3",
            b"\xe2\x82",
            b"\xc0\x80",
            b"\xe0\x80\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
        ] {
            let in_a_value = [br#"{"odd":""#, bytes, br#"""#, rest.as_bytes()].concat();
            let in_a_key = [br#"{""#, bytes, br#"":1"#, rest.as_bytes()].concat();
            let behind = [door.valid.to_string().as_bytes(), bytes].concat();
            for body in [in_a_value, in_a_key, behind] {
                refused(door, &body).await;
            }
        }
        let wide: Vec<u8> = door.valid.to_string().encode_utf16().flat_map(u16::to_le_bytes).collect();
        refused(door, &wide).await;
        for key in door.valid.as_object().unwrap().keys() {
            // A lone surrogate is no character, in a field that is read.
            for escape in [r"\ud800", r"\udc00", r"\ud800\ud800", r"\ud83dx"] {
                refused(door, format!(r#"{{"{key}":"a{escape}"}}"#).as_bytes()).await;
            }
        }
    }
    assert_eq!(doors.state().await, before);
}

async fn deep_nesting_is_refused_on_every_door(on: Database) {
    let server = shared(on).await;
    let doors = Doors::of(&server).await;
    let before = doors.state().await;
    for door in &doors.doors {
        let rest = door.valid.to_string().replacen('{', ",", 1);
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let count = 20_000 / open.len();
            let (opened, closed) = (open.repeat(count), close.repeat(count));
            refused(door, format!(r#"{{"odd":{opened}0{closed}{rest}"#).as_bytes()).await;
            refused(door, format!(r#"{{"odd":{opened}"#).as_bytes()).await;
        }
        refused(door, "[".repeat(60_000).as_bytes()).await;
    }
    assert_eq!(doors.state().await, before);
}

async fn the_depth_is_limited_from_both_sides(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        // The outermost object is the first level.
        let body = |depth: usize| {
            let (opened, closed) = (open.repeat(depth - 1), close.repeat(depth - 1));
            format!(r#"{{"message":"hello","odd":{opened}0{closed}}}"#)
        };
        mabel.send(&uri, Value::Null).body(body(32)).await.ok();
        mabel.send(&uri, Value::Null).body(body(33)).await.any_problem(400);
    }
}

async fn a_valid_body_may_hold_more_than_is_asked_for(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for body in [
        r#"{"message":"hello","chatUri":"x","nested":{"a":[1,2.5,-1e10,null,true,{"b":"\ud83d\ude00"}]}}"#,
        " \r\n\t{ \"message\" : \"hello\" } \n ",
        r#"{"":1,"message":"hello","Message":2,"MESSAGE":3}"#,
        r#"{"\u006dessage":"hello"}"#,
    ] {
        let sent = mabel.send(&uri, Value::Null).body(body).await.ok();
        assert_eq!(sent.messages.last().unwrap().message, "hello");
    }
}

const NOT_ONE_OBJECT: [&str; 26] = [
    "{",
    "}",
    "[",
    "[]",
    "[1]",
    "[{}]",
    "{}{}",
    "{}x",
    "{} []",
    "\"\"",
    "\"message\"",
    "0",
    "-1.5e9",
    "true",
    "null",
    "nul",
    "undefined",
    "NaN",
    " ",
    "\n",
    "message=hello",
    "<message>hello</message>",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{\"a\":01}",
    "{\"a\":\"\n\"}",
];

async fn refused(door: &Door, body: &[u8]) {
    let answer = door.call().body(body).await;
    let shown: String = String::from_utf8_lossy(body).chars().take(200).collect();
    assert_eq!(answer.status, 400, "{} took {shown:?}: {answer}", door.name());
    answer.problem(400, "invalid");
}

/// The object with each field twice.
fn twice(object: &Value) -> String {
    let text = object.to_string();
    let inside = &text[1..text.len() - 1];
    format!("{{{inside},{inside}}}")
}
