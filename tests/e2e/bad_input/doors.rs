//! Every route that reads a body, with one that it would take.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Call, Chat, Client, PASSWORD, Person, Place, Route, Server, routes, unique};

/// A route, somebody who may call it, and a body that it takes.
pub(crate) struct Door {
    pub(crate) route: Route,
    pub(crate) valid: Value,
    path: String,
    client: Client,
}

/// The doors of one server, around a chat of their own.
pub(crate) struct Doors {
    pub(crate) doors: Vec<Door>,
    owner: Person,
    /// The name that would be somebody if a refused signup made them.
    newcomer: String,
    uri: String,
}

impl Doors {
    pub(crate) async fn of(server: &Server) -> Self {
        let (owner, other) = (Person::new(server, "owner").await, Person::new(server, "other").await);
        let (uri, newcomer) = (owner.group(&[&other]).await.uri.to_string(), unique("newcomer"));
        let seq = other.says(&uri, "untouched").await;
        let mut doors = Vec::new();
        for route in routes().await.into_iter().filter(Route::takes_a_body) {
            // What exists already would be answered whatever the body says.
            let opens = route.method == Method::POST && route.path.ends_with("/chats/{uri}/");
            let uri = if opens { "e".repeat(32) } else { uri.clone() };
            let path = route.at(Place { uri: &uri, id: other.id, seq, code: "" });
            let valid = valid(&route, &owner, &newcomer, &uri);
            doors.push(Door { route, valid, path, client: (*owner).clone() });
        }
        Self { doors, owner, newcomer, uri }
    }

    /// All that bad input could have changed.
    pub(crate) async fn state(&self) -> String {
        let chats = self.owner.chats("").await;
        let heads: Vec<_> = chats.ok().iter().map(|chat: &Chat| chat.head).collect();
        let messages = self.owner.messages(&self.uri, "").await.text;
        let profile = self.owner.me().await.text;
        let people = self.owner.directory(&format!("?search={}", self.newcomer)).await.text;
        format!("{heads:?} {} {messages} {people} {profile}", chats.text)
    }
}

impl Door {
    /// The call, without a body yet.
    pub(crate) fn call(&self) -> Call {
        self.client.call(self.route.method.clone(), &self.path)
    }

    /// The head of the call, up to where a body begins, with these headers.
    pub(crate) fn head(&self, headers: &str) -> String {
        let token = self.client.token().unwrap_or_default();
        let (method, path) = (&self.route.method, &self.path);
        format!("{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{headers}\r\n")
    }

    pub(crate) fn name(&self) -> String {
        self.route.name()
    }
}

/// A body that the route takes. A route that the tests do not know fails here.
fn valid(route: &Route, owner: &Person, name: &str, uri: &str) -> Value {
    match route.name().as_str() {
        "POST /api/v1/users/signup/" => {
            json!({"email": format!("{name}@example.com"), "username": name, "password": PASSWORD, "password2": PASSWORD})
        }
        "POST /api/v1/users/login/" => json!({"email": owner.email, "password": PASSWORD}),
        "PATCH /api/v1/users/me/" => {
            json!({"display_name": "never", "email": owner.email, "username": owner.username, "password": PASSWORD})
        }
        "POST /api/v1/users/me/password/" => json!({"password": PASSWORD, "new_password": PASSWORD}),
        "DELETE /api/v1/users/me/" => json!({"password": PASSWORD}),
        "POST /api/v1/users/refresh/" => json!({"refresh": owner.refresh}),
        "POST /api/v1/chats/" | "POST /api/v1/chats/{uri}/" => json!({"title": "never", "usernames": []}),
        "PATCH /api/v1/chats/" => json!({"uri": uri}),
        "PATCH /api/v1/chats/{uri}/" => json!({"username": owner.username}),
        "POST /api/v1/chats/{uri}/messages/" | "PATCH /api/v1/chats/{uri}/messages/{seq}/" => {
            json!({"message": "never"})
        }
        "PATCH /api/v1/chats/{uri}/settings/" => json!({"title": "never"}),
        "PATCH /api/v1/chats/{uri}/members/{id}/" => json!({"role": "admin"}),
        "POST /api/v1/chats/{uri}/typing/" => json!({"on": true}),
        "POST /api/v1/chats/{uri}/invites/" => json!({"expires_in": 60, "uses": 1}),
        "PUT /api/v1/chats/{uri}/read/" => json!({"seq": 1}),
        unknown => panic!("the tests know no body for {unknown}"),
    }
}
