//! `ETag` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1.2).

use crate::harness::{Database, Person, on_both_databases, shared};

on_both_databases!(an_unchanged_history_is_not_sent_again, a_new_message_changes_the_tag, a_tag_opens_no_door,);

async fn an_unchanged_history_is_not_sent_again(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    mabel.says(&uri, "hello").await;
    let answer = mabel.messages(&uri, "").await;
    let tag = answer.header("etag").expect("a tag").to_owned();
    assert!(tag.trim_start_matches("W/").starts_with('"') && tag.ends_with('"'), "{tag}");
    let strong = tag.trim_start_matches("W/");
    for tags in
        [tag.clone(), format!("W/{strong}"), format!("\"x\", {tag}"), format!("\"a,b\",{tag},\"y\""), "*".into()]
    {
        let again = mabel.messages(&uri, "").header("If-None-Match", &tags).await.expect_status(304);
        assert_eq!(again.header("etag"), Some(tag.as_str()));
    }
    for other in ["\"x\"", "nonsense", "", strong.trim_matches('"')] {
        assert_eq!(mabel.messages(&uri, "").header("If-None-Match", other).await.expect_status(200).text, answer.text);
    }
}

async fn a_new_message_changes_the_tag(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let mut tags: Vec<String> = Vec::new();
    for text in ["one", "two", "three"] {
        let answer = match tags.last() {
            Some(tag) => mabel.messages(&uri, "").header("If-None-Match", tag).await,
            None => mabel.messages(&uri, "").await,
        };
        answer.ok();
        tags.push(answer.header("etag").expect("a tag").to_owned());
        mabel.says(&uri, text).await;
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3);
}

async fn a_tag_opens_no_door(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.closed_group(&[]).await.uri;
    let tag = mabel.messages(&uri, "").await.header("etag").expect("a tag").to_owned();
    for tag in [tag.as_str(), "*"] {
        nina.messages(&uri, "").header("If-None-Match", tag).await.problem(404, "not_found");
        nina.without_token().messages(&uri, "").header("If-None-Match", tag).await.any_problem(401);
    }
}
