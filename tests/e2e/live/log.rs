//! `GET chats/<uri>/events/`: as a page, as a long poll, and as server-sent events.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::harness::{Database, Person, Server, on_both_databases, seq_of, shared};

on_both_databases!(
    the_log_is_read_in_pages,
    a_long_poll_answers_as_soon_as_there_is_something,
    server_sent_events_go_on_from_where_one_was,
    a_stream_ends_with_the_membership_and_with_the_session,
    strangers_read_no_log,
);

async fn the_log_is_read_in_pages(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    for n in 0..7 {
        mabel.says(&uri, &format!("message {n}")).await;
    }
    let whole = mabel.events(&uri, "").await.ok();
    assert_eq!((&whole["head"], &whole["floor"], &whole["reached"]), (&json!(8), &json!(1), &json!(true)));
    assert!(whole["epoch"].as_str().is_some_and(|epoch| !epoch.is_empty()));
    let (mut after, mut events) = (0, Vec::new());
    loop {
        let page = nina.events(&uri, &format!("?after={after}&limit=3")).await.ok();
        let part = page["events"].as_array().unwrap();
        assert!(part.len() <= 3);
        after = part.last().map_or(after, seq_of);
        events.extend(part.iter().cloned());
        if page["reached"] == true {
            break;
        }
    }
    assert_eq!(json!(events), whole["events"]);
    for query in ["?after=-1", "?after=x", "?limit=0", "?wait=-1", "?wait=x"] {
        nina.events(&uri, query).await.any_problem(400);
    }
}

async fn a_long_poll_answers_as_soon_as_there_is_something(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let at_once = mabel.events(&uri, "?after=0&wait=25").await.ok();
    assert_eq!(at_once["head"], 1, "what is there is answered at once");
    let waiting = tokio::spawn({
        let (mabel, uri) = (mabel.clone(), uri.clone());
        async move { mabel.events(&uri, "?after=1&wait=25").await.ok() }
    });
    sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    mabel.says(&uri, "hello").await;
    let answer = timeout(Duration::from_secs(20), waiting).await.expect("soon").unwrap();
    assert_eq!(seq_of(&answer["events"][0]), 2);
    let nothing = mabel.events(&uri, "?after=2&wait=1").await.ok();
    assert_eq!((&nothing["events"], &nothing["reached"]), (&json!([]), &json!(true)));
}

/// A stream of server-sent events.
struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    async fn open(server: &Server, person: &Person, uri: &str, query: &str, last: Option<&str>) -> Self {
        let url = format!("http://{}/api/v1/chats/{uri}/events/{query}", server.address());
        let mut request = reqwest::Client::builder().no_proxy().build().unwrap().get(url);
        request = request.bearer_auth(&person.access).header("Accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event and its id; `None` at the end.
    async fn next(&mut self) -> Option<(u64, Value)> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                let event = field("data").map(|data| (field("id").unwrap().parse().unwrap(), data.to_owned()));
                self.text = rest.to_owned();
                match event {
                    Some((id, data)) => return Some((id, serde_json::from_str(&data).unwrap())),
                    None => continue,
                }
            }
            let chunk = timeout(Duration::from_secs(60), self.response.chunk()).await.expect("something, or the end");
            self.text.push_str(std::str::from_utf8(&chunk.ok().flatten()?).unwrap());
        }
    }
}

async fn server_sent_events_go_on_from_where_one_was(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for n in 0..300 {
        mabel.says(&uri, &format!("message {n}")).await;
    }
    let mut from_start = Stream::open(&server, &mabel, &uri, "?after=0", None).await;
    let mut from_there = Stream::open(&server, &mabel, &uri, "", Some("299")).await;
    let mut from_head = Stream::open(&server, &mabel, &uri, "", None).await;
    // The stream is there once it has answered; what comes now, it has.
    mabel.says(&uri, "now").await;
    for (stream, first) in [(&mut from_start, 1), (&mut from_there, 300), (&mut from_head, 302)] {
        for seq in first..=302 {
            let (id, event) = stream.next().await.unwrap();
            assert_eq!((id, seq_of(&event), event["chat"].as_str()), (seq, seq, Some(&*uri)));
        }
    }
}

async fn a_stream_ends_with_the_membership_and_with_the_session(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let phone = nina.again(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    let mut on_phone = Stream::open(&server, &phone, &uri, "", None).await;
    phone.logout().await.expect_status(204);
    assert_eq!(on_phone.next().await, None);
    let mut at_desk = Stream::open(&server, &nina, &uri, "", None).await;
    mabel.remove_member(&uri, nina.id).await.expect_status(204);
    let (id, event) = at_desk.next().await.expect("the removal itself is told");
    assert_eq!((id, event["kind"].as_str()), (2, Some("member.removed")));
    mabel.says(&uri, "without her").await;
    assert_eq!(at_desk.next().await, None);
}

async fn strangers_read_no_log(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[]).await.uri;
    for query in ["", "?wait=5", "?after=7"] {
        nina.events(&uri, query).await.problem(404, "not_found");
        nina.events(&uri, query).header("Accept", "text/event-stream").await.problem(404, "not_found");
        nina.events("0123456789abcdef0123456789abcdef", query).await.problem(404, "not_found");
    }
}
