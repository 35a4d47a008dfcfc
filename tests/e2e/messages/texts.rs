//! Text comes back byte-exact, or was refused (I11).

use serde_json::json;

use crate::harness::{Database, Person, on_both_databases, shared, texts};

on_both_databases!(a_text_comes_back_byte_for_byte, a_text_is_limited_in_code_points, what_is_no_text_is_refused);

const EXACT: [&str; 28] = [
    "a",
    " leading and trailing ",
    "\n\r\n\r line ends \r",
    "\t\u{b}\u{c}tabs",
    "e\u{301} stays decomposed",
    "\u{e9} stays composed",
    "\u{212a} \u{2126} \u{fb01} are not folded",
    "\u{feff}after a mark of byte order",
    "\u{202e}from right to left\u{202c}",
    "\u{200b}\u{200d}\u{2060}x joined by nothing",
    "\u{7}\u{1b}[31m\u{7f}\u{80}\u{9f} controls",
    "\u{fffd}\u{fffe}\u{ffff} no characters",
    "\u{e000}\u{f8ff}\u{10ffff} private and last",
    "👩‍👩‍👧‍👦 🏳️‍🌈 e̷̢͎",
    "עברית العربية 中文 हिन्दी",
    "<script>alert(\"1\")</script> &amp; &#39;",
    "'; DROP TABLE users; --",
    "\\u0000 \\n \\ \"quoted\" / \\/",
    "%00 %s {} ${x} $1 :name ?",
    "\\x00 E'\\\\' $$body$$",
    "null",
    "0",
    "{\"message\": \"in a message\"}",
    "\u{2028}\u{2029} separators",
    "Z\u{351}a\u{36b}l\u{343}g\u{32e}o",
    "\u{1f1e9}\u{1f1ea}\u{1f1eb}",
    "\u{ac00} \u{1100}\u{1161}",
    "https://example.com/?a=1&b=%C3%A9#f",
];

async fn a_text_comes_back_byte_for_byte(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    for text in EXACT {
        let sent = mabel.send(&uri, json!({"message": text})).await.ok();
        assert_eq!(sent.messages.last().unwrap().message, text);
        assert_eq!(nina.message(&uri, sent.seq).await.ok().message, text);
        assert_eq!(nina.chat(&uri).await.ok().last_message.unwrap().message, text);
    }
    // The same text in escapes.
    let escaped = r#"{"message": "\u00e9\ud83d\ude00\u0007\/\u2028"}"#;
    let sent = mabel.send(&uri, json!({})).body(escaped).await.ok();
    assert_eq!(sent.messages.last().unwrap().message, "é😀\u{7}/\u{2028}");
    let history = nina.messages(&uri, "").await.ok();
    assert_eq!(texts(&history)[..EXACT.len()], EXACT);
}

async fn a_text_is_limited_in_code_points(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    for unit in ["a", "é", "😀", "e\u{301}", "\u{7}"] {
        let text = unit.repeat(2000 / unit.chars().count());
        let sent = mabel.send(&uri, json!({"message": text})).await.ok();
        assert_eq!(sent.messages.last().unwrap().message, text);
        let answer = mabel.send(&uri, json!({"message": format!("{text}a")})).await;
        answer.invalid("message", "Ensure this field has no more than 2000 characters.");
    }
    // White space counts, although it alone is no text.
    let padded = format!("a{}", " ".repeat(1999));
    assert_eq!(mabel.send(&uri, json!({"message": padded})).await.ok().seq, 7);
    let answer = mabel.send(&uri, json!({"message": format!("{padded} ")})).await;
    answer.invalid("message", "Ensure this field has no more than 2000 characters.");
}

async fn what_is_no_text_is_refused(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    for (value, said) in [
        (json!({}), "This field is required."),
        (json!({"message": null}), "This field may not be null."),
        (json!({"message": ""}), "This field may not be blank."),
        (json!({"message": " \n\t\u{a0}\u{3000}\u{2003}"}), "This field may not be blank."),
        (json!({"message": 1}), "Not a valid string."),
        (json!({"message": true}), "Not a valid string."),
        (json!({"message": ["hello"]}), "Not a valid string."),
        (json!({"message": {"text": "hello"}}), "Not a valid string."),
        (json!({"message": "nul \u{0} inside"}), "Null characters are not allowed."),
        (json!({"message": "\u{0}"}), "Null characters are not allowed."),
    ] {
        mabel.send(&uri, value).await.invalid("message", said);
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
}
