//! Paths: with and without the slash at the end, and those that lead nowhere.

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Answer, Database, Person, Place, Route, Server, Storage, on_both_databases, raw, routes, shared};

on_both_databases!(
    every_route_is_served_alike_without_its_last_slash,
    a_path_that_leads_nowhere_is_not_found,
    odd_paths_lead_nowhere,
    head_answers_like_get_without_a_body,
);

async fn every_route_is_served_alike_without_its_last_slash(on: Database) {
    // Of its own: in the directory of a shared one, others come and go.
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let seq = mabel.says(&uri, "hello").await;
    for route in routes().await.into_iter().filter(|route| route.path.ends_with('/') && route.path.len() > 1) {
        let path = route.at(Place { uri: &uri, id: mabel.id, seq, code: &"a".repeat(32) });
        let bare = path.trim_end_matches('/');
        // Reads are compared as they are; of the others, what they say to nonsense and to nobody.
        let (first, second) = if route.method == Method::GET {
            (mabel.call::<Value>(Method::GET, &path).await, mabel.call::<Value>(Method::GET, bare).await)
        } else if route.takes_a_body() {
            let call = |path: &str| mabel.call::<Value>(route.method.clone(), path).body("[]");
            (call(&path).await.expect_status(400), call(bare).await)
        } else {
            let call = |path: &str| mabel.without_token().call::<Value>(route.method.clone(), path);
            (call(&path).await.expect_status(401), call(bare).await)
        };
        assert_eq!(first.status, second.status, "{}", route.name());
        assert_eq!(without_id(&first), without_id(&second), "{}", route.name());
    }
}

/// The body but for what differs from request to request; as it is, if it is no JSON.
fn without_id(answer: &Answer) -> Value {
    let Ok(mut body) = serde_json::from_str::<Value>(&answer.text) else { return Value::from(answer.text.as_str()) };
    body.as_object_mut().map(|body| body.remove("request_id"));
    body
}

async fn a_path_that_leads_nowhere_is_not_found(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    for path in ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/users/hello/", "/api/v1/nothing/", "/favicon.ico.x"] {
        for client in [&*mabel, &mabel.without_token()] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                client.call::<Value>(method, path).await.problem(404, "not_found");
            }
        }
    }
    for path in ["users/hello/world/", "users/-1/", "chats/x/y/z/", "users//hello/", "chats//", "/users/hello/"] {
        mabel.api::<Value>(Method::GET, path).await.problem(404, "not_found");
    }
}

async fn odd_paths_lead_nowhere(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let uri = &*uri;
    let authorization = format!("Authorization: Bearer {}", mabel.access);
    for path in [
        "/api/v1/chats/%00/",
        "/api/v1/chats/%ff%fe/",
        "/api/v1/chats/%/",
        "/api/v1/chats/%zz/",
        "/api/v1/chats/%2e%2e/",
        "/api/v1/chats/../../../etc/passwd",
        "/api/v1/chats/..%2f..%2fetc%2fpasswd/",
        "/api/v1/chats/'%20OR%201=1--/",
        "/api/v1/chats/%F0%9F%98%80/messages/",
        &format!("/api/v1/chats/{}/", uri.to_uppercase()),
        &format!("/api/v1/chats/{uri}0/"),
        &format!("/api/v1/chats/{uri}%00/"),
        &format!("/api/v1/chats/%20{uri}/"),
        &format!("/api/v1/chats/{uri}//messages/"),
        &format!("/api/v1/chats/{uri}/messages//"),
        &format!("/api/v1/chats/{uri}/messages/-1/"),
        &format!("/api/v1/chats/{uri}/messages/+1/"),
        &format!("/api/v1/chats/{uri}/messages/1.0/"),
        &format!("/api/v1/chats/{uri}/messages/0x1/"),
        &format!("/api/v1/chats/{uri}/messages/%EF%BC%91/"),
        &format!("/api/v1/chats/{uri}/messages/18446744073709551616/"),
        &format!("/api/v1/chats/{uri}/messages/{}/", "9".repeat(4000)),
        &format!("/api/v1/chats/{}/", "a".repeat(8000)),
        &format!("/api/v1/{}", "x/".repeat(4000)),
        "*",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{authorization}\r\n\r\n");
        let answer = raw(server.address(), request).await;
        assert!([400, 404, 414].contains(&answer.status), "{answer}");
    }
}

async fn head_answers_like_get_without_a_body(on: Database) {
    // Of its own: in the directory of a shared one, others come and go.
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let seq = mabel.says(&uri, "hello").await;
    // But for the socket, which is no page: both are told that it is one.
    let pages = |route: &Route| route.method == Method::GET && !route.path.ends_with("/live/");
    for route in routes().await.into_iter().filter(pages) {
        let path = route.at(Place { uri: &uri, id: mabel.id, seq, code: &"a".repeat(32) });
        let path = if route.path.ends_with("/search/") { path + "?q=hello" } else { path };
        let get = mabel.call::<Value>(Method::GET, &path).await.expect_status(200);
        let head = mabel.call::<Value>(Method::HEAD, &path).await.expect_status(200);
        for name in ["content-type", "cache-control", "etag", "link"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
    mabel.call::<Value>(Method::HEAD, "/api/v1/chats/nowhere/").await.expect_status(404);
    mabel.without_token().call::<Value>(Method::HEAD, "/api/v1/chats/").await.expect_status(401);
}
