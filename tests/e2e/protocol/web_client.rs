//! The known web client of the old API: its calls, in its order and with its oddities.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Database, ORIGIN, on_both_databases, shared, unique};

on_both_databases!(the_known_web_client_works_unchanged);

/// The page, with what it keeps.
struct Page {
    client: Client,
    token: Value,
}

impl Page {
    /// A call as the page makes it: its type says UTF-8, and its token is whatever it holds, `null` at first.
    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let headers = "authorization,content-type";
        let preflight = self.client.api::<Value>(Method::OPTIONS, path).header("Origin", ORIGIN);
        let preflight = preflight.header("Access-Control-Request-Method", method.as_str());
        let preflight = preflight.header("Access-Control-Request-Headers", headers).await;
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
        let token = self.token.as_str().unwrap_or("null");
        let call = self.client.api::<Value>(method.clone(), path).header("Authorization", &format!("Bearer {token}"));
        let call = if method == Method::GET { call } else { call.json(body) };
        let answer = call.header("Content-Type", "application/json;charset=utf-8").await;
        assert!([200, 201].contains(&answer.status), "{answer}");
        answer.json()
    }
}

async fn the_known_web_client_works_unchanged(on: Database) {
    let server = shared(on).await;
    let mut page = Page { client: server.client(), token: Value::Null };
    let (mabel, nina) = (unique("mabel"), unique("nina"));
    for name in [&mabel, &nina] {
        let email = format!("{name}@example.com");
        let form = json!({"email": email, "username": name, "password": "secret123", "password2": "secret123"});
        let answer = page.call(Method::POST, "users/signup/", form).await;
        assert!(answer["access"].is_string());
    }
    for (me, other) in [(&mabel, &nina), (&nina, &mabel)] {
        page.token = Value::Null;
        let form = json!({"email": format!("{me}@example.com"), "password": "secret123", "username": ""});
        page.token = page.call(Method::POST, "users/login/", form).await["access"].clone();
        let users = page.call(Method::GET, "users/signup/", Value::Null).await;
        assert!(users.as_array().expect("an array").iter().any(|user| user["username"] == **other));
        let chat = page.call(Method::POST, "chats/", json!({"username": other, "users": users[0]})).await;
        let uri = chat["uri"].as_str().expect("a uri").to_owned();
        let joined = page.call(Method::PATCH, &format!("chats/{uri}/"), json!({"username": me})).await;
        assert_eq!(joined["uri"], *uri);
        let text = format!("hello from {me}");
        let form = json!({"message": text, "chatUri": uri});
        let answer = page.call(Method::POST, &format!("chats/{uri}/messages/"), form).await;
        let messages = answer["messages"].as_array().expect("an array");
        let last = messages.last().expect("the message");
        assert_eq!((&last["message"], &last["user"]["username"]), (&json!(text), &json!(me)));
        let first = &messages[0];
        let expected = format!("hello from {mabel}");
        assert_eq!((&first["message"], &first["user"]["username"]), (&json!(expected), &json!(mabel)));
        let history = page.call(Method::GET, &format!("chats/{uri}/messages/"), Value::Null).await;
        assert_eq!(history, answer["messages"]);
    }
}
