//! `/healthz`, `/readyz` and `users/hello/`.

use crate::harness::{Database, on_both_databases, shared};

on_both_databases!(a_running_server_is_healthy_and_ready, hello_is_what_it_always_was);

async fn a_running_server_is_healthy_and_ready(on: Database) {
    let server = shared(on).await;
    assert!(server.client().healthz().await.expect_status(200).json().is_object());
    assert!(server.client().readyz().await.expect_status(200).json().is_object());
}

async fn hello_is_what_it_always_was(on: Database) {
    let server = shared(on).await;
    let answer = server.client().hello().await;
    assert_eq!(answer.ok().message, "Hello, World!");
}
