use super::*;

fn fails(text: &[u8]) -> String {
    read_object(text).expect_err(&format!("{:?} is refused", String::from_utf8_lossy(text)))
}

fn nested(open: &str, levels: usize, close: &str) -> String {
    format!(r#"{{"a":{}1{}}}"#, open.repeat(levels), close.repeat(levels))
}

#[test]
fn reads_each_kind_of_value() {
    let text =
        r#" {"n":null,"b":true,"i":-3,"f":1.5,"big":18446744073709551615,"s":"\u00e9","l":["x",[]],"o":{"k":1}} "#;
    let fields = read_object(text.as_bytes()).expect("an object");
    let expected = [
        ("n", Json::Null),
        ("b", Json::Bool(true)),
        ("i", Json::Integer(-3)),
        ("f", Json::Number),
        ("big", Json::Number),
        ("s", Json::Text("é".into())),
        ("l", Json::List(vec![Json::Text("x".into()), Json::List(vec![])])),
        ("o", Json::Object(vec![("k".into(), Json::Integer(1))])),
    ];
    assert_eq!(fields, expected.map(|(key, value)| (key.into(), value)));
}

#[test]
fn one_whole_number_is_one_and_a_fraction_is_none() {
    for (text, expected) in [
        ("9007199254740992", Json::Integer(1 << 53)),
        ("1.0", Json::Number),
        ("1e2", Json::Number),
        ("9223372036854775808", Json::Number),
        ("-9223372036854775809", Json::Number),
    ] {
        let body = format!(r#"{{"n":{text}}}"#);
        assert_eq!(read_object(body.as_bytes()).expect("an object")[0].1, expected, "{text}");
    }
}

#[test]
fn strings_without_escapes_are_not_copied() {
    let fields = read_object(br#"{"message":"hello"}"#).expect("an object");
    assert!(matches!(&fields[0], (Cow::Borrowed("message"), Json::Text(Cow::Borrowed("hello")))));
}

#[test]
fn anything_but_one_object_is_refused() {
    for bad in [
        &b"[]"[..],
        b"[\"a\"]",
        b"1",
        b"\"a\"",
        b"null",
        b"true",
        b" ",
        b"{",
        b"{}}",
        b"{}{}",
        b"{} x",
        b"{\"a\":1,}",
        b"{a:1}",
        b"{'a':1}",
        b"{\"a\":01}",
        b"{\"a\":NaN}",
        b"{\"a\":1e999}",
        b"\xef\xbb\xbf{}",
        b"{}\0",
        b"{\"a\":\"\n\"}",
    ] {
        fails(bad);
    }
}

#[test]
fn a_key_comes_once_in_every_object() {
    for bad in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"{"x":{"a":1,"a":2}}"#, r#"{"x":[{"a":1,"a":2}]}"#] {
        assert!(fails(bad.as_bytes()).contains("twice"), "{bad}");
    }
    let many = |last: &str| {
        let keys: Vec<String> = (0..40).map(|n| format!(r#""k{n}":0"#)).collect();
        format!(r#"{{{},"{last}":1}}"#, keys.join(","))
    };
    assert_eq!(read_object(many("other").as_bytes()).expect("41 keys").len(), 41);
    for known in ["k0", "k15", "k16", "k39"] {
        assert!(fails(many(known).as_bytes()).contains("twice"), "{known}");
    }
}

#[test]
fn every_byte_is_utf_8() {
    for bad in
        [&b"{\"a\":\"\xff\"}"[..], b"{\"a\":\"\xed\xa0\x80\"}", b"{\"\xc0\xaf\":1}", b"{}\x80", b"{\"a\":\"\xe2\x82"]
    {
        assert_eq!(fails(bad), "The body is not UTF-8.");
    }
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    for bad in
        [r#"{"a":"\ud800"}"#, r#"{"a":"\ud800x"}"#, r#"{"a":"\udc00"}"#, r#"{"\ud800":1}"#, r#"{"a":"\ud800\u0041"}"#]
    {
        fails(bad.as_bytes());
    }
    let whole = read_object(br#"{"a":"\ud83d\ude00"}"#).expect("a pair");
    assert_eq!(whole[0].1, Json::Text("😀".into()));
}

#[test]
fn depth_is_limited_from_both_sides() {
    assert!(read_object(nested("[", MAX_DEPTH - 1, "]").as_bytes()).is_ok());
    assert!(fails(nested("[", MAX_DEPTH, "]").as_bytes()).contains("32 levels"));
    assert!(read_object(nested(r#"{"a":"#, MAX_DEPTH - 1, "}").as_bytes()).is_ok());
    assert!(fails(nested(r#"{"a":"#, MAX_DEPTH, "}").as_bytes()).contains("32 levels"));
    fails(&b"[".repeat(60_000));
}
