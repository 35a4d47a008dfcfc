//! Who may do what: every route of the server, for everybody who might call it. A route without a row fails.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{
    Answer, Client, Database, PASSWORD, Person, Place, Route, Server, on_both_databases, routes, shared, unique,
};

on_both_databases!(
    every_route_answers_everybody_as_the_matrix_says,
    a_joinable_group_is_only_told_to_those_who_join,
    every_route_has_its_row_and_every_row_its_route,
);

/// What a route answers to the owner, a member, a former member, an outsider, and somebody not signed in.
struct Row {
    route: &'static str,
    body: fn(&Cast) -> Value,
    closed: [u16; 5],
    /// Where a joinable group is different.
    joinable: Option<[u16; 5]>,
}

const fn row(route: &'static str, body: fn(&Cast) -> Value, closed: [u16; 5]) -> Row {
    Row { route, body, closed, joinable: None }
}

const NONE: fn(&Cast) -> Value = |_| Value::Null;
const OPEN: [u16; 5] = [200; 5];
const SIGNED_IN: [u16; 5] = [200, 200, 200, 200, 401];
const MEMBERS: [u16; 5] = [200, 200, 404, 404, 401];

const MATRIX: &[Row] = &[
    row("GET /healthz/", NONE, OPEN),
    row("GET /readyz/", NONE, OPEN),
    row("GET /", NONE, OPEN),
    row("GET /web/{asset}/", NONE, OPEN),
    row("GET /parlor-client.js/", NONE, OPEN),
    row("GET /parlor-client.d.ts/", NONE, OPEN),
    row("GET /docs/", NONE, OPEN),
    row("GET /docs/{file}/", NONE, OPEN),
    row("GET /api/v1/openapi.json/", NONE, OPEN),
    // No handshake: the socket has its own tests.
    row("GET /api/v1/live/", NONE, [426; 5]),
    row("GET /api/v1/asyncapi.json/", NONE, OPEN),
    row("GET /api/v1/users/hello/", NONE, OPEN),
    row("POST /api/v1/users/signup/", |_| signup(), [201; 5]),
    row("POST /api/v1/users/login/", |cast| json!({"email": cast.owner.email, "password": PASSWORD}), OPEN),
    row("POST /api/v1/users/refresh/", |cast| json!({"refresh": cast.owner.refresh}), OPEN),
    row("POST /api/v1/users/logout/", NONE, [204, 204, 204, 204, 401]),
    row("GET /api/v1/users/", NONE, SIGNED_IN),
    row("GET /api/v1/users/signup/", NONE, SIGNED_IN),
    row("GET /api/v1/users/me/", NONE, SIGNED_IN),
    row("GET /api/v1/users/me/export/", NONE, SIGNED_IN),
    row("PATCH /api/v1/users/me/", |_| json!({"display_name": "Somebody"}), SIGNED_IN),
    // With a wrong password: whoever is erased calls nothing more.
    row(
        "POST /api/v1/users/me/password/",
        |_| json!({"password": "another", "new_password": PASSWORD}),
        [403, 403, 403, 403, 401],
    ),
    row("DELETE /api/v1/users/me/", |_| json!({"password": "another"}), [403, 403, 403, 403, 401]),
    row("GET /api/v1/users/{id}/", NONE, SIGNED_IN),
    row("GET /api/v1/users/sessions/", NONE, SIGNED_IN),
    row("DELETE /api/v1/users/sessions/", NONE, [204, 204, 204, 204, 401]),
    // The number of a user is no session's.
    row("DELETE /api/v1/users/sessions/{id}/", NONE, [404, 404, 404, 404, 401]),
    row("GET /api/v1/users/me/blocks/", NONE, SIGNED_IN),
    row("PUT /api/v1/users/me/blocks/{id}/", NONE, [204, 204, 204, 204, 401]),
    row("DELETE /api/v1/users/me/blocks/{id}/", NONE, [204, 204, 204, 204, 401]),
    // Without a word.
    row("GET /api/v1/search/", NONE, [400, 400, 400, 400, 401]),
    row("GET /api/v1/chats/", NONE, SIGNED_IN),
    row("POST /api/v1/chats/", |_| json!({}), SIGNED_IN),
    Row {
        route: "PATCH /api/v1/chats/",
        body: |cast| json!({"uri": cast.uri}),
        closed: MEMBERS,
        joinable: Some(SIGNED_IN),
    },
    row("GET /api/v1/chats/{uri}/", NONE, MEMBERS),
    row("POST /api/v1/chats/{uri}/", |_| json!({}), [200, 200, 409, 409, 401]),
    Row { route: "PATCH /api/v1/chats/{uri}/", body: |_| json!({}), closed: MEMBERS, joinable: Some(SIGNED_IN) },
    row("PATCH /api/v1/chats/{uri}/settings/", |_| json!({"title": "Whose?"}), [200, 403, 404, 404, 401]),
    row("DELETE /api/v1/chats/{uri}/", NONE, [204, 403, 404, 404, 401]),
    row("GET /api/v1/chats/{uri}/members/", NONE, MEMBERS),
    row("PATCH /api/v1/chats/{uri}/members/{id}/", |_| json!({"role": "admin"}), [200, 403, 404, 404, 401]),
    row("DELETE /api/v1/chats/{uri}/members/{id}/", NONE, [204, 403, 404, 404, 401]),
    row("GET /api/v1/chats/{uri}/invites/", NONE, [200, 403, 404, 404, 401]),
    row("POST /api/v1/chats/{uri}/invites/", |_| json!({"uses": 1}), [201, 403, 404, 404, 401]),
    row("DELETE /api/v1/chats/{uri}/invites/{code}/", NONE, [204, 403, 404, 404, 401]),
    // Somebody else removed the former member.
    row("POST /api/v1/invites/{code}/", NONE, [200, 200, 404, 200, 401]),
    row("GET /api/v1/chats/{uri}/events/", NONE, MEMBERS),
    row("GET /api/v1/chats/{uri}/messages/", NONE, MEMBERS),
    row("POST /api/v1/chats/{uri}/messages/", |_| json!({"message": "by whom?"}), MEMBERS),
    row("GET /api/v1/chats/{uri}/messages/{seq}/", NONE, MEMBERS),
    // The member wrote it.
    row("PATCH /api/v1/chats/{uri}/messages/{seq}/", |_| json!({"message": "mine"}), [403, 200, 404, 404, 401]),
    row("DELETE /api/v1/chats/{uri}/messages/{seq}/", NONE, [204, 204, 404, 404, 401]),
    row("PUT /api/v1/chats/{uri}/messages/{seq}/reactions/{emoji}/", NONE, MEMBERS),
    row("DELETE /api/v1/chats/{uri}/messages/{seq}/reactions/{emoji}/", NONE, MEMBERS),
    row("PUT /api/v1/chats/{uri}/read/", |_| json!({"seq": 1}), MEMBERS),
    row("POST /api/v1/chats/{uri}/typing/", NONE, [204, 204, 404, 404, 401]),
];

async fn every_route_has_its_row_and_every_row_its_route(_: Database) {
    let listed: BTreeSet<String> = routes().await.iter().map(Route::name).collect();
    let rows: BTreeSet<String> = MATRIX.iter().map(|row| row.route.to_owned()).collect();
    assert_eq!(listed.difference(&rows).collect::<Vec<_>>(), Vec::<&String>::new(), "routes without a row");
    assert_eq!(rows.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new(), "rows without a route");
}

async fn every_route_answers_everybody_as_the_matrix_says(on: Database) {
    let server = shared(on).await;
    for route in routes().await {
        let row = find(&route);
        assert_eq!(route.is_open(), row.closed[4] != 401, "the server says {} of {}", route.access, row.route);
        play(&server, &route, row, row.closed, false).await;
    }
}

async fn a_joinable_group_is_only_told_to_those_who_join(on: Database) {
    let server = shared(on).await;
    for route in routes().await.into_iter().filter(|route| route.is_of_a_chat() || route.path.ends_with("/chats/")) {
        let row = find(&route);
        play(&server, &route, row, row.joinable.unwrap_or(row.closed), true).await;
    }
}

/// Lets everybody call the route, those first who may do least.
async fn play(server: &Server, route: &Route, row: &Row, expected: [u16; 5], joinable: bool) {
    let cast = Cast::new(server, joinable).await;
    for (role, status) in cast.roles().into_iter().zip(expected).rev() {
        let before = cast.state().await;
        let answer = cast.call(route, row, &role, &cast.uri).await;
        let what = format!("{} by {} (joinable: {joinable})", row.route, role.name);
        assert_eq!(answer.status, status, "{what}: {answer}");
        if status >= 400 {
            assert_eq!(cast.state().await, before, "{what} changed something");
        }
        if status == 404 || status == 401 {
            let unknown = cast.call(route, row, &role, &"f".repeat(32)).await;
            assert_eq!(answer.problem_but_for_its_id(), unknown.problem_but_for_its_id(), "{what} is told");
        }
    }
}

fn find(route: &Route) -> &'static Row {
    let row = MATRIX.iter().find(|row| row.route == route.name());
    row.unwrap_or_else(|| panic!("{} has no row in the matrix", route.name()))
}

/// Everybody around one group.
struct Cast {
    owner: Person,
    member: Person,
    former: Person,
    outsider: Person,
    /// A member whom others may try to remove.
    victim: Person,
    uri: String,
    seq: u64,
    code: String,
}

struct Role {
    name: &'static str,
    client: Client,
}

impl Cast {
    async fn new(server: &Server, joinable: bool) -> Self {
        let person = async |stem| Person::new(server, stem).await;
        let (owner, member, former) = (person("owner").await, person("member").await, person("former").await);
        let (outsider, victim) = (person("outsider").await, person("victim").await);
        let names = [&member.username, &former.username, &victim.username];
        let group = owner.open_chat(json!({"usernames": names, "joinable": joinable})).await.ok();
        let seq = member.says(&group.uri, "for members").await;
        // Whoever leaves a joinable group by themselves may come back; whoever was removed may not.
        let remover = if joinable { &former } else { &owner };
        remover.remove_member(&group.uri, former.id).await.expect_status(204);
        let code = owner.invite(&group.uri, json!({})).await.created().code.to_string();
        Self { owner, member, former, outsider, victim, uri: group.uri.to_string(), seq, code }
    }

    fn roles(&self) -> [Role; 5] {
        let role = |name, client: &Client| Role { name, client: client.clone() };
        [
            role("the owner", &self.owner),
            role("a member", &self.member),
            role("a former member", &self.former),
            role("an outsider", &self.outsider),
            role("somebody not signed in", &self.outsider.without_token()),
        ]
    }

    async fn call(&self, route: &Route, row: &Row, role: &Role, uri: &str) -> Answer {
        let code = if uri == self.uri { self.code.as_str() } else { uri };
        let path = route.at(Place { uri, id: self.victim.id, seq: self.seq, code });
        let call = role.client.call::<Value>(route.method.clone(), &path);
        let mut body = (row.body)(self);
        if body.get("uri").is_some() {
            body["uri"] = json!(uri);
        }
        if body.is_null() { call.await } else { call.json(body).await }
    }

    /// All that a call could have changed: read by the victim, whom no call signs out.
    async fn state(&self) -> String {
        let chat = self.victim.chats("").await.text;
        chat + &self.victim.members(&self.uri, "").await.text + &self.victim.messages(&self.uri, "").await.text
    }
}

fn signup() -> Value {
    let name = unique("x");
    json!({"email": format!("{name}@example.com"), "username": name, "password": PASSWORD, "password2": PASSWORD})
}
