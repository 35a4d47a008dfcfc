//! What a browser sees that runs a page of another origin (Fetch standard, section 3.3). That every answer, errors too,
//! may be read by any page, and without credentials, is checked with each one that the tests get: see `Call::attempt`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Client, Database, ORIGIN, Person, Place, Server, Storage, on_both_databases, routes, shared,
};

on_both_databases!(
    every_route_may_be_called_from_anywhere,
    a_page_may_read_the_headers_that_the_api_speaks_by,
    configured_origins_are_the_only_ones,
);

async fn every_route_may_be_called_from_anywhere(on: Database) {
    let server = shared(on).await;
    for route in routes().await {
        let path = route.at(Place { uri: &"a".repeat(32), id: 1, seq: 1, code: &"a".repeat(32) });
        let headers =
            "authorization,content-type,idempotency-key,if-match,if-none-match,last-event-id,prefer,x-request-id";
        let answer = preflight(&server.client(), &path, route.method.as_str(), headers).await;
        assert!([200, 204].contains(&answer.status), "{answer}");
        assert!(
            answer.words("access-control-allow-methods").contains(&route.method.as_str().to_lowercase()),
            "{answer}"
        );
        let allowed = answer.words("access-control-allow-headers");
        assert!(headers.split(',').all(|name| allowed.iter().any(|allowed| allowed == name)), "{answer}");
        let age: u32 = answer.header("access-control-max-age").expect("how long to keep it").parse().unwrap();
        assert!(age > 0);
    }
}

async fn a_page_may_read_the_headers_that_the_api_speaks_by(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let answers = [
        mabel.messages(&uri, "").await.headers,
        mabel.send(&uri, json!({"message": "hello"})).await.headers,
        mabel.chat("nowhere").await.headers,
        mabel.without_token().me().await.headers,
    ];
    for headers in answers {
        let exposed = headers["access-control-expose-headers"].to_str().unwrap().to_ascii_lowercase();
        for name in ["etag", "idempotent-replayed", "link", "location", "retry-after", "x-request-id"] {
            assert!(exposed.split(',').any(|exposed| exposed.trim() == name), "{name} is not in {exposed}");
        }
    }
}

async fn configured_origins_are_the_only_ones(on: Database) {
    let storage = Storage::new(on);
    let allowed = "https://one.example,https://two.example:8443";
    let server = Server::start_with(&storage, &[("PARLOR_CORS_ORIGINS", allowed)]).await;
    for origin in ["https://one.example", "https://two.example:8443"] {
        let answer = from(&server, origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{answer}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{answer}");
        assert!(answer.words("vary").contains(&"origin".to_owned()), "{answer}");
    }
    for origin in [ORIGIN, "null", "http://one.example", "https://one.example.evil.example", "https://two.example"] {
        let answer = from(&server, origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{answer}");
    }
}

/// A plain answer as it goes to a page of this origin.
async fn from(server: &Server, origin: &str) -> Answer {
    let request = format!("GET /api/v1/users/hello/ HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n\r\n");
    crate::harness::raw(server.address(), request).await
}

async fn preflight(client: &Client, path: &str, method: &str, headers: &str) -> Answer {
    let call = client.call::<Value>(Method::OPTIONS, path).header("Access-Control-Request-Method", method);
    call.header("Access-Control-Request-Headers", headers).await
}
