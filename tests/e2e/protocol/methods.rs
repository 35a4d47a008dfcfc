//! Methods that a path does not know: 405, and which ones it knows.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Database, Person, Place, on_both_databases, routes, shared};

on_both_databases!(a_method_that_a_path_does_not_know_is_told_those_it_knows);

async fn a_method_that_a_path_does_not_know_is_told_those_it_knows(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let seq = mabel.says(&uri, "hello").await;
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for route in routes().await {
        paths
            .entry(route.at(Place { uri: &uri, id: mabel.id, seq, code: &"a".repeat(32) }))
            .or_default()
            .push(route.method.to_string());
    }
    for (path, known) in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X-ODD"] {
            if known.iter().any(|name| name == method) {
                continue;
            }
            // Nothing at all is no path, not even that of the page.
            for path in [path.as_str(), path.trim_end_matches('/')].into_iter().filter(|path| !path.is_empty()) {
                let answer = mabel.call::<Value>(method.parse::<Method>().unwrap(), path).await;
                answer.problem(405, "method_not_allowed");
                let allowed = answer.words("allow");
                for name in &known {
                    assert!(allowed.contains(&name.to_ascii_lowercase()), "{name} is missing: {answer}");
                }
                assert!(!allowed.contains(&method.to_ascii_lowercase()), "{answer}");
            }
        }
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 2);
}
