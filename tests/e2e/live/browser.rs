//! The client of docs/LIVE.md, as it stands there, in a real browser on a page of another origin.

use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::json;

use crate::harness::{Database, Live, OwnPort, Person, Server, Storage, chromium};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_the_docs_follows_in_a_browser_and_comes_back() {
    let (storage, port) = (Storage::new(Database::Sqlite), OwnPort::free());
    let server = Server::start_with(&storage, &[("PARLOR_LISTEN", &port.address())]).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    let page = tempfile::tempdir().unwrap();
    write_page(page.path(), &format!("http://{}", port.address()), &mabel);
    let _browser = Browser::open(page.path());
    // The page answers what it hears: so it is seen that it hears.
    let mut live = Live::of(&server, &nina).await;
    until_here(&mut live, &mabel).await;
    for round in 0..3 {
        nina.says(&uri, &format!("hello {round}")).await;
        assert_eq!(next_text_of(&mut live, &mabel).await, format!("heard: hello {round}"));
    }
    server.kill();
    server.ended().await;
    let server = Server::start_with(&storage, &[("PARLOR_LISTEN", &port.address())]).await;
    // Said before the page is back: it is told what it missed.
    let mut live = Live::of(&server, &nina).await;
    nina.says(&uri, "while you were away").await;
    assert_eq!(next_text_of(&mut live, &mabel).await, "heard: while you were away");
}

/// Waits until the other is here.
async fn until_here(live: &mut Live, other: &Person) {
    loop {
        let signal = live.next_of("signal").await;
        if signal["kind"] == "presence" && signal["by"]["id"] == other.id && signal["data"] == json!({"online": true}) {
            return;
        }
    }
}

async fn next_text_of(live: &mut Live, author: &Person) -> String {
    loop {
        let event = live.next_event().await;
        if event["by"]["id"] == author.id {
            return event["data"]["message"].as_str().unwrap().to_owned();
        }
    }
}

/// A page with the client of the docs in it.
fn write_page(directory: &Path, server: &str, person: &Person) {
    let docs = include_str!("../../../docs/LIVE.md");
    let (_, rest) = docs.split_once("```js\n").expect("the docs have a client");
    let (client, _) = rest.split_once("```").expect("its end");
    assert!(client.lines().count() <= 30, "the client of the docs is to stay short");
    let (token, me) = (json!(person.access), person.id);
    let page = format!(
        r#"<!doctype html><meta charset="utf-8"><script type="module">
{client}
const answer = (chat, message) => fetch(`{server}/api/v1/chats/${{chat}}/messages/`, {{
  method: 'POST', body: JSON.stringify({{message}}),
  headers: {{'Content-Type': 'application/json', Authorization: 'Bearer ' + {token}}},
}});
follow('{server}', () => {token}, event => {{
  if (event.by.id !== {me}) answer(event.chat, 'heard: ' + event.data.message);
}}, () => {{}});
</script>"#
    );
    std::fs::write(directory.join("page.html"), page).unwrap();
}

/// Chromium without a window; ended when dropped.
struct Browser(Child);

impl Browser {
    fn open(page: &Path) -> Self {
        let mut command = chromium(&page.join("profile"));
        // A page is only followed for as long as the browser has something to do: this keeps it open.
        command.arg("--remote-debugging-port=0").arg(format!("file://{}", page.join("page.html").display()));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.expect("Chromium starts"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
