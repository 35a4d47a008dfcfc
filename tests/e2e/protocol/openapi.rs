//! The API's reference: that it is what the server does, and can be read in a browser without any other host.

use reqwest::Method;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::bad_input::fields_of;
use crate::harness::{Database, PATIENCE, Person, Server, Storage, chromium, on_both_databases, routes, shared};

on_both_databases!(
    the_document_and_the_routes_agree,
    the_document_names_the_fields_that_the_doors_take,
    schemathesis_finds_nothing,
);

async fn the_document_and_the_routes_agree(on: Database) {
    let server = shared(on).await;
    let document = server.client().api::<Value>(Method::GET, "openapi.json").await.ok();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    let mut described: Vec<String> = Vec::new();
    for (path, calls) in document["paths"].as_object().expect("paths") {
        let canonical = if path.ends_with('/') { path.clone() } else { format!("{path}/") };
        described.extend(
            calls.as_object().expect("calls").keys().map(|method| format!("{} {canonical}", method.to_uppercase())),
        );
    }
    let mut listed: Vec<String> = routes().await.iter().map(|route| route.name()).collect();
    described.sort();
    listed.sort();
    assert_eq!(described, listed);
}

/// What a body may hold is written twice, here and where it is read: this holds the two together.
async fn the_document_names_the_fields_that_the_doors_take(on: Database) {
    let server = shared(on).await;
    let document = server.client().api::<Value>(Method::GET, "openapi.json").await.ok();
    for route in routes().await.iter().filter(|route| route.takes_a_body()) {
        let call = &document["paths"][&route.path][route.method.as_str().to_lowercase()];
        let schema = &call["requestBody"]["content"]["application/json"]["schema"];
        let mut described: Vec<(String, bool)> = Vec::new();
        for name in schema["properties"].as_object().map(Map::keys).into_iter().flatten() {
            let required =
                schema["required"].as_array().is_some_and(|names| names.contains(&Value::from(name.as_str())));
            // Read where one signs up by invitation, and passed over elsewhere.
            if (route.name().as_str(), name.as_str()) != ("POST /api/v1/users/signup/", "invite") {
                described.push((name.clone(), required));
            }
        }
        let mut read: Vec<(String, bool)> =
            fields_of(&route.name()).iter().map(|(name, required)| ((*name).to_owned(), *required)).collect();
        described.sort();
        read.sort();
        assert_eq!(described, read, "{}", route.name());
    }
}

/// Runs schemathesis against the server as somebody who is signed in: from the document it makes calls that are right and
/// calls that are wrong, alone and in sequences that follow the links of answers, and holds each answer against the document.
async fn schemathesis_finds_nothing(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    mabel.says(&mabel.group(&[&nina]).await.uri, "hello").await;
    let program =
        std::env::var("PARLOR_TEST_SCHEMATHESIS").expect("PARLOR_TEST_SCHEMATHESIS is not set: run `make test`");
    let directory = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(program);
    command.current_dir(directory.path()).kill_on_drop(true);
    command.args(["--config-file", concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/schemathesis.toml")]);
    command.args(["run", &format!("http://{}/api/v1/openapi.json", server.address()), "--no-color"]);
    command.args(["--header", &format!("Authorization: Bearer {}", mabel.token().expect("signed in"))]);
    command.args(["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure", "--warnings", "off"]);
    // They would end the session that all the other calls are made in: it finds it in the list.
    command.args(["--exclude-operation-id", "logOut", "--exclude-operation-id", "endSession"]);
    // A socket has a document of its own, which its own tests hold it against.
    command.args(["--exclude-operation-id", "connect"]);
    let output = timeout(10 * PATIENCE, command.output()).await.expect("it comes to its end").expect("it runs");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{} {report}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    // It has not passed over anything: of the calls (it does not count the one for the document itself) only the three were left
    // out, links were followed, and to its end it was somebody.
    let calls = routes().await.len() - 1;
    assert!(report.contains(&format!("{} selected / {calls} total", calls - 3)), "{report}");
    let followed = report.split_once("API Links:").and_then(|(_, rest)| rest.split_whitespace().next());
    assert!(followed.is_some_and(|links| links.parse::<u32>().is_ok_and(|links| links > 0)), "{report}");
    mabel.me().await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_is_browsed_without_any_other_host() {
    let server = shared(Database::Sqlite).await;
    let profile = tempfile::tempdir().unwrap();
    let page = format!("http://{}/docs/", server.address());
    let mut command = chromium(profile.path());
    command.args(["--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom", &page]);
    let shown = tokio::task::spawn_blocking(move || command.output().expect("Chromium runs")).await.unwrap();
    let (dom, log) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    // A call of each kind is on the page, once it has read the document.
    for call in ["/api/v1/users/signup/", "/api/v1/chats/{uri}/messages/", "/api/v1/chats/{uri}/events/"] {
        assert!(
            dom.replace('\u{200b}', "").contains(&format!("data-path=\"{call}\"")),
            "{call} is not shown:\n{dom}\n{log}"
        );
    }
    // What a policy refuses, and what fails, the console tells.
    let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert_eq!(complaints, Vec::<&str>::new());
    // A call to elsewhere would have been refused, and told.
    let policy = server.client().call::<Value>(Method::GET, "/docs/").await;
    let policy = policy.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
    assert!(!policy.contains("script-src 'self' '"), "no script but the server's own: {policy}");
}
