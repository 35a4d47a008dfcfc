//! No body, token or password is ever logged.

use serde_json::{Value, json};

use crate::harness::{Database, SECRET, Server, Storage, on_both_databases, unique};

on_both_databases!(
    the_log_holds_no_text_token_or_password,
    the_most_talkative_log_holds_none_either,
    a_request_is_found_in_the_log_by_its_id,
);

async fn the_log_holds_no_text_token_or_password(on: Database) {
    for (level, format) in [("info", "text"), ("info", "json"), ("debug", "text")] {
        leaks_nothing(on, level, format).await;
    }
}

async fn the_most_talkative_log_holds_none_either(on: Database) {
    leaks_nothing(on, "trace", "text").await;
}

async fn leaks_nothing(on: Database, level: &str, format: &str) {
    let storage = Storage::new(on);
    let server = Server::start_with(&storage, &[("PARLOR_LOG", level), ("PARLOR_LOG_FORMAT", format)]).await;
    let mut private = traffic(&server).await;
    private.push(SECRET.to_owned());
    server.terminate();
    let (status, written) = server.ended().await;
    assert_eq!(status.code(), Some(0), "{written}");
    assert!(written.contains("POST"), "nothing was logged: {written}");
    for text in private {
        assert!(!written.contains(&text), "the log at {level} ({format}) holds {text:?}");
    }
}

/// Calls of every kind, good and bad. Returns what nobody else may read.
async fn traffic(server: &Server) -> Vec<String> {
    let client = server.client();
    let (name, password, wrong) = (unique("mabel"), "hunter2-hunter2", "hunter3-hunter3");
    let email = format!("private-{name}@example.com");
    let signup = json!({"email": email, "username": name, "password": password, "password2": password});
    let mabel = client.signup(signup.clone()).await.created();
    client.signup(signup.clone()).await.any_problem(400);
    let mut mistyped = signup;
    mistyped["password2"] = json!(wrong);
    client.signup(mistyped).await.any_problem(400);
    client.login(json!({"email": email, "password": wrong})).await.any_problem(401);
    client.login(json!({"email": email, "password": [password]})).await.any_problem(400);
    let again = client.login(json!({"email": email, "password": password})).await.ok();
    let next = client.refresh(&again.refresh).await.ok();
    client.refresh(&format!("{}x", again.refresh)).await.any_problem(401);
    let mabel_client = client.with_token(&mabel.access);
    let uri = mabel_client.open_chat(json!({"title": "private title"})).await.ok().uri;
    let text = "private message, \"quoted\"";
    mabel_client.send(&uri, json!({"message": text, "client_id": "private-key"})).await.ok();
    mabel_client.send(&uri, json!({"message": "private other", "client_id": "private-key"})).await.any_problem(409);
    mabel_client.send(&uri, json!({"message": "private nul \u{0}"})).await.any_problem(400);
    mabel_client.send(&uri, Value::Null).body("{\"message\": \"private broken").await.any_problem(400);
    mabel_client.messages(&uri, "").await.ok();
    mabel_client.directory("?search=private-search").await.ok();
    client.with_token(&format!("{}x", mabel.access)).me().await.any_problem(401);
    client.me().header("Authorization", &format!("Basic {password}")).await.any_problem(401);
    mabel_client.logout().await.expect_status(204);
    let private =
        [password, wrong, "private ", "private-", &mabel.access, &mabel.refresh, &again.access, &again.refresh];
    let mut private: Vec<String> = private.map(str::to_owned).into();
    private.extend([next.access, next.refresh]);
    // A token's signature alone is as good as the token.
    let signatures: Vec<String> = private.iter().filter_map(|text| text.split('.').nth(2)).map(str::to_owned).collect();
    private.extend(signatures);
    private
}

async fn a_request_is_found_in_the_log_by_its_id(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let id = unique("request-to-be-found-");
    server.client().hello().header("X-Request-Id", &id).await.ok();
    server.terminate();
    let (_, written) = server.ended().await;
    assert!(written.contains(&id), "{written}");
}
