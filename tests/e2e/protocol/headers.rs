//! The headers of answers. What every answer carries is checked with each one that the tests get: see `Answer`.

use std::collections::HashSet;

use crate::harness::{Database, Person, on_both_databases, raw, shared};

on_both_databases!(a_sane_request_id_comes_back, an_odd_request_id_is_replaced, every_request_has_an_id_of_its_own);

async fn a_sane_request_id_comes_back(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    for id in ["1", "abc-123", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "req_A.b"] {
        let answer = mabel.me().header("X-Request-Id", id).await;
        assert_eq!(answer.header("x-request-id"), Some(id));
        let problem = mabel.chat("nowhere").header("X-Request-Id", id).await.any_problem(404);
        assert_eq!(problem.request_id, id);
        let unauthorised = mabel.without_token().me().header("X-Request-Id", id).await.any_problem(401);
        assert_eq!(unauthorised.request_id, id);
    }
}

async fn an_odd_request_id_is_replaced(on: Database) {
    let server = shared(on).await;
    let long = "a".repeat(1000);
    for id in ["", " ", "two words", "caf\u{e9}", "quote\"", "<b>", &long] {
        let answer = server.client().hello().header("X-Request-Id", id).await;
        let given = answer.header("x-request-id").expect("an id");
        assert!(given != id && given.len() <= 128, "{given}");
    }
    let twice = "GET /api/v1/users/hello/ HTTP/1.1\r\nHost: x\r\nX-Request-Id: a b\r\nX-Request-Id: c d\r\n\r\n";
    raw(server.address(), twice).await.expect_status(200);
}

async fn every_request_has_an_id_of_its_own(on: Database) {
    let server = shared(on).await;
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let answer = server.client().hello().await;
        assert!(seen.insert(answer.header("x-request-id").unwrap().to_owned()));
    }
}
